"""``vcpi status``: what the workspace holds."""

from typing import Any

import typer

from vcpi.cli import render
from vcpi.cli.options import Format, FormatOption, OutputOption, open_workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)

DATASETS = {
    "name": "dataset",
    "kind": "kind",
    "origin": "origin",
    "n_signatures": "signatures",
    "n_compounds": "compounds",
    "n_samples": "wells",
    "n_plates": "plates",
    "n_measured": "genes measured",
    "n_genes": "genes in source",
    "baseline": "baseline",
}


@app.command()
def status(ctx: typer.Context, output_format: FormatOption = None, output: OutputOption = None) -> None:
    """Say what the workspace holds.

    \b
    vcpi status
    vcpi status -f json
    """  # noqa: D301  click keeps the lines after its mark
    output_format = render.chosen(output_format, output)
    value = open_workspace(ctx).status()
    datasets = [{**row, "origin": "SIMULATED" if row["simulated"] else "as ingested"} for row in value["datasets"]]
    if output_format is not Format.table:
        render.write(render.rows(datasets, output_format=output_format, value=value), output)
        return
    render.write(_text(value, datasets), output)


def _text(value: dict[str, Any], datasets: list[dict[str, Any]]) -> str:
    """Write the status for reading."""
    counts = value["counts"]
    lines = [
        f"vcpi-search {value['version']}, workspace {value['home']}",
        f"{counts['compound']} compounds ({counts['compound_with_structure']} with a structure), {counts['name']} names, "
        f"{counts['annotation']} annotations, {counts['signature']} signatures, {counts['rejected']} rejected rows",
        "",
        render.table(datasets, DATASETS),
        "",
        render.table(value["indexes"], {"kind": "index", "file": "file", "n_rows": "rows"}),
    ]
    lines += [
        f"like --fast finds {row['recall']:.1%} of the ten nearest (measured on signatures of this dataset): {row['file']}"
        for row in value["indexes"]
        if row["recall"] is not None
    ]
    if value["rejected"]:
        lines += ["", render.table(value["rejected"], {"n": "rejected", "reason": "reason"})]
    for row in datasets:
        lines += [f"note ({row['name']}): {note}" for note in row["notes"]]
    return "\n".join(lines)
