package main

import (
	"fmt"
	"time"

	"taskstore/backup/offsite"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

func (a *app) targetList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the targets that the store remembers, without asking them",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := a.findStore()
			if err != nil {
				return err
			}
			known, err := offsite.Recall(recovery.OffsiteMemory(dir))
			if err != nil {
				return err
			}
			lines := make([]targetLine, len(known))
			for i, k := range known {
				lines[i] = newTargetLine(k)
			}
			if len(lines) == 0 {
				a.Say("the store remembers no target; storectl%s backup target init TARGET makes one", a.storeFlag())
			}
			return a.Print(term.Result{Name: "backup-target-list", Document: struct {
				Targets []targetLine `json:"targets"`
			}{lines},
				Columns: []term.Column{{Name: "target"}, {Name: "sealed"}, {Name: "backed_up", Fixed: true, Time: true}, {Name: "verified", Fixed: true, Time: true}, {Name: "drilled", Fixed: true, Time: true}, {Name: "problem", Wide: true}},
				Rows: term.Each(lines, func(l targetLine) []any {
					return []any{l.Address, l.Sealed, orNothing(l.Backed), orNothing(l.Verified), orNothing(l.Drilled), l.Problem}
				})})
		},
	}
}

// targetLine is what the store knows of a target.
type targetLine struct {
	Address  string     `json:"target"`
	ID       string     `json:"id"`
	Sealed   bool       `json:"sealed"`
	Backup   string     `json:"backup"`    // "": none was made there
	Backed   term.Stamp `json:"backed_up"` // null: never
	Verified term.Stamp `json:"verified"`
	Drilled  term.Stamp `json:"drilled"`
	Problem  string     `json:"problem,omitempty"`
}

func newTargetLine(k offsite.Known) targetLine {
	return targetLine{k.Address, k.Mark.ID, k.Mark.Sealed(), k.Backup, timeStamp(k.Backed), timeStamp(k.Verified), timeStamp(k.Drilled), term.OneLine(k.Problem)}
}

// elsewhereStatus fills in what the store knows of its targets, without asking them.
func (a *app) elsewhereStatus(dir string, s *storeStatus) {
	s.Elsewhere = []targetLine{}
	known, err := offsite.Recall(recovery.OffsiteMemory(dir))
	if err != nil {
		s.Attention = append(s.Attention, "what is known of targets cannot be read: "+term.OneLine(err.Error()))
	}
	for _, k := range known {
		s.Elsewhere = append(s.Elsewhere, newTargetLine(k))
		switch at := shellQuote(k.Address); {
		case k.Problem != "":
			s.Attention = append(s.Attention, "at "+k.Address+" something was bad: "+term.OneLine(k.Problem)+": storectl backup verify --heal --to "+at)
		case k.Backed.IsZero():
			s.Attention = append(s.Attention, "no backup is at "+k.Address+": storectl backup create --to "+at)
		case a.Now().Sub(k.Backed) > oldBackup:
			s.Attention = append(s.Attention, fmt.Sprintf("the last backup at %s is of %s: storectl backup create --to %s", k.Address, term.Human(timeStamp(k.Backed), a.Now()), at))
		case k.Drilled.IsZero():
			s.Attention = append(s.Attention, "no backup was ever restored from "+k.Address+" to see whether it can be: storectl backup drill --to "+at)
		}
	}
}

// savedElsewhere tells that a target, of which nothing bad is known, was tried and has a backup that is not old.
func (s *storeStatus) savedElsewhere(now time.Time) bool {
	for _, l := range s.Elsewhere {
		at, err := time.Parse(time.RFC3339Nano, string(l.Backed))
		if err == nil && now.Sub(at) <= oldBackup && l.Problem == "" && l.Drilled != "" {
			return true
		}
	}
	return false
}

// elsewhereProperties are lines of the status page.
func (s *storeStatus) elsewhereProperties(now time.Time) (list []term.Property) {
	for _, l := range s.Elsewhere {
		drilled := "never drilled"
		if l.Drilled != "" {
			drilled = "drilled " + term.Human(l.Drilled, now)
		}
		made := "no backup"
		if l.Backed != "" {
			made = "backed up " + term.Human(l.Backed, now)
		}
		list = append(list, term.Prop("elsewhere", l.Address+": "+made+", "+drilled))
	}
	return list
}
