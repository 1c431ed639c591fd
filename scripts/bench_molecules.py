"""Molecules for the benchmarks: those of SMILES files, and as many more as are needed, put together from their pieces.

Molecules are cut at single bonds outside rings into ends and linkers, and end-linker-end is put together anew at random
with a fixed seed. Where no file is given the pieces are those of the drugs that vcpi ships.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
from importlib import resources
from itertools import combinations, islice
from multiprocessing import Pool
from typing import TYPE_CHECKING

import numpy as np
from rdkit import Chem, RDLogger

from vcpi.structure.fingerprints import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench_frame import Settings

CUT = Chem.MolFromSmarts("[!#1;R,$(C=O),$(S=O)]-;!@[!#1;!D1]")
END_ATOMS, LINKER_ATOMS = (4, 14), (2, 12)
MOST_CUT = 20_000  # molecules whose pieces are used


def shipped() -> list[str]:
    """Read the structures of the demonstration's drugs."""
    text = resources.files("vcpi.data").joinpath("compounds.tsv").read_text(encoding="utf-8")
    return [row["smiles"] for row in csv.DictReader(text.splitlines(), delimiter="\t") if row["smiles"]]


def read_files(files: list[Path]) -> list[str]:
    """Read the first column of SMILES files, plain or gzipped, each structure once."""
    found: dict[str, None] = {}
    for path in files:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
        found.update(dict.fromkeys(line.split()[0] for line in text.splitlines() if line.strip()))
    return list(found)


def pieces(smiles: list[str]) -> tuple[list[str], list[str]]:
    """Cut molecules; ends carry the mark [*:1], linkers [*:1] and [*:2]."""
    ends: set[str] = set()
    linkers: set[str] = set()
    for text in smiles[:MOST_CUT]:
        mol = Chem.MolFromSmiles(text)
        if mol is None or "." in text:
            continue
        Chem.RemoveStereochemistry(mol)
        bonds = [mol.GetBondBetweenAtoms(a, b).GetIdx() for a, b in mol.GetSubstructMatches(CUT)]
        for cut in [[bond] for bond in bonds] + [list(pair) for pair in combinations(bonds, 2)][:30]:
            broken = Chem.FragmentOnBonds(mol, cut, dummyLabels=[(0, 0)] * len(cut))
            for piece in Chem.GetMolFrags(broken, asMols=True, sanitizeFrags=False):
                marks = [atom for atom in piece.GetAtoms() if atom.GetAtomicNum() == 0]
                for number, atom in enumerate(marks, start=1):
                    atom.SetAtomMapNum(number)
                n_atoms, into = piece.GetNumAtoms() - len(marks), ends if len(marks) == 1 else linkers
                low, high = END_ATOMS if len(marks) == 1 else LINKER_ATOMS
                if low <= n_atoms <= high:
                    first = next(atom.GetIdx() for atom in piece.GetAtoms() if atom.GetAtomicNum())
                    into.add(_opened(Chem.MolToSmiles(piece, rootedAtAtom=first)))
    return sorted(ends), sorted(linkers)


def _opened(text: str) -> str:
    """Turn marked atoms into open ring bonds, which close across the dots of a SMILES."""
    for number in (1, 2):
        for mark in (f"(-[*:{number}])", f"([*:{number}])", f"-[*:{number}]", f"[*:{number}]"):
            text = text.replace(mark, f"%9{number}")
    return text


def candidates(files: list[Path], *, seed: int = 0) -> Iterator[str]:
    """Give SMILES without end: those of the files in a random order, then new ones from their pieces, each once."""
    rng = np.random.default_rng(seed)
    real = read_files(files)
    real = [real[i] for i in rng.permutation(len(real))]
    yield from real
    ends, linkers = pieces(real or shipped())
    seen: set[bytes] = set()
    while True:
        first, second = (ends[i] for i in rng.integers(len(ends), size=2))
        text = f"{linkers[rng.integers(len(linkers))]}.{first}.{second.replace('%91', '%92')}"
        key = hashlib.blake2b(text.encode(), digest_size=8).digest()
        if key not in seen:
            seen.add(key)
            yield text


def _fingerprint(text: str) -> bytes:
    """Fingerprint what parses."""
    mol = Chem.MolFromSmiles(text)
    return fingerprint(mol).tobytes() if mol is not None and mol.GetNumAtoms() else b""


def fingerprints(n: int, settings: Settings) -> np.ndarray:
    """Give the packed fingerprints of ``n`` molecules in a random order, from the cache where they were made before.

    Equal files and equal sizes give equal molecules. A million take some minutes, this once.
    """
    files = [(path.name, path.stat().st_size) for path in settings.library]
    key = hashlib.sha256(repr((n, files, "v1")).encode()).hexdigest()[:12]
    kept = settings.cache / f"fingerprints-{n}-{key}.npy"
    if not kept.is_file():
        RDLogger.DisableLog("rdApp.*")
        rows = bytearray()
        with Pool(initializer=RDLogger.DisableLog, initargs=("rdApp.*",)) as pool:
            for row in pool.imap(
                _fingerprint, islice(candidates(list(settings.library)), n + n // 10 + 100), chunksize=500
            ):
                rows += row
                if len(rows) == 256 * n:
                    break
        made = np.frombuffer(rows, dtype=np.uint8).reshape(n, 256)
        np.save(kept, made[np.random.default_rng(n).permutation(n)])
    return np.load(kept)
