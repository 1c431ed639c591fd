"""``vcpi evaluate``: how good the database is."""

from math import fsum
from pathlib import Path
from typing import Annotated, Any

import typer

from vcpi.cli import render
from vcpi.cli.options import DatasetOption, Format, FormatOption, open_workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)

PAGES = (".html", ".htm")
MOST_CLASSES = 40
FIGURES = {"figure": "figure", "value": "value", "expected": "expected", "verdict": "", "over": "over"}
CLASSES = {
    "label": "class",
    "n_queries": "queries",
    "mean_average_precision": "mAP",
    "normalized": "normalized",
    "chance": "chance",
    "p": "p",
    "q": "q",
}
BESIDE = {"name": "found by", "mean_average_precision": "mAP", "normalized": "normalized", "precision": "precision"}


@app.command()
def evaluate(
    ctx: typer.Context,
    dataset: DatasetOption = None,
    k: Annotated[int, typer.Option("-k", help="How many of the nearest count for plate leakage.", min=1)] = 50,
    seed: Annotated[int, typer.Option(help="Seed of all draws.", min=0)] = 0,
    output_format: FormatOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File for the answer; as .html a page with plots.")
    ] = None,
) -> None:
    """Say how good this database is: what it finds again, what the plate explains, what its p-values are worth.

    \b
    vcpi evaluate
    vcpi evaluate -o evaluation.html
    vcpi evaluate --dataset sim-demo-001 -f json
    """  # noqa: D301  click keeps the lines after its mark
    found = open_workspace(ctx).evaluate(dataset=dataset, k=k, seed=seed)
    if output_format is None and output is not None and output.suffix.lower() in PAGES:
        render.write(found.to_html(), output)
        return
    value = found.to_dict()
    output_format = render.chosen(output_format, output)
    if output_format is Format.table:
        render.write(_text(value), output)
        return
    render.write(render.rows(flat(value), output_format=output_format, value=value), output)


def flat(value: dict[str, Any]) -> list[dict[str, Any]]:
    """List every figure of an evaluation: its part, what in it the figure is about, its name, and the value.

    Examples
    --------
    >>> flat({"n_plates": 3, "retrieval": {"classes": [{"label": "mTOR inhibitor", "p": 0.01}]}})[1]
    {'part': 'retrieval.classes', 'about': 'mTOR inhibitor', 'figure': 'p', 'value': 0.01}
    """
    return _leaves(value, part="", about="")


def _leaves(value: dict[str, Any], *, part: str, about: str) -> list[dict[str, Any]]:
    """List the figures of one part."""
    rows: list[dict[str, Any]] = []
    for name, entry in value.items():
        inner = f"{part}.{name}" if part else name
        if isinstance(entry, dict):
            rows += _leaves(entry, part=inner, about=about)
        elif isinstance(entry, list):
            for place, one in enumerate(entry, start=1):
                if isinstance(one, dict):
                    label = one.get("label", one.get("name", str(place)))
                    rest = {key: each for key, each in one.items() if key not in ("label", "name")}
                    rows += _leaves(rest, part=inner, about=str(label))
                else:
                    rows.append({"part": part, "about": str(place), "figure": name, "value": one})
        else:
            rows.append({"part": part, "about": about, "figure": name, "value": entry})
    return rows


def _text(value: dict[str, Any]) -> str:
    """Write an evaluation for reading."""
    simulated = " (SIMULATED counts: no evidence about any compound)" if value["simulated"] else ""
    about = [f"{value['n_signatures']:,} signatures of {value['n_compounds']:,} compounds"]
    about.append(f"{value['n_plates']} plates" if value["n_plates"] else "no plates known")
    about.append(f"{value['n_active']:,} active")
    about.append(f"{value['n_classes']} classes")
    if value["n_replicates"] is not None:
        about.append(f"{value['n_replicates']:g} wells behind a signature (median)")
    lines = [f"How good is {value['name']}{simulated}", ", ".join(about), value["method"], ""]
    lines.append(render.table(figures(value), FIGURES))
    if value["retrieval"]:
        beside = [one for one in value["baselines"] if value["n_plates"] or one["name"] != "plate only"]
        rows = [{"name": "signatures", **value["retrieval"]}, *beside]
        lines += ["", f"{_asked(value)}:", render.table([_rounded(row) for row in rows], BESIDE)]
        lines += ["", *_class_table(value["retrieval"]["classes"])]
    lines += ["", *(f"note: {remark}" for remark in value["remarks"])]
    return "\n".join(lines)


def _class_table(classes: list[dict[str, Any]]) -> list[str]:
    """Show the classes; of very many those that were asked for most."""
    if len(classes) <= MOST_CLASSES:
        return [render.table([_rounded(row) for row in classes], CLASSES)]
    least = sorted((row["n_queries"] for row in classes), reverse=True)[MOST_CLASSES - 1]
    shown = [row for row in classes if row["n_queries"] >= least][:MOST_CLASSES]
    rest = f"the {len(shown)} largest of {len(classes)} classes; all of them with -f json, -f csv or -o FILE.html"
    return [render.table([_rounded(row) for row in shown], CLASSES), rest]


def _asked(value: dict[str, Any]) -> str:
    """Say where classes were looked for."""
    return "same class, other plates" if value["n_plates"] else "same class"


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Round what differs from 0 by the arithmetic only."""
    return {name: round(each, 6) if isinstance(each, float) else each for name, each in row.items()}


def figures(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Give one row a figure that was judged, with what it should be."""
    rows = [*_retrieval_figures(value), *_leakage_figures(value), *_null_figures(value["null_world"])]
    link, doses = value["structure"], value["doses"]
    if link:
        pairs = f"{link['n_pairs']:,} pairs of Tanimoto 0.8 or more"
        rows.append(_row("structure link: AUROC of effect", link["auroc"], "0.5 by chance", pairs))
        rows.append(_row("structure link: AUROC, stronger half", link["auroc_strong"], "0.5 by chance", "of these"))
    for step in doses["steps"] if doses else ():
        name = f"itself at the next dose ({step['low_um']:g}, {step['high_um']:g} µM): rank"
        rows.append(_row(name, step["rank"], "0.5 by chance", f"{step['n_compounds']:,} compounds"))
    for one in value["stability"]:
        over = f"{one['k']} nearest of {one['n_queries']:,} queries"
        rows.append(_row(f"{one['name']}: Jaccard of the nearest", one["mean"], _chance(one["chance"]), over))
    return rows


def _retrieval_figures(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what is found again: classes on other plates, sister wells on the same."""
    rows = []
    classes, wells = value["retrieval"], value["replicates"]
    if classes:
        n = sum(row["n_queries"] for row in classes["classes"])
        chance = fsum(row["chance"] * row["n_queries"] for row in classes["classes"]) / n
        over = f"{classes['n_queries']:,} active queries"
        rows.append(_row(f"{_asked(value)}: mAP", classes["mean_average_precision"], _chance(chance), over))
        over = f"{len(classes['classes'])} classes"
        rows.append(_row("classes found at q < 0.05", classes["significant"], "", over))
    if wells:
        over = f"{wells['n_wells']:,} wells"
        rows.append(
            _row("sister well, same plate: mAP", wells["mean_average_precision"], _chance(wells["chance"]), over)
        )
        over = f"{wells['n_treatments']:,} treatments"
        rows.append(_row("treatments whose wells find each other", wells["significant"], "", over))
    return rows


def _leakage_figures(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Give how far the plate shows through."""
    found = value["leakage"]
    if not found:
        return []
    over, named = f"{found['n_queries']:,} queries", _chance(found["accuracy_by_chance"])
    return [
        _row(f"own plate among the {found['k']} nearest", found["same_plate"], _chance(found["chance"]), over),
        _row("plate leakage: ratio to chance", found["ratio"], "1.2 or less", over),
        _row("plate named by the nearest", found["accuracy"], named, over),
    ]


def _null_figures(world: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what is found where nothing is."""
    rows = []
    if world["same_plate_cosine"] is not None:
        over = f"{world['n_inactive']:,} compounds"
        rows.append(_row("inactive, same plate: mean cosine", world["same_plate_cosine"], "0.03 or less", over))
    if world["uniformity"]:
        over = f"{world['uniformity']['n_queries']:,} pseudo-compounds"
        rows.append(_row("p_noise of vehicle wells uniform: p", world["uniformity"]["ks_p"], "above 0.01", over))
    for name, label, expected in (
        ("pseudo_neighbours", "vehicle wells with a neighbour, q < 0.05", "0.01 or less"),
        ("inactive_neighbours", "inactive with a neighbour, q < 0.05", "0.02 or less"),
        ("active_neighbours", "active with a neighbour, q < 0.05", ""),
    ):
        found = world[name]
        if found and found["share"] is not None:
            rows.append(_row(label, found["share"], expected, f"{found['n_queries']:,} queries"))
    return rows


def _row(figure: str, value: float | None, expected: str, over: str) -> dict[str, Any]:
    """Make one row of the figures."""
    return {"figure": figure, "value": value, "expected": expected, "verdict": _verdict(value, expected), "over": over}


def _verdict(value: float | None, expected: str) -> str:
    """Hold a figure against its limit; one without a limit has no verdict."""
    if value is None:
        return ""
    limit = expected.split(" ", maxsplit=1)
    if expected.endswith("or less"):
        return "ok" if value <= float(limit[0]) else "LOOK"
    if expected.startswith("above "):
        return "ok" if value > float(limit[1]) else "LOOK"
    return ""


def _chance(value: float | None) -> str:
    """Say what chance gives."""
    return "" if value is None else f"{value:.3f} by chance"
