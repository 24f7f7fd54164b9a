#!/usr/bin/env python3
"""Damages small sources in every way that damage.py knows, and has `pulih recover` read each of them.

    sweep.py PULIH SCRATCH [--seed N] [--runs N] [--rounds N] [--workers N] [--accounts] [--only SOURCE:DAMAGE] [--keep]

A run is (source, damage, seed): a case of its own, then run and export with one job and, in a copy of the case, with four.
It falls short when a command ends otherwise than with 0 or 3, a decoder died, the two exports differ in a byte, or a value
of grade A, B, C or E is not what the database held under that key. --accounts: also when the bytes that the report tells
of a file do not add up.

A changed byte in plain text or in a page without checksum can look like another value, and nothing in the evidence tells;
such runs are counted apart as silent: source "none" in truth.json, damage in SILENT. Without --runs all pairs of source
and damage are taken, else some of each, chosen by the seed. Prints its seed, a line for each run that falls short, and one
with the sums. Read next: sources.py, damage.py.
"""
import argparse
import concurrent.futures
import json
import os
import random
import shutil
import subprocess
import sys
import time

import sources

HERE = os.path.dirname(os.path.abspath(__file__))
ALL = sorted(["plain.sql", "plain.sql.gz", "inserts.sql", "custom.dump", "stored.dump", "archive.tar", "directory", "heap", "heap_sums", "wal"])
FILES = ["plain.sql", "plain.sql.gz", "inserts.sql", "custom.dump", "stored.dump", "archive.tar"]
FOLDERS = ["directory", "heap", "heap_sums", "wal"]
PACKED = ["plain.sql.gz", "custom.dump"]
# (generator and parameters, the sources it is meant for). @NAME is a path among the sources.
DAMAGE = [
    ("g1 --lose 1", ALL), ("g1 --keep 0.9", ALL), ("g1 --keep 0.5", ALL), ("g1 --keep 0.1", ALL), ("g1 --at 1234", ALL),
    ("g2 --size 512 --rate 0.01", ALL), ("g2 --size 512 --rate 0.2 --unaligned", ALL), ("g2 --rate 0.05", ALL), ("g2 --rate 0.2 --bursty", ALL),
    ("g3 --size 512 --rate 0.05", ALL), ("g3 --pattern f6 --rate 0.1", ALL), ("g3 --pattern stale --rate 0.05", ALL),
    ("g3 --pattern @custom.dump --size 512 --rate 0.05 --unaligned", ALL),
    ("g4 --count 1", ALL), ("g4 --rate 1e-5", ALL), ("g4 --rate 1e-4", ALL), ("g4 --stuck", ALL),
    ("g5 --count 1 --size 512", ALL), ("g5 --count 3", ALL), ("g6 --count 1 --size 512", ALL), ("g6 --count 3 --copy", ALL),
    ("g7 --fraction 1.0", ALL), ("g7 --size 8192 --fraction 0.5", ALL), ("g7 --rotate 2", ALL), ("g7 --size 512 --fraction 0.2", ALL),
    ("g7 --clusters", PACKED), ("g7 --clusters --skip 1", ["custom.dump"]), ("g7 --clusters --count 2", ["custom.dump"]),
    ("g8 --older @heap_older/{name} --rate 0.6", ["heap"]), ("g8 --older @heap_older/{name} --rate 1 --sector 512", ["heap"]),
    ("g9 --size 512", ALL), ("g9 --size 4096 --fill random", ALL), ("g9 --size 8192 --fill filesystem", ALL),
    ("g10 --lose toc.dat", ["directory"]), ("g10 --count 1", FOLDERS[:3]), ("g10 --lose toc.dat --forget-names", ["directory"]),
    ("g10 --lose nothing --forget-names", FOLDERS),
    ("g11 --gap 1-5 --fragments 1-4 --shuffle --with @custom.dump --with @heap/16410", FILES),
    ("g11 --gap 1-5 --fragments 1 --background text --with @plain.sql", FILES), ("g11 --gap 1-3 --overwrite 0.1 --background zero", FILES),
    ("g12 --size 256", PACKED), ("g12 --inner flip --count 3", PACKED), ("g12 --inner checksum", ["plain.sql.gz"]), ("g12 --inner length", ["custom.dump"]),
    ("g16 --loss extension", FILES), ("g16 --loss retar", FILES), ("g16 --loss nest", FILES), ("g16 --loss version", ["custom.dump", "stored.dump"]),
    ("g16 --loss mix --with @heap_older", ["heap"]),
]
SILENT = ("g3", "g4", "g5", "g6", "g7", "g8", "g11")
KEEPS_OLDER = ("g8", "--loss mix")


def pairs():
    return [(source, damage) for damage, where in DAMAGE for source in where]


def choose(rng, runs):
    """So many pairs, each source and each kind of damage about as often as the others."""
    left = pairs()
    rng.shuffle(left)
    if runs is None or runs >= len(left):
        return left
    taken, of_damage, of_source = [], {}, {}
    while len(taken) < runs:
        best = min(left, key=lambda p: (of_damage.get(p[1], 0), of_source.get(p[0], 0)))
        left.remove(best)
        taken.append(best)
        of_damage[best[1]] = of_damage.get(best[1], 0) + 1
        of_source[best[0]] = of_source.get(best[0], 0) + 1
    return taken


def damage_one(options, seed, path, to, places):
    words = [w if not w.startswith("@") else os.path.join(places, w[1:]).format(name=os.path.basename(path)) for w in options.split()]
    subprocess.run([sys.executable, os.path.join(HERE, "damage.py"), words[0], "--seed", str(seed), *words[1:], path, to], check=True)
    os.remove(to + ".truth.json")


def make_evidence(source, options, seed, places, to):
    """Into the folder `to`; a generator for files damages each file of a folder."""
    path = os.path.join(places, source)
    os.makedirs(to)
    if os.path.isfile(path):
        # Names are not to help: what a file is, its bytes must tell.
        damage_one(options, seed, path, os.path.join(to, "berkas" if options == "g16 --loss extension" else source), places)
    elif options.startswith("g10") or "mix" in options:
        damage_one(options, seed, path, os.path.join(to, source), places)
    else:
        os.makedirs(os.path.join(to, source))
        for number, name in enumerate(sorted(os.listdir(path))):
            damage_one(options, seed + number, os.path.join(path, name), os.path.join(to, source, name), places)


# --- what came out -----------------------------------------------------------------------------------------------------
def read_csv(path):
    """Rows of fields; an unquoted empty field is None."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
        text = f.read()
    rows, row, at = [], [], 0
    while at < len(text):
        if text[at] == '"':
            field, at = [], at + 1
            while True:
                end = text.index('"', at)
                field.append(text[at:end])
                at = end + 1
                if text[at:at + 1] != '"':
                    break
                field.append('"')
                at += 1
            row.append("".join(field))
        else:
            end = at
            while end < len(text) and text[end] not in ",\n":
                end += 1
            row.append(text[at:end] or None)
            at = end
        if at >= len(text) or text[at] == "\n":
            rows.append(row)
            row = []
        at += 1
    return rows


class Truth:
    """What may stand under a key, for each table by column."""

    def __init__(self, truth, with_older):
        self.tables = {}
        for name, table in truth["tables"].items():
            states = [table["rows"]] + ([truth["older"][name]["rows"]] if with_older else [])
            held = {}
            for rows in states:
                for row in rows:
                    for column, value in zip(table["columns"], row):
                        held.setdefault(row[table["columns"].index(table["key"])], {}).setdefault(column, set()).add(value)
            self.tables[name] = (table["key"], held)

    def judge(self, folder):
        """({grade: [fields, wrong ones]}, rows exact, examples)."""
        fields, exact, examples = {}, 0, []
        for file in sorted(os.listdir(folder)):
            if not file.endswith(".csv") or file.startswith("_") or file.endswith(".grades.csv"):
                continue
            name = file[:-4]
            rows, grades = read_csv(os.path.join(folder, file)), read_csv(os.path.join(folder, name + ".grades.csv"))
            head = rows[0]
            key, held = self.tables.get(name, (head[0], {}))
            graded = {g[0]: dict(zip(grades[0][1:], g[1:])) for g in grades[1:]}
            for row in rows[1:]:
                values = dict(zip(head, row))
                of_row = graded[values[key]]
                may, right = held.get(values[key]), 0
                for column in head:
                    # The key has no grade of its own: it is as good as the best of what stands under it.
                    grade = of_row.get(column, min(g for g in of_row.values() if g) if len(of_row) > 1 else of_row["_grade"])
                    if grade is None:
                        continue
                    good = may is not None and values[column] in may[column]
                    count = fields.setdefault(grade, [0, 0])
                    count[0] += 1
                    count[1] += not good
                    right += good
                    if not good and grade != "D" and len(examples) < 3:
                        examples.append(f"{name} {values[key]}: {column} {values[column]!r} ({grade})"[:160])
                exact += right == len(head)
        return fields, exact, examples


def same_folder(a, b):
    names = sorted(os.listdir(a))
    if names != sorted(os.listdir(b)):
        return False
    for name in names:
        with open(os.path.join(a, name), "rb") as one, open(os.path.join(b, name), "rb") as other:
            if one.read() != other.read():
                return False
    return True


class Run:
    def __init__(self, pulih, truth, places, scratch, accounts):
        self.pulih, self.truth, self.places, self.scratch, self.accounts = pulih, truth, places, scratch, accounts

    def call(self, *words):
        done = subprocess.run([self.pulih, "recover", *words, "--json", "--no-progress"], capture_output=True, timeout=600)
        if done.returncode not in (0, 3):
            raise Short(f"{words[0]}: exit {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}")
        return json.loads(done.stdout)

    def read(self, case, jobs, to):
        told = self.call("run", case, "--schema", os.path.join(self.places, "schema.sql"), "--jobs", str(jobs))
        for unit in told["units"]:
            if unit["state"] == "failed":
                raise Short(f"{unit['name']}: {unit.get('why')}")
        self.call("export", case, "--to", to)

    def check_accounts(self, case):
        for unit in self.call("report", case)["evidence"]:
            for part in [unit, *unit["files"]]:
                if sum(part[k] for k in ("read", "skipped", "damaged", "not_looked_at")) != part["bytes"]:
                    raise Short(f"{part['name']}: its bytes do not add up")

    def __call__(self, number, source, damage, seed):
        here = os.path.join(self.scratch, f"run{number}")
        at = lambda name: os.path.join(here, name)
        make_evidence(source, damage, seed, self.places, at("evidence"))
        self.call("open", at("case"))
        self.call("add", at("case"), at("evidence"))
        shutil.copytree(at("case"), at("copy"))
        self.read(at("case"), 1, at("out"))
        self.read(at("copy"), 4, at("again"))
        if not same_folder(at("out"), at("again")):
            raise Short("with four jobs the export differs from that with one")
        if self.accounts:
            self.check_accounts(at("case"))
        truth = Truth(self.truth, any(word in damage for word in KEEPS_OLDER))
        return truth.judge(at("out"))


class Short(Exception):
    pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pulih")
    parser.add_argument("scratch")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--accounts", action="store_true")
    parser.add_argument("--only", help="SOURCE:DAMAGE, as it is printed")
    parser.add_argument("--keep", action="store_true")
    a = parser.parse_args()
    places = os.path.join(a.scratch, "sources")
    truth = sources.make(places, a.seed)
    run = Run(os.path.abspath(a.pulih), truth, places, a.scratch, a.accounts)
    rng = random.Random(f"sweep/{a.seed}")
    todo = [(source, damage, rng.randrange(10**6)) for _ in range(a.rounds) for source, damage in choose(rng, a.runs)]
    if a.only:
        todo = [t for t in todo if f"{t[0]}:{t[1]}" == a.only]
    print(f"sweep: {len(todo)} runs, seed {a.seed}", flush=True)
    short, exact, silent, total, began = 0, 0, 0, {}, time.time()
    doubtful, proven_wrong = {}, 0

    def one(numbered):
        number, (source, damage, seed) = numbered
        here = os.path.join(a.scratch, f"run{number}")
        try:
            return source, damage, seed, run(number, source, damage, seed), None
        except (Short, subprocess.TimeoutExpired) as problem:
            return source, damage, seed, None, str(problem)
        finally:
            if not a.keep:
                shutil.rmtree(here, ignore_errors=True)

    with concurrent.futures.ThreadPoolExecutor(a.workers) as pool:
        for source, damage, seed, judged, problem in pool.map(one, enumerate(todo)):
            name = f"{source}:{damage} (damage seed {seed})"
            if problem is not None:
                short += 1
                print(f"short: {name}: {problem}", flush=True)
                continue
            fields, rows, examples = judged
            exact += rows
            wrong = sum(bad for grade, (_, bad) in fields.items() if grade != "D")
            for grade, (count, bad) in fields.items():
                sums = total.setdefault(grade, [0, 0])
                sums[0] += count
                sums[1] += bad
            unseen = truth["sources"][source]["proof"] == "none" and damage.startswith(SILENT)
            if wrong and unseen:
                silent += 1
                doubtful[f"{source}:{damage}"] = wrong
            elif wrong:
                short += 1
                print(f"short: {name}: {wrong} wrong values of a proven grade: {'; '.join(examples)}", flush=True)
    for name, wrong in sorted(doubtful.items()):
        print(f"silent: {name}: {wrong} wrong values that nothing in the evidence gives away")
    grades = ", ".join(f"{g} {n} ({bad} wrong)" for g, (n, bad) in sorted(total.items()))
    print(f"sweep: {len(todo)} runs in {time.time() - began:.0f} s, {short} fall short, {silent} with silent damage; "
          f"{exact} rows exact; fields by grade: {grades}")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
