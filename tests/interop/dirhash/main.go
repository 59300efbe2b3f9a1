// Compare the dirhash of a folder with the one a statement gives.
//
//	dirhash DIR HEX
package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log"
	"os"

	"golang.org/x/mod/sumdb/dirhash"
)

func main() {
	claimed, err := hex.DecodeString(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	found, err := dirhash.HashDir(os.Args[1], "", dirhash.Hash1)
	if err != nil {
		log.Fatal(err)
	}
	if want := "h1:" + base64.StdEncoding.EncodeToString(claimed); found != want {
		log.Fatalf("the statement says %s, the folder is %s", want, found)
	}
	fmt.Println(found)
}
