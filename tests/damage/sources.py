#!/usr/bin/env python3
"""Makes what a small PostgreSQL database leaves behind, without a server: dumps of every form, heap files, WAL.

    sources.py OUT [--seed N] [--packages N]

OUT gets schema.sql, one entry for each source below, and truth.json: {"tables": {name: {"columns", "key", "rows"}}, "older":
the same of the state before, "sources": {name: {"path", "proof"}}}. `proof` says what lets a reader notice a changed bit:
"none" (plain text, pages without checksums) or "sum".

    plain.sql  plain.sql.gz  inserts.sql   pg_dump's script, packed, and with INSERT
    custom.dump  stored.dump               pg_dump -Fc, and with -Z0
    archive.tar  directory                 pg_dump -Ft, -Fd
    heap  heap_sums  heap_older            folders of two tables' files, without catalog; with page checksums; the state before
    wal                                    one folder of WAL segments: inserts, commits

Everything is fictional. The layouts are written down from the public headers and from docs; where pg_restore is installed
`sources.py selftest` has it read the archives. Python 3, standard library only.
"""
import argparse
import gzip
import io
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zlib

SCHEMA = """CREATE TABLE public.paket (
    pkt_id integer NOT NULL,
    pkt_nama character varying(400) NOT NULL,
    pkt_hps numeric(20,2),
    pkt_status text,
    pkt_tanggal date
);


CREATE TABLE public.peserta (
    psr_id bigint NOT NULL,
    pkt_id integer NOT NULL,
    psr_nama character varying(200) NOT NULL,
    psr_harga numeric(20,2),
    psr_menang boolean NOT NULL
);

"""
KEYS = """ALTER TABLE ONLY public.paket
    ADD CONSTRAINT paket_pkey PRIMARY KEY (pkt_id);


ALTER TABLE ONLY public.peserta
    ADD CONSTRAINT peserta_pkey PRIMARY KEY (psr_id);


ALTER TABLE ONLY public.peserta
    ADD CONSTRAINT peserta_pkt_id_fkey FOREIGN KEY (pkt_id) REFERENCES public.paket(pkt_id);

"""
TABLES = {
    "paket": [("pkt_id", "int4"), ("pkt_nama", "text"), ("pkt_hps", "numeric"), ("pkt_status", "text"), ("pkt_tanggal", "date")],
    "peserta": [("psr_id", "int8"), ("pkt_id", "int4"), ("psr_nama", "text"), ("psr_harga", "numeric"), ("psr_menang", "bool")],
}
FILENODES = {"paket": 16400, "peserta": 16410}
WORK = ["Pengadaan meja sekolah", "Pembangunan jembatan", "Marka jalan", "Rehabilitasi gedung \"Balai\"", "Pengadaan obat\tgenerik",
        "Pemeliharaan taman\\kota", "Jasa konsultansi café", "Pengadaan komputer", "Perbaikan saluran air"]
PLACES = ["Desa Contoh", "Kota Fiktif", "Sungai Rekaan", "Kecamatan Khayal", "Pulau Angan"]
FIRMS = ["PT Karya Contoh", "CV Mitra Fiktif", "PT Maju Rekaan", "CV Cahaya Khayal", "UD Sentosa Angan", "PT Bangun \\ Nusa"]


def make_rows(rng, packages):
    """Values as PostgreSQL's text, None for NULL."""
    paket, peserta, bid = [], [], 0
    for number in range(1, packages + 1):
        key = 1000 + number * 3
        price = rng.randrange(10_000_000, 9_000_000_000)
        paket.append([str(key), f"{rng.choice(WORK)} {rng.choice(PLACES)} tahap {rng.randrange(1, 9)}, nomor {rng.randrange(10**6):06}",
                      None if rng.random() < 0.1 else f"{price}.{rng.randrange(100):02}",
                      rng.choice(["selesai", "berjalan", "direncanakan", "", None]),
                      None if rng.random() < 0.1 else f"2014-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"])
        for place in range(rng.randrange(1, 5)):
            bid += 1
            peserta.append([str(5_000_000_000 + bid), str(key), f"{rng.choice(FIRMS)} {rng.randrange(1, 400)}",
                            None if rng.random() < 0.05 else f"{price * rng.randrange(80, 110) // 100}.{rng.randrange(100):02}",
                            "t" if place == 0 else "f"])
    return {"paket": paket, "peserta": peserta}


def make_older(rng, rows):
    """A week before: some packages not there yet, some with another status and price."""
    older = {name: [row[:] for row in rows[name]] for name in rows}
    for row in older["paket"]:
        if rng.random() < 0.2:
            row[3] = "dibuka"
    return older


# --- dumps -------------------------------------------------------------------------------------------------------------
def copy_field(value):
    if value is None:
        return "\\N"
    for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        value = value.replace(plain, escaped)
    return value


def copy_lines(rows):
    return "".join("\t".join(copy_field(v) for v in row) + "\n" for row in rows)


def column_list(table):
    return ", ".join(name for name, _ in TABLES[table])


def literal(value):
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


HEAD = """--
-- PostgreSQL database dump
--

-- Dumped from database version 15.8
-- Dumped by pg_dump version 15.8

-- Started on 2014-10-04 22:00:05 WIB

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

"""


def script(rows, inserts=False):
    text = HEAD + SCHEMA
    for table in TABLES:
        if inserts:
            text += "".join(f"INSERT INTO public.{table} VALUES ({', '.join(literal(v) for v in row)});\n" for row in rows[table]) + "\n\n"
        else:
            text += f"COPY public.{table} ({column_list(table)}) FROM stdin;\n{copy_lines(rows[table])}\\.\n\n\n"
    return (text + KEYS + "--\n-- PostgreSQL database dump complete\n--\n\n").encode()


def packed(number):
    return struct.pack("<BI", number < 0, abs(number))


def string(text):
    return packed(-1) if text is None else packed(len(text.encode())) + text.encode()


def archive(rows, kind, compressed=True):
    """pg_dump's archive of version 1.14: with its data for -Fc (1), else toc.dat (3). Answers bytes and member contents."""
    definition = {"paket": SCHEMA.split("\n\n\n")[0] + "\n", "peserta": SCHEMA.split("\n\n\n")[1] + "\n"}
    entries = [(1, "ENCODING", "ENCODING", "SET client_encoding = 'UTF8';\n", None, "", 2),
               (2, "STDSTRINGS", "STDSTRINGS", "SET standard_conforming_strings = 'on';\n", None, "", 2)]
    ids = {}
    for number, table in enumerate(TABLES):
        entries.append((200 + number, table, "TABLE", definition[table], None, "public", 2))
    for number, table in enumerate(TABLES):
        ids[table] = 3400 + number
        entries.append((ids[table], table, "TABLE DATA", "", f"COPY public.{table} ({column_list(table)}) FROM stdin;\n", "public", 3))
    for number, piece in enumerate(KEYS.split("\n\n\n")[:2]):
        table = list(TABLES)[number]
        entries.append((3500 + number, f"{table} {table}_pkey", "CONSTRAINT", piece + "\n", None, "public", 4))
    out = bytearray(b"PGDMP" + bytes([1, 14, 0, 4, 8, kind]) + packed(-1 if compressed else 0))
    for part in (5, 0, 22, 4, 9, 114, 0):
        out += packed(part)
    out += string("contoh") + string("15.8") + string("15.8") + packed(len(entries))
    offsets = {}
    for number, tag, what, sql, copy, schema, section in entries:
        data = what == "TABLE DATA"
        out += packed(number) + packed(data) + string("1259") + string("16385") + string(tag) + string(what) + packed(section)
        out += string(sql) + string("") + string(copy) + string(schema) + string("") + string("heap" if what == "TABLE" else "")
        out += string("postgres") + string("false") + string(None)
        if kind == 1:
            out += bytes([2 if data else 3])
            offsets[number] = len(out)
            out += bytes(8)
        else:
            out += string(f"{number}.dat" if data else "")
    members = {f"{ids[table]}.dat": copy_lines(rows[table]) + "\\.\n\n\n" for table in TABLES}
    if kind == 1:
        for table in TABLES:
            struct.pack_into("<Q", out, offsets[ids[table]], len(out))
            out += b"\x01" + packed(ids[table])
            content = members[f"{ids[table]}.dat"].encode()
            if compressed:
                stream = zlib.compress(content, 6)
                pieces = [stream[at:at + 4096] for at in range(0, len(stream), 4096)]
            else:
                pieces = [line + b"\n" for line in content.split(b"\n")[:-1]]
            for piece in pieces:
                out += packed(len(piece)) + piece
            out += packed(0)
    return bytes(out), members


def tar_of(rows):
    toc, members = archive(rows, 3, compressed=False)
    box = io.BytesIO()
    with tarfile.open(fileobj=box, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in [("toc.dat", toc)] + [(n, t.encode()) for n, t in members.items()] + [("restore.sql", script(rows)[:400])]:
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(data), 0o600, 1412434805
            tar.addfile(info, io.BytesIO(data))
    return box.getvalue()


# --- heap --------------------------------------------------------------------------------------------------------------
def days(date):
    import datetime
    return (datetime.date.fromisoformat(date) - datetime.date(2000, 1, 1)).days


def numeric_body(text):
    """The short form: sign, scale and weight in one word, then digits to the base of 10000."""
    whole, _, fraction = text.partition(".")
    scale = len(fraction)
    whole = whole.lstrip("0")
    whole = whole.rjust(-(-len(whole) // 4) * 4, "0")
    fraction = fraction.ljust(-(-len(fraction) // 4) * 4, "0")
    weight = len(whole) // 4 - 1
    digits = [int((whole + fraction)[at:at + 4]) for at in range(0, len(whole + fraction), 4)]
    while digits and digits[0] == 0:
        digits.pop(0)
        weight -= 1
    while digits and digits[-1] == 0:
        digits.pop()
    if not digits:
        weight = 0
    return struct.pack(f"<H{len(digits)}H", 0x8000 | scale << 7 | (0x40 if weight < 0 else 0) | weight & 0x3F, *digits)


def tuple_data(table, row):
    """(infomask bits, null bitmap, bytes of the values), the values at offsets from an 8-aligned begin."""
    out, mask, nulls = bytearray(), 0, 0
    for number, ((_, kind), value) in enumerate(zip(TABLES[table], row)):
        if value is None:
            mask |= 1
            continue
        nulls |= 1 << number
        if kind in ("text", "numeric"):
            body = value.encode() if kind == "text" else numeric_body(value)
            mask |= 2
            if len(body) < 127:
                out += bytes([len(body) + 1 << 1 | 1]) + body
            else:
                out += bytes(-len(out) % 4) + struct.pack("<I", len(body) + 4 << 2) + body
            continue
        shape = {"int4": "<i", "int8": "<q", "bool": "<?", "date": "<i"}[kind]
        out += bytes(-len(out) % struct.calcsize(shape))
        out += struct.pack(shape, {"bool": lambda v: v == "t", "date": days}.get(kind, int)(value))
    bitmap = nulls.to_bytes(-(-len(row) // 8), "little") if mask & 1 else b""
    return mask, bitmap, bytes(out)


def tuple_head(columns, mask, bitmap):
    """What stands from infomask2 to the values."""
    hoff = 23 + len(bitmap) + -(23 + len(bitmap)) % 8
    return struct.pack("<HHB", columns, mask, hoff), bitmap + bytes(hoff - 23 - len(bitmap))


LANES = [0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
         0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
         0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
         0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756]


def page_checksum(page, block):
    def mix(lane, word):
        word ^= lane
        return (word * 16777619 ^ word >> 17) & 0xFFFFFFFF

    lanes = LANES[:]
    words = struct.unpack("<2048I", page)
    for at in range(0, 2048, 32):
        for lane in range(32):
            lanes[lane] = mix(lanes[lane], words[at + lane])
    total = 0
    for lane in lanes:
        total ^= mix(mix(lane, 0), 0)
    return (total ^ block) % 65535 + 1


def heap(table, rows, sums=False, xid=700):
    """Pages of a table as an insert after the other leaves them, committed and hinted."""
    pages, items = [], []

    def close():
        if not items:
            return
        page, upper, block = bytearray(8192), 8192, len(pages)
        for number, data in enumerate(items):
            data = bytearray(data)
            struct.pack_into("<HHH", data, 12, block >> 16, block & 0xFFFF, number + 1)
            size = len(data)
            upper -= size + -size % 8
            page[upper:upper + size] = data
            struct.pack_into("<I", page, 24 + 4 * number, upper | 1 << 15 | size << 17)
        struct.pack_into("<IIHHHHHHI", page, 0, 0, 0x1500000 + 8192 * block, 0, 0, 24 + 4 * len(items), upper, 8192, 8192 | 4, 0)
        if sums:
            struct.pack_into("<H", page, 8, page_checksum(bytes(page), block))
        pages.append(bytes(page))
        items.clear()

    free = 8192 - 24
    for row in rows:
        mask, bitmap, values = tuple_data(table, row)
        head, rest = tuple_head(len(row), mask | 0x0100 | 0x0800, bitmap)
        data = struct.pack("<IIIHHH", xid, 0, 0, 0, 0, 0) + head + rest + values
        need = len(data) + -len(data) % 8 + 4
        if need > free:
            close()
            free = 8192 - 24
        items.append(data)
        free -= need
    close()
    return b"".join(pages)


# --- WAL ---------------------------------------------------------------------------------------------------------------
CRC32C = []
for _byte in range(256):
    for _ in range(8):
        _byte = _byte >> 1 ^ (0x82F63B78 if _byte & 1 else 0)
    CRC32C.append(_byte)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC32C[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


class Wal:
    """Segments of 1 MiB, PostgreSQL 15."""
    SEGMENT = 1 << 20

    def __init__(self):
        self.start = 3 * self.SEGMENT
        self.out = bytearray()
        self.previous = 0

    def _header(self, left):
        at = self.start + len(self.out)
        long = at % self.SEGMENT == 0
        self.out += struct.pack("<HHIQI4x", 0xD110, (1 if left else 0) | (2 if long else 0), 1, at, left)
        if long:
            self.out += struct.pack("<QII", 6987654321012345678, self.SEGMENT, 8192)

    def add(self, xid, manager, info, main, block=None):
        """`block`: (relation, number, whether the record makes the page, data)."""
        body = bytearray()
        if block:
            relation, number, fresh, data = block
            body += struct.pack("<BBHIIII", 0, 0x20 | (0x40 if fresh else 0), len(data), 1663, 5, relation, number)
        body += struct.pack("<BB", 255, len(main)) if main else b""
        body += (block[3] if block else b"") + main
        head = struct.pack("<IIQBBxx", 24 + len(body), xid, self.previous, info, manager)
        record = head + struct.pack("<I", crc32c(bytes(body) + head)) + body
        self.out += bytes(-len(self.out) % 8)
        if len(self.out) % 8192 == 0:
            self._header(0)
        self.previous = self.start + len(self.out)
        while record:
            if len(self.out) % 8192 == 0:
                self._header(len(record))
            room = 8192 - len(self.out) % 8192
            self.out += record[:room]
            record = record[room:]

    def segments(self):
        self.out += bytes(-len(self.out) % self.SEGMENT)
        for at in range(0, len(self.out), self.SEGMENT):
            yield "%08X%08X%08X" % (1, 0, (self.start + at) // self.SEGMENT), bytes(self.out[at:at + self.SEGMENT])


def wal_of(rows):
    log, xid = Wal(), 800
    for table in TABLES:
        block, item, free = 0, 0, 8192 - 24
        for number, row in enumerate(rows[table]):
            mask, bitmap, values = tuple_data(table, row)
            head, rest = tuple_head(len(row), mask, bitmap)
            need = 23 + len(rest) + len(values)
            need += -need % 8 + 4
            if need > free:
                block, item, free = block + 1, 0, 8192 - 24
            item, free = item + 1, free - need
            log.add(xid, 10, 0x80 if item == 1 else 0x00, struct.pack("<HB", item, 0), (FILENODES[table], block, item == 1, head + rest + values))
            if number % 10 == 9:
                log.add(xid, 1, 0x00, struct.pack("<q", 465_000_000_000_000))
                xid += 1
        log.add(xid, 1, 0x00, struct.pack("<q", 465_000_000_000_000))
        xid += 1
    return log.segments()


# --- all of it ---------------------------------------------------------------------------------------------------------
def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def make(out, seed=1, packages=120):
    rng = random.Random(f"sources/{seed}")
    rows = make_rows(rng, packages)
    older = make_older(rng, rows)
    at = lambda *names: os.path.join(out, *names)
    write(at("schema.sql"), (HEAD + SCHEMA + KEYS).encode())
    write(at("plain.sql"), script(rows))
    write(at("inserts.sql"), script(rows, inserts=True))
    write(at("plain.sql.gz"), gzip.compress(script(rows), 6, mtime=0))
    write(at("custom.dump"), archive(rows, 1)[0])
    write(at("stored.dump"), archive(rows, 1, compressed=False)[0])
    write(at("archive.tar"), tar_of(rows))
    toc, members = archive(rows, 3)
    write(at("directory", "toc.dat"), toc)
    for name, text in members.items():
        write(at("directory", name + ".gz"), gzip.compress(text.encode(), 6, mtime=0))
    for folder, state, sums in (("heap", rows, False), ("heap_sums", rows, True), ("heap_older", older, False)):
        for table in TABLES:
            write(at(folder, str(FILENODES[table])), heap(table, state[table], sums))
    for name, data in wal_of(rows):
        write(at("wal", name), data)
    proof = {"plain.sql": "none", "inserts.sql": "none", "stored.dump": "none", "archive.tar": "none", "heap": "none", "heap_older": "none",
             "plain.sql.gz": "sum", "custom.dump": "sum", "directory": "sum", "heap_sums": "sum", "wal": "sum"}

    def told(state):
        return {t: {"columns": [c for c, _ in TABLES[t]], "key": TABLES[t][0][0], "rows": state[t]} for t in TABLES}

    truth = {"seed": seed, "tables": told(rows), "older": told(older), "sources": {n: {"path": n, "proof": p} for n, p in proof.items()}}
    with open(at("truth.json"), "w") as f:
        json.dump(truth, f)
        f.write("\n")
    return truth


def selftest():
    with tempfile.TemporaryDirectory() as folder:
        truth = make(folder)
        again = os.path.join(folder, "again")
        make(again)
        for name in ("custom.dump", "heap_sums/16400", "archive.tar"):
            assert open(os.path.join(folder, name), "rb").read() == open(os.path.join(again, name), "rb").read(), name
        rows = sum(len(t["rows"]) for t in truth["tables"].values())
        if not shutil.which("pg_restore"):
            print(f"{rows} rows in {len(truth['sources'])} forms; no pg_restore to read the archives")
            return
        for name in ("custom.dump", "stored.dump", "archive.tar", "directory"):
            told = subprocess.run(["pg_restore", "-f", "-", os.path.join(folder, name)], capture_output=True, check=True).stdout.decode()
            for table in TABLES:
                assert copy_lines(truth["tables"][table]["rows"]) in told, (name, table)
        print(f"{rows} rows in {len(truth['sources'])} forms, as pg_restore reads them")


if __name__ == "__main__":
    if sys.argv[1:] == ["selftest"]:
        selftest()
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("out")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--packages", type=int, default=120)
        given = parser.parse_args()
        make(given.out, given.seed, given.packages)
