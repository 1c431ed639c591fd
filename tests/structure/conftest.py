"""Molecules that several structure tests share; the SMILES are those of the public literature."""

from __future__ import annotations

import gzip

import pytest

_RAPALOG = (
    "C[C@@H]1CC[C@H]2C[C@@H](/C(=C/C=C/C=C/[C@H](C[C@H](C(=O)[C@@H]([C@@H](/C(=C/[C@H](C(=O)C[C@H](OC(=O)[C@@H]3CCCCN3C(=O)"
    "C(=O)[C@@]1(O2)O)[C@H](C)C[C@@H]4CC[C@H]([C@@H](C4)OC){tail})C)/C)O)OC)C)C)/C){seven}"
)
_TAILS = {
    "sirolimus": "O",
    "everolimus": "OCCO",
    "temsirolimus": "OC(=O)C(C)(CO)CO",
    "ridaforolimus": "OP(C)(C)=O",
    "umirolimus": "OCCOCC",
    "zotarolimus": "n5cnnn5",
}
_COMMON = """
CC(=O)Oc1ccccc1C(=O)O CC(=O)Nc1ccc(O)cc1 CC(C)Cc1ccc(cc1)C(C)C(=O)O Cn1cnc2c1c(=O)n(C)c(=O)n2C OC(=O)c1ccccc1O
CN(C)C(=N)NC(N)=N CC(C)NCC(O)COc1cccc2ccccc12 CNCCC(Oc1ccc(cc1)C(F)(F)F)c1ccccc1 CN1CCC[C@H]1c1cccnc1 OC(=O)c1cccnc1
C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@]34C)[C@@H]1CC[C@@H]2O CC(=O)CC(c1ccccc1)c1c(O)c2ccccc2oc1=O NCC1(CC(O)=O)CCCCC1
CN1c2ccc(Cl)cc2C(=NCC1=O)c1ccccc1 CCCc1nn(C)c2c1nc([nH]c2=O)-c1cc(ccc1OCC)S(=O)(=O)N1CCN(C)CC1 Clc1ccccc1CN1CCc2sccc2C1
Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(n1)-c1cccnc1 COCCOc1cc2ncnc(Nc3cccc(c3)C#C)c2cc1OCCOC O=C1CCC(=O)N1
COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1 CNC(=O)c1cc(ccn1)Oc1ccc(NC(=O)Nc2ccc(Cl)c(c2)C(F)(F)F)cc1 NNC(=O)c1ccncc1
ONC(=O)CCCCCCC(=O)Nc1ccccc1 Nc1nc(N)c2nc(CN(C)c3ccc(cc3)C(=O)NC(CCC(O)=O)C(O)=O)cnc2n1 Fc1c[nH]c(=O)[nH]c1=O S=c1nc[nH]c2nc[nH]c12
CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(O)=O OC(Cn1cncn1)(Cn1cncn1)c1ccc(F)cc1F Cc1ccccc1 c1ccccc1 CCO C CC CCC
COc1ccc2[nH]cc(CCNC(C)=O)c2c1 NCCc1ccc(O)c(O)c1 NCCc1c[nH]c2ccc(O)cc12 CN(C)CCCN1c2ccccc2CCc2ccccc12 OCC(O)CO ClCCl
CN(C)CCCN1c2ccccc2Sc2ccc(Cl)cc12 CCN(CC)CCNC(=O)c1ccc(N)cc1 CCN(CC)CC(=O)Nc1c(C)cccc1C CS(C)=O OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O
"""


@pytest.fixture(scope="session")
def rapalogs() -> dict[str, str]:
    """Rapamycin and its family, with two that share its target or its use, as SMILES."""
    family = {name: _RAPALOG.format(tail=tail, seven="OC") for name, tail in _TAILS.items()}
    family["novolimus"] = _RAPALOG.format(tail="O", seven="O")
    family["tacrolimus"] = (
        "C=CC[C@@H]1/C=C(C)/C[C@H](C)C[C@H](OC)[C@H]2O[C@@](O)([C@H](C)C[C@@H]2OC)C(=O)C(=O)N2CCCC[C@H]2C(=O)O"
        "[C@@H]([C@H](C)[C@@H](O)CC1=O)/C(C)=C/[C@@H]1CC[C@@H](O)[C@H](C1)OC"
    )
    family["cyclosporin A"] = (
        "CCC1NC(=O)C(C(O)C(C)CC=CC)N(C)C(=O)C(C(C)C)N(C)C(=O)C(CC(C)C)N(C)C(=O)C(CC(C)C)N(C)C(=O)C(C)NC(=O)C(C)"
        "NC(=O)C(CC(C)C)N(C)C(=O)C(NC(=O)C(CC(C)C)N(C)C(=O)CN(C)C1=O)C(C)C"
    )
    return family


@pytest.fixture(scope="session")
def common_smiles() -> list[str]:
    """About fifty everyday molecules."""
    return _COMMON.split()


@pytest.fixture(scope="session")
def real_smiles(shared_data) -> list[str]:
    """5,000 molecules of ChEMBL, near-duplicates included."""
    with gzip.open(shared_data / "smiles_libraries" / "chembl21_50k.smi.gz", "rt") as file:
        lines = [line.split()[0] for line in file if line.strip()]
    return lines[:2500] + lines[-2500:]
