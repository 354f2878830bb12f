// ml-dsa-note signs and verifies checkpoints by ML-DSA-44 (C2SP tlog-cosignature, type 0x06), with filippo.io/mldsa for
// the signatures and Go's note package for the notes, whose authors know nothing of Cunzheng:
//
//	ml-dsa-note verify VKEY NOTE       prints the names of the signers, or says why not and exits 1
//	ml-dsa-note sign KEYFILE TEXT TIME prints the signature line of a checkpoint's text
//	ml-dsa-note vkey KEYFILE           prints the verifier key of a key file
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"filippo.io/mldsa"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const signatureType = 0x06

func main() {
	out, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	fmt.Println(out)
}

func run(args []string) (string, error) {
	switch {
	case len(args) == 3 && args[0] == "verify":
		return verify(args[1], args[2])
	case len(args) == 4 && args[0] == "sign":
		return sign(args[1], args[2], args[3])
	case len(args) == 2 && args[0] == "vkey":
		key, err := readKey(args[1])
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%s+%08x+%s", key.name, key.hash, base64.StdEncoding.EncodeToString(typed(key.private.PublicKey()))), nil
	}
	return "", errors.New("usage: ml-dsa-note verify VKEY NOTE | sign KEYFILE TEXT TIME | vkey KEYFILE")
}

func verify(vkey, file string) (string, error) {
	signed, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return "", errors.New("not a verifier key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) < 1 || key[0] != signatureType {
		return "", errors.New("not an ML-DSA-44 verifier key")
	}
	public, err := mldsa.NewPublicKey(mldsa.MLDSA44(), key[1:])
	if err != nil {
		return "", err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier{parts[0], public}))
	if err != nil {
		return "", err
	}
	var names []string
	for _, signature := range opened.Sigs {
		names = append(names, signature.Name)
	}
	return strings.Join(names, "\n"), nil
}

func sign(keyFile, file, seconds string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	key, err := readKey(keyFile)
	if err != nil {
		return "", err
	}
	if key.seconds, err = strconv.ParseUint(seconds, 10, 64); err != nil {
		return "", err
	}
	signed, err := note.Sign(&note.Note{Text: string(text)}, key)
	if err != nil {
		return "", err
	}
	_, lines, _ := strings.Cut(string(signed), "\n\n")
	return strings.TrimSuffix(lines, "\n"), nil
}

// verifier is a note.Verifier of timestamped signatures.
type verifier struct {
	name   string
	public *mldsa.PublicKey
}

func (v verifier) Name() string    { return v.name }
func (v verifier) KeyHash() uint32 { return keyHash(v.name, v.public) }
func (v verifier) Verify(text, blob []byte) bool {
	if len(blob) != 8+mldsa.MLDSA44().SignatureSize() {
		return false
	}
	message, err := message(v.name, binary.BigEndian.Uint64(blob), text)
	return err == nil && mldsa.Verify(v.public, message, blob[8:], nil) == nil
}

// key is a note.Signer of them.
type key struct {
	name    string
	hash    uint32
	private *mldsa.PrivateKey
	seconds uint64
}

func (k *key) Name() string    { return k.name }
func (k *key) KeyHash() uint32 { return k.hash }
func (k *key) Sign(text []byte) ([]byte, error) {
	message, err := message(k.name, k.seconds, text)
	if err != nil {
		return nil, err
	}
	signature, err := k.private.Sign(nil, message, &mldsa.Options{})
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint64(nil, k.seconds), signature...), nil
}

// readKey reads PRIVATE+KEY+<name>+<key id>+<base64 of the type and the seed>.
func readKey(file string) (*key, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	parts := strings.SplitN(strings.TrimSuffix(string(text), "\n"), "+", 5)
	if len(parts) != 5 || parts[0] != "PRIVATE" || parts[1] != "KEY" {
		return nil, errors.New("not a key file")
	}
	secret, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(secret) != 33 || secret[0] != signatureType {
		return nil, errors.New("not the key file of an ML-DSA-44 key")
	}
	private, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), secret[1:])
	if err != nil {
		return nil, err
	}
	hash := keyHash(parts[2], private.PublicKey())
	if fmt.Sprintf("%08x", hash) != parts[3] {
		return nil, errors.New("the key id is not the key's")
	}
	return &key{name: parts[2], hash: hash, private: private}, nil
}

func typed(public *mldsa.PublicKey) []byte { return append([]byte{signatureType}, public.Bytes()...) }

func keyHash(name string, public *mldsa.PublicKey) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), typed(public)...))
	return binary.BigEndian.Uint32(sum[:])
}

// message is the cosigned_message of a checkpoint.
func message(name string, seconds uint64, text []byte) ([]byte, error) {
	lines := strings.Split(string(text), "\n")
	if len(lines) < 4 {
		return nil, errors.New("not a checkpoint")
	}
	size, err := strconv.ParseUint(lines[1], 10, 64)
	if err != nil {
		return nil, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return nil, err
	}
	if len(name) > 255 || len(lines[0]) > 255 {
		return nil, errors.New("a name of more than 255 bytes")
	}
	out := []byte("subtree/v1\n\x00")
	out = append(append(out, byte(len(name))), name...)
	out = binary.BigEndian.AppendUint64(out, seconds)
	out = append(append(out, byte(len(lines[0]))), lines[0]...)
	out = binary.BigEndian.AppendUint64(out, 0)
	out = binary.BigEndian.AppendUint64(out, size)
	return append(out, root[:]...), nil
}
