#!/usr/bin/env python3
"""Damages files as disks, tapes, networks and people do; the same seed, the same damage.

    damage.py GENERATOR --seed N [parameters] IN OUT

Writes OUT and beside it OUT.truth.json: which byte ranges of OUT are what. IN is a file; of g10 and g16 mix a directory;
of g11 files may be given more than once with --with.

    g1   truncate           --keep 0.9 | --lose BYTES | --at OFFSET     what is lost at the end
    g2   zero holes         --size 4096 --rate 0.01 [--unaligned] [--bursty]
    g3   pattern holes      as g2, --pattern ff|f6|stale|FILE           stale: another block of the same file
    g4   bit flips          --rate 1e-6 (a bit) | --count N | --stuck   stuck: one bit of every 64th byte
    g5   missing blocks     --size 4096 --count N|--rate R              the rest moves up
    g6   inserted blocks    as g5, --copy: doubled ones; else random
    g7   shuffled blocks    --size 4096 --fraction 1.0 | --rotate N, --clusters: the last one filled up with zeros, --skip N:
                            the first N are lost, --count N: N others are
    g8   torn pages         --older FILE --sector 512|4096 --rate 0.05
    g9   overwritten head   --size 65536 --fill zero|random|filesystem
    g10  lost files         --lose PATTERN (repeatable) | --count N, --forget-names: the rest named by numbers
    g11  fragment soup      --with FILE (repeatable), --fragments 1-5, --gap 1-1000, --shuffle, --overwrite 0.1,
                            --background random|text|zero
    g12  compressed stream  --inner hole|flip|length|checksum, --size, --count: damage inside .gz, -Fc and zip data only
    g16  metadata loss      --loss extension|retar|nest|version|mix (mix: --with DIR)

The truth: {"generator", "seed", "parameters", "source": {"name", "size", "sha256"}, "size", "sha256", "ranges": [...]}.
A range is {"offset", "length", "what"}, with "from" (an offset in the source) where its bytes are the source's. `what`:
intact, zero, pattern, stale, foreign, flipped, doubled, inserted, older, overwritten, background. Ranges are ascending,
touch each other and cover OUT. "lost" lists ranges of the source that are nowhere in OUT. Directories have "files" (name
to what became of it) in place of ranges; g11 has "files" (source to its fragments) besides.

    damage.py selftest      runs every generator twice and checks its truth against the bytes

Python 3, standard library only.
"""
import argparse
import fnmatch
import gzip
import hashlib
import io
import json
import os
import random
import shutil
import struct
import sys
import tarfile
import tempfile
import zipfile


class Output:
    """What is written, piece by piece, with where it came from."""

    def __init__(self, source):
        self.source = source
        self.data = bytearray()
        self.ranges = []

    def _note(self, length, what, origin):
        if length == 0:
            return
        last = self.ranges[-1] if self.ranges else None
        if last and last["what"] == what and (
                (origin is None and "from" not in last) or
                (origin is not None and last.get("from", -1) + last["length"] == origin)):
            last["length"] += length
            return
        note = {"offset": len(self.data) - length, "length": length, "what": what}
        if origin is not None:
            note["from"] = origin
        self.ranges.append(note)

    def keep(self, begin, end, what="intact"):
        self.data += self.source[begin:end]
        self._note(end - begin, what, begin)

    def put(self, data, what):
        self.data += data
        self._note(len(data), what, None)

    def lost(self):
        """Ranges of the source that nothing in the output holds."""
        held = sorted((r["from"], r["from"] + r["length"]) for r in self.ranges if "from" in r and r["what"] != "flipped")
        out, at = [], 0
        for begin, end in held + [(len(self.source), len(self.source))]:
            if begin > at:
                out.append({"offset": at, "length": begin - at})
            at = max(at, end)
        return out


def holes(rng, size, hole, rate, unaligned=False, bursty=False):
    """Places of holes, ascending and apart: about `rate` of `size` bytes in holes of `hole`."""
    if size == 0 or rate <= 0:
        return []
    step = 1 if unaligned else hole
    slots = max(1, size // hole)
    wanted = min(slots, max(1, round(size * rate / hole)))
    if bursty:
        # Gilbert-Elliott: a bad stretch is 8 holes long on average.
        places, bad = [], False
        leave, enter = 1 / 8, min(0.5, rate / 8 / max(1e-9, 1 - rate))
        for slot in range(slots):
            bad = (rng.random() >= leave) if bad else (rng.random() < enter)
            if bad:
                places.append(slot * hole)
        return places or [rng.randrange(slots) * hole]
    if step == hole:
        return sorted(slot * hole for slot in rng.sample(range(slots), wanted))
    places = []
    for place in sorted(rng.randrange(max(1, size - hole + 1)) for _ in range(wanted)):
        if not places or place >= places[-1] + hole:
            places.append(place)
    return places


def fill_holes(out, places, hole, filler):
    at = 0
    size = len(out.source)
    for place in places:
        end = min(size, place + hole)
        out.keep(at, place)
        filler(place, end)
        at = end
    out.keep(at, size)


def g1(source, rng, a):
    out = Output(source)
    if a.at is not None:
        end = a.at
    elif a.lose is not None:
        end = len(source) - int(a.lose[0])
    else:
        end = int(len(source) * (0.9 if a.keep is None else a.keep))
    out.keep(0, max(0, min(len(source), end)))
    return out


def g2(source, rng, a):
    out = Output(source)
    hole = a.size or 4096
    fill_holes(out, holes(rng, len(source), hole, a.rate or 0.01, a.unaligned, a.bursty), hole,
               lambda begin, end: out.put(bytes(end - begin), "zero"))
    return out


def g3(source, rng, a):
    out = Output(source)
    hole = a.size or 4096
    pattern = a.pattern or "ff"
    foreign = b"" if pattern in ("ff", "f6", "stale") else read(pattern)

    def filler(begin, end):
        length = end - begin
        if pattern in ("ff", "f6"):
            out.put(bytes.fromhex(pattern) * length, "pattern")
        elif pattern == "stale":
            # An older block of the same file, so no byte that was here.
            other = rng.randrange(max(1, len(source) // hole)) * hole
            if other == begin:
                other = (other + hole) % max(1, len(source) - hole + 1)
            data = source[other:other + length]
            out.put(data + bytes(length - len(data)), "stale")
        else:
            at = rng.randrange(max(1, len(foreign) - length + 1))
            data = foreign[at:at + length]
            out.put(data + bytes(length - len(data)), "foreign")

    fill_holes(out, holes(rng, len(source), hole, a.rate or 0.01, a.unaligned, a.bursty), hole, filler)
    return out


def g4(source, rng, a):
    out = Output(source)
    bits = len(source) * 8
    if a.stuck:
        bit, value = rng.randrange(8), rng.randrange(2)
        flips = {}
        for at in range(rng.randrange(64), len(source), 64):
            if (source[at] >> bit & 1) != value:
                flips[at] = 1 << bit
    else:
        count = a.count if a.count is not None else max(1, round(bits * (a.rate or 1e-6)))
        flips = {}
        for place in rng.sample(range(bits), min(count, bits)):
            flips[place // 8] = flips.get(place // 8, 0) | 1 << place % 8
    at = 0
    for place in sorted(flips):
        out.keep(at, place)
        out.data.append(source[place] ^ flips[place])
        out._note(1, "flipped", None)
        at = place + 1
    out.keep(at, len(source))
    return out


def some_blocks(rng, size, block, a):
    blocks = max(1, -(-size // block))
    count = a.count if a.count is not None else max(1, round(blocks * (a.rate or 0.01)))
    return set(rng.sample(range(blocks), min(count, blocks)))


def g5(source, rng, a):
    out = Output(source)
    block = a.size or 4096
    gone = some_blocks(rng, len(source), block, a)
    for number in range(-(-len(source) // block)):
        if number not in gone:
            out.keep(number * block, min(len(source), (number + 1) * block))
    return out


def g6(source, rng, a):
    out = Output(source)
    block = a.size or 4096
    chosen = some_blocks(rng, len(source), block, a)
    for number in range(-(-len(source) // block)):
        begin, end = number * block, min(len(source), (number + 1) * block)
        out.keep(begin, end)
        if number in chosen and a.copy:
            out.keep(begin, end, "doubled")
        elif number in chosen:
            out.put(rng.randbytes(block), "inserted")
    return out


def g7(source, rng, a):
    out = Output(source)
    block = a.size or 4096
    order = list(range(-(-len(source) // block)))[a.skip or 0:]
    for number in rng.sample(order, min(len(order), a.count or 0)):
        order.remove(number)
    if a.rotate is not None:
        turn = a.rotate % max(1, len(order))
        order = order[turn:] + order[:turn]
    else:
        chosen = [place for place in range(len(order)) if rng.random() < (1.0 if a.fraction is None else a.fraction)]
        moved = [order[place] for place in chosen]
        rng.shuffle(moved)
        for place, number in zip(chosen, moved):
            order[place] = number
    for number in order:
        end = min(len(source), (number + 1) * block)
        out.keep(number * block, end)
        if a.clusters:
            out.put(bytes((number + 1) * block - end), "zero")
    return out


def g8(source, rng, a):
    """A page of 8 KiB of which the first or second part was written and the other is as it was before."""
    page, sector = 8192, a.sector or 4096
    older = read(a.older)
    out = Output(source)
    pages = [n for n in range(len(source) // page)
             if source[n * page:(n + 1) * page] != older[n * page:(n + 1) * page] and len(older) >= (n + 1) * page]
    chosen = set(rng.sample(pages, min(len(pages), max(1, round(len(pages) * (a.rate or 0.05)))))) if pages else set()
    for number in range(-(-len(source) // page)):
        begin, end = number * page, min(len(source), (number + 1) * page)
        if number not in chosen:
            out.keep(begin, end)
            continue
        cut = begin + rng.randrange(1, page // sector) * sector
        if rng.random() < 0.5:
            out.keep(begin, cut)
            out.put(older[cut:end], "older")
        else:
            out.put(older[begin:cut], "older")
            out.keep(cut, end)
    return out


def filesystem_head(rng, size):
    """What mkfs leaves behind: an ext4 superblock, zeros, tables full of small numbers."""
    data = bytearray(size)
    for at in range(4096, size, 4096):
        if rng.random() < 0.3:
            data[at:at + 4096] = b"".join(struct.pack("<IIIHHHHHHI", *(rng.randrange(2000) for _ in range(10)))
                                          for _ in range(4096 // 28 + 1))[:4096]
    if size >= 2048:
        data[1024:1024 + 4] = struct.pack("<I", rng.randrange(1, 1 << 20))
        data[1024 + 56:1024 + 58] = b"\x53\xef"
    return bytes(data[:size])


def g9(source, rng, a):
    out = Output(source)
    size = min(len(source), a.size or 65536)
    fill = a.fill or "zero"
    out.put({"zero": lambda: bytes(size), "random": lambda: rng.randbytes(size),
             "filesystem": lambda: filesystem_head(rng, size)}[fill](), "overwritten")
    out.keep(size, len(source))
    return out


def walk(directory):
    names = []
    for where, folders, files in os.walk(directory):
        folders.sort()
        for name in sorted(files):
            names.append(os.path.relpath(os.path.join(where, name), directory))
    return sorted(names)


def g10(directory, target, rng, a):
    names = walk(directory)
    if a.lose:
        gone = {n for n in names if any(fnmatch.fnmatch(n, p) or fnmatch.fnmatch(os.path.basename(n), p) for p in a.lose)}
    else:
        gone = set(rng.sample(names, min(len(names), a.count or 1)))
    files, number = {}, 0
    order = [n for n in names if n not in gone]
    if a.forget_names:
        rng.shuffle(order)
    for name in order:
        number += 1
        to = "%08d" % number if a.forget_names else name
        copy(os.path.join(directory, name), os.path.join(target, to))
        files[name] = {"what": "renamed" if a.forget_names else "intact", "name": to}
    for name in sorted(gone):
        files[name] = {"what": "lost"}
    return files


WORDS = "lelang paket panitia penyedia pengadaan jadwal kontrak harga penawaran dokumen nomor tahun anggaran".split()


def background(rng, kind, size):
    if kind == "zero":
        return bytes(size)
    if kind == "text":
        text = io.StringIO()
        while text.tell() < size:
            text.write(rng.choice(WORDS) + rng.choice(" \n,;"))
        return text.getvalue()[:size].encode()
    return rng.randbytes(size)


def g11(sources, rng, a):
    """Files cut into fragments of whole clusters, laid into an image among something else."""
    cluster = 4096
    low, high = span(a.fragments or "1-5")
    gap_low, gap_high = span(a.gap or "1-50")
    fragments = []
    for name, data in sources:
        clusters = max(1, -(-len(data) // cluster))
        count = min(clusters, rng.randint(low, high))
        cuts = sorted(rng.sample(range(1, clusters), count - 1)) if count > 1 else []
        pieces = [(name, begin * cluster, min(len(data), end * cluster), data)
                  for begin, end in zip([0] + cuts, cuts + [clusters])]
        if a.shuffle:
            rng.shuffle(pieces)
        fragments.append(pieces)
    order = []
    while any(fragments):  # interleaved: each next fragment is of any file that has one left
        order.append(rng.choice([f for f in fragments if f]).pop(0))
    image, ranges, files = bytearray(), [], {}
    kind = a.background or "random"

    def note(length, what, **more):
        if length:
            ranges.append({"offset": len(image) - length, "length": length, "what": what, **more})

    for name, begin, end, data in order:
        space = rng.randint(gap_low, gap_high) * cluster
        image += background(rng, kind, space)
        note(space, "background")
        place = len(image)
        image += data[begin:end]
        note(end - begin, "intact", file=name, **{"from": begin})
        slack = -len(image) % cluster
        image += bytes(slack)
        note(slack, "background")
        files.setdefault(name, []).append({"from": begin, "length": end - begin, "offset": place})
    space = rng.randint(gap_low, gap_high) * cluster
    image += background(rng, kind, space)
    note(space, "background")
    if a.overwrite:
        total = len(image) // cluster
        for number in sorted(rng.sample(range(total), round(total * a.overwrite))):
            image[number * cluster:(number + 1) * cluster] = rng.randbytes(cluster)
            ranges = overwrite(ranges, number * cluster, cluster, "overwritten")
    return bytes(image), ranges, files


def overwrite(ranges, begin, length, what):
    end, out = begin + length, []
    for r in ranges:
        first, last = r["offset"], r["offset"] + r["length"]
        if last <= begin or first >= end:
            out.append(r)
            continue
        if first < begin:
            out.append(dict(r, length=begin - first))
        if last > end:
            rest = dict(r, offset=end, length=last - end)
            if "from" in r:
                rest["from"] = r["from"] + end - first
            out.append(rest)
    out.append({"offset": begin, "length": length, "what": what})
    return sorted(out, key=lambda r: r["offset"])


def compressed_parts(source):
    """(kind, begin, end) of what a compressor made, and of the lengths and checksums around it."""
    parts = []
    if source[:2] == b"\x1f\x8b":
        at, flags = 10, source[3]
        if flags & 4:
            at += 2 + struct.unpack_from("<H", source, at)[0]
        for flag in (8, 16):
            if flags & flag:
                at = source.index(0, at) + 1
        if flags & 2:
            at += 2
        parts += [("stream", at, len(source) - 8), ("checksum", len(source) - 8, len(source))]
    elif source[:5] == b"PGDMP":
        # Chunks of a custom dump: a length of five bytes (sign, then little-endian), then so many bytes.
        head = b"\x00\x00\x10\x00\x00"
        at = source.find(head)
        while at >= 0 and at + 5 + 4096 <= len(source):
            parts += [("length", at, at + 5), ("stream", at + 5, at + 5 + 4096)]
            at += 5 + 4096
            if source[at:at + 5] != head:
                at = source.find(head, at)
    elif source[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            for info in archive.infolist():
                names = struct.unpack_from("<HH", source, info.header_offset + 26)
                begin = info.header_offset + 30 + sum(names)
                parts += [("checksum", info.header_offset + 14, info.header_offset + 18),
                          ("stream", begin, begin + info.compress_size)]
    return [p for p in parts if p[2] > p[1]]


def g12(source, rng, a):
    inner = a.inner or "hole"
    kind = {"hole": "stream", "flip": "stream", "length": "length", "checksum": "checksum"}[inner]
    parts = [p for p in compressed_parts(source) if p[0] == kind]
    if not parts:
        sys.exit(f"damage g12: {a.input}: no {kind} of a compressed stream in it")
    chosen, taken = [], []
    for _ in range(a.count or 1):
        _, begin, end = rng.choice(parts)
        length = min(a.size or 4096, end - begin) if inner == "hole" else 1 if inner == "flip" else end - begin
        at = rng.randrange(begin, end - length + 1)
        if all(at + length <= b or at >= e for b, e in taken):
            taken.append((at, at + length))
            chosen.append((at, length))
    out, done = Output(source), 0
    for at, length in sorted(chosen):
        out.keep(done, at)
        if inner == "hole":
            out.put(bytes(length), "zero")
        elif inner == "flip":
            out.put(bytes([source[at] ^ 1 << rng.randrange(8)]), "flipped")
        else:
            out.put(bytes(b ^ 0x5a for b in source[at:at + length]), "overwritten")
        done = at + length
    out.keep(done, len(source))
    return out


def g16(source, rng, a):
    """One file: its bytes are all there, what says what they are is not."""
    loss = a.loss or "extension"
    if loss == "extension":
        out = Output(source)
        out.keep(0, len(source))
        return out
    if loss == "version":
        if source[:5] != b"PGDMP":
            sys.exit(f"damage g16: {a.input}: no custom dump, so no version to raise")
        out = Output(source)
        out.keep(0, 6)
        out.put(bytes([source[6] + 1 + rng.randrange(3)]), "overwritten")  # minor version of the archive format
        out.keep(7, len(source))
        return out
    made = io.BytesIO()
    name = os.path.basename(a.input)
    if loss == "nest":
        with gzip.GzipFile(filename="", mode="wb", fileobj=made, mtime=0) as inner:
            box = io.BytesIO()
            with tarfile.open(fileobj=box, mode="w", format=tarfile.USTAR_FORMAT) as tar:
                add_member(tar, "kiriman/" + name, source)
            inner.write(box.getvalue())
    else:  # retar: as the Finder of macOS does it, a member ._NAME before each
        with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for member, data in members_of(source, name):
                add_member(tar, "._" + member, b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + rng.randbytes(64))
                add_member(tar, member, data)
    out = Output(source)
    out.put(made.getvalue(), "foreign")
    return out


def members_of(source, name):
    try:
        with tarfile.open(fileobj=io.BytesIO(source)) as tar:
            return [(m.name, tar.extractfile(m).read()) for m in tar.getmembers() if m.isfile()]
    except tarfile.TarError:
        return [(name, source)]


def add_member(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def mix(directory, other, target):
    """Two clusters poured into one folder: of two files with one name the second gets ' (1)', as file managers do it."""
    files = {}
    for source in (directory, other):
        for name in walk(source):
            to = name
            if os.path.exists(os.path.join(target, to)):
                to = name + " (1)"
            copy(os.path.join(source, name), os.path.join(target, to))
            files[os.path.join(os.path.basename(os.path.normpath(source)), name)] = {"what": "renamed", "name": to}
    return files


def span(text):
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def read(name):
    with open(name, "rb") as f:
        return f.read()


def copy(source, target):
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    shutil.copyfile(source, target)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


FILE_GENERATORS = {"g1": g1, "g2": g2, "g3": g3, "g4": g4, "g5": g5, "g6": g6, "g7": g7, "g8": g8, "g9": g9, "g12": g12,
                   "g16": g16}
NOT_PARAMETERS = ("generator", "seed", "input", "output")


def run(a):
    rng = random.Random(f"{a.generator}/{a.seed}")
    truth = {"generator": a.generator, "seed": a.seed,
             "parameters": {k: v for k, v in sorted(vars(a).items()) if k not in NOT_PARAMETERS and v not in (None, False, [])}}
    if a.generator == "g10" or (a.generator == "g16" and a.loss == "mix"):
        os.makedirs(a.output)
        truth["files"] = g10(a.input, a.output, rng, a) if a.generator == "g10" else mix(a.input, a.others[0], a.output)
    else:
        source = read(a.input)
        truth["source"] = {"name": os.path.basename(a.input), "size": len(source), "sha256": sha256(source)}
        if a.generator == "g11":
            sources = [(os.path.basename(n), read(n)) for n in [a.input] + a.others]
            data, truth["ranges"], truth["files"] = g11(sources, rng, a)
        else:
            out = FILE_GENERATORS[a.generator](source, rng, a)
            data, truth["ranges"], truth["lost"] = bytes(out.data), out.ranges, out.lost()
        truth["size"], truth["sha256"] = len(data), sha256(data)
        with open(a.output, "wb") as f:
            f.write(data)
    with open(a.output.rstrip("/") + ".truth.json", "w") as f:
        json.dump(truth, f, indent=1, sort_keys=True)
        f.write("\n")


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("generator", choices=sorted([*FILE_GENERATORS, "g10", "g11"], key=lambda g: int(g[1:])))
    p.add_argument("--seed", type=int, required=True)
    p.add_argument("--size", type=int)
    p.add_argument("--rate", type=float)
    p.add_argument("--count", type=int)
    p.add_argument("--keep", type=float)
    p.add_argument("--at", type=int)
    p.add_argument("--lose", action="append", help="g1: bytes; g10: pattern of names")
    p.add_argument("--unaligned", action="store_true")
    p.add_argument("--bursty", action="store_true")
    p.add_argument("--pattern")
    p.add_argument("--stuck", action="store_true")
    p.add_argument("--copy", action="store_true")
    p.add_argument("--fraction", type=float)
    p.add_argument("--rotate", type=int)
    p.add_argument("--clusters", action="store_true")
    p.add_argument("--skip", type=int)
    p.add_argument("--older")
    p.add_argument("--sector", type=int, choices=(512, 4096))
    p.add_argument("--fill", choices=("zero", "random", "filesystem"))
    p.add_argument("--forget-names", action="store_true")
    p.add_argument("--with", dest="others", action="append", default=[])
    p.add_argument("--fragments")
    p.add_argument("--gap")
    p.add_argument("--shuffle", action="store_true")
    p.add_argument("--overwrite", type=float)
    p.add_argument("--background", choices=("random", "text", "zero"))
    p.add_argument("--inner", choices=("hole", "flip", "length", "checksum"))
    p.add_argument("--loss", choices=("extension", "retar", "nest", "version", "mix"))
    p.add_argument("input")
    p.add_argument("output")
    return p


def check_truth(truth, data, sources):
    at = 0
    for r in truth["ranges"]:
        assert r["offset"] == at, (truth["generator"], r, at)
        at += r["length"]
        piece = data[r["offset"]:at]
        if "from" in r:
            source = sources[r.get("file", truth["source"]["name"])]
            assert piece == source[r["from"]:r["from"] + r["length"]], (truth["generator"], r)
        if r["what"] == "zero":
            assert not any(piece)
    assert at == len(data) == truth["size"] and sha256(data) == truth["sha256"], truth["generator"]


def selftest():
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as d:
        names = {}

        def make(name, data):
            names[name] = data
            os.makedirs(os.path.dirname(os.path.join(d, name)) or d, exist_ok=True)
            with open(os.path.join(d, name), "wb") as f:
                f.write(data)
            return os.path.join(d, name)

        plain = make("plain", background(rng, "text", 300000) + rng.randbytes(1234))
        older = make("older", bytes(b if rng.random() < 0.999 else b ^ 1 for b in names["plain"]))
        packed = make("packed.gz", gzip.compress(background(rng, "text", 200000), mtime=0))
        dump = make("dump", b"PGDMP\x01\x0e\x00" + rng.randbytes(100) + b"".join(
            b"\x00\x00\x10\x00\x00" + rng.randbytes(4096) for _ in range(5)))
        box = io.BytesIO()
        with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("satu.txt"), background(rng, "text", 50000))
        zipped = make("kotak.zip", box.getvalue())
        for name in ("tree/base/1/1259", "tree/base/1/1249", "tree/global/pg_control", "other/base/1/1259"):
            make(name, rng.randbytes(100))
        tree, other = os.path.join(d, "tree"), os.path.join(d, "other")
        cases = [
            ("g1", plain, []), ("g1", plain, ["--lose", "1"]), ("g1", plain, ["--at", "777"]),
            ("g2", plain, []), ("g2", plain, ["--size", "512", "--rate", "0.2", "--unaligned"]),
            ("g2", plain, ["--rate", "0.1", "--bursty"]),
            ("g3", plain, []), ("g3", plain, ["--pattern", "stale"]), ("g3", plain, ["--pattern", packed]),
            ("g4", plain, ["--rate", "1e-4"]), ("g4", plain, ["--count", "1"]), ("g4", plain, ["--stuck"]),
            ("g5", plain, ["--count", "10"]), ("g6", plain, ["--count", "3"]), ("g6", plain, ["--copy", "--size", "512"]),
            ("g7", plain, []), ("g7", plain, ["--fraction", "0.2", "--size", "8192"]), ("g7", plain, ["--rotate", "5"]),
            ("g7", plain, ["--clusters", "--skip", "2", "--count", "3"]),
            ("g8", plain, ["--older", older, "--rate", "0.5"]), ("g8", plain, ["--older", older, "--sector", "512"]),
            ("g9", plain, []), ("g9", plain, ["--fill", "filesystem"]), ("g9", plain, ["--fill", "random", "--size", "512"]),
            ("g10", tree, ["--lose", "global/*"]), ("g10", tree, ["--count", "2", "--forget-names"]),
            ("g11", plain, ["--with", packed, "--with", dump, "--shuffle", "--overwrite", "0.1", "--gap", "1-5"]),
            ("g11", plain, ["--background", "text", "--fragments", "2"]),
            ("g12", packed, []), ("g12", packed, ["--inner", "checksum"]), ("g12", dump, ["--inner", "length", "--count", "2"]),
            ("g12", zipped, ["--inner", "flip"]), ("g12", dump, ["--size", "100", "--count", "3"]),
            ("g16", dump, []), ("g16", dump, ["--loss", "version"]), ("g16", dump, ["--loss", "retar"]),
            ("g16", dump, ["--loss", "nest"]), ("g16", tree, ["--loss", "mix", "--with", other]),
        ]
        for number, (generator, source, options) in enumerate(cases):
            results = []
            for turn, seed in enumerate((7, 7, 8)):
                to = os.path.join(d, f"out{number}.{turn}")
                run(parser().parse_args([generator, "--seed", str(seed), *options, source, to]))
                truth = json.load(open(to + ".truth.json"))
                if os.path.isdir(to):
                    kept = {f["name"] for f in truth["files"].values() if "name" in f}
                    assert kept == set(walk(to)), generator
                    results.append([(n, read(os.path.join(to, n))) for n in walk(to)])
                else:
                    check_truth(truth, read(to), names)
                    results.append(read(to))
            assert results[0] == results[1], f"{generator} {options}: one seed, two results"
        print(f"{len(cases)} kinds of damage, each as its truth says")


if __name__ == "__main__":
    if sys.argv[1:] == ["selftest"]:
        selftest()
    else:
        run(parser().parse_args())
