"""The cases of salvage.sh: the same damage for every tool, what each gets out of it, and the table. Not for running by hand.

    salvage.py WORK PULIH SEEDS [--json FILE] [--only CASE,…]

WORK holds what salvage.sh made: schema.sql, truth/TABLE.copy, tables.json (columns, types, file of each table), data (the
stopped server's files), wal, and the dumps. Python 3, standard library only.
"""
import argparse
import csv
import gzip
import json
import os
import random
import re
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DAMAGE = os.path.join(HERE, "..", "damage", "damage.py")
PAGE, HALF = 8192, 4096
csv.field_size_limit(1 << 30)
# Tables whose values pg_filedump can print, largest first.
HEAPS = ["peserta", "log_aktivitas", "jadwal"]


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


# --- truth and scores ------------------------------------------------------------------------------------------------------
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


def unescape(field):
    if field == "\\N":
        return None
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), field, flags=re.S) if "\\" in field else field


def copy_row(line):
    return tuple(unescape(f) for f in line.split("\t"))


class Truth:
    def __init__(self, work):
        self.tables = json.load(open(os.path.join(work, "tables.json")))
        self.work, self.rows = work, {}

    def of(self, table):
        if table not in self.rows:
            with open(os.path.join(self.work, "truth", table + ".copy"), encoding="utf-8", newline="\n") as f:
                self.rows[table] = {copy_row(line[:-1]) for line in f}
        return self.rows[table]


class Score:
    """Rows that are true, counted once, and rows told as whole that are not."""

    def __init__(self, truth, tables):
        self.truth, self.total = truth, sum(len(truth.of(t)) for t in tables)
        self.found, self.false, self.false_by_grade, self.partial, self.by_grade = set(), 0, {}, 0, {}
        self.strange = []  # of the false ones the first

    def take(self, table, row, grade=None):
        if row in self.truth.of(table):
            self.found.add((table, row))
            self.by_grade[grade] = self.by_grade.get(grade, 0) + 1
        else:
            self.false += 1
            self.false_by_grade[grade] = self.false_by_grade.get(grade, 0) + 1
            if len(self.strange) < 100:
                self.strange.append((table, row))

    def told(self):
        proven = sum(n for g, n in self.false_by_grade.items() if g in ("A", "B", "C", "E"))
        return {"recall": len(self.found) / max(1, self.total), "exact": len(self.found), "of": self.total, "false": self.false,
                "false_proven": proven, "partial": self.partial, "by_grade": {str(k): v for k, v in sorted(self.by_grade.items(), key=str)}}


# --- tools -----------------------------------------------------------------------------------------------------------------
def copy_blocks(text, score, known):
    """Complete rows of the COPY blocks of a script."""
    table = None
    for line in text.split("\n"):
        if table is None:
            m = re.match(r"COPY (\w+)\.(\w+) \(", line)
            if m:
                table = m[2] if m[1] == "public" else f"{m[1]}.{m[2]}"
        elif line == "\\.":
            table = None
        else:
            row = copy_row(line)
            if table in known and len(row) == len(known[table]["columns"]):
                score.take(table, row)


def out_of(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode("utf-8", "replace"), done.returncode


def pg_restore(path, score, known):
    text, code = out_of("pg_restore", "-f", "-", path)
    copy_blocks(text, score, known)
    return f"pg_restore, exit {code}"


def gunzip(path, score, known):
    text, code = out_of("gzip", "-dc", path)
    copy_blocks(text, score, known)
    return f"gzip -dc, exit {code}"


KINDS = {"numeric": "numeric", "character varying": "varchar", "text": "text", "timestamp without time zone": "timestamp",
         "date": "date", "character": "charN", "bigint": "bigint", "integer": "int", "boolean": "bool"}


def filedump(path, table, score, known, *options):
    kinds = [KINDS.get(t, "~") for t in known[table]["types"]]
    moments = [i for i, kind in enumerate(kinds) if kind == "timestamp"]
    text, code = out_of("pg_filedump", *options, "-D", ",".join(kinds), path)
    for line in text.split("\n"):
        if line.startswith("COPY: "):
            row = list(copy_row(line[6:]))
            if len(row) == len(kinds):
                for i in moments:  # it writes microseconds always
                    row[i] = row[i] and re.sub(r"\.?0+$", "", row[i]) if row[i] and "." in row[i] else row[i]
                score.take(table, tuple(row))
    return "pg_filedump" + (f", signal {-code}" if code < 0 else f", exit {code}" if code else "")


class Pulih:
    def __init__(self, program, work, truth):
        self.program, self.work, self.truth = program, work, truth

    def call(self, *words):
        """The command's words, its processor seconds and its largest process in MiB."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(["/usr/bin/time", "-f", "%M", "-o", os.path.join(self.work, "peak"), self.program, "recover", *words,
                               "--json", "--no-progress"], capture_output=True)
        if done.returncode not in (0, 3):
            sys.exit(f"salvage.py: pulih recover {words[0]}: exit {done.returncode}: {done.stderr.decode()[-500:]}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return json.loads(done.stdout), seconds, int(read(os.path.join(self.work, "peak")).split()[-1]) / 1024

    def __call__(self, evidence, score, schema=True):
        case, out = os.path.join(self.work, "case"), os.path.join(self.work, "out")
        for folder in (case, out):
            shutil.rmtree(folder, ignore_errors=True)
        self.call("open", case)
        added = self.call("add", case, evidence)[0]
        told, seconds, peak = self.call("run", case, "--jobs", "1", *(["--schema", os.path.join(self.work, "schema.sql")] if schema else []))
        self.call("export", case, "--to", out)
        dead = [u for u in told["units"] if u["state"] == "failed"]
        if dead:
            sys.exit(f"salvage.py: pulih: {dead[0]['name']}: {dead[0].get('why')}")
        self.take(out, score)
        return {"seconds": seconds, "mb_s": told["bytes"] / 1e6 / max(0.01, seconds), "peak_mib": peak, "damaged": sum(u["damaged_bytes"] for u in told["units"])}

    def take(self, out, score):
        for file in sorted(os.listdir(out)):
            if file.endswith(".grades.csv") or file.startswith("_"):
                continue
            table = file[:-4]
            known = self.truth.tables.get(table)
            with open(os.path.join(out, table + ".grades.csv"), encoding="utf-8", newline="") as g:
                grades = list(csv.reader(g))
            rows = nulls_kept(os.path.join(out, file))
            at = grades[0].index("_grade")
            columns = {name: i for i, name in enumerate(grades[0]) if i > at}
            for row, grade in zip(rows[1:], grades[1:]):
                if known is None:
                    score.false += 1
                    continue
                if columns and any(not grade[i] for i in columns.values()):
                    score.partial += 1  # told as incomplete, not as a row
                    continue
                score.take(table, row, grade[at])


def nulls_kept(path):
    """CSV rows in which NULL (an empty field without quotes) is None."""
    text = read(path).decode("utf-8", "surrogateescape")
    rows, row, at = [], [], 0
    while at < len(text):
        if text[at] == '"':
            end = text.index('"', at + 1)
            while text[end + 1:end + 2] == '"':
                end = text.index('"', end + 2)
            row.append(text[at + 1:end].replace('""', '"'))
            at = end + 1
        else:
            end = at
            while text[end] not in ",\n":
                end += 1
            row.append(text[at:end] or None)
            at = end
        if text[at] == "\n":
            rows.append(tuple(row))
            row = []
        at += 1
    return rows


# --- damage ----------------------------------------------------------------------------------------------------------------
def damaged(source, to, seed, *options):
    os.makedirs(os.path.dirname(to), exist_ok=True)
    subprocess.run([sys.executable, DAMAGE, options[0], "--seed", str(seed), *options[1:], source, to], check=True)
    os.remove(to + ".truth.json")


def some_pages(rng, data, rate):
    pages = len(data) // PAGE
    return rng.sample(range(pages), max(1, round(pages * rate)))


def random_headers(rng, data):
    out = bytearray(data)
    for page in some_pages(rng, data, 0.05):
        out[page * PAGE:page * PAGE + 24] = rng.randbytes(24)
    return bytes(out)


def zero_halves(rng, data):
    out = bytearray(data)
    for page in some_pages(rng, data, 0.05):
        out[page * PAGE:page * PAGE + HALF] = bytes(HALF)
    return bytes(out)


def without_checksums(data):
    """As the servers of 2014 wrote pages: checksums came with 9.3, and were off."""
    out = bytearray(data)
    for at in range(8, len(out), PAGE):
        out[at:at + 2] = b"\0\0"
    return bytes(out)


def tuples_of(data):
    """(offset, length) of every tuple of sound pages, by line pointers."""
    for page in range(0, len(data) - PAGE + 1, PAGE):
        lower = struct.unpack_from("<H", data, page + 12)[0]
        for at in range(page + 24, page + lower, 4):
            word = struct.unpack_from("<I", data, at)[0]
            if word >> 15 & 3 == 1:
                yield page + (word & 0x7FFF), word >> 17


def untouched(data, out, shift=0):
    """How many tuples stand in `out` with every byte, `shift` bytes before their place."""
    return sum(at >= shift and data[at:at + length] == out[at - shift:at - shift + length] for at, length in tuples_of(data))


class Cases:
    def __init__(self, work, pulih, truth):
        self.work, self.pulih, self.truth, self.known = work, pulih, truth, truth.tables

    def at(self, *names):
        return os.path.join(self.work, *names)

    def fresh(self):
        shutil.rmtree(self.at("evidence"), ignore_errors=True)
        os.makedirs(self.at("evidence"))

    def heap(self, damage, sums=False, shift=0, moved=False):
        def run(seed):
            self.fresh()
            theirs, notes, left = Score(self.truth, HEAPS), [], 0
            for number, table in enumerate(HEAPS):
                data = read(self.at("data", self.known[table]["file"]))
                source, path = self.at("source"), self.at("evidence", os.path.basename(self.known[table]["file"]))
                data = data if sums else without_checksums(data)
                if callable(damage):
                    write(path, damage(random.Random(f"{table}/{seed}"), data))
                else:
                    write(source, data)
                    damaged(source, path, seed + number, *damage)
                notes.append(filedump(path, table, theirs, self.known))
                left += untouched(data, read(path), shift)
            ours = Score(self.truth, HEAPS)
            cost = self.pulih(self.at("evidence"), ours)
            if not moved:
                cost["untouched"] = left / ours.total
            return theirs, sorted(set(notes), key=len)[-1], ours, cost
        return run

    def toast(self, lose):
        def run(seed):
            self.fresh()
            shutil.copytree(self.at("data"), self.at("evidence", "data"))
            table = self.known["berkas_teks"]
            if lose:
                path = self.at("evidence", "data", table["toast"])
                data, rng = bytearray(read(path)), random.Random(f"toast/{seed}")
                for page in some_pages(rng, data, 0.02):
                    data[page * PAGE:(page + 1) * PAGE] = bytes(PAGE)
                write(path, bytes(data))
            theirs, ours = Score(self.truth, ["berkas_teks"]), Score(self.truth, ["berkas_teks"])
            note = filedump(self.at("evidence", "data", table["file"]), "berkas_teks", theirs, self.known, "-t")
            cost = self.pulih(self.at("evidence"), ours)
            only = Score(self.truth, ["berkas_teks"])
            only.found = {f for f in ours.found if f[0] == "berkas_teks"}
            only.false, only.false_by_grade, only.partial = ours.false, ours.false_by_grade, ours.partial
            only.by_grade = ours.by_grade
            if lose:
                self.check_prefixes(cost)
            return theirs, note, only, cost
        return run

    def check_prefixes(self, cost):
        """What is told of a value that lost a chunk: its known bytes must be those of the value."""
        held = {row[0]: row[1] for row in self.truth.of("berkas_teks")}
        right = wrong = known = 0
        with open(self.at("out", "_partial.csv"), encoding="utf-8", newline="") as f:
            for row in csv.DictReader(f):
                if not row["table"].endswith("berkas_teks"):
                    continue
                value = held.get(row["key"], "")
                text = row["known"]
                good = len(text) <= len(value) and all(a == b or a == "\ufffd" for a, b in zip(text, value))
                right, wrong, known = right + good, wrong + (not good), known + len(text) - text.count("\ufffd")
        cost["prefixes"] = {"right": right, "wrong": wrong, "known_bytes": known}

    def wal(self, seed):
        self.fresh()
        # The first one or two are of before the server got segments of 4 MiB.
        names = sorted(n for n in os.listdir(self.at("wal")) if len(n) == 24 and os.path.getsize(self.at("wal", n)) == 4 << 20)[:20]
        rng = random.Random(f"wal/{seed}")
        os.makedirs(self.at("evidence", "pg_wal"))
        for number, name in enumerate(names):
            data = bytearray(read(self.at("wal", name)))
            if number == 2:
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            write(self.at("evidence", "pg_wal", name), bytes(data))
        # What the same log gives undamaged is what can be asked for: it begins in the middle of things.
        tables = [t for t in self.known]
        whole = self.at("whole", "pg_wal")
        if not os.path.isdir(whole):
            os.makedirs(whole)
            for name in names:
                shutil.copyfile(self.at("wal", name), os.path.join(whole, name))
            self.undamaged = Score(self.truth, tables)
            self.pulih(self.at("whole"), self.undamaged)
            os.rename(self.at("case"), self.at("whole-case"))
            self.records = out_of("pg_waldump", os.path.join(whole, names[0]), os.path.join(whole, names[-1]))[0].count("\n")
        text, code = out_of("pg_waldump", *(self.at("evidence", "pg_wal", n) for n in (names[0], names[-1])))
        theirs, ours = Score(self.truth, []), Score(self.truth, [])
        theirs.total, theirs.found = self.records, range(text.count("\n"))
        cost = self.pulih(self.at("evidence"), ours)
        cost["older"] = sum(self.stood_once(table, row) for table, row in ours.strange)
        ours.false -= cost["older"]
        ours.false_by_grade = {g: n for g, n in ours.false_by_grade.items()} if ours.false else {}
        ours.total = len(self.undamaged.found)
        ours.found = ours.found & self.undamaged.found
        return theirs, f"pg_waldump, exit {code}; records", ours, cost

    def stood_once(self, table, row):
        """Whether a row is a state that the undamaged log has, too: of the change that followed the record is lost."""
        words = ["explain", self.at("whole-case"), table, row[0]]
        done = subprocess.run([self.pulih.program, "recover", *words, "--json"], capture_output=True)
        claims = json.loads(done.stdout)["claims"] if done.returncode == 0 else []
        return any(tuple(f.get("text") if f["state"] == "value" else None for f in c["fields"].values()) == row for c in claims)

    def dump(self, name, tool, damage, other_copy=False):
        def run(seed):
            self.fresh()
            path = self.at("evidence", "berkas")
            rng = random.Random(f"{name}/{seed}")
            damage(rng, self.at(name), path)
            if other_copy:
                self.few_rows(rng, self.at("evidence", "salinan.sql"))
            tables = list(self.known)
            theirs, ours = Score(self.truth, tables), Score(self.truth, tables)
            return theirs, tool(path, theirs, self.known), ours, self.pulih(self.at("evidence"), ours)
        return run

    def few_rows(self, rng, to):
        """One row in a hundred of each table, as somebody may have copied them for a list."""
        script = "SET client_encoding = 'UTF8';\n"
        for name, told in sorted(self.known.items()):
            lines = read(self.at("truth", name + ".copy")).decode("utf-8", "surrogateescape").split("\n")[:-1]
            few = [line + "\n" for line in lines if rng.random() < 0.01]
            if few:
                script += f"\nCOPY {told['schema']}.{name.split('.')[-1]} ({', '.join(told['columns'])}) FROM stdin;\n{''.join(few)}\\.\n"
        write(to, script.encode("utf-8", "surrogateescape"))

    def all(self):
        def head_lost(rng, source, to):
            write(to, rng.randbytes(65536) + read(source)[65536:])

        def hole(rng, source, to):
            # In the middle, as in [M]; where exactly depends on the seed.
            data = bytearray(read(source))
            at = int(len(data) * (0.45 + 0.1 * rng.random())) // HALF * HALF
            data[at:at + HALF] = bytes(HALF)
            write(to, bytes(data))

        def without_toc(rng, source, to):
            shutil.copytree(source, to)
            os.remove(os.path.join(to, "toc.dat"))

        return [
            ("heap, 5% headers random", "0.2146 (crash)", 0.999, self.heap(random_headers)),
            ("heap, misaligned 4 KiB", "0 (crash)", 0.999, self.heap(lambda rng, data: data[HALF:], shift=HALF)),
            ("heap, 5% first-4K zero", "0.9501", 0.975, self.heap(zero_halves)),
            ("heap, all 4 KiB blocks shuffled", "0", 0.986, self.heap(("g7", "--size", "4096"), moved=True)),
            ("heap, flips 1e-5", "0.1956", 0.993, self.heap(("g4", "--rate", "1e-5"))),
            ("heap, flips 1e-5, page checksums", "", 0.993, self.heap(("g4", "--rate", "1e-5"), sums=True)),
            ("TOAST, compressed external, intact", "0.007 (crash)", 1.0, self.toast(False)),
            ("TOAST, 2% of its pages lost", "", None, self.toast(True)),
            ("WAL, 1 byte in 20 segments", "0.106", 0.998, self.wal),
            ("-Fc, first 64 KiB lost", "0", 0.99, self.dump("custom.dump", pg_restore, head_lost)),
            ("-Fc, 4 KiB hole", "0.452-0.688", None, self.dump("custom.dump", pg_restore, hole)),
            (".sql.gz, 4 KiB hole", "0.452-0.688", None, self.dump("script.sql.gz", gunzip, hole)),
            ("the same, and a copy of 1% of rows", "", 0.96, self.dump("script.sql.gz", gunzip, hole, other_copy=True)),
            ("-Fd without toc.dat", "0", 0.99, self.dump("directory", pg_restore, without_toc)),
        ]


# --- the table -------------------------------------------------------------------------------------------------------------
def mean(values):
    return statistics.mean(values)


def summary(name, published, target, runs):
    ours, theirs = [r["ours"] for r in runs], [r["theirs"] for r in runs]
    row = {"case": name, "published": published, "target": target, "tool": runs[0]["note"],
           "tool_recall": mean([t["recall"] for t in theirs]), "tool_false": mean([t["false"] for t in theirs]),
           "recall": mean([o["recall"] for o in ours]), "recall_least": min(o["recall"] for o in ours),
           "false_proven": sum(o["false_proven"] for o in ours), "false": mean([o["false"] for o in ours]), "partial": mean([o["partial"] for o in ours]),
           "mb_s": mean([r["cost"]["mb_s"] for r in runs]), "peak_mib": max(r["cost"]["peak_mib"] for r in runs), "runs": runs}
    # How many rows a rate of flips or half a page takes depends on the length of rows and files; of what is untouched
    # 0.999 are wanted then. Without another copy a hole costs what it costs: at least what the tools get, nothing false.
    row["untouched"] = mean([r["cost"]["untouched"] for r in runs]) if "untouched" in runs[0]["cost"] else None
    wanted = target if target is not None else row["tool_recall"]
    row["met"] = row["false_proven"] == 0 and (row["recall_least"] >= wanted or (
        row["untouched"] is not None and all(r["ours"]["recall"] >= 0.999 * r["cost"]["untouched"] for r in runs)))
    return row


def table(rows):
    head = ["case", "tool", "recall", "false", "pulih", "least", "untouched", "false A-E", "false D", "partial", "target", "", "MB/s", "MiB"]
    lines = [head]
    for r in rows:
        lines.append([r["case"], r["tool"], f"{r['tool_recall']:.4f}", f"{r['tool_false']:.0f}", f"{r['recall']:.4f}", f"{r['recall_least']:.4f}",
                      "" if r["untouched"] is None else f"{r['untouched']:.4f}", str(r["false_proven"]), f"{r['false'] - r['false_proven'] / len(r['runs']):.0f}", f"{r['partial']:.0f}",
                      "tool's" if r["target"] is None else f"{r['target']:.3f}", "met" if r["met"] else "MISSED", f"{r['mb_s']:.0f}", f"{r['peak_mib']:.0f}"])
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        print("  ".join(c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths))).rstrip(), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work")
    parser.add_argument("pulih")
    parser.add_argument("seeds", type=int)
    parser.add_argument("--json")
    parser.add_argument("--only")
    a = parser.parse_args()
    truth = Truth(a.work)
    cases = Cases(a.work, Pulih(os.path.abspath(a.pulih), a.work, truth), truth)
    rows = []
    for name, published, target, run in cases.all():
        if a.only and not any(word in name for word in a.only.split(",")):
            continue
        runs = []
        for seed in range(1, a.seeds + 1):
            theirs, note, ours, cost = run(seed)
            runs.append({"seed": seed, "theirs": theirs.told(), "note": note, "ours": ours.told(), "cost": cost})
        rows.append(summary(name, published, target, runs))
        print(f"{name}: {rows[-1]['recall']:.4f}, {note}: {rows[-1]['tool_recall']:.4f}", file=sys.stderr, flush=True)
    table(rows)
    if a.json:
        with open(a.json, "w") as f:
            json.dump({"seeds": a.seeds, "cases": rows}, f, indent=1)
            f.write("\n")


if __name__ == "__main__":
    main()
