package main

import (
	"slices"
	"time"

	"taskstore/backup/offsite"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/health"
	"taskstore/cmd/storectl/internal/term"
)

// knownTargets are those that the store in use remembers, without asking them.
func (a *app) knownTargets() (lines []health.Target, err error) {
	dir, err := a.backupPlace("")
	if err != nil {
		return nil, err
	}
	known, err := offsite.Recall(recovery.OffsiteMemory(dir))
	lines = make([]health.Target, len(known))
	for i, k := range known {
		lines[i] = health.NewTarget(k)
	}
	return lines, err
}

// targetRow is a target in the list of places: whether it is there is not asked.
func targetRow(l health.Target) []any {
	return []any{l.Address, l.Used, nil, nil, l.Problem}
}

// forgetTarget has the store know nothing of a target any more: also not the key with which it makes
// backups there.
func (a *app) forgetTarget(address string, dryRun bool) error {
	at, err := shelf.ParseAddress(address)
	if err != nil {
		return misuse(shelf.AddressAdvice, "forget a target: %v", err)
	}
	targets, err := a.knownTargets()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(targets, func(l health.Target) bool { return l.Address == at.String() })
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
		health.Target
		DryRun bool `json:"dry_run"`
	}{targets[i], dryRun}, func() {
		a.Say("%s: %s; what is there stays, and is used again with its key", wouldBe("forgotten", dryRun), at)
	})
}

// elsewhereProperties are lines of the status page.
func elsewhereProperties(targets []health.Target, now time.Time) (list []term.Property) {
	for _, l := range targets {
		drilled := ", never drilled"
		if l.Drilled != "" {
			drilled = ", drilled " + term.Human(l.Drilled, now)
		}
		made := "no backup"
		if l.Backed != "" {
			made = "backed up " + term.Human(l.Backed, now)
		}
		switch copied := "contents copied " + term.Human(l.Held, now); {
		case l.Held != "" && l.Backed == "":
			made, drilled = copied, "" // it is for them alone
		case l.Held != "":
			made += ", " + copied
		}
		list = append(list, term.Prop("elsewhere", l.Address+": "+made+drilled))
	}
	return list
}
