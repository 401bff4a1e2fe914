package sqlitedb

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// TestSame: while another connection commits as fast as it can, all transactions see
// the same rows, none of them can write to the file, and all can make temporary tables.
func TestSame(t *testing.T) {
	db := filled(t, 3)
	stop := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for n := 3; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := db.Do(t.Context(), add(n)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	defer writing.Wait()
	defer close(stop)
	for range 30 {
		err := db.Same(t.Context(), 4, func(ctx context.Context, txs []*Tx) error {
			counts := make([]int, len(txs))
			for i, tx := range txs {
				if err := tx.Get(ctx, &counts[i], sqlCount); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, "CREATE TEMP TABLE mine AS SELECT n FROM number"); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, "DELETE FROM number"); !errors.Is(Classify(err), ErrReadOnly) {
					t.Errorf("a write: %v", err)
				}
			}
			if len(counts) != 4 && len(counts) != 1 || slices.Min(counts) != slices.Max(counts) {
				t.Errorf("the transactions see %v numbers", counts)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestVersionOfSnapshot: a commit between the beginnings of two snapshots is noticed.
func TestVersionOfSnapshot(t *testing.T) {
	db := filled(t, 1)
	pool, err := newPool(sameSource(db.path, db.opt))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	conns := make([]*conn, 2)
	for i := range conns {
		if conns[i], err = connect(t.Context(), pool, sqlBeginRead, sqlEndRead); err != nil {
			t.Fatal(err)
		}
		defer conns[i].close()
	}
	for try, commit := range []bool{false, true, false} {
		before, err := conns[1].version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conns[0].beginAt(t.Context()); err != nil {
			t.Fatal(err)
		}
		if commit {
			if err := db.Do(t.Context(), add(100+try)); err != nil {
				t.Fatal(err)
			}
		}
		now, err := conns[1].beginAt(t.Context())
		if err != nil || (now != before) != commit {
			t.Errorf("a commit in between %v: version %d, then %d, %v", commit, before, now, err)
		}
		for _, c := range conns {
			if err := c.run(sqlEndRead); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestSameAlone: where the file tells nobody of commits, there is one transaction.
func TestSameAlone(t *testing.T) {
	db := filled(t, 3)
	for name, leave := range map[string]func(path string) error{
		"closed well": func(string) error { return nil },
		"files remain": func(path string) error {
			return errors.Join(os.WriteFile(path+"-wal", nil, 0o600), os.WriteFile(path+"-shm", make([]byte, 32768), 0o600))
		},
	} {
		path := filepath.Join(t.TempDir(), "copy.db")
		if err := db.Maintain(t.Context(), "VACUUM INTO '"+path+"'"); err != nil {
			t.Fatal(err)
		}
		closeTest(t, openTest(t, path))
		if err := leave(path); err != nil {
			t.Fatal(err)
		}
		uri := url.Values{"mode": {"ro"}, "immutable": {"1"}}
		switch name {
		case "not read yet":
			uri = nil
		case "files remain":
			uri = url.Values{"mode": {"ro"}, "readonly_shm": {"1"}}
		}
		db := openTest(t, path, func(o *Options) { o.ReadOnly, o.URI = true, uri })
		err := db.Same(t.Context(), 3, func(ctx context.Context, txs []*Tx) error {
			if want := map[bool]int{true: 1, false: 3}[name == "files remain"]; len(txs) != want {
				t.Errorf("%s: %d transactions, want %d", name, len(txs), want)
			}
			for _, tx := range txs {
				var n int
				if err := tx.Get(ctx, &n, sqlCount); err != nil || n != 3 {
					t.Errorf("%s: %d numbers, %v", name, n, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		closeTest(t, db)
	}
}
