package check

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/search"

	"golang.org/x/sync/errgroup"
)

const (
	// maxWorkers is how many jobs run at once.
	maxWorkers = 4
	// apart are the further connections: plan.bare and plan.own.
	apart = 2
	// small is the size of a file, in bytes, that is read in less time than further
	// connections take to read its schema: one works, and one looks at the pages.
	small = 4 << 20
	// tiny is the size of one in which FTS5 looks at all that it has in less time than a
	// further connection takes: one does everything.
	tiny = 2 << 20
)

// plan is all that a check does, as jobs that can run at once on one snapshot.
type plan struct {
	opt   Options
	s     *Checks
	txs   []*sqlitedb.Tx // one for each worker
	bare  *sqlitedb.Tx   // for the pages: the only one of all if there is but one
	own   *sqlitedb.Tx   // for what makes temporary tables, likewise
	tally *tally
	jobs  []*job // in the order in which their findings are reported
	told  bool   // that tables are not as they should be
	room  int64  // how many rows the file has room for

	broken atomic.Bool // the pages are known to be damaged
	asked  bool        // FTS5 is asked by a job of its own on the connection that looks at the pages
}

// job is a part of a check. It is done on one connection.
type job struct {
	area     string
	run      func(*checker, context.Context) error
	tx       *sqlitedb.Tx // nil: that of the worker
	early    bool         // it takes long, and begins before the others
	done     bool
	late     bool // it is done after the others
	skipped  bool // it needs pages that are not damaged
	problems []Problem
}

// make decides on the jobs.
func (p *plan) make(ctx context.Context) error {
	p.tally = newTally(p.opt.Progress)
	if err := p.measure(ctx); err != nil {
		return err
	}
	for _, area := range Areas() {
		if len(p.opt.Only) > 0 && !slices.Contains(p.opt.Only, area) {
			continue
		}
		switch area {
		case AreaDB:
			look := &job{area: area, run: (*checker).schema, done: true}
			p.add(look, 0)
			if err := p.do(ctx, look, p.txs[0]); err != nil {
				return err
			}
			p.told = slices.ContainsFunc(look.problems, func(f Problem) bool { return f.Severity != SeverityNote })
			if p.opt.Quick {
				p.add(&job{area: area, run: (*checker).smallTables}, 0)
			} else {
				p.add(&job{area: area, run: func(c *checker, ctx context.Context) error { return c.pages(ctx, p.asked) }, tx: p.bare, early: true}, 0)
				p.add(&job{area: area, run: (*checker).partialIndexes}, 0)
				p.after(&job{area: area, run: func(c *checker, ctx context.Context) error {
					if !p.broken.Load() {
						return nil
					}
					return c.otherIndexes(ctx)
				}})
			}
		case AreaFK:
			p.add(&job{area: area, run: (*checker).foreignKeys}, 0)
		case AreaRows:
			p.rows()
		case AreaFTS:
			if err := p.index(ctx); err != nil {
				return err
			}
		case AreaRefs:
			p.refs()
		case AreaBlobs:
			p.add(&job{area: area, run: (*checker).contents}, 0)
		case AreaBackups:
			if err := p.backups(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// add adds a job that looks at so many things, as far as that is known.
func (p *plan) add(j *job, total int64) {
	p.jobs = append(p.jobs, j)
	p.tally.expect(j.area, total)
}

// after adds a job that is done after the others. Nobody is told how far it is.
func (p *plan) after(j *job) {
	j.done, j.late = true, true
	p.jobs = append(p.jobs, j)
}

// run does all jobs and gives what they have found.
func (p *plan) run(ctx context.Context) ([]Problem, error) {
	queue := make(chan *job, len(p.jobs))
	for _, early := range []bool{true, false} {
		for _, j := range p.jobs {
			if j.early == early && !j.done {
				queue <- j
			}
		}
	}
	close(queue)
	workers, going := errgroup.WithContext(ctx)
	for _, tx := range p.txs {
		workers.Go(func() error {
			for j := range queue {
				if err := errors.Join(going.Err(), p.do(going, j, tx)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := workers.Wait()
	if err == nil {
		err = p.late(ctx)
	}
	found := []Problem{}
	told := map[string]bool{}
	for _, j := range p.jobs {
		found = append(found, j.problems...)
		if j.skipped && !told[j.area] {
			told[j.area] = true
			found = append(found, Problem{Area: j.area, Severity: SeverityNote, Detail: "not looked at to its end, since pages of the file are damaged", Fix: FixRows})
		}
	}
	return found, err
}

// late does the jobs that need what the others have found.
func (p *plan) late(ctx context.Context) error {
	for _, j := range p.jobs {
		if !j.late {
			continue
		}
		p.tally.expect(j.area, 0)
		if err := p.do(ctx, j, p.txs[0]); err != nil {
			return err
		}
	}
	return nil
}

// unreadable is the finding that something could not be read.
func unreadable(area string, err error) Problem {
	p := Problem{Area: area, Severity: SeverityError, Detail: err.Error(), Fix: FixRows}
	if value, ok := errors.AsType[*sqlitedb.ValueError](err); ok {
		p.Table, p.PK = value.Table, value.PK
	}
	return p
}

// isBroken tells whether a problem is one of the pages themselves.
func isBroken(p Problem) bool { return p.Area == AreaDB && p.Severity == SeverityError }

// leastRow is how many bytes of a page a row takes at least.
const leastRow = 4

// measure finds out how many rows the file has room for: where its pages are damaged, more can
// seem to be there, and a check would go on for ever.
func (p *plan) measure(ctx context.Context) error {
	var pages, size int64
	err := p.txs[0].Get(ctx, &pages, "PRAGMA page_count")
	if err == nil {
		err = p.txs[0].Get(ctx, &size, "PRAGMA page_size")
	}
	p.room = pages * size / leastRow
	return err
}

// skips tells whether an area is not looked at in a file whose pages are damaged: what is
// derived, and what needs one table to be found by another.
func (p *plan) skips(area string) bool {
	return p.broken.Load() && (area == AreaFTS || area == AreaRefs)
}

// do does one job. That something cannot be read because it is damaged is a finding.
func (p *plan) do(ctx context.Context, j *job, tx *sqlitedb.Tx) error {
	if j.tx != nil {
		tx = j.tx
	}
	c := &checker{s: p.s, q: tx, opt: p.opt, tally: p.tally, room: p.room}
	defer p.tally.finish(j.area)
	if p.skips(j.area) {
		j.skipped = true
		return nil
	}
	err := j.run(c, ctx)
	c.count(j.area)
	if j.area == AreaDB && (err != nil || slices.ContainsFunc(c.problems, isBroken)) {
		p.broken.Store(true)
	}
	switch {
	case err == nil:
	case search.IsIndexDamage(err):
		c.found(Problem{Area: AreaFTS, Severity: SeverityError, Table: "search", Detail: err.Error(), Fix: fixIndex})
	case errors.Is(err, sqlitedb.ErrSchema) && p.told: // what cannot be looked at is among the findings
	case errors.Is(err, sqlitedb.ErrSchema):
		c.found(Problem{Area: j.area, Severity: SeverityError, Detail: err.Error(), Fix: FixSchema})
	case errors.Is(sqlitedb.Classify(err), sqlitedb.ErrCorrupt):
		c.found(unreadable(j.area, err))
	default:
		return err
	}
	j.problems = c.problems
	return nil
}
