package backup

import (
	"testing"
	"time"

	"taskstore/backup/internal/backuptest"
)

// TestLatestFuture: a backup that is dated in the future is older than it says, or the
// clock is wrong: it is latest only where there is no other, and says why it was not.
func TestLatestFuture(t *testing.T) {
	db, pool := backuptest.NewStore(t, 3)
	c := newCatalog(t)
	now := c.opt.Now
	c.opt.Now = func() time.Time { return now().AddDate(4, 0, 0) }
	future := create(t, c, db, CreateOptions{})
	c.opt.Now = now
	if b, err := c.Get(t.Context(), Latest); err != nil || b.ID != future.ID || !b.FromFuture(now()) {
		t.Errorf("the only one: %s, %v", b.ID, err)
	}
	backuptest.Add(t, pool, 1)
	today := create(t, c, db, CreateOptions{})
	if b, err := c.Get(t.Context(), Latest); err != nil || b.ID != today.ID {
		t.Errorf("latest is %s, %v", b.ID, err)
	}
	backuptest.Add(t, pool, 1)
	before := create(t, c, db, CreateOptions{Reason: PreRestore})
	if b, err := c.Get(t.Context(), Latest); err != nil || b.ID != today.ID {
		t.Errorf("latest is %s, %v", b.ID, err)
	}
	for _, b := range []Backup{future, before} {
		if why := b.WhyNotLatest(now()); why == "" || why == today.WhyNotLatest(now()) {
			t.Errorf("%s was passed over: %q", b.ID, why)
		}
	}
}
