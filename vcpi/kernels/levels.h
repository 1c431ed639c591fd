/* What the C files share: what is exported, and which loops a processor takes. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define EXPORT __attribute__((visibility("default")))
#else
#define EXPORT
#endif

#if defined(__GNUC__)
#define ALWAYS inline __attribute__((always_inline))
#define UNUSED __attribute__((unused))
#define PREFETCH(address) __builtin_prefetch(address, 0, 3)
#else
#define ALWAYS inline
#define UNUSED
#define PREFETCH(address) ((void)(address))
#endif

#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
#define DISPATCH 1
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#endif

/* 0 plain, 1 AVX2, 2 AVX-512: the one that is asked for, or the best that there is. */
static UNUSED int level_of(int64_t asked)
{
    int highest = 0;
#ifdef DISPATCH
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        highest = 1;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        highest = 2;
#endif
    return asked < 0 || asked > highest ? highest : (int)asked;
}
