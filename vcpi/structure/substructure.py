"""Substructure search in bounded time.

A short, concrete pattern on a short list is matched here and now. Everything else - wildcards, recursion, long patterns,
long lists - is matched in a child process that is killed when the time is up, since a match cannot be interrupted.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase

from vcpi.errors import InputError, StructureParseError
from vcpi.structure.parsing import shown
from vcpi.structure.worker import Worker, WorkerStopped

MAX_SMARTS = 1_000
_FEW = 300  # below this, starting a child takes longer than the work
_CHUNK = 500
_CONCRETE_LENGTH = 80
_WILD = re.compile(r"\*|\$|~|\[!|\[[^\]]*[,;]|\b[aA]\b")


def find_substructure(
    smarts: str, molecules: Iterable[tuple[int, str]], *, timeout_s: float = 10.0
) -> tuple[NDArray[np.int64], bool]:
    """Find the molecules that contain a pattern.

    Parameters
    ----------
    smarts
        SMARTS, at most 1,000 characters; stereo counts where the pattern names it (``@``, ``/``).
    molecules
        Pairs of compound id and SMILES. A SMILES that does not parse matches nothing.
    timeout_s
        Seconds allowed for the whole search.

    Returns
    -------
    tuple of ndarray and bool
        Ids in the order given, and whether every molecule was looked at.

    Raises
    ------
    StructureParseError
        The pattern is no SMARTS.
    InputError
        ``timeout_s`` is not above 0.

    Examples
    --------
    >>> ids, complete = find_substructure("c1ccccc1O", [(1, "Oc1ccccc1"), (2, "CCO"), (3, "Cc1ccc(O)cc1")])
    >>> ids.tolist(), complete
    ([1, 3], True)
    """
    if not timeout_s > 0:
        raise InputError(f"timeout_s is {timeout_s}; expected more than 0")
    check_smarts(smarts)
    deadline = time.monotonic() + timeout_s
    pairs = list(molecules)
    tasks = [(smarts, smiles) for _, smiles in pairs]
    is_easy = len(pairs) <= _FEW and len(smarts) <= _CONCRETE_LENGTH and not _WILD.search(smarts)
    answers = list(_match_here(tasks, deadline) if is_easy else _match_in_child(tasks, deadline))
    found = [compound_id for (compound_id, _), is_match in zip(pairs, answers, strict=False) if is_match]
    return np.array(found, dtype=np.int64), len(answers) == len(pairs)


def check_smarts(smarts: str) -> None:
    """Refuse what is no SMARTS.

    Raises
    ------
    StructureParseError
        The pattern is empty, too long, or does not parse; the message quotes it.
    """
    if not isinstance(smarts, str) or not smarts.strip() or len(smarts) > MAX_SMARTS:
        raise StructureParseError(f"Not a SMARTS: {shown(smarts)}; expected 1 to {MAX_SMARTS} characters")
    if _compiled(smarts) is None:
        raise StructureParseError(f"Not a SMARTS: {shown(smarts)}; RDKit cannot read it")


@lru_cache(maxsize=16)
def _compiled(smarts: str) -> Chem.Mol | None:
    """Compile a pattern once."""
    with rdBase.BlockLogs():
        try:
            pattern = Chem.MolFromSmarts(smarts)
        except (RuntimeError, ValueError):
            return None
    return pattern if pattern is not None and pattern.GetNumAtoms() else None


def matches(task: tuple[str, str]) -> bool:
    """Say whether a pattern, the first text, occurs in a SMILES, the second."""
    smarts, smiles = task
    params = Chem.SubstructMatchParameters()
    params.maxMatches = 1  # type: ignore[assignment]  # RDKit's stubs know these
    params.useChirality = any(sign in smarts for sign in "@/\\")  # type: ignore[assignment]  # as themselves
    with rdBase.BlockLogs():
        mol, pattern = Chem.MolFromSmiles(smiles), _compiled(smarts)
        return mol is not None and pattern is not None and bool(mol.GetSubstructMatches(pattern, params))


def _match_here(tasks: list[tuple[str, str]], deadline: float) -> Iterator[bool]:
    """Match one after another until the time is up."""
    for task in tasks:
        if time.monotonic() > deadline:
            return
        yield matches(task)


def _match_in_child(tasks: list[tuple[str, str]], deadline: float) -> Iterator[bool]:
    """Match in a child until the time is up; what came back before counts."""
    with Worker(matches) as worker:
        for start in range(0, len(tasks), _CHUNK):
            try:
                yield from worker.run(tasks[start : start + _CHUNK], deadline=deadline)
            except WorkerStopped:
                return
