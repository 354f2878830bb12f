"""Section 7.3: what a quorum asks for at a tree size, whether it can be met, and whether two must share a member."""

import formats
import voices
from ledger import ML_DSA_KEY


def algorithm_of(key):
    return "ml-dsa-44" if key.type == ML_DSA_KEY else "ed25519"


def demanded(trust, size):
    """The algorithms with each of which the log, and a cosigner that counts, must have signed; none under "any"."""
    signatures = formats.quorum_at(trust.members, size).get("signatures") or "any"
    return {"any": set(), "both": {"ed25519", "ml-dsa-44"}}.get(signatures, {signatures})


def is_within(size, entry):
    """[`from`, `until`)"""
    return size >= (entry["from"] or 0) and (entry["until"] is None or size < entry["until"])


def sizes_of(trust):
    """Every tree size that the trust file names."""
    members = trust.members
    sizes = [w[name] for w in members["witnesses"] for name in ("from", "until") if w[name] is not None]
    sizes += [former["until"] for former in (members["quorum"].get("former") or [])]
    return sizes + [former["until"] for former in (members["log"].get("former") or [])]


def end_of(trust):
    return max([0, *sizes_of(trust)])


def roles_of_hosts(trust, size):
    """Of each organisation with an entry that counts, the role that it can fill for its group, or None."""
    members, quorum = trust.members, formats.quorum_at(trust.members, size)
    organisations, groups = members["organisations"], voices.Groups(members["organisations"])
    is_excluded = groups.excluded_with({members["log"]["organisation"]})
    hosts = {
        w["organisation"]
        for w in members["witnesses"]
        if not is_excluded(w["organisation"])
        and (quorum["mirrorsOnly"] is False or w["kind"] == "mirror")
        and is_within(size, w)
        and meets_demand(trust, w, size)
    }
    roles = {}
    for organisation in organisations:
        if organisation["id"] in hosts:
            top = groups.top_of(organisation["id"])
            fits = top is None or top["role"] == organisation["role"]
            roles[organisation["id"]] = organisation["role"] if fits else None
    return roles


def can_be_met(trust, size):
    return can_be_served([wants_of(trust, size, name_of_member(trust))])


def is_split(one, other, size):
    """Whether a quorum under the one and a quorum under the other need not share a member."""
    name = name_of_member(one, other)
    return can_be_served([wants_of(one, size, name), wants_of(other, size, name)])


def name_of_member(*files):
    """Who is of one group in every file is one member."""
    groups = [voices.Groups(trust.members["organisations"]) for trust in files]
    return lambda id: tuple(each.of(id) for each in groups)


def wants_of(trust, size, name_of):
    """(how many, the members who can serve) of each want of one quorum."""
    quorum, roles = formats.quorum_at(trust.members, size), roles_of_hosts(trust, size)
    wants = [
        (number, frozenset(name_of(id) for id, own in roles.items() if own == role))
        for role, number in quorum["roles"].items()
    ]
    rest = max(0, quorum["total"] - sum(number for number, _ in wants))
    return [*wants, (rest, frozenset(map(name_of, roles)))]


def can_be_served(quorums):
    """Hall's theorem: every set of wants has as many members who can serve one of them as it wants."""
    wants = [want for quorum in quorums for want in quorum]
    for chosen in range(1, 1 << len(wants)):
        some = [wants[i] for i in range(len(wants)) if chosen >> i & 1]
        if len(frozenset().union(*(members for _, members in some))) < sum(number for number, _ in some):
            return False
    return True


def meets_demand(trust, witness, size):
    """Whether it has keys of all the algorithms that are demanded there."""
    keys = [
        key
        for w, keys in zip(trust.members["witnesses"], trust.witness_keys)
        if (w["name"], w["organisation"]) == (witness["name"], witness["organisation"]) and is_within(size, w)
        for key in keys
    ]
    return len(keys) > 0 and {algorithm_of(key) for key in keys} >= demanded(trust, size)
