"""Normalization and well quality against loops in plain Python."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from vcpi.errors import InputError
from vcpi.signature.profiles import GeneFilter, expressed, library_sizes, log2_cpm, log2_cpm_plus_one, well_quality


@pytest.fixture
def counts():
    rng = np.random.default_rng(1)
    return rng.negative_binomial(0.4, 0.02, (12, 90)).astype(np.int32)


def test_log2_cpm_follows_its_formula(counts):
    sizes = [sum(row) for row in counts.tolist()]
    typical = statistics.median(sizes)
    made = log2_cpm(counts, prior=2.0)
    assert made.dtype == np.float32
    for row, size, values in zip(counts.tolist(), sizes, made.tolist(), strict=True):
        added = 2.0 * size / typical
        expected = [math.log2((count + added) * 1e6 / (size + 2 * added)) for count in row]
        assert values == pytest.approx(expected, abs=2e-6)


def test_a_gene_without_reads_is_equal_in_deep_and_shallow_wells():
    made = log2_cpm([[0, 100, 900], [0, 10_000, 90_000]])
    assert made[0, 0] == pytest.approx(made[1, 0], abs=1e-6)


def test_plates_agree_when_they_share_the_typical_size(counts):
    sizes = library_sizes(counts)
    whole = log2_cpm(counts)
    parts = [log2_cpm(block, typical_size=float(np.median(sizes))) for block in np.split(counts, 3)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_some_genes_can_be_normalized_with_the_sizes_of_all(counts):
    sizes = library_sizes(counts)
    np.testing.assert_array_equal(log2_cpm(counts[:, :5], library_sizes=sizes), log2_cpm(counts)[:, :5])
    np.testing.assert_array_equal(
        log2_cpm_plus_one(counts[:, :5], library_sizes=sizes), log2_cpm_plus_one(counts)[:, :5]
    )


def test_contest_profiles_have_no_difference_to_a_table_computed_gene_by_gene(counts):
    made = log2_cpm_plus_one(counts)
    for well, row in enumerate(counts):
        total = row.sum()
        for gene, count in enumerate(row):
            assert made[well, gene] == np.log2(count / total * 1e6 + 1.0)  # the very same number


@pytest.mark.parametrize("function", [log2_cpm, log2_cpm_plus_one])
@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ([[1, 1], [0, 0]], r"Wells \[1\] have no reads"),
        ([[1, -1]], "hold -1"),
        ([[1.0, float("nan")]], "NaN"),
        ([1, 2], "shape"),
        ([["a"]], "type"),
    ],
)
def test_what_cannot_be_counts_is_refused(function, bad, told):
    with pytest.raises(InputError, match=told):
        function(bad)


@pytest.mark.parametrize("option", [{"prior": 0.0}, {"typical_size": 0.0}, {"library_sizes": [1.0]}])
def test_options_out_of_range_are_refused(counts, option):
    with pytest.raises(InputError, match="expected"):
        log2_cpm(counts, **option)


def test_library_sizes_find_wells_without_reads():
    assert library_sizes(np.array([[1, 2], [0, 0]], dtype=np.uint16)).tolist() == [3.0, 0.0]


def test_small_integer_types_do_not_overflow():
    counts = np.full((2, 300), 250, dtype=np.uint8)
    np.testing.assert_array_equal(log2_cpm(counts), log2_cpm(counts.astype(np.int64)))
    assert library_sizes(counts).tolist() == [75_000.0, 75_000.0]


def test_the_gene_filter_counts_as_a_loop_does(counts):
    counts = np.vstack([counts, np.zeros((1, 90), dtype=np.int32)])  # a well without reads counts for nothing
    genes = GeneFilter(90, min_cpm=2000.0)
    for block in np.array_split(counts, 5):
        genes.add(block)
    rows = [[1e6 * count / sum(row) for count in row] for row in counts.tolist() if sum(row)]
    expected = [sum(row[gene] >= 2000.0 for row in rows) >= 0.5 * len(rows) for gene in range(90)]
    assert genes.result(min_share=0.5).tolist() == expected
    assert 0 < sum(expected) < 90
    assert expressed(counts, min_cpm=2000.0, min_share=0.5).tolist() == expected


@pytest.mark.parametrize("min_cpm", [1.0, 0.3, 33.333, 2000.0])
def test_a_gene_at_the_very_limit_counts_as_a_division_says(min_cpm):
    rng = np.random.default_rng(4)
    sizes = np.concatenate([rng.integers(1, 3_000_000, 300), 1_000_000 * np.arange(1, 8)])
    limit = np.rint(min_cpm * sizes / 1e6)[:, np.newaxis]
    counts = np.maximum(limit + np.arange(-2, 3), 0).astype(np.int32)
    genes = GeneFilter(5, min_cpm=min_cpm)
    genes.add(counts, library_sizes=sizes)
    rows = [
        [count / size * 1e6 >= min_cpm for count in row]
        for row, size in zip(counts.tolist(), sizes.tolist(), strict=True)
    ]
    floats = GeneFilter(5, min_cpm=min_cpm)
    floats.add(counts.astype(np.float64), library_sizes=sizes)
    for share in np.linspace(0, 1, 308):
        expected = [0 < sum(column) >= share * len(rows) for column in zip(*rows, strict=True)]
        assert genes.result(min_share=share).tolist() == floats.result(min_share=share).tolist() == expected


def test_a_block_with_other_genes_is_refused():
    with pytest.raises(InputError, match="expected 3"):
        GeneFilter(3).add([[1, 2]])


def test_a_gene_never_seen_is_not_expressed_whatever_the_share():
    assert expressed([[1, 0], [1, 0]], min_share=0.0).tolist() == [True, False]


def test_well_quality_measures_against_the_vehicles_of_the_same_plate():
    counts = np.zeros((6, 10), dtype=np.int64)
    counts[0] = 100  # plate a: two vehicles of 1,000 and 3,000 reads, median 2,000
    counts[1] = 300
    counts[2] = 45  # 450 reads, 22.5 % of 2,000
    counts[3, :4] = [2, 500, 500, 500]  # deep enough, three genes with 3 reads or more
    counts[4] = 45  # plate b has no vehicle
    counts[5, 0] = 400
    mt_mask = np.arange(10) == 1
    roles = ["vehicle", "vehicle", "library", "positive_control", "library", "library"]
    quality = well_quality(counts, roles, ["a"] * 4 + ["b"] * 2, mt_mask, min_umi=420)
    assert quality.umi.tolist() == [1000, 3000, 450, 1502, 450, 400]
    assert quality.n_genes.tolist() == [10, 10, 10, 3, 10, 1]
    assert quality.mt_share == pytest.approx([0.1, 0.1, 0.1, 500 / 1502, 0.1, 0.0])
    assert quality.rna_share[:4] == pytest.approx([0.5, 1.5, 0.225, 0.751])
    assert np.isnan(quality.rna_share[4:]).all()
    assert [quality.flags(well) for well in range(6)] == [
        (),
        (),
        ("low_depth",),
        ("low_complexity",),
        (),
        ("low_depth", "low_complexity"),
    ]
    assert quality.usable.tolist() == [True, True, False, False, True, False]


def test_a_well_without_reads_has_no_shares_and_is_flagged():
    quality = well_quality([[0, 0]], ["library"], [None])
    assert np.isnan(quality.mt_share[0])
    assert quality.low_depth[0]


@pytest.mark.parametrize(
    "arguments", [([[1]], ["vehicle"] * 2, ["a"]), ([[1]], ["vehicle"], []), ([[1]], ["vehicle"], ["a"], [True, False])]
)
def test_quality_needs_one_of_each_per_well(arguments):
    with pytest.raises(InputError, match="expected"):
        well_quality(*arguments)
