// What training does between the network and the gradient of its loss, each thing in one pass over memory.
//
// Here a function works on whole pictures [first, last).

#include "vectors.h"

#define TAPS_MOST 25
#define NEIGHBOURS 7 // a side, as in losses.py: where the truth stands still is told by their mean change

// `many` floats, no more than LANES, to where they belong; `halves`: as bfloat16.
INLINE void put(Floats values, float *to, int many) {
    if (many == LANES)
        *(LooseFloats *)to = values;
    else
        for (int i = 0; i < many; i++) to[i] = values[i];
}
INLINE void put_in(Floats values, void *to, long at, int many, int halves) {
    if (!halves) return put(values, (float *)to + at, many);
    const Ints bits = (Ints)values, even = bits + 0x7fff + (bits >> 16 & 1);
    const Halves rounded = __builtin_convertvector(even >> 16, Halves);
    uint16_t *half = (uint16_t *)to + at;
    if (many == LANES)
        *(Halves *)half = rounded;
    else
        for (int i = 0; i < many; i++) half[i] = rounded[i];
}

typedef struct {
    int32_t width, height, size, scale; // of the small frame; taps a side; times as large as it is painted
    int32_t halves;                     // taps, residual and their slopes are bfloat16, else floats
    const float *frames;                // [height + size - 1][width + size - 1][3] each, black around
    const void *taps;                   // [height][width][size size][scale scale] each: logits, without
    const float *resting;               // [size size][scale scale] each, which is added
    const void *residual;               // [height][width][scale scale][3] each
    float *pictures;                    // [scale height][scale width][3] each
    const float *slopes;                // of the loss, by the pictures
    void *tap_slopes;                   // by what they are made of
    float *resting_slopes;
    void *residual_slopes;
} Painting;

// What the functions below know of all pixels of a picture.
typedef struct {
    const Painting *p;
    int taps, many, halves; // `many` sub-pixels
    const float *resting;
} Palette;

// The softmax of one pixel's logits, which begin at `logits`, for each of its sub-pixels.
INLINE void soften(Palette of, long logits, Floats weights[TAPS_MOST]) {
    Floats top = all(-1e30f), sum = {};
    for (int n = 0; n < of.taps; n++) {
        const Floats resting = some(of.resting + n * of.many, of.many);
        weights[n] = (some_of(of.p->taps, logits + n * of.many, of.many, of.halves) + resting) * all(DOUBLINGS);
        top = most(top, weights[n]);
    }
    for (int n = 0; n < of.taps; n++) sum += weights[n] = exponential(weights[n] - top);
    const Floats share = 1 / sum;
    for (int n = 0; n < of.taps; n++) weights[n] *= share;
}

// The pixel under a tap, from the one in the window's corner.
INLINE const float *under(Palette of, const float *corner, int tap) {
    const int size = of.p->size, row = of.p->width + size - 1;
    return corner + (tap / size * row + tap % size) * 3;
}

INLINE void paint_pixel(Palette of, const float *corner, long pixel, float *to, const int scale) {
    const long row = (long)of.p->width * scale * 3;
    Floats weights[TAPS_MOST], colours[3] = {};
    float residual[3 * LANES];
    soften(of, pixel * of.taps * of.many, weights);
    for (int i = 0; i < 3; i++)
        put(some_of(of.p->residual, (pixel * 3 + i) * of.many, of.many, of.halves), residual + i * of.many, of.many);
    add_residual(residual, of.many, colours);
    for (int n = 0; n < of.taps; n++) {
        const float *at = under(of, corner, n);
        for (int c = 0; c < 3; c++) colours[c] = fused(all(at[c]), weights[n], colours[c]);
    }
    for (int v = 0; v < scale; v++)
        for (int u = 0; u < scale; u++)
            for (int c = 0; c < 3; c++) to[v * row + u * 3 + c] = colours[c][v * scale + u];
}

INLINE void trace_pixel(Palette of, const float *corner, long pixel, const float *from, Floats resting[TAPS_MOST],
                        const int scale) {
    const long row = (long)of.p->width * scale * 3, logits = pixel * of.taps * of.many;
    Floats weights[TAPS_MOST], each[TAPS_MOST], slopes[3] = {}, mean = {};
    float residual[3 * LANES];
    soften(of, logits, weights);
    for (int v = 0; v < scale; v++)
        for (int u = 0; u < scale; u++)
            for (int c = 0; c < 3; c++)
                slopes[c][v * scale + u] = residual[(v * scale + u) * 3 + c] = from[v * row + u * 3 + c];
    for (int i = 0; i < 3; i++)
        put_in(some(residual + i * of.many, of.many), of.p->residual_slopes, (pixel * 3 + i) * of.many, of.many,
               of.halves);
    for (int n = 0; n < of.taps; n++) {
        const float *at = under(of, corner, n);
        each[n] = all(at[0]) * slopes[0] + all(at[1]) * slopes[1] + all(at[2]) * slopes[2];
        mean = fused(weights[n], each[n], mean);
    }
    for (int n = 0; n < of.taps; n++) {
        const Floats slope = weights[n] * (each[n] - mean);
        resting[n] += slope;
        put_in(slope, of.p->tap_slopes, logits + n * of.many, of.many, of.halves);
    }
}

// Of each row, so that the sums stay small beside what is added.
INLINE void trace_row(Palette of, long n, long y, float *resting_slopes, const int scale) {
    const int width = of.p->width, height = of.p->height, size = of.p->size;
    const float *corner = of.p->frames + (n * (height + size - 1) + y) * (width + size - 1) * 3;
    const float *from = of.p->slopes + (n * height + y) * scale * width * scale * 3;
    Floats resting[TAPS_MOST] = {};
    for (long x = 0; x < width; x++)
        trace_pixel(of, corner + x * 3, (n * height + y) * width + x, from + x * scale * 3, resting, scale);
    for (int i = 0; i < of.taps; i++) {
        float *sum = resting_slopes + i * of.many;
        put(some(sum, of.many) + resting[i], sum, of.many);
    }
}

INLINE void paint_row(Palette of, long n, long y, const int scale) {
    const int width = of.p->width, height = of.p->height, size = of.p->size;
    const float *corner = of.p->frames + (n * (height + size - 1) + y) * (width + size - 1) * 3;
    float *to = of.p->pictures + (n * height + y) * scale * width * scale * 3;
    for (long x = 0; x < width; x++)
        paint_pixel(of, corner + x * 3, (n * height + y) * width + x, to + x * scale * 3, scale);
}

INLINE void paint_as(const Painting *p, int first, int last, const int back, const int scale, const int halves) {
    Palette of = {p, p->size * p->size, scale * scale, halves, 0};
    for (long n = first; n < last; n++) {
        float *slopes = p->resting_slopes + n * of.taps * of.many;
        of.resting = p->resting + n * of.taps * of.many;
        if (back) memset(slopes, 0, of.taps * of.many * sizeof *slopes);
        for (long y = 0; y < p->height; y++)
            if (back)
                trace_row(of, n, y, slopes, scale);
            else
                paint_row(of, n, y, scale);
    }
}

INLINE void paint_either(const Painting *p, int first, int last, const int back) {
    if (p->scale == 4 && p->halves)
        paint_as(p, first, last, back, 4, 1);
    else if (p->scale == 4)
        paint_as(p, first, last, back, 4, 0);
    else
        paint_as(p, first, last, back, p->scale, p->halves);
}

// Dynamic upsampling and the residual: pictures.
void paint(const Painting *p, int first, int last) { paint_either(p, first, last, 0); }

// The way back: tap_slopes, resting_slopes and residual_slopes.
void trace(const Painting *p, int first, int last) { paint_either(p, first, last, 1); }

typedef struct {
    int32_t width, height, frames; // of a picture; of a sample
    int32_t linear;                // where the error is large, Huber's penalty; else Charbonnier's
    float bend;                    // where that begins
    float error, change, still;    // what each counts in the sum: an error, its change, its size where the truth stands
    float standing;                // mean change of the truth below which that is so
    const float *truth, *result;   // [samples frames][height][width][3]
    float *changes;                // [samples frames][height][width]: of the truth, from the frame before
    double *sums;                  // [samples frames]
    float *slopes;                 // as result
} Judging;

INLINE Floats root(Floats x) { return __builtin_elementwise_sqrt(x); }
INLINE Floats size_of(Floats x) { return most(x, -x); }

// The penalty of a difference, and its slope.
INLINE Floats penalty(const Judging *j, Floats d, Floats *slope) {
    const Floats bend = all(j->bend);
    if (j->linear) {
        const Floats size = size_of(d), square = least(size, bend);
        *slope = least(most(d, -bend), bend);
        return square * (size - square * 0.5f);
    }
    const Floats long_side = root(d * d + bend * bend);
    *slope = d / long_side;
    return long_side;
}

INLINE Floats sign(Floats x) { return (Floats)((x > 0) & (Ints)all(1)) - (Floats)((x < 0) & (Ints)all(1)); }

// How much the truth of a frame changed from the one before, as a mean of the colours.
void measure(const Judging *j, int first, int last) {
    const long size = (long)j->width * j->height;
    for (long n = first; n < last; n++) {
        if (n % j->frames == 0) continue;
        const float *now = j->truth + n * size * 3, *before = now - size * 3;
        for (long i = 0; i < size; i++) {
            float sum = 0;
            for (int c = 0; c < 3; c++) sum += __builtin_fabsf(now[3 * i + c] - before[3 * i + c]);
            j->changes[n * size + i] = sum / 3;
        }
    }
}

// 1 where the truth of frame n stands as the one before, else 0; for each colour of a row.
static void stand(const Judging *j, long n, int y, float *to) {
    const int width = j->width, height = j->height, reach = NEIGHBOURS / 2;
    const int top = y < reach ? 0 : y - reach, end = smaller(height, y + reach + 1);
    float sums[width + 2 * reach];
    memset(sums, 0, sizeof sums);
    for (int row = top; row < end; row++) {
        const float *changes = j->changes + (n * height + row) * width;
        for (int x = 0; x < width; x++) sums[x + reach] += changes[x];
    }
    for (int x = 0; x < width; x++) {
        const int left = x < reach ? 0 : x - reach, right = smaller(width, x + reach + 1);
        float sum = 0;
        for (int i = 0; i < NEIGHBOURS; i++) sum += sums[x + i];
        const float still = sum < j->standing * ((end - top) * (right - left));
        for (int c = 0; c < 3; c++) to[3 * x + c] = still;
    }
}

// Adds the penalty of a change from one frame to the next to the sum, and takes its slope times `way` from `slope`.
INLINE Floats change(const Judging *j, Floats earlier, Floats later, Floats still, Floats way, Floats *slope) {
    Floats own;
    const Floats d = later - earlier, sum = all(j->change) * penalty(j, d, &own) + still * size_of(d);
    *slope += way * (all(j->change) * own + still * sign(d));
    return sum;
}

// The sum of all penalties in a frame, and their slopes.
void judge(const Judging *j, int first, int last) {
    const int row = j->width * 3;
    const long size = (long)j->height * row;
    float before[row], after[row];
    for (int n = first; n < last; n++) {
        const int first_of_all = n % j->frames == 0, last_of_all = n % j->frames == j->frames - 1;
        j->sums[n] = 0;
        for (int y = 0; y < j->height; y++) {
            const long start = n * size + (long)y * row;
            Floats total = {};
            if (!first_of_all) stand(j, n, y, before);
            if (!last_of_all) stand(j, n + 1, y, after);
            for (int x = 0; x < row; x += LANES) {
                const int many = smaller(LANES, row - x);
                const float *truth = j->truth + start + x, *result = j->result + start + x;
                const Floats error = some(result, many) - some(truth, many);
                Floats slope, sum = all(j->error) * penalty(j, error, &slope);
                slope *= j->error;
                if (!first_of_all)
                    sum += change(j, some(result - size, many) - some(truth - size, many), error,
                                  all(j->still) * some(before + x, many), all(1), &slope);
                if (!last_of_all)
                    change(j, error, some(result + size, many) - some(truth + size, many),
                           all(j->still) * some(after + x, many), all(-1), &slope);
                put(slope, j->slopes + start + x, many);
                total += some((const float *)&sum, many);
            }
            for (int i = 0; i < LANES; i++) j->sums[n] += total[i];
        }
    }
}
