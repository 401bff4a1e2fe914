package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/cmd/storectl/internal/web/pictures"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

const purgeHelp = `End records for good, with their history; what remains is that there once was such an id. What can be undone is delete,
which moves them to the trash.

What they held is in other places still: words of them in the search index, until storectl optimize has run; contents that
nothing needs, until storectl blob gc and blob trash empty have; older bytes in free parts of the file, until storectl
vacuum has. Kept backups hold them as they were. After optimize no new backup holds anything of them, after vacuum the
file and its log do not.

--everywhere does all of it at once, without a safety backup: it ends the records, or what is left of records that were
purged before, in the store, its index, its file and its contents, and writes every kept backup anew that has something
of them; each is verified and gets a new id. It looks into every backup for that, which takes its time. What may hold
them still is listed with the command to run, and the exit code is then 3: backups that cannot be read, contents that
such a backup names, and what an import has put into quarantine. Backups that went to other directories (--to) are
written anew there, with the contents beside them; a directory whose disk is not there is listed. Exports and copies are
not known to the store.`

func (a *app) purgeCommand() *cobra.Command {
	cmd := a.changeCommand("purge", "End records for good, with their history", "purged", repo.Records.Purge)
	cmd.Long = purgeHelp
	var everywhere bool
	cmd.Flags().BoolVar(&everywhere, "everywhere", false, "also in the index, the file, the contents and the kept backups")
	plain := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !everywhere {
			return plain(cmd, args)
		}
		dryRun, err := cmd.Flags().GetBool("dry-run")
		if err != nil {
			return err
		}
		return a.purgeEverywhere(cmd.Context(), args[0], args[1:], dryRun)
	}
	return cmd
}

// purgedEverywhere is what purge --everywhere prints.
type purgedEverywhere struct {
	change
	Everywhere recovery.Forgotten `json:"everywhere"`
}

func (a *app) purgeEverywhere(ctx context.Context, kind string, ids []string, dryRun bool) error {
	k, err := parseKind(kind)
	switch {
	case err != nil:
		return err
	case !k.IsEntity():
		return misuse("what a setting was before is in its history", "purge: settings have no trash")
	case slices.Contains(ids, ""):
		return misuse("storectl list "+k.Plural+" shows the ids", "purge %s: an id is empty", k.Name)
	}
	dir, err := a.findStore()
	if err != nil {
		return err
	}
	backups, err := a.catalog(dir).List(ctx)
	if err != nil {
		return err
	}
	places, err := a.catalog(dir).Places()
	if err != nil {
		return err
	}
	what := fmt.Sprintf("purge %d %s everywhere: with all history and contents, and out of %s", len(ids), countNoun(k, len(ids)), counted(len(backups), "backup"))
	for _, p := range places {
		what += " and those in " + p.Path
	}
	if err := a.sure(ctx, dryRun, what); err != nil {
		return err
	}
	if dryRun {
		a.Say("would %s", what)
		return a.printChange("purge", wouldBe("purged", true), k, ids, true, nil)
	}
	done, err := a.forgetRecords(ctx, k, ids)
	if err != nil {
		return notFound(err, k, strings.Join(ids, " "))
	}
	if place := a.pictures(dir); place != "" {
		if err := pictures.Forget(place); err != nil {
			done.Still = append(done.Still, recovery.Still{What: "the small pictures of storectl web in " + place, Why: err.Error()})
		}
	}
	return a.printForgotten(k, ids, done)
}

// remedy is a command behind a sentence, if there is one.
func (a *app) remedy(command string) string {
	switch {
	case command == "":
		return ""
	case strings.HasPrefix(command, "--store "):
		return "; storectl " + command
	}
	return "; storectl" + a.storeFlag() + " " + command
}

func (a *app) forgetRecords(ctx context.Context, k repo.Kind, ids []string) (done recovery.Forgotten, err error) {
	return inStore(ctx, a, toWrite, func(store *repo.Store) (recovery.Forgotten, error) {
		bar := a.NewProgress("purge", -1, false)
		defer bar.Finish()
		opt := recovery.Options{Log: a.log, Progress: func(_ string, done, total int64) { bar.Set(done, total) }}
		done, err := recovery.Forget(ctx, store, k.Name, ids, opt)
		if errors.Is(err, repo.ErrNotFound) {
			err = cmp.Or(meantWhole(ctx, store, k, ids), err)
		}
		return done, err
	})
}

func (a *app) printForgotten(k repo.Kind, ids []string, done recovery.Forgotten) error {
	if err := a.done("purge", purgedEverywhere{change{Kind: k.Plural, IDs: ids}, done}, func() { a.sayForgotten(k, ids, done) }); err != nil {
		return err
	}
	if n := len(done.Still); n > 0 {
		return findings(exitFindings, "findings", fmt.Sprintf("purge: %s may hold it still", counted(n, "place")))
	}
	return nil
}

func (a *app) sayForgotten(k repo.Kind, ids []string, done recovery.Forgotten) {
	for _, id := range ids {
		a.Say("purged: %s %s", k.Name, id)
	}
	for _, b := range done.Backups {
		in := ""
		if b.In != "" {
			in = " in " + b.In
		}
		a.Say("backup %s%s was written anew as %s, and verified", b.Was, in, b.ID)
	}
	a.Say("looked into %s; %s ended; the file was written anew", counted(done.Looked, "backup"), counted(int(done.Contents.Count), "content"))
	for _, place := range done.Places {
		a.Say("these include the backups in %s", place)
	}
	for _, s := range done.Still {
		a.Say("%s may hold it still: %s%s", s.What, term.OneLine(s.Why), a.remedy(s.Remedy))
	}
}
