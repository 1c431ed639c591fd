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


# buckminsterfullerene: every atom has three neighbors, so that paths through it are without number
CAGE = (
    "C12=C3C4=C5C6=C1C7=C8C9=C1C%10=C%11C(=C29)C3=C2C3=C4C4=C5C5=C9C6=C7C6=C7C8=C1C1=C8C%10=C%10C%11=C2C2=C3C3=C4C4=C5C5="
    "C%11C%12=C(C6=C95)C7=C1C1=C%12C5=C%11C4=C3C3=C5C(=C81)C%10=C23"
)


def test_an_endless_match_ends_in_time():
    # a path of 40 atoms to an end that the cage does not have: RDKit tries them all
    smarts = "~".join(["[#6]"] * 40) + "~[#6;D1]"
    started = time.monotonic()
    ids, complete = find_substructure(smarts, [(1, "C"), (2, CAGE), (3, "C")], timeout_s=1)
    assert time.monotonic() - started < 20
    assert (len(ids), complete) == (0, False)


def test_what_was_found_before_the_time_was_up_is_kept():
    smarts = "~".join(["[#6]"] * 40) + "~[#6;D1]"
    long_chain = "C" * 45
    ids, complete = find_substructure(smarts, [(1, long_chain), (2, CAGE), (3, long_chain)], timeout_s=2)
    assert (ids.tolist(), complete) == ([1], False)


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
