package repo_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/blobs"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/repo/contents"
	"taskstore/schema"

	"github.com/google/go-cmp/cmp"
)

// fileOf is where a content stands.
func fileOf(t testing.TB, s *repo.Store, sha string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(globSafe(s.Dir()), "blobs", sha[:2], sha+"*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("files of %s: %v, %v", sha, found, err)
	}
	return found[0]
}

func globSafe(dir string) string {
	return strings.NewReplacer("[", `\[`, "*", `\*`, "?", `\?`).Replace(dir)
}

// spoil changes a file behind the store's back.
func spoil(t testing.TB, path string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	fatal(t, err)
	fatal(t, os.Remove(path))
	if b = change(b); b != nil {
		fatal(t, os.WriteFile(path, b, 0o444))
	}
}

func flip(b []byte) []byte { b[len(b)/2] ^= 1; return b }

// spoiledStore is a store with a flipped, a truncated and a missing content, one that
// is whole, and a foreign file.
func spoiledStore(t *testing.T, s *repo.Store) map[string]string {
	t.Helper()
	texts := map[string]string{"flipped": strings.Repeat("a text that is long enough to be compressed ", 50), "truncated": "t", "missing": "m", "whole": "w"}
	sums := map[string]string{}
	for name, text := range texts {
		sums[name] = attach(t, s, name, text)
	}
	spoil(t, fileOf(t, s, sums["flipped"]), flip)
	spoil(t, fileOf(t, s, sums["truncated"]), func([]byte) []byte { return []byte{} })
	spoil(t, fileOf(t, s, sums["missing"]), func([]byte) []byte { return nil })
	fatal(t, os.WriteFile(filepath.Join(s.Dir(), "blobs", "list.txt"), nil, 0o644))
	return sums
}

func scrubbed(t *testing.T, s *repo.Store, opt contents.ScrubOptions) contents.ScrubReport {
	t.Helper()
	rep, err := s.Contents.Scrub(t.Context(), opt)
	fatal(t, err)
	return rep
}

// problemsOf gives the problems by the id of the owner.
func problemsOf(rep contents.ScrubReport) map[string]string {
	found := map[string]string{}
	for _, p := range rep.Problems {
		found[p.ID] = p.Problem
	}
	return found
}

// TestScrub: what is wrong is found, named, remembered, shown by a quick check, and
// healed where somebody has it; nothing else is affected.
func TestScrub(t *testing.T) {
	for name, source := range map[string]func(t *testing.T, from *repo.Store) string{
		"a directory of blobs": func(t *testing.T, from *repo.Store) string { return filepath.Join(from.Dir(), "blobs") },
		"a store":              func(t *testing.T, from *repo.Store) string { return from.Dir() },
		"loose files": func(t *testing.T, from *repo.Store) string {
			dir := t.TempDir()
			fatal(t, os.MkdirAll(filepath.Join(dir, "deep", "down"), 0o755))
			for c, err := range from.Contents.All(t.Context(), "") {
				fatal(t, err)
				text, err := from.Contents.Text(t.Context(), schema.Content{Blob: c.SHA256, Form: schema.FormRaw})
				fatal(t, err)
				fatal(t, os.WriteFile(filepath.Join(dir, "deep", "down", "picture "+c.SHA256[:3]+".png"), []byte(text), 0o644))
			}
			return dir
		},
	} {
		t.Run(name, func(t *testing.T) {
			backup, s := testdb.Open(t), testdb.Open(t)
			sums := spoiledStore(t, s)
			for _, text := range []string{strings.Repeat("a text that is long enough to be compressed ", 50), "t", "m"} {
				attach(t, backup, text[:1], text)
			}
			rep := scrubbed(t, s, contents.ScrubOptions{})
			want := map[string]string{"flipped": contents.ContentDamaged, "truncated": contents.ContentDamaged, "missing": contents.ContentMissing}
			if diff := cmp.Diff(want, problemsOf(rep)); diff != "" || rep.Checked != 4 || !slices.Equal(rep.Foreign, []string{"list.txt"}) {
				t.Errorf("%+v\n%s", rep, diff)
			}
			wantRemembered(t, s, 3)
			healed := scrubbed(t, s, contents.ScrubOptions{HealFrom: []string{t.TempDir(), source(t, backup)}})
			if healed.Healed != 3 || healed.Left() != 0 {
				t.Errorf("healed: %+v", healed)
			}
			wantRemembered(t, s, 0)
			for name, sha := range sums {
				if !there(t, s, sha) {
					t.Errorf("%s was not healed", name)
				}
			}
			if again := scrubbed(t, s, contents.ScrubOptions{}); len(again.Problems) != 0 || again.Checked != 4 {
				t.Errorf("again: %+v", again)
			}
		})
	}
}

// wantRemembered holds what status and a quick check say of contents.
func wantRemembered(t *testing.T, s *repo.Store, n int) {
	t.Helper()
	st, err := s.Status(t.Context())
	fatal(t, err)
	last, err := s.Contents.LastScrub(t.Context())
	fatal(t, err)
	if st.BadContents != int64(n) || last.Problems != int64(n) || !last.Complete {
		t.Errorf("status knows of %d, the last scrub of %+v; want %d", st.BadContents, last, n)
	}
	rep, err := s.Check(t.Context(), check.Options{Quick: true, Only: []string{check.AreaBlobs}})
	fatal(t, err)
	errs := 0
	for _, p := range rep.Problems {
		if p.Severity == check.SeverityError {
			errs++
		}
	}
	if errs != n {
		t.Errorf("the quick check finds %d, want %d: %+v", errs, n, rep.Problems)
	}
}

// TestScrubLies: a source that has something else under the name of a content heals
// nothing and harms nothing.
func TestScrubLies(t *testing.T) {
	s, liar := testdb.Open(t), testdb.Open(t)
	sha := attach(t, s, "a", "the truth")
	attach(t, liar, "a", "the truth")
	spoil(t, fileOf(t, liar, sha), flip)
	spoil(t, fileOf(t, s, sha), flip)
	rep := scrubbed(t, s, contents.ScrubOptions{HealFrom: []string{liar.Dir()}})
	if rep.Left() != 1 || rep.Healed != 0 {
		t.Errorf("%+v", rep)
	}
	attach(t, s, "b", "the truth") // a put heals too
	attach(t, liar, "b", "the truth")
	if !there(t, s, sha) || scrubbed(t, s, contents.ScrubOptions{}).Left() != 0 {
		t.Error("a put did not heal")
	}
}

// TestScrubParts: a sample, a scrub that is stopped and goes on, and a rate.
func TestScrubParts(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	sources := func(yield func(blobs.Source) bool) {
		for i := range 40 {
			if !yield(blobs.Bytes([]byte(strings.Repeat(string(rune('a'+i)), 2000)), "image/png")) {
				return
			}
		}
	}
	var sums []string
	for info, err := range s.Contents.PutAll(ctx, sources) {
		fatal(t, err)
		sums = append(sums, info.SHA256)
	}
	slices.Sort(sums)
	if rep := scrubbed(t, s, contents.ScrubOptions{Sample: 0.24}); rep.Checked != 10 || rep.Scope != contents.ScrubSample {
		t.Errorf("a quarter of 40: %+v", rep)
	}
	if rep := scrubbed(t, s, contents.ScrubOptions{Sample: 0.0001}); rep.Checked != 1 {
		t.Errorf("a part of one: %+v", rep)
	}
	stop, cancel := context.WithCancel(ctx)
	rep, err := s.Contents.Scrub(stop, contents.ScrubOptions{Progress: func(done, total int64) {
		if done == 15 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || rep.Checked != 15 || rep.Complete {
		t.Fatalf("stopped: %+v, %v", rep, err)
	}
	if rep := scrubbed(t, s, contents.ScrubOptions{Rest: true}); rep.Checked != 25 || !rep.Complete {
		t.Errorf("the rest: %+v", rep)
	}
	if rep := scrubbed(t, s, contents.ScrubOptions{Rest: true}); rep.Checked != 40 {
		t.Errorf("after the end it begins again: %+v", rep)
	}
	begun := time.Now()
	scrubbed(t, s, contents.ScrubOptions{Rate: 400_000}) // 80,000 bytes
	if took := time.Since(begun); took < 190*time.Millisecond {
		t.Errorf("80,000 bytes at 400,000 a second took %v", took)
	}
	if rep := scrubbed(t, s, contents.ScrubOptions{Only: sums[:3]}); rep.Checked != 3 || rep.Scope != contents.ScrubNamed {
		t.Errorf("named: %+v", rep)
	}
}

// TestRepairBlobs: the table of contents is made from the files alone.
func TestRepairBlobs(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	a, b := attach(t, s, "a", strings.Repeat("a text that is long enough to be compressed ", 50)), attach(t, s, "b", "\x89PNG\r\n\x1a\n")
	before := map[string]contents.Content{}
	for c, err := range s.Contents.All(ctx, "") {
		fatal(t, err)
		before[c.SHA256] = c
	}
	testdb.Shell(t, s, "DELETE FROM blobs WHERE sha256 = '"+a+"'; UPDATE blobs SET stored = 1, encoding = 'zstd'; INSERT INTO blobs VALUES ('"+
		strings.Repeat("0", 64)+"', 1, 1, '', '', '2026-01-01T00:00:00.000Z');")
	dry, err := s.Contents.Repair(ctx, true, nil)
	fatal(t, err)
	rep, err := s.Contents.Repair(ctx, false, nil)
	fatal(t, err)
	if want := (contents.RepairReport{Files: 2, Added: 1, Changed: 1, Removed: 1}); rep != want || dry != want {
		t.Errorf("%+v, dry %+v; want %+v", rep, dry, want)
	}
	for c, err := range s.Contents.All(ctx, "") {
		fatal(t, err)
		was := before[c.SHA256]
		was.AddedAt = c.AddedAt
		if diff := cmp.Diff(was, c); diff != "" {
			t.Error(diff)
		}
	}
	if !there(t, s, a) || !there(t, s, b) {
		t.Error("a content is gone")
	}
}

// TestRepairRefs: which contents kept states need is found again from the states, and
// a collection then leaves them.
func TestRepairRefs(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	n := note("n", "with a file")
	n.Attachments = []schema.InlineAttachment{{FileInfo: schema.FileInfo{Name: "f", Base64: schema.Content{Text: "data:text/plain,only in the history"}}}}
	fatal(t, s.Notes.Save(ctx, n))
	sha := n.Attachments[0].Base64.Blob
	text, _ := n.Attachments[0].Base64.Verbatim()
	n.Attachments = nil
	fatal(t, s.Notes.Save(ctx, n))
	foreign := attach(t, s, "foreign", "what the other tool overwrote")
	testdb.Shell(t, s, "UPDATE attachments SET file_blob = NULL, file_form = NULL WHERE id = 'foreign'; DELETE FROM revision_blobs;")
	rep, err := s.Check(ctx, check.Options{Only: []string{check.AreaRefs}})
	if err != nil || len(rep.Problems) != 3 {
		t.Errorf("the check finds %+v, %v", rep.Problems, err)
	}
	fixed, err := s.History.RepairRefs(ctx, false, nil)
	if err != nil || fixed.Added != 3 {
		t.Errorf("%+v, %v", fixed, err)
	}
	gc(t, s, 0)
	for _, sha := range []string{sha, text, foreign} {
		if !there(t, s, sha) {
			t.Errorf("content %s of a kept state was collected", sha)
		}
	}
}
