"""What a release says of its own noise, against what the simulator planted."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from scipy import stats

from vcpi.assemble.fitting import fit_release
from vcpi.assemble.releases import ingest_release
from vcpi.assemble.wells import Wells
from vcpi.data import genes as shipped_genes
from vcpi.database import Database
from vcpi.demo.counts import _traits
from vcpi.demo.mechanisms import draw_cells
from vcpi.demo.scenario import Scenario
from vcpi.demo.settings import Simulation
from vcpi.demo.simulate import simulate_release
from vcpi.records import SampleRow
from vcpi.signature.recipe import Recipe
from vcpi.store import read


def simulate(folder, **options):
    """Simulate a release of compounds without structures, which are quick to read."""
    options = {"n_plates": 3, "n_genes": 800, "strength": 0.4, "seed": 21, **options}
    return simulate_release(folder, compounds=(), n_compounds=180 * options["n_plates"], **options)


def calls(home, release):
    """Give whether each library compound acts in truth and by the call."""
    truth = {c.source_compound_id: c for c in release.truth.compounds if c.role == "library"}
    with Database(home) as database:
        rows = [(row["source_signature_id"].split("|")[0], row["active"]) for row in database.table("signatures")]
    known = [(truth[name].active, bool(active), truth[name].plate) for name, active in rows if name in truth]
    acts, called, plates = (np.array(column) for column in zip(*known, strict=True))
    return acts, called, plates


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """A release without troubles, ingested."""
    folder = tmp_path_factory.mktemp("clean")
    release = simulate(folder / "files")
    report = ingest_release(folder / "home", [release.folder])
    return release, folder / "home", report


def test_a_bad_vehicle_well_is_left_out_and_calls_stay_as_they_were(clean, tmp_path):
    bad = simulate(tmp_path / "files", scenario=Scenario(bad_vehicle_plates=(2,), bad_vehicle_load=2.0))
    report = ingest_release(tmp_path / "home", [bad.folder])
    with Database(tmp_path / "home") as database:
        flagged = [row for row in database.table("samples") if "vehicle-outlier" in row["flags"]]
    assert len(flagged) == 1
    assert flagged[0]["role"] == "vehicle"
    plates = sorted({c.plate for c in bad.truth.compounds if c.plate})
    assert flagged[0]["plate"] == plates[1]
    assert any(flagged[0]["sequenced_id"] in note and "unlike the other 7" in note for note in report.notes)
    acts, called, _ = calls(clean[1], clean[0])
    acts_too, called_too, _ = calls(tmp_path / "home", bad)
    assert (acts == acts_too).all()
    assert called_too[~acts].mean() == pytest.approx(called[~acts].mean(), abs=0.02)
    assert called_too[acts].mean() == pytest.approx(called[acts].mean(), abs=0.05)


def test_no_vehicle_well_of_a_clean_release_is_left_out(clean):
    with Database(clean[1]) as database:
        assert not any("vehicle-outlier" in row["flags"] for row in database.table("samples"))


def test_edge_effects_are_found_as_planted_and_change_nothing_where_asked(clean, tmp_path):
    release, home, report = clean
    assert any("position effects taken off" in note for note in report.notes)
    ingest_release(tmp_path, [release.folder], recipe=Recipe(positions=False))
    with Database(home) as with_them, Database(tmp_path) as without:
        settings, arrays = read.model(with_them._connection, 1, "positions")
        assert read.model(without._connection, 1, "positions") is None
        genes = [gene.gene_id for gene in read.genes(with_them._connection, 1)]
    assert settings["shares"]["row"] == settings["shares"]["column"] == 0.0  # none was planted
    assert 0 < settings["shares"]["edge"] < 1
    cells = draw_cells(shipped_genes(), n_genes=800, seed=21, settings=Simulation())
    planted = dict(
        zip(release.truth.gene_ids, _traits(cells, seed=21, settings=Simulation()).edge.tolist(), strict=True)
    )
    truth = np.array([planted[gene] for gene in genes])
    truth -= truth.mean()  # what all genes share is depth
    made = (arrays["edge"][1] - arrays["edge"][0]).astype(float)
    made -= made.mean()
    assert np.corrcoef(truth, made)[0, 1] > 0.7
    assert np.mean((made - truth) ** 2) < 0.6 * np.mean(truth**2)


def test_every_layer_of_a_signature_follows_its_formula(clean):
    release, home, _ = clean
    compound = max((c for c in release.truth.compounds if c.role == "library"), key=lambda c: c.potency)
    with Database(home) as database:
        rows = database.signature(compound.source_compound_id)
        settings, _ = read.model(database._connection, 1, "noise")
        sigma = {row["gene_id"]: row["sigma"] for row in database.table("genes")}
        (row,) = [
            row
            for row in database.table("signatures")
            if row["source_signature_id"].split("|")[0] == compound.source_compound_id
        ]
    lfc, se, z, p, shrunk = (np.array([row[name] for row in rows]) for name in ("lfc", "se", "z", "p", "lfc_shrunk"))
    np.testing.assert_allclose(se, lfc / z, rtol=1e-6)
    df = settings["df"] + settings["prior_df"]
    np.testing.assert_allclose(p, 2 * stats.t.sf(np.abs(z), df), rtol=1e-6)
    assert (np.abs(shrunk) < np.abs(lfc)).all()
    assert (shrunk * lfc > 0).all()
    t2 = shrunk / (lfc - shrunk) * se**2  # solved for the variance of the true changes: one number for all genes
    np.testing.assert_allclose(t2, np.median(t2), rtol=1e-3)
    # two wells against a baseline that is nearly certain, times the quality of the wells
    ratio = se / [sigma[row["gene_id"]] for row in rows]
    assert np.median(ratio) == pytest.approx(row["quality_factor"] * np.sqrt(0.5), rel=0.03)
    assert row["n_strong_genes"] == int((np.abs(z) >= 2).sum())
    assert row["tas"] == pytest.approx(np.sqrt(row["n_strong_genes"] * row["replicate_excess"] / len(rows)), abs=1e-5)
    assert row["replicate_correlation"] > row["replicate_excess"] > 0.2


def test_inactive_compounds_have_standard_normal_z_and_no_excess_of_agreement(clean):
    release, home, _ = clean
    truth = {c.source_compound_id: c for c in release.truth.compounds if c.role == "library"}
    with Database(home) as database:
        rows = database.table("signatures")
        _, z = read.vectors(database._connection, 1, layer="z")
    acts = np.array(
        [truth[n].active if (n := row["source_signature_id"].split("|")[0]) in truth else True for row in rows]
    )
    assert np.std(z[~acts]) == pytest.approx(1.0, abs=0.02)
    excess = np.array([row["replicate_excess"] for row in rows], dtype=float)
    quality = np.array([row["quality_factor"] for row in rows], dtype=float)
    tas = np.array([row["tas"] for row in rows], dtype=float)
    assert excess[~acts].mean() == pytest.approx(0.0, abs=0.02)
    assert np.median(quality) == pytest.approx(1.0, abs=0.03)
    assert np.median(tas[acts]) > 2 * np.median(tas[~acts])


def test_each_signature_says_what_it_was_made_of(clean):
    release, home, _ = clean
    with release.metadata.open(newline="") as handle:
        wells = {}
        for row in csv.DictReader(handle):
            wells.setdefault(row["user_compound_id"], []).append((row["sequenced_id"], row["container_id"]))
    with Database(home) as database:
        for row in database.table("signatures"):
            made = json.loads(row["provenance"])
            source = row["source_signature_id"].split("|")[0]
            assert sorted(made["samples"]) == sorted(well for well, _ in wells[source])
            assert made["plates"] == sorted({plate for _, plate in wells[source]})
            assert (made["baseline"], made["library_size"]) == ("hybrid", "total")
            assert made["versions"]["vcpi-search"]


def test_an_active_rich_plate_is_said_and_its_quiet_compounds_stay_quiet(tmp_path):
    rich = simulate(tmp_path / "files", scenario=Scenario(rich_plates=(1,), rich_share=0.6))
    report = ingest_release(tmp_path / "home", [rich.folder])
    plate = min(c.plate for c in rich.truth.compounds if c.plate)
    assert any("many compounds may act on" in note and plate in note for note in report.notes)
    acts, called, plates = calls(tmp_path / "home", rich)
    mine = plates == plate
    assert acts[mine].mean() > 0.5
    assert called[mine & ~acts].mean() < 0.15
    assert called[mine & acts].mean() > 0.6


@pytest.mark.parametrize("method", ["tmm", "ratio"])
def test_other_library_sizes_give_like_signatures(clean, tmp_path, method):
    release, home, _ = clean
    ingest_release(tmp_path, [release.folder], recipe=Recipe(library_size=method))
    compound = max((c for c in release.truth.compounds if c.role == "library"), key=lambda c: c.potency)
    with Database(home) as plain, Database(tmp_path) as other:
        one, two = (db.signature(compound.source_compound_id) for db in (plain, other))
        assert other.status()["datasets"][0]["recipe"]["library_size"] == method
    a, b = np.array([row["lfc"] for row in one]), np.array([row["lfc"] for row in two])
    assert np.corrcoef(a, b)[0, 1] > 0.98
    assert np.abs(a - b).max() > 1e-3  # and it is another size


def world(rng, *, positions=True, n_compounds=80):
    """Profiles of noise on two plates, straight into the fit, with an effect of the first column."""
    wells, profiles = Wells(), []
    for plate in ("a", "b"):
        spots = rng.permutation(14 * 12)
        for well in range(2 * n_compounds + 8):
            vehicle = well >= 2 * n_compounds
            sample = SampleRow(
                file="f",
                row=well,
                sequenced_id=f"{plate}{well}",
                role="vehicle" if vehicle else "library",
                plate=plate,
                plate_row=1 + int(spots[well]) // 12 if positions else None,
                plate_column=1 + int(spots[well]) % 12 if positions else None,
            )
            wells.blocks.setdefault(plate, []).append(len(wells.samples))
            wells.samples.append(sample)
            wells.usable.append(True)
            wells.flags.append(())
            compound = well // 2 + (1000 if plate == "b" else 0)
            wells.treatments.append(None if vehicle else (compound, None, None, None))
            row = 5.0 + 0.5 * rng.standard_normal(300)
            profiles.append(row + (0.6 if spots[well] % 12 == 0 else 0.0))
    return wells, np.array(profiles, dtype=np.float32)


def test_without_positions_nothing_is_taken_off():
    wells, profiles = world(np.random.default_rng(0), positions=False)
    before = profiles.copy()
    fit = fit_release(wells, profiles, recipe=Recipe())
    assert fit.positions is None
    np.testing.assert_array_equal(profiles, before)


def test_a_column_is_taken_off_all_wells_alike():
    wells, profiles = world(np.random.default_rng(1))
    first = np.array([sample.plate_column == 1 for sample in wells.samples])
    vehicle = np.array([sample.role == "vehicle" for sample in wells.samples])
    before = profiles.copy()
    fit = fit_release(wells, profiles, recipe=Recipe())
    assert fit.positions is not None
    assert before[first].mean() - before[~first].mean() == pytest.approx(0.6, abs=0.02)
    assert abs(profiles[first].mean() - profiles[~first].mean()) < 0.3  # 13 quiet wells a column: shrunken by a third
    taken = before - profiles
    in_place = np.array([sample.plate_row * 100 + sample.plate_column for sample in wells.samples])
    compared = 0
    for place in np.unique(in_place[vehicle]):  # vehicle and library wells of a place lose the same
        rows = taken[in_place == place]
        np.testing.assert_allclose(rows, np.broadcast_to(rows[0], rows.shape), atol=1e-5)
        compared += len(rows) - 1
    assert compared > 5
