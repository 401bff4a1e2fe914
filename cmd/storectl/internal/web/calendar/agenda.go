package calendar

import (
	"context"
	"sync"
	"time"

	"taskstore/cmd/storectl/internal/web/hold"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
	"taskstore/schema"
)

// DueTask is a task on the day on which it is due, or was done.
type DueTask struct {
	ID, Title, Status, At string
}

// Agenda knows which tasks are due or were done on which day. The store keeps tasks by the day on which they were made;
// so they are all read, and what was read is used while no task was saved since, as far as the store says at once, but for
// a minute at most: what other tools write it does not say. It is used a little longer, while it is read anew.
type Agenda struct {
	store *hold.Holder

	mu        sync.Mutex
	due, done map[string][]DueTask
	mark      mark
	read      time.Time // all of them
	looked    time.Time // whether there is anything new
	reading   bool

	unlooked, unread time.Duration // how long what is known is taken as it is
}

// mark is by what one sees that tasks were saved: the last one, and how many there are.
type mark struct {
	id  string
	rev int64
	n   int
}

// NewAgenda makes the agenda of a store.
func NewAgenda(store *hold.Holder) *Agenda {
	return &Agenda{store: store, unlooked: 5 * time.Second, unread: time.Minute}
}

// Of gives the tasks that are due on a day, and those that were done.
func (a *Agenda) Of(ctx context.Context, day string) (due, done []DueTask, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.due == nil:
		if a.mark, err = a.lastSaved(ctx); err != nil {
			return nil, nil, err
		}
		if a.due, a.done, err = a.all(ctx); err != nil {
			return nil, nil, err
		}
		a.read, a.looked = time.Now(), time.Now()
	case time.Since(a.looked) > a.unlooked && !a.reading:
		a.reading = true
		go a.renew(context.WithoutCancel(ctx), a.mark, time.Since(a.read) > a.unread)
	}
	return a.due[day], a.done[day], nil
}

// renew reads the tasks anew, if there are new ones or it has to. Where that fails, what was known stays: the page that was
// asked for tells of the failure.
func (a *Agenda) renew(ctx context.Context, known mark, must bool) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var due, done map[string][]DueTask
	now, err := a.lastSaved(ctx)
	changed := must || now != known
	if err == nil && changed {
		due, done, err = a.all(ctx)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.reading = false; err != nil {
		return
	}
	if a.looked = time.Now(); changed {
		a.due, a.done, a.mark, a.read = due, done, now, a.looked
	}
}

// lastSaved asks the store for what it keeps at hand.
func (a *Agenda) lastSaved(ctx context.Context) (m mark, err error) {
	err = a.store.Use(ctx, func(store *repo.Store) error {
		page, err := store.Tasks.List(ctx, repo.Query{Sort: repo.SortSaved, Limit: 1})
		if err != nil {
			return err
		}
		for _, t := range page.Items {
			m.id, m.rev = t.ID, t.Rev
		}
		m.n, err = store.Tasks.Count(ctx, repo.Query{})
		return err
	})
	return m, err
}

// Forget has the tasks read anew before they are shown again.
func (a *Agenda) Forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.due, a.done = nil, nil
}

func (a *Agenda) all(ctx context.Context) (due, done map[string][]DueTask, err error) {
	due, done = map[string][]DueTask{}, map[string][]DueTask{}
	err = a.store.Use(ctx, func(store *repo.Store) error {
		for t, err := range store.Tasks.All(ctx, repo.Query{}) {
			if err != nil {
				return err
			}
			one := DueTask{t.ID, t.Title, t.Status, t.DueTime}
			if len(t.DueDate) >= len(time.DateOnly) {
				day := t.DueDate[:len(time.DateOnly)]
				due[day] = append(due[day], one)
			}
			if at, ok := words.LocalTime(t.CompletedAt); ok {
				one.At = words.ClockText(schema.TimeOf(at))
				done[words.DayKey(at)] = append(done[words.DayKey(at)], one)
			}
		}
		return nil
	})
	return due, done, err
}
