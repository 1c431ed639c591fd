"""Leakage, null world, doses, structure and stability: slow judges and cases with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from vcpi.database.pairs import pairs_alike
from vcpi.errors import InputError
from vcpi.evaluate.baselines import baseline_scores
from vcpi.evaluate.dose import dose_consistency, spearman
from vcpi.evaluate.leakage import plate_leakage
from vcpi.evaluate.nullworld import judge_null, ks_uniform, mean_pair_cosines, significant_neighbours, uniformity
from vcpi.evaluate.precision import benjamini_hochberg
from vcpi.evaluate.scores import cosine_scores, random_scores
from vcpi.evaluate.stability import neighbour_stability
from vcpi.evaluate.structure_link import all_alike, auroc, similar_pairs, structure_link


def test_leakage_agrees_with_slow_counting() -> None:
    rng = np.random.default_rng(0)
    n = 60
    where = rng.integers(0, 4, n)
    features = rng.standard_normal((n, 8)) + 1.5 * rng.standard_normal((4, 8))[where]
    compounds = np.arange(n)
    compounds[1] = 0
    found = plate_leakage(
        cosine_scores(features), compound_ids=compounds, plates=[(str(p),) for p in where], k=10, n_votes=5
    )
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    shares, chances, right = [], [], []
    for q in range(n):
        order = sorted((-float(unit[q] @ unit[r]), r) for r in range(n) if compounds[r] != compounds[q])
        shares.append(np.mean([where[r] == where[q] for _, r in order[:10]]))
        chances.append(np.mean([where[r] == where[q] for _, r in order]))
        votes = [where[r] for _, r in order[:5]]
        most = max(votes.count(p) for p in votes)
        right.append(next(p for p in votes if votes.count(p) == most) == where[q])
    assert found.same_plate == pytest.approx(np.mean(shares), abs=1e-9)
    assert found.chance == pytest.approx(np.mean(chances), abs=1e-6)
    assert found.accuracy == pytest.approx(np.mean(right), abs=1e-9)
    assert found.ratio > 1.5
    assert found.n_plates == 4


def test_leakage_of_random_scores_is_chance() -> None:
    plates = [(str(i % 8),) for i in range(400)]
    found = plate_leakage(random_scores(400), compound_ids=np.arange(400), plates=plates, k=50)
    assert found.ratio == pytest.approx(1.0, abs=0.08)
    assert found.accuracy == pytest.approx(1 / 8, abs=0.05)
    assert found.accuracy_by_chance == pytest.approx(1 / 8, abs=0.01)
    one = plate_leakage(random_scores(5), compound_ids=np.arange(5), plates=[("a",)] * 5)
    assert one.n_queries == 0


@pytest.mark.parametrize("n", [5, 20, 100, 1000])
@pytest.mark.parametrize("power", [1.0, 1.15, 0.8])
def test_ks_agrees_with_scipy(n, power) -> None:
    values = np.random.default_rng(n).random(n) ** power
    statistic, p = ks_uniform(values)
    expected = stats.kstest(values, "uniform")
    assert statistic == pytest.approx(expected.statistic, abs=1e-12)
    assert p == pytest.approx(expected.pvalue, rel=0.03, abs=0.01)


def test_ks_refuses_what_is_no_p_value() -> None:
    with pytest.raises(InputError, match="expected 0 to 1"):
        ks_uniform([0.5, 1.2])
    assert np.isnan(ks_uniform([])[0])


def test_uniform_p_values_pass_and_others_do_not() -> None:
    rng = np.random.default_rng(1)
    flat = rng.random((300, 200))
    flat[:, 7] = np.nan
    good = uniformity(lambda rows: flat[rows], n_queries=300)
    assert good.ks_p > 0.01
    assert good.n_values == 300 * 199
    assert dict(good.levels)[0.05] == pytest.approx(0.05, abs=0.004)
    assert sum(good.histogram) == pytest.approx(1.0)
    bad = uniformity(lambda rows: flat[rows] ** 2, n_queries=300)
    assert bad.ks_p < 1e-6
    assert dict(bad.levels)[0.05] == pytest.approx(np.sqrt(0.05), abs=0.01)


def test_significant_neighbours_agree_with_scipy() -> None:
    rng = np.random.default_rng(2)
    p = rng.random((80, 50))
    p[:20, 3] = 1e-5
    found = significant_neighbours(lambda rows: p[rows], np.arange(80))
    expected = np.mean([(stats.false_discovery_control(row) < 0.05).any() for row in p])
    assert found.share == expected
    assert 0.25 <= found.share < 0.4


def test_pair_cosines_agree_with_all_pairs() -> None:
    rng = np.random.default_rng(3)
    features = rng.standard_normal((40, 6))
    plates = [(str(i % 3),) for i in range(40)]
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    same, other = [], []
    for a in range(40):
        for b in range(a):
            (same if plates[a] == plates[b] else other).append(unit[a] @ unit[b])
    assert mean_pair_cosines(features, plates) == pytest.approx((np.mean(same), np.mean(other)), abs=1e-6)


def test_a_shared_baseline_shows_in_the_null_cosine() -> None:
    """Eight vehicle wells subtracted from all wells of a plate: two inactive ones correlate at 1/9."""
    rng = np.random.default_rng(4)
    wells = rng.standard_normal((60, 4000)).reshape(3, 20, 4000) - rng.standard_normal((3, 1, 4000)) / np.sqrt(8)
    same, other = mean_pair_cosines(wells.reshape(60, -1), [(str(p),) for p in np.repeat(range(3), 20)])
    assert same == pytest.approx(1 / 9, abs=0.01)
    assert other == pytest.approx(0.0, abs=0.01)


def dose_series(seed: int = 5, n_compounds: int = 30):
    rng = np.random.default_rng(seed)
    doses = np.array([0.1, 1.0, 10.0])
    direction = rng.standard_normal((n_compounds, 40))
    rows = [(c, d, direction[c] * d / 10 + 0.3 * rng.standard_normal(40)) for c in range(n_compounds) for d in doses]
    compounds = np.array([c for c, _, _ in rows])
    return (
        np.array([x for _, _, x in rows]), compounds, np.array([d for _, d, _ in rows]),
        [(f"p{c % 2}",) for c in compounds],
    )  # fmt: skip


def test_doses_agree_with_slow_ranking() -> None:
    features, compounds, doses, plates = dose_series()
    strength = np.linalg.norm(features, axis=1)
    found = dose_consistency(features, compound_ids=compounds, doses_um=doses, plates=plates, strength=strength)
    assert [(step.low_um, step.high_um) for step in found.steps] == [(1.0, 10.0), (0.1, 1.0)]
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    for step in found.steps:
        ranks = []
        for c in range(30):
            low = next(i for i in range(90) if compounds[i] == c and doses[i] == step.low_um)
            high = next(i for i in range(90) if compounds[i] == c and doses[i] == step.high_um)
            others = [
                i for i in range(90) if doses[i] == step.high_um and compounds[i] != c and plates[i] == plates[low]
            ]
            ranks.append(np.mean([unit[i] @ unit[low] < unit[high] @ unit[low] for i in others]))
        assert step.rank == pytest.approx(np.mean(ranks), abs=1e-9)
    assert found.steps[0].rank > 0.85 > found.steps[1].rank > 0.3
    slow = [stats.spearmanr(doses[compounds == c], strength[compounds == c]).statistic for c in range(30)]
    assert found.monotone == pytest.approx(np.mean(slow), abs=1e-9)
    assert [n for _, n, _ in found.strengths] == [30, 30, 30]


def test_shuffled_doses_rank_at_a_half() -> None:
    features, compounds, doses, plates = dose_series(n_compounds=200)
    shuffled = features[np.random.default_rng(0).permutation(len(features))]
    found = dose_consistency(
        shuffled, compound_ids=compounds, doses_um=doses, plates=plates, strength=np.ones(len(doses))
    )
    assert all(step.rank == pytest.approx(0.5, abs=0.08) for step in found.steps)
    assert found.monotone == 0.0  # strength that does not vary follows nothing
    nothing = dose_consistency(features[::3], compound_ids=compounds[::3], doses_um=doses[::3], plates=plates[::3],
                               strength=doses[::3])  # fmt: skip
    assert nothing is None


def test_spearman_agrees_with_scipy() -> None:
    rng = np.random.default_rng(6)
    a, b = rng.integers(0, 5, 40), rng.integers(0, 5, 40)
    assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)


def test_auroc_agrees_with_mann_whitney() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.integers(0, 9, 50), rng.integers(0, 7, 80)
    expected = stats.mannwhitneyu(a, b).statistic / (50 * 80)
    assert auroc(a, b) == pytest.approx(expected, abs=1e-12)


def test_structure_link_sees_analogs_across_plates_only() -> None:
    rng = np.random.default_rng(8)
    n_series, n_plates = 30, 4
    series = np.repeat(np.arange(n_series), 3)
    base = rng.random((n_series, 512)) < 0.1
    bits = base[series].copy()
    flips = rng.integers(0, 512, len(series))
    bits[np.arange(len(series)), flips] ^= True
    plates = [(str(i % n_plates),) for i in range(len(series))]
    features = rng.standard_normal((n_series, 30))[series] + rng.standard_normal((len(series), 30))
    fingerprints = np.packbits(bits, axis=1)
    options = {"compound_ids": np.arange(len(series)), "plates": plates, "strength": rng.random(len(series))}
    found = structure_link(features, fingerprints, **options)
    n_expected = sum(
        (bits[a] & bits[b]).sum() / (bits[a] | bits[b]).sum() >= 0.8 and plates[a] != plates[b]
        for a in range(len(series))
        for b in range(a)
    )
    assert found.n_pairs == n_expected > 60
    assert found.auroc > 0.85
    assert found.auroc_shuffled == pytest.approx(0.5, abs=0.1)
    assert found.mean_cosine == pytest.approx(0.5, abs=0.08)
    noise = structure_link(rng.standard_normal(features.shape), fingerprints, **options)
    assert noise.auroc == pytest.approx(0.5, abs=0.1)
    assert structure_link(features, np.zeros_like(fingerprints), **options) is None
    together = structure_link(features, fingerprints, **options | {"plates": [("a",)] * len(series)})
    assert together is None  # analogs on one plate prove nothing


def test_stability_agrees_with_sets() -> None:
    rng = np.random.default_rng(9)
    features = rng.standard_normal((50, 10))
    changed = features + 0.5 * rng.standard_normal(features.shape)
    before, after = cosine_scores(features), cosine_scores(changed)
    found = neighbour_stability("half of the reads", before, after, compound_ids=np.arange(50), k=7)
    rows = np.arange(50)
    overlaps = []
    for a, b, own in zip(before(rows), after(rows), rows, strict=True):
        first, second = (set([int(i) for i in np.argsort(-s) if i != own][:7]) for s in (a, b))
        overlaps.append(len(first & second) / len(first | second))
    assert found.mean == pytest.approx(np.mean(overlaps), abs=1e-9)
    assert found.lowest_tenth == pytest.approx(np.quantile(overlaps, 0.1), abs=1e-9)
    assert neighbour_stability("none", before, before, compound_ids=rows).mean == 1.0
    unrelated = neighbour_stability("all", before, random_scores(50), compound_ids=rows, k=7)
    assert unrelated.mean == pytest.approx(unrelated.chance, abs=0.04)
    with pytest.raises(InputError, match="rows"):
        neighbour_stability("fewer", before, lambda rows: after(rows)[:, :9], compound_ids=rows)


def test_baselines_are_those_that_the_data_allow() -> None:
    fingerprints = np.packbits(np.eye(8, dtype=bool), axis=1)
    every = baseline_scores(plates=[("a",)] * 8, rna_output=np.arange(8.0), fingerprints=fingerprints)
    assert list(every) == ["random", "RNA output only", "structure only", "plate only"]
    rows = np.array([2, 5])
    assert all(scores(rows).shape == (2, 8) for scores in every.values())
    np.testing.assert_array_equal(every["random"](rows)[1], every["random"](np.array([5]))[0])


@pytest.mark.parametrize("cutoff", [0.3, 0.5, 0.8, 1.0])
def test_similar_pairs_are_those_of_all_pairs(cutoff):
    rng = np.random.default_rng(3)
    bits = rng.random((300, 64)) < rng.uniform(0.02, 0.6, (300, 1))
    bits[200:] = bits[100:200] ^ (rng.random((100, 64)) < 0.03)
    bits[7] = bits[207] = False
    compounds, plates = rng.integers(0, 280, 300), [(f"p{one}",) for one in rng.integers(0, 6, 300)]
    expected = []
    for a in range(300):
        for b in range(a + 1, 300):
            union = int((bits[a] | bits[b]).sum())
            alike = union > 0 and np.float32((bits[a] & bits[b]).sum()) / np.float32(union) >= np.float32(cutoff)
            if alike and compounds[a] != compounds[b] and plates[a] != plates[b]:
                expected.append([a, b])
    assert len(expected) > 5
    packed = np.packbits(bits, axis=1)
    assert similar_pairs(all_alike(packed, cutoff), compounds, plates).tolist() == expected
    wide = np.zeros((300, 256), dtype=np.uint8)
    wide[:, :8] = packed
    by_search = np.column_stack(pairs_alike(wide, cutoff=cutoff)[:2])[::-1]
    assert similar_pairs(by_search, compounds, plates).tolist() == expected


def test_one_pass_over_the_null_says_what_two_say():
    p = np.random.default_rng(0).uniform(size=(300, 70)) ** 1.5
    p[:, 3] = np.nan
    gates = np.random.default_rng(1).uniform(size=300) * 0.1
    uniform, neighbours = judge_null(lambda rows: p[rows], n_queries=300, gates=gates, max_queries=250, seed=5)
    assert uniform == uniformity(lambda rows: p[rows], n_queries=300, max_queries=250, seed=5)
    asked = np.sort(np.random.default_rng(5).choice(300, 250, replace=False))
    q = np.maximum(benjamini_hochberg(p[asked]), gates[asked][:, None])
    assert neighbours.share == np.mean((np.nan_to_num(q, nan=1.0) < 0.05).any(axis=1))
    assert neighbours == significant_neighbours(
        lambda rows: p[rows], np.arange(300), gates=gates, max_queries=250, seed=5
    )
