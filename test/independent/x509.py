"""X.509 certificates (RFC 5280) as sections 7, 8.1 and 9.2 need them: strictly in DER, and the path to an authority."""

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache

import curves
import der
from der import Malformed

KEY_USAGE, SUBJECT_ALT_NAME, BASIC_CONSTRAINTS = "2.5.29.15", "2.5.29.17", "2.5.29.19"
POLICIES, EXTENDED_KEY_USAGE, NO_REV_AVAIL = "2.5.29.32", "2.5.29.37", "2.5.29.56"
SUBJECT_KEY_ID = "2.5.29.14"
READ = {KEY_USAGE, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, SUBJECT_ALT_NAME, POLICIES}
MAX_PART_BYTES = 2048  # Of a name, and of the value of one of these.
BOUNDED_EXTENSIONS = {BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, KEY_USAGE, SUBJECT_KEY_ID}
DIGITAL_SIGNATURE, CONTENT_COMMITMENT, KEY_CERT_SIGN = 0, 1, 5  # Bits of keyUsage.

RSA, EC = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1"
PSS, MGF1 = "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8"
CURVES = {"1.2.840.10045.3.1.7": curves.P256, "1.3.132.0.34": curves.P384, "1.3.132.0.35": curves.P521}
HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
SIGNATURES = {
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "1.2.840.10045.4.3.2": ("ec", "sha256"),
    "1.2.840.10045.4.3.3": ("ec", "sha384"),
    "1.2.840.10045.4.3.4": ("ec", "sha512"),
}
NULL = b"\x05\x00"


class Unsupported(Exception):
    """An algorithm or a key that this program does not know, or that is too weak."""


class Fails(Exception):
    """Something that must hold and does not. `what` says which."""

    def __init__(self, what):
        super().__init__(what)
        self.what = what


@dataclass(frozen=True)
class Algorithm:
    oid: str
    parameters: bytes | None  # DER.

    def encode(self):
        return der.sequence(der.encode_oid(self.oid), self.parameters or b"")


def algorithm(value):
    fields = der.Fields(value)
    oid = der.oid(fields.take(der.OID))
    parameters = fields.any().bytes if fields.left else None
    fields.end()
    return Algorithm(oid, parameters)


def hash_of(algorithm):
    """SHA-2, its parameters absent or NULL (RFC 5754)."""
    if algorithm.oid not in HASHES or algorithm.parameters not in (None, NULL):
        raise Unsupported(algorithm.oid)
    return HASHES[algorithm.oid]


@dataclass(frozen=True)
class Scheme:
    """How a signature was made."""

    kind: str  # "rsa", "pss" or "ec"
    hash_name: str
    salt_size: int = 0


MAX_SALT, USUAL_SALT = 512, 20


def pss_scheme(parameters):
    """RSASSA-PSS-params (RFC 4055, 3.1): one digest for the message and for MGF1."""
    if parameters is None:
        raise Unsupported("RSASSA-PSS by its defaults, which are SHA-1")
    try:
        fields = der.Fields(der.parse(parameters))
        hash_field, mask_field, salt_field, trailer_field = map(fields.maybe, (0xA0, 0xA1, 0xA2, 0xA3))
        fields.end()
        if hash_field is None or mask_field is None:
            raise Unsupported("SHA-1")
        hash_name = hash_of(algorithm(der.only_child(hash_field)))
        mask = algorithm(der.only_child(mask_field))
        if mask.oid != MGF1 or mask.parameters is None or hash_of(algorithm(der.parse(mask.parameters))) != hash_name:
            raise Unsupported("another mask")
        numbers = [
            default if field is None else der.integer(der.fields_of(field, der.INTEGER, tag=field.tag)[0])
            for field, default in ((salt_field, USUAL_SALT), (trailer_field, 1))
        ]
    except Malformed:
        raise Unsupported("no parameters of RSASSA-PSS") from None
    salt_size, trailer = numbers
    if not 0 <= salt_size <= MAX_SALT or trailer != 1:
        raise Unsupported("another salt or trailer")
    return Scheme("pss", hash_name, salt_size)


def scheme_of(algorithm):
    """Of a signature algorithm that names its digest."""
    if algorithm.oid == PSS:
        return pss_scheme(algorithm.parameters)
    kind, hash_name = SIGNATURES.get(algorithm.oid, (None, None))
    if kind is None or algorithm.parameters not in (None, NULL):
        raise Unsupported(algorithm.oid)
    return Scheme(kind, hash_name)


@dataclass(frozen=True)
class PublicKey:
    algorithm: Algorithm
    data: bytes

    def rsa(self):
        """(modulus, exponent) of 2048 to 8192 bits."""
        if self.algorithm.oid != PSS and self.algorithm not in (Algorithm(RSA, NULL), Algorithm(RSA, None)):
            raise Unsupported("no RSA key")
        try:
            modulus, exponent = map(der.integer, der.fields_of(der.parse(self.data), der.INTEGER, der.INTEGER))
        except Malformed:
            raise Unsupported("no RSA key") from None
        if not (modulus > 0 and 2048 <= modulus.bit_length() <= 8192 and modulus & 1 and exponent > 2 and exponent & 1):
            raise Unsupported("RSA key of another size")
        return modulus, exponent

    def curve(self):
        if self.algorithm.oid != EC or self.algorithm.parameters is None:
            raise Unsupported("no EC key")
        parameters = der.parse(self.algorithm.parameters)
        curve = CURVES.get(der.oid(parameters)) if parameters.tag == der.OID else None
        if curve is None:
            raise Unsupported("another curve")
        return curve

    def is_signature(self, scheme, message, signature):
        self.check_known()
        if self.algorithm.oid == PSS and not self.allows(scheme):
            return False
        is_rsa = self.algorithm.oid in (RSA, PSS)
        if is_rsa != (scheme.kind in ("rsa", "pss")):
            return False
        if scheme.kind == "rsa":
            return curves.is_rsa_signature(*self.rsa(), scheme.hash_name, message, signature)
        if scheme.kind == "pss":
            return curves.is_pss_signature(*self.rsa(), scheme.hash_name, scheme.salt_size, message, signature)
        curve, pair = self.curve(), ecdsa_pair(signature)
        point = curves.decode_point(curve, self.data)
        digest = hashlib.new(scheme.hash_name, message).digest()
        return point is not None and pair is not None and curves.is_ecdsa_signature(curve, point, digest, *pair)

    def allows(self, scheme):
        """A key for RSASSA-PSS alone; with parameters, by their digest and no shorter salt."""
        if scheme.kind != "pss":
            return False
        if self.algorithm.parameters is None:
            return True
        own = pss_scheme(self.algorithm.parameters)
        return own.hash_name == scheme.hash_name and scheme.salt_size >= own.salt_size

    def check_known(self):
        """Raises Unsupported."""
        if self.algorithm.oid == PSS and self.algorithm.parameters is not None:
            pss_scheme(self.algorithm.parameters)
        self.rsa() if self.algorithm.oid in (RSA, PSS) else self.curve()


def ecdsa_pair(signature):
    """(r, s), or None where it is not their DER."""
    try:
        return tuple(map(der.integer, der.fields_of(der.parse(signature), der.INTEGER, der.INTEGER)))
    except Malformed:
        return None


@dataclass(frozen=True)
class Extension:
    is_critical: bool
    value: bytes


class Certificate:
    """
    Its outer form is read at once; names, key, validity and extensions when they are needed, so that what is wrong
    within a certificate that nobody needs changes nothing. Whatever reads them raises Malformed.
    """

    def __init__(self, value):
        tbs, self.algorithm, self.signature_bits = der.fields_of(value, der.SEQUENCE, der.SEQUENCE, der.BIT_STRING)
        self.bytes, self.signed = value.bytes, tbs.bytes  # Equal bytes are equal certificates.
        fields = der.Fields(tbs)
        self.version = fields.maybe(0xA0)
        self.serial = der.integer(fields.take(der.INTEGER))
        self.inner_algorithm, issuer, self.validity, subject, self.key_info = (
            fields.take(der.SEQUENCE) for _ in range(5)
        )
        self.issuer, self.subject = issuer.bytes, subject.bytes
        self.names = (issuer, subject)
        self.unique_ids = [each for each in (fields.maybe(0x81), fields.maybe(0x82)) if each is not None]
        self.wrapped_extensions = fields.maybe(0xA3)
        fields.end()

    @cached_property
    def key(self):
        return public_key(self.key_info)

    @cached_property
    def extensions(self):
        """oid -> Extension"""
        wrapped = self.wrapped_extensions
        return {} if wrapped is None else read_extensions(der.only_child(wrapped))

    @cached_property
    def dates(self):
        """Milliseconds since 1970: the seconds from which and to which it is valid."""
        if len(self.validity.children) != 2:
            raise Malformed("another validity")
        return tuple(map(der.x509_time, self.validity.children))

    @cached_property
    def signature_algorithm(self):
        return algorithm(self.algorithm)

    @property
    def signature(self):
        return der.octet_bits(self.signature_bits)

    def check(self):
        """Reads all of it. Raises Malformed."""
        self.check_but_key()
        return self.key, self.signature

    def check_but_key(self):
        number = 0
        if self.version is not None:
            number = der.integer(der.fields_of(self.version, der.INTEGER, tag=0xA0)[0])
        if self.version is not None and number not in (1, 2):
            raise Malformed("no version")
        if any(number == 0 or not der.is_bits(each.content) for each in self.unique_ids):
            raise Malformed("no unique id")
        if self.wrapped_extensions is not None and number != 2:
            raise Malformed("extensions before version 3")
        if self.inner_algorithm.bytes != self.algorithm.bytes:
            raise Malformed("two algorithms")
        for each in self.names:
            check_name(each)
        for read in (self.key_usage, self.purposes, self.basic_constraints, self.key_identifier):
            read()
        if NO_REV_AVAIL in self.extensions and self.extensions[NO_REV_AVAIL].value != NULL:
            raise Malformed("noRevAvail with a value")
        return self.dates, self.signature_algorithm

    def __eq__(self, other):
        return self.bytes == other.bytes

    def __hash__(self):
        return hash(self.bytes)

    def extension(self, oid, read):
        """What `read` makes of its value; None where there is no such extension."""
        extension = self.extensions.get(oid)
        return None if extension is None else read(der.parse(extension.value))

    def key_usage(self):
        return self.extension(KEY_USAGE, bits)

    def purposes(self):
        return self.extension(EXTENDED_KEY_USAGE, purposes)

    def basic_constraints(self):
        """(is an authority, greatest number of authorities below it or None); None where it does not say."""
        return self.extension(BASIC_CONSTRAINTS, basic_constraints)

    def key_identifier(self):
        return self.extension(SUBJECT_KEY_ID, octets)

    def is_valid_at(self, time):
        """Both ends included, and they are seconds: the last of them is valid to its end."""
        not_before, not_after = self.dates
        return not_before <= time < not_after + 1000

    def is_signed_by(self, key):
        return key.is_signature(scheme_of(self.signature_algorithm), self.signed, self.signature)


def bits(value):
    if value.tag != der.BIT_STRING:
        raise Malformed("no bits")
    return der.bit_set(value)


def purposes(value):
    return [der.oid(item) for item in der.items_of(value, der.OID)]


def octets(value):
    if value.tag != der.OCTET_STRING:
        raise Malformed("no octets")
    return value.content


def basic_constraints(value):
    fields = der.Fields(value)
    is_authority = maybe_false(fields.maybe(der.BOOLEAN))
    length = fields.maybe(der.INTEGER)
    fields.end()
    length = None if length is None else der.integer(length)
    if length is not None and length < 0:
        raise Malformed("no path length")
    return is_authority, length


@lru_cache(maxsize=None)
def parse_certificate(data):
    """Raises Malformed."""
    certificate = Certificate(der.parse(data, limited=False))
    certificate.check()
    return certificate


def check_name(value):
    if len(value.bytes) > MAX_PART_BYTES:
        raise Malformed("a name that is too long")
    for relative in der.items_of(value, der.SET, least=0):
        for pair in der.items_of(relative, der.SEQUENCE, tag=der.SET):
            fields = der.Fields(pair)
            fields.take(der.OID)
            fields.any()
            fields.end()


def public_key(value):
    algorithm_value, data = der.fields_of(value, der.SEQUENCE, der.BIT_STRING)
    return PublicKey(algorithm(algorithm_value), der.octet_bits(data))


def maybe_false(value):
    """A default that some write out, in what they sign all the same."""
    return value is not None and value.content != b"\0"


def read_extensions(value):
    extensions = {}
    for item in der.items_of(value, der.SEQUENCE):
        fields = der.Fields(item)
        oid, critical = der.oid(fields.take(der.OID)), maybe_false(fields.maybe(der.BOOLEAN))
        content = fields.take(der.OCTET_STRING).content
        fields.end()
        if oid in extensions:
            raise Malformed("an extension twice")
        if oid in BOUNDED_EXTENSIONS and len(content) > MAX_PART_BYTES:
            raise Malformed("an extension that is too long")
        extensions[oid] = Extension(critical, content)
    return extensions


# --- Paths ----------------------------------------------------------------------------------------------------------


def paths(certificate, others, authorities):
    """
    Every path of names from `certificate` through `others` to one of `authorities`, which ends it. Bounded, since names
    may go round in circles.
    """
    found, pending = [], [(certificate,)]
    while pending and len(found) < 64:
        path = pending.pop(0)
        last = path[-1]
        if last in authorities:
            found.append(path)
            continue
        found += [(*path, authority) for authority in authorities if authority.subject == last.issuer]
        pending += [(*path, other) for other in others if other.subject == last.issuer and other not in path]
    return found


def check_path(path, time, purposes=None, strangers=()):
    """
    RFC 5280, section 6.1, from the signer's certificate to the authority's. `purposes`: those of which an authority's
    extendedKeyUsage, where it has one, must have one. `strangers`: the authorities of the other kind, whose keys stand
    nowhere on the path. What is wrong comes before what could not be judged.
    """
    unsupported = None
    for certificate in path:
        certificate.check()
    if {certificate.key.data for certificate in path} & {stranger.key.data for stranger in strangers}:
        raise Fails("chain")
    for position, (certificate, issuer) in enumerate(zip(path, path[1:])):
        below = [each for each in path[1 : position + 1] if each.issuer != each.subject]
        check_issuer(issuer, below, purposes, is_last=position == len(path) - 2)
        try:
            if not certificate.is_signed_by(issuer.key):
                raise Fails("chain")
        except Unsupported as unknown:
            unsupported = unknown
    for certificate in path:
        if any(each.is_critical and oid not in READ for oid, each in certificate.extensions.items()):
            raise Fails("chain")
    if not all(certificate.is_valid_at(time) for certificate in path):
        raise Fails("time")
    if unsupported is not None:
        raise unsupported


def check_issuer(issuer, authorities_below, purposes, is_last):
    """The last is the trust file's: one of version 1, which has neither of the two extensions, is an authority."""
    is_authority, length = issuer.basic_constraints() or (is_last and issuer.key_usage() is None, None)
    if not is_authority or length is not None and len(authorities_below) > length:
        raise Fails("chain")
    usage, extended = issuer.key_usage(), issuer.purposes()
    if usage is not None and KEY_CERT_SIGN not in usage:
        raise Fails("chain")
    if purposes is not None and extended is not None and not purposes & set(extended):
        raise Fails("chain")


def check_no_rev_avail(path):
    """RFC 9608, as section 9.2 wants it: in the signer's certificate alone."""
    for position, certificate in enumerate(path):
        extension = certificate.extensions.get(NO_REV_AVAIL)
        if extension is not None and (position > 0 or extension.is_critical or extension.value != NULL):
            raise Fails("chain")
