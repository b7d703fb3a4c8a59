// Sums of products of bytes on processors that multiply tiles of them: an instruction does what takes `dot` 256.
//
// A tile of activations is windows that begin a pixel after each other and overlap in memory, LANES of them. A row of
// the window is cut into parts as wide as a tile; what is left is cut into smaller ones, for tiles of their own shape.

#pragma once

#ifdef __AMX_INT8__

#include "vectors.h"

#define TILE 64 // bytes of a row of a tile
// Where the sums of a pixel for a block of LANES channels lie among those of strips of LANES pixels.
INLINE int place_of(int pixel, int block, int blocks) { return (pixel / LANES * blocks + block) * LANES + pixel % LANES; }

// What divides the rest of a row of windows one or three pixels wide, of a multiple of LANES channels.
INLINE int part_of(int channels) { return channels % 32 ? 16 : 32; }

// What divides a row of windows three pixels wide of 32, 44, 48 or 64 channels into the fewest equal parts.
INLINE int equal_part_of(int bytes) { return bytes / ((bytes + TILE - 1) / TILE); }

#define WHOLE 4, 5
#define PART 6, 7

// Tiles 0 to 3 are sums; 4 and 6 activations, 5 and 7 their weights, 6 and 7 for parts of so many bytes, if any.
INLINE void shape_tiles(int part) {
    struct {
        uint8_t palette, start, none[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shapes = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        shapes.bytes[i] = i == 6 && part ? part : TILE;
        shapes.rows[i] = i == 7 && part ? part / 4 : LANES;
    }
    _tile_loadconfig(&shapes);
}

INLINE void clear_tiles(void) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
}

// Adds the products of a part of LANES windows with the weights of three blocks, in rows `line` bytes apart.
#define ADD_THREE_TO(activations, weights, at, stride, w, line)                                                        \
    _tile_loadd(activations, at, stride);                                                                              \
    _tile_loadd(weights, w, line);                                                                                     \
    _tile_dpbusd(0, activations, weights);                                                                             \
    _tile_loadd(weights, w + TILE, line);                                                                              \
    _tile_dpbusd(1, activations, weights);                                                                             \
    _tile_loadd(weights, w + 2 * TILE, line);                                                                          \
    _tile_dpbusd(2, activations, weights)
#define ADD_THREE(...) ADD_THREE_TO(__VA_ARGS__)

INLINE void store_three(Ints sums[3 * LANES]) {
    _tile_stored(0, sums, TILE);
    _tile_stored(1, sums + LANES, TILE);
    _tile_stored(2, sums + 2 * LANES, TILE);
}

// Sums [three blocks][LANES pixels] of the 3x3 windows of neighbouring pixels from `x` on.
INLINE void gather_three(const uint8_t *x, int row, int channels, const int8_t *weights, int part,
                         Ints sums[3 * LANES]) {
    clear_tiles();
    for (int j = 0; j < 3; j++, x += row) {
        const uint8_t *at = x, *end = x + 3 * channels;
        for (; at + TILE <= end; at += TILE, weights += 3 * LANES * TILE) {
            ADD_THREE(WHOLE, at, channels, weights, 3 * TILE);
        }
        for (; at < end; at += part, weights += 3 * part / 4 * TILE) {
            ADD_THREE(PART, at, channels, weights, 3 * TILE);
        }
    }
    store_three(sums);
}

// Adds the products of a part of the windows of 2 x LANES pixels, the later of which begin at `further`.
#define ADD_TWO_TO(activations, weights, at, further, stride, w)                                                       \
    _tile_loadd(activations, at, stride);                                                                              \
    _tile_loadd(weights, w, 2 * TILE);                                                                                 \
    _tile_dpbusd(0, activations, weights);                                                                             \
    _tile_loadd(weights, w + TILE, 2 * TILE);                                                                          \
    _tile_dpbusd(1, activations, weights);                                                                             \
    _tile_loadd(activations, further, stride);                                                                         \
    _tile_dpbusd(3, activations, weights);                                                                             \
    _tile_loadd(weights, w, 2 * TILE);                                                                                 \
    _tile_dpbusd(2, activations, weights)
#define ADD_TWO(...) ADD_TWO_TO(__VA_ARGS__)

INLINE void store_four(Ints sums[4 * LANES]) {
    store_three(sums);
    _tile_stored(3, sums + 3 * LANES, TILE);
}

// Sums [2][two blocks][LANES pixels] of windows of neighbouring pixels from `x` on, `side` pixels a side.
INLINE void gather_two(const uint8_t *x, int row, int channels, int side, const int8_t *weights, int part,
                       Ints sums[4 * LANES]) {
    clear_tiles();
    for (int j = 0; j < side; j++, x += row) {
        const uint8_t *at = x, *end = x + side * channels;
        for (; at + TILE <= end; at += TILE, weights += 2 * LANES * TILE) {
            ADD_TWO(WHOLE, at, at + LANES * channels, channels, weights);
        }
        for (; at < end; at += part, weights += 2 * part / 4 * TILE) {
            ADD_TWO(PART, at, at + LANES * channels, channels, weights);
        }
    }
    store_four(sums);
}

#endif
