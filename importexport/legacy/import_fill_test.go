package legacy_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/google/go-cmp/cmp"
)

// contentFiles gives the files in which a store keeps a content.
func contentFiles(t testing.TB, s *repo.Store, sum string) (paths []string) {
	t.Helper()
	must0(t, filepath.WalkDir(filepath.Dir(s.Path()), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), sum) {
			paths = append(paths, path)
		}
		return err
	}))
	return paths
}

// TestImportHealsStore: bytes that the store has lost since, or that were damaged in it,
// come back with an import of what they came from.
func TestImportHealsStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, healable(t))
	write(t, dir, map[string]string{"db/broken.json": "<html>"})
	for what, hurt := range map[string]func(path string) error{
		"lost": os.Remove,
		"damaged": func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, []byte("something else"), 0o444))
		},
	} {
		for name, data := range map[string]string{"picture": healPicture, "video": healVideo, "filed": healShared, "quarantine": "<html>"} {
			t.Run(what+" "+name, func(t *testing.T) {
				s := testdb.Open(t)
				importing(t, s, dir)
				before, sound := dump(t, s), state(t, s)
				files := contentFiles(t, s, sha(data))
				if len(files) != 1 {
					t.Fatalf("the content is in %v", files)
				}
				must0(t, hurt(files[0]))
				if verified(t, s, dir) {
					t.Error("verified without the bytes")
				}
				importing(t, s, dir)
				if diff := cmp.Diff(sound, state(t, s)); diff != "" {
					t.Error(diff)
				}
				wantSame(t, "healed", dump(t, s), before)
				if !verified(t, s, dir) {
					t.Error("not verified")
				}
			})
		}
	}
}

// TestImportStoreCannotWrite: where the store cannot keep a content the import ends with an
// error, and that is no finding of the source. A later import brings everything.
func TestImportStoreCannotWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, healable(t))
	whole := testdb.Open(t)
	importing(t, whole, dir)
	for _, data := range []string{healPicture, healVideo, healShared} {
		s := testdb.Open(t)
		fan := filepath.Join(filepath.Dir(s.Path()), "blobs", sha(data)[:2])
		must0(t, os.WriteFile(fan, nil, 0o600)) // where a directory has to be
		if r, err := legacy.Import(t.Context(), s, dir, legacy.Options{}); err == nil || r.Verified {
			t.Errorf("verified %v, %v", r.Verified, err)
		}
		if r, err := legacy.Verify(t.Context(), s, dir, legacy.Options{}); err == nil || r.Verified {
			t.Errorf("a store that cannot be read is no finding of the source: verified %v, %v", r.Verified, err)
		}
		must0(t, os.Remove(fan))
		importing(t, s, dir)
		if diff := cmp.Diff(state(t, whole), state(t, s)); diff != "" {
			t.Errorf("-whole +healed\n%.3000s", diff)
		}
		if !verified(t, s, dir) {
			t.Error("not verified")
		}
	}
}

// TestImportOlderCopy: a copy of an older state fills in what the newer one lacks, keeps
// the rest in the history, and changes nothing when it is imported again.
func TestImportOlderCopy(t *testing.T) {
	t.Parallel()
	newer, older := t.TempDir(), t.TempDir()
	files := healable(t)
	write(t, newer, files)
	must0(t, os.Remove(filepath.Join(newer, "videos/m.mp4")))
	old := "an older picture, which was another one"
	files["attachments/pic.dat"] = encoded(old)
	files["db/notes.json"] = strings.NewReplacer("01-02T", "01-01T", `"c"`, `"before"`, `"source"`, `"more":1,"source"`).Replace(files["db/notes.json"])
	write(t, older, files)
	s := testdb.Open(t)
	importing(t, s, newer)
	importing(t, s, older)
	first := state(t, s)
	for _, want := range []string{healPicture, healVideo} {
		if !strings.Contains(strings.Join(first, "\n"), encoded(want)[22:]) {
			t.Errorf("%q is not the content of an attachment", want)
		}
	}
	if n, err := s.Notes.Get(t.Context(), "n1"); err != nil || n.Content != "c" || len(n.Extra) == 0 {
		t.Errorf("%+v %v", n, err)
	}
	refs, err := s.Contents.Refs(t.Context(), sha(old))
	if err != nil || len(refs) != 1 || refs[0].ID != "pic" || refs[0].Role != "revision" {
		t.Errorf("the older picture is needed by %+v (%v)", refs, err)
	}
	before := dump(t, s, "legacy_steps")
	for _, dir := range []string{older, newer, older} {
		importing(t, s, dir)
		wantSame(t, "imported again", dump(t, s, "legacy_steps"), before)
		if !verified(t, s, dir) {
			t.Error("not verified")
		}
	}
}

// TestImportAfterContentWent: what a person did to an attachment stays: the bytes that it
// has instead, that it has none, and that it was purged.
func TestImportAfterContentWent(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := t.TempDir()
	write(t, dir, healable(t))
	for name, change := range map[string]func(s *repo.Store) error{
		"none": func(s *repo.Store) error {
			_, err := s.Attachments.Modify(ctx, "pic", func(a *schema.Attachment) error { a.File = schema.Content{}; return nil })
			return err
		},
		"others": func(s *repo.Store) error {
			info, err := s.Contents.Put(ctx, strings.NewReader("drawn anew"), "")
			if err != nil {
				return err
			}
			_, err = s.Attachments.Modify(ctx, "pic", func(a *schema.Attachment) error {
				a.File = schema.Content{Blob: info.SHA256, Form: schema.FormFile}
				return nil
			})
			return err
		},
		"trash": func(s *repo.Store) error { return s.Attachments.Delete(ctx, "pic") },
		"purged": func(s *repo.Store) error {
			return errors.Join(s.Attachments.Delete(ctx, "pic"), s.Attachments.Purge(ctx, "pic"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := testdb.Open(t)
			importing(t, s, dir)
			must0(t, change(s))
			before := dump(t, s, "legacy_steps")
			importing(t, s, dir)
			wantSame(t, "imported again", dump(t, s, "legacy_steps"), before)
			if !verified(t, s, dir) {
				t.Error("not verified")
			}
		})
	}
}
