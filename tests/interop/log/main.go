// Read a log as a C2SP tiled log: open its checkpoint as a signed note, read every tile through
// Go's own TileHashReader, prove every entry, and check a proof of inclusion and one of consistency
// that were made elsewhere.
//
//	log DIR VKEY PROOF ENTRY REQUEST OLD
//
// PROOF is a C2SP tlog-proof of the entry in the file ENTRY, REQUEST an add-checkpoint request
// against the checkpoint in the file OLD.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tiles struct{ dir string }

func (tiles) Height() int                       { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(t.dir, strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	must(err)
	return data
}

// The size and root in a checkpoint that the key signed.
func head(signed []byte, vkey string) (int64, tlog.Hash) {
	verifier, err := note.NewVerifier(vkey)
	must(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		log.Fatalf("origin %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	return size, root
}

func hashes(lines []string) []tlog.Hash {
	var all []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		must(err)
		all = append(all, hash)
	}
	return all
}

// Entries of a tree of this size, bundle by bundle.
func entries(dir string, size int64) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		path := fmt.Sprintf("tile/entries/%03d", n)
		if width := size - n*256; width < 256 {
			path = fmt.Sprintf("%s.p/%d", path, width)
		}
		data := read(filepath.Join(dir, path))
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
	}
	return all
}

func main() {
	dir, vkey := os.Args[1], os.Args[2]
	size, root := head(read(filepath.Join(dir, "checkpoint")), vkey)
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{dir})
	all := entries(dir, size)
	if int64(len(all)) != size {
		log.Fatalf("%d entries of %d", len(all), size)
	}
	for n, entry := range all {
		proof, err := tlog.ProveRecord(size, int64(n), reader)
		must(err)
		must(tlog.CheckRecord(proof, size, root, int64(n), tlog.RecordHash(entry)))
	}

	top, checkpoint, _ := bytes.Cut(read(os.Args[3]), []byte("\n\n"))
	lines := strings.Split(string(top), "\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	must(err)
	provenSize, provenRoot := head(checkpoint, vkey)
	leaf := tlog.RecordHash(read(os.Args[4]))
	must(tlog.CheckRecord(hashes(lines[2:]), provenSize, provenRoot, index, leaf))

	top, checkpoint, _ = bytes.Cut(read(os.Args[5]), []byte("\n\n"))
	lines = strings.Split(string(top), "\n")
	oldSize, oldRoot := head(read(os.Args[6]), vkey)
	if lines[0] != fmt.Sprintf("old %d", oldSize) {
		log.Fatalf("%q", lines[0])
	}
	newSize, newRoot := head(checkpoint, vkey)
	must(tlog.CheckTree(hashes(lines[1:]), newSize, newRoot, oldSize, oldRoot))
	fmt.Println(size, "entries")
}
