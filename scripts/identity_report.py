"""Judge the structure identities of vcpi on reference sets, next to plain RDKit.

Prints, for each set in DATA_FOLDER/chem_identity_cases, how many answers are right. "As given" compares the key of the
molecule before its parent is looked for, which is what a reference key names; "parent" the key that vcpi files it under.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
from rdkit import Chem, rdBase

from vcpi.errors import StructureParseError
from vcpi.records import Structure
from vcpi.structure.identity import inchikey_of, parse_structure, standardize, standardize_many
from vcpi.structure.salts import Rank, rank_of

Row = dict[str, object]


def tally(name: str, cases: list[tuple[str, str]]) -> Row:
    """Count right keys and first blocks of (text, reference key): vcpi as given, vcpi's parent, plain RDKit."""
    row: Row = {"set": name, "n": len(cases)}
    readers: dict[str, Callable[[str], str]] = {"as_given": _as_given, "parent": _parent, "rdkit": _rdkit}
    for label, reader in readers.items():
        keys = [reader(text) for text, _ in cases]
        row[f"{label}_no_key"] = keys.count("")
        row[f"{label}_right"] = sum(key == expected for key, (_, expected) in zip(keys, cases, strict=True))
        row[f"{label}_block"] = sum(key[:14] == want[:14] for key, (_, want) in zip(keys, cases, strict=True) if key)
    return row


def _as_given(text: str) -> str:
    try:
        return inchikey_of(parse_structure(text))
    except StructureParseError:
        return ""


def _parent(text: str) -> str:
    try:
        return standardize(text).inchikey
    except StructureParseError:
        return ""


def _rdkit(text: str) -> str:
    if "\n" in text:
        mol = Chem.MolFromMolBlock(text)
    else:
        mol = Chem.MolFromInchi(text) if text.startswith("InChI=") else Chem.MolFromSmiles(text)
    return "" if mol is None or not mol.GetNumAtoms() else str(Chem.MolToInchiKey(mol))


def inchi_reference(folder: Path) -> Iterator[Row]:
    """Yield the InChI project's own test molecules, from molblocks and from SMILES."""
    table = pd.read_parquet(folder / "inchi_reference.parquet")
    table = table[table["reference_inchikey"].fillna("") != ""]
    for name, rows in table.groupby("set"):
        for column in ("molblock", "source_smiles"):
            have = rows[rows[column].fillna("") != ""]
            if len(have):
                cases = list(zip(have[column], have["reference_inchikey"], strict=True))
                yield tally(f"inchi_reference {name}, {column}", cases)


def tables(folder: Path) -> Iterator[Row]:
    """Yield the tables of SMILES with keys."""
    sets = [
        ("hub_cxsmiles.tsv", "smiles", "hub_inchikey"),
        ("pubchem_hard_set.tsv.gz", "pubchem_iso_smiles", "rdkit_inchikey_from_smiles"),
        ("lincs_same_name_variants.tsv", "canonical_smiles", "inchi_key"),
    ]
    for file, text, key in sets:
        table = pd.read_csv(folder / file, sep="\t", dtype=str, quoting=csv.QUOTE_NONE).fillna("")
        yield tally(file, [(a, b) for a, b in zip(table[text], table[key], strict=True) if a and b])
    hard = pd.read_csv(folder / "pubchem_hard_set.tsv.gz", sep="\t", dtype=str).fillna("")
    hard = hard[(hard["pubchem_inchikey"] != "") & (hard["pubchem_iso_smiles"] != "")]
    yield tally(
        "pubchem_hard_set.tsv.gz, PubChem's keys",
        list(zip(hard["pubchem_iso_smiles"], hard["pubchem_inchikey"], strict=True)),
    )


def salts(folder: Path) -> Iterator[Row]:
    """Yield how the listed salts and solvents rank, and whether each leaves a drug beside it alone."""
    drug = standardize("CN(C)C(=N)NC(=N)N").inchikey
    ranks: dict[str, int] = {}
    n, left, kept = 0, 0, []
    for mol in Chem.SDMolSupplier(str(folder / "witch_salts.sdf")):
        if mol is None:
            continue
        n += 1
        best = max(rank_of(part) for part in Chem.GetMolFrags(mol, asMols=True))
        ranks[Rank(best).name] = ranks.get(Rank(best).name, 0) + 1
        if _parent(f"CN(C)C(=N)NC(=N)N.{Chem.MolToSmiles(mol)}") == drug:
            left += 1
        else:
            kept.append(mol.GetProp("Name"))
    yield {"set": "witch_salts.sdf", "n": n, "metformin_recovered": left, **ranks, "kept_beside_metformin": kept}


def chembl(folder: Path) -> Iterator[Row]:
    """Yield the salt-stripping examples of the ChEMBL pipeline's forerunner."""
    given = {m.GetProp("example"): m for m in _sdf(folder / "chembl_standardiser_examples.in.sdf.gz")}
    wanted = _sdf(folder / "chembl_standardiser_examples_after_salt_stripping.sdf.gz")
    wrong, right, n = [], 0, 0
    for mol in wanted:
        example = mol.GetProp("example")
        if example in given:
            n += 1
            same = _parent(Chem.MolToSmiles(given[example])) == inchikey_of(mol)
            right += same
            wrong += [] if same else [example]
    yield {"set": "chembl_standardiser, salt stripping", "n": n, "right": right, "other_examples": wrong}


def molvs(folder: Path) -> Iterator[Row]:
    """Yield MolVS's cases for charges and fragments, by key."""
    table = pd.read_csv(folder / "molvs_unit_cases.tsv", sep="\t", dtype=str).fillna("")
    for operation in ("charge_parent_smiles", "uncharge_smiles", "fragment_parent_smiles", "fragment_removal_smiles"):
        rows = table[(table["operation"] == operation) & (table["expected"] != "")]
        pairs = [(_parent(a), _parent(b)) for a, b in zip(rows["input_smiles"], rows["expected"], strict=True)]
        wrong = [case for case, (a, b) in zip(rows["case"], pairs, strict=True) if not a or a != b]
        yield {"set": f"molvs {operation}", "n": len(rows), "right": len(rows) - len(wrong), "other_cases": wrong}


def pubchem(folder: Path, n_rows: int | None) -> Iterator[Row]:
    """Yield PubChem's substances: whether the parent is the expected fragment, and how long it took."""
    table = pd.read_csv(folder / "pubchem_100k_standardize.tsv.gz", sep="\t", dtype=str, nrows=n_rows)
    texts = table["smiles"].tolist()
    expected = [a if b == "=" else b for a, b in zip(texts, table["fragment_expected"], strict=True)]
    started = time.perf_counter()
    found = list(standardize_many(texts))
    seconds = time.perf_counter() - started
    several = [i for i, text in enumerate(texts) if "." in text]
    single = sorted(set(range(len(texts))) - set(several))
    for name, rows in (("one part", single), ("several parts", several)):
        flags: dict[str, int] = {}
        right = 0
        for i in rows:
            outcome = found[i]
            same = isinstance(outcome, Structure) and outcome.inchikey == _parent(expected[i])
            right += same
            if not same:
                label = "+".join(outcome.flags) if isinstance(outcome, Structure) else "error"
                flags[label] = flags.get(label, 0) + 1
        worst = dict(sorted(flags.items(), key=lambda item: -item[1])[:8])
        yield {"set": f"pubchem_100k fragment, {name}", "n": len(rows), "right": right, "others_by_flags": worst}
    n_plain = sum(
        isinstance(found[i], Structure) and found[i].inchikey == _rdkit(texts[i])  # type: ignore[union-attr]
        for i in single
    )
    yield {"set": "pubchem_100k, key = RDKit's own (one part)", "n": len(single), "right": n_plain}
    yield {"set": "pubchem_100k, one worker", "n": len(texts), "seconds": round(seconds, 1)}


def organometallics(folder: Path) -> Iterator[Row]:
    """Yield how many organometallics get a key, and how many are marked."""
    mols = _sdf(folder / "organometallics_pubchem.sdf.gz")
    found = [_attempt(Chem.MolToMolBlock(mol)) for mol in mols]
    keyed = [item for item in found if isinstance(item, Structure)]
    marked = sum("metal" in item.flags for item in keyed)
    plain = sum(bool(Chem.MolToInchiKey(mol)) for mol in mols)
    row: Row = {"set": "organometallics", "n": len(mols), "keys": len(keyed), "marked_metal": marked}
    yield {**row, "rdkit_keys": plain}


def _attempt(text: str) -> Structure | None:
    try:
        return standardize(text)
    except StructureParseError:
        return None


def _sdf(path: Path) -> list[Chem.Mol]:
    with gzip.open(path) as file:
        return [mol for mol in Chem.ForwardSDMolSupplier(file) if mol is not None]


def main() -> int:
    """Print one block per set, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_folder", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=None, help="rows of the PubChem set; all by default")
    options = parser.parse_args()
    folder = options.data_folder / "chem_identity_cases"
    if not folder.is_dir():
        print(f"No folder {folder}; expected the reference sets there", file=sys.stderr)
        return 1
    rows: list[Row] = []
    with rdBase.BlockLogs():
        for part in (inchi_reference, tables, salts, chembl, molvs, organometallics):
            rows += part(folder)
        rows += pubchem(folder, options.rows)
    print(json.dumps(rows, indent=1) if options.json else "\n".join(_line(row) for row in rows))
    return 0


def _line(row: Row) -> str:
    return f"{row['set']}\n    " + "  ".join(f"{key}={value}" for key, value in row.items() if key != "set")


if __name__ == "__main__":
    raise SystemExit(main())
