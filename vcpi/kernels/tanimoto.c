/* Exact Tanimoto search over transposed bit planes; planes.py says what they are and what the answers mean.
 *
 * Plain C99 without Python's headers, called through ctypes. With GCC and clang the inner loop is compiled once for
 * each kind of x86 processor and chosen at run time; other compilers and processors get one plain version.
 */

#include "levels.h"

#define BLOCK_ROWS 512
#define BLOCK_BYTES 64
#define HIGH 9 /* bits of a count beyond the lowest three: up to 4,095 */
#define MOST_BITS 4088
#define AHEAD 8  /* blocks between the one that is counted and the one that is fetched */
#define USUAL 20 /* planes beyond those that must be counted that a block is usually left after */

#define NAME(x) x##_plain
#define TARGET
#if defined(__GNUC__)
#define WORD 16
#else
#define WORD 8
#endif
#include "tanimoto_body.h"

#ifdef DISPATCH
#define NAME(x) x##_avx2
#define TARGET AVX2
#define WORD 32
#include "tanimoto_body.h"
#define NAME(x) x##_avx512
#define TARGET AVX512
#define WORD 64
#include "tanimoto_body.h"
#endif

typedef int (*block_function)(const uint8_t *, int64_t, const int32_t *, int, int, int, uint8_t *, uint8_t *);

static block_function function_of(int64_t asked)
{
    switch (level_of(asked)) {
#ifdef DISPATCH
    case 2:
        return block_avx512;
    case 1:
        return block_avx2;
#endif
    default:
        return block_plain;
    }
}

static int n_high_of(int64_t n_bits)
{
    int n = 0;
    while (n < HIGH && n_bits >> (3 + n))
        n++;
    return n < 2 ? 2 : n <= 4 ? n : HIGH;
}

static int lowest_bit(uint64_t word)
{
#if defined(__GNUC__)
    return __builtin_ctzll(word);
#else
    int n = 0;
    while (!(word >> n & 1))
        n++;
    return n;
#endif
}

/* A library as planes.py lays it out; tanimoto.py has the same fields in the same order. */
typedef struct {
    const uint8_t *planes;   /* the first tile: planes of the bits, then an empty one */
    const uint16_t *counts;  /* bits of each row, ascending */
    const uint16_t *ends;    /* bits of the first and of the last row of each block, side by side */
    const int64_t *ids;      /* compound of each row, ascending among rows of as many bits */
    const int32_t *order;    /* the bits, those that the fewest rows have first */
    int64_t n_rows;
    int64_t n_bits;
    int64_t tile_stride;     /* bytes from tile to tile */
    int64_t plane_stride;    /* bytes from plane to plane */
    int64_t tile_blocks;     /* blocks of 512 rows in a tile */
    int64_t level;           /* the processor to run for; below 0: the best there is */
} library;

typedef struct {
    int64_t id;
    int32_t common, all;
} hit;

/* A question under way. */
typedef struct {
    const library *in;
    block_function count;
    int64_t n_blocks;
    int bits, n_high;
    int32_t columns[MOST_BITS + 8]; /* planes of the query's bits, filled up with empty ones */
    uint8_t planes[(3 + HIGH) * BLOCK_BYTES]; /* what was counted in the last block, bit by bit */
    uint8_t mask[BLOCK_BYTES];                /* its rows that reach what was needed */
} question;

static int begin(question *asked, const library *in, const uint8_t *query)
{
    int n = 0;
    if (in->n_bits > MOST_BITS)
        return 0;
    for (int64_t i = 0; i < in->n_bits; i++) {
        int32_t bit = in->order[i];
        asked->columns[n] = bit;
        n += query[bit >> 3] >> (7 - (bit & 7)) & 1;
    }
    for (int i = n; i < n + 8; i++)
        asked->columns[i] = (int32_t)in->n_bits;
    asked->in = in;
    asked->count = function_of(in->level);
    asked->n_blocks = (in->n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    asked->bits = n;
    asked->n_high = n_high_of(n);
    return 1;
}

static const uint8_t *block_at(const library *in, int64_t block)
{
    return in->planes + block / in->tile_blocks * in->tile_stride + block % in->tile_blocks * BLOCK_BYTES;
}

/* Count in a block; `next` is one that will be asked for soon. Returns whether a row has `need` bits in common. */
static int count_in(question *asked, int64_t block, int64_t next, int need)
{
    const library *in = asked->in;
    if (next >= 0 && next < asked->n_blocks) {
        const uint8_t *base = block_at(in, next);
        int n = asked->bits - need + USUAL; /* planes after which most blocks are left */
        n = n > asked->bits ? asked->bits : (n + 7) / 8 * 8;
        for (int i = 0; i < n; i++)
            PREFETCH(base + in->plane_stride * asked->columns[i]);
    }
    return asked->count(block_at(in, block), in->plane_stride, asked->columns, asked->bits, need, asked->n_high,
                        asked->planes, asked->mask);
}

/* Score a row of the block that was counted last. */
static hit hit_of(const question *asked, int64_t row)
{
    int place = (int)(row % BLOCK_ROWS), common = 0;
    for (int i = 0; i < 3 + asked->n_high; i++)
        common |= (asked->planes[i * BLOCK_BYTES + (place >> 3)] >> (place & 7) & 1) << i;
    int all = asked->bits + asked->in->counts[row] - common;
    hit found = {asked->in->ids[row], common, all < 1 ? 1 : all};
    return found;
}

static double score_of(const hit *found)
{
    return (double)found->common / (double)found->all;
}

static int worse(const hit *a, const hit *b)
{
    int64_t left = (int64_t)a->common * b->all, right = (int64_t)b->common * a->all;
    return left != right ? left < right : a->id > b->id;
}

/* Put a hit at the root of a heap whose worst hit is its root, and let it sink. */
static void sink(hit *heap, int64_t n, int64_t at, hit found)
{
    for (;;) {
        int64_t child = 2 * at + 1;
        if (child >= n)
            break;
        if (child + 1 < n && worse(&heap[child + 1], &heap[child]))
            child++;
        if (!worse(&heap[child], &found))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = found;
}

static void rise(hit *heap, int64_t at, hit found)
{
    while (at && worse(&found, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = found;
}

static int64_t first_with(const uint16_t *counts, int64_t n, int64_t value)
{
    int64_t low = 0, high = n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (counts[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The highest score that a row of a block can have: the smaller number of bits over the larger. */
static hit bound_of(const question *asked, int64_t block)
{
    int low = asked->in->ends[2 * block], high = asked->in->ends[2 * block + 1];
    int nearest = asked->bits < low ? low : asked->bits > high ? high : asked->bits;
    hit bound = {0, asked->bits < nearest ? asked->bits : nearest, asked->bits < nearest ? nearest : asked->bits};
    if (bound.all < 1)
        bound.all = 1;
    return bound;
}

static int lower(const hit *a, const hit *b)
{
    return (int64_t)a->common * b->all < (int64_t)b->common * a->all;
}

/* Put what a block holds among the k best so far; returns how many there are. */
static int64_t collect(const question *asked, int64_t block, hit *heap, int64_t n, int64_t k)
{
    for (int word = 0; word < BLOCK_BYTES / 8; word++) {
        uint64_t left;
        memcpy(&left, asked->mask + 8 * word, 8);
        for (; left; left &= left - 1) {
            int64_t row = block * BLOCK_ROWS + 64 * word + lowest_bit(left);
            if (row >= asked->in->n_rows)
                return n;
            hit found = hit_of(asked, row);
            if (n < k)
                rise(heap, n++, found);
            else if (worse(heap, &found))
                sink(heap, k, 0, found);
        }
    }
    return n;
}

/* The k best, best first, equal scores by ascending id; returns how many, or -1 where it cannot be done. */
EXPORT int64_t vcpi_tanimoto_top(const library *in, const uint8_t *query, int64_t k, int64_t *ids, double *scores)
{
    question asked;
    int64_t n = 0;
    if (k > in->n_rows)
        k = in->n_rows;
    if (k < 1)
        return 0;
    hit *heap = malloc((size_t)k * sizeof *heap);
    if (!heap || !begin(&asked, in, query)) {
        free(heap);
        return -1;
    }
    /* outward from the rows with as many bits as the query, the block that can score higher first */
    int64_t above = first_with(in->counts, in->n_rows, asked.bits) / BLOCK_ROWS, below = above - 1;
    hit nothing = {0, -1, 1}, bound_above = above < asked.n_blocks ? bound_of(&asked, above) : nothing,
        bound_below = below >= 0 ? bound_of(&asked, below) : nothing;
    while (bound_above.common >= 0 || bound_below.common >= 0) {
        int up = !lower(&bound_above, &bound_below), need = 0;
        int64_t block = up ? above : below;
        if (n == k) {
            int64_t share = heap->all + heap->common;
            int64_t whole = heap->common * (int64_t)(asked.bits + in->ends[2 * block]);
            if (lower(up ? &bound_above : &bound_below, heap))
                break;
            need = (int)((whole + share - 1) / share);
        }
        if (count_in(&asked, block, up ? block + AHEAD : block - AHEAD, need))
            n = collect(&asked, block, heap, n, k);
        if (up)
            bound_above = ++above < asked.n_blocks ? bound_of(&asked, above) : nothing;
        else
            bound_below = --below >= 0 ? bound_of(&asked, below) : nothing;
    }
    for (int64_t left = n; left > 0; left--) { /* the worst is the root */
        ids[left - 1] = heap->id;
        scores[left - 1] = score_of(heap);
        sink(heap, left - 1, 0, heap[left - 1]);
    }
    free(heap);
    return n;
}

/* The fewest common bits that score the cutoff, by the same division as the score. */
static int need_of(double cutoff, int bits, int others)
{
    int common = (int)(cutoff * (bits + others) / (1 + cutoff)) - 1;
    hit found = {0, common < 0 ? 0 : common, 1};
    for (; found.common <= bits && found.common <= others; found.common++) {
        found.all = bits + others - found.common;
        if (found.all < 1)
            found.all = 1;
        if (score_of(&found) >= cutoff)
            break;
    }
    return found.common;
}

/* The rows from `first` to `last` that score at least the cutoff, in order, as many as there is room for; returns how
 * many there are, or -1. */
EXPORT int64_t vcpi_tanimoto_within(const library *in, const uint8_t *query, double cutoff, int64_t first, int64_t last,
                                    int64_t room, int64_t *ids, double *scores)
{
    question asked;
    int64_t n = 0;
    int others = -1, need = 0;
    if (!begin(&asked, in, query))
        return -1;
    for (int64_t block = first / BLOCK_ROWS; block * BLOCK_ROWS < last; block++) {
        if (in->ends[2 * block] != others) {
            others = in->ends[2 * block]; /* the fewest bits of the block, so the least that is needed */
            need = need_of(cutoff, asked.bits, others);
        }
        if (!count_in(&asked, block, block + AHEAD, need > asked.bits ? asked.bits : need))
            continue;
        for (int word = 0; word < BLOCK_BYTES / 8; word++) {
            uint64_t left;
            memcpy(&left, asked.mask + 8 * word, 8);
            for (; left; left &= left - 1) {
                int64_t row = block * BLOCK_ROWS + 64 * word + lowest_bit(left);
                if (row < first || row >= last)
                    continue;
                hit found = hit_of(&asked, row);
                if (score_of(&found) < cutoff)
                    continue;
                if (n < room) {
                    ids[n] = found.id;
                    scores[n] = score_of(&found);
                }
                n++;
            }
        }
    }
    return n;
}

/* Score every row, in order; returns how many, or -1. */
EXPORT int64_t vcpi_tanimoto_scores(const library *in, const uint8_t *query, double *scores)
{
    question asked;
    if (!begin(&asked, in, query))
        return -1;
    for (int64_t row = 0; row < in->n_rows; row++) {
        if (row % BLOCK_ROWS == 0)
            count_in(&asked, row / BLOCK_ROWS, row / BLOCK_ROWS + AHEAD, 0);
        hit found = hit_of(&asked, row);
        scores[row] = score_of(&found);
    }
    return in->n_rows;
}

/* Turn packed rows (the highest bit of a byte first) into planes (the lowest bit first), which are zero before. */
EXPORT void vcpi_tanimoto_transpose(const uint8_t *bits, int64_t n_rows, int64_t n_bytes, uint8_t *planes,
                                    int64_t stride)
{
    for (int64_t start = 0; start < n_rows; start += 8) {
        int64_t n = n_rows - start < 8 ? n_rows - start : 8;
        for (int64_t byte = 0; byte < n_bytes; byte++) {
            uint64_t x = 0, swap;
            for (int64_t i = 0; i < n; i++)
                x |= (uint64_t)bits[(start + i) * n_bytes + byte] << (8 * i);
            if (!x)
                continue;
            swap = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAULL;
            x ^= swap ^ (swap << 7);
            swap = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCULL;
            x ^= swap ^ (swap << 14);
            swap = (x ^ (x >> 28)) & 0x00000000F0F0F0F0ULL;
            x ^= swap ^ (swap << 28);
            for (int bit = 0; bit < 8; bit++)
                planes[(8 * byte + 7 - bit) * stride + start / 8] = (uint8_t)(x >> (8 * bit));
        }
    }
}
