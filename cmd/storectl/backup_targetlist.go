package main

import (
	"fmt"
	"slices"
	"time"

	"taskstore/backup/offsite"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"
)

// knownTargets are those that the store in use remembers, without asking them.
func (a *app) knownTargets() (lines []targetLine, err error) {
	dir, err := a.backupPlace("")
	if err != nil {
		return nil, err
	}
	known, err := offsite.Recall(recovery.OffsiteMemory(dir))
	lines = make([]targetLine, len(known))
	for i, k := range known {
		lines[i] = newTargetLine(k)
	}
	return lines, err
}

// row is a target in the list of places: whether it is there is not asked.
func (l targetLine) row() []any {
	return []any{l.Address, l.Used, nil, nil, l.Problem}
}

// forgetTarget has the store know nothing of a target any more: also not the key with which it makes
// backups there.
func (a *app) forgetTarget(address string, dryRun bool) error {
	at, err := offsite.ParseAddress(address)
	if err != nil {
		return misuse(offsite.AddressAdvice, "forget a target: %v", err)
	}
	targets, err := a.knownTargets()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(targets, func(l targetLine) bool { return l.Address == at.String() })
	if i < 0 {
		return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: "forget a target: the store knows none at " + at.String(),
			Hint: "storectl backup target list shows where backups went"}
	}
	if !dryRun {
		dir, err := a.backupPlace("")
		if err != nil {
			return err
		}
		if err := offsite.ForgetKnown(recovery.OffsiteMemory(dir), targets[i].ID); err != nil {
			return err
		}
	}
	return a.done("backup-target-forget", struct {
		targetLine
		DryRun bool `json:"dry_run"`
	}{targets[i], dryRun}, func() {
		a.Say("%s: %s; what is there stays, and is used again with its key", wouldBe("forgotten", dryRun), at)
	})
}

// targetLine is what the store knows of a target.
type targetLine struct {
	Address  string     `json:"target"`
	ID       string     `json:"id"`
	Sealed   bool       `json:"sealed"`
	Used     term.Stamp `json:"used"`
	Backup   string     `json:"backup"`    // "": none was made there
	Backed   term.Stamp `json:"backed_up"` // null: never
	Verified term.Stamp `json:"verified"`
	Drilled  term.Stamp `json:"drilled"`
	Problem  string     `json:"problem,omitempty"`
}

func newTargetLine(k offsite.Known) targetLine {
	return targetLine{k.Address, k.Mark.ID, k.Mark.Sealed(), timeStamp(k.Used), k.Backup, timeStamp(k.Backed), timeStamp(k.Verified), timeStamp(k.Drilled), term.OneLine(k.Problem)}
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
