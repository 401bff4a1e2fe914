package calendar

import "time"

// Hurry has the agenda look for new tasks at once, and read all after a while.
func (a *Agenda) Hurry(unread time.Duration) { a.unlooked, a.unread = 0, unread }
