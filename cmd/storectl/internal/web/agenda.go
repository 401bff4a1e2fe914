package web

import (
	"context"
	"sync"
	"time"

	"taskstore/repo"
	"taskstore/schema"
)

// dueTask is a task on the day on which it is due, or was done.
type dueTask struct {
	ID, Title, Status, At string
}

// agenda knows which tasks are due or were done on which day. The store keeps tasks by the day on which they were made;
// so they are all read now and then, and what was read is used for a few seconds, or longer while it is read anew.
type agenda struct {
	store *holder

	mu        sync.Mutex
	due, done map[string][]dueTask
	read      time.Time
	reading   bool
}

// agendaAge is how old what is known may be.
const agendaAge = 5 * time.Second

func newAgenda(store *holder) *agenda { return &agenda{store: store} }

// of gives the tasks that are due on a day, and those that were done.
func (a *agenda) of(ctx context.Context, day string) (due, done []dueTask, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.due == nil:
		if a.due, a.done, err = a.all(ctx); err != nil {
			return nil, nil, err
		}
		a.read = time.Now()
	case time.Since(a.read) > agendaAge && !a.reading:
		a.reading = true
		go a.renew(context.WithoutCancel(ctx))
	}
	return a.due[day], a.done[day], nil
}

// renew reads the tasks anew. Where that fails, what was known stays: the page that was asked for tells of the failure.
func (a *agenda) renew(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	due, done, err := a.all(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.reading = false; err == nil {
		a.due, a.done, a.read = due, done, time.Now()
	}
}

// forget has the tasks read anew before they are shown again.
func (a *agenda) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.due, a.done = nil, nil
}

func (a *agenda) all(ctx context.Context) (due, done map[string][]dueTask, err error) {
	due, done = map[string][]dueTask{}, map[string][]dueTask{}
	err = a.store.use(ctx, func(store *repo.Store) error {
		for t, err := range store.Tasks.All(ctx, repo.Query{}) {
			if err != nil {
				return err
			}
			one := dueTask{t.ID, t.Title, t.Status, t.DueTime}
			if len(t.DueDate) >= len(time.DateOnly) {
				day := t.DueDate[:len(time.DateOnly)]
				due[day] = append(due[day], one)
			}
			if at, ok := localTime(t.CompletedAt); ok {
				one.At = clockText(schema.TimeOf(at))
				done[dayKey(at)] = append(done[dayKey(at)], one)
			}
		}
		return nil
	})
	return due, done, err
}
