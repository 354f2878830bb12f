#!/usr/bin/env python3
"""
The vectors of sections 12 and 13 (test/vectors/misconduct and challenge) through this verifier: one line of JSON for
each case on which it disagrees with the file, and at the end how many it ran.

    python3 cases.py test/vectors
"""

import json
import sys
from pathlib import Path

from challenge import verify_challenge
from misconduct import verify_misconduct
from verify import WrongUsage


def file_of(case):
    return case["file"].encode("utf-8", "surrogatepass")


def misconduct(case, folder):
    return verify_misconduct(file_of(case), (folder / case["consortium"]).read_bytes())


def challenge(case, folder):
    answer = (folder / case["answer"]).read_bytes() if "answer" in case else None
    try:
        return verify_challenge(file_of(case), (folder / case["consortium"]).read_bytes(), case["parties"], answer)
    except WrongUsage:
        return {"verdict": "wrong-usage"}


RUNS = {"misconduct": misconduct, "challenge": challenge}


def disagreement(got, case):
    """None, or what this verifier says instead. What neither names (no code, nobody convicted) may be left out."""
    return None if all((case.get(name) or None) == (said or None) for name, said in got.items()) else got


def main(root):
    count = 0
    for name, run in RUNS.items():
        path = Path(root) / name / "cases.json"
        vectors = json.loads(path.read_text("utf-8"))
        for case in vectors["accepted"] + vectors["refused"]:
            count += 1
            got = disagreement(run(case, path.parent), case)
            if got is not None:
                want = {name: case.get(name) for name in ("verdict", "code", "convicted", "answerCode")}
                print(json.dumps({"file": str(path), "case": case["name"], "want": want, "got": got}))
    print(json.dumps({"cases": count}))


if __name__ == "__main__":
    main(sys.argv[1])
