"""The bytes of docs/format.md as values: every decoder that a reader needs, and the seals, signatures and names.

Written from docs/format.md alone; the sections bear its numbers, so the two can be read side by side. Nothing here
opens a file. Bytes that break a rule raise Refused: lengths are compared with what is left before they are used,
signatures hold before what they sign is looked at, and seals before what they hold.
"""
from __future__ import annotations

import base64
import binascii
import ctypes
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field

import nacl.bindings as sodium
import nacl.exceptions


# --- 2. Conventions ---------------------------------------------------------------------------------------------------

class Refused(Exception):
    """Bytes that break a rule of the format, or that the key at hand does not open."""


def require(holds: bool, why: str) -> None:
    if not holds:
        raise Refused(why)


class Cursor:
    """Takes a structure apart from the front. Every length is compared with what is left before it is used."""

    def __init__(self, data: bytes, what: str) -> None:
        self.data, self.at, self.what = data, 0, what

    def left(self) -> int:
        return len(self.data) - self.at

    def raw(self, size: int) -> bytes:
        require(size <= self.left(), f"{self.what}: it is cut short")
        self.at += size
        return self.data[self.at - size:self.at]

    def _number(self, size: int) -> int:
        return int.from_bytes(self.raw(size), "little")

    def u8(self) -> int:
        return self._number(1)

    def le16(self) -> int:
        return self._number(2)

    def le32(self) -> int:
        return self._number(4)

    def le64(self) -> int:
        return self._number(8)

    def time(self) -> int:
        return int.from_bytes(self.raw(8), "little", signed=True)

    def varint(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            require(value < 1 << 64 and shift <= 63, f"{self.what}: a varint is too large")
            if byte < 0x80:
                require(byte != 0 or shift == 0, f"{self.what}: a varint is not in its shortest form")
                return value
            shift += 7

    def svarint(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def sized(self) -> bytes:
        return self.raw(self.varint())

    def list(self) -> list[bytes]:
        return [self.sized() for _ in range(self.varint())]  # too large a count runs into the end

    def magic(self, magic: bytes) -> None:
        require(self.raw(len(magic)) == magic, f"{self.what}: it does not start with {magic.decode()}")

    def version(self, found: int, known: int = 1) -> None:
        require(found <= known, f"{self.what}: format version {found} is newer than {known}, the newest known here")
        require(found == known, f"{self.what}: version {found} never existed")

    def zeros(self, size: int) -> None:
        require(not any(self.raw(size)), f"{self.what}: a reserved byte is not zero")

    def end(self) -> None:
        require(self.left() == 0, f"{self.what}: bytes are left over")


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def hmac_sha256(key: bytes, *parts: bytes) -> bytes:
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def ascends(values: list) -> bool:
    return all(before < after for before, after in zip(values, values[1:]))


def is_signed(public_key: bytes | None, message: bytes, signature: bytes) -> bool:
    """False also when there is no key: nobody of this repository is the signer."""
    try:
        sodium.crypto_sign_open(signature + message, public_key)  # libsodium's "signed message" is just that
        return True
    except (nacl.exceptions.CryptoError, ValueError, TypeError):
        return False


def open_seal(secret: bytes, sealed: bytes) -> bytes | None:
    """What seal(P, m) hid; None when it was not sealed to this key."""
    try:
        return sodium.crypto_box_seal_open(sealed, sodium.crypto_scalarmult_base(secret), secret)
    except (nacl.exceptions.CryptoError, ValueError, TypeError):
        return None


def open_aead(key: bytes, nonce: bytes, additional: bytes, sealed: bytes, what: str) -> bytes:
    require(len(sealed) >= 16, f"{what}: it is too short to be sealed")
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, additional, nonce, key)
    except nacl.exceptions.CryptoError:
        raise Refused(f"{what}: its seal does not hold") from None


ZEROS32 = bytes(32)
MAX_OBJECT_SIZE = 4 << 20


def zstd_decompress(payload: bytes, plain_length: int) -> bytes:
    libzstd = ctypes.CDLL("libzstd.so.1")
    libzstd.ZSTD_decompress.restype = ctypes.c_size_t
    libzstd.ZSTD_decompress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    libzstd.ZSTD_findFrameCompressedSize.restype = ctypes.c_size_t
    libzstd.ZSTD_findFrameCompressedSize.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    require(libzstd.ZSTD_findFrameCompressedSize(payload, len(payload)) == len(payload), "object: it is not one zstd frame")
    room = ctypes.create_string_buffer(plain_length)
    # An error is a number near 2^64, so it is no length either.
    size = libzstd.ZSTD_decompress(room, plain_length, payload, len(payload))
    require(size == plain_length, "object: it does not decompress to its plain length")
    return room.raw


# --- 4. Keys ----------------------------------------------------------------------------------------------------------

OWNER, RESTORE, BACKUP = 1, 2, 3
ROLE_NAMES = {1: "OWNER", 2: "RESTORE", 3: "BACKUP", 4: "MAINTAIN", 5: "AUDIT"}
KEY_LENGTHS = {1: 16, 2: 16, 13: 1, 14: None} | {key_type: 32 for key_type in range(3, 13)}


@dataclass
class Keys:
    domain: bytes
    root: bytes
    content_secrets: list[bytes]
    content_publics: list[bytes]  # of the same generations
    structure_secret: bytes
    k_id: bytes
    role: int


def parse_key_list(data: bytes) -> Keys:
    cursor = Cursor(data, "key list")
    cursor.version(cursor.le32())
    keys: dict[tuple[int, int], bytes] = {}
    for _ in range(cursor.le16()):
        place = (cursor.le16(), cursor.le16())
        key = cursor.raw(cursor.le16())
        require(place[0] in KEY_LENGTHS, f"key list: keys of type {place[0]} are not known here")
        require(KEY_LENGTHS[place[0]] in (None, len(key)), f"key list: a key of type {place[0]} has a wrong length")
        require(place not in keys and (place[1] == 0 or place[0] in (5, 6)), "key list: a key stands where none may")
        keys[place] = key
    cursor.end()
    require(ascends(list(keys)), "key list: its keys are not in order")

    role = keys.get((13, 0), b"\0")[0]
    require(role in ROLE_NAMES, "key list: it names no role")
    require(role in (OWNER, RESTORE), f"the key is of role {ROLE_NAMES[role]}: it opens no content")
    require(all((needed, 0) in keys for needed in (1, 2, 3, 7, 8, 9, 10)), "key list: a key is missing")
    require(role == OWNER or (4, 0) not in keys, "key list: the root key is not for this role")
    require(((11, 0) in keys) == ((12, 0) in keys), "key list: one of the writer's keys is missing")
    require((14, 0) not in keys or (11, 0) in keys, "key list: a certificate without its keys")
    require(1 <= len(keys.get((14, 0), b"?")) <= 1024, "key list: its certificate has the size of none")
    if (4, 0) in keys:
        require(sodium.crypto_sign_seed_keypair(keys[4, 0])[0] == keys[3, 0], "key list: the root key does not fit")
    pairs = [(7, 8, 0)] + [(5, 6, index) for key_type, index in keys if key_type == 6]
    for public, secret, index in pairs:
        derived = sodium.crypto_scalarmult_base(keys[secret, index])
        require(keys.get((public, index)) == derived, "key list: a secret does not belong to its public key")
    newest_first = sorted((index for key_type, index in keys if key_type == 6), reverse=True)
    require(newest_first != [], "key list: the content secret is missing")
    secrets, publics = [[keys[key_type, index] for index in newest_first] for key_type in (6, 5)]
    return Keys(keys[1, 0], keys[3, 0], secrets, publics, keys[8, 0], keys[9, 0], role)


MAX_ROLE_FILE_SIZE = 65536


def read_role_file(text: bytes) -> Keys:
    require(len(text) <= MAX_ROLE_FILE_SIZE, "key file: it is too long to be one")
    form = rb"-----BEGIN PULIH ([A-Z]+) KEY-----\n((?:[A-Za-z0-9+/=]{64}\n)*[A-Za-z0-9+/=]{1,64}\n)" \
           rb"-----END PULIH \1 KEY-----\n"
    match = re.fullmatch(form, text)
    require(match is not None, "key file: it is not one, or it was changed")
    digits = match[2].replace(b"\n", b"")
    try:
        data = base64.b64decode(digits, validate=True)
    except binascii.Error:
        raise Refused("key file: it is not base64") from None
    require(base64.b64encode(data) == digits, "key file: its base64 is not in its canonical form")
    require(sha256(data[:-8])[:8] == data[-8:], "key file: its checksum does not fit")
    keys = parse_key_list(data[:-8])
    require(ROLE_NAMES[keys.role].encode() == match[1], "key file: its first line names another role")
    return keys


def open_key_slot(blob: bytes, secret: bytes, wanted_kind: int) -> Keys | None:
    """The keys of a slot; None when it is of another kind or sealed under another secret."""
    slot = Cursor(blob, "key slot")
    slot.magic(b"PULIHKEY")
    slot.version(slot.le32())
    kind = slot.u8()
    slot.zeros(3)
    passes, memory_kib, salt = slot.le32(), slot.le32(), slot.raw(16)
    slot.time()
    label_length = slot.u8()
    slot.raw(label_length)
    head = blob[:slot.at]
    commitment, nonce, sealed = slot.raw(32), slot.raw(24), slot.raw(slot.le32())
    slot.end()
    require(kind in (1, 2) and label_length <= 64, "key slot: its kind or label is not one")
    require(1 <= passes <= 16 and 8192 <= memory_kib <= 1048576, "key slot: its cost is out of bounds")
    if kind != wanted_kind:
        return None
    derived = sodium.crypto_pwhash_alg(64, secret, salt, passes, memory_kib * 1024, 2)  # 2: Argon2id version 1.3
    if not hmac.compare_digest(derived[32:], commitment):
        return None
    return parse_key_list(open_aead(derived[:32], nonce, head, sealed, "key slot"))


BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def read_recovery_text(text: str) -> bytes:
    typed = re.sub(r"[\s-]", "", text).upper()
    lines = re.fullmatch(r"1:(.{10})2:(.{10})3:(.{10})4:(.{10})", typed) or re.fullmatch(r"(.{10})" * 4, typed)
    require(lines is not None, "recovery text: it is not four lines of ten digits")
    secret = b""
    for number, line in enumerate(lines.groups(), 1):
        symbols = [BASE32.find(digit) for digit in line.translate(str.maketrans("018", "OIB"))]
        require(min(symbols) >= 0, f"recovery text: line {number}: a digit is not one")
        x, y = 0, 0
        for symbol in [number] + symbols[:8]:
            x ^= symbol
            y = (y << 1) ^ (0x25 if y & 0x10 else 0) ^ symbol  # y·x + symbol, modulo x^5 + x^2 + 1
        require([x, y] == symbols[8:], f"recovery text: line {number}: its check digits do not fit")
        secret += sum(s << (5 * (7 - i)) for i, s in enumerate(symbols[:8])).to_bytes(5, "big")
    return secret


# --- 5. Signed blobs --------------------------------------------------------------------------------------------------

def open_signed_blob(blob: bytes, magic: bytes, root: bytes, what: str) -> Cursor:
    """The body of a blob that the root key signed."""
    cursor = Cursor(blob, what)
    cursor.magic(magic)
    cursor.version(cursor.le32())
    body = cursor.raw(cursor.le32())
    signed = blob[:cursor.at]
    signature = cursor.raw(64)
    cursor.end()
    require(is_signed(root, signed, signature), f"{what}: the root key of the key at hand did not sign it")
    return Cursor(body, what)


@dataclass
class Config:
    repository: bytes
    number: int
    digest: bytes
    content_key: bytes = b""


def parse_config(blob: bytes, keys: Keys, number: int, previous: bytes) -> Config:
    body = open_signed_blob(blob, b"PULIHCFG", keys.root, "config")
    require(body.raw(16) == keys.domain, "config: it is of another domain than the key at hand")
    repository = body.raw(16)
    require(body.le64() == number and body.raw(32) == previous, "config: it does not follow the one before it")
    body.time()
    require(body.raw(32) == keys.root, "config: its root key is not the one that signed it")
    content_key = body.raw(32)
    body.raw(32)  # structure key
    # The parameters are for writers; what cannot be, no writer of this format wrote.
    require(body.le32() <= 65535, "config: its content generation is out of bounds")
    chunk_min, chunk_average, chunk_max = body.le32(), body.le32(), body.le32()
    require(64 <= chunk_min <= chunk_average <= chunk_max <= MAX_OBJECT_SIZE, "config: its chunk sizes make no sense")
    small_file_limit, group_target, node_target, pack_target = body.le32(), body.le32(), body.le32(), body.le32()
    require(group_target > 0 and group_target + small_file_limit + 32772 <= MAX_OBJECT_SIZE
            and 0 < node_target <= 256 << 10 and 0 < pack_target <= 128 << 20, "config: a target is out of bounds")
    for operation in ("read", "write", "prune", "check"):
        features = [body.raw(body.u8()).decode("ascii", "replace") for _ in range(body.u8())]
        names = all(re.fullmatch("[a-z0-9-]+", feature) for feature in features)
        require(names and ascends(features), "config: its features are not names in order")
        require(operation != "read" or not features, f"this reader lacks required features: {features}")
    body.end()
    return Config(repository, number, sha256(blob), content_key)


@dataclass
class Certificate:
    """A certificate has a role and a signing key; a revocation, how many entries of the writer's log still count."""
    writer: bytes
    role: int = 0
    signing_key: bytes | None = None
    last_entries: int = 0


def parse_certificate(blob: bytes, keys: Keys) -> Certificate:
    body = open_signed_blob(blob, b"PULIHCRT", keys.root, "certificate")
    kind = body.u8()
    require(kind in (1, 2), "certificate: its kind is not known")
    require(body.raw(16) == keys.domain, "certificate: it is of another domain")
    writer = body.raw(16)
    body.le64()  # time
    if kind == 2:
        last_entries = body.le64()
        body.end()
        return Certificate(writer, last_entries=last_entries)
    role, signing_key, box_key, label = body.u8(), body.raw(32), body.raw(32), body.raw(body.u8())
    body.end()
    require(role in ROLE_NAMES and len(label) <= 64, "certificate: its role or label is not one")
    derived = sha256(b"pulih/writer/1", signing_key, box_key)[:16]
    require(writer == derived, "certificate: its writer id does not follow from its keys")
    return Certificate(writer, role, signing_key)


@dataclass
class Rewrapped:
    """A session key that a rotation sealed again."""
    session_id: bytes
    writer: bytes
    sealed_key: bytes


def parse_wraps(blob: bytes, keys: Keys) -> list[Rewrapped]:
    body = open_signed_blob(blob, b"PULIHWRS", keys.root, "wraps")
    require(body.raw(16) == keys.domain, "wraps: they are of another domain")
    body.raw(8 + 4)  # config number and content generation: which secret fits shows by trying
    count = body.le32()
    require(count <= 65536 and body.left() == count * 128, "wraps: their number does not fit their length")
    sessions = [Rewrapped(body.raw(32), body.raw(16), body.raw(80)) for _ in range(count)]
    require(ascends([session.session_id for session in sessions]), "wraps: they are not in order")
    return sessions


# --- 6. Objects and frames --------------------------------------------------------------------------------------------

CHUNK, GROUP, NODE = 1, 2, 3


def session_id_of(key: bytes, domain: bytes, writer: bytes) -> bytes:
    return hmac_sha256(key, b"pulih/session/1", domain, writer)


def frame_size_for(payload_length: int) -> int:
    return (114 + payload_length + 15) // 16 * 16


def open_frame(session_key: bytes, session_id: bytes, frame: bytes) -> tuple[int, bytes, bytes]:
    """Kind, object id and plaintext; the id is not compared with the plaintext yet."""
    nonce = frame[:24]
    m = hmac_sha256(hmac_sha256(session_key, b"pulih/frame-mask/1"), nonce)
    length = int.from_bytes(frame[24:28], "little") ^ int.from_bytes(m[:4], "little")
    require(86 <= length <= 86 + MAX_OBJECT_SIZE and len(frame) == frame_size_for(length - 86),
            "frame: its length does not fit its place")
    fill = frame[28 + length:]
    require(fill == m[4:4 + len(fill)], "frame: its fill was changed")
    frame_key = hmac_sha256(hmac_sha256(session_key, b"pulih/frame-key/1"), nonce)
    inner = Cursor(open_aead(frame_key, nonce, b"\x01" + session_id, frame[28:28 + length], "frame"), "frame")
    require(inner.raw(32) == ZEROS32, "frame: the bytes that commit to its key are not zero")
    kind, codec, object_id, plain_length = inner.u8(), inner.u8(), inner.raw(32), inner.le32()
    payload = inner.raw(inner.left())
    require(kind in (CHUNK, GROUP, NODE), f"frame: objects of kind {kind} are not known here")
    require(codec in (0, 1), f"frame: codec {codec} is not known here")
    require(plain_length <= MAX_OBJECT_SIZE, "frame: its plain length is out of bounds")
    if codec == 0:
        require(len(payload) == plain_length, "frame: its payload does not have its plain length")
        return kind, object_id, payload
    require(0 < len(payload) < plain_length, "frame: its payload is not shorter than its plain length")
    return kind, object_id, zstd_decompress(payload, plain_length)


def group_members(plain: bytes) -> list[bytes]:
    require(len(plain) >= 4, "group: it is too short")
    count = int.from_bytes(plain[-4:], "little")
    table = len(plain) - 4 * (count + 1)
    require(1 <= count <= 8192 and table >= 0, "group: its number of members is out of bounds")
    lengths = Cursor(plain[table:-4], "group")
    members = Cursor(plain[:table], "group")
    found = [members.raw(lengths.le32()) for _ in range(count)]
    members.end()
    require(all(found), "group: a member is empty")
    return found


def object_id_of(k_id: bytes, kind: int, plain: bytes) -> bytes:
    if kind == GROUP:
        parts = [len(member).to_bytes(4, "little") + sha256(member) for member in group_members(plain)]
        return hmac_sha256(k_id, bytes([kind]), sha256(*parts))
    return hmac_sha256(k_id, bytes([kind]), sha256(plain))


# --- 7. Packs ---------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Wrap:
    session_id: bytes
    sealed_key: bytes
    writer: bytes
    signature: bytes


def is_wrap_signed(wrap: Wrap, domain: bytes, signing_keys: dict[bytes, bytes]) -> bool:
    key = signing_keys.get(wrap.writer)
    return is_signed(key, b"PULIHWRP" + domain + wrap.session_id + wrap.sealed_key + wrap.writer, wrap.signature)


@dataclass
class Entry:
    object_id: bytes
    kind: int
    session: int
    offset: int
    length: int
    digest: bytes


def parse_directory(text: bytes, first: int, end: int) -> list[Entry]:
    """`first` and `end`: between which offsets frames may lie."""
    cursor = Cursor(text, "pack directory")
    cursor.version(cursor.le32())
    entries = []
    for _ in range(cursor.varint()):
        object_id, kind, session, offset, length, plain_length, digest = (
            cursor.raw(32), cursor.u8(), cursor.le16(), cursor.le32(), cursor.le32(), cursor.le32(), cursor.raw(32))
        links = cursor.varint()
        cursor.raw(32 * links)
        require(kind in (CHUNK, GROUP, NODE), f"pack directory: objects of kind {kind} are not known here")
        require(links == 0 or kind == NODE, "pack directory: only nodes name objects")
        require(offset % 16 == 0 and length % 16 == 0 and plain_length <= MAX_OBJECT_SIZE
                and 128 <= length <= frame_size_for(plain_length), "pack directory: an entry's sizes make no sense")
        require(first <= offset and offset + length <= end, "pack directory: a frame lies outside its place")
        first = offset + length
        entries.append(Entry(object_id, kind, session, offset, length, digest))
    require(not any(cursor.raw(cursor.left())), "pack directory: what follows its entries is not padding")
    return entries


@dataclass
class PackHead:
    fixed: bytes  # the additional data of the directory's seal
    writer: bytes
    wraps: list[Wrap]
    length: int


def parse_pack_head(data: bytes, domain: bytes) -> PackHead:
    """`data` starts at the pack's first byte and may go on behind the head."""
    head = Cursor(data, "pack head")
    head.magic(b"PULIHPAK")
    head.version(head.le16())
    require(head.u8() in (1, 2), "pack head: its kind is not known")
    head.zeros(1)
    require(head.raw(16) == domain, "pack head: it is of another domain")
    writer, count = head.raw(16), head.le16()
    head.zeros(2)
    require(count <= 1024, "pack head: it names too many session keys")
    wraps = [Wrap(head.raw(32), head.raw(80), head.raw(16), head.raw(64)) for _ in range(count)]
    return PackHead(data[:48], writer, wraps, head.at)


@dataclass
class PackTail:
    directory_offset: int
    directory_length: int
    members_length: int
    directory_digest: bytes
    directory_key: bytes
    writer: bytes


def parse_pack_tail(data: bytes, pack_length: int, signing_keys: dict[bytes, bytes]) -> PackTail:
    """The last 408 bytes of a pack; the signature covers all that a directory is trusted by."""
    cursor = Cursor(data, "pack tail")
    offset, directory_length, members_length = cursor.le64(), cursor.le32(), cursor.le32()
    cursor.raw(32)  # body digest: for who moves packs; a reader goes by the frames' digests and the pack's name
    directory_digest, directory_key = cursor.raw(32), cursor.raw(80)
    cursor.raw(80 + 80)  # the same key, and that of the members, sealed to the writer
    writer = cursor.raw(16)
    signing_key = signing_keys.get(writer)
    require(cursor.raw(8) == b"PULIHEND", "pack tail: it does not end with PULIHEND and a signature")
    require(signing_key is not None, "pack tail: its writer has no certificate of this repository")
    require(is_signed(signing_key, data[:344], cursor.raw(64)), "pack tail: its writer did not sign it")
    require(directory_length + members_length <= 64 << 20, "pack tail: its directory is too large")
    require(offset >= 48 and offset + directory_length + members_length + 408 == pack_length,
            "pack tail: its lengths do not fill the pack")
    return PackTail(offset, directory_length, members_length, directory_digest, directory_key, writer)


def open_directory(tail: PackTail, head: PackHead, sections: bytes, structure_secret: bytes) -> list[Entry]:
    """`sections`: directory and members as they are stored. The members are sealed to the writer only."""
    require(sha256(sections) == tail.directory_digest, "pack: its directory is damaged")
    # The tail does not sign the head: else a writer could set its own signature behind what another one packed.
    require(head.writer == tail.writer, "pack: its head names another writer than its tail")
    key = open_seal(structure_secret, tail.directory_key)
    require(key is not None and len(key) == 32, "pack: its directory is not sealed to the structure key")
    opened = open_aead(key, bytes(24), head.fixed, sections[:tail.directory_length], "pack directory")
    require(opened[:32] == ZEROS32, "pack directory: the bytes that commit to its key are not zero")
    return parse_directory(opened[32:], head.length, tail.directory_offset)


# --- 8. Maps ----------------------------------------------------------------------------------------------------------

@dataclass
class NodeEntry:
    key: bytes
    value: bytes = b""  # in a leaf
    child: bytes = b""  # in an interior node
    entries_below: int = 1


def parse_node(plain: bytes) -> tuple[int, list[NodeEntry]]:
    node = Cursor(plain, "map node")
    node.version(node.u8())
    level, count, entries, key, key_bytes = node.u8(), node.varint(), [], b"", 0
    require(level <= 31 and (count > 0 or level == 0), "map node: its level or number of entries is out of bounds")
    for i in range(count):
        shared, suffix = node.varint(), node.sized()
        require(shared <= len(key), "map node: a key shares more than there is")
        is_next = suffix != b"" and (shared == len(key) or suffix[0] > key[shared])
        require(i == 0 or is_next, "map node: its keys do not ascend, or share less than they could")
        key = key[:shared] + suffix
        key_bytes += len(key)
        require(key_bytes <= MAX_OBJECT_SIZE, "map node: its keys are longer than a node's may be")
        if level == 0:
            entries.append(NodeEntry(key, value=node.sized()))
        else:
            entries.append(NodeEntry(key, child=node.raw(32), entries_below=node.varint()))
            require(entries[-1].entries_below > 0, "map node: a child without entries")
    node.end()
    return level, entries


# --- 9. Files ---------------------------------------------------------------------------------------------------------

REGULAR, DIRECTORY, SYMLINK = 1, 2, 3
TYPE_LETTERS = {1: "-", 2: "d", 3: "l", 4: "p", 5: "c", 6: "b", 7: "s"}
MAX_FILE_SIZE = (1 << 63) - 1


@dataclass
class Segment:
    length: int
    object_id: bytes | None = None  # None: a hole
    offset: int = 0


@dataclass
class FileEntry:
    type: int
    is_incomplete: bool
    mode: int
    size: int = 0
    digest_kind: int = 0
    digest: bytes = b""
    segments: list[Segment] = field(default_factory=list)
    segment_map: bytes | None = None
    target: bytes = b""


def key_of_path(path: bytes) -> bytes:
    return path.strip(b"/").replace(b"/", b"\0")


def path_of_key(key: bytes) -> bytes:
    sound = b"/" not in key and not any(part in (b"", b".", b"..") for part in key.split(b"\0"))
    require(key == b"" or sound, "files map: a key would name a place outside the target")
    return key.replace(b"\0", b"/")


def parse_segment(cursor: Cursor) -> Segment:
    kind = cursor.u8()
    require(kind in (1, 2), "file segment: its kind is not known")
    if kind == 2:
        segment = Segment(cursor.varint())
        require(0 < segment.length <= MAX_FILE_SIZE, "file segment: a hole without length")
        return segment
    object_id, offset, length = cursor.raw(32), cursor.varint(), cursor.varint()
    require(length > 0 and offset + length <= MAX_OBJECT_SIZE, "file segment: it lies outside its object")
    return Segment(length, object_id, offset)


def parse_segment_alone(value: bytes) -> Segment:
    cursor = Cursor(value, "file segment")
    segment = parse_segment(cursor)
    cursor.end()
    return segment


def check_segments(segments: list[Segment], size: int) -> None:
    holes = [segment.object_id is None for segment in segments]
    require(not any(a and b for a, b in zip(holes, holes[1:])), "file segments: two holes adjoin")
    require(sum(segment.length for segment in segments) == size, "file segments: they do not add up to the size")


def parse_content(cursor: Cursor, entry: FileEntry) -> None:
    entry.size, entry.digest_kind, entry.digest = cursor.varint(), cursor.u8(), cursor.raw(32)
    require(entry.size <= MAX_FILE_SIZE and entry.digest_kind in (1, 2), "file entry: its size or digest is not one")
    where = cursor.u8()
    if where == 1:
        count = cursor.varint()
        require(count > 0, "file entry: an empty list of segments")
        entry.segments = [parse_segment(cursor) for _ in range(count)]
        check_segments(entry.segments, entry.size)
    elif where == 2:
        entry.segment_map = cursor.raw(32)
        require(any(entry.segment_map), "file entry: a map without root")
    require(where in (0, 1, 2) and (where == 0) == (entry.size == 0), "file entry: its content is nowhere")


def parse_attributes(cursor: Cursor) -> None:
    """Only checked: this reader writes out contents and no attributes."""
    where = cursor.u8()
    require(where in (1, 2), "file entry: its attributes are nowhere")
    if where == 2:
        require(any(cursor.raw(32)), "file entry: a map without root")
        return
    attributes = [(cursor.sized(), cursor.sized()) for _ in range(cursor.varint())]
    names = [name for name, _ in attributes]
    require(names != [] and ascends(names), "file entry: its attributes are not in order")


def parse_file_entry(value: bytes) -> FileEntry:
    cursor = Cursor(value, "file entry")
    cursor.version(cursor.u8())
    file_type, flags, mode = cursor.u8(), cursor.u8(), cursor.varint()
    require(file_type in TYPE_LETTERS and flags < 16 and mode <= 0o7777, "file entry: its type or flags are not known")
    require(max(cursor.varint(), cursor.varint()) < 1 << 32, "file entry: its owner is out of bounds")
    cursor.sized()  # user
    cursor.sized()  # group
    cursor.svarint()
    require(cursor.varint() < 10**9, "file entry: its time is out of bounds")
    if flags & 4:
        require(any(cursor.raw(16)), "file entry: a hard link without id")
    entry = FileEntry(file_type, bool(flags & 2), mode)
    if file_type == REGULAR:
        parse_content(cursor, entry)
    elif file_type == SYMLINK:
        entry.target = cursor.sized()
    elif file_type in (5, 6):
        require(max(cursor.varint(), cursor.varint()) < 1 << 32, "file entry: its device is out of bounds")
    if flags & 8:
        parse_attributes(cursor)
    cursor.end()
    return entry


# --- 10. Rows ---------------------------------------------------------------------------------------------------------

BASE, ARRAY, COMPOSITE, ENUMERATION, DOMAIN, RANGE, MULTIRANGE = range(1, 8)
SIGNED_LENGTHS = {21: 2, 23: 4, 1082: 4, 20: 8, 790: 8, 1083: 8, 1114: 8, 1184: 8}  # by oid: int2, int4, date, …
PLAIN_LENGTHS = {16: 1, 26: 4, 5069: 8, 3220: 8, 2950: 16}
NUMERIC, BPCHAR = 1700, 1042


@dataclass
class ColumnType:
    kind: int
    name: bytes
    oid: int
    element: int | None = None


@dataclass
class Table:
    database: bytes
    schema: bytes
    name: bytes
    encoding: bytes
    types: list[ColumnType]
    columns: list[tuple[bytes, int]]  # name, place of its type
    key: list[int]

    def base_type(self, column: int) -> ColumnType:
        """The type of a column, domains looked through."""
        found = self.types[self.columns[column][1]]
        while found.kind == DOMAIN:
            found = self.types[found.element]
        return found


@dataclass
class Row:
    count: int
    columns: list[bytes | list[Segment] | None]  # the image, or the pieces of one that was moved out, or NULL


def root_part(name: bytes) -> bytes:
    """A database, schema or table as a root's name has it."""
    is_plain = re.fullmatch(rb"[a-z_][a-z0-9_$]*", name) is not None
    return name if is_plain else b'"' + name.replace(b'"', b'""') + b'"'


def root_of_table(table: Table) -> bytes:
    database = root_part(table.database) if table.database else b""
    return database + b"/" + (root_part(table.schema) + b"." if table.schema else b"") + root_part(table.name)


def descriptor_key(word: bytes, table: Table) -> bytes:
    return b"".join(part + b"\0" for part in (word, table.schema, table.name))


def parse_place(cursor: Cursor, end: int) -> int:
    place = cursor.varint()
    require(place < end, "table descriptor: it names something that it does not have")
    return place


def parse_type(cursor: Cursor, place: int) -> ColumnType:
    found = ColumnType(cursor.u8(), b"", 0)
    require(BASE <= found.kind <= MULTIRANGE, "table descriptor: a kind of type that is not known")
    cursor.sized()  # schema
    found.name, found.oid = cursor.sized(), cursor.varint()
    require(found.oid < 16384, "table descriptor: a type's number is not one of PostgreSQL's own")
    if found.kind in (ARRAY, DOMAIN, RANGE, MULTIRANGE):
        found.element = parse_place(cursor, place)
    elif found.kind == COMPOSITE:
        for _ in range(cursor.varint()):
            cursor.sized()
            parse_place(cursor, place)
    return found


def parse_table(value: bytes) -> Table:
    cursor = Cursor(value, "table descriptor")
    cursor.version(cursor.u8())
    require(cursor.u8() in (1, 2, 3, 4), "table descriptor: its origin is not known")
    table = Table(cursor.sized(), cursor.sized(), cursor.sized(), cursor.sized(), [], [], [])
    cursor.sized()  # comment
    for place in range(cursor.varint()):
        require(place < 65535, "table descriptor: too many types")
        table.types.append(parse_type(cursor, place))
    for place in range(cursor.varint()):
        require(place < 1664, "table descriptor: too many columns")
        table.columns.append((cursor.sized(), parse_place(cursor, len(table.types))))
        cursor.sized()  # the type as SQL writes it
        not_null, identity, generated = cursor.u8(), cursor.u8(), cursor.u8()
        require(max(not_null, generated) < 2 and identity in (0, *b"ad"), "table descriptor: a flag is not one")
    table.key = [parse_place(cursor, len(table.columns)) for _ in range(cursor.varint())]
    for _ in range(cursor.varint()):
        cursor.sized()
        count = cursor.varint()
        require(count > 0, "table descriptor: a foreign key without columns")
        for _ in range(count):
            parse_place(cursor, len(table.columns))
        for _ in range(2 + count):  # schema, table, what it points at
            cursor.sized()
    cursor.end()
    return table


def parse_row_count(value: bytes) -> int:
    cursor = Cursor(value, "row count")
    count = cursor.varint()
    cursor.end()
    return count


def parse_moved(cursor: Cursor, length: int) -> list[Segment]:
    pieces = []
    count = cursor.varint()
    require(count > 0, "row: a column that is nowhere")
    for _ in range(count):
        object_id, offset, size = cursor.raw(32), cursor.varint(), cursor.varint()
        require(size > 0 and offset + size <= MAX_OBJECT_SIZE, "row: a piece of a column lies outside its object")
        pieces.append(Segment(size, object_id, offset))
    require(sum(piece.length for piece in pieces) == length, "row: the pieces of a column do not add up")
    return pieces


def parse_row(value: bytes, columns: int) -> Row:
    cursor = Cursor(value, "row")
    cursor.version(cursor.u8())
    row = Row(cursor.varint(), [])
    require(row.count > 0 and cursor.varint() == columns, "row: it has not the columns of its table")
    nulls = int.from_bytes(cursor.raw((columns + 7) // 8), "little")
    require(nulls >> columns == 0, "row: it marks columns that it does not have")
    for column in range(columns):
        if nulls >> column & 1:
            row.columns.append(None)
            continue
        head = cursor.varint()
        row.columns.append(parse_moved(cursor, head >> 1) if head & 1 else cursor.raw(head >> 1))
    cursor.end()
    return row


def numeric_key(image: bytes) -> bytes:
    words = [int.from_bytes(image[at:at + 2], "big") for at in range(0, len(image), 2)]
    require(len(image) >= 8 and len(image) == 8 + 2 * words[0], "row: a numeric that is none")
    weight, sign, digits = words[1], words[2], words[4:]
    if sign in (0xC000, 0xD000, 0xF000):
        return {0xC000: b"\x60", 0xD000: b"\x50", 0xF000: b"\x10"}[sign]
    require(sign in (0, 0x4000) and all(digit < 10000 for digit in digits), "row: a numeric that is none")
    while digits and digits[-1] == 0:
        digits.pop()
    while digits and digits[0] == 0:
        digits, weight = digits[1:], weight - 1
    if not digits:
        return b"\x30"
    turn = 0xFFFF if sign else 0
    words = [weight + 0x8000 & 0xFFFF] + [digit + 1 for digit in digits] + [0]
    return (b"\x20" if sign else b"\x40") + b"".join((word ^ turn).to_bytes(2, "big") for word in words)


def numeric_text(image: bytes) -> str:
    """As PostgreSQL writes it, with all digits of its scale."""
    numeric_key(image)  # refuses what is none
    count, weight, sign, scale = (int.from_bytes(image[at:at + 2], "big") for at in range(0, 8, 2))
    if sign in (0xC000, 0xD000, 0xF000):
        return {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}[sign]
    weight -= (weight & 0x8000) << 1
    digits = "".join(f"{int.from_bytes(image[at:at + 2], 'big'):04}" for at in range(8, 8 + 2 * count, 2))
    before = 4 * (weight + 1)  # so many of them stand before the point
    whole = digits[:max(before, 0)].ljust(max(before, 0), "0").lstrip("0") or "0"
    fraction = ("0" * max(-before, 0) + digits[max(before, 0):]).ljust(scale, "0")[:scale]
    return ("-" if sign else "") + whole + ("." + fraction if scale else "")


def key_image(column_type: ColumnType, image: bytes) -> bytes:
    oid = column_type.oid if column_type.kind == BASE else 0
    if oid == NUMERIC:
        return numeric_key(image)
    if oid in SIGNED_LENGTHS or oid in PLAIN_LENGTHS:
        require(len(image) == {**SIGNED_LENGTHS, **PLAIN_LENGTHS}[oid], "row: an image of another length than its type has")
        return bytes([image[0] ^ (0x80 if oid in SIGNED_LENGTHS else 0)]) + image[1:]
    if oid == BPCHAR:
        image = image.rstrip(b" ")
    return image.replace(b"\0", b"\0\xff") + b"\0\1"


def key_of_row_without_key(k_id: bytes, value: bytes, count: int) -> bytes:
    """Over the row with count 1."""
    count_size = max(1, (count.bit_length() + 6) // 7)
    return hmac_sha256(k_id, b"row\0", value[:1], b"\1", value[1 + count_size:])


# --- 12. Manifests ----------------------------------------------------------------------------------------------------

@dataclass
class Snapshot:
    snapshot_id: bytes
    writer: bytes
    sequence: int
    time: int
    files: int
    bytes: int
    public_digest: bytes
    host: bytes = b""
    name: bytes = b""
    is_open: bool = False  # whether the key at hand opens it
    roots: dict[bytes, bytes] = field(default_factory=dict)


def parse_structure_part(plain: bytes) -> list[bytes]:
    part = Cursor(plain, "manifest, structure part")
    part.raw(32)
    roots = [part.raw(32) for _ in range(part.le32())]
    part.raw(32)  # retention group
    require(part.u8() in (0, 1), "manifest, structure part: its protection is neither yes nor no")
    part.end()
    return roots


def parse_content_part(plain: bytes) -> tuple[bytes, bytes, list[bytes]]:
    part = Cursor(plain, "manifest, content part")
    part.raw(32)
    host, name, _tags, _paths, root_names = part.sized(), part.sized(), part.list(), part.list(), part.list()
    require(-(1 << 31) <= part.svarint() < 1 << 31, "manifest, content part: its zone is out of bounds")
    for _statistic in range(5):
        part.varint()
    part.end()
    return host, name, root_names


def parse_manifest(blob: bytes, snapshot_id: bytes, keys: Keys,
                   signing_keys: dict[bytes, bytes]) -> Snapshot:
    require(sha256(blob) == snapshot_id, "manifest: its bytes do not give its name")
    manifest = Cursor(blob, "manifest")
    manifest.magic(b"PULIHSNP")
    manifest.version(manifest.le32())
    lengths = [manifest.le32() for _ in range(3)]
    manifest.zeros(8)
    public_part, structure_part, content_part = [manifest.raw(length) for length in lengths]
    signed, signature = blob[:manifest.at], manifest.raw(64)
    manifest.end()

    public = Cursor(public_part, "manifest, public part")
    require(public.raw(16) == keys.domain, "manifest: it is of another domain")
    public.raw(16)  # the repository that it was made in: repositories of one domain exchange snapshots
    writer, sequence = public.raw(16), public.le64()
    require(is_signed(signing_keys.get(writer), signed, signature), "manifest: no writer of this repository signed it")
    public.raw(32)  # previous
    snapshot = Snapshot(snapshot_id, writer, sequence, public.time(), public.le64(), public.le64(), sha256(public_part))
    public.raw(3 * 8)  # rows, tables, epoch seen
    structure_digest, content_digest = public.raw(32), public.raw(32)
    public.end()

    structure = open_seal(keys.structure_secret, structure_part)
    require(structure is not None and sha256(structure) == structure_digest,
            "manifest: its structure part is not the one that was signed")
    content = next(filter(None, (open_seal(secret, content_part) for secret in keys.content_secrets)), None)
    if content is None:
        return snapshot  # sealed to a content key that came after ours
    require(sha256(content) == content_digest, "manifest: its content part is not the one that was signed")
    host, name, root_names = parse_content_part(content)
    roots = parse_structure_part(structure)
    require(len(roots) == len(root_names), "manifest: it has not as many names as roots")
    require(len(set(root_names)) == len(root_names), "manifest: two of its roots have one name")
    snapshot.host, snapshot.name = host, name
    snapshot.roots, snapshot.is_open = dict(zip(root_names, roots)), True
    return snapshot


# --- 13. Log ----------------------------------------------------------------------------------------------------------

def append_leaf(frontier: list[bytes], size: int, leaf: bytes) -> list[bytes]:
    """The frontier of a tree of `size` leaves after one more."""
    node, rest = sha256(b"\0", leaf), list(frontier)
    while size & 1:  # each trailing one bit is a full subtree as large as what is carried
        node = sha256(b"\1", rest.pop(), node)
        size >>= 1
    return rest + [node]


def root_of(frontier: list[bytes]) -> bytes:
    root = frontier[-1]
    for node in reversed(frontier[:-1]):
        root = sha256(b"\1", node, root)
    return root


def decode_base64(digits: bytes) -> bytes:
    """Nothing where it is not in its canonical form."""
    try:
        data = base64.b64decode(digits, validate=True)
    except binascii.Error:
        return b""
    return data if base64.b64encode(data) == digits else b""


SIGNATURE_LINE = re.compile("— ([^ +\x00-\x1f\x7f]+) ([A-Za-z0-9+/=]+)".encode())


def signatures_of(lines: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Name, key id and signature of each signature line of a note."""
    require(lines.endswith(b"\n"), "log entry: a line of its checkpoint does not end")
    found = []
    for line in lines[:-1].split(b"\n"):
        parts = SIGNATURE_LINE.fullmatch(line)
        data = decode_base64(parts[2]) if parts else b""
        require(len(data) > 4, "log entry: a signature line of its checkpoint is not one")
        found.append((parts[1], data[:4], data[4:]))
    return found


def parse_log_entry(blob: bytes, origin: str, signing_key: bytes, n: int) -> tuple[bytes, list[bytes]]:
    """Leaf and frontier of entry n, whose checkpoint the writer signed."""
    entry = Cursor(blob, "log entry")
    entry.magic(b"PULIHLOG")
    entry.version(entry.le32())
    leaf_length, checkpoint_length, count = entry.le32(), entry.le32(), entry.le32()
    require(leaf_length <= 65535 and count == bin(n + 1).count("1"), "log entry: its lengths are out of bounds")
    leaf, checkpoint = entry.raw(leaf_length), entry.raw(checkpoint_length)
    frontier = [entry.raw(32) for _ in range(count)]
    entry.end()
    # What the checkpoint has to say follows from the frontier, so it is compared and not taken apart.
    said = f"{origin}\n{n + 1}\n{base64.b64encode(root_of(frontier)).decode()}\n".encode()
    require(checkpoint.startswith(said + b"\n"), "log entry: its checkpoint is of another tree")
    key_id = sha256(origin.encode() + b"\n\x01" + signing_key)[:4]
    own = [signature for name, line_id, signature in signatures_of(checkpoint[len(said) + 1:])
           if (name, line_id) == (origin.encode(), key_id)]
    require(any(is_signed(signing_key, said, signature) for signature in own),
            "log entry: the writer did not sign its checkpoint")
    return leaf, frontier


def check_leaf(leaf: bytes, repository: bytes, writer: bytes, n: int) -> dict[str, object]:
    try:
        fields = json.loads(leaf)
    except (ValueError, RecursionError):
        raise Refused("log entry: its leaf is not JSON") from None
    own = isinstance(fields, dict) and (fields.get("repo"), fields.get("writer"), fields.get("seq"))
    require(own == (repository.hex(), writer.hex(), n) and type(fields["seq"]) is int,
            "log entry: its leaf belongs elsewhere")
    return fields
