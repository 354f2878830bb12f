#!/usr/bin/env python3
"""
The vectors of the parts (test/vectors/json, note, time, ...) through this verifier: one line of JSON for each case on
which it disagrees with the file, and at the end how many it ran.

    python3 parts.py test/vectors
"""

import json
import math
import struct
import sys
from pathlib import Path

import ed25519
import formats
import ledger
import ml_dsa_44
from strict_json import MAX_SAFE_INTEGER, Refused, canonical, ecmascript_number, parse


def bytes_in(case):
    return bytes.fromhex(case["hex"]) if "hex" in case else case["text"].encode("utf-8", "surrogatepass")


def json_text(case):
    return {"canonical": canonical(parse(bytes_in(case), case.get("numbers") != "canonical")).decode()}


def double(case):
    number = struct.unpack(">d", bytes.fromhex(case["double"]))[0]
    if not math.isfinite(number):
        raise Refused("not-json")
    return {"canonical": ecmascript_number(number)}


def leaf(read):
    def run(case):
        value = parse(bytes_in(case))
        read(value)
        return {"canonical": canonical(value).decode(), "leafHash": ledger.leaf_hash(canonical(value)).hex()}

    return run


def encode(data):
    return ledger.base64.b64encode(data).decode()


def note_text(case):
    try:
        note = bytes.fromhex(case["hex"]).decode() if "hex" in case else case["note"]
    except UnicodeDecodeError:
        raise Refused("utf8-invalid") from None
    if any("\ud800" <= c <= "\udfff" for c in note):  # Our JSON reader lets none through.
        raise Refused("note-malformed")
    return note


def note(case):
    parsed = ledger.parse_note(note_text(case))
    return {"text": parsed.text, "signatures": len(parsed.lines)}


def keys(case, *types):
    return [vkey for vkey in map(ledger.parse_vkey, case["vkeys"]) if vkey.type in (types or (ledger.LOG_KEY,))]


def signed_note(case):
    parsed = ledger.parse_note(note_text(case))
    ledger.check_signature(parsed, keys(case))
    texts = {ledger.parse_vkey(text): text for text in case["vkeys"]}
    return {"signedBy": list(dict.fromkeys(texts[vkey] for _, vkey in ledger.lines_of(parsed, keys(case))))}


def signed_checkpoint(case):
    parsed = ledger.parse_note(note_text(case))
    size = ledger.parse_checkpoint(parsed.text).size
    ledger.check_signature(parsed, keys(case, ledger.LOG_KEY, ledger.ML_DSA_KEY))
    return {"treeSize": size}


def checkpoint(case):
    parsed = ledger.parse_checkpoint(case["text"])
    return {"origin": parsed.origin, "treeSize": parsed.size, "rootHash": encode(parsed.root)}


def cosigned_note(case):
    parsed = ledger.parse_note(note_text(case))
    return {
        "cosignatures": [
            {"name": line.name, "timeSeconds": ledger.cosigned_at(parsed, line, vkey)}
            for line, vkey in ledger.lines_of(parsed, keys(case, ledger.COSIGNER_KEY, ledger.ML_DSA_KEY))
        ]
    }


def proof(case):
    parsed = ledger.parse_proof(case["text"])
    return {"index": parsed.index, "path": [encode(hash) for hash in parsed.path]}


def vkey(case):
    parsed = ledger.parse_vkey(case["vkey"])
    return {"type": parsed.type, "keyName": parsed.name}


def strong_key(case):
    if not ed25519.is_strong_key(bytes.fromhex(case["publicKey"])):
        raise Refused("key-weak")
    return {}


def signature(case):
    if not ed25519.is_signature(*(bytes.fromhex(case[name]) for name in ("publicKey", "message", "signature"))):
        raise Refused("signature-invalid")
    return {}


def ml_dsa_signature(case):
    values = (bytes.fromhex(case[name]) for name in ("publicKey", "message", "signature"))
    if not ml_dsa_44.is_signature(*values):
        raise Refused("signature-invalid")
    return {}


def hashes(texts, code):
    """Our readers let through no hash of another length; these vectors hand them over all the same."""
    if any(len(text) != 64 for text in texts):
        raise Refused(code)
    return [bytes.fromhex(text) for text in texts]


def sizes(numbers, code):
    if any(not isinstance(number, int) or not 0 <= number <= MAX_SAFE_INTEGER for number in numbers):
        raise Refused(code)
    return numbers


def inclusion(case):
    leaf_hash, root, *path = hashes([case["leafHash"], case["root"], *case["path"]], "inclusion-malformed")
    index, size = sizes([case["leafIndex"], case["treeSize"]], "inclusion-malformed")
    ledger.check_inclusion(leaf_hash, index, size, path, root)
    return {}


def receipt(case):
    parsed = formats.receipt(case["text"])
    return {"origin": parsed["origin"], "id": parsed["id"], "leafHash": encode(parsed["leafHash"])}


def signed_receipt(case):
    parsed = ledger.parse_note(note_text(case))
    ledger.check_signature(parsed, keys(case))
    return {"id": formats.receipt(parsed.text)["id"]}


RUNS = {
    "json/*.json": json_text,
    "canonical/values.json": json_text,
    "canonical/numbers.json": double,
    "time/times.json": lambda case: {"milliseconds": formats.time(case["text"])},
    "statement/statements.json": leaf(formats.statement),
    "batch/batches.json": leaf(formats.batch),
    "note/notes.json": note,
    "note/signed-notes.json": signed_note,
    "vkey/vkeys.json": vkey,
    "checkpoint/texts.json": checkpoint,
    "checkpoint/signed-notes*.json": signed_checkpoint,
    "cosignature/signed-notes*.json": cosigned_note,
    "tlog-proof/proofs.json": proof,
    "ed25519/keys.json": strong_key,
    "ed25519/signatures.json": signature,
    "ml-dsa-44/signatures.json": ml_dsa_signature,
    "inclusion/proofs.json": inclusion,
    "receipt/texts.json": receipt,
    "receipt/signed-notes.json": signed_receipt,
}


def disagreement(run, case, is_accepted):
    """None, or what this verifier says instead. `code` is compared where the vector states one."""
    try:
        got = run(case)
    except Refused as refused:
        if is_accepted or case.get("code", refused.code) != refused.code:
            return {"code": refused.code}
        return None
    if is_accepted and all(case.get(name, value) == value for name, value in got.items()):
        return None
    return {"accepted": got}


def main(root):
    count = 0
    for pattern, run in RUNS.items():
        for path in sorted(Path(root).glob(pattern)):
            vectors = json.loads(path.read_text("utf-8"))
            for list_name in ("accepted", "refused"):
                for case in vectors[list_name]:
                    count += 1
                    got = disagreement(run, case, list_name == "accepted")
                    if got is not None:
                        print(
                            json.dumps({"file": str(path), "case": case["name"], "want": case.get("code"), "got": got})
                        )
    print(json.dumps({"cases": count}))


if __name__ == "__main__":
    main(sys.argv[1])
