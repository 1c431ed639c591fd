"""Panel scores and effect sizes of every signature, made when a dataset is ingested and again when panels change.

All is made from what the store holds, so that ``build`` brings a dataset to the panels of this vcpi without its files.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.assemble.noise_rows import read_noise
from vcpi.assemble.panel_genes import panel_places, scored_panels
from vcpi.data.panels import VERSION
from vcpi.errors import InputError
from vcpi.signature.axes import AxisScores, against, axis_noise, axis_scores, percentiles, two_sided
from vcpi.signature.calibration import benjamini_hochberg
from vcpi.signature.panel_scores.block import FDR, STRONG, error_scale, fit_chance
from vcpi.signature.panel_scores.noise import NullRows, no_rows, sum_scores
from vcpi.signature.panel_scores.random_panels import RandomPanels
from vcpi.store import read, scores
from vcpi.store.write import canonical_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from sqlite_utils import Database

    from vcpi.data.panels import Panel
    from vcpi.signature.axes import Axis
    from vcpi.signature.panel_scores.noise import SumNoise

logger = logging.getLogger(__name__)

CHUNK = 2_048
MOST_SIGNATURES = 100_000  # of more, panel scores would fill the store: a row for each signature and panel
LEAST_SIGNATURES, MOST_READ = 50, 1_000  # to see how a sum varies between signatures
LEAST_GROUP = 20
DIGITS = 6


def rescore(database: Database) -> list[str]:
    """Score the datasets that were not scored by the panels of this vcpi, and return their names."""
    done = []
    for entry in read.datasets(database.conn):
        stored = scores.scoring(database.conn, entry["dataset_id"])
        if stored is None or stored["panels_version"] != VERSION:
            score_dataset(database, entry["dataset_id"])
            done.append(entry["name"])
    return done


def score_dataset(database: Database, dataset_id: int) -> list[str]:
    """Score every signature of a dataset on every panel, in place of older scores.

    Parameters
    ----------
    database
        The store, open for writing.
    dataset_id
        A dataset whose signatures and genes are in it.

    Returns
    -------
    list of str
        What to tell.
    """
    connection = database.conn
    scores.clear_scores(connection, dataset_id)
    panels = scored_panels()
    axes, missing = panel_places(connection, dataset_id, panels)
    layers, refusal = _layers(connection, dataset_id)
    kept = [] if refusal else [axis for axis in axes if not axis.reason]
    null, settings, arrays = (no_rows(0), {}, {}) if refusal else _null(database, dataset_id, layers)
    noise = axis_noise(kept, null)
    told: dict[str, Any] = {"judged_by": refusal or _judged_by(null, settings, layers), "unit": layers[0]}
    if not refusal:
        found = _Scorer(connection, dataset_id, layers, kept, noise=noise, null=null, arrays=arrays)
        found.run()
        _enter_effects(found, panels)
        offsets = np.broadcast_to(found.noise.offset, len(kept)).round(DIGITS).tolist()
        told["offsets"] = dict(zip([axis.key for axis in kept], offsets, strict=True))
        told |= {"n_random": found.n_random, "n_null": null.n_rows}
    _enter_coverage(connection, dataset_id, panels, axes, missing, kept=kept, noise=noise, refusal=refusal)
    scores.add_scoring(connection, dataset_id, panels_version=VERSION, settings=told)
    return [f"panel scores: {told['judged_by']}"] if refusal or layers[0] == layers[1] else []


def _layers(connection: sqlite3.Connection, dataset_id: int) -> tuple[tuple[str, str], str]:
    """Say which layers hold fold changes and z (the one for both where there is one), or why there are no scores."""
    query = "SELECT count(*) FROM signature WHERE dataset_id = ?"
    (n,) = connection.execute(query, [dataset_id]).fetchone()
    query = """SELECT DISTINCT v.layer FROM vector v WHERE v.signature_id =
               (SELECT min(signature_id) FROM signature WHERE dataset_id = ?)"""
    held = {row[0] for row in connection.execute(query, [dataset_id])}
    if n > MOST_SIGNATURES:
        return ("z", "z"), f"{n} signatures; scores of all of them are made for up to {MOST_SIGNATURES}"
    if not held & {"lfc", "z"}:
        return ("z", "z"), "the dataset holds expression, not effects"
    return ("lfc" if "lfc" in held else "z", "z" if "z" in held else "lfc"), ""


def _null(
    database: Database, dataset_id: int, layers: tuple[str, str]
) -> tuple[NullRows, dict[str, Any], dict[str, Any]]:
    """Find the profiles of noise of a dataset, else signatures of it in their stead."""
    kept = read_noise(database, dataset_id)
    if kept is not None:
        return kept
    query = "SELECT signature_id FROM signature WHERE dataset_id = ? ORDER BY 1"
    ids = [row[0] for row in database.conn.execute(query, [dataset_id])]
    chosen = np.linspace(0, len(ids) - 1, min(len(ids), MOST_READ)).round().astype(int).tolist() if ids else []
    rows = [v for at in chosen if (v := read.vector(database.conn, ids[at], layer=layers[1])) is not None]
    n_genes = len(read.genes(database.conn, dataset_id))
    if len(rows) < LEAST_SIGNATURES:
        return no_rows(n_genes), {}, {}
    empty = np.zeros((0, n_genes), dtype=np.float32)
    return NullRows(vehicles=empty, others=np.stack(rows), robust=True), {}, {}


def _judged_by(null: NullRows, settings: dict[str, Any], layers: tuple[str, str]) -> str:
    """Say what z of panels rests on."""
    if null.robust:
        basis = "z of a panel is against the other signatures of the dataset: it says how unusual, not how sure"
    elif not null.n_rows:
        basis = "no profile of noise: genes count as independent, so that z of panels is too large"
    else:
        basis = f"{len(null.vehicles)} sets of {settings['n_wells']} vehicle wells, {len(null.others)} differences of replicates"
    unit = "" if layers[0] == "lfc" else "; scores are means of z, since there are no fold changes"
    return basis + unit


class _Scorer:
    """Scores the signatures of one dataset, a chunk of them at a time."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        dataset_id: int,
        layers: tuple[str, str],
        axes: Sequence[Axis],
        *,
        noise: SumNoise,
        null: NullRows,
        arrays: dict[str, Any],
    ) -> None:
        self.connection, self.dataset_id, self.layers, self.axes = connection, dataset_id, layers, list(axes)
        self.null, self.arrays = null, arrays
        self.sums = [axis.weighted for axis in self.axes]
        self.rows = [
            dict(row)
            for row in connection.execute(
                "SELECT signature_id, dose_um, time_h, cell_line, n_replicates, strength, active, "
                "flags LIKE '%positive-control%' AS positive_control FROM signature "
                "WHERE dataset_id = ? ORDER BY signature_id",
                [dataset_id],
            )
        ]
        self.sigma = read.sigmas(connection, dataset_id)
        self.among = np.asarray(arrays["expressed"], dtype=bool) if arrays else np.ones(len(self.sigma), dtype=bool)
        if not self.among.any():
            self.among[:] = True
        self.noise = noise.centered(self._quiet_sums()) if len(null.vehicles) else noise
        self.null_z = self.noise.standardized(sum_scores(null.vehicles, self.sums))
        self.random = self._random_panels()
        self.parts: list[AxisScores] = []
        self.random_parts: list[NDArray[np.float64]] = []
        self.sizes: list[NDArray[np.float64]] = []  # scale of errors, mean size, strong genes

    @property
    def n_random(self) -> int:
        """How many random panels each panel is held against."""
        return 0 if self.random is None else self.random.n_panels

    def run(self) -> None:
        """Score all signatures and enter the scores."""
        for lfc, z in self._chunks():
            found = axis_scores(lfc, z, self.axes, noise=self.noise)
            self.parts.append(found)
            own = np.where(np.isfinite(found.directed), found.directed, found.signed)
            placed = np.full(own.shape, np.nan) if self.random is None else self.random.percentiles(lfc, own)
            self.random_parts.append(placed)
            sizes = np.abs(lfc[:, self.among])
            with_errors = self.layers == ("lfc", "z") and bool(np.isfinite(self.sigma).all())
            scale = error_scale(lfc, z, self.sigma) if with_errors else np.full(len(lfc), np.nan)
            strong = (sizes >= STRONG).sum(axis=1)
            self.sizes.append(np.stack([scale, sizes.mean(axis=1, dtype=np.float64), strong], axis=1))
        self._enter()

    def stack(self, name: str) -> NDArray[np.float64]:
        """All rows of one score, shape (n_signatures, n_axes)."""
        return np.concatenate([getattr(part, name) for part in self.parts])

    def placed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Place values among the signatures of the same dose, time and cell line; those of few such among all."""
        names = [(row["dose_um"], row["time_h"], row["cell_line"]) for row in self.rows]
        counts = Counter(names)
        few = np.array([counts[name] < LEAST_GROUP for name in names], dtype=bool)
        found = percentiles(values, groups=names)
        found[few] = percentiles(values)[few]
        return found

    def _quiet_sums(self) -> NDArray[np.float64]:
        """Give the panels' sums of z of signatures without a visible effect, of the weaker half; none of too few."""
        known = [row for row in self.rows if row["strength"] is not None and not row["positive_control"]]
        middle = float(np.median([row["strength"] for row in known])) if known else 0.0
        quiet = [row["signature_id"] for row in known if row["strength"] <= middle and not row["active"]]
        if len(quiet) < LEAST_SIGNATURES:
            return np.zeros((0, len(self.axes)))
        chosen = np.linspace(0, len(quiet) - 1, min(len(quiet), MOST_READ)).round().astype(int).tolist()
        rows = [read.vector(self.connection, quiet[at], layer=self.layers[1]) for at in chosen]
        return sum_scores(np.stack([row for row in rows if row is not None]), self.sums)

    def _random_panels(self) -> RandomPanels | None:
        """Random panels of like expression, of the same size alone where expression is not known; None of too few genes."""
        level, n_bins = (self.arrays["level"], 20) if self.arrays else (np.zeros(len(self.sigma)), 1)
        try:
            return RandomPanels(level, self.sums, pool=self.among, n_bins=n_bins)
        except InputError as error:
            logger.info("No random panels: %s", error)
            return None

    def _chunks(self) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Yield fold changes and z of some signatures at a time, in the order of their ids."""
        for start in range(0, len(self.rows), CHUNK):
            ids = [row["signature_id"] for row in self.rows[start : start + CHUNK]]
            blocks = []
            for layer in dict.fromkeys(self.layers):
                found = self.connection.execute(
                    "SELECT bytes FROM vector WHERE layer = ? AND signature_id BETWEEN ? AND ? "
                    "AND signature_id IN (SELECT signature_id FROM signature WHERE dataset_id = ?) ORDER BY signature_id",
                    [layer, ids[0], ids[-1], self.dataset_id],
                )
                blocks.append(np.stack([np.frombuffer(row[0], dtype="<f4") for row in found]))
            yield blocks[0], blocks[-1]

    def _enter(self) -> None:
        """Enter the scores, with their places among compounds, random panels and vehicle wells."""
        names = ("signed", "absolute", "directed", "z", "p", "q")
        values = {name: self.stack(name) for name in names}
        directed = values["directed"]
        values["percentile"] = self.placed(np.where(np.isfinite(directed), directed, values["signed"]))
        values["random"] = np.concatenate(self.random_parts)
        values["null"] = np.full(directed.shape, np.nan)
        for at in range(len(self.axes)):
            values["null"][:, at] = against(values["z"][:, at], self.null_z[:, at])
        tables = [_plain(values[name], None if name in "pq" else DIGITS) for name in values]
        scores.add_panel_scores(
            self.connection,
            (
                (row["signature_id"], axis.key, *(table[at][place] for table in tables))
                for at, row in enumerate(self.rows)
                for place, axis in enumerate(self.axes)
            ),
        )


def _enter_effects(found: _Scorer, panels: Sequence[Panel]) -> None:
    """Enter how much each signature moves, and what chance would show."""
    scale, mean_abs, n_strong = np.concatenate(found.sizes).T
    whole = {panel.key for panel in panels if panel.kind in {"footprint", "components"} and not panel.variant_of}
    columns = [at for at, axis in enumerate(found.axes) if axis.key in whole]
    breadth = _breadth(found.stack("p")[:, columns])
    strength = np.array([np.nan if row["strength"] is None else row["strength"] for row in found.rows])
    chance_abs, chance_strong = np.full(scale.shape, np.nan), np.full(scale.shape, np.nan)
    null_breadth = float("nan")
    if np.isfinite(scale).any():
        null_lfc = null_scale = None
        if len(found.null.vehicles):
            null_scale = np.sqrt(found.arrays["vehicle_factor"])
            sigma = found.sigma[found.among]
            null_lfc = found.null.vehicles[:, found.among].astype(np.float32) * sigma * null_scale[:, np.newaxis]
        chance = fit_chance(found.sigma[found.among], null_lfc=null_lfc, null_scale=null_scale)
        chance_abs, chance_strong = chance.mean_abs(scale), chance.strong_genes(scale)
    if len(found.null_z) and columns:
        p = two_sided(found.null_z[:, columns], found.noise.df[columns])
        null_breadth = float(_breadth(p).mean())
    has_lfc = found.layers[0] == "lfc"
    table = np.stack(
        [
            scale,
            mean_abs,
            chance_abs,
            chance_strong,
            found.placed(strength),
            _against_vehicles(found, strength),
            breadth,
            np.full(scale.shape, null_breadth),
            found.placed(breadth),
        ],
        axis=1,
    )
    names = (
        "error_scale", "mean_abs", "mean_abs_null", "n_strong_null", "strength_percentile", "strength_null_percentile",
        "breadth", "breadth_null", "breadth_percentile", "n_strong",
    )  # fmt: skip
    plain = _plain(table, DIGITS)
    scores.set_effect_sizes(
        found.connection,
        names,
        (
            (row["signature_id"], *plain[at], int(n_strong[at]) if has_lfc else None)
            for at, row in enumerate(found.rows)
        ),
    )


def _breadth(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the panels of each signature at a false discovery rate of 5 %; NaN without panels."""
    if not p.shape[1]:
        return np.full(len(p), np.nan)
    return np.array([float((benjamini_hochberg(row) < FDR).mean()) for row in p])


def _against_vehicles(found: _Scorer, strength: NDArray[np.float64]) -> NDArray[np.float64]:
    """Place of each strength among those of sets of as many vehicle wells (at most as many as are known); NaN without."""
    query = "SELECT statistic FROM vehicle_null WHERE dataset_id = ? AND statistic LIKE 'strength-%'"
    known = sorted(int(row[0].split("-")[1]) for row in found.connection.execute(query, [found.dataset_id]))
    placed = np.full(strength.shape, np.nan)
    wells = np.array([min(row["n_replicates"] or 0, known[-1]) if known else 0 for row in found.rows])
    for n in known:
        null = read.null(found.connection, found.dataset_id, f"strength-{n}")
        if null is not None:
            placed[wells == n] = against(strength[wells == n], null)
    return placed


def _enter_coverage(
    connection: sqlite3.Connection,
    dataset_id: int,
    panels: Sequence[Panel],
    axes: Sequence[Axis],
    missing: Sequence[dict[str, str]],
    *,
    kept: Sequence[Axis],
    noise: SumNoise,
    refusal: str,
) -> None:
    """Enter how much of each panel the dataset measures, and how its sum varies under noise."""
    place = {axis.key: at for at, axis in enumerate(kept)}
    rows = []
    for panel, axis, absent in zip(panels, axes, missing, strict=True):
        at = place.get(axis.key)
        figures = (None, None) if at is None else (round(float(noise.inflation[at]), 6), round(float(noise.df[at]), 3))
        told = canonical_json(absent)
        rows.append(
            (axis.key, panel.kind, axis.n_measured, axis.n_total, told, *figures, refusal or axis.reason or None)
        )
    scores.add_coverage(connection, dataset_id, rows)


def _plain(values: NDArray[np.float64], digits: int | None) -> list[list[float | None]]:
    """Turn a table into plain numbers, None for what is not known."""
    rounded = values if digits is None else np.round(values, digits)
    return [[None if value != value else value for value in row] for row in rounded.tolist()]  # noqa: PLR0124
