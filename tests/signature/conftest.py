"""Plates of pure noise, or with effects that are known."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from vcpi.signature.baseline import fit_baselines
from vcpi.signature.contrast import contrast
from vcpi.signature.variance import pooled_variance, summarize_plate


@dataclass
class Plate:
    """Profiles, roles and treatments of one plate, library wells first."""

    name: str
    profiles: np.ndarray
    roles: list
    groups: list

    @property
    def vehicles(self):
        return self.profiles[[role == "vehicle" for role in self.roles]]

    @property
    def library(self):
        return self.profiles[[role == "library" for role in self.roles]]


def plates_of(rng, *, n_plates=12, n_compounds=60, n_vehicles=8, n_genes=400, offset=0.0, spread=0.0, effects=None):
    """Two wells per compound, noise of a different size for each gene, any plate effect common to all its wells.

    ``offset`` is what vehicle wells differ from the library by on all plates, ``spread`` the standard deviation of that
    difference between plates, ``effects`` of shape (n_compounds, n_genes) what the compounds do, in units of sigma.
    """
    sigma = rng.uniform(0.2, 1.0, n_genes)
    level = rng.uniform(2.0, 10.0, n_genes)
    made = []
    for number in range(n_plates):
        plate_effect = rng.normal(0.0, 0.5, n_genes)
        profiles = level + plate_effect + sigma * rng.standard_normal((2 * n_compounds + n_vehicles, n_genes))
        profiles[2 * n_compounds :] += sigma * (offset + spread * rng.standard_normal(n_genes))
        if effects is not None:
            profiles[: 2 * n_compounds] += sigma * np.repeat(effects, 2, axis=0)
        groups = [compound for compound in range(n_compounds) for _ in range(2)]
        made.append(
            Plate(
                name=f"p{number}",
                profiles=profiles,
                roles=["library"] * (2 * n_compounds) + ["vehicle"] * n_vehicles,
                groups=groups + [None] * n_vehicles,
            )
        )
    return made, sigma


def summarize(plates):
    return [summarize_plate(p.profiles, plate=p.name, roles=p.roles, groups=p.groups) for p in plates]


def fitted(plates, method):
    summaries = summarize(plates)
    return fit_baselines(summaries, method=method, noise=pooled_variance(summaries))


def library_deltas(plates, model):
    """Fold changes of the library wells: one array (n_compounds, 2, n_genes) per plate."""
    return [contrast(p.library, model.of(p.name)).reshape(-1, 2, p.profiles.shape[1]) for p in plates]


@pytest.fixture(scope="session")
def world():
    """Give the functions above."""
    return SimpleNamespace(plates_of=plates_of, summarize=summarize, fitted=fitted, library_deltas=library_deltas)
