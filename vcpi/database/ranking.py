"""All compounds of a dataset by one axis, sum score, gene set or gene, with what else they do and how their cells are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.answers import LibraryAnswer
from vcpi.assemble.panel_genes import expressed_genes
from vcpi.data.panels import overlaps, read_panels
from vcpi.database.rank_by import expressed_part, find_by
from vcpi.errors import InputError, UnknownChoiceError
from vcpi.ingest.choices import close_names
from vcpi.landscape import hypergeometric_tail
from vcpi.signature.axes import against
from vcpi.signature.calibration import benjamini_hochberg
from vcpi.store import read, scores

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vcpi.genes import GeneMapper
    from vcpi.records import Signature

TOP_DECILE = 90.0
MOVED = 2.0  # z from which a gene counts as moved
EVERYWHERE = 0.2  # share of compounds without an effect that move a gene: then it is no finding of a class
LEAST_CLASS = 2
SURE = 0.05
_HOW = {
    "panel": "signed mean",
    "module": "signed mean",
    "axis": "signed mean",
    "set": "mean",
    "sum": "sum",
    "gene": "value",
}
MOST_GENES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCompound:
    """One signature in a ranking.

    ``value`` is the mean (of a sum: the sum) of log2 fold changes, with the expected signs where the panel has them; ``z`` and ``q`` (over the
    compounds) of panels against noise, ``p_inactive`` the share of compounds without an effect that reach the value. ``percentile`` is among
    all compounds of the dataset, ``class_median`` that of its first class. ``also`` names the other axes on which it is
    in the top tenth (the bottom tenth, where the lowest come first).
    """

    rank: int
    name: str
    source_compound_id: str | None
    inchikey: str | None
    compound_id: int
    signature_id: int
    value: float
    se: float | None
    z: float | None
    q: float | None
    percentile: float
    p_inactive: float | None
    classes: tuple[str, ...]
    class_median: float | None
    strength: float | None
    active: bool | None
    viability: str | None
    rna_output: float | None
    n_replicates: int | None
    dose_um: float | None
    also: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def rank_compounds(
    connection: sqlite3.Connection,
    dataset: Mapping[str, Any],
    signatures: Sequence[Signature],
    what: str,
    *,
    mapper: GeneMapper,
    gene_sets: Mapping[str, Sequence[str]],
    label: str | None = None,
    lowest: bool = False,
    k: int = 20,
) -> LibraryAnswer:
    """Rank the compounds of a dataset.

    Parameters
    ----------
    connection, dataset, signatures
        The store, the dataset and its signatures.
    what
        A panel, module or axis (``ifn``), a sum (``ifn-sum``, ``FOS+EGR1+MAPK3``), a gene set of the workspace, or a
        gene; ``gene:``, ``panel:``, ``sum:`` or ``set:`` before it says which is meant.
    mapper
        Finds genes in the dataset.
    gene_sets
        Name → genes, of the workspace or a file.
    label
        Only compounds of this class, mechanism or target are listed; percentiles stay those among all.
    lowest
        The lowest come first.
    k
        How many rows.

    Raises
    ------
    InputError
        Nothing has this name, no compound has the class, or too few of the genes are measured.
    """
    board = _Board(connection, dataset, signatures, what, mapper=mapper, gene_sets=gene_sets)
    sign = -1.0 if lowest else 1.0
    whole = np.argsort(-sign * board.values, kind="stable").tolist()
    chosen = _chosen(connection, signatures, label)
    order = [at for at in whole if at in chosen]
    by, acting = board.by, {at for at, one in enumerate(signatures) if one.active}
    return LibraryAnswer(
        query={"by": what, "class": label},
        method={
            "by": by.key,
            "kind": by.kind,
            "title": by.title,
            "value": f"{_HOW[by.kind]} of {'log2 fold changes' if board.layer == 'lfc' else 'z'}",
            "n_measured": len(by.weights),
            "n_total": by.n_total,
            "dataset": dataset["name"],
            "order": "lowest first" if lowest else "highest first",
            "class": label,
        },
        records=tuple(board.rows(order[:k], lowest=lowest)),
        record_type=RankedCompound,
        summary={
            "n_ranked": len(order),
            "n_signatures": len(signatures),
            "classes": _enriched(signatures, whole, board.classes, board.medians, k=k),
            "genes": board.universal(chosen if label is not None else acting, label),
            "missing": list(by.missing),
            "overlaps": _shared(by.key) if by.scored else [],
        },
        caveats=(*by.caveats, *dataset["recipe"].get("limits", []), *_nothing(board, order, k)),
    )


def _nothing(board: _Board, order: Sequence[int], k: int) -> list[str]:
    """Say where nothing that is listed is beyond noise."""
    listed = [board.q.get(board.signatures[at].signature_id) for at in order[:k]]
    known = [q for q in listed if q is not None]
    if not known or min(known) < SURE:
        return []
    return [f"nothing that is listed is beyond noise: the smallest q is {min(known):.2g}"]


class _Board:
    """The values that a dataset is ranked by, and what stands beside them."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        dataset: Mapping[str, Any],
        signatures: Sequence[Signature],
        what: str,
        *,
        mapper: GeneMapper,
        gene_sets: Mapping[str, Sequence[str]],
    ) -> None:
        dataset_id = dataset["dataset_id"]
        genes = read.genes(connection, dataset_id)
        self.connection, self.dataset_id, self.signatures = connection, dataset_id, signatures
        self.symbols = [gene.gene_symbol or gene.gene_id for gene in genes]
        by = find_by(what, mapper=mapper, gene_sets=gene_sets, symbols=set(self.symbols), where=dataset["name"])
        self.by = expressed_part(by, expressed_genes(connection, dataset_id), self.symbols)
        self.layer = "lfc" if dataset["kind"] == "release" else "z"
        self.places = sorted(self.by.weights)
        self.weights = np.array([self.by.weights[place] for place in self.places])
        self.changes = gene_columns(connection, dataset_id, self.places, layer=self.layer, n=len(signatures))
        self.z = self.changes
        if self.layer != "z":
            self.z = gene_columns(connection, dataset_id, self.places, layer="z", n=len(signatures))
        self.stored = self._stored(dataset["name"]) if self.by.scored else {}
        self.values = self.changes @ self.weights / (len(self.weights) if self.by.mean else 1.0)
        if self.by.scored:
            self.values = np.array([_value(self.stored[one.signature_id]) for one in signatures])
        self.q: dict[int, float] = {}
        if self.stored:  # over the compounds, not over the panels of one compound as in a profile
            adjusted = benjamini_hochberg([row["p"] for row in self.stored.values()]).tolist()
            self.q = dict(zip(self.stored, adjusted, strict=True))
        self.classes = _classes(connection)
        self.medians = _medians(signatures, self.values, self.classes)
        self.quality = _viability(connection, dataset_id)
        self.inactive = np.array([one.active is False for one in signatures], dtype=bool)

    def _stored(self, name: str) -> dict[int, dict[str, Any]]:
        """Read the scores of a panel."""
        found = {row["signature_id"]: row for row in scores.panel_column(self.connection, self.dataset_id, self.by.key)}
        if not found:
            coverage = scores.coverage(self.connection, self.dataset_id).get(self.by.key)
            why = coverage["reason"] if coverage and coverage["reason"] else None
            told = why or "it was not scored here; 'vcpi build' does it"
            raise InputError(f"{self.by.title} has no score in {name}: {told}")
        return found

    def rows(self, order: Sequence[int], *, lowest: bool) -> list[RankedCompound]:
        """Give the rows of some signatures, in this order."""
        labels = read.labels(self.connection, [self.signatures[at].treatment.compound_id for at in order])
        library = np.array(["positive-control" not in one.flags for one in self.signatures])
        percentiles = against(self.values, self.values[library] if library.any() else self.values)
        decile = _deciles(self.connection, self.dataset_id, self.by.key, lowest=lowest)
        quiet = self.values[self.inactive]
        found = []
        for rank, at in enumerate(order, start=1):
            one = self.signatures[at]
            own, score = labels[one.treatment.compound_id], self.stored.get(one.signature_id)
            named = tuple(self.classes.get(one.treatment.compound_id, ()))
            reach = quiet <= self.values[at] if lowest else quiet >= self.values[at]
            call, rna = self.quality.get(one.signature_id, (None, None))
            found.append(
                RankedCompound(
                    rank=rank,
                    name=own["name"],
                    source_compound_id=own["source_compound_id"],
                    inchikey=own["inchikey"],
                    compound_id=one.treatment.compound_id,
                    signature_id=one.signature_id,
                    value=float(self.values[at]),
                    se=self._error(at),
                    z=None if score is None else score["z"],
                    q=self.q.get(one.signature_id),
                    percentile=float(percentiles[at]) if score is None else float(score["percentile"]),
                    p_inactive=float((1 + reach.sum()) / (1 + len(quiet))) if len(quiet) else None,
                    classes=named,
                    class_median=self.medians.get(named[0]) if named else None,
                    strength=one.strength,
                    active=one.active,
                    viability=call,
                    rna_output=rna,
                    n_replicates=one.n_replicates,
                    dose_um=one.treatment.dose_um,
                    also=tuple(decile.get(one.signature_id, ())),
                    flags=_flags(one),
                )
            )
        return found

    def _error(self, at: int) -> float | None:
        """Combine the standard errors of the genes of one signature, taken as independent."""
        if self.layer == "z":
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            errors = np.abs(self.changes[at] / self.z[at])
        if not np.isfinite(errors).all():
            return None
        return float(np.sqrt(np.square(errors * self.weights).sum()) / (len(self.weights) if self.by.mean else 1.0))

    def universal(self, chosen: set[int], label: str | None) -> list[dict[str, Any]]:
        """Say of each gene how many of the chosen compounds move it, beside how many of all and of the inactive do."""
        if not chosen or len(self.places) > MOST_GENES:
            return []
        own, found = np.array(sorted(chosen)), []
        for column, place in enumerate(self.places):
            down, up = self.z[:, column] < -MOVED, self.z[:, column] > MOVED
            falls = bool(down[own].mean() >= up[own].mean())
            way = down if falls else up
            everywhere = float(way[self.inactive].mean()) if self.inactive.any() else None
            found.append(
                {
                    "gene": self.symbols[place],
                    "way": "down" if falls else "up",
                    "of": label or "active compounds",
                    "share": float(way[own].mean()),
                    "share_of_all": float(way.mean()),
                    "share_of_inactive": everywhere,
                    "baseline_suspect": everywhere is not None and everywhere >= EVERYWHERE,
                }
            )
        return sorted(found, key=lambda row: (-row["share"], row["gene"]))


def gene_columns(
    connection: sqlite3.Connection, dataset_id: int, places: Sequence[int], *, layer: str, n: int
) -> NDArray[np.float64]:
    """Read some genes of every signature of a dataset, shape (n_signatures, n_places)."""
    found = np.zeros((n, len(places)))
    rows = connection.execute(
        "SELECT v.bytes FROM signature s JOIN vector v ON v.signature_id = s.signature_id AND v.layer = ? "
        "WHERE s.dataset_id = ? ORDER BY s.signature_id",
        [layer, dataset_id],
    )
    at = -1
    for at, row in enumerate(rows):
        found[at] = np.frombuffer(row[0], dtype="<f4")[list(places)]
    if at + 1 != n:
        raise InputError(
            f"{at + 1} of {n} signatures hold {layer}; expected effects: ingest with another baseline than contest"
        )
    return found


def _value(row: Mapping[str, Any]) -> float:
    """Give the score of a panel: with signs where it has them."""
    return float(row["signed"] if row["directed"] is None else row["directed"])


def _classes(connection: sqlite3.Connection) -> dict[int, list[str]]:
    """Give the classes of each compound."""
    found: dict[int, list[str]] = defaultdict(list)
    query = "SELECT compound_id, value FROM annotation WHERE kind = 'class' ORDER BY annotation_id"
    for compound_id, value in connection.execute(query):
        if value not in found[compound_id]:
            found[compound_id].append(value)
    return dict(found)


def _unknown_class(connection: sqlite3.Connection, label: str) -> UnknownChoiceError:
    """Say that no compound bears a label, with the nearest labels."""
    labels = [row[0] for row in connection.execute("SELECT DISTINCT value FROM annotation ORDER BY value")]
    near = close_names(label.strip(), labels)
    told = f"near it: {', '.join(near)}" if near else "'vcpi export annotations' lists what there is"
    what = f"No measured compound has the class {label[:60]!r}"
    return UnknownChoiceError(f"{what}; {told}", near=tuple((name, "class") for name in near))


def _chosen(connection: sqlite3.Connection, signatures: Sequence[Signature], label: str | None) -> set[int]:
    """Say which signatures are listed: all, or those of a class, mechanism or target."""
    if label is None:
        return set(range(len(signatures)))
    rows = connection.execute("SELECT compound_id FROM annotation WHERE lower(value) = lower(?)", [label.strip()])
    wanted = {row[0] for row in rows}
    found = {at for at, one in enumerate(signatures) if one.treatment.compound_id in wanted}
    if not found:
        raise _unknown_class(connection, label)
    return found


def _medians(
    signatures: Sequence[Signature], values: NDArray[np.float64], classes: Mapping[int, Sequence[str]]
) -> dict[str, float]:
    """Give the median value of each class."""
    members: dict[str, list[float]] = defaultdict(list)
    for one, value in zip(signatures, values.tolist(), strict=True):
        for name in classes.get(one.treatment.compound_id, ()):
            members[name].append(value)
    return {name: float(np.median(own)) for name, own in members.items()}


def _deciles(connection: sqlite3.Connection, dataset_id: int, own: str, *, lowest: bool) -> dict[int, list[str]]:
    """Give the other footprints on which each signature is in the top (or bottom) tenth, the clearest first."""
    keys = [one.key for one in read_panels() if one.kind == "footprint" and not one.variant_of and one.key != own]
    marks = ", ".join("?" for _ in keys)
    limit = "p.percentile <= ?" if lowest else "p.percentile >= ?"
    rows = connection.execute(
        f"SELECT p.signature_id, p.panel FROM panel_score p JOIN signature s USING (signature_id) "  # noqa: S608  marks
        f"WHERE s.dataset_id = ? AND p.panel IN ({marks}) AND {limit} AND p.q < ? "
        "ORDER BY p.signature_id, abs(p.z) DESC",
        [dataset_id, *keys, 100.0 - TOP_DECILE if lowest else TOP_DECILE, SURE],
    )
    found: dict[int, list[str]] = defaultdict(list)
    for signature_id, key in rows:
        found[signature_id].append(key)
    return dict(found)


def _viability(connection: sqlite3.Connection, dataset_id: int) -> dict[int, tuple[str, float | None]]:
    """Give viability call and RNA output of each signature."""
    rows = connection.execute(
        "SELECT q.signature_id, q.viability, q.rna_output FROM treatment_quality q JOIN signature s USING (signature_id) "
        "WHERE s.dataset_id = ?",
        [dataset_id],
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _flags(one: Signature) -> tuple[str, ...]:
    """Mark what a reader of a ranking has to know."""
    found = tuple(one.flags)
    if one.active is False:
        found += ("inactive",)
    if one.n_replicates == 1:
        found += ("one-well",)
    return found


def _enriched(
    signatures: Sequence[Signature],
    order: Sequence[int],
    classes: Mapping[int, Sequence[str]],
    medians: Mapping[str, float],
    *,
    k: int,
) -> list[dict[str, Any]]:
    """Test which classes gather among the first k, each compound counted once, at its best place."""
    ranked = list(dict.fromkeys(signatures[at].treatment.compound_id for at in order))
    top = set(ranked[:k])
    members: dict[str, set[int]] = defaultdict(set)
    for compound_id in ranked:
        for name in classes.get(compound_id, ()):
            members[name].add(compound_id)
    tested = sorted(name for name, own in members.items() if len(own) >= LEAST_CLASS)
    p = [
        hypergeometric_tail(
            len(members[name] & top), n_all=len(ranked), n_marked=len(members[name]), n_drawn=min(k, len(ranked))
        )
        for name in tested
    ]
    q = benjamini_hochberg(p).tolist() if p else []
    found = [
        {
            "class": name,
            "n": len(members[name]),
            "n_top": len(members[name] & top),
            "expected": len(members[name]) * min(k, len(ranked)) / len(ranked),
            "median": medians[name],
            "p": one,
            "q": each,
        }
        for name, one, each in zip(tested, p, q, strict=True)
        if members[name] & top
    ]
    return sorted(found, key=lambda row: (row["p"], row["class"]))


def _shared(key: str) -> list[dict[str, Any]]:
    """Say which other panels hold genes of this one: a compound high on both is partly so by construction."""
    return [
        {"panel": one.second if one.first == key else one.first, "genes": list(one.shared)}
        for one in overlaps()
        if key in {one.first, one.second}
    ]
