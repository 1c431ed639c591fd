"""The table of routes: one for each verb, with every parameter. Handlers and the OpenAPI document are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vcpi.structure.drawing import MAX_DRAWN_ATOMS
from vcpi.web import calls
from vcpi.web.fields import Field, Type

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_HITS = 1_000
MOST_GENES = 20_000
MOST_VALUES = 100_000
LONGEST_GENE = 100
LONGEST_TABLE = 5_000_000
_WIDEST = 2_000
JSON, CSV, TSV, SVG, MARKDOWN = "json", "csv", "tsv", "svg", "md"
MEDIA = {
    JSON: "application/json",
    CSV: "text/csv",
    TSV: "text/tab-separated-values",
    SVG: "image/svg+xml",
    MARKDOWN: "text/markdown",
}
TABLES = (JSON, CSV, TSV)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One route of the API.

    Attributes
    ----------
    name
        Last part of the path.
    about
        What it answers, in one line.
    call
        What asks the Database.
    fields
        Its parameters: of the link, or members of the body of a POST.
    formats
        What it can be written as; the first where nobody says.
    method
        GET or POST.
    members
        Members that its JSON always has, with their JSON types.
    is_long
        It may take minutes: it is begun, and asked for until it is done.
    """

    name: str
    about: str
    call: calls.Call
    fields: tuple[Field, ...] = ()
    formats: tuple[str, ...] = TABLES
    method: str = "GET"
    members: Mapping[str, Any]
    is_long: bool = False


def _name(about: str, *, name: str = "name", example: str | None = "everolimus", required: bool = True) -> Field:
    """Make the parameter of one compound."""
    return Field(name=name, type=Type.text, about=about, required=required, example=example)


def _k(default: int | None = 10, *, about: str = "How many hits at most.") -> Field:
    """Make the parameter of how many."""
    return Field(name="k", type=Type.whole, about=about, default=default, least=1, most=MOST_HITS)


def _flag(name: str, about: str) -> Field:
    """Make a parameter that is true or false."""
    return Field(name=name, type=Type.flag, about=about, default=False)


def _text(name: str, about: str, *, longest: int = 200, choices: tuple[str, ...] = ()) -> Field:
    """Make the parameter of a text that may be left out."""
    return Field(name=name, type=Type.text, about=about, longest=longest, choices=choices)


def _genes(name: str, about: str, example: list[str] | None = None) -> Field:
    """Make the parameter of a list of genes."""
    return Field(name=name, type=Type.texts, about=about, longest=LONGEST_GENE, at_most=MOST_GENES, example=example)


def _cutoff(about: str) -> Field:
    """Make the parameter of a Tanimoto."""
    return Field(name="cutoff", type=Type.number, about=about, above=0, most=1)


_NAME = _name("Name, synonym, source id, InChIKey, first block of one, or SMILES.")
_DATASET = _text("dataset", "Dataset to search; see status.")
_REVERSE = _flag("reverse", "What does the opposite.")
_OTHER_PLATES = _flag("exclude_same_plate", "Leave out compounds that share a plate with the query.")
_WITHOUT = Field(
    name="without",
    type=Type.texts,
    about="Take the effect of these compounds, or 'stress', out of the query.",
    at_most=10,
)
_SEED = Field(name="seed", type=Type.whole, about="Of all draws.", default=0, least=0, most=2**31 - 1)
_OF_COMPOUNDS = (
    Field(name="class", type=Type.texts, about="Only these classes, mechanisms or targets.", longest=200),
    Field(name="where", type=Type.texts, about="Conditions on descriptors, as mw<500 or logp>=2.", longest=100),
    _text("holds", "Only compounds that hold this SMARTS.", longest=1_000),
)
_SCAFFOLD = _flag("different_scaffold", "Only other Murcko scaffolds and large rings than the query's.")
_OF_TREATMENTS = (
    _text("cell_line", "Only signatures of this cell line."),
    _text("dose", "Only this dose in µM, or a range: 10 or 1-10.", longest=40),
    _text("time", "Only this time in h, or a range: 24 or 6-24.", longest=40),
    _flag("active", "Only signatures that act."),
)
_HITS = {"query": "object", "hits": "array", "caveats": "array"}
_JOINT = {**_HITS, "method": "object", "analogs": "array"}
_LIBRARY = {**_HITS, "method": "object", "summary": "object"}

VERBS: tuple[Verb, ...] = (
    Verb(
        name="status",
        about="What the workspace holds.",
        call=calls.status,
        members={"version": "string", "counts": "object", "datasets": "array", "indexes": "array"},
    ),
    Verb(
        name="suggest",
        about="Names that may be meant, as one types.",
        call=calls.suggest,
        fields=(
            Field(
                name="text", type=Type.text, about="What was typed so far.", required=True, longest=120, example="evero"
            ),
            Field(name="k", type=Type.whole, about="How many names at most.", default=8, least=1, most=50),
        ),
        members={"query": "object", "names": "array"},
    ),
    Verb(
        name="read",
        about="Whether a SMILES or SMARTS can be read: what it is, or what is wrong with it.",
        call=calls.read,
        fields=(
            Field(name="text", type=Type.text, about="What was typed so far.", required=True, example="CC(=O"),
            Field(
                name="kind",
                type=Type.text,
                about="smiles (or an InChI), or smarts.",
                default="smiles",
                choices=("smiles", "smarts"),
            ),
        ),
        members={"query": "object", "readable": "boolean"},
    ),
    Verb(
        name="compound",
        about="The card of a compound: structure, names, signatures, what documents report.",
        call=calls.compound,
        fields=(_NAME,),
        members={"name": "string", "compound_id": "integer", "names": "array", "measured": "boolean"},
    ),
    Verb(
        name="drawing",
        about=f"The structure of a compound or of a SMILES, drawn; of at most {MAX_DRAWN_ATOMS} atoms.",
        call=calls.drawing,
        fields=(
            _NAME,
            Field(name="width", type=Type.whole, about="Pixels.", default=400, least=16, most=_WIDEST),
            Field(name="height", type=Type.whole, about="Pixels.", default=300, least=16, most=_WIDEST),
            _text("highlight", "SMARTS; the atoms of its first match are shaded.", longest=1_000),
            _name(
                "A compound; the atoms that look as in it are shaded, the size is fixed.",
                name="like",
                example=None,
                required=False,
            ),
        ),
        formats=(SVG,),
        members={},
    ),
    Verb(
        name="analogs",
        about="What looks like a compound: exact Tanimoto on Morgan fingerprints.",
        call=calls.analogs,
        fields=(
            _NAME,
            _k(),
            _cutoff("Lowest Tanimoto."),
            _text(
                "same",
                "Only its family: what hits must share with it.",
                choices=("skeleton", "scaffold", "framework", "macrocycle"),
            ),
            *_OF_COMPOUNDS,
            _SCAFFOLD,
        ),
        members=_HITS,
    ),
    Verb(
        name="substructure",
        about="What holds a substructure.",
        call=calls.substructure,
        fields=(
            Field(
                name="smarts", type=Type.text, about="SMARTS pattern.", required=True, longest=1_000, example="C(=O)NO"
            ),
            _k(None),
        ),
        members=_HITS,
    ),
    Verb(
        name="like",
        about="What else behaves like a compound, or like several together, with structure beside it.",
        call=calls.like,
        fields=(
            Field(
                name="name",
                type=Type.texts,
                about="Names as for compound; several are asked together.",
                required=True,
                at_least=1,
                example=["everolimus"],
            ),
            _k(),
            _DATASET,
            _REVERSE,
            _OTHER_PLATES,
            Field(
                name="method",
                type=Type.text,
                about="Connectivity score.",
                default="cosine",
                choices=("cosine", "xcos", "spearman", "wtcs", "xsum", "zhang", "ensemble"),
            ),
            _WITHOUT,
            *_OF_TREATMENTS,
            *_OF_COMPOUNDS,
            _SCAFFOLD,
            _flag("fast", "Look only at what a fast index proposes, where one was built."),
        ),
        members=_JOINT,
    ),
    Verb(
        name="query",
        about="What does what a signature or gene lists measured elsewhere say.",
        call=calls.query,
        method="POST",
        fields=(
            _genes(
                "up",
                "Genes that go up: Ensembl ids, symbols, former symbols or Entrez ids.",
                ["MX1", "ISG15", "IFIT3", "OAS1", "OAS2", "IFI6", "IFI27", "STAT1", "HMGCR", "LDLR", "SQLE", "INSIG1"],
            ),
            _genes("down", "Genes that go down."),
            _genes("genes", "One list that does not say which way."),
            Field(name="signature", type=Type.values, about="Gene → value.", at_most=MOST_VALUES),
            _text(
                "table",
                "A table as DESeq2, edgeR, limma, scanpy or Seurat write it: CSV or TSV with its header.",
                longest=LONGEST_TABLE,
            ),
            _text("value_column", "Column of the values of table."),
            _k(),
            _DATASET,
            _REVERSE,
            _text(
                "method",
                "Connectivity score; left out it is wtcs for genes, else cosine.",
                choices=("cosine", "list_cosine", "xcos", "spearman", "wtcs", "xsum", "zhang", "ensemble"),
            ),
            Field(
                name="min_genes",
                type=Type.whole,
                about="Fewest genes of the dataset to ask with.",
                default=10,
                least=1,
                most=MOST_GENES,
            ),
            *_OF_TREATMENTS,
            *_OF_COMPOUNDS,
        ),
        members={**_JOINT, "genes": "object"},
    ),
    Verb(
        name="explain",
        about="Why one compound is a hit of another: genes for and against it, replicates, plates, structures.",
        call=calls.explain,
        fields=(
            _name("The compound that was asked about.", name="query"),
            _name("The compound whose score is explained.", name="hit", example="torin-1"),
            Field(
                name="genes",
                type=Type.whole,
                about="How many genes at either end.",
                default=10,
                least=1,
                most=MOST_HITS,
            ),
            _DATASET,
            _WITHOUT,
        ),
        members={"query": "object", "hit": "object", "scores": "object", "agreeing": "array", "caveats": "array"},
    ),
    Verb(
        name="profile",
        about="What one compound does: axes, modules, pathways, genes, quality, neighbours, graded statements.",
        call=calls.profile,
        fields=(
            _NAME,
            _DATASET,
            Field(
                name="genes", type=Type.whole, about="Genes to name at either end.", default=15, least=1, most=MOST_HITS
            ),
        ),
        formats=(JSON, MARKDOWN),
        members={},
    ),
    Verb(
        name="compare",
        about="Compounds side by side: what each is and does, what each two share.",
        call=calls.compare,
        fields=(
            Field(
                name="name",
                type=Type.texts,
                about="Two to eight compounds.",
                required=True,
                at_least=2,
                at_most=8,
                example=["sirolimus", "everolimus"],
            ),
            _DATASET,
        ),
        members={"compounds": "array", "pairs": "array", "caveats": "array"},
    ),
    Verb(
        name="rank",
        about="All compounds by one axis, panel, sum score, gene set or gene.",
        call=calls.rank,
        fields=(
            Field(
                name="by",
                type=Type.text,
                about="A panel or axis (ifn), a sum (FOS+EGR1), a gene set, or gene:TP53.",
                required=True,
                longest=2_000,
                example="ifn",
            ),
            _text("class", "List only this class, mechanism or target."),
            _flag("lowest", "The lowest first."),
            _k(20),
            _DATASET,
        ),
        members=_LIBRARY,
    ),
    Verb(
        name="cliffs",
        about="Pairs of a dataset that look alike and act differently.",
        call=calls.cliffs,
        fields=(_k(20), _cutoff("Tanimoto from which a pair looks alike."), _DATASET),
        members=_LIBRARY,
    ),
    Verb(
        name="hops",
        about="Pairs of a dataset that act alike and look different.",
        call=calls.hops,
        fields=(
            _k(20),
            _cutoff("Tanimoto below which a pair looks different."),
            _flag("same_plate", "List pairs that share a plate too."),
            _DATASET,
        ),
        members=_LIBRARY,
    ),
    Verb(
        name="map",
        about="Structure against effect, of one compound and all others, or the map of all pairs.",
        call=calls.map_,
        fields=(
            _name("As for compound; all pairs if left out.", required=False, example=None),
            _cutoff("Tanimoto from which a pair looks alike."),
            _DATASET,
        ),
        members=_LIBRARY,
    ),
    Verb(
        name="classes",
        about="What classes gather among the hits of a compound, or how alike whole classes are.",
        call=calls.classes,
        fields=(
            _name("As for compound; class by class if left out.", required=False),
            _k(None, about="How many rows at most."),
            Field(
                name="top",
                type=Type.whole,
                about="How many of the first hits Fisher's test looks at; 50 if left out.",
                least=1,
                most=100_000,
            ),
            Field(
                name="kind",
                type=Type.texts,
                about="class, moa, target, scaffold or smarts; without name one.",
                longest=20,
                at_most=5,
            ),
            Field(
                name="smarts",
                type=Type.texts,
                about="'SMARTS NAME': the compounds that hold it.",
                longest=1_000,
                at_most=10,
            ),
            _REVERSE,
            _OTHER_PLATES,
            _SEED,
            _DATASET,
        ),
        members=_LIBRARY,
    ),
    Verb(
        name="evaluate",
        about="How good the database is: retrieval, plate leakage, calibration, per class.",
        call=calls.evaluate,
        fields=(
            Field(
                name="k",
                type=Type.whole,
                about="How many of the nearest count for plate leakage.",
                default=50,
                least=1,
                most=MOST_HITS,
            ),
            _SEED,
            _DATASET,
        ),
        members={"name": "string", "simulated": "boolean", "n_signatures": "integer", "remarks": "array"},
        is_long=True,
    ),
)
