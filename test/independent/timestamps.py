"""Section 8.1: RFC 3161 tokens over a checkpoint's note text, or over the value of a certificate's signature."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import cms
import der
import x509
from der import Malformed
from strict_json import Refused
from x509 import Fails, Unsupported

MAX_CERTIFICATES = 16
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
CODES = {"chain": "timestamp-chain-invalid", "time": "timestamp-certificate-time"}


@dataclass(frozen=True)
class Info:
    """What of TSTInfo (RFC 3161, 2.4.2) is looked at."""

    imprint_algorithm: x509.Algorithm
    imprint: bytes
    generated_at: int  # Milliseconds since 1970.
    has_critical_extension: bool


@dataclass(frozen=True)
class Token:
    signed: cms.SignedData
    info: Info
    certificate_ids: tuple

    @property
    def certificate(self):
        """
        The signer's; None where the token does not carry it. Anybody can put another of its issuer and serial number
        beside it: then it is the one that was signed.
        """
        own = [each for each in self.signed.certificates if self.signed.signer.is_of(each)]
        named = [each for each in own if any(id.names_surely(each) for id in self.certificate_ids)]
        return next(iter(named + own), None)


@lru_cache(maxsize=None)
def parse_token(data):
    """Raises Malformed."""
    signed = cms.parse_signed_data(data)
    if signed.version != 3 or signed.content_type != cms.TST_INFO or signed.content is None:
        raise Malformed("no token")
    if len(signed.certificates) > MAX_CERTIFICATES:
        raise Malformed("too many certificates")
    signer = signed.signer
    if signer.digest_algorithm.oid not in [each.oid for each in signed.digest_algorithms]:
        raise Malformed("another digest algorithm")
    type, digest = signer.attribute(cms.CONTENT_TYPE), signer.attribute(cms.MESSAGE_DIGEST)
    if type is None or type.tag != der.OID or der.oid(type) != cms.TST_INFO:
        raise Malformed("another content type")
    if digest is None or digest.tag != der.OCTET_STRING:
        raise Malformed("no message digest")
    old, new = signer.attribute(cms.SIGNING_CERTIFICATE), signer.attribute(cms.SIGNING_CERTIFICATE_V2)
    if old is None and new is None:
        raise Malformed("no ESSCertID")
    ids = [] if old is None else cms.certificate_ids(old, is_v2=False)
    ids += [] if new is None else cms.certificate_ids(new, is_v2=True)
    token = Token(signed, parse_info(der.parse(signed.content)), tuple(ids))
    if token.certificate is not None:  # The others are read where they are on a path.
        token.certificate.check_but_key()
    return token


def parse_info(value):
    fields = der.Fields(value)
    version, _policy = fields.take(der.INTEGER), fields.take(der.OID)
    algorithm, imprint = der.fields_of(fields.take(der.SEQUENCE), der.SEQUENCE, der.OCTET_STRING)
    fields.take(der.INTEGER)
    generated_at = der.time(fields.take(der.GENERALIZED_TIME))
    check_accuracy(fields.maybe(der.SEQUENCE))
    x509.default_false(fields.maybe(der.BOOLEAN))  # ordering
    fields.maybe(der.INTEGER)  # nonce
    authority = fields.maybe(0xA0)  # A name that nobody compares.
    if authority is not None:
        der.only_child(authority)
    extensions = fields.maybe(0xA1)
    fields.end()
    if der.integer(version) != 1:
        raise Malformed("another version")
    read = {} if extensions is None else x509.read_extensions(as_sequence(extensions))
    critical = any(extension.is_critical for extension in read.values())
    return Info(x509.algorithm(algorithm), imprint.content, generated_at, critical)


def as_sequence(value):
    return der.Value(der.SEQUENCE, value.content, value.bytes, value.children)


def check_accuracy(value):
    if value is None:
        return
    fields = der.Fields(value)
    fields.maybe(der.INTEGER)
    for tag in (0x80, 0x81):
        part = fields.maybe(tag)
        if part is not None and not 1 <= der.integer(part) <= 999:
            raise Malformed("no accuracy")
    fields.end()


# --- One token ------------------------------------------------------------------------------------------------------


def paths_of(token, authorities):
    certificate = token.certificate
    if certificate is None:
        raise Refused("timestamp-certificate-missing")
    return x509.paths(certificate, token.signed.certificates, authorities)


def check_token(token, paths, message):
    """The path that holds, of a token of an authority. Refused with the table's code, or Unsupported."""
    certificate, info, signer = token.certificate, token.info, token.signed.signer
    unsupported = []

    def must(code, check):
        try:
            if not check():
                raise Refused(code)
        except Fails as fails:
            raise Refused(CODES.get(fails.what, code)) from None
        except Malformed:
            raise Refused(code) from None
        except Unsupported as unknown:
            unsupported.append(unknown)

    def digest_of_content(hash_name):
        return hashlib.new(hash_name, token.signed.content).digest()

    def is_imprint():
        return hashlib.new(x509.hash_of(info.imprint_algorithm), message).digest() == info.imprint

    must("timestamp-certificate-mismatch", lambda: all([each.names(certificate) for each in token.certificate_ids]))
    must("timestamp-signature-invalid", lambda: cms.check_signature(signer, certificate.key, digest_of_content))
    must("timestamp-certificate-purpose", lambda: may_stamp(certificate))
    must("timestamp-imprint-mismatch", is_imprint)
    path = None

    def some_path_holds():
        nonlocal path
        path = first_good_path(paths, info.generated_at)
        return True

    must("timestamp-chain-invalid", some_path_holds)
    if unsupported or info.has_critical_extension:
        raise Unsupported("token")
    return path


def may_stamp(certificate):
    usage = certificate.key_usage()
    allows_signatures = usage is None or usage & {x509.DIGITAL_SIGNATURE, x509.CONTENT_COMMITMENT}
    extension = certificate.extensions.get(x509.EXTENDED_KEY_USAGE)
    return bool(allows_signatures and extension and extension.is_critical and certificate.purposes() == [TIME_STAMPING])


def first_good_path(paths, time):
    """Certificates that are on no path change nothing: so one good path suffices, whatever others there are."""
    problems = []
    for path in paths:
        try:
            x509.check_path(path, time)
            return path
        except (Fails, Unsupported) as problem:
            problems.append(problem)
        except Malformed:
            problems.append(Fails("chain"))
    raise next((problem for problem in problems if isinstance(problem, Unsupported)), problems[0])


# --- Check 9 --------------------------------------------------------------------------------------------------------


def check_timestamps(tokens, note_text, authorities):
    """None where at least one counts; else the code of `not-run`, and whether the verdict is at most `incomplete`."""
    if not tokens:
        return "timestamps-none", False
    counts, undecided = False, None
    for data in tokens:
        try:
            token = parse_token(data)
        except Malformed:
            raise Refused("timestamp-malformed") from None
        try:
            if token.certificate is None:
                undecided = undecided or "timestamp-certificate-missing"
                continue
            paths = paths_of(token, authorities)
            if paths:
                check_token(token, paths, note_text)
                counts = True
        except Unsupported:
            undecided = undecided or "timestamp-unsupported"
    if counts:
        return None
    if not authorities:
        return "timestamps-of-no-authority", False
    return undecided or "timestamps-of-unknown-authority", True
