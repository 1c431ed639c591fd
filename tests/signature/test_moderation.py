"""Quality factors and shrunken changes: noise that must stay as it is, and truth that is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from vcpi.errors import InputError
from vcpi.signature.contrast import combine
from vcpi.signature.moderation import quality_factors, replicate_spread, shrunken
from vcpi.signature.variance import pooled_variance, summarize_plate


def world(rng, scale, *, n_genes=800):
    """Two wells per treatment whose noise is ``scale`` times the usual; z of each before and after its factor."""
    sigma = rng.uniform(0.2, 0.9, n_genes)
    wells = scale[:, None, None] * sigma * rng.standard_normal((len(scale), 2, n_genes))
    groups = np.repeat(np.arange(len(scale)), 2).tolist()
    rows = wells.reshape(-1, n_genes)
    noise = pooled_variance([summarize_plate(rows, plate="p", roles=["library"] * len(rows), groups=groups)])
    factors = quality_factors([replicate_spread(one, sigma2=noise.sigma2) for one in wells])
    z = np.array([combine(one, sigma2=noise.sigma2, shared=0.0).z for one in wells])
    return factors, z


def test_like_wells_have_no_factor_and_their_z_stays_standard_normal():
    rng = np.random.default_rng(1)
    factors, z = world(rng, np.ones(300))
    assert np.abs(factors - 1).max() < 0.03
    made = z / factors[:, None]
    assert np.std(made) == pytest.approx(1.0, abs=0.01)
    assert kstest(made.ravel()[::50], "norm").pvalue > 0.01


def test_bad_wells_get_the_factor_they_need_and_all_z_become_standard_normal():
    rng = np.random.default_rng(2)
    scale = np.ones(300)
    scale[:30] = 2.0
    factors, z = world(rng, scale)
    pooled = np.sqrt(np.mean(scale**2))
    assert factors[:30] == pytest.approx(2.0 / pooled, rel=0.1)
    assert np.std(z[:30]) > 1.6  # without it, noise looks like an effect
    made = z / factors[:, None]
    assert np.std(made[:30]) == pytest.approx(1.0, abs=0.06)
    assert np.std(made[30:]) == pytest.approx(1.0, abs=0.03)


def test_what_a_compound_does_is_not_held_against_its_wells():
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((2, 1000))
    effect = 5.0 * rng.standard_normal(1000)
    a, b = replicate_spread(noise, sigma2=np.ones(1000)), replicate_spread(noise + effect, sigma2=np.ones(1000))
    assert a == pytest.approx(b, rel=1e-12)
    assert a == pytest.approx(1.0, abs=0.2)


def test_genes_that_jump_in_one_well_hardly_count():
    rng = np.random.default_rng(4)
    wells = rng.standard_normal((2, 2000))
    before = replicate_spread(wells, sigma2=np.ones(2000))
    wells[0, :100] += 30.0
    assert replicate_spread(wells, sigma2=np.ones(2000)) == pytest.approx(before, rel=0.25)


def test_spread_of_three_wells_is_the_mean_of_its_pairs():
    rng = np.random.default_rng(5)
    wells = rng.standard_normal((3, 400))
    pairs = [replicate_spread(wells[list(two)], sigma2=np.ones(400)) for two in ((0, 1), (0, 2), (1, 2))]
    np.testing.assert_allclose(replicate_spread(wells, sigma2=np.ones(400)), np.mean(pairs, axis=0))


def test_factors_are_bounded_and_single_wells_have_none():
    factors = quality_factors([[1.0, 1.0]] * 200 + [[1e6, 1e6], [1e-6, 1e-6], [np.nan, np.nan]])
    assert factors[200:].tolist() == [4.0, 0.75, 1.0]
    assert quality_factors([[1.0, 1.0]] * 8 + [[9.0, 9.0]]).tolist() == [1.0] * 9  # too few to tell
    with pytest.raises(InputError, match="spreads"):
        quality_factors([1.0, 2.0])


def test_shrunken_changes_follow_the_formula():
    lfc, se = np.array([1.0, -2.0, 0.5, np.nan]), np.array([0.5, 1.0, 0.25, 1.0])
    weights = [4.0, 1.0, 16.0]
    true = sum(w * (x**2 - s**2) for w, x, s in zip(weights, lfc, se, strict=False)) / sum(weights)
    expected = [x * true / (true + s**2) for x, s in zip(lfc[:3], se[:3], strict=True)]
    made = shrunken(lfc, se)
    assert made[:3].tolist() == pytest.approx(expected)
    assert np.isnan(made[3])


@pytest.mark.parametrize("size", [0.0, 0.2, 1.0, 4.0])
def test_shrunken_changes_are_nearer_to_the_truth(size):
    rng = np.random.default_rng(6)
    se = rng.uniform(0.2, 0.8, 4000)
    truth = size * rng.standard_normal(4000)
    lfc = truth + se * rng.standard_normal(4000)
    made = shrunken(lfc, se)
    best = lfc * size**2 / (size**2 + se**2)
    assert np.mean((made - truth) ** 2) <= min(np.mean((lfc - truth) ** 2), 1.05 * np.mean((best - truth) ** 2) + 1e-3)
    assert np.all(np.abs(made) <= np.abs(lfc))


def test_shapes_that_differ_are_refused():
    with pytest.raises(InputError, match="se"):
        shrunken([1.0], [1.0, 2.0])
