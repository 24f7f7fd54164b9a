#!/usr/bin/env python3
"""Turns the measurements of a bench script into medians and ratios: a table on stdout, JSON in a file.

report.py RESULTS.tsv [OUT.json]

A line of the input is `time  input tool operation round microseconds peak-KiB`, `size  input tool when round
bytes`, `input  name files bytes`, `version  tool text`, `machine  cores model KiB`, `rounds  N` or `tools  …`,
separated by tabs.
"""
import json
import sys
from collections import defaultdict
from statistics import median

OPERATIONS = [("first", "first backup"), ("unchanged", "unchanged backup"), ("changed", "1% changed"),
              ("verify", "full verification"), ("restore", "restore")]


def read(path):
    run = {"rounds": 0, "tools": [], "machine": {}, "versions": {}, "inputs": {}}
    times, peaks, sizes = defaultdict(list), defaultdict(list), defaultdict(list)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            kind, *rest = line.rstrip("\n").split("\t")
            if kind == "time":
                name, tool, operation, _round, microseconds, peak = rest
                times[name, tool, operation].append(int(microseconds) / 1e6)
                peaks[name, tool, operation].append(int(peak))
            elif kind == "size":
                name, tool, when, _round, size = rest
                sizes[name, tool, when].append(int(size))
            elif kind == "input":
                run["inputs"][rest[0]] = {"files": int(rest[1]), "bytes": int(rest[2]), "tools": {}}
            elif kind == "version":
                run["versions"][rest[0]] = rest[1]
            elif kind == "machine":
                run["machine"] = {"cores": int(rest[0]), "processor": rest[1], "memory_kib": int(rest[2])}
            elif kind == "rounds":
                run["rounds"] = int(rest[0])
            elif kind == "tools":
                run["tools"] = rest[0].split()
    for (name, tool, operation), seconds in times.items():
        entry = run["inputs"][name]["tools"].setdefault(tool, {"operations": {}, "bytes": {}})
        entry["operations"][operation] = {"seconds": seconds, "median": median(seconds),
                                          "peak_kib": max(peaks[name, tool, operation])}
    for (name, tool, when), values in sizes.items():
        run["inputs"][name]["tools"][tool]["bytes"][when] = int(median(values))
    return run


def ratios(tools, values):
    """pulih's value against the better peer: (peer, peer / pulih); None where one of them is missing."""
    peers = {tool: values[tool] for tool in tools if tool != "pulih" and values.get(tool)}
    if not peers or not values.get("pulih"):
        return None
    best = min(peers, key=peers.get)
    return best, peers[best] / values["pulih"]


def size_text(count):
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000


def row(label, cells, remark):
    print("  " + f"{label:<34}" + "".join(f"{cell:>11}" for cell in cells) + ("   " + remark if remark else ""))


def table(run, name, entry):
    tools, measured = run["tools"], entry["tools"]
    print(f"\n{name}: {entry['files']:,} files, {size_text(entry['bytes'])}; medians of {run['rounds']}, in seconds")
    row("", tools, "pulih and the faster peer" if "pulih" in tools else "")
    entry["ratios"] = {}
    for operation, label in OPERATIONS:
        values = {tool: measured[tool]["operations"][operation]["median"] for tool in tools}
        against = ratios(tools, values)
        if against:
            entry["ratios"][operation] = {"peer": against[0], "times_as_fast": round(against[1], 3)}
        row(label, [f"{values[tool]:.2f}" for tool in tools],
            f"{against[1]:.2f} times as fast as {against[0]}" if against else "")
    for when, label in (("first", "stored by the first backup, MB"), ("changed", "stored with the changes, MB")):
        values = {tool: measured[tool]["bytes"][when] for tool in tools}
        against = ratios(tools, values)
        if against:
            entry["ratios"]["stored_" + when] = {"peer": against[0], "share": round(1 / against[1], 3)}
        row(label, [f"{values[tool] / 1e6:.1f}" for tool in tools],
            f"{100 / against[1]:.1f}% of {against[0]}" if against else "")
    values = {tool: max(entry["tools"][tool]["operations"][operation]["peak_kib"] for operation, _ in OPERATIONS)
              for tool in tools}
    against = ratios(tools, values)
    if against:
        entry["ratios"]["peak_memory"] = {"peer": against[0], "share": round(1 / against[1], 3)}
    row("peak memory, MiB", [f"{values[tool] / 1024:.0f}" for tool in tools],
        f"{100 / against[1]:.1f}% of {against[0]}" if against else "")
    if "pulih" in tools:
        opened = measured["pulih"]["operations"]
        for operation, label in (("open-by-key", "snapshots, opened by a role file"),
                                 ("open-by-passphrase", "snapshots, opened by a passphrase")):
            row(label, [f"{opened[operation]['median']:.2f}" if tool == "pulih" else "" for tool in tools], "")
    print("  without a backup program:")
    for operation, numbers in measured["yardstick"]["operations"].items():
        row(operation, [f"{numbers['median']:.2f}"], "")
    row("stored by that pipe, MB", [f"{measured['yardstick']['bytes']['pipe'] / 1e6:.1f}"], "")


def main():
    run = read(sys.argv[1])
    machine = run["machine"]
    print(f"{machine['cores']} cores, {machine['processor']}, {machine['memory_kib'] / 2**20:.0f} GiB of memory; "
          + ", ".join(f"{tool} {version}" for tool, version in run["versions"].items()))
    for name, entry in run["inputs"].items():
        table(run, name, entry)
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="utf-8") as out:
            json.dump(run, out, indent=1)
            out.write("\n")
        print(f"\nwritten to {sys.argv[2]}")


main()
