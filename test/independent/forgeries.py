#!/usr/bin/env python3
"""
Forgeries: evidence, trust files, records and parties made out of accepted vectors, changed in one to three places, and
where the change allows it hashed and signed anew with keys of our own, so that it reaches the checks behind the first;
before them each side of every bound.

    python3 forgeries.py VECTORS --seed N --count N

One line of JSON a forgery: the files, what was changed, and what this verifier says. Whoever compares it with another
verifier's answer finds where the two, or the document they were written from, differ. The same seed makes the same
lines.
"""

import argparse
import base64
import copy
import datetime
import hashlib
import json
import random
from functools import lru_cache
from pathlib import Path

import der_tree
import ed25519
import formats
import verify
from ed25519 import BASE, L, P
from ledger import COSIGNER_KEY, LAST_SECOND, LOG_KEY, key_id, leaf_hash, node_hash, tree_root
from sm3 import sm3
from strict_json import Refused, canonical, parse

# --- Keys and signatures --------------------------------------------------------------------------------------------


def encode(data):
    return base64.b64encode(data).decode()


@lru_cache(maxsize=None)
def private_key(name):
    digest = hashlib.sha512(name.encode()).digest()
    scalar = int.from_bytes(digest[:32], "little") & (2**254 - 8) | 2**254
    return scalar, digest[32:], ed25519.encode_point(ed25519._times(scalar, BASE))


@lru_cache(maxsize=None)
def sign(name, message, torsion=False):
    """RFC 8032, 5.1.6. With `torsion`, R is moved by a point of order 8: only a verifier with cofactor takes it."""
    scalar, prefix, public = private_key(name)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    point = ed25519._times(r, BASE)
    encoded = ed25519.encode_point(ed25519._add(point, ORDER_8) if torsion else point)
    k = int.from_bytes(hashlib.sha512(encoded + public + message).digest(), "little") % L
    return encoded + ((r + k * scalar) % L).to_bytes(32, "little")


ORDER_8 = ed25519.decode_point(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"))
WEAK_KEYS = [
    bytes(32),
    bytes([1] + [0] * 31),
    ed25519.encode_point(ORDER_8),
    (P - 1).to_bytes(32, "little"),
    (P + 1).to_bytes(32, "little"),
    bytes([1] + [0] * 30 + [128]),
    bytes([2] + [0] * 31),
    b"\xff" * 32,
]


def make_vkey(name, type, public_key, id=None):
    return f"{name}+{(id or key_id(name, type, public_key)).hex()}+{encode(bytes([type]) + public_key)}"


def signature_line(name, id, blob):
    return f"\u2014 {name} {encode(id + blob)}"


def signed_line(signer, text):
    """`signer`: name, key's name, seconds (None for a plain signature); or a line as it is."""
    if isinstance(signer, str):
        return signer
    name, key, seconds = signer
    public = private_key(key)[2]
    if seconds is None:
        return signature_line(name, key_id(name, LOG_KEY, public), sign(key, text.encode()))
    message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    blob = seconds.to_bytes(8, "big") + sign(key, message)
    return signature_line(name, key_id(name, COSIGNER_KEY, public), blob)


# --- JSON that need not be right ------------------------------------------------------------------------------------


class Raw(str):
    """Stands in a value as it is written."""


class Members(list):
    """An object as a list of (name, value): in any order, and more than once."""


def write(value):
    if isinstance(value, Raw):
        return value
    if isinstance(value, dict):
        value = Members(value.items())
    if isinstance(value, Members):
        return "{" + ",".join(f"{write(name)}:{write(member)}" for name, member in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def encoded(text):
    return text.encode("utf-8", "surrogatepass")


def places(value, path=()):
    """The path of every member and element in `value`."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in list(items):
        yield (*path, key)
        yield from places(child, (*path, key))


def parent_of(value, path):
    for key in path[:-1]:
        value = value[key]
    return value


VALUES = [None, True, False, 0, 1, -1, 7, 1.5, 2**53 - 1, "", "x", "\u0000\u202e", [], {}, [None], {"x": 1}]
VALUES += [Raw(t) for t in ("1.0", "1e3", "-0", "9007199254740992", "-9007199254740993", "1e400", "01", "+1", "NaN")]
VALUES += [Raw(t) for t in ('"\\ud800"', '"\\udc00\\ud800"', '"\\uD83D\\uDE00"', '"\\x"', '"\t"', "'a'", "nul", "0.10")]
VALUES += [Raw("0.0000001"), Raw("1e-7"), Raw("1e21"), Raw("1e+21"), Raw('"\u007f\ufeff"'), Raw("[" * 40 + "]" * 40)]
BASE64 = ["", "AA==", "AB==", "AA", "A===", "AA==\n", " AA==", "____", encode(bytes(16)), encode(bytes(31))]
BASE64 += [encode(bytes(32)), encode(bytes(33)), encode(bytes(32))[:-1], encode(bytes(range(200, 232))), "é" * 4]
TIMES = ["0000-01-01T00:00:00.000Z", "0000-02-29T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2024-02-29T00:00:00.000Z"]
TIMES += [
    "2023-02-29T00:00:00.000Z",
    "1900-02-29T00:00:00.000Z",
    "2000-02-29T00:00:00.000Z",
    "2026-04-31T00:00:00.000Z",
]
TIMES += [
    "2026-11-24T24:00:00.000Z",
    "2026-11-24T23:59:60.000Z",
    "2026-11-24T23:60:00.000Z",
    "2026-00-10T00:00:00.000Z",
]
TIMES += ["2026-11-24T08:00:00Z", "2026-11-24T08:00:00.0000Z", "2026-11-24t08:00:00.000z", "2026-11-24 08:00:00.000Z"]
TIMES += [
    "2026-11-24T08:00:00.000+00:00",
    "2026-11-24T08:00:00.000Z\n",
    "+02026-11-24T08:00:00.000Z",
    "２026-11-24T08:00:00.000Z",
]
IDS = [
    "01KAVB1E00EXAMP1E000BATCH1",
    "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "01KAVB1E00EXAMPIE000BATCH1",
]
IDS += [
    "01kavb1e00examp1e000batch1",
    "01KAVB1E00EXAMP1E000BATCH",
    "a",
    "a-b",
    "a--b",
    "-a",
    "a-",
    "A",
    "a.b",
    "a" * 64,
    "a" * 65,
]
IDS += ["0", "a\n", "court-east", "bank-a", "notary", "nobody"]


def strange(r, old):
    """A value to put in place of `old`: mostly of its kind, so that more than its type is wrong."""
    if isinstance(old, str) and r.random() < 0.75:
        pool = TIMES if old.endswith("Z") and "T" in old[:12] else BASE64 if old.endswith("=") else IDS
        if old.endswith("=") and r.random() < 0.3:
            return r.choice(
                [old[:-1], old + "\n", old.replace("A", "B", 1), old.lower(), old[:-2] + chr(ord(old[-2]) + 1) + "="]
            )
        return r.choice([*pool, old + " ", old.upper(), old[:-1], old + old])
    if isinstance(old, int) and not isinstance(old, bool) and r.random() < 0.6:
        return r.choice(
            [
                old + 1,
                old - 1,
                -old,
                old * 2,
                Raw(f"{old}.0"),
                Raw(f"{old}e0"),
                Raw(f"0{old}"),
                Raw(f"-{old}"),
                str(old),
            ]
        )
    return copy.deepcopy(r.choice(VALUES))


# --- A case, from its parts to its files ----------------------------------------------------------------------------


class Case:
    """What a forgery is made of. Changes before `files()` are hashed and signed; those in `after_*` are not."""

    @classmethod
    def of_folder(cls, folder):
        trust = json.loads((folder / "consortium.json").read_text("utf-8"))
        evidence = json.loads((folder / "evidence.json").read_text("utf-8"))
        parties = json.loads((folder / "expected.json").read_text("utf-8"))["parties"]
        record = (folder / "record").read_bytes() if (folder / "record").exists() else None
        case = cls(trust, evidence, parties, record)
        case.rekey()
        return case

    def __init__(self, trust, evidence, parties=(), record=None):
        self.trust, self.parties, self.record = trust, list(parties), record
        self.statement, self.batch = evidence["statement"], evidence["batch"]
        self.timestamps = evidence["timestamps"]
        self.leaf_index, self.extra = evidence["inclusion"]["leafIndex"], None
        head, _, note = evidence["ledgerProof"].partition("\n\n")
        text, _, lines = note.rpartition("\n\n")
        self.ledger_index = int(head.split("index ")[1].split("\n")[0])
        self.origin, size = text.split("\n")[:2]
        self.ledger_size = int(size)
        self.checkpoint_text = lambda text: text
        # Who signs, as signed_line takes it.
        self.signers = [(self.origin, self.origin, None)]
        for line in lines.splitlines():
            name, blob = line.split(" ")[1], base64.b64decode(line.split(" ")[2])
            if any(name == witness["name"] for witness in self.trust["witnesses"]) and len(blob) == 76:
                self.signers.append((name, name, int.from_bytes(blob[4:12], "big")))
        self.after_proof, self.after_evidence, self.after_bytes, self.after_trust_bytes = [], [], [], []

    def rekey(self):
        """The vectors' private keys are not ours: every name of the trust file gets a key that is."""
        log, receipts = self.trust["log"], self.trust["receipts"]
        log["vkeys"] = [make_vkey(log["origin"], LOG_KEY, private_key(log["origin"])[2])]
        receipts["vkeys"] = [make_vkey("receipts.example", LOG_KEY, private_key("receipts.example")[2])]
        for witness in self.trust["witnesses"]:
            witness["vkeys"] = [make_vkey(witness["name"], COSIGNER_KEY, private_key(witness["name"])[2])]

    def witness_signers(self):
        return [i for i, signer in enumerate(self.signers) if not isinstance(signer, str) and signer[2] is not None]

    def files(self):
        leaf = content_hash(self.statement)
        size = self.batch["size"] if isinstance(self.batch.get("size"), int) else 1
        path, root = place(leaf, self.leaf_index, max(size, 1), "batch")
        if self.batch.get("root") is not None and not hasattr(self, "keep_root"):
            self.batch["root"] = encode(root)
        ledger_path, ledger_root = place(content_hash(self.batch), self.ledger_index, self.ledger_size, "ledger")
        text = self.checkpoint_text(f"{self.origin}\n{self.ledger_size}\n{encode(ledger_root)}\n")
        self.lines = [signed_line(signer, text) for signer in self.signers]
        head = ["c2sp.org/tlog-proof@v1"] + ([f"extra {self.extra}"] if self.extra is not None else [])
        head += [f"index {self.ledger_index}", *map(encode, ledger_path)]
        proof = "\n".join(head) + "\n\n" + text + "\n" + "".join(line + "\n" for line in self.lines)
        for change in self.after_proof:
            proof = change(proof)
        evidence = {
            "type": "cunzheng/evidence@v1",
            "statement": self.statement,
            "inclusion": {"leafIndex": self.leaf_index, "path": [encode(hash) for hash in path]},
            "batch": self.batch,
            "ledgerProof": proof,
            "timestamps": self.timestamps,
        }
        for change in self.after_evidence:
            evidence = change(evidence)
        evidence, trust = encoded(write(evidence)), encoded(write(self.trust))
        for change in self.after_bytes:
            evidence = change(evidence)
        for change in self.after_trust_bytes:
            trust = change(trust)
        return evidence, trust


def content_hash(value):
    try:
        return leaf_hash(canonical(parse(encoded(write(value)))))
    except Refused:
        return bytes(32)  # It will be refused as it is read.


def place(leaf, index, size, where):
    """A path from `leaf` at `index` of a tree of `size`, whose other nodes are made up, and the tree's root."""
    path, hash, last = [], leaf, max(size, 1) - 1
    while last > 0:
        sibling = hashlib.sha256(f"{where} {len(path)}".encode()).digest()
        if index % 2 == 1 or index < last:
            path.append(sibling)
            hash = node_hash(sibling, hash) if index % 2 == 1 else node_hash(hash, sibling)
        index, last = index // 2, last // 2
    return path, hash


# --- The changes ----------------------------------------------------------------------------------------------------

CHANGES = []
# An earlier change took away, or made unusable, what a later one would change.
MISFITS = (KeyError, TypeError, AttributeError, IndexError, ValueError, OverflowError)


def change(weight):
    """Each takes the case and the source of chance; rare mistakes weigh less than those with many faces."""

    def register(function):
        CHANGES.append((function, weight))
        return function

    return register


def iso(milliseconds):
    seconds, milliseconds = divmod(milliseconds, 1000)
    days, seconds = divmod(seconds, 86400)
    date = datetime.date.fromordinal(719163 + days).isoformat()
    return f"{date}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03}Z"


def milliseconds(time):
    return verify.formats.time(time)


@change(6)
def a_member_signed_anew(c, r):
    """In statement or batch: hashes and signatures fit, the value may not."""
    target = r.choice([c.statement, c.statement, c.batch])
    path = r.choice(list(places(target)))
    parent_of(target, path)[path[-1]] = strange(r, parent_of(target, path)[path[-1]])
    c.keep_root = True


@change(3)
def an_optional_member(c, r):
    chain = r.choice([{"id": IDS[0], "sequence": 1}, {"id": IDS[0], "sequence": 2}, {"id": IDS[0], "sequence": 0}])
    chain = {**chain, **r.choice([{}, {"previous": encode(bytes(32))}, {"previous": None}])}
    source = r.choice([{}, {"system": "x"}, {"operator": 1}, {"tool": "", "method": "\u200b"}, {"host": "x"}, "x"])
    name, value = r.choice(
        [("chain", chain), ("source", source), ("createdAt", r.choice(TIMES)), ("clientRef", r.choice(["", 5, None]))]
        + [("canonicalization", r.choice(["rfc8785", "jcs", True, None])), ("name", r.choice(["", [], "e\u0301"]))]
    )
    c.statement[name] = value


@change(5)
def times_at_the_edge(c, r):
    received = milliseconds("2026-11-24T08:00:00.250Z")
    sealed = received + r.choice([-5001, -5000, -5000, -4999, 0, 86400000])
    c.statement["receivedAt"], c.batch["sealedAt"] = iso(received), iso(sealed)
    if r.random() < 0.5:
        sealed = sealed // 1000 * 1000 + r.choice([5000, 5998, 5999, 86400000])
        c.batch["sealedAt"] = iso(sealed)
        for i in c.witness_signers():
            if r.random() < 0.7:
                c.signers[i] = (*c.signers[i][:2], (sealed - 5999) // 1000 + r.choice([-1, 0, 0, 1, 2]))


@change(2)
def strange_seconds(c, r):
    for i in r.sample(c.witness_signers(), r.choice([1, 1, 2])):
        c.signers[i] = (*c.signers[i][:2], r.choice([0, 1, LAST_SECOND, LAST_SECOND + 1, 2**53, 2**63, 2**64 - 1]))


@change(6)
def who_signs(c, r):
    witnesses = c.witness_signers()
    kind = r.randrange(10)
    i = r.choice(witnesses)
    name, key, seconds = c.signers[i]
    if kind == 0:
        r.shuffle(c.signers)
    elif kind == 1:
        c.signers.insert(r.randrange(len(c.signers) + 1), c.signers[i])
    elif kind == 2:
        c.signers.append((name, key, seconds + r.choice([-10000, -1, 1, 60])))
    elif kind == 3:
        for i in sorted(r.sample(witnesses, r.randint(1, len(witnesses))), reverse=True):
            del c.signers[i]
    elif kind == 4:
        del c.signers[0]
    elif kind == 5:  # Another's name with this key: an id that nobody knows.
        c.signers[i] = (c.signers[r.choice(witnesses)][0], key, seconds)
    elif kind == 6:  # Plain signature by a cosigner, cosignature by the log.
        c.signers.append(
            r.choice([(name, key, None), (c.origin, c.origin, seconds), ("receipts.example", "receipts.example", None)])
        )
    elif kind == 7:
        c.signers.append(
            r.choice([("unknown.example", "unknown.example", seconds), (name, "unknown.example", seconds)])
        )
    elif kind == 8:
        n = r.choice([99, 100, 101]) - len(c.signers)
        c.signers += [("unknown.example", "unknown.example", 1)] * n
    else:  # Everyone known signs.
        known = [witness["name"] for witness in c.trust["witnesses"]]
        c.signers = [(c.origin, c.origin, None)] + [(name, name, seconds) for name in known]


@change(6)
def a_signature_line(c, r):
    """The bytes of one line, of a known key or not."""
    which = r.randrange(len(c.signers))

    def edit(proof):
        line = c.lines[which]
        dash, name, text = line.split(" ")
        data = base64.b64decode(text)
        id, blob = data[:4], data[4:]
        s = int.from_bytes(blob[-32:], "little")
        other = c.lines[r.randrange(len(c.lines))].split(" ")
        flipped = bytearray(data)
        flipped[r.randrange(len(data))] ^= 1 << r.randrange(8)
        new = r.choice(
            [
                signature_line(name, bytes(flipped[:4]), bytes(flipped[4:])),
                signature_line(name, id, blob[:-32] + (s + L).to_bytes(32, "little")),
                signature_line(name, id, blob[:-32] + ((s + 1) % L).to_bytes(32, "little")),
                signature_line(name, id, blob[:-64] + r.choice(WEAK_KEYS) + blob[-32:]),
                signature_line(name, id, blob[:-64] + r.choice(WEAK_KEYS) + bytes(32)),
                signature_line(name, id, blob[:-64] + bytes(64)),
                signature_line(name, id, blob[:-1]),
                signature_line(name, id, blob + b"\0"),
                signature_line(name, id, blob[:1]),
                signature_line(name, id, b""),
                signature_line(name, b"", b"abc"),
                signature_line(name, id, blob[-64:]),
                signature_line(other[1], id, blob),
                f"{dash} {name} {other[2]}",
                f"{dash} {other[1]} {text}",
                f"{dash} {name} {text} ",
                f"{dash}  {name} {text}",
                f"{dash} {name} {text.rstrip('=')}",
                f"{dash} {name} {text.replace('A', '-', 1)}",
                f"{dash} {name}+ {text}",
                f"{dash} {name}\u00a0 {text}",
                f"{dash} {name}\u0085 {text}",
                f"{dash} \ufeff{name} {text}",
                f"{dash} {name}\u200b {text}",
                f"{dash} {name}\u007f {text}",
                f"- {name} {text}",
                f"{dash}{name} {text}",
                f"{dash} {name}",
                "",
                "x",
                f"{dash} {name}\r {text}",
                line + "\n\n" + line,
                line + "\n" + line,
            ]
        )
        return proof.replace(line, new, 1)

    c.after_proof.append(edit)


@change(3)
def signed_from_the_neutral_point(c, r):
    """With r = 0, R is the neutral point: signed well where it is spelt canonically, and only there."""
    i = r.randrange(len(c.signers))
    point = r.choice([WEAK_KEYS[1], WEAK_KEYS[4], WEAK_KEYS[5]])

    def edit(proof):
        name, key, seconds = c.signers[i]
        message, blob = message_of(c.signers[i], proof)
        scalar, _, public = private_key(key)
        k = int.from_bytes(hashlib.sha512(point + public + message).digest(), "little") % L
        id = base64.b64decode(c.lines[i].split(" ")[2])[:4]
        signature = point + (k * scalar % L).to_bytes(32, "little")
        return proof.replace(c.lines[i], signature_line(name, id, blob + signature), 1)

    if not isinstance(c.signers[i], str):
        c.after_proof.append(edit)


def message_of(signer, proof):
    """What this signer signs of the checkpoint in `proof`, and what stands before the signature."""
    text = proof.split("\n\n", 1)[1].rpartition("\n\n")[0] + "\n"
    if signer[2] is None:
        return text.encode(), b""
    return f"cosignature/v1\ntime {signer[2]}\n{text}".encode(), signer[2].to_bytes(8, "big")


@change(2)
def with_the_cofactor_only(c, r):
    i = r.randrange(len(c.signers))

    def edit(proof):
        name, key, _ = c.signers[i]
        message, blob = message_of(c.signers[i], proof)
        id = base64.b64decode(c.lines[i].split(" ")[2])[:4]
        return proof.replace(c.lines[i], signature_line(name, id, blob + sign(key, message, True)), 1)

    if not isinstance(c.signers[i], str):
        c.after_proof.append(edit)


@change(4)
def the_checkpoint_signed_anew(c, r):
    def edit(text):
        origin, size, root = text.split("\n")[:3]
        return r.choice(
            [
                f"{origin}\n0{size}\n{root}\n",
                f"{origin}\n+{size}\n{root}\n",
                f"{origin}\n{size} \n{root}\n",
                f"{origin}\n0\n{root}\n",
                f"{origin}\n9007199254740991\n{root}\n",
                f"{origin}\n9007199254740992\n{root}\n",
                f"{origin}\n{'9' * 5000}\n{root}\n",
                f"{origin}\n{size}\n{root}\nextension\n",
                f"{origin}\n{size}\n{root}\n\nextension\n",
                f"{origin}\n{size}\n{root}\n\n",
                f"{origin}\n{size}\n{root[:-1]}\n",
                f"{origin}\n{size}\n{encode(bytes(31))}\n",
                f"{origin}\n{size}\n",
                f"{origin}x\n{size}\n{root}\n",
                f"\n{size}\n{root}\n",
                f"{origin}\r\n{size}\r\n{root}\r\n",
                f"{origin}\n\n{size}\n{root}\n",
                f"\u2014 {origin}\n{size}\n{root}\n",
                f"{origin}\n{size}\n{encode(bytes(32))}\n",
            ]
        )

    c.checkpoint_text = edit


@change(2)
def an_origin_of_another_kind(c, r):
    """In trust file and checkpoint alike; a vkey's name has no space and no plus."""
    origin = r.choice(["存证.example", "a b", "a+b", "x\u200b", "\u00a0", "e\u0301", "\ufeff", "x" * 300])
    c.origin = c.trust["log"]["origin"] = origin
    c.trust["log"]["vkeys"] = [make_vkey(origin, LOG_KEY, private_key(origin)[2])]
    c.signers[0] = (origin, origin, None)


@change(4)
def the_proof_text(c, r):
    def edit(proof):
        lines = proof.split("\n")
        i = r.randrange(min(len(lines), 8))
        kind = r.randrange(9)
        if kind == 0:
            del lines[i]
        elif kind == 1:
            lines.insert(
                i, r.choice(["", "x", lines[i], encode(bytes(32)), encode(bytes(31)), "extra AA==", "index 5"])
            )
        elif kind == 2:
            lines[i] += r.choice([" ", "\r", "x", "=", "\u2028", "\0", "\t"])
        elif kind == 3:
            lines[i] = lines[i][:-1]
        elif kind == 4:
            lines[1] = "index " + r.choice(
                ["0", "5", "6", "7", "05", "-1", "+5", "5.0", "", "9007199254740992", "٥", "9" * 5000]
            )
        elif kind == 5:
            lines.insert(1, "extra " + r.choice(["", "AA==", "AB==", "AA", "x y", " AA==", "AA== "]))
        elif kind == 6:
            return proof[:-1]
        elif kind == 7:
            return proof + r.choice(["\n", " ", "x\n", "\n\n", "\0"])
        else:
            j = r.randrange(2, 5)
            lines[2], lines[j] = lines[j], lines[2]
        return "\n".join(lines)

    c.after_proof.append(edit)


@change(2)
def where_the_leaf_stands(c, r):
    c.batch["size"] = r.choice([1, 2, 3, 5, 8, 1000, 2**32 + 1, 2**53 - 1])
    c.leaf_index = r.randrange(c.batch["size"] + 1)
    c.ledger_size = r.choice([1, 2, 7, 8, 9, 2**33 + 5, 2**53 - 1])
    c.ledger_index = r.choice([0, c.ledger_size - 1, c.ledger_size, r.randrange(c.ledger_size)])


@change(4)
def the_inclusion_path(c, r):
    def edit(evidence):
        path = evidence["inclusion"]["path"]
        kind = r.randrange(6)
        if kind == 0 and path:
            del path[r.randrange(len(path))]
        elif kind == 1:
            path.insert(r.randrange(len(path) + 1), r.choice([*path, encode(bytes(32))]))
        elif kind == 2:
            path.reverse()
        elif kind == 3:
            evidence["inclusion"]["leafIndex"] += r.choice([-1, 1, 2, 8])
        elif kind == 4:
            evidence["batch"]["size"] += r.choice([-1, 1, 8])
        else:
            evidence["batch"]["root"] = encode(bytes(32))
        return evidence

    c.after_evidence.append(edit)


@change(8)
def a_member_of_the_evidence(c, r):
    c.after_evidence.append(lambda evidence: changed_tree(evidence, r))


@change(8)
def a_member_of_the_trust_file(c, r):
    c.trust = changed_tree(c.trust, r)


def changed_tree(tree, r):
    """One place of a file: another value, gone, twice, renamed, moved, joined by a stranger."""
    tree = copy.deepcopy(tree)
    path = r.choice(list(places(tree)))
    parent, key = parent_of(tree, path), path[-1]
    kind = r.choice(["value", "value", "value", "delete", "twice", "rename", "add", "swap", "order"])
    if kind == "value":
        parent[key] = strange(r, parent[key])
    elif kind == "delete":
        del parent[key]
    elif isinstance(parent, list):
        parent.insert(
            r.randrange(len(parent) + 1), copy.deepcopy(parent[key]) if kind == "twice" else strange(r, parent[key])
        )
    elif kind == "rename":
        new = r.choice([key.upper(), key + " ", "", "__proto__", "toString", key[:-1], "\u0000", "\U0001f600"])
        parent[new] = parent.pop(key)
    elif kind == "add":
        parent[r.choice(["x", "", "__proto__", "constructor", "Type", "\U0001f600"])] = r.choice(VALUES)
    elif kind == "swap":
        other = r.choice(list(parent))
        parent[key], parent[other] = parent[other], parent[key]
    else:
        members = list(parent.items())
        r.shuffle(members)
        if kind == "twice":
            spelling = Raw('"' + "".join(f"\\u{ord(letter):04x}" for letter in key) + '"') if r.random() < 0.5 else key
            members.append((spelling, r.choice([parent[key], None, 1])))
        members = Members(members)
        if len(path) == 1:
            return members
        parent_of(tree, path[:-1])[path[-2]] = members
    return tree


@change(4)
def the_bytes(c, r):
    target = r.choice([c.after_bytes, c.after_bytes, c.after_trust_bytes])
    target.append(lambda data: changed_bytes(data, r))


def changed_bytes(data, r):
    i = r.randrange(len(data))
    bit = bytearray(data)
    bit[i] ^= 1 << r.randrange(8)
    return r.choice(
        [
            bytes(bit),
            data[:i],
            data[i:],
            data[:i] + bytes([r.randrange(256)]) + data[i:],
            data[:i]
            + r.choice([b" ", b"\n", b"\t", b"\r", b"\x0b", b"\xc2\xa0", b"\xed\xa0\x80", b"\xc0\x80"])
            + data[i:],
            b"\xef\xbb\xbf" + data,
            data + r.choice([b" \n\t\r", b"x", b"\0", b"{}", b"\xef\xbb\xbf", b"\xff", b"\x0c", b",", b"\n" + data]),
            b" \n" + data,
            data.decode("utf-8", "replace").encode("utf-16"),
            b"[" + data + b"]",
            data.replace(b":", b" : ").replace(b",", b",\n\t"),
            data.replace(b"a", b"\\u0061"),
            data.replace(b"/", b"\\/"),
            b"",
        ]
    )


@change(5)
def the_record(c, r):
    """With its digests made to fit, and then perhaps one of them not."""
    value = {"a": r.choice([1, 0.1, 120000.5, "示例", "\u2028", "\U0001f600", [], {}]), "\U0001f600": 1, "\ufb33": 2}
    contents = [
        encoded(write(value)),
        b"",
        b"%PDF-1.7",
        encoded(json.dumps(value, indent=1)),
        b"0",
        b'""',
        b"\xff",
        b"[1.0,1e3,12.50]",
    ]
    contents += [
        b"[9007199254740993]",
        b"1e400",
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b'"\\ud800"',
        b"[" * 32 + b"]" * 32,
    ]
    contents += [
        b"[" * 33 + b"]" * 33,
        b"\xef\xbb\xbf{}",
        b"{} x",
        b"1 ",
        b"-0",
        b"[1E400]",
        b"0.10000000000000000001",
        b"[1e-400]",
    ]
    contents += [
        b'"a"b',
        b"01",
        b"1\xc2\xa0",
        b"truefalse",
        b"1,2",
        b"1[",
        b'1"',
        b"1'",
        b"1/",
        b"1:",
        b"1\xe4\xb8\x80",
        b"1$",
        b"1e5x",
        b"-",
        b"-x",
        b"1;",
    ]
    c.record = r.choice(contents)
    c.statement["canonicalization"] = "rfc8785"
    if r.random() < 0.4:
        del c.statement["canonicalization"]
    content = c.record
    if "canonicalization" in c.statement:
        try:
            content = canonical(parse(c.record, numbers_by_value=True))
        except Refused:
            pass
    c.statement["size"] = len(content)
    c.statement["digests"] = {"sha-256": encode(hashlib.sha256(content).digest()), "sm3": encode(sm3(content))}
    wrong = r.randrange(8)
    if wrong == 0:
        c.statement["size"] += 1
    elif wrong == 1:
        c.statement["digests"]["sha-256"] = encode(bytes(32))
    elif wrong == 2:
        c.statement["digests"]["sm3"] = encode(bytes(32))
    elif wrong == 3:
        del c.statement["digests"]["sm3"]
    elif wrong == 4:
        c.record = b" " + c.record
    elif wrong == 5:
        c.record = None


@change(1)
def a_record_that_cannot_be_read(c, r):
    c.record = OSError("unreadable")


@change(4)
def the_parties(c, r):
    ids = [organisation["id"] for organisation in c.trust["organisations"] if isinstance(organisation, dict)]
    c.parties = r.choice([[r.choice(ids)], r.sample(ids, 2), [r.choice(ids)] * 2, ["nobody"], [""], ["Bank-A"], ids])


@change(10)
def who_counts(c, r):
    quorum, organisations, witnesses = c.trust["quorum"], c.trust["organisations"], c.trust["witnesses"]
    ids = [organisation["id"] for organisation in organisations]
    for _ in range(r.randint(1, 3)):
        kind = r.randrange(10)
        witness, organisation = r.choice(witnesses), r.choice(organisations)
        if kind == 0:
            for name in r.sample(["from", "until"], r.randint(1, 2)):
                witness[name] = r.choice([0, c.ledger_size - 1, c.ledger_size, c.ledger_size + 1])
        elif kind == 1:
            organisation["controlledBy"] = r.choice([*ids, "unlisted"])
        elif kind == 2:
            organisation["role"] = r.choice(["court", "bank", "arbitration", "notary", "forensic", "regulator"])
        elif kind == 3:
            quorum["total"] = r.randrange(7)
        elif kind == 4:
            quorum["roles"] = {
                role: r.randrange(4) for role in r.sample(["court", "bank", "notary", "regulator"], r.randrange(3))
            }
        elif kind == 5:
            name = r.choice(["excludeParties", "mirrorsOnly"])
            quorum[name] = r.choice([True, False])
            if r.random() < 0.5:
                del quorum[name]
        elif kind == 6:
            witness["kind"] = r.choice(["mirror", "witness"])
        elif kind == 7:
            c.statement["depositor"]["id"] = r.choice([*ids, "unlisted", "nobody"])
        elif kind == 8:
            c.trust["log"]["organisation"] = r.choice(ids)
        else:
            c.trust["type"] = "cunzheng/consortium@v2"
            quorum["signatures"] = r.choice(["any", "ed25519", "ml-dsa-44", "both", "sm2"])


@change(3)
def groups(c, r):
    """Ties through organisations, listed or not."""
    ids = [organisation["id"] for organisation in c.trust["organisations"]]
    for organisation in r.sample(c.trust["organisations"], r.randint(1, 3)):
        organisation["controlledBy"] = r.choice(["unlisted", "unlisted", r.choice(ids), organisation["id"]])
    if r.random() < 0.5:
        c.statement["depositor"]["id"] = r.choice(["unlisted", r.choice(ids)])
    if r.random() < 0.3:
        c.parties = [r.choice(ids)]


@change(7)
def the_keys(c, r):
    log, receipts, witnesses = c.trust["log"], c.trust["receipts"], c.trust["witnesses"]
    witness = r.choice(witnesses)
    user, type, name = r.choice(
        [
            (log, LOG_KEY, log["origin"]),
            (receipts, LOG_KEY, "receipts.example"),
            *[(witness, COSIGNER_KEY, witness["name"])] * 3,
        ]
    )
    public, second = private_key(name)[2], private_key(name + " 2")[2]
    kind = r.randrange(18)
    if kind == 0:  # A second key, which signs or does not.
        user["vkeys"].insert(r.randrange(2), make_vkey(name, type, second))
        if user is not receipts:
            c.signers.append((name, name + " 2", None if type == LOG_KEY else 1795507201))
            if r.random() < 0.3:
                del c.signers[0]
    elif kind == 1:
        odd = r.choice([0x02, 0x03, 0x05, 0x06, 0xFF, LOG_KEY + COSIGNER_KEY - type])
        length = r.choice([32, 32, 0, 31, 1312])
        id = r.choice([None, None, b"abcd"])
        material = (public * 50)[:length]
        user["vkeys"].insert(r.randrange(2), make_vkey(r.choice([name, name, "other.example"]), odd, material, id))
    elif kind == 2:
        user["vkeys"] = r.choice([[], [make_vkey(name, 0xFF, public)], user["vkeys"] * 2])
    elif kind == 3:
        user["vkeys"].append(make_vkey(name, type, r.choice(WEAK_KEYS)))
    elif kind == 4:
        user["vkeys"] = [make_vkey(name, type, public, b"abcd")]
    elif kind == 5:
        user["vkeys"] = [make_vkey(name + "x", type, public)]
    elif kind == 6:  # One public key for two.
        other = r.choice([w["name"] for w in witnesses] + [log["origin"], "receipts.example"])
        user["vkeys"].append(make_vkey(name, type, private_key(other)[2]))
    elif kind == 7:
        vkey = user["vkeys"][0]
        user["vkeys"] = [
            r.choice([vkey.upper(), vkey + "\n", " " + vkey, vkey[:-1], "+" + vkey, vkey.replace("+", "-", 1), ""])
        ]
    elif kind in (8, 9, 10, 16, 17):  # Listed again: the same node, or not.
        again = copy.deepcopy(witness)
        if r.random() < 0.2:
            again["kind"] = r.choice(["mirror", "witness"])
        again[r.choice(["from", "until"])] = r.choice([0, c.ledger_size, c.ledger_size + 1])
        if r.random() < 0.7:
            witness[r.choice(["from", "until"])] = r.choice([0, c.ledger_size, c.ledger_size + 1])
        if r.random() < 0.2:
            again["organisation"] = r.choice(witnesses)["organisation"]
        if r.random() < 0.2:
            again["vkeys"] = [make_vkey(name, COSIGNER_KEY, second) if user is witness else again["vkeys"][0]]
        if r.random() < 0.15:
            again["name"] += "x"
            again["vkeys"] = [make_vkey(again["name"], COSIGNER_KEY, private_key(witness["name"])[2])]
        witnesses.insert(r.randrange(len(witnesses) + 1), again)
    elif kind == 11:
        c.trust["organisations"] = [
            o for o in c.trust["organisations"] if o["id"] != r.choice([witness["organisation"], "notary", "bank-a"])
        ]
    elif kind == 12:
        c.trust["organisations"].append(copy.deepcopy(r.choice(c.trust["organisations"])))
    elif kind == 13:  # A name that no signature line can have.
        witness["name"] = r.choice(["a b", "", "a+b", "\u3000", "x\u200b", "\ufeff", "x\u0085"])
        witness["vkeys"] = r.choice([[], [make_vkey(witness["name"], COSIGNER_KEY, second)]])
    elif kind == 14:  # The log's key as a cosigner's, of the same name.
        witnesses.append(
            {
                **witness,
                "name": log["origin"],
                "vkeys": [make_vkey(log["origin"], COSIGNER_KEY, r.choice([second, private_key(log["origin"])[2]]))],
            }
        )
        c.signers.append((log["origin"], r.choice([log["origin"], name + " 2"]), 1795507201))
    else:
        user["url"] = r.choice(["", "x", "javascript:alert(1)", 5])


@change(2)
def mixed_order(c, r):
    """A key moved by a point of order 8 is no weak one; what it signs verifies where k is a multiple of 8."""
    witness = r.choice(c.trust["witnesses"])
    name, seconds = witness["name"], 1795507201
    scalar, prefix, public = private_key(name)
    moved = ed25519.encode_point(ed25519._add(ed25519.decode_point(public), ORDER_8))
    id, wanted = key_id(name, COSIGNER_KEY, moved), r.choice([True, False])
    witness["vkeys"] = [make_vkey(name, COSIGNER_KEY, moved)]

    def edit(proof):
        message, blob = message_of((name, name, seconds), proof)
        for attempt in range(1000, 2000):
            point = ed25519.encode_point(ed25519._times(attempt, BASE))
            k = int.from_bytes(hashlib.sha512(point + moved + message).digest(), "little") % L
            if (k % 8 == 0) == wanted:
                break
        signature = point + ((attempt + k * scalar) % L).to_bytes(32, "little")
        return proof + signature_line(name, id, blob + signature) + "\n"

    c.after_proof.append(edit)


@change(1)
def tokens(c, r):
    c.timestamps = r.choice(
        [[{"token": t}] for t in BASE64]
        + [[{}], [{"token": "AA==", "x": 1}], [None], ["AA=="], [{"token": "MAA="}] * 2]
    )
    c.trust["timestampAuthorities"] = r.choice([[], ["-----BEGIN CERTIFICATE-----"], [""], [5], None])


# --- Edges that chance seldom meets ---------------------------------------------------------------------------------


def edges():
    """Each side of every bound that the document names, by name."""
    for late in (-1, 0, 1):
        yield f"received 5000 + {late} ms after sealing", lambda c, late=late: c.statement.update(
            receivedAt=iso(milliseconds(c.batch["sealedAt"]) + 5000 + late)
        )
    for sealed in (5998, 5999, 6000):
        yield f"cosigned in the second that ends {sealed - 999} ms before sealing", lambda c, sealed=sealed: seal_after(
            c, sealed
        )
    for bound in ("from", "until"):
        for more in (-1, 0, 1):
            yield f"{bound} the size and {more}", lambda c, bound=bound, more=more: [
                witness.update({bound: c.ledger_size + more}) for witness in c.trust["witnesses"]
            ]
    for rule in ("excludeParties", "mirrorsOnly"):
        for value in (True, False, None):
            yield f"{rule}: {value}", lambda c, rule=rule, value=value: set_rule(c, rule, value)
    for total in range(8):
        yield f"a total of {total}", lambda c, total=total: c.trust["quorum"].update(total=total)
    for first, second in (("until", "from"), ("from", "until"), ("until", "until"), ("from", "from")):
        yield f"listed again, {first} and {second}", lambda c, first=first, second=second: list_again(c, first, second)
    for seconds in (0, 1, LAST_SECOND, LAST_SECOND + 1, 2**64 - 1):
        yield f"cosigned at {seconds}", lambda c, seconds=seconds: set_seconds(c, seconds)
    for lines in (99, 100, 101):
        yield f"{lines} lines", lambda c, lines=lines: c.signers.extend(
            [("unknown.example", "unknown.example", 1)] * (lines - len(c.signers))
        )
    for id in IDS:
        yield f"depositor {id!a}", lambda c, id=id: c.statement["depositor"].update(id=id)
        yield f"statement {id!a}", lambda c, id=id: c.statement.update(id=id)
    for time in TIMES:
        yield f"received at {time!a}", lambda c, time=time: c.statement.update(receivedAt=time)
    for value in BASE64:
        yield f"nonce {value!a}", lambda c, value=value: c.statement.update(nonce=value)
        yield f"digest {value!a}", lambda c, value=value: c.statement["digests"].update(sm3=value)
    for key in WEAK_KEYS:
        yield f"key {key.hex()}", lambda c, key=key: c.trust["receipts"]["vkeys"].append(make_vkey("x", LOG_KEY, key))


def seal_after(c, later):
    c.batch["sealedAt"] = iso(c.signers[1][2] * 1000 + later)
    c.statement["receivedAt"] = c.batch["sealedAt"]
    set_seconds(c, c.signers[1][2])


def set_seconds(c, seconds):
    for i in c.witness_signers():
        c.signers[i] = (*c.signers[i][:2], seconds)


def set_rule(c, rule, value):
    """Without the rule where `value` is None; and so that it decides."""
    c.trust["quorum"].update({"total": len(c.witness_signers()), rule: value})
    if value is None:
        del c.trust["quorum"][rule]


def list_again(c, first, second):
    for witness in list(c.trust["witnesses"]):
        c.trust["witnesses"].append({**witness, second: c.ledger_size})
        witness[first] = c.ledger_size


# --- All of it ------------------------------------------------------------------------------------------------------


def accepted(vectors):
    folders = sorted(path for path in Path(vectors).iterdir() if path.is_dir())
    return [
        folder
        for folder in folders
        if json.loads((folder / "expected.json").read_text("utf-8"))["verdict"] == "verified"
    ]


def forge(folder, r):
    case = Case.of_folder(folder)
    functions, weights = zip(*CHANGES)
    names = []
    for function in r.choices(functions, weights, k=r.choices([1, 2, 3], [60, 30, 10])[0]):
        try:
            function(case, r)
            names.append(function.__name__)
        except MISFITS:
            pass
    return case, names


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vectors")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--tokens", type=int, default=150)
    options = parser.parse_args()
    folders = accepted(options.vectors)
    for name, edge in edges():
        case = Case.of_folder(Path(options.vectors) / "happy-path")
        edge(case)
        print(json.dumps(answered(name, case, *case.files())))
    for number in range(options.tokens):
        print(json.dumps(token_forged(folders, number, random.Random(f"{options.seed}/token {number}"))))
    made = 0
    for number in range(10 * options.count):
        if made == options.count:
            break
        r = random.Random(f"{options.seed}/{number}")
        folder = r.choice(folders)
        case, names = forge(folder, r)
        try:
            evidence, trust = case.files()
        except MISFITS:
            continue
        made += 1
        print(json.dumps(answered(f"{number} {folder.name}: {', '.join(names)}", case, evidence, trust)))


def token_forged(folders, number, r):
    """The rest of the evidence stays as it is, so that a token that holds is of its checkpoint."""
    stamped = [folder for folder in folders if b'"token"' in (folder / "evidence.json").read_bytes()]
    folder = r.choice(stamped)
    case = Case.of_folder(folder)
    evidence = json.loads((folder / "evidence.json").read_bytes())
    token = r.choice(evidence["timestamps"])
    name, data = der_tree.altered(base64.b64decode(token["token"]), r)
    token["token"] = encode(data)
    trust = (folder / "consortium.json").read_bytes()
    return answered(f"token {number} {folder.name}: {name}", case, canonical(evidence), trust)


def answered(name, case, evidence, trust):
    """The files of a case, and what this verifier says of them."""
    try:
        report = verify.verify(evidence, trust, case.record, case.parties).as_json()
    except verify.WrongUsage:
        report = {"wrongUsage": True}
    record = "unreadable" if isinstance(case.record, OSError) else None if case.record is None else encode(case.record)
    files = {"evidence": encode(evidence), "consortium": encode(trust), "record": record, "parties": case.parties}
    return {"case": name, **files, "report": report}


if __name__ == "__main__":
    main()
