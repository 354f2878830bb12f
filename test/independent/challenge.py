"""
Section 13: a challenge. A receipt whose time has passed, beside a checkpoint cosigned after it, and perhaps an answer.
"""

import formats
import verify
from ledger import check_signature, parse_checkpoint, parse_note
from strict_json import Refused, parse


def verify_challenge(challenge_bytes, trust_file_bytes, parties=(), answer=None):
    """
    Verdict, code, and the code of what is said of the answer. `answer`: the bytes of an evidence file, or None; this
    verifier takes no certificates. Raises WrongUsage for a party without a name.
    """
    verify.check_parties(parties)
    try:
        trust = formats.read_trust_file(trust_file_bytes)
    except Refused as broken:  # Step 1.
        return {"verdict": "incomplete", "code": broken.code, "answerCode": None}
    try:
        challenge = Challenge(challenge_bytes, trust)
        check_cosigned_after(challenge, trust, parties)
    except Refused as refused:
        return {"verdict": "refused", "code": refused.code, "answerCode": None}
    verdict, code = "unanswered", None
    if answer is not None:
        verdict, code = judge_answer(challenge, answer, trust_file_bytes, parties)
    return {"verdict": verdict, "code": None, "answerCode": code}


class Challenge:
    """Steps 2 to 5, in this order."""

    def __init__(self, data, trust):
        members = formats.challenge(parse(data))
        receipt_note = parse_note(members["receipt"])
        check_signature(receipt_note, trust.receipt_keys)
        self.receipt = formats.receipt(receipt_note.text)
        self.note = parse_note(members["checkpoint"])
        self.checkpoint = parse_checkpoint(self.note.text)
        for origin in (self.receipt["origin"], self.checkpoint.origin):
            if origin != trust.members["log"]["origin"]:
                raise Refused("origin-mismatch")
        verify.check_log_note(self.note, self.checkpoint.size, trust)


def check_cosigned_after(challenge, trust, parties):
    """Steps 6 and 7: there is no depositor, and it counts who cosigned more than 5 s after `seal by`."""
    last_early = challenge.receipt["sealBy"] + verify.TOLERANCE_MS
    cosignatures = verify.judge_cosignatures(
        challenge.note,
        challenge.checkpoint.size,
        trust,
        verify.exclusions(trust, challenge.checkpoint.size, parties, depositor=None),
        lambda seconds: not seconds * 1000 > last_early,
    )
    if verify.tallied(cosignatures, trust, challenge.checkpoint.size).met_at is None:
        raise Refused("quorum-not-met")


def judge_answer(challenge, answer, trust_file_bytes, parties):
    """Step 8: the verdict, and the code of what is said of the answer."""
    if verify.verify(answer, trust_file_bytes, parties=parties).verdict == "refused":
        return "unanswered", "evidence-refused"
    evidence = verify.Evidence(answer)
    if evidence.statement_leaf != challenge.receipt["leafHash"]:
        return "unanswered", "statement-differs"
    if evidence.members["batch"]["sealedAt"] > challenge.receipt["sealBy"]:
        return "late", "sealed-late"
    if evidence.proof.index >= challenge.checkpoint.size:
        return "late", "ledger-late"
    return "rebutted", None
