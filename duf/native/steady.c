// What is shown of a picture that differs little from what is shown: a share of the change.

#include "vectors.h"

typedef struct {
    int32_t width, height; // of a plane, or of an RGB picture, whose colours count as samples
    int32_t rows;          // of the source
    int32_t bytes;         // of a sample: 1 and 2 are whole numbers; 4 are floats
    int32_t finer;         // bits that what is shown has beyond a whole number
    float limit;           // more of a change is shown as it is; of whole numbers, with those bits, at most 127
    const uint8_t *shares; // [rows][width], in 256ths; 255 are all of it
    void *shown;           // [height][width] of 16 bits, or floats
    void *now;             // is given what is shown
} Holding;

// Between the shares of the two nearest rows of the source, `part` 128ths from the upper to the lower one.
INLINE int16_t between(int16_t upper, int16_t lower, int16_t part) {
    return (int16_t)(upper + ((int16_t)((int16_t)(lower - upper) * part + 64) >> 7));
}

// What is shown after `now`. Where they are not near the product may overflow, and is not used.
INLINE int16_t renewed(int16_t shown, int16_t now, int16_t share, int16_t limit) {
    const int16_t change = (int16_t)(now - shown), less = (int16_t)(change - ((int16_t)(share * change + 128) >> 8));
    return (int16_t)(now - ((change < 0 ? -change : change) <= limit ? less : 0));
}

INLINE void hold_bytes(const Holding *h, long at, const uint8_t *upper, const uint8_t *lower, int16_t part) {
    int16_t *restrict shown = (int16_t *)h->shown + at;
    uint8_t *restrict now = (uint8_t *)h->now + at;
    const int width = h->width, finer = h->finer;
    const int16_t limit = (int16_t)h->limit, half = (int16_t)(1 << finer >> 1);
    for (int x = 0; x < width; x++) {
        shown[x] = renewed(shown[x], (int16_t)(now[x] << finer), between(upper[x], lower[x], part), limit);
        now[x] = (uint8_t)((int16_t)(shown[x] + half) >> finer);
    }
}

INLINE void hold_words(const Holding *h, long at, const uint8_t *upper, const uint8_t *lower, int16_t part) {
    int16_t *restrict shown = (int16_t *)h->shown + at, *restrict now = (int16_t *)h->now + at;
    const int width = h->width, finer = h->finer;
    const int16_t limit = (int16_t)h->limit, half = (int16_t)(1 << finer >> 1);
    for (int x = 0; x < width; x++) {
        shown[x] = renewed(shown[x], (int16_t)(now[x] << finer), between(upper[x], lower[x], part), limit);
        now[x] = (int16_t)((int16_t)(shown[x] + half) >> finer);
    }
}

INLINE void hold_floats(const Holding *h, long at, const uint8_t *upper, const uint8_t *lower, int16_t part) {
    float *restrict shown = (float *)h->shown + at, *restrict now = (float *)h->now + at;
    const float limit = h->limit;
    const int width = h->width;
    for (int x = 0; x < width; x++) {
        const float share = between(upper[x], lower[x], part) * (1 / 255.f), change = now[x] - shown[x];
        shown[x] = now[x] = __builtin_fabsf(change) <= limit ? (1 - share) * shown[x] + share * now[x] : now[x];
    }
}

void hold(const Holding *h, int first, int last) {
    for (int y = first; y < last; y++) {
        const long place = (2l * y + 1) * h->rows * 64 / h->height - 64, in = place < 0 ? 0 : place; // 128ths of a row
        const uint8_t *upper = h->shares + (in >> 7) * h->width;
        const uint8_t *lower = h->shares + (long)within((in >> 7) + 1, h->rows) * h->width;
        const long at = (long)y * h->width;
        if (h->bytes == 1)
            hold_bytes(h, at, upper, lower, in & 127);
        else if (h->bytes == 2)
            hold_words(h, at, upper, lower, in & 127);
        else
            hold_floats(h, at, upper, lower, in & 127);
    }
}
