"""``vcpi classes``: what classes gather among the hits of a compound, or how alike whole classes are."""

from typing import Annotated

import typer

from vcpi.answers import LibraryAnswer
from vcpi.cli import library
from vcpi.cli.options import DatasetOption, FormatOption, OutputOption, open_workspace, single

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HITS = {
    "rank": "rank",
    "kind": "kind",
    "name": "name",
    "n_members": "members",
    "nes": "NES",
    "q": "q",
    "n_top": "in top",
    "expected_top": "by chance",
    "q_top": "q of top",
    "mean_connectivity": "mean connectivity",
    "leading": "members that lead",
}
PAIRS = {
    "class_a": "class",
    "class_b": "and class",
    "n_a": "active",
    "n_b": "active ",
    "connectivity": "MAXQ",
    "expected": "by chance",
    "p": "p",
    "q": "q",
}
MEANINGS = {
    "nes": "NES: peak of the running sum down the whole ranked list, over what sets of that size give by chance",
    "q": "q: of that sum",
    "n_top": "in top: members among the first hits (--top)",
    "q_top": "q of top: of Fisher's test of those",
    "mean_connectivity": "mean connectivity: of all members",
    "leading": "members that lead: up to the peak",
}
PAIR_MEANINGS = {
    "n_a": "active: members that act",
    "connectivity": "MAXQ: of the 33rd and 67th percentile of the connectivities the one further from 0",
    "expected": "by chance: its mean over shuffled labels",
}
N_SHOWN = 25
TOP = 50


@app.command()
def classes(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="Name, synonym, source id, InChIKey or SMILES; class by class if left out.")
    ] = None,
    k: Annotated[
        int | None,
        typer.Option(
            "-k",
            min=1,
            help=f"How many rows; left out, all, of which a table of NAME shows {N_SHOWN}; without NAME each class and 20 pairs.",
        ),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option("--top", min=1, help=f"How many of the first hits Fisher's test looks at; {TOP} if left out."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", help="class, moa, target, scaffold or smarts; may be repeated. Without NAME one: class."
        ),
    ] = None,
    smarts: Annotated[
        list[str] | None, typer.Option("--smarts", help="'SMARTS NAME': the compounds that hold it; may be repeated.")
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="What gathers among the opposites.")] = False,
    exclude_same_plate: Annotated[
        bool, typer.Option("--exclude-same-plate", help="Leave out compounds that share a plate with the query.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the shuffles.", min=0)] = 0,
    dataset: DatasetOption = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Find classes, mechanisms, targets, scaffolds and patterns at the top of a compound's hits; or compare classes.

    It draws no figure; 'vcpi like NAME --plot FILE' draws the ranked list.

    \b
    vcpi classes sirolimus -k 10
    vcpi classes vorinostat --smarts 'C(=O)N[OH] hydroxamate' --kind class --kind smarts
    vcpi classes --kind moa -f csv -o moa-by-moa.csv
    """  # noqa: D301  click keeps the lines after its mark
    if name is not None:
        single([name], "classes")
    database = open_workspace(ctx)
    if name is None:
        of_hits = {
            "--smarts": bool(smarts),
            "--reverse": reverse,
            "--exclude-same-plate": exclude_same_plate,
            "--top": top is not None,
        }
        _refuse_of_hits([option for option, is_used in of_hits.items() if is_used])
        answer = database.classes(dataset=dataset, k=k, kind=_only(kind), seed=seed)
    else:
        answer = database.classes(
            name,
            dataset=dataset,
            k=k,
            top=TOP if top is None else top,
            kinds=kind or (),
            smarts=patterns(smarts),
            reverse=reverse,
            exclude_same_plate=exclude_same_plate,
            seed=seed,
        )
    rows = answer.to_dict()["hits"]
    if name is not None and k is None:
        rows = rows[:N_SHOWN]
    n_all = answer.summary["n_tested"] if name is not None else answer.summary["n_classes"] + answer.summary["n_pairs"]
    whole = "; CSV and JSON hold all" if len(rows) < len(answer.records) else "; see -k"
    footer = "" if len(rows) == n_all else f"the first {len(rows):,} of {n_all:,}{whole}"
    library.write(
        answer,
        headline=_headline(answer) if name is not None else _heading(answer),
        columns=HITS if name is not None else PAIRS,
        rows=rows,
        footer=footer,
        meanings=MEANINGS if name is not None else PAIR_MEANINGS,
        output_format=output_format,
        output=output,
    )


def _headline(answer: LibraryAnswer) -> str:
    """Say what list is looked at."""
    query, summary = answer.query, answer.summary
    end = "most opposite to" if answer.method["direction"] == "reverse" else "most like"
    return (
        f"What gathers among the compounds {end} {query['name']} ({query['dataset']}): {summary['n_tested']} sets among "
        f"{summary['n_ranked']} compounds, the top {query['top']} of them"
    )


def _heading(answer: LibraryAnswer) -> str:
    """Say what classes are compared."""
    summary = answer.summary
    return (
        f"Connectivity within and between the {summary['n_classes']} of two or more active compounds "
        f"({answer.query['kind']}, {answer.query['dataset']}): MAXQ against shuffled labels"
    )


def _refuse_of_hits(options: list[str]) -> None:
    """Refuse options that need a NAME."""
    from vcpi.errors import InputError

    if options:
        verb = "look" if len(options) > 1 else "looks"
        raise InputError(f"{' and '.join(options)} {verb} at the hits of a compound; give its NAME")


def _only(kind: list[str] | None) -> str:
    """Take the one kind to compare."""
    from vcpi.errors import InputError

    if kind is not None and len(kind) > 1:
        raise InputError(f"{len(kind)} kinds; expected one to compare class by class, or a NAME")
    return kind[0] if kind else "class"


def patterns(texts: list[str] | None) -> dict[str, str]:
    """Read patterns, each with its name behind it as in SMARTS files; one without is its own name."""
    found = {}
    for text in texts or ():
        pattern, *name = text.split(maxsplit=1) or [text]
        found[name[0].strip() if name else pattern] = pattern
    return found
