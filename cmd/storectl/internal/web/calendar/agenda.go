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
// so they are all read now and then, and what was read is used for a few seconds, or longer while it is read anew.
type Agenda struct {
	store *hold.Holder

	mu        sync.Mutex
	due, done map[string][]DueTask
	read      time.Time
	reading   bool
}

// agendaAge is how old what is known may be.
const agendaAge = 5 * time.Second

// NewAgenda makes the agenda of a store.
func NewAgenda(store *hold.Holder) *Agenda { return &Agenda{store: store} }

// Of gives the tasks that are due on a day, and those that were done.
func (a *Agenda) Of(ctx context.Context, day string) (due, done []DueTask, err error) {
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
func (a *Agenda) renew(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	due, done, err := a.all(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.reading = false; err == nil {
		a.due, a.done, a.read = due, done, time.Now()
	}
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
