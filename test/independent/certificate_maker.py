"""
What forged_certificates.py forges with: a certificate's file taken apart and put together again, and X.509
certificates, signatures and tokens made with the private keys of the samples, true or false as they are asked for.
"""

import base64
import hashlib
import json
import re
from pathlib import Path
from types import SimpleNamespace

import certificate
import cms
import curves
import der
import x509

# --- The file -------------------------------------------------------------------------------------------------------


class Document:
    """The objects of a file in their order, each with its bytes; what is not changed comes out as it was."""

    def __init__(self, data):
        pdf = certificate.PdfFile(data)
        starts = sorted((offset, number) for number, offset in enumerate(pdf.offsets) if offset is not None)
        table = data.rindex(b"\nxref\n") + 1
        ends = [offset for offset, _ in starts[1:]] + [table]
        self.header = data[: starts[0][0]]
        self.objects = [[number, data[offset:end]] for (offset, number), end in zip(starts, ends)]
        self.trailer = data[data.rindex(b"trailer\n") : data.rindex(b"startxref\n")]
        self.entries = {}  # number -> an entry that is not what it should be
        self.references = {number: self.body(number) for number, _ in self.objects}

    def body(self, number):
        return next(body for each, body in self.objects if each == number)

    def holding(self, text):
        """The number of the first object with this text."""
        return next(number for number, body in self.objects if text in body)

    def replace(self, number, old, new):
        """Once, in the object of this number."""
        for each in self.objects:
            if each[0] == number:
                if old not in each[1]:
                    raise ValueError(f"object {number} has no {old}")
                each[1] = each[1].replace(old, new, 1)

    def set_stream(self, number, data):
        head = self.body(number).split(b"stream\n", 1)[0]
        head = re.sub(rb"/Length [0-9]+", b"/Length %d" % len(data), head)
        head = re.sub(rb"/Size [0-9]+", b"/Size %d" % len(data), head)
        head = re.sub(rb"/CheckSum <[0-9a-f]+>", b"/CheckSum <%s>" % hashlib.md5(data).hexdigest().encode(), head)
        self.objects = [
            [each, head + b"stream\n" + data + b"\nendstream\nendobj\n" if each == number else body]
            for each, body in self.objects
        ]

    def stream(self, number):
        body = self.body(number)
        start = body.index(b"stream\n") + 7
        return body[start : body.rindex(b"\nendstream\n")]

    def build(self):
        out, offsets = bytearray(self.header), {}
        for number, body in self.objects:
            offsets[number] = len(out)
            out += body
        table, count = len(out), max(offsets) + 1
        out += b"xref\n0 %d\n0000000000 65535 f \n" % count
        for number in range(1, count):
            default = b"%010d 00000 n \n" % offsets.get(number, 0)
            entry = self.entries.get(number, default)
            out += entry(offsets) if callable(entry) else entry
        out += self.trailer + b"startxref\n%d\n%%%%EOF\n" % table
        return with_ranges(bytes(out))


HOLE = re.compile(rb"/ByteRange \[([0-9 ]*)\]( *)(\n/Contents )<([0-9a-f]*)>")


def hole_of(data):
    """Where `<` and what is behind `>` stand."""
    match = HOLE.search(data)
    return match.start(4) - 1, match.end(4) + 1


def with_ranges(data):
    """/ByteRange as it must be, in as many bytes as before."""
    match = HOLE.search(data)
    if match is None:
        return data
    a, b = hole_of(data)
    width = match.start(3) - match.start()
    text = (b"/ByteRange [0 %d %d %d]" % (a, b, len(data) - b)).ljust(width)
    return data[: match.start()] + text + data[match.start(3) :]


def cms_of(data):
    a, b = hole_of(data)
    contents = bytes.fromhex(data[a + 1 : b - 1].decode())
    return contents[: der.end_of(contents)]


def with_cms(data, signature):
    a, b = hole_of(data)
    digits = signature.hex().encode()
    if len(digits) > b - a - 2:
        raise ValueError("too long")
    return data[: a + 1] + digits.ljust(b - a - 2, b"0") + data[b - 1 :]


def digest_of(data):
    a, b = hole_of(data)
    return hashlib.sha256(data[:a] + data[b:]).digest()


# --- Keys -----------------------------------------------------------------------------------------------------------


class EcKey:
    def __init__(self, secret, curve=curves.P256):
        self.secret, self.curve = secret, curve
        self.is_high = False
        point = curves.combine(curve, secret, 0, curve.base)
        curve_oid = next(oid for oid, each in x509.CURVES.items() if each is curve)
        self.spki = der.sequence(
            der.sequence(der.encode_oid(x509.EC), der.encode_oid(curve_oid)),
            der.encode(der.BIT_STRING, b"\0" + curves.encode_point(curve, point)),
        )
        self.algorithm = der.sequence(der.encode_oid("1.2.840.10045.4.3.2"))
        self.certificate_algorithm = self.algorithm

    def sign(self, message, hash_name="sha256"):
        digest = hashlib.new(hash_name, message).digest()
        nonce = int.from_bytes(hashlib.sha512(self.secret.to_bytes(48, "big") + message).digest()[:31], "big")
        r, s = curves.ecdsa_sign(self.curve, self.secret, digest, nonce)
        s = min(s, self.curve.n - s)
        return der.sequence(der.encode_integer(r), der.encode_integer(self.curve.n - s if self.is_high else s))


class RsaKey:
    def __init__(self, n, e, p, q):
        self.primes = (p, q)
        key = der.sequence(der.encode_integer(n), der.encode_integer(e))
        assert e == curves.RSA_EXPONENT
        self.spki = der.sequence(
            der.sequence(der.encode_oid(x509.RSA), x509.NULL), der.encode(der.BIT_STRING, b"\0" + key)
        )
        self.algorithm = der.sequence(der.encode_oid(x509.RSA), x509.NULL)
        self.certificate_algorithm = der.sequence(der.encode_oid("1.2.840.113549.1.1.11"), x509.NULL)

    def sign(self, message, hash_name="sha256"):
        return curves.rsa_sign(*self.primes, hash_name, message)


def number(text):
    """Of a JWK."""
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


class Keys:
    """Of keys.json: who signs, who certifies, who stamps."""

    def __init__(self, folder):
        raw = json.loads((Path(folder) / "keys.json").read_text("utf-8"))
        self.root, self.root_key = bytes.fromhex(raw["root"]["certificate"]), EcKey(int(raw["root"]["secret"], 16))
        self.signers = {
            "rsa": (bytes.fromhex(raw["rsa"]["certificate"]), RsaKey(*(number(raw["rsa"][name]) for name in "nepq"))),
            "ec": (bytes.fromhex(raw["ec"]["certificate"]), EcKey(number(raw["ec"]["d"]))),
        }
        secret = raw["tsa"]["secretByte"]
        self.tsa_root, self.tsa = bytes.fromhex(raw["tsa"]["root"]), bytes.fromhex(raw["tsa"]["certificate"])
        self.tsa_root_key, self.tsa_key = (
            EcKey(int.from_bytes(bytes([byte]) * 32, "big")) for byte in (secret, secret + 1)
        )
        self.other_key = EcKey(0x1234567890ABCDEF)
        self.other_root = issue(self.other_key, self.other_key, "Another Root", "Another Root", authority())
        self.stranger_pem = raw["stranger"]["pem"]


def pem(data):
    text = base64.b64encode(data).decode()
    lines = "\n".join(text[i : i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


# --- X.509 ----------------------------------------------------------------------------------------------------------


def name(text):
    """DER of a common name; DER comes out as it is."""
    if isinstance(text, bytes):
        return text
    pair = der.sequence(der.encode_oid("2.5.4.3"), der.encode(der.UTF8_STRING, text.encode()))
    return der.sequence(der.set_of(pair))


TRUE = der.encode(der.BOOLEAN, b"\xff")


def extension(oid, value, critical=True):
    return der.sequence(der.encode_oid(oid), TRUE if critical else b"", der.encode(der.OCTET_STRING, value))


def key_usage(*numbers):
    bits = sum(0x8000 >> each for each in numbers)
    data = bits.to_bytes(2, "big").rstrip(b"\0")
    unused = (data[-1] & -data[-1]).bit_length() - 1 if data else 0
    return extension(x509.KEY_USAGE, der.encode(der.BIT_STRING, bytes([unused]) + data))


def basic_constraints(is_authority, length=None):
    content = (TRUE if is_authority else b"") + (b"" if length is None else der.encode_integer(length))
    return extension(x509.BASIC_CONSTRAINTS, der.sequence(content))


def purposes(*oids, critical=False):
    return extension(x509.EXTENDED_KEY_USAGE, der.sequence(*map(der.encode_oid, oids)), critical)


def authority(length=None):
    return [basic_constraints(True, length), key_usage(x509.KEY_CERT_SIGN)]


def issue(
    key,
    issuer_key,
    subject,
    issuer,
    extensions,
    serial=7,
    not_before=b"260101000000Z",
    not_after=b"360101000000Z",
    algorithm=None,
    hash_name="sha256",
):
    algorithm = algorithm or issuer_key.certificate_algorithm
    tbs = der.sequence(
        der.encode(0xA0, der.encode_integer(2)),
        der.encode_integer(serial),
        algorithm,
        name(issuer),
        der.sequence(
            *(
                der.encode(der.UTC_TIME if len(time) == 13 else der.GENERALIZED_TIME, time)
                for time in (not_before, not_after)
            )
        ),
        name(subject),
        getattr(key, "spki", key),
        der.encode(0xA3, der.sequence(*extensions)) if extensions else b"",
    )
    signature = issuer_key.sign(tbs, hash_name)
    return der.sequence(tbs, algorithm, der.encode(der.BIT_STRING, b"\0" + signature))


# --- Signatures and tokens ------------------------------------------------------------------------------------------


def attribute(oid, *values):
    return der.sequence(der.encode_oid(oid), der.set_of(*values))


def signing_parts(chain, key, digest):
    """The parts of a signature as they should be, for whoever wants them otherwise."""
    certificates = [x509.parse_certificate(each) for each in chain]
    return SimpleNamespace(
        version=1,
        digest_algorithms=[cms.SHA256],
        content=der.sequence(der.encode_oid(cms.DATA)),
        certificates=list(chain),
        is_sorted=True,
        signer_version=1,
        sid=der.sequence(certificates[0].issuer, der.encode_integer(certificates[0].serial)),
        digest_algorithm=cms.SHA256,
        attributes=[
            attribute(cms.CONTENT_TYPE, der.encode_oid(cms.DATA)),
            attribute(cms.MESSAGE_DIGEST, der.encode(der.OCTET_STRING, digest)),
            attribute(
                cms.SIGNING_CERTIFICATE_V2,
                der.sequence(der.sequence(*map(certificate.encode_certificate_id, certificates))),
            ),
        ],
        algorithm=key.algorithm,
        hash_name="sha256",
        key=key,
        signature=None,
        unsigned=lambda signature: [],
        crls=b"",
        more_signers=[],
    )


def encode_signed_data(parts):
    attributes = der.set_of(*parts.attributes)
    signature = parts.signature or parts.key.sign(attributes, parts.hash_name)
    unsigned = parts.unsigned(signature)
    signer = der.sequence(
        der.encode_integer(parts.signer_version),
        parts.sid,
        parts.digest_algorithm,
        der.set_of(*parts.attributes, tag=0xA0),
        parts.algorithm,
        der.encode(der.OCTET_STRING, signature),
        der.set_of(*unsigned, tag=0xA1) if unsigned else b"",
    )
    certificates = (
        der.set_of(*parts.certificates, tag=0xA0) if parts.is_sorted else der.encode(0xA0, *parts.certificates)
    )
    data = der.sequence(
        der.encode_integer(parts.version),
        der.set_of(*parts.digest_algorithms),
        parts.content,
        certificates if parts.certificates else b"",
        parts.crls,
        der.set_of(signer, *parts.more_signers),
    )
    return der.sequence(der.encode_oid(cms.SIGNED_DATA), der.encode(0xA0, data))


def token_parts(keys, message):
    """The same of a token; `info` are TSTInfo's fields."""
    certificate_ = x509.parse_certificate(keys.tsa)
    parts = signing_parts([keys.tsa], keys.tsa_key, b"")
    parts.version = 3
    parts.info = [
        der.encode_integer(1),
        der.encode_oid("1.2.3.4.1"),
        der.sequence(cms.SHA256, der.encode(der.OCTET_STRING, hashlib.sha256(message).digest())),
        der.encode_integer(77),
        der.encode(der.GENERALIZED_TIME, b"20261124080010.25Z"),
    ]
    parts.certificate_id = der.sequence(
        der.encode(der.OCTET_STRING, hashlib.sha256(certificate_.bytes).digest()),
    )
    parts.more_attributes = []
    parts.attributes = None
    return parts


def encode_token(parts):
    info = der.sequence(*parts.info)
    parts.content = der.sequence(der.encode_oid(cms.TST_INFO), der.encode(0xA0, der.encode(der.OCTET_STRING, info)))
    if parts.attributes is None:
        parts.attributes = [
            attribute(cms.CONTENT_TYPE, der.encode_oid(cms.TST_INFO)),
            attribute(cms.MESSAGE_DIGEST, der.encode(der.OCTET_STRING, hashlib.new(parts.hash_name, info).digest())),
            attribute(cms.SIGNING_CERTIFICATE_V2, der.sequence(der.sequence(parts.certificate_id))),
            *parts.more_attributes,
        ]
    return encode_signed_data(parts)
