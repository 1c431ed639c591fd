"""Scores in the store against slow loops over its own vectors, planted effects, and the counts of the release."""

from __future__ import annotations

import csv
from itertools import combinations

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import stats

from vcpi.assemble import scoring
from vcpi.assemble.noise_rows import read_noise
from vcpi.assemble.panel_genes import dataset_axes, gene_statuses, scored_panels
from vcpi.assemble.rebuild import rebuild
from vcpi.assemble.releases import ingest_release
from vcpi.assemble.removal import remove_dataset
from vcpi.assemble.signatures import ingest_signatures
from vcpi.data import genes as shipped_genes
from vcpi.data.panels import panel, read_panels
from vcpi.demo.mechanisms import draw_cells
from vcpi.demo.scenario import Scenario
from vcpi.demo.settings import Simulation
from vcpi.demo.simulate import simulate_release
from vcpi.signature.axes import axis_noise
from vcpi.signature.panel_scores.noise import NullRows, sum_scores
from vcpi.signature.recipe import Recipe
from vcpi.store import read, scores
from vcpi.store.connection import open_for_reading, open_for_writing

SEED, N_GENES, N_PLATES = 41, 1_500, 4
LEAST_PLANTED = 0.1  # log2: a smaller effect of a panel is no effect


class Store:
    """A store opened for reading, as the code that writes hands it on."""

    def __init__(self, home):
        self.conn = open_for_reading(home)


@pytest.fixture(scope="module")
def screen(tmp_path_factory):
    """Real drugs whose classes act on the genes of the panels, at strength 1, and compounds that do nothing."""
    folder = tmp_path_factory.mktemp("screen")
    release = simulate_release(
        folder / "files",
        n_plates=N_PLATES,
        n_genes=N_GENES,
        seed=SEED,
        strength=1.0,
        n_compounds=600,
        scenario=Scenario(lost_genes=("FTH1", "TUBA1B")),
    )
    ingest_release(folder / "home", [release.folder])
    store = Store(folder / "home")
    yield release, store, folder / "home"
    store.conn.close()


@pytest.fixture(scope="module")
def table(screen):
    """Scores by source id and panel, with the id of the signature."""
    _, store, _ = screen
    rows = store.conn.execute(
        "SELECT p.*, s.source_signature_id AS source, s.dose_um FROM panel_score p JOIN signature s USING (signature_id)"
    )
    return {(row["source"].split("|")[0], row["panel"]): dict(row) for row in rows}


def test_stored_scores_are_those_of_a_slow_loop_over_stored_vectors(screen, table):
    _, store, _ = screen
    symbols = {gene.gene_symbol: at for at, gene in enumerate(read.genes(store.conn, 1))}
    coverage = scores.coverage(store.conn, 1)
    checked = 0
    for (_, key), row in sorted(table.items())[::97]:
        lfc = read.vector(store.conn, row["signature_id"], layer="lfc")
        if key not in {one.key for one in read_panels()}:
            continue
        genes = [gene for gene in panel(key).genes if gene.symbol not in coverage[key]["missing"]]
        values = [float(lfc[symbols[gene.symbol]]) for gene in genes]
        signed = [gene.sign * value for gene, value in zip(genes, values, strict=True)]
        assert coverage[key]["n_measured"] == len(genes)
        assert coverage[key]["n_total"] == len(panel(key).genes)
        assert row["signed"] == pytest.approx(sum(values) / len(values), abs=2e-6)
        assert row["abs"] == pytest.approx(sum(map(abs, values)) / len(values), abs=2e-6)
        expected = sum(signed) / len(values) if any(gene.sign for gene in genes) else None
        assert row["directed"] == (expected if expected is None else pytest.approx(expected, abs=2e-6))
        doses = [one["dose_um"] for (_, other), one in table.items() if other == key]
        few = doses.count(row["dose_um"]) < 20  # such a signature is placed among all
        others = [
            table[other]["directed" if expected is not None else "signed"]
            for other in table
            if other[1] == key and (few or table[other]["dose_um"] == row["dose_um"])
        ]
        own = row["directed"] if expected is not None else row["signed"]
        place = 100 * (sum(o < own for o in others) + sum(o == own for o in others) / 2) / len(others)
        assert row["percentile"] == pytest.approx(place, abs=0.1)  # stored values are rounded, which ties some
        checked += 1
    assert checked > 50
    for source in {source for source, _ in table}:
        rows = [row for (other, _), row in table.items() if other == source]
        np.testing.assert_allclose([r["q"] for r in rows], stats.false_discovery_control([r["p"] for r in rows]))
        break


def planted(release, store):
    """What the panels of each active compound do in truth: its change of counts per million."""
    cells = draw_cells(shipped_genes(), n_genes=N_GENES, seed=SEED, settings=Simulation())
    at = {gene.gene_id: place for place, gene in enumerate(cells.genes)}
    order = [at[gene.gene_id] for gene in read.genes(store.conn, 1)]
    axes = [axis for axis in dataset_axes(store.conn, 1, scored_panels()) if not axis.reason]
    for compound in release.truth.compounds:
        if compound.active and compound.role == "library":
            effect = release.truth.effect(compound.source_compound_id)
            change = (effect - np.log2((cells.baseline * np.exp2(effect)).sum()))[order]
            for axis in axes:
                weights = axis.signs if axis.directed else np.ones(axis.n_measured)
                yield compound.source_compound_id, axis, change[axis.positions] @ weights / np.abs(weights).sum()


def test_planted_axes_are_found_with_their_sign(screen, table):
    release, store, _ = screen
    right, called, wrong = [], 0, 0
    for source, axis, truth in planted(release, store):
        if abs(truth) < LEAST_PLANTED:
            continue
        row = table[source, axis.key]
        found = row["directed"] if axis.directed else row["signed"]
        right.append(np.sign(found) == np.sign(truth))
        called += row["q"] < 0.05
        wrong += row["q"] < 0.05 and not right[-1]
    assert len(right) > 1_000
    assert np.mean(right) >= 0.95
    assert called > 0.5 * len(right)
    assert wrong <= 0.01 * called


def test_compounds_that_do_nothing_are_not_called(screen, table):
    release, _, _ = screen
    idle = {c.source_compound_id for c in release.truth.compounds if not c.active and c.role == "library"}
    rows = [row for (source, _), row in table.items() if source in idle]
    assert len(idle) > 200
    assert np.mean([row["p"] < 0.05 for row in rows]) < 0.07
    assert np.mean([row["q"] < 0.05 for row in rows]) <= 0.01
    all_called = sum(row["q"] < 0.05 for row in table.values())
    assert sum(row["q"] < 0.05 for row in rows) <= 0.05 * all_called
    assert np.mean([row["null_percentile"] for row in rows]) == pytest.approx(50, abs=6)
    assert np.mean([row["random_percentile"] for row in rows]) == pytest.approx(50, abs=6)


def test_z_of_vehicle_wells_of_other_plates_is_standard_normal(screen):
    _, store, _ = screen
    null, settings, _ = read_noise(store, 1)
    offsets = scores.scoring(store.conn, 1)["offsets"]
    axes = [axis for axis in dataset_axes(store.conn, 1, read_panels()) if not axis.reason]
    plates = np.array(settings["vehicle_plates"])
    z = []
    for plate in dict.fromkeys(plates.tolist()):
        kept = plates != plate
        rest = NullRows(vehicles=null.vehicles[kept], others=null.others, vehicle_df=null.vehicle_df * kept.mean())
        noise = axis_noise(axes, rest)
        held_out = sum_scores(null.vehicles[~kept], [axis.weighted for axis in axes]) / np.sqrt(noise.variance)
        used: set[int] = set()
        for row, pair in zip(held_out, combinations(range(8), settings["n_wells"]), strict=False):
            if used.isdisjoint(pair):
                used |= set(pair)
                z.append(row - [offsets[axis.key] for axis in axes])
    table = np.array(z)
    assert len(table) == 4 * N_PLATES
    p = [stats.kstest(table[:, at], "norm").pvalue for at in range(len(axes))]
    assert min(p) > 0.01 / len(axes)
    assert np.median(p) > 0.2
    assert table.std() == pytest.approx(1.0, abs=0.1)


def test_genes_have_the_levels_of_the_counts_and_lost_ones_are_not_quantifiable(screen):
    release, store, _ = screen
    counts = pq.read_table(release.counts).to_pandas().set_index("gene_id")
    counts = counts[~counts.index.str.startswith("ERCC")]
    with release.metadata.open(newline="") as handle:
        vehicles = [row["sequenced_id"] for row in csv.DictReader(handle) if row["user_compound_id"] == "DMSO"]
    expected = (1e6 * counts[vehicles] / counts[vehicles].sum()).mean(axis=1)
    genes = read.genes(store.conn, 1, measured=False)
    levels = {genes[row].gene_id: cpm for row, cpm, _ in scores.gene_levels(store.conn, 1)}
    found = np.array([levels[gene] for gene in expected.index])
    np.testing.assert_allclose(found, expected, rtol=0.05, atol=1e-3)  # vehicle wells with a flag are left out
    statuses = {g.gene_symbol: s.value for g, s in zip(genes, gene_statuses(store.conn, 1), strict=True)}
    assert (statuses["FTH1"], statuses["TUBA1B"], statuses["FOS"]) == (
        "not quantifiable",
        "not quantifiable",
        "measured",
    )
    assert scores.coverage(store.conn, 1)["nrf2"]["missing"]["FTH1"] == "not quantifiable"


def test_rna_output_is_depth_over_the_vehicle_wells_of_the_plate(screen):
    release, store, _ = screen
    counts = pq.read_table(release.counts).to_pandas().set_index("gene_id")
    depth = counts[~counts.index.str.startswith("ERCC")].sum()
    with release.metadata.open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    by_plate = {}
    for row in rows:
        if row["user_compound_id"] == "DMSO":
            by_plate.setdefault(row["container_id"], []).append(depth[row["sequenced_id"]])
    stored = {
        row["sequenced_id"]: row
        for row in store.conn.execute("SELECT a.sequenced_id, w.* FROM well_quality w JOIN sample a USING (sample_id)")
    }
    raw = [stored[row["sequenced_id"]]["rna_output_raw"] for row in rows]
    expected = [100 * depth[r["sequenced_id"]] / np.median(by_plate[r["container_id"]]) for r in rows]
    assert np.quantile(np.abs(np.array(raw) / np.array(expected) - 1), 0.9) < 0.02  # flagged vehicles are left out
    edge = np.array([row["is_edge"].lower() in {"true", "1"} for row in rows])
    idle = {c.source_compound_id for c in release.truth.compounds if not c.active and c.role == "library"}
    quiet = np.array([row["user_compound_id"] in idle for row in rows])
    adjusted = np.array([stored[row["sequenced_id"]]["rna_output"] for row in rows])
    gap = [np.median(values[quiet & edge]) / np.median(values[quiet & ~edge]) for values in (np.array(raw), adjusted)]
    assert gap[0] < 0.92  # wells at the edge have less RNA in this simulation
    assert gap[1] == pytest.approx(1.0, abs=0.04)


def test_viability_follows_the_planted_toxicity(screen):
    release, store, _ = screen
    rows = store.conn.execute(
        "SELECT t.*, s.source_signature_id AS source FROM treatment_quality t JOIN signature s USING (signature_id)"
    )
    found = {row["source"].split("|")[0]: dict(row) for row in rows}
    library = [c for c in release.truth.compounds if c.role == "library"]
    idle = [found[c.source_compound_id] for c in library if not c.active]
    toxic = [found[c.source_compound_id] for c in library if c.toxicity > 1.5]
    assert np.mean([row["viability"] == "non-toxic" for row in idle]) > 0.75
    assert len(toxic) > 5
    assert np.mean([row["viability"] in {"stressed", "cytotoxic"} for row in toxic]) > 0.6
    rank = stats.spearmanr([c.toxicity for c in library], [found[c.source_compound_id]["rna_output"] for c in library])
    assert rank.statistic < -0.4
    assert np.median([row["gene_diversity_thinned"] for row in idle]) == pytest.approx(100, abs=2)
    assert abs(np.median([row["mt_z"] for row in idle])) < 0.5
    settings, _ = read.model(store.conn, 1, "quality")
    assert 40 <= settings["mild"] <= settings["non_toxic"] <= 90


def test_strong_genes_of_idle_compounds_are_those_that_chance_gives(screen):
    release, store, _ = screen
    truth = {c.source_compound_id: c for c in release.truth.compounds if c.role == "library"}
    rows = store.conn.execute(
        "SELECT e.*, s.source_signature_id AS source FROM effect_size e JOIN signature s USING (signature_id)"
    )
    found = {row["source"].split("|")[0]: dict(row) for row in rows}
    idle = [found[name] for name, c in truth.items() if not c.active]
    strong = [found[name] for name, c in truth.items() if c.potency > 1.0]
    assert np.mean([r["n_strong"] for r in idle]) < 2 * np.mean([r["n_strong_null"] for r in idle]) + 3
    assert np.mean([r["mean_abs"] for r in idle]) == pytest.approx(np.mean([r["mean_abs_null"] for r in idle]), rel=0.1)
    assert np.mean([r["n_strong"] for r in strong]) > 4 * np.mean([r["n_strong_null"] for r in strong])
    assert np.mean([r["n_supported"] for r in strong]) > 10 * np.mean([r["n_supported"] for r in idle])
    assert np.mean([r["breadth_percentile"] for r in strong]) > 75
    assert np.median([r["strength_null_percentile"] for r in strong]) == 100


def everything(connection):
    """All scores, as they stand."""
    tables = ("panel_score", "panel_coverage", "effect_size", "scoring")
    return {name: [tuple(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2")] for name in tables}


def test_build_scores_again_with_other_panels_and_leaves_no_trace_of_the_old(tmp_path, monkeypatch):
    release = simulate_release(tmp_path / "files", n_plates=1, n_genes=900, seed=5, compounds=(), n_compounds=120)
    home = tmp_path / "home"
    with monkeypatch.context() as patch:
        patch.setattr(scoring, "VERSION", "0.1")
        patch.setattr(scoring, "scored_panels", lambda: (panel("ifn"), panel("g2m")))
        ingest_release(home, [release.folder])
        old = everything(open_for_reading(home))
    assert {row[1] for row in old["panel_score"]} == {"ifn", "g2m"}
    rebuild(home)
    new = everything(open_for_reading(home))
    assert {row[1] for row in new["panel_coverage"]} == {one.key for one in scored_panels()}
    ingest_release(tmp_path / "fresh", [release.folder])
    assert new == everything(open_for_reading(tmp_path / "fresh"))
    rebuild(home)
    assert everything(open_for_reading(home)) == new
    remove_dataset(home, release.job_id)
    with open_for_writing(home) as database:
        for name in (
            "panel_score",
            "panel_coverage",
            "effect_size",
            "scoring",
            "gene_level",
            "well_quality",
            "treatment_quality",
        ):
            assert database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] == 0


def test_expression_alone_has_no_scores_and_says_why(tmp_path):
    release = simulate_release(tmp_path / "files", n_plates=1, n_genes=700, seed=6, compounds=(), n_compounds=30)
    report = ingest_release(tmp_path / "home", [release.folder], recipe=Recipe(baseline="contest"))
    assert any("holds expression, not effects" in note for note in report.notes)
    store = Store(tmp_path / "home")
    signature = store.conn.execute("SELECT min(signature_id) FROM signature").fetchone()[0]
    row = scores.panel_scores(store.conn, signature)["ifn"]
    assert row["z"] is None
    assert row["reason"] == "the dataset holds expression, not effects"
    assert scores.treatment_quality(store.conn, signature)["viability"] != "unknown"


def test_z_made_elsewhere_is_scored_as_z_and_says_so(tmp_path):
    rng = np.random.default_rng(7)
    genes = [gene.gene_symbol for gene in shipped_genes()][:640]
    ifn = [genes.index(gene.symbol) for gene in panel("ifn").genes if gene.symbol in genes]
    z = rng.normal(size=(80, len(genes)))
    z[0, ifn] += 3.0
    path = tmp_path / "z.csv"
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["id", *genes])
        writer.writerows([f"drug-{at}", *np.round(row, 5).tolist()] for at, row in enumerate(z))
    report = ingest_signatures(tmp_path / "home", path, unit="z")
    assert any("how unusual, not how sure" in note and "means of z" in note for note in report.notes)
    store = Store(tmp_path / "home")
    ids = dict(store.conn.execute("SELECT source_signature_id, signature_id FROM signature").fetchall())
    row = scores.panel_scores(store.conn, ids["drug-0"])["ifn"]
    assert row["n_measured"] == len(ifn)
    assert row["directed"] == pytest.approx(z[0, ifn].mean(), abs=1e-4)
    assert row["q"] < 1e-4
    assert row["percentile"] == pytest.approx(100 - 50 / 80)
    assert row["null_percentile"] is None
    assert scores.treatment_quality(store.conn, ids["drug-0"]) is None
    assert scores.effect_size(store.conn, ids["drug-0"])["n_strong"] is None


def test_a_panel_that_is_mostly_not_measured_has_a_reason_instead_of_a_score(tmp_path):
    path = tmp_path / "few.csv"
    genes = [gene.symbol for gene in panel("ifn").genes[:10]] + [gene.symbol for gene in panel("g2m").genes]
    values = np.random.default_rng(8).normal(size=(6, len(genes)))
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["id", *genes])
        writer.writerows([f"drug-{at}", *row] for at, row in enumerate(values.tolist()))
    ingest_signatures(tmp_path / "home", path, unit="z")
    store = Store(tmp_path / "home")
    found = scores.panel_scores(store.conn, 1)
    assert found["ifn"]["z"] is None
    assert found["ifn"]["reason"] == "10 of 34 genes measured; a score needs 17"
    assert found["g2m"]["reason"] is None
    assert found["g2m"]["z"] is not None
