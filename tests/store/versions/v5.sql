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
  provenance TEXT NOT NULL, quality_factor REAL, replicate_correlation REAL, replicate_excess REAL, tas REAL,
  UNIQUE (dataset_id, source_signature_id)
) STRICT;
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
, replicate_p REAL) STRICT;
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
CREATE TABLE fact (
  fact_id INTEGER PRIMARY KEY,
  document_id INTEGER NOT NULL REFERENCES fact_document (document_id) ON DELETE CASCADE,
  subject_id INTEGER REFERENCES fact_subject (subject_id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  place INTEGER NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (document_id, kind, place)
) STRICT;
CREATE INDEX compound_skeleton ON compound (skeleton);
CREATE INDEX form_compound ON form (compound_id);
CREATE INDEX form_source_id ON form (source_compound_id);
CREATE INDEX name_key ON name (key);
CREATE UNIQUE INDEX gene_position ON gene (dataset_id, position) WHERE position IS NOT NULL;
CREATE INDEX signature_compound ON signature (compound_id);
CREATE INDEX null_profile_dataset ON null_profile (dataset_id);
CREATE INDEX panel_score_panel ON panel_score (panel, signature_id);
CREATE INDEX fact_subject_compound ON fact_subject (compound_id);
CREATE INDEX fact_of_subject ON fact (subject_id);
CREATE VIEW panel_scores AS
  SELECT s.signature_id, c.dataset_id, c.panel, p.signed, p.abs, p.directed, p.z, p.p, p.q, p.percentile,
    p.random_percentile, p.null_percentile, c.n_measured, c.n_total, c.reason
  FROM signature s JOIN panel_coverage c USING (dataset_id)
    LEFT JOIN panel_score p ON p.signature_id = s.signature_id AND p.panel = c.panel;
INSERT INTO dataset (dataset_id, name, kind, simulated, search_layer, baseline, recipe, notes, content_digest) VALUES (1, 'old', 'signatures', 0, 'z', NULL, '{"normalization":"made elsewhere","strength":"root mean square over the genes","unit":"z","versions":{"faiss-cpu":"1.15.1","numpy":"2.4.6","rdkit":"2026.9.1","vcpi-search":"0.1.0"}}', '["values are taken for z scores (their spread over the genes is 3); --unit lfc where they are log2 fold changes"]', '48cad78383ec0806759a6c8daa00489b4e5168fc1a035e67ffe4fe751d03fe7c');
INSERT INTO compound (compound_id, identity, name, inchikey, skeleton, smiles, inchi, formula, molecular_weight, log_p, tpsa, n_h_donors, n_h_acceptors, n_rotatable_bonds, n_rings, n_heavy_atoms, fraction_sp3, scaffold, fingerprint) VALUES (1, 'BDERNNFJNOPAEC-UHFFFAOYSA-N', 'propanol', 'BDERNNFJNOPAEC-UHFFFAOYSA-N', 'BDERNNFJNOPAEC', 'CCCO', 'InChI=1S/C3H8O/c1-2-3-4/h4H,2-3H2,1H3', 'C3H8O', 60.096, 0.3887, 20.23, 1, 1, 1, 0, 4, 1.0, '', X'00000000000000000000800000000000000000000000000000000002000000000000000002000000000000000000000000000000000000000000004000000000000000000000000000000000000000000000000000000000000000000000000000000020010000000000000000000000000000000000000000000000000000000000000040000000000000000000000000000000000000000000000000000004000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO compound (compound_id, identity, name, inchikey, skeleton, smiles, inchi, formula, molecular_weight, log_p, tpsa, n_h_donors, n_h_acceptors, n_rotatable_bonds, n_rings, n_heavy_atoms, fraction_sp3, scaffold, fingerprint) VALUES (2, 'LFQSCWFLJHTTHZ-UHFFFAOYSA-N', 'ethanol', 'LFQSCWFLJHTTHZ-UHFFFAOYSA-N', 'LFQSCWFLJHTTHZ', 'CCO', 'InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3', 'C2H6O', 46.069, -1.40000000000001234568e-03, 20.23, 1, 1, 0, 0, 3, 1.0, '', X'00000000000000000000800000000000000000000000000000000002000000000000000002000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000000000040000000000000000000000000000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO compound (compound_id, identity, name, inchikey, skeleton, smiles, inchi, formula, molecular_weight, log_p, tpsa, n_h_donors, n_h_acceptors, n_rotatable_bonds, n_rings, n_heavy_atoms, fraction_sp3, scaffold, fingerprint) VALUES (3, 'UHOVQNZJYSORNB-UHFFFAOYSA-N', 'benzene', 'UHOVQNZJYSORNB-UHFFFAOYSA-N', 'UHOVQNZJYSORNB', 'c1ccccc1', 'InChI=1S/C6H6/c1-2-4-6-5-3-1/h1-6H', 'C6H6', 7.81139999999999901092e+01, 1.6866, 0.0, 0, 0, 0, 1, 6, 0.0, 'c1ccccc1', X'00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000004000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000040000000000000000000000000000000000000000000');
INSERT INTO compound (compound_id, identity, name, inchikey, skeleton, smiles, inchi, formula, molecular_weight, log_p, tpsa, n_h_donors, n_h_acceptors, n_rotatable_bonds, n_rings, n_heavy_atoms, fraction_sp3, scaffold, fingerprint) VALUES (4, 'YXFVVABEGXRONW-UHFFFAOYSA-N', 'toluene', 'YXFVVABEGXRONW-UHFFFAOYSA-N', 'YXFVVABEGXRONW', 'Cc1ccccc1', 'InChI=1S/C7H8/c1-7-5-3-2-4-6-7/h2-6H,1H3', 'C7H8', 9.21409999999999911306e+01, 1.99502, 0.0, 0, 0, 0, 1, 7, 1.42857142857142849212e-01, 'c1ccccc1', X'00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000004000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000140000000800000000000000000000000000100000000000000000000000000000000000000000000080000000000000000000000000000000000000000000000000000000000000000000000000000000000002000000200000000000000000100000000000040000000000080000000000000000000000000000000');
INSERT INTO form (form_id, compound_id, source, file, row, source_compound_id, compound_uuid, smiles, inchikey, flags) VALUES (1, 2, 'old', 'c.csv', 2, 'ethanol', NULL, 'CCO', NULL, '[]');
INSERT INTO form (form_id, compound_id, source, file, row, source_compound_id, compound_uuid, smiles, inchikey, flags) VALUES (2, 1, 'old', 'c.csv', 3, 'propanol', NULL, 'CCCO', NULL, '[]');
INSERT INTO form (form_id, compound_id, source, file, row, source_compound_id, compound_uuid, smiles, inchikey, flags) VALUES (3, 3, 'old', 'c.csv', 4, 'benzene', NULL, 'c1ccccc1', NULL, '[]');
INSERT INTO form (form_id, compound_id, source, file, row, source_compound_id, compound_uuid, smiles, inchikey, flags) VALUES (4, 4, 'old', 'c.csv', 5, 'toluene', NULL, 'Cc1ccccc1', NULL, '[]');
INSERT INTO name (name_id, compound_id, name, key, kind, source, conflict) VALUES (1, 2, 'ethanol', 'ethanol', 'source_id', 'old', NULL);
INSERT INTO name (name_id, compound_id, name, key, kind, source, conflict) VALUES (2, 2, 'ethanol', 'ethanol', 'name', 'old', NULL);
INSERT INTO name (name_id, compound_id, name, key, kind, source, conflict) VALUES (3, 1, 'propanol', 'propanol', 'source_id', 'old', NULL);
INSERT INTO name (name_id, compound_id, name, key, kind, source, conflict) VALUES (4, 1, 'propanol', 'propanol', 'name', 'old', NULL);
INSERT INTO name (name_id, compound_id, name, key, kind, source, conflict) VALUES (5, 3, 'benzene', 'benzene', 'source_id', 'old', NULL);
INSERT INTO name (name_id, compound_id, name, key, kind, source, conflict) VALUES (6, 3, 'benzene', 'benzene', 'name', 'old', NULL);
INSERT INTO name (name_id, compound_id, name, key, kind, source, conflict) VALUES (7, 4, 'toluene', 'toluene', 'source_id', 'old', NULL);
INSERT INTO name (name_id, compound_id, name, key, kind, source, conflict) VALUES (8, 4, 'toluene', 'toluene', 'name', 'old', NULL);
INSERT INTO gene (dataset_id, row, position, gene_id, gene_symbol, entrez_id, ensembl_id, former_symbols, status, sigma) VALUES (1, 0, 0, 'ENSG00000000001', NULL, NULL, 'ENSG00000000001', NULL, 'measured', NULL);
INSERT INTO gene (dataset_id, row, position, gene_id, gene_symbol, entrez_id, ensembl_id, former_symbols, status, sigma) VALUES (1, 1, 1, 'ENSG00000000002', NULL, NULL, 'ENSG00000000002', NULL, 'measured', NULL);
INSERT INTO gene (dataset_id, row, position, gene_id, gene_symbol, entrez_id, ensembl_id, former_symbols, status, sigma) VALUES (1, 2, 2, 'ENSG00000000003', NULL, NULL, 'ENSG00000000003', NULL, 'measured', NULL);
INSERT INTO gene (dataset_id, row, position, gene_id, gene_symbol, entrez_id, ensembl_id, former_symbols, status, sigma) VALUES (1, 3, 3, 'ENSG00000000004', NULL, NULL, 'ENSG00000000004', NULL, 'measured', NULL);
INSERT INTO gene (dataset_id, row, position, gene_id, gene_symbol, entrez_id, ensembl_id, former_symbols, status, sigma) VALUES (1, 4, 4, 'ENSG00000000005', NULL, NULL, 'ENSG00000000005', NULL, 'measured', NULL);
INSERT INTO gene (dataset_id, row, position, gene_id, gene_symbol, entrez_id, ensembl_id, former_symbols, status, sigma) VALUES (1, 5, 5, 'ENSG00000000006', NULL, NULL, 'ENSG00000000006', NULL, 'measured', NULL);
INSERT INTO gene (dataset_id, row, position, gene_id, gene_symbol, entrez_id, ensembl_id, former_symbols, status, sigma) VALUES (1, 6, 6, 'ENSG00000000007', NULL, NULL, 'ENSG00000000007', NULL, 'measured', NULL);
INSERT INTO gene (dataset_id, row, position, gene_id, gene_symbol, entrez_id, ensembl_id, former_symbols, status, sigma) VALUES (1, 7, 7, 'ENSG00000000008', NULL, NULL, 'ENSG00000000008', NULL, 'measured', NULL);
INSERT INTO gene (dataset_id, row, position, gene_id, gene_symbol, entrez_id, ensembl_id, former_symbols, status, sigma) VALUES (1, 8, 8, 'ENSG00000000009', NULL, NULL, 'ENSG00000000009', NULL, 'measured', NULL);
INSERT INTO gene (dataset_id, row, position, gene_id, gene_symbol, entrez_id, ensembl_id, former_symbols, status, sigma) VALUES (1, 9, 9, 'ENSG00000000010', NULL, NULL, 'ENSG00000000010', NULL, 'measured', NULL);
INSERT INTO gene (dataset_id, row, position, gene_id, gene_symbol, entrez_id, ensembl_id, former_symbols, status, sigma) VALUES (1, 10, 10, 'ENSG00000000011', NULL, NULL, 'ENSG00000000011', NULL, 'measured', NULL);
INSERT INTO gene (dataset_id, row, position, gene_id, gene_symbol, entrez_id, ensembl_id, former_symbols, status, sigma) VALUES (1, 11, 11, 'ENSG00000000012', NULL, NULL, 'ENSG00000000012', NULL, 'measured', NULL);
INSERT INTO signature (signature_id, dataset_id, compound_id, source_signature_id, dose_um, time_h, cell_line, n_replicates, plates, strength, n_strong_genes, active, stress, rna_output, mt_share, replicate_p, vector_digest, flags, provenance, quality_factor, replicate_correlation, replicate_excess, tas) VALUES (1, 1, 1, 'SIG-B', NULL, NULL, NULL, NULL, '[]', 3.081162, NULL, NULL, NULL, NULL, NULL, NULL, '4df511bdaf4ec476832b382f2edf31a6b253d2a512686e90a619fb036f493e2f', '[]', '{"extra":{},"file":"s.csv","row":3}', NULL, NULL, NULL, NULL);
INSERT INTO signature (signature_id, dataset_id, compound_id, source_signature_id, dose_um, time_h, cell_line, n_replicates, plates, strength, n_strong_genes, active, stress, rna_output, mt_share, replicate_p, vector_digest, flags, provenance, quality_factor, replicate_correlation, replicate_excess, tas) VALUES (2, 1, 2, 'SIG-A', NULL, NULL, NULL, NULL, '[]', 3.03084, NULL, NULL, NULL, NULL, NULL, NULL, '9678fc894002e3305b3179f4cb5daf017c15e81b35897a8201e6d4d061d26599', '[]', '{"extra":{},"file":"s.csv","row":2}', NULL, NULL, NULL, NULL);
INSERT INTO signature (signature_id, dataset_id, compound_id, source_signature_id, dose_um, time_h, cell_line, n_replicates, plates, strength, n_strong_genes, active, stress, rna_output, mt_share, replicate_p, vector_digest, flags, provenance, quality_factor, replicate_correlation, replicate_excess, tas) VALUES (3, 1, 3, 'SIG-C', NULL, NULL, NULL, NULL, '[]', 3.03084, NULL, NULL, NULL, NULL, NULL, NULL, '1d7879451810416f293870b09ac1853725e28c2b44ff69d1c2ed52c7af42ec2b', '[]', '{"extra":{},"file":"s.csv","row":4}', NULL, NULL, NULL, NULL);
INSERT INTO signature (signature_id, dataset_id, compound_id, source_signature_id, dose_um, time_h, cell_line, n_replicates, plates, strength, n_strong_genes, active, stress, rna_output, mt_share, replicate_p, vector_digest, flags, provenance, quality_factor, replicate_correlation, replicate_excess, tas) VALUES (4, 1, 4, 'SIG-D', NULL, NULL, NULL, NULL, '[]', 0.799067, NULL, NULL, NULL, NULL, NULL, NULL, '4bd9723e4e6b748308422844b1938d39b14a0316db564bc5d10a058b9ec86a99', '[]', '{"extra":{},"file":"s.csv","row":5}', NULL, NULL, NULL, NULL);
INSERT INTO vector (signature_id, layer, bytes) VALUES (1, 'z', X'C3F5804014AEA7C0AE47213F48E19ABF295C4FBF8FC2F5BE666676C0000000BFA470DDBF52B8DE40295C0F3F295C4FBF');
INSERT INTO vector (signature_id, layer, bytes) VALUES (2, 'z', X'5C8F82401F85A3C03D0A573F85EB91BFC3F568BFF628DCBEAE4781C01F85EBBEA470DDBFCDCCD4406666E63E8FC235BF');
INSERT INTO vector (signature_id, layer, bytes) VALUES (3, 'z', X'5C8F82C01F85A3403D0A57BF85EB913FC3F5683FF628DC3EAE4781401F85EB3EA470DD3FCDCCD4C06666E6BE8FC2353F');
INSERT INTO vector (signature_id, layer, bytes) VALUES (4, 'z', X'EC5138BE713D0A3FEC51F83F713D8ABE8FC275BE0000803F0AD763BFE17A94BEAE47613FE17A143FEC51B83D1F852B3F');
INSERT INTO ingest (ingest_id, verb, source, files, counts, versions) VALUES (1, 'ingest signatures', 'old', '[{"n_bytes":488,"name":"s.csv","sha256":"80ec4feab614819fcbfc504c4cf522cb204ceba7d5ec8f67ecf810f859c7d008"},{"n_bytes":104,"name":"c.csv","sha256":"107fb3e2bdba8ae990bbcaa5bd3295d723dccbd493cfab85f2cf0d2fc25dc545"}]', '{"compounds":4,"genes":12,"rejected":0,"signatures":4}', '{"faiss-cpu":"1.15.1","numpy":"2.4.6","rdkit":"2026.9.1","vcpi-search":"0.1.0"}');
INSERT INTO artifact (kind, dataset_id, file, manifest) VALUES ('fingerprints', 0, 'fingerprints-e181983ee98c7a69.npy', '{"content_digest":"d94196de5db673ce286def2e4510fb3383b2b081f587e644e554809ae53bc6dc","file_digest":"e181983ee98c7a6969d9925d0588068b0053b1b4366a96e9010350aed6782869","format_version":1,"kind":"fingerprints","n_rows":4,"recipe":{"fingerprint":{"chirality":false,"kind":"morgan","n_bits":2048,"radius":2}},"self_digest":"7cc7f757f2f518d740bd26211fee3a6c2bf3a668811b334409a4f127610693fa","versions":{"faiss-cpu":"1.15.1","numpy":"2.4.6","rdkit":"2026.9.1","vcpi-search":"0.1.0"}}
');
INSERT INTO artifact (kind, dataset_id, file, manifest) VALUES ('signatures', 1, 'signatures-1-9d2caf6d09ea7b25.faiss', '{"content_digest":"48cad78383ec0806759a6c8daa00489b4e5168fc1a035e67ffe4fe751d03fe7c","file_digest":"9d2caf6d09ea7b25ecb4673ae8534fb0276c1729d4a3b9fc82589ef1287685f9","format_version":1,"kind":"signatures","n_rows":4,"recipe":{"background":{"0.5":-0.010537,"0.9":0.565956,"0.95":0.782517,"0.99":0.955767,"0.999":0.994748},"dataset":"old","layer":"z","metric":"cosine","n_genes":12},"self_digest":"e414b4406b3a610cb17d67857bf5333c436a8cba51ef31f1c71b1b1fc200d953","versions":{"faiss-cpu":"1.15.1","numpy":"2.4.6","rdkit":"2026.9.1","vcpi-search":"0.1.0"}}
');
INSERT INTO name_fts (rowid, name) VALUES (1, 'ethanol');
INSERT INTO name_fts (rowid, name) VALUES (2, 'ethanol');
INSERT INTO name_fts (rowid, name) VALUES (3, 'propanol');
INSERT INTO name_fts (rowid, name) VALUES (4, 'propanol');
INSERT INTO name_fts (rowid, name) VALUES (5, 'benzene');
INSERT INTO name_fts (rowid, name) VALUES (6, 'benzene');
INSERT INTO name_fts (rowid, name) VALUES (7, 'toluene');
INSERT INTO name_fts (rowid, name) VALUES (8, 'toluene');
INSERT INTO scoring (dataset_id, panels_version, settings) VALUES (1, '1.0', '{"judged_by":"no profile of noise: genes count as independent, so that z of panels is too large; scores are means of z, since there are no fold changes","n_null":0,"n_random":1000,"unit":"z"}');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'adaptive-stress', 'group', 0, 50, '{"ABCC2":"absent","ABCC3":"absent","AKR1B10":"absent","AKR1C1":"absent","ASNS":"absent","ATF3":"absent","ATF4":"absent","ATF5":"absent","BAG3":"absent","CEBPB":"absent","CEBPG":"absent","CHAC1":"absent","CHORDC1":"absent","DDIT3":"absent","DDIT4":"absent","DNAJB1":"absent","FTH1":"absent","FTL":"absent","G6PD":"absent","GCLC":"absent","GCLM":"absent","GSR":"absent","HMOX1":"absent","HSP90AA1":"absent","HSPA1A":"absent","HSPA1B":"absent","HSPA8":"absent","HSPB1":"absent","HSPD1":"absent","HSPE1":"absent","HSPH1":"absent","ME1":"absent","MTHFD2":"absent","NQO1":"absent","NUPR1":"absent","OSGIN1":"absent","PGD":"absent","PHGDH":"absent","PIR":"absent","PPP1R15A":"absent","PSAT1":"absent","SESN2":"absent","SLC7A11":"absent","SQSTM1":"absent","SRXN1":"absent","TALDO1":"absent","TKT":"absent","TRIB3":"absent","TXNRD1":"absent","VLDLR":"absent"}', NULL, NULL, '0 of 50 genes measured; a score needs 25');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'ahr', 'footprint', 0, 6, '{"AHRR":"absent","ALDH1A3":"absent","CYP1A1":"absent","CYP1B1":"absent","NQO1":"absent","TIPARP":"absent"}', NULL, NULL, '0 of 6 genes measured; a score needs 3');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'ampk-components', 'components', 0, 17, '{"ACACA":"absent","ACACB":"absent","CAB39":"absent","CRTC2":"absent","PRKAA1":"absent","PRKAA2":"absent","PRKAB1":"absent","PRKAB2":"absent","PRKAG1":"absent","PRKAG2":"absent","SESN1":"absent","SESN2":"absent","SIRT1":"absent","STK11":"absent","STRADA":"absent","TBC1D1":"absent","TBC1D4":"absent"}', NULL, NULL, '0 of 17 genes measured; a score needs 9');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'ampk-lysosome', 'footprint', 0, 32, '{"ACACA":"absent","ATG14":"absent","ATG16L1":"absent","ATG7":"absent","ATG9B":"absent","ATP6V0D1":"absent","ATP6V1H":"absent","BNIP3":"absent","BNIP3L":"absent","CPT1A":"absent","CTSB":"absent","CTSD":"absent","CTSL":"absent","FASN":"absent","FLCN":"absent","GABARAPL1":"absent","GLA":"absent","GPNMB":"absent","HEXA":"absent","LAMP1":"absent","MAP1LC3B":"absent","MCOLN1":"absent","NEU1":"absent","PDK4":"absent","PPARGC1A":"absent","RRAGD":"absent","SQSTM1":"absent","SREBF1":"absent","TFEB":"absent","ULK1":"absent","UVRAG":"absent","WIPI1":"absent"}', NULL, NULL, '0 of 32 genes measured; a score needs 16');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'apoptosis', 'components', 0, 23, '{"BAD":"absent","BAK1":"absent","BAX":"absent","BBC3":"absent","BCL2":"absent","BCL2A1":"absent","BCL2L1":"absent","BCL2L11":"absent","BID":"absent","BIRC2":"absent","BIRC3":"absent","CASP3":"absent","CASP7":"absent","CASP8":"absent","CASP9":"absent","CFLAR":"absent","FADD":"absent","HRK":"absent","MCL1":"absent","PMAIP1":"absent","TNFRSF10A":"absent","TNFRSF10B":"absent","XIAP":"absent"}', NULL, NULL, '0 of 23 genes measured; a score needs 12');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'death', 'group', 0, 53, '{"AEN":"absent","BAD":"absent","BAK1":"absent","BAX":"absent","BBC3":"absent","BCL2":"absent","BCL2A1":"absent","BCL2L1":"absent","BCL2L11":"absent","BID":"absent","BIRC2":"absent","BIRC3":"absent","BTG2":"absent","CASP3":"absent","CASP7":"absent","CASP8":"absent","CASP9":"absent","CCNG1":"absent","CDKN1A":"absent","CFLAR":"absent","DDB2":"absent","DNAJB9":"absent","EDEM1":"absent","ERN1":"absent","FADD":"absent","FAS":"absent","FDXR":"absent","GDF15":"absent","HERPUD1":"absent","HRK":"absent","HSP90B1":"absent","HSPA5":"absent","MCL1":"absent","MDM2":"absent","PDIA4":"absent","PHLDA3":"absent","PLK3":"absent","PMAIP1":"absent","PPM1D":"absent","RPS27L":"absent","RRM2B":"absent","SDF2L1":"absent","SESN1":"absent","SESN2":"absent","TIGAR":"absent","TNFRSF10A":"absent","TNFRSF10B":"absent","TP53I3":"absent","TP53INP1":"absent","XBP1":"absent","XIAP":"absent","XPC":"absent","ZMAT3":"absent"}', NULL, NULL, '0 of 53 genes measured; a score needs 27');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'erk', 'footprint', 0, 25, '{"CCND1":"absent","DUSP4":"absent","DUSP5":"absent","DUSP6":"absent","EGR1":"absent","EGR2":"absent","EGR3":"absent","EPHA4":"absent","ETS1":"absent","ETS2":"absent","ETV4":"absent","ETV5":"absent","FOS":"absent","FOSB":"absent","FOSL1":"absent","IER2":"absent","IER3":"absent","LIF":"absent","MCL1":"absent","MYC":"absent","PHLDA1":"absent","SPRED1":"absent","SPRED2":"absent","SPRY2":"absent","SPRY4":"absent"}', NULL, NULL, '0 of 25 genes measured; a score needs 13');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'erk-components', 'components', 0, 16, '{"ARAF":"absent","BRAF":"absent","GRB2":"absent","HRAS":"absent","KRAS":"absent","KSR1":"absent","MAP2K1":"absent","MAP2K2":"absent","MAPK1":"absent","MAPK3":"absent","NF1":"absent","NRAS":"absent","RAF1":"absent","RPS6KA1":"absent","RPS6KA3":"absent","SOS1":"absent"}', NULL, NULL, '0 of 16 genes measured; a score needs 8');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'erk-slow', 'footprint', 0, 9, '{"DUSP4":"absent","DUSP5":"absent","DUSP6":"absent","ETV4":"absent","ETV5":"absent","PHLDA1":"absent","SPRED2":"absent","SPRY2":"absent","SPRY4":"absent"}', NULL, NULL, '0 of 9 genes measured; a score needs 5');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'foxo', 'footprint', 0, 16, '{"BCL2L11":"absent","BCL6":"absent","CCNG2":"absent","CITED2":"absent","FOXO1":"absent","FOXO3":"absent","INSR":"absent","IRS2":"absent","KLF2":"absent","KLHL24":"absent","PIK3IP1":"absent","RICTOR":"absent","S1PR1":"absent","SESN1":"absent","SESN3":"absent","TXNIP":"absent"}', NULL, NULL, '0 of 16 genes measured; a score needs 8');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'g1s', 'footprint', 0, 24, '{"CCNE1":"absent","CCNE2":"absent","CDC45":"absent","CDC6":"absent","CDT1":"absent","DHFR":"absent","E2F1":"absent","GINS2":"absent","GMNN":"absent","MCM2":"absent","MCM3":"absent","MCM4":"absent","MCM5":"absent","MCM6":"absent","MCM7":"absent","PCNA":"absent","POLA1":"absent","RPA3":"absent","RRM1":"absent","RRM2":"absent","SLBP":"absent","TK1":"absent","TYMS":"absent","UHRF1":"absent"}', NULL, NULL, '0 of 24 genes measured; a score needs 12');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'g2m', 'footprint', 0, 23, '{"AURKA":"absent","AURKB":"absent","BIRC5":"absent","BUB1":"absent","BUB1B":"absent","CCNA2":"absent","CCNB1":"absent","CCNB2":"absent","CDC20":"absent","CDC25C":"absent","CDK1":"absent","CENPF":"absent","CKS2":"absent","HMMR":"absent","KIF11":"absent","KIF20A":"absent","MKI67":"absent","NUSAP1":"absent","PLK1":"absent","PTTG1":"absent","TOP2A":"absent","TPX2":"absent","UBE2C":"absent"}', NULL, NULL, '0 of 23 genes measured; a score needs 12');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'hdac', 'footprint', 0, 10, '{"CLU":"absent","CRIP2":"absent","GATM":"absent","GLS2":"absent","H1-0":"absent","HSPA2":"absent","MT1X":"absent","MT2A":"absent","SYT11":"absent","TUBB3":"absent"}', NULL, NULL, '0 of 10 genes measured; a score needs 5');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'hif', 'footprint', 0, 32, '{"ADM":"absent","ALDOA":"absent","ALDOC":"absent","ANKRD37":"absent","BNIP3":"absent","CA9":"absent","DDIT4":"absent","EGLN3":"absent","ENO1":"absent","ENO2":"absent","GAPDH":"absent","GPI":"absent","HK1":"absent","HK2":"absent","KDM3A":"absent","LDHA":"absent","MXI1":"absent","NDRG1":"absent","P4HA1":"absent","PDK1":"absent","PFKFB3":"absent","PFKFB4":"absent","PFKL":"absent","PFKP":"absent","PGAM1":"absent","PGK1":"absent","PKM":"absent","SLC16A3":"absent","SLC2A1":"absent","SLC2A3":"absent","TPI1":"absent","VEGFA":"absent"}', NULL, NULL, '0 of 32 genes measured; a score needs 16');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'hsf1', 'footprint', 0, 11, '{"BAG3":"absent","CHORDC1":"absent","DNAJB1":"absent","HSP90AA1":"absent","HSPA1A":"absent","HSPA1B":"absent","HSPA8":"absent","HSPB1":"absent","HSPD1":"absent","HSPE1":"absent","HSPH1":"absent"}', NULL, NULL, '0 of 11 genes measured; a score needs 6');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'ieg', 'footprint', 0, 8, '{"ATF3":"absent","EGR1":"absent","EGR2":"absent","EGR3":"absent","FOS":"absent","FOSB":"absent","IER2":"absent","JUN":"absent"}', NULL, NULL, '0 of 8 genes measured; a score needs 4');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'ifn', 'footprint', 0, 34, '{"BST2":"absent","CMPK2":"absent","CXCL10":"absent","EPSTI1":"absent","HERC5":"absent","IFI27":"absent","IFI44":"absent","IFI44L":"absent","IFI6":"absent","IFIH1":"absent","IFIT1":"absent","IFIT2":"absent","IFIT3":"absent","IFIT5":"absent","IFITM1":"absent","IFITM3":"absent","IRF7":"absent","IRF9":"absent","ISG15":"absent","LGALS3BP":"absent","MX1":"absent","MX2":"absent","OAS1":"absent","OAS2":"absent","OAS3":"absent","OASL":"absent","RIGI":"absent","RSAD2":"absent","SAMD9L":"absent","STAT1":"absent","STAT2":"absent","TRIM22":"absent","USP18":"absent","XAF1":"absent"}', NULL, NULL, '0 of 34 genes measured; a score needs 17');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'ifng', 'footprint', 0, 20, '{"APOL3":"absent","CD74":"absent","CIITA":"absent","CXCL10":"absent","CXCL9":"absent","FCGR1A":"absent","GBP1":"absent","GBP2":"absent","GBP4":"absent","GBP5":"absent","HLA-DPA1":"absent","HLA-DRA":"absent","IDO1":"absent","IRF1":"absent","PSMB8":"absent","PSMB9":"absent","SECTM1":"absent","SOCS1":"absent","TAP1":"absent","WARS1":"absent"}', NULL, NULL, '0 of 20 genes measured; a score needs 10');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'inflammatory', 'group', 0, 45, '{"BIRC3":"absent","CCL2":"absent","CCL20":"absent","CCL3":"absent","CCL4":"absent","CCL5":"absent","CCR7":"absent","CD40":"absent","CD80":"absent","CD83":"absent","CXCL1":"absent","CXCL10":"absent","CXCL2":"absent","CXCL3":"absent","CXCL8":"absent","EBI3":"absent","ICAM1":"absent","IFIT1":"absent","IFIT2":"absent","IFNB1":"absent","IFNL1":"absent","IL12B":"absent","IL1A":"absent","IL1B":"absent","IL23A":"absent","IL36G":"absent","IL6":"absent","IRF1":"absent","IRF7":"absent","ISG15":"absent","NFKB1":"absent","NFKB2":"absent","NFKBIA":"absent","NFKBIE":"absent","NFKBIZ":"absent","OASL":"absent","PTGS2":"absent","RELB":"absent","SOD2":"absent","TNF":"absent","TNFAIP2":"absent","TNFAIP3":"absent","TNFAIP6":"absent","TRAF1":"absent","ZC3HAV1":"absent"}', NULL, NULL, '0 of 45 genes measured; a score needs 23');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'isr', 'footprint', 0, 18, '{"ASNS":"absent","ATF3":"absent","ATF4":"absent","ATF5":"absent","CEBPB":"absent","CEBPG":"absent","CHAC1":"absent","DDIT3":"absent","DDIT4":"absent","MTHFD2":"absent","NUPR1":"absent","PHGDH":"absent","PPP1R15A":"absent","PSAT1":"absent","SESN2":"absent","SLC7A11":"absent","TRIB3":"absent","VLDLR":"absent"}', NULL, NULL, '0 of 18 genes measured; a score needs 9');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'isr-upr', 'footprint', 0, 27, '{"ASNS":"absent","ATF3":"absent","ATF4":"absent","ATF5":"absent","CEBPB":"absent","CEBPG":"absent","CHAC1":"absent","DDIT3":"absent","DDIT4":"absent","DNAJB9":"absent","EDEM1":"absent","ERN1":"absent","HERPUD1":"absent","HSP90B1":"absent","HSPA5":"absent","MTHFD2":"absent","NUPR1":"absent","PDIA4":"absent","PHGDH":"absent","PPP1R15A":"absent","PSAT1":"absent","SDF2L1":"absent","SESN2":"absent","SLC7A11":"absent","TRIB3":"absent","VLDLR":"absent","XBP1":"absent"}', NULL, NULL, '0 of 27 genes measured; a score needs 14');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'mitochondrial', 'group', 0, 38, '{"ATP5F1A":"absent","ATP5F1B":"absent","ATP5F1C":"absent","ATP5MC3":"absent","ATP5PB":"absent","ATP5PO":"absent","COX4I1":"absent","COX5A":"absent","COX5B":"absent","COX6C":"absent","COX7C":"absent","CYC1":"absent","CYCS":"absent","MT-ATP6":"absent","MT-ATP8":"absent","MT-CO1":"absent","MT-CO2":"absent","MT-CO3":"absent","MT-CYB":"absent","MT-ND1":"absent","MT-ND2":"absent","MT-ND3":"absent","MT-ND4":"absent","MT-ND4L":"absent","MT-ND5":"absent","MT-ND6":"absent","NDUFA4":"absent","NDUFB8":"absent","NDUFB9":"absent","NDUFS2":"absent","NDUFS3":"absent","NDUFV1":"absent","SDHA":"absent","SDHB":"absent","UQCRC1":"absent","UQCRC2":"absent","UQCRFS1":"absent","VDAC1":"absent"}', NULL, NULL, '0 of 38 genes measured; a score needs 19');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'mtorc1', 'footprint', 0, 38, '{"ACLY":"absent","ASNS":"absent","ATF4":"absent","ATP6V0D1":"absent","CTSD":"absent","DDIT4":"absent","EIF4EBP1":"absent","FASN":"absent","FDFT1":"absent","FLCN":"absent","GPNMB":"absent","HK2":"absent","HMGCR":"absent","HMGCS1":"absent","IDI1":"absent","INSIG1":"absent","LDHA":"absent","LDLR":"absent","MTHFD2":"absent","NEU1":"absent","NOLC1":"absent","NOP56":"absent","ODC1":"absent","PDK1":"absent","PHGDH":"absent","PSAT1":"absent","RRAGD":"absent","SCD":"absent","SESN2":"absent","SHMT2":"absent","SLC2A1":"absent","SLC3A2":"absent","SLC7A11":"absent","SLC7A5":"absent","SQLE":"absent","SQSTM1":"absent","STARD4":"absent","TRIB3":"absent"}', NULL, NULL, '0 of 38 genes measured; a score needs 19');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'nfkb', 'footprint', 0, 30, '{"BIRC3":"absent","CCL2":"absent","CCL20":"absent","CCL3":"absent","CCL4":"absent","CD83":"absent","CXCL1":"absent","CXCL2":"absent","CXCL3":"absent","CXCL8":"absent","EBI3":"absent","ICAM1":"absent","IL1A":"absent","IL1B":"absent","IL23A":"absent","IL6":"absent","IRF1":"absent","NFKB1":"absent","NFKB2":"absent","NFKBIA":"absent","NFKBIE":"absent","NFKBIZ":"absent","PTGS2":"absent","RELB":"absent","SOD2":"absent","TNF":"absent","TNFAIP2":"absent","TNFAIP3":"absent","TNFAIP6":"absent","TRAF1":"absent"}', NULL, NULL, '0 of 30 genes measured; a score needs 15');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'nrf2', 'footprint', 0, 22, '{"ABCC2":"absent","ABCC3":"absent","AKR1B10":"absent","AKR1C1":"absent","FTH1":"absent","FTL":"absent","G6PD":"absent","GCLC":"absent","GCLM":"absent","GSR":"absent","HMOX1":"absent","ME1":"absent","NQO1":"absent","OSGIN1":"absent","PGD":"absent","PIR":"absent","SLC7A11":"absent","SQSTM1":"absent","SRXN1":"absent","TALDO1":"absent","TKT":"absent","TXNRD1":"absent"}', NULL, NULL, '0 of 22 genes measured; a score needs 11');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'oxphos-mt', 'footprint', 0, 13, '{"MT-ATP6":"absent","MT-ATP8":"absent","MT-CO1":"absent","MT-CO2":"absent","MT-CO3":"absent","MT-CYB":"absent","MT-ND1":"absent","MT-ND2":"absent","MT-ND3":"absent","MT-ND4":"absent","MT-ND4L":"absent","MT-ND5":"absent","MT-ND6":"absent"}', NULL, NULL, '0 of 13 genes measured; a score needs 7');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'oxphos-nuclear', 'footprint', 0, 25, '{"ATP5F1A":"absent","ATP5F1B":"absent","ATP5F1C":"absent","ATP5MC3":"absent","ATP5PB":"absent","ATP5PO":"absent","COX4I1":"absent","COX5A":"absent","COX5B":"absent","COX6C":"absent","COX7C":"absent","CYC1":"absent","CYCS":"absent","NDUFA4":"absent","NDUFB8":"absent","NDUFB9":"absent","NDUFS2":"absent","NDUFS3":"absent","NDUFV1":"absent","SDHA":"absent","SDHB":"absent","UQCRC1":"absent","UQCRC2":"absent","UQCRFS1":"absent","VDAC1":"absent"}', NULL, NULL, '0 of 25 genes measured; a score needs 13');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'p53', 'footprint', 0, 25, '{"AEN":"absent","BAX":"absent","BBC3":"absent","BTG2":"absent","CCNG1":"absent","CDKN1A":"absent","DDB2":"absent","FAS":"absent","FDXR":"absent","GDF15":"absent","MDM2":"absent","PHLDA3":"absent","PLK3":"absent","PMAIP1":"absent","PPM1D":"absent","RPS27L":"absent","RRM2B":"absent","SESN1":"absent","SESN2":"absent","TIGAR":"absent","TNFRSF10B":"absent","TP53I3":"absent","TP53INP1":"absent","XPC":"absent","ZMAT3":"absent"}', NULL, NULL, '0 of 25 genes measured; a score needs 13');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'pi3k-components', 'components', 0, 34, '{"AKT1":"absent","AKT1S1":"absent","AKT2":"absent","AKT3":"absent","ATG13":"absent","BAD":"absent","DDIT4":"absent","DEPTOR":"absent","EIF4EBP1":"absent","GSK3B":"absent","INPP4B":"absent","LAMTOR1":"absent","LAMTOR2":"absent","MAPKAP1":"absent","MLST8":"absent","MTOR":"absent","PDPK1":"absent","PIK3CA":"absent","PIK3CB":"absent","PIK3CD":"absent","PIK3CG":"absent","PIK3R1":"absent","PIK3R2":"absent","PTEN":"absent","RHEB":"absent","RICTOR":"absent","RPS6":"absent","RPS6KB1":"absent","RPTOR":"absent","RRAGA":"absent","RRAGC":"absent","SESN2":"absent","TSC1":"absent","TSC2":"absent"}', NULL, NULL, '0 of 34 genes measured; a score needs 17');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'ribosome', 'footprint', 0, 26, '{"EEF1A1":"absent","EEF1B2":"absent","EEF2":"absent","EIF3E":"absent","EIF4B":"absent","FBL":"absent","NCL":"absent","NPM1":"absent","PABPC1":"absent","RPL10":"absent","RPL13A":"absent","RPL23":"absent","RPL3":"absent","RPL32":"absent","RPL4":"absent","RPL5":"absent","RPL7":"absent","RPLP0":"absent","RPS12":"absent","RPS18":"absent","RPS2":"absent","RPS27":"absent","RPS3":"absent","RPS6":"absent","RPS8":"absent","TPT1":"absent"}', NULL, NULL, '0 of 26 genes measured; a score needs 13');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'ribosome-biogenesis', 'footprint', 0, 20, '{"BOP1":"absent","CAD":"absent","DKC1":"absent","GNL3":"absent","LYAR":"absent","MYBBP1A":"absent","MYC":"absent","NCL":"absent","NOLC1":"absent","NOP16":"absent","NOP56":"absent","NOP58":"absent","ODC1":"absent","PES1":"absent","POLR1B":"absent","PPAN":"absent","RRP12":"absent","RRP9":"absent","UTP20":"absent","WDR43":"absent"}', NULL, NULL, '0 of 20 genes measured; a score needs 10');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'srebp', 'footprint', 0, 17, '{"ABCA1":"absent","ABCG1":"absent","DHCR7":"absent","FDFT1":"absent","HMGCR":"absent","HMGCS1":"absent","IDI1":"absent","INSIG1":"absent","LDLR":"absent","LSS":"absent","MVD":"absent","MYLIP":"absent","PCSK9":"absent","SC5D":"absent","SQLE":"absent","SREBF2":"absent","STARD4":"absent"}', NULL, NULL, '0 of 17 genes measured; a score needs 9');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'sting-tlr', 'footprint', 0, 22, '{"CCL20":"absent","CCL3":"absent","CCL4":"absent","CCL5":"absent","CCR7":"absent","CD40":"absent","CD80":"absent","CXCL10":"absent","IFIT1":"absent","IFIT2":"absent","IFNB1":"absent","IFNL1":"absent","IL12B":"absent","IL1B":"absent","IL36G":"absent","IL6":"absent","IRF7":"absent","ISG15":"absent","OASL":"absent","PTGS2":"absent","TNF":"absent","ZC3HAV1":"absent"}', NULL, NULL, '0 of 22 genes measured; a score needs 11');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'sting-tlr-components', 'components', 0, 18, '{"CGAS":"absent","IKBKE":"absent","IRAK1":"absent","IRAK4":"absent","IRF3":"absent","MAVS":"absent","MYD88":"absent","STING1":"absent","TBK1":"absent","TICAM1":"absent","TLR1":"absent","TLR2":"absent","TLR4":"absent","TLR6":"absent","TLR7":"absent","TLR8":"absent","TRAF6":"absent","UNC93B1":"absent"}', NULL, NULL, '0 of 18 genes measured; a score needs 9');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'stress-p38-jnk', 'footprint', 0, 20, '{"ATF3":"absent","BTG2":"absent","DUSP1":"absent","DUSP10":"absent","DUSP16":"absent","DUSP8":"absent","GADD45A":"absent","GADD45B":"absent","GADD45G":"absent","HSPB1":"absent","IER3":"absent","JUN":"absent","JUNB":"absent","JUND":"absent","KLF6":"absent","MAP3K8":"absent","MAPKAPK2":"absent","MAPKAPK3":"absent","PPP1R15A":"absent","ZFP36":"absent"}', NULL, NULL, '0 of 20 genes measured; a score needs 10');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'thp1-differentiation', 'footprint', 0, 18, '{"APOE":"absent","AZU1":"absent","CD14":"absent","CD163":"absent","CD36":"absent","CD68":"absent","CSF1R":"absent","ELANE":"absent","FCGR3A":"absent","ITGAM":"absent","LPL":"absent","MAFB":"absent","MMP9":"absent","MPO":"absent","MRC1":"absent","MYB":"absent","PRTN3":"absent","SPP1":"absent"}', NULL, NULL, '0 of 18 genes measured; a score needs 9');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'translation', 'group', 0, 45, '{"BOP1":"absent","CAD":"absent","DKC1":"absent","EEF1A1":"absent","EEF1B2":"absent","EEF2":"absent","EIF3E":"absent","EIF4B":"absent","FBL":"absent","GNL3":"absent","LYAR":"absent","MYBBP1A":"absent","MYC":"absent","NCL":"absent","NOLC1":"absent","NOP16":"absent","NOP56":"absent","NOP58":"absent","NPM1":"absent","ODC1":"absent","PABPC1":"absent","PES1":"absent","POLR1B":"absent","PPAN":"absent","RPL10":"absent","RPL13A":"absent","RPL23":"absent","RPL3":"absent","RPL32":"absent","RPL4":"absent","RPL5":"absent","RPL7":"absent","RPLP0":"absent","RPS12":"absent","RPS18":"absent","RPS2":"absent","RPS27":"absent","RPS3":"absent","RPS6":"absent","RPS8":"absent","RRP12":"absent","RRP9":"absent","TPT1":"absent","UTP20":"absent","WDR43":"absent"}', NULL, NULL, '0 of 45 genes measured; a score needs 23');
INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) VALUES (1, 'upr', 'footprint', 0, 9, '{"DNAJB9":"absent","EDEM1":"absent","ERN1":"absent","HERPUD1":"absent","HSP90B1":"absent","HSPA5":"absent","PDIA4":"absent","SDF2L1":"absent","XBP1":"absent"}', NULL, NULL, '0 of 9 genes measured; a score needs 5');
INSERT INTO effect_size (signature_id, error_scale, mean_abs, mean_abs_null, n_strong, n_strong_null, n_supported, n_supported_null, strength_percentile, strength_null_percentile, breadth, breadth_null, breadth_percentile) VALUES (1, NULL, 2.234167, NULL, NULL, NULL, NULL, NULL, 87.5, NULL, NULL, NULL, NULL);
INSERT INTO effect_size (signature_id, error_scale, mean_abs, mean_abs_null, n_strong, n_strong_null, n_supported, n_supported_null, strength_percentile, strength_null_percentile, breadth, breadth_null, breadth_percentile) VALUES (2, NULL, 2.2125, NULL, NULL, NULL, NULL, NULL, 50.0, NULL, NULL, NULL, NULL);
INSERT INTO effect_size (signature_id, error_scale, mean_abs, mean_abs_null, n_strong, n_strong_null, n_supported, n_supported_null, strength_percentile, strength_null_percentile, breadth, breadth_null, breadth_percentile) VALUES (3, NULL, 2.2125, NULL, NULL, NULL, NULL, NULL, 50.0, NULL, NULL, NULL, NULL);
INSERT INTO effect_size (signature_id, error_scale, mean_abs, mean_abs_null, n_strong, n_strong_null, n_supported, n_supported_null, strength_percentile, strength_null_percentile, breadth, breadth_null, breadth_percentile) VALUES (4, NULL, 0.630833, NULL, NULL, NULL, NULL, NULL, 12.5, NULL, NULL, NULL, NULL);
PRAGMA application_id = 1986228329;
PRAGMA user_version = 5;
