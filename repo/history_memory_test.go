package repo_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestHistoryMemory: however many states there are, they are gone through one at a
// time. A session with 40 states of 1 MB is 40 MB; what is held at once is a few
// of them, and what is used up in passing a small multiple of all.
func TestHistoryMemory(t *testing.T) {
	const states, size = 40, 1 << 20
	s := testdb.Open(t)
	var text strings.Builder
	for r := rand.New(rand.NewPCG(1, 2)); text.Len() < size; {
		fmt.Fprintf(&text, "%x ", r.Uint64())
	}
	v := schema.Session{Head: schema.Head{ID: "s"}, Name: "work"}
	for i := range states {
		v.CanvasSpec = schema.Document(fmt.Sprintf(`{"n":%d,"text":%q}`, i, text.String()))
		fatal(t, s.Sessions.Save(t.Context(), &v))
	}
	for _, c := range []struct {
		name        string
		total, held float64 // in sizes of a state: in all, and at once
		run         func() error
	}{
		{"At", 8 * states, 30, func() error { _, err := s.Sessions.At(t.Context(), "s", repo.RevName{Rev: 1}); return err }},
		{"Changes", 14 * states, 30, func() error {
			list, err := s.Sessions.Changes(t.Context(), "s")
			if err == nil && len(list) != states {
				err = fmt.Errorf("%d changes", len(list))
			}
			return err
		}},
	} {
		total, held := testdb.MemoryOf(func() { fatal(t, c.run()) })
		t.Logf("%s: %.0f MB in all, %.1f MB at once", c.name, total/size, held/size)
		if total > c.total*size {
			t.Errorf("%s used up %.0f MB, more than %.0f", c.name, total/size, c.total)
		}
		if held > c.held*size {
			t.Errorf("%s held %.1f MB at once, more than %.0f", c.name, held/size, c.held)
		}
	}
}
