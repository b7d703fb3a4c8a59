// What is shown of a picture that differs little from the one before: a share of the change. It takes its place.

#include "vectors.h"

typedef struct {
    int32_t width, height; // of a plane, or of an RGB picture
    int32_t rows;          // of the source
    int32_t bytes;         // of a sample: 1 and 2 are whole numbers; 4 are floats, three a pixel
    float limit;           // more of a change is shown as it is; of whole numbers at most 127
    const uint8_t *shares; // [rows][width], in 256ths; 255 are all of it
    const void *before;
    void *now;
} Holding;

// Between the shares of the two nearest rows of the source, `part` 128ths from the upper to the lower one.
INLINE int16_t between(int16_t upper, int16_t lower, int16_t part) {
    return (int16_t)(upper + ((int16_t)((int16_t)(lower - upper) * part + 64) >> 7));
}

// What is shown of `now`. Of whole numbers that are not near the product may overflow, and is not used.
INLINE int16_t shown(int16_t before, int16_t now, int16_t share, int16_t limit) {
    const int16_t change = (int16_t)(now - before), less = (int16_t)(change - ((int16_t)(share * change + 128) >> 8));
    return (int16_t)(now - ((change < 0 ? -change : change) <= limit ? less : 0));
}

INLINE void hold_bytes(const Holding *h, long at, const uint8_t *upper, const uint8_t *lower, int16_t part) {
    const uint8_t *before = (const uint8_t *)h->before + at;
    uint8_t *restrict now = (uint8_t *)h->now + at;
    const int width = h->width;
    const int16_t limit = (int16_t)h->limit;
    for (int x = 0; x < width; x++)
        now[x] = (uint8_t)shown(before[x], now[x], between(upper[x], lower[x], part), limit);
}

INLINE void hold_words(const Holding *h, long at, const uint8_t *upper, const uint8_t *lower, int16_t part) {
    const int16_t *before = (const int16_t *)h->before + at;
    int16_t *restrict now = (int16_t *)h->now + at;
    const int width = h->width;
    const int16_t limit = (int16_t)h->limit;
    for (int x = 0; x < width; x++)
        now[x] = shown(before[x], now[x], between(upper[x], lower[x], part), limit);
}

INLINE void hold_colours(const Holding *h, long at, const uint8_t *upper, const uint8_t *lower, int16_t part) {
    const float *before = (const float *)h->before + 3 * at;
    float *restrict now = (float *)h->now + 3 * at;
    for (int x = 0; x < h->width; x++) {
        const float share = between(upper[x], lower[x], part) / 255.f;
        for (int i = 3 * x; i < 3 * x + 3; i++)
            if (__builtin_fabsf(now[i] - before[i]) <= h->limit) now[i] = (1 - share) * before[i] + share * now[i];
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
            hold_colours(h, at, upper, lower, in & 127);
    }
}
