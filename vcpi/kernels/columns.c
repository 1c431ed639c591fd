/* Scores of gene lists over columns: places and values of one gene in all signatures stand together.
 *
 * vcpi/signature/columns.py says what the columns hold, vcpi/signature/scores/lists.py what the scores mean; its sums
 * are taken here in the same order, so that the answers are the same to the last bit.
 */

#include "levels.h"

#define EQUAL 1e-12 /* as in lists.py */
#define AHEAD 128   /* rows between the ones that are read and the ones that are fetched */
#define MOST_LANES 16
#define ROWS_PER_TILE 128
#define ROWS_PER_SUM 1024

/* columns.py has the same fields in the same order; strides count elements. */
typedef struct {
    const uint16_t *places;
    const float *values;
    int64_t n_genes;
    int64_t place_stride;
    int64_t gene_stride;
    int64_t row_stride;
    int64_t level;
} columns;

static int sign_of(double x)
{
    return (x > 0) - (x < 0);
}

#define NAME(x) x##_plain
#define TARGET
#define LANES 4
#define EXCHANGE(a, b)                                                                                                 \
    do {                                                                                                               \
        for (int l_ = 0; l_ < LANES; l_++) {                                                                           \
            uint32_t x_ = (a)[l_], y_ = (b)[l_];                                                                       \
            (a)[l_] = x_ < y_ ? x_ : y_;                                                                               \
            (b)[l_] = x_ < y_ ? y_ : x_;                                                                               \
        }                                                                                                              \
    } while (0)
#include "columns_body.h"

#ifdef DISPATCH
#define NAME(x) x##_avx2
#define TARGET AVX2
#define LANES 8
#define EXCHANGE(a, b)                                                                                                 \
    do {                                                                                                               \
        __m256i x_ = _mm256_loadu_si256((const void *)(a)), y_ = _mm256_loadu_si256((const void *)(b));                \
        _mm256_storeu_si256((void *)(a), _mm256_min_epu32(x_, y_));                                                    \
        _mm256_storeu_si256((void *)(b), _mm256_max_epu32(x_, y_));                                                    \
    } while (0)
#include "columns_body.h"
#define NAME(x) x##_avx512
#define TARGET AVX512
#define LANES 16
#define EXCHANGE(a, b)                                                                                                 \
    do {                                                                                                               \
        __m512i x_ = _mm512_loadu_si512(a), y_ = _mm512_loadu_si512(b);                                                \
        _mm512_storeu_si512(a, _mm512_min_epu32(x_, y_));                                                              \
        _mm512_storeu_si512(b, _mm512_max_epu32(x_, y_));                                                              \
    } while (0)
#include "columns_body.h"
#endif

static double *missed_of(int64_t n_genes, int m)
{
    double *missed = malloc((size_t)(n_genes - m + 1) * sizeof *missed);
    for (int64_t i = 0; missed && i <= n_genes - m; i++)
        missed[i] = (double)i / (double)(n_genes - m);
    return missed;
}

/* Weighted connectivity of two lists with the rows from first to last; 0, or -1 without memory. Where the places and the
 * values of each gene stand is told, the up genes first. */
EXPORT int64_t vcpi_columns_wtcs(const columns *in, const int64_t *at_places, const int64_t *at_values, int64_t n_up,
                                 int64_t n_down, int64_t first, int64_t last, double *scores)
{
    int64_t n = n_up > n_down ? n_up : n_down;
    int many = (last - first) * n > in->n_genes; /* a table pays */
    double *up = many ? missed_of(in->n_genes, (int)n_up) : 0, *down = many ? missed_of(in->n_genes, (int)n_down) : 0;
    char *room = malloc((size_t)n * MOST_LANES * (2 * sizeof(double) + sizeof(float) + sizeof(uint32_t)) + 64);
    int64_t done = room && (!many || (up && down)) ? 0 : -1;
    if (!done) {
        void *aligned = room + (64 - (uintptr_t)room % 64) % 64;
        switch (level_of(in->level)) {
#ifdef DISPATCH
        case 2:
            wtcs_avx512(in, at_places, at_values, (int)n_up, (int)n_down, up, down, first, last, aligned, scores);
            break;
        case 1:
            wtcs_avx2(in, at_places, at_values, (int)n_up, (int)n_down, up, down, first, last, aligned, scores);
            break;
#endif
        default:
            wtcs_plain(in, at_places, at_values, (int)n_up, (int)n_down, up, down, first, last, aligned, scores);
        }
    }
    free(up);
    free(down);
    free(room);
    return done;
}

/* Sum of weighted ranks: twice the signed rank of each gene by absolute value, whole numbers. */
EXPORT void vcpi_columns_ranked(const int16_t *ranks, int64_t stride, const int64_t *genes, const double *weights,
                                int64_t n, int64_t first, int64_t last, double *sums)
{
    for (int64_t start = first; start < last; start += ROWS_PER_SUM) {
        int64_t rows = last - start < ROWS_PER_SUM ? last - start : ROWS_PER_SUM;
        double *sum = sums + start;
        memset(sum, 0, (size_t)rows * sizeof *sum);
        for (int64_t i = 0; i < n; i++) {
            const int16_t *rank = ranks + genes[i] * stride + start;
            double weight = weights[i];
            for (int64_t l = 0; l < rows; l++)
                sum[l] += weight * (double)rank[l];
        }
    }
}

/* Sum of the values that are at least `high` or at most `low` of their row, gene after gene. */
EXPORT void vcpi_columns_extreme(const float *values, int64_t gene_stride, int64_t row_stride, const int64_t *genes,
                                 const double *signs, int64_t n, const float *high, const float *low, int64_t first,
                                 int64_t last, double *sums)
{
    for (int64_t start = first; start < last; start += ROWS_PER_SUM) {
        int64_t rows = last - start < ROWS_PER_SUM ? last - start : ROWS_PER_SUM;
        double *sum = sums + start;
        memset(sum, 0, (size_t)rows * sizeof *sum);
        for (int64_t i = 0; i < n; i++) {
            const float *value = values + genes[i] * gene_stride + start * row_stride;
            double sign = signs[i];
            for (int64_t l = 0; l < rows; l++)
                sum[l] += (value[l * row_stride] >= high[start + l]) | (value[l * row_stride] <= low[start + l])
                              ? sign * (double)value[l * row_stride]
                              : 0.0;
        }
    }
}

/* Sort one row: `order` gets the genes by key, equal keys in their order. */
static void radix(uint64_t *items, uint64_t *other, int64_t n, int bits, uint32_t *counts)
{
    int n_passes = (32 + bits - 1) / bits;
    uint64_t mask = ((uint64_t)1 << bits) - 1, *from = items, *to = other;
    memset(counts, 0, ((size_t)n_passes << bits) * sizeof *counts);
    for (int64_t i = 0; i < n; i++)
        for (int pass = 0; pass < n_passes; pass++)
            counts[((uint64_t)pass << bits) + (items[i] >> (32 + bits * pass) & mask)]++;
    for (int pass = 0; pass < n_passes; pass++) {
        uint32_t *count = counts + ((uint64_t)pass << bits), sum = 0;
        int shift = 32 + bits * pass;
        if (count[from[0] >> shift & mask] == (uint32_t)n)
            continue;
        for (uint64_t digit = 0; digit <= mask; digit++) {
            uint32_t here = count[digit];
            count[digit] = sum;
            sum += here;
        }
        for (int64_t i = 0; i < n; i++)
            to[count[from[i] >> shift & mask]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, (size_t)n * sizeof *items);
}

/* Rank the genes of the rows from first to last and write columns of `wanted` genes.
 *
 * kind 0: places from the highest value, 1: places from the highest absolute value, both uint16; 2: twice the rank by
 * absolute value, ties averaged, with the sign of the value, int16. For 0 and 1 the values at two places are written to
 * `high` and `low`. Returns 0, or -1 without memory.
 */
EXPORT int64_t vcpi_columns_rank(const float *rows, int64_t n_genes, int64_t kind, const int64_t *wanted, int64_t n_wanted,
                                 int64_t first, int64_t last, uint16_t *columns_out, int64_t stride, int64_t high_place,
                                 int64_t low_place, float *high, float *low)
{
    int bits = n_genes < 6000 ? 8 : 11, n_passes = (32 + bits - 1) / bits;
    uint64_t *items = malloc((size_t)n_genes * sizeof *items), *other = malloc((size_t)n_genes * sizeof *other);
    uint32_t *counts = malloc(((size_t)n_passes << bits) * sizeof *counts);
    uint16_t *tile = malloc((size_t)n_genes * ROWS_PER_TILE * sizeof *tile);
    int64_t done = items && other && counts && tile ? 0 : -1;
    for (int64_t start = first; !done && start < last; start += ROWS_PER_TILE) {
        int64_t n_rows = last - start < ROWS_PER_TILE ? last - start : ROWS_PER_TILE;
        for (int64_t row = 0; row < n_rows; row++) {
            const float *values = rows + (start + row) * n_genes;
            uint16_t *out = tile + row * n_genes;
            for (int64_t i = 0; i < n_genes; i++) {
                float value = values[i] + 0.0f; /* -0 becomes 0 */
                uint32_t key;
                memcpy(&key, &value, 4);
                if (kind)
                    key &= 0x7FFFFFFFu;
                if (kind < 2)
                    key = key >> 31 ? key : ~key & 0x7FFFFFFFu;
                items[i] = (uint64_t)key << 32 | (uint64_t)i;
            }
            radix(items, other, n_genes, bits, counts);
            if (kind < 2) {
                for (int64_t i = 0; i < n_genes; i++)
                    out[(uint32_t)items[i]] = (uint16_t)i;
                high[start + row] = values[(uint32_t)items[high_place]];
                low[start + row] = values[(uint32_t)items[low_place]];
                continue;
            }
            for (int64_t i = 0, end; i < n_genes; i = end) {
                for (end = i + 1; end < n_genes && items[end] >> 32 == items[i] >> 32; end++)
                    ;
                for (int64_t j = i; j < end; j++) {
                    float value = values[(uint32_t)items[j]];
                    out[(uint32_t)items[j]] = (uint16_t)(int16_t)(((value > 0) - (value < 0)) * (i + end + 1));
                }
            }
        }
        for (int64_t i = 0; i < n_wanted; i++)
            for (int64_t row = 0; row < n_rows; row++)
                columns_out[i * stride + start + row] = tile[row * n_genes + wanted[i]];
    }
    free(items);
    free(other);
    free(counts);
    free(tile);
    return done;
}

/* Write the values of the rows from first to last gene by gene. */
EXPORT void vcpi_columns_turn(const float *rows, int64_t n_genes, int64_t first, int64_t last, float *values,
                              int64_t stride)
{
    for (int64_t start = first; start < last; start += ROWS_PER_TILE)
        for (int64_t gene = 0; gene < n_genes; gene += 16)
            for (int64_t i = gene; i < gene + 16 && i < n_genes; i++)
                for (int64_t row = start; row < start + ROWS_PER_TILE && row < last; row++)
                    values[i * stride + row] = rows[row * n_genes + i];
}
