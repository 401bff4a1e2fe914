package offsite_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"taskstore/backup/offsite"
)

// TestRecallOddNames: what a store knows of its targets is found whatever its directory is called.
func TestRecallOddNames(t *testing.T) {
	text, err := json.Marshal(offsite.Known{Mark: offsite.Mark{ID: "one"}, Address: "dir:/d"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plain", "a[b", "[ab]", "a*", `a\b`} {
		memory := filepath.Join(t.TempDir(), name)
		if list, err := offsite.Recall(memory); err != nil || len(list) != 0 {
			t.Errorf("%s, which is not there: %v, %v", name, list, err)
		}
		if err := os.MkdirAll(memory, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(memory, "one.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if list, err := offsite.Recall(memory); err != nil || len(list) != 1 {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}
