"""From the files of a release to signatures: bookkeeping, the contest's arithmetic, and nothing by halves."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import sqlite3
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

from vcpi.assemble import releases
from vcpi.assemble.rebuild import rebuild
from vcpi.assemble.releases import ingest_release
from vcpi.assemble.removal import remove_dataset
from vcpi.database import Database
from vcpi.demo.scenario import Scenario
from vcpi.demo.simulate import simulate_release
from vcpi.errors import InputError
from vcpi.signature.recipe import Recipe
from vcpi.store import read


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A small simulated release, for reading only."""
    return simulate_release(tmp_path_factory.mktemp("release") / "files", n_plates=2, n_genes=900, seed=3)


def metadata(release):
    with release.metadata.open(newline="") as handle:
        return list(csv.DictReader(handle))


def test_every_well_and_compound_is_accounted_for(release, tmp_path):
    report = ingest_release(tmp_path, [release.folder])
    rows = metadata(release)
    assert report.counts["samples"] + report.n_rejected == len(rows)
    compounds = {row["user_compound_id"] for row in rows} - {"DMSO"}
    assert report.counts["compounds"] == len(compounds)
    with Database(tmp_path) as database:
        samples = database.table("samples")
        roles = [row["role"] for row in samples]
        assert roles.count("vehicle") == sum(row["user_compound_id"] == "DMSO" for row in rows)
        assert all(row["name"] is None for row in samples if row["role"] == "vehicle")
        (dataset,) = database.status()["datasets"]
    assert dataset["simulated"]
    assert dataset["n_plates"] == 2


def test_contest_mode_equals_the_mean_of_log2_cpm_plus_one(release, tmp_path):
    ingest_release(tmp_path, [release.folder], recipe=Recipe(baseline="contest"))
    table = pq.read_table(release.counts).to_pydict()
    genes = table.pop("gene_id")
    wells = {}
    for row in metadata(release):
        wells.setdefault(row["user_compound_id"], []).append(row["sequenced_id"])
    with Database(tmp_path) as database:
        connection = database._connection
        (dataset,) = read.datasets(connection)
        measured = [gene.gene_id for gene in read.genes(connection, dataset["dataset_id"])]
        ids, values = read.vectors(connection, dataset["dataset_id"], layer="expression")
        sources = {
            row["signature_id"]: row["source_signature_id"].split("|")[0] for row in database.table("signatures")
        }
    places = [genes.index(gene) for gene in measured]
    checked = 0
    for signature_id, vector in zip(ids.tolist(), values, strict=True):
        expected = np.zeros(len(places))
        for well in wells[sources[signature_id]]:
            counts = np.array(table[well], dtype=np.float64)
            expected += np.log2(counts[places] / counts.sum() * 1e6 + 1)
        np.testing.assert_array_equal(vector, (expected / len(wells[sources[signature_id]])).astype(np.float32))
        checked += 1
    assert checked == len(wells) - 1  # all but DMSO


def test_the_same_files_give_the_same_store_and_indexes(release, tmp_path):
    digests = []
    for name in ("one", "two"):
        ingest_release(tmp_path / name, [release.folder])
        with Database(tmp_path / name) as database:
            status = database.status()
        digests.append((status["datasets"][0]["content_digest"], sorted(row["file"] for row in status["indexes"])))
    assert digests[0] == digests[1]


def test_indexes_are_rebuilt_bit_for_bit(release, tmp_path):
    ingest_release(tmp_path, [release.folder])
    before = {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir()}
    for path in (tmp_path / "index").iterdir():
        path.unlink()
    rebuild(tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir()} == before


def test_the_planted_effect_is_found_again(release, tmp_path):
    ingest_release(tmp_path, [release.folder], recipe=Recipe(baseline="hybrid"))
    strong = [c for c in release.truth.compounds if c.active and c.potency > 1.1 and c.role == "library"]
    correlations = []
    with Database(tmp_path) as database:
        for compound in strong:
            rows = database.signature(compound.source_compound_id)
            planted = dict(zip(release.truth.gene_ids, release.truth.effect(compound.source_compound_id), strict=True))
            moved = [(row["lfc"], planted[row["gene_id"]]) for row in rows if abs(planted[row["gene_id"]]) > 0.3]
            observed, true = np.array(moved).T
            correlations.append(np.corrcoef(observed, true)[0, 1])
    assert len(strong) > 20
    assert np.median(correlations) > 0.8


def test_several_baselines_can_be_asked_for(release, tmp_path):
    for baseline in ("vehicle_plate", "vehicle_pooled", "plate_center"):
        home = tmp_path / baseline
        report = ingest_release(home, [release.folder], recipe=Recipe(baseline=baseline))
        with Database(home) as database:
            (dataset,) = database.status()["datasets"]
            assert dataset["baseline"] == baseline
            assert report.counts["signatures"] == dataset["n_signatures"] > 200


def test_a_killed_ingest_leaves_what_was_there(release, tmp_path):
    ingest_release(tmp_path, [release.folder], dataset="first")
    program = (
        "import sys; from pathlib import Path; from vcpi.assemble.releases import ingest_release\n"
        "ingest_release(Path(sys.argv[1]), [Path(sys.argv[2])], dataset='second')\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), str(release.folder)], env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    wal = tmp_path / "db" / "vcpi.sqlite-wal"
    for _ in range(600):
        if child.poll() is not None or (wal.exists() and wal.stat().st_size > 100_000):
            break
        try:
            child.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
    child.send_signal(signal.SIGKILL)
    child.wait()
    with Database(tmp_path) as database:
        names = [dataset["name"] for dataset in database.status()["datasets"]]
        states = {row["state"] for row in database.verify(deep=True)}
    assert names in (["first"], ["first", "second"])
    assert states == {"ok"}
    if names == ["first"]:
        ingest_release(tmp_path, [release.folder], dataset="second")
        with Database(tmp_path) as database:
            assert len(database.status()["datasets"]) == 2


def test_a_failed_plate_is_left_out_and_said(tmp_path):
    scenario = Scenario(failed_plates=(1,))
    failed = simulate_release(tmp_path / "files", n_plates=2, n_genes=600, seed=4, scenario=scenario)
    report = ingest_release(tmp_path / "home", [failed.folder])
    rows = metadata(failed)
    plates = sorted({row["container_id"] for row in rows})
    on_it = [row for row in rows if row["container_id"] == plates[0]]
    assert report.n_rejected == len(on_it)
    assert any(plates[0] in note and "failed" in note for note in report.notes)
    with Database(tmp_path / "home") as database:
        assert {row["plates"] for row in database.table("signatures")} == {f'["{plates[1]}"]'}


def rewrite(release, folder, *, metadata_rows=None, counts=None):
    """The release once more, with other metadata rows or counts."""
    shutil.copytree(
        release.folder, folder, ignore=shutil.ignore_patterns("*manifest*")
    )  # it vouches for the first files
    if metadata_rows is not None:
        with (folder / release.metadata.name).open("w", newline="") as handle:
            writer = csv.DictWriter(handle, list(metadata_rows[0]))
            writer.writeheader()
            writer.writerows(metadata_rows)
    if counts is not None:
        pq.write_table(counts(pq.read_table(release.counts)), folder / release.counts.name)
    return folder


def test_a_copy_of_another_well_is_kept_out_with_its_reason(release, tmp_path):
    first, second = [row["sequenced_id"] for row in metadata(release) if row["user_compound_id"] != "DMSO"][:2]
    folder = rewrite(
        release,
        tmp_path / "files",
        counts=lambda table: table.set_column(table.column_names.index(second), second, table[first]),
    )
    report = ingest_release(tmp_path / "home", [folder])
    assert report.n_rejected == 1
    with Database(tmp_path / "home") as database:
        (row,) = database.table("rejected")
    assert {row["raw"]} < {first, second}
    assert "a copy, not another well" in row["reason"]


def test_what_the_layout_leaves_open_is_said_of_every_answer(release, tmp_path):
    rows = metadata(release)
    compound = next(row["user_compound_id"] for row in rows if row["user_compound_id"] != "DMSO")
    bare = [{**row, "container_id": ""} for row in rows]
    library = [row for row in rows if row["user_compound_id"] != "DMSO"]
    said = {}
    for name, changed in (("whole", rows), ("plateless", bare), ("no vehicle", library)):
        ingest_release(tmp_path / name, [rewrite(release, tmp_path / f"files {name}", metadata_rows=changed)])
        with Database(tmp_path / name) as database:
            answer = database.like(compound)
        said[name] = " / ".join(answer.caveats)
        assert "source signatures" not in said[name]  # replicates of a layout are no thin evidence
        if name == "no vehicle":
            assert answer.query["active"] is not None
            assert answer.method["null"] == "replicate-differences"
    assert "no plate ids" in said["plateless"]
    assert "no vehicle well" in said["no vehicle"]
    assert "no plate ids" not in said["whole"]
    assert "no vehicle well" not in said["whole"]


def test_wells_with_other_totals_than_their_metadata_are_told(release, tmp_path):
    rows = metadata(release)
    rows[3]["total_umi_count"] = str(10 * int(float(rows[3]["total_umi_count"])))
    report = ingest_release(tmp_path / "home", [rewrite(release, tmp_path / "files", metadata_rows=rows)])
    (note,) = [note for note in report.notes if "total_umi_count" in note]
    assert note.startswith("1 wells")
    assert rows[3]["sequenced_id"] in note
    assert not [n for n in ingest_release(tmp_path / "clean", [release.folder]).notes if "total_umi_count" in n]


def rows_of(home, dataset):
    """Every row of the store that belongs to a dataset, by table, rowids too."""
    with Database(home) as database:
        connection = database._connection
        (number,) = [row["dataset_id"] for row in read.datasets(connection) if row["name"] == dataset]
        found = {}
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            names = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
            where = next((name for name in ("dataset_id", "signature_id", "sample_id") if name in names), None)
            if where is None:
                continue
            own = {"dataset_id": "SELECT ?", "signature_id": "SELECT signature_id FROM signature WHERE dataset_id = ?",
                   "sample_id": "SELECT sample_id FROM sample WHERE dataset_id = ?"}[where]  # fmt: skip
            try:
                query = f"SELECT rowid, * FROM {table} WHERE {where} IN ({own}) ORDER BY 1"
                found[table] = [tuple(row) for row in connection.execute(query, [number])]
            except sqlite3.OperationalError:  # a table without rowids
                query = f"SELECT * FROM {table} WHERE {where} IN ({own})"
                found[table] = sorted(tuple(row) for row in connection.execute(query, [number]))
        return found


def test_a_second_release_recomputes_nothing_of_the_first(release, tmp_path, monkeypatch):
    home = tmp_path / "home"
    first = ingest_release(home, [release.folder]).source
    before = rows_of(home, first)
    files = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in (home / "index").glob("signatures-*")}
    second = simulate_release(
        tmp_path / "second", n_plates=2, n_genes=900, seed=4, scenario=Scenario(release=1), job_id="tvc-sim-002"
    )
    touched = {"scan_plate": [], "profiles_of": [], "build_signature_index": [], "score_dataset": []}
    for name, seen in touched.items():
        make = getattr(releases, name)

        def watched(*given, make=make, seen=seen, **options):
            seen.append(given)
            return make(*given, **options)

        monkeypatch.setattr(releases, name, watched)
    report = ingest_release(home, [second.folder])
    assert rows_of(home, first) == before
    assert {"signature", "vector", "sample"} <= {table for table, rows in before.items() if rows}
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in files} == files
    known = {row["sequenced_id"] for row in metadata(second)}
    read_wells = [
        sample.sequenced_id
        for name in ("scan_plate", "profiles_of")
        for (part,) in touched[name]
        for sample in part.samples
    ]
    assert set(read_wells) == known
    assert not known & {row["sequenced_id"] for row in metadata(release)}
    assert len(read_wells) == 2 * len(known)
    assert len(touched["score_dataset"]) == len(touched["build_signature_index"]) == 1
    with Database(home) as database:
        assert {row["name"] for row in database.status()["datasets"]} == {first, report.source}


def test_threads_make_the_same_store(release, tmp_path):
    digests = []
    for workers in (1, 2):
        ingest_release(tmp_path / str(workers), [release.folder], workers=workers)
        with Database(tmp_path / str(workers)) as database:
            digests.append([row["content_digest"] for row in database.status()["datasets"]])
    assert digests[0] == digests[1]


def test_a_removed_dataset_leaves_no_row_and_can_be_read_again(release, tmp_path):
    ingest_release(tmp_path, [release.folder], dataset="kept")
    with Database(tmp_path) as database:
        kept = database.like("everolimus").to_dict()
        before = counted(database)
    ingest_release(tmp_path, [release.folder], dataset="twice")
    assert remove_dataset(tmp_path, "twice").counts["signatures"] > 0
    with Database(tmp_path) as database:
        assert counted(database) == before
        assert not database._connection.execute("PRAGMA foreign_key_check").fetchall()
        assert database.like("everolimus").to_dict() == kept
        assert {row["state"] for row in database.verify(deep=True)} == {"ok"}
    ingest_release(tmp_path, [release.folder], dataset="twice")
    with pytest.raises(InputError, match="No dataset is called 'other'; the workspace holds: kept, twice"):
        remove_dataset(tmp_path, "other")


def counted(database):
    """Rows of every table but those of compounds, whose names say where they come from, and the history of ingests."""
    names = [row[0] for row in database._connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {
        name: database._connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in names
        if name not in {"ingest", "rejected", "form", "name", "annotation"} and "fts" not in name
    }
