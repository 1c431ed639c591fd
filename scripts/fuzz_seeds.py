"""The valid inputs that fuzz.py starts from, and the call of vcpi that reads each; nothing here is anybody's data."""

# ruff: noqa: PLR2004, SIM115  shares of chance are numbers
from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fuzz_mutate import NASTY, damaged, flip, mutate_bytes, mutate_cells, mutate_text, write_rows

from vcpi.database import Database
from vcpi.database.filters import Filter, checked_pattern
from vcpi.errors import StructureParseError, VcpiError
from vcpi.ingest.annotations import read_annotations
from vcpi.ingest.compounds import read_compounds
from vcpi.ingest.counts import CountsFile
from vcpi.ingest.facts import read_facts
from vcpi.ingest.gene_sets import read_gene_lists, read_gmt
from vcpi.ingest.genes import read_genes
from vcpi.ingest.queries import read_query
from vcpi.ingest.release import open_release
from vcpi.ingest.samples import read_samples
from vcpi.ingest.sdf import sd_records
from vcpi.ingest.signatures import read_signatures
from vcpi.ingest.tables import read_table
from vcpi.structure.filters import parse_filter
from vcpi.structure.identity import attempt, standardize_many
from vcpi.structure.substructure import check_smarts, find_substructure
from vcpi.structure.worker import Worker, WorkerStopped
from vcpi.units import parse_dose, parse_time

GENES = [f"ENSG{place:011d}" for place in range(1, 15)]
SMILES = (
    "CCO", "CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "C[C@H](N)C(=O)O", "[Na+].[O-]C(=O)c1ccccc1O",
    "F/C=C/F", "c1ccc2c(c1)[nH]c1ccccc12", "OB(O)c1ccccc1", "C%12CCCCC%12", "[2H]C([2H])([2H])O", "N#CC#N",
    "O=S(=O)(N)c1ccc(cc1)N", "[NH4+].[Cl-]", "N[Pt](N)(Cl)Cl", "CCO |c:1|", "C1CC1.C1CC1",
)  # fmt: skip
INCHIS = ("InChI=1S/CH4O/c1-2/h2H,1H3", "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", "InChI=1S/C6H6/c1-2-4-6-5-3-1/h1-6H")
SMARTS = ("c1ccccc1", "[OH]C(=O)", "[#6;R]~[!#6]", "[$(NC=O)]", "C(=O)N[OH]", "[C@H](N)C", "*1~*~*~*~1", "[N+0;H2,H1]")
MOLBLOCK = (
    "eth\n  x\n\n  3  2  0  0  0  0            999 V2000\n    0.0000    0.0000    0.0000 C   0  0\n"
    "    1.0000    0.0000    0.0000 C   0  0\n    2.0000    0.0000    0.0000 O   0  0\n"
    "  1  2  1  0\n  2  3  1  0\nM  END\n"
)
FACTS = """vcpi_facts: 1
document:
  id: made-up-2026
  title: A made up guide
  kind: vendor-guide
  date: 2026-01
compounds:
  - key: ethanol
    name: ethanol
    smiles: CCO
    names: [{name: spirit, kind: synonym}]
    catalogue: [{vendor: Nobody, number: "12"}]
    properties:
      - {name: molecular_weight, value: "46.07", unit: g/mol}
"""
IDENTITY_S = 5.0
Read = tuple[int, int]
Rng = random.Random


def _path(rng: Rng, folder: Path, data: bytes, name: str, *, share: float = 0.5) -> Path:
    """Damage a file and write it."""
    data, more = damaged(rng, data, share=share)
    path = folder / f"{name}{more}"
    path.write_bytes(data)
    return path


def _text_table(rng: Rng, folder: Path, rows: list[list[str]], stem: str) -> Path:
    """Write a table with changed cells as CSV, TSV, with semicolons, or as parquet of text."""
    rows = mutate_cells(rng, rows)
    kind = rng.choice(("csv", "csv", "tsv", "parquet", "semi"))
    if kind == "parquet":
        return _parquet(rng, folder, rows, stem)
    mark = {"csv": ",", "tsv": "\t", "semi": ";"}[kind]
    return _path(
        rng, folder, write_rows(rng, rows, mark=mark), f"{stem}.{'tsv' if kind == 'tsv' else 'csv'}", share=0.3
    )


def _parquet(rng: Rng, folder: Path, rows: list[list[str]], stem: str) -> Path:
    """Write rows as parquet, some columns as other types, and perhaps damage the file."""
    names = [*dict.fromkeys(rows[0] if rows else ["a"])] or ["a"]
    body = [row for row in rows[1:] if len(row) >= len(names)]
    columns = [_column(rng, [row[place] for row in body]) for place in range(len(names))]
    path = folder / f"{stem}.parquet"
    table = pa.Table.from_arrays(columns, names=names)
    pq.write_table(
        table, path, compression=rng.choice(("snappy", "zstd", "gzip", "none")), row_group_size=rng.choice((1, 2, 1000))
    )
    if rng.random() < 0.5:
        path.write_bytes(mutate_bytes(rng, path.read_bytes()))
    return path


def _column(rng: Rng, cells: list[str]) -> pa.Array:
    """Make a column of text, of numbers, of nothing, of lists or of times."""
    kind = rng.choice(
        ("text", "text", "text", "number", "dictionary", "null", "list", "time", "bool", "binary", "large")
    )
    numbers = [
        rng.choice((0.0, -0.0, 1e308, float("nan"), float("inf"), None, 3.5, float(place)))
        for place in range(len(cells))
    ]
    return {
        "text": lambda: pa.array(cells, pa.string()),
        "large": lambda: pa.array(cells, pa.large_string()),
        "number": lambda: pa.array(numbers, rng.choice((pa.float64(), pa.float32()))),
        "dictionary": lambda: pa.array(cells, pa.string()).dictionary_encode(),
        "null": lambda: pa.nulls(len(cells)),
        "list": lambda: pa.array([[cell, None] for cell in cells], pa.list_(pa.string())),
        "time": lambda: pa.array([rng.choice((0, 2**40, -(2**40), 2**50)) for _ in cells], pa.timestamp(rng.choice(("s", "us", "ns")))),
        "bool": lambda: pa.array([rng.choice((True, False, None)) for _ in cells]),
        "binary": lambda: pa.array([rng.randbytes(6) for _ in cells], pa.binary()),
    }[kind]()  # fmt: skip


def _compound_rows(rng: Rng) -> list[list[str]]:
    """Make a table of compounds."""
    head = ["user_compound_id", "name", "smiles", "inchi_key", "moa", "target", "class"]
    return [
        head,
        *(
            [str(8799000 + n), f"made up {n}", rng.choice(SMILES), "QFJCIRLUMZQUOT-HPLJOQBZSA-N", "a|b", "T1;T2", "c"]
            for n in range(4)
        ),
    ]


def _matrix_rows(rng: Rng) -> list[list[str]]:
    """Make a matrix of signatures in rows."""
    return [["sig_id", *GENES], *([f"s{n}", *(f"{rng.gauss(0, 2):.3f}" for _ in GENES)] for n in range(4))]


def _turned(rows: list[list[str]]) -> list[list[str]]:
    """Turn a matrix."""
    return [list(row) for row in zip(*rows, strict=True)]


def _table(rng: Rng, folder: Path) -> Read:
    table = read_table(_text_table(rng, folder, _compound_rows(rng), "t"))
    assert table.n_read == len(table.rows) + len(table.rejected)  # noqa: S101
    return len(table.rows), len(table.rejected)


def _compounds(rng: Rng, folder: Path) -> Read:
    table = read_compounds(_text_table(rng, folder, _compound_rows(rng), "c"))
    return len(table.rows), len(table.rejected)


def _smiles_file(rng: Rng, folder: Path) -> Read:
    rows = mutate_cells(rng, [[text, f"name {n}"] for n, text in enumerate(rng.sample(SMILES, 6))])
    table = read_compounds(_path(rng, folder, write_rows(rng, rows, mark=rng.choice((" ", "\t"))), "c.smi"))
    return len(table.rows), len(table.rejected)


def _sdf(rng: Rng, folder: Path) -> Read:
    blocks = [mutate_text(rng, MOLBLOCK) if rng.random() < 0.4 else MOLBLOCK for _ in range(3)]
    text = "".join(f"{block}> <name>\n{rng.choice(NASTY)}\n\n> <ID>\n{n}\n\n$$$$\n" for n, block in enumerate(blocks))
    path = _path(rng, folder, text.encode(), "c.sdf", share=0.4)
    table = read_compounds(path)
    n_records = sum(1 for _ in sd_records(path))
    if table.n_read != n_records:
        raise AssertionError(f"{n_records} records, {table.n_read} accounted for")
    texts = [row.molblock for row in table.rows if row.molblock]
    found = list(standardize_many(texts, timeout_s=IDENTITY_S)) if rng.random() < 0.1 else []
    return len(table.rows), len(table.rejected) + sum(isinstance(one, StructureParseError) for one in found)


def _annotations(rng: Rng, folder: Path) -> Read:
    table = read_annotations(_text_table(rng, folder, _compound_rows(rng), "a"))
    return len(table.rows), len(table.rejected)


def _genes(rng: Rng, folder: Path) -> Read:
    rows = [["gene_id", "symbol", "entrez_id"], *([name, f"G{n}", str(n + 1)] for n, name in enumerate(GENES))]
    table = read_genes(_text_table(rng, folder, rows, "g"))
    return len(table.rows), len(table.rejected)


def _signatures(rng: Rng, folder: Path) -> Read:
    rows = _matrix_rows(rng)
    path = _text_table(rng, folder, _turned(rows) if rng.random() < 0.4 else rows, "s")
    more = (
        _text_table(
            rng,
            folder,
            [
                ["sig_id", "pert_iname", "smiles", "pert_dose"],
                *([f"s{n}", f"c{n}", rng.choice(SMILES), "10 uM"] for n in range(4)),
            ],
            "meta",
        )
        if rng.random() < 0.4
        else None
    )
    table = read_signatures(path, compounds=more)
    return len(table.signatures), len(table.rejected)


def _gct(rng: Rng, folder: Path) -> Read:
    body = [[gene, "d", *(f"{rng.gauss(0, 2):.2f}" for _ in range(4))] for gene in GENES]
    head = [
        ["#1.3"],
        [str(len(GENES)), "4", "1", "1"],
        ["id", "desc", "s1", "s2", "s3", "s4"],
        ["name", "na", "a", "b", "c", "d"],
    ]
    rows = mutate_cells(rng, [*head, *body]) if rng.random() < 0.7 else [*head, *mutate_cells(rng, body)]
    data = "\n".join("\t".join(row) for row in rows).encode() + b"\n"
    table = read_signatures(_path(rng, folder, data, "s.gct", share=0.3))
    return len(table.signatures), len(table.rejected)


def _hdf5(rng: Rng, path: Path, *, kind: str) -> Path:
    """Write a GCTX or h5ad, some parts odd, and damage its bytes."""
    values = np.random.default_rng(rng.randrange(2**31)).normal(size=(4, len(GENES))).astype(np.float32)
    names = [np.array([f"s{n}".encode() for n in range(4)]), np.array([name.encode() for name in GENES])]
    places = (
        ("0/META/COL/id", "0/META/ROW/id", "0/DATA/0/matrix") if kind == "gctx" else ("obs/_index", "var/_index", "X")
    )
    with h5py.File(path, "w", libver=rng.choice((None, "latest"))) as file:
        for place, array in zip(places, [*names, values], strict=True):
            array_ = _odd_array(rng, array) if rng.random() < 0.1 else array
            options: dict[str, Any] = (
                {"compression": "gzip", "chunks": True}
                if rng.random() < 0.5 and np.ndim(array_) and np.size(array_)
                else {}
            )
            if rng.random() < 0.95:
                file.create_dataset(place, data=array_, **options)
        if rng.random() < 0.05:
            file["0/META/ROW/link" if kind == "gctx" else "var/link"] = h5py.ExternalLink("/etc/passwd", "/")
        if kind == "h5ad" and rng.random() < 0.3 and "X" in file:
            del file["X"]
            for name, part in (
                ("data", values.ravel()),
                ("indices", np.tile(np.arange(len(GENES)), 4)),
                ("indptr", np.arange(5) * len(GENES)),
            ):
                file[f"X/{name}"] = _odd_array(rng, part) if rng.random() < 0.2 else part
            file["X"].attrs["encoding-type"] = rng.choice(("csr_matrix", "csc_matrix", "dense"))
    data = path.read_bytes()
    for _ in range(rng.choice((0, 1, 1, 1, 1, 2))):
        data = mutate_bytes(rng, data) if rng.random() < 0.4 else flip(rng, data)
    path.write_bytes(data)
    return path


def _odd_array(rng: Rng, array: np.ndarray) -> Any:  # noqa: ANN401  arrays of many kinds
    """Change the shape, type or values of an array."""
    flat = np.asarray(array).ravel()
    return rng.choice((
        flat[:0], flat[:-1], flat.reshape(1, -1), np.full(flat.shape, np.nan), np.arange(len(flat)) - 5, np.array(3.0),
        np.full(len(flat), 2**62), np.array([b"\xff\xfe"] * len(flat)), np.zeros(len(flat), bool), np.array([b""] * len(flat)),
    ))  # fmt: skip


def _gctx(rng: Rng, folder: Path) -> Read:
    table = read_signatures(_hdf5(rng, folder / "s.gctx", kind="gctx"))
    return len(table.signatures), len(table.rejected)


def _h5ad(rng: Rng, folder: Path) -> Read:
    table = read_signatures(_hdf5(rng, folder / "s.h5ad", kind="h5ad"))
    return len(table.signatures), len(table.rejected)


def _gmt(rng: Rng, folder: Path) -> Read:
    rows = mutate_cells(
        rng, [["SET_UP", "d", *GENES[:5]], ["SET_DN", "d", *GENES[5:9]], ["OTHER", "d", "TNF,1.0", "MYC"]]
    )
    path = _path(rng, folder, write_rows(rng, rows, mark="\t"), "g.gmt")
    sets = read_gmt(path)
    read_gene_lists(genes=path, set_name=rng.choice(("SET", "OTHER", "SET_UP", rng.choice(NASTY))))
    return len(sets), 0


def _facts(rng: Rng, folder: Path) -> Read:
    text = FACTS
    if rng.random() < 0.7:
        lines = text.splitlines()
        at = rng.randrange(len(lines))
        lines[at] = rng.choice(
            (mutate_text(rng, lines[at]), lines[at] + rng.choice(NASTY), rng.choice(NASTY), "  " + lines[at])
        )
        text = "\n".join(lines) + "\n"
    found = read_facts(_path(rng, folder, text.encode(), "f.yaml", share=0.4))
    return len(found.facts.compounds), 0


def _query(rng: Rng, folder: Path) -> Read:
    heads = (["gene", "t"], ["", "baseMean", "log2FoldChange", "lfcSE", "stat", "pvalue", "padj"], ["genes", "logFC", "logCPM", "F", "PValue"],
             ["ID", "logFC", "AveExpr", "t", "P.Value"], ["names", "scores", "group"], ["p_val", "avg_log2FC", "pct.1", "gene"])  # fmt: skip
    head = rng.choice(heads)
    body = [[gene, *(f"{rng.uniform(0, 1):.4f}" for _ in head[1:])] for gene in GENES]
    found = read_query(
        _text_table(rng, folder, [head, *body], "q"), value_column=rng.choice((None, None, head[-1], rng.choice(NASTY)))
    )
    return len(found.ids), found.n_without_value + found.n_duplicates


def _query_hdf5(rng: Rng, folder: Path) -> Read:
    kind = rng.choice(("gctx", "h5ad"))
    found = read_query(_hdf5(rng, folder / f"q.{kind}", kind=kind), value_column=rng.choice((None, "s1", "s2")))
    return len(found.ids), found.n_without_value


def _counts_table(rng: Rng, folder: Path) -> Path:
    """Write wide counts, some columns odd."""
    numbers = np.random.default_rng(rng.randrange(2**31))
    columns: dict[str, Any] = {"gene_id": pa.array([*GENES, "ERCC-00002"])}
    for well in range(501, 513):
        values = numbers.poisson(20, len(GENES) + 1)
        odd = rng.random()
        columns[str(well)] = (
            values.astype(rng.choice((np.int32, np.int64, np.float64, np.uint16)))
            if odd < 0.9
            else _column(rng, [str(v) for v in values])
        )
    if rng.random() < 0.1:
        columns[rng.choice(NASTY) or "?"] = pa.array([rng.choice((-1, 2**40, 5)) for _ in range(len(GENES) + 1)])
    path = folder / "counts.parquet"
    pq.write_table(pa.table(columns), path)
    if rng.random() < 0.4:
        path.write_bytes(mutate_bytes(rng, path.read_bytes()))
    return path


def _counts(rng: Rng, folder: Path) -> Read:
    counts = CountsFile(_counts_table(rng, folder))
    try:
        found, faults = counts.read(list(counts.samples))
        assert len(found) == len(counts.samples)  # noqa: S101
        return len(found) - len(faults), len(faults)
    finally:
        counts.close()


def _metadata_rows() -> list[list[str]]:
    """Make the metadata of a small release."""
    head = ["sequenced_id", "job_id", "user_compound_id", "compound_concentration", "compound_concentration_unit", "cell_line", "timepoint", "is_control", "container_id", "row_id", "column_id"]  # fmt: skip
    wells = ("DMSO", "DMSO", "Staurosporin", "8799853", "8799854", "8799855")
    return [head, *(
        [str(501 + n), "tvc-pgg-001", wells[n % 6], "0.15" if n % 6 < 2 else "10000", "%" if n % 6 < 2 else "nM", "THP-1", "24h", str(n % 6 < 3), str(7 + n // 6), str(n % 6 + 1), "2"]
        for n in range(12)
    )]  # fmt: skip


def _samples(rng: Rng, folder: Path) -> Read:
    table = read_samples(_text_table(rng, folder, _metadata_rows(), "metadata"))
    if len(table.samples) + len(table.rejected) + table.n_folded != table.n_read:
        raise AssertionError(
            f"{table.n_read} rows: {len(table.samples)} used, {len(table.rejected)} rejected, {table.n_folded} folded"
        )
    return len(table.samples), len(table.rejected)


def _release(rng: Rng, folder: Path) -> Read:
    _counts_table(rng, folder)
    rows = _metadata_rows()
    data = write_rows(rng, mutate_cells(rng, rows) if rng.random() < 0.5 else rows, mark=",")
    (folder / "metadata.csv").write_bytes(mutate_bytes(rng, data) if rng.random() < 0.2 else data)
    if rng.random() < 0.7:
        _text_table(rng, folder, _compound_rows(rng)[:4], "compounds")
    if rng.random() < 0.2:
        text = json.dumps({"files": [{"name": "metadata.csv", "sha256": "0" * 64}], "simulated": True})
        (folder / "manifest.json").write_text(mutate_text(rng, text))
    with open_release([folder]) as release:
        used = sum(len(samples) for _, samples, _ in release.iter_plates())
        return used, len(release.rejected)


@lru_cache(maxsize=1)
def _standardizer() -> Worker:
    """Keep one child of the kind that standardize_many starts."""
    return Worker(attempt)


def _structures(rng: Rng, texts: tuple[str, ...], notation: Callable[[str], str] = str) -> Read:
    """Standardize a mutated text; what is no structure is rejected with a reason."""
    text = notation(mutate_text(rng, rng.choice(texts)))
    try:
        (found,) = _standardizer().run([text], timeout_s=IDENTITY_S)
    except WorkerStopped:  # as standardize_many has it: a reason, and the next goes to another child
        return 0, 1
    rejected = isinstance(found, StructureParseError)
    return int(not rejected), int(rejected)


def _smarts(rng: Rng, _folder: Path) -> Read:
    text = mutate_text(rng, rng.choice(SMARTS))
    checked_pattern(text)
    check_smarts(text)
    if rng.random() < 0.05:
        find_substructure(text, [(n, smiles) for n, smiles in enumerate(SMILES)], timeout_s=2.0)
    return 1, 0


def _filters(rng: Rng, _folder: Path) -> Read:
    text = mutate_text(rng, rng.choice(("mw<500", "300<=mw<=600", "logp>2, tpsa<90", "rings==3", "fsp3 ≥ 0.4")))
    parse_filter(text)
    Filter(
        descriptors=(text,),
        labels=(mutate_text(rng, "mTOR"),),
        dose_um=rng.choice((1.0, -1.0, float("nan"), 1e308, (1, 2))),
    )
    return 1, 0


def _units(rng: Rng, _folder: Path) -> Read:
    parse_dose(
        mutate_text(rng, rng.choice(("10 uM", "100nM", "0.1 mM", "1e-6 M"))),
        rng.choice((None, "uM", mutate_text(rng, "nM"))),
    )
    parse_time(mutate_text(rng, rng.choice(("24h", "2 d", "30 min", "1wk"))), None)
    return 1, 0


def _gene_lists(rng: Rng, _folder: Path) -> Read:
    up = mutate_text(rng, rng.choice(("MX1, ISG15,MX1", "TNF\nMYC\nIL6", "gene,lfc\nTNF,1", " ".join(GENES))))
    found = read_gene_lists(up=up, down=rng.choice((None, "MYC", mutate_text(rng, "IL6;TNF"))))
    return len(found.up) + len(found.down), len(found.both)


@lru_cache(maxsize=1)
def _database(folder: Path) -> Database:
    """Make a workspace of four compounds once in a child."""
    from vcpi.assemble.signatures import ingest_signatures

    rng = random.Random(1)  # noqa: S311
    rows = {
        "s.csv": _matrix_rows(rng),
        "c.csv": [
            ["sig_id", "name", "smiles"],
            ["s0", "ethanol", "CCO"],
            ["s1", "O'Hara's; DROP", "CCCO"],
            ["s2", "\u202eevil", "c1ccccc1"],
            ["s3", "=1+1", "Cc1ccccc1"],
        ],
    }
    home = folder / f"home-{random.SystemRandom().randrange(10**9)}"
    home.mkdir()
    for name, table in rows.items():
        with (home / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(table)
    ingest_signatures(home, home / "s.csv", compounds=home / "c.csv", dataset="fuzz")
    return Database(home)


def _names(rng: Rng, folder: Path) -> Read:
    database = _database(folder.parent)
    text = mutate_text(
        rng,
        rng.choice(("ethanol", "O'Hara's; DROP", "=1+1", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "LFQSCWFLJHTTHZ", "s0", "CCO")),
    )
    database.compound(text)
    return 1, 0


def _like(rng: Rng, folder: Path) -> Read:
    database = _database(folder.parent)
    answer = database.like(mutate_text(rng, rng.choice(("ethanol", "=1+1", "s2"))), k=rng.choice((1, 3, 0, -1, 10**9)))
    return len(answer.hits), 0


READERS: dict[str, Callable[[Rng, Path], Read]] = {
    "table": _table, "compounds": _compounds, "smiles file": _smiles_file, "sdf": _sdf, "annotations": _annotations,
    "genes": _genes, "signatures": _signatures, "gct": _gct, "gctx": _gctx, "h5ad": _h5ad, "gmt": _gmt, "facts": _facts,
    "query table": _query, "query hdf5": _query_hdf5, "counts": _counts, "samples": _samples, "release": _release,
    "smiles": lambda rng, _folder: _structures(rng, SMILES),
    "inchi": lambda rng, _folder: _structures(rng, INCHIS),
    "molblock": lambda rng, _folder: _structures(rng, (MOLBLOCK,)),
    "smarts": _smarts, "filters": _filters, "units": _units, "gene lists": _gene_lists, "names": _names, "like": _like,
}  # fmt: skip


def identity_texts(folder: Path) -> list[str]:
    """Read the structures of a folder of hard cases: SD records, and columns of SMILES and molblocks."""
    texts: list[str] = []
    for path in sorted(folder.iterdir()):
        if ".sdf" in path.suffixes:
            texts += [record.molblock or record.title for record in sd_records(path)]
        elif path.suffix == ".parquet":
            frame = pq.read_table(path).to_pydict()
            texts += [
                text
                for name, values in frame.items()
                if name in {"molblock", "smiles", "reference_inchi"}
                for text in values
                if text
            ]
        elif ".tsv" in path.suffixes:
            opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
            with opened as stream:
                rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
            texts += [
                value
                for row in rows[:6_000]
                for name, value in row.items()
                if name and value and name.casefold() in {"smiles", "input", "inchi"}
            ]
    return texts


def standardize_all(texts: list[str]) -> tuple[int, int, int]:
    """Standardize all texts in guarded children; count structures, reasons and anything else."""
    used = rejected = other = 0
    try:
        for found in standardize_many(texts, workers=2, timeout_s=10.0):
            used += type(found).__name__ == "Structure"
            rejected += isinstance(found, StructureParseError)
    except VcpiError:
        other += 1
    return used, rejected, other
