CREATE TABLE dataset (
  dataset_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('release', 'signatures')),
  simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
  search_layer TEXT NOT NULL CHECK (search_layer IN ('lfc', 'z', 'expression')),
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
  vector_digest TEXT NOT NULL,
  flags TEXT NOT NULL,
  provenance TEXT NOT NULL,
  UNIQUE (dataset_id, source_signature_id)
) STRICT;
CREATE INDEX signature_compound ON signature (compound_id);
CREATE TABLE vector (
  signature_id INTEGER NOT NULL REFERENCES signature (signature_id),
  layer TEXT NOT NULL CHECK (layer IN ('lfc', 'z', 'expression')),
  bytes BLOB NOT NULL,
  PRIMARY KEY (signature_id, layer)
) STRICT;
CREATE TABLE vehicle_null (
  dataset_id INTEGER NOT NULL REFERENCES dataset (dataset_id),
  statistic TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (dataset_id, statistic)
) STRICT;
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
CREATE VIRTUAL TABLE name_fts USING fts5 (name, tokenize = 'trigram');
PRAGMA application_id = 1986228329;
PRAGMA user_version = 1;
