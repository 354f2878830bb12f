"""Section 8.3: what a report tells beside the checks, and section 2, "A text in another form". Codes alone."""

import re

import formats
import quorums
import voices

SECOND, DAY = 1000, 86_400_000
LAST_MILLISECOND = formats.time("9999-12-31T23:59:59.999Z")
MAX_TEXT = 16_777_216
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE_END = re.compile(rb"\r\n|\r|\n")
LINE_ENDS = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}


def of_trust_file(trust, size=None):
    """At the size of the evidence's checkpoint; without one, in the end."""
    at = quorums.end_of(trust) if size is None else size
    return [
        *("vkey-set-aside" for _ in trust.set_aside),
        *(["depositor-counts"] if trust.members["quorum"]["excludeParties"] is False else []),
        *(["quorum-splits"] if quorums.is_split(trust, trust, at) else []),
    ]


def of_parties(trust, parties):
    organisations = trust.members["organisations"]
    return ["party-not-in-consortium" for party in parties if not voices.persons([party], organisations)]


def of_statement(trust, statement):
    is_known = voices.persons(statement["depositor"].values(), trust.members["organisations"])
    return [
        *(["digests-by-depositor"] if statement["digestsBy"] == "depositor" else []),
        *([] if is_known else ["depositor-not-in-consortium"]),
    ]


def of_record(statement, record, code, agrees):
    """`code`: of check 2, where it failed; `agrees`: whether some bytes are what was deposited."""
    if record is None:
        return ["evidence-only"]
    is_compared = code in ("record-size", "record-sha-256", "record-sm3") and not statement["canonicalization"]
    if not is_compared or len(record) > MAX_TEXT or re.search(rb"[\x00-\x08\x0b\x0e-\x1f]", record):
        return []
    has_another = any(len(form) == statement["size"] and agrees(form) for form in forms_of(record))
    return ["record-agrees-in-another-form" if has_another else "record-agrees-in-no-other-form"]


def forms_of(text):
    """Every other form; the order does not matter where nobody asks which."""
    bare = text.removeprefix(BYTE_ORDER_MARK)
    marked = [text, bare if bare != text else BYTE_ORDER_MARK + text]
    kinds = LINE_END.findall(text)
    for ends in (None, *LINE_ENDS.values()):
        for one in marked:
            converted = one if ends is None else LINE_END.sub(ends, one)
            yield from (converted, with_last_newline_changed(converted, ends or (kinds[-1] if kinds else b"\n")))


def with_last_newline_changed(text, end):
    ends = list(LINE_END.finditer(text))
    if ends and ends[-1].end() == len(text):
        return text[: ends[-1].start()]
    return text + end


def of_times(statement, batch, cosignatures, final_at, tokens):
    """In milliseconds; `final_at` None where no quorum was met, `tokens` those that count."""
    created, received, sealed = statement["createdAt"], statement["receivedAt"], batch["sealedAt"]
    bounds = [bound for bound in map(not_later_than, tokens) if bound is not None]
    said = {
        "created-long-before-received": created is not None and received - created > 30 * DAY,
        "created-after-received": created is not None and created - received > 5 * SECOND,
        "received-long-before-sealed": sealed - received > DAY,
        "sealed-long-before-final": final_at is not None and final_at - sealed > DAY,
        "cosigner-time-apart": is_some_cosigner_apart(cosignatures),
        "timestamp-apart": final_at is not None and any(abs(each.generated_at - final_at) > DAY for each in tokens),
        "timestamp-before-sealed": any(sealed - bound > 5 * SECOND for bound in bounds),
    }
    return [code for code, stands in said.items() if stands]


def is_some_cosigner_apart(cosignatures):
    counted = sorted(each.seconds for each in cosignatures if each.reason.split("-in-")[0] == "counted")
    if not counted:
        return False
    median = counted[(len(counted) - 1) // 2]
    return any(abs(each.seconds - median) > 3600 for each in cosignatures)


def not_later_than(token):
    """The whole second after genTime and its accuracy; None in the year 10000."""
    bound = ((token.generated_at + token.accuracy) // SECOND + 1) * SECOND
    return bound if bound <= LAST_MILLISECOND else None
