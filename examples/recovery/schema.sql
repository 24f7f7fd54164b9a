--
-- PostgreSQL database dump
--

-- Dumped from database version 9.3.5
-- Dumped by pg_dump version 9.3.5

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

ALTER TABLE ONLY paket
    ADD CONSTRAINT paket_pkey PRIMARY KEY (pkt_id);

ALTER TABLE ONLY peserta
    ADD CONSTRAINT peserta_pkey PRIMARY KEY (psr_id);

ALTER TABLE ONLY peserta
    ADD CONSTRAINT peserta_pkt_id_fkey FOREIGN KEY (pkt_id) REFERENCES paket(pkt_id);

--
-- PostgreSQL database dump complete
--

