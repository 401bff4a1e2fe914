package recovery_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/backup/recovery"
	"taskstore/internal/testdb"
)

// TestForgetTargets: a record is ended in the backups, and with the contents, of the other directories that the store has
// backups in; one whose disk is not there is named, and done by the same call when it is; what was put aside is named.
func TestForgetTargets(t *testing.T) {
	c := newCanaries()
	s := planted(t, c)
	ctx := t.Context()
	here, away := filepath.Join(testdb.Dir(t), "here"), filepath.Join(testdb.Dir(t), "away")
	for _, to := range []string{here, away} {
		_, _, err := recovery.Create(ctx, s.Dir(), recovery.CreateOptions{To: to})
		fatal(t, err)
		if got := c.holders(t, to); len(got) < 2 {
			t.Fatalf("before anything is purged only %q hold canaries in %s", got, to)
		}
	}
	fatal(t, os.Rename(away, away+" off"))

	done, err := recovery.Forget(ctx, s, "note", []string{"secret"}, recovery.Options{})
	if err != nil || len(done.Backups) != 1 || done.Backups[0].In != here || len(done.Places) != 1 || len(done.Still) != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	if one := done.Still[0]; !strings.Contains(one.What, away) || one.Remedy != "purge note secret --everywhere" {
		t.Errorf("%+v", one)
	}
	for _, dir := range []string{here, s.Dir()} {
		if got := c.holders(t, dir); len(got) > 0 {
			t.Errorf("%s: %q", dir, got)
		}
	}
	fresh := testdb.Dir(t)
	r, err := recovery.Restore(ctx, fresh, done.Backups[0].ID, recovery.RestoreOptions{From: here})
	if err != nil || len(r.Missing) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
	testdb.WantClean(t, fresh)

	fatal(t, os.Rename(away+" off", away))
	aside := s.Path() + ".aside-20260101T000000Z"
	fatal(t, os.Mkdir(aside, 0o700))
	done, err = recovery.Forget(ctx, s, "note", []string{"secret"}, recovery.Options{})
	if err != nil || len(done.Backups) != 1 || done.Backups[0].In != away || len(done.Places) != 2 || len(done.Still) != 1 || done.Still[0].What != aside {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := c.holders(t, away); len(got) > 0 {
		t.Errorf("%q", got)
	}
	fatal(t, os.Remove(aside))
}

// TestForgetTellsOfLitestream: a copy that another program makes keeps what is purged for a while, and that is said.
func TestForgetTellsOfLitestream(t *testing.T) {
	for _, followed := range []bool{false, true} {
		s := filled(t)
		if followed {
			inFile(t, s.Path(), "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)")
		}
		done, err := recovery.Forget(t.Context(), s, "note", []string{"n1"}, recovery.Options{})
		fatal(t, err)
		told := false
		for _, still := range done.Still {
			told = told || strings.Contains(still.What, "Litestream")
		}
		if told != followed {
			t.Errorf("followed %v: %+v", followed, done.Still)
		}
	}
}
