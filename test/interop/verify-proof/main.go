// verify-proof checks a .tlog-proof under a tlog-policy with torchwood, whose authors know nothing of Cunzheng:
//
//	verify-proof POLICY LEAF PROOF
//
// LEAF is a file with the log entry's bytes. It prints "verified" and exits 0, or says why not and exits 1.
package main

import (
	"fmt"
	"os"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := verify(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	fmt.Println("verified")
}

func verify(paths []string) error {
	if len(paths) != 3 {
		return fmt.Errorf("usage: verify-proof POLICY LEAF PROOF")
	}
	var files [3][]byte
	for i, path := range paths {
		bytes, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files[i] = bytes
	}
	policy, err := torchwood.ParsePolicy(files[0])
	if err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	return torchwood.VerifyProof(policy, tlog.RecordHash(files[1]), files[2])
}
