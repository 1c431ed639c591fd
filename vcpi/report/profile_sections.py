"""The sections of a signalling report, from the profile as JSON holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vcpi.report.sections import Section, cell

if TYPE_CHECKING:
    pass

Row = Mapping[str, Any]
LEAST_KEPT = 1e-6
N_PATHWAYS = 10
GRADES = {
    "observed": "measured here",
    "consistent with": "the figures fit it; other causes can give the same",
    "hypothesis": "to be tested",
}
IDENTITY = {
    "name": "name", "is": "", "tanimoto": "Tanimoto", "same_skeleton": "same skeleton", "formula": "formula",
    "molecular_weight": "MW", "log_p": "log P", "tpsa": "TPSA", "inchikey": "InChIKey", "measured": "measured",
}  # fmt: skip
AXES = {
    "title": "axis", "kind": "kind", "directed": "signed mean", "signed": "plain mean", "abs": "mean size", "z": "z", "q": "q",
    "percentile": "% of compounds", "random_percentile": "% of random panels", "null_percentile": "% of noise",
    "share": "others alike", "measured": "genes", "genes": "leading genes", "reason": "no score because",
}  # fmt: skip
GENES = {
    "gene": "gene", "call": "", "fold": "fold", "lfc": "log2", "se": "± se", "z": "z", "q": "q", "replicates": "replicates",
    "vehicle_cpm": "vehicle CPM", "percentile": "% of compounds", "moved_by_inactive": "inactive alike", "mark": "mind",
    "role": "what it does",
}  # fmt: skip
SUMS = {"title": "score", "expression": "sum of", "value": "value", "se": "± se", "percentile": "% of compounds", "missing": "missing", "caution": "mind"}  # fmt: skip
PATHWAYS = {"name": "gene set", "score": "mean log2", "n": "genes", "n_total": "of", "t": "t", "p": "p", "q": "q"}
NEIGHBOURS = {
    "rank": "rank", "name": "name", "connectivity": "connectivity", "q_noise": "q", "p_specific": "p specific", "tau": "tau",
    "tanimoto": "Tanimoto", "relation": "relation", "strength": "strength", "same_plate": "same plate", "classes": "class",
    "flags": "flags",
}  # fmt: skip
WELLS = {
    "well": "well", "plate": "plate", "n_umi": "UMI", "rna_output": "RNA, % of vehicle", "gene_diversity": "genes, % of vehicle",
    "gene_diversity_thinned": "at equal depth", "mt_z": "mitochondrial z",
}  # fmt: skip
REPORTED = {
    "target": "target", "figure": "figure", "assay": "assay", "context": "in", "transferred_from": "measured of", "document": "document",
}  # fmt: skip
STRENGTH = {
    "percentile": "strength, percentile of the compounds",
    "null_percentile": "strength, percentile of wells without an effect",
    "composition_shift": "median change of all genes",
    "mean_abs": "mean absolute change",
    "mean_abs_null": "the same in noise",
    "n_strong": "genes that change twofold or more",
    "n_strong_expected": "of them expected by noise",
    "n_supported": "strong genes that every replicate supports",
    "n_supported_null": "of them expected by noise ",
    "breadth": "share of axes that move",
    "breadth_null": "the same in noise ",
    "breadth_percentile": "breadth, percentile of the compounds",
}


def profile_title(value: Row) -> str:
    """Say what the report is about, in one line."""
    query, dataset = value["query"], value["dataset"]
    where = ", ".join(text for text in (dataset.get("name"), query.get("cell_line"), _number(query.get("dose_um"), "µM"), _number(query.get("time_h"), "h")) if text)  # fmt: skip
    simulated = " (SIMULATED counts)" if dataset.get("simulated") else ""
    return f"What {query['name']} does: {where}{simulated}" if where else f"What {query['name']} does{simulated}"


def profile_sections(value: Row, *, plots: Mapping[str, str] | None = None) -> list[Section]:
    """Give the sections of a report.

    Parameters
    ----------
    value
        Of :meth:`vcpi.report.profile.Profile.to_dict`.
    plots
        Place → inline SVG, for a page: ``axes``, ``modules``, ``genes``, ``volcano``, ``pathways``, ``quality``,
        ``landscape``, ``structures``.
    """
    drawn = plots or {}
    return [
        _bottom_line(value)[0],
        _measured(value),
        _identity(value, drawn.get("structures", "")),
        _axes(value, drawn.get("axes", "")),
        _modules(value, drawn.get("modules", "")),
        _sums(value),
        *_pathways(value, drawn.get("pathways", "")),
        _bottom_line(value)[1],
        _genes(value, drawn.get("genes", "") + drawn.get("volcano", "")),
        _quality(value, drawn.get("quality", "")),
        *_neighbours(value, drawn.get("landscape", "")),
        _reported(value),
        _caveats(value),
        *([_reading(value)] if value["axes"] else []),
    ]


def _bottom_line(value: Row) -> list[Section]:
    """List the graded statements: the bottom line, and what else the figures say."""
    parts = []
    for title, first in (("Bottom line", True), ("Further findings", False)):
        rows = tuple(
            {"grade": one["grade"], "text": one["text"]} for one in value["statements"] if one["first"] is first
        )
        used = [
            f"{grade}: {meaning}" for grade, meaning in GRADES.items() if any(row["grade"] == grade for row in rows)
        ]
        parts.append(
            Section(
                title=title,
                columns={"grade": "grade", "text": "statement"},
                rows=rows,
                words=True,
                after=("; ".join(used),) if used else (),
            )
        )
    return parts


def _measured(value: Row) -> Section:
    """Say what was measured, where, how often."""
    query, dataset = value["query"], value["dataset"]
    plates = query.get("plates") or []
    n = query.get("n_replicates")
    facts = [
        ("compound", query["name"], query.get("inchikey")),
        ("known as", cell([*query.get("classes", []), *query.get("moas", [])]) if query.get("classes") or query.get("moas") else None, None),
        ("treatment", ", ".join(text for text in (query.get("cell_line"), _number(query.get("dose_um"), "µM"), _number(query.get("time_h"), "h")) if text), None),
        ("wells", None if n is None else f"{n}" + (f" on plate {plates[0]}" if len(plates) == 1 else f" on {len(plates)} plates" if plates else ""), None),
        ("compared with", _BASELINES.get(str(dataset.get("baseline")), dataset.get("baseline")), None),
        ("dataset", None if not dataset else f"{dataset.get('name')}: {cell(dataset.get('n_compounds'))} compounds, {cell(dataset.get('n_measured'))} measured genes", None),
        ("strength", None if query.get("strength") is None else f"{query['strength']:.3f} {value['unit']}, {_ACTIVE[query.get('active')]}", None),
        ("generic stress", None if query.get("stress") is None else f"{query['stress']:+.1f} (0 without an effect, spread 1; above 4 is much)", None),
        ("replicates agree", None if query.get("replicate_p") is None else f"{_p(query['replicate_p'])} against wells without an effect", None),
    ]  # fmt: skip
    rows = [{"what": what, "value": text if more is None else f"{text} ({more})"} for what, text, more in facts if text]
    block = value.get("strength") or {}
    rows += [
        {"what": label, "value": cell(block[name])} for name, label in STRENGTH.items() if block.get(name) is not None
    ]
    versions = dataset.get("versions") or {}
    rows += (
        [{"what": "made with", "value": ", ".join(f"{name} {version}" for name, version in versions.items())}]
        if versions
        else []
    )
    return Section(title="What was measured", columns={"what": "", "value": ""}, rows=tuple(rows), words=True)


_ACTIVE = {
    True: "active",
    False: "inactive: no effect beyond wells without one",
    None: "whether it is active is not known",
}
_CHANGES = {"log2": "log2 fold changes", "z": "z"}
_BASELINES = {
    "hybrid": "the middle of the plate's inactive compounds, moved to its vehicle wells (hybrid)",
    "vehicle_plate": "the vehicle wells of its plate",
    "vehicle_pooled": "the vehicle wells of all plates",
    "plate_center": "the middle of its plate's compounds",
}


def _identity(value: Row, plot: str) -> Section:
    """Set the compound beside its analogs."""
    return Section(
        title="Identity, and what looks like it",
        columns=IDENTITY,
        rows=tuple(value["identity"]),
        plot=plot,
        file="identity",
    )


def _axes(value: Row, plot: str) -> Section:
    """List the axes."""
    lead = (
        "Footprints are genes that follow a process: each is counted in the direction that it takes when the process is active "
        "(signed mean), so that up means more active, also where most of its genes fall; 'plain mean' leaves the signs out. "
        "Components are the mRNA of a pathway's members, not its activity. z is in units of noise, q the false discovery rate "
        "over the axes.",
    )
    rows = tuple(_axis(row) for row in value["axes"])
    return Section(
        title="Axes", lead=lead if rows else (), columns=AXES, rows=rows, plot=plot, file="axes", folded=bool(plot)
    )


def _modules(value: Row, plot: str) -> Section:
    """List the modules."""
    return Section(
        title="Modules",
        columns=AXES,
        rows=tuple(_axis(row) for row in value["modules"]),
        plot=plot,
        file="modules",
        folded=bool(plot),
    )


def _axis(row: Row) -> dict[str, Any]:
    """Make a row of an axis for reading."""
    leading = [f"{one['gene_symbol']} {one['lfc']:+.2f}" for one in row["leading"]]
    return {
        **row,
        "measured": f"{row['n_measured']}/{row['n_total']}",
        "genes": leading if row["z"] is not None else [],
    }


def _sums(value: Row) -> Section:
    """List the sum scores."""
    lead = (
        f"Sums of {_CHANGES[value['unit']]} over a few genes, as hand-made rankings use them; the axes above are the better instrument.",
    )
    return Section(
        title="Sum scores", lead=lead if value["sums"] else (), columns=SUMS, rows=tuple(value["sums"]), file="sums"
    )


def _pathways(value: Row, plot: str) -> list[Section]:
    """List the gene sets that are most up and most down."""
    found = value["pathways"]
    if not found:
        return []
    up = [row for row in found if row["score"] > 0][:N_PATHWAYS]
    down = [row for row in reversed(found) if row["score"] < 0][:N_PATHWAYS]
    lead = (
        f"{len(found):,} gene sets of the workspace; the test asks whether the genes of a set stand apart from all others, "
        "allowing for genes that move together in noise.",
    )
    return [
        Section(title="Gene sets up", lead=lead, columns=PATHWAYS, rows=tuple(up), plot=plot, file="pathways-up"),
        Section(title="Gene sets down", columns=PATHWAYS, rows=tuple(down), file="pathways-down"),
    ]


def _genes(value: Row, plot: str) -> Section:
    """List the gene call-outs."""
    rows = []
    for row in value["genes"]:
        marks = [
            f"{row['moved_by_inactive']:.0%} of inactive compounds do the same: baseline suspect"
            if row["suspect"]
            else "",
            "moves with handling" if row["handling_sensitive"] else "",
            "replicates differ more than their error" if row["discordant"] else "",
        ]
        rows.append(
            {**row, "gene": row["gene_symbol"] or row["gene_id"], "mark": "; ".join(mark for mark in marks if mark)}
        )
    lead = (
        "▲▲ or ▼▼: z of 3 or more and every replicate the same way; ▲ or ▼: z of 2 or more. A gene that many inactive "
        "compounds move the same way tells of the baseline, not of this compound.",
    )
    return Section(
        title="Genes",
        lead=lead if rows else (),
        columns=GENES,
        rows=tuple(rows),
        plot=plot,
        file="genes",
        folded=bool(plot),
    )


def _quality(value: Row, plot: str) -> Section:
    """Say how the cells and the wells were."""
    quality = value["quality"]
    if not quality:
        return Section(title="Quality")
    wells = tuple({**row, "well": row["sequenced_id"]} for row in value["wells"])
    whole = ({"well": "all", **quality},)
    lead = (f"Viability call: {quality['viability']} ({quality['reason']}).",)
    return Section(
        title="Quality, against vehicle wells of the same plate",
        lead=lead,
        columns=WELLS,
        rows=whole + wells,
        plot=plot,
        file="quality",
    )


def _neighbours(value: Row, plot: str) -> list[Section]:
    """List what acts alike, and what looks alike and acts differently."""
    return [
        Section(title="Acts most alike", columns=NEIGHBOURS, rows=tuple(value["neighbours"]), plot=plot, file="neighbours"),
        Section(title="Looks alike, acts differently" if value["query"].get("signature_id") else "Measured compounds that look most like it", columns=NEIGHBOURS, rows=tuple(value["analogs"]), file="analogs"),
        Section(
            title="Classes among the nearest",
            columns={"name": "class", "n_top": "of the nearest", "k": "nearest", "expected": "by chance", "n": "members", "p": "p", "q": "q"},
            rows=tuple(value["classes"]),
            file="classes",
        ),
    ]  # fmt: skip


def _reported(value: Row) -> Section:
    """List potencies that documents report."""
    rows = [
        {**row, "figure": f"{row['measure']} {row['relation']} {row['value']:g} {row['unit']}"}
        for row in value["reported"]
    ]
    return Section(
        title="Reported in documents, not measured here",
        columns=REPORTED,
        rows=tuple(rows),
        words=True,
        after=("'vcpi compound' shows mechanisms, protocols and references.",) if rows else (),
        file="reported",
    )


def _caveats(value: Row) -> Section:
    """List what limits the report."""
    return Section(
        title="What cannot be concluded",
        lead=tuple(dict.fromkeys(f"{text}." if not text.endswith(".") else text for text in value["caveats"])),
    )


def _reading(value: Row) -> Section:
    """Say how the figures read."""
    n = value["dataset"].get("n_compounds")
    return Section(
        title="How to read the figures",
        lead=(
            f"% of compounds: place among the {cell(n)} compounds of this dataset, equal ones counted half (axes: among those of "
            "the same dose); 97 means the top 3 %. % of random panels: the same among random panels of as many, equally "
            "expressed genes. % of noise: among vehicle wells treated as if they were compounds. others alike: share of the "
            "active compounds that move the axis the same way. inactive alike: share of the compounds without an effect that "
            "move the gene so.",
            "connectivity: cosine of two signatures, in [-1, 1], negative is reversal. q: false discovery rate against noise. "
            "p specific: share of active compounds of other scaffolds, about as strong, that come as close. tau: percent of "
            "active compounds that come less close. relation: analog-mimic looks and acts alike, scaffold-hop acts alike and "
            "looks different, activity-cliff looks alike (the nearest analogs, down to Tanimoto 0.35) and acts differently. "
            "same plate: shares a plate with the compound, and so perhaps an accident.",
            "strength: what replicates agree on, log2; generic stress: how far along the direction that all dying cells share; "
            "breadth: share of the axes that move; vehicle CPM: counts per million in vehicle wells; at equal depth: counted "
            "after all wells were thinned to the same number of reads; same skeleton: equal but for stereo, charge or isotopes.",
        ),
    )


def _p(value: float) -> str:
    """Write a p-value; those that are kept as 0 are smaller than what is kept."""
    return f"p {value:.2g}" if value >= LEAST_KEPT else f"p < {LEAST_KEPT:g}"


def _number(value: float | None, unit: str) -> str:
    """Write a quantity; nothing where it is not known."""
    return "" if value is None else f"{value:g} {unit}"


def panel_rows(rows: Sequence[Row], *, unit: str = "log2") -> list[dict[str, Any]]:
    """Make rows of :func:`vcpi.report.plots.bars` of axes: z, with the band of noise."""
    return [
        {
            "label": row["title"] if row["kind"] != "components" else f"{row['title']} (mRNA)",
            "value": row["z"],
            "low": -2.0,
            "high": 2.0,
            "q": row["q"],
            "reason": row["reason"],
            "note": "" if row["z"] is None else f"{row['directed']:+.2f} {unit}",
        }
        for row in rows
    ]
