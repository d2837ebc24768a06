"""Keys for reader.py: PEM, the DER of RFC 5208, 5280, 5915 and 8017 as far as P-256, P-384 and RSA keys need it."""
import base64
import binascii
import hashlib
import re
from typing import NamedTuple

import crypto
from crypto import CryptoError

EC_PUBLIC_KEY, RSA_ENCRYPTION = bytes.fromhex("2A8648CE3D0201"), bytes.fromhex("2A864886F70D010101")
CURVES = {bytes.fromhex("2A8648CE3D030107"): crypto.P256, bytes.fromhex("2B81040022"): crypto.P384}
INTEGER, BIT_STRING, OCTET_STRING, OBJECT_ID, SEQUENCE = 0x02, 0x03, 0x04, 0x06, 0x30
MIN_RSA_BITS, MAX_RSA_BITS = 3072, 16384


class Der:
    """Reads one value after the other."""

    def __init__(self, data):
        self.data, self.pos = data, 0

    def next(self, tag):
        head = self.data[self.pos:self.pos + 2]
        if len(head) < 2 or head[0] != tag:
            raise CryptoError(f"no DER value of tag {tag:#04x} where one must be")
        length, start = head[1], self.pos + 2
        if length >= 0x80:
            count = length & 0x7F
            length = int.from_bytes(self.data[start:start + count], "big")
            start += count
            if not 1 <= count <= 4 or length < 0x80 or length >> 8 * (count - 1) == 0:
                raise CryptoError("length of a DER value")
        self.pos = start + length
        if self.pos > len(self.data):
            raise CryptoError("DER value cut")
        return self.data[start:self.pos]

    def number(self):
        value = self.next(INTEGER)
        if not value or value[0] & 0x80:
            raise CryptoError("DER number")
        return int.from_bytes(value, "big")

    def sequence(self):
        return Der(self.next(SEQUENCE))

    def bits(self):
        value = self.next(BIT_STRING)
        if value[:1] != b"\0":
            raise CryptoError("DER bit string")
        return value[1:]

    def rest(self):
        return self.data[self.pos:]

    def end(self):
        if self.pos != len(self.data):
            raise CryptoError("bytes after a DER value")


class PublicKey(NamedTuple):
    """Of curve and point one pair is set, or modulus and exponent. der: the SubjectPublicKeyInfo, as given."""
    der: bytes
    curve: crypto.Curve = None
    point: tuple = None
    modulus: int = 0
    exponent: int = 0

    @property
    def key_id(self):
        return hashlib.sha256(self.der).digest()[:16]

    def verify(self, message, signature):
        """With the algorithm that belongs to this key [S-03]."""
        if self.curve:
            return crypto.ecdsa_verify(self.curve, self.point, message, signature)
        return MIN_RSA_BITS <= self.modulus.bit_length() and crypto.rsa_pss_verify(self.modulus, self.exponent, message, signature)


class P256Key(NamedTuple):
    number: int


class RsaKey(NamedTuple):
    modulus: int
    exponent: int                                       # the private one


class Psk(NamedTuple):
    secret: bytes


class Passphrase(NamedTuple):
    text: bytes


def read_pem(text):
    """(label, DER) of the first block."""
    found = re.search(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", text, re.DOTALL)
    if not found:
        raise CryptoError("no PEM block")
    try:
        return found[1], base64.b64decode("".join(found[2].split()), validate=True)
    except binascii.Error:
        raise CryptoError("PEM block is not base64") from None


def _rsa_numbers(der):
    outer = Der(der)
    key = outer.sequence()
    outer.end()
    return key


def public_key(der):
    """From a SubjectPublicKeyInfo (RFC 5280)."""
    outer = Der(der)
    info = outer.sequence()
    outer.end()
    algorithm, bits = info.sequence(), info.bits()
    info.end()
    name = algorithm.next(OBJECT_ID)
    if name == EC_PUBLIC_KEY:
        curve = CURVES.get(algorithm.next(OBJECT_ID))
        if curve is None:
            raise CryptoError("a curve other than P-256 and P-384")
        return PublicKey(der, curve=curve, point=curve.decode_point(bits))
    if name == RSA_ENCRYPTION:
        numbers = _rsa_numbers(bits)
        modulus, exponent = numbers.number(), numbers.number()
        numbers.end()
        return PublicKey(der, modulus=modulus, exponent=exponent)
    raise CryptoError("a public key of another kind")


def _ec_private(der, curve):
    """ECPrivateKey of RFC 5915; the public key that may be in it is not needed."""
    key = Der(der).sequence()
    if key.number() != 1:
        raise CryptoError("version of an EC key")
    secret = key.next(OCTET_STRING)
    if curve is None:
        curve = CURVES.get(Der(key.next(0xA0)).next(OBJECT_ID))
    number = int.from_bytes(secret, "big")
    if curve is not crypto.P256 or not 0 < number < curve.order:
        raise CryptoError("no private key of P-256")
    return P256Key(number)


def _rsa_private(der):
    key = _rsa_numbers(der)
    if key.number() != 0:
        raise CryptoError("version of an RSA key")
    modulus, _ = key.number(), key.number()
    return RsaKey(modulus, key.number())


def private_key(text):
    """From PEM: PKCS#8, or the older forms for one algorithm each."""
    label, der = read_pem(text)
    if label == "EC PRIVATE KEY":
        return _ec_private(der, None)
    if label == "RSA PRIVATE KEY":
        return _rsa_private(der)
    if label != "PRIVATE KEY":
        raise CryptoError(f"no private key but {label}")
    key = Der(der).sequence()
    if key.number() not in (0, 1):
        raise CryptoError("version of PKCS#8")
    algorithm, content = key.sequence(), key.next(OCTET_STRING)
    name = algorithm.next(OBJECT_ID)
    if name == EC_PUBLIC_KEY:
        return _ec_private(content, CURVES.get(algorithm.next(OBJECT_ID)))
    if name == RSA_ENCRYPTION:
        return _rsa_private(content)
    raise CryptoError("a private key of another kind")


def from_vector(entry):
    """A key as vectors have it: {"type": ..., "value": ...}."""
    kind, value = entry["type"], entry["value"]
    if kind == "psk":
        return Psk(bytes.fromhex(value))
    if kind == "passphrase":
        return Passphrase(value.encode())
    key = private_key(value)
    if not isinstance(key, {"p256": P256Key, "rsa": RsaKey}[kind]):
        raise CryptoError(f"the key is not one of type {kind}")
    return key


def trusted(text):
    """A key that the verifier trusts, from PEM."""
    label, der = read_pem(text)
    if label != "PUBLIC KEY":
        raise CryptoError(f"no public key but {label}")
    return public_key(der)
