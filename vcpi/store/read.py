"""Reading the store, by the standard library's sqlite3 alone: a query pays for nothing else."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.records import Compound, GeneRow, Signature, Treatment

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_DESCRIPTORS = (
    "formula", "molecular_weight", "log_p", "tpsa", "n_h_donors", "n_h_acceptors", "n_rotatable_bonds", "n_rings",
    "n_heavy_atoms", "fraction_sp3", "scaffold",
)  # fmt: skip


def datasets(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return the datasets by id, with how many signatures, wells and measured genes each holds."""
    rows = connection.execute("""
        SELECT d.*,
          (SELECT count(*) FROM signature s WHERE s.dataset_id = d.dataset_id) AS n_signatures,
          (SELECT count(DISTINCT compound_id) FROM signature s WHERE s.dataset_id = d.dataset_id) AS n_compounds,
          (SELECT count(*) FROM sample s WHERE s.dataset_id = d.dataset_id) AS n_samples,
          (SELECT count(DISTINCT plate) FROM sample s WHERE s.dataset_id = d.dataset_id) AS n_plates,
          (SELECT count(*) FROM gene g WHERE g.dataset_id = d.dataset_id) AS n_genes,
          (SELECT count(*) FROM gene g WHERE g.dataset_id = d.dataset_id AND position IS NOT NULL) AS n_measured
        FROM dataset d ORDER BY d.dataset_id""")
    found = []
    for row in rows:
        entry = dict(row)
        entry["recipe"] = json.loads(entry["recipe"])
        entry["notes"] = json.loads(entry["notes"])
        entry["simulated"] = bool(entry["simulated"])
        found.append(entry)
    return found


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows the main tables hold."""
    tables = ("compound", "name", "annotation", "sample", "signature", "rejected", "ingest")
    found = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608
    query = "SELECT count(*) FROM compound WHERE fingerprint IS NOT NULL"
    found["compound_with_structure"] = connection.execute(query).fetchone()[0]
    return found


def find_names(connection: sqlite3.Connection, key: str) -> list[dict[str, Any]]:
    """Return every name, synonym or id with this key, with the compound it belongs to."""
    rows = connection.execute(
        """SELECT n.name, n.kind, n.source, n.conflict, c.compound_id, c.name AS display, c.inchikey, c.skeleton,
             (SELECT count(*) FROM signature s WHERE s.compound_id = c.compound_id) AS n_signatures,
             (SELECT count(*) FROM form f WHERE f.compound_id = c.compound_id) AS n_forms,
             (SELECT source_compound_id FROM form f WHERE f.compound_id = c.compound_id ORDER BY form_id LIMIT 1)
               AS source_id
           FROM name n JOIN compound c USING (compound_id) WHERE n.key = ? ORDER BY c.compound_id, n.name_id""",
        [key],
    )
    return [dict(row) for row in rows]


def find_inchikey(connection: sqlite3.Connection, inchikey: str) -> list[int]:
    """Return the compounds with this InChIKey, or with this first block where only that is given."""
    column = "inchikey" if "-" in inchikey else "skeleton"
    rows = connection.execute(f"SELECT compound_id FROM compound WHERE {column} = ? ORDER BY 1", [inchikey])  # noqa: S608
    return [row[0] for row in rows]


def names_like(connection: sqlite3.Connection, text: str, *, limit: int = 200) -> list[str]:
    """Return names that share letters with a text, for suggestions: by trigram first, else all short ones."""
    grams = {text[start : start + 3] for start in range(len(text) - 2)}
    if grams:
        match = " OR ".join('"' + gram.replace('"', '""') + '"' for gram in sorted(grams))
        query = """SELECT DISTINCT n.name FROM name_fts f JOIN name n ON n.name_id = f.rowid
                   WHERE name_fts MATCH ? AND n.kind IN ('name', 'synonym') ORDER BY bm25(name_fts), n.name LIMIT ?"""
        found = [row[0] for row in connection.execute(query, [match, limit])]
        if found:
            return found
    query = "SELECT DISTINCT name FROM name WHERE kind IN ('name', 'synonym') ORDER BY name LIMIT 5000"
    return [row[0] for row in connection.execute(query)]


def compound(connection: sqlite3.Connection, compound_id: int) -> Compound:
    """Return one compound with its names, forms, annotations and signatures."""
    row = connection.execute("SELECT * FROM compound WHERE compound_id = ?", [compound_id]).fetchone()
    names = connection.execute(
        "SELECT name, kind, conflict FROM name WHERE compound_id = ? ORDER BY name_id", [compound_id]
    ).fetchall()
    forms = [
        {**dict(form), "flags": json.loads(form["flags"])}
        for form in connection.execute(
            "SELECT source, file, row, source_compound_id, compound_uuid, smiles, inchikey, flags FROM form "
            "WHERE compound_id = ? ORDER BY form_id",
            [compound_id],
        )
    ]
    annotations = connection.execute(
        "SELECT DISTINCT kind, value FROM annotation WHERE compound_id = ? ORDER BY kind, value", [compound_id]
    ).fetchall()
    signatures = connection.execute(
        """SELECT s.signature_id, d.name AS dataset, s.dose_um, s.time_h, s.cell_line, s.n_replicates, s.strength,
             s.active, s.n_strong_genes, s.tas, s.replicate_correlation, s.replicate_excess, s.quality_factor,
             d.simulated FROM signature s JOIN dataset d USING (dataset_id)
           WHERE s.compound_id = ? ORDER BY s.signature_id""",
        [compound_id],
    ).fetchall()
    flags = sorted({flag for form in forms for flag in form["flags"]})
    return Compound(
        compound_id=row["compound_id"],
        name=row["name"],
        inchikey=row["inchikey"],
        smiles=row["smiles"],
        skeleton=row["skeleton"],
        **{column: row[column] for column in _DESCRIPTORS},
        names=_distinct(name["name"] for name in names if name["kind"] in ("name", "synonym")),
        source_compound_ids=_distinct(form["source_compound_id"] for form in forms if form["source_compound_id"]),
        classes=tuple(a["value"] for a in annotations if a["kind"] == "class"),
        moas=tuple(a["value"] for a in annotations if a["kind"] == "moa"),
        targets=tuple(a["value"] for a in annotations if a["kind"] == "target"),
        flags=tuple(flags),
        forms=tuple(forms),
        signatures=tuple({**dict(s), "active": None if s["active"] is None else bool(s["active"])} for s in signatures),
        caveats=tuple(sorted({name["conflict"] for name in names if name["conflict"]})),
    )


def _distinct(values: Iterator[str]) -> tuple[str, ...]:
    """Drop repeats, keeping the order."""
    return tuple(dict.fromkeys(values))


def labels(connection: sqlite3.Connection, compound_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return name, InChIKey, SMILES, first source id and classes of compounds, by id."""
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(compound_ids), 500):
        part = list(compound_ids[start : start + 500])
        marks = ", ".join("?" for _ in part)
        rows = connection.execute(
            f"""SELECT c.compound_id, c.name, c.inchikey, c.skeleton, c.smiles,
                  (SELECT f.source_compound_id FROM form f WHERE f.compound_id = c.compound_id
                   AND f.source_compound_id IS NOT NULL ORDER BY form_id LIMIT 1) AS source_compound_id,
                  (SELECT group_concat(value, '|') FROM (SELECT DISTINCT value FROM annotation a
                   WHERE a.compound_id = c.compound_id AND a.kind = 'class' ORDER BY value)) AS classes,
                  (SELECT group_concat(value, '|') FROM (SELECT DISTINCT value FROM annotation a
                   WHERE a.compound_id = c.compound_id AND a.kind = 'moa' ORDER BY value)) AS moas
                FROM compound c WHERE c.compound_id IN ({marks})""",  # noqa: S608
            part,
        )
        found.update({row["compound_id"]: dict(row) for row in rows})
    return found


def signatures(connection: sqlite3.Connection, dataset_id: int) -> list[Signature]:
    """Return the signatures of a dataset by id, without their vectors."""
    rows = connection.execute(
        "SELECT s.*, d.name AS dataset FROM signature s JOIN dataset d USING (dataset_id) WHERE dataset_id = ? "
        "ORDER BY signature_id",
        [dataset_id],
    )
    return [_signature(row) for row in rows]


def _signature(row: sqlite3.Row) -> Signature:
    """Make the record of a row."""
    treatment = Treatment(
        compound_id=row["compound_id"], dose_um=row["dose_um"], time_h=row["time_h"], cell_line=row["cell_line"]
    )
    return Signature(
        signature_id=row["signature_id"],
        dataset=row["dataset"],
        treatment=treatment,
        n_replicates=row["n_replicates"],
        plates=tuple(json.loads(row["plates"])),
        strength=row["strength"],
        active=None if row["active"] is None else bool(row["active"]),
        vector_digest=row["vector_digest"],
        flags=tuple(json.loads(row["flags"])),
        stress=row["stress"],
        rna_output=row["rna_output"],
        replicate_p=row["replicate_p"],
    )


def vectors(
    connection: sqlite3.Connection, dataset_id: int, *, layer: str
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the signature ids of a dataset, ascending, and one layer of their vectors, a row each."""
    query = """SELECT count(*), coalesce(max(length(bytes)), 4) FROM vector v JOIN signature s USING (signature_id)
               WHERE dataset_id = ? AND layer = ?"""
    n_signatures, n_bytes = connection.execute(query, [dataset_id, layer]).fetchone()
    ids = np.empty(n_signatures, dtype=np.int64)
    values = np.empty((n_signatures, n_bytes // 4), dtype=np.float32)
    rows = connection.execute(
        "SELECT v.signature_id, v.bytes FROM vector v JOIN signature s USING (signature_id) "
        "WHERE s.dataset_id = ? AND v.layer = ? ORDER BY v.signature_id",
        [dataset_id, layer],
    )
    for place, (signature_id, payload) in enumerate(rows):
        ids[place] = signature_id
        values[place] = np.frombuffer(payload, dtype="<f4")
    return ids, values


def vector(connection: sqlite3.Connection, signature_id: int, *, layer: str) -> NDArray[np.float32] | None:
    """Return one vector of a signature, or None where it has no such layer."""
    query = "SELECT bytes FROM vector WHERE signature_id = ? AND layer = ?"
    row = connection.execute(query, [signature_id, layer]).fetchone()
    return None if row is None else np.frombuffer(row[0], dtype="<f4")


def fingerprints(connection: sqlite3.Connection) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the ids of compounds with a structure, ascending, and their packed fingerprints."""
    query = "SELECT compound_id, fingerprint FROM compound WHERE fingerprint IS NOT NULL ORDER BY compound_id"
    rows = connection.execute(query).fetchall()
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    bits = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.uint8)
    return ids, bits.reshape(len(rows), -1) if rows else bits.reshape(0, 256)


def smiles(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Yield compound id and parent SMILES of every compound with a structure, by id."""
    for row in connection.execute("SELECT compound_id, smiles FROM compound WHERE smiles IS NOT NULL ORDER BY 1"):
        yield row[0], row[1]


def genes(connection: sqlite3.Connection, dataset_id: int, *, measured: bool = True) -> list[GeneRow]:
    """Return the genes of a dataset: those with a place in its vectors, in that order, or all."""
    where = "AND position IS NOT NULL ORDER BY position" if measured else "ORDER BY row"
    rows = connection.execute(f"SELECT * FROM gene WHERE dataset_id = ? {where}", [dataset_id])  # noqa: S608
    return [
        GeneRow(
            gene_id=row["gene_id"],
            gene_symbol=row["gene_symbol"],
            entrez_id=row["entrez_id"],
            ensembl_id=row["ensembl_id"],
            former_symbols=tuple((row["former_symbols"] or "").split("|")) if row["former_symbols"] else (),
        )
        for row in rows
    ]


def sigmas(connection: sqlite3.Connection, dataset_id: int) -> NDArray[np.float64]:
    """Return the noise of one well for each measured gene of a dataset, in the order of its vectors; NaN if unknown."""
    query = "SELECT sigma FROM gene WHERE dataset_id = ? AND position IS NOT NULL ORDER BY position"
    return np.array([row[0] for row in connection.execute(query, [dataset_id])], dtype=np.float64)


def null(connection: sqlite3.Connection, dataset_id: int, statistic: str) -> NDArray[np.float64] | None:
    """Return the null values of a statistic, or None where the dataset has no vehicle wells."""
    query = "SELECT bytes FROM vehicle_null WHERE dataset_id = ? AND statistic = ?"
    row = connection.execute(query, [dataset_id, statistic]).fetchone()
    return None if row is None else np.frombuffer(row[0], dtype="<f8")


def model(
    connection: sqlite3.Connection, dataset_id: int, name: str
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
    """Return settings and arrays of a fitted model, or None where the dataset has none."""
    query = "SELECT settings FROM model WHERE dataset_id = ? AND name = ?"
    row = connection.execute(query, [dataset_id, name]).fetchone()
    if row is None:
        return None
    arrays = connection.execute(
        "SELECT name, dtype, shape, bytes FROM model_array WHERE dataset_id = ? AND model = ?", [dataset_id, name]
    )
    found = {entry[0]: np.frombuffer(entry[3], dtype=entry[1]).reshape(json.loads(entry[2])) for entry in arrays}
    return json.loads(row[0]), found


def null_profiles(
    connection: sqlite3.Connection, dataset_id: int
) -> tuple[NDArray[np.float32], list[str | None], list[tuple[str, ...]], list[str]]:
    """Return the profiles of noise of a dataset: features (a row each), plates, what each is made of, and kinds."""
    rows = connection.execute(
        "SELECT bytes, plate, members, kind FROM null_profile WHERE dataset_id = ? ORDER BY null_id", [dataset_id]
    ).fetchall()
    features = [np.frombuffer(row[0], dtype="<f4") for row in rows]
    stacked = np.stack(features) if features else np.zeros((0, 0), dtype=np.float32)
    return stacked, [row[1] for row in rows], [tuple(json.loads(row[2])) for row in rows], [row[3] for row in rows]


def null_kinds(connection: sqlite3.Connection, dataset_id: int) -> list[str]:
    """Return what kind of noise each null profile of a dataset is."""
    query = "SELECT kind FROM null_profile WHERE dataset_id = ? ORDER BY null_id"
    return [row[0] for row in connection.execute(query, [dataset_id])]


def null_gates(connection: sqlite3.Connection, dataset_id: int) -> NDArray[np.float64]:
    """Return how well the wells of each null profile agree, as a p-value; 0 where it has no wells to compare."""
    query = "SELECT replicate_p FROM null_profile WHERE dataset_id = ? ORDER BY null_id"
    return np.array([row[0] or 0.0 for row in connection.execute(query, [dataset_id])], dtype=np.float64)


def wells(connection: sqlite3.Connection, signature_id: int) -> NDArray[np.float32] | None:
    """Return the features of the single wells of a signature, a row each, or None where they are not kept."""
    row = connection.execute(
        """SELECT w.bytes, length(f.bytes) FROM vector w JOIN vector f USING (signature_id)
           WHERE signature_id = ? AND w.layer = 'wells' AND f.layer = 'feature'""",
        [signature_id],
    ).fetchone()
    return None if row is None else np.frombuffer(row[0], dtype="<f2").astype(np.float32).reshape(-1, row[1] // 4)


def artifact(connection: sqlite3.Connection, *, kind: str, dataset_id: int) -> tuple[str, str] | None:
    """Return file name and manifest of the current index of a kind."""
    query = "SELECT file, manifest FROM artifact WHERE kind = ? AND dataset_id = ?"
    row = connection.execute(query, [kind, dataset_id]).fetchone()
    return None if row is None else (row[0], row[1])


def artifacts(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return every current index: kind, dataset, file, manifest."""
    query = "SELECT * FROM artifact WHERE kind <> 'store' ORDER BY kind, dataset_id"  # that is the note of the content
    return [dict(row) for row in connection.execute(query)]


def rejected(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return every rejected row, with the ingest that rejected it."""
    query = "SELECT i.verb, i.source, r.file, r.row, r.raw, r.reason FROM rejected r JOIN ingest i USING (ingest_id) ORDER BY rejected_id"
    return [dict(row) for row in connection.execute(query)]


def structure_digest(connection: sqlite3.Connection) -> str:
    """Return the digest of what the fingerprint index is built from."""
    digest = hashlib.sha256()
    query = "SELECT compound_id, inchikey, fingerprint FROM compound WHERE fingerprint IS NOT NULL ORDER BY compound_id"
    for compound_id, inchikey, fingerprint in connection.execute(query):
        digest.update(f"{compound_id}\t{inchikey}\t".encode() + fingerprint)
    return digest.hexdigest()


def signature_digest(connection: sqlite3.Connection, dataset_id: int) -> str:
    """Return the digest of all layers of the signatures of a dataset, of which its index holds one."""
    digest = hashlib.sha256()
    for row in connection.execute(
        "SELECT s.signature_id, s.compound_id, v.layer, v.bytes FROM signature s JOIN vector v USING (signature_id) "
        "WHERE s.dataset_id = ? ORDER BY s.signature_id, v.layer",
        [dataset_id],
    ):
        digest.update(f"{row[0]}\t{row[1]}\t{row[2]}\t".encode() + row[3])
    return digest.hexdigest()


def gene_sets(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Return the gene sets: name → genes; a name of several collections is that of the first of them."""
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute("SELECT name, genes FROM gene_set ORDER BY collection, name"):
        found.setdefault(row[0], tuple(json.loads(row[1])))
    return found


def gene_set_collections(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return the collections of gene sets, with how many each holds."""
    rows = connection.execute("SELECT collection, count(*) AS n_sets FROM gene_set GROUP BY collection ORDER BY 1")
    return [dict(row) for row in rows]
