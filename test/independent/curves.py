"""
ECDSA (FIPS 186-5) on P-256, P-384 and P-521, RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.2) and RSASSA-PSS (8.1.2), by plain
arithmetic.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Curve:
    """y^2 = x^3 - 3x + b over the field of `p`, with a base point of order `n`."""

    p: int
    b: int
    n: int
    base: tuple
    size: int  # Bytes of a coordinate.


P256 = Curve(
    p=2**256 - 2**224 + 2**192 + 2**96 - 1,
    b=0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    n=0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    base=(
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
    size=32,
)
P384 = Curve(
    p=2**384 - 2**128 - 2**96 + 2**32 - 1,
    b=0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    n=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    base=(
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
    ),
    size=48,
)

P521 = Curve(
    p=2**521 - 1,
    b=0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
    n=0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409,
    base=(
        0x00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D3DBAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5BD66,
        0x011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E662C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD16650,
    ),
    size=66,
)


def decode_point(curve, data):
    """The point of an uncompressed encoding; None where there is none."""
    if len(data) != 1 + 2 * curve.size or data[0] != 4:
        return None
    x, y = (int.from_bytes(data[i : i + curve.size], "big") for i in (1, 1 + curve.size))
    on_curve = x < curve.p and y < curve.p and (y * y - (x * x * x - 3 * x + curve.b)) % curve.p == 0
    return (x, y) if on_curve else None


def encode_point(curve, point):
    return b"\x04" + b"".join(coordinate.to_bytes(curve.size, "big") for coordinate in point)


# Points are (X, Y, Z) with x = X/Z^2 and y = Y/Z^3; Z = 0 is the point at infinity.
INFINITY = (1, 1, 0)


def _double(p, point):
    x, y, z = point
    if z == 0 or y == 0:
        return INFINITY
    zz, yy = z * z % p, y * y % p
    s, m = 4 * x * yy % p, 3 * (x - zz) * (x + zz) % p
    x3 = (m * m - 2 * s) % p
    return x3, (m * (s - x3) - 8 * yy * yy) % p, 2 * y * z % p


def _add(p, left, right):
    (x1, y1, z1), (x2, y2, z2) = left, right
    if z1 == 0 or z2 == 0:
        return right if z1 == 0 else left
    zz1, zz2 = z1 * z1 % p, z2 * z2 % p
    u1, u2 = x1 * zz2 % p, x2 * zz1 % p
    s1, s2 = y1 * zz2 * z2 % p, y2 * zz1 * z1 % p
    if u1 == u2:
        return _double(p, left) if s1 == s2 else INFINITY
    h, r = (u2 - u1) % p, (s2 - s1) % p
    hh = h * h % p
    hhh, v = hh * h % p, u1 * hh % p
    x3 = (r * r - hhh - 2 * v) % p
    return x3, (r * (v - x3) - s1 * hhh) % p, h * z1 * z2 % p


def combine(curve, u1, u2, point):
    """u1 times the base point and u2 times `point`: an affine point, or None at infinity."""
    base, other = (*curve.base, 1), (*point, 1)
    table = (None, base, other, _add(curve.p, base, other))
    total = INFINITY
    for bit in range(max(u1.bit_length(), u2.bit_length()) - 1, -1, -1):
        total = _double(curve.p, total)
        which = (u1 >> bit & 1) | (u2 >> bit & 1) << 1
        total = _add(curve.p, total, table[which]) if which else total
    x, y, z = total
    if z == 0:
        return None
    inverse = pow(z, -1, curve.p)
    return x * inverse**2 % curve.p, y * inverse**3 % curve.p


def truncated(curve, digest):
    """The leftmost bits of the digest, as many as the order has; both are whole bytes here."""
    return int.from_bytes(digest[: curve.size], "big")


@lru_cache(maxsize=None)
def is_ecdsa_signature(curve, point, digest, r, s):
    if not (0 < r < curve.n and 0 < s < curve.n):
        return False
    inverse = pow(s, -1, curve.n)
    sum_ = combine(curve, truncated(curve, digest) * inverse % curve.n, r * inverse % curve.n, point)
    return sum_ is not None and sum_[0] % curve.n == r


def ecdsa_sign(curve, secret, digest, nonce):
    """(r, s); `nonce` need not be secret in a test."""
    r = combine(curve, nonce % curve.n, 0, curve.base)[0] % curve.n
    return r, pow(nonce, -1, curve.n) * (truncated(curve, digest) + r * secret) % curve.n


# DigestInfo of RFC 8017, 9.2, up to the digest.
DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


def rsa_encoded(hash_name, message, size):
    """EMSA-PKCS1-v1_5 of a message, `size` bytes."""
    info = DIGEST_INFO[hash_name] + hashlib.new(hash_name, message).digest()
    return b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info


@lru_cache(maxsize=None)
def is_rsa_signature(modulus, exponent, hash_name, message, signature):
    size = (modulus.bit_length() + 7) // 8
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= modulus:
        return False
    return pow(number, exponent, modulus).to_bytes(size, "big") == rsa_encoded(hash_name, message, size)


def mask(hash_name, seed, size):
    """MGF1 (RFC 8017, B.2.1)."""
    out = b""
    while len(out) < size:
        out += hashlib.new(hash_name, seed + (len(out) // hashlib.new(hash_name).digest_size).to_bytes(4, "big")).digest()
    return out[:size]


@lru_cache(maxsize=None)
def is_pss_signature(modulus, exponent, hash_name, salt_size, message, signature):
    """RFC 8017, 8.1.2 and 9.1.2, MGF1 with the same hash, trailer 0xBC."""
    size, number = (modulus.bit_length() + 7) // 8, int.from_bytes(signature, "big")
    if len(signature) != size or number >= modulus:
        return False
    bits = modulus.bit_length() - 1
    encoded_size, hash_size = (bits + 7) // 8, hashlib.new(hash_name).digest_size
    opened = pow(number, exponent, modulus)
    if opened >> bits or encoded_size < hash_size + salt_size + 2:
        return False
    encoded = opened.to_bytes(encoded_size, "big")
    masked, digest = encoded[: encoded_size - hash_size - 1], encoded[encoded_size - hash_size - 1 : -1]
    block = bytes(a ^ b for a, b in zip(masked, mask(hash_name, digest, len(masked))))
    block = bytes([block[0] & 0xFF >> (8 * encoded_size - bits)]) + block[1:]
    padding, salt = block[: len(block) - salt_size], block[len(block) - salt_size :]
    if encoded[-1] != 0xBC or padding != bytes(len(padding) - 1) + b"\1":
        return False
    inner = hashlib.new(hash_name, bytes(8) + hashlib.new(hash_name, message).digest() + salt).digest()
    return inner == digest


RSA_EXPONENT = 65537


def rsa_sign(p, q, hash_name, message):
    """With the public exponent 65537; modulo each prime, and put together (RFC 8017, 5.2.1)."""
    size = ((p * q).bit_length() + 7) // 8
    number = int.from_bytes(rsa_encoded(hash_name, message, size), "big")
    of_p, of_q = (pow(number, pow(RSA_EXPONENT, -1, prime - 1), prime) for prime in (p, q))
    return (of_q + q * ((of_p - of_q) * pow(q, -1, p) % p)).to_bytes(size, "big")
