"""Pages that ask about compounds: the start, likeness in effect and structure, one compound, two of them, several."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from vcpi.answers import JointAnswer
from vcpi.errors import InputError, VcpiError
from vcpi.web.pages import card, scatter
from vcpi.web.pages.columns import ANALOGS, EFFECTS, LIKE, MEANINGS
from vcpi.web.pages.params import command, link
from vcpi.web.pages.shell import NothingAskedError, ask, asked, csv_file, html, nothing_asked, page
from vcpi.web.pages.tables import NONE, drawing_link, figure, ordered, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from vcpi.answers import Explanation
    from vcpi.database.core import Database
    from vcpi.web.pages.params import Params

METHODS = ("cosine", "xcos", "spearman", "wtcs", "xsum", "zhang", "ensemble")
FAMILIES = ("skeleton", "scaffold", "framework", "macrocycle")
_EXAMPLES = ("everolimus", "tacrolimus", "vorinostat", "dexamethasone", "sirolimus")
_MOST_NAMES = 8
_PARTED = re.compile(r";|(?<!\d),|,(?!\d)")  # not the comma of 2,4-dinitrophenol
_K = 10  # hits where nothing else is asked, as on the command line
_SLOW_S = 60.0
_TYPE_NAME = "The box is empty; type a name such as everolimus, or paste a SMILES, an InChIKey or a source id"
_TYPE_NAMES = "The box is empty; type two to eight names, one a line, such as sirolimus and tacrolimus"
_TYPE_SMARTS = (
    "The box is empty; draw or write the part that compounds should hold, such as C(=O)NO for a hydroxamic acid"
)


@asked
async def start(request: Request, params: Params) -> Response:
    """Show the one search box."""
    status, examples = await ask(request, _examples)
    return await run_in_threadpool(lambda: page("start.html", status, examples=examples, params=params))


def _examples(database: Database) -> list[str]:
    """Name compounds that the workspace holds, to try."""
    from vcpi.web.pages.suggestions import complete

    found = [name for name in _EXAMPLES if name in complete(database, name, n=1)]
    return found or [hit["name"] for hit in database.table("compound")[:3]]


@asked
async def like(request: Request, params: Params) -> Response:
    """Show what else behaves like a compound."""
    names = params.every("name")
    if not names:
        return nothing_asked(params, "name", _TYPE_NAME, "/")
    where, k = params.filter(), params.whole("k", _K)
    options: dict[str, Any] = {
        "k": k,
        "dataset": params.maybe("dataset"),
        "reverse": params.flag("reverse"),
        "exclude_same_plate": params.flag("exclude_same_plate"),
        "without": params.every("without"),
        "method": params.text("method") or "cosine",
    }
    plain = not where.any and len(names) == 1 and options["method"] == "cosine" and not options["without"]

    def question(database: Database) -> tuple[JointAnswer, Any]:
        """Ask for the hits, and where all compounds lie."""
        answer = database.like(names if len(names) > 1 else names[0], where=where, **options)
        return answer, _whole_map(database, answer, options["dataset"]) if plain and answer.records else None

    status, (answer, everything) = await ask(request, question)
    value = answer.to_dict()
    if params.text("format") == "csv":
        return csv_file(value["hits"], f"like-{value['query']['name']}", columns=list(answer.hits.columns))
    line = command(
        "like", *names, k=None if k == _K else k, dataset=options["dataset"], reverse=options["reverse"],
        exclude_same_plate=options["exclude_same_plate"], without=options["without"],
        method=None if options["method"] == "cosine" else options["method"], **_filter_options(params),
    )  # fmt: skip
    return await run_in_threadpool(
        lambda: joint_page(
            "like.html", status, params, value, path="/like", command_line=line, everything=everything, methods=METHODS
        )
    )


def _filter_options(params: Params) -> dict[str, Any]:
    """Write what a search leaves in as options of the command line."""
    return {
        "cell_line": params.maybe("cell_line"),
        "class": params.every("class"),
        "where": params.every("where"),
        "holds": params.maybe("holds"),
        "active": params.flag("active"),
        "different_scaffold": params.flag("different_scaffold"),
    }


def _whole_map(database: Database, answer: JointAnswer, dataset: str | None) -> Any:  # noqa: ANN401  LibraryAnswer, or None
    """Ask where all compounds lie; None where the query has no structure."""
    try:
        return database.map(answer.query["inchikey"] or answer.query["name"], dataset=dataset)
    except VcpiError:
        return None


def joint_page(
    template: str,
    status: dict[str, Any],
    params: Params,
    value: dict[str, Any],
    *,
    path: str,
    command_line: str,
    everything: Any = None,  # noqa: ANN401  LibraryAnswer, or None
    linked: bool = True,
    **more: Any,  # noqa: ANN401  of the template
) -> Response:
    """Show a joint answer: hits, the picture, analogs that act differently, caveats.

    Parameters
    ----------
    template, status, params
        Of the page.
    value
        ``JointAnswer.to_dict()``.
    path, command_line, linked
        What reproduces it; a view with much pasted text has no link.
    everything
        The map of the same query, for the picture.
    **more
        What else the template names.
    """
    query = value["query"]
    key = str(query.get("inchikey") or "")
    drawn_with = key if query.get("compound_id") is not None else _typed(params, query)
    asked_with = key or (str(query["name"]) if query.get("compound_id") is not None else "")
    least = value["method"].get("p_least")
    several = len(params.every("name")) > 1
    measured = any(hit["connectivity"] is not None for hit in value["analogs"])
    like = "" if several else drawn_with
    columns, rows = rows_of(
        ordered(value["hits"], params), LIKE, p_least=least, query=like, why=bool(asked_with) and not several
    )
    analog_columns, analogs = rows_of(
        value["analogs"], LIKE, p_least=least, query=like, why=bool(asked_with) and measured
    )
    return page(
        template,
        status,
        params=params,
        value=value,
        query=query,
        method=value["method"],
        about=_about(query),
        query_drawing=drawing_link(drawn_with) if drawn_with else "",
        columns=columns,
        rows=rows,
        why_first=next((one.href for row in rows[:1] for one in row if one.kind == "why"), "")
        if unsorted(params)
        else "",
        analog_columns=analog_columns,
        analogs=analogs,
        measured=measured,
        picture=html(scatter.picture(value, everything, query=asked_with)),
        caveats=value["caveats"],
        command=command_line,
        csv=params.link(path, format="csv") if linked else "",
        permalink=params.link(path, format=None) if linked else "",
        path=path,
        **more,
    )


def unsorted(params: Params) -> bool:
    """Say whether the rows stand in the order of the answer."""
    return params.text("sort") in {"", "rank"}


def _typed(params: Params, query: dict[str, Any]) -> str:
    """Return the structure of a query that the workspace does not hold, as it was typed."""
    names = params.every("name")
    return names[0] if query.get("inchikey") and len(names) == 1 else ""


def _about(query: dict[str, Any]) -> list[tuple[str, str]]:
    """Say what was asked with, and how strong that is."""
    found = [("dataset", query.get("dataset"))]
    if query.get("dose_um") is not None:
        found.append(("dose", f"{query['dose_um']:g} µM"))
    if query.get("time_h") is not None:
        found.append(("time", f"{query['time_h']:g} h"))
    found += [("cells", query.get("cell_line")), ("wells", query.get("n_replicates"))]
    if query.get("strength") is not None:
        found.append(("strength", figure(query["strength"])))
    if query.get("active") is not None:
        found.append(("effect", "active" if query["active"] else "inactive: nothing beyond noise"))
    return [(label, str(text)) for label, text in found if text is not None]


@asked
async def analogs(request: Request, params: Params) -> Response:
    """Show what looks like a compound or a drawn structure."""
    name = params.text("name")
    if not name:
        return nothing_asked(params, "name", _TYPE_NAME, "/sketch")
    k, cutoff, same, where = params.whole("k", 20), params.share("cutoff"), params.maybe("same"), params.filter()
    if same not in (None, *FAMILIES):
        raise InputError(f"same is {same!r:.40}; expected one of {', '.join(FAMILIES)}")
    status, answer = await ask(
        request,
        lambda database: database.analogs(name, k=k, cutoff=cutoff, where=where, same=same),  # type: ignore[arg-type]  # checked above
    )
    value = answer.to_dict()
    if params.text("format") == "csv":
        return csv_file(value["hits"], f"analogs-{value['query']['name']}", columns=list(answer.hits.columns))
    held = value["query"].get("compound_id") is not None
    key = (value["query"].get("inchikey") or name) if held else name
    columns, rows = rows_of(ordered(value["hits"], params), ANALOGS, query=key, why=False)
    return await run_in_threadpool(lambda: page(
        "analogs.html", status, params=params, query=value["query"], columns=columns, rows=rows, held=held,
        query_drawing=drawing_link(key), caveats=value["caveats"], families=FAMILIES, path="/analogs",
        command=command("analogs", name, k=None if k == _K else k, cutoff=cutoff, same=same, **_filter_options(params)),
        csv=params.link("/analogs", format="csv"), permalink=params.link("/analogs"),
    ))  # fmt: skip


@asked
async def substructure(request: Request, params: Params) -> Response:
    """Show what holds a substructure."""
    smarts = params.text("smarts")
    if not smarts:
        return nothing_asked(params, "smarts", _TYPE_SMARTS, "/sketch")
    k = params.whole("k", 100)
    status, answer = await ask(request, lambda database: database.substructure(smarts, k=k, timeout_s=8.0))
    value = answer.to_dict()
    if params.text("format") == "csv":
        return csv_file(value["hits"], "substructure", columns=list(answer.hits.columns))
    columns, rows = rows_of(ordered(value["hits"], params), ANALOGS, why=False)
    return await run_in_threadpool(lambda: page(
        "substructure.html", status, params=params, query=value["query"], columns=columns, rows=rows,
        caveats=value["caveats"], command=command("substructure", smarts, k=k), path="/substructure",
        csv=params.link("/substructure", format="csv"), permalink=params.link("/substructure"),
    ))  # fmt: skip


@asked
async def sketch(request: Request, params: Params) -> Response:
    """Show the sketcher, with boxes for SMILES and SMARTS."""
    status, _ = await ask(request, lambda _database: None)
    return await run_in_threadpool(lambda: page("sketch.html", status, params=params))


@asked
async def compound(request: Request, params: Params) -> Response:
    """Show one compound: the card and the signalling report."""
    name, dataset = params.text("name"), params.maybe("dataset")
    if not name:
        return nothing_asked(params, "name", _TYPE_NAME, "/")
    status, (found, profile) = await ask(
        request, lambda database: (database.card(name), database.profile(name, dataset=dataset)), timeout_s=_SLOW_S
    )
    if params.text("format") == "csv":
        return csv_file(list(profile.called), f"genes-{found.compound.name}", columns=("gene_id", "gene_symbol"))
    key = found.compound.inchikey or found.compound.name
    return await run_in_threadpool(lambda: page(
        "compound.html", status, params=params, compound=found.compound, key=key, pairs=card.pairs(found),
        nearest=found.nearest_measured, reported=html(card.reported(found)), report=html(card.report(profile)),
        measured=found.measured, drawing=drawing_link(key) if found.compound.smiles else "",
        caveats=found.compound.caveats, command=command("profile", name, dataset=dataset),
        card_command=command("compound", name), csv=params.link("/compound", format="csv") if profile.called else "",
        permalink=params.link("/compound"),
    ))  # fmt: skip


@asked
async def explain(request: Request, params: Params) -> Response:
    """Show why one compound is a hit of another."""
    query, hit, dataset = params.text("query"), params.text("hit"), params.maybe("dataset")
    if not query or not hit:
        raise InputError("An explanation needs two compounds; name the query and the hit")
    n_genes = params.whole("genes", _K, most=200)

    def question(database: Database) -> Explanation:
        """Explain with the gene sets of the workspace."""
        return database.explain(query, hit, dataset=dataset, gene_sets=database.gene_sets() or None)

    status, found = await ask(request, question, timeout_s=_SLOW_S)
    if params.text("format") == "csv":
        from dataclasses import asdict

        name = f"explain-{found.query['name']}-{found.hit['name']}"
        return csv_file([asdict(gene) for gene in found.records], name)
    value = found.to_dict(n_genes=n_genes)
    pair = {"a": str(value["query"]["inchikey"] or query), "b": str(value["hit"]["inchikey"] or hit), "mark": "core"}
    return await run_in_threadpool(lambda: page(
        "explain.html", status, params=params, value=value, scores=value["scores"], figures=card.figures(value), in_short=card.in_short(value),
        tables=[("Genes that carry it", value["agreeing"]), ("Genes that speak against it", value["disagreeing"])],
        number=_signed, structures=link("/pair.svg", pair) if value["structure"] else "",
        back=link("/like", {"name": pair["a"]}), both=link("/compare", [("name", pair["a"]), ("name", pair["b"])]),
        caveats=value["caveats"], permalink=params.link("/explain"), csv=params.link("/explain", format="csv"),
        command=command("explain", query, hit, dataset=dataset, genes=None if n_genes == _K else n_genes),
    ))  # fmt: skip


def _signed(value: float | None) -> str:
    """Write a number with its sign; a stroke where it is not known."""
    return NONE if value is None else figure(value, signed=True)


def _compared(lines: Sequence[str]) -> list[str]:
    """Return the names once each; a single line may hold several, parted by commas or semicolons.

    Examples
    --------
    >>> _compared(["a, b;c"]), _compared(["2,4-dinitrophenol,b"])
    (['a', 'b', 'c'], ['2,4-dinitrophenol', 'b'])
    """
    if len(lines) == 1:
        lines = [name.strip() for name in _PARTED.split(lines[0]) if name.strip()]
    return list(dict.fromkeys(lines))


@asked
async def compare(request: Request, params: Params) -> Response:
    """Show compounds side by side."""
    names, dataset = _compared(params.every("name")), params.maybe("dataset")
    if not names:
        if params.has("name"):
            raise NothingAskedError(_TYPE_NAMES)
        status, _ = await ask(request, lambda _database: None)
        return page("compare.html", status, params=params, names=[], value=None)
    if len(names) == 1:
        raise InputError(f"Only {names[0]!r:.80} is named; expected two to {_MOST_NAMES} compounds, one a line")
    if len(names) > _MOST_NAMES:
        raise InputError(f"{len(names)} compounds; expected two to {_MOST_NAMES}")
    status, found = await ask(request, lambda database: database.compare(names, dataset=dataset), timeout_s=_SLOW_S)
    value = found.to_dict()
    if params.text("format") == "csv":
        return csv_file(value["pairs"], "compare")
    return await run_in_threadpool(lambda: page(
        "compare.html", status, params=params, names=names, value=value, compounds=value["compounds"],
        fields=card.side_by_side(value), meanings=MEANINGS, words=EFFECTS, pairs=card.pair_rows(value), effects=html(card.effects(value)),
        caveats=value["caveats"], command=command("compare", *names, dataset=dataset), csv=params.link("/compare", format="csv"),
        permalink=params.link("/compare"),
    ))  # fmt: skip
