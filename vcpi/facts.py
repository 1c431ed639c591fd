"""The frozen nouns of compound facts: what documents say about compounds, field by field.

A fact file (:mod:`vcpi.ingest.facts`) is one :class:`FactFile`: who says it (:class:`Document`), about which compounds,
and lists of facts that name their compound by its ``key`` and their sources by the ``id`` of a :class:`Reference`. Every
fact is what a document reports; nothing here was measured by vcpi.
"""

from __future__ import annotations

import types
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

DocumentKind = Literal["vendor-guide", "publication", "hand-made-report", "database", "own-notes"]
NameKind = Literal["name", "synonym", "code", "chemical", "brand", "typo"]
TargetRole = Literal["primary", "co-receptor", "binding-domain", "indirect", "downstream", "upstream", "not-inhibited"]
Relation = Literal["=", "<", "<=", ">", ">=", "~"]
Directness = Literal["direct", "indirect", "not-established", "not-applicable"]
Evidence = Literal["measured", "cited", "asserted", "association", "hypothesis", "transferred"]
FindingKind = Literal["negative", "no-value-reported", "not-tested", "not-established", "limitation"]
FORM = "1"
"""Version of the form; a fact file says ``vcpi_facts: 1``."""
KIND_WORDS = {
    "vendor-guide": "vendor guide",
    "publication": "publication",
    "hand-made-report": "hand-made report",
    "database": "database",
    "own-notes": "own notes",
}
"""How kinds of documents are called in a sentence."""
WORDS = {"molecular_weight": "molecular weight", "log_p": "logP", "tpsa": "TPSA", "tanimoto": "Tanimoto"}
"""How properties are called in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Who says it.

    Attributes
    ----------
    id
        What a workspace knows the document by; ingesting it again replaces what it said.
    kind
        ``hand-made-report`` for figures that somebody worked out by hand and vcpi did not measure.
    date
        As printed: ``2025-12`` for December 2025.
    contact
        Address, mail and the like of the publisher.
    conditions
        What the use of the document is bound to, in our words.
    illustrations
        What its pictures show, in our words.
    """

    id: str
    title: str
    kind: DocumentKind
    authors: tuple[str, ...] = ()
    publisher: str | None = None
    date: str | None = None
    citation: str | None = None
    url: str | None = None
    audience: str | None = None
    conditions: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    illustrations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FactName:
    """One name that a document uses; a ``typo`` is kept so that it finds the compound too."""

    name: str
    kind: NameKind = "synonym"
    note: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """A vendor's number for a compound."""

    vendor: str
    number: str
    listed_as: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A property of the structure as somebody prints it, so that it can be held against the structure.

    Attributes
    ----------
    name
        ``molecular_weight``, ``log_p``, ``tpsa``, ``formula`` or ``tanimoto`` are computed anew; others are kept.
    value
        As printed, so that its digits say how exact it is.
    to
        Key of the other compound of a ``tanimoto``.
    source
        Where it stands, if not in the document itself.
    """

    name: str
    value: str
    unit: str | None = None
    to: str | None = None
    source: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactCompound:
    """A compound that a document speaks of.

    Attributes
    ----------
    key
        What the rest of the file calls it.
    inchikey, smiles
        What it is joined by, before its names.
    """

    key: str
    name: str
    inchikey: str | None = None
    smiles: str | None = None
    names: tuple[FactName, ...] = ()
    catalogue: tuple[CatalogueEntry, ...] = ()
    classes: tuple[str, ...] = ()
    properties: tuple[Property, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A protein, complex or pathway and what the compound has to do with it."""

    compound: str
    target: str
    role: TargetRole
    genes: tuple[str, ...] = ()
    note: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A potency or another figure: a relation, a value and its unit, and what it was measured in.

    Attributes
    ----------
    measure
        IC50, EC50, Ki and so on.
    value
        Finite, in ``unit``; more than 0 for a potency.
    context
        Cells or enzyme; None where the document does not say.
    transferred_from
        The compound that was measured, if it was another.
    """

    compound: str
    target: str
    measure: str
    value: float
    unit: str
    relation: Relation = "="
    assay: str | None = None
    context: str | None = None
    genes: tuple[str, ...] = ()
    note: str | None = None
    transferred_from: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a document says about how a compound acts, in our words.

    Attributes
    ----------
    id
        By which a contradiction names it; unique in the file.
    subject
        What it is about: a complex, a pathway, a process.
    direct
        Whether the compound acts on the subject itself; ``not-applicable`` where the statement is not about that.
    evidence
        ``measured`` by the document, ``cited`` from a reference, ``asserted`` without one, an ``association``, a
        ``hypothesis``, or ``transferred`` from an analog.
    part
        Which part of the document says it.
    """

    id: str
    compound: str
    subject: str
    text: str
    direct: Directness
    evidence: Evidence
    context: str | None = None
    part: str | None = None
    transferred_from: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was not found, not tested or not reported: kept, so that nobody takes silence for a value."""

    compound: str
    kind: FindingKind
    subject: str
    text: str
    context: str | None = None
    part: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One component of a buffer; ``value`` and ``unit`` are absent where no amount is given."""

    name: str
    value: float | None = None
    unit: str | None = None
    ph: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A material of a protocol; a buffer lists its components."""

    name: str
    role: str | None = None
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a protocol, in our words."""

    text: str
    temperature_c: float | None = None
    temperature: str | None = None
    minutes: float | None = None
    duration: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Antibody:
    """An antibody of a protocol; ``sites`` are phosphorylated residues."""

    target: str
    role: str
    sites: tuple[str, ...] = ()
    conjugate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How something is measured: materials, steps in their order, antibodies, what is read out."""

    id: str
    compound: str
    title: str
    purpose: str | None = None
    materials: tuple[Material, ...] = ()
    antibodies: tuple[Antibody, ...] = ()
    steps: tuple[Step, ...] = ()
    readouts: tuple[str, ...] = ()
    note: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A column that its table says is the sum of others."""

    total: str
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A place in a table: its id, the first cell of the row, the column."""

    table: str
    row: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Figures as a document prints them.

    Attributes
    ----------
    compound
        Key of the one compound it is about; None where the first column names compounds.
    analysis
        Which calculation the figures come from: two analyses of one compound are compared.
    quantity
        What the figures are; those of genes as ``log2fc``.
    columns
        The first names the row.
    rows
        Cells as printed, as many as there are columns; None where the document leaves one out.
    sums
        What the table itself says about its columns; recomputed by the check.
    leading_of
        The row of another table that holds the ``signed`` and ``abs`` mean of a panel whose leading genes these are.
    """

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    compound: str | None = None
    analysis: str | None = None
    part: str | None = None
    quantity: str | None = None
    unit: str | None = None
    sums: tuple[Sum, ...] = ()
    leading_of: Cell | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Equality:
    """Cells that the document presents as one figure; ``absolute`` compares them without sign."""

    text: str
    cells: tuple[Cell, ...]
    absolute: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One side of a contradiction: a statement of the file by its id, or what another source says."""

    text: str | None = None
    statement: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two claims that do not go together; ``figures`` are cells to look at beside them."""

    id: str
    subject: str
    claims: tuple[Claim, ...]
    why: str
    compound: str | None = None
    figures: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A source that a document cites. Where it prints only a site, ``title`` is absent and ``note`` says so."""

    id: str
    title: str | None = None
    authors: tuple[str, ...] = ()
    collection: str | None = None
    site: str | None = None
    year: int | None = None
    doi: str | None = None
    url: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactFile:
    """Everything that one document says."""

    document: Document
    compounds: tuple[FactCompound, ...]
    targets: tuple[Target, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    statements: tuple[Statement, ...] = ()
    findings: tuple[Finding, ...] = ()
    protocols: tuple[Protocol, ...] = ()
    tables: tuple[Table, ...] = ()
    equalities: tuple[Equality, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def n_facts(self) -> int:
        """How many entries the lists hold."""
        return sum(len(getattr(self, kind)) for kind in KINDS)


KINDS: tuple[str, ...] = tuple(entry.name for entry in fields(FactFile) if entry.name not in {"document", "compounds"})
"""The lists of a fact file, in their order."""


def to_plain(record: object) -> Any:  # noqa: ANN401  as json.loads returns
    """Turn a record into dicts, lists and texts; what has its default is left out.

    Examples
    --------
    >>> to_plain(Sum(total="score", of=("a", "b")))
    {'total': 'score', 'of': ['a', 'b']}
    """
    if is_dataclass(record) and not isinstance(record, type):
        values = {entry.name: (getattr(record, entry.name), entry.default) for entry in fields(record)}
        return {name: to_plain(value) for name, (value, default) in values.items() if value != default}
    return [to_plain(one) for one in record] if isinstance(record, tuple) else record


def from_plain(kind: Any, value: Any) -> Any:  # noqa: ANN401  the record that the kind names
    """Make a record of a kind from what :func:`to_plain` returned.

    Examples
    --------
    >>> from_plain(Sum, {"total": "score", "of": ["a", "b"]})
    Sum(total='score', of=('a', 'b'))
    """
    kind = required(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = hints_of(kind)
        return kind(**{name: from_plain(hints[name], one) for name, one in value.items()})
    if get_origin(kind) is tuple:
        return tuple(None if one is None else from_plain(get_args(kind)[0], one) for one in value)
    return value


def required(kind: Any) -> Any:  # noqa: ANN401  a type
    """Return the type that remains when ``None`` is taken out of a union.

    Examples
    --------
    >>> required(str | None)
    <class 'str'>
    """
    if get_origin(kind) in {Union, types.UnionType}:
        return next(one for one in get_args(kind) if one is not type(None))
    return kind


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """Return the types of a record's fields."""
    return get_type_hints(kind)


@cache
def must_have(kind: type) -> tuple[str, ...]:
    """Return the fields of a record that have no default.

    Examples
    --------
    >>> must_have(FactName)
    ('name',)
    """
    return tuple(one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING)
