"""Several simulated releases of one world: the same cells and mechanisms, other compounds, plates and levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vcpi.data import DemoCompound
from vcpi.data import compounds as shipped_compounds
from vcpi.demo.layout import CONTROL_IDS
from vcpi.demo.scenario import Scenario
from vcpi.demo.settings import Simulation
from vcpi.demo.simulate import JOB_ID, SimulatedRelease, simulate_release
from vcpi.errors import InputError


def simulate_releases(
    folder: Path,
    *,
    n_releases: int = 2,
    seed: int = 1,
    n_plates: int = 2,
    strength: float = 1.0,
    n_genes: int = 2400,
    n_compounds: int | None = None,
    n_mechanisms: int = 12,
    active_share: float | None = None,
    compounds: Sequence[DemoCompound] | None = None,
    job_id: str = JOB_ID,
    settings: Simulation | None = None,
    scenarios: Sequence[Scenario] | None = None,
) -> tuple[SimulatedRelease, ...]:
    """Draw releases that share cells, mechanisms and positive controls, and nothing else.

    Each release but the first has a level of its own on part of the genes (``release_share``, ``release_sd`` of its
    scenario), as later batches of cells do. Compounds are dealt out class by class, so that a class spans releases.

    Parameters
    ----------
    folder
        Gets one folder a release, named by its job id, and a truth folder beside each.
    n_releases
        Releases, 1 or more.
    seed, strength, n_genes, n_mechanisms, active_share, settings
        As in :func:`~vcpi.demo.simulate.simulate_release`.
    n_plates, n_compounds
        Of each release.
    compounds
        Compounds to screen, all releases together; default all shipped ones, ``()`` for none.
    job_id
        Start of the job ids; ``-r1``, ``-r2`` ... follow.
    scenarios
        What is unusual about each release; their ``release`` is set here. Default: nothing but the levels.

    Returns
    -------
    tuple of SimulatedRelease
        In order.

    Raises
    ------
    InputError
        As in :func:`~vcpi.demo.simulate.simulate_release`, or scenarios and releases differ in number.
    """
    if n_releases < 1:
        raise InputError(f"n_releases is {n_releases}; expected 1 or more")
    scenarios = (Scenario(),) * n_releases if scenarios is None else scenarios
    if len(scenarios) != n_releases:
        raise InputError(f"{len(scenarios)} scenarios for {n_releases} releases; expected one each")
    shipped = shipped_compounds() if compounds is None else compounds
    library = sorted((one for one in shipped if one.name not in CONTROL_IDS), key=_class_order(shipped).__getitem__)
    return tuple(
        simulate_release(
            Path(folder) / f"{job_id}-r{number + 1}",
            seed=seed,
            n_plates=n_plates,
            strength=strength,
            n_genes=n_genes,
            n_compounds=n_compounds,
            n_mechanisms=n_mechanisms,
            active_share=active_share,
            compounds=library[number::n_releases],
            job_id=f"{job_id}-r{number + 1}",
            settings=settings,
            scenario=replace(scenario, release=number),
        )
        for number, scenario in enumerate(scenarios)
    )


def _class_order(compounds: Sequence[DemoCompound]) -> dict[DemoCompound, int]:
    """Give each compound the place of its class."""
    classes = list(dict.fromkeys(compound.compound_class for compound in compounds))
    return {compound: classes.index(compound.compound_class) for compound in compounds}
