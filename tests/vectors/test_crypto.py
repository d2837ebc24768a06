#!/usr/bin/env python3
"""Tests of crypto.py and keys.py against published vectors. test_reader.py runs them too."""
import base64
import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import crypto
import keys
from crypto import CryptoError

h = bytes.fromhex

# A key of 3 072 bits and what was made with it: Wycheproof, rsa_oaep_3072_sha256_mgf1sha256 and rsa_pss_3072_sha256_mgf1_32, test 3 of
# each, over the text "Test". PKCS#8 and SubjectPublicKeyInfo.
RSA_PRIVATE = (
    "MIIG+wIBADANBgkqhkiG9w0BAQEFAASCBuUwggbhAgEAAoIBgQDG/iN5JWYCPCZSh8Wsb3FUHAmU0R0FnuZAOYbvohwktRvZHYhi+d95pOMo4+J8g98mCyWp"
    "tDQgr/xEtR6NdSW28pw3KkBRBHMgB1J6Yu2C+sc/SJKoDgloKkGljNNHAX8759gBM0+S2TIar9U7Ub/6v8dSz8yuCx7gO9r/nkKMwcEX8ayWtP4j+MI+Y4EY"
    "amb9WSiTOa5VxLza2/+Eq9qlMiQNTh0ostBIHa3TskZVfKj+GAkoF3MLOebuN4/8yFsZ/9yRapuZGmtm1KnHurX156NyIQEULnpBCMFdVzsVKJ4H5G6uoHtC"
    "wqvLozDplVS0ZWFlu0wNsrY5OgfspXXFGpPE4VvbD3R5CUR+Pv40xnyolUtTDlaiChtthNRe0bzTqljsBvGE7lhXqqgZ4cypom9OKNa5d9M5FtuYltJS0a+n"
    "YuKHyw04TMdb/lP06SLQLdCkgcBC4tMGtLPBiTceV1sl4ABaFkz2ndCXbk1b5HaAbqa+YITnGrT1rFwbEgMCAwEAAQKCAYAPLVn6RvJxUDIiEE3w2W0c26iV"
    "a5+ZiqWIF3slsskPuap+lESPO/yh9AQJXdwr4Aj4h1gfiemB5rpIaUIDywAN5JIqmPPf2gWH11cgk4QG/eaNepUI8U0hXzuzizqgC0qvgH7WlJnImv050Nhk"
    "FlecodzrgYLccWew9Y+9+E2eG7cFAv9FXVeW2cXC6WbyvEbPoum31Onpi8BVtvrVnR/ngpwCUcdij8TYAz97SnkX0xK2kpG8N5GkNQ3adG1se8Foe1/aGeSB"
    "6F6Ur1GHrPNKgFUHz0TFGEOta2gNSS2SH2kl8tuGCwbklSg0ef3/i/X+B/Lkcof+DqwN3fokqm4fbkmGOnv/HkwqTfBVF6N4qak+jw8wkK8+moUSv0VsA94W"
    "8V3N6kiZHEepLLsvPdIw878lH3G25uWJZu/0WgVovMk+JG+13u47jCAUOP1nZD8xL0Y2Gib+U4oSRW1l6JQcz3EPx4uEwDCrRBG+wGuwjCqhKhxMGqIpoJoE"
    "OwLLZRUCgcEA9eyhbg6DaWsO2ayKgSVF2rpV8gqWTE5jQ2BKfyvihg/On6FqHMkhIJOd64jf9oVQOD6thR+sB60bLoqbK7aVJdls6rt+6DzlDwjWSRB/RJoU"
    "Uhpok/PzxcWnA7L8KL/P4mGk9/RQVYCA3q6qtlHHqa5YbB5/XFLNqT5AqskI5OM1eYT8EWr5y+lTm8eo07NRpz6lwkE9HaLgtEi0VGcKyon/5zsUAem4VU/D"
    "8j1skEYjJRodKZYsqbJtlzNFvExfAoHBAM8lRG9Zz1EpGd2/z6LZZwSVrZK28pXWEDIFf52m2+/EUQpiPCtHpSIAgqO8Qq8aFE+Yye5P2uQb4OxQHMyUsrBk"
    "AZEJmzVWERYN6zJ+is4Bi4mAJe9HDkNz7B2X9mnimOHYRcZVPApUbMsWjVtRDb5gGP1O2aNUX5vbgZaPSm18eQ5cNHKajvtJYIb6EwAkmriyjziVHXvuHBJ6"
    "w8TQvVlu3uHp0XeB27gifXtdds6Li84DxdM5uXV5gWEISMVc3QKBwGNXpZZ50mgBUUxpQMIOtns3DoTp9fD5MWwEN9PLfIQ/Wm5tnBnovbMVLpP5BM/m5pLx"
    "7tJ6CtpG+VYBs9Eivnk9rZvdBdT21GkQXs/BFEg4HcFU3a32vCDGSUNbSDWF1opSe3uWe+UuNeC+mkNwIcHPpfR3FWfMIzwc466Z6zfa+L0QFWtL1YCjzpx9"
    "ORvbsj5nNjqUdAXGyBLL09zMizVqLa/Q07I6IbaEtFjkqzhUvNm+BM3J1lzusQqFMcRw7QKBvwTa2r/BWxqL3A9Wb4dhkQiKeYb2wrjAS6DggB0xy/XSpBOa"
    "Oc7J3xTs7iLoRqfT9KXo7tKnDHpMLPlc50/kLEv2DBNaJkkZu0zJBrooPRiW8K5IUptJDwyFqwMGjL/uj6a7auc7GC0lzWb1IFsDi07q8ar+Lhul3pfIjUD6"
    "GsR2JmAvyQrmlHNPRPPk6I0YTogFp1WsKQS+j+ne9remLMnrz018LWyfnoaySD6b8izlGGG7tOc+cxpNvrqHdy0pAoHAIUofcxMOSLM2/gG5UIhezbNEPZPn"
    "6Mpi+w2pa9QjdZ2L5VLIvkTxOfvubsJLdfvwdE+sTaq/VIj+bDYA2bjpqSJIH8dKej1iJmLbjIUxjeSO6LcW8ZQp+1lJkNpwXr3372YT3Wv4hcFq1l6f5sKA"
    "OGvul2wl26/4+/abrtlRC+Xt7T+Q4LpKl+XIGiGJ8RRnB0Wrle3aIVvQX9x4kp+gz+iwHIPyrsk+OtGjNP2FqoeU6s+VWuXazUWyaHQfyhlc")
RSA_PUBLIC = (
    "MIIBojANBgkqhkiG9w0BAQEFAAOCAY8AMIIBigKCAYEAxv4jeSVmAjwmUofFrG9xVBwJlNEdBZ7mQDmG76IcJLUb2R2IYvnfeaTjKOPifIPfJgslqbQ0IK/8"
    "RLUejXUltvKcNypAUQRzIAdSemLtgvrHP0iSqA4JaCpBpYzTRwF/O+fYATNPktkyGq/VO1G/+r/HUs/Mrgse4Dva/55CjMHBF/GslrT+I/jCPmOBGGpm/Vko"
    "kzmuVcS82tv/hKvapTIkDU4dKLLQSB2t07JGVXyo/hgJKBdzCznm7jeP/MhbGf/ckWqbmRprZtSpx7q19eejciEBFC56QQjBXVc7FSieB+RurqB7QsKry6Mw"
    "6ZVUtGVhZbtMDbK2OToH7KV1xRqTxOFb2w90eQlEfj7+NMZ8qJVLUw5WogobbYTUXtG806pY7AbxhO5YV6qoGeHMqaJvTijWuXfTORbbmJbSUtGvp2Lih8sN"
    "OEzHW/5T9Oki0C3QpIHAQuLTBrSzwYk3HldbJeAAWhZM9p3Ql25NW+R2gG6mvmCE5xq09axcGxIDAgMBAAE=")
OAEP = (
    "8f71391b8e3a079a51d015e86e0572aca134e5af782000545da1cbbb4cdfaf836542cad19bbc6aca73367dff9cd1e33631260d390b6d83882f82606e"
    "28abd2d8aa229ec1d93b4cf16599dfadd2178029360ef5a3bea6a136cd437f59289d334f20e7bae91ecca18b7e4fa5e3613e489ec806a52bc4727333"
    "bd7ebd5bcc7568f697d4013d0f6f54caf1baf36791fd21f8ce84643031ffe474901920eb4f592ffa306a979edfd6c287ee5b1fb0005a21d840372c60"
    "a649a1702fbc46489211700e8262bb1a2f54fd38da6a07e15850405a277705a66e7088b98bfaee8b2b51992797d5e5712147b756367170b6fde26c3f"
    "b5988ee07f916d189a3a18cdc0f3b1affe63538cbc187d4bfdcf5149b4d26bb207a1495d51a2ee1c2415f4a0d6434d50953ff2fe8480d276491ca146"
    "8e86c2318e94087e984444b04e7b804cb1f62c66573e82fa6800ac3a42ce0d8e5909f3dfba024a40c51b21b5455836a9244eeba25157e24676e1a317"
    "d1af9bf4773913ec3ba6ed1df50d3810eb98bcd290757daa")
PSS = (
    "22915cfa1d7dd30f50b4c0e4cee42c5f0aa1b7a6644f8a11e611b2db042b122af8211ffc1dc220b435d8919cf64d715b54ff8a762f702b365cbdab45"
    "5509b97d9b310011467d4186647b957e2efa404aed3b84840529bdef7746348385a1c6a2ecdb88d1cc2b40b36c346386739c39d2815938e463a35348"
    "426f17d32d633b873d6124d8b49a726743af7c0e56d63394155b63089c63ed8897f8af2a2260d33499afab11c911faa754ced5acdac2de571f39c276"
    "8716e4308244a99d1e65da7061d2feb8ec8b4e517bd5e19cac626698479ab2019257cf83ad7b641db2345b38006d63f84b41772b90037778389cc30e"
    "d6aba6af212d9326792af746d7bca9211fa344fdc2798a490aed3a2840620c2a85e3d9b9c38f2330072663e16dd26bc414c7d68f6b11d2cd3e0387c1"
    "834c5e2262a9e2dc1bf7c0108b4e2052566c7a941ef6b38c8687fd7abe6add2b745c2c2d680ae3e5646ce2e717ef9899c7f3fb1e3088e8c0587d8654"
    "6f752771819595a7a3d422820ceaa12e3ee671a456dac673")


def pem(label, text):
    lines = [text[start:start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def der(tag, *parts):
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(size)]) + size + content


def der_number(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def ec_algorithm(curve):
    name = next(oid for oid, known in keys.CURVES.items() if known is curve)
    return der(0x30, der(6, keys.EC_PUBLIC_KEY), der(6, name))


def ec_public(curve, point):
    """SubjectPublicKeyInfo in DER; point may be encoded already."""
    encoded = point if isinstance(point, bytes) else curve.encode_point(point)
    return der(0x30, ec_algorithm(curve), der(3, b"\0" + encoded))


def ec_private(number, curve=crypto.P256):
    """PKCS#8 in PEM."""
    key = der(0x30, der_number(1), der(4, number.to_bytes(curve.size, "big")))
    return pem("PRIVATE KEY", base64.b64encode(der(0x30, der_number(0), ec_algorithm(curve), der(4, key))).decode())


class HashTests(unittest.TestCase):
    def test_hkdf(self):
        # RFC 5869, A.1 to A.3.
        known = [
            (b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
             "34007208d5b887185865"),
            (bytes(range(0x50)), bytes(range(0x60, 0xB0)), bytes(range(0xB0, 0x100)), "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a0"
             "50cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"),
            (b"\x0b" * 22, b"", b"", "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")]
        for ikm, salt, info, okm in known:
            self.assertEqual(okm, crypto.hkdf(ikm, salt, info, len(okm) // 2).hex())
        self.assertEqual("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
                         crypto.hkdf_extract(bytes(range(13)), b"\x0b" * 22).hex())

    def test_pbkdf2(self):
        # The inputs of RFC 6070 with SHA-512, as commonly published.
        known = {1: "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252",
                 2: "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53c",
                 4096: "d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5"}
        for rounds, key in known.items():
            self.assertEqual(key, crypto.pbkdf2_sha512(b"password", b"salt", rounds).hex(), rounds)


class AeadTests(unittest.TestCase):
    def test_aes_block(self):
        # FIPS 197, C.1 and C.3; two blocks at once.
        plain = h("00112233445566778899aabbccddeeff")
        for size, expected in ((16, "69c4e0d86a7b0430d8cdb78070b4c55a"), (32, "8ea2b7ca516745bfeafc49904b496089")):
            found = crypto.aes_encrypt_blocks(crypto.aes_expand_key(bytes(range(size))), [bytes([byte]) * 2 for byte in plain], 2)
            self.assertEqual(2 * expected, found.hex())

    def test_aes_256_gcm(self):
        # McGrew and Viega, The Galois/Counter Mode of Operation, test cases 13 to 16.
        key, nonce = h("feffe9928665731c6d6a8f9467308308" * 2), h("cafebabefacedbaddecaf888")
        plain = h("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
                  "b16aedf5aa0de657ba637b391aafd255")
        sealed = ("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
                  "c5f61e6393ba7a0abcc9f662")
        known = [(bytes(32), bytes(12), b"", b"", "530f8afbc74536b9a963b4f1c4cb738b"),
                 (bytes(32), bytes(12), bytes(16), b"", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
                 (key, nonce, plain, b"", sealed + "898015adb094dac5d93471bdec1a502270e3cc6c"),
                 (key, nonce, plain[:60], h("feedfacedeadbeeffeedfacedeadbeefabaddad2"), sealed + "76fc6ece0f4e1768cddf8853bb2d551b")]
        for key, nonce, plain, associated, sealed in known:
            self.check_aead(crypto.AesGcm(key), nonce, plain, associated, h(sealed))

    def test_chacha20_poly1305(self):
        # RFC 8439, 2.3.2, 2.5.2 and 2.8.2.
        self.assertEqual("10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2"
                         "b5129cd1de164eb9cbd083e8a2503c4e", crypto.chacha20(bytes(range(32)), h("000000090000004a00000000"), 1, 1).hex())
        self.assertEqual("a8061dc1305136c6c22b8baf0c0127a9", crypto.poly1305(
            h("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b"), b"Cryptographic Forum Research Group").hex())
        plain = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.")
        self.check_aead(crypto.ChaCha20Poly1305(bytes(range(0x80, 0xA0))), h("070000004041424344454647"), plain,
                        h("50515253c0c1c2c3c4c5c6c7"),
                        h("d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
                          "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                          "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"))

    def check_aead(self, cipher, nonce, plain, associated, sealed):
        self.assertEqual(sealed.hex(), cipher.seal(nonce, plain, associated).hex())
        self.assertEqual(plain, cipher.open(nonce, sealed, associated))
        wrong = [(nonce, sealed[:i] + bytes([sealed[i] ^ 1]) + sealed[i + 1:], associated) for i in range(len(sealed))]
        wrong += [(bytes(11) + b"\7", sealed, associated), (nonce, sealed, associated + b"\0"), (nonce, sealed[:-1], associated),
                  (nonce, b"", associated)]
        for arguments in wrong:
            with self.assertRaises(CryptoError):
                cipher.open(*arguments)

    def test_many_blocks_equal_one_by_one(self):
        # The block counter has carries that the short vectors do not reach.
        plain = bytes(i % 251 for i in range(70_000))
        cipher = crypto.AesGcm(bytes(range(32)))
        stream = cipher.key_stream(bytes(12), len(plain))[1]
        for block in (0, 253, 254, 255, 4374):
            counter = (block + 2).to_bytes(4, "big")
            state = [b"\0"] * 12 + [counter[i:i + 1] for i in range(4)]
            expected = crypto.aes_encrypt_blocks(cipher.round_keys, state, 1)
            self.assertEqual(expected, stream[16 * block:16 * block + 16], block)
        for cipher in (cipher, crypto.ChaCha20Poly1305(bytes(range(32)))):
            self.assertEqual(plain, cipher.open(bytes(12), cipher.seal(bytes(12), plain, b"a"), b"a"))
        blocks = b"".join(crypto.chacha20(bytes(32), bytes(12), i, 1) for i in range(300))
        self.assertEqual(blocks, crypto.chacha20(bytes(32), bytes(12), 0, 300))


class CurveTests(unittest.TestCase):
    # RFC 6979, A.2.5 and A.2.6.
    P256_POINT = ("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                  "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299")
    P256_SAMPLE = ("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                   "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")
    P256_TEST = ("f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
                 "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083")
    P384_POINT = ("ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13"
                  "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720")
    P384_SAMPLE = ("94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46"
                   "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8")

    def test_ecdsa(self):
        for curve, point, message, signature in ((crypto.P256, self.P256_POINT, b"sample", self.P256_SAMPLE),
                                                 (crypto.P256, self.P256_POINT, b"test", self.P256_TEST),
                                                 (crypto.P384, self.P384_POINT, b"sample", self.P384_SAMPLE)):
            key = keys.public_key(ec_public(curve, b"\4" + h(point)))
            signature = h(signature)
            self.assertTrue(key.verify(message, signature))
            self.assertFalse(key.verify(message + b".", signature))
            order = curve.order.to_bytes(curve.size, "big")
            wrong = [signature[:-1], signature + b"\0", bytes(len(signature)), bytes(curve.size) + signature[curve.size:],
                     signature[:curve.size] + bytes(curve.size), order + signature[curve.size:], signature[:curve.size] + order,
                     signature[curve.size:] + signature[:curve.size], b""]
            for item in wrong:
                self.assertFalse(key.verify(message, item))

    def test_multiplication(self):
        number = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
        self.assertEqual(self.P256_POINT, crypto.P256.encode_point(crypto.P256.multiply(number))[1:].hex())
        number = 0x6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5
        self.assertEqual(self.P384_POINT, crypto.P384.encode_point(crypto.P384.multiply(number))[1:].hex())
        for curve in (crypto.P256, crypto.P384):
            self.assertIsNone(curve.multiply(curve.order))
            minus = curve.multiply(curve.order - 1)
            self.assertEqual((curve.generator[0], curve.p - curve.generator[1]), minus)
            self.assertIsNone(curve.sum_of_products((1, curve.generator), (1, minus)))
            self.assertEqual(curve.multiply(5), curve.sum_of_products((2, curve.generator), (3, curve.generator)))
            self.assertEqual(curve.multiply(7), curve.sum_of_products((1, curve.multiply(2)), (1, curve.multiply(5))))

    def test_points_that_are_refused(self):
        good = h("04" + self.P256_POINT)
        x = int.from_bytes(good[1:33], "big")
        wrong = [good[:-1], good + b"\0", b"\2" + good[1:33], b"\0", b"", b"\5" + good[1:], good[:-1] + bytes([good[-1] ^ 1]),
                 bytes(65), b"\4" + bytes(64), h("04" + self.P384_POINT), b"\4" + crypto.P256.p.to_bytes(32, "big") + good[33:]]
        wrong.append(b"\4" + (x + crypto.P256.p).to_bytes(33, "big")[-32:] + good[33:])
        for point in wrong:
            with self.assertRaises(CryptoError):
                crypto.P256.decode_point(point)


class HpkeTests(unittest.TestCase):
    INFO, PLAIN, ASSOCIATED = h("4f6465206f6e2061204772656369616e2055726e"), b"Beauty is truth, truth beauty", b"Count-0"
    # RFC 9180, A.3.1 and A.5.1, and of the same authors' test-vectors.json the suite of this format, all in base mode:
    # AEAD, its id and key length; skEm, pkRm, skRm, enc, ciphertext.
    KNOWN = [
        (crypto.AesGcm, 2, 32, "90345e3a1d116c1dd39ae76d95ab858c142223a63e44f8f85318cfa91a84858e",
         "04abc7e49a4c6b3566d77d0304addc6ed0e98512ffccf505e6a8e3eb25c685136f853148544876de76c0f2ef99cdc3a05ccf5ded7860c7c021238f9e2073d2356c",
         "317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2",
         "04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e0b21bd31a86c6048af3cb2d98e0d3bf01da5cc4c39ff5370d331a4f1f7d5a4e0",
         "58c61a45059d0c5704560e9d88b564a8b63f1364b8d1fcb3c4c6ddc1d291742465e902cd216f8908da49f8f96f"),
        (crypto.AesGcm, 1, 16, "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb",
         "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0",
         "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
         "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4",
         "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434"),
        (crypto.ChaCha20Poly1305, 3, 32, "7550253e1147aae48839c1f8af80d2770fb7a4c763afe7d0afa7e0f42a5b3689",
         "04a697bffde9405c992883c5c439d6cc358170b51af72812333b015621dc0f40bad9bb726f68a5c013806a790ec716ab8669f84f6b694596c2987cf35baba2a006",
         "a4d1c55836aa30f9b3fbb6ac98d338c877c2867dd3a77396d13f68d3ab150d3b",
         "04c07836a0206e04e31d8ae99bfd549380b072a1b1b82e563c935c095827824fc1559eac6fb9e3c70cd3193968994e7fe9781aa103f5b50e934b5b2f387e381291",
         "6469c41c5c81d3aa85432531ecf6460ec945bde1eb428cb2fedf7a29f5a685b4ccb0d057f03ea2952a27bb458b")]

    def test_base_mode(self):
        for aead, number, length, ephemeral, public, private, encapsulated, sealed in self.KNOWN:
            more = {"aead": aead, "aead_id": number.to_bytes(2, "big"), "key_length": length}
            ephemeral, private = int(ephemeral, 16), int(private, 16)
            found = crypto.hpke_seal(ephemeral, crypto.P256.decode_point(h(public)), self.PLAIN, self.INFO, self.ASSOCIATED, **more)
            self.assertEqual((encapsulated, sealed), (found[0].hex(), found[1].hex()))
            self.assertEqual(self.PLAIN, crypto.hpke_open(private, h(encapsulated), h(sealed), self.INFO, self.ASSOCIATED, **more))
            for number, enc, info in ((private + 1, encapsulated, self.INFO), (private, public, self.INFO), (private, encapsulated, b""),
                                      (private, encapsulated[:-2] + "00", self.INFO)):
                with self.assertRaises(CryptoError):
                    crypto.hpke_open(number, h(enc), h(sealed), info, self.ASSOCIATED, **more)


class RsaTests(unittest.TestCase):
    def test_oaep(self):
        key = keys.private_key(pem("PRIVATE KEY", RSA_PRIVATE))
        self.assertEqual(3072, key.modulus.bit_length())
        self.assertEqual(b"Test", crypto.rsa_oaep_open(key.modulus, key.exponent, h(OAEP)))
        for sealed in (h(OAEP)[:-1], bytes([h(OAEP)[0] ^ 1]) + h(OAEP)[1:], bytes(384), b"\xff" * 384, b"\0" + h(OAEP)):
            with self.assertRaises(CryptoError):
                crypto.rsa_oaep_open(key.modulus, key.exponent, sealed)

    def test_pss(self):
        key = keys.trusted(pem("PUBLIC KEY", RSA_PUBLIC))
        self.assertTrue(key.verify(b"Test", h(PSS)))
        for message, signature in ((b"test", h(PSS)), (b"Test", h(PSS)[:-1]), (b"Test", b"\0" + h(PSS)), (b"Test", bytes(384)),
                                   (b"Test", h(PSS)[:-1] + b"\0"), (b"Test", b"\xff" * 384)):
            self.assertFalse(key.verify(message, signature))

    def test_short_keys_do_not_count(self):
        short = der(0x30, der(0x30, der(6, keys.RSA_ENCRYPTION), der(5)), der(3, b"\0" + der(0x30, der_number(5 << 2040), der_number(3))))
        self.assertFalse(keys.public_key(short).verify(b"Test", bytes(256)))


class KeyTests(unittest.TestCase):
    def test_forms_of_private_keys(self):
        number = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
        self.assertEqual(keys.P256Key(number), keys.private_key(ec_private(number)))
        curve = der(0xA0, der(6, h("2A8648CE3D030107")))
        old = der(0x30, der_number(1), der(4, number.to_bytes(32, "big")), curve)
        self.assertEqual(keys.P256Key(number), keys.private_key(pem("EC PRIVATE KEY", base64.b64encode(old).decode())))
        content = keys.Der(base64.b64decode(RSA_PRIVATE)).sequence()
        content.number()
        content.sequence()
        old = base64.b64encode(content.next(4)).decode()
        self.assertEqual(keys.private_key(pem("PRIVATE KEY", RSA_PRIVATE)), keys.private_key(pem("RSA PRIVATE KEY", old)))

    def test_key_id(self):
        key = keys.trusted(pem("PUBLIC KEY", RSA_PUBLIC))
        self.assertEqual(hashlib.sha256(base64.b64decode(RSA_PUBLIC)).digest()[:16], key.key_id)

    def test_refusals(self):
        public = base64.b64decode(RSA_PUBLIC)
        point = crypto.P256.encode_point(crypto.P256.generator)
        for text in ("", "-----BEGIN PUBLIC KEY-----\n???\n-----END PUBLIC KEY-----", pem("PRIVATE KEY", RSA_PRIVATE), pem("PUBLIC KEY", "")):
            with self.assertRaises(CryptoError):
                keys.trusted(text)
        for content in (public[:-1], public + b"\0", b"", b"\x30\x80", b"\x30\x81\x05" + bytes(5), b"\x30\x85" + bytes(9),
                        ec_public(crypto.P256, point[:-1] + b"\0"), ec_public(crypto.P384, point), ec_public(crypto.P256, b"\2" + point[1:33])):
            with self.assertRaises(CryptoError):
                keys.public_key(content)
        for text in (pem("PUBLIC KEY", RSA_PUBLIC), ec_private(0), ec_private(crypto.P256.order), ec_private(5, crypto.P384),
                     pem("PRIVATE KEY", RSA_PUBLIC)):
            with self.assertRaises(CryptoError):
                keys.private_key(text)
        with self.assertRaises(CryptoError):
            keys.from_vector({"type": "rsa", "value": ec_private(5)})


if __name__ == "__main__":
    unittest.main()
