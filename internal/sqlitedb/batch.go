package sqlitedb

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

var (
	errGone   = errors.New("the write ended its goroutine")
	errSpoilt = errors.New("a write of the batch failed half done")
)

// loop runs batches until the writer is closed and nothing is queued. A job
// that ends the goroutine (runtime.Goexit) is undone and answered, and another
// goroutine goes on.
func (w *writer) loop() {
	finished := false
	defer func() {
		if finished {
			close(w.stopped)
			return
		}
		w.conn.rollback()
		if w.current != nil {
			w.current.err = errGone
		}
		w.undone(w.current, errGone, true)
		go w.loop()
	}()
	for w.gather() {
		w.runBatch()
	}
	finished = true
}

// gather fills the batch with what waits now, and waits only for the first job.
// It reports false when the writer is closed and the queue is empty.
func (w *writer) gather() bool {
	w.batch = w.batch[:0]
	for len(w.pending) > 0 && len(w.batch) < writerBatch {
		j := w.pending[0]
		if j.alone && len(w.batch) > 0 {
			return true
		}
		w.batch, w.pending = append(w.batch, j), w.pending[1:]
		if j.alone {
			return true
		}
	}
	if len(w.batch) == 0 {
		select {
		case j := <-w.queue:
			w.batch = append(w.batch, j)
		case <-w.closing:
		}
	}
	for len(w.batch) < writerBatch {
		select {
		case j := <-w.queue:
			w.batch = append(w.batch, j)
		default:
			return len(w.batch) > 0
		}
	}
	return true
}

// runBatch runs the batch in one transaction and answers everybody in it.
func (w *writer) runBatch() {
	w.beginning.Store(true)
	err := w.conn.begin(w.db.opt.Busy, w.unwanted)
	w.beginning.Store(false)
	if err != nil {
		w.refuse(err)
		return
	}
	w.conn.noteLog(w.db.path)
	culprit, err := w.runJobs()
	if errors.Is(err, errSpoilt) {
		w.conn.rollback()
		w.again(culprit)
		return
	}
	if err != nil {
		w.conn.rollback()
		w.undone(culprit, err, !IsBusy(err))
		return
	}
	if !w.anyDone() { // nothing to keep: no wait for the disk
		w.conn.rollback()
		w.answerAll()
		return
	}
	if err := w.end(); err != nil {
		w.conn.rollback()
		w.undone(nil, err, !IsBusy(err))
		return
	}
	if err := w.conn.stay(&w.db.place); err != nil {
		w.conn.rollback()
		w.undone(nil, err, false)
		return
	}
	if err := w.conn.commit(w.db.opt.Busy); err != nil {
		w.conn.rollback()
		// Only a constraint says for certain that nothing has reached the disk;
		// after any other error a second run might be a second effect.
		w.undone(nil, fmt.Errorf("commit: %w", err), IsConstraint(err))
		return
	}
	w.answerAll()
	w.committed()
}

// runJobs begins what the jobs share, and runs them. An error means that the transaction
// as a whole is lost; culprit is the job that lost it.
func (w *writer) runJobs() (culprit *job, err error) {
	if err := w.begin(); err != nil {
		return nil, err
	}
	apart := w.apart()
	for _, j := range w.batch {
		if !j.claim() {
			continue
		}
		w.current = j
		err := w.runJob(j, apart)
		w.current = nil
		if err != nil {
			return j, err
		}
	}
	return nil, nil
}

// apart tells whether each job of the batch needs a savepoint, for which SQLite
// copies every page before it changes. A lone job takes its transaction with it.
// Several that can be run again do without: if one fails after it has written, the
// others are run again, with savepoints.
func (w *writer) apart() bool {
	return len(w.batch) > 1 && slices.ContainsFunc(w.batch, func(j *job) bool { return j.callers || j.again })
}

// runJob runs j, inside a savepoint if it is to be kept apart, and keeps its error
// in it. The error that it returns means that the transaction is lost.
func (w *writer) runJob(j *job, apart bool) error {
	w.ran++
	if apart {
		if err := w.conn.run(sqlSavepoint); err != nil {
			j.err = err
			return err
		}
	}
	tx := w.newTx()
	defer tx.end() // also when the job ends this goroutine
	j.err = j.run(tx)
	if lost := tx.end(); lost != nil {
		if j.err == nil {
			j.err = lost
		}
		return lost
	}
	if !apart {
		if j.err != nil && tx.wrote && len(w.batch) > 1 {
			return errSpoilt
		}
		return nil // without an effect of anybody, runBatch rolls back
	}
	if j.err == nil {
		j.err = w.conn.run(sqlRelease)
		return j.err
	}
	if err := w.conn.run(sqlRollbackTo); err != nil {
		return err
	}
	return w.conn.run(sqlRelease)
}

// anyDone reports whether a job of the batch has an effect to keep.
func (w *writer) anyDone() bool {
	for _, j := range w.batch {
		if j.state.Load() == jobBegun && j.err == nil {
			return true
		}
	}
	return false
}

// answerAll gives everybody in the batch his own result.
func (w *writer) answerAll() {
	for i, j := range w.batch {
		if j.state.Load() == jobBegun {
			j.answer(j.err)
		}
		w.batch[i] = nil
	}
}

// again deals with a batch without savepoints that was rolled back because culprit
// has failed in the middle of its writes: it gets its error, and the others are run
// again.
func (w *writer) again(culprit *job) {
	var rest []*job
	for _, j := range w.batch {
		switch {
		case j == culprit:
			j.answer(j.err)
		case j.state.Load() == jobBegun:
			j.again, j.err = true, nil
			rest = append(rest, j)
		default:
			rest = append(rest, j)
		}
	}
	w.pending = append(rest, w.pending...)
	clear(w.batch)
}

// undone deals with a batch that was rolled back because of err. The job that
// did it gets its own error. The others have lost their effect without fault:
// those that have not begun go into the next batch, those that can be run again
// get one more chance in a batch of their own if again is true, and the rest
// get err.
func (w *writer) undone(culprit *job, err error, again bool) {
	var rest []*job
	err, begun := w.conn.cause(err), 0
	if culprit != nil {
		culprit.err = w.conn.cause(culprit.err)
	}
	for _, j := range w.batch {
		if j.state.Load() == jobBegun {
			begun++
		}
	}
	for _, j := range w.batch {
		switch {
		case j == culprit:
			j.answer(j.err)
		case j.state.Load() != jobBegun:
			if begun > 0 {
				rest = append(rest, j)
			} else if j.claim() { // nobody has begun: the transaction itself cannot be had
				j.answer(err)
			}
		case j.callers && j.err != nil:
			j.answer(j.err)
		case begun == 1:
			j.answer(err)
		case again && !j.callers:
			j.alone, j.err = true, nil
			rest = append(rest, j)
		default:
			j.answer(fmt.Errorf("undone together with other writes: %w", err))
		}
	}
	w.current = nil
	w.pending = append(rest, w.pending...)
	clear(w.batch)
}

// refuse answers a batch whose transaction could not begin. If somebody else
// holds the lock, so does it those in the queue that have waited as long.
func (w *writer) refuse(err error) {
	for _, j := range w.batch {
		if j.claim() {
			j.answer(err)
		}
	}
	clear(w.batch)
	if !IsBusy(err) {
		return
	}
	var rest []*job
	for _, j := range append(w.pending, w.drain()...) {
		if time.Since(j.queued) < w.db.opt.Busy {
			rest = append(rest, j)
		} else if j.claim() {
			j.answer(err)
		}
	}
	w.pending = rest
}

// drain takes everything out of the queue.
func (w *writer) drain() []*job {
	var jobs []*job
	for {
		select {
		case j := <-w.queue:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
}
