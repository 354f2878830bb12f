#!/usr/bin/env python3
"""
Section 14: changes of the consortium, from a trust file and the entries of a ledger to the next trust file.

    python3 membership.py test/vectors/consortium-change
"""

import json
import sys
from base64 import b64encode
from pathlib import Path

import ed25519
import formats
import ledger
import ml_dsa_44
import voices
from quorums import algorithm_of, can_be_met, demanded, end_of, is_split, is_within, sizes_of
from strict_json import Refused, canonical, parse
from verify import Cosignature, judge_algorithms, tallied

MAX_ENTRY_BYTES = 65535
ENDING = b'"type":"cunzheng/consortium@v1"}'
SIZE = formats.integer()


def read_trust_file(file):
    """Section 14.2, 5: X.509 is not looked into."""
    return formats.read_trust_file(canonical(file), looks_into_x509=False)


# --- 14 The change --------------------------------------------------------------------------------------------------

QUORUM = formats.QUORUM_MEMBERS
new_witness = formats.object_of({**formats.WITNESS_MEMBERS, "from": SIZE})
MEMBERS = {
    "add-organisation": {"organisation": formats.organisation},
    "change-organisation": {"organisation": formats.organisation},
    "retire-organisation": {"id": formats.ORGANISATION_ID, "until": SIZE},
    "add-witness": {"witness": new_witness},
    "change-witness": {"name": formats.string, "url": formats.string},
    "rotate-key": {"name": formats.string, "until": SIZE, "vkeys": formats.vkeys(8), "from": SIZE},
    "retire-witness": {"name": formats.string, "until": SIZE},
    "add-log-key": {"vkey": formats.string},
    "retire-log-key": {"vkey": formats.string, "until": SIZE},
    "change-log": {"url": formats.string},
    "add-receipt-key": {"vkey": formats.string},
    "retire-receipt-key": {"vkey": formats.string},
    "change-quorum": {"quorum": formats.object_of(QUORUM[0], {**QUORUM[1], **formats.SIGNATURES}), "from": SIZE},
    "add-timestamp-authority": {"certificate": formats.string},
    "remove-timestamp-authority": {"certificate": formats.string},
    "add-certificate-authority": {"certificate": formats.string},
    "remove-certificate-authority": {"certificate": formats.string},
}


def inner_change(value):
    kind = formats.one_of(*MEMBERS)
    members = {}
    if isinstance(value, dict) and "kind" in value:
        members = MEMBERS[kind(value["kind"])]
    return formats.object_of({"kind": kind, **members})(value)


read_change = formats.object_of(
    {
        "type": formats.type_of("cunzheng/consortium@v1"),
        "id": formats.ULID,
        "origin": formats.string,
        "before": formats.HASH,
        "after": formats.HASH,
        "proposedAt": formats.time,
        "reason": formats.string,
        "change": inner_change,
        "approvals": formats.list_of(formats.string),
    }
)


def hash_of(value):
    return b64encode(ledger.sha256(canonical(value))).decode()


# --- 14.1 What a change does ----------------------------------------------------------------------------------------


def apply(file, change):
    """The members that become others; `file` and `change` are JSON as it stands."""
    kind = change["kind"]
    organisations, witnesses, log, quorum = (file[name] for name in ("organisations", "witnesses", "log", "quorum"))
    ids = [organisation["id"] for organisation in organisations]

    def named(name):
        entries = [witness for witness in witnesses if witness["name"] == name]
        if not entries:
            raise Refused("change-names-unknown")
        return entries

    def ended(is_meant, until):
        result = []
        for witness in witnesses:
            ends = is_meant(witness) and ("until" not in witness or witness["until"] > until)
            result.append({**witness, "until": until} if ends else witness)
        return changed(witnesses, result)

    if kind == "add-organisation":
        if change["organisation"]["id"] in ids:
            raise Refused("change-names-existing")
        return {"organisations": [*organisations, change["organisation"]]}
    if kind == "change-organisation":
        if change["organisation"]["id"] not in ids:
            raise Refused("change-names-unknown")
        new = [change["organisation"] if o["id"] == change["organisation"]["id"] else o for o in organisations]
        return {"organisations": changed(organisations, new)}
    if kind == "retire-organisation":
        if change["id"] not in ids:
            raise Refused("change-names-unknown")
        return {"witnesses": ended(lambda w: w["organisation"] == change["id"], change["until"])}

    if kind == "add-witness":
        new = change["witness"]
        if any(w["name"] == new["name"] and ("until" not in w or w["until"] > new["from"]) for w in witnesses):
            raise Refused("change-names-existing")
        return {"witnesses": [*witnesses, new]}
    if kind == "change-witness":
        named(change["name"])
        new = [{**w, "url": change["url"]} if w["name"] == change["name"] else w for w in witnesses]
        return {"witnesses": changed(witnesses, new)}
    if kind == "rotate-key":
        last = named(change["name"])[-1]
        kept = {name: last[name] for name in ("name", "kind", "organisation", "url")}
        old = ended(lambda w: w["name"] == change["name"], change["until"])
        return {"witnesses": [*old, {**kept, "vkeys": change["vkeys"], "from": change["from"]}]}
    if kind == "retire-witness":
        named(change["name"])
        return {"witnesses": ended(lambda w: w["name"] == change["name"], change["until"])}

    former = log.get("former", [])
    if kind == "add-log-key":
        if change["vkey"] in [*log["vkeys"], *(key["vkey"] for key in former)]:
            raise Refused("change-names-existing")
        return {"log": {**log, "vkeys": [*log["vkeys"], change["vkey"]]}}
    if kind == "retire-log-key":
        key = {"vkey": change["vkey"], "until": change["until"]}
        return {"log": {**log, "vkeys": removed(log["vkeys"], change["vkey"]), "former": [*former, key]}}
    if kind == "change-log":
        return {"log": changed(log, {**log, "url": change["url"]})}
    if kind == "add-receipt-key":
        return {"receipts": {"vkeys": added(file["receipts"]["vkeys"], change["vkey"])}}
    if kind == "retire-receipt-key":
        return {"receipts": {"vkeys": removed(file["receipts"]["vkeys"], change["vkey"])}}

    if kind == "change-quorum":
        present = {name: value for name, value in quorum.items() if name != "former"}
        changed(present, change["quorum"])
        past = [*quorum.get("former", []), {**present, "until": change["from"]}]
        return {"quorum": {**change["quorum"], "former": past}}

    authorities = "timestampAuthorities" if "timestamp" in kind else "certificateAuthorities"
    edit = added if kind.startswith("add-") else removed
    return {authorities: edit(file[authorities], change["certificate"])}


def changed(present, new):
    if canonical(present) == canonical(new):
        raise Refused("change-empty")
    return new


def added(texts, text):
    if text in texts:
        raise Refused("change-names-existing")
    return [*texts, text]


def removed(texts, text):
    if text not in texts:
        raise Refused("change-names-unknown")
    return [other for other in texts if other != text]


def trust_file_after(file, change):
    revision = file.get("revision", 0) + 1
    return {**file, **apply(file, change), "type": "cunzheng/consortium@v2", "revision": revision}


# --- 14.2 When a change is valid ------------------------------------------------------------------------------------


def judge(file, index, entry):
    """The trust file after the entry and of each approval whether it counts; or a refusal."""
    raw = parse(entry)
    change = read_change(raw)
    if len(canonical(raw)) > MAX_ENTRY_BYTES:
        raise Refused("change-too-large")
    if canonical(raw) != entry:
        raise Refused("change-not-canonical")
    if change["origin"] != file["log"]["origin"]:
        raise Refused("origin-mismatch")
    if raw["before"] != hash_of(file):
        raise Refused("change-of-other-trust-file")
    check_not_backdated(raw["change"], index)
    after = trust_file_after(file, raw["change"])
    try:
        trust = read_trust_file(after)
    except Refused:
        raise Refused("change-breaks-trust-file") from None
    check_keys(trust, raw["change"])
    check_quorum(read_trust_file(file), trust)
    if raw["after"] != hash_of(after):
        raise Refused("change-result-differs")
    approvals = open_approvals(raw, read_trust_file(file))
    return after, count(approvals, read_trust_file(file), trust, index + 1)


def check_keys(trust, change):
    new = change.get("vkeys", change.get("witness", {}).get("vkeys"))
    if new == [] or not trust.log_keys or not trust.receipt_keys:
        raise Refused("change-leaves-no-key")


def check_not_backdated(change, index):
    beginnings = {"add-witness": change.get("witness", change), "rotate-key": change, "change-quorum": change}
    if change["kind"] in beginnings and beginnings[change["kind"]]["from"] < index + 1:
        raise Refused("change-backdated")


def check_quorum(before, after):
    if not can_be_met(after, end_of(after)):
        raise Refused("change-quorum-unreachable")
    for size in {0, *sizes_of(before), *sizes_of(after)}:
        if not is_split(before, before, size) and (is_split(after, after, size) or is_split(before, after, size)):
            raise Refused("change-quorum-splits")


def open_approvals(raw, trust):
    """(seconds, key) of every approval, in their order."""
    if len(raw["approvals"]) > ledger.MAX_SIGNATURE_LINES:
        raise Refused("note-too-many-signatures")
    proposal = {name: value for name, value in raw.items() if name != "approvals"}
    known = [key for keys in trust.witness_keys for key in keys]
    approvals = []
    for text in raw["approvals"]:
        ledger.check_line(text)
        line = ledger.parse_signature_line(text)
        keys = [key for key in known if (key.name, key.key_id) == (line.name, line.key_id)]
        algorithms = {algorithm_of(key) for key in keys} or {"ed25519", "ml-dsa-44"}
        algorithm = {72: "ed25519", 8 + ml_dsa_44.SIGNATURE_BYTES: "ml-dsa-44"}.get(len(line.blob))
        if algorithm not in algorithms:
            raise Refused("cosignature-malformed")
        seconds = int.from_bytes(line.blob[:8], "big")
        if not 1 <= seconds <= ledger.LAST_SECOND:
            raise Refused("cosignature-time")
        if not keys:
            raise Refused("approval-unknown")
        head = f"cunzheng/consortium-approval@v1\ntime {seconds}\n{raw['origin']}\n{hash_of(proposal)}\n"
        is_signature = {"ed25519": ed25519.is_signature, "ml-dsa-44": ml_dsa_44.is_signature}[algorithm]
        signed = [
            key
            for key in keys
            if algorithm_of(key) == algorithm and is_signature(key.public_key, head.encode(), line.blob[8:])
        ]
        if not signed:
            raise Refused("signature-invalid")
        if any(key == signed[0] for _, key in approvals):
            raise Refused("approval-repeated")
        approvals.append((seconds, signed[0]))
    return approvals


def count(approvals, before, after, size):
    """Section 7.1, for no depositor and no party, of those whose key still counts after the change."""

    def entries(trust, key):
        return [w for w, keys in zip(trust.members["witnesses"], trust.witness_keys) if key in keys]

    still = [(s, key) for s, key in approvals if any(is_within(size, w) for w in entries(after, key))]
    quorum = formats.quorum_at(before.members, size)
    log = before.members["log"]["organisation"]
    is_excluded = voices.Groups(before.members["organisations"]).excluded_with({log})
    organisations = {organisation["id"]: organisation for organisation in before.members["organisations"]}
    places = {}
    for position, (witness, keys) in enumerate(zip(before.members["witnesses"], before.witness_keys)):
        for number, key in enumerate(keys):
            places.setdefault(key, []).append((not is_within(size, witness), position, number))
    told = []
    for seconds, key in sorted(still, key=lambda approval: (approval[0], min(places[approval[1]])[1:])):
        witnesses = entries(before, key)
        cosignature = Cosignature(
            key.name, algorithm_of(key), seconds, organisations[witnesses[0]["organisation"]], witnesses, ()
        )
        id = cosignature.organisation["id"]
        if id == log:
            cosignature.exclusion = "log-organisation"
        elif is_excluded(id):
            cosignature.exclusion = "same-group"
        elif quorum["mirrorsOnly"] is not False and witnesses[0]["kind"] == "witness":
            cosignature.exclusion = "witness-only"
        elif not any(is_within(size, w) for w in witnesses):
            cosignature.exclusion = "outside-tree-sizes"
        told.append(cosignature)
    judge_algorithms([c for c in told if c.exclusion is None], demanded(before, size))
    result = tallied(told, before, size)
    if result.met_at is None:
        raise Refused("approvals-insufficient")
    return [{"name": cosignature.name, "reason": reason} for cosignature, reason in zip(told, result.reasons)]


# --- 14.3 The history -----------------------------------------------------------------------------------------------


def history(start, entries):
    present, happened = start, []
    for index, entry in enumerate(entries):
        if not entry.endswith(ENDING):
            continue
        code = None
        try:
            present, _ = judge(present, index, entry)
        except Refused as refused:
            code = refused.code
        happened.append({"index": index, "code": code})
    return present, happened


# --- The vectors ----------------------------------------------------------------------------------------------------


def run_change(case):
    try:
        after, approvals = judge(case["before"], case["index"], case["entry"].encode())
        return {"after": hash_of(after), "approvals": approvals}
    except Refused as refused:
        return {"code": refused.code}


def run_history(case):
    present, happened = history(case["start"], [entry.encode() for entry in case["entries"]])
    return {"present": hash_of(present), "happened": happened}


def main(folder):
    count = 0
    for name, run in (("changes", run_change), ("histories", run_history)):
        vectors = json.loads((Path(folder) / f"{name}.json").read_text("utf-8"))
        for case in [*vectors["accepted"], *vectors["refused"]]:
            count += 1
            got = run(case)
            if any(case.get(member) != value for member, value in got.items()):
                print(json.dumps({"case": case["name"], "got": got}))
    print(json.dumps({"cases": count}))


if __name__ == "__main__":
    main(sys.argv[1])
