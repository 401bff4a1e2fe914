package merge

import (
	"taskstore/importexport/legacy/record"
	"taskstore/internal/sqlitedb"
)

// queueBytes is how much text is handed on at once; up to three times as much, or
// three records, are on their way.
const queueBytes = 128 << 10

// queue hands candidates to a goroutine in batches, in their order.
type queue struct {
	batch  []record.Candidate
	size   int
	work   chan []record.Candidate
	failed chan struct{} // closed when err is set
	done   chan struct{} // closed when the goroutine has ended
	err    error
	closed bool
}

func (q *queue) start(insert func(record.Candidate) error) {
	q.work, q.failed, q.done = make(chan []record.Candidate), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(q.done)
		for batch := range q.work {
			for _, c := range batch {
				if q.err = insert(c); q.err != nil {
					sqlitedb.Wrap(&q.err, "stage %s%s", c.File, c.Pointer)
					close(q.failed)
					return
				}
			}
		}
	}()
}

// put queues a candidate. An error may be that of an earlier one.
func (q *queue) put(c record.Candidate) error {
	q.batch = append(q.batch, c)
	q.size += len(c.Raw) + 256
	if c.Content != nil {
		q.size += len(c.Content.Inline)
	}
	if q.size < queueBytes {
		return nil
	}
	return q.send()
}

func (q *queue) send() error {
	select {
	case q.work <- q.batch:
		q.batch, q.size = nil, 0
		return nil
	case <-q.failed:
		return q.err
	}
}

// finish waits until everything is stored.
func (q *queue) finish() error {
	if len(q.batch) > 0 {
		if err := q.send(); err != nil {
			return err
		}
	}
	q.close()
	return q.err
}

// close ends the goroutine; what was not handed on is dropped.
func (q *queue) close() {
	if !q.closed {
		q.closed = true
		close(q.work)
		<-q.done
	}
}
