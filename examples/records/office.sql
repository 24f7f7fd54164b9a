-- A small procurement database, wholly made up: 400 tenders of an office, their bidders, bids, documents and
-- evaluations. Tables and columns are named as in SPSE, which knows a package (paket), the tenders for it
-- (lelang_seleksi), who takes part (peserta) and what they handed in (dok_penawaran), and keeps the files' rows in
-- blob_table, which the others name by a blb_id that is no foreign key. All values follow from the row's number.
--
--   createdb office && psql -q -d office -f office.sql
\set ON_ERROR_STOP on
BEGIN;
SET client_min_messages = warning;

CREATE TABLE tahap (thp_id numeric(6) PRIMARY KEY, thp_nama varchar(120) NOT NULL);
CREATE TABLE rekanan (rkn_id numeric(19) PRIMARY KEY, rkn_nama varchar(200) NOT NULL, rkn_npwp varchar(30), rkn_alamat text);
CREATE TABLE paket (
  pkt_id numeric(19) PRIMARY KEY, pkt_nama varchar(400) NOT NULL, pkt_pagu numeric(20,2) NOT NULL, pkt_hps numeric(20,2),
  audituser varchar(100), auditupdate timestamp);
CREATE TABLE lelang_seleksi (
  lls_id numeric(19) PRIMARY KEY, pkt_id numeric(19) NOT NULL REFERENCES paket, lls_status numeric(2) NOT NULL DEFAULT 0,
  lls_dibuat_tanggal timestamp NOT NULL, audituser varchar(100), auditupdate timestamp);
CREATE TABLE jadwal (
  dtj_id numeric(19) PRIMARY KEY, lls_id numeric(19) NOT NULL REFERENCES lelang_seleksi, thp_id numeric(6) NOT NULL REFERENCES tahap,
  dtj_tglawal timestamp, dtj_tglakhir timestamp, UNIQUE (lls_id, thp_id));
CREATE TABLE blob_table (
  blb_id numeric(19), blb_versi numeric(5) DEFAULT 0, blb_nama_file varchar(255) NOT NULL, blb_ukuran bigint NOT NULL,
  blb_path varchar(255), PRIMARY KEY (blb_id, blb_versi));
CREATE TABLE peserta (
  psr_id numeric(19) PRIMARY KEY, lls_id numeric(19) NOT NULL REFERENCES lelang_seleksi, rkn_id numeric(19) NOT NULL REFERENCES rekanan,
  psr_tanggal timestamp NOT NULL, psr_harga numeric(20,2), audituser varchar(100), auditupdate timestamp, UNIQUE (lls_id, rkn_id));
CREATE TABLE dok_penawaran (
  dok_id numeric(19) PRIMARY KEY, psr_id numeric(19) NOT NULL REFERENCES peserta, dok_judul varchar(200), blb_id numeric(19));
CREATE TABLE evaluasi (
  eva_id numeric(19) PRIMARY KEY, lls_id numeric(19) NOT NULL REFERENCES lelang_seleksi, eva_jenis numeric(2) NOT NULL,
  UNIQUE (lls_id, eva_jenis));
CREATE TABLE nilai_evaluasi (
  nev_id numeric(19) PRIMARY KEY, eva_id numeric(19) NOT NULL REFERENCES evaluasi, psr_id numeric(19) NOT NULL REFERENCES peserta,
  nev_lulus numeric(1), nev_harga numeric(20,2), UNIQUE (eva_id, psr_id));
CREATE SEQUENCE seq_peserta START 5611;
CREATE VIEW harga_terendah AS SELECT lls_id, min(psr_harga) AS harga FROM peserta GROUP BY lls_id;

INSERT INTO tahap VALUES (1, 'Pengumuman'), (2, 'Pemasukan penawaran'), (3, 'Evaluasi'), (4, 'Penetapan pemenang');
INSERT INTO rekanan SELECT i,
  (ARRAY['PT ', 'CV ', 'UD '])[i % 3 + 1] || (ARRAY['Karya', 'Mitra', 'Maju', 'Sentosa', 'Cahaya'])[i % 5 + 1] || ' '
    || (ARRAY['Contoh', 'Fiktif', 'Rekaan', 'Khayal'])[i % 4 + 1] || ' ' || i,
  '00.000.' || lpad(i::text, 3, '0') || '.0-000.000', 'Jalan Contoh ' || i FROM generate_series(1, 60) i;
INSERT INTO paket SELECT 2000 + i,
  (ARRAY['Pengadaan meja sekolah', 'Pembangunan jembatan', 'Marka jalan', 'Pengadaan obat generik', 'Rehabilitasi gedung'])[i % 5 + 1]
    || ' ' || (ARRAY['Desa Contoh', 'Kota Fiktif', 'Sungai Rekaan'])[i % 3 + 1] || ' tahap ' || i,
  (i % 37 + 1) * 25000000, (i % 37 + 1) * 24000000, 'ppk00' || i % 7, timestamp '2025-01-06 08:00' + i * interval '7 hours'
  FROM generate_series(1, 400) i;
INSERT INTO lelang_seleksi SELECT 1000 + i, 2000 + i, 1, timestamp '2025-01-07 09:00' + i * interval '7 hours', 'panitia00' || i % 4,
  timestamp '2025-01-08 09:00' + i * interval '7 hours' FROM generate_series(1, 400) i;
INSERT INTO jadwal SELECT 4 * i + t, 1000 + i, t, timestamp '2025-01-08' + i * interval '7 hours' + t * interval '3 days',
  timestamp '2025-01-08' + i * interval '7 hours' + t * interval '3 days' + interval '8 hours'
  FROM generate_series(1, 400) i, generate_series(1, 4) t;
INSERT INTO peserta SELECT 4000 + 4 * i + k, 1000 + i, (i * 7 + k * 13) % 60 + 1, timestamp '2025-01-12 10:00' + i * interval '7 hours' + k * interval '1 hour',
  (i % 37 + 1) * 23000000 + k * 350000, 'rekanan' || (i * 7 + k * 13) % 60 + 1, timestamp '2025-01-12 10:00' + i * interval '7 hours' + k * interval '1 hour'
  FROM generate_series(1, 400) i, generate_series(0, 3) k;
INSERT INTO blob_table SELECT 7000 + psr_id, 0, 'penawaran-' || psr_id || '.rhs', 40000 + psr_id, '/file/' || psr_id || '.rhs' FROM peserta;
INSERT INTO dok_penawaran SELECT 9000 + psr_id, psr_id, 'Penawaran harga', 7000 + psr_id FROM peserta;
INSERT INTO evaluasi SELECT 3000 + i, 1000 + i, 3 FROM generate_series(1, 300) i;
INSERT INTO nilai_evaluasi SELECT 6000 + psr_id, eva_id, psr_id, (psr_id % 4 <> 3)::int, psr_harga FROM peserta JOIN evaluasi USING (lls_id);
COMMIT;
