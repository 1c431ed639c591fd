"""What is wrong with a SMILES or SMARTS that cannot be read, in words that tell whoever typed it where to look."""

from __future__ import annotations

import re

from rdkit import Chem, rdBase

_ATOM = re.compile(r"\[[^\[\]]*\]")
_RING = re.compile(r"%\((\d+)\)|%(\d\d)|(\d)")
_FEW = 3


def fault_of(text: str) -> str:
    """Say why RDKit cannot read a SMILES; empty where nothing is found.

    Parameters
    ----------
    text
        One SMILES.

    Examples
    --------
    >>> fault_of("CC(=O"), fault_of("c1ccccc"), fault_of("CCO")
    ("1 '(' is not closed", 'ring 1 is not closed', '')
    >>> fault_of("CC(C)(C)(C)C")
    'atom 2 (C) has more bonds than it can have'
    """
    written = _unclosed(text)
    if written:
        return written
    with rdBase.BlockLogs():
        try:
            mol = Chem.MolFromSmiles(text, sanitize=False)
            problems = [] if mol is None else list(Chem.DetectChemistryProblems(mol))
        except (RuntimeError, ValueError):
            return ""
    if mol is None:
        return ""
    for problem in problems:
        kind = problem.GetType()
        if kind == "AtomValenceException":
            atom = mol.GetAtomWithIdx(problem.GetAtomIdx())
            return f"atom {atom.GetIdx() + 1} ({atom.GetSymbol()}) has more bonds than it can have"
        if kind in {"KekulizeException", "AtomKekulizeException"}:
            return "its aromatic atoms (small letters) cannot be given single and double bonds"
    return ""


def pattern_fault_of(text: str) -> str:
    """Say why RDKit cannot read a SMARTS, as :func:`fault_of` does.

    Examples
    --------
    >>> pattern_fault_of("C(=O"), pattern_fault_of("C(=O)NO")
    ("1 '(' is not closed", '')
    """
    return _unclosed(text)


def _unclosed(text: str) -> str:
    """Count brackets and ring bonds that stand alone."""
    bare = _ATOM.sub("*", text)
    for sign, other in (("[", "]"), ("(", ")")):
        more = bare.count(sign) - bare.count(other)
        if more:
            lone = sign if more > 0 else other
            return f"{abs(more)} {lone!r} {'is' if abs(more) == 1 else 'are'} not {'closed' if more > 0 else 'opened'}"
    numbers = [next(part for part in match if part) for match in _RING.findall(bare)]
    alone = [one for one in dict.fromkeys(str(int(number)) for number in numbers) if _odd(one, numbers)]
    if not alone:
        return ""
    named = ", ".join(alone[:_FEW])
    return f"ring {named} is not closed" if len(alone) == 1 else f"rings {named} are not closed"


def _odd(number: str, numbers: list[str]) -> bool:
    """Say whether a ring bond is opened and not closed again."""
    return sum(str(int(one)) == number for one in numbers) % 2 == 1
