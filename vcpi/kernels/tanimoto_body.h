/* The part of tanimoto.c that is compiled once for each kind of processor.
 *
 * The file that includes it defines NAME(x), the name of x for this processor, TARGET, the attribute that lets the
 * compiler use its instructions, and WORD, how many bytes its registers hold (8, 16, 32 or 64).
 */

#if WORD > 8
typedef uint64_t NAME(vector) __attribute__((vector_size(WORD)));
#else
typedef uint64_t NAME(vector);
#endif
#define V NAME(vector)

static inline TARGET V NAME(load)(const uint8_t *from)
{
    V value;
    memcpy(&value, from, WORD);
    return value;
}

static inline TARGET int NAME(any)(V value)
{
    uint64_t lanes[WORD / 8], all = 0;
    memcpy(lanes, &value, WORD);
    for (int i = 0; i < WORD / 8; i++)
        all |= lanes[i];
    return all != 0;
}

/* Carry-save adder: three bits of one weight become one of this weight and one of the next. */
#define ADD(carry, sum, a, b, c)                                                                                       \
    do {                                                                                                               \
        V x_ = (a), y_ = (b), z_ = (c), half_ = x_ ^ y_;                                                               \
        carry = (x_ & y_) | (half_ & z_);                                                                              \
        sum = half_ ^ z_;                                                                                              \
    } while (0)

/* Count, for the rows of one register, how many of the query's planes hold them, the rarest planes first; stop as soon
 * as no row can reach `need`. Returns whether one does; then `planes` holds the counts, bit by bit, `mask` the rows. */
static ALWAYS TARGET int NAME(strip)(const uint8_t *base, int64_t stride, const int32_t *columns, int n_columns,
                                     int need, int n_high, uint8_t *planes, uint8_t *mask)
{
    V zero = {0}, ones = zero, twos = zero, fours = zero, high[HIGH], reach = zero;
    for (int i = 0; i < n_high; i++)
        high[i] = zero;
    for (int done = 0; done < n_columns; done += 8) {
        V two_a, two_b, four_a, four_b, carry;
#define AT(i) NAME(load)(base + stride * columns[done + (i)])
        ADD(two_a, ones, ones, AT(0), AT(1));
        ADD(two_b, ones, ones, AT(2), AT(3));
        ADD(four_a, twos, twos, two_a, two_b);
        ADD(two_a, ones, ones, AT(4), AT(5));
        ADD(two_b, ones, ones, AT(6), AT(7));
        ADD(four_b, twos, twos, two_a, two_b);
        ADD(carry, fours, fours, four_a, four_b);
#undef AT
        for (int i = 0; i < n_high; i++) {
            V both = high[i] & carry;
            high[i] ^= carry;
            carry = both;
        }
        int left = n_columns - done - 8, so_far = need - (left > 0 ? left : 0); /* what the rest cannot make up for */
        if (so_far <= 0 && left > 0)
            continue;
        if (so_far < 0)
            so_far = 0;
        /* rows that have counted so_far or more, from the lowest bit up */
        V low = so_far & 1 ? ones : ~zero;
        low = so_far & 2 ? twos & low : twos | low;
        low = so_far & 4 ? fours & low : fours | low;
        for (int i = 0; i < n_high; i++)
            low = so_far >> (3 + i) & 1 ? high[i] & low : high[i] | low;
        if (!NAME(any)(low))
            return 0;
        reach = low;
    }
    if (!n_columns)
        reach = ~zero;
    memcpy(mask, &reach, WORD);
    memcpy(planes, &ones, WORD);
    memcpy(planes + BLOCK_BYTES, &twos, WORD);
    memcpy(planes + 2 * BLOCK_BYTES, &fours, WORD);
    for (int i = 0; i < n_high; i++)
        memcpy(planes + (3 + i) * BLOCK_BYTES, &high[i], WORD);
    return 1;
}

/* The same for a block of 512 rows. `columns` is filled up to a multiple of 8 with an empty plane. */
static TARGET int NAME(block)(const uint8_t *base, int64_t stride, const int32_t *columns, int n_columns, int need,
                              int n_high, uint8_t *planes, uint8_t *mask)
{
    int found = 0;
    memset(mask, 0, BLOCK_BYTES);
    for (int at = 0; at < BLOCK_BYTES; at += WORD) {
        if (n_high <= 2)
            found |= NAME(strip)(base + at, stride, columns, n_columns, need, 2, planes + at, mask + at);
        else if (n_high == 3)
            found |= NAME(strip)(base + at, stride, columns, n_columns, need, 3, planes + at, mask + at);
        else if (n_high == 4)
            found |= NAME(strip)(base + at, stride, columns, n_columns, need, 4, planes + at, mask + at);
        else
            found |= NAME(strip)(base + at, stride, columns, n_columns, need, HIGH, planes + at, mask + at);
    }
    return found;
}

#undef ADD
#undef V
#undef NAME
#undef TARGET
#undef WORD
