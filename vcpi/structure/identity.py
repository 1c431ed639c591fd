"""Structure → standardized parent → InChIKey: which compound a drawing shows.

RDKit's MolStandardize moves the protons; which part is the compound is decided by our own rules (``parents``, ``salts``).
Measured on 1,400 PubChem substances, ChEMBL's pipeline takes ten times as long, keeps sodium salicylate and the DMSO
beside phenol, and drops deuterium; RDKit's own parent turns cisplatin into ammonia and aspirin with caffeine into caffeine.

No tautomer is chosen: InChI itself treats mobile hydrogens alike, and RDKit's canonical tautomer moves stereo centres.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice

from rdkit import Chem, rdBase
from rdkit.Chem import rdinchi

from vcpi.errors import InputError, StructureParseError
from vcpi.records import Structure
from vcpi.structure.charges import has_atom, has_metal, without_dative_bonds
from vcpi.structure.descriptors import describe
from vcpi.structure.fingerprints import fingerprint
from vcpi.structure.parents import find_parent
from vcpi.structure.parsing import parse, parse_structure, shown
from vcpi.structure.worker import Worker, WorkerStopped

__all__ = [
    "inchi_of",
    "inchikey_of",
    "is_vehicle_structure",
    "parse",
    "parse_structure",
    "standardize",
    "standardize_many",
]

VEHICLE_INCHIKEY = "IAZDPXIOMUYVGZ-UHFFFAOYSA-N"  # dimethyl sulfoxide
Outcome = Structure | StructureParseError

_CHUNK = 200
_FEW = 400  # below this, starting a child takes longer than the work
# A text within both bounds cannot hold the many fused rings that make perception and numbering slow
_PLAIN_LENGTH = 300
_PLAIN_RING_DIGITS = 40


def standardize(text: str) -> Structure:
    """Find the compound that a drawing shows: its parent, its identity and what is counted on it.

    Counter-ions and solvents are taken off, charges neutralized where protons can do it, isotopes and stereo kept.
    Structures with a metal other than a sodium- or calcium-like counter-ion, and purely inorganic ones, are kept whole,
    as are mixtures of several drug-sized organic parts. The key of an ordinary neutral molecule is RDKit's own.

    Parameters
    ----------
    text
        SMILES (ChemAxon's extension is welcome), InChI or molblock.

    Returns
    -------
    Structure
        ``flags``, in alphabetical order: ``charged`` (the parent keeps a net charge), ``cxsmiles``, ``inorganic``,
        ``isotope``, ``metal``, ``mixture``, ``neutralized``, ``relative_stereo``, ``repeated`` (the parent stood there
        more than once), ``salt`` and ``solvate`` (what was taken off). ``skeleton`` is the first block of the key: the
        labelled and the plain form of a compound share it.

    Raises
    ------
    StructureParseError
        The text is no structure, or InChI gives no key for it.

    Examples
    --------
    >>> metformin = standardize("CN(C)C(=N)NC(=N)N.Cl")
    >>> metformin.smiles, metformin.inchikey, metformin.flags
    ('CN(C)C(=N)NC(=N)N', 'XZWYZXLIPXDOLR-UHFFFAOYSA-N', ('salt',))
    """
    supplied = parse_structure(text)
    with rdBase.BlockLogs():
        try:
            return _standardize(supplied, text.strip())
        except StructureParseError:
            raise
        except (RuntimeError, ValueError) as error:  # RDKit's own: an edit it cannot sanitize
            reason = str(error).strip().splitlines() or ["no reason given"]
            raise StructureParseError(f"RDKit cannot standardize {shown(text)}: {reason[0]:.120}") from error


def _standardize(supplied: Chem.Mol, text: str) -> Structure:
    """Assemble the record of a parsed structure."""
    parent = find_parent(supplied)
    inchi, inchikey = _identify(parent.mol, text)
    is_smiles = "\n" not in text and not text.startswith("InChI=")
    flags = parent.flags | ({"cxsmiles"} if is_smiles and "|" in text else set())
    return Structure(
        smiles=Chem.MolToSmiles(parent.mol),
        inchi=inchi,
        inchikey=inchikey,
        skeleton=inchikey[:14],
        smiles_supplied=text if is_smiles else Chem.MolToSmiles(supplied),
        flags=tuple(sorted(flags | _flags_of(parent.mol, supplied))),
        descriptors=describe(parent.mol),
        fingerprint=fingerprint(parent.mol).tobytes(),
    )


def _flags_of(parent: Chem.Mol, supplied: Chem.Mol) -> set[str]:
    """Return what can be seen on the parent, whichever way it came about."""
    groups = {group.GetGroupType() for group in supplied.GetStereoGroups()}
    seen = {
        "charged": Chem.GetFormalCharge(parent) != 0,
        "inorganic": not has_atom(parent, "[#6]"),
        "isotope": has_atom(parent, "[!0*]"),
        "metal": has_metal(parent),
        "relative_stereo": bool(groups - {Chem.StereoGroupType.STEREO_ABSOLUTE}),
    }
    return {flag for flag, is_set in seen.items() if is_set}


def _identify(mol: Chem.Mol, text: str) -> tuple[str, str]:
    """Return InChI and InChIKey, or say that there is none."""
    inchi = inchi_of(mol)
    inchikey = str(rdinchi.InchiToInchiKey(inchi)) if inchi else ""
    if not inchikey:
        raise StructureParseError(f"InChI gives no key for {shown(text)}; expected a molecule without wildcards")
    return inchi, inchikey


def inchi_of(mol: Chem.Mol) -> str:
    """Return the standard InChI of a molecule as given, empty where InChI has none.

    Dative bonds, which InChI cannot write, are cut first: a platinum complex gets the key of its ionic form.
    """
    with rdBase.BlockLogs():
        inchi = str(rdinchi.MolToInchi(mol)[0])
        if not inchi and any(bond.GetBondType() == Chem.BondType.DATIVE for bond in mol.GetBonds()):
            inchi = str(rdinchi.MolToInchi(without_dative_bonds(mol))[0])
    return inchi


def inchikey_of(mol: Chem.Mol) -> str:
    """Return the InChIKey of a molecule as given, without looking for its parent; empty where InChI has none.

    Examples
    --------
    >>> inchikey_of(parse("CS(C)=O"))
    'IAZDPXIOMUYVGZ-UHFFFAOYSA-N'
    """
    inchi = inchi_of(mol)
    return str(rdinchi.InchiToInchiKey(inchi)) if inchi else ""


def is_vehicle_structure(structure: Structure) -> bool:
    """Say whether a structure is dimethyl sulfoxide, the vehicle of the screens.

    Examples
    --------
    >>> is_vehicle_structure(standardize("C[S+](C)[O-]")), is_vehicle_structure(standardize("CCO"))
    (True, False)
    """
    return structure.inchikey == VEHICLE_INCHIKEY


def standardize_many(texts: Iterable[str], *, workers: int = 1, timeout_s: float = 10.0) -> Iterator[Outcome]:
    """Standardize structures in order, each in bounded time.

    Every structure that could take long is worked on in a child process; so is every structure of a long list. A child
    that reports nothing for ``timeout_s`` seconds, or dies, costs the one structure it held.

    Parameters
    ----------
    texts
        SMILES, InChI or molblocks; read only a little ahead of what is yielded.
    workers
        Child processes for a long list, 1 or more.
    timeout_s
        Seconds allowed for one structure.

    Yields
    ------
    Structure or StructureParseError
        One per text, in order. An error is yielded, not raised.

    Examples
    --------
    >>> [type(found).__name__ for found in standardize_many(["CCO", "C1CC"])]
    ['Structure', 'StructureParseError']
    """
    if workers < 1 or not timeout_s > 0:
        raise InputError(f"workers is {workers} and timeout_s {timeout_s}; expected 1 or more, and more than 0")
    remaining = iter(texts)
    first = list(islice(remaining, _FEW))
    if len(first) < _FEW:
        return _few(first, timeout_s)
    return _many(chain(first, remaining), workers, timeout_s)


def attempt(text: str) -> Outcome:
    """Standardize one structure here and now; return the error instead of raising it."""
    try:
        return standardize(text)
    except StructureParseError as error:
        return error


def is_plain(text: str) -> bool:
    """Whether a text is short and has few ring closures: such a structure takes milliseconds."""
    if not isinstance(text, str) or "\n" in text or text.startswith("InChI="):
        return not isinstance(text, str)
    core = text.strip().partition(" ")[0]
    return len(core) <= _PLAIN_LENGTH and sum(map(str.isdigit, core)) <= _PLAIN_RING_DIGITS


def _few(texts: list[str], timeout_s: float) -> Iterator[Outcome]:
    """Work here, and in a child for what could take long."""
    with Worker(attempt) as worker:
        for text in texts:
            yield attempt(text) if is_plain(text) else guarded(worker, [text], timeout_s)[0]


def _many(texts: Iterator[str], workers: int, timeout_s: float) -> Iterator[Outcome]:
    """Work in children, a thread waiting for each, a few chunks ahead of the reader."""
    children = [Worker(attempt) for _ in range(workers)]
    idle = deque(children)

    def work(chunk: list[str]) -> list[Outcome]:
        child = idle.pop()
        try:
            return guarded(child, chunk, timeout_s)
        finally:
            idle.append(child)

    try:
        with ThreadPoolExecutor(workers) as pool:
            pending: deque[Future[list[Outcome]]] = deque()
            try:
                while chunk := list(islice(texts, _CHUNK)):
                    pending.append(pool.submit(work, chunk))
                    if len(pending) > 2 * workers:
                        yield from pending.popleft().result()
                while pending:
                    yield from pending.popleft().result()
            finally:  # a reader that stops early, or an error: let nothing more begin
                for future in pending:
                    future.cancel()
    finally:
        for child in children:
            child.stop()


def guarded(worker: Worker, chunk: list[str], timeout_s: float) -> list[Outcome]:
    """Run a chunk in a child made for :func:`attempt`; a structure that stops it gives its error, the rest goes to the next."""
    done: list[Outcome] = []
    while len(done) < len(chunk):
        try:
            for outcome in worker.run(chunk[len(done) :], timeout_s=timeout_s):
                done.append(outcome)
        except WorkerStopped as stop:
            done.append(_stopped(chunk[len(done)], stop.reason, timeout_s))
    return done


def _stopped(text: str, reason: str, timeout_s: float) -> StructureParseError:
    """Say why a structure has no result."""
    if reason == "silent":
        return StructureParseError(f"Structure {shown(text)} took longer than {timeout_s:g} s to standardize")
    return StructureParseError(f"Structure {shown(text)} crashed the process that read it")
