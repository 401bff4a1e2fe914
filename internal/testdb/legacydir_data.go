package testdb

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// LegacyData gives the directory of the data that the legacy app's own code made.
// TASKSTORE_LEGACY_DATA names it: dev.tar.gz, or the directory in it. Named and
// not there, the test fails; not named, it is skipped.
func LegacyData(t testing.TB) string {
	t.Helper()
	return LegacyDataIn(t, t.TempDir())
}

// LegacyDataIn is LegacyData, but unpacks into dir what has not been unpacked there.
func LegacyDataIn(t testing.TB, dir string) string {
	t.Helper()
	at := os.Getenv("TASKSTORE_LEGACY_DATA")
	if at == "" {
		t.Skip("skipped: TASKSTORE_LEGACY_DATA does not name the legacy data (dev.tar.gz or the directory in it)")
	}
	info, err := os.Stat(at)
	if err != nil {
		t.Fatalf("TASKSTORE_LEGACY_DATA: %v", err)
	}
	if !info.IsDir() {
		archive := at
		if at = dir; !unpacked(dir) {
			untar(t, archive, dir)
		}
	}
	for _, dir := range []string{at, filepath.Join(at, "dev")} {
		if _, err := os.Stat(filepath.Join(dir, "gen1-raw")); err == nil {
			return dir
		}
	}
	t.Fatalf("TASKSTORE_LEGACY_DATA: there is no gen1-raw in %s", at)
	return ""
}

func unpacked(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) > 0
}

func untar(t testing.TB, archive, dir string) {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatalf("TASKSTORE_LEGACY_DATA: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatalf("TASKSTORE_LEGACY_DATA: %v", err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("TASKSTORE_LEGACY_DATA: %v", err)
		}
		if h.Typeflag != tar.TypeReg || !filepath.IsLocal(h.Name) {
			continue
		}
		to := filepath.Join(dir, h.Name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), extract(to, r), os.Chtimes(to, h.ModTime, h.ModTime)); err != nil {
			t.Fatal(err)
		}
	}
}

func extract(to string, r io.Reader) error {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
