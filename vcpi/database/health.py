"""What a workspace holds, and whether it is whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.database.queries import choose_dataset
from vcpi.errors import ArtifactError, InputError, VcpiError, WorkspaceError
from vcpi.manifest import Manifest, sha256_file
from vcpi.packed import read_checked, unpack
from vcpi.signature.fast import FastIndex
from vcpi.signature.search import SignatureIndex
from vcpi.store import columns, read
from vcpi.store.connection import open_for_reading, store_path
from vcpi.store.seal import changed_tables, check_note, check_seal, is_large
from vcpi.structure.fingerprints import FingerprintSpec
from vcpi.structure.identity import standardize
from vcpi.structure.search import FingerprintIndex
from vcpi.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {
    "compounds": """SELECT c.name, c.inchikey, c.smiles, c.formula, c.molecular_weight, c.log_p, c.tpsa, c.n_h_donors,
        c.n_h_acceptors, c.n_rotatable_bonds, c.n_rings, c.n_heavy_atoms, c.fraction_sp3, c.scaffold, c.compound_id,
        (SELECT count(*) FROM signature s WHERE s.compound_id = c.compound_id) AS n_signatures
        FROM compound c ORDER BY c.compound_id""",
    "names": """SELECT n.name, n.kind, c.name AS compound, c.inchikey, n.source, n.conflict FROM name n
        JOIN compound c USING (compound_id) ORDER BY n.name_id""",
    "annotations": """SELECT c.name, c.inchikey, a.kind, a.value, a.source FROM annotation a
        JOIN compound c USING (compound_id) ORDER BY a.annotation_id""",
    "signatures": """SELECT s.signature_id, d.name AS dataset, d.simulated, c.name, c.inchikey, s.source_signature_id,
        s.dose_um, s.time_h, s.cell_line, s.n_replicates, s.plates, s.strength, s.n_strong_genes, s.active, s.tas,
        s.replicate_correlation, s.replicate_excess, s.quality_factor, s.flags, s.provenance
        FROM signature s JOIN dataset d USING (dataset_id) JOIN compound c USING (compound_id)
        ORDER BY s.signature_id""",
    "samples": """SELECT d.name AS dataset, s.sequenced_id, s.role, c.name, s.plate, s.plate_row, s.plate_column,
        s.dose_um, s.time_h, s.cell_line, s.n_umi, s.n_genes, s.flags, s.extra FROM sample s
        JOIN dataset d USING (dataset_id) LEFT JOIN compound c ON c.compound_id = s.compound_id ORDER BY s.sample_id""",
    "genes": """SELECT d.name AS dataset, g.gene_id, g.gene_symbol, g.entrez_id, g.ensembl_id, g.status, g.sigma
        FROM gene g JOIN dataset d USING (dataset_id) ORDER BY g.dataset_id, g.row""",
    "rejected": """SELECT i.verb, i.source, r.file, r.row, r.raw, r.reason FROM rejected r
        JOIN ingest i USING (ingest_id) ORDER BY r.rejected_id""",
    "ingests": "SELECT verb, source, files, counts, versions FROM ingest ORDER BY ingest_id",
}
OF_DATASETS = ("signatures", "samples", "genes")
"""The tables that tell datasets apart."""


def table(connection: sqlite3.Connection, name: str, dataset: str | None = None) -> list[dict[str, Any]]:
    """Return a table by the name that ``vcpi export`` gives it, of one dataset where that is named."""
    if name not in TABLES:
        message = f"No table is called {name!r}; expected one of {', '.join(TABLES)}"
        raise InputError(message)
    if dataset is not None:
        choose_dataset(connection, dataset=dataset, compound_id=None)
        if name not in OF_DATASETS:
            message = f"The table {name} is of the whole workspace; leave --dataset off, or export one of {', '.join(OF_DATASETS)}"
            raise InputError(message)
    rows = [dict(row) for row in connection.execute(TABLES[name])]
    return rows if dataset is None else [row for row in rows if row["dataset"] == dataset]


def status(connection: sqlite3.Connection, home: Path) -> dict[str, Any]:
    """Return versions, counts, datasets and indexes."""
    reasons = connection.execute(
        "SELECT reason, count(*) AS n FROM rejected GROUP BY reason ORDER BY n DESC, reason LIMIT 10"
    )
    return {
        "home": str(home),
        "version": __version__,
        "counts": read.counts(connection),
        "datasets": read.datasets(connection),
        "indexes": [
            {"kind": row["kind"], "file": row["file"], "n_rows": made.n_rows, "recall": made.recipe.get("recall_at_10")}
            for row in read.artifacts(connection)
            for made in [Manifest.from_json(row["manifest"])]
        ],
        "rejected": [dict(row) for row in reasons],
    }


def verify(connection: sqlite3.Connection, home: Path, *, deep: bool) -> list[dict[str, str]]:
    """Check the store, then each index against its manifest and, deeply, against what the store holds."""
    checks = [_check_store(connection, home, deep=deep)]
    try:
        return checks + _check_parts(connection, home, deep=deep)
    except (ArtifactError, sqlite3.DatabaseError, ValueError, TypeError, LookupError, AttributeError) as error:
        if checks[0]["state"] == "ok":
            raise
        return [*checks, _row("indexes", "damaged", f"not looked at, since the store is damaged ({error})")]


def _check_parts(connection: sqlite3.Connection, home: Path, *, deep: bool) -> list[dict[str, str]]:
    """Check what the store says of datasets, indexes and structures."""
    checks = []
    known = read.artifacts(connection)
    if not any(row["kind"] == "fingerprints" for row in known):
        checks.append(_row("fingerprints", "damaged", "the store names no such index; run 'vcpi build'"))
    indexed = {row["dataset_id"] for row in known if row["kind"] == "signatures"}
    for dataset in read.datasets(connection):
        if dataset["dataset_id"] not in indexed:
            checks.append(_row(f"signatures of {dataset['name']}", "damaged", "no index; run 'vcpi build'"))
        elif deep:
            checks.append(_check_content(connection, dataset))
    checks += [_check_index(connection, home, row, deep=deep) for row in known]
    if deep:
        checks.append(_check_structures(connection))
    return checks


def _row(part: str, state: str, detail: str) -> dict[str, str]:
    """Make one row of the report."""
    return {"part": part, "state": state, "detail": detail}


def _check_store(connection: sqlite3.Connection, home: Path, *, deep: bool) -> dict[str, str]:
    """Compare the store with its seal, and ask SQLite whether its file is whole and its references hold."""
    path = store_path(home)
    try:
        with closing(open_for_reading(home)) as anew:  # the pages on the disk, not those that this process remembers
            is_sealed = check_seal(anew, path, whole=deep)
        pragma = "integrity_check" if deep else "quick_check"
        (found,) = connection.execute(f"PRAGMA {pragma}").fetchone()
        dangling = connection.execute("PRAGMA foreign_key_check").fetchall()
        is_noted = (deep or not is_sealed) and check_note(connection, path)
    except (ArtifactError, WorkspaceError, sqlite3.DatabaseError, ValueError) as error:
        return _row("store", "damaged", f"{error}{_changed(connection) if deep else ''}")
    if found != "ok" or dangling:
        return _row("store", "damaged", found if found != "ok" else f"{len(dangling)} rows refer to rows that are gone")
    if is_sealed:
        return _row("store", "ok", "pages and references, bit for bit as written")
    digest = "rows as written, not sealed" if is_noted else "no digest of its rows"
    if is_large(path) and not deep:
        return _row(
            "store", "ok", f"pages and references; {digest}: 'vcpi verify --deep' compares its bytes with its seal"
        )
    return _row("store", "ok", f"pages and references; {digest}: 'vcpi build' seals the file")


def _changed(connection: sqlite3.Connection) -> str:
    """Name the tables that hold other rows than were written, as far as they can be read."""
    with suppress(sqlite3.DatabaseError, UnicodeDecodeError):
        tables = changed_tables(connection)
        if tables is not None:
            return f"; tables that differ: {', '.join(tables) or 'none'}"
    return ""


def _check_content(connection: sqlite3.Connection, dataset: dict[str, Any]) -> dict[str, str]:
    """Recompute the digest of a dataset's signatures, and that of each vector."""
    part = f"signatures of {dataset['name']}"
    digest = read.signature_digest(connection, dataset["dataset_id"])
    if digest != dataset["content_digest"]:
        return _row(part, "damaged", "the vectors are not those that were ingested; ingest the dataset again")
    return _row(part, "ok", f"{dataset['n_signatures']} vectors as ingested")


def _check_index(connection: sqlite3.Connection, home: Path, row: dict[str, Any], *, deep: bool) -> dict[str, str]:
    """Check one index file against its manifest, and deeply against the store."""
    part, path = f"index/{row['file']}", home / "index" / row["file"]
    try:
        manifest = Manifest.from_json(row["manifest"])
        if not path.is_file():
            return _row(part, "damaged", "missing; run 'vcpi build'")
        if sha256_file(path) != manifest.file_digest:
            return _row(part, "damaged", "its digest is not the one in its manifest; run 'vcpi build'")
        differs = _content_differs(connection, path, manifest, row) if deep else ""
    except VcpiError as error:
        return _row(part, "damaged", str(error))
    if differs:
        return _row(part, "damaged", f"{differs}; run 'vcpi build'")
    return _row(part, "ok", f"{manifest.n_rows} rows")


def _content_differs(connection: sqlite3.Connection, path: Path, manifest: Manifest, row: dict[str, Any]) -> str:
    """Say how the rows of an index differ from the store's."""
    if row["kind"] == "fingerprints":
        if read.structure_digest(connection) != manifest.content_digest:
            return "built from other fingerprints than the store holds"
        ids, bits = read.fingerprints(connection)
        index = FingerprintIndex.load(path)
        same = np.array_equal(index.compound_ids, ids)
        return "" if same and len(bits) == manifest.n_rows else "its rows are not the store's"
    dataset_id, recipe = row["dataset_id"], manifest.recipe
    if row["kind"] == columns.KIND:
        return _catalogue_differs(connection, path, manifest, dataset_id)
    layer = str(recipe["layer"])
    if read.signature_digest(connection, dataset_id) != manifest.content_digest:
        return "built from other signatures than the store holds"
    n_genes = int(recipe["n_genes"])
    if row["kind"] == "fast":
        FastIndex.load(path, expected_sha256=manifest.file_digest, recipe=recipe, n_rows=manifest.n_rows)
        n = len(read.signatures(connection, dataset_id))
        return "" if n == manifest.n_rows else "its rows are not the store's"
    ids, values = read.vectors(connection, dataset_id, layer=layer)
    signatures = SignatureIndex.load(path, expected_sha256=manifest.file_digest, n_genes=n_genes)
    same = np.array_equal(signatures.signature_ids, ids) and np.array_equal(
        signatures.vectors, SignatureIndex(ids, values).vectors
    )
    return "" if same else "its rows are not the store's"


def _catalogue_differs(connection: sqlite3.Connection, path: Path, manifest: Manifest, dataset_id: int) -> str:
    """Say how a catalogue differs from the rows that it is made of."""
    if columns.source_digest(connection, dataset_id) != manifest.content_digest:
        return "built from other rows than the store holds"
    kept = unpack(read_checked(path, expected_sha256=manifest.file_digest), name=path.name)
    anew = columns.pack(connection, dataset_id)
    same = kept.arrays.keys() == anew.arrays.keys() and all(
        one.tobytes() == np.ascontiguousarray(kept.arrays[name]).tobytes() for name, one in anew.arrays.items()
    )
    return "" if same and {**kept.texts} == {**anew.texts} else "its rows are not the store's"


def _check_structures(connection: sqlite3.Connection) -> dict[str, str]:
    """Standardize every parent again: its InChIKey and fingerprint must come out as they are stored."""
    query = "SELECT name, smiles, inchikey, fingerprint FROM compound WHERE smiles IS NOT NULL ORDER BY compound_id"
    n = 0
    for name, smiles, inchikey, fingerprint in connection.execute(query):
        n += 1
        structure = standardize(smiles)
        if structure.inchikey != inchikey or structure.fingerprint != fingerprint:
            detail = f"{name}: {inchikey} comes out as {structure.inchikey}; RDKit may have changed; ingest again"
            return _row("structures", "damaged", detail)
    return _row("structures", "ok", f"{n} parents recomputed, {FingerprintSpec()}")
