#!/usr/bin/env python3
"""
Forgeries of certificates: files, signatures, tokens, X.509 and trust files made out of genuine ones, changed in one to
three places by anybody, or by the holder of a key, who signs what he changed.

    python3 forged_certificates.py FOLDER --seed N --count N     FOLDER as certificate-samples.ts writes it

One line of JSON a forgery: where it differs from its sample, its trust file, what was changed, whether it is one (a
signature made again by its own signer is not), and what this verifier says.
"""

import argparse
import base64
import copy
import datetime
import hashlib
import json
import random
import re
import zlib
from pathlib import Path

import certificate
import certificate_maker as maker
import cms
import curves
import der
import der_tree
import verify
import x509
from certificate_maker import attribute, extension, issue, key_usage, purposes
from certificate_spellings import SIGNATURE, SPELLINGS
from der_tree import Node, splice
from strict_json import canonical

MISFITS = (KeyError, TypeError, AttributeError, IndexError, ValueError, OverflowError, StopIteration)
CHANGES = []


def change(weight, harmless=False):
    """
    Each takes the case and the source of chance. What is harmless leaves a genuine certificate genuine: others may be
    forged beside it.
    """

    def register(function):
        function.harmless = harmless
        CHANGES.append((function, weight))
        return function

    return register


class Case:
    """A sample, and what becomes of it: first the file, then its signature, then bytes, and the trust file."""

    def __init__(self, sample, pdf, trust, keys):
        self.sample, self.original, self.keys = sample, pdf, keys
        self.trust, self.kind = copy.deepcopy(trust), "rsa" if "rsa" in sample else "ec"
        self.is_forged = False
        self.is_stamped = sample.endswith("stamped")
        self.doc = maker.Document(pdf)
        self.resigns = False
        self.chain, self.key = [keys.signers[self.kind][0]], copy.copy(keys.signers[self.kind][1])
        self.parts, self.tokens, self.cms, self.bytes = [], [], [], []
        self.parties = []

    def file(self):
        """The document, to be signed again by the holder of the key."""
        self.resigns = True
        return self.doc

    def state(self):
        """Equal where nothing was changed."""
        hooks = [len(each) for each in (self.parts, self.tokens, self.cms, self.bytes)]
        return self.doc.build(), self.chain, self.is_stamped, hooks, json.dumps(self.trust), self.parties

    def sign(self, data):
        parts = maker.signing_parts(self.chain, self.key, maker.digest_of(data))
        if self.is_stamped:
            parts.unsigned = lambda signature: [attribute(cms.TOKEN, self.token(signature))]
        for each in self.parts:
            each(parts)
        return maker.with_cms(data, maker.encode_signed_data(parts))

    def token(self, signature):
        parts = maker.token_parts(self.keys, signature)
        for each in self.tokens:
            each(parts)
        return maker.encode_token(parts)

    def pdf(self):
        data = self.original
        if self.resigns or self.parts or self.tokens:
            data = self.doc.build()
            if maker.HOLE.search(data):
                data = self.sign(data)
        for each in self.cms:
            data = maker.with_cms(data, each(maker.cms_of(data)))
        for each in self.bytes:
            data = each(data)
        return data


def one_of(r, *choices):
    return r.choice(choices)


# --- Bytes, by anybody ----------------------------------------------------------------------------------------------


def region(data, r):
    """A place in a part of the file chosen first: most bytes are pictures of letters."""
    a, b = maker.hole_of(data)
    table = data.rindex(b"\nxref\n")
    size = len(maker.cms_of(data))
    starts = [(0, len(data)), (table, len(data)), (a - 250, a + 1), (a, a + 2 * size + 8), (a + 2 * size, b + 20)]
    starts += [
        (data.index(text) - 100, data.index(text) + 400) for text in (b"/Catalog", b"/EmbeddedFile", b"/Filespec")
    ]
    starts += [
        (data.index(b"/AcroForm") - 50, data.index(b"/AcroForm") + 50),
        (data.index(b"/FT /Sig") - 20, data.index(b"/FT /Sig") + 60),
    ]
    start, end = r.choice(starts)
    return r.randrange(max(start, 0), min(end, len(data)))


@change(10)
def bit_flipped(c, r):
    def flip(data):
        at = region(data, r)
        return splice(data, at, at + 1, bytes([data[at] ^ 1 << r.randrange(8)]))

    c.bytes.append(flip)


@change(6)
def bytes_inserted(c, r):
    new = one_of(r, b" ", b"\n", b"\0", b"0", b"%x\n", b"\r", bytes([r.randrange(256)]) * r.randrange(1, 40))

    def insert(data):
        at = region(data, r)
        return splice(data, at, at, new)

    c.bytes.append(insert)


@change(6)
def bytes_removed(c, r):
    def remove(data):
        at = region(data, r)
        return splice(data, at, at + r.choice([1, 1, 2, 20, 300]), b"")

    c.bytes.append(remove)


@change(3)
def ends_otherwise(c, r):
    tail = one_of(r, b"\n", b" ", b"\r\n", b"%%EOF\n", b"\0", b"trailer\n<<>>\n")
    cut = r.choice([0, 0, 1, 2, 7, 30])
    c.bytes.append(lambda data: data[: len(data) - cut] + tail)


@change(8)
def byte_range_moved(c, r):
    def move(data):
        match = re.search(rb"/ByteRange \[([0-9 ]*)\] *", data)
        numbers = list(map(int, match.group(1).split()))
        way = r.randrange(8)
        if way < 4:
            numbers[r.randrange(4)] += r.choice([-1, 1, 2, -2, 100])
        elif way == 4:
            numbers[1], numbers[2] = numbers[2], numbers[1]
        elif way == 5:
            numbers[3] -= 1
        text = " ".join(map(str, numbers))
        text = text.replace(" ", one_of(r, "  ", " 0", " +"), 1) if way == 6 else text
        text = text + one_of(r, " ", " 0", " 0 0") if way == 7 else text
        new = f"/ByteRange [{text}]".encode()
        return splice(data, match.start(), match.end(), new.ljust(len(match.group(0))))

    c.bytes.append(move)


@change(5)
def padding(c, r):
    def pad(data):
        a, b = maker.hole_of(data)
        size = len(maker.cms_of(data))
        at = r.choice([a + 1 + 2 * size, b - 3, r.randrange(a + 1 + 2 * size, b - 1)])
        return splice(data, at, at + 1, one_of(r, b"1", b"f", b" ", b"\n", b"g", b">", b"<"))

    c.bytes.append(pad)


@change(3)
def hex_case(c, r):
    def upper(data):
        a, b = maker.hole_of(data)
        letters = [at for at in range(a, b) if data[at] in b"abcdef"]
        chosen = letters if r.random() < 0.3 else [r.choice(letters)]
        changed = bytearray(data)
        for at in chosen:
            changed[at] -= 32
        return bytes(changed)

    c.bytes.append(upper)


@change(2)
def place_of_zeros(c, r):
    def empty(data):
        a, b = maker.hole_of(data)
        return splice(data, a + 1, b - 1, one_of(r, b"0" * (b - a - 2), b"0" * (b - a - 3), b"", b"00"))

    c.bytes.append(empty)


def entries_of(data):
    table = data.rindex(b"\nxref\n")
    return data.index(b"65535 f \n", table) + 9, int(data[table + 8 : data.index(b"\n", table + 8)])


@change(8)
def entry_elsewhere(c, r):
    def move(data):
        start, count = entries_of(data)
        number = r.randrange(1, count)
        at = start + 20 * (number - 1)
        other = start + 20 * (r.randrange(1, count) - 1)
        offset = one_of(
            r,
            data[other : other + 10],
            b"%010d" % r.randrange(len(data)),
            b"%010d" % (int(data[at : at + 10]) + r.choice([-1, 1])),
            b"9999999999",
        )
        new = one_of(
            r,
            offset + b" 00000 n \n",
            offset + b" 00000 n \n",
            data[at : at + 10] + b" 00001 n \n",
            b"0000000000 65535 f \n",
            offset + b" 00000 n\r\n",
        )
        return splice(data, at, at + 20, new)

    c.bytes.append(move)


@change(3)
def entries_swapped(c, r):
    def swap(data):
        start, count = entries_of(data)
        one, other = (start + 20 * (each - 1) for each in r.sample(range(1, count), 2))
        changed = splice(data, one, one + 20, data[other : other + 20])
        return splice(changed, other, other + 20, data[one : one + 20])

    c.bytes.append(swap)


@change(3)
def revision_appended(c, r):
    """Of the naive kind: readers that follow /Prev show it."""
    number = c.doc.holding(b"/Type /Catalog")

    def append(data):
        body = c.doc.body(number).replace(b"/Lang (", b"/Lang (x")
        offset, start = len(data), int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", data).group(1))
        table = offset + len(body)
        prev = b"/Prev %d\n" % start if r.random() < 0.7 else b""
        return (
            data
            + body
            + b"xref\n%d 1\n%010d 00000 n \ntrailer\n<<\n/Size 47\n/Root %d 0 R\n%s>>\n"
            % (number, offset, number, prev)
        ) + b"startxref\n%d\n%%%%EOF\n" % one_of(r, table, start)

    c.bytes.append(append)


@change(4)
def revision_consistent(c, r):
    """A whole table behind the first: our own structure, of other objects; the range may follow."""
    number = c.doc.holding(r.choice([b"/Type /Catalog", b"/Type /Pages", b"(evidence.json)\n", b"/FT /Sig"]))
    follows = r.random() < 0.5

    def append(data):
        body = c.doc.body(number).replace(b"\n>>\nendobj", b"\n/X 1\n>>\nendobj")
        start, count = entries_of(data)
        table, end = data.rindex(b"\nxref\n") + 1, data.rindex(b"startxref\n")
        entries = splice(
            data[table:end],
            start - table + 20 * (number - 1),
            start - table + 20 * number,
            b"%010d 00000 n \n" % len(data),
        )
        longer = data + body + entries + b"startxref\n%d\n%%%%EOF\n" % (len(data) + len(body))
        return maker.with_ranges(longer) if follows else longer

    c.bytes.append(append)


# --- The file, by the holder of the key -----------------------------------------------------------------------------


@change(3, harmless=True)
def signed_again(c, r):
    """By its own signer: RSA gives the same bytes, ECDSA others, neither says more."""
    c.file()


@change(6)
def object_altered(c, r):
    doc = c.file()
    number, body = r.choice(doc.objects)
    if b"/ByteRange" in body:
        raise ValueError
    at = r.randrange(len(b"%d 0 obj\n" % number), len(body) - 8)
    new = one_of(r, bytes([body[at] ^ 1 << r.randrange(7)]), b" ", b"1", b"\t", b"%")
    doc.objects = [[each, splice(text, at, at + 1, new) if each == number else text] for each, text in doc.objects]


@change(3)
def objects_reordered(c, r):
    doc = c.file()
    one, other = r.sample(range(len(doc.objects)), 2)
    doc.objects[one], doc.objects[other] = doc.objects[other], doc.objects[one]


@change(3)
def objects_swapped(c, r):
    """One's number for another's."""
    doc = c.file()
    one, other = r.sample(range(len(doc.objects)), 2)
    for index, number in ((one, doc.objects[other][0]), (other, doc.objects[one][0])):
        body = doc.objects[index][1]
        doc.objects[index] = [number, b"%d" % number + body[body.index(b" ") :]]


@change(3)
def object_added(c, r):
    doc = c.file()
    number = max(each for each, _ in doc.objects) + r.choice([1, 1, 2])
    value = one_of(r, b"<<\n/X 1\n>>", b"null", b"(x)", b"[]", b"<<\n/JS (x)\n/S /JavaScript\n>>", b"1 % comment")
    doc.objects.insert(r.randrange(len(doc.objects) + 1), [number, b"%d 0 obj\n" % number + value + b"\nendobj\n"])
    doc.trailer = re.sub(rb"/Size \d+", b"/Size %d" % (number + 1), doc.trailer)


@change(3)
def junk_between_objects(c, r):
    doc = c.file()
    index = r.randrange(len(doc.objects))
    junk = one_of(r, b"\n", b"% comment\n", b"garbage\n", b"1 0 obj\n<<>>\nendobj\n")
    doc.objects[index][1] += junk


@change(34)
def spelt_otherwise(c, r):
    doc = c.file()
    where, old, news = r.choice(SPELLINGS)
    new = r.choice(news)
    doc.replace(doc.holding(where), old, new)
    return f"{old!a} {new!a}"


@change(4)
def said_when(c, r):
    times = (
        b"20261124080010",
        b"20261124080008",
        b"20361124080009",
        b"20251124080009",
        b"20261324080009",
        b"20261124080060",
        b"20261124240000",
        b"00001124080009",
    )
    doc = c.file()
    doc.replace(doc.holding(SIGNATURE), b"20261124080009", r.choice(times))


@change(5)
def trailer_otherwise(c, r):
    doc = c.file()
    root = re.search(rb"/Root (\d+) 0 R", doc.trailer).group(0)
    old, new = r.choice(
        [
            (root, root + b"\n/Prev 0"),
            (root, root + b"\n/Encrypt 1 0 R"),
            (root, root + b"\n/XRefStm 15"),
            (root, root + b"\n" + root),
            (root, b"/Root 1 0 R"),
            (root, b"/Root <<\n>>"),
            (root, b""),
            (b"/Size 47", b"/Size 46"),
            (b"/Size 47", b"/Size 4000"),
            (b"/Size 47", b""),
            (b"trailer\n", b"trailer "),
            (b"trailer\n", b"trailer\n% x\n"),
            (b"trailer\n", b"x\ntrailer\n"),
            (b">>\n", b">>\n\n"),
            (b">>\n", b">> \n"),
            (b">>\n", b">>\n<<\n>>\n"),
            (b"/ID [", b"/ID [<00> "),
            (b"/Info ", b"/Inf "),
        ]
    )
    if old not in doc.trailer:
        raise ValueError
    doc.trailer = doc.trailer.replace(old, new, 1)


@change(3)
def header_otherwise(c, r):
    doc = c.file()
    doc.header = one_of(
        r,
        b"%PDF-1.7\n",
        doc.header.replace(b"1.7", b"1.6"),
        doc.header.replace(b"1.7", b"2.0"),
        doc.header.replace(b"1.7\n", b"1.7\r\n"),
        doc.header.replace(b"1.7\n", b"1.7 \n"),
        doc.header + b"\n",
        doc.header + b"% x\n",
        b"\n" + doc.header,
        b"x" + doc.header,
    )


@change(4)
def table_otherwise(c, r):
    """Of the table, with a signature over it: which entries are followed, and which spellings are one."""
    number = r.choice([each for each, _ in c.doc.objects])
    doc = c.file()
    way = r.randrange(6)
    other = r.choice([each for each, _ in doc.objects])
    doc.entries[number] = (
        lambda offsets: b"%010d 00000 n \n" % offsets[other],
        b"0000000000 65535 f \n",
        b"0000000000 00000 n \n",
        lambda offsets: b"%010d 00001 n \n" % offsets[number],
        lambda offsets: b"%010d 00000 n\r\n" % offsets[number],
        lambda offsets: b"%010d 00000 f \n" % offsets[number],
    )[way]


@change(3)
def table_head_otherwise(c, r):
    c.file()
    old, new = r.choice(
        [
            (b"\nxref\n0 47\n", b"\nxref\n0  47\n"),
            (b"\nxref\n0 47\n", b"\nxref\n0 047\n"),
            (b"\nxref\n0 47\n", b"\nxref\n0 46\n"),
            (b"\nxref\n0 47\n", b"\nxref\n0 48\n"),
            (b"\nxref\n0 47\n", b"\nxref \n0 47\n"),
            (b"0000000000 65535 f \n", b"0000000001 65535 f \n"),
            (b"0000000000 65535 f \n", b"0000000000 00000 n \n"),
            (b"\nstartxref\n", b"\nstartxref\n0"),
            (b"\nstartxref\n", b"\nstartxref\n "),
            (b"\nstartxref\n", b"\n\nstartxref\n"),
            (b"%%EOF\n", b"%%EOF"),
            (b"%%EOF\n", b"%%EOF\r\n"),
        ]
    )

    def alter(data):
        at = data.rindex(old)
        return c.sign(maker.with_ranges(splice(data, at, at + len(old), new)))

    c.bytes.append(alter)


# --- What is claimed ------------------------------------------------------------------------------------------------


def shifted(text, milliseconds):
    time = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ") + datetime.timedelta(milliseconds=milliseconds)
    return time.isoformat(timespec="milliseconds") + "Z"


def claims_of(c, alter, encode=canonical):
    doc = c.file()
    number = doc.holding(b"/Subtype /application#2fjson")
    claims = json.loads(doc.stream(number))
    claims = alter(claims) or claims
    doc.set_stream(number, encode(claims))
    return claims


@change(8)
def issued_at_another_time(c, r):
    """With /M and without it: the bounds are finalAt less 5 s and the token plus 5 s."""
    shift = r.choice(
        [1, -1, 120, -121, 1000, -1000, 5000, -11_119, -11_120, -11_121, -20_000, 6_129, 6_130, 6_131, 86_400_000]
    )

    def alter(claims):
        claims["issuedAt"] = shifted(claims["issuedAt"], shift)

    claims = claims_of(c, alter)
    if r.random() < 0.8:
        said = re.sub(r"[^0-9]", "", claims["issuedAt"])[:14].encode()
        c.doc.replace(c.doc.holding(SIGNATURE), b"20261124080009", said)


@change(8)
def claims_altered(c, r):
    member = r.choice(["type", "language", "template", "consortium", "verifyUrl", "issuedAt", "x"])
    id = "01JDEXAMP1E000000000000001"
    values = {
        "type": ["cunzheng/certificate@v2", 1],
        "language": ["en", "zh", "de", None],
        "template": [base64.b64encode(bytes(32)).decode(), "", base64.b64encode(bytes(31)).decode()],
        "consortium": [base64.b64encode(bytes(32)).decode(), "A" * 44],
        "verifyUrl": [
            f"https://other.example/d/{id}",
            f"https://verify.example/d/{id}?",
            f"https://verify.example/d/{id[:-1]}2",
            f"https://verify.example/{id}",
            f"http://x/d/{id}",
            f"http:///d/{id}",
            f"ftp://x/d/{id}",
            f"https://x y/d/{id}",
            f"https://é/d/{id}",
            f"HTTPS://x/d/{id}",
            "https://" + "x" * (500 - len(id) - 3) + f"/d/{id}",
            "https://" + "x" * (501 - len(id) - 3) + f"/d/{id}",
            "",
        ],
        "issuedAt": ["2026-11-24T08:00:09Z", "2026-02-30T08:00:09.120Z", 7],
        "x": [1],
    }

    def alter(claims):
        if r.random() < 0.1:
            del claims[member]
        else:
            claims[member] = r.choice(values[member])

    claims_of(c, alter)


@change(4)
def claims_spelt_otherwise(c, r):
    def encode(claims):
        text = canonical(claims)
        return one_of(
            r,
            text + b"\n",
            b" " + text,
            b"\xef\xbb\xbf" + text,
            text.replace(b'","', b'", "', 1),
            text.replace(b"/", b"\\/", 1),
            text.replace(b"{", b'{"type":"cunzheng/certificate@v1",', 1),
            text[:-1],
            text + b"{}",
            b"[" + text + b"]",
            b"",
            text.replace(b"zh", b"\\u007ah").replace(b'"en"', b'"e\\u006e"'),
            b"\xff" + text,
        )

    claims_of(c, lambda claims: None, encode)


@change(5)
def evidence_altered(c, r):
    doc = c.file()
    number = doc.holding(b"cunzheng.evidence")
    text = doc.stream(number)
    new = one_of(
        r,
        text[:-1],
        b"",
        text.replace(b'"size":3', b'"size":4'),
        text.replace(b"loan.contract", b"loan.contrast"),
        text.replace(b'"sealedAt":"2026-11-24T08:00:01', b'"sealedAt":"2026-11-24T08:00:03'),
        text.replace(b"example-bank-b.example/mirror", b"example-bank-c.example/mirror"),
        text.replace(b'"timestamps":[]', b'"timestamps":[{"token":"AAAA"}]'),
        text.replace(b"cunzheng/evidence@v1", b"cunzheng/evidence@v2"),
        text.replace(b"000000001", b"000000002"),
    )
    doc.set_stream(number, new)


@change(2, harmless=True)
def evidence_spelt_otherwise(c, r):
    """White space is free in it: the certificate is of this file, byte for byte."""
    doc = c.file()
    number = doc.holding(b"cunzheng.evidence")
    text = doc.stream(number)
    doc.set_stream(number, one_of(r, text + b"\n", text.replace(b'","', b'", "', 1), b" " + text))
    attached = doc.stream(number) + doc.stream(doc.holding(b"/Subtype /application#2fjson"))
    identifier = hashlib.sha256(attached).hexdigest()[:32].encode()  # As whoever draws the pages makes it.
    doc.trailer = re.sub(rb"<[0-9a-f]{32}>", b"<%s>" % identifier, doc.trailer)


@change(2)
def attachment_compressed(c, r):
    """The bytes are right behind a filter, which is one text too many."""
    doc = c.file()
    number = doc.holding(r.choice([b"cunzheng.evidence", b"/Subtype /application#2fjson"]))
    doc.set_stream(number, zlib.compress(doc.stream(number)))
    doc.replace(number, b"/Type /EmbeddedFile", b"/Type /EmbeddedFile\n/Filter /FlateDecode")


# --- The signature, by anybody --------------------------------------------------------------------------------------


def signature_change(weight):
    def register(function):
        def alter(c, r):
            def apply(data):
                root = Node(der.parse(data))
                return function(root, r) or root.encode()

            c.cms.append(apply)

        alter.__name__ = function.__name__
        return change(weight)(alter)

    return register


for weight, generic in der_tree.CHANGES:
    signature_change(weight)(generic)


def signed_data_of(root):
    return root.children[1].children[0].children


def signer_of(root):
    return signed_data_of(root)[-1].children[0].children


@signature_change(5)
def certificates_altered(root, r):
    certificates = signed_data_of(root)[3]
    way = r.randrange(5)
    if way == 0:
        certificates.children.append(Node(der.parse(KEYS.root)))
    elif way == 1:
        certificates.children.insert(0, Node(der.parse(KEYS.other_root)))
    elif way == 2:
        certificates.children = [Node(der.parse(KEYS.signers[r.choice(["rsa", "ec"])][0]))]
    elif way == 3:
        certificates.children = []
    else:
        signed_data_of(root).remove(certificates)


@signature_change(3)
def second_signer(root, r):
    signers = signed_data_of(root)[-1]
    other = copy.deepcopy(signers.children[0])
    other.children[-1].content = bytes(8)
    signers.children.append(other)


@signature_change(5)
def unsigned_attributes(root, r):
    signer = signer_of(root)
    junk = attribute(one_of(r, "1.2.3.4", cms.TOKEN, "1.2.840.113549.1.9.6"), one_of(r, x509.NULL, der.sequence()))
    if signer[-1].tag == 0xA1 and r.random() < 0.8:
        place = r.choice([signer[-1].children, signer[-1].children[0].children[1].children])
        place.append(Node(der.parse(one_of(r, junk, x509.NULL))))
    else:
        signer.append(Node(der.parse(der.encode(0xA1, junk))))


@signature_change(4)
def algorithm_named_otherwise(root, r):
    signer = signer_of(root)
    algorithm = r.choice(
        [
            [der.encode_oid("2.16.840.1.101.3.4.2.1"), x509.NULL],
            [der.encode_oid("2.16.840.1.101.3.4.2.2")],
            [der.encode_oid("1.2.840.113549.1.1.11"), x509.NULL],
            [der.encode_oid("1.2.840.113549.1.1.1")],
            [der.encode_oid("1.2.840.113549.1.1.10"), der.sequence()],
            [der.encode_oid("1.2.840.10045.4.3.3")],
            [der.encode_oid("1.2.840.10045.4.3.2"), x509.NULL],
            [der.encode_oid("1.2.3")],
        ]
    )
    position = r.choice([2, 4])
    signer[position] = Node(der.parse(der.sequence(*algorithm)))
    if position == 2 and r.random() < 0.5:
        signed_data_of(root)[1].children = [signer[position]]


@signature_change(4)
def high_s(root, r):
    value = signer_of(root)[5]
    try:
        pair = x509.ecdsa_pair(value.content)
    except der.Malformed:
        pair = None
    if pair:  # Anybody can write it.
        value.content = der.sequence(der.encode_integer(pair[0]), der.encode_integer(curves.P256.n - pair[1]))
    else:  # Of RSA: the same modulo the modulus, or a byte longer.
        value.content = one_of(
            r, b"\0" + value.content, value.content[1:], bytes(len(value.content)), b"\xff" * len(value.content)
        )


@signature_change(3)
def bytes_behind(root, r):
    return root.encode() + one_of(r, b"\1", b"\5\0", b"\0\0\1")


# --- The signature, by the holder of the key ------------------------------------------------------------------------


def with_parts(weight, harmless=False):
    def register(function):
        def alter(c, r):
            c.parts.append(lambda parts: function(parts, r, c))

        alter.__name__ = function.__name__
        return change(weight, harmless)(alter)

    return register


@with_parts(8)
def attributes_signed(parts, r, c):
    way = r.randrange(8)
    if way == 0:
        del parts.attributes[r.randrange(3)]
    elif way == 1:
        parts.attributes.append(r.choice(parts.attributes))
    elif way == 2:
        parts.attributes.append(attribute("1.2.840.113549.1.9.5", der.encode(der.UTC_TIME, b"261124080009Z")))
    elif way == 3:
        parts.attributes[1] = attribute(cms.MESSAGE_DIGEST, der.encode(der.OCTET_STRING, bytes(r.choice([32, 20, 0]))))
    elif way == 4:
        digest = der.parse(parts.attributes[1]).children[1].children[0].bytes
        parts.attributes[1] = attribute(cms.MESSAGE_DIGEST, *[digest] * 2)
    elif way == 5:
        parts.attributes[0] = attribute(cms.CONTENT_TYPE, der.encode_oid(cms.TST_INFO))
    elif way == 6:
        parts.attributes.append(
            attribute(
                cms.SIGNING_CERTIFICATE,
                der.sequence(der.sequence(der.sequence(der.encode(der.OCTET_STRING, bytes(20))))),
            )
        )
    else:
        parts.attributes.append(attribute("1.2.3.4", x509.NULL))


@with_parts(8)
def certificate_ids(parts, r, c):
    own = x509.parse_certificate(c.chain[0])
    good = der.parse(certificate.encode_certificate_id(own))
    digest, serial = good.children
    root = certificate.encode_certificate_id(x509.parse_certificate(c.keys.root))
    ids = one_of(
        r,
        [root],
        [good.bytes, root],
        [good.bytes, good.bytes],
        [der.sequence(digest.bytes)],
        [der.sequence(cms.SHA256, digest.bytes, serial.bytes)],
        [der.sequence(der.encode(der.OCTET_STRING, bytes(32)), serial.bytes)],
        [der.sequence(digest.bytes, der.sequence(serial.children[0].bytes, der.encode_integer(own.serial + 1)))],
        [],
    )
    policies = der.sequence(der.sequence(der.encode_oid("1.2.3"))) if r.random() < 0.15 else b""
    parts.attributes[2] = attribute(cms.SIGNING_CERTIFICATE_V2, der.sequence(der.sequence(*ids), policies))


@with_parts(6)
def signed_by_other_means(parts, r, c):
    way = r.randrange(6)
    if way == 0:
        parts.digest_algorithm = parts.digest_algorithms[0] = der.sequence(der.encode_oid("2.16.840.1.101.3.4.2.3"))
        parts.hash_name = "sha512"
    elif way == 1:
        parts.algorithm = der.sequence(
            der.encode_oid("1.2.840.10045.4.3.3" if c.kind == "ec" else "1.2.840.113549.1.1.12")
        )
        parts.hash_name = "sha384"
    elif way == 2 and c.kind == "ec":
        parts.key.is_high = True
    elif way == 2:
        parts.algorithm = der.sequence(der.encode_oid("1.2.840.113549.1.1.11"), x509.NULL)
    elif way == 3:
        parts.key = c.keys.other_key
    elif way == 4:
        parts.signature = c.keys.signers[c.kind][1].sign(b"something else")
    else:
        parts.content = der.sequence(der.encode_oid(cms.DATA), der.encode(0xA0, der.encode(der.OCTET_STRING, b"x")))


@with_parts(3)
def versions(parts, r, c):
    which = r.choice(["version", "signer_version"])
    setattr(parts, which, r.choice([0, 2, 3, 4]))
    if which == "signer_version" and r.random() < 0.5:
        parts.sid = der.encode(0x80, bytes(20))


# --- X.509 ----------------------------------------------------------------------------------------------------------

GOOD = [x509.DIGITAL_SIGNATURE, x509.CONTENT_COMMITMENT]
DOCUMENT_SIGNING, STAMPING = "1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.8"
NO_REV_AVAIL = extension(x509.NO_REV_AVAIL, x509.NULL, critical=False)
# Extensions of the signer's certificate, and whether they are in order.
SIGNERS = [
    ([key_usage(x509.DIGITAL_SIGNATURE)], True),
    ([key_usage(x509.CONTENT_COMMITMENT)], True),
    ([key_usage(*GOOD), maker.basic_constraints(False)], True),
    ([key_usage(*GOOD), purposes(DOCUMENT_SIGNING, STAMPING, critical=True), NO_REV_AVAIL], True),
    ([key_usage(*GOOD), purposes("2.5.29.37.0")], True),
    ([key_usage(*GOOD), purposes("1.2.840.113583.1.1.5")], True),
    ([key_usage(*GOOD), purposes("1.3.6.1.4.1.311.10.3.12")], True),
    ([key_usage(*GOOD), purposes("1.3.6.1.5.5.7.3.4")], True),
    ([key_usage(*GOOD), extension("1.2.3.4", x509.NULL, critical=False)], True),
    ([key_usage(*GOOD), extension(x509.POLICIES, der.sequence(der.sequence(der.encode_oid("1.2.3"))))], True),
    ([], False),
    ([key_usage(2)], False),
    ([key_usage(x509.DIGITAL_SIGNATURE, x509.KEY_CERT_SIGN)], False),
    ([key_usage(*GOOD), maker.basic_constraints(True)], False),
    ([key_usage(*GOOD), purposes(STAMPING)], False),
    ([key_usage(*GOOD), purposes("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2")], False),
    ([key_usage(*GOOD), extension("1.2.3.4", x509.NULL)], False),
    ([key_usage(*GOOD), extension(x509.NO_REV_AVAIL, x509.NULL)], False),
    ([key_usage(*GOOD), extension(x509.NO_REV_AVAIL, der.sequence(), critical=False)], False),
    ([key_usage(*GOOD), key_usage(*GOOD)], False),
    ([extension(x509.KEY_USAGE, der.encode(der.BIT_STRING, b"\0\xc0"))], True),
    ([extension(x509.KEY_USAGE, x509.NULL)], False),
    ([key_usage(*GOOD), extension(x509.BASIC_CONSTRAINTS, der.sequence(der.encode(der.BOOLEAN, b"\0")))], True),
    ([key_usage(*GOOD), extension("2.5.29.30", der.sequence(), critical=True)], False),
]


def root_name(c):
    return x509.parse_certificate(c.keys.root).subject


@change(16, harmless=True)
def signer_certified_so(c, r):
    """Harmless where it is in order: see `forge`."""
    extensions, is_good = r.choice(SIGNERS)
    c.is_forged |= not is_good
    c.file()
    c.chain = [issue(c.key, c.keys.root_key, "Signer", root_name(c), extensions)]


@change(8)
def signer_certified_otherwise(c, r):
    c.file()
    usual, root = [key_usage(*GOOD)], root_name(c)
    other = c.keys.other_key
    c.chain = one_of(
        r,
        [issue(c.key, c.keys.root_key, "Signer", root, usual, not_after=b"261124080008Z")],
        [issue(c.key, c.keys.root_key, "Signer", root, usual, not_before=b"261124080011Z")],
        [issue(c.key, other, "Signer", root, usual)],
        [issue(c.key, other, "Signer", "Another Root", usual)],
        [issue(c.key, other, "Signer", "Another Root", usual), c.keys.other_root],
        [issue(other, c.keys.root_key, "Signer", root, usual)],
        [issue(c.key, c.key, "Signer", "Signer", usual)],
        [c.keys.root],
        [issue(c.key, c.keys.root_key, "Signer", root, usual), c.keys.other_root],
        [issue(c.key, c.keys.root_key, "Signer", root, usual, hash_name="sha512")],
        [
            issue(
                c.key,
                c.keys.root_key,
                "Signer",
                root,
                usual,
                algorithm=der.sequence(der.encode_oid("1.2.840.10045.4.1")),
            )
        ],
    )


@change(3, harmless=True)
def valid_to_the_second(c, r):
    """Both ends are included; without a token the time of judgement is /M."""
    c.file()
    time = b"261124080010Z" if c.is_stamped else b"261124080009Z"
    way = r.randrange(3)
    ends = [
        {"not_after": time},
        {"not_before": time},
        {"not_after": b"20360101000000Z", "not_before": b"991124080008Z", "serial": r.choice([-5, 0])},
    ][way]
    c.chain = [issue(c.key, c.keys.root_key, "Signer", root_name(c), [key_usage(*GOOD)], **ends)]


@change(12, harmless=True)
def under_an_intermediate(c, r):
    c.file()
    key, usual, root = maker.EcKey(r.choice([3, 5])), [key_usage(*GOOD)], c.keys.root_key
    # The samples' root allows no authority below it: here is one that does.
    again = issue(root, root, root_name(c), root_name(c), maker.authority(r.choice([None, 1, 2])))
    c.trust["certificateAuthorities"] = [maker.pem(again)]
    extensions, is_good = r.choice(
        [(maker.authority(), True)] * 3
        + [(maker.authority(1), True), ([*maker.authority(), purposes(DOCUMENT_SIGNING)], True)]
        + [
            (bad, False)
            for bad in (
                [maker.basic_constraints(False)],
                [maker.basic_constraints(True), key_usage(x509.DIGITAL_SIGNATURE)],
                [*maker.authority(), purposes(STAMPING)],
                [*maker.authority(), NO_REV_AVAIL],
                [*maker.authority(), extension("1.2.3.4", x509.NULL)],
            )
        ]
    )
    middle = issue(key, root, "Middle", root_name(c), extensions, serial=3)
    signer = issue(c.key, key, "Signer", "Middle", usual)
    c.chain = [signer, middle]
    way = r.randrange(9)
    if way == 0:
        c.chain.append(again)
    elif way == 1:  # One more below it, which may allow none or be allowed none.
        length, root_length = r.choice([(None, 2), (1, 2), (0, 2), (1, 1)])
        middle = issue(key, root, "Middle", root_name(c), maker.authority(length), serial=3)
        lower = issue(key, key, "Lower", "Middle", maker.authority(), serial=4)
        c.chain = [issue(c.key, key, "Signer", "Lower", usual), lower, middle]
        c.trust["certificateAuthorities"] = [
            maker.pem(issue(root, root, root_name(c), root_name(c), maker.authority(root_length)))
        ]
        is_good = length != 0 and root_length == 2
    elif way == 2:
        c.chain, is_good = [signer], False
    elif way == 3:
        c.parts.append(unsorted)
        is_good = False
    elif way == 4:
        c.chain, is_good = [issue(c.key, c.keys.other_key, "Signer", "Middle", usual), middle], False
    elif way == 5:
        c.chain, is_good = [signer, issue(key, c.keys.other_key, "Middle", root_name(c), maker.authority())], False
    elif way == 6:
        c.trust["certificateAuthorities"] = [maker.pem(middle)]
    elif way == 7:
        c.trust["certificateAuthorities"] = [maker.pem(c.keys.root)]
        is_good = False
    c.is_forged |= not is_good


def unsorted(parts):
    parts.certificates.sort(key=lambda each: each.ljust(4096, b"\0"), reverse=True)
    parts.is_sorted = False


@change(5)
def weak_or_unknown_key(c, r):
    c.file()
    ed25519 = der.sequence(
        der.sequence(der.encode_oid("1.3.101.112")), der.encode(der.BIT_STRING, b"\0" + bytes(range(32)))
    )
    small = der.sequence(der.encode_integer((1 << 1023) + 1), der.encode_integer(65537))
    weak = der.sequence(der.sequence(der.encode_oid(x509.RSA), x509.NULL), der.encode(der.BIT_STRING, b"\0" + small))
    curve = der.sequence(
        der.sequence(der.encode_oid(x509.EC), der.encode_oid("1.3.132.0.10")),
        der.encode(der.BIT_STRING, b"\0\4" + bytes(64)),
    )
    off_curve = der.sequence(
        der.sequence(der.encode_oid(x509.EC), der.encode_oid("1.2.840.10045.3.1.7")),
        der.encode(der.BIT_STRING, b"\0\4" + bytes(64)),
    )
    spki = one_of(r, ed25519, weak, curve, off_curve)
    c.chain = [issue(spki, c.keys.root_key, "Signer", root_name(c), [key_usage(*GOOD)])]


@change(3, harmless=True)
def on_p384(c, r):
    c.file()
    c.key = maker.EcKey(987654321, curves.P384)
    c.chain = [issue(c.key, c.keys.root_key, "Signer", root_name(c), [key_usage(*GOOD)])]


# --- The token over the signature -----------------------------------------------------------------------------------


def with_token(weight, harmless=False):
    def register(function):
        def alter(c, r):
            if not c.is_stamped or c.cms:
                raise ValueError("no token")
            c.tokens.append(lambda parts: function(parts, r, c))

        alter.__name__ = function.__name__
        return change(weight, harmless)(alter)

    return register


@with_token(8, harmless=True)
def stamped_at(parts, r, c):
    """issuedAt is 08:00:09.120, so from 04.120 on."""
    time, is_good = r.choice(
        [
            (b"20261124080004.12Z", True),
            (b"20261124080004.119999Z", True),
            (b"20261124080004.1190001Z", True),
            (b"20261124080004.119Z", False),
            (b"20261124080004Z", False),
            (b"20271124080004Z", True),
            (b"20371124080004Z", False),
            (b"20251124080004Z", False),
            (b"20261124080010.250Z", False),
            (b"20261124080010.Z", False),
            (b"20261124080060Z", False),
            (b"202611240800Z", False),
            (b"20261124080010+0000", False),
            (b"20260230080010Z", False),
        ]
    )
    c.is_forged |= not is_good
    parts.info[4] = der.encode(der.GENERALIZED_TIME, time)


@with_token(8, harmless=True)
def stamped_with_more(parts, r, c):
    milli = der.encode(0x80, b"\7")
    more, is_good = r.choice(
        [
            ([der.sequence(der.encode_integer(1), milli)], True),
            ([der.sequence(milli)], True),
            ([der.sequence()], True),
            ([maker.TRUE], True),
            ([der.encode_integer(12345)], True),
            ([der.encode(0xA0, der.encode(0xA4, maker.name("TSA")))], True),
            ([der.encode(0xA1, extension("1.2.3.4", x509.NULL, critical=False))], True),
            ([der.encode(0xA1, extension("1.2.3.4", x509.NULL))], False),
            ([der.encode(der.BOOLEAN, b"\0")], False),
            ([der.sequence(der.encode(0x80, b"\0"))], False),
            ([der.sequence(der.encode(0x81, b"\3\xe8"))], False),
            ([der.encode_integer(5), maker.TRUE], False),
            ([der.encode(0xA2, x509.NULL)], False),
            ([der.encode(0xA0, x509.NULL)], True),
            ([der.encode(0xA1)], False),
        ]
    )
    c.is_forged |= not is_good
    parts.info += more


@with_token(10)
def stamped_otherwise(parts, r, c):
    way = r.randrange(14)
    if way == 0:
        parts.info[2] = der.sequence(cms.SHA256, der.encode(der.OCTET_STRING, bytes(32)))
    elif way == 1:
        parts.info[2] = der.sequence(
            der.sequence(der.encode_oid("1.3.14.3.2.26")), der.encode(der.OCTET_STRING, bytes(20))
        )
    elif way == 2:
        parts.info[0] = der.encode_integer(2)
    elif way == 3:
        parts.certificates = one_of(
            r, [], [c.keys.tsa, c.keys.tsa], [c.keys.tsa, c.keys.other_root], [c.keys.tsa, c.keys.root]
        )
    elif way == 4:
        parts.unsigned = lambda signature: [attribute("1.2.3.4", x509.NULL)]
    elif way == 5:
        parts.crls = der.encode(0xA1, der.sequence())
    elif way == 6:
        parts.digest_algorithms.append(der.sequence(der.encode_oid("2.16.840.1.101.3.4.2.2")))
    elif way == 7:
        parts.digest_algorithms.clear()
    elif way == 8:
        parts.key = c.keys.other_key
    elif way == 9:
        parts.certificate_id = one_of(
            r,
            der.sequence(der.encode(der.OCTET_STRING, bytes(32))),
            der.sequence(der.sequence(der.encode_oid("1.3.14.3.2.26")), der.encode(der.OCTET_STRING, bytes(20))),
        )
    elif way == 10:
        parts.version = r.choice([1, 4])
    elif way == 11:
        parts.algorithm = der.sequence(
            der.encode_oid(one_of(r, "1.2.840.10045.4.3.3", "1.2.3.4", "1.2.840.113549.1.1.1"))
        )
    elif way == 12:
        parts.signer_version = 3
        parts.sid = der.encode(0x80, bytes(20))
    else:
        parts.more_attributes = [
            r.choice([attribute(cms.MESSAGE_DIGEST, der.encode(der.OCTET_STRING, bytes(32))), attribute("1.2.3.4")])
        ]


@with_token(5, harmless=True)
def stamped_all_the_same(parts, r, c):
    """What a token may have without anybody minding."""
    way = r.randrange(5)
    if way == 0:
        parts.certificates.append(c.keys.tsa_root)
    elif way == 4:  # The default of DER written out, as some do.
        parts.certificate_id = der.sequence(cms.SHA256, der.parse(parts.certificate_id).children[0].bytes)
    elif way == 1:
        parts.certificates.append(c.keys.tsa_root)
        parts.is_sorted = False
    elif way == 2:
        parts.more_attributes = [attribute("1.2.840.113549.1.9.5", der.encode(der.UTC_TIME, b"261124080009Z"))]
    else:
        parts.info[3] = der.encode_integer(r.randrange(1 << 150))


@with_token(9, harmless=True)
def stamped_under(parts, r, c):
    """A certificate that may be none of a time-stamping authority."""
    k, root = c.keys, "Example TSA East"
    stamping = purposes(STAMPING, critical=True)
    usual = [key_usage(x509.DIGITAL_SIGNATURE), stamping]

    def under_root(extensions=usual, key=k.tsa_key, issuer_key=k.tsa_root_key, issuer=root, **options):
        return issue(key, issuer_key, "T", issuer, extensions, **options)

    tsa, is_good = r.choice(
        [
            (under_root([stamping]), True),
            (under_root([key_usage(x509.CONTENT_COMMITMENT), stamping]), True),
            (under_root([*usual, extension("1.2.3.4", x509.NULL, critical=False)]), True),
            (under_root(not_after=b"261124080010Z"), True),
            (under_root(not_before=b"261124080010Z"), True),
            (under_root([key_usage(0), purposes(STAMPING)]), False),
            (under_root([key_usage(0), purposes(STAMPING, DOCUMENT_SIGNING, critical=True)]), False),
            (under_root([key_usage(0)]), False),
            (under_root([key_usage(2), stamping]), False),
            (under_root([*usual, extension("1.2.3.4", x509.NULL)]), False),
            (under_root(issuer_key=k.other_key), False),
            (under_root(issuer_key=k.other_key, issuer="Another Root"), False),
            (under_root(key=k.other_key), False),
            (under_root(not_after=b"261124080009Z"), False),
            (under_root(not_before=b"261124080011Z"), False),
        ]
    )
    c.is_forged |= not is_good
    own = x509.parse_certificate(tsa)
    parts.certificates = [tsa]
    parts.sid = der.sequence(own.issuer, der.encode_integer(own.serial))
    parts.certificate_id = der.sequence(der.encode(der.OCTET_STRING, hashlib.sha256(tsa).digest()))


@change(4)
def token_of_another_value(c, r):
    if not c.is_stamped:
        raise ValueError
    c.parts.append(
        lambda parts: setattr(parts, "unsigned", lambda signature: [attribute(cms.TOKEN, c.token(b"another value"))])
    )


@change(4)
def tokens_beside(c, r):
    """Two tokens, something that is no token, or an attribute beside it."""
    way = r.randrange(4)

    def unsigned(signature):
        token = c.token(signature)
        return (
            [attribute(cms.TOKEN, token, c.token(signature))],
            [attribute(cms.TOKEN, token)] * 2,
            [attribute(cms.TOKEN, x509.NULL)],
            [attribute(cms.TOKEN, token), attribute("1.2.3.4", x509.NULL)],
        )[way]

    c.parts.append(lambda parts: setattr(parts, "unsigned", unsigned))


@change(3, harmless=True)
def token_cut_off(c, r):
    """By anybody: what is left is a certificate without a token."""
    if not c.is_stamped or c.tokens or c.parts:
        raise ValueError

    def cut(data):
        root = Node(der.parse(data))
        del signer_of(root)[6:]
        return root.encode()

    c.cms.append(cut)


@change(3, harmless=True)
def token_added_or_cut(c, r):
    """B-B made of B-T is one; of B-T made of B-B the trust file does not know the authority."""
    c.file()
    if c.chain != [c.keys.signers[c.kind][0]]:
        raise ValueError  # Of which it may be the time of judgement.
    c.is_forged |= not c.is_stamped
    c.is_stamped = not c.is_stamped


# --- The trust file -------------------------------------------------------------------------------------------------


@change(8)
def authorities_named(c, r):
    c.trust["certificateAuthorities"] = one_of(
        r,
        [],
        [maker.pem(c.keys.other_root)],
        [maker.pem(c.keys.tsa_root)],
        ["x"],
        [maker.pem(c.keys.root[:-1])],
        [maker.pem(issue(c.keys.other_key, c.keys.other_key, root_name(c), root_name(c), maker.authority()))],
        [
            maker.pem(
                issue(c.keys.root_key, c.keys.root_key, root_name(c), root_name(c), [maker.basic_constraints(False)])
            )
        ],
        [
            maker.pem(
                issue(
                    c.keys.root_key,
                    c.keys.root_key,
                    root_name(c),
                    root_name(c),
                    maker.authority(),
                    not_after=b"261124080000Z",
                )
            )
        ],
        [
            maker.pem(
                issue(
                    c.keys.root_key,
                    c.keys.root_key,
                    root_name(c),
                    root_name(c),
                    [*maker.authority(), extension("1.2.3", x509.NULL)],
                )
            )
        ],
    )


@change(6, harmless=True)
def authorities_named_otherwise(c, r):
    root, other = maker.pem(c.keys.root), maker.pem(c.keys.other_root)
    impostor = maker.pem(issue(c.keys.other_key, c.keys.other_key, root_name(c), root_name(c), maker.authority()))
    again = issue(
        c.keys.root_key, c.keys.root_key, root_name(c), root_name(c), maker.authority(r.choice([None, 0])), serial=99
    )
    c.trust["certificateAuthorities"] = one_of(
        r, [other, root], [impostor, root], [root, impostor], [maker.pem(again)], [root, root]
    )


@change(6)
def stamping_authorities_named(c, r):
    if not c.sample.endswith("stamped"):
        raise ValueError
    impostor = issue(c.keys.other_key, c.keys.other_key, "Example TSA East", "Example TSA East", maker.authority())
    c.trust["timestampAuthorities"] = one_of(
        r, [], [c.keys.stranger_pem], [maker.pem(impostor)], [maker.pem(c.keys.root)], [""]
    )


@change(3, harmless=True)
def stamping_authorities_named_otherwise(c, r):
    if not c.sample.endswith("stamped"):
        raise ValueError
    impostor = issue(c.keys.other_key, c.keys.other_key, "Example TSA East", "Example TSA East", maker.authority())
    east = maker.pem(c.keys.tsa_root)
    c.trust["timestampAuthorities"] = one_of(
        r, [c.keys.stranger_pem, east], [maker.pem(impostor), east], [east, east], [maker.pem(c.keys.tsa)]
    )


@change(2, harmless=True)
def party_named(c, r):
    """The quorum is counted anew; the certificate stays what it is."""
    c.parties = [r.choice(["example-bank-b", "example-court-1", "example-arbitration"])]


# --- All of it ------------------------------------------------------------------------------------------------------


CHAIN_CHANGES = {
    signer_certified_so,
    signer_certified_otherwise,
    valid_to_the_second,
    under_an_intermediate,
    weak_or_unknown_key,
    on_p384,
}
AUTHORITY_CHANGES = {authorities_named, authorities_named_otherwise, under_an_intermediate}


def forge(case, r, must=None):
    functions, weights = zip(*CHANGES)
    chosen = [must] if must else []
    chosen += r.choices(functions, weights, k=r.choices([1, 2, 3], [70, 24, 6])[0] - len(chosen) if not must else 0)
    names, usual, trust = [], case.chain, copy.deepcopy(case.trust)
    for function in chosen:
        before = case.state()
        if case.chain != usual and function in CHAIN_CHANGES:
            continue  # It would undo what was done.
        if case.trust != trust and function in AUTHORITY_CHANGES:
            continue
        try:
            detail = function(case, r)
        except MISFITS:
            continue
        if function.harmless or case.state() != before:
            names.append(function.__name__ + (f" {detail}" if detail else ""))
            case.is_forged |= not function.harmless
    return names


def difference(data, original):
    """What stands between the bytes that both begin and end with."""
    shorter = min(len(data), len(original))
    prefix = longest(shorter, lambda size: data[:size] == original[:size])
    suffix = longest(shorter - prefix, lambda size: data[len(data) - size :] == original[len(original) - size :])
    middle = data[prefix : len(data) - suffix]
    return {"prefix": prefix, "suffix": suffix, "middle": base64.b64encode(middle).decode()}


def longest(limit, holds):
    """The greatest size up to `limit` that holds, where all below it do."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


KEYS = None


def answered(name, case, pdf, changes=1):
    trust = json.dumps(case.trust).encode()
    report = verify.verify_certificate(pdf, trust, None, case.parties)
    return {
        "case": name,
        "sample": case.sample,
        **difference(pdf, case.original),
        "consortium": base64.b64encode(trust).decode(),
        "parties": case.parties,
        "isForged": case.is_forged,
        "changes": changes,
        "report": report.as_json(),
    }


NUMBERED = {
    6: rb"/EF <<\n/F ([0-9]+) 0 R",
    7: rb"\(evidence\.json\) ([0-9]+) 0 R",
    9: rb"\(certificate\.json\) ([0-9]+) 0 R",
    2: rb"/Names ([0-9]+) 0 R",
    13: rb"/Names ([0-9]+) 0 R",
    18: rb"/V ([0-9]+) 0 R",
    19: rb"/Fields \[([0-9]+) 0 R",
    20: rb"/AcroForm ([0-9]+) 0 R",
}


def renumbered(text, pdf):
    """The spellings are written for one numbering of the objects and one length of the evidence; a file has its own."""
    numbers = {old: re.search(pattern, pdf)[1] for old, pattern in NUMBERED.items()}
    numbers[8] = re.findall(NUMBERED[6], pdf)[1]

    def own(match):
        return numbers.get(int(match[1]), match[1]) + b" 0 R"

    length = len(certificate.Opened(pdf).evidence)
    for written in (2369, 2370, 2371):
        text = re.sub(rb"(?<=/Length )(0?)%d\b" % written, rb"\g<1>%d" % (length + written - 2370), text)
    return re.sub(rb"(?<![0-9])([1-9][0-9]*) 0 R", own, text)


def main():
    global KEYS
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=600)
    options = parser.parse_args()
    folder = Path(options.folder)
    KEYS = maker.Keys(folder)
    samples = {
        path.stem: (path.read_bytes(), json.loads(path.with_suffix(".json").read_text("utf-8")))
        for path in sorted(folder.glob("*.pdf"))
    }
    for name in samples:
        case = Case(name, *samples[name], KEYS)
        print(json.dumps(answered(f"issued {name}", case, case.original)))
    for number, (where, old, new) in enumerate((w, o, n) for w, o, news in SPELLINGS for n in news):
        name = list(samples)[number % len(samples)]
        case = Case(name, *samples[name], KEYS)
        case.is_forged = True
        where, old, new = (renumbered(part, case.original) for part in (where, old, new))
        case.file().replace(case.doc.holding(where), old, new)
        print(json.dumps(answered(f"{name}: {old!a} {new!a}", case, case.pdf())))
    made = 0
    for number in range(10 * options.count):
        if made == options.count:
            break
        r = random.Random(f"{options.seed}/{number}")
        name = r.choice(list(samples))
        case = Case(name, *samples[name], KEYS)
        names = forge(case, r, CHANGES[number][0] if number < len(CHANGES) else None)
        try:
            pdf = case.pdf() if names else case.original
        except (*MISFITS, der.Malformed, certificate.Refused):
            continue
        if pdf == case.original and case.trust == samples[name][1] and not case.parties:
            continue
        made += 1
        print(json.dumps(answered(f"{number} {name}: {', '.join(names)}", case, pdf, len(names))))


if __name__ == "__main__":
    main()
