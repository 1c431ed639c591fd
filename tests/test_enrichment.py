"""Running sums, shuffled labels and MAXQ against slow loops, NumPy and planted classes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact, kstest

from vcpi.enrichment import class_connectivity, enrich, max_quantile, running_sum
from vcpi.errors import InputError


def slow_running_sum(places, weights, n):
    """Walk down the list, one item after another, as the paper writes it."""
    total, members = sum(weights.values()), set(places)
    value = 0.0
    highest, lowest = 0.0, 0.0
    for item in range(n):
        if item in members:
            value += weights[item] / total if total else 1 / len(members)
        else:
            value -= 1 / (n - len(members))
        highest, lowest = max(highest, value), min(lowest, value)
    return highest if highest + 1e-12 >= -lowest else lowest


@settings(max_examples=200)
@given(st.data())
def test_the_running_sum_is_that_of_a_slow_walk(data):
    n = data.draw(st.integers(3, 40))
    places = sorted(data.draw(st.sets(st.integers(0, n - 1), min_size=1, max_size=n - 1)))
    weights = data.draw(st.lists(st.floats(0, 5), min_size=len(places), max_size=len(places)))
    expected = slow_running_sum(places, dict(zip(places, weights, strict=True)), n)
    assert running_sum([places], [weights], n=n)[0] == pytest.approx(expected, abs=1e-9)


def test_reversed_lists_mirror_the_unweighted_sum():
    rng = np.random.default_rng(1)
    for _ in range(50):
        places = np.sort(rng.choice(30, 5, replace=False))
        there = running_sum([places], np.ones((1, 5)), n=30)[0]
        back = running_sum([np.sort(29 - places)], np.ones((1, 5)), n=30)[0]
        assert abs(there) == pytest.approx(abs(back))
        mirrored = there == pytest.approx(-back)
        assert mirrored or (there == pytest.approx(back) and there > 0)  # of two ends as far out the higher one counts


def test_p_is_uniform_for_labels_that_chance_gave():
    rng = np.random.default_rng(7)
    found = []
    for _ in range(40):
        scores = np.sort(rng.normal(0, 0.2, 120))[::-1]
        members = {f"{number}": rng.choice(120, 8, replace=False) for number in range(10)}
        found += [one.p for one in enrich(scores, members, k=20, rng=rng, n_permutations=300)]
    assert len(found) == 400
    assert kstest(found, "uniform").pvalue > 0.001


def test_a_planted_class_is_found_and_its_mirror_among_the_opposites():
    rng = np.random.default_rng(2)
    scores = np.sort(np.concatenate([rng.normal(0.6, 0.1, 7), rng.normal(0, 0.1, 193)]))[::-1]
    members = {"planted": [0, 1, 2, 4, 6, 80], **{f"chance {i}": rng.choice(200, 6, replace=False) for i in range(40)}}
    best = enrich(scores, members, k=10, rng=rng)[0]
    assert best.name == "planted"
    assert best.q < 0.05
    assert best.q_top < 0.001
    assert best.leading == (0, 1, 2, 4, 6)
    mirrored = {name: [199 - int(place) for place in places] for name, places in members.items()}
    last = {one.name: one for one in enrich(-scores[::-1], mirrored, k=10, rng=rng)}["planted"]
    assert last.es < 0


def test_the_test_of_the_top_is_fishers():
    rng = np.random.default_rng(4)
    members = {f"{i}": rng.choice(60, int(rng.integers(2, 20)), replace=False) for i in range(20)}
    for one in enrich(np.linspace(1, -1, 60), members, k=15, rng=rng, n_permutations=10):
        table = [[one.n_top, one.n - one.n_top], [15 - one.n_top, 45 - one.n + one.n_top]]
        assert one.p_top == pytest.approx(fisher_exact(table, alternative="greater").pvalue)


def test_order_of_the_sets_changes_nothing():
    members = {"b": [0, 1, 5], "a": [7, 8, 9], "c": [2, 30, 40]}
    there = enrich(np.linspace(1, -1, 50), members, k=5, rng=np.random.default_rng(0))
    back = enrich(np.linspace(1, -1, 50), dict(reversed(members.items())), k=5, rng=np.random.default_rng(0))
    assert there == back


@pytest.mark.parametrize(
    ("scores", "members", "k", "message"),
    [
        ([0.1, 0.2, 0.0], {}, 1, "highest first"),
        ([0.2, np.nan, 0.0], {}, 1, "finite"),
        ([0.2, 0.1, 0.0], {}, 4, "k is 4; expected 1 to 3"),
        ([0.2, 0.1, 0.0, -0.1], {"x": [1, 9]}, 1, "place 1 or 9"),
    ],
)
def test_bad_lists_are_refused(scores, members, k, message):
    with pytest.raises(InputError, match=message):
        enrich(scores, members, k=k, rng=np.random.default_rng(0))


@given(st.lists(st.lists(st.floats(-1, 1), min_size=7, max_size=7), min_size=1, max_size=5), st.integers(0, 4))
def test_maxq_is_that_of_numpys_quantiles(rows, n_missing):
    values = np.array(rows)
    values[:, :n_missing] = np.nan
    low, high = np.nanquantile(values, [0.33, 0.67], axis=1)
    expected = np.where(np.abs(high) >= np.abs(low), high, low)
    found = max_quantile(values)
    close = np.isclose(found, expected, atol=1e-12)
    tied = np.isclose(np.abs(low), np.abs(high), atol=1e-12)  # rounding may take the other one
    assert (close | tied).all()


def _scores(rng, planted):
    """Make connectivities of 60 compounds with some planted pairs of groups."""
    noise = rng.normal(0, 0.05, (60, 60))
    matrix = (noise + noise.T) / 2
    for rows, columns, value in planted:
        for a, b in itertools.product(rows, columns):
            matrix[a, b] = matrix[b, a] = value
    return matrix


def test_planted_classes_are_cohesive_alike_and_opposite():
    rng = np.random.default_rng(3)
    one, two, three = range(5), range(5, 10), range(10, 16)
    matrix = _scores(rng, [(one, one, 0.7), (one, two, 0.5), (one, three, -0.5)])
    members = {"one": one, "two": two, "three": three, "chance": range(20, 27), "other": range(30, 34)}
    found = {(pair.class_a, pair.class_b): pair for pair in class_connectivity(matrix, members, rng=rng)}
    assert found["one", "one"].connectivity == pytest.approx(0.7)
    assert found["one", "three"].connectivity == pytest.approx(-0.5)
    sure = {pair for pair, values in found.items() if values.q < 0.05}
    assert {("one", "one"), ("one", "two"), ("one", "three")} <= sure
    assert ("chance", "other") not in sure
    assert len(found) == 15
    assert found["one", "one"].n_pairs == 10


def test_members_in_common_are_no_pairs_and_no_evidence():
    rng = np.random.default_rng(5)
    found = []
    for _ in range(60):
        matrix = _scores(rng, [])
        members = {"a": range(6), "b": range(3, 9)}
        pairs = {
            (one.class_a, one.class_b): one for one in class_connectivity(matrix, members, rng=rng, n_permutations=99)
        }
        assert pairs["a", "b"].n_shared == 3
        assert pairs["a", "b"].n_pairs == 33
        found.append(pairs["a", "b"].p)
    assert kstest(found, "uniform").pvalue > 0.001
