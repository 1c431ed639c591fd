"""What a mechanism class does to the genes that are known to answer to it.

A program is a set of genes that move together: named genes with a sign, from general pathway knowledge, to which the
simulator adds a random part. A class is a mixture of programs; classes that share a program resemble each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

_STEROL = "HMGCS1 HMGCR LDLR SQLE INSIG1 IDI1 FDFT1 MVD LSS DHCR7 SC5D STARD4 PCSK9 SREBF2"
_ATF4 = "ATF4 ATF3 DDIT3 TRIB3 CHAC1 ASNS PSAT1 PHGDH SESN2 DDIT4 VLDLR NUPR1 CEBPB CEBPG ATF5 PPP1R15A"
_UPR = "HSPA5 HSP90B1 DNAJB9 SDF2L1 HERPUD1 XBP1 PDIA4 ERN1 EDEM1"
_HEAT = "HSPA1A HSPA1B DNAJB1 HSPH1 HSPA8 HSP90AA1 BAG3 HSPB1 HSPE1 HSPD1 CHORDC1"
_NRF2 = "HMOX1 NQO1 GCLM GCLC SLC7A11 TXNRD1 SRXN1 OSGIN1 G6PD PGD TALDO1 TKT ME1 FTL SQSTM1 GSR PIR"
_P53 = "CDKN1A MDM2 BBC3 BAX PMAIP1 TP53I3 SESN1 RRM2B DDB2 XPC ZMAT3 GDF15 BTG2 PLK3 TNFRSF10B FDXR PPM1D PHLDA3"
_G1S = "E2F1 CCNE1 CCNE2 CDC6 CDC45 CDT1 MCM3 MCM4 MCM5 MCM6 MCM7 PCNA RRM1 RRM2 TYMS DHFR TK1 GINS2 UHRF1"
_G2M = "CCNB1 CCNB2 CDK1 CCNA2 CDC20 CDC25C PLK1 AURKA AURKB BUB1 TOP2A MKI67 CENPF KIF11 KIF20A UBE2C TPX2 BIRC5"
_ERK = "DUSP4 DUSP5 DUSP6 SPRY2 SPRY4 SPRED2 ETV4 ETV5 PHLDA1 CCND1 FOSL1 EGR1 MYC"
_MYC = "NOP56 NOP58 NOLC1 NOP16 WDR43 RRP9 RRP12 PES1 BOP1 POLR1B DKC1 GNL3 PPAN UTP20 MYC ODC1 NCL CAD LYAR"
_NFKB = "NFKBIA NFKBIZ NFKBIE NFKB2 RELB TNFAIP3 TNFAIP2 TNF IL1B CXCL8 CXCL1 CCL2 CCL4 CCL20 SOD2 TRAF1 CD83 EBI3"
_IFN = "MX1 MX2 ISG15 IFIT3 IFI6 IFI27 IFI44 OAS1 OAS2 OAS3 RSAD2 HERC5 IFIH1 STAT1 STAT2 IRF7 IRF9 CMPK2 EPSTI1 BST2"
_IMMEDIATE = "FOS FOSB EGR1 EGR3 IER2 JUN JUNB ATF3 DUSP1 KLF6 BTG2 ZFP36"
_LYSOSOME = "SQSTM1 GPNMB FLCN RRAGD NEU1 CTSD ATP6V0D1 MCOLN1 LAMP1 CTSB CTSL GLA HEXA ATP6V1H UVRAG"
_FOXO = "FOXO1 FOXO3 IRS2 KLF2 SESN1 SESN3 CCNG2 BCL6 TXNIP CITED2 INSR RICTOR BCL2L11 KLHL24"
_MTORC1 = (
    "HMGCS1 HMGCR LDLR SQLE INSIG1 IDI1 FDFT1 SCD FASN ACLY STARD4 ASNS PSAT1 PHGDH SHMT2 MTHFD2 SLC7A11 SLC7A5 "
    "SLC3A2 DDIT4 SESN2 TRIB3 ATF4 EIF4EBP1 SLC2A1 PDK1 LDHA HK2 NOP56 NOLC1 ODC1"
)

FOOTPRINTS = MappingProxyType(
    {  # program: (genes that go up, genes that go down)
        "mtor": (_LYSOSOME, _MTORC1),
        "pi3k": (_FOXO, "CCND1 SLC2A1 HK2"),
        "hdac": ("H1-0 TUBB3 GLS2 CLU SYT11 HSPA2 MT1X MT2A CRIP2 GATM CDKN1A", "MYC TYMS"),
        "proteotoxic": (_HEAT, ""),
        "proteasome": (f"{_ATF4} {_NRF2} PSMD1 PSMD14 PSMA1 PSMA7 PSMB7 VCP", ""),
        "mitosis": (_G2M, "CCNE2 CDC6 CDT1 MCM5"),
        "dna-damage": (_P53, "PLK1 CCNB1 CDC20 AURKA"),
        "antimetabolite": ("CCNE1 CCNE2 CDC6 E2F1 SLBP", ""),
        "transcription": ("", "MYC MCL1 IER2 JUNB FOS EGR1 BTG2 KLF6 CCNG2 NFKBIA IRF1 DUSP5"),
        "cdk": ("", f"{_G1S} {_G2M}"),
        "g1-arrest": ("CCND1 CCNG2", f"{_G1S} {_G2M}"),
        "erk": ("TXNIP IRS2 KLF2", _ERK),
        "bet": ("HEXIM1 H1-0", f"{_MYC} CCL2 IL1B TNFAIP2 CSF1R"),
        "glucocorticoid": ("TSC22D3 FKBP5 PER1 ZBTB16 DUSP1 CD163 MRC1 KLF9 SGK1", _NFKB),
        "sterol": (f"{_STEROL} KLF2 RHOB", "ABCA1 ABCG1 MYLIP"),
        "ion-pump": (f"{_IMMEDIATE} ATF4", ""),
        "translation": (f"{_IMMEDIATE} NFKBIA TNFAIP3 MYC", ""),
        "jak": ("", _IFN),
        "retinoid": ("CYP26A1 DHRS3 TGM2 CD14 ITGAM RARB CD36 MAFB", "MYB MPO ELANE AZU1 PRTN3"),
        "nrf2": (_NRF2, ""),
        "tlr": (f"{_NFKB} {_IFN}", ""),
        "apoptosis": ("PMAIP1 BBC3 ATF3", "MCL1"),
        "golgi": (f"{_UPR} {_ATF4}", ""),
        "top1": ("RRM2B", "MYC"),
        "xpo1": ("XPO1 CDKN1A ARF1", "MYC"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRecipe:
    """How a class acts.

    ``mixture`` names programs with their weights, the leading one first; ``scale`` shrinks a weak class; ``toxicity``
    scales the load of the shared toxicity direction, 1 for a cytotoxic class.
    """

    mixture: tuple[tuple[str, float], ...]
    scale: float = 1.0
    toxicity: float = 1.0


def _mix(scale: float = 1.0, toxicity: float = 1.0, **weights: float) -> ClassRecipe:
    """Write a recipe with program names as keywords."""
    return ClassRecipe(
        mixture=tuple((name.replace("_", "-"), weight) for name, weight in weights.items()),
        scale=scale,
        toxicity=toxicity,
    )


RECIPES = MappingProxyType(
    {
        "mTOR allosteric inhibitor": _mix(mtor=1.0, toxicity=0.25),
        "mTOR kinase inhibitor": _mix(mtor=0.9, mtor_kinase=0.436, toxicity=0.4),
        "PI3K/mTOR dual inhibitor": _mix(mtor=0.75, pi3k=0.6, dual=0.28, toxicity=0.5),
        "PI3K inhibitor": _mix(mtor=0.6, pi3k=0.75, pi3k_own=0.28, toxicity=0.4),
        "AKT inhibitor": _mix(mtor=0.45, pi3k=0.6, akt=0.66, toxicity=0.5),
        "calcineurin inhibitor": _mix(calcineurin=1.0, scale=0.55, toxicity=0.2),
        "HDAC inhibitor": _mix(hdac=1.0),
        "proteasome inhibitor": _mix(proteasome=0.9, proteotoxic=0.45),
        "HSP90 inhibitor": _mix(hsp90=0.8, proteotoxic=0.6),
        "tubulin destabilizer": _mix(mitosis=0.75, tubulin_off=0.66, toxicity=0.8),
        "tubulin stabilizer": _mix(mitosis=0.75, tubulin_on=0.66, toxicity=0.8),
        "Aurora kinase inhibitor": _mix(aurora=0.8, mitosis=0.6, toxicity=0.7),
        "PLK inhibitor": _mix(mitosis=0.75, plk=0.66, toxicity=0.9),
        "topoisomerase I inhibitor": _mix(dna_damage=0.8, top1=0.6),
        "topoisomerase II inhibitor": _mix(dna_damage=0.75, top2=0.66),
        "antimetabolite": _mix(antimetabolite=0.87, dna_damage=0.5, toxicity=0.7),
        "CDK inhibitor": _mix(cdk=0.87, transcription=0.5),
        "CDK4/6 inhibitor": _mix(g1_arrest=1.0, toxicity=0.3),
        "transcription inhibitor": _mix(transcription=1.0, toxicity=1.2),
        "MEK inhibitor": _mix(erk=1.0, toxicity=0.3),
        "BET bromodomain inhibitor": _mix(bet=0.92, transcription=0.4, toxicity=0.6),
        "glucocorticoid receptor agonist": _mix(glucocorticoid=1.0, toxicity=0.1),
        "HMG-CoA reductase inhibitor": _mix(sterol=1.0, toxicity=0.5),
        "Na/K-ATPase inhibitor": _mix(ion_pump=0.8, translation=0.6),
        "translation inhibitor": _mix(translation=1.0),
        "JAK inhibitor": _mix(jak=1.0, scale=0.7, toxicity=0.2),
        "pan-kinase inhibitor": _mix(staurosporine=1.0),
        "Golgi transport inhibitor": _mix(golgi=1.0),
        "retinoid receptor agonist": _mix(retinoid=1.0, toxicity=0.2),
        "NRF2 activator": _mix(nrf2=1.0, toxicity=0.5),
        "TLR7/8 agonist": _mix(tlr=1.0, scale=0.9, toxicity=0.2),
        "XPO1 inhibitor": _mix(xpo1=1.0),
        "BCL-2 family inhibitor": _mix(apoptosis=1.0),
    }
)
"""Classes that act on THP-1 cells here; any other class (drugs of absent or silent receptors) is inactive."""

CORE_CLASSES = (
    "mTOR allosteric inhibitor", "mTOR kinase inhibitor", "PI3K inhibitor", "calcineurin inhibitor", "HDAC inhibitor",
    "proteasome inhibitor", "HSP90 inhibitor", "CDK inhibitor", "tubulin destabilizer", "tubulin stabilizer",
    "topoisomerase I inhibitor", "topoisomerase II inhibitor", "BET bromodomain inhibitor",
    "glucocorticoid receptor agonist", "HMG-CoA reductase inhibitor", "translation inhibitor", "Na/K-ATPase inhibitor",
)  # fmt: skip
"""Classes that stay active longest where a screen is thinned; the first, the running example, stays whole."""

_LOW = (
    "ABCC2 ADM AKR1B10 ALDH1A3 ALDOC ANKRD37 ATG9B BIRC3 CA9 CCL3 CCR7 CD80 CIITA CXCL10 CXCL2 CXCL3 CXCL9 CYP1A1 "
    "DUSP16 EGLN3 EGR2 ENO2 EPHA4 FADD FCGR3A GBP1 GLS2 HRK ICAM1 IDO1 IER3 IFI44L IFIT1 IFIT2 IFIT5 IFITM1 IFNB1 "
    "IFNL1 IL12B IL1A IL36G IL6 KSR1 LIF MRC1 OASL PCSK9 PIK3IP1 PIK3R2 PPARGC1A PRKAA2 PRKAG1 PTGS2 RIGI RPTOR "
    "S1PR1 SECTM1 SOCS1 SPRED1 SRXN1 TAP1 TLR7 TLR8 TUBB3 USP18 WIPI1 XAF1"
)
LOW_GENES = frozenset(_LOW.split())
"""Genes that sit below one count per million in THP-1 cells."""

_HIGH = (
    "RPL3 RPL4 RPL5 RPL7 RPL10 RPL13 RPL13A RPL19 RPL23 RPL27 RPL32 RPLP0 RPS2 RPS3 RPS5 RPS6 RPS8 RPS9 RPS12 RPS18 "
    "RPS27 EEF1A1 EEF1B2 EEF2 TPT1 FTL FTH1 ACTB ACTG1 B2M TUBA1B GAPDH CFL1 PFN1 VIM LGALS1 GSTP1 CD74 NPM1 LDHA PKM "
    "ENO1"
)
HIGH_GENES = frozenset(_HIGH.split())
"""Genes that take a large share of the counts of any cell."""
