"""Printed properties of compounds held against their structures: mass, logP, TPSA, formula, Tanimoto."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vcpi.data import compounds as shipped_compounds
from vcpi.database.conflicts import Conflict, check_figures, half_unit, number
from vcpi.facts import WORDS
from vcpi.structure.identity import standardize
from vcpi.structure.search import tanimoto

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vcpi.facts import FactCompound, FactFile, Property
    from vcpi.records import Structure

_COMPUTED = {"molecular_weight": "molecular_weight", "log_p": "log_p", "tpsa": "tpsa"}


def check_facts(facts: FactFile, *, smiles: Mapping[str, str] | None = None) -> list[Conflict]:
    """Hold a document against itself and against the structures of its compounds.

    Parameters
    ----------
    facts
        What the document says.
    smiles
        Structures by the key of a compound, for those that the file does not draw; the shipped compounds are known
        by InChIKey.

    Returns
    -------
    list of Conflict
        Everything that was checked, what agrees too.
    """
    return [*_identity(facts, smiles or {}), *check_figures(facts)]


def _identity(facts: FactFile, smiles: Mapping[str, str]) -> Iterator[Conflict]:
    """Compute what is printed about each compound."""
    wanted = {key for one in facts.compounds for entry in one.properties for key in (one.key, entry.to) if key}
    structures: dict[str, Structure] = {}
    for compound in facts.compounds:
        text = compound.smiles or smiles.get(compound.key) or _shipped(compound)
        if text is not None and compound.key in wanted:
            structures[compound.key] = standardize(text)
    for compound in facts.compounds:
        for entry in compound.properties:
            yield _property(facts, compound, entry, structures)


def _property(
    facts: FactFile, compound: FactCompound, entry: Property, structures: Mapping[str, Structure]
) -> Conflict:
    """Compare one property."""
    structure, other = structures.get(compound.key), structures.get(entry.to or compound.key)
    printed = number(entry.value)
    word = WORDS.get(entry.name, entry.name) + (f" to {entry.to}" if entry.to else "")
    source = f" ({entry.source})" if entry.source else ""
    computed = None if structure is None or other is None else _computed(entry.name, structure, other)
    unit = f" {entry.unit}" if entry.unit else ""
    if computed is None:
        level, found = "open", f"printed {entry.value}{unit}{source}; there is nothing to compute it from"
    elif printed is None or isinstance(computed, str):
        level = "agrees" if entry.value == computed else "contradiction"
        found = f"printed {entry.value}{unit}{source}; the structure gives {computed}"
    else:
        off = abs(float(printed) - computed)
        level = "agrees" if off <= float(half_unit(printed)) + 1e-9 else "contradiction"
        digits = max(-int(printed.as_tuple().exponent), 2)
        found = f"printed {entry.value}{unit}{source}; the structure gives {computed:.{digits}f}"
    return Conflict(
        level=level,  # type: ignore[arg-type]  # one of the levels above
        kind="identity",
        subject=f"{word} of {compound.name}",
        found=found,
        document=facts.document.id,
        compound=compound.key,
    )


def _computed(name: str, structure: Structure, other: Structure) -> float | str | None:
    """Compute a property, or return None where vcpi does not."""
    if name == "formula":
        return structure.descriptors.formula
    if name == "tanimoto":
        bits = [np.frombuffer(one.fingerprint, dtype=np.uint8) for one in (structure, other)]
        return float(tanimoto(bits[0], bits[1][np.newaxis])[0])
    return float(getattr(structure.descriptors, _COMPUTED[name])) if name in _COMPUTED else None


def _shipped(compound: FactCompound) -> str | None:
    """Return the structure of a compound that vcpi ships, by InChIKey."""
    return next((one.smiles for one in shipped_compounds() if one.inchikey == compound.inchikey), None)
