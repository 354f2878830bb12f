"""Section 8.1: RFC 3161 tokens over a checkpoint's note text, or over the value of a certificate's signature."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import ber
import cms
import der
import x509
from der import Malformed
from sm3 import sm3
from strict_json import Refused
from x509 import Fails, Unsupported

TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
SM3 = "1.2.156.10197.1.401"
CODES = {"chain": "timestamp-chain-invalid", "time": "timestamp-certificate-time"}


@dataclass(frozen=True)
class Info:
    """What of TSTInfo (RFC 3161, 2.4.2) is looked at."""

    imprint_algorithm: x509.Algorithm
    imprint: bytes
    generated_at: int  # Milliseconds since 1970.
    accuracy: int  # Milliseconds.
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
    """A readable token. Raises Malformed."""
    type, wrapped = two_of(ber.parse(data))
    if oid_of(type) != cms.SIGNED_DATA or not wrapped.is_a(0xA0):
        raise Malformed("no SignedData")
    fields = der.Fields(only_child(wrapped))
    if der.integer(fields.take(der.INTEGER)) not in (1, 3, 4, 5):
        raise Malformed("another version")
    algorithms = tuple(map(algorithm_of, elements(fields.take(der.SET), der.SEQUENCE)))
    content = content_of(fields.take(der.SEQUENCE))
    certificates, crls = fields.maybe(0xA0), fields.maybe(0xA1)
    signers = fields.take(der.SET)
    fields.end()
    if crls is not None:
        elements(crls, der.SEQUENCE, 0xA1)
    signed = cms.SignedData(
        3,
        algorithms,
        cms.TST_INFO,
        content,
        () if certificates is None else certificates_in(elements(certificates, der.SEQUENCE, 0xA0, 0xA1, 0xA2, 0xA3)),
        crls is not None,
        signer_of(only_child(signers)),
    )
    signer = signed.signer
    if algorithms and signer.digest_algorithm.oid not in [each.oid for each in algorithms]:
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
    return Token(signed, parse_info(der.parse(content)), tuple(ids))


def two_of(value):
    if not value.is_a(der.SEQUENCE) or len(value.children) != 2:
        raise Malformed("two fields")
    return value.children


def only_child(value):
    if len(value.children) != 1:
        raise Malformed("one value, and no more")
    return value.children[0]


def elements(value, *tags):
    if any(child.tag not in tags for child in value.children):
        raise Malformed("another choice")
    return value.children


def oid_of(value):
    return der.oid(der.parse(ber.der_of(value)))


def algorithm_of(value):
    return x509.algorithm(der.parse(ber.der_of(value)))


def content_of(value):
    type, wrapped = two_of(value)
    if oid_of(type) != cms.TST_INFO or not wrapped.is_a(0xA0):
        raise Malformed("no TSTInfo")
    return only_child(wrapped).octets()


def certificates_in(choices):
    """Those that can be read, of at most 16."""
    candidates = [each for each in choices if each.is_a(der.SEQUENCE)]
    if len(candidates) > cms.MAX_CERTIFICATES:
        raise Malformed("too many certificates")
    return readable(candidates)


def readable(candidates):
    found = []
    for candidate in candidates:
        try:
            der.parse(candidate.bytes)  # Within the bounds of what a token brings.
            found.append(x509.parse_certificate(candidate.bytes))
        except Malformed:
            pass  # As if it were not there.
    return tuple(found)


def signer_of(value):
    fields = der.Fields(value)
    version, sid = der.integer(fields.take(der.INTEGER)), sid_of(fields.any())
    if version != (1 if sid.tag == der.SEQUENCE else 3):
        raise Malformed("no signer identifier of this version")
    digest_algorithm = algorithm_of(fields.take(der.SEQUENCE))
    signed = fields.take(0xA0)
    signature_algorithm = algorithm_of(fields.take(der.SEQUENCE))
    signature, unsigned = fields.any().octets(), fields.maybe(0xA1)
    fields.end()
    for attribute in () if unsigned is None else elements(unsigned, der.SEQUENCE):
        type, values = two_of(attribute)
        oid_of(type)
        if not values.is_a(der.SET):
            raise Malformed("no attribute")
    in_order = der.parse(der.set_of(*map(ber.der_of, signed.children)))
    return cms.Signer(
        version,
        sid,
        digest_algorithm,
        signed_attributes(in_order),
        in_order.bytes,
        bytes([der.SET]) + signed.bytes[1:],
        signature_algorithm,
        signature,
        None if unsigned is None else (),
    )


def sid_of(value):
    sid = der.parse(ber.der_of(value))
    if sid.tag == der.SEQUENCE:
        der.fields_of(sid, der.SEQUENCE, der.INTEGER)
    elif sid.tag != 0x80:
        raise Malformed("no signer identifier")
    return sid


def signed_attributes(value):
    attributes = []
    for item in value.children:
        type, values = der.fields_of(item, der.OID, der.SET)
        if not values.children:
            raise Malformed("an attribute without a value")
        attributes.append((der.oid(type), values.children))
    if len({oid for oid, _ in attributes}) < len(attributes):
        raise Malformed("an attribute twice")
    return tuple(attributes)


def names_an_authority(data, authorities):
    """Whether a token that is not readable is one that claims to be of an authority."""
    try:
        type, wrapped = two_of(ber.parse(data))
        if oid_of(type) != cms.SIGNED_DATA or not wrapped.is_a(0xA0):
            return False
        fields = only_child(wrapped).children
        choices = next(each for each in fields if each.is_a(0xA0)).children
        signer = fields[-1].children[0]
        sid = der.parse(ber.der_of(signer.children[1]))
        certificates = readable([each for each in choices if each.is_a(der.SEQUENCE)][: cms.MAX_CERTIFICATES])
        named = [each for each in certificates if is_named(each, sid)]
    except (Malformed, StopIteration, IndexError):
        return False
    return any(x509.paths(each, certificates, authorities) for each in named)


def is_named(certificate, sid):
    if sid.tag == der.SEQUENCE:
        der.fields_of(sid, der.SEQUENCE, der.INTEGER)
    elif sid.tag != 0x80:
        return False
    return cms.is_named(certificate, sid)


def parse_info(value):
    fields = der.Fields(value)
    version, _policy = fields.take(der.INTEGER), fields.take(der.OID)
    algorithm, imprint = der.fields_of(fields.take(der.SEQUENCE), der.SEQUENCE, der.OCTET_STRING)
    fields.take(der.INTEGER)
    generated_at = der.time(fields.take(der.GENERALIZED_TIME))
    accuracy = accuracy_of(fields.maybe(der.SEQUENCE))
    fields.maybe(der.BOOLEAN)  # ordering
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
    return Info(x509.algorithm(algorithm), imprint.content, generated_at, accuracy, critical)


def as_sequence(value):
    return der.Value(der.SEQUENCE, value.content, value.bytes, value.children)


def accuracy_of(value):
    """In milliseconds, a fraction rounded up."""
    if value is None:
        return 0
    fields = der.Fields(value)
    seconds = fields.maybe(der.INTEGER)
    microseconds = 0 if seconds is None else der.integer(seconds) * 1_000_000
    for tag, unit in ((0x80, 1000), (0x81, 1)):
        part = fields.maybe(tag)
        if part is not None:
            number = der.integer(part)
            if not 1 <= number <= 999:
                raise Malformed("no accuracy")
            microseconds += number * unit
    fields.end()
    return -(-microseconds // 1000)


# --- One token ------------------------------------------------------------------------------------------------------


def paths_of(token, authorities):
    certificate = token.certificate
    if certificate is None:
        raise Refused("timestamp-certificate-missing")
    return x509.paths(certificate, token.signed.certificates, authorities)


def check_token(token, paths, message, strangers=()):
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
        return imprint_of(info.imprint_algorithm, message) == info.imprint

    must("timestamp-certificate-mismatch", lambda: all([each.names(certificate) for each in token.certificate_ids]))
    must("timestamp-signature-invalid", lambda: cms.check_signature(signer, certificate.key, digest_of_content))
    must("timestamp-certificate-purpose", lambda: may_stamp(certificate))
    must("timestamp-imprint-mismatch", is_imprint)
    path = None

    def some_path_holds():
        nonlocal path
        path = first_good_path(paths, info.generated_at, strangers)
        return True

    must("timestamp-chain-invalid", some_path_holds)
    if unsupported or info.has_critical_extension:
        raise Unsupported("token")
    return path


def imprint_of(algorithm, message):
    if algorithm.oid == SM3 and algorithm.parameters in (None, x509.NULL):
        return sm3(message)
    return hashlib.new(x509.hash_of(algorithm), message).digest()


def may_stamp(certificate):
    usage = certificate.key_usage()
    allows_signatures_alone = usage is None or usage and usage <= {x509.DIGITAL_SIGNATURE, x509.CONTENT_COMMITMENT}
    is_authority, _ = certificate.basic_constraints() or (False, None)
    extension = certificate.extensions.get(x509.EXTENDED_KEY_USAGE)
    is_for_time = extension and extension.is_critical and certificate.purposes() == [TIME_STAMPING]
    return bool(allows_signatures_alone and not is_authority and is_for_time)


def first_good_path(paths, time, strangers):
    """Certificates that are on no path change nothing: so one good path suffices, whatever others there are."""
    problems = []
    for path in paths:
        try:
            x509.check_path(path, time, strangers=strangers)
            return path
        except (Fails, Unsupported) as problem:
            problems.append(problem)
        except Malformed:
            problems.append(Fails("chain"))
    raise next((problem for problem in problems if isinstance(problem, Unsupported)), problems[0])


# --- Check 9 --------------------------------------------------------------------------------------------------------


def check_timestamps(tokens, note_text, authorities, strangers):
    """None where at least one counts; else the code of `not-run`, and whether the verdict is at most `incomplete`."""
    if not tokens:
        return "timestamps-none", False
    counting, failed, undecided = judge_tokens(tokens, note_text, authorities, strangers)
    if failed is not None:
        raise Refused(failed)
    if counting:
        return None
    if not authorities:
        return "timestamps-of-no-authority", False
    return undecided or "timestamps-of-unknown-authority", True


def judge_tokens(tokens, note_text, authorities, strangers):
    """Info of each token that counts; the code of the first that fails, and of the first that could not be judged."""
    counting, failed, undecided, names = [], None, None, set()
    for data in tokens:
        try:
            token = parse_token(data)
        except Malformed:
            if names_an_authority(data, authorities):
                failed = failed or "timestamp-malformed"
            else:
                undecided = undecided or "timestamp-malformed"
            continue
        try:
            if token.certificate is None:
                undecided = undecided or "timestamp-certificate-missing"
                continue
            paths = paths_of(token, authorities)
            if paths:
                name = check_token(token, paths, note_text, strangers)[-1].subject
                if name not in names:  # Further ones of one authority are counted already.
                    counting.append(token.info)
                names.add(name)
        except Refused as refused:
            failed = failed or refused.code
        except Unsupported:
            undecided = undecided or "timestamp-unsupported"
    return counting, failed, undecided
