"""Shared surroundings and drawings that compare. Judges: RDKit's atom environments, an XML parser, counted ellipses."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from rdkit import Chem

from vcpi.errors import InputError, StructureParseError
from vcpi.structure.highlights import shared_reach
from vcpi.structure.pair_drawing import draw_pair, draw_shared, legend_of, marked_atoms, moved_atoms
from vcpi.structure.pairs import compare

try:
    from rdkit.Chem.Draw import rdMolDraw2D
except ImportError:
    rdMolDraw2D = None

needs_x = pytest.mark.skipif(rdMolDraw2D is None, reason="the system lacks the X libraries that RDKit draws with")


def surroundings(smiles, radius):
    """Canonical text of what lies around each atom, with the properties that Morgan's invariants are made of."""
    mol = Chem.MolFromSmiles(smiles)
    marks = [
        f"[{a.GetAtomicNum()};{a.GetTotalDegree()};{a.GetTotalNumHs()};{a.GetFormalCharge()};{a.IsInRing()}]"
        for a in mol.GetAtoms()
    ]
    found = []
    for atom in range(mol.GetNumAtoms()):
        near, bonds = {atom}, set()
        for _ in range(radius):
            step = [bond for i in near for bond in mol.GetAtomWithIdx(i).GetBonds()]
            bonds |= {bond.GetIdx() for bond in step}
            near |= {i for bond in step for i in (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())}
        text = Chem.MolFragmentToSmiles(
            mol,
            atomsToUse=sorted(near),
            bondsToUse=sorted(bonds),
            atomSymbols=marks,
            bondSymbols=[ORDERS[bond.GetBondTypeAsDouble()] for bond in mol.GetBonds()],
            rootedAtAtom=atom,
        )
        found.append((marks[atom], text))
    return found


ORDERS = {1.0: "-", 1.5: ":", 2.0: "=", 3.0: "#"}


def test_a_molecule_shares_all_of_itself_in_any_drawing(common_smiles, rapalogs):
    for smiles in [*common_smiles, *rapalogs.values()]:
        mol = Chem.MolFromSmiles(smiles)
        other = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=7)[0]
        found = shared_reach(other, smiles)
        assert len(found) == mol.GetNumAtoms()
        assert set(found) == {2}


def test_reach_agrees_with_surroundings_written_out():
    texts = [
        "CC(=O)Oc1ccccc1C(=O)O",
        "CC(=O)Nc1ccc(O)cc1",
        "OC(=O)c1ccccc1O",
        "CNCCC(Oc1ccccc1C)c1ccccc1",
        "CCO",
        "OCC(O)CO",
    ]
    for query in texts:
        for smiles in texts:
            expected = []
            at = [({*surroundings(query, r)}, surroundings(smiles, r)) for r in (0, 1, 2)]
            for atom in range(Chem.MolFromSmiles(smiles).GetNumAtoms()):
                expected.append(max((r for r, (have, mine) in enumerate(at) if mine[atom] in have), default=-1))
            assert list(shared_reach(query, smiles)) == expected, (query, smiles)


def test_unlike_molecules_share_little_and_rapalogs_nearly_all(rapalogs):
    far = shared_reach("Cn1cnc2c1c(=O)n(C)c(=O)n2C", rapalogs["sirolimus"])
    near = shared_reach(rapalogs["sirolimus"], rapalogs["everolimus"])
    kin = shared_reach(rapalogs["sirolimus"], rapalogs["tacrolimus"])
    assert sum(reach == 2 for reach in far) == 0
    assert sum(reach == 2 for reach in near) >= len(near) - 8
    assert sum(reach == 2 for reach in far) < sum(reach == 2 for reach in kin) < sum(reach == 2 for reach in near)


def test_lone_atoms_share_themselves():
    assert shared_reach("C", "C")[0] >= 0
    assert shared_reach("C", "N") == (-1,)


def ellipses(svg, colour):
    """Atoms that a drawing shades, as RDKit draws them."""
    return len(re.findall(rf"<ellipse[^>]*fill:{colour}", svg))


@needs_x
def test_a_pair_is_one_svg_with_its_names_and_without_script(rapalogs):
    svg = draw_pair(
        rapalogs["sirolimus"], rapalogs["everolimus"], labels=("sirolimus", "<script>&"), width=900, height=400
    )
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing
    assert (root.tag, root.get("width"), root.get("height")) == ("{http://www.w3.org/2000/svg}svg", "900px", "400px")
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[-3:] == ["sirolimus", "<script>&", "red: differs"]
    assert "<script" not in svg


@needs_x
def test_what_is_shaded_is_what_differs_or_what_is_shared():
    a, b = "Cc1ccc(O)cc1", "Clc1ccc(OCC)cc1"
    found = compare(a, b)
    mols = (Chem.MolFromSmiles(a), Chem.MolFromSmiles(b))
    # cresol: its methyl, and the hydroxyl that has no ethyl; chlorophenetole: chlorine and the ethyl
    assert marked_atoms(mols, found, side=0) == [0, 5]
    assert marked_atoms(mols, found, side=1) == [0, 6, 7]
    svg = draw_pair(a, b, comparison=found)
    assert ellipses(svg, "#FF7F7F") == 5
    core = draw_pair(a, b, comparison=found, mark="core")
    assert ellipses(core, "#FF7F7F") == 0
    assert ellipses(core, "#8CCCFF") == 14


def test_a_group_that_both_hold_is_no_difference(rapalogs):
    a, b = rapalogs["sirolimus"], rapalogs["tacrolimus"]
    mols, found = (Chem.MolFromSmiles(a), Chem.MolFromSmiles(b)), compare(a, b, timeout_s=5)
    ring = Chem.MolFromSmarts("C1CC[C;R1](O)[C;R1](OC)C1")  # of both, bound by a single and by a double bond
    methoxy = Chem.MolFromSmarts("[CH3]O[C;r;!r6]")  # in the ring, of tacrolimus twice, at other places
    for side, mol in enumerate(mols):
        marked = set(marked_atoms(mols, found, side=side))
        assert not {atom for match in mol.GetSubstructMatches(ring) for atom in match} & marked
        moved = {atom for match in mol.GetSubstructMatches(methoxy) for atom in match[:2]} & set(
            moved_atoms(mols, found, side=side)
        )
        assert len(moved) >= 2
    assert legend_of(mols, found) == "red: differs; amber: the same group at another place"


def test_groups_at_other_places_of_a_ring_are_told_apart_from_others():
    a, b = "Cc1ccc(F)cc1O", "Cc1cc(F)ccc1O"  # the same groups, fluorine elsewhere
    mols, found = (Chem.MolFromSmiles(a), Chem.MolFromSmiles(b)), compare(a, b)
    assert found.has_core
    for side in (0, 1):
        atoms = [mols[side].GetAtomWithIdx(at).GetSymbol() for at in moved_atoms(mols, found, side=side)]
        assert "F" in atoms or "C" in atoms or "O" in atoms
        assert set(moved_atoms(mols, found, side=side)) <= set(marked_atoms(mols, found, side=side))


def test_without_a_core_nothing_is_marked():
    a, b = "CCCCCCCC(=O)O", "c1ccc2[nH]ccc2c1"
    mols, found = (Chem.MolFromSmiles(a), Chem.MolFromSmiles(b)), compare(a, b)
    assert not found.has_core
    assert legend_of(mols, found) == "no common core: nothing is marked"
    assert [compare(*pair).has_core for pair in (("CCO", "CCO"), ("CCCCCCO", "CCCCCCN"), ("CCO", "c1ccccc1"))] == [
        True, True, False,
    ]  # fmt: skip


@needs_x
def test_the_cores_lie_alike(rapalogs):
    """The same turn and place of every core atom, read from the two halves of a drawing without marks of difference."""
    from vcpi.structure import pair_drawing

    for name in ("everolimus", "novolimus", "zotarolimus"):
        a, b = (Chem.MolFromSmiles(rapalogs[one]) for one in ("sirolimus", name))
        found = compare(rapalogs["sirolimus"], rapalogs[name])
        pair_drawing._lay_alike(a, b, found)
        first, second = (mol.GetConformer().GetPositions() for mol in (a, b))
        gaps = [float(((first[i] - second[j]) ** 2).sum() ** 0.5) for i, j in found.mapped]
        assert max(gaps) < 0.1


@needs_x
def test_unlike_and_unfinished_pairs_are_drawn_too(rapalogs):
    for a, b in [("CCCCCC", "c1ccccc1"), ("C", "N"), (rapalogs["everolimus"], rapalogs["temsirolimus"])]:
        assert draw_pair(a, b, timeout_s=0.1).startswith("<svg")
    same = draw_pair("CCO", "OCC")
    assert ellipses(same, "#FF7F7F") == 0


@needs_x
def test_a_molecule_is_shaded_by_what_it_shares():
    assert ellipses(draw_shared("CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Oc1ccccc1C(=O)O"), "#8CCCFF") == 13
    assert "#8CCCFF" not in draw_shared("CCO", "c1ccncc1")


@needs_x
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"width": 5}, InputError, "5 x 320"),
        ({"mark": "all"}, InputError, "Unknown mark 'all'; expected 'difference' or 'core'"),
        ({"smiles_b": "C" * 501}, StructureParseError, "at most 500"),
        ({"smiles_a": "nothing"}, StructureParseError, "Not a structure"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        draw_pair(**{"smiles_a": "CCO", "smiles_b": "CCN", **options})
