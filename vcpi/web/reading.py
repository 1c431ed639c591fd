"""Whether what is being typed is a structure: told beside the box, before anything is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcpi.errors import StructureParseError

if TYPE_CHECKING:
    from vcpi.database import Database


def read_structure(database: Database, text: str, *, kind: str = "smiles") -> dict[str, Any]:
    """Read a SMILES, an InChI or a SMARTS, and say what it is or what is wrong with it.

    Parameters
    ----------
    database
        The workspace, which may hold the structure.
    text
        As it was typed.
    kind
        ``smiles`` (or an InChI), or ``smarts``.

    Returns
    -------
    dict
        ``readable``, ``problem`` (one line, or None), ``formula``, ``n_atoms`` (heavy atoms) and ``name`` of the compound
        of the workspace that it is; None where not known.
    """
    from vcpi.structure.faults import fault_of, pattern_fault_of  # RDKit loads with the first structure
    from vcpi.structure.substructure import check_smarts

    found: dict[str, Any] = {"readable": True, "problem": None, "formula": None, "n_atoms": None, "name": None}
    try:
        if kind == "smarts":
            check_smarts(text)
        else:
            found |= _known(database, text)
    except StructureParseError as error:
        fault = pattern_fault_of(text) if kind == "smarts" else fault_of(text.strip())
        found |= {"readable": False, "problem": fault or str(error).rpartition("; ")[2]}
    return found


def _known(database: Database, text: str) -> dict[str, Any]:
    """Say what a structure is, and whether the workspace holds it."""
    from vcpi.store import read
    from vcpi.structure.identity import standardize

    structure = standardize(text)
    held = read.find_inchikey(database._connection, structure.inchikey)
    name = read.labels(database._connection, held[:1])[held[0]]["name"] if held else None
    return {"formula": structure.descriptors.formula, "n_atoms": structure.descriptors.n_heavy_atoms, "name": name}
