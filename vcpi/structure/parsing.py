"""Text → molecule: SMILES, ChemAxon's extended SMILES, InChI or a molblock."""

from __future__ import annotations

import re

from rdkit import Chem, rdBase
from rdkit.Chem import rdinchi

from vcpi.errors import StructureParseError

MAX_SMILES = 4_000
MAX_MOLBLOCK = 400_000
MAX_ATOMS = 999
_SHOWN = 80
_MOLBLOCK = re.compile(r"^M  END|V[23]000\s*$", re.MULTILINE)
# Texts that stand in structure columns and are no structures: vehicle wells and empty cells
_NOT_STRUCTURES = frozenset({"", "control", "dmso", "nan", "none", "null", "n/a", "na", "-666", "restricted"})


def shown(text: object) -> str:
    """Return a value as an error message quotes it, at most about 80 characters."""
    quoted = repr(text)
    return quoted if len(quoted) <= _SHOWN else f"{quoted[:_SHOWN]}..."


def parse(text: str) -> Chem.Mol:
    """Parse a SMILES, with or without ChemAxon's extension.

    The extension may name parts that RDKit does not know; those are passed over. Words after the SMILES that are no
    extension are refused, since a name such as ``CN 1`` would else be read as a molecule.

    Parameters
    ----------
    text
        At most 4,000 characters.

    Returns
    -------
    Mol
        Sanitized, 1 to 999 atoms.

    Raises
    ------
    StructureParseError
        The text is no structure; the message quotes it.

    Examples
    --------
    >>> parse("CCO |r|").GetNumAtoms()
    3
    """
    words = _words(text)
    if len(text) > MAX_SMILES:
        raise StructureParseError(f"SMILES of {len(text)} characters: {shown(text)}; expected at most {MAX_SMILES}")
    if len(words) > 1 and not words[1].startswith("|"):
        raise StructureParseError(f"Not a structure: {shown(text)}; expected one SMILES without further words")
    if words and not (words[0].isascii() and words[0].isprintable()):  # RDKit passes over signs that nobody sees
        raise StructureParseError(f"Not a structure: {text!a:.80}; expected a SMILES of ASCII characters")
    params = Chem.SmilesParserParams()
    params.strictCXSMILES = False  # type: ignore[assignment]  # RDKit's stubs know these
    params.parseName = False  # type: ignore[assignment]  # as the parameters themselves
    with rdBase.BlockLogs():
        try:
            mol = Chem.MolFromSmiles(" ".join(words), params)
            if mol is None and len(words) > 1:  # an extension broken beyond lenient reading
                mol = Chem.MolFromSmiles(words[0], params)
        except (RuntimeError, ValueError):  # RDKit's own, for a few broken texts
            mol = None
    return _checked(mol, text, "a SMILES")


def parse_structure(text: str) -> Chem.Mol:
    """Parse a structure in whichever notation it is written: molblock, InChI or SMILES.

    Parameters
    ----------
    text
        A molblock has an ``M  END`` or version line, an InChI begins with ``InChI=``; everything else is SMILES.

    Returns
    -------
    Mol
        Sanitized, 1 to 999 atoms.

    Raises
    ------
    StructureParseError
        The text is no structure; the message quotes it.

    Examples
    --------
    >>> parse_structure("InChI=1S/CH4O/c1-2/h2H,1H3").GetNumAtoms()
    2
    """
    if isinstance(text, str) and text.lstrip().startswith("InChI="):
        return _parse_inchi(text)
    if isinstance(text, str) and "\n" in text.strip("\n") and _MOLBLOCK.search(text):
        return _parse_molblock(text)
    return parse(text)


def _words(text: str) -> list[str]:
    """Cut a text into SMILES and the rest, or say that it is neither."""
    if not isinstance(text, str):
        raise StructureParseError(f"Not a structure: {shown(text)}; expected text")
    if text.strip().casefold() in _NOT_STRUCTURES:
        raise StructureParseError(f"Not a structure: {shown(text)}; expected a SMILES, InChI or molblock")
    return text.split(maxsplit=1)


def _parse_inchi(text: str) -> Chem.Mol:
    """Parse an InChI."""
    if len(text) > MAX_SMILES:
        raise StructureParseError(f"InChI of {len(text)} characters: {shown(text)}; expected at most {MAX_SMILES}")
    with rdBase.BlockLogs():
        try:
            mol = rdinchi.InchiToMol(text.strip())[0]
        except (RuntimeError, ValueError):
            mol = None
    return _checked(mol, text, "an InChI")


def _parse_molblock(text: str) -> Chem.Mol:
    """Parse a molblock, V2000 or V3000; what follows ``M  END`` is passed over."""
    if len(text) > MAX_MOLBLOCK:
        raise StructureParseError(f"Molblock of {len(text)} characters; expected at most {MAX_MOLBLOCK}")
    with rdBase.BlockLogs():
        try:
            mol = Chem.MolFromMolBlock(text)
        except (RuntimeError, ValueError):
            mol = None
    return _checked(mol, text, "a molblock")


def _checked(mol: Chem.Mol | None, text: str, notation: str) -> Chem.Mol:
    """Refuse what RDKit could not parse, the empty molecule and the oversized one."""
    if mol is None or mol.GetNumAtoms() == 0:
        raise StructureParseError(f"Not a structure: {shown(text)}; RDKit cannot read it as {notation}")
    if mol.GetNumAtoms() > MAX_ATOMS:
        raise StructureParseError(
            f"Structure of {mol.GetNumAtoms()} atoms: {shown(text)}; expected at most {MAX_ATOMS}"
        )
    return mol
