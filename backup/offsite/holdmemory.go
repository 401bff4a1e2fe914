package offsite

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"taskstore/internal/durable"
)

// held is what a store remembers of what it holds.
type held struct {
	Whole  time.Time `json:"whole"`  // when all was said
	Looked time.Time `json:"looked"` // when the place was asked for all
	Notes  []string  `json:"notes"`  // that were put there since, and the whole one; the last may not be there
	names  []string  // in order
}

func (h held) has(sha string) bool {
	_, found := slices.BinarySearch(h.names, sha)
	return found
}

func (t *Target) heldFile() string { return filepath.Join(t.opt.Memory, t.mark.ID+heldSuffix) }

// recallHeld reads what is remembered. What cannot be read is nothing: then all is said anew.
func (t *Target) recallHeld() (h held) {
	text, err := os.ReadFile(t.heldFile())
	if err != nil || t.opt.Memory == "" {
		return held{}
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	if json.Unmarshal([]byte(first), &h) != nil {
		return held{}
	}
	h.names = strings.Fields(rest)
	return h
}

// rememberHeld keeps what was said.
func (t *Target) rememberHeld(h held) error {
	if t.opt.Memory == "" {
		return nil
	}
	first, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return t.remembered(durable.WriteFile(t.heldFile(), func(w io.Writer) error {
		if _, err := fmt.Fprintf(w, "%s\n", first); err != nil {
			return err
		}
		_, err := io.WriteString(w, strings.Join(h.names, "\n"))
		return err
	}))
}
