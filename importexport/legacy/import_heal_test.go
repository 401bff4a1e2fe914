package legacy_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
	"taskstore/repo"

	"github.com/google/go-cmp/cmp"
)

const (
	healPicture = "the bytes of a picture \x00\xff and so many more of them that half of the text is still something"
	healVideo   = "the bytes of a video"
	healShared  = "bytes that are filed under their hash"
	healSession = "db/sessions/s/"
)

func encoded(data string) string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte(data))
}

func healNotes(title string, ids ...string) string {
	var list []string
	for _, id := range ids {
		list = append(list, fmt.Sprintf(`{"id":%q,"content":"c","summary":%q,"timestamp":"2025-01-01T00:00:00.000Z","lastUpdated":"2025-01-02T00:00:00.000Z","source":"other","tags":[]}`, id, title))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func zipOf(t testing.TB, name, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// healable are the files of a source that has one of everything that may be missing or
// broken at first.
func healable(t testing.TB) map[string]string {
	shared := sha(healShared)
	return map[string]string{
		"db/notes.json":               healNotes("note", "n1", "n2"),
		"db/topics.json":              `[{"id":"t1","name":"a topic","type":"other","createdAt":"2025-01-01T00:00:00.000Z","lastUpdated":"2025-01-01T00:00:00.000Z"}]`,
		"attachments/pic.meta.json":   `{"id":"pic","type":"image","name":"p.png","mimeType":"image/png","size":93,"createdAt":"2025-01-01T00:00:00.000Z"}`,
		"attachments/pic.dat":         encoded(healPicture),
		"attachments/movie.meta.json": `{"id":"movie","type":"video","name":"m.mp4","mimeType":"video/mp4","size":20,"createdAt":"2025-01-01T00:00:00.000Z","path":"videos/m.mp4"}`,
		"videos/m.mp4":                healVideo,
		"db/attachments-ca/" + shared[:2] + "/" + shared + "/data.json":     fmt.Sprintf("%q", encoded(healShared)),
		"db/attachments-ca/" + shared[:2] + "/" + shared + "/metadata.json": fmt.Sprintf(`{"hash":%q,"mimeType":"image/png","size":37,"createdAt":1761600000000,"references":[{"sessionId":"s","attachmentId":"filed","addedAt":1761600000000}],"refCount":1}`, shared),
		healSession + "metadata.json": `{"id":"s","name":"S","description":"","status":"completed","startTime":"2025-01-01T00:00:00.000Z","endTime":"2025-01-01T01:00:00.000Z","screenshotInterval":2,"autoAnalysis":true,` +
			`"enableScreenshots":true,"audioRecording":false,"tags":[],"chunks":{},"storageVersion":1,"updatedAt":"2025-01-02T00:00:00.000Z"}`,
		healSession + "screenshots/chunk-000.json": `{"sessionId":"s","chunkIndex":0,"screenshots":[{"id":"a","sessionId":"s","timestamp":"2025-01-01T00:00:00.000Z","attachmentId":"x","analysisStatus":"pending"}]}`,
		healSession + "screenshots/chunk-001.json": `{"sessionId":"s","chunkIndex":1,"screenshots":[{"id":"b","sessionId":"s","timestamp":"2025-01-01T00:01:00.000Z","attachmentId":"y","analysisStatus":"pending"}]}`,
		healSession + "summary.json":               `{"narrative":"a long day"}`,
		"export.zip":                               zipOf(t, "notes.json", healNotes("from a zip", "z1", "z2", "z3")),
	}
}

// state gives what a store holds now: each record, where it stands, and its bytes, which
// are read.
func state(t testing.TB, s *repo.Store) (list []string) {
	t.Helper()
	ctx := t.Context()
	for kind, c := range of(t, s) {
		for _, trash := range []bool{false, true} {
			ids, err := c.ids(ctx, trash)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				raw, head, err := c.get(ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				text, err := testdb.Canon(raw)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, fmt.Sprint(kind, " ", id, " ", head.TrashReason, " ", text))
			}
		}
	}
	for _, trash := range []bool{false, true} {
		for a, err := range s.Attachments.All(ctx, repo.Query{Trash: trash}) {
			if err != nil {
				t.Fatal(err)
			}
			text, err := s.Contents.Text(ctx, a.Stored())
			list = append(list, fmt.Sprintf("bytes of %s: %s %s (%v)", a.ID, a.Stored().Form, text, err))
		}
	}
	slices.Sort(list)
	return list
}

func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		put(t, dir, name, text)
	}
}

// TestImportHeals breaks a source, imports it, mends it and imports it again: the store is
// then as if the whole source had been imported at once. The source that was mended is not
// verified before it is imported, and is afterwards.
func TestImportHeals(t *testing.T) {
	t.Parallel()
	shared := sha(healShared)
	remove := func(t testing.TB, path string) { must0(t, os.Remove(path)) }
	// A link that leads to nothing cannot be read by root either.
	unreadable := func(t testing.TB, path string) { remove(t, path); must0(t, os.Symlink(path+".loop", path)) }
	cut := func(t testing.TB, path string) {
		text := must(t, path)
		must0(t, os.WriteFile(path, text[:len(text)*2/3], 0o644))
	}
	garbage := func(t testing.TB, path string) { must0(t, os.WriteFile(path, []byte("<html>no JSON</html>"), 0o644)) }
	half := func(t testing.TB, path string) {
		must0(t, os.WriteFile(path, []byte(encoded(healPicture[:45])), 0o644))
	}
	whole := func() []string {
		dir, s := t.TempDir(), testdb.Open(t)
		write(t, dir, healable(t))
		importing(t, s, dir)
		return state(t, s)
	}()
	undecodable := func(t testing.TB, path string) { must0(t, os.WriteFile(path, []byte("!! no base64 !!"), 0o644)) }
	for name, tc := range map[string]struct {
		file string
		hurt func(t testing.TB, path string)
	}{
		"content missing":           {"attachments/pic.dat", remove},
		"content unreadable":        {"attachments/pic.dat", unreadable},
		"content empty":             {"attachments/pic.dat", func(t testing.TB, path string) { must0(t, os.Truncate(path, 0)) }},
		"content cut":               {"attachments/pic.dat", cut},
		"content cut between bytes": {"attachments/pic.dat", half},
		"content undecodable":       {"attachments/pic.dat", undecodable},
		"description missing":       {"attachments/pic.meta.json", remove},
		"description unreadable":    {"attachments/pic.meta.json", unreadable},
		"description cut":           {"attachments/pic.meta.json", cut},
		"description no JSON":       {"attachments/pic.meta.json", garbage},
		"filed content missing":     {"db/attachments-ca/" + shared[:2] + "/" + shared + "/data.json", remove},
		"filed content cut":         {"db/attachments-ca/" + shared[:2] + "/" + shared + "/data.json", cut},
		"filed description missing": {"db/attachments-ca/" + shared[:2] + "/" + shared + "/metadata.json", remove},
		"video missing":             {"videos/m.mp4", remove},
		"video unreadable":          {"videos/m.mp4", unreadable},
		"video cut":                 {"videos/m.mp4", cut},
		"zip cut":                   {"export.zip", cut},
		"zip missing":               {"export.zip", remove},
		"zip no zip":                {"export.zip", garbage},
		"chunk missing":             {healSession + "screenshots/chunk-001.json", remove},
		"chunk cut":                 {healSession + "screenshots/chunk-001.json", cut},
		"chunk no JSON":             {healSession + "screenshots/chunk-000.json", garbage},
		"part missing":              {healSession + "summary.json", remove},
		"part unreadable":           {healSession + "summary.json", unreadable},
		"session's head missing":    {healSession + "metadata.json", remove},
		"session's head no JSON":    {healSession + "metadata.json", garbage},
		"collection no JSON":        {"db/notes.json", garbage},
		"collection cut":            {"db/notes.json", cut},
		"collection missing":        {"db/notes.json", remove},
		"collection unreadable":     {"db/topics.json", unreadable},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, healable(t))
			path := filepath.Join(dir, filepath.FromSlash(tc.file))
			tc.hurt(t, path)
			s := testdb.Open(t)
			r, err := legacy.Import(t.Context(), s, dir, legacy.Options{})
			if unreadable := strings.HasSuffix(name, "unreadable"); err != nil || r.Verified == unreadable {
				t.Fatalf("verified %v: %v", r.Verified, err)
			}
			if _, err := os.Lstat(path); err == nil {
				must0(t, os.Remove(path))
			}
			put(t, dir, tc.file, healable(t)[tc.file])
			if verified(t, s, dir) {
				t.Error("verified before what was mended is imported")
			}
			importing(t, s, dir)
			want, got := whole, state(t, s)
			if tc.file == "db/notes.json" { // what was live while the collection was broken stays so
				want, got = liveOrNot(want), liveOrNot(got)
			}
			// What was kept under its hash, because nothing named it, is one more attachment.
			got = slices.DeleteFunc(got, func(l string) bool {
				return strings.Contains(tc.file, shared) && strings.Contains(l, "s "+shared) || strings.Contains(l, "of "+shared)
			})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-whole +healed\n%.6000s", diff)
			}
			if !verified(t, s, dir) {
				t.Error("not verified")
			}
			before := dump(t, s)
			importing(t, s, dir)
			wantSame(t, "imported once more", dump(t, s), before)
		})
	}
}

func liveOrNot(list []string) (all []string) {
	for _, l := range list {
		all = append(all, strings.Replace(l, " recovered {", "  {", 1))
	}
	return all
}

func must0(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
