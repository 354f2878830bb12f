"""
Section 8.1's BER (X.690, section 8): what stands around the signed parts of a token, in whatever spelling. A value is
looked into only where somebody asks for its children; `der_of` writes it again in its one spelling.
"""

from functools import cached_property

import der
from der import Malformed

MAX_DEPTH = 32
END_OF_CONTENTS = 0x00


class Value:
    """A tag and content, and the bytes that it was read from."""

    def __init__(self, tag, content, bytes, depth):
        self.tag, self.content, self.bytes, self.depth = tag, content, bytes, depth

    @cached_property
    def children(self):
        if not self.tag & der.CONSTRUCTED:
            raise Malformed("no value holds others there")
        found, at = [], 0
        while at < len(self.content):
            child, at = _read(self.content, at, self.depth + 1)
            found.append(child)
        return tuple(found)

    def is_a(self, tag):
        return self.tag == tag

    def octets(self):
        """Of an OCTET STRING, whole or in pieces."""
        if self.tag == der.OCTET_STRING:
            return self.content
        if self.tag != der.OCTET_STRING | der.CONSTRUCTED:
            raise Malformed("no OCTET STRING")
        return b"".join(child.octets() for child in self.children)


def parse(data):
    if len(data) > der.MAX_BYTES:
        raise Malformed("too long")
    value, end = _read(data, 0, 1)
    if end != len(data):
        raise Malformed("bytes behind the value")
    return value


def _read(data, at, depth):
    if depth > MAX_DEPTH:
        raise Malformed("nested too deep")
    tag, start, length = _head(data, at)
    if tag == END_OF_CONTENTS:
        raise Malformed("an end of contents without a beginning")
    if length is not None:
        if length > len(data) - start:
            raise Malformed("longer than what holds it")
        end = start + length
        return Value(tag, data[start:end], data[at:end], depth), end
    if not tag & der.CONSTRUCTED:
        raise Malformed("an indefinite length of a primitive value")
    position = start
    while data[position : position + 2] != b"\0\0":
        _, position = _read(data, position, depth + 1)
    return Value(tag, data[start:position], data[at : position + 2], depth), position + 2


def _head(data, at):
    """Tag, where the content begins, its length (None: indefinite)."""
    if at + 2 > len(data):
        raise Malformed("no value")
    tag, first = data[at], data[at + 1]
    if tag & 0x1F == 0x1F:
        raise Malformed("no format here has a tag above 30")
    if first == 0x80:
        return tag, at + 2, None
    if first < 0x80:
        return tag, at + 2, first
    size = first & 0x7F
    if size > 4 or at + 2 + size > len(data):
        raise Malformed("absurd length")
    return tag, at + 2 + size, int.from_bytes(data[at + 2 : at + 2 + size], "big")


def der_of(value):
    """Definite shortest lengths, strings whole, sets in order; checked by whoever reads it as DER."""
    if not value.tag & der.CONSTRUCTED:
        return der.encode(value.tag, value.content)
    is_universal, kind = not value.tag & 0xC0, value.tag & 0x1F
    if is_universal and kind not in der.CONSTRUCTED_TYPES:
        return der.encode(kind, _whole(value, kind))
    children = [der_of(child) for child in value.children]
    return der.set_of(*children) if value.tag == der.SET else der.encode(value.tag, *children)


def _whole(value, kind):
    pieces = []
    for child in value.children:
        if child.tag & ~der.CONSTRUCTED != kind:
            raise Malformed("a piece of another type")
        pieces.append(_whole(child, kind) if child.tag & der.CONSTRUCTED else child.content)
    if kind != der.BIT_STRING or not pieces:
        return b"".join(pieces)
    if any(not piece or index < len(pieces) - 1 and piece[0] for index, piece in enumerate(pieces)):
        raise Malformed("unused bits within a string")
    return pieces[-1][:1] + b"".join(piece[1:] for piece in pieces)

