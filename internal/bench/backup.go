package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/repo"
	"taskstore/schema"
)

// benchBackup copies, verifies and restores a store of many sessions, against cp
// and the sqlite3 shell on the same file.
func benchBackup(ctx context.Context, e *env) error {
	s, err := e.manySessions(ctx)
	if err != nil {
		return err
	}
	if err := e.vacuum(s); err != nil {
		return err
	}
	b, _, err := s.Backup(ctx, backup.CreateOptions{})
	if err != nil {
		return err
	}
	copied := func() (float64, error) { return e.cp(s.Path()) }
	ours, other, err := e.interleave(func() (float64, error) {
		return took(func() error { return s.Backups().Verify(ctx, b.ID, false, nil) })
	}, copied)
	if err != nil {
		return err
	}
	e.table.add(line{name: fmt.Sprintf("backup: verify every byte, of %.0f MB / cp of the database", float64(b.DB.Bytes)/1e6), ours: ours, other: other, unit: "s", goal: 3})
	ours, other, err = e.interleave(func() (float64, error) {
		return took(func() error { _, _, err := s.Backup(ctx, backup.CreateOptions{}); return err })
	}, copied)
	if err != nil {
		return err
	}
	e.table.add(line{name: "backup: create, with all checks, compressed / cp", ours: ours, other: other, unit: "s", noGoal: true})
	e.table.add(line{name: "  the same", ours: ours, unit: "s", goal: 2.2})
	return e.wreck(ctx, s.Dir())
}

// vacuum compares VACUUM INTO here and in the shell.
func (e *env) vacuum(s *repo.Store) error {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		fmt.Fprintln(os.Stderr, "           no sqlite3 shell to compare with")
		return nil
	}
	db, err := handOpen(s.Path(), url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)"}}, 1)
	if err != nil {
		return err
	}
	defer db.Close()
	to := filepath.Join(e.dir, "vacuum.db")
	into := func(do func() error) func() (float64, error) {
		return func() (float64, error) {
			t, err := took(do)
			return t, errors.Join(err, os.Remove(to))
		}
	}
	ours, other, err := e.interleave(
		into(func() error { _, err := db.Exec("VACUUM INTO ?", to); return err }),
		into(func() error { return exec.Command(shell, s.Path(), "VACUUM INTO '"+to+"'").Run() }))
	if err != nil {
		return err
	}
	e.table.add(line{name: "backup: VACUUM INTO / the C shell's", ours: ours, other: other, unit: "s", goal: 1.1})
	return nil
}

func (e *env) cp(path string) (float64, error) {
	to := filepath.Join(e.dir, "cp.db")
	t, err := took(func() error { return exec.Command("cp", path, to).Run() })
	return t, errors.Join(err, os.Remove(to))
}

// wreck restores a store whose database is overwritten with zeros.
func (e *env) wreck(ctx context.Context, from string) error {
	var seconds []float64
	for range e.rounds {
		dir := e.newDir()
		zeros := make([]byte, 1<<20)
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(repo.DBPath(dir), zeros, 0o600)); err != nil {
			return err
		}
		t, err := took(func() error {
			_, err := recovery.Restore(ctx, dir, backup.Latest, recovery.RestoreOptions{From: from})
			return err
		})
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			return err
		}
		seconds = append(seconds, t)
	}
	e.table.add(line{name: "backup: from wreck to working store, verified", ours: seconds, unit: "s", goal: 5})
	return nil
}

// benchBackupBeside writes pairs of records from a few goroutines while a backup is
// made: how many a second are left of those on an idle machine, and the longest that
// one took. The copy must hold every pair whole.
func benchBackupBeside(ctx context.Context, e *env) error {
	s, err := e.manySessions(ctx)
	if err != nil {
		return err
	}
	var kept, stalls []float64
	for round := range min(e.rounds, 5) {
		p := &pairs{s: s, round: round}
		idle, _, err := p.until(ctx, func() error { time.Sleep(time.Duration(e.size(3000, 300)) * time.Millisecond); return nil })
		if err != nil {
			return err
		}
		var b backup.Backup
		beside, stall, err := p.until(ctx, func() (err error) { b, _, err = s.Backup(ctx, backup.CreateOptions{}); return err })
		if err == nil {
			err = wantPairs(ctx, s, b, filepath.Join(e.dir, "pairs.db"))
		}
		if err != nil {
			return err
		}
		kept, stalls = append(kept, beside/idle), append(stalls, stall)
		fmt.Fprintf(os.Stderr, "           %.0f writes a second, %.0f beside a backup, %d in all, longest %.0f ms\n", idle, beside, p.next.Load(), stall*1000)
	}
	e.table.add(line{name: "backup: writes beside one, part of the idle rate", ours: kept, unit: "x", goal: 0.25, atLeast: true})
	e.table.add(line{name: "  the longest write", ours: stalls, unit: "s", goal: 0.25})
	return nil
}

// pairs writes two settings in one transaction, again and again.
type pairs struct {
	s     *repo.Store
	round int
	next  atomic.Int64
}

// until writes from eight goroutines while fn runs, and gives the writes per second
// and the longest one.
func (p *pairs) until(ctx context.Context, fn func() error) (rate, longest float64, err error) {
	var wg sync.WaitGroup
	var stop atomic.Bool
	var worst, writes atomic.Int64
	errs := make([]error, 9)
	for w := range 8 {
		wg.Go(func() {
			for !stop.Load() && errs[w] == nil {
				begin := time.Now()
				errs[w] = p.write(ctx, p.next.Add(1))
				writes.Add(1)
				for d := int64(time.Since(begin)); d > worst.Load(); {
					worst.Store(d)
				}
			}
		})
	}
	seconds, failed := took(fn)
	errs[8] = failed
	n := writes.Load()
	stop.Store(true)
	wg.Wait()
	return float64(n) / seconds, time.Duration(worst.Load()).Seconds(), errors.Join(errs...)
}

func (p *pairs) write(ctx context.Context, i int64) error {
	return p.s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
		for _, half := range []string{"a", "b"} {
			v := &schema.Setting{Key: fmt.Sprintf("%s-%d-%d", half, p.round, i), Value: `{"text":"a setting that is one half of a pair"}`}
			if err := tx.Settings.Save(ctx, v); err != nil {
				return err
			}
		}
		return nil
	})
}

func wantPairs(ctx context.Context, s *repo.Store, b backup.Backup, to string) (err error) {
	if err := s.Backups().Unpack(ctx, b, to); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(to)) }()
	var db *sql.DB
	if db, err = handOpen(to, url.Values{"mode": {"ro"}, "immutable": {"1"}}, 1); err != nil {
		return err
	}
	defer db.Close()
	var halves, odd int
	err = db.QueryRow(`SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
    SELECT 1 FROM settings AS o WHERE o.key = CASE substr(s.key, 1, 1) WHEN 'a' THEN 'b' ELSE 'a' END || substr(s.key, 2)))
FROM settings AS s`).Scan(&halves, &odd)
	if err == nil && (odd > 0 || halves == 0) {
		err = fmt.Errorf("the copy is torn: %d of %d halves have no other", odd, halves)
	}
	return err
}
