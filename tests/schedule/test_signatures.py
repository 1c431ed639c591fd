"""Signatures made elsewhere, with their compounds standardized on a cluster: by the command line, as a serial build."""

from __future__ import annotations

import numpy as np
import pytest

N = 300


@pytest.fixture
def files(tmp_path):
    """A table of signatures and one of their compounds, a broken structure among them."""
    rng = np.random.default_rng(3)
    genes = [f"ENSG{number:011d}" for number in range(40)]
    values = rng.normal(size=(N, len(genes)))
    rows = [f"s{at}\t" + "\t".join(f"{one:.4f}" for one in row) for at, row in enumerate(values)]
    (tmp_path / "z.tsv").write_text("\n".join(["id\t" + "\t".join(genes), *rows]) + "\n")
    made = [f"s{at}\tcpd-{at}\t{'C' * (1 + at % 20)}{'O' * (at % 2)}{'N' * (at // 20)}C" for at in range(N)]
    made[7] = "s7\tcpd-7\tC1CC"
    (tmp_path / "compounds.tsv").write_text("\n".join(["id\tname\tsmiles", *made]) + "\n")
    return tmp_path / "z.tsv", "--compounds", tmp_path / "compounds.tsv"


def test_both_verbs_build_the_same_store(files, tmp_path, scheduler, content, vcpi_command):
    for verb, words in (("signatures", files), ("compounds", files[2:])):
        built = []
        for name, more in (("serial", ()), ("spread", ("--scheduler", scheduler.address))):
            home = tmp_path / f"{verb}-{name}"
            said = vcpi_command(home, "ingest", verb, *words, *more)
            assert said.status == 0, said.err
            built.append(content(home))
        assert built[0] == built[1]
        assert built[0]["compound"][1] > N // 2
