package merge

import (
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/record"
)

// TestPartsAndLinks: a part of a record is a version only, however new it is; links
// that older transactions wrote are added, other members of theirs are not.
func TestPartsAndLinks(t *testing.T) {
	t.Parallel()
	part := one("sessions", "db/sessions/s/summary.backup.json", record.RankBackup, 90, `{"id":"s","summary":{"a":1},"extra":1}`)
	part[0].Part, part[0].Updated = true, 1900000000000
	link := one("tasks", "db/wal.log", record.RankBackup, 10, `{"id":"a","dueDate":"x","relationships":[{"id":"r2"}]}`)
	link[0].Spread = true
	c := content{candidates: append(append(part, link...),
		append(one("sessions", "db/sessions/s/metadata.json", record.RankChunked, 50, `{"id":"s","name":"n"}`),
			one("tasks", "db/tasks.json", record.RankCollection, 50, `{"id":"a","relationships":[{"id":"r1"}]}`)...)...)}
	out := mergeAll(t, staged(t, c), nil)
	if m := out["sessions/s"]; string(m.Raw) != `{"id":"s","name":"n"}` || len(m.Versions) != 1 || !m.Versions[0].Part {
		t.Errorf("%s, %d versions", m.Raw, len(m.Versions))
	}
	if raw := string(out["tasks/a"].Raw); !strings.Contains(raw, "r1") || !strings.Contains(raw, "r2") || strings.Contains(raw, "dueDate") {
		t.Error(raw)
	}
}

// TestVersionsWithoutSecrets: a state that lost is kept without the secrets in it.
func TestVersionsWithoutSecrets(t *testing.T) {
	t.Parallel()
	const hidden = "hunter2-hidden"
	out, _ := imported(t, sourcetest.Tree(t, map[string]string{
		"db/tasks.json":        `[{"id":"t","title":"new","apiKey":"` + hidden + `"}]`,
		"db/tasks.backup.json": `[{"id":"t","title":"old","apiKey":"` + hidden + `","updatedAt":"2020-01-01T00:00:00Z"}]`}), nil)
	if text := string(out["tasks/t"].Raw) + strings.Join(out.versions(t, "tasks/t"), ""); strings.Contains(text, hidden) || !strings.Contains(text, "old") || !strings.Contains(text, "new") {
		t.Error(text)
	}
}
