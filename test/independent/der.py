"""
Section 8.1's DER (X.690): one value from the first byte to the last, each in its only spelling.

A Value keeps its bytes, so that whatever is signed or compared is compared as it stands. The reader checks what holds
for every format; a Fields walks the members of a SEQUENCE and refuses what is left over.
"""

import re
from dataclasses import dataclass

from strict_json import Refused

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8_STRING, UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = 0x0C, 0x17, 0x18, 0x30, 0x31
CONSTRUCTED = 0x20
MAX_BYTES, MAX_VALUES, MAX_OID_BYTES = 65_536, 4_096, 64
# Of the universal types only these are constructed in DER: SEQUENCE, SET, EXTERNAL, EMBEDDED PDV, CHARACTER STRING.
CONSTRUCTED_TYPES = {0x10, 0x11, 0x08, 0x0B, 0x1D}


class Malformed(Exception):
    """No DER, or not of the format. Whoever reads knows the code to refuse with."""


@dataclass(frozen=True)
class Value:
    tag: int
    content: bytes
    bytes: bytes  # The whole of it: tag, length and content.
    children: tuple = ()

    def is_context(self, number, constructed=True):
        return self.tag == 0x80 | number | (CONSTRUCTED if constructed else 0)


def parse(data, limited=True):
    """The one value that `data` is. That an implicitly tagged set is one only its reader knows: see `check_sorted`."""
    if limited and len(data) > MAX_BYTES:
        raise Malformed("too long")
    budget = [MAX_VALUES if limited else 1 << 60]
    value, end = _read(data, 0, len(data), budget)
    if end != len(data):
        raise Malformed("bytes behind the value")
    return value


def end_of(data):
    """Where the value that `data` begins with ends, by its outermost length."""
    if not data:
        raise Malformed("no value")
    start, length = _length(data, 1, len(data))
    if start + length > len(data):
        raise Malformed("longer than what holds it")
    return start + length


def _read(data, at, end, budget):
    budget[0] -= 1
    if budget[0] < 0 or at >= end:
        raise Malformed("too many values, or none")
    tag = data[at]
    if tag & 0x1F == 0x1F:
        raise Malformed("no format here has a tag above 30")
    start, length = _length(data, at + 1, end)
    if length > end - start:
        raise Malformed("longer than what holds it")
    content, children = data[start : start + length], []
    if tag & CONSTRUCTED:
        position = start
        while position < start + length:
            child, position = _read(data, position, start + length, budget)
            children.append(child)
    _check(tag, content, children)
    return Value(tag, content, data[at : start + length], tuple(children)), start + length


def _length(data, at, end):
    if at >= end:
        raise Malformed("no length")
    first = data[at]
    if first < 0x80:
        return at + 1, first
    size = first & 0x7F
    if not 1 <= size <= 4 or at + 1 + size > end:
        raise Malformed("indefinite or absurd length")
    length = int.from_bytes(data[at + 1 : at + 1 + size], "big")
    if length < 0x80 or length >> (8 * (size - 1)) == 0:
        raise Malformed("padded length")
    return at + 1 + size, length


def _check(tag, content, children):
    """What DER asks of every value of a universal type."""
    if tag & 0xC0:
        return
    kind = tag & 0x1F
    if bool(tag & CONSTRUCTED) != (kind in CONSTRUCTED_TYPES) or kind == 0:
        raise Malformed("constructed where it is not, or the other way round")
    if kind == BOOLEAN and content not in (b"\x00", b"\xff"):
        raise Malformed("no boolean")
    if kind in (INTEGER, 0x0A) and not is_integer(content):
        raise Malformed("no integer")
    if kind == BIT_STRING and not is_bits(content):
        raise Malformed("unused bits that are not zero")
    if kind == NULL and content:
        raise Malformed("no NULL")
    if kind == OID and not is_oid(content):
        raise Malformed("no object identifier")
    if tag == SET:
        check_sorted(children)


def is_integer(content):
    if len(content) < 2:
        return len(content) == 1
    return not (content[0] == 0 and content[1] < 0x80 or content[0] == 0xFF and content[1] >= 0x80)


def is_bits(content):
    if not content or content[0] > 7 or len(content) == 1 and content[0] != 0:
        return False
    return content[0] == 0 or content[-1] & ((1 << content[0]) - 1) == 0


def is_oid(content):
    if not content or len(content) > MAX_OID_BYTES or content[-1] & 0x80:
        return False
    starts = [0, *(i + 1 for i, byte in enumerate(content[:-1]) if not byte & 0x80)]
    return all(content[i] != 0x80 for i in starts)


def check_sorted(children):
    """The order of a SET OF: by the encodings, the shorter one as if zeros followed (X.690, 11.6)."""
    longest = max((len(child.bytes) for child in children), default=0)
    keys = [child.bytes.ljust(longest, b"\0") for child in children]
    if any(later < earlier for earlier, later in zip(keys, keys[1:])):
        raise Malformed("a set out of order")


class Fields:
    """The members of a constructed value, one after the other."""

    def __init__(self, value, tag=SEQUENCE):
        if value.tag != tag:
            raise Malformed("another type")
        self.left = list(value.children)

    def take(self, tag):
        if not self.left or self.left[0].tag != tag:
            raise Malformed("a field is missing")
        return self.left.pop(0)

    def maybe(self, tag):
        return self.left.pop(0) if self.left and self.left[0].tag == tag else None

    def any(self):
        if not self.left:
            raise Malformed("a field is missing")
        return self.left.pop(0)

    def end(self):
        if self.left:
            raise Malformed("a field that the format does not have")


def fields_of(value, *tags, tag=SEQUENCE):
    """Exactly these members."""
    fields = Fields(value, tag)
    taken = [fields.take(each) for each in tags]
    fields.end()
    return taken


def only_child(value):
    if len(value.children) != 1:
        raise Malformed("one value, and no more")
    return value.children[0]


def items_of(value, item_tag, tag=SEQUENCE, least=1):
    """The elements of a SEQUENCE OF or SET OF."""
    if value.tag != tag or len(value.children) < least or any(child.tag != item_tag for child in value.children):
        raise Malformed("another list")
    return value.children


def integer(value):
    if not is_integer(value.content):
        raise Malformed("no integer")
    return int.from_bytes(value.content, "big", signed=True)


def oid(value):
    """In dotted decimals."""
    if value.tag != OID:
        raise Malformed("no object identifier")
    numbers, number = [], 0
    for byte in value.content:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    root = min(numbers[0] // 40, 2)
    return ".".join(map(str, [root, numbers[0] - 40 * root, *numbers[1:]]))


def bit_set(value):
    """The numbers of the bits that are one, of a named bit list; some write zeros behind the last of them."""
    data = value.content[1:]
    return {8 * i + j for i, byte in enumerate(data) for j in range(8) if byte >> (7 - j) & 1}


def octet_bits(value):
    """A BIT STRING that holds whole bytes."""
    if value.content[0] != 0:
        raise Malformed("no whole bytes")
    return value.content[1:]


def time(value):
    """Of a token: milliseconds since 1970, a finer fraction rounded up."""
    match = re.fullmatch(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d*[1-9]))?Z", value.content)
    if value.tag != GENERALIZED_TIME or match is None:
        raise Malformed("no time")
    fraction = match.group(7) or b"0"
    milliseconds = -(-int(fraction) * 1000 // 10 ** len(fraction))
    return _milliseconds(*match.groups()[:6]) + milliseconds


def x509_time(value):
    """A time of a certificate: whole seconds, UTCTime for the years 1950 to 2049 (RFC 5280, 4.1.2.5)."""
    text = value.content
    if value.tag == UTC_TIME and re.fullmatch(rb"\d{12}Z", text):
        text = (b"20" if text[:2] < b"50" else b"19") + text
    elif value.tag != GENERALIZED_TIME or not re.fullmatch(rb"\d{14}Z", text):
        raise Malformed("no time")
    return _milliseconds(text[:4], *(text[i : i + 2] for i in range(4, 14, 2)))


def _milliseconds(*parts):
    from formats import time as rfc3339  # Which knows the calendar.

    year, month, day, hour, minute, second = (part.decode() for part in parts)
    try:
        return rfc3339(f"{year}-{month}-{day}T{hour}:{minute}:{second}.000Z")
    except Refused:
        raise Malformed("no such time") from None


# --- Writing --------------------------------------------------------------------------------------------------------


def encode(tag, *contents):
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*contents):
    return encode(SEQUENCE, *contents)


def set_of(*contents, tag=SET):
    longest = max(map(len, contents), default=0)
    return encode(tag, *sorted(contents, key=lambda each: each.ljust(longest, b"\0")))


def encode_integer(number):
    return encode(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def encode_oid(dotted):
    first, second, *others = map(int, dotted.split("."))
    out = b""
    for number in (40 * first + second, *others):
        part = bytes([number & 0x7F])
        while number := number >> 7:
            part = bytes([number & 0x7F | 0x80]) + part
        out += part
    return encode(OID, out)
