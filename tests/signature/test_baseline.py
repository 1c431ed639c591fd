"""Baselines and noise: hand-computed plates, SciPy as judge, and worlds of pure noise where the truth is zero."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from scipy.stats import kstest, trim_mean
from scipy.stats import t as t_distribution

from vcpi.errors import InputError
from vcpi.signature.baseline import baselines, fit_baselines
from vcpi.signature.contrast import combine
from vcpi.signature.variance import TRIM_FACTOR, Noise, pooled_variance, summarize_plate, trimmed_mean

METHODS = ("hybrid", "vehicle_plate", "vehicle_pooled", "plate_center")


def mean_cosine(deltas, sigma):
    """Mean cosine between different compounds of one plate, two wells each, over all plates."""
    found = []
    for plate in deltas:
        rows = plate.mean(axis=1) / sigma
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        found.append((unit @ unit.T)[np.triu_indices(len(unit), 1)].mean())
    return float(np.mean(found))


@pytest.mark.parametrize("n", [1, 4, 5, 9, 10, 23])
def test_the_trimmed_mean_is_that_of_scipy(n):
    rows = np.random.default_rng(n).standard_normal((n, 40))
    np.testing.assert_allclose(trimmed_mean(rows), trim_mean(rows, 0.2, axis=0), rtol=1e-12, atol=1e-14)


def test_the_variance_of_a_trimmed_mean_is_as_written_down():
    wells = np.random.default_rng(0).standard_normal((100, 20_000))
    assert trimmed_mean(wells).var() * 100 == pytest.approx(TRIM_FACTOR, abs=0.03)


def test_a_plate_summary_is_what_plain_sums_give():
    rng = np.random.default_rng(1)
    profiles = rng.standard_normal((9, 3))
    roles = ["vehicle", "vehicle", "vehicle", "library", "library", "library", "library", "positive_control", "library"]
    groups = [None, None, None, "a", "a", "a", None, "a", None]
    usable = [True, True, False, *[True] * 6]
    made = summarize_plate(profiles, plate="p", roles=roles, groups=groups, usable=usable)
    assert (made.n_vehicle, made.vehicle_df, made.n_library, made.n_treatments, made.replicate_df) == (2, 1, 5, 3, 2)
    for gene in range(3):
        column = profiles[:, gene].tolist()
        assert made.vehicle_mean[gene] == pytest.approx(statistics.fmean(column[:2]))
        assert made.vehicle_ss[gene] == pytest.approx(statistics.variance(column[:2]))
        assert made.replicate_ss[gene] == pytest.approx(2 * statistics.variance(column[3:6]))
        assert made.center[gene] == pytest.approx(statistics.fmean(sorted([*column[3:7], column[8]])[1:4]))


def test_profiles_with_nan_or_of_other_length_are_refused():
    with pytest.raises(InputError, match="Plate p has a profile with NaN"):
        summarize_plate([[np.nan]], plate="p", roles=["library"], groups=[1])
    with pytest.raises(InputError, match="expected one per well"):
        summarize_plate([[1.0]], plate="p", roles=["library"] * 2, groups=[1])


def test_pooled_noise_finds_the_noise_that_was_put_in(world):
    plates, sigma = world.plates_of(np.random.default_rng(2), n_plates=6)
    noise = pooled_variance(world.summarize(plates))
    assert noise.df == 6 * (7 + 60)
    ratio = noise.sigma2 / sigma**2
    assert ratio.mean() == pytest.approx(1.0, abs=0.02)
    assert ratio.std() == pytest.approx(np.sqrt(2 / noise.df), rel=0.15)  # what chance leaves of it, no more


@pytest.mark.parametrize(("prior_df", "n_vehicles"), [(4.0, 9), (12.0, 9), (4.0, 3), (40.0, 25)])
def test_the_prior_of_the_variances_is_found_again(prior_df, n_vehicles):
    """True variances are drawn as limma has them: s0²(level) d0 / chi²(d0)."""
    rng = np.random.default_rng(int(prior_df) + n_vehicles)
    level = rng.uniform(0.0, 12.0, 6000)
    trend = 0.05 + np.exp(-0.4 * level)
    sigma2 = trend * prior_df / rng.chisquare(prior_df, 6000)
    wells = level + np.sqrt(sigma2) * rng.standard_normal((n_vehicles, 6000))
    summary = summarize_plate(wells, plate="p", roles=["vehicle"] * n_vehicles, groups=[None] * n_vehicles)
    noise = pooled_variance([summary])
    assert noise.prior_df == pytest.approx(prior_df, rel=0.2)
    raw = wells.var(axis=0, ddof=1)
    best = (prior_df * trend + (n_vehicles - 1) * raw) / (prior_df + n_vehicles - 1)  # who knows the truth does so
    assert np.abs(np.log(noise.sigma2 / best)).mean() < 0.1
    truth = np.log(sigma2)
    assert np.square(np.log(noise.sigma2) - truth).mean() < 0.75 * np.square(np.log(raw) - truth).mean()
    # with the total degrees of freedom, t of noise is uniform in p
    t = rng.standard_normal(6000) * np.sqrt(sigma2) / np.sqrt(noise.sigma2)
    assert kstest(2 * t_distribution.sf(np.abs(t), noise.total_df), "uniform").pvalue > 0.001


def test_genes_alike_have_a_prior_without_end():
    rng = np.random.default_rng(8)
    wells = rng.standard_normal((12, 3000)) * 0.3
    noise = pooled_variance([summarize_plate(wells, plate="p", roles=["vehicle"] * 12, groups=[None] * 12)])
    assert noise.prior_df > 200
    assert noise.sigma2 == pytest.approx(0.09, rel=0.12)


def test_noise_of_a_few_genes_shrinks_towards_their_median_as_documented():
    wells = [[1.0, 5.0, 2.0], [3.0, 5.0, 8.0]]  # variances 2, 0 and 18 with one degree of freedom, their median 2
    plate = summarize_plate(wells, plate="p", roles=["vehicle"] * 2, groups=[None] * 2)
    shrunk = [(4 * 2 + variance) / 5 for variance in (2, 0, 18)]
    floor = np.quantile(shrunk, 0.01)
    assert pooled_variance([plate]).sigma2.tolist() == pytest.approx([max(value, floor) for value in shrunk])


def test_noise_that_cannot_be_known_is_an_error_with_the_way_out():
    single = summarize_plate([[1.0], [2.0]], plate="p", roles=["vehicle", "library"], groups=[None, 1])
    with pytest.raises(InputError, match="ask for the baseline 'contest'"):
        pooled_variance([single])
    still = summarize_plate([[1.0], [1.0]], plate="p", roles=["vehicle"] * 2, groups=[None] * 2)
    with pytest.raises(InputError, match="varies"):
        pooled_variance([still])
    with pytest.raises(InputError, match="No plate"):
        pooled_variance([])
    other = summarize_plate([[1.0, 2.0]], plate="q", roles=["vehicle"], groups=[None])
    with pytest.raises(InputError, match="Plate q has 2 genes"):
        pooled_variance([single, other])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_plate_mates_look_alike_by_vehicle_noise_alone_and_hybrid_takes_that_away(world, seed):
    plates, sigma = world.plates_of(np.random.default_rng(seed))
    alike = {m: mean_cosine(world.library_deltas(plates, world.fitted(plates, m)), sigma) for m in METHODS}
    assert alike["vehicle_plate"] == pytest.approx((1 / 8) / (1 / 2 + 1 / 8), abs=0.02)  # 0.2, by arithmetic
    assert abs(alike["hybrid"]) < 0.05
    assert abs(alike["plate_center"]) < 0.05
    assert alike["vehicle_pooled"] > 0.5  # plate effects are left in


@pytest.mark.parametrize("n_plates", [1, 2, 4])
def test_hybrid_holds_with_few_plates(world, n_plates):
    cosines = []
    for seed in range(4):
        plates, sigma = world.plates_of(np.random.default_rng(seed), n_plates=n_plates)
        cosines.append(mean_cosine(world.library_deltas(plates, world.fitted(plates, "hybrid")), sigma))
    assert abs(np.mean(cosines)) < 0.05


@pytest.mark.parametrize("method", METHODS)
def test_baseline_errors_are_as_large_as_the_variance_factors_say(method):
    """The true vehicle level is known here: mean squared error of the baseline in units of sigma squared."""
    errors, factors = [], []
    for seed in range(6):
        rng = np.random.default_rng(100 + seed)
        n_genes, n_plates = 500, 8
        sigma = rng.uniform(0.3, 0.9, n_genes)
        truth = rng.normal(6, 2, n_genes) + rng.normal(0, 0.4, (n_plates, n_genes))
        offset = np.zeros(n_genes) if method == "plate_center" else 0.4 * sigma * rng.standard_normal(n_genes)
        spread = 0.0 if method == "plate_center" else 0.3
        summaries = []
        for plate in range(n_plates):
            library = truth[plate] - offset - spread * sigma * rng.standard_normal(n_genes)
            wells = np.vstack([np.tile(library, (80, 1)), np.tile(truth[plate], (8, 1))])
            wells = wells + sigma * rng.standard_normal(wells.shape)
            roles = ["library"] * 80 + ["vehicle"] * 8
            groups = [*np.repeat(np.arange(40), 2).tolist(), *[None] * 8]
            summaries.append(summarize_plate(wells, plate=str(plate), roles=roles, groups=groups))
        made = baselines(summaries, method=method, noise=Noise(sigma2=sigma**2, df=1000))
        errors += [np.mean((made[str(p)].values - truth[p]) ** 2 / sigma**2) for p in range(n_plates)]
        factors += [np.mean(made[str(p)].variance_factor) for p in range(n_plates)]
    assert np.mean(factors) == pytest.approx(np.mean(errors), rel=0.12)


def test_hybrid_is_nearer_to_the_truth_than_the_plate_s_own_vehicles(world):
    rng = np.random.default_rng(9)
    plates, _ = world.plates_of(rng, n_plates=20, spread=0.3)
    factor = {m: np.mean(world.fitted(plates, m).of("p0").variance_factor) for m in ("hybrid", "vehicle_plate")}
    assert factor["hybrid"] < 0.7 * factor["vehicle_plate"]


def test_hybrid_follows_the_plate_s_vehicles_where_plates_truly_differ(world):
    plates, sigma = world.plates_of(np.random.default_rng(4), n_plates=30, spread=5.0)
    model = world.fitted(plates, "hybrid")
    assert np.median(model.spread) == pytest.approx(25, rel=0.2)
    own = plates[3].vehicles.mean(axis=0)
    assert np.abs((model.of("p3").values - own) / sigma).max() < 0.2


def test_z_of_wells_that_do_nothing_is_standard_normal(world):
    plates, _ = world.plates_of(np.random.default_rng(5))
    for method in METHODS:
        model = world.fitted(plates, method)
        sigma2 = pooled_variance(world.summarize(plates)).sigma2
        z = [
            combine(wells, sigma2=sigma2, shared=model.of(plate.name).shared_factor).z
            for plate, deltas in zip(plates, world.library_deltas(plates, model), strict=True)
            for wells in deltas
        ]
        assert np.std(z) == pytest.approx(1.0, abs=0.05), method


def test_vehicle_wells_left_out_do_not_enter_their_own_baseline(world):
    plates, _ = world.plates_of(np.random.default_rng(6), n_plates=3, n_vehicles=5)
    vehicles = plates[1].vehicles
    for method in METHODS:
        noise = pooled_variance(world.summarize(plates))
        model = fit_baselines(world.summarize(plates), method=method, noise=noise)
        made = model.of("p1", left_out=vehicles[:2]).values
        moved = [p.profiles.copy() for p in plates]
        plain = [p.vehicles for p in plates]
        if method == "vehicle_plate":
            expected = vehicles[2:].mean(axis=0)
        elif method == "vehicle_pooled":
            expected = np.vstack([plain[0], vehicles[2:], plain[2]]).mean(axis=0)
        elif method == "plate_center":
            expected = trim_mean(plates[1].library, 0.2, axis=0)
        else:
            # whatever the left-out wells measure, the baseline made without them is the same
            where = np.flatnonzero(np.array(plates[1].roles) == "vehicle")[:2]
            moved[1][where] = vehicles[2:].mean(axis=0)
            other = [
                summarize_plate(rows, plate=p.name, roles=p.roles, groups=p.groups)
                for rows, p in zip(moved, plates, strict=True)
            ]
            differences = [np.asarray(s.vehicle_mean) - np.asarray(s.center) for s in other]
            offset = model.shrink * np.mean(differences, axis=0)
            center, own = np.asarray(other[1].center), np.asarray(other[1].vehicle_mean)
            weight = model.spread / (model.spread + 1 / 3)
            expected = center + offset + weight * (own - center - offset)
        np.testing.assert_allclose(made, expected, atol=1e-12)


def test_contest_subtracts_nothing(world):
    plates, _ = world.plates_of(np.random.default_rng(7), n_plates=2, n_vehicles=0)
    made = baselines(world.summarize(plates), method="contest")["p1"]
    assert not made.values.any()
    assert (made.variance_factor, made.shared_factor) == (0.0, 0.0)


def test_a_plate_without_vehicles_is_named_with_the_way_out(world):
    rng = np.random.default_rng(8)
    plates = world.plates_of(rng, n_plates=2)[0] + world.plates_of(rng, n_plates=1, n_vehicles=0)[0]
    plates[2].name = "bare"
    summaries = world.summarize(plates)
    with pytest.raises(InputError, match=r"Plate bare has no usable vehicle well .*ask for 'hybrid'"):
        baselines(summaries, method="vehicle_plate")
    made = baselines(summaries, method="hybrid")
    assert "plate bare has no usable vehicle well" in made["bare"].note
    assert made["p0"].note == ""
    with pytest.raises(InputError, match="No vehicle well"):
        baselines(summaries[2:], method="vehicle_pooled")


def test_a_plate_without_enough_treatments_falls_back_to_its_vehicles_and_says_so(world):
    plates, _ = world.plates_of(np.random.default_rng(10), n_plates=2, n_compounds=9)
    made = baselines(world.summarize(plates))["p0"]
    np.testing.assert_allclose(made.values, plates[0].vehicles.mean(axis=0))
    assert (made.method, made.variance_factor) == ("hybrid", 0.125)
    assert "9 library treatments (a center needs 10)" in made.note
    vehicles_only = summarize_plate(plates[0].vehicles, plate="v", roles=["vehicle"] * 8, groups=[None] * 8)
    with pytest.raises(InputError, match=r"Plate v has no usable library well .*ask for 'vehicle_plate'"):
        baselines([vehicles_only], method="plate_center")
    empty = summarize_plate(plates[0].profiles[:2], plate="e", roles=["library"] * 2, groups=[1, 1])
    with pytest.raises(InputError, match="Plate e has 1 library treatments"):
        baselines([empty])


def test_one_plate_alone_says_what_it_cannot_tell(world):
    plates, sigma = world.plates_of(np.random.default_rng(11), n_plates=1, offset=1.0)
    model = world.fitted(plates, "hybrid")
    assert "only plate p0" in model.notes[0]
    moved = (model.of("p0").values - trimmed_mean(plates[0].library)) / sigma
    assert moved.mean() == pytest.approx(1.0, abs=0.2)  # a difference in all genes is no noise


def test_a_plate_full_of_active_compounds_is_compared_with_its_vehicles(world):
    rng = np.random.default_rng(12)
    effects = np.zeros((60, 400))
    effects[:30, :50] = 3.0
    plates, _ = world.plates_of(rng, n_plates=1, effects=effects)
    summaries = world.summarize(plates)
    own = plates[0].vehicles.mean(axis=0)
    told = baselines(summaries, active_share={"p0": 0.5})["p0"]
    untold = baselines(summaries)["p0"]
    np.testing.assert_allclose(told.values, own)
    assert np.mean(told.variance_factor) == pytest.approx(0.125)
    assert np.abs(untold.values - own).mean() > 0.05


def test_unknown_names_are_refused(world):
    plates, _ = world.plates_of(np.random.default_rng(13), n_plates=1)
    with pytest.raises(InputError, match="Unknown baseline 'mean'; expected one of hybrid"):
        baselines(world.summarize(plates), method="mean")
    model = world.fitted(plates, "vehicle_plate")
    with pytest.raises(InputError, match="No plate 'x'"):
        model.of("x")
    with pytest.raises(InputError, match="left_out has shape"):
        model.of("p0", left_out=[1.0])
    with pytest.raises(InputError, match="can't leave out 9"):
        model.of("p0", left_out=np.zeros((9, 400)))
