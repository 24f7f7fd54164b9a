#!/usr/bin/env python3
"""Random tables of random types and values: captured, changed, captured, rebuilt elsewhere; and thirty nights of one
table, whose history must be what a log kept here says.

    records_property.py PULIH CONNINFO SCRATCH [--seed N] [--rounds N]

CONNINFO reaches a server on which databases may be made. Prints what falls short and a line of counts; exit 1 when
anything did. Needs psql, pg_dump, createdb and dropdb in the PATH.
"""
import argparse
import json
import os
import random
import subprocess
import sys

ENUM = ["baru", "aktif", "ditutup 'lama'", "Ulang"]

# type → literals that have bitten somebody; a random value comes from `fresh`.
EDGES = {
    "int2": ["-32768", "0", "32767"],
    "int4": ["-2147483648", "-1", "0", "2147483647"],
    "int8": ["-9223372036854775808", "0", "9223372036854775807"],
    "numeric": ["0", "0.00", "-0.1", "1e-20", "99999999999999999999999999.123456789", "'NaN'", "'Infinity'", "'-Infinity'"],
    "numeric(12,3)": ["0", "-999999999.999", "0.001", "1234.500"],
    "float4": ["'NaN'", "'-Infinity'", "0", "'-0'", "1e-38", "3.4028235e38", "0.1"],
    "float8": ["'NaN'", "'Infinity'", "'-0'", "0.1", "1e308", "5e-324", "1e23"],
    "bool": ["true", "false"],
    "text": ["''", "' '", "E'a\\tb\\nc\\\\d'", "'NULL'", "'\\N'", "'\"quoted\", comma'"],
    "varchar(40)": ["''", "'  padded  '", "'sama'"],
    "char(10)": ["''", "'abc'", "'abc       '"],
    "bytea": ["'\\x'", "'\\x00'", "'\\x00ff00ff'", "'\\xdeadbeef'"],
    "date": ["'infinity'", "'-infinity'", "'4713-01-01 BC'", "'5874897-12-31'", "'2014-10-04'"],
    "timestamp": ["'infinity'", "'2014-10-04 22:00:00.123456'", "'0001-01-01 BC'", "'294276-12-31 23:59:59.999999'"],
    "timestamptz": ["'-infinity'", "'2014-10-04 22:00:00+07'", "'1900-01-01 00:00:00-03:30'"],
    "time": ["'00:00'", "'24:00:00'", "'12:34:56.000001'"],
    "timetz": ["'00:00+14'", "'23:59:59.9-12:30'"],
    "interval": ["'0'", "'1 year -2 mons 3 days -04:05:06.789'", "'-178000000 years'"],
    "uuid": ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
    "inet": ["'10.0.0.1'", "'10.0.0.1/8'", "'::1/64'", "'ffff::'"],
    "json": ["'{\"b\": 1,  \"a\":[ ]}'", "'null'", "'\"x\"'"],
    "jsonb": ["'{\"b\": 1.50, \"a\": [null, true]}'", "'[]'", "'1e5'"],
    "int4[]": ["'{}'", "'{1,NULL,3}'", "'[2:3][0:1]={{1,2},{3,4}}'"],
    "text[]": ["'{}'", "'{\"\",NULL,\"NULL\",\"a,b\",\"c\\\"d\"}'"],
    "numeric(9,2)[]": ["'{1.50,NaN,NULL}'"],
    "status": [f"'{label.replace(chr(39), chr(39) * 2)}'" for label in ENUM],
    "rupiah": ["0", "1500000.00"],
    "int4range": ["'empty'", "'[1,5)'", "'(,7)'", "'(,)'"],
    "tstzrange": ["'[2014-10-04 00:00+07,infinity)'", "'empty'"],
    "alamat": ["'(,)'", "ROW('Jl. \"A\", 3', 12345)::alamat", "ROW(NULL, 7)::alamat"],
    "alamat[]": ["ARRAY[ROW('x', 1)::alamat, NULL]", "'{}'"],
    "bit(5)": ["B'00000'", "B'10101'"],
    "varbit": ["B''", "B'1'", "B'1010101010101'"],
    "money": ["0::money", "(-1234567.89)::numeric::money"],
    "point": ["'(0,-1.5)'", "'(NaN,Infinity)'"],
    "macaddr": ["'08:00:2b:01:02:03'"],
    "tsvector": ["'''a b'':3A,5 c'", "''"],
    "xml": ["'<a b=\"c\">d</a>'"],
    "pg_lsn": ["'16/B374D848'", "'0/0'"],
}
KEYS = ["int2", "int4", "int8", "numeric", "numeric(12,3)", "text", "varchar(40)", "char(10)", "bytea", "date", "timestamp", "timestamptz", "uuid", "status", "rupiah",
        "bool", "inet"]
NAMES = ["paket", "Mixed Case", "with.dot", "with/slash", 'say "hi"', "select", "nama_yang_panjang_sekali_sampai_batas", "tanda'petik", "é ü", "%41", "#1", "a,b"]


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'"


class Test:
    def __init__(self, arguments):
        self.pulih, self.conninfo, self.scratch = arguments.pulih, arguments.conninfo, arguments.scratch
        self.random = random.Random(arguments.seed)
        self.checks = self.failures = 0
        self.repo = os.path.join(self.scratch, "property-repo")
        self.environment = dict(os.environ, PULIH_PASSPHRASE="rahasia", PULIH_REPO=self.repo, PGOPTIONS="-c client_min_messages=error -c extra_float_digits=3",
                                PGTZ="UTC", PGDATESTYLE="ISO")

    def say(self, holds, what):
        self.checks += 1
        if not holds:
            self.failures += 1
            print("FAILED:", what, flush=True)

    def run(self, *command, text=None):
        return subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", errors="surrogateescape", env=self.environment, check=False)

    def conn(self, database):
        return f"{self.conninfo} dbname={database}"

    def sql(self, database, text):
        done = self.run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", self.conn(database), "-f", "-", text=text)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr[:1000]}")
        return done.stdout

    def program(self, *words, exits=(0,)):
        done = self.run(self.pulih, "--cache", os.path.join(self.scratch, "property-cache"), "--state", os.path.join(self.scratch, "property-state"),
                        "--no-progress", *words)
        self.say(done.returncode in exits, f"pulih {' '.join(words)}: exit {done.returncode}: {done.stderr[-500:]}")
        return done.stdout

    # --- random tables ------------------------------------------------------------------------------------------
    def fresh(self, kind, is_short):
        r = self.random
        if kind in ("int2", "int4", "int8", "numeric", "numeric(12,3)", "rupiah"):
            return str(r.randrange(-30000, 30000)) + (f".{r.randrange(1000):03}" if kind.startswith(("numeric", "rupiah")) else "")
        if kind.startswith("float"):
            return repr(r.uniform(-1, 1) * 10 ** r.randrange(-30, 30))
        if kind in ("text", "varchar(40)", "char(10)"):
            length = r.choice([1, 3, 9]) if kind != "text" else r.choice([1, 5, 40] if is_short else [1, 5, 40, 3000, 90000])
            alphabet = "abc XYZ'\"\\,;" + ("é\u00fc" if r.random() < 0.5 else "")
            return literal("".join(r.choice(alphabet) for _ in range(length)))
        if kind == "bytea":
            return "'\\x" + r.randbytes(r.choice([1, 7, 100] if is_short else [1, 7, 100, 80000])).hex() + "'"
        if kind == "date":
            return f"'2014-{r.randrange(1, 13):02}-{r.randrange(1, 28):02}'"
        if kind in ("timestamp", "timestamptz"):
            return f"'2014-{r.randrange(1, 13):02}-{r.randrange(1, 28):02} {r.randrange(24):02}:{r.randrange(60):02}:00.{r.randrange(10**6):06}'"
        if kind == "uuid":
            h = r.randbytes(16).hex()
            return literal(f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}")
        return r.choice(EDGES[kind])

    def value(self, kind, is_key):
        # An index holds no long values.
        if not is_key and self.random.random() < 0.15:
            return "NULL"
        text = self.random.choice(EDGES[kind]) if self.random.random() < 0.4 else self.fresh(kind, is_key)
        return f"({text})::{kind}"

    def make_table(self, name):
        r = self.random
        key_columns = r.choice([0, 1, 1, 2])
        columns = [(f"k{i} {n}", r.choice(KEYS), True) for i, n in zip(range(key_columns), r.sample(NAMES, 2))]
        columns += [(f"c{i} {r.choice(NAMES)}"[:50], r.choice(list(EDGES)), False) for i in range(r.randrange(0 if key_columns else 1, 9))]
        defs = [f"{quote(n)} {t}" for n, t, _ in columns]
        if key_columns:
            defs.append("PRIMARY KEY (" + ", ".join(quote(n) for n, _, is_key in columns if is_key) + ")")
        return {"name": name, "columns": columns, "create": f"CREATE TABLE {name} ({', '.join(defs)});"}

    def insert(self, table, count):
        rows = ", ".join("(" + ", ".join(self.value(kind, is_key) for _, kind, is_key in table["columns"]) + ")" for _ in range(count))
        return f"INSERT INTO {table['name']} VALUES {rows} ON CONFLICT DO NOTHING;\n"

    def change(self, table):
        text = f"DELETE FROM {table['name']} WHERE ctid IN (SELECT ctid FROM {table['name']} ORDER BY hashtext(ctid::text) LIMIT {self.random.randrange(5)});\n"
        for name, kind, is_key in table["columns"]:
            if not is_key and self.random.random() < 0.5:
                text += (f"UPDATE {table['name']} SET {quote(name)} = {self.value(kind, False)} WHERE ctid IN "
                         f"(SELECT ctid FROM {table['name']} ORDER BY hashtext(ctid::text) DESC LIMIT {self.random.randrange(1, 6)});\n")
        return text + self.insert(table, self.random.randrange(1, 8))

    def rows_of(self, database, table):
        return sorted(self.sql(database, f"SELECT t::text FROM {table['name']} t;").split("\n"))

    def dump_of(self, database):
        done = self.run("pg_dump", "-d", self.conn(database))
        self.say(done.returncode == 0, f"pg_dump {database}: {done.stderr[:300]}")
        return sorted(line for line in done.stdout.split("\n") if not line.startswith(("\\restrict", "\\unrestrict")))

    def round(self, number):
        encoding = self.random.choice(["UTF8", "UTF8", "LATIN1"])
        source, target = f"sumber_{number}", f"kembali_{number}"
        for database in (source, target):
            self.sql("postgres", f"CREATE DATABASE {database} ENCODING {encoding} LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;")
        names = [f"{schema}.{quote(n)}" for schema in ("public", '"Skema Lain"') for n in self.random.sample(NAMES, 3)]
        tables = [self.make_table(name) for name in names]
        enum = ", ".join(literal(label) for label in ENUM)
        self.sql(source, f"""CREATE SCHEMA "Skema Lain"; CREATE TYPE status AS ENUM ({enum}); CREATE DOMAIN rupiah AS numeric(20,2);
            CREATE TYPE alamat AS (jalan text, kode int4); CREATE SEQUENCE nomor START 7;
            CREATE TABLE bagian (id int, isi text, PRIMARY KEY (id)) PARTITION BY RANGE (id); CREATE TABLE bagian_1 PARTITION OF bagian FOR VALUES FROM (0) TO (10);
            CREATE TABLE bagian_2 PARTITION OF bagian DEFAULT; INSERT INTO bagian SELECT i, 'isi ' || i FROM generate_series(1, 30) i;
            CREATE TABLE hitung (a int GENERATED ALWAYS AS IDENTITY, b int, c int GENERATED ALWAYS AS (b * 2) STORED, buang int); ALTER TABLE hitung DROP COLUMN buang;
            INSERT INTO hitung (b) SELECT i FROM generate_series(1, 20) i; SELECT nextval('nomor');
            SELECT lo_from_bytea(4711, '\\x00010203'::bytea);
            """ + "\n".join(t["create"] for t in tables) + "\n" + "".join(self.insert(t, self.random.randrange(1, 60)) for t in tables))
        self.program("backup", "--name", source, "--postgres", self.conn(source), "-q")
        self.sql(source, "".join(self.change(t) for t in tables))
        self.program("backup", "--name", source, "--postgres", self.conn(source), "-q")
        self.program("restore", "latest", "--name", source, "--postgres", self.conn(target), "-q")
        for table in tables + [{"name": "bagian"}, {"name": "hitung"}]:
            was, now = self.rows_of(source, table), self.rows_of(target, table)
            self.say(was == now, f"{source} {table['name']}: rows differ: {[r for r in was if r not in now][:2]} against {[r for r in now if r not in was][:2]}")
        was, now = self.dump_of(source), self.dump_of(target)
        self.say(was == now, f"{source}: dumps differ: {[r for r in was if r not in now][:3]} against {[r for r in now if r not in was][:3]}")

        # The same rows in another physical order are the same maps.
        self.sql(source, "".join(f"CREATE TEMP TABLE acak AS SELECT * FROM {t['name']}; DELETE FROM {t['name']}; INSERT INTO {t['name']} SELECT * FROM acak ORDER BY hashtext(acak::text); DROP TABLE acak;\n"
                                 for t in tables))
        self.program("backup", "--name", source, "--postgres", self.conn(source), "-q")
        changes = json.loads(self.program("records", "diff", "latest~1", "latest", "--name", source, "--json") or "{}")
        self.say(not any(changes.get(kind) for kind in ("added", "changed", "removed")), f"{source}: another order is told as a change: {str(changes)[:300]}")
        for database in (source, target):
            self.sql("postgres", f"DROP DATABASE {database};")

    # --- thirty nights ---------------------------------------------------------------------------------------------
    def nights(self, count):
        self.sql("postgres", "CREATE DATABASE malam;")
        self.sql("malam", "CREATE TABLE penawaran (id int PRIMARY KEY, harga numeric(20,2), catatan text);")
        now, log = {}, {}
        for night in range(count):
            before = dict(now)
            text = ""
            for _ in range(self.random.randrange(0, 12)):
                key = self.random.randrange(1, 40)
                if key in now and self.random.random() < 0.3:
                    del now[key]
                    text += f"DELETE FROM penawaran WHERE id = {key};\n"
                else:
                    now[key] = (f"{self.random.randrange(1, 9)}00.50", self.random.choice([None, "lama", "baru"]))
                    price, note = now[key]
                    note = "NULL" if note is None else literal(note)
                    text += f"INSERT INTO penawaran VALUES ({key}, {price}, {note}) ON CONFLICT (id) DO UPDATE SET harga = excluded.harga, catatan = excluded.catatan;\n"
            self.sql("malam", text or "SELECT 1;")
            self.program("backup", "--name", "malam", "--postgres", self.conn("malam"), "-q")
            for key in set(before) | set(now):
                if before.get(key) == now.get(key):
                    continue
                kind = "added" if key not in before else "removed" if key not in now else "changed"
                fields = [n for n, a, b in zip(("harga", "catatan"), before[key], now[key]) if a != b] if kind == "changed" else []
                log.setdefault(key, []).append((night, kind, fields))
        listed = json.loads(self.program("snapshots", "--name", "malam", "--json"))
        order = [snapshot["id"] for snapshot in listed]
        self.say(len(order) == count, f"{len(order)} snapshots of {count} nights")
        for key, wanted in sorted(log.items()):
            history = json.loads(self.program("records", "history", "penawaran", str(key), "--name", "malam", "--json") or "[]")
            got = [(order.index(v["snapshot"]), v["change"], list(v["fields"])) for v in history]
            self.say(got == wanted, f"history of {key}: {got} instead of {wanted}")
        self.sql("postgres", "DROP DATABASE malam;")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pulih")
    parser.add_argument("conninfo")
    parser.add_argument("scratch")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--rounds", type=int, default=4)
    arguments = parser.parse_args()
    print("seed", arguments.seed, flush=True)
    test = Test(arguments)
    test.program("init", "-q")
    for number in range(arguments.rounds):
        test.round(number)
    test.nights(30)
    test.program("verify", "--read-data", "-q")
    print(f"{test.checks} checks, {test.failures} failed (seed {arguments.seed})")
    return 1 if test.failures or not test.checks else 0


if __name__ == "__main__":
    sys.exit(main())
