#!/usr/bin/env python3
"""
Forgeries, as forgeries.py makes them of evidence, of misconduct files and challenges (sections 12 and 13): notes,
proofs, answers, trust files and parties out of accepted vectors, changed in one to three places, signed anew where the
change allows it; before them each side of every bound.

    python3 forged_claims.py test/vectors --seed N --count N

One line of JSON a forgery: the files, what was changed, and what this verifier says.
"""

import argparse
import base64
import copy
import hashlib
import itertools
import json
import random
from pathlib import Path

import forgeries
from challenge import verify_challenge
from forgeries import (
    BASE64,
    IDS,
    MISFITS,
    TIMES,
    Case,
    changed_bytes,
    changed_tree,
    content_hash,
    encode,
    encoded,
    iso,
    make_vkey,
    milliseconds,
    private_key,
    signed_line,
    write,
)
from ledger import COSIGNER_KEY, LAST_SECOND, LOG_KEY, node_hash, parse_vkey
from misconduct import verify_misconduct
from strict_json import MAX_SAFE_INTEGER
from verify import WrongUsage

# --- Notes and cases, from their parts to their files ---------------------------------------------------------------


class ForgedNote:
    """A note of a case. It has what forgeries.py changes in a note of evidence, by the same names."""

    def __init__(self, case, note):
        self.case = case
        text, _, lines = note.rpartition("\n\n")
        self.text = text + "\n"
        self.signers = [signer_of(line, case.keys) for line in lines.splitlines()]
        self.checkpoint_text, self.after_proof = lambda text: text, []

    trust = property(lambda self: self.case.trust)
    origin = property(lambda self: self.case.trust["log"]["origin"])
    witness_signers = Case.witness_signers

    def write(self):
        text = self.checkpoint_text(self.text)
        self.lines = [signed_line(signer, text) for signer in self.signers]
        proof = "\n\n" + text + "\n" + "".join(line + "\n" for line in self.lines)
        for change in self.after_proof:  # Of evidence they change a proof, where the note follows an empty line.
            proof = change(proof)
        return proof[2:]


def signer_of(line, keys):
    """As signed_line takes it, with a key of ours; strangers' lines as they are."""
    _, name, text = line.split(" ")
    data = base64.b64decode(text)
    key = keys.get((name, data[:4]))
    if key is None:
        return line
    return name, key, int.from_bytes(data[4:12], "big") if len(data) == 76 else None


def rekey(trust):
    """Puts a key of ours in the place of each; says which, by name and id."""
    ours = {}
    users = [(trust["log"], LOG_KEY), (trust["receipts"], LOG_KEY), *((w, COSIGNER_KEY) for w in trust["witnesses"])]
    for user, type in users:
        for i, vkey in enumerate(map(parse_vkey, user["vkeys"])):
            if vkey.type == type:
                second = " 2" if any(name == vkey.name for name, id in ours if id != vkey.key_id) else ""
                key = ours.setdefault((vkey.name, vkey.key_id), vkey.name + second)
                user["vkeys"][i] = make_vkey(vkey.name, type, private_key(key)[2])
    return ours


class ForgedClaim:
    """What misconduct files and challenges have in common. `which` is the note that a change of keys adds a line to."""

    def __init__(self, vector, folder):
        self.trust = json.loads((folder / vector["consortium"]).read_text("utf-8"))
        self.keys = rekey(self.trust)
        self.parties = vector.get("parties", [])
        self.after_file, self.after_bytes, self.after_trust_bytes, self.which = [], [], [], 0
        self.statement = {"depositor": {}}

    signers = property(lambda self: self.notes[self.which].signers)
    ledger_size = property(lambda self: int(self.notes[-1].text.split("\n")[1]))

    def files(self):
        value = self.value()
        for change in self.after_file:
            value = change(value)
        data, trust = encoded(write(value)), encoded(write(self.trust))
        for change in self.after_bytes:
            data = change(data)
        for change in self.after_trust_bytes:
            trust = change(trust)
        return data, trust


class ForgedMisconduct(ForgedClaim):
    kind = "misconduct"

    def __init__(self, vector, folder):
        super().__init__(vector, folder)
        misconduct = json.loads(vector["file"])
        self.notes = [ForgedNote(self, note) for note in misconduct["checkpoints"]]
        self.consistency = misconduct.get("consistency")

    def value(self):
        value = {"type": "cunzheng/misconduct@v1", "checkpoints": [note.write() for note in self.notes]}
        return value if self.consistency is None else {**value, "consistency": self.consistency}

    def answered(self, name):
        misconduct, trust = self.files()
        files = {"misconduct": encode(misconduct), "consortium": encode(trust)}
        return {"case": name, "kind": self.kind, **files, "report": verify_misconduct(misconduct, trust)}


class ForgedChallenge(ForgedClaim):
    """`answer` is always there, as forgeries.py changes it; `is_answered`: it is shown."""

    kind = "challenge"

    def __init__(self, vector, folder):
        super().__init__(vector, folder)
        challenge = json.loads(vector["file"])
        self.receipt = ForgedNote(self, challenge["receipt"])
        self.checkpoint = ForgedNote(self, challenge["checkpoint"])
        self.is_answered = "answer" in vector
        answer = json.loads((folder / vector.get("answer", "answer.json")).read_text("utf-8"))
        self.answer = Case(self.trust, answer)
        self.statement = self.answer.statement
        # Whether the receipt is made to fit the answer's statement, however that is changed.
        self.is_of_answer = self.receipt.text.split("\n")[3] == encode(content_hash(answer["statement"]))

    notes = property(lambda self: [self.receipt, self.checkpoint])
    witness_signers = property(lambda self: self.checkpoint.witness_signers)

    def seal_by(self, milliseconds):
        self.receipt.text = self.receipt.text.split("seal by ")[0] + f"seal by {iso(milliseconds)}\n"

    def value(self):
        if self.is_of_answer:
            lines = self.receipt.text.split("\n")
            lines[3] = encode(content_hash(self.answer.statement))
            self.receipt.text = "\n".join(lines)
        receipt, checkpoint = self.receipt.write(), self.checkpoint.write()
        return {"type": "cunzheng/challenge@v1", "receipt": receipt, "checkpoint": checkpoint}

    def answered(self, name):
        self.answer.trust = self.trust
        answer = self.answer.files()[0] if self.is_answered else None
        challenge, trust = self.files()
        try:
            report = verify_challenge(challenge, trust, self.parties, answer)
        except WrongUsage:
            report = {"wrongUsage": True}
        files = {"challenge": encode(challenge), "answer": None if answer is None else encode(answer)}
        files = {**files, "consortium": encode(trust), "parties": self.parties}
        return {"case": name, "kind": self.kind, **files, "report": report}


# --- The changes ----------------------------------------------------------------------------------------------------

CHANGES = {"misconduct": [], "challenge": []}


def change(weight, *kinds):
    """As in forgeries.py, of these kinds or of both."""

    def register(function):
        for kind in kinds or CHANGES:
            CHANGES[kind].append((function, weight))
        return function

    return register


@change(6)
def a_member_of_the_file(c, r):
    c.after_file.append(lambda value: changed_tree(value, r))


@change(3)
def the_bytes(c, r):
    target = r.choice([c.after_bytes, c.after_bytes, c.after_trust_bytes])
    target.append(lambda data: changed_bytes(data, r))


@change(2)
def a_member_of_the_trust_file(c, r):
    forgeries.a_member_of_the_trust_file(c, r)


@change(7)
def a_note(c, r):
    """Its text or its lines, as forgeries.py changes the note of evidence."""
    weights = {
        forgeries.who_signs: 4,
        forgeries.a_signature_line: 4,
        forgeries.the_checkpoint_signed_anew: 2,
        forgeries.strange_seconds: 1,
        forgeries.signed_from_the_neutral_point: 1,
        forgeries.with_the_cofactor_only: 1,
        forgeries.mixed_order: 1,
    }
    r.choices(list(weights), list(weights.values()))[0](r.choice(c.notes), r)


@change(4)
def lines_of_two_notes(c, r):
    """Moved, copied or exchanged, signed anew for where they then stand or not."""
    a, b = r.choice(c.notes), r.choice(c.notes)
    i, j = r.randrange(len(a.signers)), r.randrange(len(b.signers))
    kind = r.randrange(5)
    if kind == 0:
        b.signers.insert(j, a.signers.pop(i))
    elif kind == 1:
        b.signers.insert(j, a.signers[i])
    elif kind == 2:
        a.signers[i], b.signers[j] = b.signers[j], a.signers[i]
    elif kind == 3:
        b.signers.insert(r.choice([j, len(b.signers)]), signed_line(a.signers[i], a.text))
    else:
        b.signers = [signed_line(signer, a.text) for signer in a.signers]


@change(3)
def two_lines_that_do_not_verify(c, r):
    """So that the order in which they are judged decides."""
    for _ in range(2):
        note = r.choice(c.notes)
        i = r.randrange(len(note.signers))
        _, name, text = signed_line(note.signers[i], note.text).split(" ")
        data = base64.b64decode(text)
        wrong = [data[:-1], data + b"\0", data[:-64] + bytes(64), data[:4] + bytes(8) + data[12:]]
        line = f"\u2014 {name} {encode(r.choice(wrong))}"
        note.signers[i] = r.choice([line, line, line + " "])
        r.shuffle(note.signers)


@change(3)
def notes_of_other_cases(c, r):
    mine, other = r.choice(c.notes), r.choice(other_case(c, r).notes)
    mine.text, mine.signers = other.text, other.signers


def other_case(c, r):
    return type(c)(*r.choice(accepted(c.root)[c.kind]))


@change(3)
def keys_dropped(c, r):
    user = r.choice([c.trust["log"], c.trust["receipts"], *c.trust["witnesses"], *c.trust["witnesses"]])
    kind = r.randrange(4)
    if kind == 0:
        user["vkeys"] = []
    elif kind == 1:
        del user["vkeys"][r.randrange(len(user["vkeys"]))]
    elif kind == 2:
        c.trust["witnesses"].remove(user)
    else:
        c.trust["witnesses"] = r.sample(c.trust["witnesses"], r.randrange(len(c.trust["witnesses"])))


@change(4)
def the_keys(c, r):
    c.which = r.randrange(len(c.notes))
    forgeries.the_keys(c, r)


@change(4)
def a_second_key(c, r):
    """Listed with the first or as the node's second entry; it signs one note or both, with the first or without."""
    users = [(c.trust["log"], c.trust["log"]["origin"], LOG_KEY)] * 2
    users += [(witness, witness["name"], COSIGNER_KEY) for witness in c.trust["witnesses"]]
    users += [(c.trust["receipts"], "receipts.example", LOG_KEY)]
    user, name, type = r.choice(users)
    second = make_vkey(name, type, private_key(name + " 2")[2])
    if type == COSIGNER_KEY and r.random() < 0.4:
        c.trust["witnesses"].insert(r.randrange(4), {**user, "vkeys": [second], **r.choice([{}, {"until": 1}])})
    else:
        user["vkeys"].insert(r.randrange(2), second)
    for note in r.sample(c.notes, r.randint(1, len(c.notes))):
        signer = (name, name + " 2", None if type == LOG_KEY else 1795507300)
        if r.random() < 0.5:
            note.signers = [s for s in note.signers if isinstance(s, str) or s[0] != name]
        note.signers.insert(r.randrange(len(note.signers) + 1), signer)


# --- Misconduct


@change(4, "misconduct")
def everyone_signs(c, r):
    for note in c.notes:
        names = [witness["name"] for witness in c.trust["witnesses"]]
        names = r.sample(names, r.randint(1, len(names)))
        note.signers = [(name, name, 1795507201 + r.randrange(100)) for name in names]
        if r.random() < 0.7:
            note.signers.insert(r.randrange(2), (note.origin, note.origin, None))


@change(6, "misconduct")
def sizes_and_roots(c, r):
    """Signed anew."""
    note = r.choice(c.notes)
    origin, size, root = note.text.split("\n")[:3]
    sizes = [n.text.split("\n")[1] for n in c.notes]
    roots = [n.text.split("\n")[2] for n in c.notes] + [encode(bytes(32)), encode(hashlib.sha256(b"").digest())]
    if c.consistency is not None:
        roots += [c.consistency["rootHash"]] * 2
    if r.random() < 0.6:
        size = r.choice(["0", "0", "1", *sizes, str(int(size) + 1), str(int(size) * 2), str(MAX_SAFE_INTEGER)])
    if r.random() < 0.6:
        root = r.choice(roots)
    note.text = f"{origin}\n{size}\n{root}\n"


@change(4, "misconduct")
def one_alone(c, r):
    note = r.choice(c.notes)
    size, root = r.choice(["0", "0", "0", "1"]), r.choice([bytes(32), bytes(32), hashlib.sha256(b"").digest()])
    note.text = f"{note.origin}\n{size}\n{encode(root)}\n"
    c.notes = [note]
    if r.random() < 0.8:
        c.consistency = None


@change(4, "misconduct")
def the_checkpoints(c, r):
    kind = r.randrange(6)
    if kind == 0:
        c.notes.reverse()
    elif kind == 1:
        del c.notes[r.randrange(len(c.notes))]
    elif kind == 2:
        c.notes.insert(r.randrange(3), copy.copy(r.choice(c.notes)))
    elif kind == 3:
        c.notes = [r.choice(c.notes)] * 2
    elif kind == 4:
        c.notes = []
    else:
        c.consistency = r.choice([None, {"rootHash": encode(bytes(32)), "path": []}])


@change(6, "misconduct")
def the_proof(c, r):
    path = c.consistency["path"]
    kind = r.randrange(9)
    if kind == 0:
        del path[r.randrange(len(path))]
    elif kind == 1:
        path.insert(r.randrange(len(path) + 1), r.choice([*path, encode(bytes(32))]))
    elif kind == 2:
        path.reverse()
    elif kind == 3:
        r.shuffle(path)
    elif kind == 4:
        path[r.randrange(len(path))] = r.choice([encode(bytes(32)), *BASE64])
    elif kind == 5:
        c.consistency["rootHash"] = r.choice([note.text.split("\n")[2] for note in c.notes] + BASE64 + path)
    elif kind == 6:
        path.clear()
    elif kind == 7:
        c.consistency = other_case(c, r).consistency
    else:
        c.consistency = None


@change(6, "misconduct")
def branches_of_our_own(c, r):
    n = r.choice([2, 3, 7, 8, 9, 1000, 2**32 + 1, MAX_SAFE_INTEGER])
    branch(c, r.choice([1, n // 2, n // 2 + 1, n - 1, r.randint(1, n)]), n, r.random() < 0.15)


def branch(c, smaller, larger, is_honest=False):
    """A larger tree that does not begin with the smaller one, unless it is honest."""
    origin, first = c.trust["log"]["origin"], c.notes[0]
    proved, root, path = consistency(smaller, larger)
    second = copy.copy(c.notes[-1])
    if second is not first:
        second.signers = list(second.signers)
    said = proved if is_honest else hashlib.sha256(proved).digest()
    first.text, second.text = f"{origin}\n{smaller}\n{encode(said)}\n", f"{origin}\n{larger}\n{encode(root)}\n"
    c.notes = [first, second]
    c.consistency = {"rootHash": encode(proved), "path": list(map(encode, path))} if smaller != larger else None


def consistency(m, n, is_whole=True):
    """RFC 6962, 2.1.2, over made-up subtrees: the roots of the first `m` and of all `n` leaves, and the path."""
    if m == n:
        root = hashlib.sha256(f"all {m} of {n}".encode()).digest()
        return root, root, [] if is_whole else [root]
    k = 1 << (n - 1).bit_length() - 1
    sibling = hashlib.sha256(f"beside {m} of {n}".encode()).digest()
    old, new, path = consistency(m, k, is_whole) if m <= k else consistency(m - k, n - k, False)
    if m <= k:
        return old, node_hash(new, sibling), [*path, sibling]
    return node_hash(sibling, old), node_hash(sibling, new), [*path, sibling]


# --- Challenges


@change(4, "challenge")
def the_parties(c, r):
    forgeries.the_parties(c, r)


@change(5, "challenge")
def who_counts(c, r):
    r.choice([forgeries.who_counts, forgeries.who_counts, forgeries.groups])(c, r)


@change(6, "challenge")
def the_receipt(c, r):
    """A line of it, signed anew."""

    def edit(text):
        lines = text.split("\n")
        i = r.randrange(5)
        kind = r.randrange(5)
        if kind == 0:
            del lines[i]
        elif kind == 1:
            lines.insert(i, r.choice(["", "x", lines[i]]))
        elif kind == 2:
            lines[i] += r.choice([" ", "x", "\u2028", "\r", "="])
        elif kind == 3:
            lines[i] = lines[i][:-1]
        else:
            pools = [["cunzheng/receipt@v2", "cunzheng/statement@v1"], ["other.example", " "], IDS, BASE64]
            lines[i] = r.choice(pools[i]) if i < 4 else "seal by " + r.choice(TIMES)
        return "\n".join(lines)

    c.receipt.checkpoint_text = edit


@change(3, "challenge")
def an_origin_of_another(c, r):
    for note in r.sample(c.notes, r.randint(1, 2)):
        note.text = note.text.replace(note.origin, "other.example/loans")
    if r.random() < 0.2:
        c.trust["log"]["origin"] = "other.example/loans"


@change(3, "challenge")
def notes_exchanged(c, r):
    if r.random() < 0.5:
        c.receipt, c.checkpoint = c.checkpoint, c.receipt
    elif r.random() < 0.5:
        c.checkpoint = c.receipt
    else:
        c.receipt.text, c.checkpoint.text = c.checkpoint.text, c.receipt.text


@change(7, "challenge")
def times_at_the_edge(c, r):
    seconds = r.choice([c.checkpoint.signers[i][2] for i in c.witness_signers()])
    seal_by = seconds * 1000 - 5000 + r.choice([-1000, -1, 0, 1, 999, 1000])
    c.seal_by(seal_by)
    for i in c.witness_signers():
        if r.random() < 0.4:
            name, key, seconds = c.checkpoint.signers[i]
            c.checkpoint.signers[i] = name, key, seconds + r.choice([-1, 1, 60])
    if r.random() < 0.6:
        c.is_answered = True
        c.answer.batch["sealedAt"] = iso(seal_by + r.choice([-1, 0, 1, 5000]))


@change(8, "challenge")
def the_answer(c, r):
    """As forgeries.py changes evidence; the receipt follows its statement, or does not."""
    c.is_answered = True
    functions, weights = zip(*forgeries.CHANGES)
    c.answer.trust, c.answer.parties = c.trust, c.parties
    r.choices(functions, weights)[0](c.answer, r)
    c.trust, c.parties = c.answer.trust, c.answer.parties
    c.is_of_answer = c.is_of_answer and r.random() < 0.7


@change(5, "challenge")
def what_the_answer_says(c, r):
    c.is_answered = True
    kind = r.randrange(6)
    if kind == 0:
        c.answer.ledger_index = c.ledger_size + r.choice([-1, 0, 1])
        c.answer.ledger_size = c.answer.ledger_index + r.choice([1, 2, 100])
    elif kind == 1:
        c.answer = other_case(c, r).answer
    elif kind == 2:
        c.statement["nonce"] = encode(bytes(16))
        c.is_of_answer = r.choice([True, False])
    elif kind == 3:
        c.checkpoint.text = c.checkpoint.text.replace(f"\n{c.ledger_size}\n", f"\n{r.choice([0, 1, 5, 6, 7, 1000])}\n")
    elif kind == 4:
        c.answer.signers = c.answer.signers[: r.randrange(len(c.answer.signers))]
    else:
        c.is_of_answer, c.is_answered = False, r.choice([True, False])


# --- Edges that chance seldom meets ---------------------------------------------------------------------------------


def misconduct_edges():
    """Proofs between trees of every small size, and the sizes of one alone."""
    for larger in range(1, 10):
        for smaller in range(1, larger + 1):
            for is_honest in (False, True):
                name = f"sizes {smaller} and {larger}" + (", honest" if is_honest else "")
                yield name, lambda c, s=smaller, n=larger, h=is_honest: branch(c, s, n, h)
    for smaller, larger in ((1, 2**53 - 1), (2**52, 2**53 - 1), (2**52 + 1, 2**53 - 1), (2**53 - 2, 2**53 - 1)):
        yield f"sizes {smaller} and {larger}", lambda c, s=smaller, n=larger: branch(c, s, n)
    for size in (0, 1):
        for root in (bytes(32), hashlib.sha256(b"").digest()):
            yield f"one alone, size {size}, root {root.hex()}", lambda c, s=size, r=root: alone(c, s, r)
    for first, second in (("0", "0"), ("0", "1")):
        yield f"sizes {first} and {second}", lambda c, a=first, b=second: of_nothing(c, a, b)
    for seconds in (0, 1, LAST_SECOND, LAST_SECOND + 1, 2**64 - 1):
        for which in (0, 1):
            yield f"cosigned at {seconds}, {which}", lambda c, s=seconds, w=which: c.notes[w].signers.append(
                (c.trust["witnesses"][0]["name"], c.trust["witnesses"][0]["name"], s)
            )


def alone(c, size, root):
    c.notes, c.consistency = c.notes[:1], None
    c.notes[0].text = f"{c.notes[0].origin}\n{size}\n{encode(root)}\n"


def of_nothing(c, first, second):
    branch(c, 1, 2)
    for note, size in zip(c.notes, (first, second)):
        note.text = f"{note.origin}\n{size}\n{encode(hashlib.sha256(note.text.encode()).digest())}\n"
    if first == second:
        c.consistency = None


def challenge_edges():
    """Each side of every bound that section 13 names, by name."""
    for more in (-1, 0, 1):
        yield f"cosigned 5000 ms and {more} after its time", lambda c, more=more: cosigned_after(c, more)
        yield f"sealed {more} ms after its time", lambda c, more=more: sealed_after(c, more)
        yield f"entry at the size and {more}", lambda c, more=more: entry_at(c, c.ledger_size + more)
        for bound in ("from", "until"):
            yield f"{bound} the size and {more}", lambda c, bound=bound, more=more: [
                witness.update({bound: c.ledger_size + more}) for witness in c.trust["witnesses"]
            ]
    for rule in ("excludeParties", "mirrorsOnly"):
        for value in (True, False, None):
            yield f"{rule}: {value}", lambda c, rule=rule, value=value: forgeries.set_rule(c, rule, value)
    for total in range(8):
        yield f"a total of {total}", lambda c, total=total: c.trust["quorum"].update(total=total)
    for first, second in (("until", "from"), ("from", "until"), ("until", "until"), ("from", "from")):
        yield f"listed again, {first} and {second}", lambda c, first=first, second=second: forgeries.list_again(
            c, first, second
        )
    for seconds in (0, 1, LAST_SECOND, LAST_SECOND + 1, 2**64 - 1):
        yield f"cosigned at {seconds}", lambda c, seconds=seconds: set_seconds(c, seconds)
    for lines in (99, 100, 101):
        for which in (0, 1):
            yield f"{lines} lines, {which}", lambda c, lines=lines, which=which: c.notes[which].signers.extend(
                [("unknown.example", "unknown.example", 1)] * (lines - len(c.notes[which].signers))
            )
    for line, values in ((2, IDS), (3, BASE64), (4, [f"seal by {time}" for time in TIMES])):
        for value in values:
            yield f"receipt: {value!a}", lambda c, line=line, value=value: set_receipt_line(c, line, value)
    for answered in (True, False):
        for party in ("notary", "court-east", "bank-a", "bank-b", "nobody"):
            yield f"party {party}" + ", answered" * answered, lambda c, party=party, answered=answered: vars(c).update(
                parties=[party], is_answered=answered
            )


def cosigned_after(c, more):
    """Everyone in one second, which is more than 5 s after its time or is not."""
    seconds = c.checkpoint.signers[c.witness_signers()[0]][2]
    set_seconds(c, seconds)
    c.seal_by(seconds * 1000 - 5000 - more)


def set_seconds(c, seconds):
    for i in c.witness_signers():
        c.checkpoint.signers[i] = (*c.checkpoint.signers[i][:2], seconds)


def sealed_after(c, more):
    c.is_answered = True
    c.seal_by(milliseconds(c.answer.batch["sealedAt"]) - more)


def entry_at(c, index):
    c.is_answered = True
    c.answer.ledger_index, c.answer.ledger_size = index, index + 3


def set_receipt_line(c, line, value):
    lines = c.receipt.text.split("\n")
    lines[line], c.is_of_answer = value, c.is_of_answer and line != 3
    c.receipt.text = "\n".join(lines)


# --- Two things wrong at once: which is met first -------------------------------------------------------------------


def not_signed_by(signer, blob=bytes(64)):
    """This signer's line with a signature that is none; for a cosigner `blob` holds the time too."""
    _, name, text = signed_line(signer, "").split(" ")
    return f"\u2014 {name} {encode(base64.b64decode(text)[:4] + blob)}"


def not_a_note(note):
    note.after_proof.append(lambda proof: proof[:-1])


def not_a_text(note):
    note.checkpoint_text = lambda text: "x\n"


def of_another_log(note):
    note.text = "other.example/loans\n" + note.text.split("\n", 1)[1]


def signed_badly(c, note, *whose):
    """Lines before all others: the log's, a cosigner's (one too short, one at time 0), or a receipt key's."""
    origin, court = c.trust["log"]["origin"], c.trust["witnesses"][0]["name"]
    receipts = parse_vkey(c.trust["receipts"]["vkeys"][0]).name
    lines = {
        "log": not_signed_by((origin, origin, None)),
        "cosigner": not_signed_by((court, court, 1), (1).to_bytes(8, "big") + bytes(64)),
        "short": not_signed_by((court, court, 1), bytes(71)),
        "zero": not_signed_by((court, court, 1), bytes(72)),
        "receipts": not_signed_by((receipts, receipts, None)),
    }
    note.signers[:0] = [lines[who] for who in whose]


def misconduct_with_two_wrongs():
    def of_two_sizes(*changes):
        def edge(c):
            branch(c, 3, 7)
            for change in changes:
                change(c)

        return edge

    wrongs = {
        "first no note": lambda c: not_a_note(c.notes[0]),
        "first no checkpoint": lambda c: not_a_text(c.notes[0]),
        "second no note": lambda c: not_a_note(c.notes[-1]),
        "second no checkpoint": lambda c: not_a_text(c.notes[-1]),
        "first of another log": lambda c: of_another_log(c.notes[0]),
        "second of another log": lambda c: of_another_log(c.notes[-1]),
        "no proof": lambda c: setattr(c, "consistency", None),
        "a proof too short": lambda c: c.consistency["path"].pop(),
        "a proof of another": lambda c: c.consistency.update(rootHash=encode(bytes(32))),
        "a root of 31 bytes": lambda c: c.consistency.update(rootHash=encode(bytes(31))),
        "the larger first": lambda c: c.notes.reverse(),
        "one alone": lambda c: c.notes.pop(),
        "three": lambda c: c.notes.append(copy.copy(c.notes[1])),
        "none": lambda c: c.notes.clear(),
        "a number first": lambda c: c.after_file.append(lambda f: {**f, "checkpoints": [5, *f["checkpoints"]]}),
        "signed badly by the log": lambda c: signed_badly(c, c.notes[0], "log"),
        "second signed badly by the log": lambda c: signed_badly(c, c.notes[-1], "log"),
        "signed too short": lambda c: signed_badly(c, c.notes[0], "short"),
        "second signed at 0": lambda c: signed_badly(c, c.notes[-1], "zero"),
        "nobody signs both": lambda c: c.notes[0].signers.clear() or c.notes[0].signers.append(STRANGER),
        "signed badly by receipts": lambda c: signed_badly(c, c.notes[0], "receipts"),
    }
    for name, one in wrongs.items():
        yield name, of_two_sizes(one)
    for (first, one), (second, other) in itertools.combinations(wrongs.items(), 2):
        yield f"{first}, {second}", of_two_sizes(one, other)
    for whose in (("cosigner", "log"), ("short", "log"), ("zero", "log"), ("short", "zero"), ("zero", "short")):
        yield f"signed badly: {', '.join(whose)}", of_two_sizes(lambda c, w=whose: signed_badly(c, c.notes[0], *w))
    for name, one, other in two_bad_cosignatures():
        yield name, of_two_sizes(one, other)
    yield "a cosigner named as the log", of_two_sizes(named_as_the_log)
    yield "one name, two organisations", of_two_sizes(one_name_for_two)


def two_bad_cosignatures():
    """By one cosigner, with one key or two, or by two, on one note or two, in either order."""
    hows = {"too short": bytes(71), "at 0": bytes(72)}
    whose = [(0, ""), (0, " 2"), (1, "")]
    for (note, (i, key)), (other, (j, key2)) in itertools.product(itertools.product((0, 1), whose), repeat=2):
        for first, second in (hows, reversed(hows)):
            yield (
                f"witness {i}{key} {first} on {note}, witness {j}{key2} {second} on {other}",
                lambda c, note=note, i=i, key=key, how=hows[first]: cosigned_badly(c, note, i, key, how),
                lambda c, note=other, i=j, key=key2, how=hows[second]: cosigned_badly(c, note, i, key, how),
            )


def cosigned_badly(c, note, witness, key, blob):
    """`key` is a second one of this cosigner, listed after the first, where it is not empty."""
    name, vkeys = c.trust["witnesses"][witness]["name"], c.trust["witnesses"][witness]["vkeys"]
    if key != "":
        vkeys[1:] = [make_vkey(name, COSIGNER_KEY, private_key(name + key)[2])]
    c.notes[note].signers.append(not_signed_by((name, name + key, 1), blob))


STRANGER = ("unknown.example", "unknown.example", 1)


def named_as_the_log(c):
    origin = c.trust["log"]["origin"]
    second = make_vkey(origin, COSIGNER_KEY, private_key(origin + " 2")[2])
    c.trust["witnesses"].append({**c.trust["witnesses"][0], "name": origin, "vkeys": [second]})
    for note in c.notes:
        note.signers.append((origin, origin + " 2", 1795507201))


def one_name_for_two(c):
    """Another key under a cosigner's name, of another organisation: one key signs the first, the other the second."""
    first, other = c.trust["witnesses"][:2]
    second = make_vkey(first["name"], COSIGNER_KEY, private_key(first["name"] + " 2")[2])
    c.trust["witnesses"].append({**other, "name": first["name"], "vkeys": [second]})
    c.notes[0].signers.append((first["name"], first["name"], 1795507201))
    c.notes[1].signers.append((first["name"], first["name"] + " 2", 1795507201))


def challenge_with_two_wrongs():
    wrongs = {
        "receipt no note": lambda c: not_a_note(c.receipt),
        "receipt unsigned": lambda c: setattr(c.receipt, "signers", [STRANGER]),
        "receipt signed badly": lambda c: signed_badly(c, c.receipt, "receipts"),
        "receipt signed badly by the log": lambda c: signed_badly(c, c.receipt, "log"),
        "receipt no receipt": lambda c: not_a_text(c.receipt),
        "receipt of another log": lambda c: set_receipt_line(c, 1, "other.example/loans"),
        "checkpoint no note": lambda c: not_a_note(c.checkpoint),
        "checkpoint no checkpoint": lambda c: not_a_text(c.checkpoint),
        "checkpoint of another log": lambda c: of_another_log(c.checkpoint),
        "checkpoint unsigned": lambda c: c.checkpoint.signers.pop(0),
        "checkpoint signed badly": lambda c: signed_badly(c, c.checkpoint, "log"),
        "checkpoint signed badly by receipts": lambda c: signed_badly(c, c.checkpoint, "receipts"),
        "cosigned badly": lambda c: signed_badly(c, c.checkpoint, "cosigner"),
        "cosigned at 0": lambda c: signed_badly(c, c.checkpoint, "zero"),
        "cosigned too short": lambda c: signed_badly(c, c.checkpoint, "short"),
        "no quorum": lambda c: c.trust["quorum"].update(total=100),
        "a party that is none": lambda c: c.parties.append("nobody"),
        "trust file broken": lambda c: c.trust["organisations"].clear(),
        "no JSON": lambda c: c.after_bytes.append(lambda data: data[:-1]),
        "answer refused": lambda c: setattr(c.answer, "signers", []),
        "answer no JSON": lambda c: c.answer.after_bytes.append(lambda data: data[:-1]),
        "answer to another": lambda c: set_receipt_line(c, 3, encode(bytes(32))),
        "answer late": lambda c: sealed_after(c, 1),
        "answer late in the ledger": lambda c: entry_at(c, c.ledger_size),
    }

    def answered(*changes):
        def edge(c):
            c.is_answered = True
            for change in changes:
                change(c)

        return edge

    for name, one in wrongs.items():
        yield name, answered(one)
    for (first, one), (second, other) in itertools.combinations(wrongs.items(), 2):
        yield f"{first}, {second}", answered(one, other)
    for name, one, other in two_bad_cosignatures():
        yield name, answered(one, other)


# --- All of it ------------------------------------------------------------------------------------------------------

KINDS = {"misconduct": ForgedMisconduct, "challenge": ForgedChallenge}
EDGES = {
    "misconduct": (misconduct_edges, misconduct_with_two_wrongs),
    "challenge": (challenge_edges, challenge_with_two_wrongs),
}


def accepted(root):
    """Of each kind the accepted vectors, each with its folder."""
    vectors = {}
    for kind in KINDS:
        path = Path(root) / kind / "cases.json"
        vectors[kind] = [(vector, path.parent) for vector in json.loads(path.read_text("utf-8"))["accepted"]]
    return vectors


def claim(kind, vector, folder, root):
    case = KINDS[kind](vector, folder)
    case.root = root
    return case


def forge(kind, root, r):
    vector, folder = r.choice(accepted(root)[kind])
    case = claim(kind, vector, folder, root)
    functions, weights = zip(*CHANGES[kind])
    names = []
    for function in r.choices(functions, weights, k=r.choices([1, 2, 3], [60, 30, 10])[0]):
        try:
            function(case, r)
            names.append(function.__name__)
        except MISFITS:
            pass
    return case, f"{kind} of {vector['name']!a}: {', '.join(names)}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vectors")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    for kind, edges in EDGES.items():
        vectors = accepted(options.vectors)[kind]
        for name, edge in itertools.chain(*(some() for some in edges)):
            case = claim(kind, *vectors[0], options.vectors)
            try:
                edge(case)
                print(json.dumps(case.answered(f"{kind}: {name}")))
            except MISFITS:  # Two wrongs that do not go together.
                pass
    made = 0
    for number in range(10 * options.count):
        if made == options.count:
            break
        r = random.Random(f"{options.seed}/{number}")
        case, name = forge(list(KINDS)[number % 2], options.vectors, r)
        try:
            line = case.answered(f"{number} {name}")
        except MISFITS:
            continue
        made += 1
        print(json.dumps(line))


if __name__ == "__main__":
    main()
