"""Features against planted worlds in which reliable genes, noise directions, plate errors and stress are known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from vcpi.errors import InputError
from vcpi.signature.centering import plate_offsets
from vcpi.signature.directions import components, noise_directions, stress_direction
from vcpi.signature.features import FeatureModel, fit_features, gene_reliability

N_GENES, N_MECHANISMS = 600, 6


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def screen(seed, *, n_active=120, n_inactive=240, stress=8.0):
    """Signatures with six sparse mechanisms, a stress direction of varying load, and a marker of that load."""
    rng = np.random.default_rng(seed)
    mechanism = np.arange(n_active) % N_MECHANISMS
    effects = np.where(rng.random((N_MECHANISMS, N_GENES)) < 0.1, rng.normal(0, 1.5, (N_MECHANISMS, N_GENES)), 0.0)
    direction = unit(np.where(rng.random((1, N_GENES)) < 0.3, rng.normal(size=(1, N_GENES)), 0.0))[0]
    load = rng.gamma(1.2, 1.0, n_active)
    z = rng.standard_normal((n_active + n_inactive, N_GENES))
    z[:n_active] += effects[mechanism] + stress * load[:, None] * direction
    active = np.arange(len(z)) < n_active
    marker = np.zeros(len(z))
    marker[:n_active] = -load + 0.3 * rng.standard_normal(n_active)  # RNA falls with the load
    return z, active, mechanism, direction, load, marker


def precision_at_5(features, mechanism):
    rows = unit(features[: len(mechanism)])
    scores = rows @ unit(features).T
    scores[np.arange(len(rows)), np.arange(len(rows))] = -9
    top = np.argsort(-scores, axis=1)[:, :5]
    labels = np.concatenate([mechanism, np.full(len(features) - len(mechanism), -1)])
    return (labels[top] == mechanism[:, None]).mean()


def test_stress_direction_is_found_and_taken_out():
    z, active, _, direction, load, marker = screen(1)
    model = fit_features(z, active=active, rna_output=marker, sphering=False, weigh_genes=False)
    features, stress = model.transform(z)
    assert abs(model.stress[0] @ direction) > 0.95
    assert np.corrcoef(stress[active], load)[0, 1] > 0.97
    assert stress[~active].std() == pytest.approx(1.0, abs=0.15)
    left = np.abs(np.corrcoef(features[active] @ direction, load)[0, 1])
    assert left < 0.5 * np.corrcoef(z[active] @ direction, load)[0, 1]
    np.testing.assert_allclose(features @ model.stress[0], 0.0, atol=1e-3)


def test_stress_removal_finds_mechanisms_that_stress_hides():
    z, active, mechanism, _, _, marker = screen(2)
    options = {"active": active, "rna_output": marker, "sphering": False}
    without, _ = fit_features(z, remove_stress=False, **options).transform(z)
    with_removal, _ = fit_features(z, **options).transform(z)
    assert precision_at_5(with_removal, mechanism) > precision_at_5(without, mechanism) + 0.1


def test_first_component_stands_in_where_no_marker_is_known():
    z, active, _, direction, _, _ = screen(3)
    model = fit_features(z, active=active)
    assert model.settings["stress"] == "first component"
    assert model.stress[0] @ direction > 0.9  # points to more stress


def test_no_direction_is_taken_out_without_a_sign_of_stress():
    z, active, _, _, _, _ = screen(4, stress=0.0)
    model = fit_features(z, active=active, mt_share=np.random.default_rng(0).standard_normal(len(z)))
    assert len(model.stress) == 0
    assert any("no stress direction" in note for note in model.notes)
    assert np.isnan(model.transform(z)[1]).all()


def test_a_mechanism_is_not_mistaken_for_stress():
    z, active, mechanism, direction, _, marker = screen(5)
    model = fit_features(z, active=active, rna_output=marker, sphering=False)
    means = np.array([z[: len(mechanism)][mechanism == one].mean(axis=0) for one in range(N_MECHANISMS)])
    means -= np.outer(means @ direction, direction)
    assert np.abs(unit(means) @ model.stress[0]).max() < 0.35


def test_genes_weigh_by_the_root_of_their_reliability():
    rng = np.random.default_rng(6)
    spread = np.repeat([1.0, 2.0, 4.0], 200)
    z = rng.standard_normal((2000, N_GENES)) * spread
    reliability = fit_features(z, active=np.ones(2000, dtype=bool), remove_stress=False).reliability
    means = reliability.reshape(3, 200).mean(axis=1)
    np.testing.assert_allclose(means[1:], [0.75, 0.9375], atol=0.02)  # 1 - 1/4, 1 - 1/16
    assert means[0] < 0.03
    np.testing.assert_allclose(gene_reliability(z).reshape(3, 200).mean(axis=1), [0.01, 0.75, 0.9375], atol=0.02)


def test_most_reliable_genes_are_kept_in_order():
    z, active, _, _, _, _ = screen(7)
    z[active, 17] += 30.0 * np.resize([1, -1], active.sum())
    model = fit_features(z, active=active, max_genes=50)
    assert len(model.genes) == 50
    assert 17 in model.genes
    assert (np.diff(model.genes) > 0).all()
    assert model.transform(z)[0].shape == (len(z), 50)


@pytest.mark.parametrize("n", [300, 1200])
def test_noise_directions_recover_a_planted_spike(n):
    rng = np.random.default_rng(n)
    direction = unit(rng.standard_normal((1, N_GENES)))[0]
    noise = rng.standard_normal((n, N_GENES)) + np.outer(np.sqrt(24.0) * rng.standard_normal(n), direction)
    basis, gain = noise_directions(noise)
    assert abs(basis[0] @ direction) > 0.93
    assert gain[0] == pytest.approx(1 / 5, rel=0.15)  # its variance is 25
    np.testing.assert_allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-4)


@pytest.mark.parametrize("n", [100, 600, 2000])
def test_white_noise_has_no_directions(n):
    basis, gain = noise_directions(np.random.default_rng(n).standard_normal((n, N_GENES)))
    assert basis.shape == (0, N_GENES)
    assert gain.shape == (0,)


def test_components_equal_those_of_a_singular_value_decomposition():
    rows = np.random.default_rng(8).standard_normal((40, 25)).astype(np.float32)
    for some in (rows, rows.T.copy()):
        values, vectors = components(some, 5)
        _, singular, right = np.linalg.svd(some.astype(np.float64), full_matrices=False)
        np.testing.assert_allclose(values, singular[:5] ** 2 / len(some), rtol=1e-4)
        np.testing.assert_allclose(np.abs(np.einsum("ij,ij->i", vectors, right[:5])), 1.0, atol=1e-3)


def test_sphering_shrinks_what_replicates_differ_by():
    rng = np.random.default_rng(9)
    z, active, _, _, _, marker = screen(9)
    technical = unit(rng.standard_normal((1, N_GENES)))[0]
    noise = rng.standard_normal((400, N_GENES)) + np.outer(5 * rng.standard_normal(400), technical)
    z += np.outer(5 * rng.standard_normal(len(z)), technical)
    spread = {}
    for on in (True, False):
        model = fit_features(z, active=active, null_z=noise, rna_output=marker, sphering=on, weigh_genes=False)
        spread[on] = (model.transform(z)[0] @ technical)[~active].std()
    assert spread[False] > 4.0
    assert spread[True] < 1.5


def test_a_stored_model_transforms_bit_for_bit():
    z, active, _, _, _, marker = screen(10)
    noise = np.random.default_rng(10).standard_normal((200, N_GENES))
    model = fit_features(z, active=active, null_z=noise, rna_output=marker, max_genes=300)
    again = FeatureModel.from_arrays(model.arrays(), json.loads(json.dumps(model.settings)))
    for before, after in zip(model.transform(z), again.transform(z), strict=True):
        np.testing.assert_array_equal(before, after)
    same = fit_features(z, active=active, null_z=noise, rna_output=marker, max_genes=300)
    np.testing.assert_array_equal(same.stress, model.stress)
    with pytest.raises(InputError, match="build them again"):
        FeatureModel.from_arrays(model.arrays(), {**model.settings, "format": 99})


def test_an_outside_signature_may_lack_genes():
    z, active, _, _, _, marker = screen(11)
    model = fit_features(z, active=active, rna_output=marker)
    some = z[0].copy()
    some[::2] = np.nan
    features, _ = model.transform(some)
    expected, _ = model.transform(np.where(np.isnan(some), 0.0, some))
    np.testing.assert_array_equal(features, expected)
    assert features.shape == (1, N_GENES)
    assert features.dtype == np.float32
    assert np.isnan(some).sum() == N_GENES // 2  # untouched


def test_few_active_signatures_are_said():
    z, active, _, _, _, _ = screen(12, n_active=6)
    model = fit_features(z, active=active)
    assert any("6 active signatures" in note for note in model.notes)
    assert set(model.reliability.tolist()) == {1.0}
    assert len(model.stress) == 0


def test_input_that_does_not_fit_is_refused():
    z, active, _, _, _, _ = screen(13)
    model = fit_features(z, active=active)
    with pytest.raises(InputError, match="expected"):
        model.transform(z[:, :-1])
    with pytest.raises(InputError, match="infinity"):
        model.transform(np.full(N_GENES, np.inf))
    with pytest.raises(InputError, match="NaN"):
        fit_features(np.where(z > 3, np.nan, z), active=active)
    with pytest.raises(InputError, match="expected"):
        fit_features(z, active=active[:-1])
    with pytest.raises(InputError, match="null_z"):
        fit_features(z, active=active, null_z=z[:, :3])


def test_stress_markers_with_holes_still_count():
    z, active, _, direction, _, marker = screen(14)
    marker = np.where(np.arange(len(marker)) % 3 == 0, np.nan, marker)
    found, how = stress_direction(z[active].astype(np.float32), [-marker[active]])
    assert how == "markers"
    assert found[0] @ direction > 0.9


def plates_with_errors(seed):
    """Four plates of 60 inactive and 20 strong signatures, each plate with an error of its own."""
    rng = np.random.default_rng(seed)
    plates = [f"p{plate}" for plate in range(4) for _ in range(80)]
    strong = np.resize([True] * 20 + [False] * 60, 320)
    error = {plate: 0.3 * rng.standard_normal(N_GENES) for plate in set(plates)}
    z = rng.standard_normal((320, N_GENES)) + np.array([error[plate] for plate in plates])
    z[strong] += 3.0
    return z, plates, np.where(strong, 5.0, rng.uniform(0, 0.2, 320)), error


def test_plate_offsets_are_the_error_of_the_baseline():
    z, plates, strength, error = plates_with_errors(15)
    offsets = plate_offsets(z, plates=plates, strength=strength)
    left = offsets.remove(z, plates)
    quiet = strength < 1
    rows, labels = unit(left[quiet]), np.array(plates)[quiet]
    mates = (labels[:, None] == labels) & ~np.eye(len(labels), dtype=bool)
    before = unit(z[quiet]) @ unit(z[quiet]).T
    assert before[mates].mean() > 0.07
    assert abs((rows @ rows.T)[mates].mean()) < 0.03
    for plate, truth in error.items():  # the strong fifth, at 3 in every gene, hardly counts
        assert np.abs(np.sqrt(2.0) * offsets.values[plate] - truth).mean() < 0.2


def test_offsets_follow_the_number_of_wells():
    rng = np.random.default_rng(16)
    wells = np.resize([1, 2, 4], 300)
    shared = rng.standard_normal(N_GENES)
    z = np.sqrt(wells)[:, None] * shared + 0.01 * rng.standard_normal((300, N_GENES))
    offsets = plate_offsets(z, plates=["p"] * 300, strength=np.ones(300), n_wells=wells)
    np.testing.assert_allclose(offsets.remove(z, ["p"] * 300, n_wells=wells), 0.0, atol=0.1)


def test_offsets_of_several_plates_none_and_small_ones():
    z, plates, strength, _ = plates_with_errors(17)
    plates[0], plates[1] = "tiny", None
    offsets = plate_offsets(z, plates=plates, strength=strength)
    assert any("tiny" in note for note in offsets.notes)
    row = offsets.remove(np.zeros((3, N_GENES)), [("p1", "p2"), "tiny", None], n_wells=1)
    np.testing.assert_allclose(row[0], -(offsets.values["p1"] + offsets.values["p2"]) / 2, rtol=1e-5)
    np.testing.assert_array_equal(row[1:], 0.0)
    with pytest.raises(InputError, match="expected"):
        offsets.remove(z[:, :5], plates)
