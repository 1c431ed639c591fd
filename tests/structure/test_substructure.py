"""Substructure search. Judge: RDKit's HasSubstructMatch, molecule by molecule."""

from __future__ import annotations

import time

import numpy as np
import pytest
from rdkit import Chem

from vcpi.errors import InputError, StructureParseError
from vcpi.structure.substructure import find_substructure

PATTERNS = ["c1ccccc1", "C(=O)O", "[#7;R]", "[$(C(=O)N)]", "*~*~*~[OX2H]", "[C@H](N)C(=O)", "[Pt]"]


def judged(smarts, pairs):
    pattern = Chem.MolFromSmarts(smarts)
    chiral = "@" in smarts
    return [i for i, smiles in pairs if Chem.MolFromSmiles(smiles).HasSubstructMatch(pattern, useChirality=chiral)]


@pytest.mark.parametrize("smarts", PATTERNS)
def test_matches_are_rdkits(common_smiles, smarts):
    pairs = [(100 - i, smiles) for i, smiles in enumerate(common_smiles)]
    ids, complete = find_substructure(smarts, pairs, timeout_s=60)
    assert (ids.tolist(), complete, ids.dtype) == (judged(smarts, pairs), True, np.int64)


def test_a_long_list_gives_what_a_short_one_gives(common_smiles):
    pairs = list(enumerate(common_smiles * 12))
    ids, complete = find_substructure("c1ccccc1", pairs, timeout_s=60)
    assert (ids.tolist(), complete) == (judged("c1ccccc1", pairs), True)


def test_rapalogs_share_the_triene(rapalogs, common_smiles):
    pairs = list(enumerate([*rapalogs.values(), *common_smiles]))
    ids, _ = find_substructure("C=CC=CC=C", pairs)
    assert {list(rapalogs)[i] for i in ids} == set(rapalogs) - {"tacrolimus", "cyclosporin A"}


def test_an_endless_match_ends_in_time():
    # every way to lay a long path of any atoms and a missing last one onto a cage: RDKit would search for hours
    cage = "C12C3C4C5C1C6C7C2C8C3C9C4C1C5C6C2C7C8C9C12"
    smarts = "~".join(["*"] * 20) + "~[Xe]"
    smarts = "[!#1]" + "~[!#1]" * 19 + "~[$([!#1]~[!#1]~[!#1]~[!#1]~[!#1]~[!#1]~[!#1]~[!#1]~[!#1]~[Xe,C;v9])]"
    started = time.monotonic()
    ids, complete = find_substructure(smarts, [(1, cage)] * 400, timeout_s=2)
    assert time.monotonic() - started < 15
    assert (len(ids), complete) == (0, False)


@pytest.mark.parametrize("smarts", ["", "   ", "c1cc", "[", "C" * 1001, None])
def test_what_is_no_smarts_is_refused(smarts):
    with pytest.raises(StructureParseError, match="Not a SMARTS"):
        find_substructure(smarts, [(1, "C")])


def test_time_must_be_allowed():
    with pytest.raises(InputError, match="timeout_s is 0"):
        find_substructure("C", [(1, "C")], timeout_s=0)


def test_unreadable_smiles_match_nothing():
    ids, complete = find_substructure("C", [(1, "C1CC"), (2, "CC")])
    assert (ids.tolist(), complete) == ([2], True)
