"""A small release, written by hand in the formats of VCPI."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

GENES = [f"ENSG{place:011d}" for place in range(1, 21)] + ["ERCC-00002"]
CONTROLS = ("DMSO", "DMSO", "Staurosporin")
UUID = "3f2504e0-4f89-11d3-9a0c-0305e82c33{:02d}"


@dataclass
class SmallRelease:
    """Two plates of three control and three library wells; every table can be bent before it is written."""

    folder: Path
    metadata: list[dict[str, object]] = field(default_factory=list)
    chemistry: list[dict[str, object]] = field(default_factory=list)
    counts: dict[str, object] = field(default_factory=dict)
    genes: list[str] = field(default_factory=lambda: list(GENES))

    def __post_init__(self):
        rng = np.random.default_rng(0)
        for well in range(12):
            plate, place = divmod(well, 6)
            name = CONTROLS[place] if place < 3 else str(8799850 + place)
            is_control = place < 3
            self.metadata.append(
                {
                    "sequenced_id": 501 + well,
                    "job_id": "tvc-pgg-001",
                    "compound": UUID.format(place),
                    "user_compound_id": name,
                    "compound_concentration": 0.15 if name == "DMSO" else 10000,
                    "compound_concentration_unit": "%" if name == "DMSO" else "nM",
                    "cell_line": "THP-1",
                    "timepoint": "24h",
                    "is_control": is_control,
                    "container_id": 1839083 - plate,
                    "row_id": place + 1,
                    "column_id": 24,
                    "is_edge": True,
                    "percent_duplicated": 0.6,
                    "percent_mapped": 88.0,
                    "mystery": f"m{well}",
                }
            )
            self.counts[str(501 + well)] = rng.poisson(20, len(GENES)).astype(np.int64)
        for place in range(3, 6):
            self.chemistry.append(
                {
                    "compound": UUID.format(place),
                    "user_compound_id": str(8799850 + place),
                    "smiles": "C" * place,
                    "inchi_key": "QFJCIRLUMZQUOT-HPLJOQBZSA-N",
                }
            )

    def table(self, name, rows, columns=None):
        """Write rows as CSV."""
        path = self.folder / name
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, columns or list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    def write(self, *, key="gene_id"):
        """Write the release; returns its folder."""
        columns = {key: pa.array(self.genes), **{name: pa.array(values) for name, values in self.counts.items()}}
        pq.write_table(pa.table(columns), self.folder / "vcpi_tvc-pgg-001_counts.parquet")
        self.table("metadata-tvc-pgg-001.csv", self.metadata)
        if self.chemistry:
            self.table("compounds-tvc-pgg-001-2026-03-01.csv", self.chemistry)
        return self.folder

    def manifest(self, **more):
        """Write a manifest with the digests of what is there."""
        files = [
            {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for path in sorted(self.folder.iterdir())
        ]
        (self.folder / "manifest.json").write_text(json.dumps({"files": files, **more}))


@pytest.fixture
def small_release(tmp_path):
    """Return a release that can be bent, then written."""
    folder = tmp_path / "release"
    folder.mkdir()
    return SmallRelease(folder)
