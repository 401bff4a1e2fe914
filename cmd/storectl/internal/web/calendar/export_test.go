package calendar

import (
	"context"
	"time"
)

// Patience is how long pages wait for the tasks.
func (a *Agenda) Patience(d time.Duration) { a.patience = d }

// EndOld ends a reading that was begun before the last Forget, and tells whether it is taken for what there is.
func (a *Agenda) EndOld(ctx context.Context) bool {
	a.renew(ctx, make(chan struct{}), mark{}, true)
	return a.tasks != nil
}

// Hurry has the agenda look for new tasks at once, and read all after a while.
func (a *Agenda) Hurry(unread time.Duration) {
	a.unlooked, a.unread, a.patience = 0, unread, time.Minute
}
