// The streaming network in 8-bit integers: what it looks at, and its convolutions.
//
// Activations are unsigned bytes, [height + 2][width + 2][channels], with a border that stands for the outside.

#include "tiles.h"
#include "vectors.h"

typedef struct {
    int32_t in, out;          // channels: a multiple of 4, 32 or 48
    const int8_t *weights;    // see gather
    const float *scale, *bias; // [out]: from sums to codes of the result
    const uint8_t *skip;      // added before the cut, or null: [height + 2][width + 2][out]
    const uint8_t *x;
    uint8_t *y;
} Layer;

// Turns the sums of LANES channels from `block` on of a pixel, which lies at `to`, into codes.
INLINE void finish(const Layer *layer, Ints sums, int block, long to) {
    Floats code = __builtin_convertvector(sums, Floats);
    code = fused(code, load(layer->scale + block * LANES), load(layer->bias + block * LANES));
    if (layer->skip) {
        const Floats skip = __builtin_convertvector(*(const Bytes *)(layer->skip + to), Floats);
        code += skip;
    }
    code = least(most(code, all(0)), all(255)) + 0.5f;
    *(Bytes *)(layer->y + to) = __builtin_convertvector(code, Bytes);
}

INLINE void convolve_row(const Layer *layer, int width, int y, const int pixels, const int blocks) {
    const int row = (width + 2) * layer->in, out = blocks * LANES;
    const uint8_t *x = layer->x + y * row;
    const long offset = ((y + 1l) * (width + 2) + 1) * out;
    for (int begin = 0; begin < width; begin += pixels) {
        const int at = begin + pixels <= width || width < pixels ? begin : width - pixels;
        Ints sums[MOST];
        gather(x + at * layer->in, row, layer->in, 3, layer->weights, pixels, blocks, sums);
        for (int p = 0; p < smaller(pixels, width - at); p++)
            for (int b = 0; b < blocks; b++)
                finish(layer, sums[p * blocks + b], b, offset + (at + p) * out + b * LANES);
    }
}

#ifdef __AMX_INT8__

INLINE void convolve_row_in_tiles(const Layer *layer, int width, int y, const int pixels, const int blocks) {
    const int row = (width + 2) * layer->in, out = blocks * LANES, part = 3 * layer->in % TILE;
    const uint8_t *x = layer->x + y * row;
    const long offset = ((y + 1l) * (width + 2) + 1) * out;
    for (int begin = 0; begin < width; begin += pixels) {
        const int at = smaller(begin, width - pixels);
        Ints sums[4 * LANES];
        if (blocks == 2)
            gather_two(x + at * layer->in, row, layer->in, 3, layer->weights, part, sums);
        else
            gather_three(x + at * layer->in, row, layer->in, layer->weights, part, sums);
        for (int p = 0; p < pixels; p++)
            for (int b = 0; b < blocks; b++)
                finish(layer, sums[place_of(p, b, blocks)], b, offset + (at + p) * out + b * LANES);
    }
}

static int convolve_in_tiles(const Layer *layer, int width, int first, int last) {
    if (width < 2 * LANES) return 0;
    shape_tiles(3 * layer->in % TILE);
    for (int y = first; y < last; y++) {
        if (layer->out == 32)
            convolve_row_in_tiles(layer, width, y, 2 * LANES, 2);
        else
            convolve_row_in_tiles(layer, width, y, LANES, 3);
    }
    _tile_release();
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
