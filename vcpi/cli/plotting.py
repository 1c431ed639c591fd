"""Figures of answers into files: ``--plot FILE`` and ``--figure KIND``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vcpi.cli import render

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vcpi.answers import Explanation, JointAnswer, LibraryAnswer
    from vcpi.database import Database
    from vcpi.figures.figure import Figure

    Draw = Callable[[Mapping[str, Any]], str | None]


class Kind(StrEnum):
    """Which figure of an answer."""

    rank = "rank"
    structure = "structure"
    genes = "genes"
    mountain = "mountain"


NO_MOUNTAIN = "A mountain plot is of gene lists; ask with --up, --down or --genes, or choose another --figure"
PlotOption = Annotated[
    Path | None,
    typer.Option("--plot", help="Draw a figure into this file (.svg, .png, .html); needs the extra 'plot'."),
]
FigureOption = Annotated[
    Kind,
    typer.Option(
        "--figure",
        help="What --plot draws: the ranking, structure against effect, the genes of the hits, or (gene lists) where the "
        "genes lie in the first hit.",
    ),
]


def check(path: Path | None, kind: Kind = Kind.rank, *, lists: bool = False, structures: bool = True) -> None:
    """Refuse a file that no figure can be written to, and a figure that cannot be, before anything is asked.

    Parameters
    ----------
    path
        Where to draw; None where nothing is drawn.
    kind
        Which figure.
    lists
        Whether gene lists are asked with.
    structures
        Whether what is asked with has a structure.
    """
    from vcpi.errors import InputError

    if kind is Kind.mountain and not lists:
        raise InputError(NO_MOUNTAIN)
    if kind is Kind.structure and not structures:
        raise InputError("--figure structure is of a compound, genes have no structure; choose rank, genes or mountain")
    if path is None and kind is not Kind.rank:
        raise InputError(f"--figure {kind.value} says what to draw; name the file with --plot FILE")
    if path is not None:
        from vcpi.figures.figure import checked_path

        checked_path(path)


def plot_joint(
    database: Database,
    answer: JointAnswer,
    path: Path,
    *,
    kind: Kind,
    name: str | None = None,
    up: Sequence[str] = (),
    down: Sequence[str] = (),
    signed: bool = True,
) -> None:
    """Draw an answer of ``like`` or ``query``."""
    from vcpi.errors import InputError
    from vcpi.figures import of_answers

    value = answer.to_dict()
    if not value["hits"]:
        message = "There is no hit to draw; the notes say why"
        raise InputError(message)
    dataset = value["method"].get("dataset")
    if kind is Kind.structure:
        figure = of_answers.of_like_structures(value, draw=_draw_hit(database, value["query"].get("inchikey")))
    elif kind is Kind.genes:
        figure = of_answers.of_shared_genes(value, lambda one: database.signature(one, dataset=dataset))
    elif kind is Kind.mountain:
        if not up and not down:
            raise InputError(NO_MOUNTAIN)
        first = value["hits"][0]
        genes = database.compared(first["signature_id"], dataset=dataset)
        figure = of_answers.of_lists(value, genes, up=up, down=down, signed=signed)
    else:
        ranked = None if name is None else database.map(name, dataset=dataset).to_dict()["hits"]
        figure = of_answers.of_like(value, ranked=ranked)
    _save(figure, path)


def plot_explanation(explanation: Explanation, path: Path, *, n_genes: int) -> None:
    """Draw the genes for and against a score."""
    from vcpi.figures import of_answers

    _save(of_answers.of_explain(explanation.to_dict(n_genes=n_genes), n_genes=n_genes), path)


def plot_library(database: Database, answer: LibraryAnswer, path: Path, *, kind: str) -> None:
    """Draw an answer of ``cliffs``, ``hops`` or ``map``."""
    from vcpi.figures import of_answers

    value = answer.to_dict()
    simulated = any(
        one["simulated"] for one in database.status()["datasets"] if one["name"] == value["query"].get("dataset")
    )
    if kind == "map":
        draw = _draw_hit(database, value["query"].get("inchikey")) if "name" in value["query"] else _draw_pair(database)
        figure = of_answers.of_map(value, draw=draw, simulated=simulated)
    else:
        maker = of_answers.of_cliffs if kind == "cliffs" else of_answers.of_hops
        figure = maker(value, draw=_draw_pair(database), simulated=simulated)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    """Write a figure and say so."""
    figure.save(path)
    render.remark(f"Wrote {path}")


def _draw_hit(database: Database, query: str | None) -> Draw:
    """Draw the structure of a hit, with what it shares with the query."""

    def draw(row: Mapping[str, Any]) -> str | None:
        key = row.get("inchikey")
        return None if not key else database.draw_shared(query, str(key))

    return draw


def _draw_pair(database: Database) -> Draw:
    """Draw both structures of a pair."""

    def draw(row: Mapping[str, Any]) -> str | None:
        keys = [row.get("inchikey_a"), row.get("inchikey_b")]
        return database.draw_compared([str(key) for key in keys]) if all(keys) else None

    return draw
