"""CMS SignedData (RFC 5652) as sections 8.1 and 9.2 read it, and the identifiers of certificates in its attributes."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import der
import x509
from der import Malformed
from x509 import Unsupported

SIGNED_DATA, DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"  # ESSCertID: RFC 2634.
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"  # ESSCertIDv2: RFC 5816.
TOKEN = "1.2.840.113549.1.9.16.2.14"
MAX_CERTIFICATES = 16
SHA256 = der.sequence(der.encode_oid("2.16.840.1.101.3.4.2.1"))


@dataclass(frozen=True)
class SignedData:
    version: int
    digest_algorithms: tuple
    content_type: str
    content: bytes | None
    certificates: tuple  # x509.Certificate
    has_crls: bool
    signer: "Signer"


@dataclass(frozen=True)
class Signer:
    version: int
    sid: der.Value  # IssuerAndSerialNumber, or [0] SubjectKeyIdentifier.
    digest_algorithm: x509.Algorithm
    attributes: tuple  # (oid, values)
    signed_bytes: bytes  # The attributes as they are signed, in DER.
    signed_as_sent: bytes  # The same in the order and spelling in which they came.
    signature_algorithm: x509.Algorithm
    signature: bytes
    unsigned: tuple | None  # (oid, values), None where there is no such field.

    def attribute(self, oid):
        """Its one value; None where there is none."""
        values = [values for type, values in self.attributes if type == oid]
        if len(values) > 1 or values and len(values[0]) != 1:
            raise Malformed("an attribute more than once")
        return values[0][0] if values else None

    def is_of(self, certificate):
        return is_named(certificate, self.sid)


def is_named(certificate, sid):
    """By IssuerAndSerialNumber, or [0] SubjectKeyIdentifier."""
    if sid.tag == 0x80:
        extension = certificate.extensions.get(x509.SUBJECT_KEY_ID)
        return extension is not None and extension.value == der.encode(der.OCTET_STRING, sid.content)
    issuer, serial = sid.children
    return issuer.bytes == certificate.issuer and der.integer(serial) == certificate.serial


@lru_cache(maxsize=None)
def parse_signed_data(data):
    """Exactly one signer with signed attributes. Raises Malformed."""
    type, wrapped = two_of(der.parse(data))
    if der.oid(type) != SIGNED_DATA or not wrapped.is_context(0):
        raise Malformed("no SignedData")
    fields = der.Fields(der.only_child(wrapped))
    version = der.integer(fields.take(der.INTEGER))
    algorithms = der.items_of(fields.take(der.SET), der.SEQUENCE, tag=der.SET, least=0)
    content_type, content = encapsulated(fields.take(der.SEQUENCE))
    certificates, crls = fields.maybe(0xA0), fields.maybe(0xA1)
    signers = fields.take(der.SET)
    fields.end()
    if any(field is not None and not field.children for field in (certificates, crls)):
        raise Malformed("an empty field, which is left out")
    for crl in () if crls is None else crls.children:  # CertificateList, or [1] another format.
        if crl.tag not in (der.SEQUENCE, 0xA1):
            raise Malformed("no revocation list")
    if len(signers.children) != 1:
        raise Malformed("no signer, or more than one")
    if certificates is not None and len(certificates.children) > MAX_CERTIFICATES:
        raise Malformed("too many certificates")
    return SignedData(
        version,
        tuple(map(x509.algorithm, algorithms)),
        content_type,
        content,
        () if certificates is None else tuple(map(x509.Certificate, certificates.children)),
        crls is not None,
        signer_of(signers.children[0]),
    )


def two_of(value):
    if value.tag != der.SEQUENCE or len(value.children) != 2:
        raise Malformed("two fields")
    return value.children


def encapsulated(value):
    fields = der.Fields(value)
    type, wrapped = der.oid(fields.take(der.OID)), fields.maybe(0xA0)
    fields.end()
    if wrapped is None:
        return type, None
    content = der.only_child(wrapped)
    if content.tag != der.OCTET_STRING:
        raise Malformed("no content")
    return type, content.content


def signer_of(value):
    fields = der.Fields(value)
    version, sid = der.integer(fields.take(der.INTEGER)), fields.any()
    if sid.tag == der.SEQUENCE and version == 1:
        der.fields_of(sid, der.SEQUENCE, der.INTEGER)
    elif sid.tag != 0x80 or version != 3:
        raise Malformed("no signer identifier of this version")
    digest_algorithm = x509.algorithm(fields.take(der.SEQUENCE))
    signed = fields.take(0xA0)
    signature_algorithm = x509.algorithm(fields.take(der.SEQUENCE))
    signature = fields.take(der.OCTET_STRING).content
    unsigned = fields.maybe(0xA1)
    fields.end()
    return Signer(
        version,
        sid,
        digest_algorithm,
        attributes_of(signed),
        der.encode(der.SET, signed.content),
        der.encode(der.SET, signed.content),
        signature_algorithm,
        signature,
        None if unsigned is None else attributes_of(unsigned),
    )


def attributes_of(value):
    """Of an implicitly tagged SET OF Attribute, in DER's order."""
    if not value.children:
        raise Malformed("no attributes")
    der.check_sorted(value.children)
    attributes = []
    for item in value.children:
        type, values = der.fields_of(item, der.OID, der.SET)
        if not values.children:
            raise Malformed("an attribute without a value")
        attributes.append((der.oid(type), values.children))
    return tuple(attributes)


# --- ESSCertID and ESSCertIDv2 --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CertificateId:
    algorithm: x509.Algorithm | None  # None: SHA-1, of an ESSCertID.
    digest: bytes
    issuer_and_serial: tuple | None  # Of the GeneralNames its children, and a number.

    def names(self, certificate):
        name = "sha1" if self.algorithm is None else x509.hash_of(self.algorithm)
        if hashlib.new(name, certificate.bytes).digest() != self.digest:
            return False
        if self.issuer_and_serial is None:
            return True
        names, serial = self.issuer_and_serial
        directory_name = der.encode(0xA4, certificate.issuer)
        return serial == certificate.serial and [name.bytes for name in names] == [directory_name]

    def names_surely(self, certificate):
        try:
            return self.names(certificate)
        except Unsupported:
            return False


def certificate_ids(value, is_v2):
    """Of SigningCertificate or SigningCertificateV2."""
    fields = der.Fields(value)
    ids = der.items_of(fields.take(der.SEQUENCE), der.SEQUENCE)
    policies = fields.maybe(der.SEQUENCE)
    fields.end()
    if policies is not None:
        der.items_of(policies, der.SEQUENCE)
    return [certificate_id(each, is_v2) for each in ids]


def certificate_id(value, is_v2):
    fields = der.Fields(value)
    algorithm = None
    if is_v2:
        written = fields.maybe(der.SEQUENCE)  # The default too, which some authorities write out.
        algorithm = x509.algorithm(der.parse(SHA256) if written is None else written)
    digest, issuer_serial = fields.take(der.OCTET_STRING).content, fields.maybe(der.SEQUENCE)
    fields.end()
    if issuer_serial is None:
        return CertificateId(algorithm, digest, None)
    names, serial = der.fields_of(issuer_serial, der.SEQUENCE, der.INTEGER)
    if not names.children:
        raise Malformed("no names")
    return CertificateId(algorithm, digest, (names.children, der.integer(serial)))


# --- The signature --------------------------------------------------------------------------------------------------


def check_signature(signer, key, content_digest):
    """False, or Fails, where something does not hold; Unsupported where it can't be said."""
    hash_name = x509.hash_of(signer.digest_algorithm)
    if signer.attribute(MESSAGE_DIGEST).content != content_digest(hash_name):
        return False
    scheme = signature_scheme(signer, hash_name)
    return any(
        key.is_signature(scheme, message, signer.signature)
        for message in dict.fromkeys((signer.signed_bytes, signer.signed_as_sent))
    )


def signature_scheme(signer, hash_name):
    """The x509.Scheme of a signature algorithm in a SignerInfo."""
    if signer.signature_algorithm.oid == x509.RSA:
        if signer.signature_algorithm.parameters not in (None, x509.NULL):
            raise Unsupported("parameters")
        return x509.Scheme("rsa", hash_name)
    scheme = x509.scheme_of(signer.signature_algorithm)
    if scheme.hash_name != hash_name:
        raise x509.Fails("signature")
    return scheme
