"""``vcpi facts``: the documents that a workspace holds, and what in them does not go together."""

from dataclasses import asdict
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from vcpi.cli import render
from vcpi.cli.options import Format, FormatOption, OutputOption, open_workspace
from vcpi.facts import KIND_WORDS

if TYPE_CHECKING:
    from vcpi.database.conflicts import Conflict
    from vcpi.facts import FactFile

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="List documents of compound facts, and what in them does not go together.\n\n"
    "\b\nvcpi facts list\nvcpi facts check",
)

_WIDTH = 118
_LIST = {
    "id": "document",
    "kind": "kind",
    "n_compounds": "compounds",
    "n_joined": "joined",
    "n_measurements": "potencies",
    "n_statements": "statements",
    "n_findings": "not found",
    "n_protocols": "protocols",
    "n_tables": "tables",
    "n_references": "references",
}
_TITLES = {
    "contradiction": "contradictions",
    "rounding": "explained by rounding",
    "open": "cannot be told from what is printed",
    "agrees": "agrees",
}


@app.command("list")
def list_(ctx: typer.Context, output_format: FormatOption = None, output: OutputOption = None) -> None:
    """List the documents, how many facts each holds, and which compounds are joined to none of the workspace.

    \b
    vcpi facts list
    """  # noqa: D301  click keeps the lines after its mark
    from vcpi.database.cards import list_documents

    output_format = render.chosen(output_format, output)
    found = list_documents(open_workspace(ctx))
    flat = [{**entry, "unjoined": [f"{key}: {why}" for key, why in entry["unjoined"].items()]} for entry in found]
    render.write(render.rows(flat, output_format=output_format, columns=_LIST, value=found), output)
    for entry in flat:
        for line in entry["unjoined"]:
            render.remark(f"unjoined in {entry['id']}: {line}")


@app.command()
def check(
    ctx: typer.Context,
    documents: Annotated[
        list[str] | None,
        typer.Argument(help="Ids of documents, or fact files (.yaml, .json); all where none is named."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List what agrees too.")] = False,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Find what does not go together: sums, panel means, analyses, structures, and claims that contradict each other.

    \b
    vcpi facts check
    vcpi facts check rapamycin-thp1-hand-made --all
    vcpi facts check my-facts.yaml
    """  # noqa: D301  click keeps the lines after its mark
    output_format = render.chosen(output_format, output)
    checked = _checked(ctx, documents or [])
    conflicts = [one for _, found in checked for one in found if everything or one.level != "agrees"]
    if output_format is Format.table:
        render.write(
            "\n\n".join(_text(facts, found, everything=everything) for facts, found in checked) or "(no documents)",
            output,
        )
        return
    render.write(render.rows([asdict(one) for one in conflicts], output_format=output_format), output)


def _checked(ctx: typer.Context, documents: list[str]) -> "list[tuple[FactFile, list[Conflict]]]":
    """Check files as they are, and documents of the workspace by id."""
    paths = [Path(name) for name in documents]
    if paths and all(path.is_file() for path in paths):
        from vcpi.database.fact_identity import check_facts
        from vcpi.ingest.facts import read_facts

        read = [read_facts(path).facts for path in paths]
        return [(facts, check_facts(facts)) for facts in read]
    from vcpi.database.cards import check_documents

    return check_documents(open_workspace(ctx), documents)


def _text(facts: "FactFile", found: "list[Conflict]", *, everything: bool) -> str:
    """Write what came of a document."""
    one = facts.document
    lines = [f"{one.id}: {one.title} ({KIND_WORDS[one.kind]}, not measured by vcpi)"]
    for level, title in _TITLES.items():
        entries = [conflict for conflict in found if conflict.level == level]
        if not entries or (level == "agrees" and not everything):
            continue
        lines += ["", f"{title} ({len(entries)})"]
        for conflict in entries:
            lines.append(f"  {conflict.subject} [{conflict.kind}]")
            for claim in conflict.claims:
                lines += wrap(claim, _WIDTH, initial_indent="    - ", subsequent_indent="      ")
            lines += wrap(conflict.found, _WIDTH, initial_indent="    ", subsequent_indent="    ")
    agree = sum(conflict.level == "agrees" for conflict in found)
    if not found:
        lines += ["", "nothing in it can be held against anything else"]
    elif not everything:
        lines += ["", f"{agree} of {len(found)} checks agree{' (--all lists them)' if agree else ''}"]
    return "\n".join(lines)
