"""
Section 1.3: Ed25519 (RFC 8032) without the cofactor, over Python's integers. Only verification, so time may leak.
"""

import hashlib
from functools import lru_cache

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493  # The order of the group that B generates.
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)

# Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z (RFC 8032, 5.1.4).
NEUTRAL = (0, 1, 1, 0)


@lru_cache(maxsize=None)
def is_strong_key(key):
    """A key that may sign: canonical, on the curve, not of small order."""
    point = decode_point(key)
    return point is not None and not _is_neutral(_times(8, point))


@lru_cache(maxsize=None)
def is_signature(key, message, signature):
    """Whether the encoding of [S]B - [k]A equals the bytes of R. Whether `key` may sign at all is asked once, above."""
    public = decode_point(key)
    if public is None or len(signature) != 64:
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L
    return encode_point(_add(_times(s, BASE), _negate(_times(k, public)))) == r


@lru_cache(maxsize=None)
def decode_point(encoded):
    """RFC 8032, 5.1.3; None unless `encoded` is a point's one canonical encoding."""
    if len(encoded) != 32:
        return None
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    # x^2 = (y^2 - 1) / (d y^2 + 1), and a candidate for the root of u/v is u v^3 (u v^7)^((p-5)/8).
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * SQRT_MINUS_1 % P
    if v * x * x % P != u:
        return None
    if x == 0 and sign == 1:
        return None
    if x % 2 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def encode_point(point):
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _add(p, q):
    """RFC 8032, 5.1.4: complete, so it takes every pair of points."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _double(p):
    """RFC 8032, 5.1.4: what _add(p, p) gives, in fewer steps."""
    a, b, c = p[0] * p[0] % P, p[1] * p[1] % P, 2 * p[2] * p[2] % P
    h, g = a + b, a - b
    e, f = h - (p[0] + p[1]) ** 2, c + g
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _negate(p):
    return (P - p[0], p[1], p[2], P - p[3])


def _times(scalar, point):
    """[scalar]point, four bits at a time."""
    multiples = [NEUTRAL]
    for _ in range(15):
        multiples.append(_add(multiples[-1], point))
    result = NEUTRAL
    for shift in range(scalar.bit_length() // 4 * 4, -1, -4):
        for _ in range(4):
            result = _double(result)
        result = _add(result, multiples[scalar >> shift & 15])
    return result


def _is_neutral(p):
    return p[0] % P == 0 and (p[1] - p[2]) % P == 0


BASE = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
