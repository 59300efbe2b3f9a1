// Open a checkpoint as a signed note, and compare its size and root with the Merkle tree that
// Go makes of a manifest's lines.
//
//	checkpoint CHECKPOINT MANIFEST VKEY...
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indexes {
		hashes = append(hashes, m[index])
	}
	return hashes, nil
}

func treeHash(manifest []byte) (int64, tlog.Hash, error) {
	var stored memory
	lines := bytes.Split(bytes.TrimSuffix(manifest, []byte("\n")), []byte("\n"))
	for n, line := range lines {
		hashes, err := tlog.StoredHashes(int64(n), line, stored)
		if err != nil {
			return 0, tlog.Hash{}, err
		}
		stored = append(stored, hashes...)
	}
	size := int64(len(lines))
	root, err := tlog.TreeHash(size, stored)
	return size, root, err
}

func main() {
	signed, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	manifest, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	var verifiers []note.Verifier
	for _, vkey := range os.Args[3:] {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			log.Fatal(err)
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil {
		log.Fatal(err)
	}
	if len(opened.Sigs) != len(verifiers) {
		log.Fatalf("%d of %d keys signed", len(opened.Sigs), len(verifiers))
	}
	size, root, err := treeHash(manifest)
	if err != nil {
		log.Fatal(err)
	}
	want := fmt.Sprintf("%s\n%d\n%s\n", opened.Sigs[0].Name, size, root)
	if opened.Text != want {
		log.Fatalf("the note says %q, the manifest gives %q", opened.Text, want)
	}
	fmt.Print(opened.Text)
}
