"""How well p_noise is known: intervals from drawing the plates of the null anew, on noise of known make."""

import numpy as np
import pytest

from vcpi.signature.nullmodel import NullModel, fit_null_model, resampled_columns, unit_rows

N_PLATES, PER_PLATE, D = 8, 30, 60


def noise(plate_sd, *, seed, n=PER_PLATE * N_PLATES):
    """Profiles of noise; a plate may have a direction of its own along which its profiles spread."""
    rng = np.random.default_rng(seed)
    plates = [f"p{place % N_PLATES}" for place in range(n)]
    shared = rng.normal(size=D) / np.sqrt(D)
    spread = np.exp(plate_sd * rng.normal(size=N_PLATES))
    rows = rng.normal(size=(n, D))
    rows += (
        np.array([spread[place % N_PLATES] - 1 for place in range(n)])[:, None] * rng.normal(size=(n, 1)) * shared * 4
    )
    return rows, plates


def fitted(plate_sd, *, seed=3):
    features, plates = noise(plate_sd, seed=seed)
    null, null_plates = noise(plate_sd, seed=seed + 100)
    model = fit_null_model(
        features,
        plates=plates,
        members=[(f"s{i}",) for i in range(len(features))],
        null_features=null,
        null_plates=null_plates,
        null_members=[(f"n{i}",) for i in range(len(null))],
    )
    return model, features, plates, null, null_plates


def interval(model, features, plates, null, null_plates, *, row=0, **options):
    unit, rows = unit_rows(features), np.arange(1, 200)
    same = np.array([plates[at] == plates[row] for at in rows])
    found = model.p_interval(
        unit[rows] @ unit[row],
        null_scores=unit_rows(null) @ unit[row],
        null_plates=null_plates,
        null_same_plate=np.array([plate == plates[row] for plate in null_plates]),
        rows=rows,
        same_plate=same,
        **options,
    )
    p = model.p_noise(unit[rows] @ unit[row], query=model.scale_at(row), rows=rows, same_plate=same, **options)
    return p, found


@pytest.mark.parametrize("reverse", [False, True])
def test_the_interval_holds_p_and_stays_in_range(reverse):
    p, (low, high) = interval(*fitted(0.3), reverse=reverse)
    assert (low <= high).all()
    assert low.min() > 0
    assert high.max() <= 1
    assert ((low * 0.8 <= p) & (p <= high * 1.25)).mean() > 0.9  # p is of the null as it is, not of any drawing


def test_plates_that_differ_make_p_less_certain():
    def width(plate_sd):
        p, (low, high) = interval(*fitted(plate_sd))
        small = p < 0.2
        return np.log(high[small] / low[small]).mean()

    assert width(1.2) > 1.5 * width(0.0)


def test_the_same_question_has_the_same_interval_and_it_is_stored():
    model, *rest = fitted(0.5)
    again = NullModel.from_arrays(model.arrays(), model.settings())
    for one, other in zip(interval(model, *rest)[1], interval(again, *rest)[1], strict=True):
        assert np.array_equal(one, other)


def test_two_plates_give_no_interval():
    features, _ = noise(0.0, seed=1)
    null, _ = noise(0.0, seed=2)
    two = [f"p{i % 2}" for i in range(len(features))]
    model = fit_null_model(
        features, plates=two, members=[(i,) for i in range(len(features))],
        null_features=null, null_plates=two, null_members=[(-i - 1,) for i in range(len(null))],
    )  # fmt: skip
    assert interval(model, features, two, null, two)[1] is None


def test_drawings_take_whole_plates_with_replacement():
    plates = [f"p{i % 5}" for i in range(40)] + [None]
    draws = resampled_columns(plates, n=200)
    counts = np.zeros(5)
    for columns in draws:
        names, times = np.unique([plates[i] for i in columns.tolist() if plates[i]], return_counts=True)
        assert (times % 8 == 0).all()  # a plate comes whole
        assert times.sum() == 40
        assert 40 in columns  # what has no plate stays
        for name, n in zip(names, times // 8, strict=True):
            counts[int(name[1])] += n
    assert counts.sum() == 1000
    assert np.abs(counts - 200).max() < 5 * np.sqrt(1000 * 0.2 * 0.8)
