--
-- PostgreSQL database dump
--

-- Dumped from database version 9.3.5
-- Dumped by pg_dump version 9.3.5

-- Started on 2014-09-27 22:00:04 WIB

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET search_path = public, pg_catalog;

CREATE TABLE paket (
    pkt_id integer NOT NULL,
    pkt_nama character varying(400) NOT NULL,
    pkt_hps numeric(20,2),
    pkt_status text,
    pkt_tanggal date
);

CREATE TABLE peserta (
    psr_id integer NOT NULL,
    pkt_id integer NOT NULL,
    psr_nama character varying(200) NOT NULL,
    psr_harga numeric(20,2)
);

COPY paket (pkt_id, pkt_nama, pkt_hps, pkt_status, pkt_tanggal) FROM stdin;
101	Pengadaan meja sekolah Desa Contoh	120000000.00	berjalan	2014-09-01
102	Pembangunan jembatan Sungai Rekaan	5150000000.00	berjalan	2014-09-03
103	Marka jalan Kota Fiktif	2480000000.00	selesai	2014-08-11
104	Pengadaan obat generik	\N	direncanakan	\N
\.


COPY peserta (psr_id, pkt_id, psr_nama, psr_harga) FROM stdin;
1	101	PT Karya Contoh	118400000.00
2	101	CV Mitra Fiktif	121750000.00
3	102	PT Maju Rekaan	5098000000.00
4	103	CV Cahaya Khayal	2395000000.00
5	103	PT Sentosa Contoh	2410500000.00
\.


ALTER TABLE ONLY paket
    ADD CONSTRAINT paket_pkey PRIMARY KEY (pkt_id);

ALTER TABLE ONLY peserta
    ADD CONSTRAINT peserta_pkey PRIMARY KEY (psr_id);

ALTER TABLE ONLY peserta
    ADD CONSTRAINT peserta_pkt_id_fkey FOREIGN KEY (pkt_id) REFERENCES paket(pkt_id);

-- Completed on 2014-09-27 22:00:04 WIB

--
-- PostgreSQL database dump complete
--

