"""Null profiles ready to be asked, and mappers that are made once."""

import shutil

import numpy as np

import vcpi
from vcpi.database.mappers import Mappers
from vcpi.database.null_profiles import NullProfiles
from vcpi.store.connection import open_for_writing


def test_marks_are_those_of_a_look_at_every_profile():
    rng = np.random.default_rng(0)
    plates = [None if rng.random() < 0.2 else f"p{rng.integers(5)}" for _ in range(60)]
    members = [tuple(f"w{one}" for one in rng.integers(0, 30, 2)) for _ in range(60)]
    features = rng.normal(size=(60, 4)).astype(np.float32)
    nulls = NullProfiles(features, plates=plates, members=members)
    for asked in ({"p1"}, {"p0", "p4"}, {"none"}, set()):
        assert nulls.mates(asked).tolist() == [plate in asked for plate in plates]
    for asked in ({"w1"}, {"w3", "w29", "no"}, set()):
        assert nulls.holding(asked).tolist() == [not asked.isdisjoint(one) for one in members]
    np.testing.assert_allclose(np.linalg.norm(nulls.unit, axis=1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(nulls.unit * np.linalg.norm(features, axis=1)[:, None], features, rtol=1e-5)


def test_a_mapper_is_made_once_and_again_when_genes_change(demo_home, tmp_path):
    demo_copy = shutil.copytree(demo_home, tmp_path / "copy")
    with vcpi.open(demo_copy) as database:
        connection, mappers = database._connection, Mappers()
        (dataset_id,) = connection.execute("SELECT dataset_id FROM dataset").fetchone()
        first = mappers.of(connection, dataset_id)
        assert mappers.of(connection, dataset_id) is first
        assert not first.rows("A-NEW-NAME")
        with open_for_writing(demo_copy) as writing:
            writing.execute(
                "UPDATE gene SET gene_symbol = 'A-NEW-NAME' WHERE dataset_id = ? AND position = 3", [dataset_id]
            )
        again = mappers.of(connection, dataset_id)
        assert again.rows("A-NEW-NAME") == (3,)
        with open_for_writing(demo_copy) as writing:
            writing.execute("UPDATE compound SET name = name")
        assert mappers.of(connection, dataset_id) is again
