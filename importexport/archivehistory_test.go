package importexport_test

import (
	"fmt"
	"strings"
	"testing"

	"taskstore/importexport"
	"taskstore/importexport/ledger"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// withStates saves three states of an attachment and of a note under each id, every
// state of an attachment with a content of its own.
func withStates(t *testing.T, s *repo.Store, who, day string, ids ...string) {
	t.Helper()
	ctx := t.Context()
	for _, id := range ids {
		note := &schema.Note{Head: schema.Head{ID: id}, Timestamp: "2026-11-01T10:00:00.000Z"}
		file := &schema.Attachment{Head: schema.Head{ID: id}, FileInfo: schema.FileInfo{CreatedAt: schema.Time("2026-11-" + day + "T10:00:00.000Z")}}
		for n := range 3 {
			note.Content = fmt.Sprint(who, " ", id, " ", n)
			note.LastUpdated = schema.Time(fmt.Sprintf("2026-11-%sT10:00:0%d.000Z", day, n))
			fatal(t, s.Notes.Save(ctx, note))
			info, err := s.Contents.Put(ctx, strings.NewReader(note.Content), "")
			fatal(t, err)
			file.File = schema.Content{Blob: info.SHA256, Form: schema.FormFile}
			fatal(t, s.Attachments.Save(ctx, file))
		}
	}
}

// statesOf tells of every revision of an id which content it names and which are noted.
func statesOf(t *testing.T, s *repo.Store, id string) string {
	t.Helper()
	return testdb.Shell(t, s, `SELECT r.kind, r.id, r.rev, r.change, r.at, r.body, r.sum,
    (SELECT group_concat(sha256) FROM revision_blobs WHERE revision_pk = r.pk)
FROM revisions AS r WHERE r.id = '`+id+`' AND r.source = '' ORDER BY r.kind, r.rev;`)
}

// TestArchiveHistoryBesideConflicts: the history of the records that an archive brings
// comes in whole, with its contents, however many states the same import writes of the
// records that it replaces; and the result says how many states came and how many did not.
func TestArchiveHistoryBesideConflicts(t *testing.T) {
	theirs := testdb.Open(t)
	withStates(t, theirs, "theirs", "05", "a", "b", "both1", "both2", "c")
	file := archiveOf(t, theirs)
	for _, way := range importexport.Conflicts()[1:] {
		t.Run(string(way), func(t *testing.T) {
			s := testdb.Open(t)
			withStates(t, s, "mine", "01", "both1", "both2")
			before := [2]string{statesOf(t, s, "both1"), statesOf(t, s, "both2")}
			res, err := importexport.Import(t.Context(), s, file, importexport.ImportOptions{OnConflict: way})
			fatal(t, err)
			if res.History != 12 || res.HistoryLeft != 8 {
				t.Errorf("the result says that %d states came and %d did not, want 12 and 8", res.History, res.HistoryLeft)
			}
			for _, id := range []string{"a", "b", "c"} {
				wantSame(t, statesOf(t, s, id), statesOf(t, theirs, id))
			}
			for i, id := range []string{"both1", "both2"} {
				for _, line := range strings.Split(strings.TrimSpace(before[i]), "\n") {
					if !strings.Contains(statesOf(t, s, id), line) {
						t.Errorf("the store's own state is changed or gone: %s", line)
					}
				}
			}
			if rep, err := s.History.RepairRefs(t.Context(), true, nil); err != nil || rep.Added != 0 {
				t.Errorf("%+v, %v", rep, err)
			}
			if odd := strings.TrimSpace(testdb.Shell(t, s, `SELECT r.kind, r.id, r.rev, b.sha256 FROM revision_blobs AS b
JOIN revisions AS r ON r.pk = b.revision_pk WHERE instr(r.body, b.sha256) = 0;`)); odd != "" {
				t.Errorf("contents are noted with states that do not name them: %s", odd)
			}
		})
	}
}

// TestArchiveOddHistory: what is odd in a history comes as it is, and once: a damaged state
// stays damaged, a state without an id comes once though the archive comes twice, a content
// that a state needs without naming it stays with the state, and a record that was purged and
// made again has its tombstone and goes on with its revisions.
func TestArchiveOddHistory(t *testing.T) {
	ctx := t.Context()
	theirs := testdb.Open(t)
	withStates(t, theirs, "theirs", "05", "a")
	again := &schema.Note{Head: schema.Head{ID: "again"}, Content: "first"}
	fatal(t, theirs.Notes.Save(ctx, again))
	fatal(t, theirs.Notes.Purge(ctx, "again"))
	fatal(t, theirs.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: "again"}, Content: "second"}))
	beside, err := theirs.Contents.Put(ctx, strings.NewReader("needed and not named"), "")
	fatal(t, err)
	_, err = ledger.Of(theirs).AddVersion(ctx, ledger.Version{Kind: "note", ID: "a", SHA256: "v", State: `{"id":"a"}`, Blobs: []string{beside.SHA256}})
	fatal(t, err)
	testdb.Shell(t, theirs, `INSERT INTO revisions (kind, id, rev, change, origin, at, encoding, body, part)
VALUES ('note', NULL, 0, 'delete', 'foreign', '2026-11-01T10:00:00.000Z', 'row', '{"tag":"t","pos":0,"note_pk":1}', 'note_tags');
UPDATE revisions SET body = replace(body, 'theirs', 'others') WHERE kind = 'note' AND rev = 1 AND id = 'a';`)
	damaged := revisionsOf(t, theirs)
	file := archiveOf(t, theirs)
	testdb.Shell(t, theirs, `UPDATE revisions SET body = replace(body, 'others', 'theirs') WHERE kind = 'note' AND rev = 1 AND id = 'a';`)

	s := testdb.Open(t)
	withStates(t, s, "mine", "01", "own")
	own := revisionsOf(t, s)
	for range 2 {
		_, err := importexport.Import(ctx, s, file, importexport.ImportOptions{OnConflict: importexport.ConflictReplace})
		fatal(t, err)
		wantSame(t, revisionsOf(t, s), own+"\n"+damaged)
	}
	past, err := s.Notes.History(ctx, "a")
	fatal(t, err)
	n := 0
	for _, r := range past {
		if r.Damaged {
			n++
		}
	}
	if n != 1 || len(past) != 3 {
		t.Errorf("%d of %d states are damaged, want 1 of 3", n, len(past))
	}
	if list, err := s.Contents.Refs(ctx, beside.SHA256); err != nil || len(list) != 1 || list[0].ID != "a" {
		t.Errorf("%+v, %v", list, err)
	}
	if got, want := tombstonesOf(t, s), tombstonesOf(t, theirs); got != want || want == "" {
		t.Errorf("the tombstones are %q, want %q", got, want)
	}
	testdb.Shell(t, s, `UPDATE revisions SET body = replace(body, 'others', 'theirs') WHERE kind = 'note' AND rev = 1 AND id = 'a';`)
}

func revisionsOf(t *testing.T, s *repo.Store) string {
	t.Helper()
	return testdb.Shell(t, s, "SELECT kind, id, rev, part, change, origin, at, source, sha256, encoding, body FROM revisions ORDER BY pk;")
}

func tombstonesOf(t *testing.T, s *repo.Store) string {
	t.Helper()
	return testdb.Shell(t, s, "SELECT * FROM tombstones ORDER BY kind, id;")
}
