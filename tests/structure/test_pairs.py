"""Common cores and what differs. Judges: substructure matching, every piece of small molecules listed, atoms counted, pairs of the literature."""

from __future__ import annotations

import itertools
import time

import pytest
from rdkit import Chem

from vcpi.errors import InputError, StructureParseError
from vcpi.structure import common
from vcpi.structure.common import Core, common_core, common_cores, find_core
from vcpi.structure.pairs import compare
from vcpi.structure.scaffolds import LARGE_RING

# Matched pairs of the literature; what stands at the one place where they differ
KNOWN = [
    ("CC(=O)Nc1ccc(O)cc1", "CC(=O)Nc1ccc(OCC)cc1", [("[1*][H]", "[1*]CC")]),  # paracetamol, phenacetin
    ("CNCCC(Oc1ccccc1C)c1ccccc1", "CNCCC(Oc1ccccc1OC)c1ccccc1", [("[1*]C", "[1*]OC")]),  # atomoxetine, nisoxetine
    (
        "OC(=O)c1ccccc1Nc1cccc(c1C)C",
        "OC(=O)c1ccccc1Nc1cccc(Cl)c1C",
        [("[1*]C", "[1*]Cl")],
    ),  # mefenamic, tolfenamic acid
    ("Cn1cnc2c1c(=O)n(C)c(=O)n2C", "Cn1cnc2c1c(=O)[nH]c(=O)n2C", [("[1*]C", "[1*][H]")]),  # caffeine, theobromine
    ("NC1CCCCC1", "NC1CCCC1", None),  # rings of other sizes share no ring
]


def core_in(mol, found, side):
    return {pair[side] for pair in found.mapped}


def heavy(text):
    """Atoms of a fragment without its dummies."""
    return sum(atom.GetAtomicNum() > 0 for atom in Chem.MolFromSmiles(text, sanitize=False).GetAtoms())


def check(a, b, found):
    """What holds for any comparison."""
    mols = [Chem.MolFromSmiles(text) for text in (a, b)]
    pattern = Chem.MolFromSmarts(found.core_smarts) if found.core_smarts else None
    for side, (mol, only) in enumerate(zip(mols, (found.only_a, found.only_b), strict=True)):
        inside = core_in(mol, found, side)
        assert len(inside) == found.core_atoms
        assert found.core_atoms + sum(map(heavy, only)) == mol.GetNumAtoms()
        if pattern is not None:
            assert pattern.GetNumAtoms() == found.core_atoms
            assert mol.HasSubstructMatch(pattern)
        for ring in mol.GetRingInfo().AtomRings():
            if len(ring) < LARGE_RING and not set(ring) <= inside:  # whole, or two rings' joint at most
                own = [n for n in ring if n in inside and not _in_whole_ring(mol, n, inside)]
                assert all(not _bonded_in_ring(mol, i, j, ring) for i, j in itertools.combinations(own, 2))
    elements = [[mols[n].GetAtomWithIdx(pair[n]).GetAtomicNum() for pair in found.mapped] for n in (0, 1)]
    assert elements[0] == elements[1]
    assert 0 <= found.overlap <= 1
    assert 0 <= found.tanimoto <= 1


def _in_whole_ring(mol, atom, inside):
    return any(atom in ring and set(ring) <= inside for ring in mol.GetRingInfo().AtomRings())


def _bonded_in_ring(mol, i, j, ring):
    return mol.GetBondBetweenAtoms(i, j) is not None and {i, j} <= set(ring)


def labelled_pieces(smiles):
    """Every connected piece of a molecule whose rings are whole, as canonical text: element, ring or chain, bond order."""
    mol = Chem.MolFromSmiles(smiles)
    rings = [frozenset(ring) for ring in mol.GetRingInfo().BondRings()]
    ends = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    atoms = [f"[{10 * a.GetAtomicNum() + a.IsInRing()}*]" for a in mol.GetAtoms()]
    bonds = [{1.0: "-", 1.5: ":", 2.0: "=", 3.0: "#"}[b.GetBondTypeAsDouble()] for b in mol.GetBonds()]
    seen, front = set(), {frozenset([n]) for n in range(len(ends))}
    while front:
        seen |= front
        front = {
            piece | {n}
            for piece in front
            for n in range(len(ends))
            if n not in piece and set(ends[n]) & {atom for m in piece for atom in ends[m]}
        } - seen
    whole = [p for p in seen if all(any(n in r and r <= p for r in rings) for n in p if any(n in r for r in rings))]
    return {
        Chem.MolFragmentToSmiles(
            mol,
            atomsToUse=sorted({atom for n in piece for atom in ends[n]}),
            bondsToUse=sorted(piece),
            atomSymbols=atoms,
            bondSymbols=bonds,
        ): (len({atom for n in piece for atom in ends[n]}), len(piece))
        for piece in whole
    }


@pytest.mark.parametrize(("a", "b", "changes"), KNOWN)
def test_known_pairs_differ_where_chemists_say(a, b, changes):
    found = compare(a, b)
    check(a, b, found)
    assert not found.timed_out
    if changes is not None:
        assert list(found.changes) == changes
        assert found.same_scaffold


def test_any_two_drugs_keep_the_rules_and_mirror(common_smiles):
    pairs = list(itertools.combinations(common_smiles[3:33:2], 2))
    for a, b in pairs:
        found, back = compare(a, b), compare(b, a)
        check(a, b, found)
        check(b, a, back)
        assert (back.core_atoms, back.overlap, back.tanimoto) == (found.core_atoms, found.overlap, found.tanimoto)
    assert sum(compare(a, b).core_atoms > 5 for a, b in pairs) > 20


def test_the_size_of_a_core_agrees_with_listing_every_piece_of_small_molecules():
    small = ["CC(C)NCC(O)C", "CC(N)C(=O)O", "OCC1CCCN1C", "Cc1ccccc1", "Nc1ccncc1", "CC1CC1C(N)=O", "OC(=O)C1CCC1"]
    pieces = {smiles: labelled_pieces(smiles) for smiles in small}
    for a, b in itertools.combinations_with_replacement(small, 2):
        common = pieces[a].keys() & pieces[b].keys()
        n_bonds = max((pieces[a][text][1] for text in common), default=0)
        core = common_core(a, b)
        assert len(core.bonds) == n_bonds, (a, b)
        if n_bonds:
            assert (len(core.mapped), n_bonds) in {pieces[a][text] for text in common}


def test_a_molecule_and_itself_differ_in_nothing(common_smiles, rapalogs):
    for smiles in [*common_smiles[:12], rapalogs["sirolimus"]]:
        found = compare(smiles, smiles)
        assert (found.only_a, found.only_b, found.changes, found.overlap, found.tanimoto) == ((), (), (), 1.0, 1.0)
        assert found.same_skeleton
        assert found.same_scaffold is (True if any(mark.isdigit() for mark in smiles) else None)


@pytest.mark.parametrize(
    ("a", "b", "core", "changes"),
    [
        ("sirolimus", "everolimus", 65, [("[1*][H]", "[1*]CCO")]),
        ("sirolimus", "novolimus", 64, [("[1*]C", "[1*][H]")]),
        ("sirolimus", "ridaforolimus", 65, [("[1*][H]", "[1*]P(C)(C)=O")]),
        ("everolimus", "umirolimus", 68, [("[1*][H]", "[1*]CC")]),
    ],
)
def test_rapalogs_differ_in_their_tails_within_two_seconds(rapalogs, a, b, core, changes):
    compare("C1CCCCCCCCCCCC1", "C1CCCCCCCCCCCC1")
    started = time.monotonic()
    found = compare(rapalogs[a], rapalogs[b])
    assert time.monotonic() - started < 6  # 0.3 s at a quiet desk
    assert (found.core_atoms, list(found.changes)) == (core, changes)
    check(rapalogs[a], rapalogs[b], found)


def test_tacrolimus_shares_the_half_that_binds_fkbp12(rapalogs):
    """Rapamycin and FK506 hold FKBP12 by pipecolate, dicarbonyl and hemiketal (Van Duyne 1991); that is the core."""
    found = compare(rapalogs["sirolimus"], rapalogs["tacrolimus"], timeout_s=20)
    check(rapalogs["sirolimus"], rapalogs["tacrolimus"], found)
    core = Chem.MolFromSmarts(found.core_smarts)
    binding_half = Chem.MolFromSmarts("O-C(=O)-C1-C-C-C-C-N-1-C(=O)-C(=O)-C1-C-C-C-C-O-1")
    assert core.HasSubstructMatch(Chem.MolFromSmarts("[#8]-[#6](=[#8])-[#6]1-[#6]-[#6]-[#6]-[#6]-[#7]-1"))
    assert binding_half.GetNumAtoms() <= found.core_atoms < 40
    sirolimus = Chem.MolFromSmiles(rapalogs["sirolimus"])
    assert any(set(m) <= core_in(sirolimus, found, 0) for m in sirolimus.GetSubstructMatches(binding_half))
    assert found.overlap < 0.5 < compare(rapalogs["sirolimus"], rapalogs["everolimus"]).overlap


def test_temsirolimus_against_tacrolimus_ends_in_time(rapalogs):
    started = time.monotonic()
    found = compare(rapalogs["temsirolimus"], rapalogs["tacrolimus"], timeout_s=1)
    assert time.monotonic() - started < 8
    check(rapalogs["temsirolimus"], rapalogs["tacrolimus"], found)


def test_a_search_that_is_late_is_killed_and_said(rapalogs):
    started = time.monotonic()
    found = compare(rapalogs["everolimus"], rapalogs["temsirolimus"], timeout_s=0.1)
    assert time.monotonic() - started < 8
    assert found.timed_out
    assert (found.core_atoms, found.core_smarts, found.overlap) == (0, "", 0.0)
    assert [heavy(text) for text in found.only_a] == [Chem.MolFromSmiles(rapalogs["everolimus"]).GetNumAtoms()]
    check(rapalogs["everolimus"], rapalogs["temsirolimus"], found)


def test_a_search_ends_by_steps_and_not_by_the_clock(rapalogs, monkeypatch):
    whole = common_core(rapalogs["sirolimus"], rapalogs["tacrolimus"])
    assert not whole.timed_out
    monkeypatch.setattr(common, "STEPS", 500)
    task = (rapalogs["sirolimus"], rapalogs["tacrolimus"], 100)
    cut, again = find_core(task), find_core(task)
    assert cut == again
    assert cut.timed_out
    assert len(cut.mapped) <= len(whole.mapped)


def test_fragments_are_those_of_cutting_the_core_out(rapalogs):
    for a, b in [("CC(=O)Oc1ccccc1C(=O)O", "OC(=O)c1ccccc1OCC"), (rapalogs["sirolimus"], rapalogs["zotarolimus"])]:
        found = compare(a, b)
        for side, (text, parts) in enumerate(((a, found.only_a), (b, found.only_b))):
            mol = Chem.MolFromSmiles(text)
            inside = core_in(mol, found, side)
            left = Chem.RWMol(mol)
            left.BeginBatchEdit()
            for atom in inside:
                left.RemoveAtom(atom)
            left.CommitBatchEdit()
            expected = sorted(len(piece) for piece in Chem.GetMolFrags(left))
            assert sorted(map(heavy, parts)) == expected


def test_forms_of_one_skeleton_differ_in_nothing_that_is_drawn_flat():
    found = compare("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O")
    assert found.same_skeleton
    assert (found.core_atoms, found.changes) == (6, ())
    assert not compare("CCO", "CCN").same_skeleton


def test_a_ring_closed_in_one_of_two_shares_no_part_of_it():
    found = compare("CCCCCCO", "OC1CCCCC1")
    assert (found.core_atoms, found.same_scaffold) == (0, False)
    assert found.changes == (("CCCCCCO", "OC1CCCCC1"),)


def test_what_shares_no_bond_shares_nothing_but_lone_atoms_match():
    assert compare("CO", "CN").core_atoms == 0
    assert compare("C", "C").overlap == 1.0
    assert compare("C", "N").core_atoms == 0
    assert common_core("C", "C") == Core(smarts="[#6]", mapped=((0, 0),), bonds=(), timed_out=False)


def test_one_child_serves_many_pairs(rapalogs):
    pairs = [
        (rapalogs["sirolimus"], rapalogs["everolimus"]),
        ("CCO", "CCN"),
        (rapalogs["sirolimus"], rapalogs["novolimus"]),
    ]
    assert [len(core.mapped) for core in common_cores(pairs, timeout_s=20)] == [65, 2, 64]
    assert find_core((*pairs[0], 10)) == next(common_cores(pairs, timeout_s=20))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("C", "no structure"), StructureParseError, "Not a structure"),
        (("[[", "C"), StructureParseError, "Not a structure"),
    ],
)
def test_what_is_no_structure_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        compare(*arguments)


@pytest.mark.parametrize("timeout_s", [0, -1, 0.01, float("nan")])
def test_no_time_is_refused(timeout_s):
    with pytest.raises(InputError, match=r"timeout_s is .*; expected 0\.1 or more"):
        compare("CC", "CC", timeout_s=timeout_s)
