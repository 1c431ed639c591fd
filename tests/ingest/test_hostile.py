from __future__ import annotations

import time
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vcpi.errors import DataError, GeneCoverageError, InputError
from vcpi.ingest.compounds import read_compounds
from vcpi.ingest.genes import read_genes
from vcpi.ingest.queries import read_signature
from vcpi.ingest.release import open_release
from vcpi.ingest.signatures import read_signatures

MOL = "eth\n  x\n\n  1  0  0  0  0  0            999 V2000\n    0.0000    0.0000    0.0000 C   0  0\nM  END\n"


def write(folder, text, name):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_gene_row_written_twice_is_one_gene(tmp_path):
    once = "gene_id,symbol,entrez_id,chrom\nENSG00000141510,TP53,7157,17\nENSG00000232810,TNF,7124,6\n"
    genes = read_genes(write(tmp_path, once + "ENSG00000141510.9,TP53,7157,chr17\n", "genes.csv"))
    assert [gene.gene_symbol for gene in genes.rows] == ["TP53", "TNF"]
    for name in ("ENSG00000141510", "TP53", "7157", "e7157"):
        assert genes.find(name) == read_genes(write(tmp_path, once, "once.csv")).find("ENSG00000141510")
    assert genes.notes == ()


def test_gene_rows_that_differ_are_noted(tmp_path, small_release):
    text = "gene_id,symbol\n" + "".join(f"{name},S{place}\n" for place, name in enumerate(small_release.genes))
    path = write(tmp_path, f"{text}{small_release.genes[0]},OTHER\n", "g.csv")
    note = "g.csv: 1 gene ids have rows that differ and name no gene, first 'ENSG00000000001'"
    with open_release([small_release.write()], genes=path) as release:
        assert note in release.notes
        assert [gene.gene_symbol for gene in release.genes] == [None, *(f"S{place}" for place in range(1, 21))]
    rows = [["id", *small_release.genes], ["a", *map(str, range(21))], ["b", *map(str, range(1, 22))]]
    matrix = write(tmp_path, "".join(",".join(row) + "\n" for row in rows), "s.csv")
    assert note in read_signatures(matrix, genes=path).notes


def test_sd_records_that_run_together_are_rejected(tmp_path):
    table = read_compounds(write(tmp_path, f"{MOL}{MOL}$$$$\n{MOL}> <name>\nB\n\n$$$$\n", "t.sdf"))
    assert [row.names for row in table.rows] == [("B", "eth")]
    assert [(fault.row, fault.reason) for fault in table.rejected] == [
        (1, "record has 2 'M  END' lines; expected one, and a '$$$$' line behind each record")
    ]


def test_the_data_lines_of_an_sd_file_are_read_in_one_pass(tmp_path):
    odd = ">" + "<" * 400_000 + "\n" + ">  25 <" + "x" * 400_000 + "\n"
    many = "> <synonyms>\n" + "line of text\n" * 50_000 + "\n> <ID> (7)\nA\n\n"
    start = time.process_time()
    (row,) = read_compounds(write(tmp_path, f"{MOL}{odd}{many}$$$$\n", "t.sdf")).rows
    assert time.process_time() - start < 5
    assert row.source_compound_id == "A"
    assert set(row.names) == {"line of text", "eth"}


def test_counts_of_one_gene_add_up_beyond_32_bits(small_release):
    small_release.genes[1] = small_release.genes[2] = small_release.genes[0]
    whole = dict(small_release.counts)
    for name, value in (("501", 1_500_000_000), ("502", 715_827_882)):
        small_release.counts[name] = np.concatenate([[value] * 3, whole[name][3:]])
    with open_release([small_release.write()]) as release:
        samples = [sample.sequenced_id for _, samples, _ in release.iter_plates() for sample in samples]
        assert release.counts(["502"])[0, 0] == 3 * 715_827_882
        assert release.counts(["503"])[0, 0] == sum(whole["503"][:3])
        (fault,) = release.rejected
    assert "501" not in samples
    assert len(samples) == 11
    assert (fault.raw, fault.reason) == (
        "501: 4500000000",
        "sum of the gene's rows is beyond 2147483647: 4500000000 at ENSG00000000001",
    )


def test_a_dose_that_is_infinite_in_um_rejects_its_sample(small_release):
    small_release.metadata[3].update(compound_concentration="1e307", compound_concentration_unit="M")
    small_release.metadata[4].update(timepoint="1e308wk")
    with open_release([small_release.write()]) as release:
        assert [(fault.row, fault.reason) for fault in release.rejected if fault.row] == [
            (5, "Dose is 1e307 M, which is beyond all numbers in µM; expected a smaller one"),
            (6, "Time is 1e308wk, which is beyond all numbers in hours; expected a smaller one"),
        ]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("row_id", "9" * 5000, f"plate row is '{'9' * 20}'; expected 0 to 10000"),
        ("row_id", "99999999999999999999", f"plate row is '{'9' * 20}'; expected 0 to 10000"),
        ("column_id", "10001", "plate column is '10001'; expected 0 to 10000"),
        ("container_id", "9" * 5000, "plate id has 5,000 characters; expected 200 or fewer"),
    ],
)
def test_a_place_on_no_plate_rejects_its_sample(small_release, field, value, reason):
    small_release.metadata[3][field] = value
    small_release.metadata[4].update(row_id="10000", column_id="AF", container_id="9" * 200)
    with open_release([small_release.write()]) as release:
        plates = [plate for plate, _, _ in release.iter_plates()]
        assert [(fault.row, fault.reason) for fault in release.rejected if fault.row] == [(5, reason)]
        well = next(sample for sample in release.samples if sample.row == 6)
    assert (well.plate_row, well.plate_column) == (10000, 32)
    assert plates == ["1839082", "1839083", "9" * 200]


@pytest.mark.parametrize("sizes", ["9" * 5000 + "\t4", "4\t" + "9" * 19])
def test_a_gct_of_absurd_sizes_is_refused(tmp_path, sizes):
    path = write(tmp_path, f"#1.2\n{sizes}\nName\tDescription\ta\n", "s.gct")
    with pytest.raises(DataError, match=r"s\.gct has sizes '[0-9 ]+' in line 2; expected 2 whole numbers"):
        read_signatures(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("null", "holds null; expected an object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"files": 5}', "has a number as 'files'"),
        ('{"files": null}', "has null as 'files'"),
        ('{"files": [{"name": ["a"], "sha256": "x"}]}', "has a list as the name or sha256"),
        ('{"files": [{"name": "a", "sha256": {"x": 1}}]}', "has an object as the name or sha256"),
        ('{"files": {"a": {"sha256": [1]}}}', "has a list as the name or sha256"),
        ("[1" + "0" * 5000 + "]", "no readable JSON"),
    ],
)
def test_a_manifest_that_is_none_is_refused(small_release, text, message):
    write(small_release.write(), text, "manifest.json")
    with pytest.raises(DataError, match=rf"manifest\.json .*{message}"):
        open_release([small_release.folder])


BAD_TEXT = pa.Array.from_buffers(
    pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\3\0\0\0\5\0\0\0"), pa.py_buffer(b"CCO\xff\xfe")]
)


@pytest.mark.parametrize(
    "columns",
    [
        {"smiles": BAD_TEXT},
        {"smiles": ["CCO"], "at": pa.array([2**60], pa.timestamp("ms"))},
        {"smiles": ["CCO"], "on": pa.array([2**30], pa.date32())},
        {},
    ],
)
def test_parquet_that_holds_no_values_is_refused(tmp_path, columns):
    path = tmp_path / "c.parquet"
    pq.write_table(pa.table(columns), path)
    for read in (read_compounds, read_signatures, read_genes):
        with pytest.raises(DataError, match=r"^c\.parquet "):
            read(path)


def test_parquet_with_bad_names_is_refused(tmp_path, small_release):
    numbers = {f"ENSG{place:011d}": [0.1, 0.2] for place in range(12)}
    pq.write_table(pa.table({"id": BAD_TEXT, **numbers}), tmp_path / "s.parquet")
    with pytest.raises(DataError, match=r"^s\.parquet is no readable parquet file"):
        read_signatures(tmp_path / "s.parquet")
    path = small_release.write() / "vcpi_tvc-pgg-001_counts.parquet"
    pq.write_table(pa.table({"gene_id": BAD_TEXT, "501": [1, 2]}), path)
    with pytest.raises(DataError, match=r"^vcpi_tvc-pgg-001_counts\.parquet is no readable parquet file"):
        open_release([small_release.folder])


@pytest.mark.parametrize("part", ["indices", "indptr"])
def test_h5ad_with_places_that_are_no_whole_numbers_is_refused(tmp_path, part):
    parts = {"data": np.ones(12), "indices": np.arange(12), "indptr": np.array([0, 12])}
    parts[part] = np.full(len(parts[part]), np.nan)
    with h5py.File(tmp_path / "s.h5ad", "w") as file:
        file["obs/_index"], file["var/_index"] = np.array([b"a"]), np.array([f"G{n}".encode() for n in range(12)])
        for name, values in parts.items():
            file[f"X/{name}"] = values
        file["X"].attrs["encoding-type"] = "csr_matrix"
    with pytest.raises(
        DataError, match=rf"s\.h5ad holds float64 \(\d+,\) in {part}; expected a vector of whole numbers"
    ):
        read_signatures(tmp_path / "s.h5ad")


def test_a_release_without_a_usable_row_gives_the_reasons(small_release):
    for well, row in enumerate(small_release.metadata):
        row["timepoint"] = "soon" if well else "late"
    with pytest.raises(DataError) as caught:
        open_release([small_release.write()])
    assert str(caught.value) == (
        "No row of metadata-tvc-pgg-001.csv can be used: 11 x Time is 'soon'; expected a finite number; "
        "1 x Time is 'late'; expected a finite number"
    )


def test_columns_are_shown_in_the_order_of_the_file(small_release):
    small_release.counts = {f"well {name}": values for name, values in small_release.counts.items()}
    with pytest.raises(DataError, match=r"columns are named \['well 501', 'well 502', 'well 503'\]"):
        open_release([small_release.write()])


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("nan", "12 genes hold no number in any signature"),
        ("abc", "12 genes hold no number in any signature, for example 'abc' at ENSG00000000000"),
    ],
)
def test_a_matrix_without_numbers_says_so(tmp_path, cell, shown):
    genes = [f"ENSG{place:011d}" for place in range(12)]
    text = ",".join(["id", *genes]) + "\n" + ",".join(["a", *[cell] * 12]) + "\n"
    with pytest.raises(GeneCoverageError) as caught:
        read_signatures(write(tmp_path, text, "s.csv"))
    assert str(caught.value) == f"s.csv has 0 genes with values: {shown}; expected 10 or more"


def test_genes_whose_rows_differ_are_said_where_none_is_left(tmp_path):
    text = "id\ta\n" + "".join(f"ENSG{place // 2:011d}\t{place}\n" for place in range(24))
    with pytest.raises(GeneCoverageError, match="has 0 genes with values: 24 rows are of genes without an id or whose"):
        read_signatures(write(tmp_path, text, "s.tsv"))


@pytest.mark.parametrize("text", ["CCO\te\nCCC\tb\n", "CCO e\n"])
def test_smiles_under_another_suffix_are_told_the_way_out(tmp_path, text):
    with pytest.raises(DataError, match=r"name a file of SMILES lines with the suffix \.smi"):
        read_compounds(write(tmp_path, text, "x.txt"))


@pytest.mark.parametrize("rows", [["1e39", "1e300"], ["3e38", "-3e38"], ["3e38", "x"]])
def test_values_beyond_32_bits_warn_nobody(tmp_path, rows, recwarn):
    genes = [f"ENSG{place:011d}" for place in range(12)]
    ones = ",".join(["b", *["1", "-2"] * 6])
    text = ",".join(["id", *genes]) + f"\n{ones}\n" + ",".join(["a", *rows * 6]) + "\n"
    table = read_signatures(write(tmp_path, text, "s.csv"))
    assert table.signatures[0].source_signature_id == "b"
    assert not recwarn.list


def test_an_empty_path_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"^Empty path cannot be read: it is a folder; expected a file$"):
        read_compounds(Path())
    with pytest.raises(DataError, match=rf"^{tmp_path.name} cannot be read: it is a folder; expected a file"):
        read_compounds(tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        read_compounds(Path("a\0b"))


def test_a_column_of_numbers_is_no_column_of_ids(tmp_path):
    genes = [f"ENSG{place:011d}" for place in range(12)]
    rows = [
        ["id", "entrez", *genes],
        *[[name, f"{7157 + at}.0", *["0.5", "1.25"] * 6] for at, name in enumerate("abc")],
    ]
    path = write(tmp_path, "".join(",".join(row) + "\n" for row in rows), "s.csv")
    frame = pa.table(
        {name: [row[at] if at == 0 else float(row[at]) for row in rows[1:]] for at, name in enumerate(rows[0])}
    )
    pq.write_table(frame, tmp_path / "s.parquet")
    for file in (path, tmp_path / "s.parquet"):
        with pytest.raises(InputError, match=rf"has numbers such as 0.5 in column '{genes[0]}'; expected ids"):
            read_signatures(file, id_column=genes[0])
        table = read_signatures(file, id_column="entrez", orientation="signatures-in-rows")
        assert [row.source_signature_id for row in table.signatures] == ["7157", "7158", "7159"]
    with pytest.raises(InputError, match=r"q\.csv has numbers such as 0.5 in column 't'; expected gene ids"):
        read_signature(write(tmp_path, "gene,t\nTNF,0.5\nIL6,1.5\n", "q.csv"), id_column="t", value_column="t")


@pytest.mark.parametrize(("row", "n"), [("IL6", 1), ("IL6,1,2", 3)])
def test_ragged_rows_of_a_question_are_refused(tmp_path, row, n):
    with pytest.raises(InputError, match=rf"q\.csv row 3: row has {n} cells; the header has 2"):
        read_signature(write(tmp_path, f"gene,t\nTNF,0.5\n{row}\nMX1,2\n", "q.csv"))
    ids, _ = read_signature(write(tmp_path, "gene,t\nTNF,0.5\n,\nMX1,2\n", "q.csv"))
    assert ids == ("TNF", "MX1")


def test_a_name_that_no_file_can_have_is_refused():
    with pytest.raises(DataError, match=r"^a+ cannot be read: "):
        open_release([Path("a" * 300)])
