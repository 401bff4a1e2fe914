package calendar

import (
	"context"
	"errors"
	"sync"
	"time"

	"taskstore/cmd/storectl/internal/web/hold"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
)

// DueTask is a task on the day on which it is due, or was done.
type DueTask struct {
	ID, Title, Status, At string
}

// ErrUnread says that the tasks are still being read.
var ErrUnread = errors.New("the tasks are still being read")

// Agenda knows which tasks are due or were done on which day. The store keeps tasks by the day on which they were made;
// so they are all read, beside the pages, and what was read is used while no task was saved since, as far as the store says
// at once, but for a minute at most: what other tools write it does not say. It is used a little longer, while it is read anew.
type Agenda struct {
	store *hold.Holder

	mu      sync.Mutex
	tasks   *tasks // nil: not known
	err     error  // why not
	mark    mark
	read    time.Time     // all of them
	looked  time.Time     // whether there is anything new
	reading chan struct{} // closed when they have been read; nil: they are not being read

	unlooked, unread time.Duration // how long what is known is taken as it is
	patience         time.Duration // how long a page waits for what is not
}

// tasks are those that are due or were done, by day.
type tasks struct{ due, done map[string][]DueTask }

// mark is by what one sees that tasks were saved: the last one, and how many there are.
type mark struct {
	id  string
	rev int64
	n   int
}

// NewAgenda makes the agenda of a store.
func NewAgenda(store *hold.Holder) *Agenda {
	return &Agenda{store: store, unlooked: 5 * time.Second, unread: time.Minute, patience: 150 * time.Millisecond}
}

// Of gives the tasks that are due on a day, and those that were done. It is ErrUnread where there are so many that reading
// them takes longer than a page may.
func (a *Agenda) Of(ctx context.Context, day string) (due, done []DueTask, err error) {
	a.mu.Lock()
	if a.reading == nil && (a.tasks == nil || time.Since(a.looked) > a.unlooked) {
		a.reading, a.err = make(chan struct{}), nil
		go a.renew(context.WithoutCancel(ctx), a.reading, a.mark, a.tasks == nil || time.Since(a.read) > a.unread)
	}
	known, reading := a.tasks != nil, a.reading
	a.mu.Unlock()
	if !known {
		select {
		case <-reading:
		case <-time.After(a.patience):
		case <-ctx.Done():
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.tasks != nil:
		return a.tasks.due[day], a.tasks.done[day], nil
	case a.err != nil:
		return nil, nil, a.err
	}
	return nil, nil, ErrUnread
}

// renew reads the tasks anew, if there are new ones or it has to. Where that fails, what was known stays.
func (a *Agenda) renew(ctx context.Context, reading chan struct{}, known mark, must bool) {
	defer close(reading)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var now mark
	var list *tasks
	err := a.store.Use(ctx, func(store *repo.Store) (err error) {
		if now, err = lastSaved(ctx, store); err == nil && (must || now != known) {
			list, err = all(ctx, store)
		}
		return err
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.reading != reading {
		return // forgotten meanwhile: it may be older than that
	}
	a.reading, a.err = nil, err
	if err != nil {
		return
	}
	if a.looked = time.Now(); list != nil {
		a.tasks, a.mark, a.read = list, now, a.looked
	}
}

// Forget has the tasks read anew before they are shown again.
func (a *Agenda) Forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tasks, a.reading, a.err = nil, nil, nil
}

// lastSaved asks the store for what it keeps at hand.
func lastSaved(ctx context.Context, store *repo.Store) (m mark, err error) {
	page, err := store.Tasks.List(ctx, repo.Query{Sort: repo.SortSaved, Limit: 1})
	if err != nil {
		return m, err
	}
	for _, t := range page.Items {
		m.id, m.rev = t.ID, t.Rev
	}
	m.n, err = store.Tasks.Count(ctx, repo.Query{})
	return m, err
}

func all(ctx context.Context, store *repo.Store) (*tasks, error) {
	list := &tasks{map[string][]DueTask{}, map[string][]DueTask{}}
	for t, err := range store.Tasks.All(ctx, repo.Query{}) {
		if err != nil {
			return nil, err
		}
		one := DueTask{t.ID, t.Title, t.Status, t.DueTime}
		if len(t.DueDate) >= len(time.DateOnly) {
			day := t.DueDate[:len(time.DateOnly)]
			list.due[day] = append(list.due[day], one)
		}
		if at, ok := words.LocalTime(t.CompletedAt); ok {
			one.At = at.Format("15:04")
			list.done[words.DayKey(at)] = append(list.done[words.DayKey(at)], one)
		}
	}
	return list, nil
}
