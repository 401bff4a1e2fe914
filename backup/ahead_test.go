package backup

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"taskstore/backup/internal/backuptest"
	"taskstore/backup/packed"
	"taskstore/backup/pages"
)

// largeStore is a store whose copy is being written long enough to be compressed meanwhile.
func largeStore(t *testing.T) string {
	db, pool := backuptest.NewStore(t, 200)
	backuptest.Execute(t, pool, `
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
		INSERT INTO notes (title) SELECT hex(randomblob(5000)) FROM n`)
	return db
}

// aheadCatalog compresses ahead copies of that size, and notes each time that it did.
func aheadCatalog(t *testing.T, then func(file string)) *Catalog {
	c := newCatalog(t)
	c.opt.aheadFrom = packed.FramePlain
	c.opt.step = func(step string) {
		if step != "ahead" {
			return
		}
		found, err := filepath.Glob(filepath.Join(c.Dir(), ".*"+aheadFile))
		if err != nil || len(found) != 1 {
			t.Errorf("%v, %v", found, err)
			return
		}
		then(found[0])
	}
	return c
}

// wantBackup unpacks a backup and counts what is in it; nothing else is left.
func wantBackup(t *testing.T, c *Catalog, b Backup) {
	t.Helper()
	to := filepath.Join(t.TempDir(), "out.db")
	if err := c.Unpack(t.Context(), b, to); err != nil {
		t.Fatal(err)
	}
	if _, err := pages.Inspect(t.Context(), to); err != nil {
		t.Error(err)
	}
	if n := backuptest.Number(t, backuptest.Open(t, to, "mode=ro"), `SELECT count(*) FROM notes`); n != 4200 {
		t.Errorf("%d notes", n)
	}
	if left := backuptest.Files(t, c.Dir()); len(left) != 5 {
		t.Errorf("left %v", left)
	}
}

// TestCompressedAhead: what was compressed while it was copied is a part of the backup as if it had been
// compressed afterwards.
func TestCompressedAhead(t *testing.T) {
	db := largeStore(t)
	var ahead int64
	c := aheadCatalog(t, func(file string) {
		info, err := os.Stat(file)
		if err != nil {
			t.Error(err)
			return
		}
		ahead = info.Size()
	})
	b := create(t, c, db, CreateOptions{})
	if ahead == 0 || ahead >= b.DB.FileBytes {
		t.Errorf("%d of %d bytes are from before", ahead, b.DB.FileBytes)
	}
	wantBackup(t, c, b)
	if again, made, err := c.Create(t.Context(), db, CreateOptions{IfChanged: true}); err != nil || made || again.ID != b.ID {
		t.Errorf("%s holds other bytes than %s, %v", again.ID, b.ID, err)
	}
}

// TestChangedAfterAhead: a copy that is another one after it was compressed ahead is copied again.
func TestChangedAfterAhead(t *testing.T) {
	db := largeStore(t)
	times := 0
	c := aheadCatalog(t, func(file string) {
		times++
		spoil(t, file)
	})
	b := create(t, c, db, CreateOptions{})
	if times != 1 {
		t.Errorf("compressed ahead %d times", times)
	}
	wantBackup(t, c, b)
}

// spoil makes compressed frames those of other bytes.
func spoil(t *testing.T, name string) {
	file, err := os.ReadFile(name)
	if err != nil {
		t.Error(err)
	}
	var plain, out bytes.Buffer
	err = packed.Decompress(context.Background(), nil, bufio.NewReader(bytes.NewReader(file)), func(p []byte) error {
		_, err := plain.Write(p)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	plain.Bytes()[100] ^= 1
	if err := packed.Compress(context.Background(), nil, &plain, &out); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Error(err)
	}
}
