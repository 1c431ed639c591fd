"""What a document says about one compound, laid out in titled blocks of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vcpi.facts import KIND_WORDS, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vcpi.facts import FactFile, Material, Property, Protocol, Step

_NUMBERED = "references"
_TABLES = "tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A titled list of rows.

    Attributes
    ----------
    title
        What the rows are; empty for the head of a document.
    head
        The columns; the first is the label of a row, ``references`` the last.
    rows
        Cells of plain text.
    lead
        Columns that stand before the text of a row where it is written as a sentence: directness and evidence.
    inline
        Label and remark of each row, for a text that has one line for all.
    detail
        Left out of a short text.
    counted
        What a short text calls the blocks that it leaves out.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lead: tuple[str, ...] = ()
    inline: tuple[tuple[str, str], ...] = ()
    detail: bool = False
    counted: str = ""

    def filled(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return head and rows without the columns in which nothing stands."""
        kept = [place for place in range(len(self.head)) if any(row[place] for row in self.rows)]
        return tuple(self.head[place] for place in kept), [tuple(row[place] for place in kept) for row in self.rows]

    def said(self) -> list[tuple[str, str]]:
        """Return label and sentence of each row.

        Examples
        --------
        >>> rows = (("FKBP12", "direct", "binds it", "in cells", "[2]"),)
        >>> Block(title="", head=("about", "direct", "text", "context", "references"), rows=rows, lead=("direct",)).said()
        [('FKBP12', 'direct [2]: binds it (in cells)')]
        """
        return [(row[0], self._sentence(row)) for row in self.rows]

    def _sentence(self, row: tuple[str, ...]) -> str:
        """Write the cells of a row but the first as a sentence."""
        cells = dict(zip(self.head[1:], row[1:], strict=True))
        if self.counted == _TABLES and len(cells) > 1:
            return ", ".join(f"{name} {text}" for name, text in cells.items())
        cited = cells.pop(_NUMBERED, "")
        lead = ", ".join(cells.pop(name) for name in self.lead if cells[name]) if self.lead else ""
        rest = [text for name, text in cells.items() if text and name not in self.lead]
        text = rest[0] + (f" ({'; '.join(rest[1:])})" if rest[1:] else "") if rest else ""
        if self.lead:
            return f"{' '.join(part for part in (lead, cited) if part)}: {text}" if lead or cited else text
        return f"{text} {cited}".rstrip()


def fact_blocks(facts: FactFile) -> list[Block]:
    """Lay out what a document says about one compound, the first of the file.

    Returns
    -------
    list of Block
        Who says it and what it calls the compound; potencies, targets, mechanism, what was not found; protocols, tables,
        references, the document.
    """
    return [_head(facts), *_claims(facts), *_details(facts)]


def _head(facts: FactFile) -> Block:
    """Lay out who says it and what it calls the compound."""
    compound = facts.compounds[0]
    names = (f"{one.name}{' (misprint)' if one.kind == 'typo' else ''}" for one in compound.names)
    numbers = (
        f"{one.vendor} {one.number}{f' ({one.listed_as})' if one.listed_as else ''}" for one in compound.catalogue
    )
    rows = (
        ("from", _source(facts)),
        ("called", ", ".join(names)),
        ("catalogue", ", ".join(numbers)),
        ("described as", "; ".join(compound.classes)),
        ("printed", "; ".join(map(_property, compound.properties))),
        ("remark", compound.note or ""),
    )
    return Block(title="", head=("", ""), rows=tuple(row for row in rows if row[1]))


def _claims(facts: FactFile) -> list[Block]:
    """Lay out potencies, targets, mechanism and what was not found."""
    potencies = tuple(
        (one.target, f"{one.measure} {one.relation} {one.value:g} {one.unit}", one.assay or "", one.context or "",
         one.transferred_from or "", one.note or "", _cited(one.references))
        for one in facts.measurements
    )  # fmt: skip
    targets = tuple(
        (
            one.target,
            one.role.replace("binding-", "binding ").replace("not-", "not "),
            " ".join(one.genes),
            one.note or "",
            _cited(one.references),
        )
        for one in facts.targets
    )
    statements = tuple(
        (one.subject, "" if one.direct == "not-applicable" else one.direct.replace("-", " "),
         one.evidence + (f" from {one.transferred_from}" if one.transferred_from else ""), one.text,
         "; ".join(part for part in (one.context, f"part {one.part}" if one.part else "") if part), _cited(one.references))
        for one in facts.statements
    )  # fmt: skip
    findings = tuple(
        (one.subject, one.kind.replace("-", " "), one.text, one.context or "", _cited(one.references))
        for one in facts.findings
    )
    return [
        Block(
            title="Potencies",
            head=("target", "value", "assay", "context", "measured with", "remark", _NUMBERED),
            rows=potencies,
            lead=("value",),
        ),
        Block(
            title="Targets",
            head=("target", "role", "genes", "remark", _NUMBERED),
            rows=targets,
            inline=tuple((row[0], row[1]) for row in targets),
        ),
        Block(
            title="Mechanism",
            head=("about", "acts", "evidence", "statement", "context", _NUMBERED),
            rows=statements,
            lead=("acts", "evidence"),
        ),
        Block(
            title="Not found or not reported",
            head=("about", "kind", "what", "context", _NUMBERED),
            rows=findings,
            lead=("kind",),
        ),
    ]


def _details(facts: FactFile) -> list[Block]:
    """Lay out protocols, tables, references and the document."""
    blocks = [_protocol(protocol) for protocol in facts.protocols]
    for one in facts.tables:
        title = f"{one.title}{f' (part {one.part})' if one.part else ''}"
        rows = tuple(tuple("not printed" if cell is None else cell for cell in row) for row in one.rows)
        blocks.append(Block(title=title, head=one.columns, rows=rows, detail=True, counted=_TABLES))
        if one.note:
            blocks.append(Block(title="", head=("", ""), rows=(("remark", one.note),), detail=True))
    references = tuple(
        (f"[{one.id}]", ", ".join(str(part) for part in (
            *one.authors, one.title, one.collection, one.site, one.year, one.doi, one.url, one.note) if part))
        for one in facts.references
    )  # fmt: skip
    blocks.append(Block(title="References", head=("", "source"), rows=references, detail=True, counted="references"))
    return [*blocks, _about_document(facts)]


def _protocol(protocol: Protocol) -> Block:
    """Lay out a protocol: what it is for, materials, antibodies, numbered steps, read-outs."""
    rows = [("purpose", protocol.purpose or ""), ("remark", protocol.note or "")]
    rows += [(f"material: {one.name}", _material(one) or "-") for one in protocol.materials]
    for antibody in protocol.antibodies:
        parts = (antibody.role, f"phosphorylated at {'/'.join(antibody.sites)}" if antibody.sites else "",
                 f"{antibody.conjugate}-conjugated" if antibody.conjugate else "")  # fmt: skip
        rows.append((f"antibody: {antibody.target}", ", ".join(part for part in parts if part)))
    rows += [(f"step {place}", _step(step)) for place, step in enumerate(protocol.steps, start=1)]
    rows += [("read-out", text) for text in protocol.readouts]
    rows.append(("references", _cited(protocol.references)))
    return Block(
        title=f"Protocol: {protocol.title}",
        head=("", ""),
        rows=tuple(row for row in rows if row[1]),
        detail=True,
        counted="protocols",
    )


def _material(material: Material) -> str:
    """Write what a material is for and made of."""
    made = []
    for one in material.components:
        amount = "" if one.value is None else f"{one.value:g}{'' if one.unit == '%' else ' '}{one.unit or ''} "
        made.append(f"{amount}{one.name}{'' if one.ph is None else f' pH {one.ph:g}'}")
    return "; ".join(part for part in (material.role or "", ", ".join(made)) if part)


def _step(step: Step) -> str:
    """Write a step with its temperature and time."""
    heat = step.temperature or ("" if step.temperature_c is None else f"{step.temperature_c:g} °C")
    time = step.duration or ("" if step.minutes is None else f"{step.minutes:g} min")
    given = ", ".join(part for part in (heat, time) if part)
    return f"{step.text} ({given})" if given else step.text


def _about_document(facts: FactFile) -> Block:
    """Lay out what is known of a document beside its facts."""
    one = facts.document
    rows = [
        ("id", one.id),
        ("citation", one.citation or ""),
        ("address", one.url or ""),
        ("written for", one.audience or ""),
        *(("condition", text) for text in one.conditions),
        *(("publisher", text) for text in one.contact),
        *(("picture", text) for text in one.illustrations),
        *(("remark", text) for text in one.notes),
    ]
    return Block(title="The document", head=("", ""), rows=tuple(row for row in rows if row[1]), detail=True)


def _source(facts: FactFile) -> str:
    """Say who says it."""
    one = facts.document
    who = ", ".join(dict.fromkeys(part for part in (*one.authors, one.publisher, one.date) if part))
    return f"{one.title} ({f'{who}; ' if who else ''}{KIND_WORDS[one.kind]})"


def _property(one: Property) -> str:
    """Write a printed property."""
    what = WORDS.get(one.name, one.name.replace("_", " ")) + (f" to {one.to}" if one.to else "")
    return f"{what} {one.value}{f' {one.unit}' if one.unit else ''}{f' ({one.source})' if one.source else ''}"


def _cited(references: Iterable[str]) -> str:
    """Write the ids of references."""
    ids = ", ".join(references)
    return f"[{ids}]" if ids else ""
