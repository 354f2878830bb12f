"""
Section 12: misconduct. Two checkpoints of one log that can't both be true, or one that can't be, and who signed them.
"""

import hashlib

import formats
from ledger import check_consistency, cosigned_at, lines_of, parse_checkpoint, parse_note, signed_by
from strict_json import Refused, parse

ROOT_OF_NOTHING = hashlib.sha256(b"").digest()


def verify_misconduct(misconduct_bytes, trust_file_bytes):
    """Verdict, code, and the names of those convicted: the log, then the cosigners as the trust file has them."""
    try:
        trust = formats.read_trust_file(trust_file_bytes)
    except Refused as broken:  # Step 1.
        return {"verdict": "incomplete", "code": broken.code, "convicted": []}
    try:
        return {"verdict": "verified", "code": None, "convicted": convicted_by(misconduct_bytes, trust)}
    except Refused as refused:
        return {"verdict": "refused", "code": refused.code, "convicted": []}


def convicted_by(misconduct_bytes, trust):
    """Steps 2 to 5, in this order."""
    members = formats.misconduct(parse(misconduct_bytes))
    notes = list(map(parse_note, members["checkpoints"]))
    checkpoints = [parse_checkpoint(note.text) for note in notes]
    check_shape(checkpoints, members["consistency"])
    for checkpoint in checkpoints:
        if checkpoint.origin != trust.members["log"]["origin"]:
            raise Refused("origin-mismatch")
    check_contradiction(checkpoints, members["consistency"])
    return who_signed_all(notes, trust)


def check_shape(checkpoints, consistency):
    """Step 2, what the table of members says of the sizes: the smaller first, a proof exactly where they differ."""
    sizes = [checkpoint.size for checkpoint in checkpoints]
    if sizes != sorted(sizes):
        raise Refused("value-range")
    if sizes[0] != sizes[-1] and consistency is None:
        raise Refused("member-missing")
    if sizes[0] == sizes[-1] and consistency is not None:
        raise Refused("member-unknown")


def check_contradiction(checkpoints, consistency):
    """Step 4."""
    smaller, larger = checkpoints[0], checkpoints[-1]
    if len(checkpoints) == 1:
        contradictory = smaller.size == 0 and smaller.root != ROOT_OF_NOTHING
    elif smaller.size == larger.size:
        contradictory = smaller.root != larger.root
    elif smaller.size == 0:
        contradictory = False  # Every tree begins with nothing.
    else:
        proved = consistency["rootHash"]
        check_consistency(smaller.size, proved, larger.size, larger.root, consistency["path"])
        contradictory = proved != smaller.root
    if not contradictory:
        raise Refused("not-contradictory")


def who_signed_all(notes, trust):
    """Step 5."""
    signers = [signers_of(note, trust) for note in notes]
    origin, witnesses = trust.members["log"]["origin"], trust.members["witnesses"]
    everyone = [("log", origin), *(("cosigner", witness["name"]) for witness in witnesses)]
    convicted = [user for user in dict.fromkeys(everyone) if all(user in signed for signed in signers)]
    if len(convicted) == 0:
        raise Refused("nobody-convicted")
    return [name for _, name in convicted]


def signers_of(note, trust):
    """Who signed this checkpoint; each line of a known key must verify, the log's first."""
    signers = {("log", vkey.name) for vkey in signed_by(note, trust.log_keys)}
    for line, vkey in lines_of(note, [key for keys in trust.witness_keys for key in keys]):
        cosigned_at(note, line, vkey)
        signers.add(("cosigner", vkey.name))
    return signers
