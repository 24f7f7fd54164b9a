#!/usr/bin/env python3
"""Compares formats/postgres with a live PostgreSQL: the text of images, the images of texts, the order of values.

    live_values.py RENDER CONNINFO [--rounds N] [--seed N]

RENDER is the program of render_main.cc. The server makes some thousand random values of each type, and says for each
what its send function and what its output function give; then what it takes texts for, sound and spoilt ones. The
types that the test needs live in a schema of their own, which goes away with the session's end. Exit 1 when anything
differs.
"""
import argparse
import math
import random
import struct
import subprocess
import sys

SCHEMA = "pulih_live_values"
SETTINGS = """set client_min_messages = error; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres';
set timezone = 'UTC'; set lc_monetary = 'C'; set bytea_output = 'hex'; set extra_float_digits = 1;
set standard_conforming_strings = on; set xmloption = content;"""
TYPES = f"""drop schema if exists {SCHEMA} cascade; create schema {SCHEMA}; set search_path = {SCHEMA}, pg_catalog;
create type mood as enum ('sad', 'so so', 'null', '', 'it''s "fine"', 'a\\b', '(x,y)');
create domain short as text check (length(value) < 1000);
create domain shorter as short;
create type pair as (a integer, b text);
create type nest as (p pair, q text[], r numeric, s mood, t shorter);
create type textrange as range (subtype = text);
create type floatrange as range (subtype = float8);
"""
# Answers with the image of a text, or with the word error: one bad text must not end the whole statement.
TRY = f"""create function {SCHEMA}.image_of(type_name text, send text, typed text) returns text language plpgsql as $$
declare answer text;
begin
  execute format('select encode(%s(%L::%s), ''hex'')', send, typed, type_name) into answer;
  return coalesce(answer, 'error');
exception when others then
  return 'error';
end $$;
"""

random_ = random.Random()


def sql(text):
    return "'" + text.replace("'", "''") + "'"


def pick(*choices):
    return random_.choice(choices)


def nasty_text():
    letters = ["a", "B", "7", " ", "\t", "\n", "\v", "\f", "\r", '"', "'", "\\", "{", "}", "(", ")", "[", "]", ",", ";",
               "NULL", "null", "é", "ñ", "日", "𝔘", "\u00a0", "\x01", "\x7f", ":", "=", "<", "%"]
    return "".join(random_.choice(letters) for _ in range(random_.choice([0, 1, 1, 2, 3, 5, 9])))


def integer(bits):
    limit = 1 << (bits - 1)
    return pick(0, 1, -1, limit - 1, -limit, random_.randrange(-limit, limit), random_.randrange(-9999, 9999),
                random_.randrange(-limit, limit) >> random_.randrange(bits))


def float8():
    bits = random_.getrandbits(64)
    near = struct.unpack(">Q", struct.pack(">d", abs(float(f"{random_.randrange(1, 100)}e{random_.randrange(-40, 40)}"))))[0]
    value = pick(struct.unpack(">d", struct.pack(">Q", bits))[0], float(f"{random_.randrange(1, 10**random_.randrange(1, 17))}e{random_.randrange(-30, 30)}"),
                 2.0 ** random_.randrange(-1074, 1024), struct.unpack(">d", struct.pack(">Q", near + random_.randrange(-1, 2)))[0],
                 random_.random(), float(random_.randrange(1 << 53)), 0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1e15, 1e14, 1e-4, 1e-5)
    return pick(value, -value)


def float_text(value):
    return "NaN" if math.isnan(value) else "Infinity" if value == math.inf else "-Infinity" if value == -math.inf else repr(value)


def float4_text():
    bits = pick(random_.getrandbits(32), random_.randrange(255) << 23, (random_.randrange(127, 180) << 23) + random_.randrange(1 << 23))
    value = struct.unpack(">f", struct.pack(">I", bits))[0]
    return float_text(pick(value, -value))


def digits(most):
    return "".join(random_.choice("0000123456789") for _ in range(random_.randrange(1, most + 1)))


def numeric_text():
    sign = pick("", "-")
    return pick("NaN", "Infinity", "-Infinity", "0", "-0.00", sign + digits(30), sign + digits(30) + "." + digits(30), sign + "." + digits(40),
                sign + digits(9) + "e" + str(random_.randrange(-60, 60)), sign + digits(3) + "." + digits(3), sign + "1" + "0" * random_.randrange(40),
                "0." + "0" * random_.randrange(30) + digits(5), sign + digits(700) + "." + digits(500))


def fraction():
    return pick("", "", "." + digits(6))


def clock(most=23):
    return f"{random_.randrange(most + 1):02}:{random_.randrange(60):02}:{random_.randrange(60):02}{fraction()}"


def date_text(years):
    year = pick(random_.randrange(1, years), random_.randrange(1900, 2100), random_.randrange(1, 12000))
    text = f"{year:04}-{random_.randrange(1, 13):02}-{random_.randrange(1, 29):02}"
    return (f"{random_.randrange(1, 4713):04}" + text[text.index("-"):] + " BC") if random_.random() < 0.2 else text


def timestamp_text():
    text = date_text(294276)
    era = " BC" if text.endswith(" BC") else ""
    return pick("infinity", "-infinity", *[text.removesuffix(" BC") + " " + clock() + era] * 8)


def day_sql():
    return f"('2000-01-01'::date + {pick(random_.randrange(-2451545, 2145031949) // pick(1, 7, 3000), random_.randrange(-40000, 40000))})"


def instant_sql(type_name):
    micros = pick(random_.randrange(-2 * 10**17, 9 * 10**18), random_.randrange(-10**16, 10**16), random_.randrange(-10**7, 10**7))
    return f"('2000-01-01'::{type_name} + {micros // 10**6} * '1 second'::interval + '{micros % 10**6} microseconds'::interval)"


def interval_text():
    if random_.random() < 0.2:
        return f"{integer(32) // 13} years {random_.randrange(-11, 12)} mons {integer(32)} days {integer(64) // 4000000} seconds {random_.randrange(-999999, 999999)} microseconds"
    parts = [f"{random_.randrange(-30, 30)} {unit}" for unit in ("years", "mons", "days") if random_.random() < 0.6]
    if random_.random() < 0.7:
        parts.append(pick("", "-") + clock(pick(1, 20, 5000)))
    return " ".join(parts) if parts else "0"


def v4():
    return ".".join(str(random_.randrange(256)) for _ in range(4))


def v6():
    words = [pick("0", "0", "0", f"{random_.getrandbits(16):x}", "ffff") for _ in range(8)]
    return pick(":".join(words), "::" + v4(), "::ffff:" + v4(), "::1", "::", "fe80::" + words[0], words[0] + "::" + words[1])


def inet_text():
    return pick(v4(), v6(), v4() + "/" + str(random_.randrange(33)), v6() + "/" + str(random_.randrange(129)))


def point_sql():
    return f"point({sql(float_text(float8()))}::float8, {sql(float_text(float8()))}::float8)"


def finite_point():
    return f"({random_.uniform(-1e3, 1e3)!r},{random_.uniform(-9, 9)!r})"


def points():
    return ",".join(finite_point() for _ in range(random_.randrange(1, 5)))


def json_value(depth=0):
    scalar = pick("null", "true", "false", str(random_.randrange(-999, 999)), f"{random_.randrange(99)}.{digits(4)}", f"{random_.randrange(1, 9)}e{random_.randrange(-9, 20)}",
                  "-0", "-0.0", '"' + pick("", "a", "é", "\\u00e9", "\\ud835\\udd18", "\\n\\t\\\"\\\\\\/", "\\u0001", "日本", "x y") + '"')
    if depth > 3 or random_.random() < 0.4:
        return scalar
    space = pick("", " ", "\n  ")
    items = [json_value(depth + 1) for _ in range(random_.randrange(4))]
    if random_.random() < 0.5:
        return "[" + ("," + space).join(items) + space + "]"
    return "{" + space + ("," + space).join(f'"{pick("a", "b", "aa", "Z", "", "zz", "é")}":{space}{item}' for item in items) + "}"


def tsvector_sql():
    lexemes = " ".join("'" + "".join(pick("a", "b", "''", "\\\\", " ", "é", "x") for _ in range(random_.randrange(1, 5))) + "'" +
                       pick("", ":" + ",".join(str(random_.randrange(1, 17000)) + pick("", "A", "B", "C", "D") for _ in range(random_.randrange(1, 5))))
                       for _ in range(random_.randrange(6)))
    return sql(lexemes) + "::tsvector"


def query_text(depth=0):
    if depth > 4 or random_.random() < 0.3:
        return pick("a", "bcd", "'it''s'", "'b \\\\ c'", "é") + pick("", "", ":*", ":A", ":*BD", ":ABCD")
    if random_.random() < 0.25:
        return "!" + pick("(", "( ") + query_text(depth + 1) + ")"
    return "(" + query_text(depth + 1) + pick(" & ", " | ", " <-> ", " <3> ", " <0> ") + query_text(depth + 1) + ")"


def literal(text, type_name):
    return sql(text) + "::" + type_name


def a_text():
    return sql(nasty_text()) + "::text"


def maybe(expression):
    return "null" if random_.random() < 0.2 else expression


def pair_sql():
    return f"row({maybe(integer(32))}, {maybe(a_text())})::pair"


def text_array():
    return "array[" + ",".join(maybe(a_text()) for _ in range(random_.randrange(5))) + "]::text[]"


def nest_sql():
    return f"row({maybe(pair_sql())}, {maybe(text_array())}, {maybe(literal(numeric_text(), 'numeric'))}, {maybe(mood_sql())}, {maybe(a_text())})::nest"


def mood_sql():
    return pick("'sad'", "'so so'", "'null'", "''", "'it''s \"fine\"'", "'a\\b'", "'(x,y)'") + "::mood"


def range_sql(constructor, bound):
    low, high = sorted([bound(), bound()])
    low, high = maybe(low), maybe(high)
    return pick(f"{constructor}({low}, {high}, '{pick('[]', '[)', '(]', '()')}')", *[f"{constructor}({low}, {high})"] * 3)


def bits():
    return "".join(random_.choice("01") for _ in range(random_.randrange(1, 70)))


def int_range():
    return range_sql("int4range", lambda: random_.randrange(-999, 999))


# Name in pg_type: how SQL calls it, and a generator of SQL expressions.
BASE = {
    "bool": ("boolean", lambda: literal(pick("t", "f"), "boolean")),
    "int2": ("int2", lambda: literal(str(integer(16)), "int2")),
    "int4": ("int4", lambda: literal(str(integer(32)), "int4")),
    "int8": ("int8", lambda: literal(str(integer(64)), "int8")),
    "oid": ("oid", lambda: literal(str(random_.getrandbits(32)), "oid")),
    "xid": ("xid", lambda: literal(str(random_.getrandbits(32)), "xid")),
    "cid": ("cid", lambda: literal(str(random_.getrandbits(32)), "cid")),
    "xid8": ("xid8", lambda: literal(str(random_.getrandbits(64)), "xid8")),
    "float4": ("float4", lambda: literal(float4_text(), "float4")),
    "float8": ("float8", lambda: literal(float_text(float8()), "float8")),
    "numeric": ("numeric", lambda: literal(numeric_text(), "numeric")),
    "money": ("money", lambda: f"({integer(64)}::numeric / 100)::money" if random_.random() < 0.5 else literal(f"{random_.randrange(-10**7, 10**7)}.{random_.randrange(100):02}", "money")),
    "text": ("text", a_text),
    "varchar": ("varchar", lambda: literal(nasty_text(), "varchar")),
    "bpchar": ("char(12)", lambda: literal(nasty_text()[:12], "char(12)")),
    "name": ("name", lambda: literal(nasty_text(), "name")),
    "char": ('"char"', lambda: literal(pick("", "a", " ", '"', "\\", ",", "}"), '"char"')),
    "bytea": ("bytea", lambda: f"decode('{random_.randbytes(random_.randrange(20)).hex()}', 'hex')"),
    "uuid": ("uuid", lambda: literal(random_.randbytes(16).hex(), "uuid")),
    "date": ("date", lambda: day_sql() if random_.random() < 0.3 else literal(pick("infinity", "-infinity", *[date_text(5874897)] * 9), "date")),
    "time": ("time", lambda: literal(pick("24:00:00", "00:00:00", clock(), clock(), clock()), "time")),
    "timetz": ("timetz", lambda: literal(clock() + pick("+", "-") + pick("00", "07", "05:30", "15:59:59", "00:00:01", "12:45"), "timetz")),
    "timestamp": ("timestamp", lambda: instant_sql("timestamp") if random_.random() < 0.3 else literal(timestamp_text(), "timestamp")),
    "timestamptz": ("timestamptz", lambda: instant_sql("timestamptz") if random_.random() < 0.3 else literal(timestamp_text(), "timestamptz")),
    "interval": ("interval", lambda: literal(interval_text(), "interval")),
    "inet": ("inet", lambda: literal(inet_text(), "inet")),
    "cidr": ("cidr", lambda: f"network({literal(inet_text(), 'inet')})"),
    "macaddr": ("macaddr", lambda: literal(random_.randbytes(6).hex(), "macaddr")),
    "macaddr8": ("macaddr8", lambda: literal(random_.randbytes(8).hex(), "macaddr8")),
    "json": ("json", lambda: literal(json_value(), "json")),
    "jsonb": ("jsonb", lambda: literal(json_value(), "jsonb")),
    "jsonpath": ("jsonpath", lambda: literal(pick("$.a", "strict $.a[*] ? (@.b > 1)", "$.\"x y\"[0 to 3]", "$"), "jsonpath")),
    "bit": ("bit varying", lambda: (lambda b: f"{sql(b)}::bit({len(b)})")(bits())),
    "varbit": ("varbit", lambda: literal(pick("", bits()), "varbit")),
    "pg_lsn": ("pg_lsn", lambda: literal(f"{random_.getrandbits(pick(4, 32)):X}/{random_.getrandbits(pick(4, 32)):X}", "pg_lsn")),
    "tid": ("tid", lambda: literal(f"({random_.getrandbits(32)},{random_.getrandbits(16)})", "tid")),
    "pg_snapshot": ("pg_snapshot", lambda: literal(pick("10:20:10,14,15", "10:10:", "1:9223372036854775807:5"), "pg_snapshot")),
    "int2vector": ("int2vector", lambda: literal(" ".join(str(integer(16)) for _ in range(random_.randrange(5))), "int2vector")),
    "oidvector": ("oidvector", lambda: literal(" ".join(str(random_.getrandbits(32)) for _ in range(random_.randrange(5))), "oidvector")),
    "refcursor": ("refcursor", lambda: literal(nasty_text(), "refcursor")),
    "point": ("point", point_sql),
    "lseg": ("lseg", lambda: literal(f"[{finite_point()},{finite_point()}]", "lseg")),
    "box": ("box", lambda: literal(f"{finite_point()},{finite_point()}", "box")),
    "path": ("path", lambda: literal(pick("[%s]", "(%s)") % points(), "path")),
    "polygon": ("polygon", lambda: literal(f"({points()})", "polygon")),
    "line": ("line", lambda: literal("{%r,%r,%r}" % (random_.uniform(1, 9), random_.uniform(-9, 9), random_.uniform(-9, 9)), "line")),
    "circle": ("circle", lambda: literal(f"<{finite_point()},{random_.uniform(0, 99)!r}>", "circle")),
    "tsvector": ("tsvector", tsvector_sql),
    "tsquery": ("tsquery", lambda: literal(query_text(), "tsquery")),
}
XML = {"xml": ("xml", lambda: literal(pick("<a/>", "<a b=\"c\">d &amp; e</a>", "text", "<?xml version=\"1.0\"?><a>é</a>", "<a/><b/>"), "xml"))}
OTHERS = {  # kind, element, fields; SQL name; generator
    "mood": ("enumeration", "-", "", "mood", mood_sql),
    "short": ("domain", "text", "", "short", lambda: a_text() + "::short"),
    "shorter": ("domain", "short", "", "shorter", lambda: a_text() + "::shorter"),
    "pair": ("composite", "-", "int4 text", "pair", pair_sql),
    "nest": ("composite", "-", "pair _text numeric mood shorter", "nest", nest_sql),
    "int4range": ("range", "int4", "", "int4range", int_range),
    "numrange": ("range", "numeric", "", "numrange", lambda: range_sql("numrange", lambda: random_.randrange(-999, 999) / 8)),
    "tsrange": ("range", "timestamp", "", "tsrange", lambda: range_sql("tsrange", lambda: f"'{random_.randrange(1000, 9999)}-01-01 {clock()}'::timestamp")),
    "daterange": ("range", "date", "", "daterange", lambda: range_sql("daterange", lambda: f"'{random_.randrange(1000, 9999)}-01-01'::date")),
    "textrange": ("range", "text", "", "textrange", lambda: (lambda low, high: f"textrange({maybe(f'least({low},{high})')}, {maybe(f'greatest({low},{high})')}, '[]')")(a_text(), a_text())),
    "floatrange": ("range", "float8", "", "floatrange", lambda: range_sql("floatrange", lambda: random_.uniform(-1e20, 1e20))),
    "int4multirange": ("multirange", "int4range", "", "int4multirange", lambda: "int4multirange(" + ",".join(int_range() for _ in range(random_.randrange(4))) + ")"),
}
ARRAYS = list(BASE) + ["mood", "pair", "nest", "int4range", "textrange", "int4multirange"]
NO_ARRAYS = {"int2vector", "oidvector", "bpchar", "bit"}

ORDERED = ["bool", "int2", "int4", "int8", "oid", "xid8", "float4", "float8", "numeric", "money", "text", "varchar", "bpchar", "name", "char", "bytea", "uuid",
           "date", "time", "timetz", "timestamp", "timestamptz", "interval", "inet", "cidr", "macaddr", "macaddr8", "pg_lsn"]
PARSED = ["bool", "int2", "int4", "int8", "oid", "float4", "float8", "numeric", "money", "text", "varchar", "name", "char", "bytea", "uuid", "date",
          "time", "timestamp", "timestamptz", "inet", "cidr", "json", "jsonb"]
# Where PostgreSQL takes more ways of writing than formats/postgres wants to know.
MAY_REFUSE = {"date", "time", "timestamp", "timestamptz", "inet", "cidr", "money", "float4", "float8", "name", "oid", "numeric", "char"}
TYPED = {
    "bool": ["t", "TRUE", " tr ", "y", "yes", "on", "1", "o", "of", "off", "no", "0", "", "truex", "2"],
    "int4": [" 12 ", "+12", "-12", "1.0", "", "2147483648", "-2147483648", "--1", "+-1", "1 2", "0x10", "1e3"],
    "int8": ["9223372036854775807", "9223372036854775808"],
    "oid": ["0", "4294967295", "4294967296"],
    "float8": ["+1.5", " 1e5 ", "1e400", "1e-400", ".5", "5.", "inf", "-Infinity", "nan", "1e", "e1", "0x10", "", "+-1", "nan(1)", "-nan", "infinit", "1e23"],
    "float4": ["1e39", "3.4028235e38", "1e-46", "16777217"],
    "numeric": ["+1.50", "1e5", "1.5e-3", "-0", "0e10", "0.00", ".5", "5.", ".", "", "1e", "1e+", "nan", "-inf", "+Infinity", "00012.30", "1.2.3", "1_0", "1e20000",
                "1e131071", "1e131072", "1e-16383", "1e-16384", "0e-16384", "0e200000", "12345678.00010000", "1e99999999999"],
    "money": ["$1,234.565", "-$1", "(1.5)", "1", "$-2", "1.005", "1.004", "", "$", "-", "x", "92233720368547758.07", "-92233720368547758.08", "92233720368547758.08"],
    "bytea": ["\\x", "\\xDEADbeef", "\\xde ad", "\\xd ead", "\\x1", "abc", "a\\\\b", "\\001\\377", "\\400", "\\", "\\x0g"],
    "uuid": ["{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11", "a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11",
             "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"],
    "date": ["2024-02-29", "2023-02-29", "0044-03-15 BC", "0000-01-01", "4713-01-01 BC", "4714-11-24 BC", "4714-11-23 BC", "5874897-12-31", "5874898-01-01", "infinity", "2024-13-01",
             "2024-1-5", "10000-01-01"],
    "time": ["13:30", "13:30:05.123456789", "24:00:00", "24:00:01", "23:59:60", "1:02:03", "12:60", "23:59:59.9999999", "00:00:00.0000005", "00:00:00.0000015", "12"],
    "timestamp": ["2024-02-29 13:30", "2024-02-29T13:30:05.5", "2024-02-29", "2024-02-29 13:30+07", "294276-12-31 23:59:59.999999", "294277-01-01", "4714-11-24 00:00:00 BC", "4714-11-23 BC",
                  "2024-02-29 24:00:00", "0001-01-01 00:00:00 BC", "2024-02-30 00:00"],
    "timestamptz": ["2024-02-29 13:30+07", "2024-02-29T13:30:05Z", "2024-02-29 13:30 +05:30", "2024-02-29 13:30-0330", "2024-02-29", "294276-12-31 23:59:59-01", "4714-11-24 00:00:00+01 BC",
                    "4714-11-23 23:00:00-01 BC", "2024-02-29 13:30+15:59:59", "2024-02-29 13:30+16", "2024-02-29 13:30:00.1+07 BC"],
    "inet": ["10.0.0.1", "10.0.0.1/8", "10.0.0.256", "10.0.0.1/33", "::1", "::", "1::2::3", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "10.0.0.1/", "g::1", "12345::"],
    "cidr": ["10.0.0.0/8", "10.0.0.1/8", "10.0.0.1", "2001:db8::/32", "2001:db8::1/32"],
    "json": ["{}", "[1,2", "{\"a\":1,}", "nul", "01", "1.", "-", "\"\\u12\"", "\"\\u0000\"", "\"a\nb\"", " 1 ", "", "{\"a\" 1}", "[]]", "\"\\ud800\"", "{1:2}", "+1", ".5", "1e5", "\"\\x\""],
    "jsonb": ["{\"b\":1,\"a\":2,\"b\":3}", "{\"aa\":1,\"b\":2}", "[1,2", "\"\\u0000\"", "\"\\ud800\"", "\"\\ud835\\udd18\"", "\"\\udd18\"", "1e5", "1.50", "-0", "-0.0", "1E-3", "[[],{}]", "\"\\u001f\\u007f\\/\"", " [ ] "],
    "char": ["ab", "\\101", "\\"],
    "name": ["x" * 63, "x" * 64],
}


def psql(conninfo, script):
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", conninfo], input=SETTINGS + f"set search_path = {SCHEMA}, pg_catalog;" + script,
                          capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        sys.exit(f"psql: {done.stderr.strip()}")
    return done.stdout.splitlines()


def catalog(conninfo):
    rows = psql(conninfo, f"select typname, case when oid < 16384 then oid else 0 end, typsend::text from pg_type where typnamespace in ('pg_catalog'::regnamespace, '{SCHEMA}'::regnamespace);")
    return {name: (oid, send) for name, oid, send in (row.split("|") for row in rows)}


def type_list(known):
    lines = [f"base {name} {known[name][0]} -" for name in list(BASE) + list(XML)]
    lines += [f"array _{name} {known['_' + name][0]} {name}" for name in BASE if name not in NO_ARRAYS]
    for name, (kind, element, fields, _, _) in OTHERS.items():
        lines.append(f"{kind} {name} {known[name][0]} {element} {fields}")
        if name in ARRAYS:
            lines.append(f"array _{name} {known['_' + name][0]} {name}")
    return lines


def array_sql(generator, type_name):
    """One or two dimensions, now and then with a lower bound of its own."""
    if random_.random() < 0.15:
        return f"array_fill({generator()}, array[{random_.randrange(1, 3)},{random_.randrange(1, 4)}], array[{random_.randrange(-3, 3)},{random_.randrange(-3, 3)}])"
    width = random_.randrange(4)
    if random_.random() < 0.3 and width > 0:
        return "array[" + ",".join("array[" + ",".join(maybe(generator()) for _ in range(width)) + f"]::{type_name}[]" for _ in range(2)) + "]"
    return "array[" + ",".join(maybe(generator()) for _ in range(width)) + f"]::{type_name}[]"


def server_values(conninfo, known, name, generator, rounds):
    """(image, text) as the server gives them."""
    pairs = []
    send = known[name][1]
    value = "v::text" if send == "textsend" else "v"
    for start in range(0, rounds, 500):
        values = ",".join(f"({generator()})" for _ in range(min(500, rounds - start)))
        rows = psql(conninfo, f"select encode({send}({value}), 'hex'), encode(convert_to(format('%s', v), 'UTF8'), 'hex') from (values {values}) as t(v) where v is not null or v::text is not null;")
        pairs += [tuple(row.split("|")) for row in rows]
    return pairs


class Peer:
    """The program under test; all questions at once, all answers in their order."""

    def __init__(self, program, types):
        self.program, self.head = program, "\n".join(types) + "\n\n"

    def ask(self, lines):
        done = subprocess.run([self.program], input=self.head + "".join(line + "\n" for line in lines), capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{self.program}: exit {done.returncode}: {done.stderr.strip()[-2000:]}")
        return done.stdout.splitlines()


def shown(hex_text):
    try:
        return repr(bytes.fromhex(hex_text).decode("utf-8", "replace"))
    except ValueError:
        return hex_text


def compare_texts(peer, name, pairs):
    answers = peer.ask([f"render {name} {image}" for image, _ in pairs])
    wrong = [(image, text, answer) for (image, text), answer in zip(pairs, answers) if answer.rstrip() != ("ok " + text).rstrip()]
    for image, text, answer in wrong[:5]:
        print(f"{name}: image {image[:200]}\n  server {shown(text)[:300]}\n  pulih  {shown(answer[3:]) if answer.startswith('ok ') else answer}"[:1200])
    return len(wrong)


def spoilt(text):
    at = random_.randrange(len(text) + 1)
    return pick(text[:at] + pick("", " ", "-", ".", ":", "9", "x", "e", "/", "+", '"', "\\", "0") + text[at:], text[:at] + text[at + 1:], text[:at])


def compare_images(conninfo, peer, known, name, pairs):
    texts = [bytes.fromhex(text).decode("utf-8") for _, text in pairs]
    texts += [spoilt(text) for text in texts] + TYPED.get(name, [])
    sql_name = BASE[name][0]
    images = []
    for start in range(0, len(texts), 500):
        values = ",".join(f"({n}, {sql(text)})" for n, text in enumerate(texts[start:start + 500]))
        images += psql(conninfo, f"select image_of({sql(sql_name)}, {sql(known[name][1])}, v) from (values {values}) as t(n, v) order by n;")
    answers = peer.ask([f"parse {name} {text.encode('utf-8').hex()}" for text in texts])
    wrong = 0
    for text, image, answer in zip(texts, images, answers):
        if image == "error":
            same = answer.startswith("invalid")
        else:
            same = answer.rstrip() == ("ok " + image).rstrip() or (name in MAY_REFUSE and answer.startswith("invalid"))
        if not same:
            wrong += 1
            if wrong <= 8:
                print(f"{name}: text {text[:200]!r}\n  server {image[:300]}\n  pulih  {answer[:300]}")
    refused = sum(1 for image, answer in zip(images, answers) if image != "error" and answer.startswith("invalid"))
    if refused:
        examples = [text for text, image, answer in zip(texts, images, answers) if image != "error" and answer.startswith("invalid")]
        print(f"{name}: {refused} texts that only the server takes, for instance {', '.join(repr(e[:40]) for e in examples[:6])}")
    return len(texts), wrong


def compare_orders(conninfo, peer, known, name, generator, rounds):
    sql_name, send = BASE[name][0], known[name][1]
    values = ",".join(f"({generator()}, {generator()})" for _ in range(rounds))
    collated = ' collate "C"' if name in ("text", "varchar", "bpchar") else ""
    rows = psql(conninfo, f"""select encode({send}(a), 'hex'), encode({send}(b), 'hex'), case when a < b{collated} then -1 when a = b{collated} then 0 else 1 end
        from (values {values}) as t(a, b) where a is not null and b is not null;""")
    asked = [row.split("|") for row in rows]
    asked += [[a, a, "0"] for a, _, _ in asked]
    # One of the two may be empty, so they stand in one word.
    answers = peer.ask([f"compare {name} {a}/{b}" for a, b, _ in asked])
    wrong = [(a, b, order, answer) for (a, b, order), answer in zip(asked, answers) if answer != order]
    for a, b, order, answer in wrong[:5]:
        print(f"{name} ({sql_name}): {a} and {b}: server {order}, pulih {answer}"[:600])
    return len(asked), len(wrong)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("render")
    parser.add_argument("conninfo")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random_.seed(options.seed)
    psql(options.conninfo, TYPES + TRY)
    wrong = checked = 0
    try:
        known = catalog(options.conninfo)
        peer = Peer(options.render, type_list(known))
        generators = {name: generator for name, (_, generator) in BASE.items()}
        if psql(options.conninfo, "select count(*) from pg_config where name = 'CONFIGURE' and setting like '%--with-libxml%';") == ["1"]:
            generators |= {name: generator for name, (_, generator) in XML.items()}
        generators |= {name: entry[4] for name, entry in OTHERS.items()}
        sql_names = {name: entry[0] for name, entry in BASE.items()} | {name: entry[3] for name, entry in OTHERS.items()}
        for name, generator in generators.items():
            pairs = server_values(options.conninfo, known, name, generator, options.rounds)
            checked += len(pairs)
            wrong += compare_texts(peer, name, pairs)
            if name in PARSED:
                texts, bad = compare_images(options.conninfo, peer, known, name, pairs[:options.rounds // 2])
                checked += texts
                wrong += bad
            if name in ORDERED:
                orders, bad = compare_orders(options.conninfo, peer, known, name, generator, min(options.rounds, 500))
                checked += orders
                wrong += bad
        for name in ARRAYS:
            if name in NO_ARRAYS:
                continue
            pairs = server_values(options.conninfo, known, "_" + name, lambda n=name: array_sql(generators[n], sql_names[n]), options.rounds // 4)
            checked += len(pairs)
            wrong += compare_texts(peer, "_" + name, pairs)
    finally:
        psql(options.conninfo, f"drop schema if exists {SCHEMA} cascade;")
    print(f"{checked} values, {wrong} differ (seed {options.seed})")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
