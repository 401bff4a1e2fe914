package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"taskstore/cmd/storectl/internal/web/guard"
	"taskstore/cmd/storectl/internal/web/words"
)

// work is something long that a button began: a backup, a drill, a check, a restore. One at a time is done.
type work struct {
	ID, Title string
	Of        string // the backup that it is about
	Nav       string // the part of the page that it belongs to
	Back      string // the address to go back to
	Begun     time.Time

	mu          sync.Mutex
	what        string
	done, total int64
	ended       time.Time
	outcome     notice
	findings    []finding // of a check
	report      *report   // of a comparison
	stop        context.CancelFunc
}

// jobs are the works of this server, the newest last.
type jobs struct {
	now func() time.Time

	mu   sync.Mutex
	list []*work
	wait sync.WaitGroup
}

const (
	mostWorks    = 20
	mostFindings = 500
)

var errBusy = guard.Refusal{Status: http.StatusConflict, Title: "Something else is being done", Text: "One long piece of work at a time. Nothing was begun: try again when it has ended.", Link: "/job", LinkText: "See how far it is"}

func newJobs(now func() time.Time) *jobs { return &jobs{now: now} }

// begin starts a work, and goes on when the request has ended.
func (j *jobs) begin(w *work, run func(context.Context, *work) notice) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if n := len(j.list); n > 0 && !j.list[n-1].hasEnded() {
		return errBusy
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.ID, w.Begun, w.stop = rand.Text(), j.now(), cancel
	if j.list = append(j.list, w); len(j.list) > mostWorks {
		j.list = j.list[1:]
	}
	j.wait.Go(func() {
		defer cancel()
		outcome := run(ctx, w)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.outcome, w.ended = outcome, j.now()
	})
	return nil
}

// find gives a work by its id, the newest for "".
func (j *jobs) find(id string) *work {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := len(j.list) - 1; i >= 0; i-- {
		if id == "" || j.list[i].ID == id {
			return j.list[i]
		}
	}
	return nil
}

// end stops what is being done, and waits for it.
func (j *jobs) end() {
	if w := j.find(""); w != nil {
		w.stop()
	}
	j.wait.Wait()
}

func (w *work) hasEnded() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.ended.IsZero()
}

// progress is told how far the work is.
func (w *work) progress(what string, done, total int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.what, w.done, w.total = what, done, total
}

// workPage is what the page of a work shows.
type workPage struct {
	*work
	What        string
	Done, Total int64
	Ended       bool
	Took        time.Duration
	Outcome     notice
	Findings    []finding
	Changes     *changesPage
	Empty       bool
}

// job shows how far a work is, and what came of it. The page loads itself again until then.
func (s *Server) job(v *visit) error {
	w := s.jobs.find(v.FormValue("id"))
	if w == nil {
		return v.show("job", "Work", "", workPage{work: &work{}, Empty: true})
	}
	w.mu.Lock()
	p := workPage{work: w, What: w.what, Done: w.done, Total: w.total, Ended: !w.ended.IsZero(), Outcome: w.outcome, Findings: w.findings}
	found := w.report
	p.Took = s.opt.Now().Sub(w.Begun)
	if p.Ended {
		p.Took = w.ended.Sub(w.Begun)
	}
	w.mu.Unlock()
	if len(p.Findings) > mostFindings {
		p.Outcome.Lines = append(p.Outcome.Lines, "The first "+words.Count(mostFindings, "finding")+" are shown; storectl check shows all.")
		p.Findings = p.Findings[:mostFindings]
	}
	if found != nil {
		changes := v.changes(w, found)
		p.Changes = &changes
	}
	return v.show("job", w.Title, w.Nav, p)
}

// stopJob stops a work, which ends where it can be ended.
func (s *Server) stopJob(v *visit) error {
	w := s.jobs.find(v.FormValue("id"))
	if w == nil {
		return guard.Refusal{Status: http.StatusNotFound, Title: "There is no such work", Text: "It was forgotten, or storectl web was started anew."}
	}
	w.stop()
	return v.goTo("/job?id=" + url.QueryEscape(w.ID))
}

// start begins a work and goes to its page.
func (v *visit) start(w *work, run func(context.Context, *work) notice) error {
	if err := v.s.jobs.begin(w, run); err != nil {
		return err
	}
	return v.goTo("/job?id=" + url.QueryEscape(w.ID))
}

// startOn is start for a work on backups, of one of them or of none.
func (v *visit) startOn(backup, title string, run func(context.Context, *work) notice) error {
	return v.start(&work{Title: title, Of: backup, Nav: "backups", Back: "/backups"}, run)
}

// failed is the outcome of a work that failed.
func (s *Server) failed(what string, err error) notice {
	n := notice{Tone: "bad", Text: what + " did not succeed: " + err.Error()}
	if errors.Is(err, context.Canceled) {
		return notice{Tone: "warn", Text: what + " was stopped. What was done until then stays; nothing is half done."}
	}
	if hint := s.opt.Hint(err); hint != "" {
		n.Lines = append(n.Lines, "On the command line: "+hint)
	}
	return n
}
