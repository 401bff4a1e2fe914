package repo

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/contents"
	"taskstore/repo/search"
	"taskstore/schema"
)

// TestOwnWritesWithTriggers: what this program writes is the same whether the triggers for
// other programs' writes are on or off, so nothing counts on them or is done twice.
func TestOwnWritesWithTriggers(t *testing.T) {
	t.Parallel()
	var dumps [2]map[string][]string
	for i, triggers := range []bool{false, true} {
		s := openWith(t, triggers)
		ownWrites(t.Context(), t, s)
		dumps[i] = dumpTables(t.Context(), t, s)
	}
	if len(dumps[0]["revisions"]) < 5 || len(dumps[0]["tombstones"]) == 0 || len(dumps[0]["revision_blobs"]) == 0 {
		t.Fatalf("%d revisions, %d tombstones, %d contents of revisions", len(dumps[0]["revisions"]), len(dumps[0]["tombstones"]), len(dumps[0]["revision_blobs"]))
	}
	for i := range dumps { // every store has a name of its own
		dumps[i]["store"] = slices.DeleteFunc(dumps[i]["store"], func(row string) bool { return strings.HasPrefix(row, `["log"`) })
	}
	for _, table := range slices.Sorted(maps.Keys(dumps[0])) {
		if off, on := dumps[0][table], dumps[1][table]; !slices.Equal(off, on) {
			t.Errorf("%s without triggers:\n%s\nwith:\n%s", table, strings.Join(off, "\n"), strings.Join(on, "\n"))
		}
	}
}

// openWith opens a store with a clock that goes on a second at each look, with triggers
// on its writing connection or without.
func openWith(t *testing.T, triggers bool) *Store {
	t.Helper()
	now := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	s, err := Open(t.Context(), t.TempDir(), Options{Now: func() time.Time { now = now.Add(time.Second); return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.db.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.db, err = sqlitedb.Open(t.Context(), s.Path(), sqlitedb.Options{Triggers: triggers, Hooks: search.Hooks(s.opt.Log)}); err != nil {
		t.Fatal(err)
	}
	s.Index = Index{search.New(s.db, false), s}
	s.Contents = Contents{contents.New(s.db, s.blobs, s.Backups(), s.dir, false, s.opt.Now), s}
	return s
}

// ownWrites changes records in all the ways that there are.
func ownWrites(ctx context.Context, t *testing.T, s *Store) {
	t.Helper()
	fail := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	note := &schema.Note{Head: schema.Head{ID: "n"}, Content: "first", Tags: []string{"a", "b"},
		Attachments: []schema.InlineAttachment{{Item: schema.Item{ID: "p"}, FileInfo: schema.FileInfo{Name: "p.png", Base64: schema.Content{Text: "aGVsbG8gd29ybGQ="}}}}}
	fail(s.Notes.Save(ctx, note))
	note.Content, note.Tags, note.Attachments = "second", []string{"b"}, nil
	note.Links = []schema.Link{{Member: "topicIds", Kind: "topic", ID: "topic-1"}} // other links get an id of chance
	fail(s.Notes.Save(ctx, note))
	session := &schema.Session{Head: schema.Head{ID: "s"}, Name: "S", Status: "completed", Summary: schema.Document(`{"narrative":"x"}`),
		Screenshots: []schema.Screenshot{{Item: schema.Item{ID: "x"}}, {Item: schema.Item{ID: "y"}}}}
	fail(s.Sessions.Save(ctx, session))
	fail(s.Sessions.Screenshots.Add(ctx, "s", &schema.Screenshot{Item: schema.Item{ID: "z"}}))
	_, err := s.Sessions.Screenshots.Update(ctx, "s", "x", func(v *schema.Screenshot) error { v.UserComment = "seen"; return nil })
	fail(err)
	fail(s.Sessions.Screenshots.Remove(ctx, "s", "y"))
	_, err = s.Sessions.Lock(ctx, "s", "somebody", time.Hour)
	fail(err)
	for i := range 3 {
		fail(s.Tasks.Save(ctx, &schema.Task{Head: schema.Head{ID: fmt.Sprint("t", i)}, Title: "T", Tags: []string{"b"}}))
	}
	fail(s.Tasks.Delete(ctx, "t0", "t1"))
	fail(s.Tasks.Restore(ctx, "t1"))
	fail(s.Tasks.Purge(ctx, "t0"))
	_, err = s.RenameTags(ctx, []string{"b"}, "c", false)
	fail(err)
	setting := &schema.Setting{Key: "k", Value: `1`}
	fail(s.Settings.Save(ctx, setting))
	setting.Value = `2`
	fail(s.Settings.Save(ctx, setting))
	fail(s.Settings.Delete(ctx, "k"))
	_, err = s.Contents.Put(ctx, bytes.NewReader([]byte("a content that nothing needs")), "text/plain")
	fail(err)
	_, err = s.Contents.Collect(ctx, contents.CollectOptions{})
	fail(err)
}

// dumpTables gives the rows of all tables of the store as text.
func dumpTables(ctx context.Context, t *testing.T, s *Store) map[string][]string {
	t.Helper()
	dump := map[string][]string{}
	err := s.read(ctx, func(q *sqlitedb.Tx) error {
		var tables []string
		if err := q.Select(ctx, &tables, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search%' AND name NOT IN ('schema_files', 'goose_db_version')"); err != nil {
			return err
		}
		for _, table := range tables {
			found, err := q.Query(ctx, "SELECT * FROM "+table)
			if err != nil {
				return err
			}
			for found.Next() {
				row, err := found.SliceScan()
				if err != nil {
					return err
				}
				dump[table] = append(dump[table], fmt.Sprintf("%q", row))
			}
			if err := found.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dump
}
