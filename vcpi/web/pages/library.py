"""Pages about a whole dataset: rankings, cliffs, hops, and what this database is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from vcpi.cli.evaluate import figures as headline
from vcpi.data.panel_tables import read_panels
from vcpi.errors import InputError, VcpiError
from vcpi.evaluate.page import page_parts
from vcpi.report.sections import cell
from vcpi.web.api import begin, work_key
from vcpi.web.fields import read_fields
from vcpi.web.pages.columns import CLIFFS, HOPS, RANKING
from vcpi.web.pages.params import command, link
from vcpi.web.pages.shell import NothingAskedError, ask, asked, csv_file, html, page
from vcpi.web.pages.tables import ordered, rows_of
from vcpi.web.pages.ways import for_page, for_page_html
from vcpi.web.table import VERBS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from vcpi.web.pages.params import Params

_EVALUATE = next(one for one in VERBS if one.name == "evaluate")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PLAIN = (  # how a figure begins, what it is in words, and whether it is a share
    ("same class, other plates: mAP", "compounds of one class find each other on other plates (mean average precision, 1 is best)", False),
    ("same class: mAP", "compounds of one class find each other (mean average precision, 1 is best)", False),
    ("classes found", "classes that are found beyond chance (q below 0.05)", True),
    ("sister well", "wells of one treatment find each other on their plate (mean average precision, 1 is best)", False),
    ("treatments whose wells", "treatments whose wells find each other", True),
    ("own plate among", "of the nearest, those on the same plate", True),
    ("plate leakage", "the same as a ratio to chance (1 is best)", False),
    ("plate named", "queries whose plate could be guessed from their nearest", True),
    ("inactive, same plate", "how alike inactive compounds of one plate seem (cosine, 0 is best)", False),
    ("p_noise of vehicle", "p-values of untreated wells are as even as they should be (p of a test)", False),
    ("vehicle wells with", "untreated wells with a neighbour at q below 0.05 (all of them false)", True),
    ("inactive with", "inactive compounds with a neighbour at q below 0.05", True),
    ("active with", "active compounds with a neighbour at q below 0.05", True),
    ("structure link: AUROC of", "pairs that look alike act more alike than others (AUROC, 1 is best)", False),
    ("structure link: AUROC, str", "the same for the stronger half", False),
)  # fmt: skip
_MOMENT_S = 0.3
_AT_ONCE = 5_000  # signatures of a dataset that is judged as soon as somebody looks: some seconds
_TYPE_BY = (
    "The box is empty; type a panel such as ifn, a sum such as FOS+EGR1+MAPK3, a gene set, or a gene as gene:TP53"
)
_K = 20  # rows where nothing else is asked, as on the command line
_SURE = 0.05  # q below which a row is beyond noise
_SLOW_S = 60.0


@asked
async def rank(request: Request, params: Params) -> Response:
    """Rank all compounds by one process."""
    by, label, lowest = params.text("by"), params.maybe("class"), params.flag("lowest")
    k, dataset = params.whole("k", _K), params.maybe("dataset")
    panels = read_panels()
    choices = [(one.key, one.title, one.meaning) for one in panels]
    if not by and params.has("by"):
        raise NothingAskedError(_TYPE_BY)
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
    return await run_in_threadpool(lambda: page(
        "rank.html", status, params=params, choices=choices, value=value, columns=columns, rows=rows, path="/rank",
        verdict=_verdict(value["hits"]), caveats=value["caveats"], command=line, csv=params.link("/rank", format="csv"), permalink=params.link("/rank"),
    ))  # fmt: skip


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
    return await run_in_threadpool(
        lambda: _pairs(status, params, answer.to_dict(), "cliffs", columns=CLIFFS, lead=lead, line=line)
    )


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
    return await run_in_threadpool(
        lambda: _pairs(status, params, answer.to_dict(), "hops", columns=HOPS, lead=lead, line=line)
    )


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
    wanted, asked_of = params.flag("evaluate"), params.maybe("dataset")
    status, _ = await ask(request, lambda _database: None)
    datasets = status["datasets"]
    if asked_of is not None and asked_of not in [one["name"] for one in datasets]:
        raise InputError(f"No dataset {asked_of[:60]!r}; there are: {', '.join(one['name'] for one in datasets)}")
    if wanted and asked_of is None and len(datasets) == 1:
        return RedirectResponse(link("/about", {"evaluate": "1", "dataset": datasets[0]["name"]}), status_code=303)
    if wanted and asked_of is None:
        raise InputError(
            f"There are several datasets; choose one of {', '.join(one['name'] for one in datasets)} below"
        )
    judged = {one["name"]: await _judged(request, one, wanted=wanted and one["name"] == asked_of) for one in datasets}
    line = command("evaluate", dataset=asked_of) if wanted else command("status")
    return await run_in_threadpool(
        lambda: page(
            "about.html",
            status,
            params=params,
            status=status,
            judged=judged,
            command=line,
            permalink=params.link("/about"),
        )
    )


async def _judged(request: Request, dataset: Mapping[str, Any], *, wanted: bool) -> dict[str, Any]:
    """Say how good a dataset is: what was found, how far the work is, or that it was not begun."""
    values = read_fields(_EVALUATE.fields, {"dataset": [dataset["name"]]}, json=False)
    small = dataset["n_signatures"] <= _AT_ONCE
    job = request.app.state.jobs.find(work_key(_EVALUATE, values))
    if job is None and not (wanted or small):
        return {"state": "not begun"}
    try:
        job = await begin(request, _EVALUATE, values, wait_s=_MOMENT_S)
        if not job.is_done:
            source = link("/api/v1/evaluate", {"dataset": dataset["name"]})
            return {
                "state": "running",
                "step": job.progress.step,
                "percent": round(100 * job.progress.share),
                "source": source,
            }
        reply = job.result()
    except VcpiError as error:
        return {"state": "failed", "told": for_page(str(error))}
    figures = [_plain(one) for one in headline(reply.value) if one["value"] is not None]
    whole = await run_in_threadpool(lambda: html([for_page_html(part) for part in page_parts(reply.source)]))
    return {
        "state": "done",
        "figures": figures,
        "whole": whole,
        "remarks": [text for one in reply.source.remarks if (text := for_page(one))],
    }


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write a figure of quality for who has never seen it: what was looked at, shares as per cent."""
    said, is_share = next(
        (found for start, *found in _PLAIN if row["figure"].startswith(start)), (row["figure"], False)
    )
    value, to_compare = cell(row["value"]), row["expected"].replace("p_noise", "p (noise)")
    if is_share:
        value = f"{row['value']:.1%}"
        to_compare = _NUMBER.sub(lambda match: f"{float(match[0]):.1%}", to_compare)
    return {**row, "said": said, "value": value, "expected": to_compare}
