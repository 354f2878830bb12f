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
    notes, checkpoints = [], []
    for text in members["checkpoints"]:
        notes.append(parse_note(text))
        checkpoints.append(parse_checkpoint(notes[-1].text))
    for checkpoint in checkpoints:
        if checkpoint.origin != trust.members["log"]["origin"]:
            raise Refused("origin-mismatch")
    check_contradiction(checkpoints, members["consistency"])
    return who_signed_all(notes, trust)


def check_contradiction(checkpoints, consistency):
    """Step 4: one of three forms. What is of none of them contradicts nothing."""
    if len(checkpoints) not in (1, 2):
        raise Refused("not-contradictory")
    smaller, larger = checkpoints[0], checkpoints[-1]
    if (consistency is not None) != (smaller.size != larger.size):
        contradictory = False  # A proof too many, or none.
    elif len(checkpoints) == 1:
        contradictory = smaller.size == 0 and smaller.root != ROOT_OF_NOTHING
    elif smaller.size == larger.size:
        contradictory = smaller.root != larger.root
    elif smaller.size == 0 or smaller.size > larger.size:
        contradictory = False  # Every tree begins with nothing; and the smaller is to be the first.
    else:
        proved = consistency["rootHash"]
        check_consistency(smaller.size, proved, larger.size, larger.root, consistency["path"])
        contradictory = proved != smaller.root
    if not contradictory:
        raise Refused("not-contradictory")


def who_signed_all(notes, trust):
    """
    Step 5: one after the other, the log first, then the cosigners as the trust file has them. A cosigner is a name of one
    organisation.
    """
    users = {("log", trust.members["log"]["origin"], None): [*trust.log_keys, *(key for key, _ in trust.former_log_keys)]}
    for witness, keys in zip(trust.members["witnesses"], trust.witness_keys):
        users.setdefault(("cosigner", witness["name"], witness["organisation"]), []).extend(keys)
    convicted = []
    for (kind, name, _organisation), keys in users.items():
        has_signed = has_logged if kind == "log" else has_cosigned
        if all([has_signed(note, keys) for note in notes]):  # Every note, so that every line is judged.
            convicted.append(name)
    if len(convicted) == 0:
        raise Refused("nobody-convicted")
    return convicted


def has_logged(note, keys):
    return len(signed_by(note, keys)) > 0


def has_cosigned(note, keys):
    lines = lines_of(note, keys)
    for line, key in lines:
        cosigned_at(note, line, key)
    return len(lines) > 0
