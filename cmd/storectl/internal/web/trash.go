package web

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
	"taskstore/schema"
)

// trashSize is how many records of a kind come at once.
const trashSize = 100

// trashPage is what the page of the trash shows.
type trashPage struct {
	Groups    []trashGroup
	Total     int
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
		p.Total += n
	}
	var err error
	if p.Retention, err = v.Store.History.Retention(v.Ctx); err != nil {
		return err
	}
	return v.show("trash", "Trash", "trash", p)
}

// undelete brings records back: those that were picked, or all of a kind.
func (s *Server) undelete(v *visit) error {
	picked, err := v.picked()
	if err != nil {
		return err
	}
	if kind := v.PostForm.Get("all"); kind != "" {
		if picked, err = v.allTrashed(kind); err != nil {
			return err
		}
	}
	if len(picked) == 0 {
		return v.done(v.back("/trash"), notice{Tone: "warn", Text: "Nothing was selected, and nothing was done."})
	}
	for kind, ids := range picked {
		k, err := repo.KindOf(kind)
		if err != nil {
			return err
		}
		for part := range slices.Chunk(ids, 500) {
			if err := v.of(k).Restore(repo.WithOrigin(v.Ctx, "web"), part...); err != nil {
				return err
			}
		}
	}
	s.agenda.Forget()
	n, err := v.readBack(picked)
	if err != nil {
		return err
	}
	return v.done(v.back("/trash"), n)
}

// readBack looks whether records are out of the trash.
func (v *visit) readBack(picked map[string][]string) (n notice, err error) {
	back, left := 0, 0
	for kind, ids := range picked {
		k, err := repo.KindOf(kind)
		if err != nil {
			return n, err
		}
		values, err := v.of(k).GetMany(v.Ctx, ids)
		if err != nil {
			return n, err
		}
		for _, value := range values {
			if h := k.Head(value); h == nil || h.TrashedAt != "" {
				left++
				continue
			}
			if back++; len(n.Links) < 5 {
				title, err := v.of(k).Title(v.Ctx, k.ID(value))
				if err != nil {
					return n, err
				}
				n.Links = append(n.Links, link{URL: words.RecordURL(kind, k.ID(value)), Text: words.TitleText(title)})
			}
		}
	}
	n.Tone, n.Text = "good", words.Count(back, "record")+" brought back, and read back just now."
	if left > 0 {
		n.Tone, n.Text = "bad", fmt.Sprintf("%s brought back; %d are still in the trash.", words.Count(back, "record"), left)
	}
	return n, nil
}

// picked are the records that boxes of a form name, by kind.
func (v *visit) picked() (map[string][]string, error) {
	list := map[string][]string{}
	for _, one := range v.PostForm["pick"] {
		name, id, ok := strings.Cut(one, "/")
		k, err := repo.KindOf(name)
		if err != nil || !ok || id == "" || !k.IsEntity() {
			return nil, wrong("That names no record", "Nothing was done. Load the page anew, and select again.")
		}
		list[k.Plural] = append(list[k.Plural], id)
	}
	return list, nil
}

func (v *visit) allTrashed(kind string) (map[string][]string, error) {
	k, err := repo.KindOf(kind)
	if err != nil || !k.IsEntity() {
		return nil, errors.Join(err, wrong("That names no kind", "Nothing was done."))
	}
	var ids []string
	for value, err := range v.of(k).All(v.Ctx, repo.Query{Trash: true}) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, k.ID(value))
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return map[string][]string{k.Plural: ids}, nil
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
	if len(tags) > 0 {
		said = "Its tags are now #" + strings.Join(tags[:min(10, len(tags))], ", #") + "."
	}
	return v.done(words.RecordURL(k.Name, id), notice{Tone: "good", Text: said})
}
