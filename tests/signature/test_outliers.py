"""Bad vehicle wells: found where planted, and hardly ever elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from vcpi.errors import InputError
from vcpi.signature.outliers import far_wells, vehicle_distances


def test_distance_by_a_plain_loop():
    rng = np.random.default_rng(0)
    rows, sigma2 = rng.standard_normal((6, 30)), rng.uniform(0.5, 2.0, 30)
    expected = []
    for well in range(6):
        total = 0.0
        for gene in range(30):
            others = sorted(rows[other, gene] for other in range(6) if other != well)
            total += (rows[well, gene] - others[2]) ** 2 / sigma2[gene]
        expected.append(total / 30)
    assert vehicle_distances(rows, sigma2=sigma2).tolist() == pytest.approx(expected)


def test_the_planted_wells_are_found_and_no_others():
    rng = np.random.default_rng(1)
    plates = [0.3 * rng.standard_normal((8, 500)) + rng.standard_normal(500) for _ in range(10)]
    plates[3][2, :100] += 0.9  # a fifth of the genes is off by three sigma
    plates[7][0] *= 1.0
    plates[7][5, 50:150] -= 0.9
    masks = far_wells([vehicle_distances(rows, sigma2=np.full(500, 0.09)) for rows in plates])
    found = {(plate, well) for plate, mask in enumerate(masks) for well in np.flatnonzero(mask).tolist()}
    assert found == {(3, 2), (7, 5)}


@pytest.mark.parametrize("n_plates", [1, 3, 40])
def test_wells_that_are_alike_stay(n_plates):
    rng = np.random.default_rng(2)
    depth = rng.uniform(0.85, 1.15, (n_plates, 8, 1))  # wells differ in depth, thus in noise
    plates = depth * rng.standard_normal((n_plates, 8, 400))
    masks = far_wells([vehicle_distances(rows, sigma2=np.ones(400)) for rows in plates])
    assert sum(mask.sum() for mask in masks) == 0


def test_a_plate_whose_vehicles_all_differ_is_not_emptied():
    usual = [np.ones(8) + 0.01 * np.arange(8) for _ in range(5)]
    masks = far_wells([*usual, np.full(8, 50.0)])
    assert not masks[-1].any()


def test_few_wells_cannot_tell():
    assert np.isnan(vehicle_distances(np.zeros((3, 4)), sigma2=np.ones(4))).all()
    assert not far_wells([np.array([1.0, 1.0, 1.0, 90.0])])[0].any()
    assert far_wells([]) == []
    with pytest.raises(InputError, match="sigma2"):
        vehicle_distances(np.zeros((4, 3)), sigma2=np.ones(4))
