-- The tables of a small procurement office, as any copy of its application has them. Named as in SPSE; wholly made up.
CREATE TABLE kategori (kgr_id numeric(2) PRIMARY KEY, kgr_nama varchar(60) NOT NULL);
CREATE TABLE metode_pemilihan (mtd_id numeric(3) PRIMARY KEY, mtd_nama varchar(60) NOT NULL);
CREATE TABLE satuan_kerja (stk_id numeric(19) PRIMARY KEY, stk_kode varchar(40), stk_nama varchar(200) NOT NULL);
CREATE TABLE tahap (thp_id numeric(6) PRIMARY KEY, thp_nama varchar(120) NOT NULL);
CREATE TABLE rekanan (rkn_id numeric(19) PRIMARY KEY, rkn_nama varchar(200) NOT NULL, rkn_npwp varchar(30), rkn_alamat text);
CREATE TABLE paket (
  pkt_id numeric(19) PRIMARY KEY, pkt_nama varchar(400) NOT NULL, pkt_pagu numeric(20,2) NOT NULL, pkt_hps numeric(20,2),
  kgr_id numeric(2) NOT NULL REFERENCES kategori, stk_id numeric(19) REFERENCES satuan_kerja, pkt_tgl_buat timestamp NOT NULL);
CREATE TABLE lelang_seleksi (
  lls_id numeric(19) PRIMARY KEY, pkt_id numeric(19) NOT NULL REFERENCES paket, lls_versi_lelang numeric(3) NOT NULL,
  lls_status numeric(2) NOT NULL, mtd_pemilihan numeric(3) NOT NULL REFERENCES metode_pemilihan,
  lls_dibuat_tanggal timestamp NOT NULL);
CREATE TABLE jadwal (
  dtj_id numeric(19) PRIMARY KEY, lls_id numeric(19) NOT NULL REFERENCES lelang_seleksi, thp_id numeric(6) NOT NULL REFERENCES tahap,
  dtj_tglawal timestamp, dtj_tglakhir timestamp);
CREATE TABLE peserta (
  psr_id numeric(19) PRIMARY KEY, lls_id numeric(19) NOT NULL REFERENCES lelang_seleksi, rkn_id numeric(19) NOT NULL REFERENCES rekanan,
  psr_tanggal timestamp NOT NULL, psr_harga numeric(20,2), psr_harga_terkoreksi numeric(20,2), is_pemenang numeric(1));
CREATE TABLE kontrak (
  kontrak_id numeric(19) PRIMARY KEY, lls_id numeric(19) NOT NULL REFERENCES lelang_seleksi, kontrak_no varchar(80),
  kontrak_nilai numeric(20,2), kontrak_tanggal date);
