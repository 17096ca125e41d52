// Checks, with public libraries alone, what tokenledger hands to auditors: for each folder that is named, its note, its proofs of
// inclusion and its proofs of consistency. Ends with 1 and a reason if one of them is not accepted.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	formats "github.com/transparency-dev/formats/log"
	tlogproof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

type consistency struct {
	First, Second         uint64
	FirstRoot, SecondRoot []byte
	Hashes                [][]byte
}

func main() {
	for _, folder := range os.Args[1:] {
		if err := check(folder); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", folder, err)
			os.Exit(1)
		}
	}
	fmt.Println("accepted")
}

func check(folder string) error {
	key, err := os.ReadFile(filepath.Join(folder, "key.txt"))
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return err
	}
	if err := checkNote(folder, verifier); err != nil {
		return err
	}
	proofs, err := filepath.Glob(filepath.Join(folder, "*.tlog-proof"))
	if err != nil || len(proofs) == 0 {
		return fmt.Errorf("no proofs: %v", err)
	}
	for _, file := range proofs {
		if err := checkInclusion(file, verifier); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return checkConsistency(folder)
}

func checkNote(folder string, verifier note.Verifier) error {
	signed, err := os.ReadFile(filepath.Join(folder, "note.txt"))
	if err != nil {
		return err
	}
	// The three lines, the signature, and nothing more.
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return fmt.Errorf("unexpected text %q", opened.Text)
	}
	if _, err := strconv.ParseUint(lines[1], 10, 64); err != nil {
		return err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != 32 {
		return fmt.Errorf("root %q: %v", lines[2], err)
	}
	_, _, _, err = formats.ParseCheckpoint(signed, verifier.Name(), verifier)
	return err
}

func checkInclusion(file string, verifier note.Verifier) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var parsed tlogproof.TLogProof
	if err := parsed.Unmarshal(text); err != nil {
		return err
	}
	if !bytes.Equal(parsed.Marshal(), text) {
		return fmt.Errorf("another form than the library writes")
	}
	checkpoint, _, _, err := formats.ParseCheckpoint(parsed.Checkpoint, verifier.Name(), verifier)
	if err != nil {
		return err
	}
	hashes := make([][]byte, 0, len(parsed.Hashes))
	for _, hash := range parsed.Hashes {
		hashes = append(hashes, bytes.Clone(hash[:]))
	}
	leaf := rfc6962.DefaultHasher.HashLeaf(parsed.ExtraData)
	return proof.VerifyInclusion(rfc6962.DefaultHasher, parsed.Index, checkpoint.Size, leaf, hashes, checkpoint.Hash)
}

func checkConsistency(folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, "consistency.json"))
	if err != nil {
		return err
	}
	var all []consistency
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for _, one := range all {
		err := proof.VerifyConsistency(rfc6962.DefaultHasher, one.First, one.Second, one.Hashes, one.FirstRoot, one.SecondRoot)
		if err != nil {
			return fmt.Errorf("%d with %d: %w", one.First, one.Second, err)
		}
	}
	return nil
}
