package repo_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

// patience is for how long a process may be held up where many compete for few cores; less would be a test of the
// machine. Whoever waits longer waits in vain.
const patience = time.Minute

func patient(o *repo.Options) { o.Busy = patience }

// process is one of those that TestProcesses runs.
type process struct {
	t     *testing.T
	s     *repo.Store
	name  string
	until time.Time

	mu     sync.Mutex
	counts map[string]int
}

// TestProcess is one of the processes of TestProcesses.
func TestProcess(t *testing.T) {
	dir := os.Getenv(processesEnv)
	if dir == "" {
		t.Skip("runs inside TestProcesses only")
	}
	p := &process{t: t, s: testdb.Reopen(t, dir, patient), name: "p" + os.Getenv(processEnv), until: time.Now().Add(*processesFor), counts: map[string]int{}}
	var wg sync.WaitGroup
	for n, lane := range []func(lane string){
		p.changes("name", modifyName), p.changes("name", modifyName), p.changes("summary", modifySummary), p.changes("summary", modifySummary),
		p.notes, p.notes, p.shots, p.contents, p.contents, p.contents, p.backups, p.checks, p.reads, p.reads, p.searches, p.opens,
	} {
		wg.Go(func() { lane(fmt.Sprint(p.name, "-", n)) })
	}
	use := watchUse(p.until)
	wg.Wait()
	for key, n := range p.counts {
		repo.Say("count", key, fmt.Sprint(n))
	}
	use.want(t)
}

// repeat does something until the time is over or it fails.
func (p *process) repeat(what, lane string, do func(ctx context.Context, turn int) error) {
	n := 0
	for ; time.Now().Before(p.until); n++ {
		if err := do(p.t.Context(), n); err != nil {
			p.t.Errorf("%s: %s, turn %d: %v", lane, what, n, err)
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[what] += n
}

// changes counts a number up in a record that everybody changes.
func (p *process) changes(what string, change func(context.Context, *repo.Store) error) func(string) {
	return func(lane string) {
		p.repeat(what, lane, func(ctx context.Context, _ int) error {
			time.Sleep(rand.N(40 * time.Millisecond))
			return change(ctx, p.s)
		})
	}
}

// shots adds items to the same record, and removes them again.
func (p *process) shots(lane string) {
	p.repeat("shot", lane, func(ctx context.Context, turn int) error {
		time.Sleep(rand.N(40 * time.Millisecond))
		if turn%2 == 1 {
			return p.s.Sessions.Screenshots.Remove(ctx, "s", fmt.Sprint(lane, "-", turn-1))
		}
		return p.s.Sessions.Screenshots.Add(ctx, "s", shot(fmt.Sprint(lane, "-", turn)))
	})
}

// notes saves records of its own, which are then as they were saved, and in the end sends most of them
// the way of all records. Those that stay are told.
func (p *process) notes(lane string) {
	const stay = 20
	held := map[string]string{}
	p.repeat("note", lane, func(ctx context.Context, turn int) error {
		id, old := fmt.Sprint(lane, "-", turn), fmt.Sprint(lane, "-", turn-stay)
		n := note(id, "first")
		if err := p.s.Notes.Save(ctx, n); err != nil {
			return err
		}
		n.Content = fmt.Sprint("text", rand.Uint32())
		if err := p.s.Notes.Save(ctx, n); err != nil {
			return err
		}
		held[id] = n.Content
		got, err := p.s.Notes.Get(ctx, id)
		if err != nil || got.Content != n.Content || got.Rev != 2 {
			return fmt.Errorf("%s is %q, revision %d, after %q was saved: %w", id, got.Content, got.Rev, n.Content, err)
		}
		if held[old] == "" {
			return nil
		}
		if got, err = p.s.Notes.Get(ctx, old); err != nil || got.Content != held[old] {
			return fmt.Errorf("%s is %q, after %q was saved: %w", old, got.Content, held[old], err)
		}
		delete(held, old)
		return errors.Join(p.s.Notes.Delete(ctx, old), p.s.Notes.Restore(ctx, old), p.s.Notes.Delete(ctx, old), p.s.Notes.Purge(ctx, old))
	})
	for id, text := range held {
		repo.Say("kept", id, text)
	}
}

// contents puts, deletes and collects contents, and tells of the attachments that stay.
func (p *process) contents(lane string) {
	live := map[string]string{}
	k := soaker{s: p.s, lane: lane, kept: func(id, sha string) { live[id] = sha }, gone: func(id string) { delete(live, id) }}
	p.repeat("content", lane, func(ctx context.Context, _ int) error { return k.step(ctx) })
	for id, sha := range live {
		repo.Say("file", id, sha)
	}
}

// backups makes backups, verifies the newest and thins them out.
func (p *process) backups(lane string) {
	p.repeat("backup", lane, func(ctx context.Context, turn int) error {
		b, _, err := p.s.Backup(ctx, backup.CreateOptions{IfChanged: turn%2 == 1})
		if err == nil && !b.Good() {
			err = errors.New(b.Problem())
		}
		if err != nil {
			return err
		}
		if err := p.s.Backups().Verify(ctx, backup.Latest, true, nil); err != nil && !errors.Is(err, backup.ErrNone) {
			return err
		}
		_, err = p.s.Backups().Rotate(ctx, backup.Policy{Last: 2, Safety: time.Second}, false)
		return err
	})
}

// checks looks for damage, of which there is none, through the open store and as a program of its own.
func (p *process) checks(lane string) {
	p.repeat("check", lane, func(ctx context.Context, turn int) error {
		s, done := p.s, func() error { return nil }
		if turn%2 == 1 {
			own, err := repo.Open(ctx, p.s.Dir(), repo.Options{Untouched: true, Busy: patience})
			if err != nil {
				return err
			}
			s, done = own, own.Close
		}
		rep, err := s.Check(ctx, check.Options{Quick: turn%4 == 0})
		if err == nil && !rep.OK {
			err = fmt.Errorf("%+v", rep.Problems)
		}
		return errors.Join(err, done())
	})
}

// reads wants that a snapshot is one, and that what was seen once does not go back.
func (p *process) reads(lane string) {
	var rev int64
	p.repeat("read", lane, func(ctx context.Context, _ int) error {
		return p.s.View(ctx, func(ctx context.Context, tx *repo.Tx) error {
			v, err := tx.Sessions.Get(ctx, "s", "summary")
			if err != nil || v.Rev < rev {
				return fmt.Errorf("revision %d after %d: %w", v.Rev, rev, err)
			}
			rev = v.Rev
			n, err := tx.Notes.Count(ctx, repo.Query{})
			listed := 0
			for _, bad := range tx.Notes.All(ctx, repo.Query{}) {
				listed, err = listed+1, errors.Join(err, bad)
			}
			if err != nil || n != listed {
				return fmt.Errorf("%d notes are counted and %d are listed: %w", n, listed, err)
			}
			again, err := tx.Sessions.Get(ctx, "s")
			if err != nil || again.Rev != rev || again.Name != v.Name {
				return fmt.Errorf("the snapshot has changed: %w", err)
			}
			return nil
		})
	})
}

// searches finds what it has saved.
func (p *process) searches(lane string) {
	n := &schema.Note{Head: schema.Head{ID: lane}}
	p.repeat("search", lane, func(ctx context.Context, _ int) error {
		n.Content = fmt.Sprint("wanted", rand.Uint64())
		if err := p.s.Notes.Save(ctx, n); err != nil {
			return err
		}
		found, err := p.s.Search(ctx, repo.Search{Query: repo.Query{Text: n.Content}})
		for end := time.Now().Add(patience); errors.Is(err, context.DeadlineExceeded) && time.Now().Before(end); {
			found, err = p.s.Search(ctx, repo.Search{Query: repo.Query{Text: n.Content}}) // it has a limit of its own
		}
		if err != nil || len(found.Hits) != 1 || found.Hits[0].ID != lane {
			return fmt.Errorf("found %+v: %w", found, err)
		}
		return nil
	})
	repo.Say("kept", lane, n.Content)
}

// opens opens and closes the store in every way, as short commands do.
func (p *process) opens(lane string) {
	p.repeat("open", lane, func(ctx context.Context, turn int) error {
		opt := []repo.Options{{}, {ReadOnly: true}, {Untouched: true}, {NoMigrate: true, NoCreate: true}}[turn%4]
		opt.Busy = patience
		s, err := repo.Open(ctx, p.s.Dir(), opt)
		if err != nil {
			return fmt.Errorf("%+v: %w", opt, err)
		}
		if _, err = s.Status(ctx); err == nil && turn%8 == 0 {
			_, err = s.History.SetRetention(ctx, 20*time.Second)
		}
		return errors.Join(err, s.Close())
	})
}
