"""Signatures into the store, with their strength, features and noise."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.assemble.effects import ACTIVE_LEVEL, make_effects, single_z
from vcpi.assemble.judging import as_payload, judge
from vcpi.assemble.quiet import QuietWells
from vcpi.assemble.report import versions
from vcpi.assemble.spill import SpilledRows
from vcpi.assemble.wells import order
from vcpi.errors import DataError
from vcpi.records import Rejected
from vcpi.signature.strength import activity_threshold
from vcpi.store import write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from sqlite_utils import Database

    from vcpi.assemble.effects import Evidence
    from vcpi.assemble.fitting import ReleaseFit
    from vcpi.assemble.judging import Effects, Judgement
    from vcpi.assemble.scheduling import Scheduler
    from vcpi.assemble.spill import Rows
    from vcpi.assemble.wells import Treatment, Wells
    from vcpi.signature.baseline import Baseline
    from vcpi.signature.recipe import Recipe

DISCORDANT = 2.0  # times the noise that wells of one treatment usually have against each other
LEAST_NULL, LEAST_LIBRARY = 100, 60  # fewer, and features would be learned from accidents


class SignatureWriter:
    """Writes the signatures of one release.

    Parameters
    ----------
    profiles
        Profiles of all wells, shape (n_wells, n_genes).
    recipe
        What is done to them.
    scheduler
        Who makes the sets of vehicle wells; this process where None.
    """

    def __init__(
        self,
        database: Database,
        dataset_id: int,
        wells: Wells,
        profiles: Rows,
        *,
        recipe: Recipe,
        scheduler: Scheduler | None = None,
    ) -> None:
        self.scheduler = scheduler
        self.database, self.dataset_id, self.wells, self.profiles, self.recipe = (
            database, dataset_id, wells, profiles, recipe,
        )  # fmt: skip
        self.notes: list[str] = []
        self.rejected: list[Rejected] = []
        self.treatments = wells.of_treatments()
        self.block_of = wells.block_of()
        self.versions = versions()

    def write_expression(self, mean_of: Callable[[Sequence[int]], NDArray[np.float64]]) -> int:
        """Enter the mean expression of each treatment; return how many there are."""
        for treatment in sorted(self.treatments, key=order):
            places = self.treatments[treatment]
            self._enter(treatment, places, {"expression": mean_of(places)}, "expression", {})
        self.notes.append("contest mode: expression, not an effect; neighbours mostly share what all wells share")
        return len(self.treatments)

    def write_effects(self, fit: ReleaseFit, progress: Callable[[str, int, int], None] | None) -> int:
        """Enter the effect of each treatment, with what it is judged by; return how many there are."""
        baselines = {block: fit.model.of(block) for block in self.wells.blocks}
        self.notes += [baseline.note for baseline in baselines.values() if baseline.note]
        quiet = self._quiet(fit)
        thresholds = self._thresholds(quiet)
        effects, evidence = self._effects(fit, baselines, thresholds, progress)
        while not effects.z.any(axis=1).all():  # once more without the treatments that are their own baseline
            self._leave_out(np.asarray(~effects.z.any(axis=1)))
            quiet = self._quiet(fit)
            effects, evidence = self._effects(fit, baselines, thresholds, progress)
        ordered = sorted(self.treatments, key=order)
        places = [self.treatments[treatment] for treatment in ordered]
        judged = bool(thresholds or evidence.mixed)
        if not thresholds:
            self.notes.append(
                "no plate has vehicle wells to spare: what is active is told by sets of wells of different compounds alone"
                if judged
                else "no plate has vehicle wells to spare: which compounds are active cannot be said"
            )
        self._enter_fit(fit)
        for n, values in evidence.mixed.items():
            payload = values.astype("<f8").tobytes()
            write.add_null(self.database, self.dataset_id, statistic=f"mixed-strength-{n}", payload=payload)
        vehicles, differences = quiet.vehicles(), quiet.differences()
        n_null = sum(len(part.z) for part in (*vehicles, *differences))
        if n_null < LEAST_NULL or effects.library.sum() < LEAST_LIBRARY:
            self.notes.append(
                f"{n_null} noise profiles and {int(effects.library.sum())} library signatures are too few to learn from "
                f"(expected {LEAST_NULL} and {LEAST_LIBRARY}): searched on plain z, judged against unrelated compounds"
            )
            self._enter_plain(ordered, effects, evidence, has_null=judged)
            return len(ordered)
        z = SpilledRows(effects.z.shape)
        z[range(len(ordered))] = effects.z
        judgement = judge(
            effects,
            vehicles=vehicles,
            differences=differences,
            vehicle_shared={block: float(np.mean(base.shared_factor)) for block, base in baselines.items()},
            plate_of={block: self.wells.samples[members[0]].plate for block, members in self.wells.blocks.items()},
            compounds_of=quiet.owners,
            recipe=self.recipe,
            wells_z=lambda row: single_z(
                self.wells,
                self.profiles,
                places[row],
                [self.block_of[place] for place in places[row]],
                fit=fit,
                baselines=baselines,
            ),
        )
        del vehicles, differences
        self.notes += judgement.notes
        self._enter_models(judgement)
        for row, treatment in enumerate(ordered):
            self._enter_effect(treatment, effects, evidence, judgement, row, z=z[row], has_null=judged)
            if progress is not None:
                progress("signatures", row + 1, len(ordered))
        return len(ordered)

    def _quiet(self, fit: ReleaseFit) -> QuietWells:
        """Look at the wells without an effect, as the treatments now are."""
        return QuietWells(
            self.wells, self.treatments, self.profiles, noise=fit.noise, model=fit.model, scheduler=self.scheduler
        )

    def _thresholds(self, quiet: QuietWells) -> dict[int, float]:
        """Keep the strengths of sets of vehicle wells, and the strength that a treatment has to pass, by its wells."""
        thresholds: dict[int, float] = {}
        for n, values in quiet.strengths().items():
            payload = values.astype("<f8").tobytes()
            write.add_null(self.database, self.dataset_id, statistic=f"strength-{n}", payload=payload)
            thresholds[n] = activity_threshold(values, level=ACTIVE_LEVEL)
        return thresholds

    def _effects(
        self,
        fit: ReleaseFit,
        baselines: Mapping[str, Baseline],
        thresholds: Mapping[int, float],
        progress: Callable[[str, int, int], None] | None,
    ) -> tuple[Effects, Evidence]:
        """Make the effects of all treatments, in order."""
        if not self.treatments:
            message = "No treatment differs from its baseline in any gene; expected counts that differ between wells"
            raise DataError(message)
        return make_effects(
            self.wells,
            self.profiles,
            sorted(self.treatments, key=order),
            fit=fit,
            baselines=baselines,
            thresholds=thresholds,
            progress=progress,
        )

    def _leave_out(self, still: NDArray[np.bool_]) -> None:
        """Take treatments that move no gene at all out, and keep why."""
        for treatment in [
            t for t, no_effect in zip(sorted(self.treatments, key=order), still, strict=True) if no_effect
        ]:
            for place in self.treatments.pop(treatment):
                sample = self.wells.samples[place]
                self.wells.treatments[place] = None
                reason = "no gene differs from the baseline: no other well to compare with, or all have the same counts"
                self.rejected.append(Rejected(file=sample.file, row=sample.row, raw=sample.sequenced_id, reason=reason))

    def _enter_fit(self, fit: ReleaseFit) -> None:
        """Keep the degrees of freedom, and what wells owe to their place."""
        noise = fit.noise
        prior = noise.prior_df if np.isfinite(noise.prior_df) else None
        degrees = {"df": noise.df, "prior_df": prior}
        write.add_model(self.database, self.dataset_id, name="noise", settings=degrees, arrays={})
        if fit.positions is None:
            return
        effects = fit.positions
        arrays = {
            name: as_payload(values)
            for name, values in (
                ("rows", effects.rows),
                ("row_effects", effects.row_effects),
                ("columns", effects.columns),
                ("column_effects", effects.column_effects),
                ("edge", effects.edge),
            )
        }
        settings = {"n_wells": effects.n_wells, "shares": effects.shares}
        write.add_model(self.database, self.dataset_id, name="positions", settings=settings, arrays=arrays)

    def _enter_models(self, judgement: Judgement) -> None:
        """Keep the features' model, the plate offsets and the noise."""
        model, offsets, null = judgement.model, judgement.offsets, judgement.null_model
        arrays = {name: as_payload(values) for name, values in model.arrays().items()}
        write.add_model(self.database, self.dataset_id, name="features", settings=model.settings, arrays=arrays)
        arrays = {block: as_payload(values) for block, values in offsets.values.items()}
        settings = {"n_genes": offsets.n_genes, "notes": list(offsets.notes)}
        write.add_model(self.database, self.dataset_id, name="offsets", settings=settings, arrays=arrays)
        if null is None:
            return
        arrays = {name: as_payload(values) for name, values in null.arrays().items()}
        write.add_model(self.database, self.dataset_id, name="null", settings=null.settings(), arrays=arrays)
        rows = zip(
            judgement.null_kinds,
            judgement.null_plates,
            judgement.null_members,
            judgement.null_features,
            judgement.null_replicate_p.tolist(),
            strict=True,
        )
        write.add_null_profiles(
            self.database,
            self.dataset_id,
            (
                (kind, plate, members, values.astype("<f4").tobytes(), _number(p))
                for kind, plate, members, values, p in rows
            ),
        )

    def _enter_plain(
        self, ordered: Sequence[Treatment], effects: Effects, evidence: Evidence, *, has_null: bool
    ) -> None:
        """Enter the effects without features."""
        query = "UPDATE dataset SET search_layer = 'z' WHERE dataset_id = ?"
        self.database.execute(query, [self.dataset_id])
        for row, treatment in enumerate(ordered):
            figures = _figures(effects, evidence, row, has_null=has_null)
            layers = {"lfc": effects.lfc[row], "z": effects.z[row]}
            self._enter(treatment, self.treatments[treatment], layers, "z", figures)

    def _enter_effect(
        self,
        treatment: Treatment,
        effects: Effects,
        evidence: Evidence,
        judgement: Judgement,
        row: int,
        *,
        z: NDArray[np.float32],
        has_null: bool,
    ) -> None:
        """Enter one effect with its features and figures."""
        layers = {"lfc": effects.lfc[row], "z": z, "feature": judgement.features[row]}
        figures = _figures(effects, evidence, row, has_null=has_null)
        figures["stress"] = _number(judgement.stress[row])
        figures["replicate_p"] = _number(judgement.replicate_p[row])
        wells = judgement.halves[row].astype("<f2").tobytes()
        self._enter(treatment, self.treatments[treatment], layers, "feature", figures, wells=wells)

    def _enter(
        self,
        treatment: Treatment,
        places: Sequence[int],
        layers: dict[str, NDArray[Any]],
        search_layer: str,
        figures: dict[str, Any],
        *,
        wells: bytes | None = None,
    ) -> None:
        """Enter one signature with what it was made of."""
        compound_id, dose_um, time_h, cell_line = treatment
        payloads = {layer: values.astype("<f4").tobytes() for layer, values in layers.items()}
        digest = hashlib.sha256(payloads[search_layer]).hexdigest()
        if wells is not None:
            payloads["wells"] = wells
        samples = [self.wells.samples[place] for place in places]
        flags = sorted({flag for place in places for flag in self.wells.flags[place]})
        if samples[0].role == "positive_control":
            flags.append("positive-control")
        if (figures.get("quality_factor") or 1.0) >= DISCORDANT:
            flags.append("replicates-differ")
        label = samples[0].source_compound_id or samples[0].compound_uuid or str(compound_id)
        provenance = {
            "baseline": self.recipe.baseline,
            "library_size": "total" if self.recipe.baseline == "contest" else self.recipe.library_size,
            "plates": sorted({sample.plate for sample in samples if sample.plate}),
            "versions": self.versions,
            "samples": [sample.sequenced_id for sample in samples],
            "compared_within": sorted({self.block_of[place] for place in places}),
        }
        entry = {
            "dataset_id": self.dataset_id,
            "compound_id": compound_id,
            "source_signature_id": f"{label}|{dose_um}|{time_h}|{cell_line}",
            "dose_um": dose_um,
            "time_h": time_h,
            "cell_line": cell_line,
            "n_replicates": len(places),
            "plates": write.canonical_json(sorted({sample.plate for sample in samples if sample.plate})),
            "vector_digest": digest,
            "flags": write.canonical_json(flags),
            "provenance": write.canonical_json(provenance),
            **figures,
        }
        write.add_signature(self.database, entry, layers=payloads)


def _figures(effects: Effects, evidence: Evidence, row: int, *, has_null: bool) -> dict[str, Any]:
    """Give strength, agreement and well-being of one signature."""
    several = effects.n_wells[row] > 1
    return {
        "strength": round(float(effects.strength[row]), 6),
        "n_strong_genes": int(evidence.n_strong[row]),
        "active": int(effects.active[row]) if has_null else None,
        "rna_output": _number(effects.rna_output[row]),
        "mt_share": _number(effects.mt_share[row]),
        "quality_factor": _number(evidence.quality[row]) if several else None,
        "replicate_correlation": _number(evidence.correlation[row]),
        "replicate_excess": _number(evidence.excess[row]),
        "tas": _number(evidence.tas[row]),
    }


def _number(value: float) -> float | None:
    """Return a plain number, None for what is not known."""
    return round(float(value), 6) if np.isfinite(value) else None
