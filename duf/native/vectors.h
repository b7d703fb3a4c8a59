// What the kernels share: vectors that are the same on every processor, and sums of products of bytes.
//
// In every file a function works on the rows [first, last) of a frame (in learning.c: on pictures of a batch), so that
// threads can share it; no result depends on how. Integers are exact and floats are rounded in one order on every
// processor: the same picture everywhere.

#pragma once

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
// Of numbers: to ask for NaN would take three instructions in the place of one.
#ifdef __AVX512F__
INLINE Floats least(Floats a, Floats b) { return (Floats)_mm512_min_ps((__m512)a, (__m512)b); }
INLINE Floats most(Floats a, Floats b) { return (Floats)_mm512_max_ps((__m512)a, (__m512)b); }
#else
INLINE Floats least(Floats a, Floats b) { return __builtin_elementwise_min(a, b); }
INLINE Floats most(Floats a, Floats b) { return __builtin_elementwise_max(a, b); }
#endif
INLINE Floats fused(Floats a, Floats b, Floats c) { return __builtin_elementwise_fma(a, b, c); }
INLINE Floats all(float value) { return value - (Floats){}; } // not a sum, which would turn -0 into 0 at a cost
INLINE int smaller(int a, int b) { return a < b ? a : b; }
INLINE int within(int value, int count) { return value < 0 ? 0 : value < count ? value : count - 1; }

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

// `many` floats, no more than LANES; `halves`: they are bfloat16.
INLINE Floats some(const float *at, int many) {
    if (many == LANES) return load(at);
    Floats result = {};
    for (int i = 0; i < many; i++) result[i] = at[i];
    return result;
}
INLINE Floats some_of(const void *from, long at, int many, int halves) {
    if (!halves) return some((const float *)from + at, many);
    const uint16_t *half = (const uint16_t *)from + at;
    if (many == LANES) return load_half(half);
    Ints bits = {};
    for (int i = 0; i < many; i++) bits[i] = half[i];
    return (Floats)(bits << 16);
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
