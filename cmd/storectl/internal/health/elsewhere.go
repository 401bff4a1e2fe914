package health

import (
	"fmt"
	"time"

	"taskstore/backup/offsite"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/shell"
)

// Target is what the store knows of a target.
type Target struct {
	Address  string     `json:"target"`
	ID       string     `json:"id"`
	Sealed   bool       `json:"sealed"`
	Used     term.Stamp `json:"used"`
	Backup   string     `json:"backup"`             // "": none was made there
	Backed   term.Stamp `json:"backed_up"`          // null: never
	Held     term.Stamp `json:"contents,omitempty"` // when contents were copied there without a backup
	Verified term.Stamp `json:"verified"`
	Drilled  term.Stamp `json:"drilled"`
	Problem  string     `json:"problem,omitempty"`
}

// NewTarget is what is known of a target, as it is shown.
func NewTarget(k offsite.Known) Target {
	return Target{k.Address, k.Mark.ID, k.Mark.Sealed(), term.StampOf(k.Used), k.Backup, term.StampOf(k.Backed), term.StampOf(k.Held), term.StampOf(k.Verified), term.StampOf(k.Drilled), term.OneLine(k.Problem)}
}

// lookElsewhere fills in what the store knows of its targets, without asking them.
func (s *Status) lookElsewhere(dir string, now time.Time) {
	s.Elsewhere = []Target{}
	known, err := offsite.Recall(recovery.OffsiteMemory(dir))
	if err != nil {
		s.need("what is known of targets cannot be read: "+term.OneLine(err.Error()), "")
	}
	for _, k := range known {
		s.Elsewhere = append(s.Elsewhere, NewTarget(k))
		switch at := shell.Quote(k.Address); {
		case k.Problem != "":
			s.need("at "+k.Address+" something was bad: "+term.OneLine(k.Problem), "storectl backup verify --heal --to "+at)
		case k.Backed.IsZero() && !k.Held.IsZero(): // it is for contents alone
			if now.Sub(k.Held) > oldBackup {
				s.need(fmt.Sprintf("contents were copied to %s for the last time %s", k.Address, term.Human(term.StampOf(k.Held), now)), "storectl backup run --contents-only --to "+at)
			}
		case k.Backed.IsZero():
			s.need("no backup is at "+k.Address, "storectl backup create --to "+at)
		case now.Sub(k.Backed) > oldBackup:
			s.need(fmt.Sprintf("the last backup at %s is of %s", k.Address, term.Human(term.StampOf(k.Backed), now)), "storectl backup create --to "+at)
		case k.Drilled.IsZero():
			s.need("no backup was ever restored from "+k.Address+" to see whether it can be", "storectl backup drill --to "+at)
		}
	}
}

// savedElsewhere tells that a target, of which nothing bad is known, was tried and has a backup that is not old.
func (s *Status) savedElsewhere(now time.Time) bool {
	for _, l := range s.Elsewhere {
		at, err := time.Parse(time.RFC3339Nano, string(l.Backed))
		if err == nil && now.Sub(at) <= oldBackup && l.Problem == "" && l.Drilled != "" {
			return true
		}
	}
	return false
}
