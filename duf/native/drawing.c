// The dynamic upsampling filter as one pass, from logits or from the streaming network's state to the large picture.

#include "tiles.h"
#include "vectors.h"

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

INLINE void draw_given(const Drawing *d, int y, const int size, float *rows, int row) {
    const int many = d->scale * d->scale, frame_row = 3 * (d->width + size - 1);
    for (int x = 0; x < d->width; x++) {
        const long at = (long)y * d->width + x;
        Floats logits[size * size], colours[3];
        for (int t = 0; t < size * size; t++) logits[t] = some_of(d->logits, (at * size * size + t) * many, many, d->halves);
        filter(logits, DOUBLINGS, d->frame + (long)y * frame_row + 3 * x, frame_row, size, 0, colours);
        if (d->residual) add_residual(d->residual + at * many * 3, many, colours);
        paint(d, colours, rows + x * d->times, row);
    }
}

#define TAPS 9

// The sums of both heads for neighbouring pixels from a place on, PIXELS of them; where those of one pixel's lie.
#ifdef __AMX_INT8__
enum { PIXELS = LANES };
INLINE int place(int pixel, int block, int blocks) { return place_of(pixel, block, blocks); }
INLINE void plan(const Drawing *d, const uint8_t *state, int row, Ints *residual, Ints *taps) {
    const int channels = d->channels, part = part_of(channels);
    gather_three(state, row, channels, d->residual_weights, part, residual);
    for (int first = 0; first < TAPS; first += 3) {
        clear_tiles();
        const uint8_t *at = state + row + channels;
        for (int c = 0; c < channels; c += part) {
            ADD_THREE(PART, at + c, channels, d->tap_weights + (c / 4 * TAPS + first) * TILE, TAPS * TILE);
        }
        store_three(taps + first * LANES);
    }
}
#else
enum { PIXELS = 6 };
INLINE int place(int pixel, int block, int blocks) { return pixel * blocks + block; }
INLINE void plan(const Drawing *d, const uint8_t *state, int row, Ints *residual, Ints *taps) {
    enum { PAIR = 2 };
    const int channels = d->channels;
    gather(state, row, channels, 3, d->residual_weights, PIXELS, 3, residual);
    for (int p = 0; p < PIXELS; p += PAIR)
        gather(state + row + (1 + p) * channels, 0, channels, 1, d->tap_weights, PAIR, TAPS, taps + p * TAPS);
}
#endif

INLINE void draw_from_state(const Drawing *d, int y, const int bounded, float *rows, int row) {
    const int state_row = (d->width + 2) * d->channels, frame_row = 3 * (d->width + 2);
    const uint8_t *state = d->state + (long)y * state_row;
    for (int begin = 0; begin < d->width; begin += PIXELS) {
        Ints residual[3 * PIXELS], taps[TAPS * PIXELS];
        plan(d, state + begin * d->channels, state_row, residual, taps);
        for (int p = 0; p < smaller(PIXELS, d->width - begin); p++) {
            const int x = begin + p;
            Floats logits[TAPS], colours[3];
            for (int t = 0; t < TAPS; t++) {
                const Floats sums = __builtin_convertvector(taps[place(p, t, TAPS)], Floats);
                logits[t] = fused(sums, load(d->tap_scale + t * LANES), load(d->resting + t * LANES));
            }
            filter(logits, 1, d->frame + (long)y * frame_row + 3 * x, frame_row, 3, bounded, colours);
            for (int c = 0; c < 3; c++) {
                const Floats sums = __builtin_convertvector(residual[place(p, c, 3)], Floats);
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
#ifdef __AMX_INT8__
    if (d->state) shape_tiles(part_of(d->channels));
#endif
    if (!d->rgb) {
        draw_planes(d, first, last, &s);
    } else {
        for (int y = first; y < last; y++) {
            draw_row(d, y, s.rows, s.row);
            write_rgb(d, y, s.rows, s.row);
        }
    }
#ifdef __AMX_INT8__
    if (d->state) _tile_release();
#endif
}
