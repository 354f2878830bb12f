"""
Sections 1.2 and 1.3: trees (RFC 6962), notes and keys (C2SP signed-note), checkpoints (tlog-checkpoint),
cosignatures (tlog-cosignature), proofs (tlog-proof), receipts (section 6).
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

import ed25519
import ml_dsa_44
from strict_json import MAX_SAFE_INTEGER, Refused

MAX_SIGNATURE_LINES = 100
MAX_LINE_BYTES = 8192
MAX_PROOF_HASHES = 64
LOG_KEY, COSIGNER_KEY, ML_DSA_KEY = 0x01, 0x04, 0x06  # A key of type 0x06 may be a log's or a cosigner's.
KEY_LENGTHS = {LOG_KEY: 32, COSIGNER_KEY: 32, ML_DSA_KEY: ml_dsa_44.PUBLIC_KEY_BYTES}
LAST_SECOND = 253402300799  # 9999-12-31T23:59:59Z


def strict_base64(text):
    """RFC 4648 section 4 in its one spelling; None for any other."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def plain_integer(text):
    """An ASCII decimal without leading zeros, at most 2^53 - 1; None for anything else."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,15}", text, re.ASCII) or int(text) > MAX_SAFE_INTEGER:
        return None
    return int(text)


# --- 1.2 Merkle trees -----------------------------------------------------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(content):
    return sha256(b"\x00" + content)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def tree_root(leaf_hashes):
    """MTH of RFC 6962, 2.1, over leaf hashes."""
    if len(leaf_hashes) == 0:
        return sha256(b"")
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    split = 1 << (len(leaf_hashes) - 1).bit_length() - 1
    return node_hash(tree_root(leaf_hashes[:split]), tree_root(leaf_hashes[split:]))


def check_inclusion(leaf, index, size, path, root):
    """RFC 9162, 2.1.3.2."""
    if index >= size:
        raise Refused("inclusion-malformed")
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            raise Refused("inclusion-malformed")  # A hash too many.
        if fn % 2 == 1 or fn == sn:
            r = node_hash(p, r)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise Refused("inclusion-malformed")  # A hash too few.
    if r != root:
        raise Refused("inclusion-mismatch")


def check_consistency(smaller_size, smaller_root, size, root, path):
    """RFC 6962, 2.1.2, read backwards: what SUBPROOF wrote last is taken first. Both sizes are above 0 and differ."""
    rest = list(path)

    def next_hash():
        if len(rest) == 0:
            raise Refused("consistency-malformed")  # A hash too few.
        return rest.pop()

    def roots(m, n, is_whole):
        """Of the first `m` and of all `n` leaves of a subtree; `is_whole`: its first `m` are the smaller tree."""
        if m == n:
            subtree = smaller_root if is_whole else next_hash()
            return subtree, subtree
        k = 1 << (n - 1).bit_length() - 1
        sibling = next_hash()
        if m <= k:
            old, new = roots(m, k, is_whole)
            return old, node_hash(new, sibling)
        old, new = roots(m - k, n - k, False)
        return node_hash(sibling, old), node_hash(sibling, new)

    proved = roots(smaller_size, size, True)
    if len(rest) > 0:
        raise Refused("consistency-malformed")  # A hash too many.
    if proved != (smaller_root, root):
        raise Refused("consistency-mismatch")


# --- 1.3 Signed notes -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SignatureLine:
    name: str
    key_id: bytes
    blob: bytes


@dataclass(frozen=True)
class Note:
    text: str
    lines: tuple


UNICODE_SPACES = (
    "\t\n\v\f\r \x85\u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)


def is_key_name(name):
    return name != "" and not any(c < " " or c == "+" or c in UNICODE_SPACES for c in name)


def parse_note(note):
    """signed-note, "Format". Nothing is verified yet."""
    for line in note.split("\n"):
        check_line(line)
    if any(c < " " and c != "\n" for c in note):
        raise Refused("note-malformed")
    # "The text is separated from the signatures by the last empty line in the note."
    text, blank, signatures = note.rpartition("\n\n")
    if blank == "" or not signatures.endswith("\n"):
        raise Refused("note-malformed")
    lines = signatures[:-1].split("\n")
    if len(lines) > MAX_SIGNATURE_LINES:
        raise Refused("note-too-many-signatures")
    return Note(text + "\n", tuple(map(parse_signature_line, lines)))


def check_line(line):
    """Section 1.4."""
    if len(line.encode()) > MAX_LINE_BYTES:
        raise Refused("note-line-too-long")


def parse_signature_line(line):
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not is_key_name(parts[1]):
        raise Refused("note-signature-malformed")
    data = strict_base64(parts[2])
    if data is None or len(data) < 5:  # Four bytes of key id, and a signature.
        raise Refused("note-signature-malformed")
    return SignatureLine(parts[1], data[:4], data[4:])


@dataclass(frozen=True)
class Vkey:
    name: str
    key_id: bytes
    type: int
    public_key: bytes


def parse_vkey(text):
    """signed-note, "Verifier keys". Of types that are not known here only the form is read."""
    if len(text.encode()) > MAX_LINE_BYTES:
        raise Refused("vkey-malformed")
    parts = text.split("+", 2)
    if len(parts) != 3 or not is_key_name(parts[0]) or not re.fullmatch(r"[0-9a-f]{8}", parts[1], re.ASCII):
        raise Refused("vkey-malformed")
    data = strict_base64(parts[2])
    if not data:
        raise Refused("vkey-malformed")
    vkey = Vkey(parts[0], bytes.fromhex(parts[1]), data[0], data[1:])
    if vkey.type in KEY_LENGTHS:
        if len(vkey.public_key) != KEY_LENGTHS[vkey.type]:
            raise Refused("vkey-malformed")
        if key_id(vkey.name, vkey.type, vkey.public_key) != vkey.key_id:
            raise Refused("vkey-mismatch")
    if vkey.type in (LOG_KEY, COSIGNER_KEY) and not ed25519.is_strong_key(vkey.public_key):
        raise Refused("key-weak")
    return vkey


def key_id(name, type, public_key):
    return sha256(name.encode() + b"\n" + bytes([type]) + public_key)[:4]


def lines_of(note, vkeys):
    """The lines of these keys, told by name and key id together, each with its key. All others are ignored."""
    known = {(vkey.name, vkey.key_id): vkey for vkey in vkeys}
    return [(line, known[line.name, line.key_id]) for line in note.lines if (line.name, line.key_id) in known]


def signed_by(note, vkeys):
    """Which of `vkeys` signed: each that appears must verify. What the trust file demands of them is asked elsewhere."""
    lines = lines_of(note, vkeys)
    for line, vkey in lines:
        if vkey.type == ML_DSA_KEY:
            cosigned_at(note, line, vkey)
        elif not ed25519.is_signature(vkey.public_key, note.text.encode(), line.blob):
            raise Refused("signature-invalid")
    return [vkey for _, vkey in lines]


def check_signature(note, vkeys):
    """Of a log's or receipt's keys any one suffices; answers with those that signed."""
    signers = signed_by(note, vkeys)
    if len(signers) == 0:
        raise Refused("signature-missing")
    return signers


def cosigned_at(note, line, vkey):
    """tlog-cosignature: the POSIX seconds of a timestamped signature that verifies."""
    is_ml_dsa = vkey.type == ML_DSA_KEY
    if len(line.blob) != 8 + (ml_dsa_44.SIGNATURE_BYTES if is_ml_dsa else 64):
        raise Refused("cosignature-malformed")
    seconds, signature = int.from_bytes(line.blob[:8], "big"), line.blob[8:]
    if not 0 < seconds <= LAST_SECOND:
        raise Refused("cosignature-time")
    if is_ml_dsa:
        message = subtree_message(vkey.name, seconds, parse_checkpoint(note.text))
        verifies = message is not None and ml_dsa_44.is_signature(vkey.public_key, message, signature)
    else:
        message = f"cosignature/v1\ntime {seconds}\n{note.text}".encode()
        verifies = ed25519.is_signature(vkey.public_key, message, signature)
    if not verifies:
        raise Refused("signature-invalid")
    return seconds


def subtree_message(name, seconds, checkpoint):
    """tlog-cosignature, "ML-DSA-44 signed message"; None where a name does not fit into it."""
    names = [name.encode(), checkpoint.origin.encode()]
    if any(not 1 <= len(text) <= 255 for text in names):
        return None
    cosigner, origin = (bytes([len(text)]) + text for text in names)
    numbers = (0).to_bytes(8, "big") + checkpoint.size.to_bytes(8, "big")
    return b"subtree/v1\n\x00" + cosigner + seconds.to_bytes(8, "big") + origin + numbers + checkpoint.root


# --- 1.3 Checkpoints and proofs -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes


def parse_checkpoint(text):
    """tlog-checkpoint, "Note text": exactly three lines."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[0] == "":
        raise Refused("checkpoint-malformed")
    size, root = plain_integer(lines[1]), strict_base64(lines[2])
    if size is None or root is None or len(root) != 32:
        raise Refused("checkpoint-malformed")
    if lines[3:] != [""]:
        raise Refused("checkpoint-extension")
    return Checkpoint(lines[0], size, root)


@dataclass(frozen=True)
class Proof:
    index: int
    path: tuple
    note: str  # The checkpoint "verbatim", not read here.


def parse_proof(text):
    """tlog-proof, "Format"."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if blank == "" or note == "" or lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise Refused("proof-malformed")
    if lines and lines[0].startswith("extra "):
        extra = lines.pop(0)
        if len(extra.encode()) > MAX_LINE_BYTES or not strict_base64(extra[len("extra ") :]):
            raise Refused("proof-malformed")
    if not lines or not lines[0].startswith("index "):
        raise Refused("proof-malformed")
    index = plain_integer(lines.pop(0)[len("index ") :])
    if len(lines) > MAX_PROOF_HASHES:
        raise Refused("proof-malformed")
    path = tuple(map(strict_base64, lines))
    if index is None or any(hash is None or len(hash) != 32 for hash in path):
        raise Refused("proof-malformed")
    return Proof(index, path, note)
