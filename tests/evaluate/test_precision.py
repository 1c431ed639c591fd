"""Average precision against plain loops, every order of ties, scipy and copairs."""

from __future__ import annotations

from itertools import permutations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vcpi.errors import InputError
from vcpi.evaluate.precision import (
    average_precision,
    benjamini_hochberg,
    expected_average_precision,
    mean_average_precision,
    normalized_average_precision,
    null_average_precisions,
)


def slow_average_precision(ordered: list[bool]) -> float:
    """Walk down the list."""
    seen, total = 0, 0.0
    for place, positive in enumerate(ordered, start=1):
        if positive:
            seen += 1
            total += seen / place
    return total / seen


@given(st.lists(st.booleans(), min_size=1, max_size=60).filter(any), st.randoms(use_true_random=False))
def test_average_precision_agrees_with_walking_down_the_list(ordered, random) -> None:
    scores = np.linspace(1.0, -1.0, len(ordered))
    places = list(range(len(ordered)))
    random.shuffle(places)
    got = average_precision(scores[places], np.array(ordered)[places])
    assert got == pytest.approx(slow_average_precision(ordered), abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=6))
def test_ties_give_the_mean_over_all_their_orders(rows) -> None:
    if not any(positive for _, positive in rows):
        return
    orders = [
        slow_average_precision([positive for _, positive in sorted(order, key=lambda row: -row[0])])
        for order in permutations(rows)
    ]
    scores, positive = zip(*rows, strict=True)
    assert average_precision(scores, positive) == pytest.approx(np.mean(orders), abs=1e-12)


@pytest.mark.parametrize(("n_positive", "n_total"), [(1, 1), (1, 5), (2, 5), (3, 7), (4, 4)])
def test_expected_precision_is_the_mean_over_all_orders(n_positive, n_total) -> None:
    base = [True] * n_positive + [False] * (n_total - n_positive)
    every = set(permutations(base))
    assert len(every) == comb(n_total, n_positive)
    mean = np.mean([slow_average_precision(list(order)) for order in every])
    assert expected_average_precision(n_positive, n_total) == pytest.approx(mean, abs=1e-12)
    assert normalized_average_precision(mean, n_positive, n_total) == pytest.approx(0.0, abs=1e-9)
    assert normalized_average_precision(1.0, n_positive, n_total) == (1.0 if n_positive < n_total else 0.0)


@pytest.mark.parametrize(("n_positive", "n_total"), [(1, 9), (3, 9), (3, 200), (40, 50)])
def test_null_precisions_have_the_known_mean_and_values(n_positive, n_total) -> None:
    null = null_average_precisions(n_positive, n_total, n_null=20_000, rng=np.random.default_rng(1))
    assert null.shape == (20_000,)
    error = null.std() / np.sqrt(20_000)
    assert null.mean() == pytest.approx(expected_average_precision(n_positive, n_total), abs=4 * error + 1e-12)
    if n_positive == 1:  # every place equally often
        values, counts = np.unique(null.round(9), return_counts=True)
        np.testing.assert_allclose(values, 1 / np.arange(n_total, 0, -1), atol=1e-8)
        assert stats.chisquare(counts).pvalue > 1e-4


def test_permutation_p_agrees_with_the_exact_one() -> None:
    """One positive among 20, found second: a random order does as well in 2 of 20 cases."""
    found = mean_average_precision([0.5, np.nan], [(1, 20), (1, 20)], ["a", "b"], n_null=50_000)
    assert list(found) == ["a"]
    assert found["a"][0] == 0.5
    assert found["a"][1] == pytest.approx(0.1, abs=0.006)


def test_the_smallest_p_is_one_in_draws_plus_one() -> None:
    assert mean_average_precision([1.0], [(5, 500)], ["a"], n_null=999)["a"] == (1.0, 1 / 1000)


def test_p_of_random_orders_is_not_too_small() -> None:
    rng = np.random.default_rng(3)
    averages = null_average_precisions(3, 60, n_null=600, rng=rng)
    groups = [str(i) for i in range(600)]
    p = [p for _, p in mean_average_precision(averages, [(3, 60)] * 600, groups, n_null=4000).values()]
    assert stats.kstest(p, "uniform").pvalue > 0.01


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_q_values_agree_with_scipy(p) -> None:
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p), atol=1e-12)


def test_q_values_leave_unknown_ones_out() -> None:
    q = benjamini_hochberg([[0.01, np.nan, 0.04], [np.nan, np.nan, np.nan]])
    np.testing.assert_allclose(q, [[0.02, np.nan, 0.04], [np.nan] * 3])


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="3 positives among 2"):
        expected_average_precision(3, 2)
    with pytest.raises(InputError, match="expected one shape"):
        average_precision([1.0], [True, False])
    with pytest.raises(InputError, match="expected one each"):
        mean_average_precision([1.0], [], ["a"])


def test_copairs_gives_the_same_p_and_normalization() -> None:
    """The reference implementation, where it is installed."""
    compute = pytest.importorskip("copairs.compute", reason="copairs is not installed")
    normalization = pytest.importorskip("copairs.map.normalization", reason="copairs is not installed")
    rng = np.random.default_rng(5)
    for n_positive, n_total in ((1, 20), (4, 100), (10, 60)):
        average = float(null_average_precisions(n_positive, n_total, n_null=1, rng=rng)[0])
        ours = mean_average_precision([average], [(n_positive, n_total)], ["a"], n_null=20_000)["a"][1]
        theirs = compute.p_values(
            np.array([average]), np.array([[n_positive, n_total]]), null_size=20_000, seed=1, progress_bar=False
        )[0]
        assert ours == pytest.approx(theirs, abs=0.02)
        expected = normalization.expected_ap(n_positive, n_total - n_positive)
        assert expected_average_precision(n_positive, n_total) == pytest.approx(expected, abs=1e-9)
