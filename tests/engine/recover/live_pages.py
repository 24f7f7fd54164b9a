#!/usr/bin/env python3
"""Compares extract_pages.h with a live PostgreSQL: every value of every type as it stands in a stopped server's files.

    live_pages.py PAGES_TO_COPY POSTGRES_SH [--rows N] [--seed N] [--load SCRIPT]…

PAGES_TO_COPY is the program of pages_main.cc, POSTGRES_SH starts and stops a throw-away server (start DIR, env DIR,
stop DIR, wipe DIR). Tables with columns of all types are filled, changed, vacuumed in part; what COPY says of them is
kept; the server is stopped, and its files must say the same. Exit 1 when they do not.
"""
import argparse
import os
import random
import subprocess
import sys
import tempfile

SETTINGS = ("-c datestyle=ISO,MDY -c intervalstyle=postgres -c timezone=UTC -c lc_monetary=C -c bytea_output=hex "
            "-c extra_float_digits=1 -c client_min_messages=error")

DDL = r"""
create type mood as enum ('sad', 'so so', 'null', '', 'it''s "fine"');
create type pair as (a integer, b text);
create type nest as (p pair, q text[], r numeric, s mood);
create domain short as text check (length(value) < 100000);
create type textrange as range (subtype = text);
create type floatrange as range (subtype = float8);

create table scalars (id integer primary key, a bool, b "char", c int2, d int4, e int8, f float4, g float8, h numeric,
  i numeric(20,2), j text, k varchar(40), l bpchar(7), m name, n bytea, o date, p time, q timetz, r timestamp,
  s timestamptz, t interval, u uuid, v inet, w cidr, x macaddr, y macaddr8, z money, aa bit(11), ab varbit, ac oid,
  ad json, ae xml, af point, ag lseg, ah box, ai path, aj polygon, ak line, al circle, am pg_lsn, an tid, ao xid,
  ap mood, aq short, ar tsvector, at int2vector, au oidvector);
create table containers (id text primary key, a int4[], b text[], c numeric[], d int4[][], e mood[], f pair, g nest,
  h pair[], i int4range, j numrange, k tsrange, l textrange, m floatrange, n int8multirange, o nummultirange, p jsonb,
  q jsonb[], r box[], s int8range, t datemultirange, u timestamptz[], v bool[], w floatrange[], x "char"[]);
create table big (id int8 primary key, plain text, ext text, pg text, lz text, b bytea, j jsonb, a text[]);
alter table big alter ext set storage external;
alter table big alter pg set compression pglz;
alter table big alter lz set compression lz4;
create table nokey (a text, b int4, c timestamp);
create table altered (id serial primary key, dropped_first int8, a text, gone text, b int2);
"""


class Random:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def maybe(self, sql):
        return "null" if self.r.random() < 0.12 else sql

    def text(self, most=12):
        letters = ["a", "B", "7", " ", "\t", "\n", "\\", '"', "{", ",", "(", "é", "日", "𝔘", "\x01", "NULL"]
        return "".join(self.r.choice(letters) for _ in range(self.r.choice([0, 1, 2, most // 2, most])))

    def q(self, text):
        return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

    def word(self):
        return "".join(self.r.choice("abcdefgh") for _ in range(self.r.randrange(1, 9)))

    def integer(self, bits):
        top = 1 << (bits - 1)
        return str(self.r.choice([0, 1, -1, top - 1, -top, self.r.randrange(-top, top), self.r.randrange(-999, 999)]))

    def float(self):
        return self.r.choice(["'NaN'", "'Infinity'", "'-Infinity'", "0", "'-0'", "1e-300", repr(self.r.uniform(-1e6, 1e6)), repr(self.r.random() * 10 ** self.r.randrange(-30, 30))])

    def number(self):
        digits = lambda n: "".join(self.r.choice("0000123456789") for _ in range(self.r.randrange(1, n)))
        return self.r.choice(["'NaN'", "'Infinity'", "'-Infinity'", "0", "0.000", "-0.5", digits(40) + "." + digits(40), "-" + digits(9), "1e100", "1e-70", "1e400", digits(300) + "." + digits(300), digits(5) + "0000.0000"])

    def stamp(self):
        return self.r.choice(["'infinity'", "'-infinity'", "'0044-03-15 00:00 BC'", f"'{self.r.randrange(1, 9999):04}-{self.r.randrange(1, 13):02}-{self.r.randrange(1, 29):02} {self.r.randrange(24):02}:{self.r.randrange(60):02}:{self.r.randrange(60):02}.{self.r.randrange(10 ** 6):06}'"])

    def date(self):
        return self.r.choice(["'infinity'", "'4713-01-01 BC'", "'5874897-12-31'", f"'{self.r.randrange(1, 9999):04}-{self.r.randrange(1, 13):02}-{self.r.randrange(1, 29):02}'"])

    def json(self, depth=0):
        kind = self.r.randrange(8)
        if kind == 0 or depth > 3:
            return str(self.r.choice([0, -1.50, 12345678901234567890123, 1e-3]))
        if kind == 1:
            return self.r.choice(["true", "false", "null"])
        if kind in (2, 3):
            return '"' + self.text().replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\x01", "\\u0001") + '"'
        if kind in (4, 5):
            return "[" + ", ".join(self.json(depth + 1) for _ in range(self.r.choice([0, 1, 3, 40]))) + "]"
        return "{" + ", ".join(f'"{self.word()}{i}": {self.json(depth + 1)}' for i in range(self.r.choice([0, 1, 4, 40]))) + "}"

    def array(self, element, type_name):
        n = self.r.choice([0, 1, 2, 5])
        return "array[" + ",".join(self.maybe(element()) for _ in range(n)) + f"]::{type_name}[]"

    def range(self, type_name, a, b):
        a, b = sorted([a, b])
        low, high = self.r.choice([(a, b), (None, b), (a, None), (None, None)])
        part = lambda v: "null" if v is None else f"{v}"
        return self.r.choice(["'empty'::" + type_name, f"{type_name}({part(low)}, {part(high)}, '{self.r.choice(['[]', '[)', '(]', '()'])}')"])

    def point(self):
        return f"point({self.r.uniform(-9, 9)!r},{self.r.randrange(99)})"

    def pair(self):
        return f"row({self.maybe(self.integer(32))},{self.maybe(self.q(self.text()))})::pair"

    def mood(self):
        return self.r.choice(["'sad'", "'so so'", "'null'", "''", "'it''s \"fine\"'"]) + "::mood"

    def scalars(self, i):
        r, m = self.r, self.maybe
        hexes = lambda n: "".join(r.choice("0123456789abcdef") for _ in range(n))
        bits = lambda n: "".join(r.choice("01") for _ in range(n))
        clock = f"{r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02}.{r.randrange(10 ** 6):06}"
        return [str(i), m(r.choice(["true", "false"])), m(self.q(r.choice("aZ9 "))), m(self.integer(16)), m(self.integer(32)), m(self.integer(64)), m(r.choice(["'NaN'", "'Infinity'", "'-0'", repr(r.uniform(-1e6, 1e6)), "1e-30", "3e38"])),
                m(self.float()), m(self.number()), m(str(r.randrange(-10 ** 15, 10 ** 15) / 100)), m(self.q(self.text(30))), m(self.q(self.text(30)[:40])), m(self.q(self.word()[:7])),
                m(self.q(self.word())), m(f"'\\x{hexes(2 * r.randrange(60))}'"), m(self.date()), m(f"'{clock}'"), m(f"'{clock}{r.choice(['+07', '-03:30', '+00', '+15:59:59'])}'"), m(self.stamp()), m(self.stamp()),
                m(f"'{r.randrange(-999, 999)} months {r.randrange(-99, 99)} days {r.randrange(-10 ** 6, 10 ** 6)} seconds {r.randrange(10 ** 6)} microseconds'"), m(f"'{hexes(32)}'"),
                m(r.choice([f"'10.{r.randrange(256)}.0.1'", "'192.168.0.0/16'", "'::ffff:1.2.3.4'", f"'fe80::{hexes(4)}/64'"])), m(r.choice(["'10.0.0.0/8'", "'2001:db8::/32'"])), m(f"'{hexes(12)}'"), m(f"'{hexes(16)}'"),
                m(f"'{r.randrange(-10 ** 12, 10 ** 12) / 100}'::numeric::money"), m(f"B'{bits(11)}'"), m(f"B'{bits(r.randrange(30))}'"), m(str(r.randrange(2 ** 32))), m(self.q(self.json())),
                m("'<a>b</a>'"), m(self.point()), m(f"lseg({self.point()},{self.point()})"), m(f"box({self.point()},{self.point()})"),
                m(r.choice(["'[(0,0),(1,1.5)]'::path", "'((0,0),(1,1),(2,0))'::path"])), m("'((0,0),(1,1),(2,0.1))'::polygon"), m("'{1,2,3}'::line"), m(f"circle({self.point()},{r.randrange(9)})"),
                m("'16/B374D848'"), m(f"'({r.randrange(9 ** 9)},{r.randrange(1, 999)})'"), m(f"'{r.randrange(2 ** 32)}'"), m(self.mood()), m(self.q(self.text())),
                m(f"'{self.word()}:3A,9 {self.word()}:1 {self.word()}'::tsvector"), m("'1 2 -3'"), m("'7 8 4294967295'")]

    def containers(self, i):
        m, r = self.maybe, self.r
        n = lambda: r.randrange(-10 ** 6, 10 ** 6)
        ranges = lambda t, rt: m(f"{t}(" + ", ".join(self.range(rt, n(), n()) for _ in range(r.choice([0, 1, 2, 5, 11]))) + ")")
        return [self.q(f"key {i}"), m(self.array(lambda: self.integer(32), "int4")), m(self.array(lambda: self.q(self.text()), "text")), m(self.array(self.number, "numeric")),
                m(r.choice(["'{{1,2},{3,4}}'", "'[2:3][-1:0]={{1,2},{null,4}}'", "'{}'"])), m(self.array(self.mood, "mood")), m(self.pair()),
                m(f"row({m(self.pair())},{m(self.array(lambda: self.q(self.text()), 'text'))},{m(self.number())},{m(self.mood())})::nest"), m(self.array(self.pair, "pair")),
                m(self.range("int4range", n(), n())), m(self.range("numrange", n() / 100, n() / 100)), m("tsrange('2014-01-02 03:04:05', '2014-12-31', '[]')"),
                m("textrange('a', 'b c')"), m(self.range("floatrange", n() / 7, n() / 7)), ranges("int8multirange", "int8range"), ranges("nummultirange", "numrange"), m(self.q(self.json())),
                m(self.array(lambda: self.q(self.json()) + "::jsonb", "jsonb")), m(self.array(lambda: f"box({self.point()},{self.point()})", "box")), m(self.range("int8range", n(), n())),
                m("datemultirange(daterange('2014-01-01','2014-02-01'), daterange('2014-03-01', null))"), m(self.array(self.stamp, "timestamptz")), m(self.array(lambda: r.choice(["true", "false"]), "bool")),
                m(self.array(lambda: self.range("floatrange", n() / 7, n() / 7), "floatrange")), m(self.array(lambda: self.q(r.choice("abc")), '"char"'))]

    def big(self, i):
        r, m = self.r, self.maybe
        soup = lambda: self.q("".join(r.choice("0123456789 abcdefghijklmnopqrstuvwxyz\n\té") for _ in range(r.choice([10, 300, 3000, 9000]))))
        prose = lambda: self.q((self.word() + " paket pengadaan ") * r.choice([3, 200, 3000]))
        return [str(i), m(r.choice([soup, prose])()), m(r.choice([soup, prose])()), m(r.choice([soup, prose])()), m(r.choice([soup, prose])()),
                m("'\\x" + r.randbytes(r.choice([5, 2500, 20000])).hex() + "'"), m(self.q(self.json())), m(self.array(prose, "text"))]


def statements(seed, rows):
    r = Random(seed)
    yield DDL
    for table, make, count in (("scalars", r.scalars, rows), ("containers", r.containers, rows), ("big", r.big, rows // 4)):
        for i in range(count):
            yield f"insert into {table} values ({', '.join(make(i))});"
    for i in range(rows):
        yield f"insert into nokey values ({r.maybe(r.q(r.text()))}, {r.maybe(r.integer(32))}, {r.maybe(r.stamp())});"
        yield f"insert into altered (dropped_first, a, gone, b) values ({i}, {r.maybe(r.q(r.text()))}, 'x', {r.maybe(r.integer(16))});"
        if i == rows // 2:
            yield "alter table altered drop gone; alter table altered add c text; alter table altered add d int8 not null default 7; alter table altered add gone text;"
    yield "alter table altered drop dropped_first;" if rows < 0 else ""
    yield f"update scalars set d = 42 where id % 7 = 1; delete from scalars where id % 11 = 3; update scalars set d = 43 where id % 7 = 1;"
    yield "vacuum nokey; vacuum freeze containers; begin; insert into nokey values ('rolled back', 1, null); update scalars set e = 0; rollback;"
    yield "begin; select * from scalars where id % 3 = 0 for update; savepoint a; update scalars set c = 1 where id % 13 = 0; commit;"
    yield "update big set plain = 'short' where id % 5 = 0; delete from big where id % 6 = 0; alter table nokey rename b to bb; vacuum full altered;"


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("program")
    ap.add_argument("postgres")
    ap.add_argument("--rows", type=int, default=400)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--load", action="append", default=[], help="a script for psql, with -v name=value before it")
    a = ap.parse_args()
    work = tempfile.mkdtemp(prefix="live-pages", dir="/tmp")
    os.chmod(work, 0o755)
    server = os.path.join(work, "pg")
    env = dict(os.environ, PGOPTIONS=SETTINGS)
    run = lambda *cmd, **more: subprocess.run(cmd, check=True, stdout=subprocess.PIPE, env=env, **more).stdout
    try:
        run("bash", a.postgres, "start", server)
        conninfo = next(l.split("=", 1)[1].strip("'") for l in run("bash", a.postgres, "env", server).decode().splitlines() if "PG_CONNINFO" in l)
        psql = lambda text: run("psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", conninfo, input=text.encode())
        psql("\n".join(statements(a.seed, a.rows)))
        for script in a.load:
            run("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", conninfo, *script.split())
        tables = psql("select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = relnamespace where relkind = 'r' and nspname !~ '^pg_|information_schema' order by 1").decode().split()
        truth = {t: sorted(psql(f"copy {t} to stdout").splitlines()) for t in tables}
        run("bash", a.postgres, "stop", server)
        out = os.path.join(work, "out")
        os.mkdir(out)
        run(a.program, os.path.join(server, "data"), out)
        bad = 0
        for t in tables:
            path = os.path.join(out, t)
            found = [l[2:] for l in open(path, "rb").read().split(b"\n")[:-1]] if os.path.exists(path) else []
            grades = {chr(l[0]) for l in open(path, "rb").read().split(b"\n")[:-1]} if os.path.exists(path) else set()
            found.sort()
            if found != truth[t]:
                bad += 1
                only = [x for x in found if x not in set(truth[t])], [x for x in truth[t] if x not in set(found)]
                print(f"{t}: {len(found)} found, {len(truth[t])} true; {len(only[0])} and {len(only[1])} differ")
                for f, w in list(zip(sorted(only[0]), sorted(only[1])))[:3]:
                    fields = [(i, x[:200], y[:200]) for i, (x, y) in enumerate(zip(f.split(b"\t"), w.split(b"\t"))) if x != y]
                    print("  found, true:", fields[:4] or (f[:200], w[:200]))
                if not only[0]:
                    print("  lost:", [x[:200] for x in only[1][:2]])
            elif found and grades != {"A"}:
                bad += 1
                print(f"{t}: grades {sorted(grades)}")
        print(f"{len(tables)} tables, {sum(map(len, truth.values()))} rows, {bad} tables differ")
        return 1 if bad else 0
    finally:
        subprocess.run(["bash", a.postgres, "wipe", server], env=env)
        subprocess.run(["rm", "-rf", work])


if __name__ == "__main__":
    sys.exit(main())
