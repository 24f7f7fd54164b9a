#!/usr/bin/env python3
"""A second reader for pulih repositories, written from docs/format.md alone.

It opens a repository in a directory with a key file of role `restore` or the recovery text, lists its snapshots, lists
what is in one, writes one file out, and shows the rows of a table. It never writes to the repository. The bytes are taken apart in
pulih_format.py; here is the order of things (docs/format.md, sections 3 and 14), and what a reader does when something
does not hold: it takes the next attempt or the next place, and says so when there is none. To keep it short, lists that
could be large stand in memory.

    pulih_reader.py -r REPO --key restore.key list
    pulih_reader.py -r REPO --key restore.key ls latest etc
    pulih_reader.py -r REPO --key restore.key cat latest etc/motd > motd
    pulih_reader.py -r REPO --key restore.key rows latest epns_prod/public.paket
"""
from __future__ import annotations

import argparse
import datetime
import hashlib
import itertools
import json
import os
import re
import sys
from dataclasses import dataclass
from typing import BinaryIO, Callable, Iterator, TypeVar

import pulih_format as fmt
from pulih_format import CHUNK, GROUP, NODE, Entry, FileEntry, Keys, Refused, Segment, Snapshot, Wrap, require

T = TypeVar("T")
MAX_ATTEMPTS = 16


class Store:
    """The blobs of a repository that lies in a directory."""

    def __init__(self, root: str) -> None:
        self.root = root
        require(bool(self.attempts("config/0")), f"{root}: there is no repository")

    def path(self, name: str) -> str:
        return os.path.join(self.root, name)

    def list(self, folder: str) -> list[str]:
        """All names below a folder, each attempt for itself, in order."""
        names = []
        for place, _, files in os.walk(self.path(folder)):
            names += [os.path.relpath(os.path.join(place, file), self.root) for file in files]
        return sorted(names)

    def bases(self, folder: str) -> list[str]:
        """The NAMEs below a folder, whichever attempts of each are there."""
        return sorted({re.sub(r"\.([1-9]|1[0-5])$", "", name) for name in self.list(folder)})

    def numbers_after(self, folder: str, n: int) -> list[int]:
        """Which numbers behind `n` a folder of numbered blobs has."""
        names = [os.path.basename(name) for name in self.bases(folder)]
        return [int(name) for name in names if name.isdecimal() and int(name) > n]

    def attempts(self, name: str) -> list[str]:
        tries = [name] + [f"{name}.{n}" for n in range(1, MAX_ATTEMPTS)]
        return [attempt for attempt in tries if os.path.isfile(self.path(attempt))]

    def size(self, name: str) -> int:
        return os.path.getsize(self.path(name))

    def read(self, name: str, offset: int, size: int) -> bytes:
        with open(self.path(name), "rb") as blob:
            blob.seek(offset)
            data = blob.read(size)
        require(len(data) == size, f"{name}: it is cut short")
        return data

    def whole(self, name: str, limit: int) -> bytes:
        size = self.size(name)
        require(size <= limit, f"{name}: it is larger than such a blob may be")
        return self.read(name, 0, size)

    def digest(self, name: str) -> bytes:
        with open(self.path(name), "rb") as blob:
            return hashlib.file_digest(blob, "sha256").digest()

    def first_valid(self, name: str, limit: int, parse: Callable[[bytes], T]) -> T:
        """The first attempt that `parse` accepts."""
        why = Refused(f"{name}: it is not there")
        for attempt in self.attempts(name):
            try:
                return parse(self.whole(attempt, limit))
            except Refused as refused:
                why = Refused(f"{attempt}: {refused}")
        raise why


# --- keys, configs, writers ------------------------------------------------------------------------------------------

def read_config_chain(store: Store, keys: Keys) -> fmt.Config:
    config = fmt.Config(b"", -1, fmt.ZEROS32)
    while config.number < 0 or store.attempts(f"config/{config.number + 1}"):
        number, previous = config.number + 1, config.digest
        config = store.first_valid(f"config/{number}", 65536, lambda b: fmt.parse_config(b, keys, number, previous))
    # Taking a config away must not bring back the one before it.
    later = store.numbers_after("config", config.number + 1)
    require(not later, f"config/{config.number + 1}: it is missing, and later configs are there")
    return config


def open_by_recovery_text(store: Store, text: str) -> Keys:
    secret = fmt.read_recovery_text(text)
    why, outdated = Refused("the recovery text does not fit any key slot"), None
    for name in store.list("keys")[:64]:
        try:
            keys = fmt.open_key_slot(store.whole(name, 8192), secret, wanted_kind=2)
            if keys is None:
                continue
            config = read_config_chain(store, keys)  # refuses a slot that an `init` which was killed left
            if config.content_key in keys.content_publics:
                return keys
            outdated = outdated or keys  # from before a rotation that was interrupted
        except Refused as refused:  # one damaged slot does not close the others
            why = Refused(f"{name}: {refused}")
    if outdated is None:
        raise why
    return outdated


@dataclass
class Writers:
    signing_keys: dict[bytes, bytes]
    roles: dict[bytes, int]
    last_entries: dict[bytes, int]  # of revoked ones: so many entries of their logs still count


def read_all(store: Store, folder: str, limit: int, parse: Callable[[str, bytes], T], notes: list[str]) -> list[T]:
    """All of a folder that `parse` accepts, each attempt for itself; a NAME without a sound one is told of."""
    found = []
    for name in store.bases(folder):
        refusals = []
        for attempt in store.attempts(name):
            try:
                found.append(parse(name, store.whole(attempt, limit)))
            except Refused as refused:
                refusals.append(f"{attempt}: {refused}")
        if len(refusals) == len(store.attempts(name)):
            notes += refusals
    return found


def read_certificates(store: Store, keys: Keys, notes: list[str]) -> Writers:
    def parse(name: str, blob: bytes) -> fmt.Certificate | None:
        try:
            return fmt.parse_certificate(blob, keys)
        except Refused:
            if fmt.sha256(blob).hex().startswith(os.path.basename(name)):
                return None  # whole, and of another root key: an init that was killed left it
            raise

    writers = Writers({}, {}, {})
    for found in filter(None, read_all(store, "certs", 1024, parse, notes)):
        if found.signing_key is not None:
            writers.signing_keys[found.writer], writers.roles[found.writer] = found.signing_key, found.role
        else:  # of several revocations the strictest counts
            before = writers.last_entries.get(found.writer, found.last_entries)
            writers.last_entries[found.writer] = min(before, found.last_entries)
    return writers


def read_wraps(store: Store, keys: Keys, notes: list[str]) -> list[fmt.Rewrapped]:
    """Every attempt adds sessions, and one session may stand in several."""
    blobs = read_all(store, "wraps", 16 << 20, lambda _, blob: fmt.parse_wraps(blob, keys), notes)
    return [session for blob in blobs for session in blob]


# --- packs and objects -----------------------------------------------------------------------------------------------

@dataclass
class Pack:
    blob: str
    wraps: list[Wrap]
    entries: list[Entry]
    is_whole: bool = False  # whether its name was compared with all its bytes


def read_pack(store: Store, blob: str, keys: Keys, writers: Writers) -> Pack:
    """A pack's head and directory: a directory is trusted after the tail and one ranged read."""
    size = store.size(blob)
    require(48 + 408 <= size <= 256 << 20, "pack: no pack has this size")
    tail = fmt.parse_pack_tail(store.read(blob, size - 408, 408), size, writers.signing_keys)
    sections = store.read(blob, tail.directory_offset, tail.directory_length + tail.members_length)
    head = fmt.parse_pack_head(store.read(blob, 0, min(tail.directory_offset, 48 + 192 * 1024)), keys.domain)
    return Pack(blob, head.wraps, fmt.open_directory(tail, head, sections, keys.structure_secret))


class Objects:
    """Finds objects in packs and opens them."""

    def __init__(self, store: Store, keys: Keys, writers: Writers, rewrapped: list[fmt.Rewrapped],
                 notes: list[str]) -> None:
        self.store, self.keys, self.writers, self.rewrapped = store, keys, writers, rewrapped
        self.sessions: dict[Wrap, bytes] = {}  # by the whole wrap: each is checked for itself
        self.places: dict[bytes, list[tuple[Pack, Entry]]] = {}
        for name in store.bases("packs"):
            refusals = [self._take_in(attempt) for attempt in store.attempts(name)]
            if all(refusals):  # a torn attempt beside a sound one is no damage
                notes += [why for why in refusals if why]

    def _take_in(self, blob: str) -> str | None:
        try:
            pack = read_pack(self.store, blob, self.keys, self.writers)
        except Refused as refused:
            return f"{blob}: {refused}"
        for entry in pack.entries:
            self.places.setdefault(entry.object_id, []).append((pack, entry))
        return None

    def _session_key(self, wrap: Wrap) -> bytes:
        """The key that a wrap holds: sealed to a content key that we have, or sealed again by a rotation."""
        if wrap in self.sessions:
            return self.sessions[wrap]
        require(fmt.is_wrap_signed(wrap, self.keys.domain, self.writers.signing_keys),
                "session: its wrap is not signed by a writer of this repository")
        again = [r.sealed_key for r in self.rewrapped if (r.session_id, r.writer) == (wrap.session_id, wrap.writer)]
        for sealed_key in [wrap.sealed_key] + again:
            for secret in self.keys.content_secrets:
                key = fmt.open_seal(secret, sealed_key)
                if key is None or len(key) != 32:
                    continue
                if fmt.session_id_of(key, self.keys.domain, wrap.writer) == wrap.session_id:
                    self.sessions[wrap] = key
                    return key
        raise Refused("session: no content key at hand opens it")

    def _read_at(self, pack: Pack, entry: Entry) -> bytes:
        if not pack.is_whole:
            name = re.sub(r"\.\d+$", "", os.path.basename(pack.blob))
            require(self.store.digest(pack.blob).hex() == name, "its bytes do not give its name")
            pack.is_whole = True
        require(entry.session < len(pack.wraps), "pack directory: an entry names a session that the head lacks")
        wrap = pack.wraps[entry.session]
        key = self._session_key(wrap)
        frame = self.store.read(pack.blob, entry.offset, entry.length)
        require(fmt.sha256(frame) == entry.digest, "frame: it is not the one that the directory names")
        kind, object_id, plain = fmt.open_frame(key, wrap.session_id, frame)
        require((kind, object_id) == (entry.kind, entry.object_id), "frame: it holds another object")
        derived = fmt.object_id_of(self.keys.k_id, kind, plain)
        require(derived == object_id, "object: its content does not give its name")
        return plain

    def read(self, object_id: bytes, kinds: tuple[int, ...]) -> bytes:
        why = f"object {object_id.hex()[:16]}: no sound pack has it"
        for pack, entry in self.places.get(object_id, []):
            try:
                require(entry.kind in kinds, "it is of another kind than its use")
                return self._read_at(pack, entry)
            except Refused as refused:
                why = f"object {object_id.hex()[:16]}: {pack.blob}: {refused}"
        raise Refused(why)


# --- maps and files --------------------------------------------------------------------------------------------------

def walk_map(objects: Objects, root: bytes, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
    """The entries of a map from key `start` on, in order. Each node is compared with what its parent says of it."""

    def walk(node_id: bytes, parent_level: int | None, said: fmt.NodeEntry | None, after: bytes | None
             ) -> Iterator[tuple[bytes, bytes]]:
        level, entries = fmt.parse_node(objects.read(node_id, (NODE,)))
        if said is not None:
            require(level + 1 == parent_level and bool(entries) and entries[-1].key == said.key
                    and sum(entry.entries_below for entry in entries) == said.entries_below
                    and (after is None or entries[0].key > after), "map node: it is not what its parent says")
        for entry in entries:
            if entry.key >= start:
                if level == 0:
                    yield entry.key, entry.value
                else:
                    yield from walk(entry.child, level, entry, after)
            after = entry.key

    yield from walk(root, None, None, None)


def segments_of(objects: Objects, entry: FileEntry) -> list[Segment]:
    """All segments in order, whether they stand in the entry or in a map of their own."""
    segments = entry.segments
    if entry.segment_map is not None:
        offset, segments = 0, []
        for key, value in walk_map(objects, entry.segment_map):
            require(key == offset.to_bytes(8, "big"), "file segments: they do not follow each other")
            segments.append(fmt.parse_segment_alone(value))
            offset += segments[-1].length
        fmt.check_segments(segments, entry.size)
    return segments


def read_segment(objects: Objects, segment: Segment) -> bytes:
    plain = objects.read(segment.object_id, (CHUNK, GROUP))
    require(segment.offset + segment.length <= len(plain), "file segment: it lies outside its object")
    return plain[segment.offset:segment.offset + segment.length]


def write_zeros(length: int, each: Callable[[bytes], object]) -> None:
    while length > 0:
        block = bytes(min(length, 1 << 20))
        each(block)
        length -= len(block)


def write_content(objects: Objects, entry: FileEntry, out: BinaryIO) -> None:
    """Writes a file out, and compares the digest of the whole (kind 1) or of its data regions (kind 2, sparse)."""
    is_sparse = entry.digest_kind == 2
    digest, offset = hashlib.sha256(), 0
    for is_hole, run in itertools.groupby(segments_of(objects, entry), lambda segment: segment.object_id is None):
        segments = list(run)
        length = sum(segment.length for segment in segments)
        if is_hole:
            write_zeros(length, out.write)
            if not is_sparse:
                write_zeros(length, digest.update)
        else:  # a region: all data between two holes
            if is_sparse:
                digest.update(offset.to_bytes(8, "little") + length.to_bytes(8, "little"))
            for segment in segments:
                piece = read_segment(objects, segment)
                digest.update(piece)
                out.write(piece)
        offset += length
    if is_sparse:
        digest.update(entry.size.to_bytes(8, "little"))
    require(digest.digest() == entry.digest, "the file's digest does not fit: what was written is not it")


# --- snapshots and logs ----------------------------------------------------------------------------------------------

def read_log_entry(store: Store, repository: bytes, writer: bytes, signing_key: bytes, n: int
                   ) -> tuple[bytes, dict[str, object], list[bytes]]:
    """Leaf, its fields and the frontier of one entry, whose checkpoint the writer signed."""
    origin = f"pulih/{repository.hex()}/{writer.hex()}"

    def parse(blob: bytes) -> tuple[bytes, dict[str, object], list[bytes]]:
        leaf, frontier = fmt.parse_log_entry(blob, origin, signing_key, n)
        return leaf, fmt.check_leaf(leaf, repository, writer, n), frontier

    return store.first_valid(f"log/{writer.hex()}/{n}", 131072, parse)


def named_before_revocation(store: Store, repository: bytes, writers: Writers) -> dict[bytes, set[str]]:
    """The ids that the log of each revoked writer names, as far as it counts."""
    named: dict[bytes, set[str]] = {}
    for writer, end in writers.last_entries.items():
        named[writer] = set()
        for n in range(end if writer in writers.signing_keys else 0):
            if not store.attempts(f"log/{writer.hex()}/{n}"):
                break
            try:
                leaf = read_log_entry(store, repository, writer, writers.signing_keys[writer], n)[1]
                if leaf.get("t") == "snapshot":
                    named[writer].add(str(leaf.get("snapshot")))
            except Refused:
                continue  # it names none; `list` tells of it
    return named


def read_snapshots(store: Store, repository: bytes, keys: Keys, writers: Writers, notes: list[str]) -> list[Snapshot]:
    """All that count, oldest first."""
    named = named_before_revocation(store, repository, writers)

    def parse(blob: bytes, snapshot_id: bytes) -> Snapshot:
        snapshot = fmt.parse_manifest(blob, snapshot_id, keys, writers.signing_keys)
        writer = snapshot.writer
        require(writers.roles[writer] in (fmt.OWNER, fmt.RESTORE, fmt.BACKUP),
                "manifest: its writer's role may not write snapshots")
        if writer in writers.last_entries:
            require(snapshot.sequence < writers.last_entries[writer], "manifest: its writer was revoked before it")
            # It can still sign a manifest that claims an earlier place, but not put it into the log there.
            require(snapshot_id.hex() in named[writer],
                    "manifest: its writer was revoked, and the log until then does not name it")
        return snapshot

    snapshots = []
    for name in store.bases("snapshots"):
        try:
            require(re.fullmatch("[0-9a-f]{64}", os.path.basename(name)) is not None, f"{name}: not a snapshot's name")
            snapshot_id = bytes.fromhex(os.path.basename(name))
            snapshots.append(store.first_valid(name, 16 << 20, lambda blob: parse(blob, snapshot_id)))
        except Refused as refused:
            notes.append(str(refused))
    return sorted(snapshots, key=lambda s: (s.time, s.sequence, s.snapshot_id))


def follow_log(store: Store, repository: bytes, writer: bytes, signing_key: bytes) -> Iterator[dict[str, object]]:
    """The leaves of one writer's log from the first on. Each entry must continue the tree of the one before."""
    frontier: list[bytes] = []
    for n in itertools.count():
        name = f"log/{writer.hex()}/{n}"
        if not store.attempts(name):
            later = store.numbers_after(f"log/{writer.hex()}", n)
            require(not later, f"{name}: it is missing, and later entries are there")
            return
        leaf, fields, after = read_log_entry(store, repository, writer, signing_key, n)
        require(fmt.append_leaf(frontier, n, leaf) == after, f"{name}: it does not continue the log before it")
        frontier = after
        yield fields


def snapshots_in_logs(store: Store, repository: bytes, writers: Writers, notes: list[str]) -> dict[str, str]:
    """The digest of the public part that the log has for each snapshot, by the snapshot's id."""
    logged: dict[str, str] = {}
    for writer, signing_key in writers.signing_keys.items():
        try:
            for leaf in follow_log(store, repository, writer, signing_key):
                if leaf.get("t") == "snapshot":
                    logged[str(leaf.get("snapshot"))] = str(leaf.get("m"))
        except Refused as refused:
            notes.append(str(refused))
    return logged


# --- the repository and the commands ---------------------------------------------------------------------------------

class Repository:
    def __init__(self, root: str, open_keys: Callable[[Store], Keys]) -> None:
        self.notes: list[str] = []  # what was refused on the way, while the rest could be read
        self.store = Store(root)
        self.keys = open_keys(self.store)
        self.config = read_config_chain(self.store, self.keys)
        self.writers = read_certificates(self.store, self.keys, self.notes)
        self.snapshots = read_snapshots(self.store, self.config.repository, self.keys, self.writers, self.notes)

    def objects(self) -> Objects:
        rewrapped = read_wraps(self.store, self.keys, self.notes)
        return Objects(self.store, self.keys, self.writers, rewrapped, self.notes)

    def snapshot(self, word: str) -> Snapshot:
        """`latest`, or an id prefix of 8 or more digits."""
        fits = self.snapshots[-1:] if word == "latest" else [
            s for s in self.snapshots if len(word) >= 8 and s.snapshot_id.hex().startswith(word)]
        require(len(fits) == 1, f"{word}: it names no snapshot, or several")
        require(fits[0].is_open, f"snapshot {fits[0].snapshot_id.hex()[:8]}: the key at hand does not open it")
        return fits[0]

    def root(self, word: str, name: bytes) -> bytes:
        snapshot = self.snapshot(word)
        require(name in snapshot.roots, f"snapshot {snapshot.snapshot_id.hex()[:8]}: it has no {printable(name)}")
        return snapshot.roots[name]


def printable(text: bytes) -> str:
    """A name for a terminal: what would not be a character there is escaped."""
    shown = text.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def list_snapshots(repository: Repository) -> None:
    logged = snapshots_in_logs(repository.store, repository.config.repository, repository.writers, repository.notes)
    for s in repository.snapshots:
        in_log = logged.get(s.snapshot_id.hex())
        if in_log not in (None, s.public_digest.hex()):
            repository.notes.append(f"snapshot {s.snapshot_id.hex()}: its log entry has another digest")
        when = datetime.datetime.fromtimestamp(s.time // 10**9, datetime.timezone.utc)
        state = "logged" if in_log else "not yet logged"  # its writer's next run makes up for it
        who = f"{printable(s.host)}  {printable(s.name) or '-'}" if s.is_open else "(not for this key)"
        print(f"{s.snapshot_id.hex()}  {when:%Y-%m-%dT%H:%M:%SZ}  {s.files}  {s.bytes}  {state}  {who}")


def list_files(repository: Repository, snapshot: str, path: bytes) -> None:
    root = repository.root(snapshot, b"files")
    top, is_there = fmt.key_of_path(path), False
    for key, value in walk_map(repository.objects(), root, top):
        if top and key != top and not key.startswith(top + b"\0"):
            break  # what is below a folder follows it at once
        is_there = True
        entry = fmt.parse_file_entry(value)
        letter, target = fmt.TYPE_LETTERS[entry.type], f" -> {printable(entry.target)}" if entry.target else ""
        digest = entry.digest.hex() if entry.digest_kind == 1 else "-"
        mark = " (incomplete)" if entry.is_incomplete else ""
        print(f"{letter}{entry.mode:04o} {entry.size} {digest} /{printable(fmt.path_of_key(key))}{target}{mark}")
    require(is_there or not top, f"/{printable(fmt.path_of_key(top))}: the snapshot does not hold it")


def cat_file(repository: Repository, snapshot: str, path: bytes, out: BinaryIO) -> None:
    root, objects, wanted = repository.root(snapshot, b"files"), repository.objects(), fmt.key_of_path(path)
    key, value = next(walk_map(objects, root, wanted), (None, b""))
    require(key == wanted, f"{printable(path)}: the snapshot does not hold it")
    fmt.path_of_key(key)  # refuses what is no path
    entry = fmt.parse_file_entry(value)
    require(entry.type == fmt.REGULAR, f"{printable(path)}: it is not a regular file")
    if entry.is_incomplete:
        repository.notes.append(f"{printable(path)}: it was not fully read when it was stored")
    write_content(objects, entry, out)


def tables_of(repository: Repository, objects: Objects, word: str) -> Iterator[tuple[bytes, fmt.Table, int | None]]:
    """Root's name, descriptor and, where it is not the number of entries, the number of rows of each table."""
    roots = repository.snapshot(word).roots
    for root in sorted(name for name in roots if name.endswith(b"/")):
        entries = dict(walk_map(objects, roots[root]))
        for key, value in entries.items():
            if not key.startswith(b"table\0"):
                continue
            table = fmt.parse_table(value)
            name = fmt.root_of_table(table)
            require(key == fmt.descriptor_key(b"table", table) and name.startswith(root) and name in roots,
                    f"{printable(root)}: a table stands under another name")
            rows = entries.get(fmt.descriptor_key(b"rows", table))
            yield name, table, None if rows is None else fmt.parse_row_count(rows)


def rows_of(repository: Repository, objects: Objects, root: bytes, table: fmt.Table) -> Iterator[fmt.Row]:
    """Each with its images whole, and with the key that its values give."""
    for key, value in walk_map(objects, root):
        row = fmt.parse_row(value, len(table.columns))
        row.columns = [b"".join(read_segment(objects, piece) for piece in column) if isinstance(column, list) else column
                       for column in row.columns]
        if table.key:
            require(row.count == 1 and None not in [row.columns[column] for column in table.key],
                    "row: it has a count, or NULL in its key")
            wanted = b"".join(fmt.key_image(table.base_type(column), row.columns[column]) for column in table.key)
            # A damaged index on the server: the second row of one key stands behind it.
            require(key == wanted or key[:-9] == wanted and key[-9] == 0xFF, "row: its key is not that of its values")
        else:
            require(key == fmt.key_of_row_without_key(repository.keys.k_id, value, row.count),
                    "row: its key is not that of its bytes")
        yield row


def shown_value(table: fmt.Table, column: int, image: bytes | None) -> object:
    """Texts, numbers and booleans; of every other type the image in hexadecimal."""
    column_type = table.base_type(column)
    if image is None:
        return None
    if column_type.kind == fmt.BASE and column_type.name in (b"text", b"varchar", b"bpchar", b"name", b"json"):
        return image.decode("utf-8" if table.encoding == b"UTF8" else "latin-1", "replace")
    if column_type.kind == fmt.BASE and column_type.name in (b"int2", b"int4", b"int8"):
        return int.from_bytes(image, "big", signed=True)
    if column_type.kind == fmt.BASE and column_type.name == b"bool":
        return image == b"\1"
    if column_type.kind == fmt.BASE and column_type.name == b"numeric":
        return fmt.numeric_text(image)
    return "\\x" + image.hex()


def list_tables(repository: Repository, snapshot: str) -> None:
    objects = repository.objects()
    for name, table, rows in tables_of(repository, objects, snapshot):
        if rows is None:
            rows = sum(1 for _ in walk_map(objects, repository.root(snapshot, name)))
        key = ", ".join(printable(table.columns[column][0]) for column in table.key) or "-"
        print(f"{printable(name)}  {rows}  {key}")


def list_rows(repository: Repository, snapshot: str, wanted: bytes) -> None:
    objects = repository.objects()
    table = next((table for name, table, _ in tables_of(repository, objects, snapshot) if name == wanted), None)
    require(table is not None, f"{printable(wanted)}: the snapshot has no such table; `tables` lists them")
    for row in rows_of(repository, objects, repository.root(snapshot, wanted), table):
        shown = {name.decode("utf-8", "replace"): shown_value(table, column, row.columns[column])
                 for column, (name, _) in enumerate(table.columns)}
        for _ in range(row.count):
            print(json.dumps(shown, ensure_ascii=False))


def main() -> int:
    parser = argparse.ArgumentParser(description="Reads a pulih repository, by docs/format.md alone.")
    parser.add_argument("-r", "--repo", required=True, help="the repository: a directory")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--key", metavar="FILE", help="a key file of role restore")
    how.add_argument("--recovery-text", metavar="FILE", help="a file that holds the four lines")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="snapshots, oldest first, and whether the log has them")
    ls = commands.add_parser("ls", help="what a snapshot holds: mode, size, SHA-256, path")
    cat = commands.add_parser("cat", help="write one file to standard output")
    tables = commands.add_parser("tables", help="the tables of a snapshot: name, rows, key")
    rows = commands.add_parser("rows", help="the rows of a table, one JSON object a line")
    for command in (ls, cat, tables, rows):
        command.add_argument("snapshot", help="`latest`, or 8 or more digits of an id")
    ls.add_argument("path", nargs="?", default="", type=os.fsencode)
    cat.add_argument("path", type=os.fsencode)
    rows.add_argument("table", type=os.fsencode, help="as `tables` shows it")
    given = parser.parse_args()

    def open_keys(store: Store) -> Keys:
        with open(given.key or given.recovery_text, "rb") as file:
            text = file.read(fmt.MAX_ROLE_FILE_SIZE + 1)
        if given.key:
            return fmt.read_role_file(text)
        return open_by_recovery_text(store, text.decode("ascii", "replace"))

    notes: list[str] = []
    try:
        repository = Repository(given.repo, open_keys)
        notes = repository.notes
        if given.command == "list":
            list_snapshots(repository)
        elif given.command == "ls":
            list_files(repository, given.snapshot, given.path)
        elif given.command == "tables":
            list_tables(repository, given.snapshot)
        elif given.command == "rows":
            list_rows(repository, given.snapshot, given.table)
        else:
            cat_file(repository, given.snapshot, given.path, sys.stdout.buffer)
        sys.stdout.flush()
    except (Refused, OSError) as why:
        print(f"refused: {printable(os.fsencode(str(why)))}", file=sys.stderr)
        return 1
    finally:
        for note in notes:
            print(f"note: {printable(os.fsencode(note))}", file=sys.stderr)
    return 3 if notes else 0  # 3: done, but something was refused on the way


if __name__ == "__main__":
    sys.exit(main())
