"""Retrieval against slow pure-Python loops, cases with known answers, and copairs."""

from __future__ import annotations

import numpy as np
import pytest

from vcpi.all_pairs import nearest
from vcpi.errors import InputError
from vcpi.evaluate.retrieval import class_retrieval, replicate_retrieval
from vcpi.evaluate.scores import cosine_scores, difference_scores, plate_scores, random_scores, tanimoto_scores


def world(seed: int = 0, n: int = 60, n_classes: int = 5, n_plates: int = 3, effect: float = 1.5):
    """Signatures whose class shifts them, classes (some twofold, some none), plates (some two) and activity."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n)
    centers = rng.standard_normal((n_classes, 20))
    features = effect * centers[labels] + rng.standard_normal((n, 20))
    classes = [(f"class-{label}",) for label in labels]
    classes[0] = ("class-0", "class-1")
    classes[1] = ()
    plates = [(f"plate-{i % n_plates}",) for i in range(n)]
    plates[2] = ("plate-0", "plate-1")
    compounds = np.arange(n)
    compounds[5] = compounds[6] = 5
    return features, compounds, classes, plates, rng.random(n) < 0.8


def slow_class_retrieval(features, compounds, classes, plates, active) -> dict[str, list[float]]:
    """By the definition, one pair at a time."""
    unit = [row / np.linalg.norm(row) for row in features]
    found: dict[str, list[float]] = {}
    for q in range(len(unit)):
        for label in classes[q] if active[q] else ():
            ranked = []
            for r in range(len(unit)):
                if compounds[r] == compounds[q] or set(plates[r]) & set(plates[q]):
                    continue
                if label in classes[r]:
                    if active[r]:
                        ranked.append((-float(unit[q] @ unit[r]), True))
                elif not set(classes[r]) & set(classes[q]):
                    ranked.append((-float(unit[q] @ unit[r]), False))
            ranked.sort()
            if any(wanted for _, wanted in ranked):
                precisions, seen = [], 0
                for place, (_, wanted) in enumerate(ranked, start=1):
                    seen += wanted
                    precisions += [seen / place] * wanted
                found.setdefault(label, []).append(sum(precisions) / len(precisions))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_class_retrieval_agrees_with_slow_loops(seed) -> None:
    features, compounds, classes, plates, active = world(seed)
    got = class_retrieval(
        cosine_scores(features), compound_ids=compounds, classes=classes, plates=plates, active=active, n_null=99
    )
    slow = slow_class_retrieval(features, compounds, classes, plates, active)
    assert {row.label: row.n_queries for row in got.classes} == {label: len(values) for label, values in slow.items()}
    for row in got.classes:
        assert row.mean_average_precision == pytest.approx(np.mean(slow[row.label]), abs=1e-6)
    assert got.mean_average_precision == pytest.approx(np.mean(np.concatenate(list(slow.values()))), abs=1e-6)
    assert got.mean_over_classes == pytest.approx(np.mean([np.mean(v) for v in slow.values()]), abs=1e-6)


def test_copairs_finds_the_same_average_precisions() -> None:
    copairs = pytest.importorskip("copairs.map", reason="copairs is not installed")
    pandas = pytest.importorskip("pandas")
    features, _, _, _, _ = world(7)
    n = len(features)
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 5, n)
    plates = np.arange(n) % 3
    theirs = copairs.average_precision(
        pandas.DataFrame({"class": labels, "plate": plates}), features.astype(np.float64),
        pos_sameby=["class"], pos_diffby=["plate"], neg_sameby=[], neg_diffby=["class", "plate"], progress_bar=False,
    )  # fmt: skip
    ours = class_retrieval(
        cosine_scores(features),
        compound_ids=np.arange(n),
        classes=[(str(label),) for label in labels],
        plates=[(str(plate),) for plate in plates],
        n_null=2000,
    )
    by_class = theirs.groupby("class")[["average_precision", "normalized_average_precision"]].mean()
    for row in ours.classes:
        assert row.mean_average_precision == pytest.approx(by_class["average_precision"][int(row.label)], abs=1e-5)
        assert row.normalized == pytest.approx(by_class["normalized_average_precision"][int(row.label)], abs=1e-5)
    joined = copairs.mean_average_precision(
        theirs, ["class"], null_size=2000, threshold=0.05, seed=0, progress_bar=False
    ).set_index("class")
    for row in ours.classes:
        assert row.p == pytest.approx(joined["p_value"][int(row.label)], abs=0.04)


def test_perfect_and_hidden_classes() -> None:
    features = np.repeat(np.eye(3), 4, axis=0)
    classes = [(f"class-{i // 4}",) for i in range(12)]
    options = {"compound_ids": np.arange(12), "classes": classes, "n_null": 99}
    found = class_retrieval(cosine_scores(features), plates=[(str(i % 2),) for i in range(12)], **options)
    assert found.mean_average_precision == found.normalized == found.precision == 1.0
    assert [row.n_positive for row in found.classes] == [2, 2, 2]
    one_plate = class_retrieval(cosine_scores(features), plates=[("a",)] * 12, **options)
    assert one_plate.n_queries == 0
    assert np.isnan(one_plate.mean_average_precision)
    within = class_retrieval(cosine_scores(features), plates=[("a",)] * 12, across_plates=False, **options)
    assert within.mean_average_precision == 1.0
    assert [row.n_positive for row in within.classes] == [3, 3, 3]


def test_scores_that_know_nothing_stay_at_chance() -> None:
    _, compounds, classes, plates, _ = world(2, n=400)
    for scores in (random_scores(400, seed=4), plate_scores(plates)):
        found = class_retrieval(scores, compound_ids=compounds, classes=classes, plates=plates, n_null=99)
        assert found.normalized == pytest.approx(0.0, abs=0.03)
        assert found.precision == pytest.approx(0.2, abs=0.04)  # five classes


def test_inactive_members_neither_ask_nor_count() -> None:
    features, compounds, classes, plates, active = world(4)
    options = {"compound_ids": compounds, "classes": classes, "plates": plates, "n_null": 99}
    changed = features.copy()
    changed[~active] = -features[~active]
    silent = ~active & np.array([bool(labels) for labels in classes])
    rows = np.flatnonzero(active | silent)
    a = class_retrieval(cosine_scores(features), active=active, candidates=active, **options)
    b = class_retrieval(cosine_scores(changed), active=active, candidates=active, **options)
    assert a == b
    assert a.n_queries < class_retrieval(cosine_scores(features), **options).n_queries
    assert len(rows) > active.sum()


def slow_replicates(features, treatments, plates) -> tuple[float, float, float]:
    averages, first, ranks = [], [], []
    for q in range(len(features)):
        others = [r for r in range(len(features)) if r != q and plates[r] == plates[q]]
        cosine = {
            r: features[q] @ features[r] / np.linalg.norm(features[q]) / np.linalg.norm(features[r]) for r in others
        }
        others.sort(key=lambda r: -cosine[r])
        sisters = [treatments[r] == treatments[q] for r in others]
        if not any(sisters) or all(sisters):
            continue
        averages.append(np.mean([np.mean(sisters[: i + 1]) for i, hit in enumerate(sisters) if hit]))
        first.append(sisters[0])
        strangers = [cosine[r] for r, hit in zip(others, sisters, strict=True) if not hit]
        best = max(cosine[r] for r, hit in zip(others, sisters, strict=True) if hit)
        ranks.append(np.mean(np.array(strangers) < best))
    return float(np.mean(averages)), float(np.mean(first)), float(np.mean(ranks))


def test_replicate_retrieval_agrees_with_slow_loops() -> None:
    rng = np.random.default_rng(6)
    treatments = np.repeat(np.arange(20), 2)
    treatments[-1] = 40  # two without a sister
    plates = np.repeat(["a", "b"], 20)
    plates[0] = "b"  # and a pair on two plates
    features = rng.standard_normal((20, 12))[np.repeat(np.arange(20), 2)] + rng.standard_normal((40, 12))
    found = replicate_retrieval(features, treatments=treatments, plates=plates, strength=treatments, n_null=999)
    slow = slow_replicates(features, treatments, plates)
    got = (found.mean_average_precision, found.recall_at_1, found.mean_rank)
    np.testing.assert_allclose(got, slow, atol=1e-6)
    assert found.n_wells == 36
    assert found.n_treatments == 18
    assert sum(n for _, n, _, _ in found.deciles) == 18
    upper = [strength for strength, *_ in found.deciles]
    assert upper == sorted(upper)


def test_replicates_of_noise_rank_at_a_half() -> None:
    rng = np.random.default_rng(8)
    features = rng.standard_normal((720, 30))
    features[:360] += 3 * rng.standard_normal(30)  # a plate effect does not help within the plate
    found = replicate_retrieval(
        features, treatments=np.repeat(np.arange(360), 2), plates=np.repeat(["a", "b"], 360), n_null=999
    )
    assert found.mean_rank == pytest.approx(0.5, abs=0.03)
    assert found.mean_average_precision == pytest.approx(found.chance, abs=0.01)
    assert found.significant < 0.02


def test_nearest_agrees_with_a_full_sort() -> None:
    rng = np.random.default_rng(9)
    scores = rng.integers(0, 6, (30, 50)).astype(np.float32)  # many ties
    excluded = rng.random((30, 50)) < 0.5
    excluded[0] = True
    for row, got in enumerate(nearest(scores, excluded, k=20).tolist()):
        order = sorted((-float(scores[row, i]), i) for i in range(50) if not excluded[row, i])[:20]
        assert got == [i for _, i in order] + [-1] * (20 - len(order))


def test_tanimoto_scores_agree_with_sets() -> None:
    rng = np.random.default_rng(10)
    bits = rng.random((12, 64)) < 0.2
    bits[3] = False
    got = tanimoto_scores(np.packbits(bits, axis=1))(np.arange(12))
    for a in range(12):
        for b in range(12):
            first, second = set(np.flatnonzero(bits[a])), set(np.flatnonzero(bits[b]))
            expected = len(first & second) / len(first | second) if first | second else 0.0
            assert got[a, b] == pytest.approx(expected, abs=1e-6)


def test_difference_scores_put_unknown_values_last() -> None:
    scores = difference_scores([1.0, 1.5, np.nan])(np.array([0, 2]))
    assert scores[0, 1] == pytest.approx(-0.5)
    assert np.isneginf(scores[0, 2])
    assert np.isneginf(scores[1]).all()


def test_lengths_that_disagree_are_refused() -> None:
    with pytest.raises(InputError, match="expected one each"):
        class_retrieval(cosine_scores(np.eye(2)), compound_ids=[1, 2], classes=[("a",)], plates=[(), ()])
    with pytest.raises(InputError, match="not finite"):
        cosine_scores([[np.nan, 1.0]])
    with pytest.raises(InputError, match="2 wells, 1 treatments"):
        replicate_retrieval(np.eye(2), treatments=[1], plates=["a", "a"])
