"""How the joint answer is written, for every verb that gives one."""

from pathlib import Path
from typing import Any

from vcpi.answers import JointAnswer
from vcpi.cli import render
from vcpi.cli.options import Format

COLUMNS = {
    "rank": "rank",
    "name": "name",
    "connectivity": "connectivity",
    "q_noise": "q",
    "p_specific": "p specific",
    "tau": "tau",
    "tanimoto": "Tanimoto",
    "structure_rank": "structure rank",
    "relation": "relation",
    "strength": "strength",
    "n_replicates": "n",
    "same_plate": "same plate",
    "treatment": "treatment",
    "genes": "genes behind it",
    "notes": "flags",
}
ANALOG_COLUMNS = {
    "name": "name",
    "tanimoto": "Tanimoto",
    "connectivity": "connectivity",
    "q_noise": "q",
    "signature_rank": "signature rank",
    "treatment": "treatment",
    "relation": "relation",
    "strength": "strength",
    "n_replicates": "n",
    "notes": "flags",
}
N_GENES = 3
MEANINGS = {
    "q_noise": "q: false discovery rate against profiles of noise",
    "p_specific": "p specific: share of active compounds of other scaffolds, about as strong, that come as close",
    "tau": "tau: % of active compounds that come less close to the hit",
    "structure_rank": "structure rank: place by Tanimoto",
    "signature_rank": "signature rank: place by connectivity",
    "genes": "genes behind it: those that add most to the score",
}
UNJUDGED = {"q_noise": "q: false discovery rate among unrelated compounds, which may act alike"}
OPPOSITES = {
    "p_specific": "p specific: share of active compounds of other scaffolds, about as strong, that are as opposite",
    "tau": "tau: as % of active compounds that are less far from the hit, negative for opposites",
    "genes": "genes behind it: those that oppose one another most",
}


def write(answers: list[JointAnswer], *, output_format: Format | None, output: Path | None) -> None:
    """Write answers: the table with its query line and caveats, or whole for programs."""
    output_format = render.chosen(output_format, output)
    values = [answer.to_dict() for answer in answers]
    if output_format is Format.table:
        render.write("\n\n".join(_text(value) for value in values), output)
        return
    records = [
        {"query": value["query"]["name"], **hit} if len(values) > 1 else hit
        for value in values
        for hit in value["hits"]
    ]
    value = values[0] if len(values) == 1 else values
    render.write(render.rows(records, output_format=output_format, columns=COLUMNS, value=value), output)
    if output_format is not Format.json:
        for caveat in dict.fromkeys(caveat for value in values for caveat in value["caveats"]):
            render.remark(f"note: {caveat}")
        n_analogs = sum(len(value["analogs"]) for value in values)
        if n_analogs:
            render.remark(f"note: {n_analogs} analogs that act differently are in the table and the JSON only")


def _text(value: dict[str, Any]) -> str:
    """Write one answer for reading."""
    method = value["method"]
    parts = [_headline(value["query"], method)]
    if value.get("genes"):
        parts.append(_mapping(value["genes"]))
    used: dict[str, str] = {}
    if value["hits"]:
        used = _present(COLUMNS, value["hits"])
        parts.append(render.table([_bounded(hit, value) for hit in value["hits"]], used))
    else:
        parts.append("no hits")
    if value["analogs"]:
        measured = any(hit["connectivity"] is not None for hit in value["analogs"])
        parts.append("looks alike, acts differently:" if measured else "measured compounds that look most like it:")
        columns = _present(ANALOG_COLUMNS, value["analogs"])
        parts.append(render.table([_bounded(hit, value) for hit in value["analogs"]], columns))
        used = {**used, **columns}
    if value["hits"] and "alike_in_effect" in method:
        parts.append(_bars(value))
    parts += render.legend(used, _meanings(method))
    parts += [f"note: {caveat}" for caveat in value["caveats"]]
    return "\n".join(parts)


def _meanings(method: dict[str, Any]) -> dict[str, str]:
    """Say what columns mean in one answer."""
    judged = UNJUDGED if method.get("null") == "unrelated-compounds" else {}
    return {**MEANINGS, **judged, **(OPPOSITES if method.get("direction") == "reverse" else {})}


def _bounded(hit: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """Make the cells of a hit, the q of the smallest p as a bound; but what the query's replicates allow is no bound."""
    shown = _shown(hit)
    if hit.get("q_noise") != value["query"].get("replicate_p"):
        shown["q_noise"] = render.bounded(hit, value["method"].get("p_least"))
    return shown


def _bars(value: dict[str, Any]) -> str:
    """Say from where on compounds count as alike, and what they are judged against."""
    method = value["method"]
    what = "opposite" if method.get("direction") == "reverse" else "alike"
    text = f"{what} in effect: {method['alike_in_effect']}"
    if method["null"] not in {None, "unrelated-compounds"}:
        text += f" (against {method['n_null']:,} profiles without an effect)"
    else:
        text += " (about 1 % of unrelated pairs reach it)"
    if any(hit["tanimoto"] is not None for hit in value["hits"]):
        text += f"; alike in structure: Tanimoto {method['alike_in_structure_from']:.2f} or more"
    return text


def _headline(query: dict[str, Any], method: dict[str, Any]) -> str:
    """Say what was asked with, and how strong that is."""
    direction = "does the opposite of" if method.get("direction") == "reverse" else "behaves like"
    known = []
    if query.get("dataset"):
        known.append(query["dataset"])
    if query.get("dose_um") is not None:
        known.append(f"{query['dose_um']:g} µM")
    if query.get("n_replicates") is not None:
        known.append(f"n={query['n_replicates']}")
    if query.get("strength") is not None:
        known.append(f"strength {query['strength']:.3f}")
    if query.get("active") is not None:
        known.append("active" if query["active"] else "inactive")
    about = f" ({', '.join(known)})" if known else ""
    return f"What {direction} {query['name']}{about}: {method['name']} over {method['n_genes']} genes"


def _mapping(genes: dict[str, Any]) -> str:
    """Say what became of the genes asked for."""
    lost = [
        f"{len(genes[part])} {part.replace('_', ' ')}"
        for part in ("unmapped", "not_in_dataset", "ambiguous", "duplicates")
        if genes[part]
    ]
    return f"genes: {genes['n_used']} of {genes['n_ids']} used" + (f", {', '.join(lost)}" if lost else "")


def _shown(hit: dict[str, Any]) -> dict[str, Any]:
    """Add the cells that only a table has."""
    flags = [flag for flag in hit["flags"] if flag != "uncalibrated" and not flag.startswith("no-tau")]
    dose, time = hit["dose_um"], hit["time_h"]
    treatment = (None if dose is None else f"{dose:g} µM", None if time is None else f"{time:g} h", hit["cell_line"])
    return {
        **hit,
        "treatment": " ".join(part for part in treatment if part),
        "genes": " ".join(hit["shared_genes"][:N_GENES]),
        "notes": ", ".join(flags),
    }


def _present(columns: dict[str, str], hits: list[dict[str, Any]]) -> dict[str, str]:
    """Leave out columns in which no hit has anything to say, and the treatment where all hits had the same."""
    shown = [_shown(hit) for hit in hits]
    said = {field: {str(row.get(field)) for row in shown} - {"None", "", "[]"} for field in columns}
    return {
        field: label
        for field, label in columns.items()
        if said[field] and (field != "treatment" or len(said[field]) > 1)
    }
