"""Effects and strength: numbers computed by hand, SciPy as judge, and noise in which nothing may be found."""

from __future__ import annotations

import itertools
import math
import statistics

import numpy as np
import pytest
from scipy.stats import kstest, spearmanr

from vcpi.errors import InputError
from vcpi.signature.baseline import baselines
from vcpi.signature.contrast import combine, contrast, modz_weights
from vcpi.signature.profiles import log2_cpm_plus_one
from vcpi.signature.strength import (
    activity_threshold,
    n_strong_genes,
    rms,
    squared_strength,
    strength,
    vehicle_null_strengths,
    vehicle_sets,
)
from vcpi.signature.variance import pooled_variance, summarize_plate


def test_contest_expression_has_no_difference_to_the_mean_computed_well_by_well():
    rng = np.random.default_rng(0)
    counts = rng.negative_binomial(0.5, 0.01, (6, 70)).astype(np.int32)
    profiles = log2_cpm_plus_one(counts)
    groups = ["a", "a", "b", "b", "b", "b"]
    summary = summarize_plate(profiles, plate="p", roles=["library"] * 6, groups=groups)
    deltas = contrast(profiles, baselines([summary], method="contest")["p"])
    for wells in ([0, 1], [2, 3, 4, 5]):
        made = combine(deltas[wells], sigma2=np.ones(70), shared=0.0, weighted=False).lfc
        for gene in range(70):
            values = [float(np.log2(counts[w, gene] / counts[w].sum() * 1e6 + 1.0)) for w in wells]
            assert made[gene] == sum(values) / len(values)


def test_modz_weights_by_hand():
    # Spearman: 1-2 0.8, 1-3 -1, 2-3 -0.8; negative ones count as 0, the third gets the floor of 0.01
    rows = [[1, 2, 3, 4], [1, 2, 4, 3], [4, 3, 2, 1]]
    raw = [0.4, 0.4, 0.01]
    assert modz_weights(rows) == pytest.approx([value / sum(raw) for value in raw])


@pytest.mark.parametrize("ties", [False, True])
def test_modz_weights_agree_with_scipy(ties):
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((5, 60)) + 0.8 * rng.standard_normal(60)
    rows = np.round(rows) if ties else rows
    raw = []
    for one in range(5):
        others = [max(spearmanr(rows[one], rows[two]).statistic, 0.0) for two in range(5) if two != one]
        raw.append(max(statistics.fmean(others), 0.01))
    assert modz_weights(rows) == pytest.approx([value / sum(raw) for value in raw], abs=1e-12)


@pytest.mark.parametrize("n", [1, 2])
def test_modz_is_a_plain_mean_of_one_or_two(n):
    rows = np.random.default_rng(2).standard_normal((n, 9))
    assert modz_weights(rows).tolist() == [1 / n] * n


def test_constant_replicates_have_no_correlation_and_get_equal_weights():
    assert modz_weights(np.ones((4, 6))).tolist() == [0.25] * 4


def test_z_by_hand_for_two_wells_on_one_plate():
    made = combine([[1.0, -4.0], [3.0, -2.0]], sigma2=[4.0, 1.0], shared=0.125)
    assert made.lfc.tolist() == [2.0, -3.0]
    assert made.z.tolist() == pytest.approx([2 / (2 * math.sqrt(0.625)), -3 / math.sqrt(0.625)])
    assert (made.n, made.weights) == (2, (0.5, 0.5))


def test_wells_on_two_plates_share_no_baseline():
    factors = {"a": 0.1, "b": np.array([0.3])}
    made = combine([[1.0], [2.0]], sigma2=[1.0], shared=factors, plates=["a", "b"])
    # variances of the two wells against their baselines: 1.1 and 1.3
    lfc = (1.0 / 1.1 + 2.0 / 1.3) / (1 / 1.1 + 1 / 1.3)
    assert made.lfc.tolist() == pytest.approx([lfc])
    assert made.z.tolist() == pytest.approx([lfc * math.sqrt(1 / 1.1 + 1 / 1.3)])
    assert made.weights == pytest.approx((1.3 / 2.4, 1.1 / 2.4))
    assert made.factor == pytest.approx(1.1 * 1.3 / 2.4)
    same = combine([[1.0], [2.0]], sigma2=[1.0], shared=factors, plates=["a", "a"])
    assert same.z.tolist() == pytest.approx([1.5 / math.sqrt(0.5 + 0.1)])
    with pytest.raises(InputError, match="plate 'c'"):
        combine([[1.0]], sigma2=[1.0], shared=factors, plates=["c"])


def test_three_wells_are_weighted_and_the_bad_one_hardly_counts():
    rng = np.random.default_rng(3)
    effect = rng.standard_normal(400)
    wells = np.array([effect + 0.3 * rng.standard_normal(400) for _ in range(2)] + [5 * rng.standard_normal(400)])
    made = combine(wells, sigma2=np.full(400, 0.09), shared=0.02)
    weights = modz_weights(wells)
    assert made.weights[2] < 0.1
    np.testing.assert_allclose(made.lfc, sum(w * row for w, row in zip(weights, wells, strict=True)))
    spread = math.sqrt(0.09 * (sum(w * w for w in weights) + 0.02))
    np.testing.assert_allclose(made.z, made.lfc / spread)
    plain = combine(wells, sigma2=np.full(400, 0.09), shared=0.02, weighted=False)
    np.testing.assert_array_equal(plain.lfc, wells.mean(axis=0))


def test_plates_are_combined_by_inverse_variance_and_the_null_stays_standard_normal():
    """Two wells on one plate, one on another whose baseline is poor; genes differ in what the plates' baselines add."""
    rng = np.random.default_rng(9)
    shared = {"a": np.linspace(0.0, 0.2, 50), "b": np.linspace(0.5, 2.0, 50)}
    plates = ["a", "b", "a"]
    z, best, plain = [], [], []
    for _ in range(4000):
        wells = rng.standard_normal((3, 50))
        for plate, factor in shared.items():
            wells[[plate == other for other in plates]] += np.sqrt(factor) * rng.standard_normal(50)
        made = combine(wells, sigma2=np.ones(50), shared=shared, plates=plates)
        z.append(made.z)
        best.append(made.lfc)
        plain.append(combine(wells, sigma2=np.ones(50), shared=shared, plates=plates, weighted=False).lfc)
    assert np.std(z, axis=0) == pytest.approx(1.0, abs=0.05)
    assert np.std(z) == pytest.approx(1.0, abs=0.01)
    assert kstest(np.ravel(z)[::7], "norm").pvalue > 0.01
    expected = 1 / (1 / (0.5 + shared["a"]) + 1 / (1 + shared["b"]))  # of two estimates, by hand
    assert np.var(best, axis=0) == pytest.approx(expected, rel=0.12)
    assert np.var(best) < 0.95 * np.var(plain)


def test_replicates_of_a_plate_are_weighted_among_themselves():
    rng = np.random.default_rng(10)
    wells = rng.standard_normal((5, 60)) + 2 * rng.standard_normal(60)
    made = combine(wells, sigma2=np.ones(60), shared=0.1, plates=["a", "b", "a", "a", "b"])
    own = modz_weights(wells[[0, 2, 3]])
    first, second = own @ wells[[0, 2, 3]], wells[[1, 4]].mean(axis=0)
    w1, w2 = 1 / ((own**2).sum() + 0.1), 1 / 0.6
    np.testing.assert_allclose(made.lfc, (w1 * first + w2 * second) / (w1 + w2))
    np.testing.assert_allclose(made.z, made.lfc * math.sqrt(w1 + w2))
    assert sum(made.weights) == pytest.approx(1.0)


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_the_variance_of_z_is_one_whatever_the_number_of_wells(n):
    rng = np.random.default_rng(4)
    common = math.sqrt(0.125) * rng.standard_normal((300, 1, 200))
    wells = 0.7 * (rng.standard_normal((300, n, 200)) - common)
    z = [combine(rows, sigma2=np.full(200, 0.49), shared=0.125).z for rows in wells]
    assert np.std(z) == pytest.approx(1.0, abs=0.03)


def test_shapes_that_do_not_fit_are_refused(world):
    plates, _ = world.plates_of(np.random.default_rng(5), n_plates=1)
    baseline = world.fitted(plates, "hybrid").of("p0")
    with pytest.raises(InputError, match="expected"):
        contrast([[1.0, 2.0]], baseline)
    for function in (combine, squared_strength, strength):
        with pytest.raises(InputError, match="expected"):
            function([[1.0, 2.0]], sigma2=[1.0], shared=0.0)
        with pytest.raises(InputError, match="expected"):
            function(np.zeros((0, 1)), sigma2=[1.0], shared=0.0)


def test_strength_by_a_plain_loop_over_pairs():
    rng = np.random.default_rng(6)
    wells = rng.standard_normal((3, 20)) + 2
    sigma2 = rng.uniform(0.1, 2, 20)
    factors = {"a": rng.uniform(0, 0.2, 20), "b": 0.05}
    plates = ["a", "a", "b"]
    pairs = []
    for one, two in itertools.combinations(range(3), 2):
        top = 0.0
        for gene in range(20):
            shared = factors["a"][gene] * sigma2[gene] if plates[one] == plates[two] == "a" else 0.0
            top += (wells[one, gene] * wells[two, gene] - shared) / sigma2[gene]
        pairs.append(top / sum(1 / value for value in sigma2))
    found = squared_strength(wells, sigma2=sigma2, shared=factors, plates=plates)
    assert found == pytest.approx(statistics.fmean(pairs))
    assert strength(wells, sigma2=sigma2, shared=factors, plates=plates) == pytest.approx(math.sqrt(found))


def test_strength_of_a_single_well_takes_off_its_own_noise():
    found = squared_strength([[3.0, 1.0]], sigma2=[1.0, 0.5], shared=0.125)
    assert found == pytest.approx(((9 - 1.125) / 1 + (1 - 0.5 * 1.125) / 0.5) / 3)
    assert strength([[0.1]], sigma2=[1.0], shared=0.0) == 0.0


@pytest.mark.parametrize("method", ["hybrid", "vehicle_plate", "plate_center"])
@pytest.mark.parametrize("n_wells", [1, 2])
def test_the_strength_of_noise_is_zero_on_average(world, method, n_wells):
    plates, _ = world.plates_of(np.random.default_rng(7), n_plates=10)
    model = world.fitted(plates, method)
    sigma2 = pooled_variance(world.summarize(plates)).sigma2
    found = [
        squared_strength(wells[:n_wells], sigma2=sigma2, shared=model.of(plate.name).shared_factor)
        for plate, deltas in zip(plates, world.library_deltas(plates, model), strict=True)
        for wells in deltas
    ]
    naive = np.mean(sigma2) * 0.5  # what the mean square of two wells' mean would show
    assert abs(np.mean(found)) < 0.02 * naive


def test_strength_finds_the_size_of_a_true_effect(world):
    rng = np.random.default_rng(8)
    effects = np.zeros((60, 400))
    effects[:3] = rng.standard_normal((3, 400))
    plates, sigma = world.plates_of(rng, n_plates=8, effects=effects)
    model = world.fitted(plates, "hybrid")
    sigma2 = pooled_variance(world.summarize(plates)).sigma2
    expected = [math.sqrt(np.sum(effects[c] ** 2) / np.sum(1 / sigma**2)) for c in range(3)]
    for compound in range(3):
        found = [
            strength(deltas[compound], sigma2=sigma2, shared=model.of(p.name).shared_factor)
            for p, deltas in zip(plates, world.library_deltas(plates, model), strict=True)
        ]
        assert np.mean(found) == pytest.approx(expected[compound], rel=0.08)


@pytest.mark.parametrize("n_plates", [1, 10])
@pytest.mark.parametrize("offset", [0.0, 1.0])
@pytest.mark.parametrize("method", ["hybrid", "vehicle_plate"])
def test_vehicle_wells_judged_without_themselves_show_nothing_on_average(world, method, offset, n_plates):
    plates, sigma = world.plates_of(np.random.default_rng(9), n_plates=n_plates, offset=offset)
    model = world.fitted(plates, method)
    sigma2 = pooled_variance(world.summarize(plates)).sigma2
    found = [
        squared_strength(deltas, sigma2=sigma2, shared=baseline.variance_factor)
        for plate in plates
        for _, deltas, baseline in vehicle_sets(plate.vehicles, plate=plate.name, model=model)
    ]
    assert len(found) == 28 * n_plates
    assert abs(np.mean(found)) < 0.02 * np.mean(sigma**2)


def test_few_compounds_that_do_nothing_pass_the_threshold_and_true_ones_do(world):
    rng = np.random.default_rng(10)
    effects = np.zeros((60, 400))
    effects[:5, :60] = 1.5
    plates, _ = world.plates_of(rng, n_plates=15, effects=effects)
    model = world.fitted(plates, "hybrid")
    sigma2 = pooled_variance(world.summarize(plates)).sigma2
    null = [vehicle_null_strengths(p.vehicles, plate=p.name, model=model, sigma2=sigma2) for p in plates]
    threshold = activity_threshold(np.concatenate(null))
    active = np.array(
        [
            [strength(wells, sigma2=sigma2, shared=model.of(p.name).shared_factor) > threshold for wells in deltas]
            for p, deltas in zip(plates, world.library_deltas(plates, model), strict=True)
        ]
    )
    assert active[:, 5:].mean() < 0.10
    assert active[:, :5].all()


def test_sets_of_vehicles_leave_enough_behind(world):
    plates, _ = world.plates_of(np.random.default_rng(11), n_plates=2, n_vehicles=2)
    sigma2 = pooled_variance(world.summarize(plates)).sigma2
    sizes = {}
    for method in ("vehicle_plate", "plate_center"):
        model = world.fitted(plates, method)
        null = vehicle_null_strengths(plates[0].vehicles, plate="p0", model=model, sigma2=sigma2)
        sizes[method] = len(null)
    assert sizes == {"vehicle_plate": 0, "plate_center": 1}


def test_too_many_sets_are_thinned_evenly(world):
    plates, _ = world.plates_of(np.random.default_rng(12), n_plates=1, n_vehicles=12)
    sets = [
        wells
        for wells, _, _ in vehicle_sets(
            plates[0].vehicles, plate="p0", model=world.fitted(plates, "hybrid"), max_sets=10
        )
    ]
    assert len(set(sets)) == 10
    assert (sets[0], sets[-1]) == ((0, 1), (10, 11))


def test_the_threshold_is_a_value_of_the_null_with_few_above():
    null = np.random.default_rng(13).permutation(np.arange(100.0))
    assert activity_threshold(null) == 95.0
    assert (null > activity_threshold(null)).mean() <= 0.05
    with pytest.raises(InputError, match="No vehicle strength"):
        activity_threshold([])
    with pytest.raises(InputError, match="level is 1"):
        activity_threshold([1.0], level=1)


def test_counts_of_strong_genes_and_rms():
    assert n_strong_genes(np.array([1.0, -1.0, 0.999, np.float32(-2)])) == 3
    assert n_strong_genes([0.6, -0.7], cutoff=0.58) == 2
    rows = np.random.default_rng(14).standard_normal((3, 50)).astype(np.float32)
    assert rms(rows).tolist() == pytest.approx(
        [math.sqrt(statistics.fmean(v * v for v in row)) for row in rows.tolist()]
    )
    assert float(rms(rows[0])) == pytest.approx(float(rms(rows)[0]))
