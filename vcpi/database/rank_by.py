"""What compounds can be ranked by: panels, modules, axes, sums, gene sets and genes, found by name in one place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from vcpi.data.panels import axes, group_panel, modules, nearest_panels, panel, parse_sum, read_panels, sums
from vcpi.errors import InputError, UnknownChoiceError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vcpi.genes import GeneMapper

LEAST_GENES = 3
LONGEST_SYMBOL = 16
KINDS = ("panel", "module", "axis", "sum", "set", "gene")


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """What is ranked by.

    Attributes
    ----------
    kind
        ``panel``, ``module``, ``sum``, ``set`` or ``gene``.
    key, title
        Its name, for programs and for people.
    weights
        Place of a gene in the vectors → weight.
    n_total, missing
        Genes it has, and those that are not measured.
    mean
        The value is the mean over the genes, else their sum.
    caveats
        What to mind.
    """

    kind: str
    key: str
    title: str
    weights: dict[int, float]
    n_total: int
    missing: tuple[str, ...]
    mean: bool
    caveats: tuple[str, ...] = ()

    @property
    def scored(self) -> bool:
        """Whether the store holds its scores."""
        return self.kind in {"panel", "module"}


def find_by(
    what: str, *, mapper: GeneMapper, gene_sets: Mapping[str, Sequence[str]], symbols: Collection[str], where: str
) -> By:
    """Find what is meant: a panel, module or axis, a sum, a gene set, or a gene.

    Parameters
    ----------
    what
        Its name; ``gene:``, ``panel:``, ``sum:`` or ``set:`` before it says which is meant.
    mapper, symbols
        The genes of the dataset.
    gene_sets
        Name → genes.
    where
        Name of the dataset, for messages.

    Raises
    ------
    InputError
        Nothing has this name, or too few of its genes are measured.
    """
    kind, _, rest = what.partition(":")
    wanted = kind.strip().casefold() if rest and kind.strip().casefold() in KINDS else None
    text = (rest if wanted else what).strip()
    if not text:
        raise InputError("The name of what to rank by is empty; expected a panel, a sum, a gene set or a gene")
    found = None
    if wanted in {None, "panel", "module", "axis"}:
        found = _panel(text, mapper, wanted)
    if found is not None:
        others = [("set", text in gene_sets), ("gene", len(mapper.rows(text)) == 1)] if wanted is None else []
        notes = [
            f"{text!r} is read as the panel {found.title}; write {other}:{text} for the {other}"
            for other, is_one in others
            if is_one
        ]
        return replace(found, caveats=tuple(notes))
    text = next((name for name in gene_sets if name.casefold() == text.casefold()), text)
    if wanted == "set" or (wanted is None and text in gene_sets):
        if text not in gene_sets:
            raise InputError(
                f"No gene set {text!r}; read some with 'vcpi ingest genesets', or name a GMT file with --gene-sets"
            )
        return _genes_of(mapper, kind="set", title=text, weights=dict.fromkeys(gene_sets[text], 1.0))
    if wanted == "gene" or (wanted is None and len(mapper.rows(text)) == 1):
        if len(mapper.rows(text)) != 1:
            raise InputError(
                f"No measured gene {text!r} in {where}; 'vcpi export NAME --genes' lists the genes of a signature"
            )
        return _genes_of(mapper, kind="gene", title=text, weights={text: 1.0})
    if wanted == "sum" or _is_sum(text):
        summed = parse_sum(text, known=symbols)
        summed = next((one for one in sums() if dict(one.weights) == dict(summed.weights)), summed)
        found = _genes_of(mapper, kind="sum", title=summed.title or summed.expression, weights=dict(summed.weights))
        better = f"the panel {summed.instead} is the better instrument" if summed.instead else ""
        return replace(found, key=summed.name, caveats=(*found.caveats, *(t for t in (summed.caution, better) if t)))
    raise _unknown(text, mapper=mapper, gene_sets=gene_sets, symbols=symbols)


def expressed_part(by: By, expressed: NDArray[np.bool_], symbols: Sequence[str]) -> By:
    """Leave out the genes that are too little expressed to be measured; a single gene stays, and is told.

    Parameters
    ----------
    by
        What was found.
    expressed
        Mask of the genes that are measured, by place.
    symbols
        Their names, by place.
    """
    low = [place for place in by.weights if not expressed[place]]
    if not low:
        return by
    names = ", ".join(symbols[place] for place in low[:10])
    kept = {place: weight for place, weight in by.weights.items() if expressed[place]}
    if not kept:
        return replace(by, caveats=(*by.caveats, f"too little expressed to be measured, its change is noise: {names}"))
    note = f"too little expressed to be measured, and left out: {names}"
    caveats = by.caveats if by.scored else (*by.caveats, note)
    return replace(by, weights=kept, missing=(*by.missing, *(symbols[place] for place in low)), caveats=caveats)


def _unknown(
    text: str, *, mapper: GeneMapper, gene_sets: Mapping[str, Sequence[str]], symbols: Collection[str]
) -> UnknownChoiceError:
    """Say that nothing has a name, with the nearest few; all there are only where none is near."""
    near = nearest_panels(text)
    near += [(name, "gene set") for name in get_close_matches(text.casefold(), gene_sets, n=2)]
    if len(text) <= LONGEST_SYMBOL:
        near += [(f"gene:{name}", "gene") for name in get_close_matches(text.upper(), symbols, n=2, cutoff=0.75)]
    what = f"Nothing called {text[:60]!r} to rank by: no panel, sum, gene set or measured gene"
    if "-" in text and all(mapper.rows(part) for part in text.split("-")):
        difference = text.replace("-", " - ")
        message = f"{what}; to subtract, put blanks around the minus: {difference!r}"
        return UnknownChoiceError(message, near=((difference, "difference"), *near))
    if near:
        told = ", ".join(f"{key} ({title})" for key, title in near)
        return UnknownChoiceError(f"{what}; near it: {told}", near=tuple(near))
    keys = dict.fromkeys([*(one.key for one in read_panels()), *(one.key for one in (*modules(), *axes()))])
    named = ", ".join(one.name for one in sums())
    return UnknownChoiceError(f"{what}; panels: {', '.join(keys)}; sums: {named}, or your own as A+B")


def _is_sum(text: str) -> bool:
    """Say whether a text names a shipped sum or writes one out."""
    named = {name.casefold() for one in sums() for name in (one.name, *one.aliases)}
    return text.casefold() in named or any(sign in text for sign in "+*") or " -" in text


def _panel(text: str, mapper: GeneMapper, wanted: str | None) -> By | None:
    """Find a panel, module or axis by name; where one was asked for, it has to be there."""
    found, kind = None, "panel"
    if wanted in {None, "panel"}:
        with suppress(InputError):
            found = panel(text)
    if found is None and wanted != "panel":
        with suppress(InputError):
            found = group_panel(text)
            kind = "axis" if found.axis else "module"
    if found is None:
        if wanted is not None:  # says what there is
            (panel if wanted == "panel" else group_panel)(text)
        return None
    places: dict[int, float] = {}
    missing = []
    for gene in found.genes:
        rows = mapper.rows(gene.gene_id or "") or mapper.rows(gene.symbol)
        if rows:
            places[rows[0]] = float(gene.sign) if found.signed else 1.0
        else:
            missing.append(gene.symbol)
    if len(places) < LEAST_GENES:
        raise InputError(f"{len(places)} of {len(found.genes)} genes of {found.title} are measured; expected more")
    return By(
        kind=kind,
        key=found.key,
        title=found.title,
        weights=places,
        n_total=len(found.genes),
        missing=tuple(missing),
        mean=True,
    )


def _genes_of(mapper: GeneMapper, *, kind: str, title: str, weights: Mapping[str, float]) -> By:
    """Find the genes of a sum, a set or one gene in the dataset."""
    places: dict[int, float] = {}
    missing = []
    for name, weight in weights.items():
        rows = mapper.rows(name)
        if len(rows) == 1:
            places[rows[0]] = weight
        else:
            missing.append(name)
    least = LEAST_GENES if kind == "set" else 1
    if len(places) < least:
        lost = ", ".join(missing[:5])
        raise InputError(
            f"{len(places)} of {len(weights)} genes of {title} are measured; expected {least} or more ({lost} are not)"
        )
    note = (f"not measured here and left out: {', '.join(missing[:10])}",) if missing else ()
    return By(
        kind=kind,
        key=title,
        title=title,
        weights=places,
        n_total=len(weights),
        missing=tuple(missing),
        mean=kind == "set",
        caveats=note,
    )
