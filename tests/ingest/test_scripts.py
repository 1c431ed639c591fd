"""The scripts that bring foreign data into the format of a release; what they write, ``open_release`` reads."""

from __future__ import annotations

import datetime
import gzip
import hashlib
import importlib.util
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from vcpi.ingest.release import open_release

SCRIPTS = Path(__file__).parents[2] / "scripts"
TODAY = datetime.date(2026, 3, 1)


def script(name):
    """Import a script by its path."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FakeFrame:
    """What the script needs of a polars frame, on pandas."""

    def __init__(self, frame):
        self.frame = frame
        self.columns = list(frame.columns)
        self.height = len(frame)

    def __getitem__(self, name):
        return self.frame[name].tolist()

    def write_parquet(self, path):
        self.frame.to_parquet(path)

    def write_csv(self, path):
        self.frame.to_csv(path, index=False)


@pytest.fixture
def frames(small_release):
    return {
        "data": FakeFrame(pd.DataFrame({"gene_id": small_release.genes, **small_release.counts})),
        "metadata": FakeFrame(pd.DataFrame(small_release.metadata)),
        "chemistry": FakeFrame(pd.DataFrame(small_release.chemistry)),
        "job_id": "tvc-pgg-001",
    }


def test_an_exported_release_is_read_back(frames, small_release, tmp_path):
    manifest = script("export_release").export_release(frames, tmp_path / "out", job="tvc-pgg-001", today=TODAY)
    content = json.loads(manifest.read_text())
    assert content["exported"] == "2026-03-01"
    assert [(entry["part"], entry["n_rows"]) for entry in content["files"]] == [
        ("data", 21), ("metadata", 12), ("chemistry", 3),
    ]  # fmt: skip
    for entry in content["files"]:
        data = (tmp_path / "out" / entry["name"]).read_bytes()
        assert (entry["sha256"], entry["n_bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))
    with open_release([tmp_path / "out"]) as release:
        assert release.name == "tvc-pgg-001"
        np.testing.assert_array_equal(release.counts(["505"])[0], small_release.counts["505"])


@pytest.mark.parametrize(
    ("part", "frame", "message"),
    [
        ("metadata", pd.DataFrame({"sequenced_id": []}), "returned empty metadata"),
        ("chemistry", pd.DataFrame({"smiles": []}), "returned empty chemistry"),
        ("metadata", pd.DataFrame({"well": ["A1"]}), "has no sequenced_id; found well"),
        ("metadata", pd.DataFrame({"sequenced_id": [1]}), "No column of the counts is named"),
    ],
)
def test_what_is_no_release_is_not_exported(frames, tmp_path, part, frame, message):
    frames[part] = FakeFrame(frame)
    with pytest.raises(ValueError, match=message):
        script("export_release").export_release(frames, tmp_path / "out", job="j", today=TODAY)
    assert not (tmp_path / "out").exists()


def test_a_failed_export_leaves_no_manifest_and_no_part(frames, tmp_path):
    def fail(path):
        path.write_bytes(b"half")
        raise OSError("disk full")

    export = script("export_release").export_release
    export(frames, tmp_path, job="j", today=TODAY)
    frames["metadata"].write_csv = fail
    with pytest.raises(OSError, match="disk full"):
        export(frames, tmp_path, job="j", today=TODAY)
    assert not (tmp_path / "manifest.json").exists()
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    "client",
    [
        SimpleNamespace(load_experiment=lambda job_id: {"old": job_id}),
        SimpleNamespace(load_experiment=lambda job, progress=True: {"old": job}),
    ],
)
def test_old_and_new_clients_are_called_by_their_own_option(client):
    assert script("export_release").load(client, "tvc-pgg-001") == {"old": "tvc-pgg-001"}


def test_in_the_wrong_environment_the_script_says_so(tmp_path):
    run = subprocess.run(
        [sys.executable, str(SCRIPTS / "export_release.py"), "tvc-pgg-001", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert run.returncode == 1
    assert "official client" in run.stderr
    assert "Traceback" not in run.stderr


def small_macseq(folder):
    """Write a plate of four wells in the formats of MAC-seq."""
    folder.mkdir()
    genes = [f"ENSG{n:011d}.{n}" for n in range(1, 13)]
    counts = np.random.default_rng(0).integers(0, 9, size=(12, 4))
    entries = [f"{i + 1} {j + 1} {counts[i, j]}" for i, j in zip(*np.nonzero(counts), strict=True)]
    text = "\n".join(["%%MatrixMarket matrix coordinate integer general", "%", f"12 4 {len(entries)}", *entries])
    (folder / "matrix.mtx.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "features.tsv.gz").write_bytes(
        gzip.compress("".join(f"{gene}\tS{n}\tGene Expression\n" for n, gene in enumerate(genes)).encode())
    )
    (folder / "barcodes.tsv.gz").write_bytes(gzip.compress(b"CC\nAA\nDD\nBB\n"))
    layout = ["Plate_ID,Well_ID,Row,Column,Species,Cell_type,Model_type,Time,Unit,Treatment_1,Concentration_1,Unit_1,"
              "Sample_type,Barcode,has_counts"]  # fmt: skip
    wells = [("DMSO", "0.0", "Vehicle_control", "AA"), ("Media", "0.0", "Vehicle_control", "BB"),
             ("Trametinib", "0.1", "Sample", "CC"), ("Trametinib", "1.0", "Sample", "DD")]  # fmt: skip
    layout += [
        f"P1,B{n},B,{n + 2},Human,VOA,2D,24,h,{name},{dose},uM,{kind},{barcode},True"
        for n, (name, dose, kind, barcode) in enumerate(wells)
    ]
    (folder / "plate_layout.csv").write_text("\n".join(layout))
    (folder / "treatments.tsv").write_text(
        "Treatment_1\tresolved_name\tmoa\ttarget\tsmiles\tinchikey\tmoa_source\n"
        "Trametinib\ttrametinib\tMEK inhibitor\tMAP2K1|MAP2K2\tCC\tLIRYPHYGHXZJBZ-UHFFFAOYSA-N\tx\n"
    )
    return counts


def test_a_converted_plate_is_read_as_a_release(tmp_path):
    counts = small_macseq(tmp_path / "source")
    script("convert_macseq").convert(tmp_path / "source", tmp_path / "out")
    with open_release([tmp_path / "out"]) as release:
        wells = {sample.sequenced_id: sample for sample in release.samples}
        assert [(row.source_compound_id, row.role, row.dose_um) for row in wells.values()] == [
            ("Trametinib", "library", 0.1), ("DMSO", "vehicle", None),
            ("Trametinib", "library", 1.0), ("Media", "positive_control", None),
        ]  # fmt: skip
        np.testing.assert_array_equal(release.counts(["1", "2", "3", "4"]), counts.T)
        assert release.genes[3].gene_symbol == "S3"
        assert release.annotations.rows[0].names == ("trametinib",)
        assert release.rejected == ()


def test_a_layout_of_another_plate_is_refused(tmp_path):
    small_macseq(tmp_path / "source")
    (tmp_path / "source" / "barcodes.tsv.gz").write_bytes(gzip.compress(b"CC\nAA\nDD\nZZ\n"))
    with pytest.raises(ValueError, match="no well with barcode ZZ"):
        script("convert_macseq").convert(tmp_path / "source", tmp_path / "out")


@pytest.mark.shared
def test_the_macseq_plate(shared_data, tmp_path):
    source = shared_data / "macseq_counts_kp6490"
    script("convert_macseq").convert(source, tmp_path)
    with open_release([tmp_path]) as release:
        roles = Counter(sample.role for sample in release.samples)
        names = Counter(sample.source_compound_id for sample in release.samples)
        sizes = next(counts.sum(axis=1) for _, _, counts in release.iter_plates())
        assert release.rejected == ()
        assert len(release.genes) == 62700 - next(
            (int(note.split()[0]) for note in release.notes if "repeat a gene id" in note), 0
        )
    assert (roles["vehicle"], names["Media"], sum(roles.values())) == (7, 15, 95)
    assert (sizes.min(), sizes.max()) == (100394, 1035904)
