"""The verbs, each in a module of its own that is loaded when the verb runs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

VERBS: dict[str, str] = {
    "demo": "Build the simulated demonstration workspace and ask what else behaves like everolimus.",
    "ingest": "Read a release, signatures, compounds, annotations or facts into the workspace.",
    "remove": "Take a dataset out of the workspace.",
    "build": "Rebuild the indexes from the store.",
    "status": "Say what the workspace holds.",
    "verify": "Say whether store and indexes are whole and agree.",
    "compound": "Show the card of a compound: structure, names, signatures, what documents report.",
    "facts": "List documents of compound facts, and what in them does not go together.",
    "analogs": "Find compounds that look like one.",
    "substructure": "Find compounds that hold a substructure (SMARTS).",
    "like": "Find what else behaves like a compound, with structure beside it.",
    "query": "The same for a signature or gene lists measured elsewhere.",
    "profile": "Report what one compound does: axes, pathways, genes, quality, neighbours, statements.",
    "rank": "Rank all compounds by one axis, sum score, gene set or gene.",
    "cliffs": "Find pairs of a whole dataset that look alike and act differently.",
    "hops": "Find pairs of a whole dataset that act alike and look different.",
    "map": "Put structure against effect: Tanimoto and connectivity of one compound or all pairs.",
    "classes": "Find what classes gather among a compound's hits, or how alike whole classes are.",
    "explain": "Say why one compound is a hit of another: genes, replicates, plates, common core.",
    "compare": "Set compounds side by side: what each is and does, what they share.",
    "evaluate": "Say how good this database is: retrieval, calibration, plate leakage, per class.",
    "export": "Write tables out.",
    "push": "Put fingerprints and signatures on an engine beyond this machine.",
    "pull": "Bring the indexes back from an engine.",
    "serve": "Serve the local page and the HTTP API.",
}


class VerbGroup(TyperGroup):
    """A group that knows its verbs by name and loads the one that is called."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # typer's own context class
        """Return the verbs in the order of the help."""
        return list(VERBS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # noqa: ANN401
        """Load the module of a verb and return its command."""
        if cmd_name not in VERBS:
            return None
        command = typer.main.get_command(import_module(f"vcpi.cli.{cmd_name}").app)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]  # noqa: ANN401
        """Find the verb; the names are set so that a typing error is answered with the nearest."""
        self.commands = dict.fromkeys(VERBS)  # type: ignore[assignment]
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]  # noqa: ANN401
        """List the verbs without loading any."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))
