"""The joint answer, held against the truth of the simulated screen and against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import vcpi
from vcpi.errors import InputError, UnknownCompoundError
from vcpi.store import read

RAPALOGS = {"sirolimus", "temsirolimus", "ridaforolimus", "novolimus", "umirolimus", "zotarolimus"}
MTOR_KINASE = {"vistusertib", "torin-1", "torin-2", "AZD8055", "KU-0063794", "OSI-027", "sapanisertib", "PP242"}


def test_what_behaves_like_everolimus(demo):
    hits = demo.like("everolimus", k=10).records
    names = {hit.name for hit in hits}
    assert len(names & RAPALOGS) >= 4
    assert names & MTOR_KINASE
    assert {hit.relation for hit in hits if hit.name in RAPALOGS} == {"analog-mimic"}
    assert {hit.relation for hit in hits if hit.name in MTOR_KINASE} == {"scaffold-hop"}


def test_tacrolimus_looks_related_and_acts_differently(demo):
    answer = demo.like("everolimus", k=10)
    assert "tacrolimus" not in {hit.name for hit in answer.records}
    from_tacrolimus = {hit.name: hit for hit in demo.like("tacrolimus").analogs}
    cliff = from_tacrolimus["sirolimus"]
    assert cliff.relation == "activity-cliff"
    assert round(cliff.tanimoto, 3) == 0.375


def test_connectivity_equals_a_plain_ranking(demo):
    connection = demo._connection
    (dataset,) = read.datasets(connection)
    ids, z = read.vectors(connection, dataset["dataset_id"], layer="feature")
    answer = demo.like("everolimus", k=50)
    rows = {int(signature_id): row for row, signature_id in enumerate(ids)}
    query = z[rows[answer.query["signature_id"]]].astype(np.float64)
    cosines = (z.astype(np.float64) @ query) / (np.linalg.norm(z.astype(np.float64), axis=1) * np.linalg.norm(query))
    order = [int(ids[row]) for row in np.argsort(-cosines) if ids[row] != answer.query["signature_id"]]
    assert [hit.signature_id for hit in answer.records] == order[:50]
    for hit in answer.records:
        assert hit.connectivity == pytest.approx(cosines[rows[hit.signature_id]], abs=1e-6)


def test_ranks_and_scores_of_both_searches_stand_side_by_side(demo):
    by_structure = {hit.name: hit for hit in demo.analogs("everolimus", k=300).records}
    for hit in demo.like("everolimus", k=20).records:
        assert hit.tanimoto == by_structure[hit.name].tanimoto
        assert hit.structure_rank == by_structure[hit.name].rank


def test_every_hit_is_judged(demo):
    answer = demo.like("everolimus", k=200)
    assert answer.method["null"] == "vehicle-pairs"
    assert answer.method["n_null"] > 100
    for hit in answer.records:
        assert 0 < hit.p_noise <= hit.q_noise <= 1
        assert -100 <= hit.tau <= 100
        assert 0 < hit.p_specific <= 1
        assert hit.split_min <= hit.split_mean
    sure = {hit.name for hit in answer.records if hit.q_noise < 0.05}
    assert RAPALOGS & sure == {hit.name for hit in answer.records if hit.name in RAPALOGS}
    assert {hit.relation for hit in answer.records if hit.q_noise >= 0.05} <= {"unrelated", "activity-cliff"}


def test_what_does_nothing_has_no_reliable_neighbour(demo):
    quiet = [row for row in demo.table("signatures") if row["strength"] < 0.03]
    without = 0
    for row in quiet:
        answer = demo.like(row["inchikey"], k=1)
        without += any("no reliable neighbour" in caveat for caveat in answer.caveats)
    assert len(quiet) > 20
    assert without >= 0.95 * len(quiet)


def test_simulated_counts_are_called_so(demo):
    assert any("SIMULATED" in caveat for caveat in demo.like("everolimus").caveats)


def test_the_opposite_is_the_other_end(demo):
    mimics = demo.like("everolimus", k=500).records
    opposites = demo.like("everolimus", k=500, reverse=True).records
    assert [hit.connectivity for hit in opposites] == sorted(hit.connectivity for hit in mimics)


def test_plate_mates_can_be_left_out(demo):
    assert any(hit.same_plate for hit in demo.like("everolimus", k=50).records)
    assert not any(hit.same_plate for hit in demo.like("everolimus", k=50, exclude_same_plate=True).records)


def test_a_structure_that_is_not_there_is_answered_by_structure(demo):
    answer = demo.like("CC(=O)Oc1ccccc1C(=O)OCC")
    assert answer.records == ()
    assert any("has no signature" in caveat for caveat in answer.caveats)
    by_structure = demo.analogs("CC(=O)Oc1ccccc1C(=O)OCC", k=10).records
    assert [(hit.name, hit.tanimoto) for hit in answer.analogs] == [(hit.name, hit.tanimoto) for hit in by_structure]
    assert all(hit.connectivity is None and hit.relation is None for hit in answer.analogs)
    assert demo.analogs("CC(=O)Oc1ccccc1C(=O)OCC", k=3).records[0].tanimoto > 0.1


def test_frames_have_the_columns_of_the_json(demo):
    answer = demo.like("everolimus", k=3)
    assert list(answer.hits.columns) == list(answer.to_dict()["hits"][0])
    assert list(demo.search_structure("everolimus", k=2).columns)[:5] == [
        "rank", "name", "inchikey", "compound_id", "tanimoto",
    ]  # fmt: skip
    signature = demo.search_signature("everolimus", k=3)
    assert signature["connectivity"].tolist() == answer.hits["connectivity"].tolist()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: d.like("everolimus", k=0), "k is 0"),
        (lambda d: d.like("everolimus", method="magic"), "Method 'magic' is unknown"),
        (
            lambda d: d.like("everolimus", dataset="l1000"),
            "No dataset is called 'l1000'; the workspace holds: sim-demo",
        ),
        (lambda d: d.query(), "needs gene lists"),
        (lambda d: d.query(up=["MX1"] * 12), "1 of 12 ids are genes|genes of the dataset"),
        (lambda d: d.analogs("everolimus", cutoff=1.5), "1.5"),
        (lambda d: d.table("nothing"), "No table is called 'nothing'"),
    ],
)
def test_wrong_options_are_told(demo, call, message):
    with pytest.raises(InputError, match=message):
        call(demo)


def test_an_unknown_name_is_told(demo):
    with pytest.raises(UnknownCompoundError, match="the nearest names are everolimus"):
        demo.like("evrolimus")


def test_a_signature_asked_from_outside_finds_its_own_compound(demo):
    import pandas as pd

    genes = demo.signature("vorinostat")
    series = pd.Series([row["z"] for row in genes], index=[row["gene_id"] for row in genes])
    answer = demo.query(signature=series, k=3)
    assert answer.records[0].name == "vorinostat"
    assert answer.records[0].connectivity == pytest.approx(1.0, abs=0.02)  # what its plate shares is not known outside
    assert answer.genes["n_used"] == len(genes)


def test_gene_lists_find_the_compound_they_came_from(demo):
    genes = sorted((row for row in demo.signature("vorinostat") if row["gene_symbol"]), key=lambda row: row["z"])
    down, up = [row["gene_symbol"] for row in genes[:40]], [row["gene_symbol"] for row in genes[-40:]]
    answer = demo.query(up=up, down=down, k=5)
    assert answer.records[0].name == "vorinostat"
    classes = [demo.compound(hit.name).classes for hit in answer.records]
    assert sum("HDAC" in " ".join(found) for found in classes) >= 3
    mirrored = demo.query(up=down, down=up, k=5, reverse=True)
    assert [hit.name for hit in mirrored.records] == [hit.name for hit in answer.records]


def test_a_gene_in_both_lists_is_left_out_of_both(demo):
    genes = [row["gene_symbol"] for row in demo.signature("sirolimus") if row["gene_symbol"]][:24]
    plain = demo.query(up=genes[:11], down=genes[12:23])
    both = demo.query(up=genes[:12], down=[*genes[12:23], genes[11]])
    assert [hit.name for hit in both.records] == [hit.name for hit in plain.records]
    assert [hit.connectivity for hit in both.records] == [hit.connectivity for hit in plain.records]
    assert any("both up and down" in caveat and genes[11] in caveat for caveat in both.caveats)


@pytest.mark.parametrize("options", [{}, {"reverse": True}, {"exclude_same_plate": True}])
def test_the_first_rows_are_those_of_the_whole_list(demo_home, options):
    """What is described for a short answer alone is what a full one says of it, analogs and notes too."""
    with vcpi.open(demo_home) as database:
        for name in ("everolimus", "tacrolimus", "vorinostat"):
            whole = database.like(name, k=10_000, **options)
            short = database.like(name, k=4, **options)
            assert len(whole.records) > 100
            assert [one.signature_id for one in short.records] == [one.signature_id for one in whole.records[:4]]
            assert short.records == whole.records[:4]
            assert short.analogs == whole.analogs
            connectivities = [one.connectivity for one in whole.records]
            assert connectivities == sorted(connectivities, reverse="reverse" not in options)
