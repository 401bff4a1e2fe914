package repo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"taskstore/internal/sqlitedb"
)

func TestWrap(t *testing.T) {
	var none error
	sqlitedb.Wrap(&none, "get task %q", "a")
	if none != nil {
		t.Errorf("nil became %v", none)
	}
	for _, kept := range []error{sql.ErrNoRows, ErrConflict, context.Canceled, fmt.Errorf("wait: %w", context.DeadlineExceeded), fs.ErrNotExist} {
		err := kept
		sqlitedb.Wrap(&err, "get task %q", "100%d")
		if want := `get task "100%d": ` + kept.Error(); err.Error() != want || !errors.Is(err, kept) {
			t.Errorf("got %q, want %q", err, want)
		}
	}
	err := error(&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})
	sqlitedb.Wrap(&err, "put")
	sqlitedb.Wrap(&err, "import")
	if want := "import: put: the disk is full: write x: no space left on device"; !errors.Is(err, ErrFull) || !errors.Is(err, syscall.ENOSPC) || err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
