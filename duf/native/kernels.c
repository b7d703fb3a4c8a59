// What no library has: the dynamic upsampling filter as one pass, and the streaming network in 8-bit integers.
//
// Every function works on the rows [first, last) of a frame, so that threads can share it; no result depends on how.
// Integers are exact and floats are rounded in one order on every processor: the same picture everywhere.
// Activations are unsigned bytes, [height + 2][width + 2][channels], with a border that stands for the outside.

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define LANES 16 // of a vector; also the sub-pixels of a pixel at 4x, padded to it at 2x and 3x
#define INLINE static inline __attribute__((always_inline))

typedef float Floats __attribute__((vector_size(64)));
typedef float LooseFloats __attribute__((vector_size(64), aligned(4)));
typedef int32_t Ints __attribute__((vector_size(64)));
typedef uint16_t Halves __attribute__((vector_size(32), aligned(2)));
typedef uint8_t Bytes __attribute__((vector_size(16), aligned(1)));
typedef float Four __attribute__((vector_size(16), aligned(4)));

INLINE Floats load(const float *at) { return *(const LooseFloats *)at; }
INLINE Floats load_half(const uint16_t *at) { // bfloat16: the upper half of a float
    return (Floats)(__builtin_convertvector(*(const Halves *)at, Ints) << 16);
}
INLINE Floats least(Floats a, Floats b) { return __builtin_elementwise_min(a, b); }
INLINE Floats most(Floats a, Floats b) { return __builtin_elementwise_max(a, b); }
INLINE Floats fused(Floats a, Floats b, Floats c) { return __builtin_elementwise_fma(a, b, c); }
INLINE Floats all(float value) { return value - (Floats){}; } // not a sum, which would turn -0 into 0 at a cost
INLINE int smaller(int a, int b) { return a < b ? a : b; }
INLINE int within(int value, int count) { return value < 0 ? 0 : value < count ? value : count - 1; }

// ---- 8-bit convolution ----

// Adds four neighbouring channels times their weights [LANES][4] to each of LANES sums.
INLINE Ints dot(Ints sums, uint32_t four, const int8_t *weights) {
#ifdef __AVX512VNNI__
    return (Ints)_mm512_dpbusd_epi32((__m512i)sums, _mm512_set1_epi32(four), _mm512_loadu_si512(weights));
#else
    const __m256i even = _mm256_set1_epi32(four & 0x00ff00ff), odd = _mm256_set1_epi32(four >> 8 & 0x00ff00ff);
    __m256i half[2];
    memcpy(half, &sums, sizeof half);
    for (int i = 0; i < 2; i++) {
        const __m256i pairs = _mm256_loadu_si256((const __m256i *)weights + i);
        const __m256i low = _mm256_srai_epi16(_mm256_slli_epi16(pairs, 8), 8), high = _mm256_srai_epi16(pairs, 8);
        half[i] = _mm256_add_epi32(half[i], _mm256_madd_epi16(even, low));
        half[i] = _mm256_add_epi32(half[i], _mm256_madd_epi16(odd, high));
    }
    memcpy(&sums, half, sizeof half);
    return sums;
#endif
}

#define MOST 24 // vectors of sums that fit the registers

// Sums [pixels][blocks] of neighbouring pixels for `blocks` x LANES output channels. `x`: the window's first byte of the
// first pixel. Weights: [side][side][channels / 4][blocks][LANES][4].
INLINE void gather(const uint8_t *x, int row, int channels, int side, const int8_t *weights, const int pixels,
                   const int blocks, Ints result[MOST]) {
    Ints sums[MOST] = {};
    for (int j = 0; j < side; j++)
        for (const uint8_t *at = x + j * row, *end = at + side * channels; at < end; at += 4) {
#pragma unroll
            for (int p = 0; p < pixels; p++) {
                uint32_t four;
                memcpy(&four, at + p * channels, 4);
#pragma unroll
                for (int b = 0; b < blocks; b++) {
                    Ints *sum = sums + p * blocks + b;
                    *sum = dot(*sum, four, weights + b * 4 * LANES);
                }
            }
            weights += blocks * 4 * LANES;
        }
#pragma unroll
    for (int i = 0; i < pixels * blocks; i++) result[i] = sums[i];
}

// The same products on registers alone, `rounds` x MOST x LANES x 4 of them: what the processor can do at most.
int peak(long rounds) {
    static const int8_t weights[4 * LANES] = {1, 2, 3};
    Ints sums[MOST] = {};
    for (long i = 0; i < rounds; i++)
#pragma unroll
        for (int s = 0; s < MOST; s++) sums[s] = dot(sums[s], (uint32_t)i, weights);
    for (int s = 1; s < MOST; s++) sums[0] += sums[s];
    return sums[0][0];
}

typedef struct {
    int32_t in, out;          // channels: a multiple of 4, 32 or 48
    const int8_t *weights;    // see gather
    const float *scale, *bias; // [out]: from sums to codes of the result
    const uint8_t *skip;      // added before the cut, or null: [height + 2][width + 2][out]
    const uint8_t *x;
    uint8_t *y;
} Layer;

INLINE void convolve_row(const Layer *layer, int width, int y, const int pixels, const int blocks) {
    const int row = (width + 2) * layer->in, out = blocks * LANES;
    const uint8_t *x = layer->x + y * row;
    const long offset = ((y + 1l) * (width + 2) + 1) * out;
    for (int begin = 0; begin < width; begin += pixels) {
        const int at = begin + pixels <= width || width < pixels ? begin : width - pixels;
        Ints sums[MOST];
        gather(x + at * layer->in, row, layer->in, 3, layer->weights, pixels, blocks, sums);
        for (int p = 0; p < smaller(pixels, width - at); p++)
            for (int b = 0; b < blocks; b++) {
                const long to = offset + (at + p) * out + b * LANES;
                Floats code = __builtin_convertvector(sums[p * blocks + b], Floats);
                code = fused(code, load(layer->scale + b * LANES), load(layer->bias + b * LANES));
                if (layer->skip) {
                    const Floats skip = __builtin_convertvector(*(const Bytes *)(layer->skip + to), Floats);
                    code += skip;
                }
                code = least(most(code, all(0)), all(255)) + 0.5f;
                *(Bytes *)(layer->y + to) = __builtin_convertvector(code, Bytes);
            }
    }
}

// A 3x3 convolution with bias, an optional addition, and a ReLU. `x` may be read LANES pixels beyond its end.
void convolve(const Layer *layer, int width, int first, int last) {
    for (int y = first; y < last; y++) {
        if (layer->out == 32)
            convolve_row(layer, width, y, 12, 2);
        else
            convolve_row(layer, width, y, 8, 3);
    }
}

typedef struct {
    int32_t width, height, channels, padded;  // of the state, and of what the network is given
    // The frames [height][width][3], the flows [height][width][2].
    const uint8_t *frame, *previous;
    const float *flow; // from this frame to the previous one
    const uint8_t *coming;
    const float *coming_flow; // from the coming frame to this one
    const uint8_t *state;
    uint8_t phase;
    // Frame, the fractions of both flows (128 is none), coming and previous frame and state where they lead, phase.
    uint8_t *y;
} Sight;

typedef struct {
    int x, y;
} Place;

// Where flow rounded to whole pixels leads from a place, and as codes what the rounding took.
INLINE Place lead(Place at, float across, float down, const Sight *s, uint8_t rest[2]) {
    const float right = __builtin_rintf(across), below = __builtin_rintf(down);
    rest[0] = 128 + (int)__builtin_rintf(254 * (across - right));
    rest[1] = 128 + (int)__builtin_rintf(254 * (down - below));
    return (Place){within(at.x + (int)right, s->width), within(at.y + (int)below, s->height)};
}

// What the network looks at: all of it one byte each.
void look(const Sight *sight, int first, int last) {
    const Sight s = *sight; // a copy, which the bytes written cannot be mistaken for
    for (int y = first; y < last; y++) {
        const long row = (long)y * s.width;
        const float *back = s.flow + 2 * row, *onward = s.coming_flow + 2 * row;
        uint8_t *to = s.y + ((y + 1l) * (s.width + 2) + 1) * s.padded;
        for (int x = 0; x < s.width; x++, back += 2, onward += 2, to += s.padded) {
            const Place here = {x, y}, from = lead(here, back[0], back[1], &s, to + 3),
                        next = lead(here, -onward[0], -onward[1], &s, to + 5);
            const uint8_t *state = s.state + ((from.y + 1l) * (s.width + 2) + from.x + 1) * s.channels;
            memcpy(to, s.frame + 3 * (row + x), 3);
            memcpy(to + 7, s.coming + 3 * ((long)next.y * s.width + next.x), 3);
            memcpy(to + 10, s.previous + 3 * ((long)from.y * s.width + from.x), 3);
            for (int c = 0; c < s.channels; c += LANES) *(Bytes *)(to + 13 + c) = *(const Bytes *)(state + c);
            if (s.phase) to[13 + s.channels] = s.phase;
        }
    }
}

// ---- dynamic upsampling ----

#define DOUBLINGS 1.44269504f // in a logit: the logarithm of e to base 2

// Takes the nearest whole number off x; the part that is left.
INLINE Floats fraction(Floats x) {
#ifdef __AVX512DQ__
    return (Floats)_mm512_reduce_ps((__m512)x, 8); // towards the nearest, and silent
#else
    const Floats shift = all(12582912.f); // 1.5 * 2^23: adding it leaves no fraction
    return x - (x + shift - shift);
#endif
}

// x doubled `times` times, a whole number from -115 to 115.
INLINE Floats doubled(Floats x, Floats times) {
#ifdef __AVX512F__
    return (Floats)_mm512_scalef_ps((__m512)x, (__m512)times);
#else
    return (Floats)((Ints)x + (__builtin_convertvector(times, Ints) << 23));
#endif
}

// 2 to the power of x, for x from -115 to 115, and next to nothing below; relative error below 3e-6.
INLINE Floats exponential(Floats x) {
#ifndef __AVX512F__
    x = most(x, all(-115));
#endif
    const Floats rest = fraction(x);
    Floats result = all(9.5701013e-3f);
    result = fused(result, rest, all(5.5917859e-2f));
    result = fused(result, rest, all(2.4024744e-1f));
    result = fused(result, rest, all(6.9312179e-1f));
    result = fused(result, rest, all(9.9999928e-1f));
    return doubled(result, x - rest);
}

typedef struct {
    int32_t width, height, size, scale; // of the small frame; taps a side; times as large as it is drawn
    int32_t times;                      // as large as it becomes, by area averaging: scale, or 2 or 3 of 4
    const float *frame;                 // [height + size - 1][width + size - 1][3], black around
    // Either logits [height][width][size size][scale scale] and residual [height][width][scale scale][3] ...
    const void *logits;
    const float *residual;
    int32_t halves; // the logits are bfloat16
    // ... or a state (3x3 taps) from which they are made: outputs padded to [tap or colour][LANES], logits in doublings.
    const uint8_t *state;
    int32_t channels;
    const int8_t *tap_weights, *residual_weights;
    const float *tap_scale, *resting, *residual_scale, *residual_bias;
    int32_t bounded; // no logit can be beyond -115 to 115 doublings
    // Either RGB, clipped [times height][times width][3] ...
    float *rgb;
    // ... or planes of `bits` a sample, of the even part of the picture.
    void *planes[3];
    int32_t bits;
    float colour[3][4];         // from RGB 0..1 and 1 to Y, U, V
    float across[4], down[4];   // what a chroma sample takes of the full ones -1 to 2 from its first
} Drawing;

// Filters the frame around one pixel: RGB of its sub-pixels from logits [size size], each worth `unit` doublings.
INLINE void filter(const Floats *logits, const float unit, const float *around, int row, const int size,
                   const int bounded, Floats colours[3]) {
    Floats top = logits[0], total = {};
    for (int t = 1; t < size * size; t++) top = most(top, logits[t]);
    top *= -unit;
    for (int c = 0; c < 3; c++) colours[c] = (Floats){};
    for (int j = 0; j < size; j++)
        for (int i = 0; i < size; i++) {
            const Floats logit = logits[j * size + i];
            const Floats weight = exponential(bounded ? logit : fused(logit, all(unit), top));
            total += weight;
            for (int c = 0; c < 3; c++) colours[c] = fused(weight, all(around[j * row + 3 * i + c]), colours[c]);
        }
    const Floats share = 1 / total;
    for (int c = 0; c < 3; c++) colours[c] *= share;
}

// Averages 4x4 sub-pixels to `times` x `times` areas. Sub-pixel v, u of the result lies in lane v * 4 + u.
INLINE Floats average(Floats x, int times) {
    const Floats to_three = {.75f, .5f, .25f, 0, .75f, .5f, .25f, 0, .75f, .5f, .25f, 0, .75f, .5f, .25f, 0};
    const Floats down_three = {.75f, .75f, .75f, 0, .5f, .5f, .5f, 0, .25f, .25f, .25f, 0, 0, 0, 0, 0};
    const Floats own = times == 3 ? to_three : all(.5f), own_down = times == 3 ? down_three : all(.5f);
    const Floats right = __builtin_shufflevector(x, x, 1, 2, 3, 3, 5, 6, 7, 7, 9, 10, 11, 11, 13, 14, 15, 15);
    x = fused(own, x, (1 - own) * right);
    const Floats below = __builtin_shufflevector(x, x, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15);
    x = fused(own_down, x, (1 - own_down) * below);
    return times == 3 ? x : __builtin_shufflevector(x, x, 0, 2, 2, 2, 8, 10, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2);
}

// Puts the sub-pixels of one pixel, `many` a row, into rows of their own.
INLINE void lay_out(Floats values, int times, int many, float *to, int row) {
    for (int v = 0; v < times; v++)
        if (times == 4)
            *(Four *)(to + v * row) = *((const Four *)&values + v);
        else
            for (int u = 0; u < times; u++) to[v * row + u] = values[v * many + u];
}

// Clips the colours of a pixel, turns them into the result's and lays them out in rows [3][times][row].
INLINE void paint(const Drawing *d, Floats colours[3], float *to, int row) {
    for (int c = 0; c < 3; c++) colours[c] = least(most(colours[c], all(0)), all(1));
    for (int c = 0; c < 3; c++) {
        const float *mix = d->colour[c];
        Floats value = colours[c];
        if (!d->rgb) {
            value = fused(colours[0], all(mix[0]), all(mix[3]));
            value = fused(colours[1], all(mix[1]), value);
            value = fused(colours[2], all(mix[2]), value);
        }
        if (d->times < d->scale) value = average(value, d->times);
        lay_out(value, d->times, d->scale, to + c * d->times * row, row);
    }
}

// Adds [sub-pixel][colour] to the colours.
INLINE void add_residual(const float *residual, int many, Floats colours[3]) {
    if (many < LANES) {
        for (int i = 0; i < many; i++)
            for (int c = 0; c < 3; c++) colours[c][i] += residual[3 * i + c];
        return;
    }
    const Floats a = load(residual), b = load(residual + LANES), c = load(residual + 2 * LANES);
    const Floats red = __builtin_shufflevector(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
    const Floats green = __builtin_shufflevector(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
    const Floats blue = __builtin_shufflevector(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
    colours[0] += __builtin_shufflevector(red, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
    colours[1] += __builtin_shufflevector(green, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
    colours[2] += __builtin_shufflevector(blue, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
}

// `many` logits, from one on.
INLINE Floats logits_at(const Drawing *d, long at, const int many) {
    const uint16_t *halves = (const uint16_t *)d->logits + at;
    const float *floats = (const float *)d->logits + at;
    if (many == LANES) return d->halves ? load_half(halves) : load(floats);
    Floats result = {};
    for (int i = 0; i < many; i++) {
        if (d->halves) {
            const uint32_t half = (uint32_t)halves[i] << 16;
            memcpy((char *)&result + 4 * i, &half, 4);
        } else
            result[i] = floats[i];
    }
    return result;
}

INLINE void draw_given(const Drawing *d, int y, const int size, float *rows, int row) {
    const int many = d->scale * d->scale, frame_row = 3 * (d->width + size - 1);
    for (int x = 0; x < d->width; x++) {
        const long at = (long)y * d->width + x;
        Floats logits[size * size], colours[3];
        for (int t = 0; t < size * size; t++) logits[t] = logits_at(d, (at * size * size + t) * many, many);
        filter(logits, DOUBLINGS, d->frame + (long)y * frame_row + 3 * x, frame_row, size, 0, colours);
        if (d->residual) add_residual(d->residual + at * many * 3, many, colours);
        paint(d, colours, rows + x * d->times, row);
    }
}

INLINE void draw_from_state(const Drawing *d, int y, const int bounded, float *rows, int row) {
    enum { TAPS = 9, PIXELS = 6, PAIR = 2 };
    const int state_row = (d->width + 2) * d->channels, frame_row = 3 * (d->width + 2);
    const uint8_t *state = d->state + (long)y * state_row;
    for (int begin = 0; begin < d->width; begin += PIXELS) {
        Ints residual[MOST], taps[MOST];
        gather(state + begin * d->channels, state_row, d->channels, 3, d->residual_weights, PIXELS, 3, residual);
        for (int p = 0; p < smaller(PIXELS, d->width - begin); p++) {
            const int x = begin + p;
            if (p % PAIR == 0)
                gather(state + state_row + (x + 1) * d->channels, 0, d->channels, 1, d->tap_weights, PAIR, TAPS, taps);
            Floats logits[TAPS], colours[3];
            for (int t = 0; t < TAPS; t++) {
                const Floats sums = __builtin_convertvector(taps[p % PAIR * TAPS + t], Floats);
                logits[t] = fused(sums, load(d->tap_scale + t * LANES), load(d->resting + t * LANES));
            }
            filter(logits, 1, d->frame + (long)y * frame_row + 3 * x, frame_row, 3, bounded, colours);
            for (int c = 0; c < 3; c++) {
                const Floats sums = __builtin_convertvector(residual[3 * p + c], Floats);
                const Floats scale = load(d->residual_scale + c * LANES), bias = load(d->residual_bias + c * LANES);
                colours[c] += fused(sums, scale, bias);
            }
            paint(d, colours, rows + x * d->times, row);
        }
    }
}

INLINE int nearest(float value, float top) { return (int)(value + 0.5f < top ? value + 0.5f : top); }

static void store(void *plane, long at, const float *values, int count, int bits) {
    const float top = (1 << bits) - 1;
    if (bits == 8) {
        uint8_t *to = (uint8_t *)plane + at;
        for (int i = 0; i < count; i++) to[i] = (uint8_t)nearest(values[i], top);
    } else {
        uint16_t *to = (uint16_t *)plane + at;
        for (int i = 0; i < count; i++) to[i] = (uint16_t)nearest(values[i], top);
    }
}

// The first of LANES pairs.
INLINE Floats every_second(const float *at) {
    return __builtin_shufflevector(load(at), load(at + LANES), 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

// Every second sample of a row, filtered; beyond its ends it goes on as it ends.
static void halve(const float *row, int count, const float taps[4], float *to) {
    const int half = count / 2;
    to[0] = (taps[0] + taps[1]) * row[0] + taps[2] * row[1] + taps[3] * row[within(2, count)];
    int i = 1;
    for (; i + LANES < half; i += LANES) {
        const float *at = row + 2 * i - 1;
        const Floats first = every_second(at), second = every_second(at + 1);
        *(LooseFloats *)(to + i) = taps[0] * first + taps[1] * second + taps[2] * every_second(at + 2) +
                                   taps[3] * every_second(at + 3);
    }
    for (; i < half - 1; i++) {
        const float *at = row + 2 * i - 1;
        to[i] = taps[0] * at[0] + taps[1] * at[1] + taps[2] * at[2] + taps[3] * at[3];
    }
    if (half > 1) {
        const float *at = row + count - 3;
        to[half - 1] = taps[0] * at[0] + taps[1] * at[1] + (taps[2] + taps[3]) * at[2];
    }
}

static void write_rgb(const Drawing *d, int y, const float *rows, int row) {
    const int wide = d->width * d->times;
    for (int v = 0; v < d->times; v++) {
        float *to = d->rgb + 3l * (y * d->times + v) * wide;
        for (int x = 0; x < wide; x++)
            for (int c = 0; c < 3; c++) to[3 * x + c] = rows[(c * d->times + v) * row + x];
    }
}

static void draw_row(const Drawing *d, int y, float *rows, int row) {
    if (!d->logits && d->bounded)
        draw_from_state(d, y, 1, rows, row);
    else if (!d->logits)
        draw_from_state(d, y, 0, rows, row);
    else if (d->size == 5)
        draw_given(d, y, 5, rows, row);
    else
        draw_given(d, y, 3, rows, row);
}

// Where the pieces of the memory that `draw` works in lie.
typedef struct {
    int row, half;    // floats of a large row, and of one of its chroma
    float *rows;      // [3][times][row]
    float *chroma[2]; // [large rows][half]
    float *line;      // [half]
} Scratch;

static Scratch divided(const Drawing *d, int first, int last, float *memory) {
    const int row = (d->width + LANES) * d->times, half = row / 2;
    const long chroma = (long)(last - first + 2) * d->times * half; // with the small row above and the one below
    Scratch s = {row, half, memory, {memory + 3 * d->times * row}};
    s.chroma[1] = s.chroma[0] + chroma;
    s.line = s.chroma[1] + chroma;
    return s;
}

// Floats that `draw` needs to work with for rows [first, last).
long scratch_for(const Drawing *d, int first, int last) {
    const Scratch s = divided(d, first, last, 0);
    return s.line + s.half - s.rows;
}

// One plane of chroma for the large rows [begin, end), from rows of half the width that begin with row `above`.
static void store_chroma(const Drawing *d, int plane, const Scratch *s, int begin, int end, int above) {
    const int half_wide = d->width * d->times / 2, high = d->height * d->times & ~1;
    for (int y = (begin + 1) / 2; 2 * y < end; y++) {
        const float *rows[4];
        for (int t = 0; t < 4; t++)
            rows[t] = s->chroma[plane - 1] + (long)(within(2 * y + t - 1, high) - above) * s->half;
        for (int x = 0; x < half_wide; x++) {
            const float upper = d->down[0] * rows[0][x] + d->down[1] * rows[1][x];
            s->line[x] = upper + d->down[2] * rows[2][x] + d->down[3] * rows[3][x];
        }
        store(d->planes[plane], (long)y * half_wide, s->line, half_wide, d->bits);
    }
}

static void draw_planes(const Drawing *d, int first, int last, const Scratch *s) {
    const int times = d->times, wide = d->width * times & ~1, high = d->height * times & ~1;
    const int begin = first * times, end = smaller(last * times, high); // of the large rows
    const int above = within(first - 1, d->height), below = within(last, d->height);
    for (int y = above; y <= below; y++) {
        draw_row(d, y, s->rows, s->row);
        for (int v = 0; v < times; v++) {
            const int large = y * times + v;
            if (large >= begin && large < end)
                store(d->planes[0], (long)large * wide, s->rows + v * s->row, wide, d->bits);
            for (int c = 0; c < 2; c++) {
                const float *full = s->rows + ((c + 1) * times + v) * s->row;
                halve(full, wide, d->across, s->chroma[c] + (long)(large - above * times) * s->half);
            }
        }
    }
    for (int plane = 1; plane < 3; plane++) store_chroma(d, plane, s, begin, end, above * times);
}

// Draws the rows of the large picture that come from [first, last) of the small one.
void draw(const Drawing *d, int first, int last, float *memory) {
    const Scratch s = divided(d, first, last, memory);
    if (!d->rgb) {
        draw_planes(d, first, last, &s);
        return;
    }
    for (int y = first; y < last; y++) {
        draw_row(d, y, s.rows, s.row);
        write_rgb(d, y, s.rows, s.row);
    }
}
