-- What happens in the database of office.sql in one day: new bids, and three things that nobody should do. A price is
-- changed, one bid disappears, and a whole tender with all that hangs on it.
\set ON_ERROR_STOP on
BEGIN;
INSERT INTO peserta SELECT 5610 + i, 1350 + i, 60, timestamp '2025-06-02 10:00' + i * interval '1 minute', 90000000 + i * 10000, 'rekanan60',
  timestamp '2025-06-02 10:00' + i * interval '1 minute' FROM generate_series(1, 20) i
  WHERE NOT EXISTS (SELECT FROM peserta p WHERE p.lls_id = 1350 + i AND p.rkn_id = 60);
SELECT setval('seq_peserta', 5630) \g /dev/null

UPDATE peserta SET psr_harga = psr_harga - 7500000, audituser = 'panitia003', auditupdate = '2025-06-02 21:47:05' WHERE psr_id = 4069;

DELETE FROM nilai_evaluasi WHERE psr_id = 4070;
DELETE FROM blob_table WHERE blb_id IN (SELECT blb_id FROM dok_penawaran WHERE psr_id = 4070);
DELETE FROM dok_penawaran WHERE psr_id = 4070;
DELETE FROM peserta WHERE psr_id = 4070;

DELETE FROM nilai_evaluasi WHERE psr_id IN (SELECT psr_id FROM peserta WHERE lls_id = 1042);
DELETE FROM blob_table WHERE blb_id IN (SELECT blb_id FROM dok_penawaran JOIN peserta USING (psr_id) WHERE lls_id = 1042);
DELETE FROM dok_penawaran WHERE psr_id IN (SELECT psr_id FROM peserta WHERE lls_id = 1042);
DELETE FROM evaluasi WHERE lls_id = 1042;
DELETE FROM peserta WHERE lls_id = 1042;
DELETE FROM jadwal WHERE lls_id = 1042;
DELETE FROM lelang_seleksi WHERE lls_id = 1042;
COMMIT;
