"""One function for each verb: from the parameters of a request to the call of the Database, and what it writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from vcpi.cli.analogs import COLUMNS as ANALOGS
from vcpi.cli.classes import TOP, patterns
from vcpi.cli.evaluate import flat
from vcpi.cli.filtering import filter_of
from vcpi.cli.joint import COLUMNS as JOINT
from vcpi.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from vcpi.answers import JointAnswer, LibraryAnswer, StructureAnswer
    from vcpi.database import Database
    from vcpi.database.filters import Filter
    from vcpi.ingest.gene_sets import GeneLists

Values = Mapping[str, Any]
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a verb answers.

    Attributes
    ----------
    value
        What JSON shows.
    records
        Rows of CSV and TSV.
    columns
        Their names where there are no rows.
    text
        What the other formats of the route hold: SVG or Markdown.
    source
        What the value was made of, for a page.
    """

    value: Any = None
    records: Sequence[Record] = ()
    columns: Sequence[str] = ()
    text: str = ""
    source: Any = None


PROGRESS = " progress"  # the value of a long verb that takes its progress; no parameter has a blank
_ACTIVE = re.compile(r"<script|<foreignobject|href\s*=|\son\w+\s*=|javascript:|url\(", re.IGNORECASE)
Call = Callable[["Database", Values], Reply]


def status(database: Database, _values: Values) -> Reply:
    """Say what the workspace holds."""
    value = database.status()
    rows = [{**row, "origin": "SIMULATED" if row["simulated"] else "as ingested"} for row in value["datasets"]]
    return Reply(value=value, records=rows)


def compound(database: Database, values: Values) -> Reply:
    """Show the card of a compound."""
    from vcpi.cli.compound import flat_card
    from vcpi.database.cards import card_of

    card = card_of(database, values["name"])
    return Reply(value=card.to_dict(), records=[flat_card(card)])


def drawing(database: Database, values: Values) -> Reply:
    """Draw a compound, the atoms of a pattern or of another compound shaded."""
    from vcpi.database.queries import find
    from vcpi.structure.drawing import draw_svg

    if values["like"] is not None:
        if values["highlight"] is not None:
            raise InputError("highlight and like both shade atoms; give one of them")
        return Reply(text=_safe(database.draw_shared(values["like"], values["name"])))
    found = find(database._connection, values["name"])
    if found.smiles is None:
        raise InputError(f"{found.name} has no structure in the workspace; there is nothing to draw")
    return Reply(
        text=_safe(
            draw_svg(found.smiles, width=values["width"], height=values["height"], highlight=values["highlight"])
        )
    )


def _safe(svg: str) -> str:
    """Refuse a drawing that would do anything but be looked at."""
    if _ACTIVE.search(svg):
        raise InputError("The drawing holds more than lines and letters; it is not shown")
    return svg


def suggest(database: Database, values: Values) -> Reply:
    """List the names that may be meant."""
    from vcpi.web.pages.suggestions import complete

    names = complete(database, values["text"], n=values["k"])
    return Reply(value={"query": {"text": values["text"]}, "names": names}, records=[{"name": name} for name in names], columns=["name"])  # fmt: skip


def read(database: Database, values: Values) -> Reply:
    """Say whether a structure can be read."""
    from vcpi.web.reading import read_structure

    value = {"query": {"text": values["text"], "kind": values["kind"]}}
    found = read_structure(database, values["text"], kind=values["kind"])
    return Reply(value={**value, **found}, records=[found])


def analogs(database: Database, values: Values) -> Reply:
    """Find compounds that look like one."""
    answer = database.analogs(
        values["name"], k=values["k"], cutoff=values["cutoff"], where=_filter(values), same=values["same"]
    )
    return _hits(answer, ANALOGS)


def substructure(database: Database, values: Values) -> Reply:
    """Find compounds that hold a pattern."""
    return _hits(database.substructure(values["smarts"], k=values["k"]), ("rank", "name", "inchikey"))


def like(database: Database, values: Values) -> Reply:
    """Find what else behaves like a compound, or like several together."""
    names = values["name"]
    answer = database.like(
        names[0] if len(names) == 1 else names,
        k=values["k"],
        dataset=values["dataset"],
        reverse=values["reverse"],
        exclude_same_plate=values["exclude_same_plate"],
        where=_filter(values),
        without=values["without"],
        method=values["method"],
        fast=values["fast"],
    )
    return _hits(answer, JOINT)


def query(database: Database, values: Values) -> Reply:
    """Find what does what a signature or gene lists say."""
    import pandas as pd  # the Python call takes a Series

    from vcpi.ingest.gene_sets import GeneLists

    sides = {side: values[side] for side in ("up", "down", "genes") if values[side]}
    tables = [name for name in ("table", "signature") if values[name] is not None]
    if len(tables) > 1 or (tables and sides):
        raise InputError(f"{', '.join([*tables, *sides])} are given; a query takes gene lists, table or signature")
    if values["value_column"] is not None and values["table"] is None:
        raise InputError("value_column names a column of table; give one, or leave it out")
    signature: pd.Series | None = None
    lists = GeneLists()
    notes: tuple[str, ...] = ()
    if values["table"] is not None:
        signature, notes = _table(values["table"], values["value_column"])
    elif values["signature"] is not None:
        signature = pd.Series(values["signature"], dtype="float64")
    elif sides:
        lists = _lists(sides)
        notes = lists.notes
    answer = database.query(
        up=lists.up if lists.signed else (),
        down=lists.down,
        genes=() if lists.signed else lists.up,
        signature=signature,
        k=values["k"],
        dataset=values["dataset"],
        reverse=values["reverse"],
        where=_filter(values),
        method=values["method"],
        min_genes=values["min_genes"],
    )
    return _hits(replace(answer, caveats=(*notes, *answer.caveats)), JOINT)


def _table(text: str, value_column: str | None) -> tuple[pd.Series, tuple[str, ...]]:
    """Read a table that was pasted, as the command line reads a file."""
    import pandas as pd

    from vcpi.ingest.queries import read_query

    with TemporaryDirectory(prefix="vcpi-") as folder:
        path = Path(folder) / "table"
        path.write_text(text, encoding="utf-8", newline="")
        found = read_query(path, value_column=value_column)
    return pd.Series(found.values, index=list(found.ids), dtype="float64"), found.notes


def _lists(sides: Mapping[str, Sequence[str]]) -> GeneLists:
    """Read lists of genes as the command line reads files, so that no gene is taken for the name of one."""
    from vcpi.ingest.gene_sets import read_gene_lists

    with TemporaryDirectory(prefix="vcpi-") as folder:
        paths = {side: Path(folder) / side for side in sides}
        for side, genes in sides.items():
            paths[side].write_text("".join(f"{gene}\n" for gene in genes), encoding="utf-8", newline="")
        return read_gene_lists(up=paths.get("up"), down=paths.get("down"), genes=paths.get("genes"))


def explain(database: Database, values: Values) -> Reply:
    """Take a score apart."""
    found = database.explain(values["query"], values["hit"], dataset=values["dataset"], without=values["without"])
    return Reply(value=found.to_dict(n_genes=values["genes"]), records=[asdict(gene) for gene in found.records])


def profile(database: Database, values: Values) -> Reply:
    """Report what one compound does."""
    found = database.profile(values["name"], dataset=values["dataset"], n_genes=values["genes"])
    return Reply(value=found.to_dict(), text=found.to_markdown())


def compare(database: Database, values: Values) -> Reply:
    """Set compounds side by side."""
    value = database.compare(values["name"], dataset=values["dataset"]).to_dict()
    return Reply(value=value, records=value["pairs"])


def rank(database: Database, values: Values) -> Reply:
    """Rank all compounds by one process."""
    answer = database.rank(
        values["by"], dataset=values["dataset"], label=values["class"], lowest=values["lowest"], k=values["k"]
    )
    return _library(answer)


def cliffs(database: Database, values: Values) -> Reply:
    """Find what looks alike and acts differently."""
    return _library(database.cliffs(dataset=values["dataset"], k=values["k"], cutoff=values["cutoff"]))


def hops(database: Database, values: Values) -> Reply:
    """Find what acts alike and looks different."""
    answer = database.hops(
        dataset=values["dataset"], k=values["k"], cutoff=values["cutoff"], same_plate=values["same_plate"]
    )
    return _library(answer)


def map_(database: Database, values: Values) -> Reply:
    """Put structure against effect."""
    return _library(database.map(values["name"], dataset=values["dataset"], cutoff=values["cutoff"]))


def classes(database: Database, values: Values) -> Reply:
    """Say what classes gather among the hits of a compound, or how alike whole classes are."""
    name, kinds = values["name"], values["kind"]
    if name is not None:
        answer = database.classes(
            name,
            dataset=values["dataset"],
            k=values["k"],
            top=values["top"] or TOP,
            kinds=kinds,
            smarts=patterns(values["smarts"]),
            reverse=values["reverse"],
            exclude_same_plate=values["exclude_same_plate"],
            seed=values["seed"],
        )
        return _library(answer)
    of_hits = [one for one in ("smarts", "reverse", "exclude_same_plate", "top") if values[one]]
    if of_hits:
        raise InputError(f"{', '.join(of_hits)} looks at the hits of a compound; give its name")
    if len(kinds) > 1:
        raise InputError(f"{len(kinds)} kinds; expected one to compare class by class, or a name")
    kind = kinds[0] if kinds else "class"
    return _library(database.classes(dataset=values["dataset"], k=values["k"], kind=kind, seed=values["seed"]))


def evaluate(database: Database, values: Values) -> Reply:
    """Say how good a dataset is."""
    found = database.evaluate(
        dataset=values["dataset"], k=values["k"], seed=values["seed"], progress=values.get(PROGRESS)
    )
    value = found.to_dict()
    return Reply(value=value, records=flat(value), source=found)


def _filter(values: Values) -> Filter:
    """Make the filter of a search, of those parameters that its route has."""
    return filter_of(
        cell_line=values.get("cell_line"),
        dose=values.get("dose"),
        time=values.get("time"),
        labels=values.get("class"),
        where=values.get("where"),
        holds=values.get("holds"),
        active=values.get("active", False),
        different_scaffold=values.get("different_scaffold", False),
    )


def _hits(answer: StructureAnswer | JointAnswer, columns: Iterable[str]) -> Reply:
    """Write the answer of a search."""
    value = answer.to_dict()
    return Reply(value=value, records=value["hits"], columns=list(columns))


def _library(answer: LibraryAnswer) -> Reply:
    """Write the answer about a whole dataset."""
    value = answer.to_dict()
    columns = [] if value["hits"] else [str(name) for name in answer.hits.columns]
    return Reply(value=value, records=value["hits"], columns=columns)
