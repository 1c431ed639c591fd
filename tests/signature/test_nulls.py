"""Null profiles have the variance and the independence of compounds that do nothing."""

from __future__ import annotations

import numpy as np
import pytest

from vcpi.errors import InputError
from vcpi.signature.centering import plate_offsets
from vcpi.signature.contrast import combine, contrast
from vcpi.signature.nulls import (
    inactive_pairs,
    members_of,
    replicate_differences,
    stack_nulls,
    thin_counts,
    unrelated_scores,
    vehicle_nulls,
)
from vcpi.signature.variance import pooled_variance

METHODS = ["hybrid", "vehicle_plate", "plate_center"]


def cosines(rows):
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return rows @ rows.T


@pytest.mark.parametrize("method", METHODS)
def test_vehicle_nulls_have_the_variance_of_inactive_compounds(world, method):
    plates, _ = world.plates_of(np.random.default_rng(1))
    model = world.fitted(plates, method)
    sigma2 = pooled_variance(world.summarize(plates)).sigma2
    null = np.concatenate([vehicle_nulls(p.vehicles, plate=p.name, model=model, sigma2=sigma2).z for p in plates])
    compounds = []
    for plate, deltas in zip(plates, world.library_deltas(plates, model), strict=True):
        shared = model.of(plate.name).shared_factor
        compounds += [combine(pair, sigma2=sigma2, shared=shared).z for pair in deltas]
    assert null.shape[0] == 28 * len(plates)
    assert np.mean(null**2) == pytest.approx(np.mean(np.square(compounds)), abs=0.06)
    assert np.mean(null**2) == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("method", METHODS)
def test_centered_vehicle_nulls_hold_none_of_their_own_wells_once_the_offset_is_off(world, method):
    """Disjoint pairs of vehicle wells of a plate have nothing in common but the small error of its center."""
    plates, _ = world.plates_of(np.random.default_rng(2), n_compounds=80)
    model = world.fitted(plates, method)
    sigma2 = pooled_variance(world.summarize(plates)).sigma2
    z, labels, wells = [], [], {}
    for plate, deltas in zip(plates, world.library_deltas(plates, model), strict=True):
        shared = model.of(plate.name).shared_factor
        z += [combine(pair, sigma2=sigma2, shared=shared).z for pair in deltas]
        labels += [plate.name] * len(deltas)
        wells[plate.name] = 1.0 / (0.5 + float(np.mean(shared)))
    offsets = plate_offsets(
        z, plates=labels, strength=np.ones(len(z)), n_wells=np.array([wells[name] for name in labels])
    )
    disjoint, variance, agreement = [], [], []
    for plate in plates:
        null = vehicle_nulls(plate.vehicles, plate=plate.name, model=model, sigma2=sigma2, centered=True, halves=True)
        rows = offsets.remove(null.z, [plate.name] * len(null.z), n_wells=wells[plate.name])
        scores = cosines(rows)
        disjoint += [
            scores[a, b] for a in range(len(rows)) for b in range(a) if not set(null.wells[a]) & set(null.wells[b])
        ]
        variance.append(np.mean(rows**2))
        one = 1.0 / (1.0 + 1.0 / wells[plate.name] - 0.5)
        for pair in null.halves:
            agreement.append(cosines(offsets.remove(pair, [plate.name] * 2, n_wells=one))[0, 1])
    assert abs(np.mean(disjoint)) < 0.03
    assert abs(np.mean(agreement)) < 0.03
    library = offsets.remove(z, labels, n_wells=np.array([wells[name] for name in labels]))
    assert np.mean(variance) == pytest.approx(np.mean(library**2), abs=0.05)


def test_replicate_differences_hold_noise_and_nothing_else(world):
    rng = np.random.default_rng(3)
    effects = 5.0 * rng.standard_normal((60, 400))
    plates, sigma = world.plates_of(rng, effects=effects)
    null = [replicate_differences(p.profiles, plate=p.name, groups=p.groups, sigma2=sigma**2).z for p in plates]
    rows = np.concatenate(null)
    assert rows.shape == (12 * 60, 400)
    assert np.mean(rows**2) == pytest.approx(1.0, abs=0.01)
    assert np.abs(cosines(rows)[np.triu_indices(len(rows), 1)]).max() < 0.35  # 6 sigma would be 0.3
    aligned = np.concatenate([cosines(np.vstack([one, effects]))[:60, 60:].diagonal() for one in null])
    assert abs(aligned.mean()) < 0.01


def test_replicate_differences_skip_what_was_measured_once():
    null = replicate_differences(
        [[1.0, 0.0], [3.0, 0.0], [9.0, 9.0], [5.0, 2.0]], plate="p", groups=["a", None, "b", "a"], sigma2=[0.5, 2.0]
    )
    assert null.wells == ((0, 3),)
    assert null.z.tolist() == [[-4.0, -1.0]]


def test_inactive_pairs_combine_different_compounds_once(world):
    plates, _ = world.plates_of(np.random.default_rng(4))
    model = world.fitted(plates, "hybrid")
    sigma2 = pooled_variance(world.summarize(plates)).sigma2
    plate = plates[0]
    groups = plate.groups[:120]
    inactive = np.array([group < 40 for group in groups])
    null = inactive_pairs(
        plate.library,
        plate=plate.name,
        groups=groups,
        inactive=inactive,
        model=model,
        sigma2=sigma2,
        rng=np.random.default_rng(5),
    )
    used = [groups[well] for wells in null.wells for well in wells]
    assert len(null.wells) == 20
    assert sorted(used) == list(range(40))
    assert np.mean(null.z**2) == pytest.approx(1.0, abs=0.1)
    first = contrast(plate.library[list(null.wells[0])], model.of(plate.name))
    expected = combine(first, sigma2=sigma2, shared=model.of(plate.name).shared_factor).z
    np.testing.assert_allclose(null.z[0], expected, rtol=1e-5)


def test_too_few_vehicle_wells_give_no_profiles(world):
    plates, sigma = world.plates_of(np.random.default_rng(6), n_vehicles=2)
    null = vehicle_nulls(plates[0].vehicles, plate="p0", model=world.fitted(plates, "vehicle_plate"), sigma2=sigma**2)
    assert null.z.shape == (0, 400)
    assert null.wells == ()


def test_stacked_nulls_name_their_wells():
    parts = [
        replicate_differences(np.eye(4), plate=plate, groups=["a", "a", "b", "b"], sigma2=np.ones(4))
        for plate in ("p", "q")
    ]
    z, plates, kinds = stack_nulls(parts)
    names = {"replicate difference|p": "wxyz", "replicate difference|q": "WXYZ"}
    assert z.shape == (4, 4)
    assert plates == ["p", "p", "q", "q"]
    assert set(kinds) == {"replicate difference"}
    assert members_of(parts, names) == [("w", "x"), ("y", "z"), ("W", "X"), ("Y", "Z")]
    with pytest.raises(InputError, match="No null"):
        stack_nulls([])


def test_thinning_keeps_reads_at_random():
    rng = np.random.default_rng(7)
    counts = np.vstack([rng.poisson(200, 500), rng.poisson(2, 500)])
    thin = thin_counts(counts, depth=20_000, rng=rng)
    assert thin[0].sum() == pytest.approx(20_000, rel=0.03)
    np.testing.assert_array_equal(thin[1], counts[1])  # not deep enough to thin
    assert (thin <= counts).all()
    share = 20_000 / counts[0].sum()
    spread = ((thin[0] - counts[0] * share) ** 2).mean()
    assert spread == pytest.approx(200 * share * (1 - share), rel=0.3)  # binomial
    with pytest.raises(InputError, match="whole numbers"):
        thin_counts([[0.5]], depth=10, rng=rng)


def test_unrelated_compounds_stand_in_for_vehicle_wells():
    related = np.zeros(80, dtype=bool)
    related[:10] = True
    values, note = unrelated_scores(np.arange(80.0), related=related)
    assert values.tolist() == list(range(10, 80))
    assert "70 unrelated compounds" in note
    with pytest.raises(InputError, match="expected 100"):
        unrelated_scores(np.arange(80.0), related=related, minimum=100)
