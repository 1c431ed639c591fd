"""The second view. Judges: pairs counted over RDKit's distance matrix, cyclic peptides that Morgan bits cannot tell, rapalogs."""

from __future__ import annotations

import csv
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from vcpi.errors import InputError, StructureParseError
from vcpi.structure import second_view as module
from vcpi.structure.second_view import second_view

RAPALOGS = ("everolimus", "temsirolimus", "ridaforolimus", "umirolimus", "zotarolimus", "novolimus")


def similarities(query, others, **options):
    return [row.similarity for row in second_view(query, others, **options)]


def counted(smiles):
    """Atom pairs by hand: element, neighbours and pi electrons of both ends (Carhart 1985) and bonds between them."""
    mol = Chem.MolFromSmiles(smiles)
    distances = Chem.GetDistanceMatrix(mol)

    def kind(atom):
        pi = sum(bond.GetBondTypeAsDouble() - 1 for bond in atom.GetBonds() if not bond.GetIsAromatic())
        return atom.GetSymbol(), atom.GetDegree(), 1 if atom.GetIsAromatic() else int(pi)

    kinds = [kind(atom) for atom in mol.GetAtoms()]
    return Counter(
        (*sorted((kinds[i], kinds[j])), int(distances[i][j]))
        for i in range(len(kinds))
        for j in range(i)
        if 1 <= distances[i][j] <= 30
    )


def by_hand(a, b):
    x, y = counted(a), counted(b)
    return sum((x & y).values()) / sum((x | y).values())


def test_counted_pairs_agree_with_counting_by_hand(rapalogs):
    drugs = ["CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Nc1ccc(O)cc1", "CNCCC(Oc1ccccc1C)c1ccccc1", "NCC1(CC(O)=O)CCCCC1"]
    everyone = [*drugs, *rapalogs.values()]
    for query in everyone[::3]:
        assert similarities(query, everyone, timeout_s=60) == pytest.approx(
            [by_hand(query, other) for other in everyone]
        )


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_likeness_is_symmetric_in_range_and_one_for_itself(common_smiles, data):
    a, b = (data.draw(st.sampled_from(common_smiles)) for _ in range(2))
    there, back = similarities(a, [b], timeout_s=60), similarities(b, [a], timeout_s=60)
    assert there == back
    assert 0 <= there[0] <= 1
    assert similarities(a, [a], timeout_s=60) == [1.0]


def cyclic_alanine(n):
    return "N1C(C)C(=O)" + "NC(C)C(=O)" * (n - 2) + "NC(C)C1=O"


def test_rings_of_repeats_are_told_where_morgan_bits_are_equal():
    six, eight, seven = (cyclic_alanine(n) for n in (6, 8, 7))
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    bits = [generator.GetFingerprint(Chem.MolFromSmiles(text)) for text in (six, eight)]
    assert DataStructs.TanimotoSimilarity(*bits) == 1.0
    near, far = similarities(six, [seven, eight])
    assert far < near < 0.9


@pytest.mark.parametrize("view", ["atom-pairs", "core"])
def test_rapalogs_stand_apart_from_tacrolimus(rapalogs, view):
    found = second_view(
        rapalogs["sirolimus"], [rapalogs[name] for name in (*RAPALOGS, "tacrolimus")], view=view, timeout_s=60
    )
    known = [row.similarity for row in found[:-1] if row.similarity is not None]
    assert len(known) >= len(RAPALOGS) - (view == "core")
    assert min(known) > 0.75
    assert (found[-1].similarity or 0.0) < 0.55
    by_name = dict(zip(RAPALOGS, found, strict=False))
    assert by_name["novolimus"].similarity > by_name["everolimus"].similarity > by_name["temsirolimus"].similarity


def test_everolimus_and_ridaforolimus_tie_in_morgan_bits_and_not_here(rapalogs):
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    query, *others = (
        generator.GetFingerprint(Chem.MolFromSmiles(rapalogs[name]))
        for name in ("sirolimus", "everolimus", "ridaforolimus")
    )
    first, second = DataStructs.BulkTanimotoSimilarity(query, others)
    assert first == pytest.approx(second, abs=1e-3)
    first, second = similarities(rapalogs["sirolimus"], [rapalogs["everolimus"], rapalogs["ridaforolimus"]])
    assert first - second > 0.02


def test_fifty_large_rows_are_cheap(rapalogs):
    rows = list(rapalogs.values()) * 6
    module._pairs.cache_clear()
    started = time.process_time()
    found = second_view(rapalogs["sirolimus"], rows[:50], timeout_s=30)
    assert time.process_time() - started < 0.5
    assert None not in [row.similarity for row in found]


def test_rows_that_time_does_not_reach_are_unknown_and_said(rapalogs):
    found = second_view(rapalogs["sirolimus"], list(rapalogs.values()), timeout_s=1e-9)
    assert {(row.similarity, row.reason) for row in found} == {(None, "not reached within 1e-09 s")}
    cores = second_view(rapalogs["sirolimus"], list(rapalogs.values()), view="core", timeout_s=1e-9)
    assert {row.similarity for row in cores} == {None}


def test_a_busy_machine_gives_the_same_rows(rapalogs, monkeypatch):
    """Without a time limit the clock has no say: here every look at it is an hour later."""
    hours = iter(range(0, 10**9, 3600))
    rows = list(rapalogs.values())
    expected = similarities(rapalogs["sirolimus"], rows)
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(hours)))
    assert similarities(rapalogs["sirolimus"], rows) == expected
    assert None not in expected
    sizes = [Chem.MolFromSmiles(row).GetNumAtoms() ** 2 for row in rows]
    monkeypatch.setattr(module, "PAIRS", sum(sizes[:3]) - 1)
    found = second_view(rapalogs["sirolimus"], rows)
    assert [row.similarity for row in found] == expected[:3] + [None] * (len(rows) - 3)
    assert found[3].reason == f"not reached with {sum(sizes[:3]) - 1:,} pairs of atoms"


@pytest.mark.parametrize("view", ["atom-pairs", "core"])
def test_a_row_without_structure_is_unknown_and_leaves_the_others(view):
    found = second_view("CCO", ["no structure", "OCC", "", "CCN"], view=view)
    assert [row.similarity for row in found] == [
        None,
        1.0,
        None,
        pytest.approx({"atom-pairs": 1 / 5, "core": 3 / 7}[view]),
    ]
    assert "Not a structure: 'no structure'" in found[0].reason
    assert {row.what for row in found} == {module.VIEWS[view]}


def test_no_rows_and_lone_atoms():
    assert second_view("CCO", []) == second_view("CCO", [], view="core") == []
    assert similarities("C", ["C", "N", "CC"]) == [1.0, 0.0, 0.0]


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(StructureParseError, match="Not a structure"):
        second_view("no structure", [])
    with pytest.raises(InputError, match="Unknown view 'maccs'; expected one of atom-pairs, core"):
        second_view("C", ["C"], view="maccs")
    with pytest.raises(InputError, match="timeout_s is 0; expected more than 0"):
        second_view("C", ["C"], timeout_s=0)


@pytest.mark.shared
def test_the_nearest_drug_is_of_the_same_family(shared_data):
    """The nearest of all members of all families is one of a drug's own family, as chemists named them."""
    with (shared_data / "structure_analog_families" / "families.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["smiles"]]
    families = {row["family"] for row in rows}
    everyone = [row["smiles"] for row in rows]
    right = 0
    for row in rows:
        found = similarities(row["smiles"], everyone, timeout_s=60)
        ranked = sorted(zip(found, rows, strict=True), key=lambda pair: -pair[0])
        nearest = next(other for _, other in ranked if other["smiles"] != row["smiles"])
        right += nearest["family"] == row["family"]
    assert len(families) > 3
    assert right / len(rows) > 0.9
