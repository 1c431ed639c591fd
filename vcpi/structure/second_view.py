"""A second view of likeness beside Morgan bits, for large rings above all.

Morgan bits say which surroundings of two bonds occur, not how often nor where, so that the cyclic peptides of six and of
eight alanines are equal to them, and two rapalogs tie. Counted atom pairs [1]_ say how many bonds lie between any two
atoms, across the whole ring. Over ten relatives of sirolimus, lowest rapalog and highest other one (Tanimoto to
sirolimus): Morgan bits 0.835 and 0.383, counted pairs 0.765 and 0.515, overlap of the common core 0.893 and 0.355.
Counted pairs are the default: a row costs about a millisecond, a core up to a second.

References
----------
.. [1] Carhart, Smith & Venkataraghavan, J. Chem. Inf. Comput. Sci. 1985, 25, 64, doi:10.1021/ci00046a002
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from vcpi.errors import InputError, StructureParseError
from vcpi.structure.common import Core, common_cores
from vcpi.structure.pairs import overlap
from vcpi.structure.parsing import parse

View = Literal["atom-pairs", "core"]
VIEWS: dict[View, str] = {
    "atom-pairs": "Tanimoto of counted atom pairs",
    "core": "share of atoms and bonds in the largest common core",
}
PAIRS = 5_000_000  # of atoms of one molecule, summed over the rows: about 1.5 s; a drug has 900, a macrocycle 4,200
_CORE_S = 12.0  # for one row, where its steps do not end it; a core of two macrocycles takes most of a second


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondView:
    """One row of the second view: likeness in [0, 1], or None and why, and what it is the likeness of."""

    similarity: float | None
    what: str
    reason: str | None = None


def second_view(
    smiles: str, others: Sequence[str], *, view: View = "atom-pairs", timeout_s: float | None = None
) -> list[SecondView]:
    """Compare one structure with the rows of an answer by something else than Morgan bits.

    Parameters
    ----------
    smiles
        SMILES of the query.
    others
        SMILES of the rows; one that does not parse has no likeness.
    view
        ``atom-pairs``: minimum over maximum of the counts of each atom pair, summed; ``core``: atoms and bonds of the
        largest common substructure over those of both molecules together.
    timeout_s
        Seconds for all rows; without it pairs end after :data:`PAIRS` pairs of atoms, so that a busy machine gives the
        same rows. Rows that are not reached have no likeness; nor does a row whose core was not found for certain.

    Returns
    -------
    list of SecondView
        One for each row, in order.

    Raises
    ------
    StructureParseError
        The query is no structure.
    InputError
        An unknown view, or ``timeout_s`` is not above 0.

    Examples
    --------
    >>> [row.similarity for row in second_view("CCO", ["OCC", "CCN", "C1CC"])]
    [1.0, 0.2, None]
    """
    if view not in VIEWS:
        raise InputError(f"Unknown view {view!r:.40}; expected one of {', '.join(VIEWS)}")
    if timeout_s is not None and not timeout_s > 0:
        raise InputError(f"timeout_s is {timeout_s}; expected more than 0")
    parse(smiles)
    if view == "core":
        return _by_core(smiles, others, _CORE_S * len(others) if timeout_s is None else timeout_s)
    return _by_pairs(smiles, others, timeout_s)


@cache
def _generator() -> rdFingerprintGenerator.FingerprintGenerator64:
    """RDKit's atom pairs up to 30 bonds apart: more than across any drug's ring."""
    return rdFingerprintGenerator.GetAtomPairGenerator(minDistance=1, maxDistance=30, includeChirality=False)


@lru_cache(maxsize=2048)
def _pairs(smiles: str) -> tuple[DataStructs.ULongSparseIntVect, int]:
    """Count each kind of atom pair of a structure, and all pairs, once."""
    mol = parse(smiles)
    return _generator().GetSparseCountFingerprint(mol), mol.GetNumAtoms() ** 2


def _by_pairs(smiles: str, others: Sequence[str], timeout_s: float | None) -> list[SecondView]:
    """Compare counted atom pairs until the time is up, or so many were counted."""
    deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s
    (query, _), rows, counted = _pairs(smiles), [], 0
    what = VIEWS["atom-pairs"]
    for other in others:
        if time.monotonic() > deadline:
            rows.append(_late(what, f"within {timeout_s:g} s"))
            continue
        try:
            if timeout_s is None and counted > PAIRS:
                rows.append(_late(what, f"with {PAIRS:,} pairs of atoms"))
                continue
            reference, n_pairs = _pairs(other)
            counted += n_pairs
            rows.append(SecondView(similarity=_tanimoto((smiles, query), (other, reference)), what=what))
        except StructureParseError as error:
            rows.append(SecondView(similarity=None, what=what, reason=str(error)))
    return rows


def _tanimoto(a: tuple[str, DataStructs.ULongSparseIntVect], b: tuple[str, DataStructs.ULongSparseIntVect]) -> float:
    """Compare two sets of counts; molecules of one atom, which have no pairs, by that atom."""
    if a[1].GetTotalVal() or b[1].GetTotalVal():
        return float(DataStructs.TanimotoSimilarity(a[1], b[1]))
    return float(Chem.MolToSmiles(parse(a[0])) == Chem.MolToSmiles(parse(b[0])))


def _by_core(smiles: str, others: Sequence[str], timeout_s: float) -> list[SecondView]:
    """Compare common cores until the time is up; a core cut short is a lower bound, and so no answer."""
    deadline = time.monotonic() + timeout_s
    what = VIEWS["core"]
    reasons = [_unreadable(other) for other in others]
    cores = common_cores(
        ((smiles, other) for other, reason in zip(others, reasons, strict=True) if reason is None), timeout_s=_CORE_S
    )
    rows = []
    for other, reason in zip(others, reasons, strict=True):
        if reason is not None:
            rows.append(SecondView(similarity=None, what=what, reason=reason))
        elif time.monotonic() > deadline:
            rows.append(_late(what, f"within {timeout_s:g} s"))
        else:
            rows.append(_of_core(parse(smiles), parse(other), next(cores), what))
    cores.close()
    return rows


def _of_core(a: Chem.Mol, b: Chem.Mol, core: Core, what: str) -> SecondView:
    """Make a row of a core."""
    if core.timed_out:
        reason = f"the search was stopped; a core of {len(core.mapped)} atoms had been found"
        return SecondView(similarity=None, what=what, reason=reason)
    return SecondView(similarity=overlap(a, b, core), what=what)


def _unreadable(text: str) -> str | None:
    """Say why a text is no structure, None where it is one."""
    try:
        parse(text)
    except StructureParseError as error:
        return str(error)
    return None


def _late(what: str, limit: str) -> SecondView:
    """Say that a row was not reached."""
    return SecondView(similarity=None, what=what, reason=f"not reached {limit}")
