"""Scores of panels against slow loops, hand cases, and noise and effects that were planted."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vcpi.errors import InputError
from vcpi.signature.axes import (
    Axis,
    against,
    axis_noise,
    axis_scores,
    beyond_shift,
    composition_shift,
    leading_genes,
    make_axis,
    percentiles,
    sum_errors,
    sum_score,
)
from vcpi.signature.panel_scores.block import discovery_limit, error_scale, fit_chance, supported_genes
from vcpi.signature.panel_scores.noise import NullRows, SumNoise, no_rows, sum_noise
from vcpi.signature.panel_scores.pathways import pathway_scores, set_correlations
from vcpi.signature.panel_scores.random_panels import RandomPanels

N_GENES, N_PANELS, SIZE = 400, 8, 20


def panels(seed=0, n_genes=N_GENES):
    """Eight panels of twenty genes, none in two, with signs."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(n_genes)
    return [
        Axis(
            key=f"panel-{at}",
            positions=order[SIZE * at : SIZE * (at + 1)],
            signs=rng.choice([-1.0, 1.0], SIZE),
            n_total=SIZE,
        )
        for at in range(N_PANELS)
    ]


def noise_rows(n, axes, *, seed, correlation=0.3):
    """Noise of unit variance in which signed genes of a panel share a factor, as co-regulated genes do."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((n, N_GENES))
    for axis in axes:
        shared = math.sqrt(correlation) * rng.standard_normal((n, 1))
        rows[:, axis.positions] = shared * axis.signs + math.sqrt(1 - correlation) * rows[:, axis.positions]
    return rows


def only(rows):
    return NullRows(vehicles=rows[:0], others=rows)


def test_scores_agree_with_a_slow_loop():
    rng = np.random.default_rng(1)
    axes = [*panels(), make_axis("members", ["a", "b", "c"], None, position_of={"a": 3, "b": 9, "c": 11})]
    lfc, z = rng.normal(size=(2, 5, N_GENES))
    noise = SumNoise(variance=rng.uniform(5, 30, len(axes)), df=np.full(len(axes), 12.0))
    found = axis_scores(lfc, z, axes, noise=noise)
    for row in range(5):
        p = []
        for at, axis in enumerate(axes):
            values = [float(lfc[row, g]) for g in axis.positions]
            signs = [float(sign) for sign in axis.signs]
            assert found.signed[row, at] == pytest.approx(sum(values) / len(values))
            assert found.absolute[row, at] == pytest.approx(sum(map(abs, values)) / len(values))
            if any(signs):
                expected = sum(s * v for s, v in zip(signs, values, strict=True)) / len(values)
                assert found.directed[row, at] == pytest.approx(expected)
            else:
                assert np.isnan(found.directed[row, at])
                signs = [1.0] * len(values)
            total = sum(s * float(z[row, g]) for s, g in zip(signs, axis.positions, strict=True))
            assert found.z[row, at] == pytest.approx(total / math.sqrt(noise.variance[at]))
            p.append(2 * stats.t.sf(abs(total) / math.sqrt(noise.variance[at]), df=12.0))
        np.testing.assert_allclose(found.p[row], p, rtol=1e-9)
        np.testing.assert_allclose(found.q[row], stats.false_discovery_control(p), rtol=1e-9)


def test_a_gene_without_a_sign_counts_in_the_mean_and_not_in_the_directed_score():
    axis = make_axis("mixed", ["a", "b", "c"], [1, 0, -1], position_of={"a": 0, "b": 1, "c": 2})
    found = axis_scores([[1.0, 5.0, -3.0]], [[2.0, 9.0, -2.0]], [axis], noise=SumNoise(variance=[1.0], df=[np.inf]))
    assert (found.signed[0, 0], found.directed[0, 0], found.z[0, 0]) == (1.0, 2.0, 4.0)


def test_variance_of_a_sum_is_that_of_the_planted_correlation():
    axes = panels()
    rows = noise_rows(1_500, axes, seed=2)
    inflation = axis_noise(axes, only(rows)).inflation
    np.testing.assert_allclose(inflation, 1 + (SIZE - 1) * 0.3, rtol=0.15)
    for axis, seen in zip(axes, inflation, strict=True):  # a slow judge of s'Rs
        r = np.corrcoef(rows[:, axis.positions].T)
        assert seen == pytest.approx(axis.signs @ r @ axis.signs / SIZE, rel=0.06)


def test_few_profiles_of_noise_are_shrunk_towards_independent_genes():
    axes = panels()
    full = axis_noise(axes, only(noise_rows(2_000, axes, seed=3))).inflation.mean()
    few = axis_noise(axes, only(noise_rows(5, axes, seed=4)))
    assert 1.0 < few.inflation.mean() < 0.7 * full
    np.testing.assert_allclose(few.df, 25.0)
    none = axis_noise(axes, no_rows(N_GENES))
    np.testing.assert_allclose(none.inflation, 1.0)


def test_z_of_held_out_noise_is_standard_normal_where_genes_move_together():
    axes = panels()
    kept, held_out = noise_rows(1_000, axes, seed=5), noise_rows(1_000, axes, seed=6)
    found = axis_scores(held_out, held_out, axes, noise=axis_noise(axes, only(kept)))
    naive = axis_scores(held_out, held_out, axes, noise=axis_noise(axes, no_rows(N_GENES)))
    assert min(stats.kstest(found.z[:, at], "norm").pvalue for at in range(N_PANELS)) > 0.01 / N_PANELS
    assert stats.kstest(found.z.ravel(), "norm").pvalue > 0.01
    assert (found.q < 0.05).any(axis=1).mean() <= 0.05 + 3 * math.sqrt(0.05 / 1_000)
    assert (found.q < 0.05).mean() <= 0.05
    assert stats.kstest(naive.z.ravel(), "norm").pvalue < 1e-9  # what is asked of it cannot be had for nothing
    assert (naive.q < 0.05).any(axis=1).mean() > 0.3


def test_vehicle_wells_speak_up_where_there_are_many_plates():
    axes = panels()
    quiet, louder = noise_rows(500, axes, seed=7), 2.0 * noise_rows(400, axes, seed=8)
    null = NullRows(vehicles=louder, others=quiet, vehicle_df=400.0)
    ratio = axis_noise(axes, null).variance / axis_noise(axes, only(quiet)).variance
    np.testing.assert_allclose(ratio, (50 + 400 * 4) / 450, rtol=0.2)


def test_planted_axis_effects_are_found_with_their_sign():
    axes = panels()
    noise = axis_noise(axes, only(noise_rows(400, axes, seed=9)))
    rng = np.random.default_rng(10)
    n = 500
    rows = noise_rows(n, axes, seed=11)
    way = rng.choice([-1.0, 1.0], n)
    acts = rng.integers(N_PANELS, size=n)
    for row in range(n):
        axis = axes[acts[row]]
        rows[row, axis.positions] += way[row] * axis.signs * rng.uniform(0.5, 3.5, SIZE)  # as strong as programs are
    found = axis_scores(rows, rows, axes, noise=noise)
    own = found.directed[np.arange(n), acts]
    assert (np.sign(own) == way).mean() >= 0.95
    called = found.q < 0.05
    others = np.ones_like(called)
    others[np.arange(n), acts] = False
    false = (called & others).sum(axis=1) / np.maximum(called.sum(axis=1), 1)
    assert called[~others].mean() > 0.5
    assert false.mean() <= 0.05 + 3 * 0.5 * math.sqrt(0.05 / n)  # false discoveries of one signature


def test_an_offset_of_the_quiet_is_taken_off():
    axes = panels()
    noise = axis_noise(axes, only(noise_rows(400, axes, seed=12)))
    quiet = noise_rows(600, axes, seed=13) + 0.3 * np.isin(np.arange(N_GENES), axes[0].positions) * 1.0
    sums = np.stack([quiet[:, axis.positions] @ axis.signs for axis in axes], axis=1)
    centered = noise.centered(sums)
    expected = 0.3 * axes[0].signs.sum() / math.sqrt(noise.variance[0])
    assert centered.offset[0] == pytest.approx(expected, abs=0.12)
    assert abs(np.median(centered.standardized(sums), axis=0)).max() < 0.06
    assert noise.centered(sums[:0]).offset == 0.0


def test_a_panel_that_is_mostly_not_measured_says_so():
    place = {name: at for at, name in enumerate("abcdefgh")}
    few = make_axis("few", list("abcxyzuvw"), [1] * 9, position_of=place)
    assert few.reason == "3 of 9 genes measured; a score needs 5"
    expressed = np.arange(8) < 2
    assert make_axis("low", list("abcd"), [1] * 4, position_of=place, expressed=expressed).n_measured == 2
    assert make_axis("half", list("abcxyz"), [1] * 6, position_of=place).reason == ""
    assert make_axis("two", ["a", "b"], [1, 1], position_of=place).reason
    with pytest.raises(InputError, match="expected 1, -1 or 0"):
        make_axis("odd", ["a"], [2], position_of=place)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=40))
def test_percentiles_agree_with_counting(values):
    expected = [100 * (sum(o < v for o in values) + sum(o == v for o in values) / 2) / len(values) for v in values]
    np.testing.assert_allclose(percentiles(values), expected)
    np.testing.assert_allclose(against(values, values), expected)


def test_percentiles_stay_within_their_group():
    found = percentiles([1.0, 2.0, 10.0, 20.0, np.nan], groups=["a", "a", "b", "b", "b"])
    np.testing.assert_allclose(found[:4], [25.0, 75.0, 25.0, 75.0])
    assert np.isnan(found[4])


def test_leading_genes_are_the_largest_in_order_of_change():
    lfc = np.array([0.2, -1.0, 0.9, -0.1, 3.0, 0.3])
    assert leading_genes(lfc, [0, 1, 2, 3, 5], k=3) == [2, 5, 1]
    assert leading_genes(lfc, [], k=3) == []


def test_what_all_genes_share_is_told_apart():
    lfc = np.full(100, -0.5)
    lfc[:10] += 1.0
    axis = Axis(key="a", positions=np.arange(10), signs=np.ones(10), n_total=10)
    assert composition_shift(lfc) == -0.5
    assert beyond_shift(lfc, axis) == pytest.approx(1.0)


def test_random_panels_place_a_score_as_brute_force_does():
    rng = np.random.default_rng(14)
    level = rng.normal(size=800)
    lfc = rng.normal(size=(3, 800)) * np.exp(0.5 * level)  # the spread depends on expression
    sets = [(rng.choice(800, 12, replace=False), rng.choice([-1.0, 1.0], 12)) for _ in range(4)]
    sets.append((np.argsort(level)[-12:], np.ones(12)))
    scores = np.stack([lfc[:, genes] @ signs / 12 for genes, signs in sets], axis=1)
    found = RandomPanels(level, sets, n_bins=8).percentiles(lfc, scores)
    bins = np.array_split(np.argsort(level, kind="stable"), 8)
    bin_of = {int(gene): at for at, members in enumerate(bins) for gene in members}
    for column, (genes, signs) in enumerate(sets):
        drawn = np.zeros((2_000, 3))
        for at in range(2_000):
            mates = [int(rng.choice(bins[bin_of[int(gene)]])) for gene in genes]
            drawn[at] = lfc[:, mates] @ signs / 12
        expected = 100 * (drawn < scores[:, column]).mean(axis=0)
        np.testing.assert_allclose(found[:, column], expected, atol=5.0)


def test_the_percentile_of_a_panel_does_not_hang_on_other_panels():
    rng = np.random.default_rng(15)
    level, lfc = rng.normal(size=600), rng.normal(size=(2, 600))
    sets = [(rng.choice(600, 10, replace=False), np.ones(10)) for _ in range(5)]
    scores = np.stack([lfc[:, genes] @ signs / 10 for genes, signs in sets], axis=1)
    together = RandomPanels(level, sets, n_bins=5).percentiles(lfc, scores)
    alone = RandomPanels(level, sets[2:3], n_bins=5).percentiles(lfc, scores[:, 2:3])
    np.testing.assert_allclose(together[:, 2], alone[:, 0], atol=0.11)  # the order of equal sums of floats


@pytest.mark.parametrize(
    ("genes", "total"),
    [  # the values printed in a hand-made ranking of adjuvants: FOS, EGR1 and ERK1 (MAPK3), and their sum
        ({"FOS": 1.77, "EGR1": 2.09, "MAPK3": 0.40}, 4.26),
        ({"FOS": 1.87, "EGR1": 1.43, "MAPK3": 0.43}, 3.73),
        ({"FOS": 1.44, "EGR1": 1.62, "MAPK3": 0.25}, 3.31),
        ({"MX1": 4.42, "ISG15": 3.74, "IFIT1": 2.49, "STAT1": 1.86}, 12.51),
    ],
)
def test_sums_of_a_hand_made_report_are_reproduced(genes, total):
    found = sum_score(genes, dict.fromkeys(genes, 1.0))
    assert found.value == pytest.approx(total, abs=1e-9)
    assert found.missing == ()


def test_a_missing_gene_is_named_and_is_not_zero():
    printed = {"NFKBIA": 4.48, "TNF": 3.35, "IL6": None, "CXCL10": math.nan}  # two of four in the source
    found = sum_score(printed, dict.fromkeys(printed, 1.0))
    assert found.value == pytest.approx(7.83)
    assert (found.missing, found.n_total) == (("IL6", "CXCL10"), 4)
    assert sum_score({}, {"IL6": 1.0}).value is None
    with pytest.raises(InputError, match="expected one gene or more"):
        sum_score(printed, {})


def test_the_error_of_a_sum_is_the_spread_of_such_sums_in_noise():
    axes = panels()
    sigma = np.random.default_rng(16).uniform(0.2, 0.8, N_GENES)
    weights = np.ones(SIZE) * axes[0].signs
    null = only(noise_rows(1_000, axes, seed=17))
    (se,) = sum_errors(sigma, [0.7], [(axes[0].positions, weights)], null=null)[0]
    fresh = 0.7 * sigma * noise_rows(4_000, axes, seed=18)
    assert se == pytest.approx((fresh[:, axes[0].positions] @ weights).std(), rel=0.08)
    r = np.array([[1.0, 0.5], [0.5, 1.0]])
    found = sum_score({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 1.0}, errors={"a": 0.3, "b": 0.4}, correlation=r)
    assert found.se == pytest.approx(math.sqrt(0.09 + 0.16 + 2 * 0.5 * 0.12))


def test_sum_of_no_gene_is_refused():
    with pytest.raises(InputError, match="expected one each"):
        sum_noise([(np.zeros(0, dtype=np.int64), np.zeros(0))], no_rows(3))


def test_pathway_test_agrees_with_camera_as_published():
    rng = np.random.default_rng(19)
    z = rng.normal(size=300)
    z[:15] += 0.8
    (found,) = pathway_scores(z / 2, z, {"set": np.arange(15)}, correlations={"set": 0.05})
    inside, outside = z[:15], z[15:]
    # pooled variance of a two-sample t-test, the in-set part inflated
    pooled = (14 * inside.var(ddof=1) + 284 * outside.var(ddof=1)) / 298
    t = (inside.mean() - outside.mean()) / math.sqrt(pooled * ((1 + 14 * 0.05) / 15 + 1 / 285))
    assert found.t == pytest.approx(t)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(t), df=298))
    assert found.score == pytest.approx(inside.mean() / 2)


def test_pathway_test_keeps_its_level_where_genes_of_a_set_move_together():
    axes = panels()
    sets = {axis.key: axis.positions for axis in axes}
    same = [Axis(key=axis.key, positions=axis.positions, signs=np.ones(SIZE), n_total=SIZE) for axis in axes]
    known = set_correlations(sets, only(noise_rows(500, same, seed=20)))
    np.testing.assert_allclose(list(known.values()), 0.3, atol=0.06)
    judged, naive = [], []
    for row in noise_rows(150, same, seed=21):
        judged += [one.p for one in pathway_scores(row, row, sets, correlations=known)]
        naive += [one.p for one in pathway_scores(row, row, sets, correlations=dict.fromkeys(sets, 0.0))]
    assert np.mean(np.array(judged) < 0.05) < 0.07
    assert np.mean(np.array(naive) < 0.05) > 0.3


def test_pathways_of_other_sizes_are_left_out_and_order_is_by_score():
    z = np.linspace(-1, 1, 700)
    sets = {"up": np.arange(690, 700), "down": np.arange(10), "small": np.arange(4), "large": np.arange(501)}
    assert [one.name for one in pathway_scores(z, z, sets)] == ["up", "down"]
    with pytest.raises(InputError, match="expected 0 to 699"):
        pathway_scores(z, z, {"out": np.arange(696, 701)})


def test_chance_of_strong_genes_is_what_simulated_noise_shows():
    rng = np.random.default_rng(22)
    sigma = rng.uniform(0.2, 1.0, 2_000)
    chance = fit_chance(sigma)
    for scale in (0.5, 0.8, 1.3):
        rows = np.abs(scale * sigma * rng.normal(size=(200, 2_000)))
        assert float(chance.strong_genes(scale)) == pytest.approx((rows >= 1).sum(axis=1).mean(), rel=0.05)
        assert float(chance.mean_abs(scale)) == pytest.approx(rows.mean(), rel=0.02)
        np.testing.assert_allclose(error_scale([scale * sigma * 3.0], np.full((1, 2_000), 3.0), sigma), scale)


def test_supported_genes_need_every_well():
    deltas = np.array([[1.2, 1.2, -1.2, 0.5, 1.2], [1.1, -1.5, -1.3, 2.0, 1.0]])
    z = np.array([6.0, 6.0, -6.0, 6.0, 0.5])
    assert supported_genes(deltas, deltas.mean(axis=0), z).tolist() == [True, False, True, False, False]
    with pytest.raises(InputError, match="one supports nothing"):
        supported_genes(deltas[:1], deltas[0], z)


def test_discovery_limit_agrees_with_benjamini_and_hochberg():
    z = np.concatenate([np.random.default_rng(23).normal(size=500), np.full(20, 3.4), [5.0, -6.0]])
    q = stats.false_discovery_control(2 * stats.norm.sf(np.abs(z)))
    assert (np.abs(z) >= discovery_limit(z)).tolist() == (q < 0.05).tolist()
    assert discovery_limit(np.zeros(5)) == math.inf


def test_disjoint_panels_of_the_fixture_are_disjoint():
    assert all(set(a.positions).isdisjoint(b.positions) for a, b in combinations(panels(), 2))
