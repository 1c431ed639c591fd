"""Pages about a whole dataset: rankings, cliffs, hops, and what this database is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse

from vcpi.data.panel_tables import read_panels
from vcpi.evaluate.page import page_parts
from vcpi.web.pages.columns import CLIFFS, HOPS, RANKING
from vcpi.web.pages.params import command, link
from vcpi.web.pages.shell import ask, asked, csv_file, html, page
from vcpi.web.pages.tables import ordered, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from vcpi.web.pages.params import Params

_K = 20  # rows where nothing else is asked, as on the command line
_SURE = 0.05  # q below which a row is beyond noise
_SLOW_S = 60.0
_EVALUATE_S = 120.0


@asked
async def rank(request: Request, params: Params) -> Response:
    """Rank all compounds by one process."""
    by, label, lowest = params.text("by"), params.maybe("class"), params.flag("lowest")
    k, dataset = params.whole("k", _K), params.maybe("dataset")
    panels = [one for one in read_panels() if not one.variant_of]
    choices = [(one.key, one.title) for one in panels]
    if not by:
        status, _ = await ask(request, lambda _database: None)
        return page("rank.html", status, params=params, choices=choices, value=None)
    status, answer = await ask(
        request, lambda database: database.rank(by, dataset=dataset, label=label, lowest=lowest, k=k), timeout_s=_SLOW_S
    )
    value = answer.to_dict()
    if params.text("format") == "csv":
        return csv_file(value["hits"], f"rank-{by}", columns=list(answer.hits.columns))
    columns, rows = rows_of(ordered(value["hits"], params), RANKING, why=False)
    line = command("rank", by, lowest=lowest, dataset=dataset, k=None if k == _K else k, **{"class": label})
    return page(
        "rank.html", status, params=params, choices=choices, value=value, columns=columns, rows=rows, path="/rank",
        verdict=_verdict(value["hits"]), caveats=value["caveats"], command=line, csv=params.link("/rank", format="csv"), permalink=params.link("/rank"),
    )  # fmt: skip


def _verdict(hits: Sequence[Mapping[str, Any]]) -> str:
    """Say how many of the rows are beyond noise, before anybody reads the first; nothing where q is not known."""
    known = [hit["q"] for hit in hits if hit.get("q") is not None]
    beyond = sum(q < _SURE for q in known)
    if not known:
        return ""
    if not beyond:
        return f"No row is beyond noise: the smallest q is {min(known):.2g}. The order below may be chance."
    return f"{beyond} of the {len(hits)} rows {'is' if beyond == 1 else 'are'} beyond noise (q below {_SURE})."


@asked
async def cliffs(request: Request, params: Params) -> Response:
    """Show what looks alike and acts differently."""
    k, cutoff, dataset = params.whole("k", _K), params.share("cutoff"), params.maybe("dataset")
    status, answer = await ask(
        request, lambda database: database.cliffs(dataset=dataset, k=k, cutoff=cutoff), timeout_s=_SLOW_S
    )
    summary = answer.summary
    lead = (
        f"{summary['n_cliffs']:,} of {summary['n_tested']:,} pairs that look alike act differently; in "
        f"{summary['n_other_effect']:,} of them both compounds act."
    )
    line = command("cliffs", k=None if k == _K else k, cutoff=cutoff, dataset=dataset)
    return _pairs(status, params, answer.to_dict(), "cliffs", columns=CLIFFS, lead=lead, line=line)


@asked
async def hops(request: Request, params: Params) -> Response:
    """Show what acts alike and looks different."""
    k, cutoff, dataset = params.whole("k", _K), params.share("cutoff"), params.maybe("dataset")
    same_plate = params.flag("same_plate")
    status, answer = await ask(
        request,
        lambda database: database.hops(dataset=dataset, k=k, cutoff=cutoff, same_plate=same_plate),
        timeout_s=_SLOW_S,
    )
    summary = answer.summary
    lead = (
        f"{summary['n_hops']:,} of {summary['n_alike_in_effect']:,} pairs alike in effect look different "
        f"({summary['n_active']:,} active compounds)."
    )
    line = command("hops", k=None if k == _K else k, cutoff=cutoff, same_plate=same_plate, dataset=dataset)
    return _pairs(status, params, answer.to_dict(), "hops", columns=HOPS, lead=lead, line=line)


def _pairs(
    status: dict[str, Any], params: Params, value: dict[str, Any], verb: str, *, columns: Any, lead: str, line: str  # noqa: ANN401
) -> Response:  # fmt: skip
    """Show pairs of a dataset."""
    if params.text("format") == "csv":
        return csv_file(value["hits"], verb, columns=("name_a", "name_b", "tanimoto", "connectivity"))
    shown, rows = rows_of(ordered(value["hits"], params), columns, p_least=value["method"].get("p_least"))
    return page(
        "pairs.html", status, params=params, verb=verb, lead=lead, columns=shown, rows=rows, path=f"/{verb}",
        caveats=value["caveats"], command=line, csv=params.link(f"/{verb}", format="csv"), permalink=params.link(f"/{verb}"),
    )  # fmt: skip


@asked
async def about(request: Request, params: Params) -> Response:
    """Say what this database is, and how good."""
    wanted, dataset = params.flag("evaluate"), params.maybe("dataset")
    if not wanted:
        status, _ = await ask(request, lambda _database: None)
        return page(
            "about.html",
            status,
            params=params,
            status=status,
            evaluation="",
            command=command("status"),
            permalink="/about",
        )
    if dataset is None:
        status, _ = await ask(request, lambda _database: None)
        if len(status["datasets"]) == 1:
            target = link("/about", {"evaluate": "1", "dataset": status["datasets"][0]["name"]})
            return RedirectResponse(target, status_code=303)
    status, found = await ask(request, lambda database: database.evaluate(dataset=dataset), timeout_s=_EVALUATE_S)
    return page(
        "about.html", status, params=params, status=status, evaluation=html(page_parts(found)), caveats=found.remarks,
        command=command("evaluate", dataset=dataset), permalink=params.link("/about"),
    )  # fmt: skip
