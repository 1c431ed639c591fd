"""Quality read-outs against hand cases, thinned counts and the rule as it is written."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcpi.errors import InputError
from vcpi.signature.nulls import thin_counts
from vcpi.signature.quality import (
    Cutoffs,
    calibrated,
    edge_factor,
    expected_genes,
    geometric_mean,
    mitochondrial_z,
    rna_output,
    thinned_diversity,
    viability,
)


def test_expected_genes_is_the_mean_of_many_thinnings():
    rng = np.random.default_rng(0)
    counts = rng.negative_binomial(0.4, 0.02, 600)
    size = counts.sum()
    for share in (0.1, 0.5):
        thinned = thin_counts(np.tile(counts, (400, 1)), depth=share * size, rng=rng)
        seen = (thinned >= 3).sum(axis=1).mean()
        assert float(expected_genes(counts, [share * size])[0]) == pytest.approx(seen, rel=0.01)
    assert (
        float(expected_genes(counts, [size])[0]) == float(expected_genes(counts, [9 * size])[0]) == (counts >= 3).sum()
    )
    with pytest.raises(InputError, match="expected both above 0"):
        expected_genes([0, 0], [1.0])


def test_thinning_tells_a_shallow_well_from_a_poor_one():
    rng = np.random.default_rng(1)
    share = rng.dirichlet(np.full(3_000, 0.3))
    narrow = np.where(np.arange(3_000) % 2 == 0, share, 0.0)
    depths = [200_000] * 8 + [20_000, 200_000, 20_000]
    cells = [share] * 9 + [narrow / narrow.sum()] * 2
    counts = np.array([rng.multinomial(depth, cell) for depth, cell in zip(depths, cells, strict=True)])
    percent, depth = thinned_diversity(counts, [True] * 8 + [False] * 3)
    raw = 100 * (counts >= 3).sum(axis=1) / np.median((counts[:8] >= 3).sum(axis=1))
    assert raw[8] < 75  # a shallow well looks poor
    np.testing.assert_allclose(percent[:9], 100.0, atol=3.0)  # and is not
    assert (percent[9:] < 80).all()
    np.testing.assert_array_equal(depth, np.minimum(depths, 200_000))
    none, _ = thinned_diversity(counts, [False] * 11)
    assert np.isnan(none).all()


def test_rna_output_is_against_the_median_of_the_plate():
    np.testing.assert_allclose(rna_output([110.0, 55.0], [100.0, 110.0, 500.0]), [100.0, 50.0])
    assert np.isnan(rna_output([1.0], [])).all()
    assert geometric_mean([25.0, 100.0]) == pytest.approx(50.0)
    assert math.isnan(geometric_mean([math.nan, 100.0]))


def test_edge_wells_are_recognised_where_there_are_enough():
    rng = np.random.default_rng(2)
    edge = np.arange(300) % 4 == 0
    ratio = np.where(edge, 0.84, 1.0) * np.exp(rng.normal(0, 0.1, 300))
    assert edge_factor(ratio, edge) == pytest.approx(0.84, abs=0.03)
    assert edge_factor(ratio[:20], edge[:20]) == 1.0


def test_mitochondrial_z_of_vehicle_wells_is_standard_and_free_of_plates():
    rng = np.random.default_rng(3)
    plates = [f"p{at // 40}" for at in range(2_000)]
    level = np.repeat(rng.normal(-2.5, 0.5, 50), 40)  # plates differ a lot
    logit = level + 0.1 * rng.standard_normal(2_000)
    treated = np.arange(2_000) % 40 >= 30
    logit[treated] += 0.3
    vehicle = np.arange(2_000) % 40 < 16
    z = mitochondrial_z(1 / (1 + np.exp(-logit)), plates, vehicle)
    assert z[vehicle].std() == pytest.approx(1.0, abs=0.05)
    assert z[~vehicle & ~treated].std() == pytest.approx(1.0, abs=0.07)
    assert z[treated].mean() == pytest.approx(3.0 / math.sqrt(1 + math.pi / 2 / 15), abs=0.2)
    assert np.isnan(mitochondrial_z(np.zeros(8), ["p"] * 8, [True] * 8)).all()
    assert np.isnan(mitochondrial_z([0.1] * 3, ["p"] * 3, [True] * 3)).all()


@pytest.mark.parametrize(
    ("rna", "z", "call"),
    [  # the first three are the drugs of a hand-made report
        ([104.0, 104.0], [-0.80, -0.80], "non-toxic"),
        ([97.0, 97.0], [-0.39, -0.39], "non-toxic"),
        ([85.0, 85.0], [-0.86, -0.86], "mildly stressed"),
        ([100.0, 100.0], [2.5, 2.1], "mildly stressed"),
        ([100.0, 100.0], [-2.5, -2.1], "mildly stressed"),
        ([69.0, 60.0], [0.0, 0.0], "stressed"),
        ([45.0, 41.0], [0.0, 0.0], "stressed"),
        ([30.0, 45.0], [0.0, 0.0], "cytotoxic"),
        ([30.0, 95.0], [0.0, 0.0], "technical failure?"),
        ([30.0, 60.0], [0.0, 0.0], "stressed"),
        ([30.0], [0.0], "cytotoxic"),
        ([100.0, 90.0], [math.nan, math.nan], "non-toxic"),
        ([math.nan, 90.0], [0.0, 0.0], "unknown"),
        ([], [], "unknown"),
    ],
)
def test_viability_follows_the_rule(rna, z, call):
    assert viability(rna, z).call == call


def test_all_wells_as_low_as_staurosporine_are_cytotoxic():
    cutoffs = Cutoffs(cytotoxic_control=60.0)
    assert viability([55.0, 58.0], [0.0, 0.0], cutoffs=cutoffs).call == "cytotoxic"
    assert viability([55.0, 62.0], [0.0, 0.0], cutoffs=cutoffs).call == "stressed"
    assert "staurosporine" in viability([55.0, 58.0], [0.0, 0.0], cutoffs=cutoffs).reason


def test_cutoffs_follow_noisy_vehicle_wells_and_no_further():
    rng = np.random.default_rng(4)
    noisy = calibrated(vehicle_sets=100 * np.exp(rng.normal(0, 0.2, 500)), cytotoxic_wells=[90.0] * 8)
    assert noisy.mild < noisy.non_toxic < 80
    assert noisy.mild == pytest.approx(100 * math.exp(-2.326 * 0.2), rel=0.1)
    assert noisy.cytotoxic_control is None  # a control that keeps its RNA is no limit
    assert calibrated(vehicle_sets=[50.0] * 5) == Cutoffs()
    steady = calibrated(vehicle_sets=100 * np.exp(rng.normal(0, 0.02, 500)))
    assert (steady.non_toxic, steady.mild, steady.cytotoxic) == (90.0, 70.0, 40.0)


@given(st.lists(st.floats(1.0, 200.0), min_size=1, max_size=4), st.floats(1.0, 1.5))
def test_more_rna_in_every_well_is_never_a_worse_call(rna, factor):
    order = ["cytotoxic", "stressed", "technical failure?", "mildly stressed", "non-toxic"]
    z = [0.0] * len(rna)
    before, after = viability(rna, z).call, viability([factor * one for one in rna], z).call
    if "technical failure?" not in (before, after):
        assert order.index(after) >= order.index(before)
