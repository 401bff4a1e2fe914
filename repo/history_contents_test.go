package repo_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"taskstore/importexport/ledger"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// base64Of is a content as the app writes it.
func base64Of(text string) schema.Content {
	return schema.Content{Text: base64.StdEncoding.EncodeToString([]byte(text))}
}

// TestRepairKeepsContents: rows without an owner are kept with their contents, which no
// collection takes as long as the revision is there.
func TestRepairKeepsContents(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	ctx := t.Context()
	a := schema.Attachment{Head: schema.Head{ID: "a"}, File: base64Of("the only copy")}
	a.Thumbnail = schema.Content{Text: "data:text/plain,not base64"}
	fatal(t, s.Attachments.Save(ctx, &a))
	bytes := a.File.Blob
	text, _ := a.Thumbnail.Verbatim()
	testdb.Shell(t, s, fmt.Sprintf(`PRAGMA foreign_keys = OFF; UPDATE writer SET active = 1;
INSERT INTO note_attachments (note_pk, pos, id, base64_blob, base64_form) VALUES (99, 0, 'x', '%s', 'file'), (99, 1, 'y', '%s', 'verbatim:%s');
UPDATE writer SET active = 0;`, bytes, a.Thumbnail.Blob, text))
	fatal(t, s.Attachments.Purge(ctx, "a"))

	done, err := s.RepairRows(ctx, false)
	if err != nil || len(done) != 1 || done[0].Table != "note_attachments" {
		t.Fatalf("repaired %+v, %v", done, err)
	}
	gc(t, s, 0)
	if !there(t, s, bytes) || text == "" || !there(t, s, text) {
		t.Error("a collection took what a kept row needs")
	}
	if got := testdb.Shell(t, s, "SELECT count(*), count(sum), max(origin) FROM revisions"); got != "2|2|repair" {
		t.Errorf("kept rows, and with checksums: %s", got)
	}
	wantNoted(t, s)
}

// wantNoted holds what every revision says of its contents against its state.
func wantNoted(t *testing.T, s *repo.Store) {
	t.Helper()
	if rep, err := s.History.RepairRefs(t.Context(), true, nil); err != nil || rep.Added != 0 || rep.States == 0 {
		t.Errorf("contents that are not noted: %+v, %v", rep, err)
	}
}

// TestRevisionsNoteContents: whatever writes a revision notes the contents that it names.
func TestRevisionsNoteContents(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	shots := func(s *repo.Store) repo.Items[schema.Session, schema.Screenshot] { return s.Sessions.Screenshots }
	for name, write := range map[string]func(t *testing.T, s *repo.Store){
		"a save": func(t *testing.T, s *repo.Store) {
			_, err := s.Attachments.Modify(ctx, "a", func(a *schema.Attachment) error { a.File = base64Of("other"); return nil })
			fatal(t, err)
		},
		"a deletion": func(t *testing.T, s *repo.Store) { fatal(t, s.Attachments.Delete(ctx, "a")) },
		"a revert": func(t *testing.T, s *repo.Store) {
			fatal(t, s.Attachments.Delete(ctx, "a"))
			_, err := s.Attachments.Revert(ctx, "a", repo.RevName{Rev: 1})
			fatal(t, err)
		},
		"a changed item": func(t *testing.T, s *repo.Store) {
			_, err := shots(s).Update(ctx, "s", "1", func(v *schema.Screenshot) error { v.Base64 = base64Of("other"); return nil })
			fatal(t, err)
		},
		"a removed item": func(t *testing.T, s *repo.Store) { fatal(t, shots(s).Remove(ctx, "s", "1")) },
		"an item that a save drops": func(t *testing.T, s *repo.Store) {
			_, err := s.Sessions.Modify(ctx, "s", func(v *schema.Session) error { v.Screenshots = v.Screenshots[:0]; return nil }, repo.Full)
			fatal(t, err)
		},
		"an import's version": func(t *testing.T, s *repo.Store) {
			a, err := s.Attachments.Get(ctx, "a")
			fatal(t, err)
			_, err = ledger.Of(s).AddVersion(ctx, ledger.Version{Kind: "attachment", ID: "a", SHA256: "v",
				State: schema.JSON(fmt.Sprintf(`{"base64":{"_blob":%q,"_form":"file"}}`, a.File.Blob))})
			fatal(t, err)
		},
		"a repair": func(t *testing.T, s *repo.Store) {
			testdb.Shell(t, s, "UPDATE writer SET active = 1; UPDATE attachments SET name = 'flipped'; UPDATE writer SET active = 0;")
			_, err := s.RepairRows(ctx, false)
			fatal(t, err)
		},
		"an external update": func(t *testing.T, s *repo.Store) { testdb.Shell(t, s, "UPDATE attachments SET file_blob = NULL;") },
		"an external delete": func(t *testing.T, s *repo.Store) { testdb.Shell(t, s, "DELETE FROM sessions;") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testdb.Open(t)
			attach(t, s, "a", strings.Repeat("a file ", 10))
			v := schema.Session{Head: schema.Head{ID: "s"}, Name: "work", Screenshots: []schema.Screenshot{*shot("1")}}
			v.Screenshots[0].Base64 = base64Of("a screenshot")
			fatal(t, s.Sessions.Save(ctx, &v))
			write(t, s)
			wantNoted(t, s)
			if noted := testdb.Shell(t, s, "SELECT count(*) > 0 FROM revision_blobs"); noted != "1" {
				t.Error("nothing is noted")
			}
		})
	}
}

// TestSettingsNameNoContents: the value of a setting is the app's own, whatever its members are called.
func TestSettingsNameNoContents(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	v := schema.Setting{Key: "k", Value: schema.JSON(fmt.Sprintf(`{"_blob":%q}`, attach(t, s, "a", "a file")))}
	fatal(t, s.Settings.Save(t.Context(), &v))
	v.Value = "1"
	fatal(t, s.Settings.Save(t.Context(), &v))
	wantNoted(t, s)
}
