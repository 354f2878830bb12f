"""httpx: arguments and output as of ../curl.sh."""

import hashlib
import json
import pathlib
import sys
from datetime import datetime, timezone

import httpx

url, key, file, out = sys.argv[1:]
content = pathlib.Path(file).read_bytes()
session = httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=60)
# Microseconds and an offset, as isoformat writes them.
metadata = {"recordType": "interop.httpx", "createdAt": datetime.now(timezone.utc).isoformat()}


def ask(method, path, **sent):
    answer = session.request(method, url + path, **sent)
    answer.raise_for_status()
    return answer


def prove(form, deposited):
    deposit = deposited.json()["id"]
    wait = {"Prefer": "wait=30"}
    evidence = ask("GET", f"/v1/deposits/{deposit}/evidence", headers=wait).content
    certificate = ask("GET", f"/v1/deposits/{deposit}/certificate", headers=wait).content
    pathlib.Path(out, f"{form}.evidence.json").write_bytes(evidence)
    pathlib.Path(out, f"{form}.pdf").write_bytes(certificate)
    report = ask("POST", "/v1/verify", files={"evidence": ("e.json", evidence)}).json()["report"]
    print(form, deposit, report["verdict"])


parts = {"metadata": (None, json.dumps(metadata)), "file": ("loan.pdf", content, "application/pdf")}
prove("multipart", ask("POST", "/v1/deposits", files=parts))
prove("json", ask("POST", "/v1/deposits", json={"metadata": metadata, "record": {"by": "httpx"}}))
digests = {"sha-256": hashlib.sha256(content).hexdigest()}
envelope = {"metadata": metadata, "digests": digests, "size": len(content), "mediaType": "application/pdf"}
prove("digests", ask("POST", "/v1/deposits", json=envelope))
