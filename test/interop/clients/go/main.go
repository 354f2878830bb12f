// Go's net/http: arguments and output as of ../curl.sh.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

var url, key, file, out = os.Args[1], os.Args[2], os.Args[3], os.Args[4]

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func ask(method, path, contentType string, body io.Reader) []byte {
	request := must(http.NewRequest(method, url+path, body))
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Prefer", "wait=30")
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer := must((&http.Client{Timeout: time.Minute}).Do(request))
	defer answer.Body.Close()
	content := must(io.ReadAll(answer.Body))
	if answer.StatusCode >= 300 {
		log.Fatalf("%s %s: %s %s", method, path, answer.Status, content)
	}
	return content
}

func post(value any) []byte {
	return ask("POST", "/v1/deposits", "application/json", bytes.NewReader(must(json.Marshal(value))))
}

func prove(form string, deposited []byte) {
	var deposit struct{ Id string }
	must(0, json.Unmarshal(deposited, &deposit))
	evidence := ask("GET", "/v1/deposits/"+deposit.Id+"/evidence", "", nil)
	certificate := ask("GET", "/v1/deposits/"+deposit.Id+"/certificate", "", nil)
	must(0, os.WriteFile(filepath.Join(out, form+".evidence.json"), evidence, 0o600))
	must(0, os.WriteFile(filepath.Join(out, form+".pdf"), certificate, 0o600))
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	must(must(parts.CreateFormFile("evidence", "e.json")).Write(evidence))
	must(0, parts.Close())
	var verification struct{ Report struct{ Verdict string } }
	must(0, json.Unmarshal(ask("POST", "/v1/verify", parts.FormDataContentType(), &body), &verification))
	fmt.Println(form, deposit.Id, verification.Report.Verdict)
}

type object = map[string]any

func main() {
	content := must(os.ReadFile(file))
	// Nanoseconds and the machine's own offset.
	metadata := object{"recordType": "interop.go", "createdAt": time.Now().Format(time.RFC3339Nano)}
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	must(0, parts.WriteField("metadata", string(must(json.Marshal(metadata)))))
	must(must(parts.CreateFormFile("file", "loan.pdf")).Write(content))
	must(0, parts.Close())
	prove("multipart", ask("POST", "/v1/deposits", parts.FormDataContentType(), &body))
	prove("json", post(object{"metadata": metadata, "record": object{"by": "go"}}))
	digest := sha256.Sum256(content)
	digests := object{"sha-256": hex.EncodeToString(digest[:])}
	prove("digests", post(object{"metadata": metadata, "digests": digests, "size": len(content), "mediaType": "application/pdf"}))
}
