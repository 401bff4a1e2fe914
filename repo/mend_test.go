package repo_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
)

// TestMendKeepsHold: what another program writes beside a repair of the schema is in the safety copy, or came when all of
// it was mended: nobody gets in between the two.
func TestMendKeepsHold(t *testing.T) {
	for range 3 {
		dir := byTool(t, "DROP TABLE topics", "CREATE TABLE theirs (mended INTEGER)")
		db := filepath.Join(dir, "store.db")
		ctx, cancel := context.WithCancel(t.Context())
		var others sync.WaitGroup
		for range 3 {
			others.Go(func() {
				for ctx.Err() == nil { // each opens it anew: one that stays open keeps the repair out
					insertTheirs(db)
					time.Sleep(time.Millisecond)
				}
			})
		}
		m, err := repo.MendSchema(ctx, dir, repo.Options{})
		cancel()
		others.Wait()
		fatal(t, err)
		if m.Safety == "" {
			t.Fatalf("no safety backup: %+v", m)
		}
		copied := filepath.Join(t.TempDir(), "copy.db")
		catalog := repo.Backups(dir, repo.Options{})
		b, err := catalog.Get(t.Context(), m.Safety)
		fatal(t, err)
		fatal(t, catalog.Unpack(t.Context(), b, copied))
		if kept, before := theirs(t, copied, ""), theirs(t, db, " WHERE NOT mended"); kept != before {
			t.Errorf("%d rows were written before it was mended, and the safety copy has %d", before, kept)
		}
	}
}

// insertTheirs writes whether the table is there again, if nobody has the database.
func insertTheirs(db string) {
	pool, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: db, RawQuery: "mode=rw"}).String())
	if err != nil {
		return
	}
	defer pool.Close()
	_, _ = pool.Exec("INSERT INTO theirs SELECT count(*) FROM sqlite_schema WHERE name = 'topics'") // it is busy, mostly
}

func theirs(t *testing.T, db, where string) (n int) {
	t.Helper()
	pool, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: db, RawQuery: "mode=rw"}).String())
	fatal(t, err)
	defer pool.Close()
	fatal(t, pool.QueryRow("SELECT count(*) FROM theirs"+where).Scan(&n))
	return n
}

// TestMendKeepsOneCopy: a repair of a schema that is begun again and again keeps one copy of the files as they were.
func TestMendKeepsOneCopy(t *testing.T) {
	dir := byTool(t, "PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET sql = 'CREATE TABLA' || substr(sql, 13) WHERE name = 'topics'")
	var m repo.Mended
	err, most, attempts := context.Canceled, 0, 0
	for n := 100; errors.Is(err, context.Canceled); n += n { // it ends at one of its steps
		ctx, cancel := context.WithCancel(t.Context())
		m, err = repo.MendSchema(&ended{Context: ctx, left: n, end: cancel}, dir, repo.Options{})
		cancel()
		most, attempts = max(most, copies(t, dir)), attempts+1
	}
	fatal(t, err)
	if most != 1 || attempts < 4 || m.Aside == "" || m.Safety != "" {
		t.Logf("%d attempts", attempts)
		t.Errorf("%d copies at most of %d attempts, %+v", most, attempts, m)
	}
	fatal(t, testdb.Reopen(t, dir).Close())
	if _, err := repo.Backups(dir, repo.Options{}).Get(t.Context(), backup.Latest); err == nil {
		t.Error("a store that cannot be opened was backed up")
	}
}

// ended is a context that ends when it was looked at some times.
type ended struct {
	context.Context
	left int
	end  context.CancelFunc
	mu   sync.Mutex
}

func (c *ended) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left == 0 {
		c.end()
	}
	return c.Context.Done()
}

func copies(t *testing.T, dir string) int {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "store.db.damaged-*", "store.db"))
	fatal(t, err)
	return len(list)
}

// TestBackupOfDamage: a check tells of a backup that was taken while the store was damaged, with a command that shows it, and
// that does not remove what may be the only copy.
func TestBackupOfDamage(t *testing.T) {
	s := damaged(t, "UPDATE note_tags SET note_pk = 4711")
	fatal(t, s.Close())
	b, _, err := repo.Backups(s.Dir(), repo.Options{}).Create(t.Context(), s.Path(), backup.CreateOptions{})
	fatal(t, err)
	s = testdb.Reopen(t, s.Dir(), func(o *repo.Options) { o.Untouched = true })
	if len(b.Damage) == 0 {
		t.Fatalf("no damage is known of it: %+v", b)
	}
	rep, err := s.Check(t.Context(), check.Options{Only: []string{check.AreaBackups}})
	fatal(t, err)
	if len(rep.Problems) != 1 || rep.Problems[0].Severity != check.SeverityNote || rep.Problems[0].Fix != "storectl backup show "+b.ID {
		t.Errorf("%+v", rep.Problems)
	}
}
