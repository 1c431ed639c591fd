"""Writing the store: every function works inside the transaction of ``open_for_writing``.

Values are plain Python before they reach SQLite: a NumPy integer would be bound as bytes.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vcpi.errors import InputError
from vcpi.naming import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlite_utils import Database

    from vcpi.records import CompoundRow, GeneRow, Rejected, SampleRow, SourceFile, Structure


def canonical_json(value: object) -> str:
    """Write a value as JSON that is equal for equal values.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": [True, None]})
    '{"a":[true,null],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def start_ingest(
    database: Database, *, verb: str, source: str, files: Sequence[SourceFile], versions: Mapping[str, str]
) -> int:
    """Note that files are being ingested and return the number of this ingest."""
    row = {
        "verb": verb,
        "source": source,
        "files": canonical_json([asdict(file) for file in files]),
        "counts": "{}",
        "versions": canonical_json(dict(versions)),
    }
    return _insert(database, "ingest", row)


def finish_ingest(database: Database, ingest_id: int, counts: Mapping[str, int]) -> None:
    """Note what came of an ingest."""
    database.execute("UPDATE ingest SET counts = ? WHERE ingest_id = ?", [canonical_json(dict(counts)), ingest_id])


def reject(database: Database, ingest_id: int, rejected: Iterable[Rejected]) -> int:
    """Keep rows that could not be used, each with its reason, and return how many."""
    rows = [(ingest_id, row.file, row.row, clean(row.raw[:4_000]), clean(row.reason)) for row in rejected]
    database.conn.executemany("INSERT INTO rejected (ingest_id, file, row, raw, reason) VALUES (?, ?, ?, ?, ?)", rows)
    return len(rows)


def clean(text: str) -> str:
    """Take out what neither SQLite nor a terminal can hold: NUL, other control signs, lone surrogates.

    Examples
    --------
    >>> clean("a" + chr(0) + "b") == clean("a" + chr(0xD800) + "b") == "a" + chr(0xFFFD) + "b"
    True
    """
    return "".join(
        letter
        if letter in "\t\n" or ((letter.isprintable() or letter.isspace()) and not _surrogate(letter))
        else "\ufffd"
        for letter in text
    )


def _surrogate(letter: str) -> bool:
    """Say whether a character is half of a pair."""
    return 0xD800 <= ord(letter) <= 0xDFFF  # noqa: PLR2004


def add_dataset(
    database: Database,
    *,
    name: str,
    kind: str,
    simulated: bool,
    search_layer: str,
    baseline: str | None,
    recipe: Mapping[str, Any],
    notes: Sequence[str],
) -> int:
    """Enter a dataset.

    Raises
    ------
    InputError
        A dataset of this name is there already.
    """
    if database.execute("SELECT 1 FROM dataset WHERE name = ?", [name]).fetchone():
        message = f"Dataset {name!r} is in the workspace already; take it out with 'vcpi remove', or name this one otherwise with --dataset"
        raise InputError(message)
    row = {
        "name": name,
        "kind": kind,
        "simulated": int(simulated),
        "search_layer": search_layer,
        "baseline": baseline,
        "recipe": canonical_json(dict(recipe)),
        "notes": canonical_json(list(notes)),
        "content_digest": "",
    }
    return _insert(database, "dataset", row)


def set_content_digest(database: Database, dataset_id: int, digest: str) -> None:
    """Note the digest of a dataset's signatures, which its index is built from."""
    database.execute("UPDATE dataset SET content_digest = ? WHERE dataset_id = ?", [digest, dataset_id])


def add_compound(database: Database, *, identity: str, name: str, inchikey: str | None = None) -> int:
    """Enter a compound without a structure and return its ``compound_id``."""
    skeleton = inchikey.split("-")[0] if inchikey else None
    row = {"identity": identity, "name": clean(name), "inchikey": inchikey, "skeleton": skeleton}
    return _insert(database, "compound", row)


def set_structure(database: Database, compound_id: int, structure: Structure) -> None:
    """Give a compound its structure, descriptors and fingerprint."""
    columns: dict[str, Any] = {
        "inchikey": structure.inchikey,
        "skeleton": structure.skeleton,
        "smiles": structure.smiles,
        "inchi": structure.inchi,
        **asdict(structure.descriptors),
        "fingerprint": structure.fingerprint,
    }
    database.table("compound").update(compound_id, columns)


def add_form(database: Database, compound_id: int, row: CompoundRow, *, source: str, flags: Sequence[str]) -> None:
    """Keep a compound's row as its source supplied it."""
    form = {
        "compound_id": compound_id,
        "source": source,
        "file": row.file,
        "row": row.row,
        "source_compound_id": row.source_compound_id,
        "compound_uuid": row.compound_uuid,
        "smiles": clean(row.smiles or row.molblock or "") or None,
        "inchikey": row.inchikey,
        "flags": canonical_json(list(flags)),
    }
    _insert(database, "form", form)


def add_name(
    database: Database, compound_id: int, name: str, *, kind: str, source: str, conflict: str | None = None
) -> None:
    """Enter a name, synonym or id of a compound once."""
    text = clean(name).strip()
    if text:
        cursor = database.execute(
            "INSERT OR IGNORE INTO name (compound_id, name, key, kind, source, conflict) VALUES (?, ?, ?, ?, ?, ?)",
            [compound_id, text, name_key(text), kind, source, conflict],
        )
        if cursor.rowcount > 0:  # by hand: a trigger on a virtual table would need a trusted schema
            database.execute("INSERT INTO name_fts (rowid, name) VALUES (?, ?)", [cursor.lastrowid, text])


def add_annotation(database: Database, compound_id: int, *, kind: str, value: str, source: str) -> None:
    """Enter a class, mechanism or target of a compound once."""
    database.execute(
        "INSERT OR IGNORE INTO annotation (compound_id, kind, value, source) VALUES (?, ?, ?, ?)",
        [compound_id, kind, clean(value).strip(), source],
    )


def add_genes(
    database: Database,
    dataset_id: int,
    genes: Sequence[GeneRow],
    *,
    statuses: Sequence[str],
    positions: Sequence[int | None],
    sigmas: Sequence[float | None],
) -> None:
    """Enter the genes of a dataset in the order of its source; ``positions`` are places in its vectors."""
    rows = (
        (
            dataset_id, row, position, gene.gene_id, gene.gene_symbol, gene.entrez_id, gene.ensembl_id,
            "|".join(gene.former_symbols) or None, status, sigma,
        )
        for row, (gene, status, position, sigma) in enumerate(zip(genes, statuses, positions, sigmas, strict=True))
    )  # fmt: skip
    database.conn.executemany("INSERT INTO gene VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def add_samples(
    database: Database,
    dataset_id: int,
    samples: Iterable[tuple[SampleRow, int | None, int | None, int | None, Sequence[str]]],
) -> None:
    """Enter wells: each with its ``compound_id``, UMI count, number of genes seen and flags."""
    rows = (
        (
            dataset_id, row.sequenced_id, compound_id, row.role, row.plate, row.plate_row, row.plate_column,
            None if row.is_edge is None else int(row.is_edge), row.dose_um, row.vehicle_percent, row.time_h,
            row.cell_line, n_umi, n_genes, canonical_json(list(flags)), canonical_json(dict(row.extra)),
        )
        for row, compound_id, n_umi, n_genes, flags in samples
    )  # fmt: skip
    database.conn.executemany(
        "INSERT INTO sample (dataset_id, sequenced_id, compound_id, role, plate, plate_row, plate_column, is_edge, "
        "dose_um, vehicle_percent, time_h, cell_line, n_umi, n_genes, flags, extra) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def add_signature(database: Database, row: Mapping[str, Any], *, layers: Mapping[str, bytes]) -> int:
    """Enter a signature with its vectors (little-endian float32 by gene position) and return its ``signature_id``."""
    signature_id = _insert(database, "signature", row)
    database.conn.executemany(
        "INSERT INTO vector (signature_id, layer, bytes) VALUES (?, ?, ?)",
        [(signature_id, layer, payload) for layer, payload in layers.items()],
    )
    return signature_id


def add_null(database: Database, dataset_id: int, *, statistic: str, payload: bytes) -> None:
    """Keep the null values of a statistic (little-endian float64)."""
    database.execute("INSERT INTO vehicle_null VALUES (?, ?, ?)", [dataset_id, statistic, payload])


def add_model(
    database: Database,
    dataset_id: int,
    *,
    name: str,
    settings: Mapping[str, Any],
    arrays: Mapping[str, tuple[str, Sequence[int], bytes]],
) -> None:
    """Keep a fitted model: its settings, and its arrays as type, shape and bytes."""
    database.execute("INSERT INTO model VALUES (?, ?, ?)", [dataset_id, name, canonical_json(dict(settings))])
    database.conn.executemany(
        "INSERT INTO model_array VALUES (?, ?, ?, ?, ?, ?)",
        [
            (dataset_id, name, array, dtype, canonical_json(list(shape)), payload)
            for array, (dtype, shape, payload) in arrays.items()
        ],
    )


def add_null_profiles(
    database: Database,
    dataset_id: int,
    profiles: Iterable[tuple[str, str | None, Sequence[str], bytes, float | None]],
) -> None:
    """Keep profiles of noise, as features: each with its kind, plate, what it is made of, and how its wells agree."""
    database.conn.executemany(
        "INSERT INTO null_profile (dataset_id, kind, plate, members, bytes, replicate_p) VALUES (?, ?, ?, ?, ?, ?)",
        (
            (dataset_id, kind, plate, canonical_json(list(members)), payload, replicate_p)
            for kind, plate, members, payload, replicate_p in profiles
        ),
    )


def publish(database: Database, *, kind: str, dataset_id: int, file: str, manifest: str) -> None:
    """Make an index file the current one of its kind; it becomes so when the transaction commits."""
    database.execute(
        "INSERT INTO artifact (kind, dataset_id, file, manifest) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (kind, dataset_id) DO UPDATE SET file = excluded.file, manifest = excluded.manifest",
        [kind, dataset_id, file, manifest],
    )


def _insert(database: Database, table: str, row: Mapping[str, Any]) -> int:
    """Insert one row and return its key."""
    columns = ", ".join(row)
    marks = ", ".join("?" for _ in row)
    cursor = database.conn.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(row.values()))  # noqa: S608
    return int(cursor.lastrowid or 0)
