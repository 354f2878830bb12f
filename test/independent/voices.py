"""Section 7.1: who is who, which organisations are one group, and what a group's cosignatures count for."""

import re
import unicodedata
from collections import Counter

WHITE_SPACE = "[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]"


MAX_FOLDED = 4096  # UTF-16 code units.


def folded(text):
    """Four steps, in which capitals, full width and white space disappear; what is longer than any name stays."""
    if len(text.encode("utf-16-le", "surrogatepass")) > 2 * MAX_FOLDED:
        return text
    whole = re.sub(WHITE_SPACE, "", unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFKC", whole.lower().upper())


def persons(texts, organisations):
    """The ids of everybody who goes by one of these texts: listed, or named by a `controlledBy` alone."""
    wanted = {folded(text) for text in texts if text is not None} - {""}
    found = set()
    for organisation in organisations:
        own = (organisation["id"], organisation["creditCode"], organisation["name"]["zh"], organisation["name"]["en"])
        if wanted & {folded(text) for text in own}:
            found.add(organisation["id"])
        if organisation["controlledBy"] is not None and folded(organisation["controlledBy"]) in wanted:
            found.add(organisation["controlledBy"])
    return found


class Groups:
    """What `controlledBy` ties together, also through organisations that are not listed."""

    def __init__(self, organisations):
        self._name = {}
        for organisation in organisations:
            self._tie(organisation["id"], organisation["controlledBy"] or organisation["id"])
        self._members = {}
        for organisation in organisations:
            self._members.setdefault(self._name[organisation["id"]], []).append(organisation)
        self._listed = {organisation["id"] for organisation in organisations}

    def _tie(self, one, other):
        old, new = self._name.setdefault(other, other), self._name.setdefault(one, one)
        for id, name in self._name.items():
            if name == old:
                self._name[id] = new

    def of(self, id):
        """A name for its group; its own where nothing ties it to anybody."""
        return self._name.get(id, id)

    def top_of(self, id):
        """The one top member of its group, or None."""
        members = self._members[self.of(id)]
        tops = [m for m in members if m["controlledBy"] in (None, m["id"]) or m["controlledBy"] not in self._listed]
        return tops[0] if len(tops) == 1 else None

    def excluded_with(self, ids):
        """Whether an organisation is in one group with one of these."""
        groups = {self.of(id) for id in ids}
        return lambda id: self.of(id) in groups


class Tally:
    """Groups in the total, and in roles, cosignature by cosignature."""

    def __init__(self, groups):
        self.groups = groups
        self.total, self.roles = set(), {}  # Group -> role
        self._organisations = set()

    def add(self, organisation):
        """The reason."""
        id, role = organisation["id"], organisation["role"]
        group, top = self.groups.of(id), self.groups.top_of(id)
        fits = top is None or top["role"] == role
        if group not in self.total:
            reason = "counted" if fits else "counted-in-total"
        elif group not in self.roles and top is not None and fits:
            reason = "counted-in-role"
        else:
            return "organisation-counted-already" if id in self._organisations else "group-counted-already"
        self._organisations.add(id)
        self.total.add(group)
        if reason != "counted-in-total":
            self.roles[group] = role
        return reason

    def meets(self, rule):
        filled = Counter(self.roles.values())
        return len(self.total) >= rule["total"] and all(filled[role] >= n for role, n in rule["roles"].items())
