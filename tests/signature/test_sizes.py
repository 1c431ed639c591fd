"""Library sizes: cases computed by hand, and a compound that moves few genes hugely."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vcpi.errors import InputError
from vcpi.signature.recipe import Recipe
from vcpi.signature.sizes import effective_sizes, ratio_factor, tmm_factor


def test_ratio_by_hand():
    # geometric means of the reference 2, 8, 20 (the last gene has a zero); ratios 2, 0.5, 3; median 2
    vehicles = [[1, 4, 10, 0], [4, 16, 40, 5]]
    counts = [4, 4, 60, 7]
    depth = math.sqrt(15 * 65)
    assert ratio_factor(counts, vehicles) == pytest.approx(2.0 * depth / 75)


def test_tmm_by_hand():
    # ten genes: three are trimmed from each end of M, none of A; weights are inverse delta-method variances
    reference = np.full(10, 100.0)
    counts = np.array([10, 20, 30, 90, 100, 110, 120, 400, 500, 600], dtype=float)
    size, other = counts.sum(), reference.sum()
    middle = counts[3:7]
    m = [math.log2((x / size) / (100 / other)) for x in middle]
    w = [1 / ((size - x) / (size * x) + (other - 100) / (other * 100)) for x in middle]
    expected = 2 ** (sum(a * b for a, b in zip(m, w, strict=True)) / sum(w))
    assert tmm_factor(counts, reference) == pytest.approx(expected)


def test_genes_without_reads_count_for_nothing():
    rng = np.random.default_rng(0)
    reference, counts = rng.poisson(50, 60) + 1.0, rng.poisson(80, 60) + 1.0
    alone = tmm_factor(counts, reference)
    assert tmm_factor(np.append(counts, [0, 0]), np.append(reference, [0, 0])) == pytest.approx(alone)
    assert tmm_factor([5, 0], [0, 5]) == 1.0
    assert ratio_factor([0, 0, 5], [[1, 1, 0]]) == 1.0
    assert ratio_factor([0, 0, 5], [[1, 1, 1]]) == 1.0


@pytest.fixture
def plate():
    """Eight vehicle wells, two wells of a compound that multiplies five high genes, one well of half the depth."""
    rng = np.random.default_rng(1)
    mean = np.exp(rng.normal(3.0, 1.5, 2000))
    mean[:5] = mean.sum() / 20  # a fifth of the reads
    huge = mean.copy()
    huge[:5] *= 8
    means = np.array([mean] * 8 + [huge] * 2 + [0.5 * mean])
    return rng.poisson(means), np.array([True] * 8 + [False] * 3)


def test_a_few_huge_changes_move_the_total_and_not_the_others(plate):
    counts, vehicle = plate
    usual = counts[:8].sum(axis=1).mean()
    assert effective_sizes(counts, vehicle=vehicle, method="total")[8] > 2 * usual
    for method in ("tmm", "ratio"):
        sizes = effective_sizes(counts, vehicle=vehicle, method=method)
        assert sizes[8:10] == pytest.approx(usual, rel=0.05)
        assert sizes[10] == pytest.approx(usual / 2, rel=0.05)
        assert sizes[:8] == pytest.approx(usual, rel=0.05)


def test_a_plate_gets_the_sizes_of_its_wells_one_by_one(plate):
    counts, vehicle = plate
    found = effective_sizes(counts, vehicle=vehicle, method="ratio")
    geometric = np.exp(np.mean([math.log(ratio_factor(row, counts[vehicle])) for row in counts[vehicle]]))
    for row, size in zip(counts, found.tolist(), strict=True):
        assert size == pytest.approx(row.sum() * ratio_factor(row, counts[vehicle]) / geometric, rel=1e-12)


@pytest.mark.parametrize("method", ["total", "tmm", "ratio"])
def test_depth_is_depth_and_the_order_of_the_wells_says_nothing(plate, method):
    counts, vehicle = plate
    sizes = effective_sizes(counts, vehicle=vehicle, method=method)
    np.testing.assert_allclose(effective_sizes(3 * counts, vehicle=vehicle, method=method), 3 * sizes, rtol=1e-9)
    order = np.random.default_rng(2).permutation(len(counts))
    np.testing.assert_allclose(
        effective_sizes(counts[order], vehicle=vehicle[order], method=method), sizes[order], rtol=1e-9
    )
    nothing = effective_sizes(counts, vehicle=np.zeros(len(counts), dtype=bool), method=method)
    assert np.isfinite(nothing).all()


def test_what_cannot_be_a_size_is_refused():
    with pytest.raises(InputError, match="without reads"):
        tmm_factor([0, 0], [1, 2])
    with pytest.raises(InputError, match="without reads"):
        ratio_factor([1, 2], [[0, 0]])
    with pytest.raises(InputError, match="reference"):
        tmm_factor([1], [1, 2])
    with pytest.raises(InputError, match="vehicle wells"):
        ratio_factor([1, 2], [1, 2])
    with pytest.raises(InputError, match="library size 'rle'"):
        Recipe(library_size="rle")
