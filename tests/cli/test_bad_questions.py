"""What a wrong question gets: one line that names the value and the way out, nothing printed, nothing overwritten."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rdkit import Chem


def refused(said, *texts):
    """Check the one line, and what it must name."""
    assert said.status == 1, said
    assert said.out == ""
    lines = [line for line in said.err.splitlines() if line.strip()]
    assert len(lines) == 1, said.err
    assert lines[0].startswith("vcpi: ")
    for text in texts:
        assert text in lines[0], lines[0]


@pytest.fixture
def own(demo_home, tmp_path):
    """A copy of the demonstration, and the digests of what it holds."""
    home = tmp_path / "own"
    for part in ("db", "index"):
        shutil.copytree(demo_home / part, home / part)
    return home


@pytest.fixture
def ids(demo):
    """Ids of genes that move most under everolimus, with their z."""
    rows = sorted(demo.signature("everolimus"), key=lambda row: -abs(row["z"]))
    return [(row["gene_id"], row["z"]) for row in rows[:40]]


def table_of(path, ids, value=None):
    """Write genes and values as a table."""
    path.write_text("gene,v\n" + "".join(f"{name},{z if value is None else value}\n" for name, z in ids))
    return path


def held(home):
    """Digest what a workspace holds, by name."""
    found = sorted(path for path in home.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm")))
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


@pytest.mark.parametrize(
    "name",
    [
        "db/vcpi.sqlite",
        "db/vcpi.sqlite-wal",
        "db/vcpi.sqlite-shm",
        "db/vcpi.sqlite-journal",
        "db/new.csv",
        "index/new.csv",
    ],
)
def test_no_answer_is_written_into_a_workspace(vcpi_command, own, name):
    before = held(own)
    refused(vcpi_command(own, "export", "rejected", "-o", own / name), name, "another file")
    assert held(own) == before


@pytest.mark.parametrize(
    "words",
    [
        ("compound", "sirolimus", "--svg", "db/x.svg"),
        ("compare", "sirolimus", "everolimus", "--svg", "index/x.svg"),
        ("like", "sirolimus", "--plot", "db/x.svg"),
        ("map", "sirolimus", "--plot", "db/x.svg"),
        ("profile", "sirolimus", "-o", "db/x.html"),
    ],
)
def test_no_figure_is_drawn_into_a_workspace(vcpi_command, own, words):
    before = held(own)
    refused(vcpi_command(own, *words[:-1], own / words[-1]), words[-1], "another file")
    assert held(own) == before


def test_a_log_beside_a_store_elsewhere_is_not_overwritten(vcpi_command, own, tmp_path):
    store = tmp_path / "copy.sqlite"
    shutil.copy(own / "db" / "vcpi.sqlite", store)
    refused(vcpi_command(own, "export", "rejected", "-o", f"{store}-wal"), "copy.sqlite-wal")
    said = vcpi_command(own, "export", "rejected", "-o", tmp_path / "other-wal")
    assert said.status == 0


def test_an_answer_spares_what_it_is_read_from(vcpi_command, demo_home, tmp_path, ids):
    names, genes = tmp_path / "names.txt", tmp_path / "up.txt"
    names.write_text("everolimus\n")
    genes.write_text("\n".join(name for name, _ in ids))
    values = table_of(tmp_path / "values.csv", ids)
    drawing = tmp_path / "drawn.mol"
    drawing.write_text(Chem.MolToMolBlock(Chem.MolFromSmiles("CCO")))
    for path, words in (
        (names, ("like", f"@{names}")),
        (drawing, ("analogs", drawing)),
        (genes, ("query", "--up", genes)),
        (values, ("query", "--signature", values)),
    ):
        before = path.read_bytes()
        refused(vcpi_command(demo_home, *words, "-o", path), path.name, "overwritten")
        assert path.read_bytes() == before


def test_the_name_of_a_table_is_no_input(vcpi_command, demo_home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert vcpi_command(demo_home, "export", "rejected", "-o", "rejected").status == 0


def test_one_file_for_answer_and_figure(vcpi_command, demo_home, tmp_path):
    both = tmp_path / "s.svg"
    refused(vcpi_command(demo_home, "like", "sirolimus", "-o", both, "--plot", both), "s.svg", "two files")
    refused(vcpi_command(demo_home, "compare", "sirolimus", "everolimus", "-o", both, "--svg", both), "two files")
    assert not both.exists()


@pytest.mark.parametrize("names", [("CCO", "everolimus"), ("everolimus", "CCO")])
def test_one_unmeasured_among_several_is_named(vcpi_command, demo_home, names):
    refused(vcpi_command(demo_home, "like", *names), "CCO has no signature", "leave out")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--method", "foo"), "'foo'"),
        (("--class", "nope"), "'nope'"),
        (("--where", "foo<3"), "'foo'"),
        (("--holds", "C(("), "'C(('"),
        (("--dose", "10-1"), "10 to 1"),
        (("--cell-line", "HeLa"), "'HeLa'"),
        (("--without", "nope"), "'nope'"),
    ],
)
def test_options_of_an_unmeasured_compound_are_looked_at(vcpi_command, demo_home, words, told):
    refused(vcpi_command(demo_home, "like", "c1ccccc1CCO", *words), told)


def test_a_dataset_that_is_not_there(vcpi_command, demo_home):
    for table in ("signatures", "genes", "compounds", "rejected"):
        refused(vcpi_command(demo_home, "export", table, "--dataset", "nope"), "'nope'", "sim-demo-001")
    refused(vcpi_command(demo_home, "export", "compounds", "--dataset", "sim-demo-001"), "signatures, samples, genes")
    whole, part = (
        vcpi_command(demo_home, "export", "signatures", "-f", "csv", *more).out
        for more in ((), ("--dataset", "sim-demo-001"))
    )
    assert whole == part


@pytest.mark.parametrize("method", ["cosine", "xcos", "spearman", "wtcs", "xsum", "zhang", "ensemble"])
def test_a_signature_that_moves_no_gene(vcpi_command, demo_home, tmp_path, ids, method):
    for value in ("0", "1e-310"):
        path = table_of(tmp_path / "still.csv", ids, value)
        refused(vcpi_command(demo_home, "query", "--signature", path, "--method", method), "moves no gene", value)


@pytest.mark.filterwarnings("error")
def test_a_value_beyond_all_numbers_is_named(vcpi_command, demo_home, tmp_path, ids):
    path = table_of(tmp_path / "big.csv", ids, "1e308")
    refused(vcpi_command(demo_home, "query", "--signature", path), "1e+308", ids[0][0])


def test_numbers_as_python_writes_them_are_none(vcpi_command, demo_home, tmp_path, ids):
    path = table_of(tmp_path / "v.csv", ids, "1_000")
    refused(vcpi_command(demo_home, "query", "--signature", path), "'1_000'", "row 2")


def test_lists_in_cells_are_no_values(vcpi_command, demo_home, tmp_path, ids):
    path = tmp_path / "lists.parquet"
    pq.write_table(pa.table({"gene": [name for name, _ in ids], "v": [[z] for _, z in ids]}), path)
    refused(vcpi_command(demo_home, "query", "--signature", path), "lists.parquet", "list<", "'v'")


@pytest.mark.parametrize("verb", ["like", "analogs"])
def test_a_file_of_two_drawings(vcpi_command, demo_home, tmp_path, verb):
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O"))
    two, one = tmp_path / "two.sdf", tmp_path / "one.sdf"
    two.write_text(f"{block}$$$$\n{block}$$$$\n")
    one.write_text(f"{block}> <NAME>\naspirin\n\n$$$$\n")
    refused(vcpi_command(demo_home, verb, two), "two.sdf", "2 structures")
    assert vcpi_command(demo_home, verb, one).status == 0


def test_a_mixture_says_what_was_taken(vcpi_command, demo_home):
    said = vcpi_command(demo_home, "analogs", "CCO.CCN", "-k", "1")
    assert said.status == 0
    assert "CCN is taken" in said.err


def test_a_nul_in_a_drawing_or_a_name(vcpi_command, demo_home, tmp_path):
    path = tmp_path / "nul.mol"
    path.write_text(Chem.MolToMolBlock(Chem.MolFromSmiles("CCO")).replace("RDKit", "RD\0it"))
    refused(vcpi_command(demo_home, "like", path), "nul.mol", "NUL")
    names = tmp_path / "names.txt"
    names.write_text("ever\0olimus\n")
    refused(vcpi_command(demo_home, "like", f"@{names}"), "'ever\\x00olimus'", "NUL")


def test_a_folder_of_names(vcpi_command, demo_home, tmp_path):
    refused(vcpi_command(demo_home, "like", f"@{tmp_path}"), f"@{tmp_path}: Is a directory", "one name a line")


def test_more_genes_than_there_are(vcpi_command, demo_home, tmp_path):
    path = tmp_path / "many.txt"
    path.write_text("\n".join(f"GENE{n}" for n in range(500_001)))
    refused(vcpi_command(demo_home, "query", "--up", path), "500,001", "many.txt")


def test_a_mark_at_the_start_of_names_is_none(vcpi_command, demo_home, tmp_path, monkeypatch):
    plain = vcpi_command(demo_home, "like", "everolimus", "-f", "csv").out
    path = tmp_path / "names.txt"
    path.write_text("everolimus\n", encoding="utf-8-sig")
    assert vcpi_command(demo_home, "like", f"@{path}", "-f", "csv").out == plain
    monkeypatch.setattr(sys, "stdin", io.StringIO("\ufeffeverolimus\n"))
    assert vcpi_command(demo_home, "like", "-", "-f", "csv").out == plain


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize(
    "words",
    [
        ("query", "--up"),
        ("query", "--signature"),
        ("query", "--genes"),
        ("explain", "everolimus", "sirolimus", "--gene-sets"),
    ],
)
def test_pipes_folders_and_devices(vcpi_command, demo_home, tmp_path, words):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refused(vcpi_command(demo_home, *words, pipe), str(pipe), "pipe", "save")
    refused(vcpi_command(demo_home, *words, tmp_path), str(tmp_path), "folder")
    refused(vcpi_command(demo_home, *words, "."), "'.'", "folder")
    refused(vcpi_command(demo_home, *words, os.devnull), os.devnull, "device")
    refused(vcpi_command(demo_home, *words, ""), "empty")


@pytest.mark.parametrize("odd", ["@names.txt", "asp.mol", "-"])
@pytest.mark.parametrize(
    "words", [("like", "sirolimus"), ("compare", "sirolimus"), ("explain", "sirolimus"), ("map",), ("classes",)]
)
def test_files_of_names_where_they_do_not_stand(vcpi_command, demo_home, words, odd):
    refused(vcpi_command(demo_home, *words, odd), repr(odd))


@pytest.mark.parametrize("option", [("--exclude-same-plate",), ("--top", "50"), ("--reverse",), ("--smarts", "C C")])
def test_options_of_hits_need_a_compound(vcpi_command, demo_home, option):
    refused(vcpi_command(demo_home, "classes", *option), option[0], "NAME")


def test_a_value_column_without_a_signature(vcpi_command, demo_home, ids):
    genes = ",".join(name for name, _ in ids)
    refused(vcpi_command(demo_home, "query", "--up", genes, "--value-column", "stat"), "--value-column stat")


def test_words_behind_a_pattern(vcpi_command, demo_home):
    refused(vcpi_command(demo_home, "substructure", "C(=O)N[OH] hydroxamate"), "'hydroxamate'")
    refused(vcpi_command(demo_home, "like", "sirolimus", "--holds", "C N"), "'N'")


@pytest.mark.parametrize("twin", ["everolimus", "EVEROLIMUS", "HKVAMNSJSFKALM"])
def test_a_compound_beside_itself(vcpi_command, demo_home, twin):
    refused(vcpi_command(demo_home, "compare", "everolimus", twin), "'everolimus'", "once")


def test_a_figure_that_cannot_be_is_refused_first(vcpi_command, demo_home, tmp_path, ids):
    plot = tmp_path / "x.svg"
    genes = ",".join(name for name, _ in ids)
    refused(vcpi_command(demo_home, "like", "sirolimus", "--figure", "mountain", "--plot", plot), "mountain")
    refused(vcpi_command(demo_home, "query", "--up", genes, "--figure", "structure", "--plot", plot), "structure")
    refused(vcpi_command(demo_home, "like", "sirolimus", "--figure", "genes"), "--plot")
    assert not plot.exists()


def test_clipped_values_are_told(vcpi_command, demo_home, tmp_path, ids):
    said = vcpi_command(demo_home, "query", "--signature", table_of(tmp_path / "v.csv", ids, "50"))
    assert "40 of 40 values are beyond ±20" in said.out
    said = vcpi_command(demo_home, "query", "--signature", table_of(tmp_path / "w.csv", ids, "5"))
    assert "±20" not in said.out
