#!/usr/bin/env python3
"""
A stranger's verifier of Cunzheng evidence and certificates, written from docs/evidence-format.md alone, in Python's
standard library. Of a certificate it judges all but the pages, which it cannot draw.

    python3 verify.py FILE --consortium FILE [--record FILE] [--party ID]... [--json]
    python3 verify.py --batch FOLDER...     each FOLDER/*/ as in test/vectors/evidence: one line of JSON a case

Read it beside the document: strict_json.py is section 1.1, ledger.py sections 1.2 and 1.3 (over ed25519.py), formats.py
sections 1 to 7 and the tables of 12 and 13, this file sections 7.1 and 8, notices.py section 8.3, timestamps.py section 8.1 (over cms.py,
x509.py, der.py and curves.py), certificate.py section 9, misconduct.py section 12, challenge.py section 13. It has no
network, no clock, and no key built in.
"""

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import certificate
import formats
import notices
import timestamps
import voices
from ledger import (
    check_inclusion,
    check_signature,
    cosigned_at,
    leaf_hash,
    lines_of,
    parse_checkpoint,
    parse_note,
    parse_proof,
)
from quorums import algorithm_of, demanded, is_within
from sm3 import sm3
from strict_json import Refused, canonical, parse
from x509 import parse_certificate

CHECKS = (
    "evidence-format",
    "record-digest",
    "batch-inclusion",
    "ledger-inclusion",
    "log-signature",
    "cosignatures",
    "quorum",
    "time-order",
    "timestamps",
    "chain",
    "certificate",
)
TOLERANCE_MS = 5000
EXIT_CODES = {"verified": 0, "refused": 1, "incomplete": 2}
EXIT_USAGE = 64


class WrongUsage(Exception):
    """The caller's error, not the evidence's."""


class NotRun(Exception):
    def __init__(self, code, incomplete=False):
        super().__init__(code)
        self.code, self.incomplete = code, incomplete


@dataclass
class Report:
    verdict: str = "verified"
    checks: dict = field(default_factory=dict)  # name -> (result, code or None)
    cosignatures: list = field(default_factory=list)
    trust_file: str | None = None  # Why it is broken.
    evidence: "Evidence | None" = None  # Where it parses.
    notices: list = field(default_factory=list)  # Codes, each as often as it stands.

    def run(self, name, check):
        """One check of section 8: `check` returns when it passed."""
        try:
            check()
            self.checks[name] = ("passed", None)
        except Refused as refused:
            self.checks[name] = ("failed", refused.code)
            self.verdict = "refused"
        except NotRun as not_run:
            self.checks[name] = ("not-run", not_run.code)
            if not_run.incomplete and self.verdict == "verified":
                self.verdict = "incomplete"

    def as_json(self):
        checks = [{"name": name, "result": result, "code": code} for name, (result, code) in self.checks.items()]
        return {
            "verdict": self.verdict,
            "checks": checks,
            "cosignatures": self.cosignatures,
            "trustFile": self.trust_file,
            "notices": sorted(self.notices),
        }


# --- 8. Verification ------------------------------------------------------------------------------------------------


def verify(file_bytes, trust_file_bytes, record=None, parties=()):
    """
    Of an evidence file, or of a certificate: whatever begins about as a PDF does, and not as JSON. `record`: bytes, None where none was given,
    or an OSError where it can't be read.
    """
    is_pdf = b"%PDF-" in file_bytes[:1024] and not file_bytes.lstrip(b" \t\r\n").startswith(b"{")
    return (verify_certificate if is_pdf else verify_evidence)(file_bytes, trust_file_bytes, record, parties)


def verify_certificate(pdf, trust_file_bytes, record=None, parties=()):
    """Section 9.3."""
    opened = certificate.Opened(pdf)
    report = verify_evidence(opened.evidence or b"", trust_file_bytes, record, parties)
    if report.trust_file is not None:
        return report
    if opened.evidence is None:
        report.checks = {name: ("not-run", "earlier-check-failed") for name in CHECKS}

    def check():
        trust = formats.read_trust_file(trust_file_bytes)
        raise NotRun(certificate.check_certificate(opened, trust, *facts(report.evidence, trust)), incomplete=True)

    report.run("certificate", check)
    return report


def facts(evidence, trust):
    """What a certificate's claims are compared with: the statement's id, and when the quorum was met (None: never)."""
    if evidence is None:
        return None, None
    statement = evidence.members["statement"]
    try:
        cosignatures = judge_evidence(evidence, trust, parties=())
    except Refused:
        return statement["id"], None
    seconds = tallied(cosignatures, trust, evidence.checkpoint.size).met_at
    return statement["id"], None if seconds is None else seconds * 1000


def verify_evidence(evidence_bytes, trust_file_bytes, record=None, parties=()):
    check_parties(parties)
    report = Report()
    try:
        trust = formats.read_trust_file(trust_file_bytes)
    except Refused as broken:  # Section 7: verifies nothing and refuses nothing.
        report.verdict, report.trust_file = "incomplete", broken.code
        report.checks = {name: ("not-run", "earlier-check-failed") for name in CHECKS}
        report.notices = ["trust-file-broken"]
        return report

    evidence = None

    def evidence_format():
        nonlocal evidence
        evidence = Evidence(evidence_bytes)

    report.run("evidence-format", evidence_format)
    if evidence is None:
        report.checks.update({name: ("not-run", "earlier-check-failed") for name in CHECKS[1:]})
        report.notices = [*notices.of_trust_file(trust), *notices.of_parties(trust, parties)]
        return report

    report.evidence = evidence
    cosignatures, refusal = [], None
    try:
        cosignatures = judge_evidence(evidence, trust, parties)
    except Refused as refused:  # Section 1.3: one such line refuses the note, so nobody counts.
        refusal = refused
    report.cosignatures = [cosignature.as_json() for cosignature in cosignatures]
    report.run("record-digest", lambda: check_record(evidence.members["statement"], record))
    report.run("batch-inclusion", lambda: check_batch_inclusion(evidence))
    report.run("ledger-inclusion", lambda: check_ledger_inclusion(evidence))
    report.run("log-signature", lambda: check_log(evidence, trust))
    report.run("cosignatures", lambda: check_cosignatures(refusal))
    report.run("quorum", lambda: check_quorum(evidence, cosignatures, trust))
    report.run("time-order", lambda: check_time_order(evidence, cosignatures, trust))
    report.run("timestamps", lambda: check_timestamps(evidence, trust))
    report.run("chain", check_chain)
    report.run("certificate", check_no_certificate)
    report.notices = notices_of(evidence, trust, record, parties, cosignatures, report.checks["record-digest"][1])
    return report


def notices_of(evidence, trust, record, parties, cosignatures, record_code):
    """Section 8.3."""
    statement, batch = evidence.members["statement"], evidence.members["batch"]
    size = evidence.checkpoint.size
    met_at = tallied(cosignatures, trust, size).met_at
    counting, _, _ = timestamps.judge_tokens(*tokens_of(evidence, trust))
    return [
        *notices.of_trust_file(trust, size),
        *notices.of_parties(trust, parties),
        *notices.of_statement(trust, statement),
        *notices.of_record(statement, record, record_code, lambda form: passes(check_record, statement, form)),
        *notices.of_times(statement, batch, cosignatures, None if met_at is None else met_at * 1000, counting),
    ]


def passes(check, *given):
    try:
        check(*given)
    except Refused:
        return False
    return True


def judge_evidence(evidence, trust, parties):
    """The cosignatures of section 7.1."""
    depositor, sealed_at = evidence.members["statement"]["depositor"], evidence.members["batch"]["sealedAt"]
    return judge_cosignatures(
        evidence.note,
        evidence.checkpoint.size,
        trust,
        exclusions(trust, evidence.checkpoint.size, parties, depositor),
        lambda seconds: seconds * 1000 + 999 + TOLERANCE_MS < sealed_at,
    )


def check_parties(parties):
    for party in parties:
        if voices.folded(party) == "":
            raise WrongUsage(f"nobody goes by {party!a}")


class Evidence:
    """Check 1: evidence, ledger proof, note and checkpoint parse."""

    def __init__(self, data):
        raw = parse(data)
        self.members = formats.evidence(raw)
        self.proof = parse_proof(self.members["ledgerProof"])
        self.note = parse_note(self.proof.note)
        self.checkpoint = parse_checkpoint(self.note.text)
        self.statement_leaf = leaf_hash(canonical(raw["statement"]))
        self.batch_leaf = leaf_hash(canonical(raw["batch"]))


def check_record(statement, record):
    """Check 2, and section 2, "Comparing a record"."""
    if record is None:
        raise NotRun("record-not-given")
    if isinstance(record, OSError):
        raise NotRun("record-unreadable", incomplete=True)
    content = canonical(parse(record, numbers_by_value=True)) if statement["canonicalization"] else record
    if len(content) != statement["size"]:
        raise Refused("record-size")
    if hashlib.sha256(content).digest() != statement["digests"]["sha-256"]:
        raise Refused("record-sha-256")
    if statement["digests"]["sm3"] is not None and sm3(content) != statement["digests"]["sm3"]:
        raise Refused("record-sm3")


def check_batch_inclusion(evidence):
    """Check 3."""
    inclusion, batch = evidence.members["inclusion"], evidence.members["batch"]
    if inclusion["leafIndex"] >= batch["size"]:
        raise Refused("leaf-outside-batch")
    check_inclusion(evidence.statement_leaf, inclusion["leafIndex"], batch["size"], inclusion["path"], batch["root"])


def check_ledger_inclusion(evidence):
    """Check 4."""
    proof, checkpoint = evidence.proof, evidence.checkpoint
    check_inclusion(evidence.batch_leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)


def check_log(evidence, trust):
    """Check 5."""
    if evidence.checkpoint.origin != trust.members["log"]["origin"]:
        raise Refused("origin-mismatch")
    check_log_note(evidence.note, evidence.checkpoint.size, trust)


def check_log_note(note, size, trust):
    """Each line of the log's keys verifies, and of each algorithm that the trust file demands there is one."""
    keys = check_signature(note, trust.log_keys_at(size))
    if not set(map(algorithm_of, keys)) >= demanded(trust, size):
        raise Refused("signature-missing")


def check_cosignatures(refusal):
    """Check 6: each line of a known witness key verifies."""
    if refusal is not None:
        raise refusal


def check_quorum(evidence, cosignatures, trust):
    """Check 7: without those that are too early, or else as if none were."""
    if not any(is_met(evidence, cosignatures, trust, with_early) for with_early in (False, True)):
        raise Refused("quorum-not-met")


def check_time_order(evidence, cosignatures, trust):
    """Check 8. Tolerances are inclusive."""
    members = evidence.members
    if members["statement"]["receivedAt"] > members["batch"]["sealedAt"] + TOLERANCE_MS:
        raise Refused("sealed-before-received")
    in_time, at_all = (is_met(evidence, cosignatures, trust, with_early) for with_early in (False, True))
    if at_all and not in_time:
        raise Refused("cosigned-before-sealed")


def is_met(evidence, cosignatures, trust, with_early):
    return tallied(cosignatures, trust, evidence.checkpoint.size, with_early).met_at is not None


def check_timestamps(evidence, trust):
    """Check 9: section 8.1."""
    undecided = timestamps.check_timestamps(*tokens_of(evidence, trust))
    if undecided is not None:
        code, incomplete = undecided
        raise NotRun(code, incomplete)


def tokens_of(evidence, trust):
    """The tokens, what they are over, the authorities of time and those of signers."""
    tokens = [timestamp["token"] for timestamp in evidence.members["timestamps"]]
    authorities, strangers = (
        [parse_certificate(data) for data in trust.members[name]]
        for name in ("timestampAuthorities", "certificateAuthorities")
    )
    return tokens, evidence.note.text.encode(), authorities, strangers


def check_chain():
    """Check 10."""
    raise NotRun("chain-not-given")


def check_no_certificate():
    """Check 11, of an evidence file."""
    raise NotRun("certificate-not-given")


# --- 7.1 Which cosignatures count -----------------------------------------------------------------------------------


@dataclass
class Cosignature:
    name: str
    algorithm: str
    seconds: int
    organisation: dict
    entries: list  # The trust file's witnesses with this key: more than one where the node is listed again.
    place: tuple  # Where the trust file lists the key.
    exclusion: str | None = None  # The first reason of those before `too-early`.
    is_early: bool = False
    reason: str | None = None

    def as_json(self):
        return {"name": self.name, "organisation": self.organisation["id"], "reason": self.reason}


def judge_cosignatures(note, size, trust, exclusion_of, is_early):
    """The cosignatures of known keys by their time, each with the first reason that applies. Each must verify."""
    organisations = {organisation["id"]: organisation for organisation in trust.members["organisations"]}
    entries_of, places_of = {}, {}
    for position, (entry, keys) in enumerate(zip(trust.members["witnesses"], trust.witness_keys)):
        for number, key in enumerate(keys):
            entries_of.setdefault(key, []).append(entry)
            places_of.setdefault(key, []).append((position, number))

    cosignatures = []
    for line, key in lines_of(note, entries_of):
        organisation = organisations[entries_of[key][0]["organisation"]]
        seconds = cosigned_at(note, line, key)
        admitting = [place for entry, place in zip(entries_of[key], places_of[key]) if is_within(size, entry)]
        place = (admitting or places_of[key])[0]
        cosignatures.append(Cosignature(line.name, algorithm_of(key), seconds, organisation, entries_of[key], place))

    cosignatures.sort(key=lambda cosignature: (cosignature.seconds, cosignature.place))
    for cosignature in cosignatures:
        cosignature.exclusion = exclusion_of(cosignature)
        cosignature.is_early = is_early(cosignature.seconds)
    judge_algorithms([c for c in cosignatures if c.exclusion is None], demanded(trust, size))
    reasons = tallied(cosignatures, trust, size).reasons
    for cosignature, reason in zip(cosignatures, reasons):
        cosignature.reason = reason
    return cosignatures


@dataclass
class Tallied:
    reasons: list
    met_at: int | None = None  # Seconds.


def tallied(cosignatures, trust, size, with_early=False):
    """Of cosignatures in their order; `with_early`: as if none were too early."""
    tally, rule = voices.Tally(voices.Groups(trust.members["organisations"])), formats.quorum_at(trust.members, size)
    result = Tallied([])
    for cosignature in cosignatures:
        reason = cosignature.exclusion or ("too-early" if cosignature.is_early and not with_early else None)
        result.reasons.append(reason or tally.add(cosignature.organisation))
        if result.met_at is None and tally.meets(rule):
            result.met_at = cosignature.seconds
    return result


def judge_algorithms(cosignatures, wanted):
    """The reasons from `other-algorithm` to `completed-later`, of cosignatures without an earlier one, by their time."""
    signers = [(c.name, c.organisation["id"], c.algorithm) for c in cosignatures]
    for index, (cosignature, (name, id, algorithm)) in enumerate(zip(cosignatures, signers)):
        if wanted and algorithm not in wanted:
            cosignature.exclusion = "other-algorithm"
        for other in wanted - {algorithm} if algorithm in wanted else ():
            if (name, id, other) in signers[:index]:
                continue
            is_later = (name, id, other) in signers[index:]
            cosignature.exclusion = "completed-later" if is_later else "one-algorithm"


def exclusions(trust, size, parties, depositor):
    """The table's reasons up to `outside-tree-sizes`, as a function of a cosignature; None where none applies."""
    quorum, log = formats.quorum_at(trust.members, size), trust.members["log"]["organisation"]
    organisations = trust.members["organisations"]
    named = voices.persons(parties, organisations)
    own = () if depositor is None or quorum["excludeParties"] is False else depositor.values()
    depositors = voices.persons(own, organisations)
    is_tied = voices.Groups(organisations).excluded_with({log, *named, *depositors})

    def exclusion_of(cosignature):
        id, entries = cosignature.organisation["id"], cosignature.entries
        if id == log:
            return "log-organisation"
        if id in named:
            return "party"
        if id in depositors:
            return "depositor"
        if is_tied(id):
            return "same-group"
        if quorum["mirrorsOnly"] is not False and entries[0]["kind"] == "witness":
            return "witness-only"
        if not any(is_within(size, entry) for entry in entries):
            return "outside-tree-sizes"
        return None

    return exclusion_of


# --- The command line -----------------------------------------------------------------------------------------------


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"verify.py: {message}\n")


def verify_files(evidence_path, consortium_path, record_path, parties):
    evidence, consortium = Path(evidence_path).read_bytes(), Path(consortium_path).read_bytes()
    record = None
    if record_path is not None:
        try:
            record = Path(record_path).read_bytes()
        except OSError as unreadable:
            record = unreadable
    return verify(evidence, consortium, record, parties)


def verify_folder(folder):
    """A case as in test/vectors/evidence. Of expected.json only the question is read, never the answer."""
    record = folder / "record"
    parties = json.loads((folder / "expected.json").read_text("utf-8"))["parties"]
    case = {"case": folder.name}
    try:
        report = verify_files(
            folder / "evidence.json", folder / "consortium.json", record if record.exists() else None, parties
        )
        return {**case, **report.as_json()}
    except WrongUsage:
        return {**case, "wrongUsage": True}


def print_report(report):
    for name, (result, code) in report.checks.items():
        print(f"{name:17} {result}" + (f" ({code})" if code else ""))
    for cosignature in report.cosignatures:
        print(f"    {ascii(cosignature['name'])} of {cosignature['organisation']}: {cosignature['reason']}")
    for code in report.notices:
        print(f"notice: {code}")
    if report.trust_file:
        print(f"the trust file is broken ({report.trust_file})")
    print(report.verdict)


def main(arguments):
    parser = Parser(prog="verify.py", description="Verify Cunzheng evidence offline.")
    parser.add_argument("file", nargs="?")
    parser.add_argument("--consortium")
    parser.add_argument("--record")
    parser.add_argument("--party", action="append", default=[])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--batch", nargs="+", metavar="FOLDER")
    options = parser.parse_args(arguments)
    if options.batch:
        for root in options.batch:
            for folder in sorted(path for path in Path(root).iterdir() if path.is_dir()):
                print(json.dumps(verify_folder(folder)))
        return 0
    if options.file is None or options.consortium is None:
        parser.error("FILE and --consortium are required")
    try:
        report = verify_files(options.file, options.consortium, options.record, options.party)
    except WrongUsage as wrong:
        parser.error(str(wrong))
    except OSError as unreadable:
        print(f"verify.py: {unreadable}", file=sys.stderr)
        return EXIT_CODES["incomplete"]
    if options.json:
        print(json.dumps(report.as_json()))
    else:
        print_report(report)
    return EXIT_CODES[report.verdict]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
