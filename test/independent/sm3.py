"""
SM3 (GB/T 32905-2016), in the standard's own letters. Python's hashlib has it only where OpenSSL does.
"""

import struct

IV = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
MASK = 0xFFFFFFFF


def sm3(message):
    """The 32 bytes of the digest of `message`."""
    # 5.2, padding: a 1 bit, zeros, and the length in bits as 64 bits.
    padded = message + b"\x80" + b"\x00" * (-(len(message) + 9) % 64) + struct.pack(">Q", 8 * len(message))
    state = IV
    for start in range(0, len(padded), 64):
        state = _compress(state, padded[start : start + 64])
    return struct.pack(">8I", *state)


def _rotate(x, n):
    n %= 32
    return ((x << n) | (x >> (32 - n))) & MASK


def _p0(x):
    return x ^ _rotate(x, 9) ^ _rotate(x, 17)


def _p1(x):
    return x ^ _rotate(x, 15) ^ _rotate(x, 23)


def _compress(state, block):
    # 5.3.2, expansion: 68 words W, and W'[j] = W[j] ^ W[j + 4].
    w = list(struct.unpack(">16I", block))
    for j in range(16, 68):
        w.append(_p1(w[j - 16] ^ w[j - 9] ^ _rotate(w[j - 3], 15)) ^ _rotate(w[j - 13], 7) ^ w[j - 6])
    # 5.3.3, compression.
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        t = 0x79CC4519 if j < 16 else 0x7A879D8A
        ss1 = _rotate((_rotate(a, 12) + e + _rotate(t, j)) & MASK, 7)
        ss2 = ss1 ^ _rotate(a, 12)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & MASK & g)
        tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & MASK
        tt2 = (gg + h + ss1 + w[j]) & MASK
        a, b, c, d, e, f, g, h = tt1, a, _rotate(b, 9), c, _p0(tt2), e, _rotate(f, 19), g
    return tuple(x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h)))
