"""Drawing → parent: which parts of a drawing are the compound."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from rdkit import Chem

from vcpi.structure.charges import COUNTERION_METALS, METALS, free_counterions, has_metal, neutralize
from vcpi.structure.salts import Rank, rank_of

_KEPT_METALS = METALS - COUNTERION_METALS
_SOLVENTS = (Rank.WATER, Rank.SOLVENT)


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent, and flags for what was done to reach it."""

    mol: Chem.Mol
    flags: frozenset[str]


def find_parent(mol: Chem.Mol) -> Parent:
    """Choose the parts of a drawing that are the compound, and neutralize them.

    Parameters
    ----------
    mol
        Sanitized molecule, of one part or several.

    Returns
    -------
    Parent
        The molecule itself where nothing had to be done. ``flags`` holds ``salt`` and ``solvate`` (taken off),
        ``mixture``, ``repeated``, ``neutralized`` and, for a drawing of inorganic parts only, ``inorganic``.

    Examples
    --------
    >>> parent = find_parent(Chem.MolFromSmiles("[Na+].[O-]C(=O)c1ccccc1O.O"))
    >>> Chem.MolToSmiles(parent.mol), sorted(parent.flags)
    ('O=C(O)c1ccccc1O', ['neutralized', 'salt', 'solvate'])
    """
    if has_metal(mol, _KEPT_METALS):
        return Parent(mol, frozenset())
    freed = free_counterions(mol)
    if len(Chem.GetMolFrags(freed)) == 1:
        return _neutral_parent([freed], set())
    parts = Chem.GetMolFrags(freed, asMols=True)
    ranked = [(part, rank_of(part)) for part in parts]
    best = max(rank for _, rank in ranked)
    kept = [part for part, rank in ranked if rank == best]
    dropped = {"solvate" if rank in _SOLVENTS else "salt" for _, rank in ranked if rank < best}
    if best == Rank.INORGANIC:  # lithium carbonate, sodium chloride: no part of it is a side matter
        whole = reduce(Chem.CombineMols, kept)
        Chem.SanitizeMol(whole)
        return Parent(whole, frozenset({"inorganic", *dropped}))
    return _neutral_parent(kept, dropped)


def _neutral_parent(parts: list[Chem.Mol], flags: set[str]) -> Parent:
    """Keep each kind of part once, join what remains and neutralize it as a whole."""
    kinds = {Chem.MolToSmiles(neutralize(part)) if len(parts) > 1 else "": part for part in parts}
    if len(kinds) < len(parts):
        flags = flags | {"repeated"}
    drawn = next(iter(kinds.values()))
    if len(kinds) > 1:
        flags = flags | {"mixture"}
        drawn = Chem.MolFromSmiles(".".join(sorted(Chem.MolToSmiles(part) for part in kinds.values())))
    parent = neutralize(drawn)
    return Parent(parent, frozenset(flags if parent is drawn else flags | {"neutralized"}))
