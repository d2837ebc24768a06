#!/usr/bin/env python3
"""An independent reader of the Waybill bundle format, version 1.

Written from docs/spec/bundle-format.md and docs/spec/bundle.proto alone, with nothing but the Python 3.11 standard library, so
that it proves that the specification is enough. It favours clarity over speed: a stranger should be able to translate it.
Sections and the ids in brackets, such as [F-05], are those of the specification.

    reader.py verify  FILE [--parents DIR]... [--trust FILE]...          one JSON object: the outcome, and what is inside
    reader.py extract FILE --stream NAME [--kind KIND] [--parents DIR]   resolved content of one stream to standard output
    reader.py list    FILE                                               files and resources as JSON lines
    reader.py salvage FILE                                               what a damaged bundle still holds, as JSON
    reader.py vectors DIR                                                runs every test vector DIR/**/*.json

Encrypted bundles: [--key PEM-FILE]... [--psk-file HEX-FILE]... [--passphrase-file FILE]... for all but vectors.
"""
import argparse
import base64
import bisect
import collections
import hashlib
import hmac
import json
import mmap
import os
import struct
import sys
import unicodedata
import zlib
from typing import NamedTuple

import crypto
import keys as keyring
import zstd_decoder
from crypto import CryptoError, hkdf, hmac_sha256

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


class BundleError(Exception):
    """A refusal. `name` is one of the outcomes listed in README.md beside this file; `offset` is a bundle offset or None."""

    def __init__(self, name, text, offset=None):
        super().__init__(text)
        self.name, self.text, self.offset = name, text, offset


def check(condition, name, text, offset=None):
    if not condition:
        raise BundleError(name, text, offset)


# ---- 1. Terms: primitives -------------------------------------------------------------------------------------------------------

def _crc_tables():
    by_byte = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)     # 1EDC6F41 reflected
        by_byte.append(value)

    def four_steps(value):
        for _ in range(4):
            value = by_byte[value & 255] ^ (value >> 8)
        return value

    # Four bytes at a time with a table for each half of the word: a plain loop over bytes is several times slower in Python.
    parts = [[four_steps(value << shift) for value in range(256)] for shift in (0, 8, 16, 24)]
    low = [parts[0][half & 255] ^ parts[1][half >> 8] for half in range(65536)]
    high = [parts[2][half & 255] ^ parts[3][half >> 8] for half in range(65536)]
    return by_byte, low, high


_CRC_BYTE, _CRC_LOW, _CRC_HIGH = _crc_tables()


def crc32c(data):
    crc, low, high = 0xFFFFFFFF, _CRC_LOW, _CRC_HIGH
    view = memoryview(data)
    whole = len(view) & ~3
    for start in range(0, whole, 64 * KIB):
        piece = view[start:min(start + 64 * KIB, whole)]
        for word in struct.unpack(f"<{len(piece) // 4}I", piece):
            crc ^= word
            crc = low[crc & 0xFFFF] ^ high[crc >> 16]
    for byte in view[whole:]:
        crc = _CRC_BYTE[(crc ^ byte) & 255] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def sha256(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def all_zero(data):
    return data.count(0) == len(data)


def hex_or_none(data):
    return data.hex() if data else None


# ---- 2. Shape: layouts and framing ------------------------------------------------------------------------------------------------

MAGIC = bytes.fromhex("8957424C0D0A1A0A")
SYNC = bytes.fromhex("9D5742B1")
TRAILER_MAGIC = bytes.fromhex("57424C454E440D0A")
ENTRY_MAGIC = bytes.fromhex("57426531")

PREAMBLE_LAYOUT = struct.Struct("<8sHHIQQQ16sII")
RECORD_LAYOUT = struct.Struct("<4sBBHIIQQ4sI")
TRAILER_LAYOUT = struct.Struct("<8s16sQQQQQQIIQQ32s32s32sQI48sI")
LEAF_LAYOUT = struct.Struct("<B7sQQQ32s")
CHUNK_LAYOUT = struct.Struct("<IBBHQQII32s")
RUNS_LAYOUT = struct.Struct("<II")
TILE_LAYOUT = struct.Struct("<IIQ")
PLACE_LAYOUT = struct.Struct("<QIB3s")                  # second part of a tile entry
NODE_LAYOUT = struct.Struct("<IIQII")
CHILD_LAYOUT = struct.Struct("<QQQII32s")               # index entry
ENTRY_LAYOUT = struct.Struct("<4sIQII")

README, FEATURE_NAMES, ENVELOPE, SCHEMA, PROLOGUE = 0x01, 0x02, 0x03, 0x05, 0x06
STREAM_BEGIN, CHUNK, RUNS, TILE, STREAM_END, INDEX_NODE, LAYOUT = range(0x10, 0x17)
CHECKPOINT, MANIFEST, SIGNATURE, ENVELOPE_COPY, PAD = 0x18, 0x20, 0x21, 0x22, 0x30
RECORD_NAMES = {globals()[name]: name for name in (
    "README", "FEATURE_NAMES", "ENVELOPE", "SCHEMA", "PROLOGUE", "STREAM_BEGIN", "CHUNK", "RUNS", "TILE", "STREAM_END",
    "INDEX_NODE", "LAYOUT", "CHECKPOINT", "MANIFEST", "SIGNATURE", "ENVELOPE_COPY", "PAD")}

FLAG_CRITICAL, FLAG_ENCRYPTED, FLAGS_REFUSED = 0x01, 0x02, 0x3C
FEATURE_ENCRYPTED, FEATURE_ZSTD = 1 << 0, 1 << 1
KNOWN_INCOMPAT = FEATURE_ENCRYPTED | FEATURE_ZSTD       # section 3: the reserved bits are unknown to this version

# Section 13.
MAX_PAYLOAD = 16 * MIB + 64 * KIB
MAX_MANIFEST = 16 * MIB
MAX_STREAMS, MAX_TAGS, MAX_TAG_KEY, MAX_TAG_VALUE = 65535, 65536, 512, 64 * KIB
MAX_RESOURCES, MAX_BODY, MAX_META, MAX_XATTR = 1_000_000, 16 * MIB, 32 * MIB, 16 * MIB
MAX_DEPTH, MAX_PATH, MAX_COMPONENT = 32, 65535, 255
MAX_LENGTH, MAX_LEAVES, MAX_CHAIN = (1 << 63) - 1, 1 << 40, 1024
MAX_CELL = 8 * MIB
MIN_ENVELOPE, MAX_ENVELOPE, MAX_RECIPIENTS, MAX_RECIPIENT_BODY = 4096, 256 * KIB, 64, 16 * KIB
MIN_ROUNDS, MAX_ROUNDS, MAX_RUNS = 600_000, 10_000_000, 4096
MAX_STATEMENT, MAX_SIGNATURES, MAX_CERTIFICATES, MAX_SIGNATURE_RECORDS = MIB, 16, 8, 64
CONTENT_BUDGET = 4 * GIB                                # this reader's own: longer content is verified but not hashed [L-02]


class Preamble(NamedTuple):
    magic: bytes
    major: int
    minor: int
    preamble_length: int
    incompat: int
    transform_compat: int
    compat: int
    bundle_id: bytes
    reserved: int
    crc: int

    @property
    def tag(self):
        return sha256(self.bundle_id)[:4]               # [F-16]


class Record(NamedTuple):
    type: int
    flags: int
    sequence: int
    offset: int
    payload: bytes                                      # opened; None if no key at hand opens it
    end: int                                            # offset of what follows the padding
    stored_length: int                                  # payload_length, which counts the payload as stored
    head: bytes                                         # the 40 bytes of the header
    scope: int = 0                                      # of a sealed record

    @property
    def name(self):
        return RECORD_NAMES.get(self.type, f"type {self.type:02X}")


def read_preamble(buf):
    head = bytes(buf[:8])
    if head != MAGIC[:len(head)]:
        raise BundleError("not_a_bundle", "the first bytes are not those of a bundle [F-05]", 0)
    check(len(buf) >= 12, "incomplete", "cut within the preamble [T-03]", len(buf))
    major = struct.unpack_from("<H", buf, 8)[0]
    check(major == 1, "unsupported_version", f"major version {major} [F-06]", 8)
    check(len(buf) >= 64, "incomplete", "cut within the preamble [T-03]", len(buf))
    preamble = Preamble(*PREAMBLE_LAYOUT.unpack_from(buf, 0))
    check(preamble.crc == crc32c(buf[0:60]), "framing_error", "preamble CRC [F-07]", 60)
    check(preamble.preamble_length == 64, "framing_error", "preamble_length [F-07]", 12)
    check(preamble.reserved == 0, "framing_error", "reserved field of the preamble [F-07]", 56)
    return preamble


def refuse_unknown_features(buf, preamble):
    """[F-08]. The names are quoted if they can be read; whatever is wrong with them does not matter here."""
    unknown = preamble.incompat & ~KNOWN_INCOMPAT
    if not unknown:
        return
    text = f"unknown incompat bits {unknown:#x} [F-08]"
    try:
        record = read_record(buf, 64, preamble.tag, 0)
        if record.type == README:
            record = read_record(buf, record.end, preamble.tag, 1)
        if record.type == FEATURE_NAMES:
            for feature in decode("FeatureNames", record.payload)["features"]:
                if feature["word"] == 0 and unknown >> feature["bit"] & 1:
                    text += f"; {feature['name']}: {feature['message']}"
    except BundleError:
        pass
    raise BundleError("unsupported_feature", text, 16)


def read_record(buf, offset, tag, sequence, encrypted=False):
    """One record where one is expected; section 2.2."""
    head = bytes(buf[offset:offset + 4])
    check(head == SYNC[:len(head)], "framing_error", "no record where one must be [F-11]", offset)
    check(offset + 40 <= len(buf), "incomplete", "cut within a record header [T-03]", len(buf))
    fields = RECORD_LAYOUT.unpack_from(buf, offset)
    _, kind, flags, reserved, length, payload_crc, its_sequence, its_offset, its_tag, header_crc = fields
    check(header_crc == crc32c(buf[offset:offset + 36]), "framing_error", "header CRC [F-11]", offset)
    check(reserved == 0, "framing_error", "reserved field of a record header [F-11]", offset)
    check(length <= MAX_PAYLOAD, "limit_exceeded", f"payload_length {length} [F-12]", offset)
    check(its_sequence == sequence, "framing_error", f"sequence {its_sequence} where {sequence} is due [F-14]", offset)
    check(its_offset == offset, "framing_error", f"offset field {its_offset} [F-15]", offset)
    check(its_tag == tag, "framing_error", "bundle_tag of another bundle [F-16]", offset)
    check(not flags & FLAGS_REFUSED, "framing_error", f"flags {flags:#04x} [F-18]", offset)
    check(encrypted or not flags & FLAG_ENCRYPTED, "framing_error", "sealed record in a bundle without encryption [F-20]", offset)
    if kind in (PROLOGUE, MANIFEST):
        limit = MAX_MANIFEST + (SEAL_OVERHEAD if flags & FLAG_ENCRYPTED else 0)
        check(length <= limit, "limit_exceeded", f"{RECORD_NAMES[kind]} of {length} bytes", offset)
    if kind in (ENVELOPE, ENVELOPE_COPY):
        check(length <= MAX_ENVELOPE, "limit_exceeded", f"{RECORD_NAMES[kind]} of {length} bytes [E-01]", offset)
    if kind == SIGNATURE:
        check(length <= MAX_STATEMENT, "limit_exceeded", f"SIGNATURE of {length} bytes", offset)
    end = offset + 40 + length + (-(offset + 40 + length) % 8)
    check(end <= len(buf), "incomplete", "cut within a record [T-03]", len(buf))
    payload = bytes(buf[offset + 40:offset + 40 + length])
    if crc32c(payload) != payload_crc and kind != CHECKPOINT:      # section 12: damage of a CHECKPOINT does no harm
        raise BundleError("damaged", f"payload CRC of {RECORD_NAMES.get(kind, 'a record')} [F-13]", offset)
    check(all_zero(buf[offset + 40 + length:end]), "framing_error", "padding [F-17]", offset)
    return Record(kind, flags, sequence, offset, payload, end, length, bytes(buf[offset:offset + 40]))


def at_trailer(buf, offset):
    head = bytes(buf[offset:offset + 8])
    check(len(head) == 8 or head[:4] not in (TRAILER_MAGIC[:len(head[:4])], SYNC[:len(head[:4])]),
          "incomplete", "ends without a trailer [T-03]", len(buf))
    return head == TRAILER_MAGIC


# ---- 9. Encoding of messages ------------------------------------------------------------------------------------------------------

# bundle.proto as a table. `*` repeated, `|name` member of a oneof; id and digest are bytes of exactly 16 and 32, `?` or absent.
PROTO = """
Time              1 seconds sfixed64, 2 nanos fixed32
TextList          1 values string*
Tag               1 key string, 2 text string|value, 3 integer sint64|value, 4 boolean bool|value, 5 raw bytes|value,
                  6 time Time|value, 7 list TextList|value, 8 source enum, 9 source_ref string, 10 observed Time,
                  11 sensitivity enum
Origin            1 platform string, 2 cluster_id string, 3 cluster_name string, 4 namespace string, 5 namespace_uid string,
                  6 kind string, 7 uid string, 8 host string
Application       1 id id, 2 name string, 3 origin Origin
Lineage           1 id id, 2 generation uint64, 3 forked_from_lineage id?, 4 forked_from_bundle id?, 5 fork_reason string
ParentRef         1 bundle_id id, 2 manifest_digest digest
WriterInfo        1 product string, 2 version string, 3 profile string
ChangeSource      1 kind enum, 2 provider string, 3 base_handle string, 4 target_handle string, 5 reported_ranges uint64,
                  6 reported_bytes uint64, 7 reason string, 8 change_id string
VolumeInfo        1 platform_handle string, 2 storage_class string, 3 claim string, 4 file_system string, 5 provider string,
                  6 capabilities string*
StreamHeader      1 stream_no uint32, 2 stream_id id, 3 kind enum, 4 name string, 5 block_size uint32, 6 cell_size uint32,
                  7 parent_root digest?, 8 parent_length uint64
StreamBegin       1 header StreamHeader, 2 bundle_id id, 3 application Application, 4 created Time
StreamResult      1 stream_no uint32, 2 virtual_length uint64, 3 leaf_count uint64, 4 stream_root digest,
                  5 content_root digest?, 6 data_bytes uint64
Stream            1 header StreamHeader, 2 result StreamResult, 3 change ChangeSource, 4 volume VolumeInfo,
                  5 entry_count uint64, 6 gap_count uint64
StreamPlace       1 stream_no uint32, 2 index_offset uint64, 3 index_length uint32, 4 index_level uint32, 5 stored_bytes uint64
Layout            1 streams StreamPlace*, 2 runs Run*
Run               1 first_sequence uint64, 2 salt id
HookResult        1 name string, 2 exit_code sint32, 3 started Time, 4 finished Time
ConsistencyGroup  1 stream_numbers uint32*, 2 level enum, 3 mechanism string, 4 external_id string, 5 earliest Time,
                  6 latest Time, 7 write_order_fidelity bool, 8 hooks HookResult*
OwnerReference    1 api_version string, 2 kind string, 3 name string, 4 uid string, 5 controller bool
ResourceEntry     1 ordinal uint32, 2 api_version string, 3 kind string, 4 namespace string, 5 name string, 6 uid string,
                  7 resource_version string, 8 owners OwnerReference*, 9 media_type string, 10 origin_name bytes,
                  11 blinding bytes
FileExtent        1 file_offset uint64, 2 data_offset uint64, 3 length uint64
Xattr             1 name bytes, 2 value bytes
Gap               1 offset uint64, 2 length uint64, 3 what string, 4 reason string
FileEntry         1 path bytes, 2 type enum, 3 mode uint32, 4 uid uint32, 5 gid uint32, 6 owner bytes, 7 group bytes,
                  8 modified Time, 9 accessed Time, 10 born Time, 11 size uint64, 12 extents FileExtent*, 13 link_target bytes,
                  14 device_major uint32, 15 device_minor uint32, 16 link_group uint64, 17 xattrs Xattr*, 18 gaps Gap*,
                  19 changed Time, 20 inode uint64
Prologue          1 bundle_id id, 2 created Time, 3 writer WriterInfo, 4 application Application, 5 lineage Lineage,
                  6 parent ParentRef, 7 tags Tag*
Manifest          1 bundle_id id, 2 blinding_salt digest, 3 created Time, 4 writer WriterInfo, 5 application Application,
                  6 lineage Lineage, 7 parent ParentRef, 8 streams Stream*, 9 groups ConsistencyGroup*, 10 tags Tag*,
                  11 prologue_digest digest
CheckpointStream  1 stream_no uint32, 2 position uint64, 3 leaf_count uint64, 4 frontier bytes*
Checkpoint        1 previous_offset uint64, 2 streams CheckpointStream*
FeatureName       1 word uint32, 2 bit uint32, 3 name string, 4 message string, 5 minimum_version string
FeatureNames      1 features FeatureName*
Recipient         1 type uint32, 2 scopes uint32, 3 key_id bytes, 4 body bytes
Envelope          1 suite uint32, 2 head_digest digest, 3 meta_commitment digest, 4 data_commitment digest,
                  5 secret_commitment digest, 6 recipients Recipient*, 7 public_tags Tag*, 8 bundle_id id
Signature         1 algorithm string, 2 key_id bytes, 3 signature bytes, 4 certificates bytes*, 5 timestamp bytes
SignedStatement   1 payload_type string, 2 payload bytes, 3 signatures Signature*
ContentStatement  1 bundle_id id, 2 manifest_digest digest
StorageStatement  1 bundle_id id, 2 manifest_digest digest, 3 stored_root digest, 4 record_count uint64, 5 stored_length uint64
"""


class Field(NamedTuple):
    name: str
    type: str
    repeated: bool
    oneof: str


def _parse_proto():
    messages, current = {}, None
    for line in PROTO.strip().splitlines():
        if not line.startswith(" "):
            name, line = line.split(None, 1)
            current = messages[name] = {}
        for item in line.strip().strip(",").split(", "):
            number, name, kind = item.split()
            kind, _, oneof = kind.partition("|")
            current[int(number)] = Field(name, kind.rstrip("*"), kind.endswith("*"), oneof)
    return messages


MESSAGES = _parse_proto()
VARINTS = {"uint32": 32, "uint64": 64, "sint32": 32, "sint64": 64, "bool": 64, "enum": 64}
DEFAULTS = {**dict.fromkeys([*VARINTS, "fixed32", "sfixed64"], 0), "bool": False, "string": "", "bytes": b"",
            "id": b"", "id?": b"", "digest": b"", "digest?": b""}
FIXED_SIZES = {"id": (16,), "id?": (0, 16), "digest": (32,), "digest?": (0, 32)}
ENCODING = "encoding_error"


def varint(data, pos):
    value = 0
    for count in range(10):
        check(pos < len(data), ENCODING, "message ends within a number [D-08]")
        byte = data[pos]
        pos += 1
        value |= (byte & 127) << (7 * count)
        if byte < 128:
            check(value < 1 << 64, ENCODING, "number of more than 64 bits")
            return value, pos
    raise BundleError(ENCODING, "number of more than ten bytes")


def wire_value(data, pos, wire):
    """The raw value after a tag: an int for wire type 0, bytes for 1, 2 and 5."""
    if wire == 0:
        return varint(data, pos)
    check(wire in (1, 2, 5), ENCODING, f"wire type {wire}: groups are not allowed [D-08]")
    size = {1: 8, 5: 4}.get(wire)
    if wire == 2:
        size, pos = varint(data, pos)
    check(size <= len(data) - pos, ENCODING, "message ends within a field [D-08]")
    return data[pos:pos + size], pos + size


def scalar(kind, raw):
    if kind in VARINTS:
        if kind == "bool":
            return raw != 0
        if kind == "enum":
            return raw if raw < 1 << 63 else raw - (1 << 64)
        check(raw < 1 << VARINTS[kind], ENCODING, f"number too large for {kind}")
        return (raw >> 1) ^ -(raw & 1) if kind.startswith("sint") else raw
    if kind == "fixed32":
        return int.from_bytes(raw, "little")
    if kind == "sfixed64":
        return int.from_bytes(raw, "little", signed=True)
    if kind == "string":
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise BundleError(ENCODING, "text is not UTF-8 [D-08]") from None
    return raw


def decode(message, data, depth=1):
    """A message as a dict with a value for every field: the default, None for an absent message, and for a oneof under its
    name None or (member, value). Unknown fields are skipped [D-08]."""
    check(depth <= MAX_DEPTH, ENCODING, "messages nest too deep [D-08]")
    fields = MESSAGES[message]
    result, seen, pos = {}, set(), 0
    for field in fields.values():
        result[field.oneof or field.name] = [] if field.repeated else None if field.oneof else DEFAULTS.get(field.type)
    while pos < len(data):
        tag, pos = varint(data, pos)
        number, wire = tag >> 3, tag & 7
        check(0 < number < 1 << 29, ENCODING, f"field number {number} in {message} [D-08]")
        raw, pos = wire_value(data, pos, wire)
        field = fields.get(number)
        if field is None:
            continue
        where = f"{message}.{field.name}"
        expected = 0 if field.type in VARINTS else {"fixed32": 5, "sfixed64": 1}.get(field.type, 2)
        if field.repeated and expected != 2 and wire == 2:              # packed
            inner = 0
            while inner < len(raw):
                item, inner = wire_value(raw, inner, expected)
                result[field.name].append(scalar(field.type, item))
            continue
        check(wire == expected, ENCODING, f"{where} has wire type {wire}")
        value = decode(field.type, raw, depth + 1) if field.type in MESSAGES else scalar(field.type, raw)
        if field.repeated:
            result[field.name].append(value)
            continue
        check((field.oneof or field.name) not in seen, ENCODING, f"{where} occurs twice [D-08]")
        seen.add(field.oneof or field.name)
        result[field.oneof or field.name] = (field.name, value) if field.oneof else value
    for field in fields.values():
        if field.type in FIXED_SIZES:
            size = len(result[field.name])
            check(size in FIXED_SIZES[field.type], "manifest_error", f"{message}.{field.name} has {size} bytes")
    if message == "Time":
        check(result["nanos"] < 1_000_000_000, ENCODING, "nanos [D-10]")
    return result


# ---- 4.1 Leaves -----------------------------------------------------------------------------------------------------------------

DATA, MASKED, ZERO, INHERIT = 1, 2, 3, 4
STATE_NAMES = {DATA: "DATA", MASKED: "MASKED", ZERO: "ZERO", INHERIT: "INHERIT"}
NO_DIGEST = bytes(32)


class Leaf(NamedTuple):
    state: int
    offset: int
    length: int
    content_length: int
    digest: bytes
    record_offset: int = 0                              # place of the CHUNK record; 0 for ZERO and INHERIT
    payload_length: int = 0
    codec: int = 0

    @property
    def end(self):
        return self.offset + self.length

    @property
    def descriptor(self):
        return LEAF_LAYOUT.pack(self.state, bytes(7), self.offset, self.length, self.content_length, self.digest)

    def __str__(self):
        return f"{STATE_NAMES.get(self.state, self.state)} leaf at {self.offset}"


def unpack_leaf(data, pos, at):
    state, reserved, offset, length, content_length, digest = LEAF_LAYOUT.unpack_from(data, pos)
    check(all_zero(reserved) and state in STATE_NAMES, "leaf_error", f"leaf of state {state} [M-06]", at)
    return Leaf(state, offset, length, content_length, digest)


# ---- 4.2, 4.4, 4.5 CHUNK, MASKED, compression -------------------------------------------------------------------------------------

INHERIT_BLOCK, DATA_BLOCK, ZERO_BLOCK = 0b00, 0b01, 0b10


class Chunk(NamedTuple):
    stream_no: int
    leaf: Leaf
    flags: int
    cell_digest: bytes                                  # empty if there is none
    mask: bytes
    data: bytes                                         # encoded


def parse_chunk(payload, at, stored_length=None):
    check(len(payload) >= 64, "leaf_error", "CHUNK payload too short", at)
    stream_no, state, codec, mask_length, offset, length, raw_length, flags, digest = CHUNK_LAYOUT.unpack_from(payload)
    check(state in (DATA, MASKED), "leaf_error", f"CHUNK of state {state} [M-13]", at)
    if state == DATA:
        check(mask_length == 0 and flags == 0, "leaf_error", "mask or flags in a DATA chunk [M-13]", at)
    check(flags in (0, 1), "leaf_error", f"chunk flags {flags:#x} [M-13]", at)
    mask_at = 64 + 32 * flags
    check(len(payload) >= mask_at + mask_length, "leaf_error", "CHUNK payload too short for its mask", at)
    leaf = Leaf(state, offset, length, raw_length, digest, at, len(payload) if stored_length is None else stored_length, codec)
    return Chunk(stream_no, leaf, flags, payload[64:mask_at], payload[mask_at:mask_at + mask_length],
                 payload[mask_at + mask_length:])


def mask_blocks(chunk, block_size):
    """(code, start, end) of each block of a MASKED cell, relative to the cell; section 4.4."""
    length = chunk.leaf.length
    for index in range(-(-length // block_size)):
        code = chunk.mask[index // 4] >> (2 * (index % 4)) & 3
        yield code, index * block_size, min((index + 1) * block_size, length)


def check_chunk(chunk, block_size, cell_size, zstd):
    """Everything that can be refused before anything is allocated; the caller knows that the leaf covers one cell."""
    leaf, at = chunk.leaf, chunk.leaf.record_offset
    raw, stored = leaf.content_length, len(chunk.data)
    check(raw <= cell_size, "codec_error", f"raw_length {raw} above cell_size [C-02]", at)
    check(leaf.codec in (0, 1, 2), "codec_error", f"unknown codec {leaf.codec} [C-02]", at)
    check(leaf.codec != 2 or zstd, "codec_error", "zstd without its feature bit [C-02]", at)
    if leaf.codec == 0:
        check(stored == raw, "codec_error", f"codec 0 with {stored} bytes for {raw} [C-02]", at)
    else:
        check(stored < raw, "canonical_violation", f"encoded form of {stored} bytes for {raw} [C-01]", at)
    check(leaf.codec != 1 or raw <= 255 * stored + 64, "codec_error", "raw_length beyond what LZ4 can reach [C-02]", at)
    if leaf.state == DATA:
        check(raw == leaf.length, "leaf_error", "raw_length of a DATA chunk is not its length [M-14]", at)
        return
    count = -(-leaf.length // block_size)
    check(len(chunk.mask) == -(-count // 4), "leaf_error", f"mask of {len(chunk.mask)} bytes for {count} blocks [M-18]", at)
    check(count % 4 == 0 or chunk.mask[-1] >> (2 * (count % 4)) == 0, "leaf_error", "mask bits beyond the last block [M-18]", at)
    present = others = 0
    for code, start, end in mask_blocks(chunk, block_size):
        check(code != 0b11, "leaf_error", "mask value 11 [M-18]", at)
        if code == DATA_BLOCK:
            present += end - start
        else:
            others += 1
    check(raw == present, "leaf_error", f"raw_length {raw}, data blocks {present} [M-19]", at)
    check(present and others, "canonical_violation", "MASKED cell that should be DATA or runs [M-20]", at)


def decode_chunk(chunk):
    """The raw bytes, verified against the leaf's digest before anyone sees them [M-14, M-15]."""
    leaf = chunk.leaf
    if leaf.codec == 0:
        raw = chunk.data
    elif leaf.codec == 1:
        raw = lz4_decode(chunk.data, leaf.content_length)
    else:
        try:
            raw = zstd_decoder.decode_frame(chunk.data, leaf.content_length, 8 * MIB)
        except zstd_decoder.ZstdError as error:
            raise BundleError("codec_error", f"zstd: {error} [C-03]", leaf.record_offset) from None
    check(len(raw) == leaf.content_length, "codec_error", f"decoded to {len(raw)} bytes [M-14]", leaf.record_offset)
    if leaf.state == DATA:
        digest = sha256(raw)
    else:
        digest = sha256(struct.pack("<I", chunk.flags), chunk.cell_digest, chunk.mask, raw)
    check(digest == leaf.digest, "digest_mismatch", f"digest of {leaf} [M-14]", leaf.record_offset)
    return raw


def check_canonical_content(chunk, raw, block_size):
    leaf, pos = chunk.leaf, 0
    if leaf.state == DATA:
        check(not all_zero(raw), "canonical_violation", f"{leaf} holds only zeros [M-11]", leaf.record_offset)
        return
    for code, start, end in mask_blocks(chunk, block_size):
        if code == DATA_BLOCK:
            block = raw[pos:pos + end - start]
            check(not all_zero(block), "canonical_violation", f"data block of zeros in {leaf} [M-21]", leaf.record_offset)
            pos += end - start


def lz4_decode(data, out_length):
    """Appendix A."""
    out, pos, size = bytearray(), 0, len(data)

    def fail(text):
        raise BundleError("codec_error", f"LZ4: {text} [C-03]")

    while True:
        if pos >= size:
            fail("input ends early")
        token = data[pos]
        pos += 1
        count = token >> 4
        if count == 15:
            count, pos = lz4_more(data, pos, count, fail)
        if count > size - pos:
            fail("input ends within literals")
        if len(out) + count > out_length:
            fail("more output than announced")
        out += data[pos:pos + count]
        pos += count
        if pos == size:
            break
        if size - pos < 2:
            fail("input ends within a distance")
        distance = data[pos] | data[pos + 1] << 8
        pos += 2
        if distance == 0 or distance > len(out):
            fail("reference before the start of the output")
        count = token & 15
        if count == 15:
            count, pos = lz4_more(data, pos, count, fail)
        count += 4
        if len(out) + count > out_length:
            fail("more output than announced")
        # Source and destination may overlap: what was just written is copied again, so the last `distance` bytes repeat.
        tail = bytes(out[-distance:])
        out += (tail * (count // distance + 1))[:count]
    if len(out) != out_length:
        fail("less output than announced")
    return bytes(out)


def lz4_more(data, pos, count, fail):
    while True:
        if pos >= len(data):
            fail("input ends within a length")
        byte = data[pos]
        pos += 1
        count += byte
        if byte != 255:
            return count, pos


# ---- 6. Roots -------------------------------------------------------------------------------------------------------------------

def leaf_hash(descriptor):
    return sha256(b"\x00", descriptor)


def merkle_root(hashes):
    """MTH of RFC 9162 over hashes that are already those of leaves or of full subtrees of equal size."""
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)                   # largest power of two smaller than n
    return sha256(b"\x01", merkle_root(hashes[:split]), merkle_root(hashes[split:]))


def leaves_hash(leaves):
    return merkle_root([leaf_hash(leaf.descriptor) for leaf in leaves])


def stream_root(header, virtual_length, leaf_count, tree):
    return sha256(b"\x02WBL1-stream", bytes(5),
                  struct.pack("<IIQQ", header["block_size"], header["cell_size"], virtual_length, leaf_count), tree)


# ---- 5. Index -------------------------------------------------------------------------------------------------------------------

FAN_OUT = 256


class Child(NamedTuple):
    """An index entry: what a node says about one TILE or INDEX_NODE below it."""
    first_offset: int
    leaf_count: int
    record_offset: int
    payload_length: int
    hash: bytes


def parse_tile(payload, at):
    check(len(payload) >= 16, "leaf_error", "TILE payload too short", at)
    stream_no, count, first_leaf = TILE_LAYOUT.unpack_from(payload)
    check(1 <= count <= FAN_OUT and first_leaf % FAN_OUT == 0, "leaf_error", "TILE count or first_leaf [M-23]", at)
    check(len(payload) == 16 + 80 * count, "leaf_error", "TILE payload length [M-23]", at)
    leaves = []
    for pos in range(16, len(payload), 80):
        leaf = unpack_leaf(payload, pos, at)
        record_offset, payload_length, codec, reserved = PLACE_LAYOUT.unpack_from(payload, pos + 64)
        check(all_zero(reserved), "leaf_error", "reserved field of a tile entry", at)
        leaves.append(leaf._replace(record_offset=record_offset, payload_length=payload_length, codec=codec))
    return stream_no, first_leaf, leaves


def parse_node(payload, at):
    check(len(payload) >= 24, "leaf_error", "INDEX_NODE payload too short", at)
    stream_no, count, first_leaf, level, reserved = NODE_LAYOUT.unpack_from(payload)
    check(reserved == 0 and 1 <= level <= 4, "leaf_error", f"INDEX_NODE of level {level}", at)
    check(1 <= count <= FAN_OUT and len(payload) == 24 + 64 * count, "leaf_error", "INDEX_NODE count [M-26]", at)
    children = []
    for pos in range(24, len(payload), 64):
        *start, reserved, digest = CHILD_LAYOUT.unpack_from(payload, pos)
        check(reserved == 0, "leaf_error", "reserved field of an index entry", at)
        children.append(Child(*start, digest))
    return stream_no, first_leaf, level, children


def parse_runs(payload, at):
    check(len(payload) >= 8, "leaf_error", "RUNS payload too short", at)
    stream_no, count = RUNS_LAYOUT.unpack_from(payload)
    check(1 <= count <= 4096 and len(payload) == 8 + 64 * count, "leaf_error", "RUNS count [M-16]", at)
    leaves = [unpack_leaf(payload, pos, at) for pos in range(8, len(payload), 64)]
    for leaf in leaves:
        check(leaf.state in (ZERO, INHERIT), "leaf_error", f"{leaf} in RUNS", at)
        check(leaf.content_length == 0 and leaf.digest == NO_DIGEST, "leaf_error", f"content of a {leaf}", at)
    return stream_no, leaves


# ---- 4. Streams ------------------------------------------------------------------------------------------------------------------

KINDS = ["UNSPECIFIED", "BLOCK_VOLUME", "FILE_META", "FILE_DATA", "BYTES", "RESOURCES", "SECRETS"]
FILE_META, FILE_DATA, RESOURCES, SECRETS = 2, 3, 5, 6


class Stream:
    """What is known of one stream: leaves in order, and the index above them as it must be."""

    def __init__(self, bundle, header):
        self.bundle, self.header, self.result = bundle, header, None
        self.number, self.kind, self.name = header["stream_no"], header["kind"], header["name"]
        self.block_size, self.cell_size = header["block_size"], header["cell_size"]
        self.leaves, self.starts = [], []
        self.tiled = 0                                  # leaves that stand in a TILE
        self.levels = [[]]                              # levels[0]: a Child per TILE; levels[n]: a Child per node of level n
        self.data_bytes = self.stored_bytes = 0
        self.scope = STREAM_SCOPES.get(self.kind) if bundle.encrypted else None
        self.sealed = bundle.encrypted and self.scope not in (None, *bundle.scope_keys)     # whether no key opens its records
        self.parent = None                              # the parent's Stream, once the chain is resolved
        self._cells = {}

    @property
    def kind_name(self):
        return KINDS[self.kind] if self.kind < len(KINDS) else str(self.kind)

    @property
    def virtual_length(self):
        return self.result["virtual_length"]

    def __str__(self):
        return f"stream {self.number} ({self.kind_name} {self.name})"

    def add(self, leaf, at):
        """One more leaf; checks everything that does not need the virtual length."""
        fail = f"{leaf} of {self}"
        previous = self.leaves[-1] if self.leaves else None
        if previous:
            check(leaf.offset > previous.offset, "order_error", f"{fail}: offsets must ascend [M-05]", at)
            check(leaf.offset == previous.end, "leaf_error", f"{fail}: gap or overlap [M-03]", at)
            self.check_end(previous, at)
        check(previous or leaf.offset == 0, "leaf_error", f"{fail}: the first leaf must start at 0 [M-03]", at)
        check(leaf.length > 0, "leaf_error", f"{fail} is empty [M-03]", at)
        check(leaf.end <= MAX_LENGTH, "limit_exceeded", f"{fail} ends beyond 2^63 - 1 [M-02]", at)
        check(len(self.leaves) < MAX_LEAVES, "limit_exceeded", f"{self} has too many leaves", at)
        if leaf.state in (MASKED, INHERIT):
            check(self.header["parent_root"], "leaf_error", f"{fail}: no parent_root [M-10]", at)
        if leaf.state in (DATA, MASKED):
            check(leaf.offset % self.cell_size == 0 and leaf.length <= self.cell_size, "leaf_error", f"{fail}: not a cell [M-07]", at)
        else:
            check(leaf.offset % self.block_size == 0, "leaf_error", f"{fail}: not at a block [M-08]", at)
            check(not previous or previous.state != leaf.state, "canonical_violation", f"{fail}: run is not maximal [M-09]", at)
        if leaf.state == INHERIT:
            self.check_inherited(leaf.offset, leaf.end, at)
        self.leaves.append(leaf)
        self.starts.append(leaf.offset)

    def check_end(self, leaf, at):
        """[M-07, M-08, M-12]: how a leaf must end that is not the last."""
        if leaf.state in (DATA, MASKED):
            check(leaf.length == self.cell_size, "leaf_error", f"{leaf} of {self}: short cell inside the stream [M-07]", at)
            return
        check(leaf.end % self.block_size == 0, "leaf_error", f"{leaf} of {self}: ends within a block [M-08]", at)
        if leaf.state == ZERO and not self.header["parent_root"]:
            check(leaf.end % self.cell_size == 0, "canonical_violation", f"{leaf} of {self}: ends within a cell [M-12]", at)

    def check_inherited(self, start, end, at):
        """[I-03] for whole blocks from start to end; only the last one can be short."""
        limit = self.header["parent_length"]
        check(end <= limit, "leaf_error", f"{self} inherits beyond the parent's length [I-03]", at)
        check(end % self.block_size == 0 or end == limit, "leaf_error", f"{self} inherits a block that is short here only [I-03]", at)

    def add_chunk(self, chunk, at, zstd):
        self.add(chunk.leaf, at)
        check_chunk(chunk, self.block_size, self.cell_size, zstd)
        if chunk.leaf.state == MASKED:
            for code, start, end in mask_blocks(chunk, self.block_size):
                if code == INHERIT_BLOCK:
                    self.check_inherited(chunk.leaf.offset + start, chunk.leaf.offset + end, at)
        raw = decode_chunk(chunk)
        check_canonical_content(chunk, raw, self.block_size)
        self.data_bytes += len(raw)
        self.stored_bytes += chunk.leaf.payload_length
        return raw

    def add_tile(self, first_leaf, leaves, record):
        at = record.offset
        check(self.tiled % FAN_OUT == 0, "leaf_error", f"TILE after the last one of {self} [M-23]", at)
        check(first_leaf == self.tiled, "leaf_error", f"TILE from leaf {first_leaf} where {self.tiled} is due [M-23]", at)
        expected = self.leaves[first_leaf:first_leaf + len(leaves)]
        check(leaves == expected, "leaf_error", f"TILE of {self} differs from its CHUNK and RUNS records [M-24]", at)
        self.tiled += len(leaves)
        check(len(leaves) == FAN_OUT or self.tiled == len(self.leaves), "leaf_error", "short TILE inside a stream [M-23]", at)
        self.levels[0].append(Child(leaves[0].offset, len(leaves), at, record.stored_length, leaves_hash(leaves)))

    @property
    def leaf_count(self):
        return self.result["leaf_count"] if self.sealed else len(self.leaves)

    def level_sizes(self):
        """Number of tiles, of nodes of level 1, of level 2, ... as the number of leaves demands [M-26]."""
        sizes = [-(-self.leaf_count // FAN_OUT)]
        while sizes[-1] > 1:
            sizes.append(-(-sizes[-1] // FAN_OUT))
        return sizes

    def add_node(self, level, children, record):
        if len(self.levels) == level:
            self.levels.append([])
        index = len(self.levels[level])
        if self.sealed and level == 1:
            self.levels[0] += self.sealed_children(index, children, record)
        expected = self.levels[level - 1][index * FAN_OUT:(index + 1) * FAN_OUT]
        check(children == expected, "leaf_error", f"INDEX_NODE of {self} differs from what is below it [M-26, M-28]", record.offset)
        self.levels[level].append(Child(children[0].first_offset, sum(child.leaf_count for child in children), record.offset,
                                        record.stored_length, merkle_root([child.hash for child in children])))

    def sealed_children(self, index, children, record):
        """The children of a level 1 node over tiles that no key opens, once what shows from outside has been checked."""
        first_tile, at = index * FAN_OUT, record.offset
        check(len(self.levels[0]) == first_tile, "leaf_error", f"INDEX_NODE of {self} after the last one [M-26]", at)
        last = self.levels[0][-1].first_offset if self.levels[0] else -1
        for number, child in enumerate(children, first_tile):
            left = self.leaf_count - number * FAN_OUT if self.result else FAN_OUT
            check(child.leaf_count == min(left, FAN_OUT), "leaf_error", f"leaf_count in an INDEX_NODE of {self} [M-26]", at)
            check(child.first_offset > last and (last >= 0 or child.first_offset == 0), "leaf_error", f"first_offset in {self}", at)
            last = child.first_offset
            self.check_sealed_tile(child.record_offset, child.payload_length, at)
        return children

    def check_sealed_tile(self, offset, length, at):
        found = self.bundle.sealed_tiles.get(offset)
        check(found == (self.scope, length), "leaf_error", f"no TILE of {self} at {offset} [M-28]", at)

    def check_sealed_index(self, place, at):
        """What an index tells of a stream whose tiles no key opens: their places and, if there are many, the root."""
        sizes = self.level_sizes()
        expected = {"stream_no": self.number, "index_offset": 0, "index_length": 0, "index_level": 0}
        if sizes[0] == 1:
            expected.update(index_offset=place["index_offset"], index_length=place["index_length"])
            self.check_sealed_tile(place["index_offset"], place["index_length"], at)
        elif sizes[0]:
            top = self.levels[-1][0]
            expected.update(index_offset=top.record_offset, index_length=top.payload_length, index_level=len(sizes) - 1)
            tree = merkle_root([tile.hash for tile in self.levels[0]])
            root = stream_root(self.header, self.virtual_length, self.leaf_count, tree)
            check(root == self.result["stream_root"], "digest_mismatch", f"root of {self} [M-28]", at)
        check(expected.items() <= place.items(), "manifest_error", f"{self}: LAYOUT does not say where it lies [M-31]", at)

    def end(self, result, at):
        length, count = result["virtual_length"], result["leaf_count"]
        check(length <= MAX_LENGTH, "limit_exceeded", f"{self} is longer than 2^63 - 1 [M-02]", at)
        if self.sealed:
            check(count <= MAX_LEAVES, "limit_exceeded", f"{self} has too many leaves", at)
            check((count == 0) == (length == 0), "leaf_error", f"{self} has {count} leaves for {length} bytes [M-03]", at)
            self.result = result
            return
        check(count == len(self.leaves), "leaf_error", f"{self} has {len(self.leaves)} leaves, STREAM_END says {count}", at)
        covered = self.leaves[-1].end if self.leaves else 0
        check(covered == length, "leaf_error", f"the leaves of {self} end at {covered}, its length is {length} [M-03]", at)
        check(self.tiled == count, "leaf_error", f"{self} ends with {count - self.tiled} leaves without a TILE [M-24]", at)
        check(result["data_bytes"] == self.data_bytes, "manifest_error", f"data_bytes of {self}", at)
        root = stream_root(self.header, length, count, merkle_root([tile.hash for tile in self.levels[0]]))
        check(root == result["stream_root"], "digest_mismatch", f"root of {self} [M-29]", at)
        if not self.header["parent_root"] and result["content_root"]:
            check(result["content_root"] == root, "digest_mismatch", f"content_root of {self} [M-30]", at)
        self.result = result

    # Reading of content; section 11 for what is inherited.

    def cell(self, leaf):
        """The whole cell of a DATA or MASKED leaf, inherited blocks filled in and the cell digest checked [M-22]."""
        if leaf.offset in self._cells:
            return self._cells[leaf.offset]
        at = leaf.record_offset                         # [M-25]
        record = parse_chunk(self.bundle.payload_at(at, leaf.payload_length), at, leaf.payload_length)
        check(record.leaf == leaf and record.stream_no == self.number, "leaf_error", f"no CHUNK for {leaf} [M-25]", at)
        content = raw = decode_chunk(record)
        if leaf.state == MASKED:
            content, pos = bytearray(leaf.length), 0
            for code, start, end in mask_blocks(record, self.block_size):
                if code == DATA_BLOCK:
                    content[start:end] = raw[pos:pos + end - start]
                    pos += end - start
                elif code == INHERIT_BLOCK:
                    content[start:end] = self.inherited().read(leaf.offset + start, end - start)
            content = bytes(content)
            check(record.cell_digest in (b"", sha256(content)), "digest_mismatch", f"cell digest of {leaf} [M-22]", at)
        while len(self._cells) >= 2:
            del self._cells[next(iter(self._cells))]
        self._cells[leaf.offset] = content
        return content

    def inherited(self):
        check(self.parent, "parent_missing", f"{self} inherits from a bundle that was not given")
        return self.parent

    def segments(self, start, end):
        """Resolved content from start to end in order, as (length, bytes), or (length, None) where all is zero."""
        work = [(self, start, end)]
        while work:
            stream, start, end = work.pop()
            if start == end:
                continue
            check(not stream.sealed, "scope_missing", f"no key opens {stream}")
            leaf = stream.leaves[bisect.bisect_right(stream.starts, start) - 1]
            stop = min(end, leaf.end)
            work.append((stream, stop, end))
            if leaf.state == INHERIT:
                work.append((stream.inherited(), start, stop))
            elif leaf.state == ZERO:
                yield stop - start, None
            else:
                yield stop - start, stream.cell(leaf)[start - leaf.offset:stop - leaf.offset]

    def read(self, offset, length):
        return b"".join(content if content is not None else bytes(size) for size, content in self.segments(offset, offset + length))

    def resolvable(self):
        """Whether every bundle that content is inherited from is at hand and opened."""
        stream = self
        while stream and not stream.sealed and any(leaf.state in (MASKED, INHERIT) for leaf in stream.leaves):
            stream = stream.parent
        return stream is not None and not stream.sealed

    def check_content_root(self):
        """[M-30]: the root of the resolved content as a stream without parent. Costs time, not memory, per cell."""
        if not self.result["content_root"]:
            return
        leaves, pos, length = [], 0, self.virtual_length
        pending, pending_zero = [], True                # pieces of the cell that is being put together

        def emit(size, digest):
            nonlocal pos
            if digest:
                leaves.append(Leaf(DATA, pos, size, size, digest))
            elif leaves and leaves[-1].state == ZERO:
                leaves[-1] = leaves[-1]._replace(length=leaves[-1].length + size)
            else:
                leaves.append(Leaf(ZERO, pos, size, 0, NO_DIGEST))
            pos += size

        filled = 0
        for size, content in self.segments(0, length):
            used = 0
            while used < size:
                left = size - used
                if content is None and not filled and (left >= self.cell_size or pos + left == length):
                    whole = left if pos + left == length else left - left % self.cell_size
                    emit(whole, None)
                    used += whole
                    continue
                cell = min(self.cell_size, length - pos)
                part = min(left, cell - filled)
                piece = bytes(part) if content is None else content[used:used + part]
                pending.append(piece)
                pending_zero = pending_zero and all_zero(piece)
                used, filled = used + part, filled + part
                if filled == cell:
                    emit(cell, None if pending_zero else sha256(*pending))
                    pending, pending_zero, filled = [], True, 0
        root = stream_root(self.header, length, len(leaves), leaves_hash(leaves))
        check(root == self.result["content_root"], "digest_mismatch", f"content_root of {self} [M-30]")

    def content_sha256(self):
        if self.virtual_length > CONTENT_BUDGET or not self.resolvable():
            return None
        digest, zeros = hashlib.sha256(), bytes(MIB)
        for size, content in self.segments(0, self.virtual_length):
            if content is not None:
                digest.update(content)
                continue
            for start in range(0, size, MIB):
                digest.update(zeros[:min(MIB, size - start)])
        return digest.hexdigest()


# ---- 15. Encryption --------------------------------------------------------------------------------------------------------------

SCOPE_META, SCOPE_DATA, SCOPE_SECRET = 1, 2, 4
STREAM_SCOPES = {1: SCOPE_DATA, FILE_META: SCOPE_META, FILE_DATA: SCOPE_DATA, 4: SCOPE_DATA, RESOURCES: SCOPE_META, SECRETS: SCOPE_SECRET}
UNSEALED = (PAD, ENVELOPE_COPY, SIGNATURE)              # [E-10]
SEAL_LAYOUT = struct.Struct("<B7s16s")
SEAL_OVERHEAD = 24 + 16
KEY_BLOCKS = {1: 64, 3: 96, 7: 32}                      # scopes: length of the key block
P256_HPKE, RSA_OAEP, PSK, PBKDF2, KMS = range(1, 6)     # types of recipients
SUITES = {1: crypto.AesGcm, 2: crypto.ChaCha20Poly1305}


def parse_envelope(payload, at):
    """The message Envelope, with everything checked that needs no key [E-01, E-05, E-06, E-07, E-09]."""
    check(len(payload) >= MIN_ENVELOPE, "framing_error", f"ENVELOPE of {len(payload)} bytes [E-01]", at)
    length, reserved = struct.unpack_from("<II", payload)
    check(reserved == 0, "framing_error", "reserved field of ENVELOPE [E-01]", at)
    check(length <= len(payload) - 40, "framing_error", "message_length of ENVELOPE", at)
    check(all_zero(payload[8 + length:-32]), "framing_error", "bytes after the message of ENVELOPE [E-01]", at)
    envelope = decode("Envelope", payload[8:8 + length])
    recipients = envelope["recipients"]
    check(envelope["suite"] in SUITES, "unsupported_feature", f"suite {envelope['suite']} [E-05]", at)
    check(recipients, "manifest_error", "no recipients [E-06]", at)
    check(len(recipients) <= MAX_RECIPIENTS, "limit_exceeded", f"{len(recipients)} recipients [E-06]", at)
    for recipient in recipients:
        check_recipient(recipient, len(recipients), at)
    check_tags(envelope["public_tags"], at)
    for tag in envelope["public_tags"]:
        check(tag["sensitivity"] == 1, "manifest_error", f"tag {tag['key']} in the envelope is not PUBLIC [E-07]", at)
    return envelope


def check_recipient(recipient, count, at):
    """What can be checked before any work is spent on it [E-06, E-09]."""
    kind, scopes, body = recipient["type"], recipient["scopes"], recipient["body"]
    check(len(body) <= MAX_RECIPIENT_BODY, "limit_exceeded", "body of a recipient", at)
    if kind not in (P256_HPKE, RSA_OAEP, PSK, PBKDF2, KMS):
        return                                          # unknown: ignored, whatever it says
    check(scopes in KEY_BLOCKS, "manifest_error", f"recipient of scopes {scopes} [E-06]", at)
    sealed = KEY_BLOCKS[scopes] + 16
    if kind == RSA_OAEP:
        good = keyring.MIN_RSA_BITS // 8 <= len(body) <= keyring.MAX_RSA_BITS // 8
    elif kind == KMS:
        good = len(body) >= 2 and len(body) >= 2 + struct.unpack_from("<H", body)[0]
    else:
        good = len(body) == {P256_HPKE: 65, PSK: 32, PBKDF2: 36}[kind] + sealed
    recipient["fits"] = good                            # one that cannot open is passed over [E-06]
    if kind == PBKDF2:
        check(count == 1, "manifest_error", "a passphrase beside other recipients [E-09]", at)
    if kind == PBKDF2 and good:
        rounds = struct.unpack_from("<I", body, 32)[0]
        check(MIN_ROUNDS <= rounds <= MAX_ROUNDS, "limit_exceeded", f"{rounds} rounds of PBKDF2 [E-09]", at)


def open_recipient(recipient, key, context):
    """The key block, or None if the key is not the one for this recipient [E-08]."""
    kind, body = recipient["type"], recipient["body"]
    if not recipient.get("fits"):
        return None
    length = KEY_BLOCKS.get(recipient["scopes"])
    try:
        if kind == P256_HPKE and isinstance(key, keyring.P256Key):
            block = crypto.hpke_open(key.number, body[:65], body[65:], context)
        elif kind == RSA_OAEP and isinstance(key, keyring.RsaKey):
            if not keyring.MIN_RSA_BITS <= key.modulus.bit_length() <= keyring.MAX_RSA_BITS:
                return None
            text = crypto.rsa_oaep_open(key.modulus, key.exponent, body)
            block = text[32:] if text[:32] == sha256(context) else b""
        elif kind == PSK and isinstance(key, keyring.Psk) and len(key.secret) >= 32:
            block = crypto.AesGcm(hkdf(key.secret, body[:32], context)).open(bytes(12), body[32:])
        elif kind == PBKDF2 and isinstance(key, keyring.Passphrase):
            salt, rounds = body[:32], struct.unpack_from("<I", body, 32)[0]
            secret = crypto.pbkdf2_sha512(key.text, salt, rounds)
            block = crypto.AesGcm(hkdf(secret, salt, context)).open(bytes(12), body[36:])
        else:
            return None
    except CryptoError:
        return None
    return block if len(block) == length else None


def scope_keys_of(block, scopes, bundle_id):
    """The header key and {scope: key} from a key block; section 15.1."""
    if scopes == 7:
        header, *rest = (hkdf(block, bundle_id, b"WBL1-" + label) for label in (b"header", b"meta", b"data", b"secret"))
    else:
        header, *rest = (block[start:start + 32] for start in range(0, len(block), 32))
    return header, dict(zip((SCOPE_META, SCOPE_DATA, SCOPE_SECRET), rest))


def open_envelope(envelope, payload, bundle_id, keys, at):
    """The header key and the scope keys of the recipient with most scopes that one of the keys opens; None and {} if there is none.
    Every key block that opens must fit the MAC and the commitments [E-04]."""
    best = None, {}
    for recipient in envelope["recipients"]:
        context = b"WBL1-recipient\x00" + bundle_id + bytes((recipient["type"] & 255, recipient["scopes"] & 255, envelope["suite"]))
        for key in keys:
            block = open_recipient(recipient, key, context)
            if block is None:
                continue
            header_key, scope_keys = scope_keys_of(block, recipient["scopes"], bundle_id)
            mac = hmac_sha256(header_key, b"WBL1-envelope\x00", payload[:-32])
            check(hmac.compare_digest(mac, payload[-32:]), "header_not_authentic", "header_mac [E-04]", at)
            for scope, name in ((SCOPE_META, "meta"), (SCOPE_DATA, "data"), (SCOPE_SECRET, "secret")):
                if scope in scope_keys:
                    commitment = hmac_sha256(scope_keys[scope], b"WBL1-commit\x00", bundle_id)
                    check(commitment == envelope[f"{name}_commitment"], "header_not_authentic", f"{name}_commitment [E-04]", at)
            best = max(best, (header_key, scope_keys), key=lambda found: sum(found[1]))
    return best


class Seals:
    """Opens sealed payloads; section 15.4."""

    def __init__(self, bundle_id, suite, scope_keys):
        self.bundle_id, self.suite, self.scope_keys = bundle_id, suite, scope_keys
        self.ciphers = {}                               # by (scope, run salt, epoch), the last few

    def cipher(self, scope, salt, epoch):
        if (scope, salt, epoch) not in self.ciphers:
            while len(self.ciphers) >= 8:
                del self.ciphers[next(iter(self.ciphers))]
            info = b"WBL1-record\x00" + bytes([self.suite]) + struct.pack("<Q", epoch)
            self.ciphers[scope, salt, epoch] = SUITES[self.suite](hkdf(self.scope_keys[scope], salt, info))
        return self.ciphers[scope, salt, epoch]

    def open(self, head, payload):
        """The opened payload, or None if there is no key for its scope. head: the 40 bytes of the record's header."""
        scope, _, salt = SEAL_LAYOUT.unpack_from(payload)
        if scope not in self.scope_keys:
            return None
        sequence, at = struct.unpack_from("<QQ", head, 16)
        associated = b"WBL1-seal\x00" + self.bundle_id + head[4:12] + head[16:32] + payload[:24]
        try:
            cipher = self.cipher(scope, salt, sequence >> 20)
            return cipher.open(struct.pack("<QI", sequence, 0), payload[24:], associated)
        except CryptoError as error:
            name = RECORD_NAMES.get(head[4], "record")
            raise BundleError("not_authentic", f"{name} does not open: {error} [E-11]", at) from None


# ---- 16. Signatures --------------------------------------------------------------------------------------------------------------

STATEMENTS = {"application/vnd.waybill.content-statement.v1+protobuf": "ContentStatement",
              "application/vnd.waybill.storage-statement.v1+protobuf": "StorageStatement"}


def check_statement(statement, at=None):
    """The limits of section 13."""
    check(len(statement["signatures"]) <= MAX_SIGNATURES, "limit_exceeded", "signatures of a statement", at)
    for signature in statement["signatures"]:
        check(len(signature["certificates"]) <= MAX_CERTIFICATES, "limit_exceeded", "certificates of a signature", at)
    return statement


def read_detached(text):
    """Statements from a text file: one DSSE envelope in JSON on each line."""
    def binary(value):
        check(isinstance(value, str), ENCODING, "text is missing in a detached statement")
        return base64.b64decode(value.replace("-", "+").replace("_", "/"), validate=True)

    statements = []
    for line in filter(str.strip, text.splitlines()):
        check(len(line) <= 2 * MAX_STATEMENT, "limit_exceeded", "detached statement")
        try:
            item = json.loads(line)
            signatures = [{"algorithm": entry.get("algorithm", ""), "key_id": key_id_of(entry.get("keyid") or ""), "signature": binary(entry["sig"]),
                           "certificates": [binary(value) for value in entry.get("certificates") or []],
                           "timestamp": binary(entry.get("timestamp") or "")} for entry in item["signatures"]]
            statement = {"payload_type": item["payloadType"], "payload": binary(item["payload"]), "signatures": signatures}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BundleError(ENCODING, f"detached statement: {error}") from None
        statements.append(check_statement(statement))
    return statements


def key_id_of(text):
    """A key id from JSON, where it is text: hexadecimal. It is a hint, so anything else counts as none."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def pre_authentication_encoding(payload_type, payload):
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def judge(statements, trusted, facts):
    """valid, invalid, untrusted or unsigned [S-04]. One signature that counts is enough; statements of unknown types say nothing."""
    found = set()
    for statement in statements:
        message = STATEMENTS.get(statement["payload_type"])
        if message is None:
            continue
        try:
            said = decode(message, statement["payload"])
        except BundleError:
            said = {"bundle_id": None}
        if any(facts[key] != value for key, value in said.items()):     # [S-02]
            found.add("invalid")
            continue
        text = pre_authentication_encoding(statement["payload_type"], statement["payload"])
        for signature in statement["signatures"]:                       # [S-03]: all trusted keys are tried
            if any(key.verify(text, signature["signature"]) for key in trusted):
                found.add("valid")
            else:
                hinted = any(key.key_id == signature["key_id"] for key in trusted)
                found.add("invalid" if hinted else "untrusted")
    return next((result for result in ("valid", "invalid", "untrusted") if result in found), "unsigned")


# ---- 2, 7. Reading a bundle from front to back -----------------------------------------------------------------------------------

HEAD = [README, FEATURE_NAMES, ENVELOPE, SCHEMA, PROLOGUE]              # [F-03]


class Bundle:
    """A bundle that is read record by record. `read` returns once everything up to the trailer is verified, or raises.
    keys: what may open it; trusted: public keys of which one must have signed it; detached: statements from beside it."""

    def __init__(self, buf, keys=(), trusted=(), detached=()):
        self.buf, self.given_keys, self.trusted, self.statements = buf, keys, trusted, list(detached)
        self.preamble = self.prologue = self.manifest = None
        self.encrypted, self.envelope, self.envelope_payload, self.copied = False, None, None, False
        self.header_key, self.scope_keys, self.seals = None, {}, None
        self.salts = []                                 # (sequence, run salt) of every sealed record
        self.sealed_tiles, self.chunk_bytes = {}, collections.Counter()     # of records that no key opens; bytes by scope
        self.signature_records = 0
        self.begun = self.ended = 0                     # streams, counted from outside
        self.past_head = self.past_manifest = False
        self.record_hashes, self.stored_length, self.signature = [], 0, None
        self.streams, self.open, self.taken = [], set(), set()
        self.features_named = set()
        self.head = -1                                  # place in HEAD of the last record before the body
        self.due = None                                 # (stream, index) of the level 1 node that must come next [M-27]
        self.tail = None                                # nodes that are still to come: (level, stream, index)
        self.tail_offset = self.checkpoint_offset = 0
        self.layout_at = None                           # (offset, payload length) of LAYOUT; only MANIFEST may follow it
        self.counts = {}
        self.released, self.released_hash = 0, hashlib.sha256()

    @property
    def scopes(self):
        """1, 3 or 7 as the keys have opened it; 0 without a key; None if it is not encrypted."""
        return sum(self.scope_keys) if self.encrypted else None

    @property
    def blind(self):
        """Whether it is encrypted and no key opens it, so that only the frame shows."""
        return self.encrypted and not self.scope_keys

    def read(self):
        self.preamble = read_preamble(self.buf)
        refuse_unknown_features(self.buf, self.preamble)
        self.encrypted = bool(self.preamble.incompat & FEATURE_ENCRYPTED)
        tag, offset, count = self.preamble.tag, 64, 0
        while not at_trailer(self.buf, offset):
            record = read_record(self.buf, offset, tag, count, self.encrypted)
            if not self.past_manifest:                  # section 16.2
                self.record_hashes.append(sha256(b"\x00", record.head, sha256(record.payload)))
            self.take(self.unseal(record))
            offset, count = record.end, count + 1
        self.take_trailer(offset, count)
        self.check_signatures()
        check(not self.blind, "no_matching_key", "none of the keys opens the bundle")
        self.counts = read_all_entries(self)
        return self

    def take(self, record):
        kind, at = record.type, record.offset
        if kind not in RECORD_NAMES:
            check(not record.flags & FLAG_CRITICAL, "unsupported_feature", f"unknown critical record {record.name} [F-19]", at)
        order = f"{record.name} out of order"
        if not self.past_head:
            check(kind in HEAD and HEAD.index(kind) > self.head and (kind == README) == (self.head < 0),
                  "order_error", f"{order} [F-03]", at)
            self.head = HEAD.index(kind)
            words = (self.preamble.incompat, self.preamble.transform_compat, self.preamble.compat)
            check(kind != SCHEMA or words[2] & 1, "order_error", "SCHEMA without its feature [F-29]", at)
            check(kind != FEATURE_NAMES or any(words), "order_error", "FEATURE_NAMES without a feature [F-29]", at)
            check(kind != ENVELOPE or self.encrypted, "order_error", "ENVELOPE in a bundle that is not encrypted [E-01]", at)
            if kind == FEATURE_NAMES:
                self.features_named = {(f["word"], f["bit"]) for f in decode("FeatureNames", record.payload)["features"]}
            if kind == ENVELOPE:
                self.take_envelope(record)
            if kind == PROLOGUE:
                self.take_prologue(record)
                self.past_head = True
            return
        if self.past_manifest:
            if self.encrypted and not self.copied:
                check(kind == ENVELOPE_COPY, "order_error", f"{order}: ENVELOPE_COPY follows MANIFEST [E-02]", at)
                check(record.payload == self.envelope_payload, "header_not_authentic", "ENVELOPE_COPY differs from ENVELOPE [E-02]", at)
                self.copied = True
                return
            check(kind == SIGNATURE, "order_error", f"{order}: only SIGNATURE may follow [F-04]", at)
            self.signature_records += 1
            check(self.signature_records <= MAX_SIGNATURE_RECORDS, "limit_exceeded", "SIGNATURE records", at)
            try:
                statement = decode("SignedStatement", record.payload)
            except BundleError:                         # damage that anyone can add to a good bundle: it is not signed by that, no more
                statement = {"payload_type": "", "payload": b"", "signatures": []}
            self.statements.append(check_statement(statement, at))
            return
        check(kind not in HEAD and kind not in (SIGNATURE, ENVELOPE_COPY), "order_error", f"{order} [F-03]", at)
        if kind == CHECKPOINT:
            self.checkpoint_offset = at
        if kind in (CHECKPOINT, PAD) or kind not in RECORD_NAMES:
            return
        check(self.due is None or kind == INDEX_NODE, "order_error", f"{order}: INDEX_NODE is due [M-27]", at)
        check(self.tail is None or kind in (INDEX_NODE, LAYOUT, MANIFEST), "order_error", f"{order}: the streams have ended [M-27]", at)
        check((self.layout_at is None) == (kind != MANIFEST), "order_error", f"{order}: MANIFEST follows LAYOUT [F-04]", at)
        handlers = {STREAM_BEGIN: self.take_begin, CHUNK: self.take_chunk, RUNS: self.take_runs, TILE: self.take_tile,
                    STREAM_END: self.take_end, INDEX_NODE: self.take_node, LAYOUT: self.take_layout, MANIFEST: self.take_manifest}
        if kind == CHUNK:
            self.chunk_bytes[record.scope] += record.stored_length
        if record.payload is None:
            self.take_sealed(record)
        else:
            handlers[kind](record)
        if kind == MANIFEST:
            self.past_manifest, self.stored_length = True, record.end
            self.manifest_at, self.manifest_length = at, record.stored_length

    # Encryption, section 15.

    def take_envelope(self, record):
        at = record.offset
        self.envelope_payload = record.payload
        self.envelope = parse_envelope(record.payload, at)
        head = sha256(self.buf[:at])
        mine = self.envelope["bundle_id"] == self.preamble.bundle_id
        check(mine, "header_not_authentic", "bundle_id of the envelope [E-03]", at)
        check(self.envelope["head_digest"] == head, "header_not_authentic", "head_digest of the envelope [E-03]", at)
        self.header_key, self.scope_keys = open_envelope(self.envelope, record.payload, self.preamble.bundle_id, self.given_keys, at)
        self.seals = Seals(self.preamble.bundle_id, self.envelope["suite"], self.scope_keys)

    def unseal(self, record):
        """The record with its payload opened, or None in its place if no key at hand opens it [E-10, E-11]."""
        if not self.encrypted:
            return record
        kind, at, sealed = record.type, record.offset, record.flags & FLAG_ENCRYPTED
        if self.envelope is None:
            check(kind in (README, FEATURE_NAMES, ENVELOPE), "order_error", f"{record.name} before ENVELOPE [E-01]", at)
            check(not sealed, "framing_error", f"{record.name} is sealed [E-10]", at)
            return record
        if kind in UNSEALED or kind in HEAD[:3]:
            check(not sealed, "framing_error", f"{record.name} is sealed [E-10]", at)
            return record
        check(sealed or kind not in RECORD_NAMES, "framing_error", f"{record.name} is not sealed [E-10]", at)
        if kind == CHECKPOINT or kind not in RECORD_NAMES:
            return record._replace(payload=b"")         # not opened: damage of a CHECKPOINT does no harm, the unknown is ignored
        check(record.stored_length >= SEAL_OVERHEAD, "not_authentic", f"{record.name} is too short for a seal", at)
        scope, reserved, salt = SEAL_LAYOUT.unpack_from(record.payload)
        check(all_zero(reserved), "not_authentic", f"reserved field of a sealed {record.name} [E-11]", at)
        possible = (SCOPE_META, SCOPE_DATA, SCOPE_SECRET) if kind in (CHUNK, RUNS, TILE) else (SCOPE_META,)
        check(scope in possible, "not_authentic", f"{record.name} of scope {scope} [E-11]", at)
        self.salts.append((record.sequence, salt))
        return record._replace(scope=scope, payload=self.seals.open(record.head, record.payload))

    def payload_at(self, at, stored_length):
        """The payload of a record that has been read before, opened."""
        payload = bytes(self.buf[at + 40:at + 40 + stored_length])
        return self.seals.open(bytes(self.buf[at:at + 40]), payload) if self.encrypted else payload

    def take_sealed(self, record):
        """A record that no key opens: with a key of scope META only CHUNK, RUNS and TILE, without a key all."""
        kind, at = record.type, record.offset
        if kind == TILE:
            self.sealed_tiles[at] = (record.scope, record.stored_length)
        if not self.blind:
            possible = any(self.streams[number].scope in (record.scope, None) for number in self.open)
            check(possible, "order_error", f"{record.name} of scope {record.scope}, of which no stream is open [M-04]", at)
            return
        running = self.begun > self.ended
        if kind == STREAM_BEGIN:
            self.begun, self.tail_offset = self.begun + 1, 0
            check(self.begun <= MAX_STREAMS, "limit_exceeded", "too many streams", at)
        elif kind in (CHUNK, RUNS, TILE, STREAM_END):
            check(running, "order_error", f"{record.name}, but no stream is open [M-04]", at)
            self.ended += kind == STREAM_END
        elif kind in (INDEX_NODE, LAYOUT):
            check(kind == INDEX_NODE or not running, "order_error", "LAYOUT before the end of every stream [F-04]", at)
            if not running and not self.tail_offset:
                self.tail_offset = at
            if kind == LAYOUT:
                self.layout_at = (at, record.stored_length)

    def check_runs(self, runs, at):
        """[E-13]"""
        if not self.encrypted:
            check(not runs, "manifest_error", "runs in a bundle that is not encrypted [E-13]", at)
            return
        check(len(runs) <= MAX_RUNS, "limit_exceeded", f"{len(runs)} runs [E-13]", at)
        firsts = [run["first_sequence"] for run in runs]
        check(firsts[:1] == [0], "manifest_error", "the first run does not start at sequence 0 [E-13]", at)
        check(all(a < b for a, b in zip(firsts, firsts[1:])), "manifest_error", "runs do not ascend [E-13]", at)
        self.runs = runs
        for sequence, salt in self.salts:
            self.check_run(sequence, salt, at)

    def check_run(self, sequence, salt, at):
        last = [run["salt"] for run in self.runs if run["first_sequence"] <= sequence][-1]
        check(last == salt, "not_authentic", f"record {sequence} is not of the run that counts there [E-13]", at)

    # Signatures, section 16.

    def check_signatures(self):
        self.signature = judge(self.statements, self.trusted, {
            "bundle_id": self.preamble.bundle_id, "manifest_digest": self.manifest_digest, "stored_root": self.stored_root,
            "record_count": len(self.record_hashes), "stored_length": self.stored_length})
        if self.trusted:
            check(self.signature == "valid", {"invalid": "signature_invalid"}.get(self.signature, self.signature),
                  f"a signature by a trusted key is demanded, the bundle is {self.signature} [S-04]")

    # Body.

    def stream(self, number, record):
        check(number in self.open, "order_error", f"{record.name} of stream {number}, which is not open [M-04]", record.offset)
        stream = self.streams[number]
        if record.type in (CHUNK, RUNS, TILE) and stream.scope:
            check(record.scope == stream.scope, "not_authentic", f"{record.name} of scope {record.scope} in {stream} [E-11]", record.offset)
        return stream

    def take_begin(self, record):
        at = record.offset
        begin = decode("StreamBegin", record.payload)
        header = begin["header"]
        check(header, "manifest_error", "STREAM_BEGIN without header", at)
        number = len(self.streams)
        check(number < MAX_STREAMS, "limit_exceeded", "too many streams", at)
        check(header["stream_no"] == number, "order_error", f"stream {header['stream_no']} where {number} is due [M-04]", at)
        for key in ("bundle_id", "application", "created"):
            check(begin[key] == self.prologue[key], "manifest_error", f"{key} of STREAM_BEGIN is not the bundle's [D-06]", at)
        check_name(header["name"], at)
        for key, low, high in (("block_size", 512, 64 * KIB), ("cell_size", 64 * KIB, MAX_CELL)):
            size = header[key]
            check(low <= size <= high and size & (size - 1) == 0, "manifest_error", f"{key} {size}", at)
        kind, parent = header["kind"], header["parent_root"]
        check(kind != 0, "manifest_error", "stream without kind", at)
        check(parent or not header["parent_length"], "manifest_error", "parent_length without parent_root", at)
        check(not parent or self.prologue["parent"], "manifest_error", "parent_root in a bundle without parent [I-01]", at)
        check(not parent or kind not in (FILE_META, RESOURCES, SECRETS), "manifest_error", "stream of entries with a parent", at)
        names = {("id", header["stream_id"]), (kind, None if kind in (RESOURCES, SECRETS) else header["name"])}
        check(not names & self.taken, "manifest_error", f"kind and name, or the id, of stream {number} occur twice [D-03]", at)
        self.taken |= names
        self.streams.append(Stream(self, header))
        self.open.add(number)

    def check_tiled(self, stream, at):
        check(len(stream.leaves) - stream.tiled < FAN_OUT, "order_error", f"{stream}: a TILE is due [M-24]", at)

    def take_chunk(self, record):
        chunk = parse_chunk(record.payload, record.offset, record.stored_length)
        stream = self.stream(chunk.stream_no, record)
        self.check_tiled(stream, record.offset)
        raw = stream.add_chunk(chunk, record.offset, self.preamble.incompat & FEATURE_ZSTD)
        self.released += len(raw)
        self.released_hash.update(raw)

    def take_runs(self, record):
        number, leaves = parse_runs(record.payload, record.offset)
        stream = self.stream(number, record)
        self.check_tiled(stream, record.offset)
        for leaf in leaves:
            stream.add(leaf, record.offset)

    def take_tile(self, record):
        number, first_leaf, leaves = parse_tile(record.payload, record.offset)
        stream = self.stream(number, record)
        stream.add_tile(first_leaf, leaves, record)
        tile = first_leaf // FAN_OUT
        if tile and tile % FAN_OUT == 0:
            self.due = (stream, tile // FAN_OUT - 1)

    def take_end(self, record):
        result = decode("StreamResult", record.payload)
        stream = self.stream(result["stream_no"], record)
        stream.end(result, record.offset)
        self.open.remove(stream.number)

    def take_node(self, record):
        number, first_leaf, level, children = parse_node(record.payload, record.offset)
        if self.due:
            (stream, index), expected_level, self.due = self.due, 1, None
        elif number in self.open and self.streams[number].sealed:       # which of the sealed tiles are its own does not show
            stream, expected_level = self.streams[number], 1
            index = len(stream.levels[1]) if len(stream.levels) > 1 else 0
            check(len(children) == FAN_OUT, "order_error", "INDEX_NODE that should be held back [M-27]", record.offset)
        else:
            check(not self.open, "order_error", "INDEX_NODE that should be held back [M-27]", record.offset)
            self.begin_tail(record)
            check(self.tail, "order_error", "INDEX_NODE that nothing needs [M-27]", record.offset)
            expected_level, stream, index = self.tail.popleft()
        check((level, number, first_leaf) == (expected_level, stream.number, index * FAN_OUT ** (expected_level + 1)),
              "order_error", f"INDEX_NODE of stream {number}, level {level}, leaf {first_leaf} is not the one due [M-27]", record.offset)
        stream.add_node(level, children, record)

    def begin_tail(self, record):
        """The first held-back node or LAYOUT: from here the rest of the index is known [M-27]."""
        if self.tail is not None:
            return
        tail, self.tail_offset = [], record.offset
        for stream in self.streams:
            for level, size in list(enumerate(stream.level_sizes()))[1:]:
                written = len(stream.levels[level]) if level < len(stream.levels) else 0
                tail += [(level, stream, index) for index in range(written, size)]
        self.tail = collections.deque(sorted(tail, key=lambda node: (node[0], node[1].number, node[2])))

    # Manifest and prologue.

    def take_prologue(self, record):
        at = record.offset
        words = (self.preamble.incompat, self.preamble.transform_compat, self.preamble.compat)
        for word, bits in enumerate(words):
            for bit in range(64):
                named = not bits >> bit & 1 or (word, bit) in self.features_named
                check(named, "manifest_error", f"feature {bit} of word {word} has no name [F-28]", at)
        if record.payload is None:
            return
        prologue = self.prologue = decode("Prologue", record.payload)
        self.prologue_digest = sha256(record.payload)
        check(len(record.payload) <= MAX_MANIFEST, "limit_exceeded", "PROLOGUE too long", at)
        check(prologue["bundle_id"] == self.preamble.bundle_id, "manifest_error", "the prologue is another bundle's [D-01]", at)
        for key in ("created", "application", "lineage"):
            check(prologue[key] is not None, "manifest_error", f"prologue without {key}", at)
        check((prologue["parent"] is None) == (prologue["lineage"]["generation"] == 0), "manifest_error", "generation and parent", at)
        if prologue["parent"]:
            check(prologue["parent"]["bundle_id"] != prologue["bundle_id"], "chain_error", "the bundle is its own parent [I-07]", at)
        check_tags(prologue["tags"], at)

    def take_layout(self, record):
        at = record.offset
        check(not self.open, "order_error", "LAYOUT before the end of every stream [F-04]", at)
        self.begin_tail(record)
        check(not self.tail, "leaf_error", "index nodes are missing [M-27]", at)
        layout = decode("Layout", record.payload)
        places = layout["streams"]
        self.check_runs(layout["runs"], at)
        check(len(places) == len(self.streams), "manifest_error", "number of streams in LAYOUT [M-31]", at)
        for stream, place in zip(self.streams, places):
            if stream.sealed:
                stream.check_sealed_index(place, at)
                self.chunk_bytes[stream.scope] -= place["stored_bytes"]
                continue
            top, level = (stream.levels[-1][0], len(stream.levels) - 1) if stream.leaves else (None, 0)
            expected = {"stream_no": stream.number, "index_offset": top.record_offset if top else 0,
                        "index_length": top.payload_length if top else 0, "index_level": level, "stored_bytes": stream.stored_bytes}
            check(place == expected, "manifest_error", f"{stream}: LAYOUT does not say where it lies [M-31]", at)
        for scope in {stream.scope for stream in self.streams if stream.sealed}:
            check(self.chunk_bytes[scope] == 0, "manifest_error", f"stored_bytes of the streams of scope {scope} [M-31]", at)
        self.layout_at = (at, record.stored_length)

    def take_manifest(self, record):
        at = record.offset
        check(len(record.payload) <= MAX_MANIFEST, "limit_exceeded", "MANIFEST too long", at)
        if self.encrypted:
            self.check_run(*self.salts[-1], at)
        manifest = decode("Manifest", record.payload)
        check(manifest["bundle_id"] == self.preamble.bundle_id, "manifest_error", "the manifest is another bundle's [D-01]", at)
        check(manifest["prologue_digest"] == self.prologue_digest, "manifest_error", "prologue_digest [D-01]", at)
        for key in ("created", "writer", "application", "lineage", "parent"):
            check(manifest[key] == self.prologue[key], "manifest_error", f"{key} differs from the prologue's [D-01]", at)
        check_tags(manifest["tags"], at)
        tags = {tag_key(tag): tag for tag in manifest["tags"]}
        for tag in self.prologue["tags"]:
            check(tags.get(tag_key(tag)) == tag, "manifest_error", f"tag {tag['key']} of the prologue is missing [D-01]", at)
        check(len(manifest["streams"]) == len(self.streams), "manifest_error", "number of streams [D-02]", at)
        for stream, entry in zip(self.streams, manifest["streams"]):
            check(entry["header"] == stream.header, "manifest_error", f"{stream}: header is not that of STREAM_BEGIN [D-02]", at)
            check(entry["result"] == stream.result, "manifest_error", f"{stream}: result is not that of STREAM_END [D-02]", at)
        for group in manifest["groups"]:
            proved = any(hook["exit_code"] == 0 for hook in group["hooks"])
            numbers = group["stream_numbers"]
            ascending = all(a < b for a, b in zip(numbers, numbers[1:]))
            check(ascending and all(n < len(self.streams) for n in numbers), "manifest_error", "streams of a group [D-05]", at)
            check(group["level"] != 4 or proved, "manifest_error", "APPLICATION consistent without a successful hook [D-05]", at)
        if self.encrypted:
            check(not all_zero(manifest["blinding_salt"]), "manifest_error", "blinding_salt is not random [E-14]", at)
            rest = iter(manifest["tags"])
            for wanted in self.envelope["public_tags"]:
                check(wanted in rest, "manifest_error", f"public tag {wanted['key']} is not one of the manifest, or out of order [E-07]", at)
        self.manifest = manifest
        self.manifest_digest = sha256(b"WBL1-manifest\x00", record.payload)

    def take_trailer(self, offset, count):
        check(self.past_manifest, "order_error", "trailer without MANIFEST [F-04]", offset)
        check(self.copied or not self.encrypted, "order_error", "trailer without ENVELOPE_COPY [E-02]", offset)
        check(offset + 256 <= len(self.buf), "incomplete", "cut within the trailer [T-03]", len(self.buf))
        (_, bundle_id, incompat, transform_compat, compat, total_length, record_count, manifest_offset, manifest_length, flags,
         tail_offset, checkpoint_offset, manifest_digest, stored_root, mac, layout_offset, layout_length, reserved, crc
         ) = TRAILER_LAYOUT.unpack_from(self.buf, offset)
        check(crc == crc32c(self.buf[offset:offset + 252]), "framing_error", "trailer CRC [F-21]", offset)
        if self.header_key:
            text = self.buf[offset:offset + 160], self.buf[offset + 192:offset + 252]
            check(hmac.compare_digest(mac, hmac_sha256(self.header_key, b"WBL1-trailer\x00", *text)), "header_not_authentic",
                  "mac of the trailer [E-12]", offset)
        mine = self.preamble
        expectations = [
            (all_zero(reserved), "reserved [F-21]"),
            (bundle_id == mine.bundle_id, "bundle_id [F-22]"),
            ((incompat, transform_compat, compat) == (mine.incompat, mine.transform_compat, mine.compat), "features [F-22]"),
            (total_length == offset + 256, "total_length [F-23]"),
            (record_count == count, "record_count [F-23]"),
            ((manifest_offset, manifest_length) == (self.manifest_at, self.manifest_length), "place of the manifest [F-23]"),
            ((layout_offset, layout_length) == self.layout_at, "place of the layout [F-23]"),
            (flags == (0 if all_zero(stored_root) else 1), "flags or stored_root [F-26]"),
            (self.encrypted or all_zero(mac), "mac [F-26]"),
            (tail_offset == self.tail_offset, "tail_offset [F-02]"),
            (checkpoint_offset == self.checkpoint_offset, "checkpoint_offset [F-02]")]
        for holds, text in expectations:
            check(holds, "framing_error", f"trailer: {text}", offset)
        self.stored_root = sha256(b"\x02WBL1-stored", bytes(5), sha256(self.buf[:64]), struct.pack("<Q", len(self.record_hashes)),
                                  merkle_root(self.record_hashes))
        check(flags == 0 or stored_root == self.stored_root, "digest_mismatch", "stored_root [S-06]", offset)
        if self.blind:
            self.manifest_digest = manifest_digest
        check(manifest_digest == self.manifest_digest, "digest_mismatch", "manifest_digest [F-24]", offset)
        check(offset + 256 == len(self.buf), "framing_error", "bytes after the trailer [F-25]", offset + 256)


def check_name(name, at):
    """[R-13]"""
    good = (1 <= len(name.encode()) <= 255 and name not in (".", "..") and "/" not in name and "\\" not in name
            and not any(unicodedata.category(character) == "Cc" for character in name))
    check(good, "unsafe_name", f"stream name {name!r} [R-13]", at)


def tag_key(tag):
    return tag["key"].encode(), tag["source"], tag["source_ref"].encode()


def check_tags(tags, at):
    """[D-04] and the limits of section 13."""
    check(len(tags) <= MAX_TAGS, "limit_exceeded", "too many tags", at)
    last = None
    for tag in tags:
        key = tag_key(tag)
        check(last is None or last < key, "manifest_error", f"tag {tag['key']} is not in order or not unique [D-04]", at)
        last = key
        check(len(key[0]) <= MAX_TAG_KEY, "limit_exceeded", "key of a tag", at)
        member, value = tag["value"] or ("raw", b"")
        size = {"text": lambda: len(value.encode()), "raw": lambda: len(value),
                "list": lambda: sum(len(item.encode()) for item in value["values"])}.get(member, lambda: 0)()
        check(size <= MAX_TAG_VALUE, "limit_exceeded", f"value of tag {tag['key']}", at)


# ---- 8. Streams of entries ---------------------------------------------------------------------------------------------------------

def read_entries(stream):
    """(meta, offset of the body, length of the body) of each entry; sections 8.1. The body is not read."""
    pos, end = 0, stream.virtual_length
    message = "FileEntry" if stream.kind == FILE_META else "ResourceEntry"
    while pos < end:
        where = f"entry at {pos} of {stream}"
        check(end - pos >= 24, "entry_error", f"{where}: the stream ends within its header [R-02]")
        header = stream.read(pos, 24)
        magic, meta_length, body_length, meta_crc, header_crc = ENTRY_LAYOUT.unpack(header)
        check(magic == ENTRY_MAGIC and header_crc == crc32c(header[:20]), "entry_error", f"{where}: header [R-01]")
        check(meta_length <= MAX_META, "entry_error", f"{where}: meta_length {meta_length} [R-01]")
        check(body_length <= (0 if stream.kind == FILE_META else MAX_BODY), "entry_error", f"{where}: body_length {body_length} [R-01]")
        check(meta_length + body_length <= end - pos - 24, "entry_error", f"{where}: the stream ends within it [R-02]")
        meta = stream.read(pos + 24, meta_length)
        check(crc32c(meta) == meta_crc, "entry_error", f"{where}: meta CRC [R-01]")
        yield decode(message, meta), pos + 24 + meta_length, body_length
        pos += 24 + meta_length + body_length


def read_all_entries(bundle):
    counts = {"files": 0, "gaps": 0, "resources": 0, "secrets": 0}
    ordinals = set()
    for stream, entry in zip(bundle.streams, bundle.manifest["streams"]):
        if stream.sealed:
            continue
        if stream.kind == FILE_META:
            trees = [other for other in bundle.streams if other.kind == FILE_DATA and other.name == stream.name]
            count, gaps = check_files(stream, trees[0].virtual_length if trees else 0)
            counts["files"] += count
            counts["gaps"] += gaps
        elif stream.kind in (RESOURCES, SECRETS):
            count, gaps = check_resources(stream, ordinals), 0
            counts["resources" if stream.kind == RESOURCES else "secrets"] += count
        else:
            count = gaps = 0
        check((entry["entry_count"], entry["gap_count"]) == (count, gaps), "manifest_error",
              f"{stream}: entry_count or gap_count, counted {count} and {gaps}", bundle.manifest_at)
    return counts


def check_resources(stream, ordinals):
    count = 0
    for meta, _, _ in read_entries(stream):
        due = stream.kind == SECRETS and stream.bundle.encrypted and count == 0
        check(not due or len(meta["blinding"]) == 32, "entry_error", f"the first entry of {stream} is not blinded [E-14]")
        name = f"resource {meta['ordinal']} of {stream}"
        secret = meta["kind"] == "Secret" and meta["api_version"] == "v1"
        check(secret == (stream.kind == SECRETS), "entry_error", f"{name}: a {meta['kind']} lies in the wrong stream [R-03]")
        check(meta["ordinal"] not in ordinals, "entry_error", f"{name}: ordinal occurs twice [R-03]")
        ordinals.add(meta["ordinal"])
        check(len(ordinals) <= MAX_RESOURCES, "limit_exceeded", "too many resources")
        count += 1
    return count


REGULAR, DIRECTORY, SYMLINK, CHARACTER_DEVICE, BLOCK_DEVICE = range(1, 6)


def check_files(stream, data_length):
    directories, links, last = set(), {}, None
    count = gaps = 0
    for meta, _, _ in read_entries(stream):
        path, kind = meta["path"], meta["type"]
        where = f"file {path!r} of {stream}"
        if count == 0:
            check(path == b"" and kind == DIRECTORY, "entry_error", f"{where}: the first entry must be the root directory [R-05]")
        else:
            parts = path.split(b"/")
            safe = all(1 <= len(part) <= MAX_COMPONENT and part not in (b".", b"..") for part in parts)
            check(path == b"" or safe and b"\x00" not in path and len(path) <= MAX_PATH, "unsafe_name", f"{where} [R-07]")
            order = path.replace(b"/", b"\x00")         # no name has a zero byte, so the slash becomes the lowest of all
            check(last is None or order > last, "entry_error", f"{where}: paths must ascend, none occurs twice [R-05, R-06]")
            check(b"/".join(parts[:-1]) in directories, "entry_error", f"{where}: its directory is not an entry [R-06]")
        last = path.replace(b"/", b"\x00")
        if kind == DIRECTORY:
            directories.add(path)
        check_file(meta, data_length, where)
        group = meta["link_group"]
        if group:
            same = {**meta, "path": b""}
            check(links.setdefault(group, same) == same, "entry_error", f"{where}: differs from another name of its inode [R-10]")
        count, gaps = count + 1, gaps + len(meta["gaps"])
    check(count > 0, "entry_error", f"{stream} has no root directory [R-05]")
    return count, gaps


def check_file(meta, data_length, where):
    """[R-09], and what the comments of bundle.proto say about a FileEntry."""
    kind, end = meta["type"], 0
    for extent in meta["extents"]:
        check(extent["file_offset"] >= end, "entry_error", f"{where}: extents must ascend without overlap [R-09]")
        end = extent["file_offset"] + extent["length"]
        check(end <= meta["size"], "entry_error", f"{where}: extent beyond the size [R-09]")
        check(extent["data_offset"] % 512 == 0, "entry_error", f"{where}: data_offset [R-09]")
        check(extent["data_offset"] + extent["length"] <= data_length, "entry_error", f"{where}: extent outside FILE_DATA [R-09]")
    check(1 <= kind <= 7, "entry_error", f"{where}: type {kind}")
    check(kind == REGULAR or not (meta["size"] or meta["extents"]), "entry_error", f"{where}: content, but not a regular file")
    check(kind == SYMLINK or not meta["link_target"], "entry_error", f"{where}: link_target, but not a symbolic link")
    device = meta["device_major"] or meta["device_minor"]
    check(kind in (CHARACTER_DEVICE, BLOCK_DEVICE) or not device, "entry_error", f"{where}: device number, but not a device")
    check(meta["mode"] <= 0o7777, "entry_error", f"{where}: mode {meta['mode']:o}")
    names = [xattr["name"] for xattr in meta["xattrs"]]
    check(all(a < b for a, b in zip(names, names[1:])), "entry_error", f"{where}: attributes must ascend")
    check(all(len(xattr["value"]) <= MAX_XATTR for xattr in meta["xattrs"]), "limit_exceeded", f"{where}: attribute too large")


# ---- 11. Incremental bundles -------------------------------------------------------------------------------------------------------

def link_chain(bundle, candidates):
    """Finds, verifies and attaches the parents of a bundle. candidates: the buffers among which they must be."""
    seen = {bundle.preamble.bundle_id}
    while bundle.manifest["parent"]:
        reference = bundle.manifest["parent"]
        wanted = reference["bundle_id"]
        check(wanted not in seen, "chain_error", "the chain of parents is a cycle [I-07]")
        seen.add(wanted)
        check(len(seen) <= MAX_CHAIN, "chain_error", f"the chain has more than {MAX_CHAIN} bundles [I-07]")
        same = [buf for buf in candidates if bytes(buf[40:56]) == wanted]
        check(same, "parent_missing", f"parent {wanted.hex()} was not given")
        matching = [buf for buf in same if bytes(buf[len(buf) - 160:len(buf) - 128]) == reference["manifest_digest"]]
        parent = Bundle((matching or same)[0], bundle.given_keys).read()
        check(parent.manifest_digest == reference["manifest_digest"], "parent_mismatch", f"manifest digest of {wanted.hex()} [I-02]")
        mine, its = bundle.manifest["lineage"], parent.manifest["lineage"]
        check(mine["generation"] == its["generation"] + 1, "parent_mismatch", f"generation of {wanted.hex()}")
        by_id = {stream.header["stream_id"]: stream for stream in parent.streams}
        for stream in bundle.streams:
            link_stream(stream, by_id.get(stream.header["stream_id"]))
        bundle = parent


def link_stream(stream, parent):
    if parent:
        same = (stream.block_size, stream.cell_size) == (parent.block_size, parent.cell_size)
        check(same, "parent_mismatch", f"block or cell size of {stream} differs from the parent's [M-01]")
    if not stream.header["parent_root"]:
        return
    check(parent, "parent_mismatch", f"{stream} is not in the parent [I-01]")
    check(parent.result["stream_root"] == stream.header["parent_root"], "parent_mismatch", f"root of the parent of {stream} [I-02]")
    check(parent.virtual_length == stream.header["parent_length"], "parent_mismatch", f"length of the parent of {stream} [I-01]")
    stream.parent = parent


# ---- 12. Salvage -----------------------------------------------------------------------------------------------------------------

VERIFIED, PRESENT, INHERITED, UNKNOWN = "VERIFIED", "PRESENT", "INHERITED", "UNKNOWN"


def salvage_header(buf, pos, tag):
    """(type, flags, payload length, payload CRC, tag) of a header that proves itself, or None."""
    if pos + 40 > len(buf):
        return None
    sync, kind, flags, _, length, payload_crc, _, offset, its_tag, header_crc = RECORD_LAYOUT.unpack_from(buf, pos)
    good = sync == SYNC and offset == pos and length <= MAX_PAYLOAD and (tag is None or its_tag == tag)
    return (kind, flags, length, payload_crc, its_tag) if good and header_crc == crc32c(buf[pos:pos + 36]) else None


def salvage_records(buf):
    """Every record whose header and payload are intact, from any place [T-04]. What lies inside an intact record is never
    searched, and a nested bundle's records state other offsets and another tag [T-05]."""
    pos, bundle_id = 0, salvage_bundle_id(buf)
    tag = sha256(bundle_id)[:4] if bundle_id else None
    while True:
        pos = buf.find(SYNC, pos)
        if pos < 0:
            return
        header = salvage_header(buf, pos, tag)
        if header is None:
            pos += 1
            continue
        kind, flags, length, payload_crc, tag = header
        payload = bytes(buf[pos + 40:pos + 40 + length])
        if len(payload) == length and crc32c(payload) == payload_crc:
            yield kind, flags, pos, payload
        pos += 40 + length


def salvage_bundle_id(buf):
    """From the preamble, or else from the trailer, or None."""
    try:
        return read_preamble(buf).bundle_id
    except BundleError:
        trailer = bytes(buf[max(0, len(buf) - 256):])
        if len(trailer) == 256 and trailer[:8] == TRAILER_MAGIC and crc32c(trailer[:252]) == struct.unpack_from("<I", trailer, 252)[0]:
            return trailer[8:24]
    return None


def salvage_opened(buf, keys):
    """(type, offset, payload) of every intact record, sealed ones opened; those that do not open are left out. The envelope or its
    copy gives the keys; if LAYOUT is left, only records of the runs that it lists count [E-13]."""
    records = list(salvage_records(buf))
    bundle_id, seals = salvage_bundle_id(buf), None
    for kind, _, at, payload in records:
        if kind in (ENVELOPE, ENVELOPE_COPY) and seals is None and bundle_id:
            try:
                envelope = parse_envelope(payload, at)
                _, scope_keys = open_envelope(envelope, payload, bundle_id, keys, at)
                seals = Seals(bundle_id, envelope["suite"], scope_keys) if scope_keys else None
            except BundleError:
                continue
    opened, runs = [], []
    for kind, flags, at, payload in records:
        if not flags & FLAG_ENCRYPTED:
            opened.append((kind, at, None, None, payload))
            continue
        head = bytes(buf[at:at + 40])
        try:
            content = seals.open(head, payload) if seals and len(payload) >= SEAL_OVERHEAD else None
            if content is None:
                continue
            if kind == LAYOUT:
                runs = decode("Layout", content)["runs"]
        except BundleError:
            continue
        opened.append((kind, at, struct.unpack_from("<Q", head, 16)[0], payload[8:24], content))
    for kind, at, sequence, salt, content in opened:
        salts = [run["salt"] for run in runs if salt and run["first_sequence"] <= sequence]
        if not salts or salts[-1] == salt:
            yield kind, at, content


class Salvaged:
    """What a damaged bundle still says about one stream."""

    def __init__(self, number):
        self.number, self.header, self.results = number, None, []
        self.chunks, self.stated, self.tiles, self.nodes = {}, {}, {}, {}

    def chain(self, offset, count):
        """count consecutive leaves from a stream offset, or None."""
        leaves = []
        while len(leaves) < count and offset in self.stated:
            leaves.append(self.stated[offset])
            offset = leaves[-1].end
        return leaves if len(leaves) == count else None

    def children(self, level, first_leaf, count):
        """(first leaf, first offset, leaf count, hash) of each child of a node: from its record or from what is below it."""
        step = FAN_OUT ** level
        node = self.nodes.get((level, first_leaf))
        if node:
            return [(first_leaf + i * step, child.first_offset, child.leaf_count, child.hash) for i, child in enumerate(node)]
        result = []
        for first in range(first_leaf, first_leaf + count, step):
            size = min(step, first_leaf + count - first)
            if level == 1:
                leaves = self.tiles.get(first)
                if not leaves:
                    return None
                result.append((first, leaves[0].offset, len(leaves), leaves_hash(leaves)))
            else:
                below = self.children(level - 1, first, size)
                if not below:
                    return None
                result.append((first, below[0][1], size, merkle_root([child[3] for child in below])))
        return result

    def prove(self, level, first_leaf, offset, count, is_root):
        """The leaves of a subtree that a hash proves; is_root tells whether a hash is the proved one."""
        leaves = self.chain(offset, count)
        if leaves and is_root(leaves_hash(leaves)):
            return leaves
        if level == 0:
            leaves = self.tiles.get(first_leaf, [])
            return leaves if len(leaves) == count and is_root(leaves_hash(leaves)) else []
        below = self.children(level, first_leaf, count)
        if not below or not is_root(merkle_root([child[3] for child in below])):
            return []
        proved = []
        for first, start, size, digest in below:
            proved += self.prove(level - 1, first, start, size, digest.__eq__)
        return proved

    def proved_leaves(self):
        for result in self.results if self.header else []:
            length, count, root = result["virtual_length"], result["leaf_count"], result["stream_root"]
            level = 0
            while FAN_OUT ** (level + 1) < count:
                level += 1
            if level > 4 or count == 0:
                continue
            leaves = self.prove(level, 0, 0, count, lambda tree: stream_root(self.header, length, count, tree) == root)
            if leaves:
                return leaves
        return []

    def cell_ranges(self, leaf, state):
        """Ranges of a cell whose content is at hand."""
        if leaf.state == DATA:
            return [(leaf.offset, leaf.length, state)]
        block = self.header["block_size"]
        return [(leaf.offset + start, end - start, INHERITED if code == INHERIT_BLOCK else state)
                for code, start, end in mask_blocks(self.chunks[leaf.offset], block)]

    def ranges(self):
        """Ascending (offset, length, state) without gaps from 0 to the virtual length, or as far as anything is known."""
        found, proved = {}, {leaf.offset: leaf for leaf in self.proved_leaves()}
        for offset, leaf in {**self.stated, **proved}.items():
            state = VERIFIED if offset in proved else PRESENT
            if leaf.state == INHERIT:
                found[offset] = [(offset, leaf.length, INHERITED)]
            elif leaf.state == ZERO:
                found[offset] = [(offset, leaf.length, state)]
            elif offset in self.chunks and self.chunks[offset].leaf[:5] == leaf[:5]:
                found[offset] = self.cell_ranges(leaf, state)
        end = self.results[-1]["virtual_length"] if self.results else None
        merged, pos = [], 0

        def put(start, length, state):
            if length and merged and merged[-1][2] == state:
                merged[-1] = (merged[-1][0], merged[-1][1] + length, state)
            elif length:
                merged.append((start, length, state))

        for start, length, state in sorted(item for group in found.values() for item in group):
            if start < pos or (end is not None and start + length > end):
                continue                                # contradicts what an earlier leaf or the virtual length says
            put(pos, start - pos, UNKNOWN)
            put(start, length, state)
            pos = start + length
        put(pos, max((end or 0) - pos, 0), UNKNOWN)
        return merged


def salvage(buf, keys=()):
    """Reads only [T-01] and reports every range, UNKNOWN ones included [T-02]."""
    streams, chunks = {}, []

    def stream(number):
        return streams.setdefault(number, Salvaged(number))

    for kind, at, payload in salvage_opened(buf, keys):
        try:
            if kind == STREAM_BEGIN:
                header = decode("StreamBegin", payload)["header"]
                stream(header["stream_no"]).header = header
            elif kind == STREAM_END:
                result = decode("StreamResult", payload)
                stream(result["stream_no"]).results.append(result)
            elif kind == MANIFEST:
                for entry in decode("Manifest", payload)["streams"]:
                    known = stream(entry["header"]["stream_no"])
                    known.header = entry["header"]
                    known.results.append(entry["result"])
            elif kind == CHUNK:
                chunks.append(parse_chunk(payload, at))
            elif kind == RUNS:
                number, leaves = parse_runs(payload, at)
                stream(number).stated.update((leaf.offset, leaf) for leaf in leaves)
            elif kind == TILE:
                number, first_leaf, leaves = parse_tile(payload, at)
                stream(number).tiles[first_leaf] = leaves
            elif kind == INDEX_NODE:
                number, first_leaf, level, children = parse_node(payload, at)
                stream(number).nodes[level, first_leaf] = children
        except (BundleError, TypeError):
            continue                                    # intact, but wrong: nothing can be learned from it
    for chunk in chunks:
        known = stream(chunk.stream_no)
        header = known.header or {"block_size": 4096, "cell_size": MAX_CELL}
        try:
            check(known.header or chunk.leaf.state == DATA, "leaf_error", "MASKED needs the block size")
            check(chunk.leaf.length <= header["cell_size"], "leaf_error", "longer than a cell")
            check_chunk(chunk, header["block_size"], header["cell_size"], True)
            decode_chunk(chunk)
        except BundleError:
            continue
        known.chunks[chunk.leaf.offset] = chunk
        known.stated[chunk.leaf.offset] = chunk.leaf
    for known in streams.values():
        for leaf in (leaf for leaves in known.tiles.values() for leaf in leaves):
            known.stated.setdefault(leaf.offset, leaf)
    report = []
    for number, known in sorted(streams.items()):
        kind = known.header["kind"] if known.header else 0
        report.append({"stream_no": number, "name": known.header and known.header["name"],
                       "kind": KINDS[kind] if kind < len(KINDS) else str(kind),
                       "virtual_length": known.results[-1]["virtual_length"] if known.results else None,
                       "ranges": [list(item) for item in known.ranges()]})
    return report


# ---- The tool ----------------------------------------------------------------------------------------------------------------------

def load(path):
    """The bytes of a file without reading them all; a name that ends in .z is a zlib-compressed vector."""
    with open(path, "rb") as file:
        if path.endswith(".z"):
            return zlib.decompress(file.read())
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if os.fstat(file.fileno()).st_size else b""


def read_beside(path):
    """The text of a file, or None if there is none."""
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()


def candidates_in(directories):
    """Every file that begins like a bundle; names mean nothing [I-02]."""
    found = []
    for directory in directories:
        for name in sorted(os.listdir(directory)):
            path = os.path.join(directory, name)
            buf = load(path) if os.path.isfile(path) else b""
            if buf[:8] == MAGIC:
                found.append(buf)
    return found


def verify(buf, candidates=None, keys=(), trusted=(), detached=None, scopes=0):
    """The outcome of every check as a JSON-able object. candidates: None to leave inherited ranges unresolved; trusted: keys of which
    one must have signed the bundle; detached: text of detached statements; scopes: those that the keys must open."""
    outcome = {"result": "ok", "error": None, "offset": None, "streams": [], "entries": {}}
    bundle = Bundle(buf, keys, trusted)
    try:
        bundle.statements += read_detached(detached) if detached else []
        bundle.read()
        check(not scopes & ~(bundle.scopes or 0), "scope_missing", f"the keys open scopes {bundle.scopes} only")
        if candidates is not None:
            link_chain(bundle, candidates)
        for stream in bundle.streams:
            if stream.resolvable():
                stream.check_content_root()
            outcome["streams"].append({"name": stream.name, "kind": stream.kind_name, "virtual_length": stream.virtual_length,
                                       "root": stream.result["stream_root"].hex(), "sha256": stream.content_sha256(),
                                       **({"sealed": True} if stream.sealed else {})})
        outcome["entries"] = bundle.counts
    except BundleError as error:
        outcome.update(result=error.name, error=error.text, offset=error.offset, streams=[])
    outcome.update(scopes=bundle.scopes, signature=bundle.signature)
    outcome["released"] = {"bytes": bundle.released, "sha256": bundle.released_hash.hexdigest()}
    return outcome


def printable(value):
    """Bytes as text where they are UTF-8, else {"hex": ...}; what is absent or empty is left out."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"hex": value.hex()}
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items() if item is not None and item not in (b"", "", [])}
    return [printable(item) for item in value] if isinstance(value, list) else value


def list_entries(bundle):
    for stream in bundle.streams:
        if stream.kind in (FILE_META, RESOURCES, SECRETS) and not stream.sealed:
            for meta, body, length in read_entries(stream):
                line = {"stream": stream.name, "kind": stream.kind_name, "meta": printable(meta)}
                if stream.kind == FILE_META:
                    line["meta"].setdefault("path", "")
                else:
                    line.update(length=length, sha256=sha256(stream.read(body, length)).hex())
                yield line


INFORMATIVE_KEYS = {"about", "code", "bytes_released", "sha256_released"}
VECTOR_KEYS = {"file", "spec", "expect", "parents", "salvage", "streams", "entries", "keys", "trust", "scopes", "signatures"} \
    | INFORMATIVE_KEYS


def same_kind(kind):
    return str(kind).upper().removeprefix("STREAM_KIND_")


def vector_differences(vector, directory):
    path = os.path.join(directory, vector["file"])
    buf, parents, scopes = load(path), vector.get("parents"), vector.get("scopes", 0)
    try:
        keys = [keyring.from_vector(entry) for entry in vector.get("keys", [])]
        trusted = [keyring.trusted(text) for text in vector.get("trust", [])]
    except (CryptoError, ValueError, KeyError) as error:
        yield f"a key of the vector: {error}"
        return
    detached = read_beside(os.path.join(directory, vector["signatures"]) if "signatures" in vector else path.removesuffix(".z") + ".sig")
    outcome = verify(buf, parents and [load(os.path.join(directory, name)) for name in parents], keys, trusted, detached, scopes)
    expected = [vector["expect"]] if isinstance(vector["expect"], str) else vector["expect"]
    if outcome["result"] not in expected:
        yield f"expected {' or '.join(expected)}, got {outcome['result']}: {outcome['error']} at {outcome['offset']}"
        return
    found = {(stream["kind"], stream["name"]): stream for stream in outcome["streams"]}
    if "streams" in vector and outcome["result"] == "ok":
        if len(vector["streams"]) != len(found):
            yield f"{len(found)} streams instead of {len(vector['streams'])}"
        for wanted in vector["streams"]:
            stream = found.get((same_kind(wanted["kind"]), wanted["name"]))
            if stream is None:
                yield f"no stream {wanted['kind']} {wanted['name']}"
                continue
            for key in wanted.keys() - {"kind", "name"}:
                if wanted[key] != stream.get(key):
                    yield f"{key} of {wanted['name']}: {stream.get(key)} instead of {wanted[key]}"
    if "entries" in vector and outcome["result"] == "ok":
        for key, count in vector["entries"].items():
            if outcome["entries"].get(key) != count:
                yield f"{key}: {outcome['entries'].get(key)} instead of {count}"
    if scopes and outcome["result"] == "ok" and outcome["scopes"] != scopes:
        yield f"opened scopes {outcome['scopes']} instead of {scopes}"
    if vector.get("salvage"):
        sealed = any("sealed" in stream for stream in outcome["streams"])
        yield from salvage_differences(salvage(buf, keys), outcome["result"] == "ok" and not sealed)


def salvage_differences(report, intact):
    for stream in report:
        pos = 0
        for offset, length, state in stream["ranges"]:
            if offset != pos or length <= 0:
                yield f"salvage: ranges of stream {stream['stream_no']} do not tile it at {offset} [T-02]"
            if intact and state not in (VERIFIED, INHERITED):
                yield f"salvage: {state} at {offset} of stream {stream['stream_no']} in an intact bundle"
            pos = offset + length
        if stream["virtual_length"] is not None and pos != stream["virtual_length"]:
            yield f"salvage: ranges of stream {stream['stream_no']} end at {pos} [T-02]"


def run_vectors(directory):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    paths = sorted(os.path.join(root, name) for root, _, names in os.walk(directory) for name in names if name.endswith(".json"))
    for path in paths:
        with open(path, encoding="utf-8") as file:
            vector = json.load(file)
        if not isinstance(vector, dict) or not {"file", "expect"} <= vector.keys() <= VECTOR_KEYS:
            result, details = "skipped", []
        else:
            details = list(vector_differences(vector, os.path.dirname(path)))
            result = "failed" if details else "passed"
        counts[result] += 1
        print(f"{result}: {os.path.relpath(path, directory)}" + "".join(f": {detail}" for detail in details))
    print(f"{counts['skipped']} skipped")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 0 if counts["passed"] and not counts["failed"] else 1


def extract(bundle, name, kind, out):
    found = [stream for stream in bundle.streams if stream.name == name and kind in (None, stream.kind_name)]
    check(len(found) == 1, "usage", f"{len(found)} streams of this name" + ("" if kind else ": say --kind"))
    for size, content in found[0].segments(0, found[0].virtual_length):
        for start in range(0, size, MIB):
            out.write(content[start:start + MIB] if content is not None else bytes(min(MIB, size - start)))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("verify", "extract", "list", "salvage", "vectors"):
        command = commands.add_parser(name)
        command.add_argument("path", metavar="DIR" if name == "vectors" else "FILE")
        if name != "vectors":
            command.add_argument("--key", metavar="FILE", action="append", default=[], help="private key in PEM")
            command.add_argument("--psk-file", metavar="FILE", action="append", default=[], help="pre-shared key in hexadecimal")
            command.add_argument("--passphrase-file", metavar="FILE", action="append", default=[], help="the line end does not count")
        if name in ("verify", "extract"):
            command.add_argument("--parents", metavar="DIR", action="append")
        if name == "verify":
            command.add_argument("--trust", metavar="FILE", action="append", default=[],
                                 help="public key in PEM of which a signature is demanded, in the bundle or in FILE.sig beside it")
            command.add_argument("--signatures", metavar="FILE", help="detached statements, instead of those in FILE.sig")
        if name == "extract":
            command.add_argument("--stream", metavar="NAME", required=True)
            command.add_argument("--kind", type=same_kind)
    options = parser.parse_args(arguments)
    if options.command == "vectors":
        return run_vectors(options.path)
    buf = load(options.path)
    try:
        keys = [keyring.private_key(read_beside(path) or "") for path in options.key]
        keys += [keyring.Psk(bytes.fromhex(read_beside(path) or "")) for path in options.psk_file]
        keys += [keyring.Passphrase((read_beside(path) or "").removesuffix("\n").encode()) for path in options.passphrase_file]
        trusted = [keyring.trusted(read_beside(path) or "") for path in getattr(options, "trust", [])]
    except (CryptoError, ValueError) as error:
        parser.error(f"key: {error}")
    if options.command == "salvage":
        print(json.dumps({"streams": salvage(buf, keys)}, indent=1))
        return 0
    candidates = candidates_in(options.parents) if getattr(options, "parents", None) else None
    if options.command == "verify":
        outcome = verify(buf, candidates, keys, trusted, read_beside(options.signatures or options.path + ".sig"))
        print(json.dumps(outcome, indent=1))
        return 0 if outcome["result"] == "ok" else 1
    try:
        bundle = Bundle(buf, keys).read()
        if candidates is not None:
            link_chain(bundle, candidates)
        if options.command == "extract":
            extract(bundle, options.stream, options.kind, sys.stdout.buffer)
        for line in list_entries(bundle) if options.command == "list" else ():
            print(json.dumps(line))
    except BundleError as error:
        print(f"{error.name}: {error.text}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.setrecursionlimit(20000)                        # MASKED cells over a chain of 1 024 bundles
    sys.exit(main())
