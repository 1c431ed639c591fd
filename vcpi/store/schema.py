"""The tables of the store and the steps that bring an older store up to date.

``user_version`` counts the steps taken. A step is never edited once a release has written it: a change of the schema
is a new step at the end of :data:`MIGRATIONS`.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from vcpi.errors import WorkspaceError

logger = logging.getLogger(__name__)

APPLICATION_ID = 0x76637069  # "vcpi"; the program `file` shows it

_FIRST = """
CREATE TABLE dataset (
  dataset_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('release', 'signatures')),
  simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
  search_layer TEXT NOT NULL CHECK (search_layer IN ('lfc', 'z', 'expression', 'feature')),
  baseline TEXT,
  recipe TEXT NOT NULL,
  notes TEXT NOT NULL,
  content_digest TEXT NOT NULL
) STRICT;
CREATE TABLE compound (
  compound_id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  inchikey TEXT UNIQUE,
  skeleton TEXT,
  smiles TEXT,
  inchi TEXT,
  formula TEXT,
  molecular_weight REAL,
  log_p REAL,
  tpsa REAL,
  n_h_donors INTEGER,
  n_h_acceptors INTEGER,
  n_rotatable_bonds INTEGER,
  n_rings INTEGER,
  n_heavy_atoms INTEGER,
  fraction_sp3 REAL,
  scaffold TEXT,
  fingerprint BLOB
) STRICT;
CREATE INDEX compound_skeleton ON compound (skeleton);
CREATE TABLE form (
  form_id INTEGER PRIMARY KEY,
  compound_id INTEGER NOT NULL REFERENCES compound (compound_id),
  source TEXT NOT NULL,
  file TEXT NOT NULL,
  row INTEGER NOT NULL,
  source_compound_id TEXT,
  compound_uuid TEXT,
  smiles TEXT,
  inchikey TEXT,
  flags TEXT NOT NULL
) STRICT;
CREATE INDEX form_compound ON form (compound_id);
CREATE INDEX form_source_id ON form (source_compound_id);
CREATE TABLE name (
  name_id INTEGER PRIMARY KEY,
  compound_id INTEGER NOT NULL REFERENCES compound (compound_id),
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('name', 'synonym', 'source_id', 'uuid', 'inchikey')),
  source TEXT NOT NULL,
  conflict TEXT,
  UNIQUE (compound_id, name, kind, source)
) STRICT;
CREATE INDEX name_key ON name (key);
CREATE TABLE annotation (
  annotation_id INTEGER PRIMARY KEY,
  compound_id INTEGER NOT NULL REFERENCES compound (compound_id),
  kind TEXT NOT NULL CHECK (kind IN ('class', 'moa', 'target')),
  value TEXT NOT NULL,
  source TEXT NOT NULL,
  UNIQUE (compound_id, kind, value, source)
) STRICT;
CREATE TABLE gene (
  dataset_id INTEGER NOT NULL REFERENCES dataset (dataset_id),
  row INTEGER NOT NULL,
  position INTEGER,
  gene_id TEXT NOT NULL,
  gene_symbol TEXT,
  entrez_id TEXT,
  ensembl_id TEXT,
  former_symbols TEXT,
  status TEXT NOT NULL CHECK (status IN ('measured', 'low', 'spike-in')),
  sigma REAL,
  PRIMARY KEY (dataset_id, row)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX gene_position ON gene (dataset_id, position) WHERE position IS NOT NULL;
CREATE TABLE sample (
  sample_id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES dataset (dataset_id),
  sequenced_id TEXT NOT NULL,
  compound_id INTEGER REFERENCES compound (compound_id),
  role TEXT NOT NULL CHECK (role IN ('library', 'vehicle', 'positive_control')),
  plate TEXT,
  plate_row INTEGER,
  plate_column INTEGER,
  is_edge INTEGER,
  dose_um REAL,
  vehicle_percent REAL,
  time_h REAL,
  cell_line TEXT,
  n_umi INTEGER,
  n_genes INTEGER,
  flags TEXT NOT NULL,
  extra TEXT NOT NULL,
  UNIQUE (dataset_id, sequenced_id)
) STRICT;
CREATE TABLE signature (
  signature_id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES dataset (dataset_id),
  compound_id INTEGER NOT NULL REFERENCES compound (compound_id),
  source_signature_id TEXT NOT NULL,
  dose_um REAL,
  time_h REAL,
  cell_line TEXT,
  n_replicates INTEGER,
  plates TEXT NOT NULL,
  strength REAL,
  n_strong_genes INTEGER,
  active INTEGER CHECK (active IN (0, 1)),
  stress REAL,
  rna_output REAL,
  mt_share REAL,
  replicate_p REAL,
  vector_digest TEXT NOT NULL,
  flags TEXT NOT NULL,
  provenance TEXT NOT NULL,
  UNIQUE (dataset_id, source_signature_id)
) STRICT;
CREATE INDEX signature_compound ON signature (compound_id);
CREATE TABLE vector (
  signature_id INTEGER NOT NULL REFERENCES signature (signature_id),
  layer TEXT NOT NULL CHECK (layer IN ('lfc', 'z', 'expression', 'feature', 'wells')),
  bytes BLOB NOT NULL,
  PRIMARY KEY (signature_id, layer)
) STRICT;
CREATE TABLE vehicle_null (
  dataset_id INTEGER NOT NULL REFERENCES dataset (dataset_id),
  statistic TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (dataset_id, statistic)
) STRICT;
CREATE TABLE model (
  dataset_id INTEGER NOT NULL REFERENCES dataset (dataset_id),
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  PRIMARY KEY (dataset_id, name)
) STRICT;
CREATE TABLE model_array (
  dataset_id INTEGER NOT NULL,
  model TEXT NOT NULL,
  name TEXT NOT NULL,
  dtype TEXT NOT NULL,
  shape TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (dataset_id, model, name),
  FOREIGN KEY (dataset_id, model) REFERENCES model (dataset_id, name)
) STRICT;
CREATE TABLE null_profile (
  null_id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES dataset (dataset_id),
  kind TEXT NOT NULL,
  plate TEXT,
  members TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE INDEX null_profile_dataset ON null_profile (dataset_id);
CREATE TABLE ingest (
  ingest_id INTEGER PRIMARY KEY,
  verb TEXT NOT NULL,
  source TEXT NOT NULL,
  files TEXT NOT NULL,
  counts TEXT NOT NULL,
  versions TEXT NOT NULL
) STRICT;
CREATE TABLE rejected (
  rejected_id INTEGER PRIMARY KEY,
  ingest_id INTEGER NOT NULL REFERENCES ingest (ingest_id),
  file TEXT NOT NULL,
  row INTEGER,
  raw TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE TABLE artifact (
  kind TEXT NOT NULL,
  dataset_id INTEGER NOT NULL,
  file TEXT NOT NULL,
  manifest TEXT NOT NULL,
  PRIMARY KEY (kind, dataset_id)
) STRICT;
CREATE VIRTUAL TABLE name_fts USING fts5 (name, tokenize = 'trigram')
"""

_EVIDENCE = """
ALTER TABLE signature ADD COLUMN quality_factor REAL;
ALTER TABLE signature ADD COLUMN replicate_correlation REAL;
ALTER TABLE signature ADD COLUMN replicate_excess REAL;
ALTER TABLE signature ADD COLUMN tas REAL
"""

_NULL_EVIDENCE = "ALTER TABLE null_profile ADD COLUMN replicate_p REAL"

_PANEL_SCORES = """
CREATE TABLE scoring (
  dataset_id INTEGER PRIMARY KEY REFERENCES dataset (dataset_id),
  panels_version TEXT NOT NULL,
  settings TEXT NOT NULL
) STRICT;
CREATE TABLE panel_coverage (
  dataset_id INTEGER NOT NULL REFERENCES dataset (dataset_id),
  panel TEXT NOT NULL,
  kind TEXT NOT NULL,
  n_measured INTEGER NOT NULL,
  n_total INTEGER NOT NULL,
  missing TEXT NOT NULL,
  inflation REAL,
  df REAL,
  reason TEXT,
  PRIMARY KEY (dataset_id, panel)
) STRICT, WITHOUT ROWID;
CREATE TABLE panel_score (
  signature_id INTEGER NOT NULL REFERENCES signature (signature_id),
  panel TEXT NOT NULL,
  signed REAL NOT NULL,
  abs REAL NOT NULL,
  directed REAL,
  z REAL NOT NULL,
  p REAL NOT NULL,
  q REAL NOT NULL,
  percentile REAL NOT NULL,
  random_percentile REAL,
  null_percentile REAL,
  PRIMARY KEY (signature_id, panel)
) STRICT, WITHOUT ROWID;
CREATE INDEX panel_score_panel ON panel_score (panel, signature_id);
CREATE TABLE effect_size (
  signature_id INTEGER PRIMARY KEY REFERENCES signature (signature_id),
  error_scale REAL,
  mean_abs REAL,
  mean_abs_null REAL,
  n_strong INTEGER,
  n_strong_null REAL,
  n_supported INTEGER,
  n_supported_null REAL,
  strength_percentile REAL,
  strength_null_percentile REAL,
  breadth REAL,
  breadth_null REAL,
  breadth_percentile REAL
) STRICT;
CREATE TABLE gene_level (
  dataset_id INTEGER NOT NULL REFERENCES dataset (dataset_id),
  row INTEGER NOT NULL,
  vehicle_cpm REAL,
  compound_share REAL NOT NULL,
  PRIMARY KEY (dataset_id, row)
) STRICT, WITHOUT ROWID;
CREATE TABLE well_quality (
  sample_id INTEGER PRIMARY KEY REFERENCES sample (sample_id),
  rna_output REAL,
  rna_output_raw REAL,
  gene_diversity REAL,
  gene_diversity_thinned REAL,
  thinned_depth REAL,
  mt_share REAL,
  mt_z REAL
) STRICT;
CREATE TABLE treatment_quality (
  signature_id INTEGER PRIMARY KEY REFERENCES signature (signature_id),
  rna_output REAL,
  gene_diversity REAL,
  gene_diversity_thinned REAL,
  mt_z REAL,
  viability TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE VIEW panel_scores AS
  SELECT s.signature_id, c.dataset_id, c.panel, p.signed, p.abs, p.directed, p.z, p.p, p.q, p.percentile,
    p.random_percentile, p.null_percentile, c.n_measured, c.n_total, c.reason
  FROM signature s JOIN panel_coverage c USING (dataset_id)
    LEFT JOIN panel_score p ON p.signature_id = s.signature_id AND p.panel = c.panel
"""

_GENE_SETS = """
CREATE TABLE gene_set (
  collection TEXT NOT NULL,
  name TEXT NOT NULL,
  genes TEXT NOT NULL,
  PRIMARY KEY (collection, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE replicate (
  signature_id INTEGER PRIMARY KEY REFERENCES signature (signature_id),
  n_wells INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT
"""

_FACTS = """
CREATE TABLE fact_document (
  document_id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  ingest_id INTEGER NOT NULL REFERENCES ingest (ingest_id),
  body TEXT NOT NULL
) STRICT;
CREATE TABLE fact_subject (
  subject_id INTEGER PRIMARY KEY,
  document_id INTEGER NOT NULL REFERENCES fact_document (document_id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  compound_id INTEGER REFERENCES compound (compound_id) ON DELETE SET NULL,
  joined_by TEXT CHECK (joined_by IN ('inchikey', 'skeleton', 'name', 'added')),
  reason TEXT,
  body TEXT NOT NULL,
  UNIQUE (document_id, key)
) STRICT;
CREATE INDEX fact_subject_compound ON fact_subject (compound_id);
CREATE TABLE fact (
  fact_id INTEGER PRIMARY KEY,
  document_id INTEGER NOT NULL REFERENCES fact_document (document_id) ON DELETE CASCADE,
  subject_id INTEGER REFERENCES fact_subject (subject_id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  place INTEGER NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (document_id, kind, place)
) STRICT;
CREATE INDEX fact_of_subject ON fact (subject_id)
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _EVIDENCE, _NULL_EVIDENCE, _PANEL_SCORES, _FACTS, _GENE_SETS)


def _statements(script: str) -> list[str]:
    """Split a script at the semicolons that end a line."""
    return [statement.strip() for statement in script.split(";\n") if statement.strip()]


def check(connection: sqlite3.Connection, where: str) -> int:
    """Return the schema version of a store, refusing one that is not vcpi's or comes from a newer vcpi.

    Raises
    ------
    WorkspaceError
        The file is another program's, newer than this vcpi, or older than the first schema that can be migrated.
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if not application_id and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        message = f"{where} is empty: no ingest has finished yet; run 'vcpi ingest' or 'vcpi demo' again"
        raise WorkspaceError(message)
    if application_id != APPLICATION_ID:
        message = (
            f"{where} is a SQLite file of another program (application id {application_id}); expected a vcpi store"
        )
        raise WorkspaceError(message)
    if version > len(MIGRATIONS):
        message = f"{where} has schema version {version}; this vcpi reads up to {len(MIGRATIONS)}; upgrade vcpi-search"
        raise WorkspaceError(message)
    if version < 1 or not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'model'").fetchone():
        message = (
            f"{where} is of a vcpi before schema version 1 was settled and cannot be migrated; "
            "ingest its sources again into an empty workspace"
        )
        raise WorkspaceError(message)
    return int(version)


def migrate(connection: sqlite3.Connection, *, version: int) -> None:
    """Take every step that is still missing, inside the transaction that the caller holds.

    A store that held something is copied beside itself first; the name of the copy is logged as a warning.

    Parameters
    ----------
    connection
        Holds the lock of a writer, and has written nothing yet.
    version
        The steps that were taken already; 0 for an empty file.

    Raises
    ------
    WorkspaceError
        The copy cannot be written; nothing was changed then.
    """
    if 0 < version < len(MIGRATIONS):
        backup = back_up(connection, f"v{version}")
        logger.warning(
            "note: db/%s had schema version %d and is brought to %d; as it was, it is kept as db/%s",
            backup.name.replace(f".v{version}.", "."), version, len(MIGRATIONS), backup.name,
        )  # fmt: skip
    for step, script in enumerate(MIGRATIONS[version:], start=version + 1):
        for statement in _statements(script):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {step}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def back_up(connection: sqlite3.Connection, label: str) -> Path:
    """Copy a store as it was last committed to a file beside it, whole or not at all.

    Parameters
    ----------
    connection
        Holds the lock of a writer, and has written nothing yet.
    label
        Comes into the name of the copy: ``vcpi.LABEL.sqlite``.

    Raises
    ------
    WorkspaceError
        The copy cannot be written.
    """
    store = Path(next(row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main"))
    backup = store.with_suffix(f".{label}{store.suffix}")
    part = backup.with_name(f"{backup.name}.part")
    try:
        part.unlink(missing_ok=True)
        source = sqlite3.connect(f"file:{quote(str(store))}?mode=ro", uri=True)
        with closing(source), closing(sqlite3.connect(part)) as target:
            source.backup(target)
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        part.replace(backup)
    except (OSError, sqlite3.OperationalError) as error:
        part.unlink(missing_ok=True)
        message = f"Cannot copy db/{store.name} to db/{backup.name} before it is changed ({error}); nothing was changed; make room and run this again"
        raise WorkspaceError(message) from error
    return backup
