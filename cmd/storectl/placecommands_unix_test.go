//go:build unix

package main

import "flag"

var allNames = flag.Bool("names.all", false, "run every command under every odd name, and not only under those that are oddest")

// oddest is the name under which every command always runs: the others are taken for nothing else once a store opens.
const oddest = "characters of a URI"

// inPlace are the commands that run under an odd name, with files whose names begin with another one.
func inPlace(file string) [][]string {
	return [][]string{
		{"list", "notes"}, {"get", "notes", "n"}, {"search", "words"}, {"query", "SELECT count(*) FROM notes"}, {"query", "--write", "UPDATE notes SET summary = 'x'"},
		{"check"}, {"status"}, {"backup", "create"}, {"backup", "verify", "latest"}, {"backup", "drill", "latest"}, {"backup", "create", "--to", file + "2"}, {"backup", "run"},
		{"export", "-f", file + "3"}, {"export", "-f", file + "3"}, {"export", "--format", "markdown", "-f", file + "4"}, {"import", "--on-conflict", "skip", "--yes", file + "3"},
		{"optimize"}, {"vacuum", "--yes"}, {"migrate", "status"}, {"backup", "restore", "latest", "--yes"}, {"backup", "restore", "latest", "--to", file + "5"}, {"repair", "--yes"}, {"check"},
	}
}
