package offsite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
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
	names  map[string]bool
}

func (t *Target) heldFile() string { return filepath.Join(t.opt.Memory, t.mark.ID+heldSuffix) }

// lockHolds keeps calls of one store apart.
func (t *Target) lockHolds(ctx context.Context) (func() error, error) {
	if t.opt.Memory == "" {
		return func() error { return nil }, nil
	}
	if err := durable.MakeDir(t.opt.Memory); err != nil {
		return nil, err
	}
	release, err := durable.Lock(ctx, filepath.Join(t.opt.Memory, "."+t.mark.ID+".held.lock"), durable.Exclusive, time.Minute)
	if errors.Is(err, durable.ErrLocked) {
		return nil, t.no(fmt.Errorf("%w: another program on this machine copies contents", ErrHeld), "try again when it is done")
	}
	return release, err
}

// recallHeld reads what is remembered. What cannot be read is nothing: then all is said anew.
func (t *Target) recallHeld() (h held) {
	none := held{names: map[string]bool{}}
	text, err := os.ReadFile(t.heldFile())
	if err != nil || t.opt.Memory == "" {
		return none
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	if json.Unmarshal([]byte(first), &h) != nil {
		return none
	}
	h.names = map[string]bool{}
	for line := range strings.Lines(rest) {
		h.names[strings.TrimSuffix(line, "\n")] = true
	}
	return h
}

// rememberHeld keeps what was said. Where that cannot be written all is said anew the next time.
func (t *Target) rememberHeld(h held) error {
	if t.opt.Memory == "" {
		return nil
	}
	first, err := json.Marshal(h)
	if err != nil {
		return err
	}
	err = durable.WriteFile(t.heldFile(), func(w io.Writer) error {
		if _, err := fmt.Fprintf(w, "%s\n", first); err != nil {
			return err
		}
		_, err := io.WriteString(w, strings.Join(slices.Sorted(maps.Keys(h.names)), "\n"))
		return err
	})
	if errors.Is(err, fs.ErrPermission) || durable.IsReadOnly(err) {
		t.opt.Log.Warn("what is held at the target is not remembered", "target", t.String(), "reason", err)
		return nil
	}
	return err
}
