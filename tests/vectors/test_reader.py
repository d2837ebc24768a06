#!/usr/bin/env python3
"""Tests of reader.py: primitives against known values, and small bundles from a minimal writer, whole and broken.

The writer below follows the specification too, but shares no code with the reader apart from CRC-32C, whose check value is tested, and
the primitives in crypto.py, which test_crypto.py tests against published vectors.
"""
import base64
import contextlib
import hashlib
import hmac
import io
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import crypto
import keys
import reader
import test_crypto
import zstd_decoder
from reader import BundleError, crc32c
from test_crypto import AeadTests, CurveTests, HashTests, HpkeTests, KeyTests, RsaTests     # so that they run with the tests in here

CELL, BLOCK = 65536, 4096
SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "spec")


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# ---- A minimal writer -----------------------------------------------------------------------------------------------------------

def number(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(tag, value, wire=None):
    """One protobuf field: int as varint (0 is omitted), bytes and str with a length; anything empty is omitted unless wire is given."""
    if isinstance(value, str):
        value = value.encode()
    if not value and wire is None:
        return b""
    if isinstance(value, int):
        return number(tag << 3) + number(value)
    return number(tag << 3 | 2) + number(len(value)) + value


def time(seconds, nanos=0):
    return b"\x09" + struct.pack("<q", seconds) + (b"\x15" + struct.pack("<I", nanos) if nanos else b"")


def tag(key, text, source=1, source_ref=""):
    return field(1, key) + field(2, text, 2) + field(8, source) + field(9, source_ref)


def text_of(size, seed=1):
    source = random.Random(seed)
    return bytes(source.randrange(1, 256) for _ in range(64)) * (size // 64) + b"x" * (size % 64)


class Part:
    """A leaf together with what its CHUNK record needs."""

    def __init__(self, state, length, raw=b"", data=None, codec=0, mask=b"", cell_digest=b""):
        self.state, self.length, self.raw, self.codec, self.mask = state, length, raw, codec, mask
        self.cell_digest, self.data = cell_digest, raw if data is None else data
        flags = struct.pack("<I", 1 if cell_digest else 0)
        self.digest = {1: sha(raw), 2: sha(flags, cell_digest, mask, raw)}.get(state, bytes(32))

    def leaf(self, offset):
        return struct.pack("<B7xQQQ32s", self.state, offset, self.length, len(self.raw), self.digest)


def data(raw, **more):
    return Part(1, len(raw), raw, **more)


def small(index):
    """A DATA cell that differs for each index and needs few stored bytes: LZ4, four literals and one long match."""
    left = CELL - 4 - 4 - 15 - 5
    word = struct.pack("<I", index + 1)
    encoded = b"\x4f" + word + b"\4\0" + b"\xff" * (left // 255) + bytes([left % 255]) + b"\x50" + (word * 2)[3:8]
    return Part(1, CELL, word * (CELL // 4), data=encoded, codec=1)


def zero(length):
    return Part(3, length)


def inherit(length):
    return Part(4, length)


def masked(length, codes, raw, **more):
    mask = bytearray(-(-len(codes) // 4))
    for index, code in enumerate(codes):
        mask[index // 4] |= code << 2 * (index % 4)
    return Part(2, length, raw, mask=bytes(mask), **more)


def mth(descriptors):
    """RFC 9162 by way of a frontier of perfect subtrees, so not the recursion that the reader uses."""
    frontier = []
    for descriptor in descriptors:
        size, digest = 1, sha(b"\0", descriptor)
        while frontier and frontier[-1][0] == size:
            digest = sha(b"\1", frontier.pop()[1], digest)
            size *= 2
        frontier.append((size, digest))
    if not frontier:
        return sha(b"")
    digest = frontier.pop()[1]
    while frontier:
        digest = sha(b"\1", frontier.pop()[1], digest)
    return digest


def hmac_of(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


PSK = bytes(range(100, 132))                            # the key that most of the encrypted bundles are for
FILE_KEY = bytes(range(7, 39))
META, DATA, SECRET = 1, 2, 4


class Recipients:
    """Makes recipients; each method returns a function of the sealing. block and context may be put in place of the right ones."""

    @staticmethod
    def of(kind, scopes, body, key_id=b""):
        return lambda sealing: field(1, kind) + field(2, scopes) + field(3, key_id) + field(4, body(sealing) if callable(body) else body)

    @classmethod
    def psk(cls, secret=PSK, scopes=7, block=None, context=None, salt=b"s" * 32):
        def body(sealing):
            key = crypto.hkdf(secret, salt, context or sealing.context(3, scopes))
            return salt + crypto.AesGcm(key).seal(bytes(12), block or sealing.block(scopes))
        return cls.of(3, scopes, body)

    @classmethod
    def passphrase(cls, text, rounds=600_000, scopes=7):
        def body(sealing):
            key = b"" if rounds > 600_000 else hashlib.pbkdf2_hmac("sha512", text.encode(), b"t" * 32, max(rounds, 1), 32)
            key = crypto.hkdf(key, b"t" * 32, sealing.context(4, scopes))
            return b"t" * 32 + struct.pack("<I", rounds) + crypto.AesGcm(key).seal(bytes(12), sealing.block(scopes))
        return cls.of(4, scopes, body)

    @classmethod
    def p256(cls, number, scopes=7, context=None, encapsulated=None):
        def body(sealing):
            point = crypto.P256.multiply(number)
            found, sealed = crypto.hpke_seal(1234567 + scopes, point, sealing.block(scopes), context or sealing.context(1, scopes))
            return (encapsulated or found) + sealed
        return cls.of(1, scopes, body, sha(test_crypto.ec_public(crypto.P256, crypto.P256.multiply(number)))[:16])

    @classmethod
    def rsa(cls, scopes=7, block=None, context=None):
        def body(sealing):
            key = keys.trusted(test_crypto.pem("PUBLIC KEY", test_crypto.RSA_PUBLIC))
            message = sha(context or sealing.context(2, scopes)) + (block or sealing.block(scopes))
            padded = sha(b"") + bytes(384 - len(message) - 66) + b"\1" + message
            masked = crypto.xor(padded, crypto.mgf1(b"d" * 32, len(padded)))
            encoded = b"\0" + crypto.xor(b"d" * 32, crypto.mgf1(masked, 32)) + masked
            return pow(int.from_bytes(encoded, "big"), key.exponent, key.modulus).to_bytes(384, "big")
        return cls.of(2, scopes, body)


class Sealing:
    """How a Writer encrypts. fault(kind, nth) may give a dictionary that replaces parts of the seal of one record: scope, key, salt,
    reserved, plain (True leaves the record open) or flip (a byte of the sealed payload). fields and payload may change the envelope
    before its MAC is made, forged after that."""

    def __init__(self, recipients=None, runs=((0, b"r" * 16),), suite=1, public=(), size=4096, fault=None, fields=None, payload=None,
                 forged=None, listed=None, file_key=FILE_KEY, copy=None):
        self.recipients = [Recipients.psk()] if recipients is None else recipients
        self.runs, self.suite, self.public, self.size, self.file_key = runs, suite, public, size, file_key
        self.listed = runs if listed is None else listed
        self.fault = fault or (lambda kind, nth: {})
        self.fields, self.payload, self.forged, self.copy = (hook or (lambda value: value) for hook in (fields, payload, forged, copy))
        self.envelope = None

    def begin(self, bundle_id, head):
        """The ENVELOPE payload; section 15.2."""
        self.id = bundle_id
        derive = {label: crypto.hkdf(self.file_key, bundle_id, b"WBL1-" + label) for label in (b"header", b"meta", b"data", b"secret")}
        self.header, self.keys = derive[b"header"], {META: derive[b"meta"], DATA: derive[b"data"], SECRET: derive[b"secret"]}
        parts = {"suite": self.suite, "head": sha(head), **{f"commitment {scope}": hmac_of(self.keys[scope], b"WBL1-commit\0", bundle_id)
                                                            for scope in self.keys},
                 "recipients": [make(self) for make in self.recipients], "public": self.public}
        parts = self.fields(parts)
        parts.setdefault("id", bundle_id)
        message = field(1, parts["suite"]) + field(2, parts["head"]) + b"".join(field(3 + i, parts[f"commitment {scope}"])
                                                                                for i, scope in enumerate(self.keys))
        message += b"".join(field(6, item) for item in parts["recipients"]) + b"".join(field(7, item) for item in parts["public"]) + field(8, parts["id"])
        payload = struct.pack("<II", len(message), 0) + message
        payload = self.payload(payload + bytes(max(0, self.size - 32 - len(payload))))
        self.envelope = self.forged(payload + hmac_of(self.header, b"WBL1-envelope\0", payload))
        return self.envelope

    def context(self, kind, scopes):
        return b"WBL1-recipient\0" + self.id + bytes([kind, scopes, self.suite])

    def block(self, scopes):
        return self.file_key if scopes == 7 else self.header + b"".join(self.keys[scope] for scope in (META, DATA) if scope & scopes)

    def seal(self, kind, nth, flags, sequence, offset, payload, stream_kind):
        """(flags, stored payload); section 15.4."""
        scope = {2: META, 5: META, 6: SECRET}.get(stream_kind, DATA) if kind in (0x11, 0x12, 0x13) else META
        run_salt = [salt for first, salt in self.runs if first <= sequence][-1]
        parts = {"scope": scope, "salt": run_salt, "reserved": bytes(7), **self.fault(kind, nth)}
        if parts.get("plain"):
            return flags, payload
        scope_key = self.keys[parts.get("key", parts["scope"] if parts["scope"] in self.keys else META)]
        key = crypto.hkdf(scope_key, parts["salt"], b"WBL1-record\0" + bytes([self.suite]) + struct.pack("<Q", sequence >> 20))
        front = bytes([parts["scope"]]) + parts["reserved"] + parts["salt"]
        associated = b"WBL1-seal\0" + self.id + struct.pack("<BBHI", kind, flags | 2, 0, len(payload) + 40)
        associated += struct.pack("<QQ", sequence, offset) + front
        cipher = (crypto.AesGcm if self.suite == 1 else crypto.ChaCha20Poly1305)(key)
        sealed = bytearray(front + cipher.seal(struct.pack("<QI", sequence, 0), payload, associated))
        if "flip" in parts:
            sealed[parts["flip"]] ^= 1
        return flags | 2, bytes(sealed)


class Writer:
    """Writes a bundle. `patch(kind, nth, payload)` may change each payload, or drop the record with None; `extra(writer, kind)` may
    put records before one of this kind. sealing makes it encrypted; stored puts a stored_root into it; statements are functions of
    the writer that give the payloads of SIGNATURE records."""

    def __init__(self, bundle_id=b"B" * 16, parent=None, features=(0, 0, 0), patch=None, extra=None, tags=(), trailer=None,
                 block=BLOCK, cell=CELL, names=None, sealing=None, stored=False, statements=()):
        self.sealing, self.stored, self.statements, self.hashes, self.stream_kind = sealing, stored, statements, [], 0
        if sealing:
            features = (features[0] | 1, *features[1:])
        self.id, self.parent, self.features, self.trailer_patch = bundle_id, parent, features, trailer or (lambda fields: fields)
        self.patch, self.extra = patch or (lambda kind, nth, payload: payload), extra or (lambda writer, kind: None)
        self.block, self.cell = block, cell
        self.out, self.count, self.seen, self.streams, self.held = bytearray(), 0, {}, [], []
        self.manifest_streams, self.levels, self.roots, self.lengths = [], {}, {}, {}
        head = struct.pack("<8sHHIQQQ16sI", bytes.fromhex("8957424C0D0A1A0A"), 1, 0, 64, *features, bundle_id, 0)
        self.out += head + struct.pack("<I", crc32c(head))
        self.emit(0x01, b"This is a Waybill bundle.", 0)
        if names is None and any(features):
            names = b"".join(field(1, field(1, word) + field(2, bit) + field(3, f"feature {word}.{bit}"))
                             for word in range(3) for bit in range(64) if features[word] >> bit & 1)
        if names is not None:
            self.emit(0x02, names)
        if sealing:
            self.emit(0x03, sealing.begin(bundle_id, bytes(self.out)))
        generation = parent.generation + 1 if parent else 0
        self.generation = generation
        self.application = field(1, b"A" * 16) + field(2, "shop")
        self.created = time(1_700_000_000, 5)
        # created, writer, application, lineage, parent as numbered in Prologue; one more each in Manifest
        self.identity = [self.created, field(1, "test"), self.application, field(1, b"L" * 16) + field(2, generation),
                         field(1, parent.id) + field(2, parent.digest) if parent else b""]
        self.tags = b"".join(field(7, item) for item in tags), b"".join(field(10, item) for item in tags)
        prologue = field(1, bundle_id) + b"".join(field(2 + i, item) for i, item in enumerate(self.identity)) + self.tags[0]
        self.prologue = self.emit(0x06, prologue)

    def emit(self, kind, payload, flags=1):
        self.extra(self, kind)
        nth = self.seen[kind] = self.seen.get(kind, -1) + 1
        payload = self.patch(kind, nth, payload)
        if payload is None:
            self.length = 0
            return b""
        self.at, stored = len(self.out), payload
        if self.sealing and kind not in (0x01, 0x02, 0x03, 0x21, 0x22, 0x30):
            flags, stored = self.sealing.seal(kind, nth, flags, self.count, self.at, payload, self.stream_kind)
        head = struct.pack("<4sBBHIIQQ4s", bytes.fromhex("9D5742B1"), kind, flags, 0, len(stored), crc32c(stored), self.count,
                           self.at, sha(self.id)[:4])
        head += struct.pack("<I", crc32c(head))
        self.hashes.append(sha(b"\0", head, sha(stored)))
        self.out += head + stored
        self.out += bytes(-len(self.out) % 8)
        self.count, self.length = self.count + 1, len(stored)
        return payload

    def stream(self, name, parts, kind=1, entries=0, gaps=0, full=None, more_result=b""):
        """One whole stream. full: the parts that the same content has in a stream without parent, for content_root."""
        stream_no, stream_id = len(self.manifest_streams), sha(name.encode(), bytes([kind]))[:16]
        key, self.stream_kind = (kind, name), kind
        header = field(1, stream_no) + field(2, stream_id) + field(3, kind) + field(4, name) + field(5, self.block) + field(6, self.cell)
        if any(part.state in (2, 4) for part in parts):
            header += field(7, self.parent.roots[key]) + field(8, self.parent.lengths[key])
        self.emit(0x10, field(1, header) + field(2, self.id) + field(3, self.application) + field(4, self.created))
        offset = tiled = stored = 0
        rows, runs, children, nodes = [], [], [], []

        def flush():
            nonlocal runs, tiled
            if runs:
                self.emit(0x12, struct.pack("<II", stream_no, len(runs)) + b"".join(runs))
                runs = []
            while len(rows) - tiled >= 256:
                tile(256)

        def tile(count):
            nonlocal tiled
            payload = struct.pack("<IIQ", stream_no, count, tiled) + b"".join(rows[tiled:tiled + count])
            self.emit(0x13, payload)
            length = self.length
            leaves = [row[:64] for row in rows[tiled:tiled + count]]
            children.append(struct.pack("<QQQII32s", struct.unpack_from("<Q", leaves[0], 8)[0], count, self.at, length, 0, mth(leaves)))
            tiled += count
            if len(children) > 256 and len(children) % 256 == 1:
                node(1, len(children) // 256 - 1)

        def node(level, index):
            below = children if level == 1 else nodes[level - 2]
            below = below[256 * index:256 * index + 256]
            payload = struct.pack("<IIQII", stream_no, len(below), index * 256 ** (level + 1), level, 0) + b"".join(below)
            self.emit(0x15, payload)
            length = self.length
            digest = below and fold([child[32:] for child in below])
            leaf_count = sum(struct.unpack_from("<Q", child, 8)[0] for child in below)
            entry = struct.pack("<8sQQII32s", below[0][:8], leaf_count, self.at, length, 0, digest)
            while len(nodes) < level:
                nodes.append([])
            nodes[level - 1].append(entry)

        for part in parts:
            leaf = part.leaf(offset)
            if part.state in (3, 4):
                rows.append(leaf + bytes(16))
                runs.append(leaf)
                if len(runs) == 4096:
                    flush()
            else:
                flush()
                payload = struct.pack("<IBBHQQII32s", stream_no, part.state, part.codec, len(part.mask), offset, part.length,
                                      len(part.raw), 1 if part.cell_digest else 0, part.digest)
                self.emit(0x11, payload + part.cell_digest + part.mask + part.data)
                written = self.length
                rows.append(leaf + struct.pack("<QIB3x", self.at, written, part.codec))
                stored += written
                flush()
            offset += part.length
        flush()
        if tiled < len(rows):
            tile(len(rows) - tiled)
        root = self.root([part.leaf for part in parts], parts, offset)
        self.roots[key], self.lengths[key] = root, offset
        result = field(1, stream_no) + field(2, offset) + field(3, len(parts)) + field(4, root)
        if full:
            result += field(5, self.root([part.leaf for part in full], full, offset))
        result += field(6, sum(len(part.raw) for part in parts)) + more_result
        self.emit(0x14, result)
        self.manifest_streams.append((header, result, entries, gaps, children, nodes, node, stored))

    def root(self, _, parts, length):
        descriptors, offset = [], 0
        for part in parts:
            descriptors.append(part.leaf(offset))
            offset += part.length
        head = b"\2WBL1-stream" + bytes(5) + struct.pack("<IIQQ", self.block, self.cell, length, len(parts))
        return sha(head, mth(descriptors))

    def end(self, groups=b"", after=b""):
        tail = None
        level, more = 1, True
        while more:
            more = False
            for _, _, _, _, children, nodes, node, _ in self.manifest_streams:
                below = len(children if level == 1 else nodes[level - 2] if len(nodes) >= level - 1 else [])
                if below > 1:
                    more = True
                    done = len(nodes[level - 1]) if len(nodes) >= level else 0
                    for index in range(done, -(-below // 256)):
                        node(level, index)
                        tail = self.at if tail is None else tail
            level += 1
        streams = places = b""
        for stream_no, (header, result, entries, gaps, children, nodes, _, stored) in enumerate(self.manifest_streams):
            offset = length = 0
            if children:
                offset, length = struct.unpack_from("<QI", (nodes[-1] if nodes else children)[0], 16)
            place = field(1, stream_no) + field(2, offset) + field(3, length) + field(4, len(nodes)) + field(5, stored)
            places += field(1, place, 2)
            streams += field(8, field(1, header) + field(2, result) + field(5, entries) + field(6, gaps))
        runs = self.sealing.listed if self.sealing else ()
        self.emit(0x16, places + b"".join(field(2, field(1, first) + field(2, salt), 2) for first, salt in runs))
        layout_at, layout_length = self.at, self.length
        salt = sha(b"salt") if self.sealing else bytes(32)
        manifest = field(1, self.id) + field(2, salt) + b"".join(field(3 + i, item) for i, item in enumerate(self.identity))
        manifest = self.emit(0x20, manifest + streams + groups + self.tags[1] + field(11, sha(self.prologue)))
        manifest_at, manifest_length = self.at, self.length
        self.digest = sha(b"WBL1-manifest\0", manifest)
        root = b"\2WBL1-stored" + bytes(5) + sha(self.out[:64]) + struct.pack("<Q", len(self.hashes))
        self.stored_root, self.stored_count, self.stored_length = sha(root, fold(self.hashes)), len(self.hashes), len(self.out)
        if self.sealing:
            self.emit(0x22, self.sealing.copy(self.sealing.envelope), 0)
        for statement in self.statements:
            self.emit(0x21, statement(self), 0)
        self.extra(self, None)
        fields = self.trailer_patch(dict(
            magic=b"WBLEND\r\n", id=self.id, incompat=self.features[0], transform=self.features[1], compat=self.features[2],
            total=len(self.out) + 256, records=self.count, at=manifest_at, length=manifest_length, flags=1 if self.stored else 0,
            tail=tail or layout_at, checkpoint=getattr(self, "checkpoint", 0), digest=self.digest,
            stored=self.stored_root if self.stored else bytes(32), mac=bytes(32),
            layout=layout_at, layout_length=layout_length, reserved=bytes(48)))
        trailer = struct.pack("<8s16sQQQQQQIIQQ32s32s32sQI48s", *fields.values())
        if self.sealing and fields["mac"] == bytes(32):
            mac = hmac_of(self.sealing.header, b"WBL1-trailer\0", trailer[:160], trailer[192:])
            trailer = trailer[:160] + mac + trailer[192:]
        self.out += trailer + struct.pack("<I", crc32c(trailer)) + after
        return bytes(self.out)


def fold(hashes):
    """Like mth, over hashes of perfect subtrees."""
    frontier = []
    for digest in hashes:
        size = 1
        while frontier and frontier[-1][0] == size:
            digest = sha(b"\1", frontier.pop()[1], digest)
            size *= 2
        frontier.append((size, digest))
    digest = frontier.pop()[1]
    while frontier:
        digest = sha(b"\1", frontier.pop()[1], digest)
    return digest


def entry(meta, body=b""):
    head = struct.pack("<4sIQI", b"WBe1", len(meta), len(body), crc32c(meta))
    return head + struct.pack("<I", crc32c(head)) + meta + body


def resource(ordinal, kind, body=b"kind: x\n", api_version="v1", more=b""):
    return entry(field(1, ordinal) + field(2, api_version) + field(3, kind) + field(5, f"name{ordinal}") + more, body)


def file(path, kind=1, more=b""):
    return entry(field(1, path) + field(2, kind) + field(3, 0o644) + more)


def extent(file_offset, data_offset, length):
    return field(12, field(1, file_offset) + field(2, data_offset) + field(3, length))


def cells(content):
    return [data(content[start:start + CELL]) for start in range(0, len(content), CELL)]


VOLUME = [data(text_of(CELL, 1)), zero(2 * CELL), data(text_of(CELL, 2)), data(text_of(1000, 3))]


def build(parts=None, **options):
    """A bundle with one volume; also the writer."""
    writer = Writer(**options)
    writer.stream("disk", VOLUME if parts is None else parts)
    return writer.end(), writer


def outcome(bundle, *parents, **more):
    return reader.verify(bundle, list(parents) if parents else None, **more)


class BundleTest(unittest.TestCase):
    def assert_result(self, expected, bundle, *parents, **more):
        result = outcome(bundle, *parents, **more)
        self.assertEqual(expected, result["result"], result["error"])
        return result


# ---- Primitives -----------------------------------------------------------------------------------------------------------------

class PrimitiveTests(unittest.TestCase):
    def test_crc32c(self):
        # Check value of the specification, then RFC 3720 appendix B.4.
        known = {b"123456789": 0xE3069283, bytes(32): 0x8A9136AA, b"\xff" * 32: 0x62A8AB43, bytes(range(32)): 0x46DD794E,
                 bytes(range(31, -1, -1)): 0x113FDB5C, b"": 0, b"a": 0xC1D04330}
        for content, value in known.items():
            self.assertEqual(value, crc32c(content), content)

    def test_crc32c_of_any_length_equals_the_definition(self):
        content = text_of(300, 9)
        for size in (1, 2, 3, 4, 5, 63, 64, 65, 255, 300):
            crc = 0xFFFFFFFF
            for byte in content[:size]:
                crc ^= byte
                for _ in range(8):
                    crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
            self.assertEqual(crc ^ 0xFFFFFFFF, crc32c(content[:size]), size)

    def test_merkle_root_of_known_inputs(self):
        inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
        roots = ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                 "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                 "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                 "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                 "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                 "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                 "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                 "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"]
        hashes = [reader.leaf_hash(bytes.fromhex(item)) for item in inputs]
        for count, root in enumerate(roots):
            self.assertEqual(root, reader.merkle_root(hashes[:count]).hex(), count)

    def test_merkle_root_equals_a_frontier(self):
        leaves = [struct.pack("<Q", i) * 8 for i in range(600)]
        for count in (*range(10), 255, 256, 257, 511, 512, 513, 600):
            self.assertEqual(mth(leaves[:count]), reader.merkle_root([reader.leaf_hash(leaf) for leaf in leaves[:count]]), count)

    def test_merkle_root_in_tiles_equals_the_whole(self):
        hashes = [reader.leaf_hash(struct.pack("<Q", i)) for i in range(1000)]
        tiles = [reader.merkle_root(hashes[start:start + 256]) for start in range(0, 1000, 256)]
        self.assertEqual(reader.merkle_root(hashes), reader.merkle_root(tiles))

    def test_lz4_good(self):
        long_run = b"A" * 1000
        good = {
            "literals only": (b"\x50hello", b"hello"),
            "15 literals": (b"\xf0\x00" + b"123456789012345", b"123456789012345"),
            "literal length with 255": (b"\xf0\xff\xff\x05" + b"z" * 530, b"z" * 530),
            "overlap of distance 1": (b"\x1fA\x01\x00\xff\xff\xff" + bytes([1000 - 1 - 4 - 15 - 765 - 5]) + b"\x50AAAAA", long_run),
            "overlap of distance 3": (b"\x36abc\x03\x00\x50xyzxy", b"abc" + b"abcabcabca" + b"xyzxy"),
            "match of exactly 19": (b"\x1fq\x01\x00\x00\x10e", b"q" * 20 + b"e"),
            "ends with a match and no literals": (b"\x40abcd\x04\x00\x00", b"abcdabcd"),
        }
        for name, (encoded, raw) in good.items():
            self.assertEqual(raw, reader.lz4_decode(encoded, len(raw)), name)

    def test_lz4_bad(self):
        bad = {
            "empty": (b"", 0),
            "no token after a match": (b"\x40abcd\x04\x00", 8),
            "literals cut": (b"\x50hell", 5),
            "length cut": (b"\xf0\xff", 300),
            "distance cut": (b"\x40abcd\x04", 8),
            "distance 0": (b"\x40abcd\x00\x00\x00", 8),
            "distance before the start": (b"\x40abcd\x05\x00\x00", 8),
            "match length cut": (b"\x4fabcd\x04\x00\xff", 300),
            "too much from literals": (b"\x50hello", 4),
            "too much from a match": (b"\x40abcd\x04\x00\x00", 7),
            "too little": (b"\x50hello", 6),
        }
        for name, (encoded, size) in bad.items():
            with self.assertRaises(BundleError, msg=name) as caught:
                reader.lz4_decode(encoded, size)
            self.assertEqual("codec_error", caught.exception.name, name)

    def test_xxh64(self):
        known = {b"": 0xEF46DB3751D8E999, b"a": 0xD24EC4F1A98C6E5B, b"abc": 0x44BC2CF5AD770999, b"xxhash": 0x32DD38952C4BC720}
        for content, value in known.items():
            self.assertEqual(value, zstd_decoder.xxh64(content), content)

    def test_proto_tables_equal_bundle_proto(self):
        with open(os.path.join(SPEC, "bundle.proto"), encoding="utf-8") as source:
            lines = [line.split("//")[0].strip() for line in source]
        enums = {line.split()[1] for line in lines if line.startswith("enum ")}
        found, message, oneof = {}, None, ""
        for line in lines:
            if line.startswith("message "):
                message = found.setdefault(line.split()[1], {})
            elif line.startswith("oneof "):
                oneof = line.split()[1]
            elif line == "}":
                message, oneof = (message, "") if oneof else (None, "")
            match = re.fullmatch(r"(repeated )?(\w+) (\w+) = (\d+);", line)
            if match and message is not None:
                kind = "enum" if match[2] in enums else match[2]
                message[int(match[4])] = (match[3], kind, bool(match[1]), oneof)
        tables = {name: {tag: (item.name, "bytes" if item.type.rstrip("?") in ("id", "digest") else item.type, item.repeated, item.oneof)
                         for tag, item in fields.items()} for name, fields in reader.MESSAGES.items()}
        self.assertEqual(found, tables)


def squares(count):
    return b"".join(b"%d %s=%d;\n" % (i, (b"cell", b"leaf", b"tile")[i * i % 3], i * i * i % 997) for i in range(count))


# Frames made by the zstd tool, version 1.5.4, out of content that is computed: (what it is about, content, frame in base 85).
ZSTD_FRAMES = [
    ("FSE tables and repeated offsets", squares(60),
     "D77#B1Zd3&0Or;(60ld=2gYbfJ4NJ@%`L|{n$rO<04e|}0Of<K{De&Tj+FPbe3U<_<E3Q$c#01VJPGj*=1Yb*;TupOKrjF(9|3~_!2m!6!#DVZx0>+b622"
     "q|9~DUW2^Qh4M0m3bZwcY6?8=wT%9C7`w`eGD8wxkJdAr7Zbi}+#YhJElKAdm(n&Bs`hWCZxO~Y60;mI?+gURsL;Tr+G?~eF7Bi>v^yxl<j5b-"
     "o;;w?jbh4`QnPZh+^nHM=TPt&q_J2D?Ss1Y;-"
     "3{K_y8PF=2v3U@zZ4O|=+k=^W(Xc~o{y`Cb0kf1U`)B}`XP%4+9^_~s&0<lp1ie96$s2I?z){$}kL2lt<iq{6m4a<U>=H0oeyZ&8E9w"),
    ("predefined tables", squares(60),
     "D77#B1Xv9U0LGOr60lct2gYbfD+Sq`Hf4Gx_<#;A04M+^0DA)~yOgrKmAygsK^i+{YOhPX5U~$sb_?&s?!{dK3IqrS0J4XG!GK@@AOyig+=)VP55v8p%yK"
     "Uh<X%PLZU*i|HDo7O$vzw;dj%1)yE?LmAqnI?NWB-mbBK2_+@0FJp}KoecXt=M`?$MB_oC`9p}PokFDdQ;yT_QFhM2u(w`KNH%|0Eoo1I-"
     "cdzjgWX0La0c%O>B*YG}S?{+*O(4rX{@&SNynMtL{<y^?+kE{XAI&fzVAR*@>__+w@1!!TXzrq!`B8b!UU!g02bQ+K=0dvKVjtFvPU{3SlbY8Czm?Ka*Gw"
     "3vI8phB=jQSv<8w{hvKt^F0!#s>(G>r0L`f|xA2(qaw6V74Ijq)93HFSYoOhaQ19d3{v78C68E9w"),
    ("two blocks, the second repeats", squares(150) * 100,
     "D77#B1ZaE|0G4-Z60ld=2gYbfJ4Iw~N-"
     "4)Vn$rPk0A&DU06rStVfczYeDDl!G8x`Fd}H{MPk5^dA1>ibNcboU!Vg)5w<6)qD!e6xud*v&HY*?Gs=P(1ylq1H2vvSUrhG@rd#2^1{7D@z4aSeBcq;Kh"
     "0&g;3GQ0`jfC2%60YLc(7z_vo03t7I@lnMGYw<EgeAN(7L`8hi5b+UAe9W2n8sdYA7orkxrXb#T7x+30ytyjyb}8@^0w3lac*_L768H!We5eTgoOzKm^I="
     "*xZx_tp*yimT^U)FWCarn7hIu;Q@HN9vSPdV%w7iW>%Li$ByDcB0<wv4?BSiU<s-uYVW{L74%11cLUzE4X9d9|_>N>t|=y(ao`}j~b$9Lp-"
     "8td_MjpO6Y_$lLy$oQyWJeiHB7~@Nfj~agy##ch|RmD3_inm+5xEOrIoz3NI<??qXm#3@X@<euda{0!&yaUzcDO}!;rc*v{$_JV9R5j(tQ{Js9Pi9ko!j!"
     "+DDQ~WnFImb5my|b2`5@(k#!^1eNcmREpGo;UDSsj@Ki2Y{mhXkO4S<=bArONQOU2hauq+UvAv+R?0JGtE{r~^(V)&kS;F65n?`g#}ghO+g{OaNdC51?bx"
     "(Ng7qok*$0dJHv^=#m^S&mnFDQgQ2Tm!Oe;`vBCmdf#mJT5AniB4jRMmxTh4F_i^Bmsd4YrVi^b3fk@1i?*0s$ph(sj2`j#Uv^M5sxlF6|r}K+Xz<%n_c)"
     "dVF7P-<xgBBAv$w5$`Q^Cn|OwxBlnsag8}tsrHara11RA9OOfmkj{Cw@gut;74FttJ0-"
     "6#pBkJDo&rdz{oto!cm~v^A5yryNE;3gERR9100RV}3%6?q~0e@8v2>"),
    ("Huffman table of an earlier block", bytes(i * i % 251 * (i % 7) // 90 + 65 for i in range(2000)),
     "D77#B1OS{404D8K5s;<L0r=a$neFc0QgV0qq61F=P5@8<bnJyji3=WylNod;DH0EmVs&}|IUrn3`7~4VJ1gq!%ydo_y&#0`bc5{|km#?$`9O`*S1{MUsI^"
     "Z(4-abV6WZnhqk11Uya%F&U;ZC=Dq`5he8VY->az@^mVah7J;1gcz|M3sA;<$`H>U}<lQ$9{6*GU(#0N1GuW-"
     "Z{1obb&s6XX1Gv!5?<buGKm(2d5W%KK9ABBuul=ZxAC0>ly9}`$#uuhyvZ1|8I@nJMpMZ<^kl+_ERkZew39>A_z-@dt5u-=Pg068kBHX!7G5HdM{L-"
     "a)8&<9h^=g81+WQ;v<7q5R56TBNq@`X67Co`)TgOHq5cliaS;v=TwP=w~C8r+B*9`WjeI=Pxw(F`vFnNNmG)Q<$6eq<P%C9D{!`qxq9W1JB82Le02gpFsu"
     ")I?o-p(_C|AYcNKNYFlZi|FYB`x7^hBlJPi?%VP-4$rgezJ-6f>T7@<E@y}P2266V#_omtx~5N#JR8u%h5iK!#}TrvJc_sDOv$mqKk(^;eDoT<;y`CY-"
     "@2~|+UctSz7HEgls-q&E=Ou2{$p?gkAlbG#E#1q0D?dRl??z#t4~e<O8`&+(*&mrwc7_8r7wX*e*$`5P|Ur7wfYo6d}2qvdLV3Cei2Q1K!*5Fkl?nD2|-"
     ">Hw+o>)pD`7$V2phzLUW-Av2)PF1>?;ZF)U6bHUaa&X#MLT_A9aeAga9#qw*r6nQ}73)z^tJd7x$WL(As1(fKlW{UIdg@0&SEkvIeET@a5r^&>87%BPtX^"
     "%4<vvb(=<ie8v%1|KNFc|Zko?Hsi}2}Q7q8@?c_{DE8zw;AG$`cRcnI@CwNp)afpu40N8yZUx<5I?ZFst=>8qUm>LI;pCD1b6z8XFiyW+=vN<#uO(rCNt$"
     "lnB;;`GW)vQM-hdt#08H;cai`pR;Nex0S5$eMSjPrq8Eg)oo=xG0uuc-"
     "0*hMv1VL?mLfbrGj6l@z%ZZ4F17^zs9GYHY%xydrEFfS4kw{V>cnO_H9r`ZWKZl+x@U*JGWCH%TG|!jWhs;<apgZnyOS^qwRR3nklh}PuCHxh67y{tszr6"
     "D`uWtxsqHqPuYPX;Q4E*0MH%mRQ*p>FaF8Mn&>u<fUAzNU%{NL*SPoi`QjV0ll0n{$yv;"),
    ("one stream of literals", b"".join(bytes([65 + i % 3]) * (i % 7 + 1) for i in range(300)),
     "D77#B1ZV{T0OErL1mF(?LjSK|RaFHX0Pt4@@FD{MR$SqmATDP-pV@kEi~"),
]


class ZstdTests(unittest.TestCase):
    def decoded(self, frame, length, window=8 << 20):
        return zstd_decoder.decode_frame(frame, length, window)

    def test_frames_of_the_tool(self):
        for name, content, text in ZSTD_FRAMES:
            self.assertEqual(content, self.decoded(base64.b85decode(text), len(content)), name)

    @staticmethod
    def frame(content_size, *blocks, checksum=None):
        head = struct.pack("<IBB", 0xFD2FB528, 0x20 | (4 if checksum is not None else 0), content_size)
        body = b"".join(struct.pack("<I", (index == len(blocks) - 1) | kind << 1 | size << 3)[:3] + content
                        for index, (kind, size, content) in enumerate(blocks))
        return head + body + (struct.pack("<I", checksum) if checksum is not None else b"")

    def test_blocks_by_hand(self):
        # Raw literals "abcd"; two sequences whose three codes are RLE (one literal, two offset bits, match of 3), then repeated.
        first = b"\x20abcd" + b"\2\x54\1\2\0" + bytes([0b1_00_01])
        second = b"\x20efgh" + b"\2\xfc" + bytes([0b1_11_10])
        content = b"aaaababacd" + b"eacdfcdfgh"
        self.assertEqual(content, self.decoded(self.frame(20, (2, len(first), first), (2, len(second), second)), 20))
        both = self.frame(12, (0, 5, b"hello"), (1, 7, b"!"), checksum=zstd_decoder.xxh64(b"hello!!!!!!!") & 0xFFFFFFFF)
        self.assertEqual(b"hello!!!!!!!", self.decoded(both, 12))

    def test_refusals(self):
        raw = self.frame(5, (0, 5, b"hello"))
        far = b"\x20abcd" + b"\1\x54\1\4\0" + bytes([0b1_1111])
        dictionary = raw[:4] + b"\x21" + b"\7" + raw[5:]
        windowed = raw[:4] + b"\0" + b"\x80" + raw[6:]
        _, content, text = ZSTD_FRAMES[0]
        tool = base64.b85decode(text)
        bad = {"left over": raw + b"x", "cut": raw[:-1], "other size": self.frame(6, (0, 5, b"hello")), "magic": b"x" + raw[1:],
               "dictionary": dictionary, "window": windowed, "checksum": self.frame(5, (0, 5, b"hello"), checksum=1),
               "reserved block": self.frame(5, (3, 5, b"hello")), "before the start": self.frame(5, (2, len(far), far)),
               "no table": self.frame(5, (2, 7, b"\x08a\1\xfc\1\2\3")), "two frames": raw + raw}
        for name, frame in bad.items():
            with self.assertRaises(zstd_decoder.ZstdError, msg=name):
                self.decoded(frame, 5)
        with self.assertRaises(zstd_decoder.ZstdError):
            self.decoded(tool, len(content) + 1)

    def test_damaged_frames_never_give_other_content(self):
        _, content, text = ZSTD_FRAMES[0]
        accepted = 0
        good, source = base64.b85decode(text), random.Random(1)
        for _ in range(2000):
            frame = bytearray(good)
            at = source.randrange(6, len(frame))        # byte 5 is the window size, of which many are right
            frame[at] ^= source.randrange(1, 256)
            try:                                        # bits that fill up a byte mean nothing
                self.assertEqual(content, self.decoded(bytes(frame), len(content)), at)
                accepted += 1
            except zstd_decoder.ZstdError:
                pass
        self.assertLess(accepted, 40)


class EncodingTests(unittest.TestCase):
    def refused(self, message, content, name="encoding_error"):
        with self.assertRaises(BundleError) as caught:
            reader.decode(message, content)
        self.assertEqual(name, caught.exception.name, caught.exception.text)

    def test_defaults_and_unknown_fields(self):
        unknown = field(100, 7) + field(101, b"xyz") + number(102 << 3 | 1) + bytes(8) + number(103 << 3 | 5) + bytes(4)
        self.assertEqual({"product": "p", "version": "", "profile": ""}, reader.decode("WriterInfo", unknown + field(1, "p")))

    def test_signed_numbers_and_time(self):
        self.assertEqual(-3, reader.decode("HookResult", field(2, 5))["exit_code"])
        self.assertEqual({"seconds": -1, "nanos": 7}, reader.decode("Time", time(-1, 7)))

    def test_oneof(self):
        self.assertEqual(("text", ""), reader.decode("Tag", field(2, "", 2))["value"])
        self.assertIsNone(reader.decode("Tag", field(1, "k"))["value"])
        self.refused("Tag", field(2, "x") + field(3, 4))

    def test_packed_and_unpacked(self):
        self.assertEqual([1, 300, 5], reader.decode("ConsistencyGroup", field(1, b"\1\xac\2") + field(1, 5))["stream_numbers"])

    def test_refusals(self):
        self.refused("WriterInfo", field(1, "a") + field(1, "b"))
        self.refused("WriterInfo", b"\x02\x01a")                                # field number 0
        self.refused("WriterInfo", b"\x0b\x0c")                                 # group
        self.refused("WriterInfo", field(100, 1)[:-1] + b"")                    # ends within a number
        self.refused("WriterInfo", b"\x0a\x05abc")                              # ends within a field
        self.refused("WriterInfo", field(1, b"\xff"))                           # not UTF-8
        self.refused("WriterInfo", field(1, b"\xed\xa0\x80"))                   # a surrogate
        self.refused("WriterInfo", b"\x0a" + b"\x80" * 10 + b"\x01")            # number of eleven bytes
        self.refused("WriterInfo", field(1, 5))                                 # wrong wire type
        self.refused("Time", time(0, 1_000_000_000))
        self.refused("StreamHeader", field(1, 1 << 32))
        self.refused("ParentRef", field(1, b"x" * 15) + field(2, b"y" * 32), "manifest_error")


# ---- Whole bundles ----------------------------------------------------------------------------------------------------------------

class GoodBundleTests(BundleTest):
    def test_empty(self):
        result = self.assert_result("ok", Writer().end())
        self.assertEqual([], result["streams"])

    def test_volume(self):
        bundle, writer = build()
        content = b"".join(part.raw or bytes(part.length) for part in VOLUME)
        result = self.assert_result("ok", bundle)
        self.assertEqual([{"name": "disk", "kind": "BLOCK_VOLUME", "virtual_length": len(content),
                           "root": writer.roots[1, "disk"].hex(), "sha256": hashlib.sha256(content).hexdigest()}], result["streams"])
        self.assertEqual(2 * CELL + 1000, result["released"]["bytes"])

    def test_empty_stream(self):
        self.assertEqual(0, self.assert_result("ok", build([])[0])["streams"][0]["virtual_length"])

    def test_exbibytes_of_zeros_are_verified_but_not_hashed(self):
        result = self.assert_result("ok", build([zero((1 << 62))])[0])
        self.assertIsNone(result["streams"][0]["sha256"])

    def test_lz4_and_zstd(self):
        run = b"A" * CELL
        encoded = bytearray(b"\x1fA\x01\x00")
        left = CELL - 1 - 4 - 15 - 5
        encoded += b"\xff" * (left // 255) + bytes([left % 255]) + b"\x50AAAAA"
        # A zstd frame: single segment, 4-byte size, one RLE block.
        frame = struct.pack("<IBI", 0xFD2FB528, 0xA0, CELL) + struct.pack("<I", 1 | 1 << 1 | CELL << 3)[:3] + b"A"
        bundle, _ = build([data(run, data=bytes(encoded), codec=1), data(run, data=frame, codec=2)], features=(2, 0, 0))
        self.assertEqual(hashlib.sha256(run * 2).hexdigest(), self.assert_result("ok", bundle)["streams"][0]["sha256"])
        self.assert_result("codec_error", build([data(run, data=frame, codec=2)])[0])
        self.assert_result("codec_error", build([data(run, data=bytes(encoded[:-1]), codec=1)])[0])
        self.assert_result("codec_error", build([data(run, data=frame + b"x", codec=2)], features=(2, 0, 0))[0])
        self.assert_result("codec_error", build([data(run, data=b"\x1fA", codec=1)])[0])
        self.assert_result("codec_error", build([data(run, codec=3)])[0])
        self.assert_result("canonical_violation", build([data(run, codec=1)])[0])

    def test_unknown_optional_things_are_ignored(self):
        def extra(writer, kind):
            if kind in (0x10, 0x11, 0x20) and not getattr(writer, "busy", False):
                writer.busy = True
                writer.emit(0x30, b"anything", 0)
                writer.emit(0x77, b"unknown", 0)
                writer.emit(0x18, b"\xff\xff", 0xC0)    # bits 6 and 7; the content of a CHECKPOINT does no harm
                writer.checkpoint, writer.busy = writer.at, False
        bundle, _ = build(extra=extra, features=(0, 1 << 40, 1 << 50))
        self.assert_result("ok", bundle)

    def test_streams_of_entries(self):
        writer = Writer()
        content = file(b"", 2) + file(b"a", 2) + file(b"a/x", 1, field(11, 5000) + extent(0, 512, 100) + extent(4096, 1024, 904)) \
            + file(b"a/y\xff", 3, field(13, b"../../etc")) + file(b"a-b", 1, field(18, field(3, "data") + field(4, "EIO")))
        writer.stream("tree", cells(content), 2, entries=5, gaps=1)
        writer.stream("tree", [data(text_of(2000, 4))], 3)
        writer.stream("resources", cells(resource(0, "Service") + resource(2, "Secret", api_version="x/v1")), 5, entries=2)
        writer.stream("secrets", cells(resource(1, "Secret")), 6, entries=1)
        bundle = writer.end()
        result = self.assert_result("ok", bundle)
        self.assertEqual({"files": 5, "gaps": 1, "resources": 2, "secrets": 1}, result["entries"])
        lines = list(reader.list_entries(reader.Bundle(bundle).read()))
        self.assertEqual({"hex": b"a/y\xff".hex()}, lines[3]["meta"]["path"])
        self.assertEqual(hashlib.sha256(b"kind: x\n").hexdigest(), lines[5]["sha256"])

    def test_tile_and_node_boundaries(self):
        for count in (255, 256, 257, 512, 513, 1000):
            parts = [small(i) if i % 2 else zero(CELL) for i in range(count)]
            self.assert_result("ok", build(parts)[0])

    def test_two_levels_of_nodes(self):
        # 512-byte blocks of ZERO and INHERIT in turn: 65 537 + 700 leaves, one level 1 node in the body.
        _, parent = build([data(text_of(CELL, 8))] + [zero(70_000 * 512 // CELL * CELL)], block=512)
        parts = [part for _ in range(33_118) for part in (zero(512), inherit(512))] + [zero(512)]
        broken = {"ok": lambda kind, nth, payload: payload,
                  "leaf_error": lambda kind, nth, payload: payload[:-1] + b"?" if (kind, nth) == (0x15, 0) else payload,
                  "order_error": lambda kind, nth, payload: None if (kind, nth) == (0x15, 0) else payload}
        for expected, patch in broken.items():
            self.assert_result(expected, build(parts, parent=parent, bundle_id=b"C" * 16, block=512, patch=patch)[0])


class IncrementalTests(BundleTest):
    def setUp(self):
        self.base_content = b"".join(part.raw or bytes(part.length) for part in VOLUME)
        self.base, self.base_writer = build()

    def child(self, parts=None, **options):
        content = bytearray(self.base_content)
        blocks = CELL // BLOCK
        new = text_of(BLOCK, 7)
        content[BLOCK:2 * BLOCK] = new
        content[2 * BLOCK:3 * BLOCK] = bytes(BLOCK)
        content[CELL:2 * CELL] = text_of(CELL, 6)
        self.content = bytes(content)
        codes = [0, 1, 2] + [0] * (blocks - 3)
        if parts is None:
            parts = [masked(CELL, codes, new, cell_digest=sha(self.content[:CELL])), data(self.content[CELL:2 * CELL]),
                     inherit(len(self.content) - 2 * CELL)]
        full = [data(self.content[:CELL]), data(self.content[CELL:2 * CELL]), zero(CELL), data(self.content[3 * CELL:4 * CELL]),
                data(self.content[4 * CELL:])]
        options.setdefault("parent", self.base_writer)
        writer = Writer(b"C" * 16, **options)
        writer.stream("disk", parts, full=full)
        return writer.end(), writer

    def test_resolved_content(self):
        bundle, _ = self.child()
        result = self.assert_result("ok", bundle, self.base)
        self.assertEqual(hashlib.sha256(self.content).hexdigest(), result["streams"][0]["sha256"])
        self.assertIsNone(self.assert_result("ok", bundle)["streams"][0]["sha256"])

    def test_chain_of_three(self):
        child, child_writer = self.child()
        writer = Writer(b"D" * 16, parent=child_writer)
        writer.stream("disk", [inherit(len(self.content))])
        bundle = writer.end()
        result = self.assert_result("ok", bundle, self.base, child)
        self.assertEqual(hashlib.sha256(self.content).hexdigest(), result["streams"][0]["sha256"])
        self.assert_result("parent_missing", bundle, child)

    def test_wrong_parents(self):
        bundle, _ = self.child()
        self.assert_result("parent_missing", bundle, build(bundle_id=b"X" * 16)[0])
        self.assert_result("parent_mismatch", bundle, build(VOLUME[:1])[0])
        other = build(VOLUME[:1])[0]
        self.assert_result("ok", bundle, other, self.base)

    def test_wrong_root_or_length_of_parent(self):
        for key, wrong in (("roots", bytes(31) + b"1"), ("lengths", CELL * 9)):
            self.setUp()
            getattr(self.base_writer, key)[1, "disk"] = wrong
            parts = [inherit(CELL), data(text_of(CELL, 6)), inherit(2 * CELL), data(text_of(1000, 5))]
            self.assert_result("parent_mismatch", self.child(parts)[0], self.base)

    def test_own_parent_and_cycle(self):
        self.base_writer.id = b"C" * 16
        self.assert_result("chain_error", self.child()[0])
        self.setUp()
        _, middle = self.child()
        loop_writer = Writer(b"B" * 16, parent=middle)
        loop_writer.stream("disk", [inherit(CELL)])
        loop = loop_writer.end()
        last = Writer(b"C" * 16, parent=loop_writer)
        last.stream("disk", [inherit(CELL)])
        self.assert_result("chain_error", last.end(), loop)

    def test_content_root(self):
        wrong = [data(text_of(CELL, 1))]
        writer = Writer(b"C" * 16, parent=self.base_writer)
        writer.stream("disk", [inherit(CELL)], full=[data(text_of(CELL, 2))])
        self.assert_result("digest_mismatch", writer.end(), self.base)
        writer = Writer(b"C" * 16, parent=self.base_writer)
        writer.stream("disk", [inherit(CELL)], full=wrong)
        self.assert_result("ok", writer.end(), self.base)

    def test_content_root_with_ragged_zero_runs(self):
        # ZERO and INHERIT runs that start and end within cells, over several cells, with a short end.
        parts = [zero(BLOCK), inherit(CELL + 2 * BLOCK), zero(4 * CELL - 3 * BLOCK + BLOCK), inherit(BLOCK), zero(3 * CELL), ]
        parent_parts = [data(text_of(CELL, 1)), zero(8 * CELL)]
        _, parent = build(parent_parts)
        parent_bundle, parent = build(parent_parts)
        length = sum(part.length for part in parts)
        content = bytes(BLOCK) + text_of(CELL, 1)[BLOCK:]
        full = [data(content), zero(length - CELL)]
        writer = Writer(b"C" * 16, parent=parent)
        writer.stream("disk", parts, full=full)
        self.assert_result("ok", writer.end(), parent_bundle)

    def test_cell_digest(self):
        codes = [0, 1] + [0] * 14
        parts = [masked(CELL, codes, text_of(BLOCK, 7), cell_digest=bytes(32)), inherit(CELL)]
        self.assert_result("digest_mismatch", self.child(parts)[0], self.base)

    def test_masks(self):
        good = text_of(BLOCK, 7)
        rest = [0] * 14
        cases = {
            "leaf_error": [masked(CELL, [1, 3] + rest, good), masked(CELL, [1, 0] + rest + [1], good),
                           masked(CELL, [1, 1] + rest, good), masked(CELL, [1, 0], good), masked(CELL, [1] + rest + [0, 0, 0, 1], good)],
            "canonical_violation": [masked(CELL, [1] * 16, text_of(CELL, 7)), masked(CELL, [2] * 16, b""),
                                    masked(CELL, [1, 0] + rest, bytes(BLOCK))]}
        for expected, parts in cases.items():
            for part in parts:
                self.assert_result(expected, self.child([part, inherit(CELL)])[0], self.base)

    def test_bounds_of_what_is_inherited(self):
        length = len(self.base_content)
        self.assert_result("leaf_error", self.child([inherit(length + 5 * CELL - 1000)])[0])         # beyond the parent
        self.assert_result("leaf_error", self.child([inherit(4 * CELL + 500)])[0])                     # shorter last block
        codes = [0, 1] + [0] * 14
        late = [zero(4 * CELL), masked(CELL, codes, text_of(BLOCK, 7))]                                # block 0 is short in the parent
        self.assert_result("leaf_error", self.child(late)[0])

    def test_inherit_without_parent_root(self):
        def patch(kind, nth, payload):
            if kind == 0x10:
                payload = payload.replace(field(7, self.base_writer.roots[1, "disk"]) + field(8, len(self.base_content)), b"")
                payload = re.sub(rb"^\x0a.", lambda _: b"\x0a" + bytes([payload.index(b"\x12\x10C") - 2]), payload, flags=re.S)
            return payload
        self.assert_result("leaf_error", self.child(patch=patch)[0])


# ---- Broken bundles -----------------------------------------------------------------------------------------------------------------

def refit(bundle, at, record):
    """Changes bytes of a record header and makes its CRC right again."""
    head = bytearray(bundle[at:at + 36])
    record(head)
    return bundle[:at] + bytes(head) + struct.pack("<I", crc32c(head)) + bundle[at + 40:]


class FramingTests(BundleTest):
    def setUp(self):
        self.bundle, self.writer = build()

    def preamble(self, start, content):
        head = self.bundle[:start] + content + self.bundle[start + len(content):60]
        return head + struct.pack("<I", crc32c(head)) + self.bundle[64:]

    def test_preamble(self):
        self.assert_result("not_a_bundle", b"PK\3\4" + self.bundle[4:])
        self.assert_result("not_a_bundle", self.bundle.replace(b"\r\n", b"\n"))
        self.assert_result("unsupported_version", self.preamble(8, b"\2"))
        self.assert_result("framing_error", self.preamble(12, b"\x48"))
        self.assert_result("framing_error", self.preamble(56, b"\1"))
        self.assert_result("framing_error", self.bundle[:60] + bytes(4) + self.bundle[64:])
        self.assert_result("ok", self.preamble(10, b"\7"))

    def test_features(self):
        result = self.assert_result("unsupported_feature", build(features=(8, 0, 0))[0])
        self.assertIn("feature 0.3", result["error"])
        self.assert_result("manifest_error", build(features=(2, 0, 0), names=b"")[0])

    def test_every_cut_is_incomplete(self):
        bundle, _ = build([data(text_of(CELL, 1)[:700])])
        for size in range(len(bundle)):
            self.assertEqual("incomplete", outcome(bundle[:size])["result"], size)

    def test_record_header(self):
        at = self.bundle.index(bytes.fromhex("9D5742B110"))
        changes = {
            "sync": ("framing_error", lambda head: head.__setitem__(0, 0)),
            "reserved": ("framing_error", lambda head: head.__setitem__(6, 1)),
            "length": ("limit_exceeded", lambda head: head.__setitem__(slice(8, 12), struct.pack("<I", 16_842_753))),
            "payload CRC": ("damaged", lambda head: head.__setitem__(12, head[12] ^ 1)),
            "sequence": ("framing_error", lambda head: head.__setitem__(16, 9)),
            "offset": ("framing_error", lambda head: head.__setitem__(24, head[24] ^ 8)),
            "tag": ("framing_error", lambda head: head.__setitem__(32, head[32] ^ 8)),
            "flags": ("framing_error", lambda head: head.__setitem__(5, 5)),
            "encrypted": ("framing_error", lambda head: head.__setitem__(5, 3)),
            "unknown type": ("unsupported_feature", lambda head: head.__setitem__(4, 0x90)),
            "envelope": ("order_error", lambda head: head.__setitem__(4, 0x03)),
            "type": ("order_error", lambda head: head.__setitem__(4, 0x06)),
        }
        for name, (expected, change) in changes.items():
            with self.subTest(name):
                self.assert_result(expected, refit(self.bundle, at, change))
        self.assert_result("framing_error", self.bundle[:at + 16] + b"\7" + self.bundle[at + 17:])
        padding = self.bundle.index(b"bundle.") + 7
        self.assertEqual(0, self.bundle[padding])
        self.assert_result("framing_error", self.bundle[:padding] + b"\1" + self.bundle[padding + 1:])

    def test_damaged_checkpoint_payload_does_no_harm(self):
        def extra(writer, kind):
            if kind == 0x14:
                writer.emit(0x18, b"xyz", 0)
                writer.checkpoint = writer.at
        bundle, writer = build(extra=extra)
        at = writer.checkpoint + 40
        self.assert_result("ok", bundle)
        self.assert_result("ok", bundle[:at] + b"?" + bundle[at + 1:])

    def test_trailer(self):
        changes = {"total": 5, "records": 3, "at": 8, "length": 1, "flags": 1, "tail": 64, "checkpoint": 64, "incompat": 2,
                   "transform": 1, "compat": 1, "id": b"Z" * 16, "stored": b"1" * 32, "mac": b"1" * 32, "reserved": b"1" * 60,
                   "magic": b"WBLENDxx"}
        for key, value in changes.items():
            with self.subTest(key):
                self.assert_result("framing_error", build(trailer=lambda fields: {**fields, key: value})[0])
        self.assert_result("digest_mismatch", build(trailer=lambda fields: {**fields, "digest": bytes(32)})[0])
        self.assert_result("framing_error", self.bundle[:-1] + bytes([self.bundle[-1] ^ 1]))
        self.assert_result("framing_error", self.bundle + b"\n")

    def test_order(self):
        def without(kind, nth=0):
            return build(patch=lambda k, n, payload: None if (k, n) == (kind, nth) else payload)[0]
        for kind in (0x01, 0x10, 0x20):
            with self.subTest(kind=kind):
                self.assert_result("order_error", without(kind))
        self.assert_result("order_error", without(0x14))

        def twice(kind, before, payload=b"", flags=0):
            return build(extra=lambda writer, k: writer.emit(kind, payload, flags) if k == before and len(writer.seen) < 99 else None)[0]
        self.assert_result("order_error", twice(0x01, 0x06))
        self.assert_result("order_error", twice(0x30, 0x06))
        self.assert_result("order_error", twice(0x05, 0x10))
        self.assert_result("order_error", twice(0x21, 0x20))
        self.assert_result("order_error", twice(0x30, None))
        self.assert_result("order_error", twice(0x05, 0x06))
        self.assert_result("ok", twice(0x21, None))


class StreamTests(BundleTest):
    def changed(self, kind, change, nth=0, parts=None, **options):
        return build(parts, patch=lambda k, n, payload: change(payload) if (k, n) == (kind, nth) else payload, **options)[0]

    @staticmethod
    def put(layout, at, value):
        return lambda payload: payload[:at] + struct.pack("<" + layout, value) + payload[at + struct.calcsize("<" + layout):]

    def test_chunk(self):
        put = self.put
        cases = [("order_error", put("I", 0, 7)), ("leaf_error", put("B", 4, 3)), ("codec_error", put("B", 5, 9)),
                 ("leaf_error", put("H", 6, 1)), ("leaf_error", put("Q", 8, 4096)), ("leaf_error", put("Q", 16, 4096)),
                 ("leaf_error", put("Q", 16, 0)), ("codec_error", put("I", 24, 65537)), ("codec_error", put("I", 24, 65535)),
                 ("leaf_error", put("I", 28, 1)), ("digest_mismatch", put("I", 32, 0)), ("digest_mismatch", put("I", 100, 0)),
                 ("codec_error", lambda payload: payload[:-1]), ("leaf_error", lambda payload: payload[:63])]
        for expected, change in cases:
            with self.subTest(expected):
                self.assert_result(expected, self.changed(0x11, change))

    def test_tiling(self):
        self.assert_result("leaf_error", build([data(text_of(1000, 1)), data(text_of(CELL, 1))])[0])
        self.assert_result("leaf_error", build([zero(CELL), zero(0)])[0])
        self.assert_result("leaf_error", self.changed(0x11, self.put("Q", 8, 9 * CELL), nth=1))
        self.assert_result("order_error", self.changed(0x11, self.put("Q", 8, 0), nth=1))
        length = 4 * CELL + 1000
        self.assert_result("leaf_error", self.changed(0x14, lambda payload: payload.replace(number(length), number(length + 1))))
        self.assert_result("leaf_error", self.changed(0x14, lambda payload: payload.replace(b"\x18\4", b"\x18\5")))
        self.assert_result("limit_exceeded", build([zero(1 << 63)])[0])

    def test_canonical(self):
        self.assert_result("canonical_violation", build([zero(CELL), zero(CELL)])[0])
        self.assert_result("canonical_violation", build([data(bytes(CELL))])[0])
        self.assert_result("canonical_violation", build([zero(BLOCK), data(text_of(CELL, 1))])[0])

    def test_runs(self):
        put = self.put
        for change in (put("I", 4, 0), put("I", 4, 2), put("B", 8, 1), put("B", 8, 5), put("B", 9, 1), put("Q", 32, 1), put("B", 40, 1),
                       lambda payload: payload[:7], lambda payload: payload + b"\0"):
            self.assert_result("leaf_error", self.changed(0x12, change))

    def test_tile(self):
        put = self.put
        for change in (put("I", 4, 3), put("Q", 8, 256), put("B", 16, 3), put("Q", 16 + 64, 5), put("I", 16 + 72, 5), put("B", 16 + 76, 1),
                       put("B", 16 + 77, 1), lambda payload: payload + bytes(8), lambda payload: payload[:-80]):
            self.assert_result("leaf_error", self.changed(0x13, change))
        self.assert_result("leaf_error", build(patch=lambda kind, nth, payload: None if kind == 0x13 else payload)[0])
        many = [small(i) for i in range(300)]
        self.assert_result("order_error", build(many, patch=lambda k, n, payload: None if (k, n) == (0x13, 0) else payload)[0])

    def test_roots(self):
        self.assert_result("digest_mismatch", build(patch=lambda kind, nth, payload: re.sub(
            rb"\x22\x20.{32}", b"\x22\x20" + bytes(32), payload, flags=re.S) if kind == 0x14 else payload)[0])
        self.assert_result("manifest_error", self.changed(0x20, lambda payload: re.sub(
            rb"\x22\x20.{32}", b"\x22\x20" + bytes(32), payload, flags=re.S)))
        writer = Writer()
        writer.stream("disk", VOLUME, full=VOLUME[:1])
        self.assert_result("digest_mismatch", writer.end())

    def test_stream_begin(self):
        cases = [("order_error", lambda payload: re.sub(rb"^(\x0a.)", rb"\1", payload).replace(b"\x12\x10", b"\x08\x07\x12\x10", 1)),
                 ("manifest_error", lambda payload: payload.replace(b"B" * 16, b"X" * 16)),
                 ("manifest_error", lambda payload: payload.replace(b"shop", b"ship")),
                 ("manifest_error", lambda payload: payload.replace(number(BLOCK), number(4095))),
                 ("manifest_error", lambda payload: payload.replace(number(CELL), number(32768))),
                 ("encoding_error", lambda payload: payload + b"\x0a")]
        for index, (expected, change) in enumerate(cases):
            def patched(payload, change=change):
                changed = change(payload)
                if len(changed) - len(payload) == 2:    # a field more in the header
                    changed = changed[:1] + bytes([changed[1] + 2]) + changed[2:]
                return changed
            with self.subTest(index):
                self.assert_result(expected, self.changed(0x10, patched))

    def test_names(self):
        for name in ("", ".", "..", "a/b", "a\\b", "a\n", "x" * 256, "\x85"):
            writer = Writer()
            writer.stream(name, VOLUME[:1])
            self.assert_result("unsafe_name", writer.end())
        writer = Writer()
        writer.stream("same", VOLUME[:1])
        writer.stream("same", VOLUME[:1], 4)
        writer.stream("é" * 127, VOLUME[:1])
        self.assert_result("ok", writer.end())
        for first, second, kind in (("a", "a", 1), ("a", "b", 5), ("a", "b", 6)):
            writer = Writer()
            writer.stream(first, [], kind)
            writer.stream(second, [], kind)
            self.assert_result("manifest_error", writer.end())


class ManifestTests(BundleTest):
    def test_prologue_and_manifest(self):
        for change in (lambda payload: payload.replace(b"shop", b"ship"), lambda payload: payload.replace(b"B" * 16, b"X" * 16),
                       lambda payload: payload.replace(b"L" * 16, b"X" * 16), lambda payload: payload.replace(b"test", b"best"),
                       lambda payload: payload.replace(struct.pack("<q", 1_700_000_000), struct.pack("<q", 1_700_000_001)),
                       lambda payload: payload[:-1] + b"?"):
            bundle, _ = build(patch=lambda kind, nth, payload: change(payload) if kind == 0x20 else payload)
            self.assert_result("manifest_error", bundle)
        self.assert_result("encoding_error", build(patch=lambda k, n, payload: payload + b"\1" if k == 0x20 else payload)[0])

    def test_tags(self):
        good = [tag("a", ""), tag("a", "x", 2), tag("a", "x", 2, "ref"), tag("b", "y")]
        self.assert_result("ok", build(tags=good)[0])
        self.assert_result("manifest_error", build(tags=good[::-1])[0])
        self.assert_result("manifest_error", build(tags=[good[0], good[0]])[0])
        self.assert_result("limit_exceeded", build(tags=[tag("k" * 513, "")])[0])
        self.assert_result("limit_exceeded", build(tags=[tag("k", "v" * 65537)])[0])
        self.assert_result("manifest_error", build(tags=good, patch=lambda kind, nth, payload: payload.replace(
            field(10, good[3]), b"") if kind == 0x20 else payload)[0])

    def test_consistency(self):
        def with_group(group):
            writer = Writer()
            writer.stream("disk", VOLUME)
            return writer.end(groups=field(9, group))
        self.assert_result("manifest_error", with_group(field(2, 4)))
        self.assert_result("manifest_error", with_group(field(2, 4) + field(8, field(1, "hook") + field(2, 2))))
        self.assert_result("ok", with_group(field(2, 4) + field(8, field(1, "hook"))))
        self.assert_result("ok", with_group(field(2, 3)))


class EntryTests(BundleTest):
    def tree(self, content, count=99, data_length=4096):
        writer = Writer()
        writer.stream("t", [data(content)] if content else [], 2, entries=count)
        writer.stream("t", [data(text_of(data_length, 1))], 3)
        return writer.end()

    def test_files(self):
        root = file(b"", 2)
        regular = field(11, 1024)
        wide = field(11, 600)
        cases = [
            ("entry_error", b"junk" * 10), ("entry_error", file(b"x")), ("entry_error", root + file(b"b") + file(b"a")),
            ("entry_error", root + file(b"a") + file(b"a")), ("entry_error", root + file(b"a") + file(b"a/b")),
            ("entry_error", root + file(b"a/b")), ("entry_error", root + root), ("entry_error", root + b"\0"),
            ("entry_error", root[:20] + b"!" + root[21:]), ("entry_error", root[:-1] + b"\7"), ("entry_error", root[:-1]),
            ("entry_error", root + entry(field(1, b"a") + field(2, 1), b"body")),
            ("entry_error", root + file(b"a-b", 2) + file(b"a", 2) + file(b"a/x")),
            ("unsafe_name", root + file(b"..")), ("unsafe_name", root + file(b"/a")), ("unsafe_name", root + file(b"a/")),
            ("unsafe_name", root + file(b"a\0b")), ("unsafe_name", root + file(b"x" * 256)), ("unsafe_name", root + file(b"a//b")),
            ("unsafe_name", root + file(b"x", 2) + file(b"x/.")),
            ("entry_error", root + file(b"a", 1, regular + extent(512, 0, 512) + extent(0, 512, 512))),
            ("entry_error", root + file(b"a", 1, regular + extent(0, 0, 513) + extent(512, 512, 512))),
            ("entry_error", root + file(b"a", 1, regular + extent(0, 0, 1025))),
            ("entry_error", root + file(b"a", 1, regular + extent(0, 3584, 513))),
            ("entry_error", root + file(b"a", 1, regular + extent(0, 100, 5))),
            ("entry_error", root + file(b"a", 2, regular)),
            ("entry_error", root + file(b"a", 1, regular + field(16, 3)) + file(b"b", 1, wide + field(16, 3))),
            ("encoding_error", root + entry(b"\x0b")),
            ("manifest_error", root + file(b"a")),
        ]
        for index, (expected, content) in enumerate(cases):
            with self.subTest(index):
                self.assert_result(expected, self.tree(content))
        links = root + file(b"a", 1, regular + field(16, 3)) + file(b"b", 1, regular + field(16, 3))
        self.assert_result("ok", self.tree(links, 3))
        self.assert_result("entry_error", self.tree(b"", 0))

    def test_resources(self):
        for expected, kind, content in (("entry_error", 5, resource(0, "Secret")), ("entry_error", 6, resource(0, "Service")),
                                        ("entry_error", 5, resource(0, "A") + resource(0, "B")),
                                        ("ok", 5, resource(5, "A") + resource(3, "B"))):
            writer = Writer()
            writer.stream("r", [data(content)], kind, entries=2)
            self.assert_result(expected, writer.end())


# ---- Salvage, and the tool ---------------------------------------------------------------------------------------------------------

class SalvageTests(BundleTest):
    def ranges(self, bundle):
        report = reader.salvage(bundle)
        return report[0]["ranges"] if report else []

    def test_intact(self):
        bundle, _ = build()
        self.assertEqual([[0, 4 * CELL + 1000, "VERIFIED"]], self.ranges(bundle))

    def test_cut_after_the_chunks(self):
        bundle, _ = build()
        cut = bundle.rindex(bytes.fromhex("9D5742B113"))
        self.assertEqual([[0, 4 * CELL + 1000, "PRESENT"]], self.ranges(bundle[:cut]))

    def test_every_cut_keeps_what_lies_before(self):
        bundle, _ = build([data(text_of(CELL, 1)), data(text_of(CELL, 2))])
        ends = [bundle.index(b"\x9DWB\xB1", bundle.index(mark) + 1) for mark in (text_of(CELL, 1), text_of(CELL, 2))]
        for size in (*range(0, len(bundle), 997), *ends):
            known = sum(length for _, length, state in self.ranges(bundle[:size]) if state != "UNKNOWN")
            self.assertEqual(CELL * sum(end <= size for end in ends), known, size)

    def test_one_damaged_chunk_costs_only_itself(self):
        bundle, _ = build()
        at = bundle.index(text_of(CELL, 2)) + 100
        broken = bundle[:at] + b"?" + bundle[at + 1:]
        expected = [[0, 3 * CELL, "VERIFIED"], [3 * CELL, CELL, "UNKNOWN"], [4 * CELL, 1000, "VERIFIED"]]
        self.assertEqual(expected, self.ranges(broken))
        self.assertEqual("damaged", outcome(broken)["result"])

    def test_damaged_header_and_preamble(self):
        bundle, _ = build()
        at = bundle.index(text_of(CELL, 1)) - 104
        broken = b"?" * 64 + bundle[64:at + 20] + b"?" + bundle[at + 21:]
        self.assertEqual([[0, CELL, "UNKNOWN"], [CELL, 3 * CELL + 1000, "VERIFIED"]], self.ranges(broken))

    def test_lost_index_node_is_rebuilt(self):
        parts = [small(i) for i in range(300)]
        bundle, _ = build(parts)
        top = bundle.index(bytes.fromhex("9D5742B115")) + 50
        lost = bundle.index(parts[7].data) + 9
        for damage in ([top], [lost], [top, lost]):
            broken = bytearray(bundle)
            for at in damage:
                broken[at] ^= 1
            states = {state for _, _, state in self.ranges(bytes(broken))}
            self.assertEqual({"VERIFIED", "UNKNOWN"} if lost in damage else {"VERIFIED"}, states)

    def test_incremental(self):
        _, parent = build()
        codes = [0, 1, 2] + [0] * 13
        writer = Writer(b"C" * 16, parent=parent)
        writer.stream("disk", [masked(CELL, codes, text_of(BLOCK, 7)), inherit(CELL)])
        self.assertEqual([[0, BLOCK, "INHERITED"], [BLOCK, 2 * BLOCK, "VERIFIED"], [3 * BLOCK, 2 * CELL - 3 * BLOCK, "INHERITED"]],
                         self.ranges(writer.end()))

    def test_nested_bundle_is_not_taken_for_records(self):
        inner, _ = build([data(text_of(1000, 5))], bundle_id=b"I" * 16)
        bundle, _ = build([data(inner)])
        self.assertEqual([[0, len(inner), "VERIFIED"]], self.ranges(bundle))
        at = bundle.index(inner) - 104
        broken = bundle[:at] + bytes(40) + bundle[at + 40:]
        self.assertEqual([[0, len(inner), "UNKNOWN"]], self.ranges(broken))


# ---- Encrypted bundles --------------------------------------------------------------------------------------------------------------

KEYS = [keys.Psk(PSK)]
SHORT = [data(text_of(700, 1))]
BLINDING = field(11, b"b" * 32)


def records(bundle):
    """[offset, type, flags, payload] of each record of an intact bundle."""
    found, at = [], 64
    while bundle[at:at + 4] == bytes.fromhex("9D5742B1"):
        kind, flags, _, length = struct.unpack_from("<BBHI", bundle, at + 4)
        found.append([at, kind, flags, bundle[at + 40:at + 40 + length]])
        at += 40 + length + -length % 8
    return found


def assemble(bundle, items):
    """The bundle with other records, as someone without a key can make it: headers, checksums and the trailer's numbers are right."""
    tag, out, manifest, layout, tail, end = bundle[8:8] + sha(bundle[40:56])[:4], bytearray(bundle[:64]), None, None, None, None
    for number, (_, kind, flags, payload) in enumerate(items):
        at = len(out)
        end, tail = (at, None) if kind == 0x14 else (end, tail or at if kind in (0x15, 0x16) else tail)
        manifest = (at, len(payload)) if kind == 0x20 else manifest
        layout = (at, len(payload)) if kind == 0x16 else layout
        head = struct.pack("<4sBBHIIQQ4s", bytes.fromhex("9D5742B1"), kind, flags, 0, len(payload), crc32c(payload), number, at, tag)
        out += head + struct.pack("<I", crc32c(head)) + payload
        out += bytes(-len(out) % 8)
    trailer = bytearray(bundle[-256:-4])
    struct.pack_into("<QQQI", trailer, 48, len(out) + 256, len(items), *manifest)
    struct.pack_into("<Q", trailer, 80, tail)
    struct.pack_into("<QI", trailer, 192, *layout)
    return bytes(out + trailer) + struct.pack("<I", crc32c(trailer))


def with_payload(bundle, index, payload):
    items = records(bundle)
    items[index][3] = payload
    return assemble(bundle, items)


def position(bundle, kind, nth=0):
    return [index for index, item in enumerate(records(bundle)) if item[1] == kind][nth]


def public_tag(key, text):
    return tag(key, text) + field(11, 1)


def rich(secrets=None, cells_of_volume=300, **options):
    """A bundle with a stream for each scope; the volume has two tiles."""
    writer = Writer(**options)
    writer.stream("disk", [small(i) if i % 2 else zero(CELL) for i in range(cells_of_volume)], 1)
    content = file(b"", 2) + file(b"x", 1, field(11, 1000) + extent(0, 0, 1000))
    writer.stream("tree", cells(content), 2, entries=2)
    writer.stream("tree", [data(text_of(2000, 4))], 3)
    writer.stream("resources", cells(resource(0, "Service")), 5, entries=1)
    blinding = BLINDING if options.get("sealing") else b""
    writer.stream("secrets", cells(resource(1, "Secret", more=blinding) if secrets is None else secrets), 6, entries=1)
    return writer.end(), writer


class EncryptionTest(BundleTest):
    def sealed(self, expected, parts=None, given=None, writer_options=None, **options):
        """A bundle with one volume, verified with the pre-shared key unless others are given."""
        bundle = build(SHORT if parts is None else parts, sealing=Sealing(**options), **(writer_options or {}))[0]
        self.assert_result(expected, bundle, keys=KEYS if given is None else given)
        return bundle


class RecipientTests(EncryptionTest):
    RSA = keys.private_key(test_crypto.pem("PRIVATE KEY", test_crypto.RSA_PRIVATE))
    KNOWN = [(Recipients.psk, keys.Psk(PSK)), (lambda **more: Recipients.p256(77, **more), keys.P256Key(77)), (Recipients.rsa, RSA),
             (lambda **more: Recipients.passphrase("Grüße", **more), keys.Passphrase("Grüße".encode()))]

    def test_every_type_suite_and_scope(self):
        for index, (recipient, key) in enumerate(self.KNOWN):
            for scopes, suite in ((1, 1), (3, 2), (7, 1)) if index < 3 else ((7, 2),):
                with self.subTest(index=index, scopes=scopes):
                    bundle, _ = build(SHORT, sealing=Sealing([recipient(scopes=scopes)], suite=suite))
                    result = self.assert_result("ok", bundle, keys=[keys.P256Key(5), keys.Psk(b"0" * 32), key])
                    self.assertEqual(scopes, result["scopes"])
                    self.assert_result("no_matching_key", bundle, keys=[other for _, other in self.KNOWN if other is not key][:2])
                    self.assert_result("no_matching_key", bundle)

    def test_the_most_scopes_are_taken(self):
        recipients = [Recipients.psk(scopes=1), Recipients.p256(77, scopes=7), Recipients.rsa(scopes=3)]
        bundle, _ = build(SHORT, sealing=Sealing(recipients))
        for given, scopes in (([KEYS[0]], 1), ([KEYS[0], self.RSA], 3), ([self.RSA, keys.P256Key(77), KEYS[0]], 7)):
            self.assertEqual(scopes, self.assert_result("ok", bundle, keys=given)["scopes"])
        self.assert_result("scope_missing", bundle, keys=KEYS, scopes=3)

    def test_keys_and_passphrases_that_are_wrong(self):
        self.sealed("no_matching_key", given=[keys.Psk(PSK[:31])], recipients=[Recipients.psk(PSK[:31])])
        self.sealed("no_matching_key", given=[keys.Passphrase(b"b")], recipients=[Recipients.passphrase("a")])
        self.sealed("no_matching_key", given=[keys.P256Key(78)], recipients=[Recipients.p256(77)])

    def test_context_and_key_block(self):
        # E-08: another bundle's recipient, other scopes, a block that does not fit the scopes.
        other = b"WBL1-recipient\0" + b"C" * 16
        for kind, recipient, given in ((1, lambda **more: Recipients.p256(77, **more), keys.P256Key(77)), (2, Recipients.rsa, self.RSA),
                                       (3, Recipients.psk, KEYS[0])):
            with self.subTest(kind=kind):
                self.sealed("no_matching_key", given=[given], recipients=[recipient(context=other + bytes([kind, 7, 1]))])
                mine = b"WBL1-recipient\0" + b"B" * 16
                for tail in ((kind, 3, 1), (kind % 3 + 1, 7, 1), (kind, 7, 2)):
                    self.sealed("no_matching_key", given=[given], recipients=[recipient(context=mine + bytes(tail))])
        self.sealed("no_matching_key", given=[self.RSA], recipients=[Recipients.rsa(scopes=7, block=b"k" * 64)])
        self.sealed("no_matching_key", given=[self.RSA], recipients=[Recipients.rsa(scopes=1, block=FILE_KEY)])
        self.sealed("no_matching_key", recipients=[Recipients.psk(scopes=7, block=b"k" * 64)])
        self.sealed("header_not_authentic", recipients=[Recipients.psk(scopes=7, block=b"k" * 32)])

    def test_points_off_the_curve(self):
        good = crypto.P256.encode_point(crypto.P256.generator)
        for point in (good[:-1] + b"\0", bytes(65), b"\4" + bytes(64), b"\6" + good[1:]):
            self.sealed("no_matching_key", given=[keys.P256Key(77)], recipients=[Recipients.p256(77, encapsulated=point)])

    def test_limits_of_recipients(self):
        # E-06
        many = [Recipients.of(3, 1, bytes(112)) for _ in range(64)]
        size = {"size": 16384}
        self.sealed("ok", recipients=many[1:] + [Recipients.psk()], **size)
        self.sealed("limit_exceeded", recipients=many + [Recipients.psk()], **size)
        self.sealed("manifest_error", recipients=[])
        for scopes in (0, 2, 4, 5, 6, 8, 1 << 31):
            self.sealed("manifest_error", recipients=[Recipients.psk(), Recipients.of(3, scopes, bytes(80))])
        bodies = [(1, 7, 65 + 47), (1, 7, 65 + 49), (2, 7, 383), (2, 7, 2049), (3, 7, 0), (3, 7, 81), (3, 1, 80), (3, 3, 112), (4, 7, 83), (5, 1, 1)]
        for kind, scopes, length in bodies:
            with self.subTest(kind=kind, length=length):
                expected = "manifest_error" if kind == 4 else "ok"         # a passphrase has to stand alone
                self.sealed(expected, recipients=[Recipients.psk(), Recipients.of(kind, scopes, bytes(length))])
        self.sealed("ok", recipients=[Recipients.psk(), Recipients.of(5, 1, b"\3\0ab")])
        self.sealed("limit_exceeded", recipients=[Recipients.psk(), Recipients.of(9, 1, bytes(16385))], size=20480)

    def test_unknown_types_are_ignored(self):
        unknown = [Recipients.of(kind, 55, bytes(16384 if kind == 6 else 5)) for kind in (6, 0, 255, 1 << 31)]
        self.sealed("ok", recipients=[*unknown, Recipients.psk(), Recipients.of(5, 1, b"\2\0abxyz")], size=20480)
        self.sealed("no_matching_key", recipients=unknown, size=20480)

    def test_rounds(self):
        # E-09
        given = [keys.Passphrase(b"a")]
        self.sealed("limit_exceeded", given=given, recipients=[Recipients.passphrase("a", 599_999)])
        self.sealed("limit_exceeded", given=given, recipients=[Recipients.passphrase("a", 10_000_001)])
        self.sealed("limit_exceeded", given=given, recipients=[Recipients.passphrase("a", 0xFFFFFFFF)])
        self.sealed("limit_exceeded", given=given, recipients=[Recipients.passphrase("a", 0)])
        self.sealed("manifest_error", given=given, recipients=[Recipients.passphrase("a"), Recipients.psk()])
        self.sealed("manifest_error", given=given, recipients=[Recipients.of(9, 1, b"x"), Recipients.passphrase("a")])


class EnvelopeTests(EncryptionTest):
    def test_presence(self):
        # E-01, E-02, F-20
        def drop(kind):
            return {"patch": lambda k, n, payload: None if k == kind else payload}
        self.sealed("order_error", writer_options=drop(0x03))
        self.sealed("order_error", writer_options=drop(0x22))
        plain, good = build(SHORT)[0], build(SHORT, sealing=Sealing())[0]
        envelope = records(good)[position(good, 0x03)]
        items = records(plain)
        self.assert_result("order_error", assemble(plain, items[:1] + [envelope] + items[1:]))
        self.assert_result("order_error", assemble(plain, items + [[0, 0x22, 0, envelope[3]]]))
        self.assert_result("framing_error", assemble(plain, items[:1] + [[0, 0x06, 3, items[1][3]]] + items[2:]))
        items = records(good)
        self.assert_result("order_error", assemble(good, items + [items[-1]]), keys=KEYS)
        self.assert_result("order_error", assemble(good, items[:-1] + [[0, 0x21, 0, b""]] + items[-1:]), keys=KEYS)
        self.assert_result("order_error", assemble(good, items[:3] + items[2:3] + items[3:]), keys=KEYS)
        self.assert_result("order_error", assemble(good, items[:5] + [[0, 0x22, 0, envelope[3]]] + items[5:-1]), keys=KEYS)

    def test_copy_differs(self):
        for given in (KEYS, []):
            self.sealed("header_not_authentic", given=given, copy=lambda payload: payload[:-1] + bytes([payload[-1] ^ 1]))
            self.sealed("header_not_authentic", given=given, copy=lambda payload: payload + bytes(8))

    def test_layout_of_the_payload(self):
        def after_message(payload):
            at = 8 + struct.unpack_from("<I", payload)[0]
            return payload[:at] + b"\1" + payload[at + 1:]
        self.sealed("framing_error", size=4095)
        self.sealed("ok", size=262144)
        self.sealed("limit_exceeded", size=262145)
        for change in (lambda payload: payload[:4] + b"\1" + payload[5:], after_message, lambda payload: payload[:-1] + b"\1",
                       lambda payload: struct.pack("<I", len(payload) - 7) + payload[4:], lambda payload: b"\xff" * 4 + payload[4:]):
            for given in (KEYS, []):
                self.sealed("framing_error", given=given, payload=change)
        self.sealed("encoding_error", payload=lambda payload: struct.pack("<I", len(payload) - 8) + payload[4:])
        self.sealed("encoding_error", payload=lambda payload: struct.pack("<I", 1) + payload[4:8] + b"\x08" + bytes(len(payload) - 9))

    def test_head_digest(self):
        # E-03
        self.sealed("header_not_authentic", fields=lambda parts: {**parts, "head": sha(b"other")})
        self.sealed("manifest_error", fields=lambda parts: {**parts, "head": b"short"})
        good = build(SHORT, sealing=Sealing())[0]
        for given in (KEYS, []):
            readme = with_payload(good, 0, b"This is a Mailbag bundle.")
            self.assert_result("header_not_authentic", readme, keys=given)

    def test_mac_and_commitments(self):
        # E-04
        self.sealed("header_not_authentic", forged=lambda payload: payload[:-1] + bytes([payload[-1] ^ 1]))
        self.sealed("no_matching_key", given=[], forged=lambda payload: payload[:-1] + bytes([payload[-1] ^ 1]))

        def other_scopes(payload):
            return payload.replace(field(6, Recipients.psk()(sealing)), field(6, Recipients.psk(b"2" * 32)(sealing)))
        sealing = Sealing(forged=other_scopes)
        self.assert_result("header_not_authentic", build(SHORT, sealing=sealing)[0], keys=[keys.Psk(b"2" * 32)])
        for scope, opened in ((META, 1), (DATA, 3), (SECRET, 7)):
            for scopes in (1, 3, 7):
                self.sealed("header_not_authentic" if opened & scopes == opened else "ok", recipients=[Recipients.psk(scopes=scopes)],
                            fields=lambda parts, scope=scope: {**parts, f"commitment {scope}": bytes(32)})

    def test_suite(self):
        # E-05
        self.sealed("ok", suite=2)
        for suite in (0, 3, 255):
            self.sealed("unsupported_feature", fields=lambda parts, suite=suite: {**parts, "suite": suite})
        self.sealed("no_matching_key", fields=lambda parts: {**parts, "suite": 2})

    def test_public_tags(self):
        # E-07
        tags = [public_tag("a", "1"), tag("b", "2"), public_tag("c", "3")]
        for public, expected in (([], "ok"), ([tags[0]], "ok"), ([tags[0], tags[2]], "ok"), ([tags[1]], "manifest_error"),
                                 ([tags[2], tags[0]], "manifest_error"), ([tags[0], tags[0]], "manifest_error"),
                                 ([public_tag("a", "other")], "manifest_error"), ([public_tag("d", "4")], "manifest_error"),
                                 ([tag("a", "1")], "manifest_error")):
            with self.subTest(public=public):
                self.sealed(expected, public=public, writer_options={"tags": tags})

    def test_trailer_mac(self):
        # E-12
        self.sealed("header_not_authentic", writer_options={"trailer": lambda fields: {**fields, "mac": b"1" * 32}})
        self.sealed("no_matching_key", given=[], writer_options={"trailer": lambda fields: {**fields, "mac": b"1" * 32}})
        good = build(SHORT, sealing=Sealing(), stored=True)[0]
        for at in (*range(8, 160, 8), 192, 200, 204):   # every field, with the checksum made right
            trailer = bytearray(good[-256:-4])
            trailer[at] ^= 1
            forged = good[:-256] + bytes(trailer) + struct.pack("<I", crc32c(trailer))
            self.assert_result("header_not_authentic", forged, keys=KEYS)
        self.sealed("framing_error", writer_options={"trailer": lambda fields: {**fields, "records": 3}})


class SealTests(EncryptionTest):
    def at_record(self, kind, nth=0, **fault):
        return {"fault": lambda k, n: fault if (k, n) == (kind, nth) else {}}

    def test_content(self):
        bundle, writer = rich(sealing=Sealing(), stored=True)
        result = self.assert_result("ok", bundle, keys=KEYS)
        plain = self.assert_result("ok", rich()[0])
        self.assertEqual([stream["sha256"] for stream in plain["streams"]][:4], [stream["sha256"] for stream in result["streams"]][:4])
        self.assertEqual({"files": 2, "gaps": 0, "resources": 1, "secrets": 1}, result["entries"])
        found = reader.Bundle(bundle, KEYS).read()
        self.assertEqual(writer.digest, found.manifest_digest)
        self.assertEqual(4, len(list(reader.list_entries(found))))

    def test_scopes(self):
        for scopes, open_streams in ((1, {"tree FILE_META", "resources RESOURCES"}), (3, {"tree FILE_META", "resources RESOURCES",
                                                                                        "disk BLOCK_VOLUME", "tree FILE_DATA"})):
            bundle, _ = rich(sealing=Sealing([Recipients.psk(scopes=scopes)]))
            result = self.assert_result("ok", bundle, keys=KEYS)
            self.assertEqual(scopes, result["scopes"])
            opened = {f"{stream['name']} {stream['kind']}" for stream in result["streams"] if "sealed" not in stream}
            self.assertEqual(open_streams, opened)
            self.assertTrue(all(stream["sha256"] is None for stream in result["streams"] if "sealed" in stream))
            self.assertEqual({"files": 2, "gaps": 0, "resources": 1, "secrets": 0}, result["entries"])
            with self.assertRaises(BundleError) as caught:
                reader.extract(reader.Bundle(bundle, KEYS).read(), "secrets", None, io.BytesIO())
            self.assertEqual("scope_missing", caught.exception.name)

    def test_what_a_meta_key_still_checks(self):
        meta = [Recipients.psk(scopes=1)]

        def patched(kind, change):
            return {"patch": lambda k, n, payload: change(payload) if (k, n) == (kind, 0) else payload}
        damage = {
            "child count": (0x15, "leaf_error", lambda payload: payload[:32] + struct.pack("<Q", 255) + payload[40:]),
            "child place": (0x15, "leaf_error", lambda payload: payload[:40] + struct.pack("<Q", 64) + payload[48:]),
            "child length": (0x15, "leaf_error", lambda payload: payload[:48] + struct.pack("<I", 64) + payload[52:]),
            "child offset": (0x15, "leaf_error", lambda payload: payload[:24] + struct.pack("<Q", 1) + payload[32:]),
            "child hash": (0x15, "digest_mismatch", lambda payload: payload[:-1] + bytes([payload[-1] ^ 1])),
            "no node": (0x15, "leaf_error", lambda payload: None),
            "root": (0x14, "digest_mismatch", lambda payload: payload[:-20] + bytes([payload[-20] ^ 1]) + payload[-19:]),
        }
        for name, (kind, expected, change) in damage.items():
            with self.subTest(name):
                bundle, _ = rich(sealing=Sealing(meta), **patched(kind, change))
                self.assert_result(expected, bundle, keys=KEYS)
        damaged = with_payload(rich(sealing=Sealing(meta))[0], 5, b"x" * 60)
        self.assert_result("not_authentic", damaged, keys=KEYS)

    def test_stored_bytes_with_a_meta_key(self):
        self.sealed("ok", recipients=[Recipients.psk(scopes=1)])
        bundle = build(SHORT, sealing=Sealing([Recipients.psk(scopes=1)]), patch=lambda kind, nth, payload: re.sub(
            rb"(\x28..)", lambda found: b"\x28" + bytes([found[0][1] ^ 1, found[0][2]]), payload, count=1) if kind == 0x16 else payload)[0]
        self.assert_result("manifest_error", bundle, keys=KEYS)

    def test_two_levels_of_nodes_with_every_key(self):
        _, parent = build([data(text_of(CELL, 8))] + [zero(70_000 * 512 // CELL * CELL)], block=512)
        parts = [part for _ in range(33_118) for part in (zero(512), inherit(512))] + [zero(512)]
        sealing = Sealing([Recipients.psk(), Recipients.p256(77, scopes=1)], suite=2)
        bundle, _ = build(parts, parent=parent, bundle_id=b"C" * 16, block=512, sealing=sealing)
        for given, expected in ((KEYS, "ok"), ([keys.P256Key(77)], "ok"), ([], "no_matching_key")):
            self.assert_result(expected, bundle, keys=given)

    def test_without_a_key_the_frame_is_checked(self):
        bundle = rich(sealing=Sealing(), stored=True)[0]
        self.assert_result("no_matching_key", bundle)
        items = records(bundle)
        chunk = position(bundle, 0x11)
        self.assert_result("damaged", bundle[:items[chunk][0] + 100] + b"?" + bundle[items[chunk][0] + 101:])
        self.assert_result("incomplete", bundle[:-5])
        self.assert_result("digest_mismatch", with_payload(bundle, chunk, items[chunk][3][:-1] + bytes([items[chunk][3][-1] ^ 1])))
        for drop in (0x06, 0x10, 0x14):
            index = position(bundle, drop)
            with self.subTest(drop=drop):
                self.assert_result("order_error", assemble(bundle, items[:index] + items[index + 1:]))
        layout = position(bundle, 0x16)
        self.assert_result("order_error", assemble(bundle, items[:layout] + [items[layout + 1], items[layout]] + items[layout + 2:]))
        trailer = bytearray(bundle[-256:-4])
        struct.pack_into("<Q", trailer, 80, 64)
        self.assert_result("framing_error", bundle[:-256] + bytes(trailer) + struct.pack("<I", crc32c(trailer)))

    def test_what_must_be_sealed_is_and_nothing_else(self):
        # E-10
        for kind in (0x06, 0x10, 0x11, 0x13, 0x14, 0x16, 0x20):
            for given in (KEYS, []):
                with self.subTest(kind=kind):
                    self.sealed("framing_error", given=given, **self.at_record(kind, plain=True))
        good = build(SHORT, sealing=Sealing())[0]
        items = records(good)
        for index in (0, 1, 2, len(items) - 1):         # README, FEATURE_NAMES, ENVELOPE and its copy
            for given in (KEYS, []):
                changed = [list(item) for item in items]
                changed[index][2] |= 2
                self.assert_result("framing_error", assemble(good, changed), keys=given)
        self.assert_result("framing_error", assemble(good, items + [[0, 0x21, 2, b""]]), keys=KEYS)
        for kind, flags in ((0x30, 2), (0x18, 0)):
            self.assert_result("framing_error", assemble(good, items[:4] + [[0, kind, flags, bytes(80)]] + items[4:]), keys=KEYS)

    def test_pads_checkpoints_and_unknown_records(self):
        def extra(writer, kind):
            if kind in (0x11, 0x14, 0x16) and not getattr(writer, "busy", False):
                writer.busy = True
                writer.emit(0x30, b"anything", 0)
                writer.emit(0x77, b"unknown", 0)
                writer.emit(0x18, b"\xff\xff", 0xC0)
                writer.checkpoint, writer.busy = writer.at, False
        bundle, writer = build(SHORT, extra=extra, sealing=Sealing(fault=lambda kind, nth: {"flip": -1} if kind in (0x18, 0x77) else {}))
        self.assert_result("ok", bundle, keys=KEYS)
        self.assert_result("no_matching_key", bundle)
        at = writer.checkpoint + 60
        self.assert_result("ok", bundle[:at] + b"?" + bundle[at + 1:], keys=KEYS)

        def critical(writer, kind):
            if kind == 0x14:
                writer.emit(0x77, b"unknown", 1)
        self.assert_result("unsupported_feature", build(SHORT, extra=critical, sealing=Sealing())[0], keys=KEYS)

    def test_scope_and_reserved(self):
        # E-11: right seal, wrong scope; and the byte alone changed.
        for kind in (0x06, 0x10, 0x14, 0x16, 0x20):
            for scope in (DATA, SECRET, 0, 3, 255):
                self.sealed("not_authentic", **self.at_record(kind, scope=scope))
        for kind in (0x11, 0x13):
            for scope in (0, 3, 7, 255):
                for given in (KEYS, []):
                    self.sealed("not_authentic", given=given, **self.at_record(kind, scope=scope))
            for scope in (META, SECRET):
                self.sealed("not_authentic", **self.at_record(kind, scope=scope))
                self.sealed("not_authentic", **self.at_record(kind, scope=scope, key=DATA))
        for scope, expected in ((SECRET, "order_error"), (META, "not_authentic")):
            self.sealed(expected, recipients=[Recipients.psk(scopes=1)], **self.at_record(0x11, scope=scope))
        self.sealed("not_authentic", **self.at_record(0x10, key=DATA))
        self.sealed("not_authentic", **self.at_record(0x11, reserved=b"\0\0\0\1\0\0\0"))
        for nth, scope in ((0, SECRET), (1, META), (2, DATA), (3, META), (4, DATA), (5, DATA), (5, META)):
            bundle, _ = rich(cells_of_volume=4, sealing=Sealing(**self.at_record(0x11, nth, scope=scope)))
            self.assert_result("not_authentic", bundle, keys=KEYS)

    def test_every_part_of_a_seal_counts(self):
        good = build(SHORT, sealing=Sealing())[0]
        for kind in (0x06, 0x10, 0x11, 0x13, 0x14, 0x16, 0x20):
            index = position(good, kind)
            payload = records(good)[index][3]
            for at in (8, 23, 24, 30, len(payload) - 17, *range(len(payload) - 16, len(payload))):
                self.assert_result("not_authentic", with_payload(good, index, payload[:at] + bytes([payload[at] ^ 1]) + payload[at + 1:]), keys=KEYS)
            self.assert_result("not_authentic", with_payload(good, index, payload[:40]), keys=KEYS)
            self.assert_result("not_authentic", with_payload(good, index, payload[:39]), keys=KEYS)
        items = records(good)
        items[position(good, 0x13)][1] = 0x12           # another type
        self.assert_result("not_authentic", assemble(good, items), keys=KEYS)
        items[position(good, 0x11)][2] |= 0x80          # a flag that means nothing
        self.assert_result("not_authentic", assemble(good, items), keys=KEYS)

    def test_order_of_records(self):
        parts = [data(text_of(CELL, seed)) for seed in (1, 2, 3)]
        good = build(parts, sealing=Sealing())[0]
        items = records(good)
        first, second = position(good, 0x11), position(good, 0x11, 1)

        def refused(changed):
            self.assert_result("not_authentic", assemble(good, changed), keys=KEYS)
        swapped = list(items)
        swapped[first], swapped[second] = items[second], items[first]
        refused(swapped)
        refused(items[:second] + [items[first]] + items[second:])                   # replayed
        refused(items[:second] + [items[first]] + items[second + 1:])               # replayed in the place of another
        refused(items[:first] + items[second:])                                     # dropped
        refused(items[:first] + items[second:second + 2] + [items[first]] + items[second + 2:])     # moved
        refused(items[:first] + [[0, 0x30, 0, b"pad"]] + items[first:])             # pushed on
        other = records(build(parts, sealing=Sealing(file_key=bytes(32)))[0])
        refused(items[:first] + [other[first]] + items[second:])
        other = records(build(parts, sealing=Sealing(), bundle_id=b"C" * 16)[0])
        refused(items[:first] + [other[first]] + items[second:])
        padded = items[:first] + [[0, 0x30, 0, items[first][3]]] + items[second:]   # in the place of a record: nothing moves
        self.assert_result("leaf_error", assemble(good, padded), keys=KEYS)

    def test_runs(self):
        # E-13
        bundle = self.sealed("ok", runs=((0, b"r" * 16), (6, b"q" * 16)))
        count = len(records(bundle))
        self.sealed("ok", runs=((0, b"r" * 16), (6, b"q" * 16), (count, b"z" * 16)))
        self.sealed("ok", runs=((0, b"r" * 16), (3, b"q" * 16), (4, b"p" * 16), (count - 2, b"o" * 16)))
        two = ((0, b"r" * 16), (6, b"q" * 16))
        for listed, expected in ((two[:1], "not_authentic"), (two[1:], "manifest_error"), (two[::-1], "manifest_error"), ((), "manifest_error"),
                                 ((two[0], two[0], two[1]), "manifest_error"), ((two[0], (5, b"q" * 16)), "not_authentic"),
                                 ((two[0], (7, b"q" * 16)), "not_authentic"), ((two[0], (6, b"x" * 16)), "not_authentic"),
                                 (((1, b"r" * 16), two[1]), "manifest_error"), ((two[0], (6, b"q" * 15)), "manifest_error")):
            for scopes in (1, 7):
                with self.subTest(listed=listed):
                    self.sealed(expected, runs=two, listed=listed, recipients=[Recipients.psk(scopes=scopes)])
        for kind in (0x06, 0x11, 0x20):                 # a record of a run that was given up: it opens, and counts nowhere
            self.sealed("not_authentic", **self.at_record(kind, salt=b"q" * 16))
        for kind, salt in ((0x06, b"q"), (0x11, b"q"), (0x14, b"r"), (0x20, b"r")):     # of the other run
            self.sealed("not_authentic", runs=two, **self.at_record(kind, salt=salt * 16))
        runs = field(2, field(2, b"r" * 16))
        self.assert_result("manifest_error", build(patch=lambda kind, nth, payload: payload + runs if kind == 0x16 else payload)[0])

    def test_epochs(self):
        # The key changes with each 2^20 records, which no small bundle has.
        sealing = Sealing()
        sealing.begin(b"B" * 16, b"")
        seals = reader.Seals(b"B" * 16, 1, {META: sealing.keys[META]})
        for sequence in (0, (1 << 20) - 1, 1 << 20, 5 << 20, (1 << 64) - 1):
            flags, payload = sealing.seal(0x06, 0, 1, sequence, 4096, b"content", 0)
            head = struct.pack("<4sBBHIIQQ8x", b"", 0x06, flags, 0, len(payload), 0, sequence, 4096)
            self.assertEqual(b"content", seals.open(head, payload))
        self.assertEqual(4, len(seals.ciphers))

    def test_blinding(self):
        # E-14
        blinded, plain = resource(1, "Secret", more=BLINDING), resource(1, "Secret")
        bad = {"none": plain, "short": resource(1, "Secret", more=field(11, b"b" * 31)), "long": resource(1, "Secret", more=field(11, b"b" * 33)),
               "not first": plain + resource(2, "Secret", more=BLINDING)}
        for name, content in bad.items():
            with self.subTest(name):
                self.assert_result("entry_error", rich(content, 4, sealing=Sealing())[0], keys=KEYS)
        self.assert_result("ok", rich(blinded, 4, sealing=Sealing())[0], keys=KEYS)
        self.assert_result("ok", rich(blinded, 4)[0])                          # allowed where it need not be
        self.sealed("manifest_error", writer_options={"patch": lambda kind, nth, payload: payload.replace(sha(b"salt"), bytes(32))})

    def test_chain(self):
        base, parent = build(sealing=Sealing())
        child, _ = build([inherit(CELL), data(text_of(CELL, 6))], parent=parent, bundle_id=b"C" * 16, sealing=Sealing(file_key=bytes(32)))
        expected = hashlib.sha256(text_of(CELL, 1) + text_of(CELL, 6)).hexdigest()
        self.assertEqual(expected, self.assert_result("ok", child, base, keys=KEYS)["streams"][0]["sha256"])
        self.assertIsNone(self.assert_result("ok", child, keys=KEYS)["streams"][0]["sha256"])
        for recipient, result in ((Recipients.p256(77), "no_matching_key"), (Recipients.psk(scopes=1), "ok")):
            base, parent = build(sealing=Sealing([recipient]))
            child, _ = build([inherit(CELL), data(text_of(CELL, 6))], parent=parent, bundle_id=b"C" * 16, sealing=Sealing())
            found = self.assert_result(result, child, base, keys=KEYS)
            self.assertTrue(all(stream["sha256"] is None for stream in found["streams"]))

    def test_salvage(self):
        bundle, _ = rich(sealing=Sealing(runs=((0, b"r" * 16), (9, b"q" * 16))))
        plain = reader.salvage(rich()[0])
        self.assertEqual(plain[:4], reader.salvage(bundle, KEYS)[:4])
        self.assertEqual([], reader.salvage(bundle))
        # The copy at the end; then neither LAYOUT nor copy.
        for cut in (bytes(300) + bundle[300:], bundle[:records(bundle)[position(bundle, 0x16)][0]]):
            self.assertEqual(plain[0]["ranges"], reader.salvage(cut, KEYS)[0]["ranges"])
        abandoned, _ = rich(sealing=Sealing(fault=lambda kind, nth: {"salt": b"z" * 16} if (kind, nth) == (0x11, 0) else {}))
        self.assertEqual([CELL, CELL, "UNKNOWN"], reader.salvage(abandoned, KEYS)[0]["ranges"][1])


# ---- Signatures ---------------------------------------------------------------------------------------------------------------------

class Signer:
    """Signs as section 16.1 says; number: the secret number of a curve, or None for the RSA key of test_crypto.py."""

    def __init__(self, curve=None, number=0):
        self.curve, self.number = curve, number
        if curve:
            spki = test_crypto.ec_public(curve, curve.multiply(number))
            self.algorithm = {"P-256": "ecdsa-p256-sha256", "P-384": "ecdsa-p384-sha384"}[curve.name]
        else:
            spki, self.algorithm = base64.b64decode(test_crypto.RSA_PUBLIC), "rsa-pss-sha256"
        self.key, self.pem = keys.public_key(spki), test_crypto.pem("PUBLIC KEY", base64.b64encode(spki).decode())

    def sign(self, text):
        if self.curve:
            order, size = self.curve.order, self.curve.size
            nonce = int.from_bytes(sha(text, bytes([self.number % 256])), "big") % order
            r = self.curve.multiply(nonce)[0] % order
            digest = int.from_bytes(hashlib.new(self.curve.hash_name, text).digest(), "big")
            s = pow(nonce, -1, order) * (digest + r * self.number) % order
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        digest, salt = sha(text), b"p" * 32
        proof = sha(bytes(8), digest, salt)
        block = bytes(384 - 33 - 33) + b"\1" + salt
        masked = bytearray(crypto.xor(block, crypto.mgf1(proof, len(block))))
        masked[0] &= 0x7F
        private = keys.private_key(test_crypto.pem("PRIVATE KEY", test_crypto.RSA_PRIVATE))
        return pow(int.from_bytes(bytes(masked) + proof + b"\xbc", "big"), private.exponent, private.modulus).to_bytes(384, "big")


ALICE, BOB, CAROL = Signer(crypto.P256, 4711), Signer(crypto.P384, 4712), Signer()
CONTENT, STORAGE = (f"application/vnd.waybill.{name}-statement.v1+protobuf" for name in ("content", "storage"))


def statement_of(writer, kind, **changes):
    parts = {"id": writer.id, "digest": writer.digest, "root": writer.stored_root, "count": writer.stored_count,
             "length": writer.stored_length, **changes}
    content = field(1, parts["id"]) + field(2, parts["digest"])
    return content if kind == CONTENT else content + field(3, parts["root"]) + field(4, parts["count"]) + field(5, parts["length"])


def signatures_of(kind, payload, signers):
    text = b"DSSEv1 " + b" ".join(b"%d %s" % (len(item), item) for item in (kind.encode(), payload))
    return [(signer.algorithm, signer.key.key_id, signer.sign(text)) for signer in signers]


def signed(kind=CONTENT, signers=(ALICE,), change=None, claimed=None, **changes):
    """A function of the writer that gives the payload of a SIGNATURE record. change alters the list of signatures, claimed is the
    payload type that stands in the record instead of the one signed."""
    def make(writer):
        payload = statement_of(writer, kind, **changes)
        found = signatures_of(kind, payload, signers)
        found = change(found) if change else found
        return field(1, claimed or kind) + field(2, payload) + b"".join(
            field(3, field(1, algorithm) + field(2, key_id) + field(3, signature)) for algorithm, key_id, signature in found)
    return make


class SignatureTests(BundleTest):
    def judged(self, expected, *statements, trust=(ALICE,), **options):
        bundle, _ = build(statements=statements, **options)
        result = self.assert_result({"valid": "ok", "invalid": "signature_invalid"}.get(expected, expected), bundle,
                                    trusted=[signer.key for signer in trust], keys=KEYS)
        self.assertEqual(expected, result["signature"])
        self.assert_result("ok", bundle, keys=KEYS)     # nothing is demanded
        return bundle

    def test_every_algorithm_and_statement(self):
        for signer in (ALICE, BOB, CAROL):
            for kind in (CONTENT, STORAGE):
                for options in ({}, {"stored": True}, {"stored": True, "sealing": Sealing()}):
                    self.judged("valid", signed(kind, [signer]), trust=[ALICE, BOB, CAROL], **options)

    def test_unsigned_and_untrusted(self):
        self.judged("unsigned")
        self.judged("unsigned", signed(signers=[]))
        self.judged("untrusted", signed(signers=[BOB, CAROL]))
        self.judged("valid", signed(signers=[BOB, CAROL, ALICE]))
        self.judged("valid", signed(signers=[BOB]), signed(STORAGE))
        self.judged("untrusted", signed(signers=[BOB]), trust=[Signer(crypto.P384, 5)])

    def test_statements_that_do_not_fit(self):
        # S-02
        for change in ({"id": b"C" * 16}, {"digest": bytes(32)}):
            self.judged("invalid", signed(**change))
            self.judged("invalid", signed(STORAGE, **change))
        for change in ({"root": bytes(32)}, {"count": 3}, {"length": 8}):
            self.judged("invalid", signed(STORAGE, **change))
            self.judged("invalid", signed(STORAGE, [BOB], **change))
        self.judged("valid", signed(STORAGE, count=3), signed())
        self.judged("invalid", signed(STORAGE, count=3), signed(signers=[BOB]))
        _, other = build(bundle_id=b"C" * 16)
        self.judged("invalid", lambda writer: signed()(other))
        self.judged("invalid", lambda writer: field(1, CONTENT) + field(2, b"\xff\xff"))
        self.judged("invalid", lambda writer: field(1, CONTENT))

    def test_signatures_that_fail(self):
        # S-01, S-03
        def flip(found):
            return [(algorithm, key_id, signature[:-1] + bytes([signature[-1] ^ 1])) for algorithm, key_id, signature in found]
        self.judged("invalid", signed(change=flip))
        self.judged("untrusted", signed(change=lambda found: [(algorithm, b"", signature) for algorithm, _, signature in flip(found)]))
        self.judged("invalid", signed(change=lambda found: [(algorithm, key_id, b"") for algorithm, key_id, _ in found]))
        self.judged("valid", signed(change=lambda found: [("none", b"?", signature) for _, _, signature in found]))     # hints
        self.judged("invalid", signed(signers=[BOB], change=lambda found: [(found[0][0], ALICE.key.key_id, found[0][2])]))
        self.judged("invalid", signed(STORAGE, claimed=CONTENT))        # the type is signed too
        self.judged("unsigned", signed(claimed="application/x-else"))

        def swapped(writer):
            payload = field(2, writer.digest) + field(1, writer.id)     # the same message in other bytes
            return field(1, CONTENT) + field(2, payload) + signed()(writer)[-150:][signed()(writer)[-150:].index(b"\x1a"):]
        self.judged("invalid", swapped)

        def extended(writer):
            payload = statement_of(writer, CONTENT) + field(77, b"later")
            signature = signatures_of(CONTENT, payload, [ALICE])[0]
            return field(1, CONTENT) + field(2, payload) + field(3, field(2, signature[1]) + field(3, signature[2]))
        self.judged("valid", extended)

    def test_rubbish_does_not_spoil_a_bundle(self):
        self.judged("unsigned", lambda writer: b"not a message")
        self.judged("valid", lambda writer: b"not a message", signed())

    def test_limits(self):
        many = [ALICE] * 16
        self.judged("valid", signed(signers=many))
        for statement in (signed(signers=many + [BOB]), lambda writer: signed()(writer) + field(9, bytes(1 << 20)),
                          lambda writer: field(3, field(4, b"c") * 9)):
            self.assert_result("limit_exceeded", build(statements=[statement])[0])

    def test_stripped_signatures(self):
        for options in ({}, {"sealing": Sealing()}):
            bundle, _ = build(statements=[signed()], **options)
            stripped = assemble(bundle, records(bundle)[:-1])
            expected = "header_not_authentic" if options else "unsigned"
            self.assert_result(expected, stripped, trusted=[ALICE.key], keys=KEYS)
            self.assert_result("unsigned", stripped, trusted=[ALICE.key])
            self.assert_result("no_matching_key" if options else "ok", bundle, trusted=[ALICE.key])

    def test_without_a_key(self):
        bundle, _ = build(statements=[signed(STORAGE)], stored=True, sealing=Sealing())
        self.assertEqual("valid", self.assert_result("no_matching_key", bundle, trusted=[ALICE.key])["signature"])
        self.assert_result("untrusted", bundle, trusted=[BOB.key])

    def test_stored_root(self):
        # S-06
        good = build(stored=True)[0]
        self.assert_result("ok", good)
        self.assert_result("digest_mismatch", build(trailer=lambda fields: {**fields, "flags": 1, "stored": b"1" * 32})[0])
        self.assert_result("framing_error", build(trailer=lambda fields: {**fields, "flags": 1})[0])
        self.assert_result("framing_error", build(trailer=lambda fields: {**fields, "stored": b"1" * 32})[0])
        self.assert_result("framing_error", build(stored=True, trailer=lambda fields: {**fields, "flags": 3})[0])
        self.assert_result("digest_mismatch", with_payload(good, 0, b"This is a Mailbag bundle."))

    def test_detached(self):
        bundle, writer = build(sealing=Sealing())

        def lines(kind=CONTENT, signers=(ALICE,), change=None, **changes):
            payload = statement_of(writer, kind, **changes)
            found = [{"keyid": key_id.hex(), "sig": base64.b64encode(signature).decode(), "algorithm": algorithm,
                      "certificates": [base64.b64encode(b"c").decode()], "timestamp": base64.b64encode(b"t").decode()}
                     for algorithm, key_id, signature in signatures_of(kind, payload, signers)]
            item = {"payloadType": kind, "payload": base64.b64encode(payload).decode(), "signatures": found}
            return json.dumps({**item, **(change or {})}) + "\n"
        bare = json.loads(lines())
        bare["signatures"] = [{"sig": bare["signatures"][0]["sig"].replace("+", "-").replace("/", "_")}]
        for text, expected in ((lines(), "ok"), (lines(signers=[BOB]), "untrusted"), (lines(id=b"C" * 16), "signature_invalid"),
                               ("\n" + lines(id=b"C" * 16) + "\n" + lines(STORAGE), "ok"), ("", "unsigned"), ("{}", "encoding_error"),
                               ("[]", "encoding_error"), ("{", "encoding_error"), (lines(change={"payload": "?"}), "encoding_error"),
                               (lines(change={"signatures": [{}]}), "encoding_error"), (lines(change={"signatures": [3]}), "encoding_error"),
                               (lines(signers=[ALICE] * 17), "limit_exceeded"), (json.dumps(bare), "ok")):
            with self.subTest(text=text[:60], expected=expected):
                self.assert_result(expected, bundle, keys=KEYS, trusted=[ALICE.key], detached=text)


class ToolTests(unittest.TestCase):
    def run_tool(self, *arguments):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = reader.main(list(arguments))
        return code, out.getvalue()

    def test_vectors(self):
        bundle, writer = build()
        root = writer.roots[1, "disk"].hex()
        with tempfile.TemporaryDirectory() as directory:
            def save(name, content):
                with open(os.path.join(directory, name), "wb") as target:
                    target.write(content if isinstance(content, bytes) else json.dumps(content).encode())
            save("good.waybill.z", zlib.compress(bundle))
            save("cut.waybill", bundle[:-1])
            stream = {"name": "disk", "kind": "BLOCK_VOLUME", "virtual_length": 4 * CELL + 1000, "root": root}
            save("good.json", {"file": "good.waybill.z", "spec": ["F-05"], "expect": "ok", "streams": [stream], "salvage": True})
            save("cut.json", {"file": "cut.waybill", "expect": ["incomplete", "framing_error"], "about": "x", "salvage": True})
            save("other.json", {"file": "cut.waybill", "expect": "ok", "surprise": 1})
            self.assertEqual((0, "passed: cut.json\npassed: good.json\nskipped: other.json\n1 skipped\n2 passed, 0 failed\n"),
                             self.run_tool("vectors", directory))
            save("wrong.json", {"file": "good.waybill.z", "expect": "ok", "streams": [{**stream, "root": "00"}]})
            code, text = self.run_tool("vectors", directory)
            self.assertEqual((1, "2 passed, 1 failed"), (code, text.splitlines()[-1]))

    def test_no_vectors_is_a_failure(self):
        with tempfile.TemporaryDirectory() as directory:
            self.assertEqual(1, self.run_tool("vectors", directory)[0])

    def test_commands_in_a_process_of_their_own(self):
        writer = Writer()
        writer.stream("tree", cells(file(b"", 2) + file(b"x")), 2, entries=2)
        writer.stream("tree", VOLUME, 3)
        bundle = writer.end()
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "b")
            with open(path, "wb") as target:
                target.write(bundle)

            def run(*arguments):
                return subprocess.run([sys.executable, reader.__file__, *arguments], capture_output=True, check=False)
            self.assertEqual(b"".join(part.raw or bytes(part.length) for part in VOLUME),
                             run("extract", path, "--stream", "tree", "--kind", "file_data").stdout)
            self.assertIn(b"2 streams of this name", run("extract", path, "--stream", "tree").stderr)
            self.assertEqual(["", "x"], [json.loads(line)["meta"]["path"] for line in run("list", path).stdout.splitlines()])
            self.assertEqual("VERIFIED", json.loads(run("salvage", path).stdout)["streams"][1]["ranges"][0][2])
            self.assertEqual(1, run("verify", reader.__file__).returncode)

    def test_vectors_with_keys(self):
        bundle, writer = rich(cells_of_volume=4, sealing=Sealing([Recipients.psk(), Recipients.p256(77, scopes=1)]), statements=[signed()])

        def key(kind):
            return {"type": kind, "value": test_crypto.ec_private(77) if kind == "p256" else PSK.hex()}
        payload = statement_of(writer, CONTENT)
        signature = base64.b64encode(signatures_of(CONTENT, payload, [BOB])[0][2]).decode()
        detached = {"payloadType": CONTENT, "payload": base64.b64encode(payload).decode(), "signatures": [{"sig": signature}]}
        good = [{"keys": [key("psk")], "scopes": 7, "trust": [ALICE.pem], "salvage": True, "entries": {"secrets": 1}},
                {"keys": [key("p256")], "scopes": 1, "salvage": True}, {"keys": [key("p256"), key("psk")], "scopes": 7},
                {"keys": [key("psk")], "trust": [BOB.pem], "signatures": "s"}, {"expect": "no_matching_key"},
                {"keys": [key("p256")], "scopes": 3, "expect": "scope_missing"}, {"keys": [key("psk")], "trust": [BOB.pem], "expect": "untrusted"}]
        bad = [{"keys": [key("psk")], "scopes": 3}, {"keys": [key("psk")], "trust": [BOB.pem]}, {"keys": [{"type": "rsa", "value": "?"}]},
               {"keys": [{"type": "rsa", "value": test_crypto.ec_private(77)}]}, {"keys": [key("psk")], "trust": ["?"]}, {}]
        with tempfile.TemporaryDirectory() as directory:
            for name, content in (("b", bundle), ("s", json.dumps(detached).encode())):
                with open(os.path.join(directory, name), "wb") as target:
                    target.write(content)
            for index, vector in enumerate(good + bad):
                with open(os.path.join(directory, f"{index}.json"), "w", encoding="utf-8") as target:
                    json.dump({"file": "b", "expect": "ok", **vector}, target)
            code, text = self.run_tool("vectors", directory)
            self.assertEqual((1, f"{len(good)} passed, {len(bad)} failed"), (code, text.splitlines()[-1]), text)
            self.assertTrue(all(f"passed: {index}.json" in text for index in range(len(good))), text)

    def test_verify_with_keys_in_files(self):
        bundle, _ = build(SHORT, sealing=Sealing([Recipients.psk(), Recipients.p256(77)]), statements=[signed()])
        passphrase, _ = build(SHORT, sealing=Sealing([Recipients.passphrase("two words")]))
        with tempfile.TemporaryDirectory() as directory:
            files = {"b": bundle, "c": passphrase, "key": test_crypto.ec_private(77).encode(), "psk": PSK.hex().encode() + b"\n",
                     "words": b"two words\n", "alice": ALICE.pem.encode(), "bob": BOB.pem.encode()}
            for name, content in files.items():
                with open(os.path.join(directory, name), "wb") as target:
                    target.write(content)

            def result(name, *options):
                options = [item if item.startswith("--") else os.path.join(directory, item) for item in options]
                return json.loads(self.run_tool("verify", os.path.join(directory, name), *options)[1])["result"]
            self.assertEqual("ok", result("b", "--key", "key", "--trust", "alice", "--trust", "bob"))
            self.assertEqual("ok", result("b", "--psk-file", "psk"))
            self.assertEqual("untrusted", result("b", "--key", "key", "--trust", "bob"))
            self.assertEqual("no_matching_key", result("b", "--passphrase-file", "words"))
            self.assertEqual("ok", result("c", "--key", "key", "--passphrase-file", "words"))

    def test_verify_with_parents_by_content_not_by_name(self):
        base, parent = build()
        writer = Writer(b"C" * 16, parent=parent)
        writer.stream("disk", [inherit(CELL)])
        with tempfile.TemporaryDirectory() as directory:
            for name, content in (("x", base), ("y", writer.end()), ("z", b"")):
                with open(os.path.join(directory, name), "wb") as target:
                    target.write(content)
            code, text = self.run_tool("verify", os.path.join(directory, "y"), "--parents", directory)
            self.assertEqual(0, code, text)
            self.assertEqual(hashlib.sha256(text_of(CELL, 1)).hexdigest(), json.loads(text)["streams"][0]["sha256"])


if __name__ == "__main__":
    unittest.main()
