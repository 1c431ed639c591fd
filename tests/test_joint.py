"""The joint answer: relations, ranks, plates and cliffs, judged by the rapamycin family as it is known to behave."""

from __future__ import annotations

import itertools
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcpi.errors import InputError
from vcpi.joint import Profiled, Thresholds, cliffs, join, relation, structure_ranks
from vcpi.records import SignatureHit, StructureHit

LIMITS = Thresholds(tanimoto=0.5, related=0.35, connectivity=0.4)
RAPAMYCIN = Profiled(compound_id=1, name="rapamycin", signature_id=10, plates=("p1",), active=True)


def profiled(compound_id, name, **known):
    return Profiled(compound_id=compound_id, name=name, signature_id=compound_id * 10, **known)


@pytest.mark.parametrize(
    ("tanimoto", "connectivity", "query_active", "hit_active", "expected"),
    [
        (0.5, 0.4, True, True, ("analog-mimic", ())),
        (0.873, 0.9, None, None, ("analog-mimic", ())),
        (0.873, 0.9, False, False, ("analog-mimic", ("query-inactive", "hit-inactive"))),
        (0.499, 0.4, True, True, ("scaffold-hop", ())),
        (None, 0.9, True, True, (None, ("no-structure", "alike-in-effect"))),
        (0.2, 0.9, True, False, ("scaffold-hop", ("hit-inactive",))),
        (0.5, 0.399, True, False, ("activity-cliff", ("near-threshold",))),
        (0.5, 0.1, False, True, ("activity-cliff", ())),
        (0.5, 0.1, None, True, ("activity-cliff", ())),
        (0.5, 0.1, None, None, ("activity-cliff", ("activity-unknown",))),
        (0.5, 0.1, None, False, ("activity-cliff", ("activity-unknown",))),
        (0.5, 0.1, False, False, ("unrelated", ("both-inactive",))),
        (0.5, -0.6, True, True, ("activity-cliff", ("reversal",))),
        (0.1, -0.4, True, True, ("unrelated", ("reversal",))),
        (0.1, 0.1, True, True, ("unrelated", ())),
        (None, None, True, True, (None, ("no-structure", "no-signature"))),
        (0.9, None, True, None, (None, ("no-signature",))),
    ],
)
def test_the_relation_of_two_compounds(tanimoto, connectivity, query_active, hit_active, expected):
    found = relation(tanimoto, connectivity, thresholds=LIMITS, query_active=query_active, hit_active=hit_active)
    assert found == expected


@given(
    st.none() | st.floats(0, 1),
    st.none() | st.floats(-1, 1),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, True, False]),
)
def test_a_relation_does_not_depend_on_which_side_asks(tanimoto, connectivity, one, other):
    there = relation(tanimoto, connectivity, thresholds=LIMITS, query_active=one, hit_active=other)
    back = relation(tanimoto, connectivity, thresholds=LIMITS, query_active=other, hit_active=one)
    assert there[0] == back[0]


@pytest.mark.parametrize("bad", [{"tanimoto": 1.1}, {"related": 0.6}, {"related": -0.1}, {"connectivity": 0.0}])
def test_thresholds_out_of_range_are_refused(bad):
    with pytest.raises(InputError, match="expected"):
        Thresholds(**bad)


def test_thresholds_come_from_the_middle_of_the_background_or_stay():
    normal = NormalDist(0.05, 0.1)
    quantiles = {level: normal.inv_cdf(level) for level in (0.5, 0.9)} | {0.99: 0.9}  # related pairs fill the tail
    assert Thresholds.from_background(quantiles).connectivity == pytest.approx(normal.inv_cdf(0.99), abs=1e-4)
    assert Thresholds.from_background({}).connectivity == Thresholds().connectivity
    assert Thresholds.from_background({0.5: -0.2, 0.9: -0.1}).connectivity == Thresholds().connectivity


@pytest.fixture
def family():
    known = {
        20: profiled(2, "everolimus", plates=("p2",), strength=0.4, n_replicates=2, shared_genes=("DDIT4",)),
        30: profiled(3, "torin", plates=("p1", "p3"), active=True, flags=("low_depth",)),
        40: profiled(4, "nameless"),
    }
    hits = [
        SignatureHit(rank=1, signature_id=20, compound_id=2, connectivity=0.98),
        SignatureHit(rank=2, signature_id=30, compound_id=3, connectivity=0.7),
        SignatureHit(rank=3, signature_id=40, compound_id=4, connectivity=0.2),
    ]
    return known, hits


def test_the_joint_answer_keeps_both_scores_and_both_ranks(family):
    known, hits = family
    tanimotos = {1: 1.0, 2: 0.873, 3: 0.1, 9: 0.9}
    rows = join(RAPAMYCIN, hits, details=known, tanimotos=tanimotos, thresholds=LIMITS)
    assert [(r.rank, r.signature_rank, r.structure_rank) for r in rows] == [(1, 1, 2), (2, 2, 3), (3, 3, None)]
    assert [(r.name, r.connectivity, r.tanimoto) for r in rows] == [
        ("everolimus", 0.98, 0.873),
        ("torin", 0.7, 0.1),
        ("nameless", 0.2, None),
    ]
    assert [r.relation for r in rows] == ["analog-mimic", "scaffold-hop", None]
    assert [r.same_plate for r in rows] == [False, True, None]
    assert rows[0].shared_genes == ("DDIT4",)
    assert (rows[0].strength, rows[0].n_replicates) == (0.4, 2)
    assert rows[1].flags == ("low_depth", "uncalibrated")
    assert rows[2].flags == ("no-structure", "uncalibrated")
    assert all(r.p_noise is r.q_noise is r.p_specific is r.tau is None for r in rows)


def test_plate_mates_can_be_left_out(family):
    known, hits = family
    rows = join(RAPAMYCIN, hits, details=known, tanimotos={}, thresholds=LIMITS, exclude_same_plate=True)
    assert [(r.rank, r.name, r.signature_rank) for r in rows] == [(1, "everolimus", 1), (2, "nameless", 3)]


def test_a_hit_nobody_knows_is_an_error(family):
    _, hits = family
    with pytest.raises(InputError, match="signature 20"):
        join(RAPAMYCIN, hits, details={}, tanimotos={}, thresholds=LIMITS)


def analog(rank, compound_id, tanimoto):
    return StructureHit(rank=rank, name=str(compound_id), inchikey=None, compound_id=compound_id, tanimoto=tanimoto)


def test_cliffs_are_analogs_that_act_differently():
    analogs = [
        analog(1, 1, 1.0),  # the query itself
        analog(2, 2, 0.873),  # everolimus: alike in both
        analog(3, 5, 0.7),  # alike in structure only
        analog(4, 6, 0.6),  # one of its two signatures is alike
        analog(5, 7, 0.375),  # tacrolimus
        analog(6, 8, 0.36),  # as far, but not among the nearest
    ]
    scores = {20: (2, 0.9), 50: (5, 0.1), 60: (6, 0.0), 61: (6, 0.8), 70: (7, 0.05), 80: (8, 0.0)}
    hits = [
        SignatureHit(rank=1, signature_id=signature, compound_id=compound, connectivity=score)
        for signature, (compound, score) in scores.items()
    ]
    known = {signature: profiled(compound, str(compound)) for signature, (compound, _) in scores.items()}
    for order in itertools.permutations(hits, len(hits)):
        rows = cliffs(RAPAMYCIN, analogs, order, details=known, thresholds=LIMITS, n_nearest=4)
        assert [(r.rank, r.compound_id, r.relation) for r in rows] == [
            (1, 5, "activity-cliff"),
            (2, 7, "activity-cliff"),
        ]
    assert rows[0].flags == ("uncalibrated",)
    assert rows[1].flags == ("distant-analog", "uncalibrated")
    assert (rows[1].structure_rank, rows[1].tanimoto) == (4, 0.375)


def test_two_inactive_analogs_are_no_cliff():
    query = profiled(1, "inert", active=False)
    hit = SignatureHit(rank=1, signature_id=20, compound_id=2, connectivity=0.0)
    for active, n in ((False, 0), (True, 1), (None, 1)):
        known = {20: profiled(2, "analog", active=active)}
        assert len(cliffs(query, [analog(1, 2, 0.8)], [hit], details=known, thresholds=LIMITS)) == n


@given(st.dictionaries(st.integers(0, 50), st.sampled_from([0.0, 0.25, 0.5, 1.0])))
def test_structure_ranks_are_a_numbering_that_follows_the_scores(scores):
    ranks = structure_ranks(scores)
    assert sorted(ranks.values()) == list(range(1, len(scores) + 1))
    for one, other in itertools.combinations(scores, 2):
        if scores[one] != scores[other]:
            assert (ranks[one] < ranks[other]) == (scores[one] > scores[other])
        else:
            assert (ranks[one] < ranks[other]) == (one < other)
