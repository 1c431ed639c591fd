"""The files for servers elsewhere have the form that compose and Helm read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"


def loaded(name: str):
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def test_compose_starts_milvus_with_what_it_needs():
    found = loaded("compose.yaml")
    services = found["services"]
    assert set(services) == {"etcd", "minio", "milvus"}
    assert set(services["milvus"]["depends_on"]) == {"etcd", "minio"}
    assert all(re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*", one["image"]) for one in services.values())
    assert all(one.startswith("127.0.0.1:") for one in services["milvus"]["ports"])
    named = {volume.split(":")[0] for one in services.values() for volume in one["volumes"]}
    assert named == set(found["volumes"])


def test_no_password_is_written_down():
    for path in DEPLOY.iterdir():
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.search(r"(PASSWORD|ACCESS_KEY)\w*:", line):
                assert "${" in line


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("milvus-values.yaml", {"cluster", "image", "queryNode", "etcd", "minio"}),
        ("dask-values.yaml", {"scheduler", "worker"}),
    ],
)
def test_helm_values_have_the_parts_of_their_chart(name, parts):
    found = loaded(name)
    assert parts <= set(found)
    sizes = [one["resources"]["requests"] for one in found.values() if isinstance(one, dict) and "resources" in one]
    assert sizes
    assert all(re.fullmatch(r"\d+[GM]i", one["memory"]) and str(one["cpu"]).isdigit() for one in sizes)


def test_milvus_asks_who_is_there():
    inner = yaml.safe_load(loaded("milvus-values.yaml")["extraConfigFiles"]["user.yaml"])
    assert inner["common"]["security"]["authorizationEnabled"] is True


def test_every_file_says_that_it_was_not_run_here():
    assert "none of them was run" in (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert all("Not run where vcpi is built" in path.read_text(encoding="utf-8") for path in DEPLOY.glob("*.yaml"))
