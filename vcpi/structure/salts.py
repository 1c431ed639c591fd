"""What may stand beside a compound without being it: counter-ions and solvents.

The lists name common pharmaceutical salt formers and laboratory solvents. A part is compared in its neutral form and
without stereo, so that one entry covers tartrate, hydrogen tartrate and either hand of tartaric acid. Parts without
carbon need no list: next to an organic part they are counter-ions, acids, water or gas.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache

from rdkit import Chem, rdBase

from vcpi.structure.charges import has_atom, neutralize


class Rank(IntEnum):
    """How much a part of a drawing matters; the parts of the highest rank present are the compound."""

    WATER = 0
    INORGANIC = 1
    SOLVENT = 2
    COUNTERION = 3
    SOMETIMES_DRUG = 4  # a counter-ion beside something else, a compound when only weaker parts accompany it
    SMALL = 5
    ORGANIC = 6


# Smallest part that counts as drug-sized: metformin has 9 heavy atoms, ethylsuccinimide and its like are reagents.
MIN_DRUG_ATOMS = 9

# Carbon in them, yet as inorganic as sulfate: carbonic acid, carbon dioxide, monoxide, cyanide, cyanates.
_INORGANIC = "OC(O)=O O=C=O [C-]#[O+] C#N N#CO N=C=O N#CS N=C=S"

_SOLVENTS = """
CO CCO CCCO CC(C)O CCCCO CC(C)CO CC(C)(C)O CCC(C)O OCCO CC(O)CO OCC(O)CO COCCO CCOCCO COCCOC COCCOCCOC
CC(C)=O CCC(C)=O CC(=O)CC(C)C O=C1CCCCC1 CC#N CCC#N CC(=O)OC CC(=O)OCC CC(=O)OC(C)C CC(=O)OCCCC COC=O CCOC=O
CS(C)=O O=S1(=O)CCCC1 CN(C)C=O CC(=O)N(C)C CN1CCCC1=O NC=O CN(C)P(=O)(N(C)C)N(C)C CN1CCN(C)C1=O
C1CCOC1 CC1CCCO1 C1COCCO1 CCOCC CC(C)OC(C)C COC(C)(C)C COC1CCCC1
ClCCl ClC(Cl)Cl ClC(Cl)(Cl)Cl ClCCCl CC(Cl)Cl Clc1ccccc1 FC(F)(F)CO FC(F)(F)C(O)C(F)(F)F C[N+](=O)[O-]
c1ccccc1 Cc1ccccc1 Cc1ccccc1C Cc1cccc(C)c1 Cc1ccc(C)cc1 CCc1ccccc1 FC(F)(F)c1ccccc1
CCCCC CCCCCC CCCCCCC CCCCCCCC CC(C)CC(C)(C)C C1CCCC1 C1CCCCC1 CC1CCCCC1 C1CCCCCC1 C CC CCC S=C=S
"""

_ACIDS = """
OC=O CC(O)=O CCC(O)=O CCCC(O)=O CC(C)(C)C(O)=O CCCCCCC(O)=O CCCCCCCC(O)=O CCCCCCCCCC(O)=O CCCCCCCCCCC(O)=O
CCCCCCCCCCCC(O)=O CCCCCCCCCCCCCC(O)=O CCCCCCCCCCCCCCCC(O)=O CCCCCCCCCCCCCCCCCC(O)=O CCCCCCCCC=CCCCCCCCC(O)=O
OC(=O)CCCCCCCCC=C CC=CC=CC(O)=O OC(=O)CCl OC(=O)C(Cl)Cl OC(=O)C(Cl)(Cl)Cl OC(=O)C(F)(F)F OC(=O)C(F)(F)C(F)(F)C(F)(F)F
OC(=O)C(O)=O OC(=O)CC(O)=O OC(=O)CCC(O)=O OC(=O)CCCC(O)=O OC(=O)CCCCC(O)=O OC(=O)CCCCCC(O)=O OC(=O)CCCCCCC(O)=O
OC(=O)CCCCCCCC(O)=O OC(=O)CCCCCCCCC(O)=O OC(=O)C=CC(O)=O OC(=O)CC(=O)C(O)=O OC(=O)CCC(=O)C(O)=O OC(=O)C1CCC(CC1)C(O)=O
OCC(O)=O CC(O)C(O)=O CCC(O)C(O)=O OC(=O)C(O)CC(O)=O OC(=O)C(O)C(O)C(O)=O OC(=O)CC(O)(CC(O)=O)C(O)=O CC(=O)C(O)=O
CC(=O)CCC(O)=O OC(=O)C=CCC(O)=O OC(=O)CC(=CC(O)=O)C(O)=O
OCC(O)C(O)C(O)C(O)C(O)=O OC(=O)C(O)C(O)C(O)C(O)C(O)=O OCC(O)C(O)C(O)C(O)C(O)C(O)=O O=CC(O)C(O)C(O)C(O)C(O)=O
OCC1OC(OC(C(O)CO)C(O)C(O)C(O)=O)C(O)C(O)C1O OC1OC(C(O)C(O)C1O)C(O)=O OCC(O)C1OC(=O)C(O)=C1O
OC(=O)C(O)c1ccccc1 OC(=O)C=Cc1ccccc1 OC(=O)c1ccco1 OC(=O)CNC(=O)c1ccccc1 CC(=O)NCC(O)=O
Cc1ccc(cc1)C(O)=O OC(=O)c1ccc(O)cc1 OC(=O)c1ccc(Cl)cc1 COc1ccccc1C(O)=O OC(=O)c1ccc(cc1)[N+](=O)[O-]
OC(=O)c1cc(cc(c1)[N+](=O)[O-])[N+](=O)[O-] OC(=O)c1ccccc1C(O)=O OC(=O)c1cccc(c1)C(O)=O OC(=O)c1ccc(cc1)C(O)=O
OC(=O)c1cc(O)ccc1O COc1cc(ccc1O)C(O)=O Oc1cc(cc(O)c1O)C(O)=O OC(=O)c1ccc2ccccc2c1O OC(=O)c1cc2ccccc2cc1O
OC(=O)c1cc2ccccc2c(Cc2c(O)c(cc3ccccc23)C(O)=O)c1O OC(=O)C(OC(=O)c1ccccc1)C(OC(=O)c1ccccc1)C(O)=O
Cc1ccc(cc1)C(=O)OC(C(OC(=O)c1ccc(C)cc1)C(O)=O)C(O)=O CC1(C)C(CCC1(C)C(O)=O)C(O)=O CC12CCC(OC1=O)(C(O)=O)C2(C)C
OC(=O)C12CC3CC(CC(C3)C1)C2 OC(=O)C(c1ccccc1)(c1ccccc1)c1ccccc1 OC(=O)CC(c1ccccc1)(c1ccccc1)c1ccccc1
CS(O)(=O)=O CCS(O)(=O)=O OCCS(O)(=O)=O OS(=O)(=O)CCS(O)(=O)=O NCCS(O)(=O)=O OS(=O)(=O)C(F)(F)F CCCCCCCCCCS(O)(=O)=O
OS(=O)(=O)c1ccccc1 Cc1ccc(cc1)S(O)(=O)=O Cc1cc(C)c(c(C)c1)S(O)(=O)=O Cc1ccc(C)c(c1)S(O)(=O)=O
OS(=O)(=O)c1ccc(Cl)cc1 OS(=O)(=O)c1ccc(Br)cc1 Oc1ccc(cc1)S(O)(=O)=O OS(=O)(=O)c1ccc2ccccc2c1 OS(=O)(=O)c1cccc2ccccc12
OS(=O)(=O)c1cccc2c(cccc12)S(O)(=O)=O OS(=O)(=O)c1cccc2cc(ccc12)S(O)(=O)=O CC1(C)C2CCC1(CS(O)(=O)=O)C(=O)C2
OS(=O)(=O)NC1CCCCC1 COS(O)(=O)=O CCOS(O)(=O)=O CCCCCCCCCCCCOS(O)(=O)=O OC(=O)CCS(O)(=O)=O OCC(O)COP(O)(O)=O
OCC(COP(O)(O)=O)O OC(CO)COP(O)(O)=O Oc1c(cc(cc1[N+](=O)[O-])[N+](=O)[O-])[N+](=O)[O-]
Oc1ccc(cc1[N+](=O)[O-])[N+](=O)[O-] Oc1c(cc(c2ccc(cc12)S(O)(=O)=O)[N+](=O)[O-])[N+](=O)[O-]
O=S(=O)(NS(=O)(=O)C(F)(F)F)C(F)(F)F O=C1C(O)=C(O)C1=O CC(=O)NO c1ccc(cc1)[B-](c1ccccc1)(c1ccccc1)c1ccccc1
OC(=O)C1CCC(=O)N1 OC(=O)c1cc(=O)[nH]c(=O)[nH]1 CC(=O)NC(CC(C)C)C(O)=O O=C1NS(=O)(=O)c2ccccc12
CC1=CC(=O)NS(=O)(=O)O1
"""

_BASES = """
CN CNC CN(C)C C[N+](C)(C)C CCN CCNCC CCN(CC)CC CC[N+](CC)(CC)CC CCCN CC(C)N CC(C)NC(C)C CCN(C(C)C)C(C)C CCCCN CC(C)(C)N
CCCNCCC CCCCNCCCC CCCCN(CCCC)CCCC CCCC[N+](CCCC)(CCCC)CCCC CCCCCCN CCCCCCCCN CCCCCCCCN(CCCCCCCC)CCCCCCCC
CCCCCCCCCCCCCCCCN C1CCCCC1N C1CCC(CC1)NC1CCCCC1 NCCO NCCCO NCCCCO OCCNCCO OCCN(CCO)CCO CN(C)CCO CCN(CC)CCO CNCCO
NC(CO)(CO)CO CNCC(O)C(O)C(O)C(O)CO NCC(O)C(O)C(O)C(O)CO CCNCC(O)C(O)C(O)C(O)CO C[N+](C)(C)CCCO OCCN1CCCC1 OCCN1CCOCC1
NCCN CCN(CC)CCN CN(C)CCN NCCCN NCCCCN NCCNCCN C1CCNC1 C1CCNCC1 C1COCCN1 CN1CCOCC1 CCN1CCCCC1 C1CSCCN1 CN1CCCCC1CCO
C1CN2CCN1CC2 c1ccncc1 Cc1ccccn1 Cc1cccnc1 Cc1ccncc1 Cc1cccc(C)n1 CN(C)c1ccncc1 c1c[nH]cn1 Cn1ccnc1 Nc1ccccc1
NCc1ccccc1 NCCc1ccccc1 CC(N)c1ccccc1 CC(N)c1cccc2ccccc12 C(NCc1ccccc1)c1ccccc1 C(CNCc1ccccc1)NCc1ccccc1
C1CCC2=NCCCN2CC1 NC(N)=N CN(C)C(=N)N(C)C C[N+](C)(C)Cc1ccccc1 CC[N+](CC)(CC)Cc1ccccc1
c1ccc(cc1)[P+](c1ccccc1)(c1ccccc1)c1ccccc1 c1ccc(cc1)P(=[N+]=P(c1ccccc1)(c1ccccc1)c1ccccc1)(c1ccccc1)c1ccccc1
"""

# Sold as compounds as well as counter-ions: these yield to any other organic part, never to an inorganic one.
_SOMETIMES_DRUGS = """
OC(=O)c1ccccc1 OC(=O)c1ccccc1O Nc1ccc(C(O)=O)c(O)c1 Nc1ccc(cc1)C(O)=O OC(=O)c1cccnc1 NC(=O)c1cccnc1 OC(=O)c1cncc(Br)c1
C[N+](C)(C)CCO C1CNCCN1 NCC(O)=O CC(N)C(O)=O NC(CCCCN)C(O)=O NC(CCCNC(N)=N)C(O)=O NC(CC(O)=O)C(O)=O
NC(CCC(O)=O)C(O)=O NC(CCC(N)=O)C(O)=O NC(Cc1c[nH]cn1)C(O)=O NC(Cc1cnc[nH]1)C(O)=O NC(Cc1ccccc1)C(O)=O OC(=O)C1CCCN1 NC(Cc1ccc(O)cc1)C(O)=O
NC(CO)C(O)=O NC(CS)C(O)=O NC(CCCN)C(O)=O CN(C)CC(O)=O C[N+](C)(C)CC([O-])=O NCCCC(O)=O NC(N)=O OC(=O)CNCP(O)(O)=O
Nc1ccncc1 ONC(=O)c1ccccc1 NC12CC3CC(CC(C3)C1)C2 NCCc1ccc(O)cc1 NCCc1c[nH]c2ccccc12 CCN(CC)C(O)=O
"""


def neutral_key(mol: Chem.Mol) -> str:
    """Canonical SMILES without stereo or isotope labels, charges taken off where a proton can do it."""
    return str(Chem.MolToSmiles(neutralize(mol), isomericSmiles=False))


@cache
def _ranks() -> dict[str, Rank]:
    """Return listed parts by their neutral key."""
    lists = (
        (Rank.SOMETIMES_DRUG, _SOMETIMES_DRUGS),
        (Rank.COUNTERION, _ACIDS + _BASES),
        (Rank.SOLVENT, _SOLVENTS),
        (Rank.INORGANIC, _INORGANIC),
    )
    with rdBase.BlockLogs():
        return {neutral_key(Chem.MolFromSmiles(smiles)): rank for rank, text in lists for smiles in text.split()}


def rank_of(part: Chem.Mol) -> Rank:
    """Say what one connected part of a drawing is when it stands beside others.

    Parameters
    ----------
    part
        One connected, sanitized molecule.

    Returns
    -------
    Rank
        ``INORGANIC`` without carbon, ``SMALL`` for an unlisted part of fewer than nine heavy atoms.

    Examples
    --------
    >>> [rank_of(Chem.MolFromSmiles(text)).name for text in ("[Cl-]", "CS(C)=O", "CS(=O)(=O)[O-]")]
    ['INORGANIC', 'SOLVENT', 'COUNTERION']
    """
    if not has_atom(part, "[#6]"):
        return Rank.WATER if _is_water(part) else Rank.INORGANIC
    listed = _ranks().get(neutral_key(part))
    if listed is not None:
        return listed
    return Rank.ORGANIC if part.GetNumHeavyAtoms() >= MIN_DRUG_ATOMS else Rank.SMALL


def _is_water(part: Chem.Mol) -> bool:
    """Whether a part is a neutral oxygen with its hydrogens."""
    oxygen = part.GetNumHeavyAtoms() == 1 and [atom for atom in part.GetAtoms() if atom.GetAtomicNum() == 8]  # noqa: PLR2004
    return bool(oxygen) and Chem.GetFormalCharge(part) == 0
