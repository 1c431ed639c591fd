"""``vcpi explain``: why one compound is a hit of another."""

from dataclasses import asdict
from math import fsum
from pathlib import Path
from typing import Annotated, Any

import typer

from vcpi.cli import render
from vcpi.cli.options import DatasetOption, Format, FormatOption, OutputOption, open_workspace, single
from vcpi.cli.plotting import PlotOption, check, plot_explanation

app = typer.Typer(rich_markup_mode=None, add_completion=False)

GENES = {
    "gene": "gene",
    "contribution": "adds",
    "query_lfc": "lfc",
    "query_se": "± se",
    "hit_lfc": "lfc of hit",
    "hit_se": "± se ",
    "query_z": "z",
    "hit_z": "z of hit",
}
SETS = {"name": "gene set", "n": "genes", "sum": "adds", "z": "z", "p": "p", "q": "q"}
MOST_SETS = 10


@app.command()
def explain(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="The compound that was asked about.")],
    hit: Annotated[str, typer.Argument(help="The compound whose score is explained.")],
    genes: Annotated[int, typer.Option("--genes", help="How many genes to show at either end.", min=1)] = 10,
    gene_sets: Annotated[
        Path | None, typer.Option("--gene-sets", help="GMT file: which sets gather among the genes behind the score.")
    ] = None,
    dataset: DatasetOption = None,
    plot: PlotOption = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Take a score apart: genes for and against it, gene sets, replicates, plates, strength, common substructure.

    With -o FILE.html the answer is a page with both structures, -f csv lists every gene. adds: what a gene adds to the
    score; all genes together sum to it.

    \b
    vcpi explain everolimus torin-1
    vcpi explain sirolimus wortmannin --gene-sets hallmark.gmt
    vcpi explain everolimus tacrolimus -o why.html
    """  # noqa: D301  click keeps the lines after its mark
    check(plot)
    single([query, hit], "explain")
    sets = {}
    if gene_sets is not None:
        from vcpi.ingest.gene_sets import read_gmt

        sets = read_gmt(gene_sets)
    found = open_workspace(ctx).explain(query, hit, dataset=dataset, gene_sets=sets)
    if plot is not None:
        plot_explanation(found, plot, n_genes=genes)
    if output_format is None and output is not None and output.suffix.lower() in render.PAGES:
        from vcpi.database.explain_page import explanation_page

        figures = _figures(found.to_dict(n_genes=genes))
        render.write(explanation_page(found, figures, n_genes=genes), output)
        return
    output_format = render.chosen(output_format, output)
    value = found.to_dict(n_genes=genes)
    if output_format is Format.table:
        render.write(_text(value), output)
        return
    rows = [asdict(gene) for gene in found.records]
    render.write(render.rows(rows, output_format=output_format, value=value), output)


def _text(value: dict[str, Any]) -> str:
    """Write an explanation for reading."""
    scores, query, hit = value["scores"], value["query"], value["hit"]
    lines = [f"Why {hit['name']} is at {scores['connectivity']:.3f} of {query['name']} ({query['dataset']})", ""]
    lines += [f"{name:<24}{text}" for name, text in _figures(value)]
    for part, title in (("agreeing", "genes that carry it"), ("disagreeing", "genes that speak against it")):
        if value[part]:
            rows = [{**gene, "gene": gene["gene_symbol"] or gene["gene_id"]} for gene in value[part]]
            lines += ["", f"{title}:", render.table(rows, _present(rows))]
    total = [fsum(gene["contribution"] for gene in value[part]) for part in ("agreeing", "disagreeing")]
    others = value["other_genes"]
    lines += ["", f"sum: {total[0]:+.3f} {total[1]:+.3f} and {others['contribution']:+.3f} of {others['n']:,} other genes "
              f"= {scores['connectivity']:.3f}"]  # fmt: skip
    if value["gene_sets"]:
        lines += ["", "gene sets that gather among the genes for (z above 0) or against it:"]
        lines.append(render.table(value["gene_sets"][:MOST_SETS], SETS))
    return "\n".join([*lines, *(f"note: {caveat}" for caveat in value["caveats"])])


def _figures(value: dict[str, Any]) -> list[tuple[str, str]]:
    """Say in words what the score rests on."""
    scores, query, hit, method = value["scores"], value["query"], value["hit"], value["method"]
    found = [("relation", scores["relation"] or "-"), ("rank by signature", str(scores["signature_rank"]))]
    if scores["p_noise"] is not None:
        what = (
            "profiles without an effect"
            if method["null"] not in {None, "unrelated-compounds"}
            else "unrelated compounds"
        )
        found.append(
            (
                "against noise",
                f"p {_least(scores, method)}, q {_least(scores, method, 'q_noise')} ({method['n_null']:,} {what})",
            )
        )
    if scores["p_specific"] is not None:
        found.append(("among as strong ones", f"p {scores['p_specific']:.3f} (active compounds of other scaffolds)"))
    if scores["tau"] is not None:
        found.append(("from the hit's side", f"tau {scores['tau']:.1f}"))
    if scores["split_min"] is not None:
        one = scores["split_min"] == scores["split_mean"]
        more = "" if one else f" at least, {scores['split_mean']:.3f} on average"
        found.append(("single replicates", f"{scores['split_min']:.3f}{more}"))
    if scores["same_plate"] is not None:
        found.append(("same plate", "yes" if scores["same_plate"] else "no"))
    for name, side in (("query", query), ("hit", hit)):
        if side.get("strength") is not None:
            acts = {True: ", active", False: ", inactive", None: ""}[side["active"]]
            n = "" if side["n_replicates"] is None else f", n={side['n_replicates']}"
            found.append((f"strength of {name}", f"{side['strength']:.3f}{acts}{n}"))
    if scores["tanimoto"] is not None:
        found.append(("structure", f"Tanimoto {scores['tanimoto']:.3f}, rank {scores['structure_rank']}"))
    return [*found, *_common(value["structure"])]


def _least(scores: dict[str, Any], method: dict[str, Any], shown: str = "p_noise") -> str:
    """Write p or q, as a bound where p is the smallest that there is."""
    is_bound = str(render.bounded(scores, method.get("p_least"), shown=shown)).startswith("<")
    return f"{'below ' if is_bound else ''}{scores[shown]:.2g}"


def _common(structure: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Say what the structures share."""
    if structure is None:
        return []
    if not structure["has_core"]:
        return [("common core", f"no common core (the largest part of both has {structure['core_atoms']} heavy atoms)")]
    found = [("common core", f"{structure['core_atoms']} heavy atoms")]
    for name, part in (("only in the query", "only_a"), ("only in the hit", "only_b")):
        if structure[part]:
            found.append((name, ", ".join(structure[part])))
    return found


def _present(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Leave out columns that a dataset does not keep."""
    return {name: label for name, label in GENES.items() if any(row[name] is not None for row in rows)}
