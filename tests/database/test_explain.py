"""Why a hit is a hit: sums, values and structures judged by the answer, the store and RDKit."""

import numpy as np
import pytest
from rdkit import Chem

from vcpi.database.filters import Filter
from vcpi.database.searching import search
from vcpi.errors import InputError, UnknownCompoundError


@pytest.fixture(scope="module")
def opened(demo_home):
    from vcpi.database import Database

    with Database(demo_home) as database:
        yield database


def test_contributions_sum_to_the_score_of_the_answer(opened):
    hits = {hit.name: hit for hit in opened.like("everolimus", k=300).records}
    for name in ("torin-1", "tacrolimus", "vorinostat"):
        found = opened.explain("everolimus", name)
        assert sum(gene.contribution for gene in found.records) == pytest.approx(hits[name].connectivity, abs=1e-5)
        for field in ("connectivity", "p_noise", "q_noise", "p_specific", "tau", "split_min", "tanimoto", "relation"):
            assert found.scores[field] == getattr(hits[name], field)
        value = found.to_dict(n_genes=7)
        shown = [gene["contribution"] for part in ("agreeing", "disagreeing") for gene in value[part]]
        assert sum(shown) + value["other_genes"]["contribution"] == pytest.approx(
            found.scores["connectivity"], abs=1e-5
        )
        assert len(shown) + value["other_genes"]["n"] == len(found.records)


def test_genes_carry_the_values_of_both_signatures(opened):
    found = opened.explain("everolimus", "torin-1")
    sides = {side: {row["gene_id"]: row for row in opened.signature(name)} for side, name in
             (("query", "everolimus"), ("hit", "torin-1"))}  # fmt: skip
    for gene in found.records[:20] + found.records[-20:]:
        for side, rows in sides.items():
            row = rows[gene.gene_id]
            assert getattr(gene, f"{side}_lfc") == pytest.approx(row["lfc"])
            assert getattr(gene, f"{side}_z") == pytest.approx(row["z"])
            assert getattr(gene, f"{side}_se") == pytest.approx(row["se"], rel=1e-4)
    contributions = [gene.contribution for gene in found.records]
    assert contributions == sorted(contributions, reverse=True)


def test_the_common_core_is_in_both_structures(opened):
    structure = opened.explain("everolimus", "sirolimus").structure
    core = Chem.MolFromSmarts(structure["core_smarts"])
    for side in ("query_smiles", "hit_smiles"):
        assert Chem.MolFromSmiles(structure[side]).HasSubstructMatch(core)
    assert core.GetNumAtoms() == structure["core_atoms"] > 50


def test_a_gene_set_made_of_the_genes_behind_it_comes_first(opened):
    plain = opened.explain("everolimus", "torin-1")
    genes = [gene.gene_id for gene in plain.records]
    rng = np.random.default_rng(0)
    sets = {f"random {i}": rng.choice(genes, 30, replace=False).tolist() for i in range(10)}
    sets |= {"for": genes[:200:8], "against": genes[-200::8], "tiny": genes[:3]}
    found = opened.explain("everolimus", "torin-1", gene_sets=sets)
    by_name = {one["name"]: one for one in found.gene_sets}
    assert {one["name"] for one in found.gene_sets[:2]} == {"for", "against"}
    assert by_name["for"]["z"] > 0 > by_name["against"]["z"]
    assert "tiny" not in by_name
    assert any("1 gene sets have fewer" in caveat for caveat in found.caveats)


def test_what_cannot_be_explained_is_told_in_one_line(opened):
    with pytest.raises(InputError, match="the query itself"):
        opened.explain("everolimus", "everolimus")
    with pytest.raises(UnknownCompoundError, match="evrolimus"):
        opened.explain("everolimus", "evrolimus")
    with pytest.raises(InputError, match="has no signature"):
        opened.explain("CCCCCCCCCCCCCCCCCC", "everolimus")


def test_a_centroid_of_one_is_that_one(opened):
    assert opened.like(["everolimus"], k=50).to_dict() == opened.like("everolimus", k=50).to_dict()


def test_a_centroid_is_the_mean_of_unit_vectors(opened):
    names = ["sirolimus", "everolimus", "temsirolimus"]
    (entry,) = opened.status()["datasets"]
    library = opened._library(entry)
    place = {one.signature_id: row for row, one in enumerate(library.signatures)}
    own = [place[opened.like(name, k=1).query["signature_id"]] for name in names]
    unit = library.index.vectors / np.linalg.norm(library.index.vectors, axis=1, keepdims=True)
    center = unit[own].mean(axis=0)
    expected = unit @ (center / np.linalg.norm(center))
    answer = opened.like(names, k=300)
    assert not {hit.name for hit in answer.records} & set(names)
    for hit in answer.records:
        assert hit.connectivity == pytest.approx(expected[place[hit.signature_id]], abs=1e-5)
    again = opened.like(names[::-1], k=300)
    assert [hit.name for hit in again.records] == [hit.name for hit in answer.records]


def test_what_is_taken_out_of_a_query_is_gone(opened):
    """Nothing of everolimus remains: its own score is 0, and taking a compound out of itself leaves nothing to ask."""
    found = {hit.name: hit.connectivity for hit in opened.like("vistusertib", k=300, without=["everolimus"]).records}
    assert found["everolimus"] == pytest.approx(0.0, abs=1e-5)
    with pytest.raises(InputError, match="Nothing of everolimus remains"):
        opened.like("everolimus", without=["everolimus"])
    with pytest.raises(InputError, match="stress is out of the features"):
        opened.like("everolimus", without=["stress"])


def test_a_compound_named_twice_is_refused(opened):
    with pytest.raises(InputError, match="named twice"):
        opened.like(["sirolimus", "rapamycin"])


def test_a_centroid_is_filtered_like_any_query(opened):
    answer = opened.like(["sirolimus", "everolimus"], k=300, where=Filter(different_scaffold=True))
    scaffold = opened.compound("sirolimus").scaffold
    assert answer.records
    assert all(opened.compound(hit.inchikey).scaffold != scaffold for hit in answer.records[:20])


def test_the_row_of_one_compound_is_the_one_among_all(demo):
    asked, library = _asked(demo, "everolimus")
    whole = search(demo._connection, library, asked)
    for row in whole.rows[::17]:
        found = search(demo._connection, library, asked, only=[row.compound_id])
        assert [one for one in found.rows if one.compound_id == row.compound_id] == [row]
        assert len(found.rows) < len(whole.rows) / 2


def _asked(demo, name):
    found = demo._ask([name], dataset=None, without=())
    return found[1], found[0]
