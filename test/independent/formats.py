"""
Sections 1, 2, 3, 5, 6, 7, 12 and 13: the values, and the files made of them. Every table of the document is a table
here.

A reader is a function from a JSON value to what it means, or a refusal. Bytes come out of base64, milliseconds out of
times, dicts out of objects; `None` stands for an optional member that is absent.
"""

import re
from dataclasses import dataclass

import voices
from der import Malformed
from ledger import COSIGNER_KEY, LOG_KEY, ML_DSA_KEY, parse_vkey, strict_base64
from strict_json import MAX_SAFE_INTEGER, Refused, parse
from x509 import parse_certificate

# --- 1. Conventions -------------------------------------------------------------------------------------------------


def string(value):
    if not isinstance(value, str):
        raise Refused("value-type")
    return value


def one_of(*words):
    def read(value):
        if string(value) not in words:
            raise Refused("value-range")
        return value

    return read


def type_of(name):
    def read(value):
        if string(value) != name:
            raise Refused("type-unknown")
        return value

    return read


def bytes_of(length=None, code="value-range"):
    def read(value):
        data = strict_base64(string(value))
        if data is None:
            raise Refused("base64-invalid")
        if length is not None and len(data) != length:
            raise Refused(code)
        return data

    return read


def integer(least=0):
    def read(value):
        if not isinstance(number(value), int):
            raise Refused("value-type")
        if not least <= value <= MAX_SAFE_INTEGER:
            raise Refused("value-range")
        return value

    return read


def number(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused("value-type")
    return value


def number_or_null(value):
    return None if value is None else number(value)


def boolean(value):
    if not isinstance(value, bool):
        raise Refused("value-type")
    return value


def id_matching(pattern):
    compiled = re.compile(pattern, re.ASCII)

    def read(value):
        if not compiled.fullmatch(string(value)):
            raise Refused("id-invalid")
        return value

    return read


ULID = id_matching(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
ORGANISATION_ID = id_matching(r"(?=.{1,64}$)[a-z0-9](-?[a-z0-9])*")
HASH = bytes_of(32)
DIGEST = bytes_of(32, "digest-length")


def time(value):
    """Milliseconds since 1970 of `2026-11-24T08:00:00.000Z`."""
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z", string(value), re.ASCII)
    if match is None:
        raise Refused("time-invalid")
    year, month, day, hour, minute, second, millisecond = map(int, match.groups())
    if not (1 <= month <= 12 and 1 <= day <= days_in(year, month) and hour < 24 and minute < 60 and second < 60):
        raise Refused("time-invalid")
    days = days_before_year(year) + sum(days_in(year, m) for m in range(1, month)) + day - 1 - days_before_year(1970)
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millisecond


def days_in(year, month):
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def days_before_year(year):
    """Days from 1 January of the year 0 (a leap year) to 1 January of `year`."""
    return 365 * year + (year + 3) // 4 - (year + 99) // 100 + (year + 399) // 400


def text_of(most):
    """At most so many UTF-16 code units."""

    def read(value):
        if len(string(value).encode("utf-16-le")) > 2 * most:
            raise Refused("value-range")
        return value

    return read


def list_of(read_item, most=None):
    """`most`: section 1.4."""

    def read(value):
        if not isinstance(value, list):
            raise Refused("value-type")
        if most is not None and len(value) > most:
            raise Refused("list-too-long")
        return [read_item(item) for item in value]

    return read


def object_of(required, optional={}, unknown="member-unknown"):
    """An object of exactly these members."""

    def read(value):
        if not isinstance(value, dict):
            raise Refused("value-type")
        if "type" in required and "type" in value:  # Another type has other members: say so first.
            required["type"](value["type"])
        for name in value:
            if name not in required and name not in optional:
                raise Refused(unknown)
        members = {}
        for name, read_member in {**required, **optional}.items():
            if name not in value and name in required:
                raise Refused("member-missing")
            members[name] = read_member(value[name]) if name in value else None
        return members

    return read


# --- 2. Statement ---------------------------------------------------------------------------------------------------


def source(value):
    members = object_of({}, {"system": string, "operator": string, "method": string, "tool": string})(value)
    if len(value) == 0:
        raise Refused("member-missing")
    return members


def chain(value):
    members = object_of({"id": ULID, "sequence": integer(1)}, {"previous": HASH})(value)
    if members["sequence"] > 1 and members["previous"] is None:
        raise Refused("member-missing")
    if members["sequence"] == 1 and members["previous"] is not None:
        raise Refused("member-unknown")
    return members


statement = object_of(
    {
        "type": type_of("cunzheng/statement@v1"),
        "id": ULID,
        "depositor": object_of({"id": ORGANISATION_ID, "name": string}, {"creditCode": string}),
        "recordType": string,
        "digests": object_of({"sha-256": DIGEST}, {"sm3": DIGEST}, unknown="digest-algorithm"),
        "digestsBy": one_of("service", "depositor"),
        "size": integer(),
        "mediaType": string,
        "receivedAt": time,
        "nonce": bytes_of(16),
    },
    {
        "canonicalization": one_of("rfc8785"),
        "name": string,
        "createdAt": time,
        "source": source,
        "clientRef": string,
        "chain": chain,
    },
)

# --- 3. Batch -------------------------------------------------------------------------------------------------------

batch = object_of(
    {
        "type": type_of("cunzheng/batch@v1"),
        "id": ULID,
        "size": integer(1),
        "root": HASH,
        "sealedAt": time,
        "state": object_of({"software": string, "config": HASH, "clockOffsetMs": number_or_null}),
    }
)

# --- 5. Evidence ----------------------------------------------------------------------------------------------------

evidence = object_of(
    {
        "type": type_of("cunzheng/evidence@v1"),
        "statement": statement,
        "inclusion": object_of({"leafIndex": integer(), "path": list_of(HASH, 64)}),
        "batch": batch,
        "ledgerProof": string,
        "timestamps": list_of(object_of({"token": bytes_of()}), 100),
    }
)

# --- 6. Receipt -----------------------------------------------------------------------------------------------------


def receipt(text):
    """The five lines of a receipt's note text, each of which ends in a newline."""
    match = re.fullmatch(r"cunzheng/receipt@v1\n([^\n]+)\n([^\n]+)\n([^\n]+)\nseal by ([^\n]+)\n", text)
    try:
        if match is not None:
            origin, id, leaf_hash, seal_by = match.groups()
            return {"origin": origin, "id": ULID(id), "leafHash": HASH(leaf_hash), "sealBy": time(seal_by)}
    except Refused:
        pass
    raise Refused("receipt-malformed")


# --- 7. Trust file --------------------------------------------------------------------------------------------------

MAX_PEM = 131_072
ROLES = ("court", "bank", "arbitration", "notary", "forensic", "regulator")


def role_counts(value):
    if not isinstance(value, dict):
        raise Refused("value-type")
    for role in value:
        if role not in ROLES:
            raise Refused("member-unknown")
    return {role: quorum_count(count) for role, count in value.items()}


def quorum_count(value):
    if integer()(value) == 0:
        raise Refused("quorum-invalid")
    return value


def certificate_pem(value):
    """The bytes of one certificate, with nothing beside it. `check_authorities` looks into them."""
    if len(string(value)) > MAX_PEM:
        raise Refused("pem-malformed")
    match = re.fullmatch(
        r"\s*-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n-----END CERTIFICATE-----\s*", string(value)
    )
    data = None if match is None else strict_base64(re.sub(r"[\r\n]", "", match.group(1)))
    if data is None:
        raise Refused("pem-malformed")
    return data


NAME = text_of(512)


def vkeys(most):
    return list_of(string, most)


organisation = object_of(
    {
        "id": ORGANISATION_ID,
        "role": one_of(*ROLES),
        "name": object_of({"zh": NAME, "en": NAME}),
        "creditCode": NAME,
    },
    {"controlledBy": ORGANISATION_ID},
)
WITNESS_MEMBERS = {
    "name": string,
    "kind": one_of("mirror", "witness"),
    "vkeys": vkeys(8),
    "organisation": ORGANISATION_ID,
    "url": string,
}
witness = object_of(WITNESS_MEMBERS, {"from": integer(), "until": integer()})
QUORUM_MEMBERS = (
    {"total": quorum_count, "roles": role_counts},
    {"excludeParties": boolean, "mirrorsOnly": boolean},
)
SIGNATURES = {"signatures": one_of("any", "ed25519", "ml-dsa-44", "both")}
former_key = object_of({"vkey": string, "until": integer()})
former_quorum = object_of({**QUORUM_MEMBERS[0], "until": integer()}, {**QUORUM_MEMBERS[1], **SIGNATURES})

# What version 2 has that version 1 has not.
SINCE_V2 = {
    "file": {"revision": integer(1)},
    "log": {"former": list_of(former_key, 1000)},
    "quorum": {**SIGNATURES, "former": list_of(former_quorum, 1000)},
}


def consortium(value):
    is_v2 = isinstance(value, dict) and value.get("type") == "cunzheng/consortium@v2"
    since = SINCE_V2 if is_v2 else {"file": {}, "log": {}, "quorum": {}}
    log = {"origin": string, "organisation": ORGANISATION_ID, "vkeys": vkeys(16), "url": string}
    return object_of(
        {
            "type": type_of("cunzheng/consortium@v2" if is_v2 else "cunzheng/consortium@v1"),
            "log": object_of(log, since["log"]),
            "receipts": object_of({"vkeys": vkeys(100)}),
            "organisations": list_of(organisation, 4000),
            "witnesses": list_of(witness, 2000),
            "quorum": object_of(QUORUM_MEMBERS[0], {**QUORUM_MEMBERS[1], **since["quorum"]}),
            "timestampAuthorities": list_of(certificate_pem, 100),
            "certificateAuthorities": list_of(certificate_pem, 100),
        },
        since["file"],
    )(value)


def former_of(members):
    return members.get("former") or []


def quorum_at(members, size):
    """The rule for a tree of this size."""
    quorum = members["quorum"]
    return next((former for former in former_of(quorum) if size < former["until"]), quorum)


@dataclass(frozen=True)
class TrustFile:
    """A trust file that is not broken. `*_keys` are the keys left after setting others aside."""

    members: dict
    log_keys: list
    former_log_keys: list  # (key, until)
    receipt_keys: list
    witness_keys: list  # One list for each of members["witnesses"].
    set_aside: list

    def log_keys_at(self, size):
        return [*self.log_keys, *(key for key, until in self.former_log_keys if size < until)]

    def organisation_ids(self):
        return {organisation["id"] for organisation in self.members["organisations"]}


def read_trust_file(data, looks_into_x509=True):
    members = consortium(parse(data))
    if looks_into_x509:
        check_authorities(members)
    set_aside = []

    def usable_keys(texts, types, name):
        keys = [parse_vkey(text) for text in texts]
        if name is not None and any(key.name != name for key in keys):
            raise Refused("vkey-mismatch")
        set_aside.extend(key for key in keys if key.type not in types)
        return [key for key in keys if key.type in types]

    log, witnesses = members["log"], members["witnesses"]
    trust = TrustFile(
        members,
        usable_keys(log["vkeys"], (LOG_KEY, ML_DSA_KEY), log["origin"]),
        [
            (key, former["until"])
            for former in former_of(log)
            for key in usable_keys([former["vkey"]], (LOG_KEY, ML_DSA_KEY), log["origin"])
        ],
        usable_keys(members["receipts"]["vkeys"], (LOG_KEY,), None),
        [usable_keys(witness["vkeys"], (COSIGNER_KEY, ML_DSA_KEY), witness["name"]) for witness in witnesses],
        set_aside,
    )
    check_organisations(members)
    check_users_of_keys(trust)
    ends = [former["until"] for former in former_of(members["quorum"])]
    if any(later <= earlier for earlier, later in zip(ends, ends[1:])):
        raise Refused("value-range")
    if looks_into_x509:
        check_keys_of_authorities(members)
    return trust


def check_keys_of_authorities(members):
    """Who tells the time does not name who signs."""
    stamping, signing = (
        {parse_certificate(data).key.data for data in members[name]}
        for name in ("timestampAuthorities", "certificateAuthorities")
    )
    if stamping & signing:
        raise Refused("key-reused")


def check_authorities(members):
    for data in (*members["timestampAuthorities"], *members["certificateAuthorities"]):
        try:
            parse_certificate(data)
        except Malformed:
            raise Refused("x509-malformed") from None


def check_organisations(members):
    ids = [organisation["id"] for organisation in members["organisations"]]
    if len(set(ids)) < len(ids):
        raise Refused("organisation-duplicate")
    credit_codes = [voices.folded(organisation["creditCode"]) for organisation in members["organisations"]]
    if len(set(credit_codes)) < len(credit_codes):
        raise Refused("credit-code-duplicate")
    for user in (members["log"], *members["witnesses"]):
        if user["organisation"] not in ids:
            raise Refused("organisation-unknown")


def check_users_of_keys(trust):
    """One public key has one name and one purpose; a cosigner's also one organisation and one kind."""
    log_keys = [*trust.log_keys, *(key for key, _ in trust.former_log_keys)]
    uses = [(key, "log") for key in log_keys] + [(key, "receipts") for key in trust.receipt_keys]
    for witness, keys in zip(trust.members["witnesses"], trust.witness_keys):
        uses += [(key, (witness["organisation"], witness["kind"])) for key in keys]
    users = {}
    for key, user in uses:
        if users.setdefault(key.public_key, (key.name, user)) != (key.name, user):
            raise Refused("key-reused")


# --- 12. Misconduct -------------------------------------------------------------------------------------------------

misconduct = object_of(
    {"type": type_of("cunzheng/misconduct@v1"), "checkpoints": list_of(string, 16)},
    {"consistency": object_of({"rootHash": HASH, "path": list_of(HASH, 64)})},
)

# --- 13. Challenge --------------------------------------------------------------------------------------------------

challenge = object_of({"type": type_of("cunzheng/challenge@v1"), "receipt": string, "checkpoint": string})
