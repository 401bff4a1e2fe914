package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// stopGrace is how long a command may take to end after a signal, or when the time that --timeout
// allows has passed. Most need milliseconds: what they are in the middle of.
const stopGrace = 10 * time.Second

// errStuck is what is said of a command that did not end.
var errStuck = errors.New("the command does not end by itself, and is ended; what was committed stays")

// ending is how a command is ended that does not end by itself.
type ending struct {
	exit  func(int)    // ends the process; nil: the command is waited for
	grace atomic.Int64 // how long it is waited for, in nanoseconds
	ended atomic.Bool  // the command has ended
}

// exiting lets the app end the process.
func (a *app) exiting(exit func(int)) *app {
	a.ending.exit = exit
	a.ending.grace.Store(int64(stopGrace))
	return a
}

// watch ends the process where a command goes on though its context has ended: whatever it hangs in, a signal and a time
// limit are obeyed. SQLite's log makes that safe, as it does for a kill.
func (a *app) watch(ctx context.Context) {
	if a.ending.exit == nil {
		return
	}
	context.AfterFunc(ctx, func() {
		time.Sleep(time.Duration(a.ending.grace.Load())) // the process has ended by then, or the command hangs
		if !a.ending.ended.Load() {
			a.ending.exit(a.report(ctx, errors.Join(ctx.Err(), errStuck)))
		}
	})
}
