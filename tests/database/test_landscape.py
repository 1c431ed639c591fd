"""Cliffs, hops, the map and classes of the demonstration, whose truth is known; one answer in Python, JSON and CSV."""

from __future__ import annotations

import csv
import io
import itertools
import json

import numpy as np
import pytest
from scipy.stats import fisher_exact

from vcpi.errors import InputError, UnknownCompoundError

RAPALOGS = {"sirolimus", "everolimus", "temsirolimus", "ridaforolimus", "novolimus", "umirolimus", "zotarolimus"}
KINASE_INHIBITORS = {"vistusertib", "torin-1", "torin-2", "AZD8055", "sapanisertib"}


def _classes(demo):
    """Class of each compound of the demonstration, which is what its counts were made from."""
    rows = demo._connection.execute(
        "SELECT c.name, a.value FROM compound c JOIN annotation a USING (compound_id) WHERE a.kind = 'class'"
    )
    return dict(map(tuple, rows))


def test_tacrolimus_is_a_cliff_beside_the_rapalogs(demo):
    found = {(one.name_a, one.name_b): one for one in demo.cliffs(k=20).records}
    pairs = [pair for pair in found if "tacrolimus" in pair]
    assert pairs
    for pair in pairs:
        assert RAPALOGS & set(pair)
        one = found[pair]
        assert one.kind == "other-effect"
        assert one.q_cliff < 0.001
        assert one.effect_size == pytest.approx(one.expected - one.connectivity)
        assert one.effect_size > 0.3
        assert one.connectivity_low <= one.connectivity_high


def test_no_pair_of_one_mechanism_is_called_another_effect(demo):
    classes = _classes(demo)
    listed = [one for one in demo.cliffs(k=1000).records if one.kind == "other-effect"]
    assert listed
    assert all(classes[one.name_a] != classes[one.name_b] for one in listed)


def test_a_weaker_compound_that_does_nothing_is_said_so(demo):
    silent = [one for one in demo.cliffs(k=1000).records if one.kind == "no-effect"]
    assert silent
    for one in silent:
        assert one.active_a
        assert not one.active_b
        assert f"{one.name_b} not active at this dose" in one.flags


def test_cliffs_agree_with_like_and_analogs(demo):
    for one in demo.cliffs(k=6).records:
        hits = {hit.name: hit for hit in demo.like(one.name_a, k=1000).records}
        assert hits[one.name_b].connectivity == one.connectivity
        assert hits[one.name_b].relation != "analog-mimic"
        analogs = {hit.name: hit.tanimoto for hit in demo.analogs(one.name_a, k=1000).records}
        assert analogs[one.name_b] == one.tanimoto


def test_hops_hold_the_kinase_inhibitors_beside_the_rapalogs(demo):
    answer = demo.hops(k=60)
    found = [{one.name_a, one.name_b} for one in answer.records]
    assert sum(bool(pair & RAPALOGS and pair & KINASE_INHIBITORS) for pair in found) >= 10
    assert all(not one.same_plate and one.tanimoto < 0.5 and one.q_noise < 0.05 for one in answer.records)
    assert all(one.scaffold_a != one.scaffold_b for one in answer.records)
    assert any(one.same_plate for one in demo.hops(k=1000, same_plate=True).records)


def test_hops_agree_with_like_asked_from_either_side(demo):
    for one in demo.hops(k=4).records:
        sides = [
            {hit.name: hit for hit in demo.like(a, k=1000).records}[b]
            for a, b in ((one.name_a, one.name_b), (one.name_b, one.name_a))
        ]
        assert sides[0].connectivity == one.connectivity
        assert max(side.q_noise for side in sides) == pytest.approx(one.q_noise, rel=1e-3)
        assert max(side.p_specific for side in sides) == one.p_specific
        assert {side.relation for side in sides} == {"scaffold-hop"}


def test_all_hops_are_those_that_like_calls_so(demo):
    names = sorted(RAPALOGS | KINASE_INHIBITORS | {"vorinostat", "bortezomib"})
    called = {
        (name, hit.name)
        for name in names
        for hit in demo.like(name, k=1000).records
        if hit.relation == "scaffold-hop" and not hit.same_plate
    }
    listed = {frozenset((one.name_a, one.name_b)) for one in demo.hops(k=10_000).records}
    for a, b in itertools.combinations(names, 2):
        if frozenset((a, b)) in listed:
            assert {(a, b), (b, a)} <= called


def test_the_map_counts_every_pair_once(demo):
    answer = demo.map()
    quadrants = answer.summary["quadrants"]
    n = answer.summary["n_compounds"]
    assert sum(one.n for one in answer.records) == n * (n - 1) // 2 == quadrants["all"]["n_pairs"]
    alike = sum(one.n for one in answer.records if one.tanimoto_from >= 0.5)
    assert alike == quadrants["all"]["both"] + quadrants["all"]["structure_only"]
    assert quadrants["cross_plate"]["n_pairs"] < quadrants["all"]["n_pairs"]
    assert quadrants["all"]["p_shuffled"] <= 0.01


def test_the_map_of_one_compound_counts_the_hits_of_like(demo):
    answer = demo.map("sirolimus")
    hits = demo.like("sirolimus", k=1000).records
    counts = answer.summary["quadrants"]["all"]
    assert counts["both"] == sum(hit.relation == "analog-mimic" for hit in hits)
    assert counts["effect_only"] == sum(hit.relation == "scaffold-hop" for hit in hits)
    table = [[counts["both"], counts["structure_only"]], [counts["effect_only"], counts["neither"]]]
    assert counts["p_fisher"] == pytest.approx(fisher_exact(table, alternative="greater").pvalue)
    assert [one.connectivity for one in answer.records] == [hit.connectivity for hit in hits]


def test_the_class_of_a_compound_gathers_among_its_hits(demo):
    found = {(one.kind, one.name): one for one in demo.classes("sirolimus").records}
    own = found["class", "mTOR allosteric inhibitor"]
    assert own.q < 0.05
    assert own.q_top < 0.05
    assert own.n_top == own.n_members == 6
    assert set(own.leading) == RAPALOGS - {"sirolimus"}
    assert found["class", "mTOR kinase inhibitor"].q < 0.05


def test_patterns_are_sets_too(demo):
    answer = demo.classes("vorinostat", kinds=["smarts"], smarts={"hydroxamate": "C(=O)N[OH]", "gold": "[Au]"})
    assert [one.name for one in answer.records] == ["hydroxamate"]
    assert answer.records[0].q < 0.05
    assert any("gold" in caveat for caveat in answer.caveats)


def test_classes_of_one_mechanism_are_cohesive(demo):
    rows = demo.classes(k=200).records
    within = {one.class_a: one for one in rows if one.class_a == one.class_b}
    between = {frozenset((one.class_a, one.class_b)): one for one in rows if one.class_a != one.class_b}
    assert within["mTOR allosteric inhibitor"].q < 0.05
    pair = between[frozenset(("mTOR allosteric inhibitor", "mTOR kinase inhibitor"))]
    assert pair.connectivity > 0.5
    assert pair.q < 0.05
    assert np.mean([one.q < 0.05 for one in within.values()]) > 0.5
    assert np.mean([one.q < 0.05 for one in between.values()]) < 0.3


def test_bad_questions_get_one_line(demo):
    with pytest.raises(InputError, match="cutoff is 2"):
        demo.cliffs(cutoff=2)
    with pytest.raises(InputError, match="k is 0"):
        demo.hops(k=0)
    with pytest.raises(InputError, match="No dataset is called 'x'"):
        demo.map(dataset="x")
    with pytest.raises(InputError, match="Kind 'colour' is unknown"):
        demo.classes("sirolimus", kinds=["colour"])
    with pytest.raises(UnknownCompoundError):
        demo.classes("no such compound")


def test_an_empty_answer_gives_its_reason(demo, vcpi_command, demo_home):
    answer = demo.cliffs(cutoff=1.0)
    assert answer.records == ()
    assert "act alike" in answer.caveats[-1]
    said = vcpi_command(demo_home, "cliffs", "--cutoff", "1", "-f", "csv")
    assert said.status == 0
    assert said.out.startswith("rank,name_a,name_b,tanimoto,")
    assert len(said.out.splitlines()) == 1


QUESTIONS = {
    ("cliffs", "-k", "5"): lambda demo: demo.cliffs(k=5),
    ("hops", "-k", "5", "--cutoff", "0.3"): lambda demo: demo.hops(k=5, cutoff=0.3),
    ("map",): lambda demo: demo.map(),
    ("map", "sirolimus"): lambda demo: demo.map("sirolimus"),
    ("classes", "sirolimus", "--kind", "class"): lambda demo: demo.classes("sirolimus", kinds=["class"]),
    ("classes", "vorinostat", "--smarts", "C(=O)N[OH] hydroxamate", "--reverse"): lambda demo: demo.classes(
        "vorinostat", smarts={"hydroxamate": "C(=O)N[OH]"}, reverse=True
    ),
    ("classes", "--kind", "target", "-k", "3"): lambda demo: demo.classes(kind="target", k=3),
}


@pytest.mark.parametrize("words", list(QUESTIONS), ids=" ".join)
def test_python_json_csv_and_table_say_the_same(demo, demo_home, vcpi_command, words):
    expected = QUESTIONS[words](demo).to_dict()
    assert json.loads(vcpi_command(demo_home, *words, "-f", "json").out) == expected
    rows = list(csv.DictReader(io.StringIO(vcpi_command(demo_home, *words, "-f", "csv").out)))
    assert len(rows) == len(expected["hits"])
    for row, hit in zip(rows, expected["hits"], strict=True):
        numbers = {name: value for name, value in hit.items() if isinstance(value, float)}
        assert {name: float(row[name]) for name in numbers} == numbers
    said = vcpi_command(demo_home, *words)
    assert said.status == 0
    assert len(said.out.splitlines()) > 3
