package web

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/backup"
	"taskstore/cmd/storectl/internal/health"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
	"taskstore/repo/check"
)

// healthPage is what the page of the health shows.
type healthPage struct {
	*health.Status
	Needs  []need
	Counts []kindCount
	Trash  int64
}

// need is something that needs attention, and what mends it: a button, a page, or a command.
type need struct {
	Text, Command string
	Mending       mending
}

// mending is a button or a link against a finding.
type mending struct {
	Do, Button string // of a form
	URL, Link  string
}

// mendings are what the page can do itself of what status and check advise, by the beginning of the command.
var mendings = []struct {
	command string
	mending
}{
	{"storectl backup create", mending{Do: "backup", Button: "Make a backup now"}},
	{"storectl backup drill", mending{Do: "drill", Button: "Try to restore the newest"}},
	{"storectl backup list", mending{URL: "/backups", Link: "See the backups"}},
	{"storectl backup restore", mending{URL: "/backups", Link: "See the backups"}},
	{"storectl backup forget", mending{URL: "/backups", Link: "See the backups"}},
	{"storectl repair fts", mending{Do: "fts", Button: "Mend the search index"}},
	{"storectl repair rows", mending{Do: "rows", Button: "Mend the records"}},
	{"storectl repair refs", mending{Do: "refs", Button: "Mend the references"}},
	{"storectl repair blobs", mending{Do: "blobs", Button: "Mend the contents"}},
}

func mendingOf(command string) mending {
	for _, m := range mendings {
		if strings.HasPrefix(command, m.command) {
			return m.mending
		}
	}
	return mending{}
}

// health is the page of how the store is.
func (s *Server) health(v *visit) error {
	st, err := health.Of(v.Ctx, v.Store, s.catalog(), s.opt.Now(), s.opt.Env)
	if err != nil {
		return err
	}
	p := healthPage{Status: st}
	for _, n := range st.Needs {
		p.Needs = append(p.Needs, need{n.Text, n.Command, mendingOf(n.Command)})
	}
	for _, k := range repo.Kinds() {
		if n := st.Counts[k.Plural]; n > 0 {
			p.Counts = append(p.Counts, kindCount{k.Plural, n})
		}
		p.Trash += st.Trash[k.Plural]
	}
	return v.show("health", "Health", "health", p)
}

// mend does what a button on the page of the health says.
func (s *Server) mend(v *visit) error {
	do := v.PostForm.Get("do")
	w := &work{Nav: "health", Back: "/health"}
	switch do {
	case "backup":
		w.Title = "Make a backup"
		return v.start(w, s.createBackup(false))
	case "drill":
		b, err := s.catalog().Get(v.Ctx, backup.Latest)
		if err != nil {
			return err
		}
		w.Title, w.Of = "Try to restore a backup", b.ID
		return v.start(w, s.drill(b.ID))
	}
	at := slices.IndexFunc(health.Repairs(), func(r health.Repair) bool { return r.Area == do })
	if at < 0 {
		return wrong("There is no such button", "Nothing was done.")
	}
	w.Title = "Mend " + do
	return v.start(w, s.repair(health.Repairs()[at]))
}

// look checks the store. It changes nothing.
func (s *Server) look(v *visit) error {
	quick := v.PostForm.Get("quick") != ""
	title := "Check everything"
	if quick {
		title = "Check samples"
	}
	return v.start(&work{Title: title, Nav: "health", Back: "/health"}, func(ctx context.Context, w *work) notice {
		list, n, err := s.check(ctx, w, check.Options{Quick: quick})
		if err != nil {
			return s.failed("The check", err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.findings = list
		return n
	})
}

// finding is a problem that a check found, with what mends it.
type finding struct {
	check.Problem
	Mending mending
}

func (s *Server) check(ctx context.Context, w *work, opt check.Options) (list []finding, n notice, err error) {
	var rep check.Report
	opt.Progress = func(area string, done, total int64) { w.progress("check "+area, done, total) }
	err = s.hold.Use(ctx, func(store *repo.Store) error {
		rep, err = store.Check(ctx, opt)
		return err
	})
	if err != nil {
		return nil, n, err
	}
	for _, p := range rep.Problems {
		list = append(list, finding{p, mendingOf(p.Fix)})
	}
	var looked int64
	for _, m := range rep.Checked {
		looked += m
	}
	n = notice{Tone: "good", Text: fmt.Sprintf("Nothing is wrong: %s, pages and files were looked at.", words.Count(looked, "row"))}
	switch {
	case rep.Damaged():
		n = notice{Tone: "bad", Text: "Something is damaged: " + words.Count(len(list), "finding") + "."}
	case !rep.OK:
		n = notice{Tone: "warn", Text: words.Count(len(list), "finding") + ", none of them damage."}
	case len(list) > 0:
		n.Lines = append(n.Lines, words.Count(len(list), "note")+" to know of, below.")
	}
	if opt.Quick {
		n.Lines = append(n.Lines, "These were samples: that is no proof.")
	}
	return list, n, nil
}

// repair mends an area, and checks that area again.
func (s *Server) repair(r health.Repair) func(context.Context, *work) notice {
	return func(ctx context.Context, w *work) notice {
		err := s.hold.Use(ctx, func(store *repo.Store) error {
			if r.Hurt {
				if _, err := store.SafetyBackup(ctx, backup.PreRepair); err != nil {
					return fmt.Errorf("nothing was changed: %w", err)
				}
			}
			_, err := r.Run(ctx, store, false, func(done, total int64) { w.progress("mend "+r.Area, done, total) })
			return err
		})
		if err != nil {
			return s.failed("Mending", err)
		}
		list, n, err := s.check(ctx, w, check.Options{Only: []string{r.Area}})
		if err != nil {
			return s.failed("Checking what was mended", err)
		}
		n.Text = "Mended, and checked again. " + n.Text
		w.mu.Lock()
		defer w.mu.Unlock()
		w.findings = list
		return n
	}
}
