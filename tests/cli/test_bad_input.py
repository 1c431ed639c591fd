"""What bad input gets: one line that names it, exit 1, nothing half-written; or the row in ``rejected``."""

from __future__ import annotations

import csv
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vcpi.database import Database
from vcpi.demo.simulate import simulate_release


@pytest.fixture(scope="module")
def plain_release(tmp_path_factory):
    """A small simulated release as it should be."""
    return simulate_release(tmp_path_factory.mktemp("plain") / "files", n_plates=2, n_genes=700, seed=5)


class Bent:
    """A copy of a release whose files can be bent."""

    def __init__(self, release, folder):
        shutil.copytree(release.folder, folder)
        (folder / release.manifest.name).unlink()  # its digests would tell of the bending first
        self.folder = folder
        self.counts = folder / release.counts.name
        self.metadata = folder / release.metadata.name
        self.compounds = folder / release.compounds.name

    def rows(self, path):
        with path.open(newline="") as handle:
            return list(csv.DictReader(handle))

    def write(self, path, rows, columns=None):
        with path.open("w", newline="") as handle:
            writer = csv.DictWriter(handle, columns or list(rows[0]), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)

    def bend_counts(self, bend):
        table = pq.read_table(self.counts)
        pq.write_table(bend(table), self.counts)


@pytest.fixture
def bent(plain_release, tmp_path):
    return Bent(plain_release, tmp_path / "bent")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def refused(said, *texts):
    """Check the one line, and what it must name."""
    assert said.status == 1
    assert said.out == ""
    lines = [line for line in said.err.splitlines() if line.strip()]
    assert len(lines) == 1, said.err
    assert lines[0].startswith("vcpi: ")
    for text in texts:
        assert text in lines[0], lines[0]


def rejected(home):
    with Database(home) as database:
        return database.table("rejected")


def test_a_file_that_its_manifest_does_not_know(vcpi_command, plain_release, tmp_path, home):
    shutil.copytree(plain_release.folder, tmp_path / "copy")
    with (tmp_path / "copy" / plain_release.metadata.name).open("a") as handle:
        handle.write("\n")
    refused(vcpi_command(home, "ingest", "release", tmp_path / "copy"), plain_release.metadata.name, "manifest")
    assert not home.exists()


@pytest.mark.parametrize("which", ["counts", "metadata", "compounds"])
def test_an_empty_file(vcpi_command, bent, home, which):
    path = getattr(bent, which)
    path.write_bytes(b"")
    refused(vcpi_command(home, "ingest", "release", bent.counts, bent.metadata, bent.compounds), path.name, "empty")
    assert not home.exists()


def test_a_file_of_the_wrong_format(vcpi_command, bent, home):
    bent.counts.write_bytes(b"this is no parquet, whatever its name says" * 10)
    refused(vcpi_command(home, "ingest", "release", bent.folder), bent.counts.name)
    assert not home.exists()


def test_a_missing_column(vcpi_command, bent, home):
    rows = bent.rows(bent.metadata)
    bent.write(bent.metadata, rows, [name for name in rows[0] if name != "sequenced_id"])
    refused(vcpi_command(home, "ingest", "release", bent.counts, bent.metadata, bent.compounds), "sequenced_id")
    assert not home.exists()


@pytest.mark.parametrize("value", [float("nan"), -3.0, 1.5])
def test_counts_that_are_none(vcpi_command, bent, home, value):
    def bend(table):
        name = table.column_names[5]
        values = np.array(table.column(name), dtype=np.float64)
        values[7] = value
        return table.set_column(5, name, pa.array(values))

    name = pq.read_table(bent.counts).column_names[5]
    bent.bend_counts(bend)
    assert vcpi_command(home, "ingest", "release", bent.folder).status == 0
    (row,) = [row for row in rejected(home) if name in row["raw"]]
    assert str(value).rstrip("0").rstrip(".") in row["reason"] or "NaN" in row["reason"] or "missing" in row["reason"]
    with Database(home) as database:
        assert name not in {sample["sequenced_id"] for sample in database.table("samples")}


def test_sample_columns_that_match_no_metadata(vcpi_command, bent, home):
    bent.bend_counts(lambda t: t.rename_columns([t.column_names[0], *(f"well{name}" for name in t.column_names[1:])]))
    refused(vcpi_command(home, "ingest", "release", bent.folder), "sequenced_id", "well4")
    assert not home.exists()


def test_empty_metadata(vcpi_command, bent, home):
    columns = list(bent.rows(bent.metadata)[0])
    bent.write(bent.metadata, [], columns)
    refused(vcpi_command(home, "ingest", "release", bent.counts, bent.metadata, bent.compounds), bent.metadata.name)
    assert not home.exists()


def test_duplicated_sample_rows(vcpi_command, bent, home):
    rows = bent.rows(bent.metadata)
    other = {**rows[9], "compound_concentration": "3000"}
    bent.write(bent.metadata, [*rows, rows[4], other])
    assert vcpi_command(home, "ingest", "release", bent.folder).status == 0
    reasons = [(row["raw"], row["reason"]) for row in rejected(home)]
    with Database(home) as database:
        samples = {sample["sequenced_id"] for sample in database.table("samples")}
    assert rows[4]["sequenced_id"] in samples
    assert rows[9]["sequenced_id"] not in samples
    assert sum(rows[9]["sequenced_id"] in raw for raw, _ in reasons) == 2


def test_a_compound_without_structure_is_kept(vcpi_command, bent, home):
    rows = bent.rows(bent.compounds)
    lost = next(row for row in rows if row["inchi_key"] and row["smiles"])
    lost.update(smiles="", inchi_key="")
    bent.write(bent.compounds, rows)
    (bent.folder / next(p.name for p in bent.folder.iterdir() if p.name.startswith("annotations"))).unlink()
    assert vcpi_command(home, "ingest", "release", bent.folder).status == 0
    said = vcpi_command(home, "like", lost["user_compound_id"], "-k", "3", "-f", "csv")
    assert said.status == 0
    assert len(said.out.splitlines()) == 4


def test_a_broken_smiles_is_kept_by_name(vcpi_command, tmp_path, home):
    table = tmp_path / "c.csv"
    table.write_text("id,name,smiles\n1,aspirin,CC(=O)Oc1ccccc1C(=O)O\n2,mystery,C1CC\n")
    said = vcpi_command(home, "ingest", "compounds", table)
    assert said.status == 0
    (row,) = rejected(home)
    assert (row["file"], row["row"]) == ("c.csv", 3)
    assert "C1CC" in row["reason"]
    assert vcpi_command(home, "compound", "mystery").status == 0


def test_an_unknown_unit(vcpi_command, bent, home):
    rows = bent.rows(bent.metadata)
    rows[4]["compound_concentration_unit"] = "parsec"
    bent.write(bent.metadata, rows)
    assert vcpi_command(home, "ingest", "release", bent.folder).status == 0
    (row,) = rejected(home)
    assert "parsec" in row["reason"]
    assert row["row"] == 6


def test_a_plate_without_dmso(vcpi_command, bent, home):
    rows = bent.rows(bent.metadata)
    plate = rows[0]["container_id"]
    kept = [row for row in rows if not (row["container_id"] == plate and row["user_compound_id"] == "DMSO")]
    bent.write(bent.metadata, kept)
    refused(vcpi_command(home, "ingest", "release", bent.folder, "--baseline", "vehicle_plate"), plate)
    assert not home.exists()
    said = vcpi_command(home, "ingest", "release", bent.folder)
    assert said.status == 0
    assert plate in said.err


def test_genes_that_map_to_nothing(vcpi_command, demo_home):
    genes = ",".join(f"NOSUCHGENE{n}" for n in range(12))
    refused(vcpi_command(demo_home, "query", "--up", genes), "0 of 12", "NOSUCHGENE")


def test_genes_of_a_mouse(vcpi_command, demo_home):
    genes = "Tnf,Il6,Cdkn1a,Mx1,Isg15,Ifit1,Stat1,Hmgcr,Ldlr,Fasn,Scd1"
    said = vcpi_command(demo_home, "query", "--up", genes)
    refused(said, "mouse")


def test_a_signature_file_with_two_value_columns(vcpi_command, demo_home, tmp_path):
    table = tmp_path / "deseq.csv"
    table.write_text("gene,log2FoldChange,stat\n" + "".join(f"MX{n},1.0,2.0\n" for n in range(12)))
    refused(vcpi_command(demo_home, "query", "--signature", table), "log2FoldChange", "stat", "--value-column")


def test_an_unknown_name(vcpi_command, demo_home):
    refused(vcpi_command(demo_home, "like", "evrolimus"), "evrolimus", "everolimus")


def test_a_workspace_that_is_not_there(vcpi_command, tmp_path):
    for verb in (["like", "x"], ["status"], ["verify"], ["build"], ["export", "rejected"]):
        refused(vcpi_command(tmp_path / "nowhere", *verb), "No workspace at", "vcpi demo")
    assert not (tmp_path / "nowhere").exists()


@pytest.fixture
def own_demo(demo_home, tmp_path):
    """A copy of the demonstration that a test may damage."""
    home = tmp_path / "own"
    home.mkdir()
    for part in ("db", "index"):
        shutil.copytree(demo_home / part, home / part)
    return home


def index_file(home, kind):
    (path,) = (home / "index").glob(f"{kind}*")
    return path


@pytest.mark.parametrize("kind", ["signatures", "fingerprints"])
@pytest.mark.parametrize("damage", ["flipped", "truncated", "missing", "another"])
def test_an_index_that_is_not_what_the_store_names(vcpi_command, own_demo, kind, damage):
    path = index_file(own_demo, kind)
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "missing":
        path.unlink()
    else:
        path.write_bytes(index_file(own_demo, "signatures" if kind == "fingerprints" else "fingerprints").read_bytes())
    refused(vcpi_command(own_demo, "like", "everolimus"), path.name, "vcpi build")
    assert vcpi_command(own_demo, "verify").status == 1
    assert vcpi_command(own_demo, "build").status == 0
    assert vcpi_command(own_demo, "like", "everolimus").status == 0


def test_an_index_of_another_content_of_the_store(vcpi_command, own_demo):
    store = sqlite3.connect(own_demo / "db" / "vcpi.sqlite")
    store.execute("UPDATE dataset SET content_digest = 'other'")
    store.commit()
    store.close()
    refused(vcpi_command(own_demo, "like", "everolimus"), "not as vcpi left it", "restore")
    (own_demo / "db" / "vcpi.sqlite.seal").unlink()  # as after a write beside readers, when no seal is set
    refused(vcpi_command(own_demo, "like", "everolimus"), "not those of their digest (dataset)", "--accept-edit")
    refused(vcpi_command(own_demo, "build"), "rows are not those of their digest", "restore")


def test_a_vector_that_was_changed_in_the_store(vcpi_command, own_demo):
    store = sqlite3.connect(own_demo / "db" / "vcpi.sqlite")
    (payload,) = store.execute("SELECT bytes FROM vector WHERE signature_id = 5 AND layer = 'z'").fetchone()
    changed = payload[:-4] + b"\x00\x00\x80?"
    store.execute("UPDATE vector SET bytes = ? WHERE signature_id = 5 AND layer = 'z'", [changed])
    store.commit()
    store.close()
    said = vcpi_command(own_demo, "verify", "--deep")
    assert said.status == 1
    assert "signatures of sim-demo-001" in said.err


def test_a_dataset_is_not_ingested_twice(vcpi_command, own_demo, plain_release):
    before = (own_demo / "db" / "vcpi.sqlite").read_bytes()
    said = vcpi_command(own_demo, "ingest", "release", plain_release.folder, "--dataset", "sim-demo-001")
    refused(said, "sim-demo-001", "already", "--dataset")
    with Database(own_demo) as database:
        assert len(database.status()["datasets"]) == 1
    assert len(before) == (own_demo / "db" / "vcpi.sqlite").stat().st_size


def test_the_demo_stays_out_of_a_workspace_with_data(vcpi_command, tmp_path):
    table = tmp_path / "c.smi"
    table.write_text("CC(=O)Oc1ccccc1C(=O)O aspirin\n")
    assert vcpi_command(tmp_path, "ingest", "compounds", table).status == 0
    refused(vcpi_command(tmp_path, "demo"), "other data", "--home")
    assert not (tmp_path / "demo-release").exists()


def test_a_file_that_is_not_there(vcpi_command, tmp_path, home):
    for verb in ("release", "signatures", "compounds", "annotations"):
        refused(vcpi_command(home, "ingest", verb, tmp_path / "nothing.csv"), "nothing.csv")
    assert not home.exists()


def test_a_folder_that_cannot_be_written(vcpi_command, tmp_path):
    table = tmp_path / "c.smi"
    table.write_text("CCO ethanol\n")
    (tmp_path / "file").write_text("in the way")
    refused(vcpi_command(tmp_path / "file" / "home", "ingest", "compounds", table), "file", "--home")


def test_a_smarts_that_is_none(vcpi_command, demo_home):
    refused(vcpi_command(demo_home, "substructure", "C(("), "C((")


def test_an_answer_does_not_overwrite_the_workspace(vcpi_command, own_demo):
    for path in (
        own_demo / "db" / "vcpi.sqlite",
        index_file(own_demo, "signatures"),
        index_file(own_demo, "fingerprints"),
    ):
        refused(vcpi_command(own_demo, "status", "-o", path), path.name, "another file")
    refused(vcpi_command(own_demo, "compound", "sirolimus", "--svg", own_demo / "db" / "vcpi.sqlite"), "another file")
    assert vcpi_command(own_demo, "verify").status == 0


def test_the_demo_does_not_overwrite_files_of_others(vcpi_command, tmp_path):
    mine = tmp_path / "demo-release" / "manifest.json"
    mine.parent.mkdir()
    mine.write_text("mine")
    refused(vcpi_command(tmp_path, "demo"), "demo-release", "in the way")
    assert mine.read_text() == "mine"


def test_a_full_disk_on_stdout_is_one_line(demo_home):
    program = f"import sys; sys.argv = ['vcpi', '--home', {str(demo_home)!r}, 'status']; from vcpi.cli.app import main; sys.exit(main())"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if line] == [done.stderr.strip()]
    assert done.stderr.startswith("vcpi: ")


def test_what_a_failed_first_ingest_leaves_is_nothing(vcpi_command, bent, home):
    rows = bent.rows(bent.metadata)
    kept = [row for row in rows if row["user_compound_id"] == "DMSO"]
    bent.write(bent.metadata, kept)
    refused(vcpi_command(home, "ingest", "release", bent.folder), "no well with a compound")
    assert not home.exists()


def test_a_store_that_was_damaged_is_told(vcpi_command, own_demo):
    store = own_demo / "db" / "vcpi.sqlite"
    store.write_bytes(store.read_bytes()[:20_000])
    for verb in (["status"], ["like", "sirolimus"], ["build"]):
        said = vcpi_command(own_demo, *verb)
        assert said.status == 1
        assert said.err.startswith("vcpi: ")
        assert len(said.err.splitlines()) == 1
