"""Who stands in which well of a simulated screen."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from vcpi.data import DemoCompound
from vcpi.demo.activity import concentrate, thin
from vcpi.demo.mechanisms import random_mechanism, stream
from vcpi.demo.programs import RECIPES
from vcpi.demo.scenario import Scenario
from vcpi.demo.settings import N_COLUMNS, N_ROWS, N_WELLS, Simulation
from vcpi.demo.truth import CompoundTruth
from vcpi.errors import InputError

CONTROL_IDS = {  # shipped name: as the releases spell it
    "staurosporine": "Staurosporin",
    "brefeldin A": "Brefeldin-A",
    "trichostatin A": "Trichostatin-A",
    "rigosertib": "Rigosertib",
}
VEHICLE_ID = "DMSO"
FIRST_PLATE, FIRST_SAMPLE, FIRST_COMPOUND = 7_000_001, 400_001, 9_100_001
PLATES_A_RELEASE, SAMPLES_A_RELEASE, COMPOUNDS_A_RELEASE = 1_000, 100_000, 20_000  # room for ids of one release


@dataclass(frozen=True, slots=True, kw_only=True)
class Well:
    """One well that holds cells. ``row`` counts from 1 to 16, ``column`` from 1 to 24; ``dose_um`` in a dose series."""

    plate: int
    row: int
    column: int
    source_compound_id: str
    dose_um: float | None = None

    @property
    def is_edge(self) -> bool:
        """Whether the well lies at the rim of the plate."""
        return self.row in {1, N_ROWS} or self.column in {1, N_COLUMNS}


def enrol(
    shipped: Sequence[DemoCompound],
    *,
    n_compounds: int | None,
    n_plates: int,
    n_mechanisms: int,
    active_share: float,
    shipped_share: float | None = None,
    seed: int,
    settings: Simulation,
    scenario: Scenario,
) -> tuple[CompoundTruth, ...]:
    """Decide which compounds are screened, on which plates, and what is true about each.

    Shipped compounds act by their class. They are dealt out class by class, so that members of a class lie on
    different plates. Up to ``n_compounds`` the rest have an id only; ``active_share`` of those act by one of
    ``n_mechanisms`` mechanisms. Where ``shipped_share`` is given and more shipped compounds would act, some do not.
    The four positive controls follow, always active.

    Raises
    ------
    InputError
        When the compounds do not fit on the plates, or fewer are asked for than given.
    """
    library = [compound for compound in shipped if compound.name not in CONTROL_IDS]
    total = len(library) if n_compounds is None else n_compounds
    _check_room(total, len(library), n_plates, settings, scenario)
    rng = stream(seed, "compounds", *_release(scenario))
    classes = list(dict.fromkeys(compound.compound_class for compound in library))
    library.sort(key=lambda compound: classes.index(compound.compound_class))
    mechanisms: list[str | None] = [compound.compound_class for compound in library]
    if shipped_share is not None:
        mechanisms = thin(mechanisms, round(shipped_share * len(library)))
    n_filler = total - len(library)
    n_active = round(active_share * n_filler)
    fillers = [random_mechanism(i % n_mechanisms + 1) if i < n_active else None for i in range(n_filler)]
    mechanisms += [fillers[i] for i in rng.permutation(n_filler)]
    ids = FIRST_COMPOUND + COMPOUNDS_A_RELEASE * scenario.release + rng.permutation(total)
    first_plate = FIRST_PLATE + PLATES_A_RELEASE * scenario.release
    entries = [
        _entry(
            str(ids[i]),
            library[i] if i < len(library) else None,
            mechanisms[i],
            plate=str(first_plate + i % n_plates),
            seed=seed,
            settings=settings,
        )
        for i in range(total)
    ]
    for number in scenario.rich_plates:
        rng = stream(seed, "rich", *_release(scenario), number)
        rich = tuple(str(first_plate + other - 1) for other in scenario.rich_plates)
        entries = concentrate(
            entries, plate=rich[scenario.rich_plates.index(number)], rich=rich, share=scenario.rich_share, rng=rng
        )
    entries += [
        _entry(CONTROL_IDS[one.name], one, one.compound_class, plate=None, seed=seed, settings=settings)
        for one in shipped
        if one.name in CONTROL_IDS
    ]
    return tuple(entries)


def fill_plates(
    compounds: Sequence[CompoundTruth], *, n_plates: int, seed: int, settings: Simulation, scenario: Scenario
) -> list[Well]:
    """Put every compound, control and vehicle into wells drawn at random, plate by plate, row by row."""
    wells = []
    doses = scenario.doses_um or (None,)
    first_plate = FIRST_PLATE + PLATES_A_RELEASE * scenario.release
    for plate in range(first_plate, first_plate + n_plates):
        content: list[tuple[str, float | None]] = [(VEHICLE_ID, None)] * settings.n_vehicle
        content += [(name, None) for name in CONTROL_IDS.values() for _ in range(settings.n_control_wells)]
        for entry in compounds:
            if entry.plate == str(plate):
                content += [(entry.source_compound_id, dose) for dose in doses for _ in range(settings.n_replicates)]
        places = stream(seed, "layout", plate).permutation(N_WELLS)[: len(content)]
        wells += [
            Well(
                plate=plate,
                row=int(place) // N_COLUMNS + 1,
                column=int(place) % N_COLUMNS + 1,
                source_compound_id=who,
                dose_um=dose,
            )
            for place, (who, dose) in sorted(zip(places, content, strict=True), key=lambda pair: int(pair[0]))
        ]
    return wells


def compound_uuid(source_compound_id: str, *, seed: int) -> str:
    """Give the UUID by which the metadata and the chemistry of a release name a compound."""
    return str(uuid.UUID(bytes=stream(seed, "uuid", source_compound_id).bytes(16), version=4))


def plate_number(plate: int, scenario: Scenario) -> int:
    """Count a plate from 1 within its release."""
    return plate - FIRST_PLATE - PLATES_A_RELEASE * scenario.release + 1


def _release(scenario: Scenario) -> tuple[int, ...]:
    """Name a release in random streams; the first adds nothing."""
    return (scenario.release,) if scenario.release else ()


def _check_room(total: int, n_shipped: int, n_plates: int, settings: Simulation, scenario: Scenario) -> None:
    """Refuse a screen that does not fit."""
    if n_plates < 1:
        raise InputError(f"n_plates is {n_plates}; expected 1 or more")
    if total < n_shipped:
        raise InputError(f"n_compounds is {total}, fewer than the {n_shipped} given; pass fewer compounds")
    scenario.check_plates(n_plates)
    capacity = settings.plate_capacity // scenario.n_doses
    if total > n_plates * capacity:
        raise InputError(f"{total} compounds on {n_plates} plates of {capacity}; raise n_plates or lower n_compounds")


def _entry(
    source_compound_id: str,
    compound: DemoCompound | None,
    mechanism: str | None,
    *,
    plate: str | None,
    seed: int,
    settings: Simulation,
) -> CompoundTruth:
    """Draw potency and toxicity of one compound; a shipped class without a recipe is inactive."""
    rng = stream(seed, "compound", compound.name if compound else source_compound_id)
    potency = float(rng.uniform(*settings.potency))
    load = float(rng.gamma(*settings.toxicity_load))
    label = compound.compound_class if compound else None
    active = mechanism is not None and (compound is None or mechanism in RECIPES)
    recipe = RECIPES.get(label or "")
    return CompoundTruth(
        source_compound_id=source_compound_id,
        name=compound.name if compound else None,
        inchikey=compound.inchikey if compound else None,
        compound_class=label,
        role="positive_control" if plate is None else "library",
        plate=plate,
        mechanism=mechanism if active else None,
        active=active,
        potency=round(potency, 4) if active else 0.0,
        toxicity=round(load * (recipe.toxicity if recipe else 1.0), 4) if active else 0.0,
    )
