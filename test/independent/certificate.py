"""
Section 9: certificates. The PDF file (9.1), its signature (9.2), and check 11 up to its third step (9.3): this verifier
does not draw pages.
"""

import hashlib
import re
from dataclasses import dataclass

import cms
import curves
import der
import formats
import timestamps
import x509
from der import Malformed
from strict_json import Refused, canonical, parse
from x509 import Fails, Unsupported

MAX_FILE_BYTES, MAX_OBJECTS, MAX_ATTACHMENTS = 50_000_000, 100_000, 8
TOLERANCE_MS = 5000

# --- 9.1 The file ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Name:
    text: str


@dataclass(frozen=True)
class Reference:
    number: int


@dataclass(frozen=True)
class Stream:
    dictionary: dict
    data: bytes


def refuse(code="certificate-malformed"):
    raise Refused(code)


class ValueReader:
    """PDF values in the one spelling that is allowed, from one place on."""

    NUMBER = re.compile(rb"-?[0-9]{1,10}(?:\.[0-9]{1,10})?")
    REFERENCE = re.compile(rb"([0-9]{1,10}) 0 R")
    # Escapes with # are not resolved: of what is looked for, nothing is written with one.
    NAME = re.compile(rb"/([^\0\t\n\f\r ()<>\[\]/%]{1,127})")
    HEX = re.compile(rb"<((?:[0-9a-f]{2})*)>")
    STRING = re.compile(rb"\(((?:[^()\\]|\\[()\\nrtbf]){0,65536})\)")
    ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    SPACE = re.compile(rb"[ \n]*")
    BOUNDARY = b" \n/<>[]()"
    MAX_DEPTH = 16
    MAX_BYTES, MAX_VALUES = 65_536, 10_000  # Of one object's value, from its first byte to its last.

    def __init__(self, data, at):
        self.data, self.at, self.values = data, at, 0

    def whole(self):
        """The value of an object, or of the trailer."""
        start = self.at
        value = self.value()
        return value if self.at - start <= self.MAX_BYTES else refuse()

    def skip(self):
        self.at = self.SPACE.match(self.data, self.at).end()

    def take(self, token):
        found = self.data.startswith(token, self.at)
        self.at += len(token) if found else 0
        return found

    def match(self, pattern):
        match = pattern.match(self.data, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def value(self, depth=0):
        self.skip()
        self.values += 1
        if self.values > self.MAX_VALUES:
            refuse()
        if self.data[self.at : self.at + 1] in (b"<", b"[") and depth > self.MAX_DEPTH:
            refuse()
        if self.take(b"<<"):
            return self.dictionary(depth)
        if self.take(b"["):
            return self.array(depth)
        if match := self.match(self.NAME):
            return Name(match.group(1).decode("latin-1"))
        if match := self.match(self.STRING):
            return re.sub(rb"\\(.)", lambda escape: self.ESCAPES.get(escape[1], escape[1]), match.group(1))
        if match := self.match(self.HEX):
            return bytes.fromhex(match.group(1).decode())
        for word, value in ((b"true", True), (b"false", False), (b"null", None)):
            if self.take(word):
                return self.bounded(value)
        if match := self.match(self.REFERENCE):
            return self.bounded(Reference(int(match.group(1))))
        match = self.match(self.NUMBER) or refuse()
        number = float(match.group(0))
        return self.bounded(int(number) if number.is_integer() else number)

    def bounded(self, value):
        """A word or number ends where something else begins."""
        if self.data[self.at : self.at + 1] not in tuple(bytes([byte]) for byte in self.BOUNDARY):
            refuse()
        return value

    def array(self, depth):
        items = []
        while True:
            self.skip()
            if self.take(b"]"):
                return items
            items.append(self.value(depth + 1))

    def dictionary(self, depth):
        members = {}
        while True:
            self.skip()
            if self.take(b">>"):
                return members
            name = (self.match(self.NAME) or refuse()).group(1).decode("latin-1")
            if name in members:
                refuse()
            members[name] = self.value(depth + 1)


class PdfFile:
    """A file of one revision, read from its last line on."""

    ENTRY = re.compile(rb"([0-9]{10}) 00000 n \n")
    FIRST_ENTRY = b"0000000000 65535 f \n"

    def __init__(self, data):
        self.data = data
        if len(data) > MAX_FILE_BYTES or not data.startswith(b"%PDF-1.7\n"):
            refuse()
        end = re.search(rb"\nstartxref\n(0|[1-9][0-9]{0,9})\n%%EOF\n\Z", data[-64:]) or refuse()
        last_lines = len(data) - len(data[-64:]) + end.start() + 1
        table = int(end.group(1))
        head = re.compile(rb"xref\n0 ([1-9][0-9]{0,5})\n").match(data, table) or refuse()
        count, at = int(head.group(1)), head.end()
        if count > MAX_OBJECTS or not data.startswith(self.FIRST_ENTRY, at):
            refuse()
        self.offsets = [None]
        for position in range(at + 20, at + 20 * count, 20):
            entry = self.ENTRY.fullmatch(data[position : position + 20]) or refuse()
            self.offsets.append(int(entry.group(1)))
        reader = ValueReader(data, at + 20 * count)
        if not reader.take(b"trailer\n") or reader.match(reader.SPACE).group():
            refuse()
        self.trailer = dictionary(reader.whole())
        if not reader.take(b"\n") or reader.at != last_lines:
            refuse()
        if "Prev" in self.trailer or "Encrypt" in self.trailer:
            refuse()

    def start(self, reference):
        """Where an object's value begins."""
        if not isinstance(reference, Reference) or reference.number >= len(self.offsets):
            refuse()
        head = b"%d 0 obj\n" % reference.number
        offset = self.offsets[reference.number]
        if not self.data.startswith(head, offset):
            refuse()
        return offset + len(head)

    def object(self, reference):
        reader = ValueReader(self.data, self.start(reference))
        if reader.match(reader.SPACE).group():
            refuse()
        value = reader.whole()
        if reader.take(b"\nendobj\n"):
            return value
        if not reader.take(b"\nstream\n"):
            refuse()
        length = dictionary(value).get("Length")
        if not isinstance(length, int) or isinstance(length, bool) or length < 0:
            refuse()
        stream = Stream(value, self.data[reader.at : reader.at + length])
        reader.at += length
        if not reader.take(b"\nendstream\nendobj\n"):
            refuse()
        return stream


def dictionary(value):
    return value if isinstance(value, dict) else refuse()


def attachments(pdf, catalog):
    """Name -> bytes."""
    missing = "certificate-attachment-missing"
    if "Names" not in catalog:
        refuse(missing)
    tree = dictionary(pdf.object(catalog["Names"])).get("EmbeddedFiles")
    pairs = dictionary(tree).get("Names") if tree is not None else refuse(missing)
    if not isinstance(pairs, list) or len(pairs) % 2 or len(pairs) > 2 * MAX_ATTACHMENTS:
        refuse()
    found = {}
    for name, specification in zip(pairs[::2], pairs[1::2]):
        if not isinstance(name, bytes) or name in found:
            refuse()
        found[name] = embedded_file(pdf, specification)
    if b"evidence.json" not in found or b"certificate.json" not in found:
        refuse(missing)
    return found[b"evidence.json"], found[b"certificate.json"]


def embedded_file(pdf, specification):
    files = dictionary(pdf.object(specification)).get("EF")
    stream = pdf.object(dictionary(files).get("F"))
    if not isinstance(stream, Stream) or stream.dictionary.get("Type") != Name("EmbeddedFile"):
        refuse()
    if "Filter" in stream.dictionary:
        refuse()
    return stream.data


SIGNATURE = re.compile(
    rb"<<\n/Type /Sig\n/Filter /Adobe\.PPKLite\n/SubFilter /ETSI\.CAdES\.detached\n/M \(D:([0-9]{14})Z\)\n"
    rb"/ByteRange \[0 (0|[1-9][0-9]{0,9}) (0|[1-9][0-9]{0,9}) (0|[1-9][0-9]{0,9})\] *\n"
    rb"/Contents <([0-9a-f]*)>\n>>\nendobj\n"
)


@dataclass(frozen=True)
class SignatureObject:
    claimed_at: int  # /M, milliseconds since 1970.
    cms: bytes
    digest: bytes  # SHA-256 of the bytes that it covers.


def signature_object(pdf, catalog):
    missing, wrong = "certificate-signature-missing", "certificate-signature-range"
    if "AcroForm" not in catalog:
        refuse(missing)
    form = dictionary(pdf.object(catalog["AcroForm"]))
    fields = form.get("Fields")
    if not isinstance(fields, list) or len(fields) != 1 or not isinstance(fields[0], Reference):
        refuse(missing)
    field = pdf.object(fields[0])
    if not isinstance(field, dict) or field.get("FT") != Name("Sig") or "V" not in field:
        refuse(missing)
    match = SIGNATURE.match(pdf.data, pdf.start(field["V"])) or refuse(wrong)
    a, b, c = (int(match.group(i)) for i in (2, 3, 4))
    if a != match.start(5) - 1 or b != match.end(5) + 1 or b + c != len(pdf.data) or len(match.group(5)) % 2:
        refuse(wrong)
    contents = bytes.fromhex(match.group(5).decode())
    if not contents.strip(b"\0"):
        refuse(missing)
    try:
        end = der.end_of(contents)
    except Malformed:
        refuse(wrong)
    if contents[end:].strip(b"\0"):
        refuse(wrong)
    digits = match.group(1).decode()
    try:
        claimed_at = formats.time(re.sub(r"(....)(..)(..)(..)(..)(..)", r"\1-\2-\3T\4:\5:\6.000Z", digits))
    except Refused:
        refuse(wrong)
    covered = pdf.data[:a] + pdf.data[b:]
    return SignatureObject(claimed_at, contents[:end], hashlib.sha256(covered).digest())


# --- 9 certificate.json ---------------------------------------------------------------------------------------------


def verify_url(value):
    if not re.fullmatch(r"https?://[!-~]{1,500}", formats.string(value)):
        raise Refused("value-range")
    return value


def stated(value):
    if not 1 <= len(formats.string(value)) <= 200:
        raise Refused("value-range")
    return value


def issuer(value):
    names = ("creditCode", "filingNumber", "contact", "verifier")
    members = formats.object_of({}, {name: stated for name in names})(value)
    if len(value) == 0:
        raise Refused("member-missing")
    return members


read_claims = formats.object_of(
    {
        "type": formats.type_of("cunzheng/certificate@v1"),
        "issuedAt": formats.time,
        "language": formats.one_of("zh", "en"),
        "template": formats.HASH,
        "consortium": formats.HASH,
        "verifyUrl": verify_url,
    },
    {"issuer": issuer},
)


def claims(data):
    try:
        raw = parse(data)
        members = read_claims(raw)
    except Refused:
        refuse()
    return members if canonical(raw) == data else refuse()


# --- 9.2 The signature ----------------------------------------------------------------------------------------------

SIGNING_PURPOSES = {
    "1.3.6.1.5.5.7.3.36",
    "1.3.6.1.5.5.7.3.4",
    "1.2.840.113583.1.1.5",
    "1.3.6.1.4.1.311.10.3.12",
    "2.5.29.37.0",
}
RSA_ALGORITHM = der.sequence(der.encode_oid(x509.RSA), x509.NULL)
ECDSA_WITH_SHA256 = der.sequence(der.encode_oid("1.2.840.10045.4.3.2"))


@dataclass(frozen=True)
class Values:
    """The five values of which every byte of the CMS follows."""

    message_digest: bytes
    chain: tuple
    signature: bytes
    token: bytes | None


def attribute(type, *values):
    return der.sequence(der.encode_oid(type), der.set_of(*values))


def encode_certificate_id(certificate):
    issuer = der.sequence(der.encode(0xA4, certificate.issuer))
    digest = der.encode(der.OCTET_STRING, hashlib.sha256(certificate.bytes).digest())
    return der.sequence(digest, der.sequence(issuer, der.encode_integer(certificate.serial)))


def encode_cms(values, digest_algorithm, algorithm):
    signer = values.chain[0]
    attributes = [
        attribute(cms.CONTENT_TYPE, der.encode_oid(cms.DATA)),
        attribute(cms.MESSAGE_DIGEST, der.encode(der.OCTET_STRING, values.message_digest)),
        attribute(
            cms.SIGNING_CERTIFICATE_V2,
            der.sequence(der.sequence(*map(encode_certificate_id, values.chain))),
        ),
    ]
    token = [] if values.token is None else [der.encode(0xA1, attribute(cms.TOKEN, values.token))]
    signer_info = der.sequence(
        der.encode_integer(1),
        der.sequence(signer.issuer, der.encode_integer(signer.serial)),
        digest_algorithm,
        der.set_of(*attributes, tag=0xA0),
        algorithm,
        der.encode(der.OCTET_STRING, values.signature),
        *token,
    )
    signed_data = der.sequence(
        der.encode_integer(1),
        der.set_of(digest_algorithm),
        der.sequence(der.encode_oid(cms.DATA)),
        der.set_of(*(certificate.bytes for certificate in values.chain), tag=0xA0),
        der.set_of(signer_info),
    )
    return der.sequence(der.encode_oid(cms.SIGNED_DATA), der.encode(0xA0, signed_data))


def algorithms_of(signer, key):
    """
    DER of the digest algorithm and the signature algorithm: those of the key. Where the program does not know the key,
    they are what they are.
    """
    if is_known(key):
        return cms.SHA256, RSA_ALGORITHM if key.algorithm.oid == x509.RSA else ECDSA_WITH_SHA256
    return signer.digest_algorithm.encode(), signer.signature_algorithm.encode()


def is_known(key):
    """RSA, P-256 or P-384."""
    try:
        key.check_known()
    except Unsupported:
        return False
    return key.algorithm.oid == x509.RSA or key.algorithm.oid == x509.EC and key.curve() in (curves.P256, curves.P384)


def chain_of(signed):
    """The signer's certificate, its issuer's, and so on; all of them."""
    left = list(signed.certificates)
    chain = [next((each for each in left if signed.signer.is_of(each)), None)]
    if chain[0] is None:
        refuse("certificate-signer-mismatch")
    while chain[-1] is not None:
        left.remove(chain[-1])
        chain.append(next((each for each in left if each.subject == chain[-1].issuer), None))
    if left:
        refuse("certificate-signature-malformed")
    return tuple(chain[:-1])


def read_signature(data):
    """Step 1: the values, where writing them again gives the same bytes."""
    malformed = "certificate-signature-malformed"
    try:
        signed = cms.parse_signed_data(data)
        signer = signed.signer
        if signer.sid.tag != der.SEQUENCE:
            refuse(malformed)
        chain = chain_of(signed)
        for each in chain:
            each.check()
        ids = signer.attribute(cms.SIGNING_CERTIFICATE_V2)
        digest = signer.attribute(cms.MESSAGE_DIGEST)
        if ids is None or digest is None or digest.tag != der.OCTET_STRING or len(digest.content) != 32:
            refuse(malformed)
        written = cms.certificate_ids(ids, is_v2=True)
        if [each.digest for each in written] != [hashlib.sha256(each.bytes).digest() for each in chain]:
            refuse("certificate-signer-mismatch")
        token = None
        if signer.unsigned is not None:
            ((type, token_values),) = signer.unsigned if len(signer.unsigned) == 1 else refuse(malformed)
            if type != cms.TOKEN or len(token_values) != 1:
                refuse(malformed)
            token = token_values[0].bytes
    except Malformed:
        refuse(malformed)
    values = Values(digest.content, chain, signer.signature, token)
    written_again = encode_cms(values, *algorithms_of(signer, chain[0].key))
    if written_again != data or not is_one_spelling(chain[0].key, signer.signature):
        refuse(malformed)
    return signed, values


def is_one_spelling(key, signature):
    """Of a signature value, by a key that the program knows."""
    if not is_known(key):
        return True
    if key.algorithm.oid == x509.RSA:
        modulus, _ = key.rsa()
        return len(signature) == (modulus.bit_length() + 7) // 8 and int.from_bytes(signature, "big") < modulus
    order = key.curve().n
    pair = x509.ecdsa_pair(signature)
    return pair is not None and 0 < pair[0] < order and 0 < pair[1] <= order // 2


def is_tight(data, token):
    """Step 4: nothing that nobody signed, in DER but for the order of its certificates."""
    try:
        signed = cms.parse_signed_data(data)
    except Malformed:
        return False
    signer = signed.signer
    algorithms = [(each.oid, each.parameters in (None, x509.NULL)) for each in signed.digest_algorithms]
    is_bare = not signed.has_crls and signer.unsigned is None
    if signed.version != 3 or not is_bare or algorithms != [(signer.digest_algorithm.oid, True)]:
        return False
    scheme = cms.signature_scheme(signer, x509.hash_of(signer.digest_algorithm))
    return token.certificate.key.is_signature(scheme, signer.signed_bytes, signer.signature)


class Judge:
    """Steps 2 to 5. The first failure is raised; else the first thing that could not be said."""

    def __init__(self, timestamp_authorities, authorities):
        self.timestamp_authorities, self.authorities = timestamp_authorities, authorities
        self.not_run = []

    def undecided(self, code):
        self.not_run.append(code)

    def signature(self, data, digest, claimed_at):
        """The token's time, or None."""
        signed, values = read_signature(data)
        self.check_value(signed, values, digest)
        check_may_sign(values.chain[0])
        stamped_at = None if values.token is None else self.token(values)
        self.check_chain(values.chain, claimed_at if stamped_at is None else stamped_at)
        return stamped_at

    def check_value(self, signed, values, digest):
        """Step 2."""
        key, signer = values.chain[0].key, signed.signer
        if not is_known(key):
            self.undecided("certificate-signature-unsupported")
            if signer.digest_algorithm.encode() != cms.SHA256 or values.message_digest == digest:
                return
        if not is_known(key) or not cms.check_signature(signer, key, lambda _: digest):
            refuse("certificate-signature-invalid")

    def token(self, values):
        """Step 4: the time of judgement, or None where it is not the token that says it."""
        invalid = "certificate-timestamp-invalid"
        try:
            token = timestamps.parse_token(values.token)
        except Malformed:
            refuse(invalid)
        if token.certificate is None:
            return self.undecided("certificate-timestamp-unknown")
        if token.info.imprint_algorithm.encode() != cms.SHA256:  # Section 9.2's token is over SHA-256.
            refuse(invalid)
        paths = timestamps.paths_of(token, self.timestamp_authorities)
        if not paths:
            return self.undecided("certificate-timestamp-unknown")
        try:
            path = timestamps.check_token(token, paths, values.signature, self.authorities)
        except Refused:
            refuse(invalid)
        except Unsupported:
            return self.undecided("certificate-signature-unsupported")
        carried = token.signed.certificates
        if not is_tight(values.token, token):
            refuse(invalid)
        if len(set(carried)) < len(carried) or not set(carried) <= {*path, *self.timestamp_authorities}:
            refuse(invalid)
        return token.info.generated_at

    def check_chain(self, chain, time):
        """Step 5."""
        if not self.authorities:
            return self.undecided("certificate-authorities-none")
        problems = []
        for path in anchored(chain, self.authorities):
            try:
                x509.check_path(path, time, SIGNING_PURPOSES, self.timestamp_authorities)
                x509.check_no_rev_avail(path)
                return None
            except (Fails, Unsupported) as problem:
                problems.append(problem)
            except Malformed:
                problems.append(Fails("chain"))
        if not problems:
            refuse("certificate-authority-unknown")
        unsupported = [problem for problem in problems if isinstance(problem, Unsupported)]
        if unsupported:
            return self.undecided("certificate-signature-unsupported")
        refuse("certificate-signer-time" if problems[0].what == "time" else "certificate-chain-invalid")


def check_may_sign(certificate):
    """Step 3."""
    usage, extended = certificate.key_usage(), certificate.purposes()
    may_sign = usage is not None and usage & {x509.DIGITAL_SIGNATURE, x509.CONTENT_COMMITMENT}
    if not may_sign or x509.KEY_CERT_SIGN in usage or (certificate.basic_constraints() or (False,))[0]:
        refuse("certificate-signer-purpose")
    if extended is not None and (timestamps.TIME_STAMPING in extended or not SIGNING_PURPOSES & set(extended)):
        refuse("certificate-signer-purpose")


def anchored(chain, authorities):
    """The paths from the signer's certificate along the chain to a certificate of the trust file."""
    for length, certificate in enumerate(chain, 1):
        if certificate in authorities:
            yield chain[:length]
        for authority in authorities:
            if authority.subject == certificate.issuer and authority != certificate:
                yield (*chain[:length], authority)


# --- 9.3 Check 11 ---------------------------------------------------------------------------------------------------


class Opened:
    """What is read of the file. `problem`: the code of why not all of it could be."""

    def __init__(self, data):
        self.problem = self.evidence = self.signature = self.claims = None
        try:
            pdf = PdfFile(data)
            catalog = dictionary(pdf.object(pdf.trailer.get("Root")))
            self.evidence, claimed = attachments(pdf, catalog)
            self.claims = claims(claimed)
            self.signature = signature_object(pdf, catalog)
        except Refused as refused:
            self.problem = refused.code


def check_certificate(opened, trust, statement_id, final_at):
    """
    Refused, or the code of `not-run`. `final_at`: when the cosignatures met the quorum, in milliseconds; None where
    they did not. Neither it nor the id is there where the evidence does not parse.
    """
    if opened.problem is not None:
        refuse(opened.problem)
    stamping, signing = (
        [x509.parse_certificate(data) for data in trust.members[name]]
        for name in ("timestampAuthorities", "certificateAuthorities")
    )
    judge = Judge(stamping, signing)
    signature, claimed = opened.signature, opened.claims
    stamped_at = judge.signature(signature.cms, signature.digest, signature.claimed_at)
    issued_at = claimed["issuedAt"]
    if issued_at - issued_at % 1000 != signature.claimed_at:
        refuse("certificate-altered")
    if final_at is not None and issued_at < final_at - TOLERANCE_MS:
        refuse("certificate-altered")
    if stamped_at is not None and issued_at > stamped_at + TOLERANCE_MS:
        refuse("certificate-altered")
    if statement_id is not None and not claimed["verifyUrl"].endswith("/d/" + statement_id):
        refuse("certificate-altered")
    return [*judge.not_run, "certificate-template-unknown"][0]
