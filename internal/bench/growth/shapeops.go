package growth

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"taskstore/repo"
	"taskstore/schema"
)

func sessionOps() []Op {
	ops := finding()
	at := func(w *world, i int) string { return fmt.Sprintf("session-%06d", i*7919%w.n) }
	ops = append(ops, sorted("all", sessionsOf, asked(repo.Query{}))...)
	ops = append(ops, sorted("a common tag", sessionsOf, asked(repo.Query{Tags: []string{"area-3"}}))...)
	return append(ops,
		shorter("status, tag, time and a word", 5, sessionsOf, asked(repo.Query{Status: []string{"completed"}, Tags: []string{"area-3"}, From: minute(0), To: minute(1 << 20), Text: vocabulary[2]})).since(someTexts),
		do("get", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Sessions.Get(ctx, at(w, i))
			return err
		}),
		do("get in full", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Sessions.Get(ctx, at(w, i), repo.Full)
			return err
		}),
		write("modify", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Sessions.Modify(ctx, at(w, i), func(s *schema.Session) error { s.Description += " more"; return nil })
			return err
		}),
		write("add a screenshot", func(ctx context.Context, w *world, i int) error {
			w.made++
			shot := screenshot(1<<28+w.made, minute(w.made))
			return w.s.Sessions.Screenshots.Add(ctx, at(w, i), &shot)
		}),
	)
}

func undatedOps() []Op {
	ops := sorted("all", tasksOf, asked(repo.Query{}))
	ops = append(ops, sorted("one tag on each", tasksOf, asked(repo.Query{Tags: []string{"all"}}))...)
	return append(ops,
		walk("twenty pages", tasksOf, repo.Query{}),
		count("count the tag", tasksOf, asked(repo.Query{Tags: []string{"all"}})),
		find("search a common word, newest", repo.RankNewest, true, always(vocabulary[2])).since(allTotals),
		write("save one without a date", func(ctx context.Context, w *world, _ int) error {
			w.made++
			t := &schema.Task{Head: schema.Head{ID: fmt.Sprintf("made-%d", w.made)}, Title: "new", Status: "todo", Tags: []string{"all"}}
			return w.s.Tasks.Save(repo.WithOrigin(ctx, repo.OriginImport), t)
		}),
		write("modify", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Tasks.Modify(ctx, fmt.Sprintf("task-%07d", i*7919%w.n), func(t *schema.Task) error { t.Title += "!"; return nil })
			return err
		}),
	)
}

func equalOps() []Op {
	ops := sorted("all", notesOf, asked(repo.Query{}))
	ops = append(ops, sorted("one tag on each", notesOf, asked(repo.Query{Tags: []string{"all"}}))...)
	ops = append(ops,
		walk("twenty pages, by title", notesOf, repo.Query{Sort: repo.SortTitle}),
		list("that day, by title", notesOf, asked(repo.Query{From: minute(0), To: minute(1440), Sort: repo.SortTitle})),
		count("count that day", notesOf, asked(repo.Query{From: minute(0), To: minute(1440)})),
		facet(repo.FacetDay, notesOf, repo.Query{Zone: "Asia/Kolkata"}),
		find("search a common word, newest", repo.RankNewest, true, always(vocabulary[2])).since(allTotals),
		find("search a common word of that day", repo.RankNewest, true, always(vocabulary[2]+" on:2024-01-01")).since(allTotals),
		find("search a word of all titles", repo.RankRelevance, true, always("call")),
	)
	return append(ops, recordOps()...)
}

func screenshotOps() []Op {
	const id = "session-000000"
	return []Op{
		do("get the session", func(ctx context.Context, w *world, _ int) error { _, err := w.s.Sessions.Get(ctx, id); return err }),
		list("list sessions", sessionsOf, asked(repo.Query{})),
		do("the first 50 screenshots", func(ctx context.Context, w *world, _ int) error {
			next, stop := iter.Pull2(w.s.Sessions.Screenshots.All(ctx, id))
			defer stop()
			for range page {
				if _, err, ok := next(); err != nil || !ok {
					return errors.Join(err, errors.New("too few"))
				}
			}
			return nil
		}),
		write("add one", func(ctx context.Context, w *world, _ int) error {
			w.made++
			shot := screenshot(1<<28+w.made, minute(w.n+w.made))
			return w.s.Sessions.Screenshots.Add(ctx, id, &shot)
		}),
		write("update one", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Sessions.Screenshots.Update(ctx, id, fmt.Sprintf("shot-%07d", i*7919%w.n), func(s *schema.Screenshot) error { s.UserComment += "!"; return nil })
			return err
		}),
		write("remove one", func(ctx context.Context, w *world, _ int) error {
			w.made++
			shot := screenshot(1<<28+w.made, minute(w.n+w.made))
			return errors.Join(w.s.Sessions.Screenshots.Add(ctx, id, &shot), w.s.Sessions.Screenshots.Remove(ctx, id, shot.ID))
		}),
		write("modify the session", func(ctx context.Context, w *world, _ int) error {
			_, err := w.s.Sessions.Modify(ctx, id, func(s *schema.Session) error { s.Description += "!"; return nil })
			return err
		}),
		find("search a common word, relevance", repo.RankRelevance, true, always(vocabulary[2])).since(someTexts),
		find("search a word of few texts", repo.RankRelevance, true, scarce),
		{Name: "rename the session", Group: writing, Reads: readsAll, run: func(ctx context.Context, w *world, _ int) error { // its name is in the text of each moment
			_, err := w.s.Sessions.Modify(ctx, id, func(s *schema.Session) error { s.Name += "!"; return nil })
			return err
		}},
	}
}

func revisionOps() []Op {
	id := noteID(0)
	return []Op{
		do("get", func(ctx context.Context, w *world, _ int) error { _, err := w.s.Notes.Get(ctx, id); return err }),
		write("modify", func(ctx context.Context, w *world, _ int) error {
			_, err := w.s.Notes.Modify(ctx, id, func(n *schema.Note) error { n.Content += "."; return nil })
			return err
		}),
		do("one revision", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Notes.At(ctx, id, repo.RevName{Rev: int64(i*7919%w.n) + 1})
			return err
		}),
		write("revert", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Notes.Revert(ctx, id, repo.RevName{Rev: int64(i*7919%w.n) + 1})
			return err
		}),
		{Name: "the whole history", Group: reading, Reads: readsAll, run: func(ctx context.Context, w *world, _ int) error { _, err := w.s.Notes.Changes(ctx, id); return err }},
		{Name: "what a purge would end", Group: reading, Reads: readsAll, run: func(ctx context.Context, w *world, _ int) error {
			_, err := w.s.History.PurgeEnds(ctx, "note", id)
			return err
		}},
	}
}

func historyOps() []Op {
	at := func(w *world, i int) string { return noteID(i * 7919 % (w.n / 10)) }
	ops := slices.Concat([]Op{
		list("newest", notesOf, asked(repo.Query{})),
		do("get", func(ctx context.Context, w *world, i int) error { _, err := w.s.Notes.Get(ctx, at(w, i)); return err }),
		write("modify", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Notes.Modify(ctx, at(w, i), func(n *schema.Note) error { n.Content += "."; return nil })
			return err
		}),
		do("history of one", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Notes.Changes(ctx, at(w, i))
			return err
		}),
		do("one revision", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Notes.At(ctx, at(w, i), repo.RevName{Rev: 3})
			return err
		}),
		do("the retention", func(ctx context.Context, w *world, _ int) error { _, err := w.s.History.Retention(ctx); return err }),
	}, storeOps())
	return ops
}

func attachmentOps() []Op {
	at := func(w *world, i int) string { return fmt.Sprintf("attachment-%07d", i*7919%w.n) }
	ops := sorted("all", attachmentsOf, asked(repo.Query{}))
	return append(ops,
		count("count", attachmentsOf, asked(repo.Query{})),
		do("get", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Attachments.Get(ctx, at(w, i))
			return err
		}),
		write("modify", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.Attachments.Modify(ctx, at(w, i), func(a *schema.Attachment) error { a.Name += "!"; return nil })
			return err
		}),
		write("save one with a new content", func(ctx context.Context, w *world, _ int) error {
			w.made++
			a := attachment(w.n+w.made, schema.Content{Text: fmt.Sprintf("data:text/plain;base64,QUFB%08d", w.made)})
			a.ID = fmt.Sprintf("made-%d", w.made)
			return w.s.Attachments.Save(ctx, a)
		}),
		write("delete and restore", func(ctx context.Context, w *world, i int) error {
			return errors.Join(w.s.Attachments.Delete(ctx, at(w, i)), w.s.Attachments.Restore(ctx, at(w, i)))
		}),
		do("what a purge would end", func(ctx context.Context, w *world, i int) error {
			_, err := w.s.History.PurgeEnds(ctx, "attachment", at(w, i))
			return err
		}),
		do("status", func(ctx context.Context, w *world, _ int) error { _, err := w.s.Status(ctx); return err }).but(readsAll),
	)
}

func trashOps() []Op {
	trashed := func(w *world, i int) string { return noteID((i*7918%w.n)*2 + 1) }
	ops := sorted("the trash", notesOf, asked(repo.Query{Trash: true}))
	ops = append(ops, sorted("a common tag in the trash", notesOf, asked(repo.Query{Trash: true, Tags: []string{"area-3"}}))...)
	ops = append(ops, sorted("a status in the trash", notesOf, asked(repo.Query{Trash: true, Status: []string{"draft"}}))...)
	ops = append(ops, sorted("live", notesOf, asked(repo.Query{}))...)
	return append(ops,
		list("a link in the trash", notesOf, asked(repo.Query{Trash: true, Links: []schema.Link{{Kind: "topic", ID: "topic-7"}}})),
		walk("twenty pages of the trash", notesOf, repo.Query{Trash: true}),
		count("count the trash", notesOf, asked(repo.Query{Trash: true})),
		write("restore and delete", func(ctx context.Context, w *world, i int) error {
			return errors.Join(w.s.Notes.Restore(ctx, trashed(w, i)), w.s.Notes.Delete(ctx, trashed(w, i)))
		}),
		find("search a common word of the trash", repo.RankNewest, true, always(vocabulary[2]+" is:trash")).since(allTotals),
		do("status", func(ctx context.Context, w *world, _ int) error { _, err := w.s.Status(ctx); return err }).but(readsAll),
	)
}
