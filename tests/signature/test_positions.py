"""Position effects: planted ones are found again, and none are found where none were planted."""

from __future__ import annotations

import numpy as np
import pytest

from vcpi.errors import InputError
from vcpi.signature.positions import PositionSums

ROWS, COLUMNS = 16, 24
WELLS = [
    (row, column, row in {1, ROWS} or column in {1, COLUMNS})
    for row in range(1, ROWS + 1)
    for column in range(1, COLUMNS + 1)
]


def fitted(rng, *, n_plates=4, n_wells=180, n_genes=500, effect=None, sigma=None):
    """Fit plates whose quiet wells lie anywhere; ``effect`` of shape (n_places, n_genes)."""
    sigma = np.full(n_genes, 0.4) if sigma is None else sigma
    sums = PositionSums(sigma**2)
    for _ in range(n_plates):
        at = rng.permutation(len(WELLS))[:n_wells]
        rows = sigma * rng.standard_normal((n_wells, n_genes)) + rng.standard_normal(n_genes)  # the plate's own error
        sums.add(rows if effect is None else rows + effect[at], [WELLS[place] for place in at])
    return sums.fit()


def centered(effect):
    return effect - effect.mean(axis=0)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_found_where_nothing_is(seed):
    effects = fitted(np.random.default_rng(seed))
    assert effects.n_wells == 720
    # a plain mean of the wells of a row would be off by 0.4 / sqrt(45) = 0.06
    assert np.sqrt(np.mean(effects.of(WELLS) ** 2)) < 0.004


def test_genes_that_vary_together_are_not_taken_for_places():
    rng = np.random.default_rng(3)
    loads = rng.standard_normal((3, 500))
    sums = PositionSums(np.full(500, 0.4**2 + 0.1**2 * 3))
    for _ in range(4):
        at = rng.permutation(len(WELLS))[:180]
        rows = 0.4 * rng.standard_normal((180, 500)) + 0.1 * rng.standard_normal((180, 3)) @ loads
        sums.add(rows, [WELLS[place] for place in at])
    assert np.sqrt(np.mean(sums.fit().of(WELLS) ** 2)) < 0.01


@pytest.mark.parametrize("kind", ["edge", "row", "column"])
def test_planted_effects_are_found_again(kind):
    rng = np.random.default_rng(5)
    key = {"edge": 2, "row": 0, "column": 1}[kind]
    levels = {level: 0.25 * rng.standard_normal(500) for level in {well[key] for well in WELLS}}
    planted = np.array([levels[well[key]] for well in WELLS])
    effects = fitted(rng, effect=planted)
    found, true = centered(effects.of(WELLS)), centered(planted)
    assert np.mean((found - true) ** 2) < 0.15 * np.mean(true**2)
    assert max(effects.shares, key=effects.shares.get) == kind
    # shrunken estimates err less than plain means of the same wells do
    plain = 0.4**2 * (2 / 720 if kind == "edge" else len(levels) / 720)
    assert np.mean((found - true) ** 2) < 1.3 * plain


def test_weak_effects_of_few_genes_are_shrunken_but_helpful():
    rng = np.random.default_rng(6)
    edge = np.where(rng.random(500) < 0.15, 0.15 * rng.standard_normal(500), 0.0)
    planted = np.array([edge * well[2] for well in WELLS])
    effects = fitted(rng, n_plates=6, effect=planted)
    true = centered(planted)
    assert np.mean((true - centered(effects.of(WELLS))) ** 2) < 0.6 * np.mean(true**2)
    assert 0 < effects.shares["edge"] < 1


def test_one_bad_well_is_no_place():
    rng = np.random.default_rng(7)
    planted = np.zeros((len(WELLS), 500))
    planted[100] = 8.0
    effects = fitted(rng, effect=planted)
    assert np.abs(effects.of(WELLS)).max() < 0.35


def test_a_place_without_quiet_wells_or_not_known_is_left_alone():
    rng = np.random.default_rng(8)
    sums = PositionSums(np.ones(40))
    places = [(1 + at % 4, 1 + at // 4 % 6, False) for at in range(240)]
    rows = rng.standard_normal((240, 40))
    rows += np.array([2.0 * (place[0] == 1) for place in places])[:, np.newaxis]
    sums.add(rows, places)
    effects = sums.fit()
    known, unknown, strange = effects.of([(1, 1, False), None, (9, 30, False)])
    assert known.mean() == pytest.approx(1.5, abs=0.1)  # 2 less the mean over four rows
    assert not unknown.any()
    assert not strange.any()


def test_too_few_wells_are_said():
    effects = fitted(np.random.default_rng(9), n_plates=1, n_wells=99)
    assert "99 quiet wells" in effects.note
    assert effects.is_zero


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="2 places"):
        PositionSums(np.ones(3)).add(np.zeros((1, 3)), [(1, 1, False), (1, 2, False)])
