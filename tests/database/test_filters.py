"""Filters, judged by going through the whole answer row by row."""

import pytest

from vcpi.database.filters import Filter
from vcpi.errors import InputError


def ids(answer):
    return [hit.compound_id for hit in answer.records]


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        (
            Filter(labels=("MTOR kinase INHIBITOR", "HDAC inhibitor")),
            lambda card, _: {"mTOR kinase inhibitor", "HDAC inhibitor"} & {*card.classes, *card.moas, *card.targets},
        ),
        (Filter(descriptors=("mw<500", "rings>=2")), lambda card, _: card.molecular_weight < 500 and card.n_rings >= 2),
        (
            Filter(different_scaffold=True),
            lambda card, query: card.scaffold != query.scaffold and card.name != "zotarolimus",
        ),
    ],
    ids=["class", "descriptors", "scaffold"],
)
def test_a_filter_leaves_just_what_fulfils_it_in_the_same_order(demo, where, holds):
    everything = demo.like("sirolimus", k=1000)
    query = demo.compound("sirolimus")
    expected = [hit.compound_id for hit in everything.records if holds(demo.compound(hit.inchikey), query)]
    found = demo.like("sirolimus", k=1000, where=where)
    assert 0 < len(expected) < len(everything.records)
    assert ids(found) == expected
    assert any(caveat.startswith("filtered: ") and f"leaves {len(expected)}" in caveat for caveat in found.caveats)


def test_another_scaffold_of_the_same_large_ring_is_left_out(demo):
    rapalogs = {"novolimus", "everolimus", "temsirolimus", "ridaforolimus", "umirolimus", "zotarolimus", "sirolimus"}
    found = {hit.name for hit in demo.like("sirolimus", k=1000, where=Filter(different_scaffold=True)).records}
    assert not rapalogs & found
    assert {"tacrolimus", "ascomycin", "pimecrolimus", "torin-1", "cyclosporin A"} <= found  # other rings, or none
    from_zotarolimus = demo.analogs("zotarolimus", k=1000, where=Filter(different_scaffold=True))
    assert not rapalogs & {hit.name for hit in from_zotarolimus.records}


def test_a_substructure_filter_agrees_with_the_substructure_search(demo):
    held = {hit.compound_id for hit in demo.substructure("c1ccc2[nH]ccc2c1").records}
    everything = demo.like("everolimus", k=1000)
    found = demo.like("everolimus", k=1000, where=Filter(substructure="c1ccc2[nH]ccc2c1"))
    assert ids(found) == [i for i in ids(everything) if i in held]


def test_active_only_and_treatments(demo):
    found = demo.like("everolimus", k=1000, where=Filter(active=True))
    rows = {row["signature_id"]: row["active"] for row in demo.table("signatures")}
    assert found.records
    assert all(rows[hit.signature_id] for hit in found.records)
    assert len(demo.like("everolimus", k=1000, where=Filter(dose_um=(1, 20), time_h=24)).records) == len(
        demo.like("everolimus", k=1000).records
    )


def test_q_is_taken_among_what_is_left(demo):
    """Benjamini and Hochberg over fewer candidates, by hand."""
    where = Filter(labels=("mTOR kinase inhibitor", "mTOR allosteric inhibitor"))
    found = demo.like("everolimus", k=1000, where=where)
    ranked = sorted(found.records, key=lambda hit: hit.p_noise)
    n = len(ranked)
    gate = found.query["replicate_p"]
    for place, hit in enumerate(ranked):
        by_hand = min(other.p_noise * n / (rank + 1) for rank, other in enumerate(ranked) if rank >= place)
        assert hit.q_noise == pytest.approx(max(min(by_hand, 1.0), gate))


def test_nothing_left_is_an_empty_answer_with_the_reason(demo):
    found = demo.like("everolimus", where=Filter(dose_um=500))
    assert not found.records
    assert any("no compound passes the filters" in caveat and "500 µM leaves 0" in caveat for caveat in found.caveats)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (Filter(labels=("HDAC inhibitr",)), "HDAC inhibitor"),
        (Filter(cell_line="HeLa"), "THP-1"),
        (Filter(dose_um=(10, 1)), "10 to 1"),
        (Filter(descriptors=("weight~5",)), "weight"),
        (Filter(substructure="c1cc"), "c1cc"),
    ],
    ids=["class", "cell line", "dose", "descriptor", "smarts"],
)
def test_a_filter_that_means_nothing_is_refused(demo, where, told):
    with pytest.raises(InputError, match=told) as raised:
        demo.like("everolimus", where=where)
    assert "\n" not in str(raised.value)


def test_filters_hold_for_structure_searches_too(demo):
    everything = demo.analogs("sirolimus", k=1000)
    found = demo.analogs("sirolimus", k=1000, where=Filter(descriptors=("mw<400",)))
    light = [hit.compound_id for hit in everything.records if demo.compound(hit.inchikey).molecular_weight < 400]
    assert ids(found) == light
