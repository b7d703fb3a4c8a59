// The streaming network in 8-bit integers: what it looks at, and its convolutions.
//
// Activations are unsigned bytes, [height + 2][width + 2][channels], with a border that stands for the outside.

#include "tiles.h"
#include "vectors.h"

typedef struct {
    int32_t in, out;          // channels: a multiple of 4 (32, 44, 48 or 64 in tiles); 32 or 48
    const int8_t *weights;    // see gather
    const float *scale, *bias; // [out]: from sums to codes of the result
    const uint8_t *skip;      // added before the cut, or null: [height + 2][width + 2][out]
    const uint8_t *x;
    uint8_t *y;
} Layer;

// What turns sums into codes: a copy of the layer's, which the bytes written cannot be mistaken for.
typedef struct {
    Floats scale[3], bias[3];
    const uint8_t *skip;
    uint8_t *y;
} Finish;

INLINE Finish finish_of(const Layer *layer, const int blocks) {
    Finish f = {.skip = layer->skip, .y = layer->y};
    for (int b = 0; b < blocks; b++) {
        f.scale[b] = load(layer->scale + b * LANES);
        f.bias[b] = load(layer->bias + b * LANES);
    }
    return f;
}

// Turns the sums of LANES channels of a pixel, which lie at `to`, into codes.
INLINE void finish(const Finish *f, Ints sums, const int block, long to) {
    Floats code = fused(__builtin_convertvector(sums, Floats), f->scale[block], f->bias[block]);
    if (f->skip) {
        const Floats skip = __builtin_convertvector(*(const Bytes *)(f->skip + to), Floats);
        code += skip;
    }
    code = least(most(code, all(0)), all(255)) + 0.5f;
    *(Bytes *)(f->y + to) = __builtin_convertvector(code, Bytes);
}

INLINE void convolve_row(const Layer *layer, int width, int y, const int pixels, const int blocks) {
    const int row = (width + 2) * layer->in, out = blocks * LANES;
    const uint8_t *x = layer->x + y * row;
    const long offset = ((y + 1l) * (width + 2) + 1) * out;
    const Finish f = finish_of(layer, blocks);
    for (int begin = 0; begin < width; begin += pixels) {
        const int at = begin + pixels <= width || width < pixels ? begin : width - pixels;
        Ints sums[MOST];
        gather(x + at * layer->in, row, layer->in, 3, layer->weights, pixels, blocks, sums);
        for (int p = 0; p < smaller(pixels, width - at); p++)
#pragma unroll
            for (int b = 0; b < blocks; b++)
                finish(&f, sums[p * blocks + b], b, offset + (at + p) * out + b * LANES);
    }
}

#ifdef __AMX_INT8__

// The same of the pixels [first, last) of a strip, which lies at `to`.
INLINE void finish_strip(const Finish *f, const Ints *sums, const int blocks, int first, int last, long to) {
    for (int p = first; p < last; p++)
#pragma unroll
        for (int b = 0; b < blocks; b++) finish(f, sums[place_of(p, b, blocks)], b, to + (p * blocks + b) * LANES);
}

INLINE void add_part(const uint8_t *x, int in, const int8_t *weights, const int blocks) {
    if (blocks == 2) {
        ADD_TWO(PART, x, x + LANES * in, in, weights);
    } else {
        ADD_THREE(PART, x, in, weights, 3 * TILE);
    }
}

INLINE void store_sums(Ints sums[4 * LANES], const int blocks) {
    if (blocks == 2)
        store_four(sums);
    else
        store_three(sums);
}

// While the tiles of a strip are multiplied, vectors finish the one before it: after each part of a window, a share.
INLINE void convolve_tiles(const Layer *layer, int width, int first, int last, const int pixels, const int blocks) {
    const int in = layer->in, row = (width + 2) * in, out = blocks * LANES, part = equal_part_of(3 * in);
    const int share = (pixels * part + 9 * in - 1) / (9 * in);
    const Finish f = finish_of(layer, blocks);
    Ints sums[4 * LANES];
    long before = 0;
    int done = pixels;
    shape_tiles(part);
    for (int y = first; y < last; y++)
        for (int begin = 0; begin < width; begin += pixels) {
            const int at = smaller(begin, width - pixels);
            const int8_t *weights = layer->weights;
            clear_tiles();
            for (int j = 0; j < 3; j++) {
                const uint8_t *x = layer->x + (y + j) * row + at * in, *end = x + 3 * in;
                for (; x < end; x += part, weights += blocks * part / 4 * TILE) {
                    add_part(x, in, weights, blocks);
                    finish_strip(&f, sums, blocks, done, smaller(done + share, pixels), before);
                    done += share;
                }
            }
            store_sums(sums, blocks);
            before = ((y + 1l) * (width + 2) + 1 + at) * out;
            done = 0;
        }
    finish_strip(&f, sums, blocks, done, pixels, before);
    _tile_release();
}

static int convolve_in_tiles(const Layer *layer, int width, int first, int last) {
    if (width < 2 * LANES) return 0;
    if (layer->out == 32)
        convolve_tiles(layer, width, first, last, 2 * LANES, 2);
    else
        convolve_tiles(layer, width, first, last, LANES, 3);
    return 1;
}

#else
static int convolve_in_tiles(const Layer *layer, int width, int first, int last) { return 0; }
#endif

// A 3x3 convolution with bias, an optional addition, and a ReLU. `x` may be read LANES pixels beyond its end.
void convolve(const Layer *layer, int width, int first, int last) {
    if (convolve_in_tiles(layer, width, first, last)) return;
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

#define SPAN 64 // pixels of a row that are looked at together

// Where flow rounded to whole pixels leads from pixels of a row, and as codes what the rounding took.
typedef struct {
    int32_t x[SPAN], y[SPAN];
    uint8_t across[SPAN], down[SPAN];
} Lead;

INLINE uint8_t rest_of(float flow, float whole) { return 128 + (int)__builtin_rintf(254 * (flow - whole)); }

INLINE void lead(const Sight *s, const float *flow, float direction, int x, int y, int count, Lead *result) {
    for (int i = 0; i < count; i++) {
        const float across = direction * flow[2 * i], down = direction * flow[2 * i + 1];
        const float right = __builtin_rintf(across), below = __builtin_rintf(down);
        result->across[i] = rest_of(across, right);
        result->down[i] = rest_of(down, below);
        result->x[i] = within(x + i + (int)right, s->width);
        result->y[i] = within(y + (int)below, s->height);
    }
}

// What the network looks at: all of it one byte each.
void look(const Sight *sight, int first, int last) {
    const Sight s = *sight; // a copy, which the bytes written cannot be mistaken for
    for (int y = first; y < last; y++)
        for (int begin = 0; begin < s.width; begin += SPAN) {
            const int count = smaller(SPAN, s.width - begin);
            const long at = (long)y * s.width + begin;
            uint8_t *to = s.y + ((y + 1l) * (s.width + 2) + 1 + begin) * s.padded;
            Lead back, ahead;
            lead(&s, s.flow + 2 * at, 1, begin, y, count, &back);
            lead(&s, s.coming_flow + 2 * at, -1, begin, y, count, &ahead);
            for (int i = 0; i < count; i++, to += s.padded) {
                const long from = (long)back.y[i] * s.width + back.x[i], next = (long)ahead.y[i] * s.width + ahead.x[i];
                const uint8_t *state = s.state + (from + 2 * back.y[i] + s.width + 3) * s.channels;
                memcpy(to, s.frame + 3 * (at + i), 3);
                to[3] = back.across[i];
                to[4] = back.down[i];
                to[5] = ahead.across[i];
                to[6] = ahead.down[i];
                memcpy(to + 7, s.coming + 3 * next, 3);
                memcpy(to + 10, s.previous + 3 * from, 3);
                for (int c = 0; c < s.channels; c += LANES) *(Bytes *)(to + 13 + c) = *(const Bytes *)(state + c);
                if (s.phase) to[13 + s.channels] = s.phase;
            }
        }
}

// Makes the compiler believe that a value is needed.
INLINE void need(int value) { __asm__ volatile("" : : "g"(value)); }

// Multiplies in `rounds` on registers alone, as fast as the processor can at most; the number of products.
long peak(long rounds) {
#ifdef __AMX_INT8__
    int32_t sums[LANES * LANES];
    shape_tiles(0);
    clear_tiles();
    _tile_zero(4);
    _tile_zero(5);
    for (long i = 0; i < rounds; i++) {
        _tile_dpbusd(0, 4, 5);
        _tile_dpbusd(1, 4, 5);
        _tile_dpbusd(2, 4, 5);
        _tile_dpbusd(3, 4, 5);
    }
    _tile_stored(0, sums, TILE);
    _tile_release();
    need(sums[0]);
    return rounds * 4 * LANES * LANES * TILE;
#else
    static const int8_t weights[4 * LANES] = {1, 2, 3};
    Ints sums[MOST] = {};
    for (long i = 0; i < rounds; i++)
#pragma unroll
        for (int s = 0; s < MOST; s++) sums[s] = dot(sums[s], (uint32_t)i, weights);
    for (int s = 1; s < MOST; s++) sums[0] += sums[s];
    need(sums[0][0]);
    return rounds * MOST * LANES * 4;
#endif
}
