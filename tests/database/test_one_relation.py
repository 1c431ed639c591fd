"""One relation for a pair, whichever verb names it; opposites judged as opposites; likeness to many told as such."""

from __future__ import annotations

import numpy as np
import pytest

from vcpi.joint import Thresholds, pair_relation, relation
from vcpi.store import read

PAIRS = [
    ("sirolimus", "tacrolimus"), ("everolimus", "torin-1"), ("tacrolimus", "pimecrolimus"), ("novolimus", "ascomycin"),
    ("vorinostat", "panobinostat"), ("fexofenadine", "sirolimus"), ("tacrolimus", "voclosporin"),
]  # fmt: skip


def every(demo, name, **options):
    return {hit.name: hit for hit in demo.like(name, k=500, **options).records}


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_compare_says_what_like_says_from_both_sides(demo, one, other):
    there, back = every(demo, one)[other], every(demo, other)[one]
    (pair,) = demo.compare([one, other]).pairs
    assert pair["q_noise"] == max(there.q_noise, back.q_noise)
    assert pair["relation"] == demo.compare([other, one]).pairs[0]["relation"]
    if there.relation == back.relation:
        assert pair["relation"] == there.relation
    else:
        assert pair["relation"] in {there.relation, back.relation}
    assert demo.explain(one, other).scores["relation"] == there.relation


def test_what_cliffs_lists_is_a_cliff_everywhere(demo):
    cliffs = demo.cliffs(k=60).records
    assert len(cliffs) > 10
    for cliff in cliffs[::4]:
        (pair,) = demo.compare([cliff.name_a, cliff.name_b]).pairs
        assert pair["relation"] == "activity-cliff"
        assert ("distant-analog" in pair["flags"]) == ("distant-analog" in cliff.flags) == (cliff.tanimoto < 0.5)
    assert every(demo, "tacrolimus")["sirolimus"].relation == "activity-cliff"
    for analog in demo.like("tacrolimus").analogs:
        assert every(demo, "tacrolimus")[analog.name].relation == analog.relation


def test_both_sides_must_see_a_difference():
    asked = {"thresholds": Thresholds(), "active": (True, True)}
    assert pair_relation(0.4, 0.3, q=(0.01, 0.9), nearest=True, **asked) == ("unrelated", ())
    assert pair_relation(0.4, 0.3, q=(0.5, 0.9), nearest=True, **asked) == ("activity-cliff", ("distant-analog",))
    assert pair_relation(0.4, 0.3, q=(0.5, 0.9), **asked) == ("unrelated", ())
    assert pair_relation(0.34, 0.3, q=(0.5, 0.9), nearest=True, **asked) == ("unrelated", ())
    alone = relation(0.9, 0.1, thresholds=Thresholds(), query_active=True, hit_active=False)
    assert pair_relation(0.9, 0.1, thresholds=Thresholds(), active=(True, False)) == alone


def test_of_an_opposite_p_specific_counts_what_is_as_opposite(demo):
    connection = demo._connection
    (dataset,) = read.datasets(connection)
    ids, vectors = read.vectors(connection, dataset["dataset_id"], layer="feature")
    signatures = {one.signature_id: one for one in read.signatures(connection, dataset["dataset_id"])}
    scaffolds = dict(connection.execute("SELECT compound_id, scaffold FROM compound"))
    unit = vectors.astype(float) / np.linalg.norm(vectors.astype(float), axis=1, keepdims=True)
    answer = demo.like("sirolimus", reverse=True, k=5)
    own = answer.query["compound_id"]
    score = dict(zip(ids.tolist(), unit @ unit[ids.tolist().index(answer.query["signature_id"])], strict=True))
    for hit in answer.records:
        others = [
            score[key]
            for key, one in signatures.items()
            if one.active and one.treatment.compound_id not in {own, hit.compound_id}
            and scaffolds[one.treatment.compound_id] != scaffolds[own]
        ]  # fmt: skip
        assert len(others) < 200
        expected = (1 + sum(value <= hit.connectivity + 1e-9 for value in others)) / (1 + len(others))
        assert hit.p_specific == pytest.approx(expected)
        assert ("hit-inactive" in hit.flags) == (signatures[hit.signature_id].active is False)
        assert hit.tau <= 0


def test_likeness_to_much_that_acts_is_flagged(demo):
    rows = list(every(demo, "everolimus").values())
    sure = [hit for hit in rows if hit.q_noise < 0.05 and hit.connectivity > 0]
    for hit in rows:
        assert ("non-specific" in hit.flags) == (hit in sure and hit.p_specific >= 0.2)
    hops = demo.hops(k=500).records
    assert {("non-specific" in hop.flags) == (hop.p_specific >= 0.2) for hop in hops} == {True}
    assert any("non-specific" in hop.flags for hop in hops)


def test_a_gene_without_a_symbol_is_named_by_its_id(demo):
    top = demo.like("everolimus", k=1).records[0]
    parts = demo.explain("everolimus", top.inchikey).records[:10]
    assert [gene.gene_symbol or gene.gene_id for gene in parts] == list(top.shared_genes)
    assert any(gene.gene_symbol is None for gene in parts)


def test_of_genes_no_structure_was_asked(demo):
    genes = ["MX1", "ISG15", "IFIT3", "OAS1", "OAS2", "IFI6", "IFI27", "STAT1", "HMGCR", "LDLR"]
    assert not any("no-structure" in hit.flags for hit in demo.query(up=genes, k=50).records)
