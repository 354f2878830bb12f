#!/bin/sh
# curl: deposits a file in each of the three forms, waits until it is final, fetches what proves it and has it verified.
# Arguments: the service's URL, an API key, the file, a folder. A line for each form: its name, the deposit's id, the verdict.
set -eu
url=$1 key=$2 file=$3 out=$4
auth="Authorization: Bearer $key"
ask() { curl --silent --show-error --fail-with-body --max-time 60 "$@"; }
id_of() { sed 's/^{"id":"\([0-9A-Z]*\)".*/\1/'; }

prove() { # form id
  ask -H "$auth" -H 'Prefer: wait=30' -o "$out/$1.evidence.json" "$url/v1/deposits/$2/evidence"
  ask -H "$auth" -H 'Prefer: wait=30' -o "$out/$1.pdf" "$url/v1/deposits/$2/certificate"
  verdict=$(ask -F "evidence=@$out/$1.evidence.json" "$url/v1/verify" | sed 's/.*"verdict":"\([a-z]*\)".*/\1/')
  echo "$1 $2 $verdict"
}

prove multipart "$(ask -H "$auth" -F 'metadata={"recordType":"interop.curl"}' -F "file=@$file;type=application/pdf" "$url/v1/deposits" | id_of)"
prove json "$(ask -H "$auth" --json '{"metadata":{"recordType":"interop.curl"},"record":{"by":"curl"}}' "$url/v1/deposits" | id_of)"
digest=$(sha256sum "$file" | cut -c1-64)
size=$(wc -c <"$file" | tr -d ' ')
prove digests "$(ask -H "$auth" --json "{\"metadata\":{\"recordType\":\"interop.curl\"},\"digests\":{\"sha-256\":\"$digest\"},\"size\":$size,\"mediaType\":\"application/pdf\"}" "$url/v1/deposits" | id_of)"
