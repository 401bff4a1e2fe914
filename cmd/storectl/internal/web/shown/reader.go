// Package shown reads from a store what pages show of records: enough of one to know it again in a list, the places in it
// that a search found, and a record with everything in it. What is missing or damaged is said in its place. It writes
// nothing, and makes no HTML but by package prose.
package shown

import (
	"context"
	"strings"

	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
)

// Reader reads from a store what pages show, for as long as its context allows.
type Reader struct {
	Ctx   context.Context
	Store *repo.Store
}

// fieldName makes words of a name such as recommendedTasks.
func fieldName(name string) string {
	var out strings.Builder
	for i, r := range name {
		if 'A' <= r && r <= 'Z' && i > 0 {
			out.WriteByte(' ')
			r += 'a' - 'A'
		}
		out.WriteRune(r)
	}
	return words.UpperFirst(strings.ReplaceAll(out.String(), "_", " "))
}
