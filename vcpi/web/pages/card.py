"""Parts of the pages about compounds: the card, the report, the figures behind a score, the table side by side."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from vcpi.report.card import reported_parts
from vcpi.report.card_blocks import fact_blocks
from vcpi.report.compare_sections import effect_sections
from vcpi.report.profile_page import profile_parts
from vcpi.report.sections import as_parts, cell
from vcpi.web.pages.columns import HEADS
from vcpi.web.pages.params import link
from vcpi.web.pages.tables import NONE, figure
from vcpi.web.pages.ways import for_page_html

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vcpi.database.cards import CompoundCard
    from vcpi.report.profile import Profile

_FIELDS = (
    ("names", "names"),
    ("class", "classes"),
    ("mechanism", "moas"),
    ("targets", "targets"),
    ("formula", "formula"),
    ("molecular weight, g/mol", "molecular_weight"),
    ("logP (Crippen)", "log_p"),
    ("TPSA, Å²", "tpsa"),
    ("H-bond donors", "n_h_donors"),
    ("H-bond acceptors", "n_h_acceptors"),
    ("rotatable bonds", "n_rotatable_bonds"),
    ("rings", "n_rings"),
    ("as supplied", "flags"),
    ("source ids", "source_compound_ids"),
    ("InChIKey", "inchikey"),
    ("SMILES", "smiles"),
)
_COMPARED = (
    ("formula", "formula"),
    ("molecular weight, g/mol", "molecular_weight"),
    ("logP (Crippen)", "log_p"),
    ("TPSA, Å²", "tpsa"),
    ("H-bond donors", "n_h_donors"),
    ("H-bond acceptors", "n_h_acceptors"),
    ("rotatable bonds", "n_rotatable_bonds"),
    ("class", "classes"),
    ("targets", "targets"),
    ("structural alerts", "alerts"),
    ("strength, log2", "strength"),
    ("active", "active"),
    ("wells", "n_replicates"),
)
_HEAD = re.compile(r'<th scope="col"((?: class="word")?)>(.*?)</th>')
_HEADING = re.compile(r"<h2>(.*?)</h2>")
_SMALL = ("What was measured", "Modules", "Sum scores", "Quality", "Classes among", "How to read")
_NAMED, _SURE = 3, 0.05
_FIRST = "Bottom line"  # open on a phone too
_PAIRS = ("tanimoto", "atom_pairs", "core_atoms", "same_scaffold", "connectivity", "q_noise", "relation", "same_plate")
_NOISE = "profiles without an effect"


def pairs(found: CompoundCard) -> list[tuple[str, str]]:
    """List what is known of a compound as label and text."""
    rows = [(label, getattr(found.compound, field)) for label, field in _FIELDS]
    shown = [(label, _text(value)) for label, value in rows if value not in (None, (), "")]
    return [*(("measured", _signature(one)) for one in found.compound.signatures), *shown]


def _text(value: object) -> str:
    """Write a figure with the digits that say anything."""
    return f"{value:.2f}" if isinstance(value, float) else cell(value)


def _signature(one: Mapping[str, Any]) -> str:
    """Write one signature in a line."""
    parts = [str(one["dataset"]) + (" (SIMULATED)" if one["simulated"] else "")]
    parts += [
        f"{one[field]:g} {unit}" for field, unit in (("dose_um", "µM"), ("time_h", "h")) if one[field] is not None
    ]
    parts += [str(one["cell_line"])] if one["cell_line"] else []
    parts += [f"{one['n_replicates']} wells"] if one["n_replicates"] is not None else []
    parts += [f"strength {one['strength']:.3f} log2"] if one["strength"] is not None else []
    if one["active"] is not None:
        parts.append("active" if one["active"] else "inactive")
    return ", ".join(parts)


def reported(found: CompoundCard) -> list[str]:
    """Write what documents report of a compound."""
    order = sorted(found.conflicts, key=lambda one: (one.level != "contradiction", bool(one.claims)))
    conflicts = [(one.subject, one.level, " Against: ".join(one.claims) or one.found) for one in order]
    return reported_parts([fact_blocks(entry.facts) for entry in found.facts], conflicts)


def report(profile: Profile) -> list[str]:
    """Write the signalling report."""
    return folded([for_page_html(part) for part in profile_parts(profile)], small=_SMALL)


def folded(parts: Sequence[str], *, small: Sequence[str] = ()) -> list[str]:
    """Put each section, from one heading to the next, into a fold; a phone closes it at the start.

    Parameters
    ----------
    parts
        Of a page; a section begins with its ``h2``.
    small
        Headings of sections that are closed at the start everywhere.

    Examples
    --------
    >>> folded(["<p>a</p>", "<h2>B</h2>", "<p>c</p>"])[1:]
    ['<details class="fold" data-fold open><summary><h2>B</h2></summary>', '<p>c</p>', '</details>']
    """
    found: list[str] = []
    inside = False
    for part in (_HEAD.sub(_head, one) for one in parts):
        heading = _HEADING.match(part)
        if heading is None:
            found.append(part)
            continue
        found += ["</details>"] if inside else []
        inside = True
        closed = any(heading[1].startswith(one) for one in small)
        state = "" if closed else " open" if heading[1].startswith(_FIRST) else " data-fold open"
        found += [
            f'<details class="fold"{state}><summary>{heading[0]}</summary>',
            *([part[heading.end() :]] if part[heading.end() :] else []),
        ]
    return [*found, *(["</details>"] if inside else [])]


def figures(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say what the score of an explanation rests on."""
    scores, method = value["scores"], value["method"]
    least = method.get("p_least")
    bound = "below " if least is not None and scores["p_noise"] is not None and scores["p_noise"] <= least * (1 + 1e-9) else ""  # fmt: skip
    rows = [
        ("place among all, by effect", scores["signature_rank"], "{}"),
        ("noise alone comes as close", scores["p_noise"], f"p {bound}{{:.2g}} (against {method['n_null']:,} {_NOISE})"),
        ("false discovery rate", scores["q_noise"], f"q {bound}{{:.2g}}"),
        ("as strong compounds of other scaffolds that come as close", scores["p_specific"], "{:.1%}"),
        ("active compounds that come less close to the hit", scores["tau"], "{:.1f} % (tau)"),
        ("single wells of both, the least alike", scores["split_min"], "{:.3f}"),
        ("looks alike (Tanimoto)", scores["tanimoto"], f"{{:.3f}}, place {scores['structure_rank']}"),
    ]
    found = [(label, text.format(number)) for label, number, text in rows if number is not None]
    if scores["same_plate"] is not None:
        found.append(("same plate", "yes: what they share may be the plate's" if scores["same_plate"] else "no"))
    for side in (value["query"], value["hit"]):
        if side.get("strength") is not None:
            acts = {True: ", active", False: ", inactive", None: ""}[side.get("active")]
            found.append((f"strength of {side['name']}", f"{side['strength']:.3f} log2{acts}"))
    return found


def _head(match: re.Match[str]) -> str:
    """Write the heading of a column as the pages have it, with what it means."""
    label, meaning = HEADS.get(html.unescape(match[2]).strip(), ("", ""))
    if not label:
        return match[0]
    return f'<th scope="col"{match[1]} title="{html.escape(meaning)}">{html.escape(label)}</th>'


def in_short(value: Mapping[str, Any]) -> list[str]:
    """Say in sentences what an explanation rests on: genes, chance, structure.

    Parameters
    ----------
    value
        ``Explanation.to_dict()``.
    """
    scores, said = value["scores"], []
    ways = {way: [_symbol(gene) for gene in value["agreeing"] if (gene["query_z"] or 0) * sign > 0 < (gene["hit_z"] or 0) * sign][:_NAMED] for way, sign in (("raise", 1), ("lower", -1))}  # fmt: skip
    moved = [f"{way} {_listed(genes)}" for way, genes in ways.items() if genes]
    if moved and scores["connectivity"] > 0:
        said.append(f"Both {' and '.join(moved)}: these genes add most to the score.")
    if scores["q_noise"] is not None:
        sure = scores["q_noise"] < _SURE
        said.append("Noise alone does not come as close." if sure else "Noise alone comes as close: the likeness may be chance.")  # fmt: skip
    if scores["p_specific"] is not None:
        said.append(f"Of the active compounds of other scaffolds, about as strong, {scores['p_specific']:.1%} come as close.")  # fmt: skip
    if scores["same_plate"]:
        said.append("Both were on one plate, which may make them alike.")
    structure = value["structure"]
    if structure and scores["tanimoto"] is not None:
        core = f"share a core of {structure['core_atoms']} atoms" if structure["has_core"] else "share no core"
        said.append(f"Their structures {core} (Tanimoto {scores['tanimoto']:.2f}).")
    return said


def _symbol(gene: Mapping[str, Any]) -> str:
    """Name a gene."""
    return str(gene["gene_symbol"] or gene["gene_id"])


def _listed(words: Sequence[str]) -> str:
    """Write a list as one says it.

    Examples
    --------
    >>> _listed(["a"]), _listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def side_by_side(value: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Set what is known of compounds side by side: a row for each field."""
    return [
        (label, [_text(one[field]) if one[field] is not None else NONE for one in value["compounds"]])
        for label, field in _COMPARED
        if any(one[field] not in (None, []) for one in value["compounds"])
    ]


def pair_rows(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Write each two compounds: figures as texts, what only one has, links."""
    keys = {one["name"]: one["inchikey"] or one["name"] for one in value["compounds"]}
    drawn = {one["name"]: bool(one["smiles"]) for one in value["compounds"]}
    rows = []
    for pair in value["pairs"]:
        a, b = keys[pair["a"]], keys[pair["b"]]
        shown = {**pair, "core_atoms": pair["core_atoms"] if pair["has_core"] else None}
        texts = {name: figure(one) if isinstance(one, float) else _text(one) for name in _PAIRS if (one := shown[name]) is not None}  # fmt: skip
        rows.append(
            {
                "a": pair["a"],
                "b": pair["b"],
                "texts": texts,
                "only_a": pair["only_a"],
                "only_b": pair["only_b"],
                "drawing": link("/pair.svg", {"a": a, "b": b}) if drawn[pair["a"]] and drawn[pair["b"]] else "",
                "why": link("/explain", {"query": a, "hit": b}) if pair["connectivity"] is not None else "",
            }
        )
    return rows


def effects(value: Mapping[str, Any]) -> list[str]:
    """Write what each compound does."""
    return folded(as_parts(effect_sections(value, plots=True)))
