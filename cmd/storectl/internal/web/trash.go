package web

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"taskstore/cmd/storectl/internal/web/shown"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
	"taskstore/schema"
)

// trashSize is how many records of a kind come at once.
const trashSize = 100

// trashPage is what the page of the trash shows.
type trashPage struct {
	Groups    []trashGroup
	Retention time.Duration // how long the history is kept; 0 is for ever
}

// Days is the retention in days.
func (p trashPage) Days() int { return int(p.Retention / (24 * time.Hour)) }

type trashGroup struct {
	Kind    string
	Count   int
	Entries []schema.Brief
	More    string
}

// trash is the page of what was deleted.
func (s *Server) trash(v *visit) error {
	p := trashPage{}
	only := v.FormValue("kind")
	for _, k := range repo.Kinds() {
		if !k.IsEntity() || only != "" && k.Plural != only {
			continue
		}
		q := repo.Query{Trash: true, Sort: repo.SortSaved, Limit: trashSize}
		if only != "" {
			q.After = repo.Cursor(v.FormValue("after"))
		}
		page, err := v.of(k).List(v.Ctx, q)
		if err != nil {
			return err
		}
		if len(page.Items) == 0 {
			continue
		}
		n, err := v.of(k).Count(v.Ctx, repo.Query{Trash: true})
		if err != nil {
			return err
		}
		g := trashGroup{Kind: k.Plural, Count: n, Entries: page.Items}
		if page.Next != "" {
			g.More = "/trash?" + url.Values{"kind": {k.Plural}, "after": {string(page.Next)}}.Encode()
		}
		p.Groups = append(p.Groups, g)
	}
	if only != "" && len(p.Groups) == 0 {
		return v.goTo("/trash?" + url.Values{"done": v.Form["done"]}.Encode()) // all of these left it: there may be others
	}
	var err error
	if p.Retention, err = v.Store.History.Retention(v.Ctx); err != nil {
		return err
	}
	return v.show("trash", "Trash", "trash", p)
}

// undelete brings records back that were picked; or all of a kind, as a work, since those may be very many.
func (s *Server) undelete(v *visit) error {
	picked, err := v.picked()
	switch kind := v.PostForm.Get("all"); {
	case err != nil:
		return err
	case kind != "":
		return v.undeleteAll(kind)
	case len(picked) == 0:
		return v.done(v.back("/trash"), notice{Tone: "warn", Text: "Nothing was selected, and nothing was done."})
	}
	n, err := bringBack(v.Ctx, v.Store, picked, func(string, int64, int64) {})
	s.agenda.Forget()
	if err != nil {
		return err
	}
	return v.done(v.back("/trash"), n)
}

// undeleteAll brings back what the trash has of a kind, if that is as many as the page has said.
func (v *visit) undeleteAll(kind string) error {
	k, err := repo.KindOf(kind)
	said, e := strconv.Atoi(v.PostForm.Get("n"))
	if err != nil || e != nil || !k.IsEntity() {
		return wrong("The form is not whole", "Nothing was done. Load the page anew, and try again.")
	}
	return v.start(&work{Title: "Bring back all " + k.Plural, Nav: "trash", Back: "/trash"}, func(ctx context.Context, w *work) (n notice) {
		err := v.s.hold.Use(ctx, func(store *repo.Store) error {
			var ids []string
			for value, err := range k.In(&store.Repos).All(ctx, repo.Query{Trash: true}) {
				if err != nil {
					return err
				}
				ids = append(ids, k.ID(value))
			}
			if len(ids) != said {
				return fmt.Errorf("%w: the trash has %s now, and had %d; nothing was done", repo.ErrConflict, words.Count(len(ids), k.Name), said)
			}
			n, err = bringBack(ctx, store, map[string][]string{k.Plural: ids}, w.progress)
			return err
		})
		v.s.agenda.Forget()
		if err != nil {
			return v.s.failed("Bringing back", err)
		}
		return n
	})
}

func inTrash(k repo.Kind, value any) bool {
	h := k.Head(value)
	return h != nil && h.TrashedAt != ""
}

// bringBack takes records out of the trash, all or none, and looks whether they are.
func bringBack(ctx context.Context, store *repo.Store, picked map[string][]string, progress func(what string, done, total int64)) (n notice, err error) {
	was, asked, is := 0, 0, 0
	err = store.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
		for k, part := range parts(picked) {
			values, err := k.In(&tx.Repos).GetMany(ctx, part)
			if err != nil {
				return err
			}
			live := map[string]bool{}
			for _, value := range values {
				live[k.ID(value)] = !inTrash(k, value)
			}
			asked += len(part)
			part = slices.DeleteFunc(slices.Clone(part), func(id string) bool { return live[id] })
			was += len(part)
			progress("bring back "+k.Plural, int64(was), int64(len(picked[k.Plural])))
			if err := k.In(&tx.Repos).Restore(repo.WithOrigin(ctx, "web"), part...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return n, err
	}
	for k, part := range parts(picked) {
		values, err := k.In(&store.Repos).GetMany(ctx, part)
		if err != nil {
			return n, err
		}
		values = slices.DeleteFunc(values, func(value any) bool { return inTrash(k, value) })
		is += len(values)
		for _, value := range values[:min(len(values), 5-min(5, len(n.Links)))] {
			n.Links = append(n.Links, link{URL: words.RecordURL(k.Name, k.ID(value)), Text: words.TitleText(shown.TitleOf(k, value))})
		}
	}
	n.Tone, n.Text = "good", words.Count(was, "record")+" brought back, and read back."
	if was < asked {
		n.Tone, n.Lines = "warn", []string{words.Count(asked-was, "record") + " had left the trash before."}
	}
	if is < asked {
		n.Tone, n.Text = "bad", fmt.Sprintf("%s brought back. Read back, %d are not there.", words.Count(was, "record"), asked-is)
	}
	return n, nil
}

// parts are the ids that were picked, by kind, some at once.
func parts(picked map[string][]string) iter.Seq2[repo.Kind, []string] {
	return func(yield func(repo.Kind, []string) bool) {
		for _, k := range repo.Kinds() {
			for part := range slices.Chunk(picked[k.Plural], 500) {
				if !yield(k, part) {
					return
				}
			}
		}
	}
}

// picked are the records that boxes of a form name, by kind.
func (v *visit) picked() (map[string][]string, error) {
	list := map[string][]string{}
	for _, one := range v.PostForm["pick"] {
		name, id, ok := strings.Cut(one, "/")
		k, err := repo.KindOf(name)
		if err != nil || !ok || id == "" {
			return nil, wrong("That names no record", "Nothing was done. Load the page anew, and select again.")
		}
		if !slices.Contains(list[k.Plural], id) {
			list[k.Plural] = append(list[k.Plural], id)
		}
	}
	return list, nil
}

// editTags adds a tag to a record, or takes one away.
func (s *Server) editTags(v *visit) error {
	k, err := v.kind()
	if err != nil {
		return err
	}
	id, add, remove := v.PostForm.Get("id"), schema.NormalTag(v.PostForm.Get("add")), v.PostForm.Get("remove")
	change := func(tags []string) []string {
		tags = slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return t == remove && remove != "" })
		if add != "" && !slices.ContainsFunc(tags, func(t string) bool { return schema.NormalTag(t) == add }) {
			tags = append(tags, add)
		}
		return tags
	}
	ctx := repo.WithOrigin(v.Ctx, "web")
	var tags []string
	switch k.Name {
	case "session":
		value, e := v.Store.Sessions.Modify(ctx, id, func(x *schema.Session) error { x.Tags = change(x.Tags); return nil })
		tags, err = value.Tags, e
	case "note":
		value, e := v.Store.Notes.Modify(ctx, id, func(x *schema.Note) error { x.Tags = change(x.Tags); return nil })
		tags, err = value.Tags, e
	case "task":
		value, e := v.Store.Tasks.Modify(ctx, id, func(x *schema.Task) error { x.Tags = change(x.Tags); return nil })
		tags, err = value.Tags, e
	default:
		return wrong("It has no tags", "Sessions, notes and tasks have tags.")
	}
	if err != nil {
		return err
	}
	said := "It has no tags now."
	if few := tags[:min(10, len(tags))]; len(few) > 0 {
		said = "Its tags are now #" + strings.Join(few, ", #")
		if more := len(tags) - len(few); more > 0 {
			said += fmt.Sprintf(", and %d more", more)
		}
		said += "."
	}
	return v.done(words.RecordURL(k.Name, id), notice{Tone: "good", Text: said})
}
