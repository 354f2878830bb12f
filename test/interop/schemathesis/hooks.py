"""What OpenAPI has no word for, done to each request that is meant to be valid before it leaves.

One operation takes a deposit in three forms, and its metadata stands in another place in each: OpenAPI can't say that a
header goes with one media type alone, nor that one part of a form comes before another.
"""

import base64
import json

import schemathesis
from schemathesis import GenerationMode

METADATA = base64.urlsafe_b64encode(json.dumps({"recordType": "loan.contract"}).encode()).rstrip(b"=").decode()


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is not None and case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    name = case.operation.definition.raw.get("operationId")
    is_form = case.media_type == "multipart/form-data" and isinstance(case.body, dict)
    if name == "verify" and is_form and "parties" in case.body:
        # JSON Schema describes what a text holds (contentSchema), and makes no such text.
        case.body["parties"] = json.dumps(["example-bank-b", str(case.body["parties"]) + "x"])
    if name != "deposit":
        return
    if case.media_type == "application/octet-stream":
        case.headers["Cunzheng-Metadata"] = METADATA
    else:
        case.headers.pop("Cunzheng-Metadata", None)
    if is_form:
        case.body = {part: case.body[part] for part in sorted(case.body, key=lambda part: part != "metadata")}
