"""A token taken apart, altered at one place by anybody, and put together again: BER, other orders, other values."""

import ber
import der


class Node:
    """A BER value that need not stay one."""

    def __init__(self, value):
        self.tag, self.content = value.tag, value.content
        self.children = list(map(Node, value.children)) if value.tag & 0x20 else []
        self.form = "indefinite" if value.bytes[1] == 0x80 else None
        self.is_sealed = False

    def all(self):
        yield self
        for child in () if self.is_sealed else self.children:
            yield from child.all()

    def parent_of(self, node):
        return next(each for each in self.all() if node in each.children)

    def encode(self):
        content = (
            b"".join(child.encode() for child in self.children)
            if self.tag & 0x20 and not self.is_sealed
            else self.content
        )
        if self.form == "indefinite":
            return bytes([self.tag, 0x80]) + content + b"\0\0"
        if self.form == "padded":
            return bytes([self.tag, 0x84]) + len(content).to_bytes(4, "big") + content
        return der.encode(self.tag, content)


def splice(data, start, end, new):
    return data[:start] + new + data[end:]


def in_ber(root, r):
    node = r.choice(list(root.all()))
    node.form = r.choice(["padded", "indefinite"]) if node.tag & 0x20 else "padded"


def value_altered(root, r):
    node = r.choice([each for each in root.all() if not each.tag & 0x20 and each.content])
    at = r.randrange(len(node.content))
    node.content = splice(node.content, at, at + 1, bytes([node.content[at] ^ 1 << r.randrange(8)]))


def value_removed(root, r):
    node = r.choice(list(root.all())[1:])
    root.parent_of(node).children.remove(node)


def value_twice(root, r):
    node = r.choice(list(root.all())[1:])
    siblings = root.parent_of(node).children
    siblings.insert(siblings.index(node), node)


def values_swapped(root, r):
    node = r.choice([each for each in root.all() if len(each.children) > 1 and not each.is_sealed])
    one, other = r.sample(range(len(node.children)), 2)
    node.children[one], node.children[other] = node.children[other], node.children[one]


def tag_altered(root, r):
    node = r.choice(list(root.all()))
    node.tag ^= r.choice([1, 2, 0x20, 0x40, 0x80])


# With their weights: the more faces one has, the more.
CHANGES = [
    (10, in_ber),
    (14, value_altered),
    (8, value_removed),
    (8, value_twice),
    (8, values_swapped),
    (6, tag_altered),
]


def altered(data, r):
    """CMS SignedData, altered at one place that is not within a certificate."""
    try:
        root = Node(ber.parse(data))
        fields = root.children[1].children[0].children
    except (der.Malformed, IndexError):  # It was none before.
        at = r.randrange(len(data))
        return "byte_altered", splice(data, at, at + 1, bytes([data[at] ^ 1 << r.randrange(8)]))
    for field in fields:
        for certificate in field.children if field.tag == 0xA0 else ():
            certificate.is_sealed = True
    weights, functions = zip(*CHANGES)
    (function,) = r.choices(functions, weights)
    function(root, r)
    return function.__name__, root.encode()
