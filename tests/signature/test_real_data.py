"""Real plates with known truths: an L1000 plate of published z scores, and raw UMI counts of a drug screen."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from vcpi.signature.baseline import fit_baselines
from vcpi.signature.contrast import combine, contrast
from vcpi.signature.profiles import expressed, library_sizes, log2_cpm, well_quality
from vcpi.signature.search import SignatureIndex
from vcpi.signature.variance import pooled_variance, summarize_plate

pytestmark = pytest.mark.shared


def table(path, *, delimiter="\t"):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def test_known_neighbors_on_an_l1000_plate(shared_data):
    """SAHA finds three histone deacetylase inhibitors first, one of them itself under its long name."""
    folder = shared_data / "l1000_plate_cpc006"
    names = {row["well"]: row["pert_desc"] for row in table(folder / "wells.tsv")}
    scores = pq.read_table(folder / "reference_robust_z.parquet")
    wells = [name for name in scores.column_names if name in names]
    vectors = np.array([scores[well].to_numpy() for well in wells])
    index = SignatureIndex(np.arange(len(wells)), vectors)

    def neighbors(name, k):
        row = [names[well].lower() for well in wells].index(name.lower())
        ids, _ = index.top(vectors[row], k=k, exclude={row})
        return [names[wells[i]].lower() for i in ids.tolist()]

    first = neighbors("SAHA", 3)
    assert {"trichostatin a", "suberoylanilide hydroxamic acid"} < set(first)
    assert neighbors("AZD8055", 1)[0].startswith("ku-0063794") or neighbors("AZD8055", 1)[0].startswith("ku 0063794")


@pytest.fixture(scope="module")
def screen(shared_data):
    """Counts (wells, genes) of one plate, with the layout row of each well and the MoA of each treatment."""
    folder = shared_data / "macseq_counts_kp6490"
    layout = {row["Barcode"]: row for row in table(folder / "plate_layout.csv", delimiter=",")}
    moa = {row["Treatment_1"]: set(filter(None, row["moa"].split("|"))) for row in table(folder / "treatments.tsv")}
    with gzip.open(folder / "barcodes.tsv.gz", "rt") as stream:
        wells = [layout[line.strip()] for line in stream]
    with gzip.open(folder / "matrix.mtx.gz", "rt") as stream:
        lines = (line for line in stream if not line.startswith("%"))
        n_genes, n_wells, _ = map(int, next(lines).split())
        entries = np.loadtxt(lines, dtype=np.int64)
    counts = np.zeros((n_wells, n_genes), dtype=np.int32)
    counts[entries[:, 1] - 1, entries[:, 0] - 1] = entries[:, 2]
    return counts, wells, moa


def retrieval(screen, method):
    """Signatures of all treatments by one baseline, their keys, and how often the nearest shares a mechanism."""
    counts, wells, moa = screen
    roles = ["vehicle" if well["Sample_type"] == "Vehicle_control" else "library" for well in wells]
    groups = [
        None if role == "vehicle" else (well["Treatment_1"], float(well["Concentration_1"]))
        for role, well in zip(roles, wells, strict=True)
    ]
    quality = well_quality(counts, roles, ["p"] * len(wells), min_umi=50_000)
    kept = expressed(counts, min_share=0.1)
    profiles = log2_cpm(counts[:, kept], library_sizes=library_sizes(counts))
    summary = summarize_plate(profiles, plate="p", roles=roles, groups=groups, usable=quality.usable)
    noise = pooled_variance([summary])
    baseline = fit_baselines([summary], method=method, noise=noise).of("p")
    deltas = contrast(profiles, baseline)
    keys = sorted({group for group in groups if group is not None})
    rows = [[well for well, group in enumerate(groups) if group == key] for key in keys]
    vectors = np.array([combine(deltas[wells], sigma2=noise.sigma2, shared=baseline.shared_factor).z for wells in rows])
    index = SignatureIndex(np.arange(len(keys)), vectors)
    found = []
    for row, (name, _) in enumerate(keys):
        others = [moa[keys[other][0]] & moa[name] for other in range(len(keys))]
        if sum(map(bool, others)) > 1:
            ids, _ = index.top(vectors[row], k=1, exclude={row})
            found.append(bool(others[ids[0]]))
    return keys, index, vectors, float(np.mean(found))


def test_the_neighbors_of_trametinib_are_mek_inhibitors(screen):
    keys, index, vectors, _ = retrieval(screen, "hybrid")
    moa = screen[2]
    row = keys.index(("Trametinib", 1.0))
    ids, _ = index.top(vectors[row], k=8, exclude={row})
    kinds = ["MEK inhibitor" in moa[keys[i][0]] for i in ids.tolist()]
    assert sum(kinds) == 8


@pytest.mark.shared
def test_contrasts_of_an_l1000_plate_agree_with_cmaps_own_z(shared_data):
    folder = shared_data / "l1000_plate_cpc006"
    expression = pd.read_parquet(folder / "level3_qnorm.parquet").set_index("probe_id")
    reference = pd.read_parquet(folder / "reference_robust_z.parquet").set_index("probe_id")
    reference = reference.loc[expression.index, expression.columns].to_numpy().T
    wells = pd.read_csv(folder / "wells.tsv", sep="\t").set_index("well").loc[expression.columns]
    profiles = expression.to_numpy().T
    roles = ["vehicle" if kind == "CTL_VEHICLE" else "library" for kind in wells["pert_type"]]
    summary = summarize_plate(profiles, plate="cpc006", roles=roles, groups=[None] * len(roles))
    spread = np.maximum(1.4826 * np.median(np.abs(profiles - np.median(profiles, axis=0)), axis=0), 0.1)
    found = {}
    for method in ("plate_center", "vehicle_plate"):
        baseline = fit_baselines([summary], method=method).of("cpc006")
        z = contrast(profiles, baseline) / spread
        found[method] = np.corrcoef(z.ravel(), reference.ravel())[0, 1]
    assert found["plate_center"] >= 0.99  # CMap's z has the plate as its reference
    assert 0.9 < found["vehicle_plate"] < found["plate_center"]  # and with vehicle wells it is another thing
