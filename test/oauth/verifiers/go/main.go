// Tries the verifier of the guide with each line of a file. The guide's code is put into the package auth.
package main

import (
	"fmt"
	"os"
	"strings"

	"tokenledger.test/verifiers/auth"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	verify, err := auth.NewVerifier()
	check(err)
	failed := false
	for line := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
		fields := strings.Split(line, "\t")
		found := "refuse"
		if claims, err := verify(fields[2]); err == nil && claims["sub"] != "" {
			found = "accept"
		}
		if found != fields[0] {
			failed = true
			fmt.Fprintf(os.Stderr, "a token %s: %s\n", fields[1], found)
		}
	}
	if failed {
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
