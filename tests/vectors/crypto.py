"""Cryptography for reader.py in plain Python: what section 15 and 16 of the specification name, and nothing else.

It only opens and verifies, apart from `seal` of the two AEADs and `hpke_seal`, which the tests need for a writer of their own. It does
nothing against timing or memory attacks: fit for reading test bundles, not for keys that matter.

Published vectors for everything in here are in test_crypto.py.
"""
import hashlib
import hmac
import struct


class CryptoError(Exception):
    """Something does not open or is no key, point or signature of its kind."""


def hmac_sha256(key, *parts):
    return hmac.digest(key, b"".join(parts), "sha256")


def hkdf_extract(salt, ikm):
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def hkdf_expand(prk, info, length):
    out = block = b""
    for count in range(1, -(-length // 32) + 1):
        block = hmac.digest(prk, block + info + bytes([count]), "sha256")
        out += block
    return out[:length]


def hkdf(ikm, salt, info, length=32):
    """RFC 5869 with SHA-256."""
    return hkdf_expand(hkdf_extract(salt, ikm), info, length)


def pbkdf2_sha512(passphrase, salt, rounds, length=32):
    return hashlib.pbkdf2_hmac("sha512", passphrase, salt, rounds, length)


def xor(a, b):
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big")


# ---- AES (FIPS 197), encryption only, in counter mode -----------------------------------------------------------------------------

def _aes_tables():
    """The S-box, and the S-box times 2 and times 3 in GF(2^8)."""
    def double(value):
        return value << 1 ^ (0x11B if value & 0x80 else 0)

    sbox, p, q = bytearray(256), 1, 1
    while True:                                         # p runs through all non-zero values, q is its inverse
        p = p ^ double(p)
        for shift in (1, 2, 4):
            q ^= q << shift & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        sbox[p] = 0x63 ^ q
        for turn in range(1, 5):
            sbox[p] ^= (q << turn | q >> 8 - turn) & 0xFF
        if p == 1:
            break
    sbox[0] = 0x63
    twice = bytes(double(value) for value in sbox)
    return bytes(sbox), twice, xor(twice, sbox)


_SBOX, _SBOX_2, _SBOX_3 = _aes_tables()


def aes_expand_key(key):
    """Round keys of 16 bytes each."""
    size = len(key) // 4
    words, rcon = [key[i:i + 4] for i in range(0, len(key), 4)], 1
    for i in range(size, 4 * (size + 7)):
        word = words[-1]
        if i % size == 0:
            word = (word[1:] + word[:1]).translate(_SBOX)
            word = bytes([word[0] ^ rcon]) + word[1:]
            rcon = rcon << 1 ^ (0x11B if rcon & 0x80 else 0)
        elif size > 6 and i % size == 4:
            word = word.translate(_SBOX)
        words.append(xor(words[i - size], word))
    return [b"".join(words[i:i + 4]) for i in range(0, len(words), 4)]


def aes_encrypt_blocks(round_keys, state, count):
    """`count` blocks at once: state[i] holds byte i of every block. A table look-up is bytes.translate on all of them and an exclusive
    or is one of large integers, so that the work is done by the interpreter's own loops."""
    def as_int(data):
        return int.from_bytes(data, "little")

    ones = as_int(b"\1" * count)                        # times a byte: that byte in every place
    state = [(as_int(column) ^ ones * key).to_bytes(count, "little") for column, key in zip(state, round_keys[0])]
    for round_key in round_keys[1:-1]:
        once = [as_int(column.translate(_SBOX)) for column in state]
        twice = [as_int(column.translate(_SBOX_2)) for column in state]
        thrice = [as_int(column.translate(_SBOX_3)) for column in state]
        state = []
        for place in range(16):                         # ShiftRows: row r of column c comes from column c + r
            column, row = divmod(place, 4)
            a, b, c, d = ((4 * (column + r) + r) % 16 for r in (row, (row + 1) % 4, (row + 2) % 4, (row + 3) % 4))
            state.append((twice[a] ^ thrice[b] ^ once[c] ^ once[d] ^ ones * round_key[place]).to_bytes(count, "little"))
    out = bytearray(16 * count)
    for place in range(16):
        column, row = divmod(place, 4)
        last = state[(4 * (column + row) + row) % 16].translate(_SBOX)
        out[place::16] = (as_int(last) ^ ones * round_keys[-1][place]).to_bytes(count, "little")
    return bytes(out)


class AesGcm:
    """AES-GCM with nonces of 12 bytes and tags of 16 (SP 800-38D)."""

    def __init__(self, key):
        self.round_keys = aes_expand_key(key)
        h = int.from_bytes(aes_encrypt_blocks(self.round_keys, [b"\0"] * 16, 1), "big")
        # tables[i][b] is H times the byte b at place i of a block. Bit 0 of GCM is the highest one.
        self.tables = []
        for _ in range(16):
            table = [0] * 256
            for bit in (128, 64, 32, 16, 8, 4, 2, 1):
                table[bit] = h
                h = h >> 1 ^ (0xE1 << 120 if h & 1 else 0)
            for value in range(1, 256):
                low = value & -value
                table[value] = table[low] ^ table[value ^ low]
            self.tables.append(table)

    def ghash(self, associated, data):
        text = associated + bytes(-len(associated) % 16) + data + bytes(-len(data) % 16)
        text += struct.pack(">QQ", 8 * len(associated), 8 * len(data))
        t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, ta, tb, tc, td, te, tf = self.tables
        y, from_bytes = 0, int.from_bytes
        for start in range(0, len(text), 16):
            x = (y ^ from_bytes(text[start:start + 16], "big")).to_bytes(16, "big")
            y = (t0[x[0]] ^ t1[x[1]] ^ t2[x[2]] ^ t3[x[3]] ^ t4[x[4]] ^ t5[x[5]] ^ t6[x[6]] ^ t7[x[7]] ^ t8[x[8]] ^ t9[x[9]]
                 ^ ta[x[10]] ^ tb[x[11]] ^ tc[x[12]] ^ td[x[13]] ^ te[x[14]] ^ tf[x[15]])
        return y.to_bytes(16, "big")

    def key_stream(self, nonce, length):
        """The mask of the tag, then the key stream. The block counter starts at 1."""
        count = 1 + -(-length // 16)
        counters = b"".join(struct.pack(">I", i) for i in range(1, count + 1))
        state = [nonce[i:i + 1] * count for i in range(12)] + [counters[i::4] for i in range(4)]
        stream = aes_encrypt_blocks(self.round_keys, state, count)
        return stream[:16], stream[16:16 + length]

    def seal(self, nonce, plain, associated=b""):
        mask, stream = self.key_stream(nonce, len(plain))
        data = xor(plain, stream)
        return data + xor(mask, self.ghash(associated, data))

    def open(self, nonce, sealed, associated=b""):
        if len(sealed) < 16:
            raise CryptoError("shorter than a tag")
        data, tag = sealed[:-16], sealed[-16:]
        mask, stream = self.key_stream(nonce, len(data))
        if not hmac.compare_digest(tag, xor(mask, self.ghash(associated, data))):
            raise CryptoError("the tag does not fit")
        return xor(data, stream)


# ---- ChaCha20-Poly1305 (RFC 8439) -------------------------------------------------------------------------------------------------

def chacha20(key, nonce, counter, count):
    """`count` blocks of key stream. Word i of all blocks is one large integer with 64 bits for each: 32 of the word, 32 to carry into."""
    def spread(word):
        return ones * word

    ones = int.from_bytes((b"\1" + bytes(7)) * count, "little")
    mask = spread(0xFFFFFFFF)
    words = [spread(word) for word in struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key)]
    words.append(int.from_bytes(struct.pack(f"<{count}Q", *range(counter, counter + count)), "little"))
    words += [spread(word) for word in struct.unpack("<3I", nonce)]
    s = list(words)

    def quarter(a, b, c, d):
        for x, y, z, left in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = s[x] + s[y] & mask
            turned = s[z] ^ s[x]
            s[z] = (turned << left | turned >> 32 - left) & mask

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    out = bytearray(64 * count)
    for i in range(16):
        data = (s[i] + words[i] & mask).to_bytes(8 * count, "little")
        for byte in range(4):
            out[4 * i + byte::64] = data[byte::8]
    return bytes(out)


def poly1305(key, text):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total, prime = 0, (1 << 130) - 5
    for start in range(0, len(text), 16):
        total = (total + int.from_bytes(text[start:start + 16] + b"\1", "little")) * r % prime
    return ((total + int.from_bytes(key[16:], "little")) & (1 << 128) - 1).to_bytes(16, "little")


class ChaCha20Poly1305:
    def __init__(self, key):
        self.key = key

    def tag(self, one_time_key, data, associated):
        return poly1305(one_time_key, associated + bytes(-len(associated) % 16) + data + bytes(-len(data) % 16)
                        + struct.pack("<QQ", len(associated), len(data)))

    def seal(self, nonce, plain, associated=b""):
        stream = chacha20(self.key, nonce, 0, 1 + -(-len(plain) // 64))
        data = xor(plain, stream[64:64 + len(plain)])
        return data + self.tag(stream[:32], data, associated)

    def open(self, nonce, sealed, associated=b""):
        if len(sealed) < 16:
            raise CryptoError("shorter than a tag")
        data, tag = sealed[:-16], sealed[-16:]
        stream = chacha20(self.key, nonce, 0, 1 + -(-len(data) // 64))
        if not hmac.compare_digest(tag, self.tag(stream[:32], data, associated)):
            raise CryptoError("the tag does not fit")
        return xor(data, stream[64:64 + len(data)])


# ---- Elliptic curves (SP 800-186, SEC 1) ------------------------------------------------------------------------------------------

class Curve:
    """y^2 = x^3 - 3x + b over a prime field, of prime order, so that a point on it is all that has to be checked."""

    def __init__(self, name, hash_name, p, b, order, gx, gy):
        self.name, self.hash_name, self.p, self.b, self.order = name, hash_name, p, b, order
        self.size, self.generator = (p.bit_length() + 7) // 8, (gx, gy)

    def on_curve(self, x, y):
        return 0 <= x < self.p and 0 <= y < self.p and (y * y - x * x * x + 3 * x - self.b) % self.p == 0

    def decode_point(self, data):
        """SEC 1, uncompressed form only."""
        if len(data) != 1 + 2 * self.size or data[0] != 4:
            raise CryptoError(f"no uncompressed point of {self.name}")
        x, y = int.from_bytes(data[1:1 + self.size], "big"), int.from_bytes(data[1 + self.size:], "big")
        if not self.on_curve(x, y):
            raise CryptoError(f"the point is not on {self.name}")
        return x, y

    def encode_point(self, point):
        return b"\4" + point[0].to_bytes(self.size, "big") + point[1].to_bytes(self.size, "big")

    # Jacobian coordinates: (X, Y, Z) is the point (X / Z^2, Y / Z^3), Z = 0 the point at infinity.

    def _double(self, point):
        x, y, z = point
        p = self.p
        if not y or not z:
            return 1, 1, 0
        square = y * y % p
        s = 4 * x * square % p
        m = 3 * (x - z * z) * (x + z * z) % p
        x3 = (m * m - 2 * s) % p
        return x3, (m * (s - x3) - 8 * square * square) % p, 2 * y * z % p

    def _add(self, a, b):
        p = self.p
        if not a[2]:
            return b
        if not b[2]:
            return a
        z1, z2 = a[2] * a[2] % p, b[2] * b[2] % p
        u1, u2 = a[0] * z2 % p, b[0] * z1 % p
        s1, s2 = a[1] * b[2] * z2 % p, b[1] * a[2] * z1 % p
        h, r = (u2 - u1) % p, (s2 - s1) % p
        if not h:
            return (1, 1, 0) if r else self._double(a)
        square = h * h % p
        cube = h * square % p
        v = u1 * square % p
        x = (r * r - cube - 2 * v) % p
        return x, (r * (v - x) - s1 * cube) % p, h * a[2] * b[2] % p

    def sum_of_products(self, *terms):
        """Of (number, point) pairs; None is the point at infinity."""
        table = {0: (1, 1, 0)}                          # sums of the points for every combination of one bit of each number
        for index, (_, point) in enumerate(terms):
            table.update({key | 1 << index: self._add(value, (*point, 1)) for key, value in table.items()})
        result = 1, 1, 0
        for bit in range(max(number.bit_length() for number, _ in terms) - 1, -1, -1):
            result = self._double(result)
            result = self._add(result, table[sum((number >> bit & 1) << index for index, (number, _) in enumerate(terms))])
        if not result[2]:
            return None
        inverse = pow(result[2], -1, self.p)
        return result[0] * inverse ** 2 % self.p, result[1] * inverse ** 3 % self.p

    def multiply(self, number, point=None):
        return self.sum_of_products((number, point or self.generator))


P256 = Curve("P-256", "sha256", (1 << 256) - (1 << 224) + (1 << 192) + (1 << 96) - 1,
             0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
             0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
             0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
             0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)
P384 = Curve("P-384", "sha384", (1 << 384) - (1 << 128) - (1 << 96) + (1 << 32) - 1,
             0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
             0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
             0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
             0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F)


def ecdsa_verify(curve, point, message, signature):
    """FIPS 186-5 with the curve's own hash; the signature is r and s side by side."""
    if len(signature) != 2 * curve.size:
        return False
    r, s = int.from_bytes(signature[:curve.size], "big"), int.from_bytes(signature[curve.size:], "big")
    if not (0 < r < curve.order and 0 < s < curve.order):
        return False
    digest = int.from_bytes(hashlib.new(curve.hash_name, message).digest(), "big")      # as long as the order, for both curves
    inverse = pow(s, -1, curve.order)
    found = curve.sum_of_products((digest * inverse % curve.order, curve.generator), (r * inverse % curve.order, point))
    return found is not None and found[0] % curve.order == r


# ---- HPKE (RFC 9180), base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 ------------------------------------------------------------

KEM_ID, KDF_ID, AES_256_GCM_ID = b"\0\x10", b"\0\1", b"\0\2"


def _labeled_extract(suite_id, salt, label, ikm):
    return hkdf_extract(salt, b"HPKE-v1" + suite_id + label + ikm)


def _labeled_expand(suite_id, prk, label, info, length):
    return hkdf_expand(prk, struct.pack(">H", length) + b"HPKE-v1" + suite_id + label + info, length)


def _hpke_context(private, public, encapsulated, recipient, info, aead_id, key_length):
    """Key and nonce of the first message. private and public: the own secret number and the other side's point."""
    product = P256.multiply(private, public)
    if product is None:
        raise CryptoError("the shared point is at infinity")
    secret = product[0].to_bytes(32, "big")
    kem = b"KEM" + KEM_ID
    secret = _labeled_extract(kem, b"", b"eae_prk", secret)
    shared = _labeled_expand(kem, secret, b"shared_secret", encapsulated + recipient, 32)
    suite = b"HPKE" + KEM_ID + KDF_ID + aead_id
    context = b"\0" + _labeled_extract(suite, b"", b"psk_id_hash", b"") + _labeled_extract(suite, b"", b"info_hash", info)
    secret = _labeled_extract(suite, shared, b"secret", b"")
    return _labeled_expand(suite, secret, b"key", context, key_length), _labeled_expand(suite, secret, b"base_nonce", context, 12)


def hpke_open(private, encapsulated, sealed, info, associated=b"", aead=AesGcm, aead_id=AES_256_GCM_ID, key_length=32):
    """One message. private: the recipient's secret number."""
    point = P256.decode_point(encapsulated)
    recipient = P256.encode_point(P256.multiply(private))
    key, nonce = _hpke_context(private, point, encapsulated, recipient, info, aead_id, key_length)
    return aead(key).open(nonce, sealed, associated)


def hpke_seal(ephemeral, recipient, plain, info, associated=b"", aead=AesGcm, aead_id=AES_256_GCM_ID, key_length=32):
    """The encapsulated key and the sealed message. ephemeral: a secret number for this message alone; recipient: a point."""
    encapsulated = P256.encode_point(P256.multiply(ephemeral))
    key, nonce = _hpke_context(ephemeral, recipient, encapsulated, P256.encode_point(recipient), info, aead_id, key_length)
    return encapsulated, aead(key).seal(nonce, plain, associated)


# ---- RSA (RFC 8017) ---------------------------------------------------------------------------------------------------------------

def mgf1(seed, length):
    return b"".join(hashlib.sha256(seed + struct.pack(">I", i)).digest() for i in range(-(-length // 32)))[:length]


def rsa_oaep_open(modulus, private_exponent, sealed):
    """RSAES-OAEP with SHA-256, MGF1 with SHA-256, no label."""
    size = (modulus.bit_length() + 7) // 8
    number = int.from_bytes(sealed, "big")
    if len(sealed) != size or number >= modulus:
        raise CryptoError("no ciphertext of this key")
    encoded = pow(number, private_exponent, modulus).to_bytes(size, "big")
    masked_seed, masked = encoded[1:33], encoded[33:]
    block = xor(masked, mgf1(xor(masked_seed, mgf1(masked, 32)), len(masked)))
    end = block.find(b"\1", 32)
    if encoded[0] or block[:32] != hashlib.sha256().digest() or end < 0 or block[32:end].strip(b"\0"):
        raise CryptoError("the padding does not fit")
    return block[end + 1:]


def rsa_pss_verify(modulus, public_exponent, message, signature):
    """RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes."""
    bits = modulus.bit_length() - 1
    size, number = (bits + 7) // 8, int.from_bytes(signature, "big")
    if len(signature) != (modulus.bit_length() + 7) // 8 or number >= modulus:
        return False
    number = pow(number, public_exponent, modulus)
    if number >> bits:
        return False
    encoded = number.to_bytes(size, "big")
    masked, digest, end = encoded[:-33], encoded[-33:-1], encoded[-1]
    block = int.from_bytes(xor(masked, mgf1(digest, len(masked))), "big") & (1 << bits - 8 * 33) - 1
    block = block.to_bytes(len(masked), "big")
    salt = block[-32:]
    if end != 0xBC or block[:-32] != bytes(len(block) - 33) + b"\1":
        return False
    return digest == hashlib.sha256(bytes(8) + hashlib.sha256(message).digest() + salt).digest()
