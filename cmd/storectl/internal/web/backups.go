package web

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
)

// backupsPage is what the page of the backups shows.
type backupsPage struct {
	List    []backup.Backup
	Runs    backup.Runs
	Problem string // why the list cannot be read
	Now     time.Time
}

func (s *Server) catalog() *backup.Catalog {
	return repo.Backups(s.opt.Dir, repo.Options{Now: s.opt.Now, Log: s.opt.Log})
}

// recoveryOptions are what package recovery is told, so that the page of a work shows how far it is.
func (s *Server) recoveryOptions(w *work) recovery.Options {
	return recovery.Options{Now: s.opt.Now, Log: s.opt.Log, Progress: w.progress}
}

// backups is the page of the backups. It needs no store that can be opened: it is where a lost one is restored.
func (s *Server) backups(v *visit) error {
	p := backupsPage{Now: s.opt.Now()}
	var err error
	if p.List, err = s.catalog().List(v.Ctx); err != nil {
		p.Problem = err.Error()
	}
	if p.Runs, err = s.catalog().Runs(); err != nil && p.Problem == "" {
		p.Problem = err.Error()
	}
	return v.show("backups", "Backups", "backups", p)
}

// changeBackups does what a button on the page of the backups says.
func (s *Server) changeBackups(v *visit) error {
	id := v.PostForm.Get("id")
	switch v.PostForm.Get("do") {
	case "create":
		return v.startOn("", "Make a backup", s.createBackup(v.PostForm.Get("pin") != ""))
	case "verify":
		return v.startOn(id, "Verify a backup", func(ctx context.Context, w *work) notice {
			b, err := recovery.Verify(ctx, s.opt.Dir, id, s.recoveryOptions(w))
			if err != nil {
				return s.failed("The verification", err)
			}
			return notice{Tone: "good", Text: "Backup " + b.ID + " was read from beginning to end: every byte is what was written, and the contents it names are there."}
		})
	case "drill":
		return v.startOn(id, "Try to restore a backup", s.drill(id))
	case "pin", "unpin":
		return s.pin(v, id, v.PostForm.Get("do") == "pin")
	}
	return wrong("There is no such button", "Nothing was done.")
}

func (s *Server) createBackup(pin bool) func(context.Context, *work) notice {
	return func(ctx context.Context, w *work) notice {
		b, made, err := recovery.Create(ctx, s.opt.Dir, recovery.CreateOptions{Options: s.recoveryOptions(w), CreateOptions: backup.CreateOptions{Reason: backup.Manual, Pin: pin}})
		if err != nil {
			return s.failed("The backup", err)
		}
		kept, err := s.catalog().Get(ctx, b.ID)
		if err != nil {
			return s.failed("Reading the backup back", err)
		}
		n := notice{Tone: "good", Text: fmt.Sprintf("Backup %s was made and verified; it takes %s.", kept.ID, words.SizeText(kept.Size()))}
		if !made {
			n.Text = "Nothing has changed since backup " + kept.ID + ", which is kept."
		}
		if len(kept.Damage) > 0 {
			n.Tone = "warn"
			n.Lines = append(n.Lines, "It is a true copy of a store in which something is damaged or missing: "+kept.Damage[0])
			n.Links = append(n.Links, link{"/health", "To the health of the store"})
		}
		return n
	}
}

func (s *Server) drill(id string) func(context.Context, *work) notice {
	return func(ctx context.Context, w *work) notice {
		d, err := recovery.RunDrill(ctx, s.opt.Dir, id, s.recoveryOptions(w))
		if err != nil && !errors.Is(err, recovery.ErrBad) {
			return s.failed("The trial", err)
		}
		if err != nil {
			return notice{Tone: "bad", Text: "Backup " + id + " is bad.", Lines: d.Problems}
		}
		return notice{Tone: "good", Text: fmt.Sprintf("Backup %s can be restored: it was, to a place beside the store, with %s; %s were read, and everything was checked.",
			d.ID, words.Count(words.Sum(d.Counts), "record"), words.Count(d.Contents, "content"))}
	}
}

// pin keeps a backup whatever the rules say, or leaves it to them again, and says what the catalog says then.
func (s *Server) pin(v *visit, id string, pinned bool) error {
	b, err := s.catalog().Pin(v.Ctx, id, pinned)
	if err == nil {
		b, err = s.catalog().Get(v.Ctx, b.ID)
	}
	if err != nil {
		return err
	}
	n := notice{Tone: "good", Text: "Backup " + b.ID + " is kept, whatever the rules say."}
	if !b.Pinned {
		n.Text = "Backup " + b.ID + " is left to the rules again."
	}
	return v.done("/backups", n)
}

// report is what a work found out about what would change: for its page, on which records are picked.
type report struct {
	Backup   string
	List     []recovery.Change
	Question string // what is asked; "" is nothing
	Step     string // what the answer does
	picked   map[string][]string
	Danger   string // what would be gone
	Counts   map[string]int
}

// mostChanges is how many records stand on a page of a report.
const mostChanges = 300

// changesPage is a report as its page shows it.
type changesPage struct {
	*report
	ID    string // of the work
	Shown []recovery.Change
	More  string
	Frame frame
}

func (v *visit) changes(w *work, r *report) changesPage {
	from := 0
	_, _ = fmt.Sscan(v.FormValue("from"), &from)
	from = max(0, min(from, len(r.List)))
	to := min(from+mostChanges, len(r.List))
	p := changesPage{report: r, ID: w.ID, Shown: r.List[from:to], Frame: v.frame("", "", nil)}
	if to < len(r.List) {
		p.More = "/job?" + url.Values{"id": {w.ID}, "from": {fmt.Sprint(to)}}.Encode()
	}
	return p
}

func countChanges(list []recovery.Change) map[string]int {
	counts := map[string]int{recovery.Added: 0, recovery.Removed: 0, recovery.Changed: 0}
	for _, c := range list {
		counts[c.Change]++
	}
	return counts
}
