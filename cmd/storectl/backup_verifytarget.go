package main

import (
	"context"
	"fmt"

	"taskstore/backup/offsite"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/pflag"
)

// targetVerify is the flags of backup verify that are about targets.
type targetVerify struct {
	sample     string
	heal, anew bool
}

func (v *targetVerify) flags(f *pflag.FlagSet) {
	f.StringVar(&v.sample, "sample", "", "of a target read only the part `P`, by chance: 5% or 0.05")
	f.BoolVar(&v.heal, "heal", false, "put what the store has in the place of what a target has damaged or lost")
	f.BoolVar(&v.anew, "anew", false, "read all of a target from the beginning, and not on from where it was stopped")
}

func (a *app) verifyTarget(ctx context.Context, at string, args []string, all bool, f targetVerify) error {
	how, done := a.recoveryOptions()
	defer done()
	t, err := a.target(ctx, at, how.Progress)
	if err != nil {
		return err
	}
	opt := offsite.VerifyOptions{Anew: f.anew}
	if f.sample != "" {
		if opt.Sample, err = parsePart(f.sample); err != nil {
			return err
		}
	}
	if !all {
		list, err := a.someBackups(ctx, t, args, false)
		if err != nil {
			return err
		}
		opt.IDs = []string{list[0].ID}
	}
	if f.heal {
		dir, err := a.findStore()
		if err != nil {
			return err
		}
		if opt.Heal, err = recovery.HealFrom(dir, t, how); err != nil {
			return err
		}
	}
	v, err := t.Verify(ctx, opt)
	done()
	if err != nil {
		if all && ctx.Err() != nil && v.Objects > 0 {
			a.Say("stopped after %d objects; the same command goes on from there", v.Objects)
		}
		return err
	}
	return a.printVerifiedTarget(v)
}

func (a *app) printVerifiedTarget(v offsite.Verified) error {
	lines, bad := make([]verifiedLine, len(v.Backups)), 0
	for i, b := range v.Backups {
		lines[i] = verifiedLine{ID: b.ID, OK: b.Problem == "", Problem: term.OneLine(b.Problem), Missing: b.Named.Missing}
		if b.Problem != "" {
			bad++
		}
	}
	if err := a.Print(term.Result{Name: "backup-verify", Document: struct {
		OK       bool              `json:"ok"`
		Backups  []verifiedLine    `json:"backups"`
		Objects  int               `json:"objects"`
		Bytes    int64             `json:"bytes"`
		Whole    bool              `json:"whole"`
		GoesOn   bool              `json:"went_on"`
		Findings []offsite.Finding `json:"findings"`
		Held     string            `json:"held_problem,omitempty"` // of contents that backup run --contents-only keeps there
	}{v.OK(), lines, v.Objects, v.Bytes, v.Whole, v.GoesOn, orEmpty(v.Findings), term.OneLine(v.Held)},
		Columns: verifiedColumns, Rows: term.Each(lines, verifiedLine.row)}); err != nil {
		return err
	}
	open := 0
	for _, f := range v.Findings {
		healed := ""
		if f.Healed {
			healed = "; healed"
		} else {
			open++
		}
		a.Say("%s %s: %s%s", f.What, f.Object, term.OneLine(f.Detail), healed)
	}
	a.Say("read %d objects, %s", v.Objects, term.Human(term.Size(v.Bytes), a.Now()))
	switch {
	case bad > 0:
		return findings(exitVerify, "bad_backup", fmt.Sprintf("%d of %d backups are bad", bad, len(lines)))
	case v.Held != "":
		return findings(exitVerify, "bad_contents", "contents that backup run --contents-only keeps there are bad: "+term.OneLine(v.Held))
	case open > 0:
		return findings(exitFindings, "findings", fmt.Sprintf("the backups are good; %d other objects are not what was put there", open))
	}
	return nil
}
