package decode

import (
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/record"
)

// TestCutInWrapper cuts files of every form before the value that their wrapper is
// around: what is left says nothing of the records, and none is made of it.
func TestCutInWrapper(t *testing.T) {
	t.Parallel()
	for path, value := range map[string]string{
		"db/sessions/s1/context-items.json": `[{"id":"c1"}]`,
		"db/sessions/s1/summary.json":       `{"narrative":"x"}`,
		"db/sessions/s1/metadata.json":      `{"id":"s1"}`,
		"db/notes/n1.json":                  `{"id":"n1","content":"x"}`,
		"db/settings.json":                  `{"ui":{}}`,
		"db/capture-draft-text.json":        `{"draft":"x"}`,
	} {
		whole := sourcetest.Wrapped(sourcetest.SumOf(value, 99), value)
		for at := range strings.Index(whole, value) {
			text := whole[:at] + strings.Repeat("\x00", len(whole)-at)
			r := scanned(t, sourcetest.Tree(t, map[string]string{path: text}))
			for _, c := range r.Candidates {
				if raw := string(c.Raw); strings.Contains(raw, "timestamp") || strings.Contains(raw, "version") || strings.Contains(raw, "checksum") {
					t.Errorf("%s, cut at %d: %s became a record: %s", path, at, text[:at], raw)
				}
			}
			if f := r.Files[path]; f.Status == record.StatusOK || r.Kept[path] == "" {
				t.Errorf("%s, cut at %d: status %s, not in quarantine", path, at, f.Status)
			}
		}
	}
}
