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
  provenance TEXT NOT NULL,
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
CREATE INDEX compound_skeleton ON compound (skeleton);
CREATE INDEX form_compound ON form (compound_id);
CREATE INDEX form_source_id ON form (source_compound_id);
CREATE INDEX name_key ON name (key);
CREATE UNIQUE INDEX gene_position ON gene (dataset_id, position) WHERE position IS NOT NULL;
CREATE INDEX signature_compound ON signature (compound_id);
CREATE INDEX null_profile_dataset ON null_profile (dataset_id);
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
INSERT INTO signature (signature_id, dataset_id, compound_id, source_signature_id, dose_um, time_h, cell_line, n_replicates, plates, strength, n_strong_genes, active, stress, rna_output, mt_share, replicate_p, vector_digest, flags, provenance) VALUES (1, 1, 1, 'SIG-B', NULL, NULL, NULL, NULL, '[]', 3.081162, NULL, NULL, NULL, NULL, NULL, NULL, '4df511bdaf4ec476832b382f2edf31a6b253d2a512686e90a619fb036f493e2f', '[]', '{"extra":{},"file":"s.csv","row":3}');
INSERT INTO signature (signature_id, dataset_id, compound_id, source_signature_id, dose_um, time_h, cell_line, n_replicates, plates, strength, n_strong_genes, active, stress, rna_output, mt_share, replicate_p, vector_digest, flags, provenance) VALUES (2, 1, 2, 'SIG-A', NULL, NULL, NULL, NULL, '[]', 3.03084, NULL, NULL, NULL, NULL, NULL, NULL, '9678fc894002e3305b3179f4cb5daf017c15e81b35897a8201e6d4d061d26599', '[]', '{"extra":{},"file":"s.csv","row":2}');
INSERT INTO signature (signature_id, dataset_id, compound_id, source_signature_id, dose_um, time_h, cell_line, n_replicates, plates, strength, n_strong_genes, active, stress, rna_output, mt_share, replicate_p, vector_digest, flags, provenance) VALUES (3, 1, 3, 'SIG-C', NULL, NULL, NULL, NULL, '[]', 3.03084, NULL, NULL, NULL, NULL, NULL, NULL, '1d7879451810416f293870b09ac1853725e28c2b44ff69d1c2ed52c7af42ec2b', '[]', '{"extra":{},"file":"s.csv","row":4}');
INSERT INTO signature (signature_id, dataset_id, compound_id, source_signature_id, dose_um, time_h, cell_line, n_replicates, plates, strength, n_strong_genes, active, stress, rna_output, mt_share, replicate_p, vector_digest, flags, provenance) VALUES (4, 1, 4, 'SIG-D', NULL, NULL, NULL, NULL, '[]', 0.799067, NULL, NULL, NULL, NULL, NULL, NULL, '4bd9723e4e6b748308422844b1938d39b14a0316db564bc5d10a058b9ec86a99', '[]', '{"extra":{},"file":"s.csv","row":5}');
INSERT INTO vector (signature_id, layer, bytes) VALUES (1, 'z', X'C3F5804014AEA7C0AE47213F48E19ABF295C4FBF8FC2F5BE666676C0000000BFA470DDBF52B8DE40295C0F3F295C4FBF');
INSERT INTO vector (signature_id, layer, bytes) VALUES (2, 'z', X'5C8F82401F85A3C03D0A573F85EB91BFC3F568BFF628DCBEAE4781C01F85EBBEA470DDBFCDCCD4406666E63E8FC235BF');
INSERT INTO vector (signature_id, layer, bytes) VALUES (3, 'z', X'5C8F82C01F85A3403D0A57BF85EB913FC3F5683FF628DC3EAE4781401F85EB3EA470DD3FCDCCD4C06666E6BE8FC2353F');
INSERT INTO vector (signature_id, layer, bytes) VALUES (4, 'z', X'EC5138BE713D0A3FEC51F83F713D8ABE8FC275BE0000803F0AD763BFE17A94BEAE47613FE17A143FEC51B83D1F852B3F');
INSERT INTO ingest (ingest_id, verb, source, files, counts, versions) VALUES (1, 'ingest signatures', 'old', '[{"n_bytes":488,"name":"s.csv","sha256":"80ec4feab614819fcbfc504c4cf522cb204ceba7d5ec8f67ecf810f859c7d008"},{"n_bytes":104,"name":"c.csv","sha256":"107fb3e2bdba8ae990bbcaa5bd3295d723dccbd493cfab85f2cf0d2fc25dc545"}]', '{"compounds":4,"genes":12,"rejected":0,"signatures":4}', '{"faiss-cpu":"1.15.1","numpy":"2.4.6","rdkit":"2026.9.1","vcpi-search":"0.1.0"}');
INSERT INTO artifact (kind, dataset_id, file, manifest) VALUES ('fingerprints', 0, 'fingerprints-08d447f601fc996a.npy', '{"content_digest":"d94196de5db673ce286def2e4510fb3383b2b081f587e644e554809ae53bc6dc","file_digest":"08d447f601fc996a6119f1b49abe42b0af8fcaf32eba2c30b959d31a743177de","format_version":1,"kind":"fingerprints","n_rows":4,"recipe":{"fingerprint":{"chirality":false,"kind":"morgan","n_bits":2048,"radius":2}},"self_digest":"7ef5b87995360ce01a283b2e8e277cbabc756cbc5ec1f9d45aa3a449d7f90deb","versions":{"faiss-cpu":"1.15.1","numpy":"2.4.6","rdkit":"2026.9.1","vcpi-search":"0.1.0"}}
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
PRAGMA application_id = 1986228329;
PRAGMA user_version = 1;
