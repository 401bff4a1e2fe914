package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/web/guard"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
)

// compare finds out what is different now from a backup. It changes nothing, so it may be asked where nothing may be
// changed.
func (s *Server) compare(v *visit) error {
	id := v.PostForm.Get("id")
	return v.startOn(id, "What is different now", func(ctx context.Context, w *work) notice {
		list, err := recovery.Diff(ctx, s.opt.Dir, id, recovery.Live, s.recoveryOptions(w))
		if err != nil {
			return s.failed("The comparison", err)
		}
		if len(list) == 0 {
			return notice{Tone: "good", Text: "Nothing is different: the store holds what backup " + id + " holds."}
		}
		w.tell(&report{Backup: id, List: list, Counts: countChanges(list), Step: "some"})
		n := notice{Tone: "good", Text: words.Count(len(list), "record") + " differ."}
		if len(list) == 1 {
			n.Text = "1 record differs."
		}
		return n
	})
}

func (w *work) tell(r *report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.report = r
}

// reported is what a work has found out that a form names.
func (v *visit) reported(step string) (*report, error) {
	if w := v.s.jobs.find(v.PostForm.Get("work")); w != nil && v.PostForm.Get("work") != "" {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.report != nil && w.report.Step == step {
			return w.report, nil
		}
	}
	return nil, guard.Refusal{Status: http.StatusConflict, Title: "The question was forgotten", Text: "Nothing was done. Ask again what would change.", Link: "/backups", LinkText: "To the backups"}
}

// restore asks, or does what was answered: some records, or all of the store. Each step finds out anew what it would
// change: an answer to what has changed since is a new question. In the end it says what the store says then.
func (s *Server) restore(v *visit) error {
	id := v.PostForm.Get("id")
	switch step := v.PostForm.Get("step"); step {
	case "some", "gone":
		picked, err := v.picked()
		if step == "gone" {
			id, picked, err = v.gone()
		}
		if err != nil {
			return err
		}
		if len(picked) == 0 {
			return v.done("/backups", notice{Tone: "warn", Text: "Nothing was selected, and nothing was done."})
		}
		return v.startOn(id, "What bringing them back would change", func(ctx context.Context, w *work) notice { return s.askSome(ctx, w, id, picked) })
	case "all":
		return v.startOn(id, "What restoring everything would change", func(ctx context.Context, w *work) notice { return s.askAll(ctx, w, id) })
	case "do-some", "do-all":
		r, err := v.reported(step)
		if err != nil {
			return err
		}
		if step == "do-all" {
			return v.startOn(r.Backup, "Restore the store", func(ctx context.Context, w *work) notice { return s.restoreAll(ctx, w, r) })
		}
		return v.startOn(r.Backup, "Bring records back", func(ctx context.Context, w *work) notice { return s.restoreSome(ctx, w, r) })
	}
	return wrong("There is no such button", "Nothing was done.")
}

// gone are the records of a backup that a work found to be in the store no more.
func (v *visit) gone() (id string, picked map[string][]string, err error) {
	r, err := v.reported("some")
	if err != nil {
		return "", nil, err
	}
	picked = map[string][]string{}
	for _, c := range r.List {
		if c.Change == recovery.Removed {
			picked[c.Kind] = append(picked[c.Kind], c.ID)
		}
	}
	return r.Backup, picked, nil
}

// changedSince tells that an answer was given to another question.
const changedSince = "The store has changed since the question. Nothing was done: this is what would change now."

// only brings records back, or with dryRun tells what that would change.
func (s *Server) only(ctx context.Context, w *work, id string, picked map[string][]string, dryRun bool) (all []recovery.Change, err error) {
	err = s.hold.Use(ctx, func(store *repo.Store) error {
		for _, kind := range slices.Sorted(maps.Keys(picked)) {
			list, err := recovery.Only(repo.WithOrigin(ctx, repo.OriginRestore), store, id, recovery.OnlyOptions{Options: s.recoveryOptions(w), Collection: kind, IDs: picked[kind], DryRun: dryRun})
			all = append(all, list...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

func (s *Server) askSome(ctx context.Context, w *work, id string, picked map[string][]string) notice {
	list, err := s.only(ctx, w, id, picked, true)
	if err != nil {
		return s.failed("Looking what would change", err)
	}
	if len(list) == 0 {
		return notice{Tone: "good", Text: "Nothing would change: these records are as the backup has them."}
	}
	w.tell(&report{Backup: id, List: list, Step: "do-some", picked: picked, Question: "Make " + words.Count(len(list), "record") + " what they were in the backup?"})
	return notice{Tone: "warn", Text: words.Count(len(list), "record") + " would change. What is there now stays in the history of each, and can be brought back the same way."}
}

func (s *Server) restoreSome(ctx context.Context, w *work, asked *report) notice {
	id, picked := asked.Backup, asked.picked
	if list, err := s.only(ctx, w, id, picked, true); err == nil && !slices.EqualFunc(list, asked.List, sameChange) {
		n := s.askSome(ctx, w, id, picked)
		n.Lines = append([]string{changedSince}, n.Lines...)
		return n
	}
	list, err := s.only(ctx, w, id, picked, false)
	s.agenda.Forget()
	if err != nil && !errors.Is(err, recovery.ErrMissing) {
		n := s.failed("Bringing back", err)
		n.Lines = append(n.Lines, words.Count(len(list), "record")+" were brought back before that.")
		return n
	}
	missing := err
	left, err := s.only(ctx, w, id, picked, true) // read back: what is still not as the backup has it
	if err != nil && !errors.Is(err, recovery.ErrMissing) {
		return s.failed("Reading back what was brought back", err)
	}
	n := notice{Tone: "good", Text: fmt.Sprintf("%s brought back from backup %s. Read back: none of them differs from it now.", words.Count(len(list), "record"), id)}
	if len(left) > 0 {
		n = notice{Tone: "bad", Text: fmt.Sprintf("%s brought back from backup %s, and %d still differ from it.", words.Count(len(list), "record"), id, len(left))}
	}
	if missing != nil {
		n.Tone = "warn"
		n.Lines = append(n.Lines, "Contents of them are nowhere: "+missing.Error())
	}
	for _, c := range list[:min(len(list), 20)] {
		n.Links = append(n.Links, link{words.RecordURL(c.Kind, c.ID), words.TitleText(cmp.Or(c.Title, c.ID))}, link{words.HistoryURL(c.Kind, c.ID), "undo in its history"})
	}
	return n
}

func (s *Server) askAll(ctx context.Context, w *work, id string) notice {
	if _, err := recovery.Restore(ctx, s.opt.Dir, id, recovery.RestoreOptions{Options: s.recoveryOptions(w), DryRun: true, Wait: s.opt.Lock}); err != nil && !errors.Is(err, recovery.ErrMissing) {
		return s.refused(err)
	}
	r := &report{Backup: id, Step: "do-all", Question: "Restore the whole store?"}
	n := notice{Tone: "warn", Text: "The backup is good. Before it is restored, what is there now is backed up, and can be restored the same way."}
	list, err := recovery.Diff(ctx, s.opt.Dir, id, recovery.Live, s.recoveryOptions(w))
	switch {
	case ctx.Err() != nil:
		return s.failed("Looking what would change", ctx.Err())
	case err != nil:
		n.Lines = append(n.Lines, "The store of now cannot be read, so nothing can be compared with it. Its files are put aside.")
	case len(list) == 0:
		n.Lines = append(n.Lines, "Nothing differs: the store holds what this backup holds.")
	default:
		r.List, r.Counts = list, countChanges(list)
		if r.Counts[recovery.Added] > 0 {
			r.Danger = words.Count(r.Counts[recovery.Added], "record") + " made since then would not be in the store any more."
		}
	}
	w.tell(r)
	return n
}

// restoreAll puts a backup in the place of the store. The page leaves the store meanwhile; other programs must, too.
func (s *Server) restoreAll(ctx context.Context, w *work, asked *report) notice {
	if list, err := recovery.Diff(ctx, s.opt.Dir, asked.Backup, recovery.Live, s.recoveryOptions(w)); err == nil && !slices.EqualFunc(list, asked.List, sameChange) {
		n := s.askAll(ctx, w, asked.Backup)
		n.Lines = append([]string{changedSince}, n.Lines...)
		return n
	}
	var r recovery.Restored
	err := s.hold.Without(func() (err error) {
		r, err = recovery.Restore(ctx, s.opt.Dir, asked.Backup, recovery.RestoreOptions{Options: s.recoveryOptions(w), Wait: s.opt.Lock})
		return err
	})
	s.agenda.Forget()
	if err != nil && !errors.Is(err, recovery.ErrMissing) {
		return s.refused(err)
	}
	n := notice{Tone: "good", Text: "The store was restored from backup " + r.Backup.ID + ".", Links: []link{{"/days", "Look at it"}}}
	if r.Safety.ID != "" {
		n.Lines = append(n.Lines, "To undo it, restore backup "+r.Safety.ID+", which holds what was there.")
		n.Links = append(n.Links, link{"/backups#" + r.Safety.ID, "To that backup"})
	}
	if r.Aside != "" {
		n.Lines = append(n.Lines, "The files that were there are in "+r.Aside+", byte for byte: "+r.WhyAside)
	}
	if len(r.Missing) > 0 {
		n.Tone = "warn"
		n.Lines = append(n.Lines, words.Count(len(r.Missing), "content")+" that the backup names are nowhere.")
	}
	if r.Behind {
		n.Tone = "warn"
		n.Lines = append(n.Lines, "Its schema is older than this program: storectl migrate up brings it up to date, and until then it cannot be shown.")
		return n
	}
	return s.readStoreBack(ctx, n, r)
}

func sameChange(a, b recovery.Change) bool {
	return a.Kind == b.Kind && a.ID == b.ID && a.Change == b.Change && slices.Equal(a.Members, b.Members)
}

// readStoreBack opens the restored store and holds the number of its records against the backup.
func (s *Server) readStoreBack(ctx context.Context, n notice, r recovery.Restored) notice {
	var wrong []string
	err := s.hold.Use(ctx, func(store *repo.Store) error {
		st, err := store.Status(ctx)
		if err != nil {
			return err
		}
		for _, kind := range slices.Sorted(maps.Keys(r.Backup.Counts)) {
			if want, is := r.Backup.Counts[kind], st.Counts[kind]; kind != "settings" && want != is {
				wrong = append(wrong, fmt.Sprintf("%d %s and not %d", is, kind, want))
			}
		}
		return nil
	})
	switch {
	case err != nil:
		n.Tone, n.Text = "bad", n.Text+" It could not be opened then: "+err.Error()
	case len(wrong) > 0:
		n.Tone, n.Text = "bad", n.Text+" Read back, it has "+strings.Join(wrong, ", ")+"."
	default:
		n.Text += " Read back: it holds as many records of each kind as the backup."
	}
	return n
}

// refused says why a backup was not restored, and which one is good.
func (s *Server) refused(err error) notice {
	n := s.failed("The restore", err)
	if errors.Is(err, repo.ErrLocked) {
		n.Text = "Another program has the store open, and nothing was changed: " + err.Error() + ". Close the app, and try again."
	}
	var refused *recovery.RefusedError
	if errors.As(err, &refused) && refused.Good != "" {
		n.Lines = append(n.Lines, "Nothing was changed. The newest good backup is "+refused.Good+".")
		n.Links = append(n.Links, link{"/backups#" + refused.Good, "To that backup"})
	}
	return n
}
