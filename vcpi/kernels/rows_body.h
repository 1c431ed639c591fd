/* The part of rows.c that is compiled once for each kind of processor.
 *
 * The file that includes it defines NAME(x) and TARGET. Sums run in LANES sums side by side, the same ones on every
 * processor, so that the answer is the same on all of them.
 */

/* Product of one row with the query and with itself. */
static TARGET void NAME(products)(const float *row, const double *query, int64_t n_genes, double *dot, double *square)
{
    double dots[LANES] = {0}, squares[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n_genes; i += LANES)
        for (int l = 0; l < LANES; l++) {
            double x = (double)row[i + l];
            dots[l] += x * query[i + l];
            squares[l] += x * x;
        }
    for (int l = 0; i + l < n_genes; l++) {
        double x = (double)row[i + l];
        dots[l] += x * query[i + l];
        squares[l] += x * x;
    }
    for (int n = LANES / 2; n; n /= 2)
        for (int l = 0; l < n; l++) {
            dots[l] += dots[l + n];
            squares[l] += squares[l + n];
        }
    *dot = dots[0];
    *square = squares[0];
}

/* Product of codes and whole numbers: at most 255 * 16256 * 256 in one part, which fits. */
static TARGET int64_t NAME(coded)(const uint8_t *row, const int16_t *query, int64_t n_genes)
{
    int64_t sum = 0;
    for (int64_t start = 0; start < n_genes; start += 256) {
        int32_t part = 0;
        int64_t end = start + 256 < n_genes ? start + 256 : n_genes;
        for (int64_t i = start; i < end; i++)
            part += (int16_t)row[i] * query[i];
        sum += part;
    }
    return sum;
}

/* Codes of one row, their step, and the squares of the row and of what the codes leave over. */
static TARGET float NAME(code)(const float *row, int64_t n_genes, uint8_t *codes, double *square, double *left)
{
    double squares[LANES] = {0}, lefts[LANES] = {0};
    float most = 0, step;
    for (int64_t i = 0; i < n_genes; i++) {
        float size = row[i] < 0 ? -row[i] : row[i];
        most = size > most ? size : most;
    }
    step = most / 127.0f;
    if (!(step > 0))
        step = 1;
    float inverse = 1.0f / step;
    for (int64_t i = 0; i < n_genes; i += LANES) {
        int n = n_genes - i < LANES ? (int)(n_genes - i) : LANES;
        float x[LANES] = {0};
        int code[LANES];
        memcpy(x, row + i, (size_t)n * sizeof *x);
        for (int l = 0; l < LANES; l++) {
            float scaled = x[l] * inverse;
            code[l] = (int)(scaled + (scaled < 0 ? -0.5f : 0.5f));
            code[l] = code[l] < -127 ? -127 : code[l] > 127 ? 127 : code[l];
            double rest = (double)x[l] - (double)step * code[l];
            squares[l] += (double)x[l] * x[l];
            lefts[l] += rest * rest;
        }
        for (int l = 0; l < n; l++)
            codes[i + l] = (uint8_t)(code[l] + 128);
    }
    *square = *left = 0;
    for (int l = 0; l < LANES; l++) {
        *square += squares[l];
        *left += lefts[l];
    }
    return step;
}

/* Products of one row with one query; the sums run as in `products`, the same to the last bit. */
static TARGET double NAME(one)(const float *row, const double *query, int64_t n_genes)
{
    double sums[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n_genes; i += LANES)
        for (int l = 0; l < LANES; l++)
            sums[l] += (double)row[i + l] * query[i + l];
    for (int l = 0; i + l < n_genes; l++)
        sums[l] += (double)row[i + l] * query[i + l];
    for (int n = LANES / 2; n; n /= 2)
        for (int l = 0; l < n; l++)
            sums[l] += sums[l + n];
    return sums[0];
}

/* The same of two rows with four queries, which are read once for both. */
static TARGET void NAME(many)(const float *first, const float *second, const double *queries, int64_t n_genes, double *out,
                              double *below)
{
    double sums[8][LANES] = {{0}};
    int64_t i = 0;
    for (; i + LANES <= n_genes; i += LANES)
        for (int q = 0; q < 4; q++)
            for (int l = 0; l < LANES; l++) {
                double z = queries[q * n_genes + i + l];
                sums[q][l] += (double)first[i + l] * z;
                sums[q + 4][l] += (double)second[i + l] * z;
            }
    for (int l = 0; i + l < n_genes; l++)
        for (int q = 0; q < 4; q++) {
            sums[q][l] += (double)first[i + l] * queries[q * n_genes + i + l];
            sums[q + 4][l] += (double)second[i + l] * queries[q * n_genes + i + l];
        }
    for (int q = 0; q < 4; q++) {
        for (int n = LANES / 2; n; n /= 2)
            for (int l = 0; l < n; l++)
                sums[q][l] += sums[q][l + n], sums[q + 4][l] += sums[q + 4][l + n];
        out[q] = sums[q][0], below[q] = sums[q + 4][0];
    }
}

#undef NAME
#undef TARGET
