"""Probabilities against SciPy, hand-computed cases, and worlds of pure noise where they must be uniform."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vcpi.errors import InputError
from vcpi.signature.calibration import benjamini_hochberg, p_specific, q_noise, split_scores, tau
from vcpi.signature.nullmodel import NullModel, fit_null_model, unit_rows
from vcpi.signature.reproducibility import (
    different_pairs,
    normalized_scores,
    replicate_correlation,
    replicate_cosine,
    replicate_null,
    replicate_p,
    strong_genes,
    transcriptional_activity,
)
from vcpi.signature.tails import NullDistribution, ParetoTail, fit_null, fit_pareto

LEVELS = (0.1, 0.05, 0.01, 0.001)


@pytest.mark.parametrize("shape", [-0.3, -0.1, 0.1, 0.3])
def test_pareto_fit_recovers_the_distribution(shape):
    sample = stats.genpareto.rvs(shape, scale=2.0, size=20_000, random_state=1)
    tail = fit_pareto(sample)
    assert tail.shape == pytest.approx(shape, abs=0.04)
    assert tail.scale == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize("shape", [-0.4, 0.0, 0.3])
def test_pareto_survival_is_that_of_scipy(shape):
    at = np.array([0.0, 0.5, 2.0, 4.0, 40.0])
    ours = ParetoTail(threshold=0.0, shape=shape, scale=1.5).survival(at)
    np.testing.assert_allclose(ours, stats.genpareto.sf(at, shape, scale=1.5), atol=1e-12)


def test_tail_extends_a_normal_null_beyond_its_sample():
    null = fit_null(stats.norm.rvs(size=50_000, random_state=2))
    at = np.array([-1.0, 0.0, 1.0, 2.5, 4.0, 4.5, 5.0])
    np.testing.assert_allclose(null.p_value(at[:4]), stats.norm.sf(at[:4]), rtol=0.12)
    ratio = np.log10(null.p_value(at[4:]) / stats.norm.sf(at[4:]))
    assert np.abs(ratio).max() < 0.6  # within a factor of 4, well beyond the sample
    assert null.p_value(99.0) <= 1e-11


def test_heavy_tails_are_not_underestimated():
    null = fit_null(stats.t.rvs(4, size=50_000, random_state=4))
    at = np.array([3.0, 6.0, 12.0])
    ratio = null.p_value(at) / stats.t.sf(at, 4)
    assert ((ratio > 0.3) & (ratio < 3)).all()


def test_small_nulls_never_claim_more_than_they_hold():
    null = fit_null(np.linspace(-1, 1, 40))
    assert null.tail is None
    assert null.p_value(5.0) == pytest.approx(1 / 41)
    assert null.p_value(-5.0) == 1.0
    with pytest.raises(InputError, match="null of 0 values"):
        fit_null([np.nan])


def test_p_values_never_rise_with_the_score():
    null = fit_null(stats.t.rvs(5, size=4000, random_state=3))
    p = null.p_value(np.linspace(-10, 30, 4001))
    assert (np.diff(p) <= 1e-12).all()
    assert ((p > 0) & (p <= 1)).all()
    again = NullDistribution.from_json(json.loads(json.dumps(null.to_json())))
    np.testing.assert_array_equal(again.p_value([0.3, 9.0]), null.p_value([0.3, 9.0]))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_false_discovery_rates_are_those_of_scipy(p):
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p), rtol=1e-12)


def test_bad_p_values_are_refused_and_the_query_bounds_its_hits():
    with pytest.raises(InputError, match="outside 0 to 1"):
        benjamini_hochberg([0.5, np.nan])
    np.testing.assert_allclose(q_noise([1e-6, 0.9], query_p=0.3), [0.3, 0.9])
    np.testing.assert_allclose(q_noise([0.01, 0.9]), [0.02, 0.9])


def world(seed, *, n=240, n_null=300, d=200, share=0.0, spectrum=None):
    """Noise profiles on four plates; what plate-mates share has the variance ``share``; ``spectrum`` colors them."""
    rng = np.random.default_rng(seed)
    scale = np.ones(d) if spectrum is None else spectrum
    common = {plate: rng.standard_normal(d) for plate in "abcd"}

    def draw(size):
        plates = list(np.resize(list("abcd"), size))
        shared = np.array([common[plate] for plate in plates])
        return (np.sqrt(1 - share) * rng.standard_normal((size, d)) + np.sqrt(share) * shared) * scale, plates

    rows, plates = draw(n)
    null, null_plates = draw(n_null)
    queries, query_plates = draw(80)
    model = fit_null_model(
        rows,
        plates=plates,
        members=[(f"s{row}",) for row in range(n)],
        null_features=null,
        null_plates=null_plates,
        null_members=[(f"n{row}",) for row in range(n_null)],
    )
    return model, rows, np.array(plates), null, np.array(null_plates), queries, query_plates


def null_p(made, *, reverse=False):
    """Give p of noise queries, apart for plate-mates and others."""
    model, rows, plates, null, null_plates, queries, query_plates = made
    unit, null_unit = unit_rows(rows), unit_rows(null)
    near, far = [], []
    for query, plate in zip(unit_rows(queries), query_plates, strict=True):
        scale = model.scale_of(null_unit @ query, same_plate=null_plates == plate)
        same = plates == plate
        p = model.p_noise(unit @ query, query=scale, rows=np.arange(len(unit)), same_plate=same, reverse=reverse)
        near.append(p[same])
        far.append(p[~same])
    return np.array(near), np.array(far)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.15])
@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_p_noise_is_uniform_for_both_plate_relations(share, decay, reverse):
    spectrum = (1.0 + np.arange(200)) ** -decay
    made = world(5, share=share, spectrum=spectrum)
    for values in null_p(made, reverse=reverse):
        one_each = values[np.arange(len(values)), np.arange(len(values)) % values.shape[1]]
        assert stats.kstest(one_each, "uniform").pvalue > 0.01
        for level in LEVELS[:3]:
            expected = level * values.size
            assert abs((values < level).sum() - expected) < 6 * np.sqrt(expected) + 0.2 * expected
        assert (values < 0.001).mean() < 0.003


def test_a_related_pair_is_rare_and_its_opposite_too():
    made = world(6)
    model, rows, _, null, null_plates, queries, _ = made
    unit = unit_rows(rows)
    query = unit_rows(rows[:1] + 0.5 * queries[:1])[0]
    scale = model.scale_of(unit_rows(null) @ query, same_plate=null_plates == "none")
    at, same = np.arange(len(unit)), np.zeros(len(unit), dtype=bool)
    p = model.p_noise(unit @ query, query=scale, rows=at, same_plate=same)
    assert p[0] < 1e-8
    assert benjamini_hochberg(p)[0] < 1e-5
    opposite = model.p_noise(-(unit @ query), query=scale, rows=at, same_plate=same, reverse=True)
    assert opposite[0] < 1e-4


def test_profiles_that_share_wells_are_left_out_of_the_scale():
    made = world(7)
    model, _, _, null, null_plates, _, _ = made
    unit = unit_rows(null)
    itself = np.arange(len(unit)) < 40
    contaminated = np.where(itself, 0.9, unit @ unit[0])
    clean = model.scale_of(contaminated, same_plate=null_plates == "a", exclude=itself)
    other = model.scale_of(contaminated, same_plate=null_plates == "a")
    plain = np.asarray(unit @ unit[0])[~itself]
    assert clean.scale[0] == pytest.approx(plain.std(), rel=0.1)
    assert other.scale[0] > clean.scale[0]


def test_a_null_model_survives_storage():
    made = world(8)
    model = made[0]
    again = NullModel.from_arrays(model.arrays(), json.loads(json.dumps(model.settings())))
    for before, after in zip(null_p(made), null_p((again, *made[1:])), strict=True):
        np.testing.assert_array_equal(before, after)
    with pytest.raises(InputError, match="build it again"):
        NullModel.from_arrays(model.arrays(), {"format": 0})


def test_too_few_null_profiles_are_refused():
    with pytest.raises(InputError, match="expected 50"):
        world(9, n_null=20)


def test_specific_p_is_a_rank_among_references_as_strong():
    background = np.array([0.1, 0.2, 0.3, 0.8, 0.9])
    strengths = np.array([1.0, 1.1, 1.2, 9.0, 10.0])
    p = p_specific([0.25, 0.25], background=background, background_strength=strengths, strength=[1.0, 9.5], n_matched=2)
    np.testing.assert_allclose(p, [1 / 3, 3 / 3])
    assert p_specific([0.5], background=[], background_strength=[], strength=[1.0]).tolist() == [1.0]


def test_tau_is_the_counted_percentile_of_the_reference():
    rng = np.random.default_rng(10)
    references = rng.uniform(-1, 1, (400, 6))
    scores = rng.uniform(-1, 1, 6)
    values, reason = tau(scores, references)
    expected = [
        math.copysign(100.0 * sum(abs(other) < abs(score) for other in column) / 400, score)
        for score, column in zip(scores, references.T, strict=True)
    ]
    np.testing.assert_allclose(values, expected)
    assert reason == ""


def test_tau_says_why_it_is_missing():
    references = np.full((70, 1), 0.5)
    references[:30] = np.nan  # the query and the hit themselves
    assert tau([0.7], references) == (None, "40 reference queries; tau needs 50")


def test_replicate_splits_are_all_pairs():
    rng = np.random.default_rng(11)
    query, reference = rng.standard_normal((2, 30)), rng.standard_normal((3, 30))
    all_pairs = [1 - stats_cosine(a, b) for a in query for b in reference]
    low, mean = split_scores(query, reference)
    assert low == pytest.approx(min(all_pairs))
    assert mean == pytest.approx(np.mean(all_pairs))


def stats_cosine(a, b):
    from scipy.spatial.distance import cosine

    return cosine(a, b)


def test_replicates_without_an_effect_have_uniform_p():
    rng = np.random.default_rng(12)
    wells = rng.standard_normal((600, 150))
    null = replicate_null(
        wells, compounds=list(range(600)), plates=list(np.arange(600) % 5), rng=np.random.default_rng(0)
    )
    for n in (2, 3):
        agreement = [replicate_cosine(rng.standard_normal((n, 150))) for _ in range(400)]
        assert stats.kstest(replicate_p(agreement, null, n_wells=n), "uniform").pvalue > 0.01
    effect = rng.standard_normal(150)
    assert replicate_p(replicate_cosine(effect + rng.standard_normal((2, 150))), null) < 1e-3
    assert math.isnan(replicate_cosine(wells[:1]))


def test_pairs_of_wells_share_the_plate_and_not_the_compound():
    compounds, plates = np.arange(200) // 2, np.arange(200) % 3
    left, right = different_pairs(compounds.tolist(), plates.tolist(), rng=np.random.default_rng(13), n_pairs=5000)
    assert (plates[left] == plates[right]).all()
    assert (compounds[left] != compounds[right]).all()
    assert len(np.unique(left)) == 200
    with pytest.raises(InputError, match="two different compounds"):
        replicate_null(np.ones((2, 3)), compounds=["a", "a"], plates=["p", "p"], rng=np.random.default_rng(0))


def test_replicate_correlation_is_the_third_quartile_of_spearman():
    rows = np.random.default_rng(14).standard_normal((4, 50)) + np.linspace(-1, 1, 50)
    pairs = [stats.spearmanr(rows[a], rows[b]).statistic for a in range(4) for b in range(a)]
    assert replicate_correlation(rows) == pytest.approx(np.quantile(np.maximum(pairs, 0), 0.75))
    assert replicate_correlation([[1, 2, 3], [3, 2, 1]]) == 0.0


def test_activity_score_of_published_definition():
    z = [1.5, -1.5, 1.3, 0.0]
    assert strong_genes(z, n_replicates=2) == 2  # 1.5 sqrt 2 = 2.12, 1.3 sqrt 2 = 1.84
    assert transcriptional_activity(2, 0.5, n_genes=4) == pytest.approx(math.sqrt(2 * 0.5 / 4))
    assert transcriptional_activity(0, 0.0, n_genes=978) == pytest.approx(math.sqrt(1e-6 / 978))
    assert math.isnan(transcriptional_activity(3, math.nan, n_genes=978))


def test_normalized_scores_divide_by_the_mean_of_their_sign():
    scores = [0.6, 0.2, -0.3, 0.0, 0.004, -0.5]
    groups = ["a", "a", "a", "a", "b", "b"]
    expected = [0.6 / 0.4, 0.2 / 0.4, -1.0, 0.0, 0.004 / 0.01, -1.0]  # the mean of b's 0.004 counts as 0.01
    np.testing.assert_allclose(normalized_scores(scores, groups=groups), expected)
