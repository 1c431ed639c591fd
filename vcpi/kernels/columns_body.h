/* The part of columns.c that is compiled once for each kind of processor: as many rows at once as LANES says.
 *
 * The file that includes it defines NAME(x), TARGET, LANES, and EXCHANGE(a, b), which puts the smaller of two keys of
 * each row first. Every row is added up in its own order: the answer does not depend on the lanes.
 */

/* Sort the keys of each row: Batcher's merge exchange (Knuth 5.2.2 M), the same comparisons for all rows. */
static TARGET void NAME(sort)(uint32_t *keys, int m)
{
    int half = 1;
    while (2 * half < m)
        half *= 2;
    for (int p = m > 1 ? half : 0; p > 0; p /= 2) {
        int q = half, r = 0, d = p;
        for (;;) {
            for (int from = r; from + d < m; from += 2 * p) {
                int to = from + p < m - d ? from + p : m - d;
                for (int i = from; i < to; i++)
                    EXCHANGE(keys + (int64_t)i * LANES, keys + (int64_t)(i + d) * LANES);
            }
            if (q == p)
                break;
            d = q - p;
            q /= 2;
            r = p;
        }
    }
}

/* Enrichment of one list in LANES rows; `keys` hold place and number of each gene, `sizes` the absolute values. */
static TARGET void NAME(enrichment)(uint32_t *keys, const float *sizes, int m, const double *missed, double outside,
                                    double *reached, double *behind, double *found)
{
    double sum[LANES], total[LANES], before[LANES], high[LANES], low[LANES];
    NAME(sort)(keys, m);
    for (int l = 0; l < LANES; l++)
        sum[l] = 0;
    for (int i = 0; i < m; i++) {
        const uint32_t *key = keys + (int64_t)i * LANES;
        float next[LANES];
        for (int l = 0; l < LANES; l++) {
            next[l] = sizes[(int64_t)(key[l] & 0xFFFF) * LANES + l];
            int gone = (int)(key[l] >> 16) - i;
            behind[(int64_t)i * LANES + l] = missed ? missed[gone] : (double)gone / outside;
        }
        for (int l = 0; l < LANES; l++) {
            sum[l] += (double)next[l];
            reached[(int64_t)i * LANES + l] = sum[l];
        }
    }
    for (int l = 0; l < LANES; l++) {
        total[l] = sum[l] > 0 ? sum[l] : 1;
        before[l] = 0;
        high[l] = -2;
        low[l] = 2;
    }
    for (int i = 0; i < m; i++) {
        const double *here = reached + (int64_t)i * LANES, *gone = behind + (int64_t)i * LANES;
        for (int l = 0; l < LANES; l++) {
            double share = here[l] / total[l], above = share - gone[l], below = before[l] - gone[l];
            high[l] = above > high[l] ? above : high[l];
            low[l] = below < low[l] ? below : low[l];
            before[l] = share;
        }
    }
    for (int l = 0; l < LANES; l++)
        found[l] = sum[l] > 0 ? (high[l] >= -low[l] - EQUAL ? high[l] : low[l]) : 0;
}

/* Both lists in the rows from `first` to `last`. `room` holds what one block needs. */
static TARGET void NAME(wtcs)(const columns *in, const int64_t *at_places, const int64_t *at_values, int n_up, int n_down,
                              const double *missed_up, const double *missed_down, int64_t first, int64_t last,
                              void *room, double *scores)
{
    int n = n_up > n_down ? n_up : n_down;
    double *reached = room, *behind = reached + (int64_t)n * LANES;
    float *sizes = (float *)(behind + (int64_t)n * LANES);
    uint32_t *keys = (uint32_t *)(sizes + (int64_t)n * LANES);
    for (int64_t start = first; start < last; start += LANES) {
        double es[2][LANES];
        int whole = start + LANES <= last;
        for (int side = 0; side < 2; side++) {
            int m = side ? n_down : n_up;
            int skip = side ? n_up : 0;
            if (!m)
                continue;
            for (int i = 0; i < m; i++) {
                const uint16_t *place = in->places + at_places[skip + i] * in->place_stride + start;
                uint32_t *key = keys + (int64_t)i * LANES;
                if (whole) {
                    PREFETCH(place + AHEAD);
                    for (int l = 0; l < LANES; l++)
                        key[l] = (uint32_t)place[l] << 16 | (uint32_t)i;
                } else
                    for (int l = 0; l < LANES; l++)
                        key[l] = (uint32_t)place[start + l < last ? l : last - 1 - start] << 16 | (uint32_t)i;
            }
            if (whole && in->row_stride == 1)
                for (int i = 0; i < m; i++) {
                    const float *value = in->values + at_values[skip + i] * in->gene_stride + start;
                    float *size = sizes + (int64_t)i * LANES;
                    PREFETCH(value + AHEAD);
                    for (int l = 0; l < LANES; l++)
                        size[l] = value[l] < 0 ? -value[l] : value[l];
                }
            else /* row after row, as they stand in memory */
                for (int l = 0; l < LANES; l++) {
                    int64_t row = start + l < last ? start + l : last - 1;
                    const float *value = in->values + row * in->row_stride;
                    for (int i = 0; i < m; i++) {
                        float x = value[at_values[skip + i] * in->gene_stride];
                        sizes[(int64_t)i * LANES + l] = x < 0 ? -x : x;
                    }
                }
            NAME(enrichment)(keys, sizes, m, side ? missed_down : missed_up, (double)(in->n_genes - m),
                             reached, behind, es[side]);
        }
        for (int l = 0; l < LANES && start + l < last; l++) {
            if (!n_down)
                scores[start + l] = es[0][l];
            else if (!n_up)
                scores[start + l] = 0.0 - es[1][l];
            else
                scores[start + l] = sign_of(es[0][l]) != sign_of(es[1][l]) ? (es[0][l] - es[1][l]) / 2.0 : 0.0;
        }
    }
}

#undef EXCHANGE
#undef LANES
#undef NAME
#undef TARGET
