package legacy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
)

// TestImportSecrets: secrets of the settings, of records, of the states that lost and of
// what goes to quarantine are nowhere in the store, verify agrees, and a person's own words
// are kept.
func TestImportSecrets(t *testing.T) {
	t.Parallel()
	const secret, written = "hunter2-hidden", "sk-ant-api03-0123456789abcdefghij"
	dir := t.TempDir()
	put(t, dir, "db/notes.json", `[{"id":"n","summary":"new","content":"`+written+`","apiKey":"`+secret+`"},["token",{"password":"`+secret+`"}]]`)
	put(t, dir, "db/notes.backup.json", `[{"id":"n","summary":"old","llm":{"openaiKey":"`+secret+`"},"lastUpdated":"2020-01-01T00:00:00.000Z"}]`)
	put(t, dir, "db/settings.json", `{"aiSettings":{"apiKeys":{"openai":"`+secret+`"},"maxTokens":10},"ui":{"theme":"dark","x":"`+written+`"}}`)
	put(t, dir, "db/tasks.json", `[{"id":"t","title":"t"},{"id":bad,"credentials":["`+secret+`"]}`)
	put(t, dir, "db/sessions/index.json", `[{"id":"gone","name":"x","token":"`+secret+`"}]`)
	s := testdb.Open(t)
	r := importing(t, s, dir)
	if n := r.Warnings["secret-skipped"]; n < 7 {
		t.Errorf("%d secrets are told: %v", n, slices.Collect(r.Files.All()))
	}
	if strings.Contains(fmt.Sprint(r), secret) {
		t.Errorf("the report tells a secret: %v", r)
	}
	all := strings.Join(dump(t, s), "\n")
	for name, text := range quarantined(t, s) {
		all += name + text
	}
	if strings.Contains(all, secret) {
		t.Errorf("a secret is in the store:\n%s", all)
	}
	if strings.Count(all, written) == 0 || !strings.Contains(all, "maxTokens") || !strings.Contains(all, `"dark"`) {
		t.Errorf("something is lost:\n%s", all)
	}
	r, err := legacy.Verify(t.Context(), s, dir, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantVerified(t, r)
	told := map[string]bool{}
	for f := range r.Files.All() {
		for _, w := range f.Warnings {
			told[w.Code+" "+f.Path+w.Detail] = true
		}
	}
	for _, place := range []string{"notes.json/0/apiKey", "notes.backup.json/0/llm/openaiKey", "settings.json/aiSettings/apiKeys", "settings.json/ui/x"} {
		if !told["secret-skipped db/"+place] {
			t.Errorf("%s is not told: %v", place, told)
		}
	}
}
