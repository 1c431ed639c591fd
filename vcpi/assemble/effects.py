"""From the profiles of wells to signatures in the store, with their strength, features and noise."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.assemble.judging import Effects, as_payload, judge
from vcpi.assemble.quiet import QuietWells
from vcpi.assemble.wells import order
from vcpi.signature.contrast import combine, contrast
from vcpi.signature.strength import activity_threshold, n_strong_genes, strength
from vcpi.store import write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from sqlite_utils import Database

    from vcpi.assemble.judging import Judgement
    from vcpi.assemble.wells import Treatment, Wells
    from vcpi.signature.baseline import Baseline, BaselineModel
    from vcpi.signature.recipe import Recipe
    from vcpi.signature.variance import Noise

ACTIVE_LEVEL = 0.99
LEAST_NULL, LEAST_LIBRARY = 100, 60  # fewer, and features would be learned from accidents


class SignatureWriter:
    """Writes the signatures of one release.

    Parameters
    ----------
    profiles
        Profiles of all wells, shape (n_wells, n_genes).
    recipe
        What is done to them.
    """

    def __init__(
        self,
        database: Database,
        dataset_id: int,
        wells: Wells,
        profiles: NDArray[np.float32],
        *,
        recipe: Recipe,
    ) -> None:
        self.database, self.dataset_id, self.wells, self.profiles, self.recipe = (
            database, dataset_id, wells, profiles, recipe,
        )  # fmt: skip
        self.notes: list[str] = []
        self.treatments: dict[Treatment, list[int]] = {}
        for place, treatment in enumerate(wells.treatments):
            if treatment is not None:
                self.treatments.setdefault(treatment, []).append(place)
        self.block_of = {place: block for block, places in wells.blocks.items() for place in places}

    def write_expression(self, mean_of: Callable[[Sequence[int]], NDArray[np.float64]]) -> int:
        """Enter the mean expression of each treatment; return how many there are."""
        for treatment in sorted(self.treatments, key=order):
            places = self.treatments[treatment]
            self._enter(treatment, places, {"expression": mean_of(places)}, "expression", {})
        self.notes.append("contest mode: expression, not an effect; neighbours mostly share what all wells share")
        return len(self.treatments)

    def write_effects(
        self, noise: Noise, model: BaselineModel, progress: Callable[[str, int, int], None] | None
    ) -> int:
        """Enter the effect of each treatment, with what it is judged by; return how many there are."""
        baselines = {block: model.of(block) for block in self.wells.blocks}
        self.notes += [baseline.note for baseline in baselines.values() if baseline.note]
        quiet = QuietWells(self.wells, self.treatments, self.profiles, noise=noise, model=model)
        thresholds = self._thresholds(quiet)
        ordered = sorted(self.treatments, key=order)
        effects = self._effects(ordered, noise, baselines, thresholds, progress)
        vehicles, differences = quiet.vehicles(), quiet.differences()
        n_null = sum(len(part.z) for part in (*vehicles, *differences))
        if n_null < LEAST_NULL or effects.library.sum() < LEAST_LIBRARY:
            self.notes.append(
                f"{n_null} noise profiles and {int(effects.library.sum())} library signatures are too few to learn from "
                f"(expected {LEAST_NULL} and {LEAST_LIBRARY}): searched on plain z, judged against unrelated compounds"
            )
            self._enter_plain(ordered, effects, has_null=bool(thresholds))
            return len(ordered)
        judgement = judge(
            effects,
            vehicles=vehicles,
            differences=differences,
            vehicle_shared={block: float(np.mean(base.shared_factor)) for block, base in baselines.items()},
            plate_of={block: self.wells.samples[places[0]].plate for block, places in self.wells.blocks.items()},
            compounds_of=quiet.owners,
            recipe=self.recipe,
            wells_z=lambda row: self._wells_z(self.treatments[ordered[row]], noise, baselines),
        )
        self.notes += judgement.notes
        self._enter_models(judgement)
        for row, treatment in enumerate(ordered):
            self._enter_effect(treatment, effects, judgement, row, has_null=bool(thresholds))
            if progress is not None:
                progress("signatures", row + 1, len(ordered))
        return len(ordered)

    def _effects(
        self,
        ordered: Sequence[Treatment],
        noise: Noise,
        baselines: dict[str, Baseline],
        thresholds: dict[int, float],
        progress: Callable[[str, int, int], None] | None,
    ) -> Effects:
        """Combine the wells of each treatment."""
        n, n_genes = len(ordered), self.profiles.shape[1]
        usual = {block: self._usual(places) for block, places in self.wells.blocks.items()}
        effects = Effects(
            z=np.empty((n, n_genes), dtype=np.float32),
            lfc=np.empty((n, n_genes), dtype=np.float32),
            strength=np.zeros(n),
            active=np.zeros(n, dtype=bool),
            library=np.zeros(n, dtype=bool),
            n_wells=np.zeros(n, dtype=np.int64),
            shared=np.zeros(n),
            rna_output=np.full(n, np.nan),
            mt_share=np.full(n, np.nan),
            compound_ids=np.array([treatment[0] for treatment in ordered], dtype=np.int64),
            blocks=[],
            plate=[],
        )
        for row, treatment in enumerate(ordered):
            places = self.treatments[treatment]
            blocks = [self.block_of[place] for place in places]
            deltas, shared = self._deltas(places, baselines)
            effect = combine(deltas, sigma2=noise.sigma2, shared=shared, plates=blocks)
            effects.z[row], effects.lfc[row] = effect.z, effect.lfc
            effects.strength[row] = strength(deltas, sigma2=noise.sigma2, shared=shared, plates=blocks)
            threshold = thresholds.get(min(len(places), max(thresholds, default=0)), 0.0)
            effects.active[row] = effects.strength[row] > threshold
            effects.library[row] = self.wells.samples[places[0]].role == "library"
            effects.n_wells[row] = len(places)
            effects.shared[row] = float(np.mean([np.mean(factor) for factor in shared.values()])) / len(shared)
            relative = np.array([usual[block] for block in blocks])
            sizes = np.array([self.wells.sizes[place] for place in places])
            mt = np.maximum([self.wells.mt_shares[place] for place in places], 1e-6)
            effects.rna_output[row] = float(np.log2(sizes / relative[:, 0]).mean())
            effects.mt_share[row] = float(np.log2(mt / relative[:, 1]).mean())
            names = tuple(dict.fromkeys(blocks))
            effects.blocks.append(names[0] if len(names) == 1 else names)
            plates = {self.wells.samples[place].plate for place in places}
            effects.plate.append(plates.pop() if len(plates) == 1 else None)
            if progress is not None:
                progress("effects", row + 1, n)
        return effects

    def _usual(self, places: Sequence[int]) -> tuple[float, float]:
        """Median depth and mitochondrial share of the vehicle wells of a block; NaN where it has none."""
        vehicles = [p for p in places if self.wells.samples[p].role == "vehicle" and self.wells.usable[p]]
        if not vehicles:
            return float("nan"), float("nan")
        mt = float(np.median([self.wells.mt_shares[place] for place in vehicles]))
        return float(np.median([self.wells.sizes[place] for place in vehicles])), max(mt, 1e-6)

    def _deltas(
        self, places: Sequence[int], baselines: dict[str, Baseline]
    ) -> tuple[NDArray[np.float64], dict[str, Any]]:
        """Subtract the baseline from each well; return also what the wells share through it, by block."""
        blocks = [self.block_of[place] for place in places]
        deltas = np.concatenate(
            [contrast(self.profiles[[place]], baselines[block]) for place, block in zip(places, blocks, strict=True)]
        )
        # the center of a plate holds its usable library wells alone
        inside = self.wells.samples[places[0]].role == "library" and all(self.wells.usable[place] for place in places)
        factors = {b: baselines[b].shared_factor if inside else baselines[b].variance_factor for b in blocks}
        return deltas, factors

    def _wells_z(self, places: Sequence[int], noise: Noise, baselines: dict[str, Baseline]) -> NDArray[np.float32]:
        """Give the z of single wells."""
        deltas, shared = self._deltas(places, baselines)
        return np.array(
            [
                combine(row[np.newaxis], sigma2=noise.sigma2, shared=shared[self.block_of[place]]).z
                for row, place in zip(deltas, places, strict=True)
            ],
            dtype=np.float32,
        )

    def _thresholds(self, quiet: QuietWells) -> dict[int, float]:
        """Keep the strengths of sets of vehicle wells, and the strength that a treatment has to pass, by its wells."""
        thresholds: dict[int, float] = {}
        for n, values in quiet.strengths().items():
            payload = values.astype("<f8").tobytes()
            write.add_null(self.database, self.dataset_id, statistic=f"strength-{n}", payload=payload)
            thresholds[n] = activity_threshold(values, level=ACTIVE_LEVEL)
        if not thresholds:
            self.notes.append("no plate has vehicle wells to spare: which compounds are active cannot be said")
        return thresholds

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
            judgement.null_kinds, judgement.null_plates, judgement.null_members, judgement.null_features, strict=True
        )
        write.add_null_profiles(
            self.database,
            self.dataset_id,
            ((kind, plate, members, values.astype("<f4").tobytes()) for kind, plate, members, values in rows),
        )

    def _enter_plain(self, ordered: Sequence[Treatment], effects: Effects, *, has_null: bool) -> None:
        """Enter the effects without features."""
        query = "UPDATE dataset SET search_layer = 'z' WHERE dataset_id = ?"
        self.database.execute(query, [self.dataset_id])
        for row, treatment in enumerate(ordered):
            layers = {"lfc": effects.lfc[row], "z": effects.z[row]}
            figures = self._figures(effects, row, has_null=has_null)
            self._enter(treatment, self.treatments[treatment], layers, "z", figures)

    @staticmethod
    def _figures(effects: Effects, row: int, *, has_null: bool) -> dict[str, Any]:
        """Give strength and well-being of one signature."""
        return {
            "strength": round(float(effects.strength[row]), 6),
            "n_strong_genes": n_strong_genes(effects.lfc[row]),
            "active": int(effects.active[row]) if has_null else None,
            "rna_output": _number(effects.rna_output[row]),
            "mt_share": _number(effects.mt_share[row]),
        }

    def _enter_effect(
        self, treatment: Treatment, effects: Effects, judgement: Judgement, row: int, *, has_null: bool
    ) -> None:
        """Enter one effect with its features and figures."""
        layers = {
            "lfc": effects.lfc[row],
            "z": effects.z[row],
            "feature": judgement.features[row],
        }
        figures = self._figures(effects, row, has_null=has_null)
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
        label = samples[0].source_compound_id or samples[0].compound_uuid or str(compound_id)
        provenance = {
            "baseline": self.recipe.baseline,
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


def _number(value: float) -> float | None:
    """Return a plain number, None for what is not known."""
    return round(float(value), 6) if np.isfinite(value) else None
