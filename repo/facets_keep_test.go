package repo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestFacetsFollow: whatever is written, by this program with triggers and without, and by
// others, records are in the facets where they belong.
func TestFacetsFollow(t *testing.T) {
	t.Parallel()
	for _, triggers := range []bool{false, true} {
		t.Run(fmt.Sprint("triggers ", triggers), func(t *testing.T) {
			s := openWith(t, triggers)
			other, err := sql.Open("sqlite", "file:"+s.Path()+"?_pragma=busy_timeout(20000)")
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			done := map[string]int{}
			rapid.Check(t, func(rt *rapid.T) {
				var log []string
				for range rapid.IntRange(1, 5).Draw(rt, "writes") {
					what, err := randomFacetWrite(rt, s, other)
					log = append(log, fmt.Sprint(what, ": ", err))
					if kind, _, _ := strings.Cut(what, " "); err == nil {
						done[kind]++
					}
				}
				wantFacetsKept(rt, s, strings.Join(log, "\n"))
			})
			for _, kind := range []string{"save", "delete", "restore", "purge", "revert", "rename", "item", "INSERT", "UPDATE", "DELETE"} {
				if done[kind] == 0 {
					t.Errorf("no %s has succeeded: %v", kind, done)
				}
			}
		})
	}
}

// wantFacetsKept holds the facets against their definition, and against what a scan of all
// records finds.
func wantFacetsKept(t rapid.TB, s *Store, log string) {
	t.Helper()
	ctx := context.Background()
	got := map[string][]string{}
	err := s.read(ctx, func(q *sqlitedb.Tx) error {
		var list []struct{ Kind, Field, Value, Row string }
		err := q.Select(ctx, &list, `SELECT f.kind || f.trash AS kind, f.field, f.value, w.owner_pk || coalesce(' ' || w.title || ' ' || coalesce(w.date, '-') || ' ' || w.saved, '') AS row
FROM facets AS f JOIN facet_rows AS w ON w.facet_pk = f.pk ORDER BY w.owner_pk`)
		for _, f := range list {
			name := strings.Join([]string{f.Kind, f.Field, f.Value}, "|")
			got[name] = append(got[name], f.Row)
		}
		return errors.Join(err, rows.CheckFacets(ctx, q, func(f rows.FacetFault) { t.Errorf("%+v after\n%s", f, log) }))
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, trash := range []bool{false, true} {
		for n, err := range s.Notes.All(ctx, Query{Trash: trash}) {
			if err != nil {
				t.Fatal(err)
			}
			tags, links := scanLists(t, s, "note", n.PK)
			scanFacets(want, "note", &n.Head, n.Content, n.Timestamp, string(n.Status), tags, links)
		}
		for v, err := range s.Tasks.All(ctx, Query{Trash: trash}) {
			if err != nil {
				t.Fatal(err)
			}
			tags, links := scanLists(t, s, "task", v.PK)
			scanFacets(want, "task", &v.Head, v.Title, v.CreatedAt, string(v.Status), tags, links)
		}
	}
	maps.DeleteFunc(got, func(name string, _ []string) bool { return strings.HasPrefix(name, "session") })
	for _, list := range []map[string][]string{got, want} {
		for _, pks := range list {
			slices.Sort(pks)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-scan +facets)\n%s\nafter\n%s", diff, log)
	}
}

// scanLists reads the tags and links of a record from their tables: those that another tool
// has left without an owner, and that a record of the same key has got, are not in its value.
func scanLists(t rapid.TB, s *Store, kind string, pk int64) (tags []string, links []schema.Link) {
	t.Helper()
	ctx := context.Background()
	err := s.read(ctx, func(q *sqlitedb.Tx) error {
		return errors.Join(q.Select(ctx, &tags, "SELECT tag FROM "+kind+"_tags WHERE "+kind+"_pk = ?", pk),
			q.Select(ctx, &links, "SELECT kind, id FROM "+kind+"_links WHERE "+kind+"_pk = ?", pk))
	})
	if err != nil {
		t.Fatal(err)
	}
	return tags, links
}

func scanFacets(into map[string][]string, kind string, h *schema.Head, title string, date schema.Time, status string, tags []string, links []schema.Link) {
	trash := map[bool]string{false: "0", true: "1"}[h.TrashedAt != ""]
	at := string(date)
	if at == "" {
		at = "-"
	}
	add := func(field, value string, listed bool) {
		name := strings.Join([]string{kind + trash, field, value}, "|")
		row := fmt.Sprint(h.PK)
		if listed {
			row += " " + title + " " + at + " " + string(h.SavedAt)
		}
		if !slices.Contains(into[name], row) {
			into[name] = append(into[name], row)
		}
	}
	add("all", "", trash == "1")
	if date != "" {
		add("hour", string(date)[:13], false)
	}
	add("status", status, true)
	for _, tag := range tags {
		add("tag", tag, true)
	}
	for _, l := range links {
		if l.Kind != "" && l.ID != "" {
			add("link "+l.Kind, l.ID, true)
		}
	}
}

var facetTags = []string{"red", "green", "blue", "red"}

// randomFacetWrite writes something and tells what.
func randomFacetWrite(t *rapid.T, s *Store, other *sql.DB) (string, error) {
	ctx := context.Background()
	id := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "id")
	tags := rapid.SliceOfN(rapid.SampledFrom(facetTags), 0, 3).Draw(t, "tags")
	var links []schema.Link
	for _, to := range rapid.SliceOfN(rapid.SampledFrom([]string{"x", "y"}), 0, 3).Draw(t, "links") {
		links = append(links, schema.Link{Kind: rapid.SampledFrom([]string{"topic", "task"}).Draw(t, "kind"), ID: to})
	}
	text := rapid.SampledFrom([]string{"one", "two"}).Draw(t, "text")
	switch rapid.IntRange(0, 11).Draw(t, "write") {
	case 0, 1:
		return "save note " + id, s.Update(ctx, func(ctx context.Context, tx *Tx) error {
			n, err := tx.Notes.Get(ctx, id)
			if err != nil {
				n = schema.Note{Head: schema.Head{ID: id}}
			}
			n.Content, n.Tags, n.Links = text, tags, links
			return tx.Notes.Save(ctx, &n)
		})
	case 2:
		v := &schema.Task{Head: schema.Head{ID: id}, Title: text, Status: rapid.SampledFrom([]string{"todo", "done"}).Draw(t, "status"), Tags: tags, Links: links}
		return "save task " + id, s.Tasks.Save(ctx, v)
	case 3:
		return "delete " + id, s.Notes.Delete(ctx, id)
	case 4:
		return "restore " + id, s.Notes.Restore(ctx, id)
	case 5:
		return "purge " + id, errors.Join(s.Notes.Purge(ctx, id), s.Tasks.Purge(ctx, id))
	case 6:
		n, err := s.Notes.Get(ctx, id)
		if err == nil {
			_, err = s.Notes.Revert(ctx, id, RevName{Rev: n.Rev - 1})
		}
		return "revert " + id, err
	case 7:
		_, err := s.RenameTags(ctx, []string{facetTags[0]}, facetTags[1], false)
		return "rename red", err
	case 8:
		_ = s.Sessions.Save(ctx, &schema.Session{Head: schema.Head{ID: id}, Name: text, Tags: tags})
		return "item " + id, s.Sessions.Screenshots.Add(ctx, id, &schema.Screenshot{})
	}
	return foreignFacetWrite(t, s, other, id)
}

// foreignFacetWrite writes as another program does.
func foreignFacetWrite(t *rapid.T, s *Store, other *sql.DB, id string) (string, error) {
	pk := rapid.IntRange(1, 5).Draw(t, "pk")
	tag, pos := rapid.SampledFrom(facetTags).Draw(t, "tag"), rapid.IntRange(0, 2).Draw(t, "pos")
	text := rapid.SampledFrom([]string{
		fmt.Sprintf("UPDATE notes SET content = 'three' WHERE id = '%s'", id),
		fmt.Sprintf("UPDATE notes SET trashed_at = CASE WHEN trashed_at IS NULL THEN '2026-11-01T00:00:00.000Z' END WHERE id = '%s'", id),
		fmt.Sprintf("UPDATE notes SET status = 'draft', timestamp = '2026-11-0%dT10:00:00.000Z' WHERE pk < %d", pk, pk),
		fmt.Sprintf("UPDATE tasks SET created_at = NULL, title = 'four' WHERE id = '%s'", id),
		fmt.Sprintf("UPDATE notes SET pk = pk + 100 WHERE id = '%s'", id),
		fmt.Sprintf("DELETE FROM notes WHERE id = '%s'", id),
		fmt.Sprintf("DELETE FROM notes WHERE pk < %d", pk),
		fmt.Sprintf("INSERT INTO notes (id, content) VALUES ('%s', 'five')", id),
		fmt.Sprintf("INSERT OR IGNORE INTO notes (id, content) VALUES ('%s', 'six')", id),
		fmt.Sprintf("INSERT OR REPLACE INTO notes (id, content) VALUES ('%s', 'seven')", id),
		fmt.Sprintf("INSERT OR REPLACE INTO notes (pk, id, content) VALUES (%d, '%s', 'eight')", pk, id),
		fmt.Sprintf("INSERT INTO notes (id, content) VALUES ('%s', 'nine') ON CONFLICT (id) DO UPDATE SET content = 'ten'", id),
		fmt.Sprintf("INSERT OR REPLACE INTO note_tags (note_pk, pos, tag) SELECT pk, %d, '%s' FROM notes WHERE id = '%s'", pos, tag, id),
		fmt.Sprintf("INSERT INTO task_tags (task_pk, pos, tag) SELECT pk, %d, '%s' FROM tasks", pos+3, tag),
		fmt.Sprintf("UPDATE note_tags SET tag = '%s' WHERE pos = %d", tag, pos),
		fmt.Sprintf("UPDATE OR REPLACE note_tags SET note_pk = (SELECT max(pk) FROM notes) WHERE pos = %d AND EXISTS (SELECT 1 FROM notes)", pos),
		fmt.Sprintf("DELETE FROM note_tags WHERE tag = '%s'", tag),
		fmt.Sprintf("INSERT OR REPLACE INTO note_links (note_pk, pos, kind, id) SELECT pk, %d, 'topic', 'z' FROM notes WHERE id = '%s'", pos, id),
		"UPDATE note_links SET kind = ''",
		fmt.Sprintf("DELETE FROM note_links WHERE pos = %d", pos),
	}).Draw(t, "statement")
	pragmas := fmt.Sprintf("PRAGMA recursive_triggers = %t; PRAGMA foreign_keys = %t; ", rapid.Bool().Draw(t, "recursive"), rapid.Bool().Draw(t, "keys"))
	if rapid.IntRange(0, 3).Draw(t, "shell") > 0 {
		_, err := other.Exec(pragmas + text)
		return text + " -- " + pragmas, err
	}
	out, err := exec.Command("sqlite3", "-batch", "-bail", "-cmd", ".timeout 20000", s.Path(), pragmas+text).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("there is no sqlite3 in PATH")
	}
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return text + " -- shell, " + pragmas, err
}
