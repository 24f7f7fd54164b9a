#!/usr/bin/env python3
"""Turns the measurements of records.sh into a table on stdout and JSON in a file.

records_report.py RESULTS.tsv [OUT.json]

A line of the input is `time  spse tool operation turn microseconds peak-KiB`, `size  spse tool night bytes`, `input  spse
tenders rows bytes`, `tender  spse rows bytes`, `version  tool text`, `machine  cores model KiB`, `rounds  nights of
nightly.sql, nights in all` or `tools  …`, separated by tabs. A tool that keeps dumps pays for the dump as well: it is added here.
"""
import json
import sys
from collections import defaultdict
from statistics import median

DUMPS = {"restic": "fc", "borg": "fc", "restic-z0": "z0", "borg-z0": "z0"}
NAMES = {"restic": "-Fc, restic", "borg": "-Fc, borg", "restic-z0": "-Z0, restic", "borg-z0": "-Z0, borg",
         "pgbackrest": "pgBackRest"}


def read(path):
    run = {"nights": 0, "tools": [], "machine": {}, "versions": {}}
    seconds, peaks, sizes = defaultdict(dict), defaultdict(int), defaultdict(dict)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            kind, *rest = line.rstrip("\n").split("\t")
            if kind == "time":
                _, tool, operation, turn, microseconds, peak = rest
                seconds[tool, operation][int(turn)] = int(microseconds) / 1e6
                peaks[tool, operation] = max(peaks[tool, operation], int(peak))
            elif kind == "size":
                sizes[rest[1]][int(rest[2])] = int(rest[3])
            elif kind == "input":
                run["database"] = {"tenders": int(rest[1]), "rows": int(rest[2]), "bytes": int(rest[3])}
            elif kind == "tender":
                run["tender"] = {"rows": int(rest[1]), "file_bytes": int(rest[2])}
            elif kind == "version":
                run["versions"][rest[0]] = rest[1]
            elif kind == "machine":
                run["machine"] = {"cores": int(rest[0]), "processor": rest[1], "memory_kib": int(rest[2])}
            elif kind == "rounds":
                run["nights"], run["uniform"] = int(rest[0]), int(rest[-1]) > int(rest[0])
            elif kind == "tools":
                run["tools"] = rest[0].split()
    run["measured"] = {tool: measured(run, tool, seconds, peaks, sizes) for tool in run["tools"]}
    run["yardsticks"] = {operation: times[0] for (tool, operation), times in seconds.items() if tool == "yardstick"}
    run["dumps"] = {operation: list(times.values()) for (tool, operation), times in seconds.items() if tool == "dump"}
    return run


def measured(run, tool, seconds, peaks, sizes):
    nights = [seconds[tool, "backup"][n] + (seconds["dump", DUMPS[tool]][n] if tool in DUMPS else 0)
              for n in sorted(seconds[tool, "backup"])]
    stored = [sizes[tool][n] for n in sorted(sizes[tool])]
    return {"nights_seconds": nights, "stored_bytes": stored,
            "added_bytes": [b - a for a, b in zip(stored, stored[1:])],
            "tender_seconds": list(seconds[tool, "tender"].values()),
            "rebuild_seconds": list(seconds[tool, "rebuild"].values()),
            "get_seconds": list(seconds[tool, "get"].values()),
            "peak_kib": {operation: peak for (of, operation), peak in sorted(peaks.items()) if of == tool}}


def row(run, label, value, text, smaller_is_better=True):
    """One line; pulih against the best of the others."""
    values = {tool: value(run["measured"][tool]) for tool in run["tools"]}
    cells = "".join(f"{text(values[tool]) if values[tool] is not None else '':>13}" for tool in run["tools"])
    remark = ""
    peers = {tool: values[tool] for tool in values if tool != "pulih" and values[tool]}
    if smaller_is_better and peers and values.get("pulih"):
        best = min(peers, key=peers.get)
        run.setdefault("against", {})[label] = {"peer": best, "times": round(peers[best] / values["pulih"], 2)}
        remark = f"   {peers[best] / values['pulih']:.2f} × pulih's: {NAMES[best]}"
    print(f"  {label:<38}{cells}{remark}")


def table(run):
    database, nights = run["database"], run["nights"]
    print(f"\n{database['rows']:,} rows of {database['tenders']:,} tenders, {database['bytes'] / 1e6:,.0f} MB in the server; "
          f"a first night and {nights} more")
    print(f"  {'':<38}" + "".join(f"{NAMES.get(tool, tool):>13}" for tool in run["tools"]))
    second, megabyte = (lambda v: f"{v:.2f}"), (lambda v: f"{v / 1e6:.2f}")
    row(run, "first night, s", lambda m: m["nights_seconds"][0], second)
    if nights:
        row(run, "a later night, median, s", lambda m: median(m["nights_seconds"][1:nights + 1]), second)
    row(run, "stored by the first night, MB", lambda m: m["stored_bytes"][0], megabyte)
    if nights:
        row(run, "added by a night, median, MB", lambda m: median(m["added_bytes"][:nights]), megabyte)
        for n in range(nights):
            row(run, f"  night {n + 1}, MB", lambda m, n=n: m["added_bytes"][n], megabyte, smaller_is_better=False)
        row(run, "stored after all nights, MB", lambda m: m["stored_bytes"][nights], megabyte)
    if run["uniform"]:
        row(run, "added where 1% is touched evenly, MB", lambda m: m["added_bytes"][nights], megabyte)
    row(run, "one tender brought back, s", lambda m: median(m["tender_seconds"]), second)
    row(run, "the database rebuilt, s", lambda m: median(m["rebuild_seconds"]), second)
    row(run, "peak memory, MiB", lambda m: max(m["peak_kib"].values()) / 1024, lambda v: f"{v:.0f}")
    print(f"  the tender: {run['tender']['rows']} rows, {run['tender']['file_bytes'] / 1e3:,.0f} KB of files")
    for tool in run["tools"]:
        if run["measured"][tool]["get_seconds"]:
            print(f"  {tool} records get: {median(run['measured'][tool]['get_seconds']):.3f} s")
    print("  besides:")
    for operation, times in run["dumps"].items():
        print(f"    {'pg_dump -Fc' + (' -Z0' if operation == 'z0' else '') + ' into a file, median':<44}{median(times):>8.2f}")
    for operation, value in run["yardsticks"].items():
        print(f"    {operation:<44}{value:>8.2f}")


def main():
    run = read(sys.argv[1])
    machine = run["machine"]
    print(f"{machine['cores']} cores, {machine['processor']}, {machine['memory_kib'] / 2**20:.0f} GiB of memory; "
          + ", ".join(dict.fromkeys(f"{tool.partition('-')[0]} {version}" for tool, version in run["versions"].items())))
    table(run)
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="utf-8") as out:
            json.dump(run, out, indent=1)
            out.write("\n")
        print(f"\nwritten to {sys.argv[2]}")


main()
