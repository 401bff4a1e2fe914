package putback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"taskstore/backup/pages"
	"taskstore/internal/sqlfile"

	"modernc.org/sqlite"
)

// Snapshot is pages.Snapshot for who holds the store: nobody writes. It is for a hold that
// is Locked.
func (h *Hold) Snapshot(ctx context.Context, to string, progress func(done, total int64)) (pages.Taken, error) {
	return pages.SnapshotOn(ctx, h.conn, h.db, to, progress)
}

// replace makes the database what the one in the file from is, in one transaction:
// whoever has it open goes on with the new one, and a crash leaves the old one or
// the new one. It compares the two afterwards. done says that the new one is there.
func (h *Hold) replace(ctx context.Context, from string) (done bool, err error) {
	equal, err := h.fitPages(ctx, from)
	if err != nil {
		return false, err
	}
	if err := h.restore(from); err != nil {
		return false, err
	}
	if _, err := h.conn.ExecContext(ctx, "PRAGMA main.wal_checkpoint(TRUNCATE)"); err != nil {
		return true, err
	}
	if err := h.keepLog(false); err != nil {
		return true, err
	}
	return true, equal()
}

// fitPages prepares for a copy whose pages have another size, which a -wal cannot
// take, and gives what compares the two afterwards.
func (h *Hold) fitPages(ctx context.Context, from string) (equal func() error, err error) {
	pool, err := sqlfile.Open(from, "mode=ro&immutable=1")
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	var is, will int64
	const text = "PRAGMA main.page_size"
	if err := errors.Join(h.conn.QueryRowContext(ctx, text).Scan(&is), pool.QueryRowContext(ctx, text).Scan(&will)); err != nil {
		return nil, err
	}
	if info, err := os.Stat(h.db); err != nil || info.Size() == 0 || is == will {
		return func() error { return h.compare(from, will) }, err
	}
	_, err = h.conn.ExecContext(ctx, "PRAGMA main.journal_mode = DELETE")
	return func() error { return pages.Integrity(ctx, h.conn) }, err
}

// restore copies all pages.
func (h *Hold) restore(from string) error {
	dsn, err := sqlfile.DSN(from, "mode=ro&immutable=1")
	if err != nil {
		return err
	}
	return h.conn.Raw(func(dc any) error {
		to, ok := dc.(interface {
			NewRestore(string) (*sqlite.Backup, error)
		})
		if !ok {
			return fmt.Errorf("driver connection %T cannot be restored", dc)
		}
		b, err := to.NewRestore(dsn)
		if err != nil {
			return err
		}
		more, err := b.Step(-1)
		if err == nil && more {
			err = errors.New("pages are left")
		}
		if end := b.Finish(); err == nil {
			err = end
		}
		return err
	})
}

// counters are what of a database's header is no content and changes with every
// write: versions of the format, of the file, of the schema (from and to;
// https://sqlite.org/fileformat.html#the_database_header).
var counters = [][2]int{{18, 20}, {24, 28}, {40, 44}, {92, 100}}

// lockByte is where SQLite's locks begin, lockBytes how many there are. Their page
// holds nothing, and may not be readable while they are held.
const (
	lockByte  = 0x40000000
	lockBytes = 512
)

// compare holds the database against a file, page by page.
func (h *Hold) compare(from string, pageSize int64) error {
	is, err := h.open(h.db)
	if err != nil {
		return err
	}
	want, err := os.Open(from)
	if err != nil {
		return err
	}
	defer want.Close()
	a, b := make([]byte, pageSize), make([]byte, pageSize)
	for at := int64(0); ; at += pageSize {
		if at == lockByte/pageSize*pageSize {
			continue
		}
		n, err := want.ReadAt(b, at)
		if err != nil && err != io.EOF {
			return err
		}
		m, err := is.ReadAt(a, at)
		if err != nil && err != io.EOF {
			return err
		}
		if at == 0 && n >= 100 && m >= 100 {
			for _, c := range counters {
				copy(a[c[0]:c[1]], b[c[0]:c[1]])
			}
		}
		if n != m || !bytes.Equal(a[:m], b[:n]) {
			return fmt.Errorf("%w: page %d of the restored store", pages.ErrDiffers, at/pageSize+1)
		}
		if n == 0 {
			return nil
		}
	}
}
