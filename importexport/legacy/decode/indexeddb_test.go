package decode

import (
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"

	"github.com/google/go-cmp/cmp"
)

// TestDatabase reads dumps of the IndexedDB: a list of records, or both stores.
func TestDatabase(t *testing.T) {
	t.Parallel()
	notes := `{"name":"notes","data":` + sourcetest.Quoted(sourcetest.Zipped(`[{"id":"n"}]`)) + `,"timestamp":1761600000000}`
	tasks := `{"name":"tasks","data":"[{\"id\":\"t\"}]","timestamp":1761600000000}`
	settings := `{"timestamp":1761600000000,"name":"settings","data":{"ui":{}}}`
	secret := `{"name":"openai-api-key","data":"sk-1","timestamp":1}`
	three := "[" + strings.Join([]string{notes, tasks, settings, secret}, ",") + "]"
	backups := `[{"id":"backup-1761500000000","timestamp":1761500000000,"collections":{"notes":[{"id":"old"}],"settings":"{\"ui\":1}","tasks":` + tasks + `}},` +
		`{"id":"b2","timestamp":1761500000001,"data":` + sourcetest.Quoted(sourcetest.Zipped(`{"notes":[{"id":"older"}]}`)) + `},{"id":"b3","timestamp":"2025-10-01T00:00:00.000Z","topics":[{"id":"p"}],"claude-api-key":"sk-2"}]`
	live := map[string]string{"notes/n export": `{"id":"n"}`, "tasks/t export": `{"id":"t"}`, "settings/settings export": `{"ui":{}}`}
	both := with(live, "notes/old bundle", `{"id":"old"}`, "settings/settings bundle", `{"ui":1}`, "tasks/t bundle", `{"id":"t"}`,
		"notes/older bundle", `{"id":"older"}`, "topics/p bundle", `{"id":"p"}`)
	for name, tc := range map[string]struct {
		text, status, codes string
		want                map[string]string
	}{
		"records":        {text: three, want: live, codes: "secret-skipped"},
		"both stores":    {text: `{"collections":` + three + `,"backups":` + backups + `}`, want: both, codes: "secret-skipped secret-skipped"},
		"under the name": {text: `{"taskerino-db":{"backups":` + backups + `,"collections":` + three + `},"version":1}`, want: both, codes: "secret-skipped secret-skipped"},
		"by key":         {text: `{"collections":{"notes":` + notes + `,"settings":` + settings + `}}`, want: map[string]string{"notes/n bundle": `{"id":"n"}`, "settings/settings bundle": `{"ui":{}}`}},
		"stores":         {text: `{"name":"taskerino-db","version":1,"stores":{"collections":` + three + `,"backups":` + backups + `}}`, want: both, codes: "secret-skipped secret-skipped"},
		"a list of stores": {text: `{"database":"taskerino-db","version":1,"objectStores":[{"name":"collections","keyPath":"name","records":` + three + `},{"name":"backups","keyPath":"id","values":` + backups + `}]}`,
			want: both, codes: "secret-skipped secret-skipped"},
		"a list of databases": {text: `[{"name":"taskerino-db","version":1,"stores":[{"name":"collections","data":` + three + `},{"name":"other","data":[1]}]}]`,
			want: with(live, "other/other export", "[1]"), codes: "secret-skipped unknown-collection"},
		"Dexie": {text: `{"formatName":"dexie","formatVersion":1,"data":{"databaseName":"taskerino-db","databaseVersion":0.1,"tables":[{"name":"backups","schema":"id","rowCount":3},{"name":"collections","schema":"name","rowCount":4}],` +
			`"data":[{"tableName":"backups","inbound":true,"rows":` + backups + `},{"tableName":"collections","inbound":true,"rows":` + three + `}]}}`, want: both, codes: "secret-skipped secret-skipped"},
		"Dexie, keys apart": {text: `{"formatName":"dexie","formatVersion":1,"data":{"databaseName":"taskerino-db","databaseVersion":0.1,"tables":[{"name":"collections","schema":"","rowCount":2}],` +
			`"data":[{"tableName":"collections","inbound":false,"rows":[["notes",` + notes + `],["tasks",` + tasks + `],["x"]]}]}}`,
			want: map[string]string{"notes/n export": `{"id":"n"}`, "tasks/t export": `{"id":"t"}`}, codes: "stray-element"},
		"keys and values": {text: `[{"key":"notes","value":` + notes + `},{"key":"tasks","value":` + tasks + `}]`, want: map[string]string{"notes/n export": `{"id":"n"}`, "tasks/t export": `{"id":"t"}`}},
		"pairs":           {text: `[["notes",` + notes + `],["tasks",` + tasks + `]]`, want: map[string]string{"notes/n export": `{"id":"n"}`, "tasks/t export": `{"id":"t"}`}},
		"both stores by key": {text: `{"collections":{"notes":` + notes + `,"tasks":` + tasks + `,"settings":{"ui":{}}},"backups":{"b":{"timestamp":1761500000000,"collections":{"notes":[{"id":"old"}]}}}}`,
			want: map[string]string{"notes/n export": `{"id":"n"}`, "tasks/t export": `{"id":"t"}`, "settings/settings export": `{"ui":{}}`, "notes/old bundle": `{"id":"old"}`}},
		"something else":     {text: `[` + notes + `,5,{"a":1,"apiKey":"sk-1"}]`, want: map[string]string{"notes/n export": `{"id":"n"}`}, codes: "stray-element secret-skipped stray-element"},
		"another store":      {text: `{"collections":[],"more":[1]}`, want: map[string]string{"other/more export": "[1]"}, codes: "unknown-collection"},
		"damage in a record": {text: `[` + strings.Replace(notes, "H4sI", "H4sJ", 1) + `,` + tasks + `]`, status: record.StatusPartial, want: map[string]string{"tasks/t export": `{"id":"t"}`}, codes: "gzip-error"},
		"cut": {text: `[` + tasks + `,{"name":"notes","data":[{"id":"a"},{"id":"b`, status: record.StatusPartial, codes: "truncated",
			want: map[string]string{"tasks/t export": `{"id":"t"}`, "notes/a export": `{"id":"a"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			r := scanned(t, sourcetest.Tree(t, map[string]string{"dump.json": tc.text})+"/dump.json")
			if d := cmp.Diff(tc.want, sourcetest.Given(r)); d != "" {
				t.Error(d)
			}
			if tc.status == "" {
				tc.status = record.StatusOK
			}
			if f := r.Files["dump.json"]; f.Status != tc.status || r.Codes("dump.json") != tc.codes {
				t.Errorf("%s %v", f.Status, f.Warnings)
			}
			for _, c := range r.Candidates {
				if c.ID == "t" && c.Damaged && tc.codes != "truncated" {
					t.Error("the damage of one record is that of the next")
				}
				if c.ID == "t" && c.Rank == record.RankExport && c.Time != 1761600000000 || c.ID == "p" && c.Time != 1759276800000 {
					t.Errorf("%s of %d at %s", c.ID, c.Time, c.Pointer)
				}
			}
			for _, s := range r.Strays {
				if strings.Contains(string(s.Raw), "sk-") {
					t.Errorf("a secret is set aside: %s", s.Raw)
				}
			}
		})
	}
}

// TestSniff: single files are told by what is in them, whatever they are called.
func TestSniff(t *testing.T) {
	t.Parallel()
	const session, task, note = `{"id":"s","startTime":"2025-01-01T00:00:00.000Z"}`, `{"id":"t","title":"x","done":false}`, `{"id":"n","content":"c","summary":"s"}`
	state := `{"notes":[` + note + `],"aiSettings":{}}`
	for name, tc := range map[string]struct{ file, text, want string }{
		"a renamed list":               {"old (1).json", "[" + task + "]", "tasks/t export"},
		"a renamed list in a wrapper":  {"x.json", sourcetest.Wrapped("", sourcetest.Quoted(sourcetest.Zipped("["+note+"]"))), "notes/n export"},
		"a list in a minimal wrapper":  {"x.json", `{"version":1,"data":[` + note + `]}`, "notes/n export"},
		"sessions and metadata":        {"rescue.json", `{"sessions":[` + session + `],"metadata":{"a":1}}`, "sessions/s export, other/metadata export"},
		"one collection":               {"x.json", `{"tasks":[` + task + `]}`, "tasks/t export"},
		"a state written as a text":    {"x.json", sourcetest.Quoted(state), "notes/n state, settings/settings state"},
		"a compressed state":           {"x.json", sourcetest.Quoted(sourcetest.Zipped(state)), "notes/n state, settings/settings state"},
		"the file of a task":           {"task-t.json", task, "tasks/t export"},
		"the file of a topic":          {"topic-p.json", `{"id":"p","name":"x"}`, "topics/p export"},
		"the file of a company":        {"companie-1.json", `{"id":"1","name":"x","profile":{}}`, "companies/1 export"},
		"a contact by its id":          {"x.json", `{"id":"contact_1_a","name":"x"}`, "contacts/contact_1_a export"},
		"a list spread into a task":    {"task-t.json", `{"0":` + task + `,"id":"t"}`, "tasks/t export"},
		"settings":                     {"mine.json", `{"ui":{},"userProfile":{"name":"A"}}`, "settings/settings export"},
		"a description":                {"a.meta.json", `{"id":"a","name":"x","mimeType":"image/png","size":3}`, "attachments/a collection"},
		"a log":                        {"wal.log", `{"id":"1","timestamp":5,"operation":"write","collection":"tasks","data":[` + task + `]}`, "tasks/t wal"},
		"another ending":               {"saved.txt", state, "notes/n state, settings/settings state"},
		"a backup beside a collection": {"sessions.1761600000000.backup.json", "[" + session + "]", "sessions/s backup"},
	} {
		t.Run(name, func(t *testing.T) {
			r := scanned(t, sourcetest.Tree(t, map[string]string{tc.file: tc.text})+"/"+tc.file)
			var got []string
			for _, c := range r.Candidates {
				got = append(got, c.Collection+"/"+c.ID+" "+c.Rank.String())
			}
			if s := strings.Join(got, ", "); s != tc.want {
				t.Errorf("%s, want %s; %v", s, tc.want, r.Files[tc.file])
			}
		})
	}
	for name, text := range map[string]string{"package.json": `{"name":"x","version":"1"}`, "a.json": `[1,2]`, "b.json": `"text"`, "c.json": `[{"id":1}]`, "d.json": `{"version":1,"data":5}`,
		"e.json": `{"formatName":"dexie","formatVersion":1,"data":{"databaseName":"mine","tables":[]}}`, "f.json": `{"localStorage":{"theme":"dark"}}`,
		"g.json": `[["theme","dark"]]`, "h.json": `[{"key":"theme","value":"dark"}]`, "i.json": `{"tables":[{"a":1}]}`} {
		if _, err := source.Open(t.Context(), sourcetest.Tree(t, map[string]string{name: text})+"/"+name, source.Options{}); err == nil {
			t.Errorf("%s %s is taken for the application's", name, text)
		}
	}
}
