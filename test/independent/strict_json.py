"""
Sections 1.1 and 1.4: strict JSON within bounds, and its canonical form (RFC 8259, RFC 8785).

Python's own json module takes duplicate names, NaN and lone surrogates, and forgets how a number was spelt; so here
is a reader of our own. It knows two rules for numbers: in our files only the canonical spelling is read, in a
depositor's record any spelling whose value survives as a double.
"""

import re
from fractions import Fraction

MAX_SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 32
# Section 1.4: bytes, values and members of our files, and of a depositor's record.
BOUNDS = {False: (4_194_304, 100_000, 1_000), True: (33_554_432, 5_242_880, 1_350_000)}


class Refused(Exception):
    """What was read is not of the format, or a claim in it is false. `code` is the document's word for it."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def parse(data, numbers_by_value=False):
    """The value of `data` (bytes): dict, list, str, int or float, True, False, None."""
    if len(data) > BOUNDS[numbers_by_value][0]:
        raise Refused("file-too-large")
    try:
        text = data.decode("utf-8")  # Strict: refuses overlong forms and encoded surrogates.
    except UnicodeDecodeError:
        raise Refused("utf8-invalid") from None
    if text.startswith("\ufeff"):
        raise Refused("json-byte-order-mark")
    reader = _Reader(text, numbers_by_value)
    value = reader.value(depth=0)
    reader.skip_white_space()
    if reader.at < len(text):
        raise Refused("json-trailing-bytes")
    return value


class _Reader:
    WHITE_SPACE = re.compile(r"[ \t\n\r]*")
    NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
    NUMBER_GOES_ON = re.compile(r"[0-9A-Za-z_.+-]")  # `01`, `1.`, `0x1F`: no number, rather than one and more.
    PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
    HEX4 = re.compile(r"[0-9A-Fa-f]{4}")
    ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
    WORDS = {"true": True, "false": False, "null": None}

    def __init__(self, text, numbers_by_value):
        self.text, self.at = text, 0
        self.read_number = number_by_value if numbers_by_value else canonical_number
        _, self.most_values, self.most_members = BOUNDS[numbers_by_value]
        self.values = 0
        self.members = 0  # Of the objects that have not ended.

    def skip_white_space(self):
        self.at = self.WHITE_SPACE.match(self.text, self.at).end()

    def take(self, token):
        """Whether `token` stands here; if so, steps over it."""
        found = self.text.startswith(token, self.at)
        self.at += len(token) if found else 0
        return found

    def expect(self, token):
        if not self.take(token):
            raise Refused("json-syntax")

    def value(self, depth):
        self.skip_white_space()
        self.values += 1
        if self.values > self.most_values:
            raise Refused("json-too-many-values")
        if self.take('"'):
            return self.string()
        if self.take("{"):
            return self.object(depth + 1)
        if self.take("["):
            return self.array(depth + 1)
        for word, value in self.WORDS.items():
            if self.take(word):
                return value
        number = self.NUMBER.match(self.text, self.at)
        if number is None or self.NUMBER_GOES_ON.match(self.text, number.end()):
            raise Refused("json-syntax")
        self.at = number.end()
        return self.read_number(number.group())

    def object(self, depth):
        if depth > MAX_DEPTH:
            raise Refused("json-too-deep")
        members, around = {}, self.members
        self.skip_white_space()
        if self.take("}"):
            return members
        while True:
            self.skip_white_space()
            self.expect('"')
            name = self.string()
            self.members += 1
            if self.members > self.most_members:
                raise Refused("json-too-many-members")
            if name in members:
                raise Refused("json-duplicate-key")
            self.skip_white_space()
            self.expect(":")
            members[name] = self.value(depth)
            self.skip_white_space()
            if self.take("}"):
                self.members = around
                return members
            self.expect(",")

    def array(self, depth):
        if depth > MAX_DEPTH:
            raise Refused("json-too-deep")
        items = []
        self.skip_white_space()
        if self.take("]"):
            return items
        while True:
            items.append(self.value(depth))
            self.skip_white_space()
            if self.take("]"):
                return items
            self.expect(",")

    def string(self):
        """The rest of a string whose opening quote was read."""
        parts = []
        while True:
            plain = self.PLAIN.match(self.text, self.at)
            parts.append(plain.group())
            self.at = plain.end()
            if self.take('"'):
                return self.scalar_values("".join(parts))
            self.expect("\\")
            parts.append(self.escape())

    def escape(self):
        if self.take("u"):
            return chr(self.code_unit())  # Perhaps half a pair.
        letter = self.text[self.at : self.at + 1]
        if letter not in self.ESCAPES:
            raise Refused("json-syntax")
        self.at += 1
        return self.ESCAPES[letter]

    @staticmethod
    def scalar_values(text):
        """`text` with its escaped surrogates joined into pairs."""
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise Refused("json-lone-surrogate") from None

    def code_unit(self):
        digits = self.HEX4.match(self.text, self.at)
        if digits is None:
            raise Refused("json-syntax")
        self.at = digits.end()
        return int(digits.group(), 16)


def canonical_number(token):
    """In our files: spelt as RFC 8785 spells it, and at most 2^53 - 1."""
    number = float(token)
    if abs(number) > MAX_SAFE_INTEGER:
        raise Refused("value-range")
    if ecmascript_number(number) != token:
        raise Refused("json-number-not-canonical")
    return int(number) if number.is_integer() else number


def number_by_value(token):
    """In a record: the double's shortest spelling must denote the decimal that was written, or the double be printed so."""
    number = float(token)
    if abs(number) == float("inf"):
        raise Refused("json-number-altered")
    if _decimal(repr(number)) != _decimal(token) and not _is_printed(token, number):
        raise Refused("json-number-altered")
    return number


def _is_printed(token, number):
    """A double with more digits than tell it apart: 17 to 100, with a point or an exponent, and its exact value rounded."""
    mantissa, has_exponent, exponent = token.lower().lstrip("-").partition("e")
    whole, has_point, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    if number == 0 or not (has_point or has_exponent) or not 17 <= len(digits) <= 100:
        return False
    if has_exponent and len(digits) == 17:
        return True
    # The double is neither 0 nor infinite, so the power is one of few digits.
    unit = Fraction(10) ** (int(exponent or "0") - len(fraction))
    return 2 * abs(int(digits) * unit - abs(Fraction(number))) <= unit


def _decimal(token):
    """A decimal's sign, digits without zeros around them, and exponent: equal exactly where the values are."""
    mantissa, _, exponent = token.lower().partition("e")
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    if digits == "":
        return (False, "", 0)  # Zero has no sign here.
    # An exponent too long for any double: whatever it is, it is no double's.
    power = int(exponent or "0") if len(exponent) < 1000 else 10**1000
    stripped = digits.rstrip("0")
    return (token.startswith("-"), stripped, power - len(fraction) + len(digits) - len(stripped))


def ecmascript_number(number):
    """ECMAScript's Number::toString, as RFC 8785 section 3.2.2.3 asks."""
    negative, digits, power = _decimal(repr(float(number)))  # repr: the shortest digits that round back.
    if digits == "":
        return "0"
    point = len(digits) + power  # Where the decimal point stands, counted from the first digit.
    if 0 < point <= 21:
        text = digits.ljust(point, "0")[:point] + ("." + digits[point:] if point < len(digits) else "")
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        exponent = f"e{point - 1:+d}"
        text = digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + exponent
    return ("-" if negative else "") + text


def canonical(value):
    """JCS(x): the RFC 8785 bytes of a value."""
    return _canonical_text(value).encode("utf-8")


def _canonical_text(value):
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _canonical_string(value)
    if isinstance(value, (int, float)):
        return ecmascript_number(value)
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical_text, value)) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(_canonical_string(name) + ":" + _canonical_text(value[name]) for name in names) + "}"


_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _canonical_string(text):
    def escaped(match):
        return _SHORT.get(match.group()) or f"\\u{ord(match.group()):04x}"

    return '"' + re.sub(r'["\\\x00-\x1f]', escaped, text) + '"'
