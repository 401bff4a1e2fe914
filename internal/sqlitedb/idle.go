package sqlitedb

import "sync"

// idleConns are the connections that nobody uses. The one that came last is taken first: the
// page caches of as many grow as are in use at once, not those of all.
type idleConns struct {
	some chan struct{} // one for each of list; who has received one may pop

	mu   sync.Mutex
	list []*conn
}

// newIdleConns keeps up to n.
func newIdleConns(n int) *idleConns { return &idleConns{some: make(chan struct{}, n)} }

// push keeps c, unless there are as many as are kept.
func (l *idleConns) push(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == cap(l.some) {
		return false
	}
	l.list = append(l.list, c)
	l.some <- struct{}{} // there is room: some has never more than list
	return true
}

// pop gives the connection for which one was received from some.
func (l *idleConns) pop() *conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.list) - 1
	c := l.list[last]
	l.list = l.list[:last]
	return c
}
