package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"taskstore/cmd/storectl/internal/web/prose"
	"taskstore/cmd/storectl/internal/web/shown"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
	"taskstore/repo/history"
	"taskstore/schema"
)

// changesPerPage is how many changes come at once.
const changesPerPage = 40

// historyPage is what the page of a history shows.
type historyPage struct {
	Kind, Plural, ID, Title string
	There                   bool // the record is in the store, in the trash or not
	Rev                     int64
	Changes                 []changeLine
	Total                   int
	More                    string
	Gone                    history.Counted
}

// changeLine is who changed what when.
type changeLine struct {
	repo.Change
	Name  string // of the state that it made; "" for none that can be looked at
	Who   string
	What  string
	Now   bool
	Diffs []prose.Difference
	More  int
}

// origins are who has written, in words.
var origins = map[string]string{"program": "the app", "import": "an import", "foreign": "another tool", "restore": "a restore", "repair": "a repair", "web": "this page"}

// verbs are what was done, in words.
var verbs = map[string]string{"create": "made it", "update": "changed it", "delete": "moved it to the trash", "restore": "brought it back", "revert": "reverted it", "merge": "kept another version of it",
	"replace": "replaced it", "tag": "changed its tags", "link": "changed its links"}

// history is the page of what happened to a record.
func (s *Server) history(v *visit) error {
	k, err := v.kind()
	if err != nil {
		return err
	}
	p := historyPage{Kind: k.Name, Plural: k.Plural, ID: v.FormValue("id")}
	records := v.of(k)
	list, err := records.Changes(v.Ctx, p.ID)
	if err != nil {
		return err
	}
	names, err := records.Revs(v.Ctx, p.ID)
	if err != nil {
		return err
	}
	value, err := records.Get(v.Ctx, p.ID)
	switch {
	case err == nil:
		p.There, p.Rev = true, k.Rev(value)
	case !errors.Is(err, repo.ErrNotFound):
		return err
	case len(names) > 0:
		if value, err = v.stateOf(k, p.ID, names[0]); err != nil {
			return err
		}
	}
	p.Title = shown.TitleOf(k, value)
	if p.Gone, err = v.Store.History.Counted(v.Ctx, k.Name, p.ID); err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, name := range names {
		kept[name] = true
	}
	p.Total = len(list)
	from, _ := strconv.Atoi(v.FormValue("from"))
	from = max(0, min(from, len(list)))
	to := min(from+changesPerPage, len(list))
	for _, c := range list[from:to] {
		p.Changes = append(p.Changes, lineOf(c, p.Rev, kept))
	}
	if to < len(list) {
		p.More = "/history?" + url.Values{"kind": {k.Plural}, "id": {p.ID}, "from": {strconv.Itoa(to)}}.Encode()
	}
	return v.show("history", "History of "+words.TitleText(p.Title), "", p)
}

func lineOf(c repo.Change, now int64, kept map[string]bool) changeLine {
	l := changeLine{Change: c, Who: cmp.Or(origins[c.Origin], c.Origin), What: cmp.Or(verbs[c.Change], c.Change), Now: c.Rev == now && c.Rev > 0}
	switch {
	case c.Rev > 0:
		l.Name = strconv.FormatInt(c.Rev, 10)
	case c.Key > 0 && c.Item == "":
		l.Name = repo.RevName{Key: c.Key}.String()
	}
	if !kept[l.Name] && !l.Now {
		l.Name = ""
	}
	if c.Item != "" {
		l.What = strings.Replace(l.What, "it", strings.ReplaceAll(c.Part, "_", " ")+" "+c.Item, 1)
	}
	l.Diffs, l.More = prose.Differences(c.Fields)
	return l
}

// revertPage is the question before a revert.
type revertPage struct {
	Kind, Plural, ID, Title, To string
	Rev                         int64
	Trashed, Gone               bool
	Fields                      int
	Diffs                       []prose.Difference
	More                        int
}

// askRevert shows what a revert would change, and asks.
func (s *Server) askRevert(v *visit) error {
	k, err := v.kind()
	if err != nil {
		return err
	}
	p := revertPage{Kind: k.Name, Plural: k.Plural, ID: v.FormValue("id"), To: v.FormValue("to")}
	if _, err := repo.ParseRev(p.To); err != nil {
		return err
	}
	then, was, err := v.stateText(k, p.ID, p.To)
	if err != nil {
		return err
	}
	now, value, rev, err := v.nowText(k, p.ID)
	if err != nil {
		return err
	}
	if p.Rev, p.Gone = rev, value == nil; p.Gone {
		value = was
	}
	p.Title, p.Trashed = shown.TitleOf(k, value), !p.Gone && inTrash(k, value)
	fields, err := schema.Diff(now, then)
	if err != nil {
		return err
	}
	p.Fields = len(fields)
	p.Diffs, p.More = prose.Differences(fields)
	return v.show("revert", "Revert "+words.TitleText(p.Title), "", p)
}

// stateText is stateOf with its JSON.
func (v *visit) stateText(k repo.Kind, id, rev string) (text []byte, value any, err error) {
	if value, err = v.stateOf(k, id, rev, repo.Full); err != nil {
		return nil, nil, err
	}
	text, err = k.Encode(value, schema.EncodeOptions{Refs: true})
	return text, value, err
}

// nowText is a record as it is: of one that is gone nothing.
func (v *visit) nowText(k repo.Kind, id string) (text []byte, value any, rev int64, err error) {
	text, value, err = v.stateText(k, id, "")
	if errors.Is(err, repo.ErrNotFound) {
		return []byte("{}"), nil, 0, nil
	}
	if err == nil {
		rev = k.Rev(value)
	}
	return text, value, rev, err
}

// revert makes a record what it was, if it is still as the question showed it.
func (s *Server) revert(v *visit) error {
	k, err := v.kind()
	if err != nil {
		return err
	}
	id := v.FormValue("id")
	name, err := repo.ParseRev(v.FormValue("to"))
	if err != nil {
		return err
	}
	seen, err := strconv.ParseInt(v.FormValue("rev"), 10, 64)
	if err != nil {
		return wrong("The form is not whole", "Nothing was done. Go back to the history, and ask again.")
	}
	before, _, rev, err := v.nowText(k, id)
	if err != nil {
		return err
	}
	err = v.Store.Update(v.Ctx, func(ctx context.Context, tx *repo.Tx) error {
		is := int64(0)
		now, err := k.In(&tx.Repos).Get(ctx, id)
		if err == nil {
			is = k.Rev(now)
		} else if !errors.Is(err, repo.ErrNotFound) {
			return err
		}
		if is != seen || rev != seen {
			return fmt.Errorf("%w: it is at revision %d, and was at %d", repo.ErrConflict, is, seen)
		}
		_, err = k.In(&tx.Repos).Revert(repo.WithOrigin(ctx, "web"), id, name)
		return err
	})
	if err != nil {
		return err
	}
	s.agenda.Forget()
	after, value, err := v.stateText(k, id, "")
	if err != nil {
		return err
	}
	fields, err := schema.Diff(before, after)
	if err != nil {
		return err
	}
	return v.done(words.RecordURL(k.Name, id), revertedNotice(k, id, name, rev, k.Rev(value), len(fields)))
}

// revertedNotice says what a revert has done, as it was read back.
func revertedNotice(k repo.Kind, id string, to repo.RevName, before, now int64, fields int) notice {
	if now == before {
		return notice{Tone: "warn", Text: fmt.Sprintf("Nothing had to be changed: the %s is as it was at revision %s.", k.Name, to)}
	}
	n := notice{Tone: "good", Text: fmt.Sprintf("The %s is as it was at revision %s again. That is revision %d, with %s changed; read back.", k.Name, to, now, words.Count(fields, "field"))}
	if before > 0 {
		n.Links = []link{{URL: "/revert?" + url.Values{"kind": {k.Plural}, "id": {id}, "to": {strconv.FormatInt(before, 10)}}.Encode(), Text: "Undo: back to revision " + strconv.FormatInt(before, 10)}}
	}
	return n
}
