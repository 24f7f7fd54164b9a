#!/usr/bin/env python3
"""Compares ReadCatalog and the leaves of B-trees with a live PostgreSQL 15.

    live_catalog.py LINES SERVICE DIR [--sql FILE]... [--var NAME=VALUE]...

LINES is the program of catalog_main.cc, SERVICE the script that starts and stops a throw-away cluster in DIR
(postgres.sh start|stop DIR). Makes a database of odd shapes, and what the SQL files add; asks the server what it has;
stops it and reads its files. Exit 1 when anything differs.
"""
import argparse
import collections
import os
import subprocess
import sys

ODD = """
CREATE SCHEMA "Lain Lagi";
CREATE TYPE suasana AS ENUM ('sedih', 'biasa', 'senang');
ALTER TYPE suasana ADD VALUE 'marah' BEFORE 'biasa';
CREATE DOMAIN rupiah AS numeric(20,2) CHECK (VALUE >= 0);
CREATE TYPE alamat AS (jalan text, nomor int, kota varchar(40));
CREATE TYPE jangka AS RANGE (subtype = timestamptz);
CREATE TABLE "Lain Lagi"."Tabel Aneh" (
  "Kunci 1" varchar(30), k2 int, k3 timestamptz, gone text, mood suasana NOT NULL DEFAULT 'biasa', moods suasana[],
  harga rupiah, rumah alamat, rumah2 alamat[], waktu jangka, r int4range, mr int4multirange, n numeric(10,3), b bit(5),
  vb bit varying(9), c char(3), ch "char", nm name, u uuid, j jsonb, i inet, iv interval, t3 time(2) with time zone,
  ai int[], v2 int2vector, xx xml, m money, PRIMARY KEY (k2, "Kunci 1"), UNIQUE (k3));
ALTER TABLE "Lain Lagi"."Tabel Aneh" DROP COLUMN gone;
ALTER TABLE "Lain Lagi"."Tabel Aneh" ADD COLUMN later bigint NOT NULL DEFAULT 7;
CREATE TABLE anak (id bigserial PRIMARY KEY, a int, b varchar(30), note text,
  FOREIGN KEY (a, b) REFERENCES "Lain Lagi"."Tabel Aneh" (k2, "Kunci 1"));
CREATE INDEX anak_a ON anak (a) INCLUDE (note);
CREATE INDEX anak_part ON anak (note) WHERE a IS NOT NULL;
CREATE INDEX anak_expr ON anak (lower(note));
CREATE INDEX aneh_gin ON "Lain Lagi"."Tabel Aneh" USING gin (j);
CREATE TABLE bagi (thn int, x text, PRIMARY KEY (thn, x)) PARTITION BY RANGE (thn);
CREATE TABLE bagi_2014 PARTITION OF bagi FOR VALUES FROM (2014) TO (2015);
INSERT INTO "Lain Lagi"."Tabel Aneh" ("Kunci 1", k2, k3) SELECT 'k' || g, g % 7,
  CASE WHEN g % 3 = 0 THEN NULL ELSE timestamptz '2014-01-01' + g * interval '1 hour' END FROM generate_series(1, 3000) g;
INSERT INTO anak (a, b, note) SELECT k2, "Kunci 1", repeat('catatan ', (k2 + 1) * 3) FROM "Lain Lagi"."Tabel Aneh"
  WHERE k3 IS NOT NULL;
CREATE INDEX aneh_mood ON "Lain Lagi"."Tabel Aneh" (mood, k3);
DELETE FROM anak WHERE id % 11 = 0;
UPDATE anak SET note = 'baru ' || id WHERE id % 5 = 0;
INSERT INTO anak (note) SELECT repeat(md5(g::text), 70) || g FROM generate_series(1, 3) g;
CREATE TABLE dulu (x int); DROP TABLE dulu;
BEGIN; CREATE TABLE tak_jadi (x int); ROLLBACK;
CREATE TABLE inter (a interval, b numeric, c date, d float8, e boolean, PRIMARY KEY (a, b, c, d, e));
INSERT INTO inter SELECT g * interval '1 hour', g / 7.0, date '2014-01-01' + g, g / 3.0, g % 2 = 0
  FROM generate_series(1, 2000) g;
"""

USER = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
FULL = "n.nspname || '.' || c.relname"


def columns(relation, numbers):
    return (f"(SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest({numbers}) WITH ORDINALITY k(num, place)"
            f" JOIN pg_attribute a ON a.attrelid = {relation} AND a.attnum = k.num)")


QUERIES = {
    "table": f"""SELECT {FULL}, c.oid, c.relfilenode, c.reltoastrelid, coalesce(t.relfilenode, 0) FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
        WHERE c.relkind IN ('r', 'p') AND {USER}""",
    "column": f"""SELECT {FULL}, a.attnum, a.attname,
        CASE WHEN a.attisdropped THEN '' ELSE format_type(a.atttypid, a.atttypmod) END, a.atttypmod, a.attlen, a.attalign,
        a.attnotnull::int, a.attisdropped::int FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relkind IN ('r', 'p') AND {USER}""",
    "key": f"""SELECT {FULL}, k.conname, (k.contype = 'p')::int, {columns('c.oid', 'k.conkey')} FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE k.contype IN ('p', 'u') AND {USER}""",
    "reference": f"""SELECT {FULL}, {columns('c.oid', 'k.conkey')}, n2.nspname || '.' || c2.relname,
        {columns('c2.oid', 'k.confkey')} FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class c2 ON c2.oid = k.confrelid
        JOIN pg_namespace n2 ON n2.oid = c2.relnamespace WHERE k.contype = 'f' AND {USER}""",
    "index": f"""SELECT {FULL}, x.relname, x.relfilenode, (i.indisunique AND i.indpred IS NULL)::int, i.indisprimary::int,
        CASE WHEN 0 = ANY (i.indkey) THEN '' ELSE {columns('c.oid', 'i.indkey::int2[]')} END FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam WHERE m.amname = 'btree' AND {USER}""",
    "enum": """SELECT t.typname, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e
        JOIN pg_type t ON t.oid = e.enumtypid WHERE EXISTS (SELECT FROM pg_attribute a WHERE a.atttypid = t.oid) GROUP BY 1""",
    "file": f"""SELECT pg_relation_filenode(c.oid), {FULL}, c.oid, c.relkind FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE pg_relation_filenode(c.oid) IS NOT NULL AND NOT c.relisshared""",
    "database": "SELECT oid, datname, pg_encoding_to_char(encoding) FROM pg_database",
}
SETTINGS = "SET search_path = pg_catalog; SET timezone = 'UTC'; SET extra_float_digits = 1; SET datestyle = 'ISO'; SET intervalstyle = 'postgres';"


class Server:
    def __init__(self, service, directory):
        self.service, self.directory = service, directory
        subprocess.run(["bash", service, "start", directory], check=True, stdout=subprocess.DEVNULL)
        self.env = dict(os.environ, PGHOST=os.path.join(directory, "sock"), PGUSER="pulih", PGCLIENTENCODING="UTF8",
                        PGPORT=open(os.path.join(directory, "port")).read().strip(), PGOPTIONS="-c client_min_messages=error")

    def run(self, sql, database, files=(), variables=()):
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database]
        for variable in variables:
            command += ["-v", variable]
        for name in files:
            command += ["-f", name]
        subprocess.run(command, input=None if files else sql, text=True, env=self.env, check=True, stdout=subprocess.DEVNULL)

    def lines(self, sql, database):
        # COPY's text, so that values may hold anything.
        out = subprocess.run(["psql", "-X", "-q", "-d", database, "-c", SETTINGS, "-c", f"COPY ({sql}) TO STDOUT"],
                             env=self.env, check=True, capture_output=True, text=True, errors="surrogateescape")
        return out.stdout.split("\n")[:-1]

    def stop(self):
        subprocess.run(["bash", self.service, "stop", self.directory], check=True, stdout=subprocess.DEVNULL)


def expected(server, database):
    want = {kind: server.lines(sql, database) for kind, sql in QUERIES.items()}
    entries = []
    for line in want["index"]:
        table, name, filenode, _, _, names = line.split("\t")
        where = server.lines(f"SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = "
                             f"(SELECT oid FROM pg_class WHERE relfilenode = {filenode or 0} AND relfilenode <> 0)", database)
        if not names or filenode == "0":
            continue
        schema, _, relation = table.partition(".")
        wanted = ", ".join(f'"{n}"' for n in names.split(","))
        sql = f'SELECT {filenode}, ctid, {wanted} FROM "{schema}"."{relation}"'
        if where and where[0] != "\\N":
            sql += f" WHERE {where[0]}"
        entries += server.lines(sql, database)
    want["entry"] = entries
    return want


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lines")
    parser.add_argument("service")
    parser.add_argument("directory")
    parser.add_argument("--sql", action="append", default=[])
    parser.add_argument("--var", action="append", default=[])
    args = parser.parse_args()
    server = Server(args.service, args.directory)
    database = "catalog_live"
    try:
        server.run(f"DROP DATABASE IF EXISTS {database}", "postgres")
        server.run(f"CREATE DATABASE {database}", "postgres")
        if args.sql:
            server.run("", database, args.sql, args.var)
        for statement in [ODD, "VACUUM FULL", "VACUUM FREEZE inter", "CHECKPOINT"]:
            server.run(statement, database)
        want = expected(server, database)
        oid = server.lines(f"SELECT oid FROM pg_database WHERE datname = '{database}'", "postgres")[0]
    finally:
        server.stop()
    out = subprocess.run([args.lines, os.path.join(args.directory, "data"), oid], check=True, capture_output=True, text=True, errors="surrogateescape")
    got = collections.defaultdict(list)
    for line in out.stdout.split("\n")[:-1]:
        kind, _, rest = line.partition("\t")
        got[kind].append(rest)
    failed = got["damaged"] != ["0"] or got["complete"] != ["1"]
    if failed:
        print("damage seen in sound files:", got["damaged"], got["complete"], out.stderr)
    for kind, lines in want.items():
        a, b = collections.Counter(lines), collections.Counter(got[kind])
        if a == b:
            print(f"{kind}: {len(lines)} agree")
            continue
        failed = True
        print(f"{kind}: {sum((a - b).values())} of {len(lines)} not found, {sum((b - a).values())} not there")
        for sign, lines_ in (("-", a - b), ("+", b - a)):
            for line in sorted(lines_)[:5]:
                print("  ", sign, line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
