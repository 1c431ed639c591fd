"""Convert the MAC-seq plate KP-6490 to the file formats of a VCPI release, so that ``vcpi ingest release`` reads it.

Usage: ``python scripts/convert_macseq.py SOURCE_FOLDER OUT_FOLDER``

SOURCE_FOLDER holds ``matrix.mtx.gz``, ``features.tsv.gz``, ``barcodes.tsv.gz``, ``plate_layout.csv`` and
``treatments.tsv``. Of the 384 wells of the layout the 95 with counts are written.

The layout calls both DMSO and Media a vehicle control. Here DMSO alone is vehicle, since that is what compounds are
dissolved in. Media wells got nothing: they are written as a control of their own name (``is_control`` true), which
vcpi counts among the positive controls. So they are neither a baseline nor a compound of the library, and their
signature shows what DMSO itself does. Both doses of a compound, 0.1 and 1 µM, are kept apart by their concentration.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

JOB = "macseq-kp6490"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, JOB)
_VEHICLE = "DMSO"
_METADATA = (
    "sequenced_id", "job_id", "compound", "user_compound_id", "compound_concentration", "compound_concentration_unit",
    "cell_line", "timepoint", "is_control", "container_id", "row_id", "column_id", "is_edge", "barcode",
)  # fmt: skip
_N_ROWS, _N_COLUMNS = 16, 24


def convert(source: Path, out: Path) -> list[Path]:
    """Write the release; return its files, the manifest last.

    Parameters
    ----------
    source
        Folder of the MAC-seq files.
    out
        Folder to write to, made where it is not there.

    Raises
    ------
    ValueError
        A barcode of the counts is not in the layout, or the matrix does not fit its features and barcodes.
    """
    out.mkdir(parents=True, exist_ok=True)
    barcodes = [row[0] for row in _tsv(source / "barcodes.tsv.gz")]
    features = _tsv(source / "features.tsv.gz")
    wells = _wells(source / "plate_layout.csv", barcodes)
    treatments = {row["Treatment_1"]: row for row in _records(source / "treatments.tsv", delimiter="\t")}
    counts = _counts(source / "matrix.mtx.gz", shape=(len(features), len(barcodes)))
    files = [
        _write_counts(out / f"vcpi_{JOB}_counts.parquet", counts, [row[0] for row in features]),
        _write_csv(out / f"metadata-{JOB}.csv", _METADATA, _metadata(wells)),
        _write_compounds(out / f"compounds-{JOB}.csv", wells, treatments),
        _write_annotations(out / f"annotations-{JOB}.csv", treatments.values()),
        _write_csv(out / f"genes-{JOB}.csv", ("gene_id", "gene_symbol"), [row[:2] for row in features]),
    ]
    manifest = out / "manifest.json"
    entries = [{"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in files]
    manifest.write_text(json.dumps({"job_id": JOB, "simulated": False, "files": entries}, indent=2), encoding="utf-8")
    return [*files, manifest]


def _wells(path: Path, barcodes: Sequence[str]) -> list[dict[str, str]]:
    """Find the well of each barcode, in the order of the matrix."""
    by_barcode = {row["Barcode"]: row for row in _records(path, delimiter=",")}
    missing = [barcode for barcode in barcodes if barcode not in by_barcode]
    if missing:
        raise ValueError(f"{path.name} has no well with barcode {missing[0]}; the layout is of another plate")
    return [by_barcode[barcode] for barcode in barcodes]


def _metadata(wells: Sequence[dict[str, str]]) -> Iterable[list[object]]:
    """Write one row a well."""
    for number, well in enumerate(wells, start=1):
        name, kind = well["Treatment_1"], well["Sample_type"]
        row, column = ord(well["Row"]) - ord("A") + 1, int(well["Column"])
        treated = float(well["Concentration_1"]) > 0
        yield [
            number, JOB, _uuid(name), name, well["Concentration_1"] if treated else "",
            well["Unit_1"] if treated else "", well["Cell_type"], f"{well['Time']}{well['Unit']}",
            kind != "Sample", well["Plate_ID"], row, column,
            row in {1, _N_ROWS} or column in {1, _N_COLUMNS}, well["Barcode"],
        ]  # fmt: skip


def _counts(path: Path, *, shape: tuple[int, int]) -> NDArray[np.int32]:
    """Read a MatrixMarket file of whole numbers."""
    with gzip.open(path, "rt", encoding="ascii") as stream:
        header = stream.readline()
        if not header.startswith("%%MatrixMarket matrix coordinate integer general"):
            raise ValueError(f"{path.name} begins with {header[:40]!r}; expected MatrixMarket integers")
        line = next(line for line in stream if not line.startswith("%"))
        sizes = [int(text) for text in line.split()]
        entries = np.loadtxt(stream, dtype=np.int64, ndmin=2)
    if tuple(sizes[:2]) != shape or len(entries) != sizes[2]:
        raise ValueError(f"{path.name} says {sizes} and holds {len(entries)} counts for {shape} features and barcodes")
    counts = np.zeros(shape, dtype=np.int32)
    counts[entries[:, 0] - 1, entries[:, 1] - 1] = entries[:, 2]
    return counts


def _write_counts(path: Path, counts: NDArray[np.int32], gene_ids: Sequence[str]) -> Path:
    """Write counts with one column a well, named by its number."""
    columns = [pa.array(gene_ids), *(pa.array(counts[:, place]) for place in range(counts.shape[1]))]
    names = ["gene_id", *(str(place + 1) for place in range(counts.shape[1]))]
    pq.write_table(pa.table(columns, names=names), path, compression="zstd")
    return path


def _write_compounds(path: Path, wells: Sequence[dict[str, str]], treatments: dict[str, dict[str, str]]) -> Path:
    """Write the structures of what the wells hold."""
    rows = []
    for name in sorted({well["Treatment_1"] for well in wells}):
        known = treatments.get(name, {})
        rows.append([_uuid(name), name, known.get("smiles", ""), known.get("inchikey", "")])
    return _write_csv(path, ("compound", "user_compound_id", "smiles", "inchi_key"), rows)


def _write_annotations(path: Path, treatments: Iterable[dict[str, str]]) -> Path:
    """Write names, mechanisms and targets, to be joined by key, else by id."""
    rows = [
        [row["Treatment_1"], row["inchikey"], row["resolved_name"], row["moa"], row["target"]]
        for row in treatments
        if row["Treatment_1"] != _VEHICLE
    ]
    return _write_csv(path, ("user_compound_id", "inchikey", "name", "moa", "target"), rows)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write a table."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    return path


def _tsv(path: Path) -> list[list[str]]:
    """Read a gzip table without a header."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [line.rstrip("\r\n").split("\t") for line in stream if line.strip()]


def _records(path: Path, *, delimiter: str) -> list[dict[str, str]]:
    """Read a table with a header."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def _uuid(name: str) -> str:
    """Make the UUID of a treatment."""
    return str(uuid.uuid5(_NAMESPACE, name))


def main() -> None:
    """Read the arguments, convert, and list the files."""
    parser = argparse.ArgumentParser(description="Convert a MAC-seq plate to the files of a VCPI release.")
    parser.add_argument("source", type=Path, help="folder of the MAC-seq files")
    parser.add_argument("out", type=Path, help="folder to write the release to")
    arguments = parser.parse_args()
    for path in convert(arguments.source, arguments.out):
        print(path)


if __name__ == "__main__":
    main()
