"""The nulls of a whole release, judged by the truth of simulated screens: what does nothing must not look like something."""

import numpy as np
import pytest

from vcpi.assemble.releases import ingest_release
from vcpi.database import Database
from vcpi.demo.scenario import Scenario
from vcpi.demo.simulate import simulate_release
from vcpi.signature.calibration import q_noise
from vcpi.signature.nullmodel import unit_rows
from vcpi.store import read

N_PLATES = 4


class Judged:
    """p_noise of all pairs of a simulated release, with the truth about its compounds."""

    def __init__(self, folder, **options):
        release = simulate_release(
            folder / "files", compounds=(), n_compounds=150 * N_PLATES, n_plates=N_PLATES, n_genes=1500,
            n_mechanisms=8, **options,
        )  # fmt: skip
        self.report = ingest_release(folder / "home", [release.folder])
        truth = {one.source_compound_id: one for one in release.truth.compounds}
        with Database(folder / "home") as database:
            (entry,) = database.status()["datasets"]
            library = database._library(entry)
            names = {
                row["signature_id"]: row["source_signature_id"].split("|")[0] for row in database.table("signatures")
            }
            self.kinds = read.null_profiles(database._connection, entry["dataset_id"])[3]
            self.members = read.null_profiles(database._connection, entry["dataset_id"])[2]
        self.signatures = library.signatures
        known = [truth.get(names[one.signature_id]) for one in library.signatures]
        self.mechanism = np.array(
            [one.mechanism or "" if one and one.role == "library" else "control" for one in known]
        )
        self.potency = np.array([one.potency if one else 0.0 for one in known])
        self.plate = np.array([one.plates[0] for one in library.signatures])
        unit, n = unit_rows(library.index.vectors), len(library.signatures)
        self.scores = unit @ unit.T
        self.p = np.stack(
            [
                library.null.p_noise(
                    self.scores[row], query=library.null.scale_at(row), rows=np.arange(n),
                    same_plate=self.plate == self.plate[row],
                )
                for row in range(n)
            ]
        )  # fmt: skip
        self.inactive = np.flatnonzero(self.mechanism == "")
        self.gate = np.array([one.replicate_p or 0.0 for one in library.signatures])

    def p_of(self, rows, *, same):
        """p of inactive compounds against inactive ones, on the same plate or not."""
        mates = self.plate[rows][:, None] == self.plate[self.inactive]
        kept = (mates == same) & (rows[:, None] != self.inactive)
        return self.p[np.ix_(rows, self.inactive)][kept]


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return Judged(tmp_path_factory.mktemp("usual"), seed=211, strength=0.5, active_share=0.3)


def test_the_null_holds_pairs_of_different_inactive_compounds_and_names_them(usual):
    pairs = [members for kind, members in zip(usual.kinds, usual.members, strict=True) if kind == "inactive pair"]
    assert len(pairs) > 50 * N_PLATES / 2
    mechanism = {str(one.treatment.compound_id): m for one, m in zip(usual.signatures, usual.mechanism, strict=True)}
    assert all(len({*members}) == 2 for members in pairs)
    acting = [mechanism[name] not in ("", "control") for members in pairs for name in members]
    assert np.mean(acting) < 0.05


@pytest.mark.parametrize("level", [0.1, 0.05, 0.01])
@pytest.mark.parametrize("same", [True, False], ids=["same plate", "other plates"])
def test_what_does_nothing_is_at_the_nominal_level(usual, level, same):
    """Pairs share compounds, so that the binomial error is that of the compounds, not of the pairs."""
    share = (usual.p_of(usual.inactive, same=same) < level).mean()
    assert share <= level + 3 * np.sqrt(level * (1 - level) / len(usual.inactive))
    assert share >= level / 2


def test_few_inactive_compounds_have_a_neighbour_and_strong_ones_do(usual):
    def significant(row):
        others = np.arange(len(usual.p)) != row
        return others, q_noise(usual.p[row][others], query_p=float(usual.gate[row])) < 0.05

    false = np.mean([significant(row)[1].any() for row in usual.inactive.tolist()])
    assert false <= 0.02 + 2 * np.sqrt(0.02 * 0.98 / len(usual.inactive))
    strong = np.flatnonzero((usual.potency >= 0.9) & (usual.mechanism != "") & (usual.mechanism != "control"))
    found = []
    for row in strong.tolist():
        others, sure = significant(row)
        found.append((sure & (usual.mechanism[others] == usual.mechanism[row])).any())
    assert np.mean(found) >= 0.9


def test_shallow_and_deep_wells_are_at_the_same_level(tmp_path):
    """Each profile has a scale of its own in the null, which holds its depth too: no quarter of the depths is favoured."""
    judged = Judged(tmp_path, seed=212, strength=0.5, active_share=0.3, scenario=Scenario(well_depth=(0.03e6, 2.5e6)))
    depth = np.array([one.rna_output for one in judged.signatures])
    quarters = np.array_split(judged.inactive[np.argsort(depth[judged.inactive])], 4)
    assert depth[quarters[3]].mean() - depth[quarters[0]].mean() > 2  # log2
    for rows in quarters:
        for same in (True, False):
            share = (judged.p_of(rows, same=same) < 0.05).mean()
            assert share <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(rows))
            assert share >= 0.02


def test_one_inactive_compound_in_a_hundred_is_called_active(usual):
    active = np.array([bool(one.active) for one in usual.signatures])
    false = active[usual.inactive].mean()
    assert false <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / len(usual.inactive))
    acting = (usual.mechanism != "") & (usual.mechanism != "control") & (usual.potency >= 0.9)
    assert active[acting].mean() >= 0.9
