"""One effect measured twice, Fisher's tail, quadrants: against SciPy, against planted truth, against counting."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom, kstest

from vcpi.errors import InputError
from vcpi.landscape import (
    Agreement,
    believed_agreement,
    hypergeometric_tail,
    one_effect,
    quadrants,
    reliability,
    shuffled_p,
    tolerance,
)


@given(st.data())
def test_fishers_tail_is_scipys(data):
    n_all = data.draw(st.integers(1, 300))
    n_marked = data.draw(st.integers(0, n_all))
    n_drawn = data.draw(st.integers(0, n_all))
    n_found = data.draw(st.integers(0, n_all))
    expected = hypergeom.sf(n_found - 1, n_all, n_marked, n_drawn)
    found = hypergeometric_tail(n_found, n_all=n_all, n_marked=n_marked, n_drawn=n_drawn)
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-300)


def test_fishers_tail_of_a_whole_library():
    expected = hypergeom.sf(5_199, 98_000_000, 60_000, 8_000_000)
    found = hypergeometric_tail(5_200, n_all=98_000_000, n_marked=60_000, n_drawn=8_000_000)
    assert found == pytest.approx(expected, rel=1e-4)


def test_counts_that_contradict_one_another_are_refused():
    with pytest.raises(InputError, match="fit together"):
        quadrants(n_pairs=10, n_structure=3, n_effect=9, n_both=1)


def test_reliability_is_the_cosine_of_two_means():
    """Spearman-Brown against means of simulated wells: the squared cosine of a mean with the effect."""
    rng = np.random.default_rng(3)
    effect = rng.standard_normal(20_000)
    wells = [effect + 1.5 * rng.standard_normal(20_000) for _ in range(6)]

    def cosine(a, b):
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    pairs = np.mean([cosine(a, b) for a, b in itertools.combinations(wells, 2)])
    for n in (1, 2, 6):
        assert cosine(np.mean(wells[:n], axis=0), effect) ** 2 == pytest.approx(reliability(pairs, n), abs=0.02)


def _pairs(rng, *, n_pairs, alike, dimensions=400, noise=1.0, n_wells=2):
    """Simulate pairs of treatments of equal length: connectivity of their means, agreement of the wells of each."""
    strength = rng.uniform(0.6, 2.0, (n_pairs, 1))
    first = rng.standard_normal((n_pairs, dimensions))
    second = first if alike else rng.standard_normal((n_pairs, dimensions))
    sides = [strength * effect[:, np.newaxis][:, 0] + 0.0 for effect in (first, second)]
    wells = [side[:, np.newaxis] + noise * rng.standard_normal((n_pairs, n_wells, dimensions)) for side in sides]
    units = [one / np.linalg.norm(one, axis=-1, keepdims=True) for one in wells]
    agreement = [np.einsum("ij,ij->i", one[:, 0], one[:, 1]) for one in units]
    means = [one.mean(axis=1) for one in wells]
    means = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in means]
    return np.einsum("ij,ij->i", *means), agreement


def test_p_of_one_effect_holds_its_level_and_finds_another():
    rng = np.random.default_rng(11)
    spread = 400**-0.5
    for alike in (True, False):
        scores, agreement = _pairs(rng, n_pairs=2_000, alike=alike)
        believed = believed_agreement(np.concatenate(agreement), n_wells=2, spread=spread)
        left, right = (
            Agreement(z=believed.z[part], sd=believed.sd[part], n_wells=believed.n_wells[part])
            for part in (slice(0, 2_000), slice(2_000, 4_000))
        )
        expected, p = one_effect(scores, left, right, spread=spread)
        if alike:
            assert scores.mean() == pytest.approx(expected.mean(), abs=0.01)
            for level in (0.01, 0.05, 0.2):
                assert (p <= level).mean() <= level + 3 * (level / 2_000) ** 0.5
        else:
            assert (p < 0.001).mean() > 0.99


def test_few_wells_leave_more_open_than_many():
    believed = believed_agreement([0.1, 0.7, 0.7], n_wells=[2, 2, 8], spread=0.1)
    assert believed.sd[2] < believed.sd[1]
    assert believed.z[1] < believed.z[2] <= np.arctanh(0.7)


def test_p_grows_with_connectivity():
    sides = Agreement(z=np.full(9, 0.8), sd=np.full(9, 0.1), n_wells=np.full(9, 2))
    _, p = one_effect(np.linspace(-0.9, 0.9, 9), sides, sides, spread=0.05)
    assert (np.diff(p) >= 0).all()


def test_agreement_without_replicates_is_refused():
    with pytest.raises(InputError, match="0 signatures with two wells"):
        believed_agreement([np.nan, np.nan], n_wells=1, spread=0.1)


def test_shuffled_p_is_uniform_without_a_link_and_small_with_one():
    rng = np.random.default_rng(5)
    found = []
    for _ in range(150):
        effect = rng.random((40, 40)) < 0.3
        effect |= effect.T
        pairs = np.array([pair for pair in itertools.combinations(range(40), 2) if rng.random() < 0.15])

        def count(rows, effect=effect):
            return int(effect[rows[:, 0], rows[:, 1]].sum()), len(rows)

        found.append(shuffled_p(pairs, count, n=40, n_shuffles=99, rng=rng))
    assert kstest(found, "uniform").pvalue > 0.001
    linked = np.array([pair for pair in pairs if effect[pair[0], pair[1]]])
    assert shuffled_p(linked, count, n=40, n_shuffles=99, rng=rng) == pytest.approx(0.01)


def test_tolerance_is_what_planted_mates_fall_short():
    rng = np.random.default_rng(9)
    expected = rng.uniform(0.5, 0.9, 4_000)
    short = np.arctanh(expected) - rng.normal(0.2, np.hypot(0.15, 0.1), 4_000)
    shift, sd = tolerance(expected, np.tanh(short), spread=0.1)
    assert shift == pytest.approx(0.2, abs=0.02)
    assert sd == pytest.approx(0.15, abs=0.02)
