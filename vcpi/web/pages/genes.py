"""Pages that ask with genes measured elsewhere: two pasted lists, one list without sides, or a table of gene and value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from vcpi.errors import InputError
from vcpi.ingest.gene_sets import GeneLists, read_gene_lists
from vcpi.ingest.queries import read_query
from vcpi.web.pages.compounds import joint_page
from vcpi.web.pages.params import Params, command, link
from vcpi.web.pages.shell import LONGEST_LINK, NothingAskedError, ask, asked, csv_file, page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from vcpi.answers import JointAnswer
    from vcpi.database.core import Database

METHODS = ("cosine", "list_cosine", "xcos", "spearman", "wtcs", "xsum", "zhang", "ensemble")
_BOXES = ("up", "down", "genes", "table")
_LISTS = ("up", "down", "genes")
_MOST_PASTED = 5_000_000
_SHORT = 400
_DEFAULT = 10  # hits, and fewest genes, as on the command line
_LOST = (
    (
        "unmapped",
        "not known here: a typing error, no human gene, or one that neither this database nor vcpi has in a table",
    ),
    ("not_in_dataset", "human genes that this dataset does not measure"),
    ("ambiguous", "names of several genes"),
    ("duplicates", "named more than once"),
    ("spreadsheet_dates", "turned into dates by a spreadsheet"),
    ("both", "in both lists, left out of both"),
)


@asked
async def genes(request: Request, params: Params) -> Response:
    """Show the boxes for genes."""
    status, _ = await ask(request, lambda _database: None)
    return page("genes.html", status, params=params, methods=METHODS)


@asked
async def query(request: Request, params: Params) -> Response:
    """Show what does as the pasted genes say."""
    if "too_long" in params:
        raise InputError(f"What was pasted is too long; expected {_MOST_PASTED // 1_000_000} MB or less")
    pasted = {box: params.raw(box).strip() for box in _BOXES}
    filled = [box for box in _BOXES if pasted[box]]
    if not filled:
        raise NothingAskedError(
            "No genes; paste the genes that go up, those that go down, or a table of gene and value"
        )
    if "table" in filled and len(filled) > 1:
        raise InputError("A table and lists at once; give one of the two")
    if "genes" in filled and len(filled) > 1:
        raise InputError("A list without sides and lists with sides at once; give one of the two")
    params = Params([(name, " ".join(value.split()) if name in _LISTS else value) for name, value in params.pairs])
    address = link("/query", [(name, value) for name, value in params.pairs if value.strip()])
    short = len(address) <= LONGEST_LINK
    if request.method == "POST" and short:
        return RedirectResponse(address, status_code=303)
    options: dict[str, Any] = {
        "k": params.whole("k", _DEFAULT),
        "dataset": params.maybe("dataset"),
        "reverse": params.flag("reverse"),
        "method": params.maybe("method"),
        "min_genes": params.whole("min_genes", _DEFAULT),
    }
    where, value_column = params.filter(), params.maybe("value_column")

    def question(database: Database) -> JointAnswer:
        """Read what was pasted, and ask."""
        arguments, notes = _read(pasted, value_column)
        answer = database.query(**arguments, where=where, **options)
        return replace(answer, caveats=(*notes, *answer.caveats))

    status, answer = await ask(request, question)
    value = answer.to_dict()
    if params.text("format") == "csv":
        return csv_file(value["hits"], "query", columns=list(answer.hits.columns))
    return await run_in_threadpool(lambda: joint_page(
        "query.html", status, params, value, path="/query", command_line=_command(pasted, options, value_column),
        linked=short, report=_mapping(value["genes"]), methods=METHODS, pasted=pasted,
    ))  # fmt: skip


def _read(pasted: dict[str, str], value_column: str | None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read pasted text by the readers of files, from files of its own: a pasted text is never taken for a path."""
    with TemporaryDirectory(prefix="vcpi-") as folder:
        paths = {box: Path(folder) / f"{box}.txt" for box in _BOXES if pasted[box]}
        for box, path in paths.items():
            path.write_text(pasted[box].replace("\r\n", "\n") + "\n", encoding="utf-8")
        if "table" in paths:
            import pandas as pd  # the Python call takes a Series

            found = read_query(paths["table"], value_column=value_column)
            return {"signature": pd.Series(found.values, index=list(found.ids), dtype="float64")}, tuple(found.notes)
        lists: GeneLists = read_gene_lists(up=paths.get("up"), down=paths.get("down"), genes=paths.get("genes"))
    if lists.signed:
        return {"up": lists.up, "down": lists.down}, tuple(lists.notes)
    return {"genes": lists.up}, tuple(lists.notes)


def _mapping(genes: dict[str, Any]) -> dict[str, Any]:
    """Say what became of the genes."""
    dates = set(genes.get("spreadsheet_dates") or ())
    found = {name: [one for one in genes.get(name) or () if name == "spreadsheet_dates" or one not in dates] for name, _ in _LOST}  # fmt: skip
    lost = [(name.replace("_", " "), meaning, found[name]) for name, meaning in _LOST if found[name]]
    return {"n_ids": genes["n_ids"], "n_used": genes["n_used"], "used": genes.get("used", []), "lost": lost}


def _command(pasted: dict[str, str], options: dict[str, Any], value_column: str | None) -> str:
    """Write the command line; long lists stand in files."""
    given: dict[str, Any] = {}
    for box in ("up", "down", "genes"):
        words = pasted[box].replace(",", " ").replace(";", " ").split()
        given[box] = "" if not words else ",".join(words) if len(pasted[box]) <= _SHORT else f"{box}.txt"
    given["signature"] = "table.tsv" if pasted["table"] else ""
    shown = {**given, "value_column": value_column, **options}
    shown["k"] = None if options["k"] == _DEFAULT else options["k"]
    shown["min_genes"] = None if options["min_genes"] == _DEFAULT else options["min_genes"]
    return command("query", **shown)
