#!/bin/bash
# The health check of a MongoDB member: it answers `hello`, which needs no login, within two seconds. A server that was stopped, and whose
# kernel still takes connections, does not. Neither mongosh nor another process of 100 MB is started for it.
set -euo pipefail
exec 3<>/dev/tcp/127.0.0.1/27017
# OP_MSG (2013): length, request id, response to, opcode; flags, section 0, the BSON document {hello: 1, $db: "admin"}.
printf '\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00' >&3
printf '\x00\x00\x00\x00\x00\x1f\x00\x00\x00\x10hello\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00' >&3
answer="$(timeout 2 head --bytes 16 <&3 | od -An -tx1 | tr -d ' \n')"
# The answer's opcode is OP_MSG too.
[[ "${answer:24:8}" == "dd070000" ]]
