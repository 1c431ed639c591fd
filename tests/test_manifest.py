"""Manifests: canonical bytes, damage found, misfits told."""

from __future__ import annotations

import hashlib
import json

import pytest

from vcpi.errors import ArtifactError, InputError, StaleIndexError
from vcpi.manifest import Manifest, digest_rows, sha256_file


@pytest.fixture
def manifest():
    return Manifest(
        kind="signature",
        recipe={"metric": "cosine", "n_genes": 978, "baseline": ["hybrid", 0.2]},
        content_digest="ab" * 32,
        file_digest="cd" * 32,
        n_rows=823,
        versions={"faiss": "1.15.1"},
    )


def test_a_manifest_comes_back_from_its_file(manifest, tmp_path):
    manifest.write(tmp_path / "m.json")
    assert Manifest.read(tmp_path / "m.json") == manifest
    assert [path.name for path in tmp_path.iterdir()] == ["m.json"]


def test_the_bytes_do_not_depend_on_the_order_of_the_recipe(manifest):
    other = Manifest(
        kind="signature",
        recipe=dict(reversed(list(manifest.recipe.items()))),
        content_digest="ab" * 32,
        file_digest="cd" * 32,
        n_rows=823,
        versions={"faiss": "1.15.1"},
    )
    assert other.to_json() == manifest.to_json()


def test_the_self_digest_is_that_of_the_other_fields(manifest):
    body = json.loads(manifest.to_json())
    stated = body.pop("self_digest")
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    assert stated == hashlib.sha256(text.encode()).hexdigest()


def test_every_changed_byte_is_found(manifest, tmp_path):
    path = tmp_path / "m.json"
    whole = manifest.to_json().encode()
    for at in range(0, len(whole) - 1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ArtifactError, match=r"m\.json.*run 'vcpi build'"):
            Manifest.read(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"self_digest": 1}', "[" * 100_000, "NaN"])
def test_what_is_no_manifest_is_refused(text):
    with pytest.raises(ArtifactError, match="run 'vcpi build'"):
        Manifest.from_json(text)


def test_a_missing_or_binary_file_is_named(tmp_path):
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00")
    for name in ("b.json", "none.json"):
        with pytest.raises(ArtifactError, match=name):
            Manifest.read(tmp_path / name)


def test_another_format_is_stale(manifest):
    body = json.loads(manifest.to_json())
    body.pop("self_digest")
    body["format_version"] = 2
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    body["self_digest"] = hashlib.sha256(text.encode()).hexdigest()
    with pytest.raises(StaleIndexError, match="format 2"):
        Manifest.from_json(json.dumps(body))


def test_what_fits_passes(manifest):
    manifest.fits()
    manifest.fits(
        kind="signature",
        recipe={"baseline": ("hybrid", 0.2), "metric": "cosine", "n_genes": 978},  # a tuple is a list in JSON
        content_digest="ab" * 32,
        n_rows=823,
        versions={"faiss": "1.15.1"},
    )


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"kind": "structure"}, "kind is 'signature', expected 'structure'"),
        ({"n_rows": 0}, "n_rows is 823, expected 0"),
        ({"content_digest": "00"}, "the store has changed since"),
        ({"versions": {"rdkit": "1"}}, 'version rdkit is absent, expected "1"'),
        ({"recipe": {"metric": "cosine", "n_genes": 977, "baseline": ["hybrid", 0.2]}}, "n_genes is 978, expected 977"),
        ({"recipe": {"metric": "cosine", "n_genes": 978}}, "recipe baseline is .*, expected absent"),
    ],
)
def test_what_differs_is_told(manifest, asked, told):
    with pytest.raises(StaleIndexError, match=told):
        manifest.fits(**asked)


def test_what_json_cannot_say_is_refused():
    bad = Manifest(kind="x", recipe={"value": float("nan")}, content_digest="", file_digest="", n_rows=0)
    with pytest.raises(InputError, match="can't hold"):
        bad.to_json()


def test_sha256_of_a_file_of_several_blocks(tmp_path):
    data = bytes(range(256)) * 9000
    (tmp_path / "f").write_bytes(data)
    assert sha256_file(tmp_path / "f") == hashlib.sha256(data).hexdigest()


def test_the_digest_of_rows_knows_where_they_end_and_their_order():
    digests = {digest_rows(rows) for rows in ([b"ab"], [b"a", b"b"], [b"b", b"a"], [b"ab", b""], [], [b""])}
    assert len(digests) == 6
    assert digest_rows(iter([b"a"])) == hashlib.sha256(b"\x01" + b"\x00" * 7 + b"a").hexdigest()
