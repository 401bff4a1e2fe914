package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/backup/recovery"
)

// TestFutureBackupTold: status, run and restore name a backup that is dated in the future.
func TestFutureBackupTold(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "st")
	do := func(code int, args ...string) result {
		t.Helper()
		r := storectl(t, nil, `{"id":"t1","title":"One","status":"todo","createdAt":"2026-11-01T10:00:00.000Z"}`, append([]string{"--store", dir}, args...)...)
		if r.code != code {
			t.Fatalf("%v: exit %d\n%s", args, r.code, r.stderr)
		}
		return r
	}
	do(0, "init")
	late := recovery.Options{Now: func() time.Time { return time.Now().AddDate(1, 0, 0) }}
	b, _, err := recovery.Create(t.Context(), dir, recovery.CreateOptions{Options: late})
	if err != nil {
		t.Fatal(err)
	}
	if r := do(0, "backup", "restore", "latest", "--dry-run"); !strings.Contains(r.stderr, b.ID+" is dated in the future") {
		t.Errorf("the only one: %s", r.stderr)
	}
	do(0, "put", "task")
	if r := do(0, "backup", "run"); !strings.Contains(r.stdout, "dated in the future") || !strings.Contains(r.stdout, b.ID) {
		t.Errorf("run: %s", r.stdout)
	}
	status := do(0, "status", "--json").stdout
	if !strings.Contains(status, "dated in the future ("+b.ID+")") || strings.Contains(status, `"id": "`+b.ID) {
		t.Errorf("status: %s", status)
	}
	if r := do(0, "backup", "restore", "latest", "--dry-run"); !strings.Contains(r.stderr, "dated in the future") || strings.Contains(r.stdout, b.ID) {
		t.Errorf("latest: %s\n%s", r.stdout, r.stderr)
	}
	do(0, "backup", "forget", b.ID, "--yes")
	if status := do(0, "status").stdout; strings.Contains(status, "future") {
		t.Errorf("forgotten: %s", status)
	}
}
