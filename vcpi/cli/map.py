"""``vcpi map``: structure against effect."""

from typing import Annotated, Any

import typer

from vcpi.cli import library, render
from vcpi.cli.options import DatasetOption, FormatOption, OutputOption, open_workspace, single
from vcpi.cli.plotting import PlotOption, check, plot_library

app = typer.Typer(rich_markup_mode=None, add_completion=False)

STRATA = {
    "all": "all",
    "cross_plate": "no common plate",
    "active": "both active",
    "active_cross_plate": "both active, no common plate",
}
QUADRANTS = {
    "pairs": "pairs",
    "n_pairs": "n",
    "both": "alike in both",
    "structure_only": "structure only",
    "effect_only": "effect only",
    "neither": "neither",
    "expected_both": "both by chance",
    "odds_ratio": "odds ratio",
    "p_fisher": "p (Fisher)",
    "p_shuffled": "p (shuffled)",
}
POINTS = {
    "rank": "rank",
    "name": "name",
    "tanimoto": "Tanimoto",
    "connectivity": "connectivity",
    "q_noise": "q",
    "corner": "alike in",
    "strength": "strength",
    "same_plate": "same plate",
}
NOTABLE = {
    "corner": "alike in",
    "name_a": "compound",
    "name_b": "and",
    "tanimoto": "Tanimoto",
    "connectivity": "connectivity",
}
N_SHOWN = 20


@app.command("map")
def map_(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="Name, synonym, source id, InChIKey or SMILES; all pairs if left out.")
    ] = None,
    cutoff: Annotated[
        float | None, typer.Option(help="Tanimoto from which a pair looks alike; 0.5 if left out.")
    ] = None,
    dataset: DatasetOption = None,
    plot: PlotOption = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Put structure against effect; CSV and JSON hold every compound, or the cells of the map of all pairs.

    \b
    vcpi map
    vcpi map sirolimus -f csv -o sirolimus-map.csv
    """  # noqa: D301  click keeps the lines after its mark
    check(plot)
    if name is not None:
        single([name], "map")
    database = open_workspace(ctx)
    answer = database.map(name, dataset=dataset, cutoff=cutoff)
    if plot is not None:
        plot_library(database, answer, plot, kind="map")
    query, method = answer.query, answer.method
    what = f"{query['name']} and all others" if name is not None else "all pairs"
    headline = f"Structure against effect in {query['dataset']}: {what}\n{_quadrants(answer.summary['quadrants'])}"
    bars = f"alike in structure: Tanimoto {method['alike_in_structure_from']:.2f} or more; in effect: {method['alike_in_effect']}"
    if name is None:
        rows = [{"corner": corner, **row} for corner, pairs in answer.summary["notable"].items() for row in pairs]
        body, footer = (rows, NOTABLE), f"{bars}\n{len(answer.records)} cells of the map are in CSV and JSON"
    else:
        hits = answer.to_dict()["hits"]
        notable = [hit for hit in hits if hit["corner"] != "neither"]
        body, footer = (notable[:N_SHOWN], POINTS), bars
        if len(notable) > N_SHOWN:
            footer += (
                f"\nthe first {N_SHOWN} of {len(notable)} that are alike in either; CSV and JSON hold all {len(hits)}"
            )
    library.write(
        answer,
        headline=headline,
        columns=body[1],
        rows=body[0],
        footer=footer,
        output_format=output_format,
        output=output,
    )


def _quadrants(strata: dict[str, Any]) -> str:
    """Write the counts of the corners."""
    rows = [{"pairs": STRATA[name], **counts} for name, counts in strata.items() if counts is not None]
    shown = {field: label for field, label in QUADRANTS.items() if any(row.get(field) is not None for row in rows)}
    return render.table(rows, shown)
