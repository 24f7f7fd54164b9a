--
-- PostgreSQL database dump
--

-- Dumped from database version 9.3.5
-- Dumped by pg_dump version 9.3.5

-- Started on 2014-09-30 22:00:04 WIB

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET search_path = public, pg_catalog;

COPY kategori (kgr_id, kgr_nama) FROM stdin;
0	Pengadaan Barang
2	Pekerjaan Konstruksi
\.

COPY metode_pemilihan (mtd_id, mtd_nama) FROM stdin;
0	Lelang Umum
1	Lelang Sederhana
\.

COPY satuan_kerja (stk_id, stk_kode, stk_nama) FROM stdin;
11901	1.01.01	Dinas Pendidikan Kabupaten Contoh
12901	1.03.01	Dinas Pekerjaan Umum Kabupaten Contoh
\.

COPY tahap (thp_id, thp_nama) FROM stdin;
1	Pengumuman Pascakualifikasi
6	Upload Dokumen Penawaran
7	Pembukaan Dokumen Penawaran
12	Penetapan Pemenang
\.

COPY rekanan (rkn_id, rkn_nama, rkn_npwp, rkn_alamat) FROM stdin;
501901	PT. Karya Contoh	90.101.001.7-901.000	Jalan Contoh 1, Kota Fiktif
502901	CV. Mitra Fiktif	90.101.002.5-901.000	Jalan Contoh 2, Kota Fiktif
503901	PT. Maju Rekaan	90.101.003.3-901.000	Jalan Contoh 3, Kota Fiktif
504901	UD. Cahaya Khayal	90.101.004.1-901.000	Jalan Contoh 4, Kota Fiktif
505901	PT. Sentosa Contoh	90.101.005.8-901.000	Jalan Contoh 5, Kota Fiktif
\.

COPY paket (pkt_id, pkt_nama, pkt_pagu, pkt_hps, kgr_id, stk_id, pkt_tgl_buat) FROM stdin;
2001901	Pengadaan Meja Sekolah Desa Contoh	1250000000.00	1200000000.00	0	11901	2014-03-04 09:12:00
2002901	Pembangunan Jembatan Sungai Rekaan	5200000000.00	5150000000.00	2	12901	2014-05-12 10:40:00
2003901	Marka Jalan Kota Fiktif	2500000000.00	2480000000.00	2	12901	2014-07-21 08:30:00
2004901	Rehabilitasi Gedung Balai Contoh Tahap 2	900000000.00	890000000.00	2	12901	2014-09-15 14:05:00
\.

COPY lelang_seleksi (lls_id, pkt_id, lls_versi_lelang, lls_status, mtd_pemilihan, lls_dibuat_tanggal) FROM stdin;
1201901	2001901	1	1	1	2014-03-05 08:00:00
1202901	2002901	1	1	0	2014-05-13 08:00:00
1203901	2003901	1	1	0	2014-07-22 08:00:00
1204901	2004901	1	1	1	2014-09-16 08:00:00
\.

COPY jadwal (dtj_id, lls_id, thp_id, dtj_tglawal, dtj_tglakhir) FROM stdin;
3001901	1201901	1	2014-03-07 09:00:00	2014-03-13 16:00:00
3002901	1201901	12	2014-03-28 09:00:00	2014-03-28 16:00:00
3003901	1202901	1	2014-05-15 09:00:00	2014-05-22 16:00:00
3004901	1202901	12	2014-06-12 09:00:00	2014-06-12 16:00:00
3005901	1203901	1	2014-07-24 09:00:00	2014-08-04 16:00:00
3006901	1203901	12	2014-08-27 09:00:00	2014-08-27 16:00:00
3007901	1204901	1	2014-09-18 09:00:00	2014-09-24 16:00:00
3008901	1204901	6	2014-09-25 09:00:00	2014-10-01 12:00:00
3009901	1204901	7	2014-10-01 12:01:00	2014-10-01 23:59:00
3010901	1204901	12	2014-10-09 09:00:00	2014-10-09 16:00:00
\.

COPY peserta (psr_id, lls_id, rkn_id, psr_tanggal, psr_harga, psr_harga_terkoreksi, is_pemenang) FROM stdin;
4001901	1201901	501901	2014-03-09 10:15:00	1184000000.00	1184000000.00	1
4002901	1201901	502901	2014-03-10 11:20:00	1192500000.00	1192500000.00	0
4003901	1202901	503901	2014-05-17 09:05:00	5098000000.00	5098000000.00	1
4004901	1202901	501901	2014-05-18 13:45:00	5121000000.00	5121000000.00	0
4005901	1203901	504901	2014-07-28 10:00:00	2395000000.00	2395000000.00	1
4006901	1203901	505901	2014-07-29 15:30:00	2410500000.00	2410500000.00	0
4007901	1204901	502901	2014-09-22 09:50:00	\N	\N	\N
\.

COPY kontrak (kontrak_id, lls_id, kontrak_no, kontrak_nilai, kontrak_tanggal) FROM stdin;
6001901	1201901	027/014/DIK/2014	1184000000.00	2014-04-10
6002901	1202901	027/031/PU/2014	5098000000.00	2014-06-27
\.

-- Completed on 2014-09-30 22:00:04 WIB

--
-- PostgreSQL database dump complete
--

