"""What is read beside a question comes whole, with its error, or not at all."""

from __future__ import annotations

import shutil
import threading

import pytest

import vcpi
from vcpi.database.coming import Coming
from vcpi.errors import ArtifactError, InputError, UnknownCompoundError


def test_the_work_is_done_in_another_thread_and_its_error_is_raised_where_it_is_waited_for():
    assert Coming(lambda _: threading.get_ident()).wait() != threading.get_ident()

    def fail(_given_up):
        raise InputError("no")

    with pytest.raises(InputError, match="no"):
        Coming(fail).wait()


def test_what_is_given_up_is_told_so():
    begun = threading.Event()

    def work(is_given_up):
        begun.set()
        while not is_given_up():
            pass
        return "told"

    coming = Coming(work)
    assert begun.wait(10)
    coming.give_up()
    assert coming.wait() == "told"


def test_a_damaged_index_is_refused_by_the_first_question_and_by_every_other(demo_home, tmp_path):
    home = tmp_path / "workspace"
    for part in ("db", "index"):
        shutil.copytree(demo_home / part, home / part)
    path = next((home / "index").glob("signatures-*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with vcpi.open(home) as database:
        for _ in range(2):
            with pytest.raises(ArtifactError, match=f"{path.name} is damaged"):
                database.like("everolimus")
        path.unlink()
        with pytest.raises(ArtifactError, match=f"{path.name} is missing"):
            database.like("everolimus")
        assert database.analogs("everolimus").records


def test_a_question_that_fails_leaves_nothing_that_is_read(demo_home):
    database = vcpi.open(demo_home)
    with pytest.raises(UnknownCompoundError):
        database.like("evrolimus")
    database.close()
    assert not [one for one in threading.enumerate() if one.name == "vcpi-coming"]
    with vcpi.open(demo_home) as again:
        assert again.like("everolimus").records
