package repo_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/contents"
	"taskstore/schema"
)

// soaker puts, deletes and collects contents. There are few of them, so that they
// are always on their way in and out.
type soaker struct {
	s    *repo.Store
	lane string
	n    int
	mine []string // attachments that this lane made and has not purged
	kept func(id, sha string)
	gone func(id string)
}

const soakContents = 12

func soakText(i int) string { return strings.Repeat(fmt.Sprintf("content number %d. ", i), 30) }

// step does one thing, and tells of it when it is durable.
func (k *soaker) step(ctx context.Context) error {
	switch r := rand.IntN(20); {
	case r < 9:
		return k.add(ctx, rand.IntN(soakContents))
	case r < 15 && len(k.mine) > 0:
		return k.purge(ctx)
	case r < 17:
		_, err := k.s.Contents.Collect(ctx, contents.CollectOptions{})
		return err
	case r < 18:
		_, err := k.s.Contents.EmptyTrash(ctx, contents.EmptyOptions{})
		return err
	case r < 19:
		_, err := k.s.Contents.Put(ctx, strings.NewReader(soakText(rand.IntN(soakContents))), "")
		if errors.Is(err, repo.ErrConflict) {
			return nil // removed while it was put, and it says so
		}
		return err
	}
	list, err := k.s.Contents.Trash(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	if err := k.s.Contents.Restore(ctx, list[0].SHA256); !errors.Is(err, repo.ErrNotFound) {
		return err
	}
	return nil // somebody else was faster
}

func (k *soaker) add(ctx context.Context, i int) error {
	k.n++
	a := schema.Attachment{Head: schema.Head{ID: fmt.Sprintf("%s-%d", k.lane, k.n)}}
	a.File.Text = "data:text/plain," + soakText(i)
	if err := k.s.Attachments.Save(ctx, &a); err != nil {
		return err
	}
	k.mine = append(k.mine, a.ID)
	k.kept(a.ID, a.File.Blob)
	return nil
}

func (k *soaker) purge(ctx context.Context) error {
	i := rand.IntN(len(k.mine))
	id := k.mine[i]
	k.mine = append(k.mine[:i], k.mine[i+1:]...)
	k.gone(id)
	return k.s.Attachments.Purge(ctx, id)
}

// wantContents looks for the content of every attachment that is there.
func wantContents(t *testing.T, s *repo.Store) (n int) {
	t.Helper()
	for a, err := range s.Attachments.All(t.Context(), repo.Query{}) {
		fatal(t, err)
		n++
		if _, err := s.Contents.Text(t.Context(), a.File); err != nil {
			t.Errorf("attachment %s: %v", a.ID, err)
		}
	}
	return n
}

// TestCollectCrash kills a process that puts, deletes and collects. Every
// attachment that was acknowledged, and not purged since, is there with its content,
// and the store is in order. The flag -crash.rounds says how often.
func TestCollectCrash(t *testing.T) {
	t.Parallel()
	live := map[string]string{}
	acknowledged := 0
	crashes(t, testdb.Open(t).Dir(), "TestCollectCrashChild", 400*time.Millisecond, func(s *repo.Store, lines []string) {
		for _, line := range lines {
			switch word := strings.Fields(line); word[0] {
			case "kept":
				live[word[1]] = word[2]
				acknowledged++
			case "gone":
				delete(live, word[1])
			case "failed":
				t.Error(line)
			}
		}
		for id, sha := range live {
			a, err := s.Attachments.Get(t.Context(), id)
			if err != nil || a.File.Blob != sha {
				t.Errorf("%s: %+v, %v", id, a.File, err)
			}
		}
		wantContents(t, s)
		gc(t, s, 0)
	})
	if acknowledged == 0 {
		t.Error("nothing was kept")
	}
	t.Logf("%d attachments acknowledged", acknowledged)
}

// TestCollectCrashChild is the process that is killed.
func TestCollectCrashChild(t *testing.T) {
	dir := crashDir(t)
	var wg sync.WaitGroup
	for handle := range 2 {
		s := testdb.Reopen(t, dir)
		lanes(s, &wg, fmt.Sprintf("r%s-%d", os.Getenv(crashRoundEnv), handle), func(k *soaker) {
			k.kept = func(id, sha string) { repo.Say("kept", id, sha) }
			k.gone = func(id string) { repo.Say("gone", id) }
			for {
				if err := k.step(context.Background()); err != nil {
					repo.Say("failed", err.Error())
					return
				}
			}
		})
	}
	wg.Wait()
}

// lanes runs a few soakers on a store.
func lanes(s *repo.Store, wg *sync.WaitGroup, name string, run func(*soaker)) {
	for lane := range 3 {
		k := soaker{s: s, lane: fmt.Sprintf("%s-%d", name, lane)}
		wg.Go(func() { run(&k) })
	}
}
