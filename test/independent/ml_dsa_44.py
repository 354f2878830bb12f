"""
Section 1.3: ML-DSA-44 as FIPS 204 defines it, verification alone, over Python's integers and hashlib's SHAKE. The numbers
of algorithms and tables are those of FIPS 204 (August 2024). All of it is public, so time may leak.
"""

import hashlib
from functools import lru_cache

# Table 1, ML-DSA-44.
Q = 8380417
D = 13
TAU = 39
GAMMA1 = 1 << 17
GAMMA2 = (Q - 1) // 88
K, L = 4, 4
BETA = 78
OMEGA = 80
# Table 2.
PUBLIC_KEY_BYTES, SIGNATURE_BYTES, CHALLENGE_BYTES = 1312, 2420, 32
Z_BITS = 18  # 1 + bitlen(GAMMA1 - 1)
W1_BITS = 6  # bitlen((Q - 1) / (2 GAMMA2) - 1)


@lru_cache(maxsize=None)
def is_signature(key, message, signature):
    """Algorithm 3 (ML-DSA.Verify) with an empty context, and Algorithm 8 (ML-DSA.Verify_internal)."""
    if len(key) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    matrix, t1 = _public_key(key)
    challenge, z, hint = _decode_signature(signature)
    if hint is None or any(abs(coefficient) >= GAMMA1 - BETA for row in z for coefficient in row):
        return False
    representative = _shake256(_shake256(key, 64) + b"\x00\x00" + message, 64)  # Domain 0, a context of no bytes.
    c = _ntt(_sample_in_ball(challenge))
    z_hat = [_ntt(row) for row in z]
    w1 = b""
    for row in range(K):
        total = [0] * 256
        for column in range(L):
            total = [a + b for a, b in zip(total, _multiply(matrix[row][column], z_hat[column]))]
        total = [(a - b) % Q for a, b in zip(total, _multiply(c, t1[row]))]
        used = [_use_hint(h, r) for h, r in zip(hint[row], _inverse_ntt(total))]
        w1 += _pack(used, W1_BITS)
    return challenge == _shake256(representative + w1, CHALLENGE_BYTES)


@lru_cache(maxsize=64)
def _public_key(key):
    """Algorithm 23 (pkDecode) and Algorithm 32 (ExpandA): the matrix, and t1 * 2^d, both as NTT has them."""
    rho = key[:32]
    matrix = [[_rej_ntt_poly(rho + bytes([s, r])) for s in range(L)] for r in range(K)]
    rows = [_unpack(key[32 + 320 * i : 32 + 320 * (i + 1)], 10) for i in range(K)]
    return matrix, [_ntt([coefficient << D for coefficient in row]) for row in rows]


def _decode_signature(signature):
    """Algorithm 27 (sigDecode): c~, z, and the hint or None."""
    challenge, rest = signature[:CHALLENGE_BYTES], signature[CHALLENGE_BYTES:]
    size = 32 * Z_BITS
    z = [[GAMMA1 - n for n in _unpack(rest[size * i : size * (i + 1)], Z_BITS)] for i in range(L)]
    return challenge, z, _unpack_hint(rest[size * L :])


def _unpack_hint(y):
    """Algorithm 21 (HintBitUnpack): None unless it is the hint's one encoding."""
    hint, index = [[0] * 256 for _ in range(K)], 0
    for i in range(K):
        end = y[OMEGA + i]
        if end < index or end > OMEGA:
            return None
        for at in range(index, end):
            if at > index and y[at - 1] >= y[at]:
                return None
            hint[i][y[at]] = 1
        index = end
    return None if any(y[index:OMEGA]) else hint


def _sample_in_ball(seed):
    """Algorithm 29."""
    stream = hashlib.shake_256(seed).digest(2048)
    signs, at = int.from_bytes(stream[:8], "little"), 8
    c = [0] * 256
    for i in range(256 - TAU, 256):
        while stream[at] > i:
            at += 1
        j = stream[at]
        at += 1
        c[i] = c[j]
        c[j] = -1 if signs & 1 else 1
        signs >>= 1
    return c


def _rej_ntt_poly(seed):
    """Algorithm 30, with Algorithm 14 (CoeffFromThreeBytes)."""
    coefficients, length = [], 1024
    while len(coefficients) < 256:
        stream = hashlib.shake_128(seed).digest(length)
        numbers = (int.from_bytes(stream[i : i + 3], "little") & 0x7FFFFF for i in range(0, length - 2, 3))
        coefficients = [number for number in numbers if number < Q][:256]
        length *= 2
    return coefficients


def _decompose(r):
    """Algorithm 36: r = r1 * 2 GAMMA2 + r0."""
    r0 = r % (2 * GAMMA2)
    if r0 > GAMMA2:
        r0 -= 2 * GAMMA2
    return (0, r0 - 1) if r - r0 == Q - 1 else ((r - r0) // (2 * GAMMA2), r0)


def _use_hint(h, r):
    """Algorithm 40."""
    m = (Q - 1) // (2 * GAMMA2)
    r1, r0 = _decompose(r)
    return r1 if h == 0 else (r1 + 1) % m if r0 > 0 else (r1 - 1) % m


# Section 7.5: zeta = 1753, its powers in the order of the reversed bits of their exponents (Appendix B).
ZETAS = [pow(1753, int(f"{k:08b}"[::-1], 2), Q) for k in range(256)]


def _ntt(w):
    """Algorithm 41."""
    w, k, length = list(w), 0, 128
    while length >= 1:
        for start in range(0, 256, 2 * length):
            k += 1
            zeta = ZETAS[k]
            for j in range(start, start + length):
                t = zeta * w[j + length] % Q
                w[j + length] = (w[j] - t) % Q
                w[j] = (w[j] + t) % Q
        length //= 2
    return w


def _inverse_ntt(w):
    """Algorithm 42."""
    w, k, length = list(w), 256, 1
    while length < 256:
        for start in range(0, 256, 2 * length):
            k -= 1
            zeta = -ZETAS[k]
            for j in range(start, start + length):
                t = w[j]
                w[j] = (t + w[j + length]) % Q
                w[j + length] = zeta * (t - w[j + length]) % Q
        length *= 2
    return [8347681 * coefficient % Q for coefficient in w]  # 256^-1


def _multiply(a, b):
    """Algorithm 45."""
    return [x * y % Q for x, y in zip(a, b)]


def _pack(numbers, bits):
    """Algorithm 16 (SimpleBitPack)."""
    value = sum(number << bits * i for i, number in enumerate(numbers))
    return value.to_bytes(len(numbers) * bits // 8, "little")


def _unpack(data, bits):
    """Algorithm 18 (SimpleBitUnpack)."""
    value, mask = int.from_bytes(data, "little"), (1 << bits) - 1
    return [value >> bits * i & mask for i in range(256)]


def _shake256(data, length):
    return hashlib.shake_256(data).digest(length)
