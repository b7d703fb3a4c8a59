// DUF's layers: what looks around in 8-bit integers, what sees one pixel in bfloat16.
//
// Activations are bfloat16, in planes [height][width][LANES] of as many channels.

#include "tiles.h"
#include "vectors.h"

enum { STRIP = 12, PASS = 2 }; // pixels, and vectors of output channels, whose sums fit the registers

// Sums of bytes for a pass and neighbouring pixels, SPAN of them; where that of a pixel lies.
#ifdef __AMX_INT8__
enum { SPAN = 2 * LANES, SUMS = SPAN * PASS };
INLINE int place(int pixel, int vector) { return place_of(pixel, vector, PASS); }
INLINE void gather_pass(const uint8_t *x, int row, int channels, int side, const int8_t *weights, Ints *sums) {
    gather_two(x, row, channels, side, weights, part_of(channels), sums);
}
#else
enum { SPAN = STRIP, SUMS = MOST };
INLINE int place(int pixel, int vector) { return pixel * PASS + vector; }
INLINE void gather_pass(const uint8_t *x, int row, int channels, const int side, const int8_t *weights, Ints *sums) {
    gather(x, row, channels, side, weights, SPAN, PASS, sums);
}
#endif

typedef struct {
    int32_t width, height;
    int32_t in, out; // channels: multiples of LANES
    const uint16_t *const *x;
    const float *scale, *shift; // [in]: to codes 0 to 255; what is below 0 is cut
    // 1x1, `in` to `in` channels, by sums of codes to codes again; or null.
    const int8_t *mix; // see gather; one pass after the other
    const float *mix_scale, *mix_bias;
    // 3x3, by sums of codes to values.
    const int8_t *look;
    const float *look_scale, *look_bias;
    int32_t positive; // whether a ReLU follows
    uint16_t *const *y; // for each vector: of its first pixel
    int32_t step;       // from one pixel to the next
} Block;

INLINE void store_half(Floats values, uint16_t *at) { // rounded to the nearest, to even
    const Ints bits = (Ints)values;
    *(Halves *)at = __builtin_convertvector((bits + 0x7fff + (bits >> 16 & 1)) >> 16, Halves);
}

INLINE Bytes coded(Floats values) { return __builtin_convertvector(least(most(values, all(0)), all(255)) + 0.5f, Bytes); }

static void code_row(const Block *b, int y, uint8_t *to) {
    for (int c = 0; c < b->in; c += LANES) {
        const uint16_t *x = b->x[c / LANES] + (long)y * b->width * LANES;
        const Floats scale = load(b->scale + c), shift = load(b->shift + c);
        for (int i = 0; i < b->width; i++)
            *(Bytes *)(to + i * b->in + c) = coded(fused(load_half(x + i * LANES), scale, shift));
    }
}

static void mix_row(const Block *b, const uint8_t *x, uint8_t *to) {
    const int8_t *weights = b->mix;
    for (int c = 0; c < b->in; c += PASS * LANES, weights += b->in * PASS * LANES)
        for (int begin = 0; begin < b->width; begin += SPAN) {
            Ints sums[SUMS];
            gather_pass(x + begin * b->in, 0, b->in, 1, weights, sums);
            for (int p = 0; p < smaller(SPAN, b->width - begin); p++)
                for (int v = 0; v < PASS && c + v * LANES < b->in; v++) {
                    const int at = c + v * LANES;
                    const Floats value = __builtin_convertvector(sums[place(p, v)], Floats);
                    *(Bytes *)(to + (begin + p) * b->in + at) =
                        coded(fused(value, load(b->mix_scale + at), load(b->mix_bias + at)));
                }
        }
}

static void look_row(const Block *b, int y, const uint8_t *rows, int row) {
    const int8_t *weights = b->look;
    for (int c = 0; c < b->out; c += PASS * LANES, weights += 9 * b->in * PASS * LANES)
        for (int begin = 0; begin < b->width; begin += SPAN) {
            Ints sums[SUMS];
            gather_pass(rows + begin * b->in, row, b->in, 3, weights, sums);
            for (int p = 0; p < smaller(SPAN, b->width - begin); p++)
                for (int v = 0; v < PASS && c + v * LANES < b->out; v++) {
                    const int at = c + v * LANES;
                    Floats value = __builtin_convertvector(sums[place(p, v)], Floats);
                    value = fused(value, load(b->look_scale + at), load(b->look_bias + at));
                    if (b->positive) value = most(value, all(0));
                    store_half(value, b->y[at / LANES] + ((long)y * b->width + begin + p) * b->step);
                }
        }
}

// Bytes of a row of codes: a pixel beside it on the left, on the right what the last span reads.
INLINE int row_of(const Block *b) { return (b->width + 2 + SPAN) * b->in; }

// Bytes that `see` needs to work with.
long scratch_of(const Block *b) { return 4l * row_of(b); }

// Normalises, mixes and looks around.
void see(const Block *b, int first, int last, uint8_t *memory) {
    const int row = row_of(b);
    uint8_t *plain = memory + 3 * row, *newest = memory + 2 * row;
    memset(memory, 0, 4l * row);
#ifdef __AMX_INT8__
    shape_tiles(part_of(b->in));
#endif
    for (int y = first - 1; y <= last; y++) {
        memmove(memory, memory + row, 2 * row);
        if (y < 0 || y >= b->height)
            memset(newest, 0, row);
        else if (b->mix) {
            code_row(b, y, plain);
            mix_row(b, plain, newest + b->in);
        } else
            code_row(b, y, newest + b->in);
        if (y > first) look_row(b, y - 1, memory, row);
    }
#ifdef __AMX_INT8__
    _tile_release();
#endif
}

// Adds up to three runs of activations; those that are null count nothing.
void add(const uint16_t *const terms[3], uint16_t *sum, long first, long last) {
    for (long i = first; i < last; i += LANES) {
        Floats total = load_half(terms[0] + i);
        for (int t = 1; t < 3; t++)
            if (terms[t]) total += load_half(terms[t] + i);
        store_half(total, sum + i);
    }
}

typedef struct {
    int32_t width;
    int32_t in, hidden, out;
    const uint16_t *x; // [height][width][in], and may be read STRIP pixels beyond its end
    // Both 1x1, a ReLU between them: [pass][channels / 2][PASS][LANES][2].
    const uint16_t *hidden_weights;
    const float *hidden_bias;
    const uint16_t *out_weights;
    const float *out_bias; // padded to whole passes
    void *y; // [height][width][out], bfloat16 or float
    int32_t halves;
} Head;

// Adds two neighbouring channels times their weights [LANES][2], the second one first.
INLINE Floats dot_halves(Floats sums, uint32_t two, const uint16_t *weights) {
#ifdef __AVX512BF16__
    const __m512bh values = (__m512bh)_mm512_set1_epi32(two);
    return (Floats)_mm512_dpbf16_ps((__m512)sums, values, (__m512bh)_mm512_loadu_si512(weights));
#else
    Ints pairs;
    memcpy(&pairs, weights, sizeof pairs);
    const Ints values = (Ints){} + (int32_t)two, upper = (Ints){} + (int32_t)0xffff0000;
    sums = fused((Floats)(values & upper), (Floats)(pairs & upper), sums);
    return fused((Floats)(values << 16), (Floats)(pairs << 16), sums);
#endif
}

// Values of a strip's pixels for a pass of output channels.
INLINE void gather_halves(const uint16_t *x, int channels, const uint16_t *weights, const float *bias,
                          Floats result[MOST]) {
    Floats sums[MOST];
#pragma unroll
    for (int i = 0; i < MOST; i++) sums[i] = load(bias + i % PASS * LANES);
    for (int c = 0; c < channels; c += 2, weights += 2 * PASS * LANES)
#pragma unroll
        for (int p = 0; p < STRIP; p++) {
            uint32_t two;
            memcpy(&two, x + p * channels + c, 4);
#pragma unroll
            for (int v = 0; v < PASS; v++)
                sums[p * PASS + v] = dot_halves(sums[p * PASS + v], two, weights + v * 2 * LANES);
        }
#pragma unroll
    for (int i = 0; i < MOST; i++) result[i] = sums[i];
}

static void hide_row(const Head *h, const uint16_t *x, uint16_t *hidden) {
    for (int c = 0; c < h->hidden; c += PASS * LANES)
        for (int begin = 0; begin < h->width; begin += STRIP) {
            Floats values[MOST];
            gather_halves(x + begin * h->in, h->in, h->hidden_weights + c * h->in, h->hidden_bias + c, values);
            for (int i = 0; i < MOST; i++)
                store_half(most(values[i], all(0)), hidden + (begin + i / PASS) * h->hidden + c + i % PASS * LANES);
        }
}

// `count` values, at most LANES.
INLINE void store_some(Floats values, int count, const Head *h, long at) {
    uint16_t halves[LANES];
    const int size = h->halves ? 2 : 4;
    if (h->halves) store_half(values, halves);
    memcpy((char *)h->y + at * size, h->halves ? (void *)halves : (void *)&values, (count < LANES ? count : LANES) * size);
}

static void out_row(const Head *h, const uint16_t *hidden, long row) {
    for (int c = 0; c < h->out; c += PASS * LANES)
        for (int begin = 0; begin < h->width; begin += STRIP) {
            Floats values[MOST];
            gather_halves(hidden + begin * h->hidden, h->hidden, h->out_weights + c * h->hidden, h->out_bias + c, values);
            for (int p = 0; p < smaller(STRIP, h->width - begin); p++)
                for (int v = 0; v < PASS && c + v * LANES < h->out; v++) {
                    const int at = c + v * LANES;
                    store_some(values[p * PASS + v], h->out - at, h, (row + begin + p) * h->out + at);
                }
        }
}

// What a head makes of pixels one by one. `memory`: [width + STRIP][hidden].
void tell(const Head *h, int first, int last, uint16_t *memory) {
    for (int y = first; y < last; y++) {
        const long row = (long)y * h->width;
        hide_row(h, h->x + row * h->in, memory);
        out_row(h, memory, row);
    }
}
