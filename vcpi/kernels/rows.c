/* One query against rows: cosines of all, and the few rows that can be among the k best by their codes of one byte.
 *
 * vcpi/signature/int8.py says what the codes are and why no row is missed.
 */

#include <math.h>

#include "levels.h"

#define LANES 16
#define AHEAD 4096 /* bytes */
#define FEW 2 /* rows */

#define NAME(x) x##_plain
#define TARGET
#include "rows_body.h"

#ifdef DISPATCH
#define NAME(x) x##_avx2
#define TARGET AVX2
#include "rows_body.h"
#define NAME(x) x##_avx512
#define TARGET AVX512
#include "rows_body.h"

/* As `coded`, by the instructions made for it: the query as 128 * high + low, filled up with zeros to 64 bytes; up to 63
 * bytes behind the row are read. */
static VNNI void coded_vnni(const uint8_t *row, int64_t stride, const int8_t *high, const int8_t *low, int64_t n_genes,
                            int64_t *sums)
{
    __m512i h[4], l[4];
    for (int r = 0; r < 4; r++)
        h[r] = l[r] = _mm512_setzero_si512();
    for (int64_t i = 0; i < n_genes; i += 64) {
        __m512i qh = _mm512_loadu_si512(high + i), ql = _mm512_loadu_si512(low + i);
        for (int r = 0; r < 4; r++) {
            const uint8_t *here = row + r * stride + i;
            __m512i x = _mm512_loadu_si512(here);
            PREFETCH(here + AHEAD);
            h[r] = _mm512_dpbusd_epi32(h[r], x, qh);
            l[r] = _mm512_dpbusd_epi32(l[r], x, ql);
        }
    }
    for (int r = 0; r < 4; r++)
        sums[r] = 128 * (int64_t)_mm512_reduce_add_epi32(h[r]) + _mm512_reduce_add_epi32(l[r]);
}
#endif

/* Products of the query with the rows from first to last, and of the rows with themselves; `at` may name other rows. */
EXPORT void vcpi_rows_products(const float *rows, int64_t n_genes, const double *query, const int64_t *at, int64_t first,
                               int64_t last, int64_t level, double *dots, double *squares)
{
    int chosen = level_of(level);
    (void)chosen;
    for (int64_t i = first; i < last; i++) {
        const float *row = rows + (at ? at[i] : i) * n_genes;
        if (at && i + FEW < last) /* rows that do not follow one another are not fetched by themselves */
            for (int64_t byte = 0; byte < 4 * n_genes; byte += 64)
                PREFETCH((const char *)(rows + at[i + FEW] * n_genes) + byte);
#ifdef DISPATCH
        if (chosen == 2) {
            products_avx512(row, query, n_genes, dots + i, squares + i);
            continue;
        }
        if (chosen == 1) {
            products_avx2(row, query, n_genes, dots + i, squares + i);
            continue;
        }
#endif
        products_plain(row, query, n_genes, dots + i, squares + i);
    }
}

/* Products of the queries with the rows from first to last, or with those that `at` names: the i-th row's at `out` + i *
 * n_queries. Two rows and four queries at a time, which stay near the processor. */
EXPORT void vcpi_rows_many(const float *rows, int64_t n_genes, const double *queries, int64_t n_queries, const int64_t *at,
                           int64_t first, int64_t last, int64_t level, double *out)
{
    double (*one)(const float *, const double *, int64_t) = one_plain;
    void (*many)(const float *, const float *, const double *, int64_t, double *, double *) = many_plain;
    int chosen = level_of(level);
    (void)chosen;
#ifdef DISPATCH
    if (chosen == 2)
        one = one_avx512, many = many_avx512;
    else if (chosen == 1)
        one = one_avx2, many = many_avx2;
#endif
    for (int64_t i = first, n; i < last; i += n) {
        n = last - i < 2 ? 1 : 2;
        const float *row = rows + (at ? at[i] : i) * n_genes, *other = rows + (at ? at[i + n - 1] : i + n - 1) * n_genes;
        if (at) /* rows that do not follow one another are not fetched by themselves */
            for (int64_t next = i + n; next < last && next < i + 2 * n; next++)
                for (int64_t byte = 0; byte < 4 * n_genes; byte += 64)
                    PREFETCH((const char *)(rows + at[next] * n_genes) + byte);
        int64_t q = 0;
        for (; n == 2 && q + 4 <= n_queries; q += 4)
            many(row, other, queries + q * n_genes, n_genes, out + i * n_queries + q, out + (i + 1) * n_queries + q);
        for (; q < n_queries; q++) {
            out[i * n_queries + q] = one(row, queries + q * n_genes, n_genes);
            if (n == 2)
                out[(i + 1) * n_queries + q] = one(other, queries + q * n_genes, n_genes);
        }
    }
}

/* Code the rows from first to last: steps are those of rows of length 1, slacks the length of what is left over. */
EXPORT void vcpi_rows_code(const float *rows, int64_t n_genes, int64_t first, int64_t last, int64_t level, uint8_t *codes,
                           float *steps, float *slacks)
{
    int chosen = level_of(level);
    (void)chosen;
    for (int64_t i = first; i < last; i++) {
        const float *row = rows + i * n_genes;
        double square, left;
        float step;
#ifdef DISPATCH
        if (chosen == 2)
            step = code_avx512(row, n_genes, codes + i * n_genes, &square, &left);
        else if (chosen == 1)
            step = code_avx2(row, n_genes, codes + i * n_genes, &square, &left);
        else
#endif
            step = code_plain(row, n_genes, codes + i * n_genes, &square, &left);
        double length = square > 0 ? sqrt(square) : 1;
        steps[i] = (float)(step / length);
        slacks[i] = (float)(sqrt(left) / length * (1 + 1e-6)) + 1e-9f;
    }
}

typedef struct {
    const uint8_t *codes;  /* 63 more bytes can be read behind the last row */
    const float *steps;
    const float *slacks;
    int64_t n_rows;
    int64_t n_genes;
    int64_t level;
} coded_rows;

/* Sink the first of a heap of the k highest values, the lowest first. */
static void sink(double *heap, int64_t n, double value)
{
    int64_t at = 0;
    for (int64_t child = 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= value)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = value;
}

/* Rows that can be among the k best, in order; returns how many, or -1 without memory.
 *
 * `both` is the query in whole numbers of `unit`, `high` and `low` the same as 128 * high + low filled up to 64 bytes,
 * `sum` their sum; `length` is at least the length of that vector, `rest` at least what rounding can add beside the
 * slacks. `uppers` and `found` have room for all rows.
 */
EXPORT int64_t vcpi_rows_reach(const coded_rows *in, const int16_t *both, const int8_t *high, const int8_t *low,
                               int64_t sum, double unit, double length, double rest, int64_t k, double *uppers,
                               int64_t *found)
{
    double *heap = malloc((size_t)k * sizeof *heap), floor = -1e300;
    int64_t n = 0, filled = 0;
    int level = level_of(in->level), vnni = 0;
    if (!heap)
        return -1;
#ifdef DISPATCH
    vnni = level == 2 && __builtin_cpu_supports("avx512vnni");
#endif
    (void)high, (void)low, (void)vnni, (void)level;
    for (int64_t i = 0; i < in->n_rows; i += 4) {
        int64_t sums[4];
        int rows = in->n_rows - i < 4 ? (int)(in->n_rows - i) : 4;
        const uint8_t *row = in->codes + i * in->n_genes;
#ifdef DISPATCH
        if (vnni && rows == 4)
            coded_vnni(row, in->n_genes, high, low, in->n_genes, sums);
        else
#endif
            for (int r = 0; r < rows; r++, row += in->n_genes) {
#ifdef DISPATCH
                if (level == 2)
                    sums[r] = coded_avx512(row, both, in->n_genes);
                else if (level == 1)
                    sums[r] = coded_avx2(row, both, in->n_genes);
                else
#endif
                    sums[r] = coded_plain(row, both, in->n_genes);
            }
        for (int r = 0; r < rows; r++) {
            double score = (double)in->steps[i + r] * unit * (double)(sums[r] - 128 * sum);
            double reach = (double)in->slacks[i + r] * length + rest, upper = score + reach, lower = score - reach;
            if (upper < floor)
                continue;
            uppers[n] = upper;
            found[n++] = i + r;
            if (filled < k) { /* grow the heap */
                int64_t at = filled++;
                for (; at > 0 && heap[(at - 1) / 2] > lower; at = (at - 1) / 2)
                    heap[at] = heap[(at - 1) / 2];
                heap[at] = lower;
            } else if (lower > heap[0])
                sink(heap, k, lower);
            if (filled == k)
                floor = heap[0];
        }
    }
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
        if (uppers[i] >= floor)
            found[kept++] = found[i];
    free(heap);
    return kept;
}
