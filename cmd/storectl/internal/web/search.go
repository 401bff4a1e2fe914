package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"taskstore/cmd/storectl/internal/web/guard"
	"taskstore/cmd/storectl/internal/web/prose"
	"taskstore/cmd/storectl/internal/web/shown"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/internal/when"
	"taskstore/repo"
	"taskstore/schema"
)

// asked is what the address of a search asks for; each state of the page has an address.
type asked struct {
	Text, Kind, Status, Month, Since, Until, Sort string
	Tags                                          []string
}

func (v *visit) asked() asked {
	q := v.URL.Query()
	a := asked{Text: q.Get("q"), Status: q.Get("status"), Month: q.Get("month"), Since: q.Get("since"), Until: q.Get("until"), Sort: q.Get("sort")}
	a.Kind = words.PluralOf(q.Get("kind"))
	for _, t := range q["tag"] {
		if t != "" && !slices.Contains(a.Tags, t) {
			a.Tags = append(a.Tags, t)
		}
	}
	return a
}

// pairs are what is asked beside the text, as an address has it.
func (a asked) pairs() (list [][2]string) {
	for _, p := range [][2]string{{"kind", a.Kind}, {"status", a.Status}, {"month", a.Month}, {"since", a.Since}, {"until", a.Until}, {"sort", a.Sort}} {
		if p[1] != "" {
			list = append(list, p)
		}
	}
	for _, t := range a.Tags {
		list = append(list, [2]string{"tag", t})
	}
	return list
}

// url is the address of what is asked, with a change: a name and its new value, "" to take it away.
func (a asked) url(name, value string) string {
	q := url.Values{}
	for _, p := range append(a.pairs(), [2]string{"q", a.Text}) {
		q.Add(p[0], p[1])
	}
	switch name {
	case "tag":
		q.Add(name, value)
	case "untag":
		q["tag"] = slices.DeleteFunc(q["tag"], func(t string) bool { return t == value })
	default:
		q.Set(name, value)
	}
	maps.DeleteFunc(q, func(_ string, values []string) bool { return len(values) == 0 || values[0] == "" })
	return "/search?" + q.Encode()
}

// query is what is asked as the store understands it.
func (a asked) query(now time.Time) (q repo.Query, err error) {
	q = repo.Query{Text: a.Text, Tags: a.Tags}
	if a.Status != "" {
		q.Status = []string{a.Status}
	}
	for i, text := range []string{a.Since, a.Month, a.Until} {
		if text == "" {
			continue
		}
		from, err := when.Since(text, now)
		if err != nil {
			return q, wrongTime(text)
		}
		if i < 2 {
			q.From = max(q.From, schema.TimeOf(from))
		}
		to, err := when.Until(text, now)
		if err != nil {
			return q, wrongTime(text)
		}
		if end := schema.TimeOf(to); i > 0 && end != "" && (q.To == "" || end < q.To) {
			q.To = end
		}
	}
	return q, nil
}

func wrongTime(text string) error {
	return guard.Refusal{Status: http.StatusBadRequest, Title: "That is no time", Text: "“" + prose.Cut(60, text) + "” is not a day, a month or an age: write 2026-03-09, 2026-03 or 7d.", Link: "/search", LinkText: "To all records"}
}

// searchPage is what the page of a search shows.
type searchPage struct {
	asked
	Asked   bool // for words, and not only for what there is
	Hits    []shown.Hit
	Page    repo.SearchPage
	Groups  []group       // of records by kind, where no words are asked for
	Entries []shown.Entry // of one kind
	Total   string
	More    string
	Chosen  []chosen
	Sorts   []chosen
	Facets  func() facets
	Flush   func() string // sends what there is
	Problem string
	Today   string
}

// chosen is something that narrows the page, with the address without it; or an order, with its address.
type chosen struct {
	Text, URL string
	Is        bool
}

type group struct {
	Kind    string
	Count   int
	About   bool // it is estimated
	URL     string
	Entries []schema.Brief
}

const (
	groupSize = 5
	listSize  = 40
)

// search is the page that finds: by words, or by looking through what there is.
func (s *Server) search(v *visit) error {
	a := v.asked()
	p := searchPage{asked: a, Asked: strings.TrimSpace(a.Text) != "", Today: words.DayKey(s.opt.Now())}
	q, err := a.query(s.opt.Now())
	if err != nil {
		return err
	}
	p.Facets = func() facets { return v.facetsOf(a, q) }
	p.chosenOf()
	switch {
	case p.Asked:
		err = v.find(&p, q)
	case a.Kind != "":
		err = v.listKind(&p, q)
	default:
		err = v.overview(&p, q)
	}
	if err != nil {
		return err
	}
	title := "Browse"
	if p.Asked {
		title = a.Text + " · Search"
	}
	return v.stream("search", prose.Cut(80, title), "search", &p)
}

func (p *searchPage) chosenOf() {
	a := p.asked
	for _, c := range [][3]string{{"kind", a.Kind, ""}, {"status", a.Status, "status "}, {"month", a.Month, ""}, {"since", a.Since, "since "}, {"until", a.Until, "until "}} {
		if c[1] != "" {
			p.Chosen = append(p.Chosen, chosen{Text: c[2] + c[1], URL: a.url(c[0], "")})
		}
	}
	for _, t := range a.Tags {
		p.Chosen = append(p.Chosen, chosen{Text: "#" + prose.Cut(60, t), URL: a.url("untag", t)})
	}
	orders := [][2]string{{"", "Newest"}, {"-date", "Oldest"}, {"title", "A to Z"}}
	if p.Asked {
		orders = [][2]string{{"", "Best first"}, {"newest", "Newest first"}}
	}
	for _, o := range orders {
		p.Sorts = append(p.Sorts, chosen{Text: o[1], URL: a.url("sort", o[0]), Is: a.Sort == o[0]})
	}
}

// find looks for words.
func (v *visit) find(p *searchPage, q repo.Query) error {
	q.After = repo.Cursor(v.FormValue("after"))
	ask := repo.Search{Query: q, Rank: repo.RankRelevance}
	if p.Sort == "newest" {
		ask.Rank = repo.RankNewest
	}
	if p.Kind != "" {
		k, err := repo.KindOf(p.Kind)
		if err != nil {
			return err
		}
		ask.Kinds = []string{k.Name}
	}
	page, err := v.Store.Search(v.Ctx, ask)
	if err != nil {
		return p.cannot(err) // while one types, much cannot be asked yet
	}
	p.Page = page
	if p.Hits, err = v.HitsOf(page.Hits); err != nil {
		return err
	}
	p.total(words.Count(page.Total, "record"), page.About)
	if page.Next != "" {
		p.More = p.url("after", string(page.Next))
	}
	return nil
}

// listKind goes through the records of a kind.
func (v *visit) listKind(p *searchPage, q repo.Query) error {
	k, err := repo.KindOf(p.Kind)
	if err != nil {
		return err
	}
	if !k.IsEntity() {
		return v.listSettings(p)
	}
	records := v.of(k)
	n, about, err := records.Estimate(v.Ctx, q)
	if err != nil {
		return p.cannot(err)
	}
	p.total(words.Count(n, k.Name), about)
	q.Limit, q.After = listSize, repo.Cursor(v.FormValue("after"))
	if p.Sort == "title" || p.Sort == "-date" {
		q.Sort = repo.Sort(p.Sort)
	}
	page, err := records.List(v.Ctx, q)
	if err != nil {
		return p.cannot(err)
	}
	if page.Next != "" {
		p.More = p.url("after", string(page.Next))
	}
	p.Entries, err = v.EntriesOf(page.Items)
	return err
}

// cannot says on the page what cannot be asked, such as topics for a status.
func (p *searchPage) cannot(err error) error {
	if invalid, is := isInvalid(err); is {
		p.Problem = words.UpperFirst(invalid.Problem)
		return nil
	}
	return err
}

// total says how many there are.
func (p *searchPage) total(text string, about bool) {
	if p.Total = text; about {
		p.Total = "about " + text
	}
}

func (v *visit) listSettings(p *searchPage) error {
	all, err := v.Store.Settings.All(v.Ctx)
	for _, s := range all {
		p.Entries = append(p.Entries, shown.Entry{Brief: schema.Brief{Kind: "setting", ID: s.Key, Title: s.Key, Date: s.SavedAt}, Excerpt: prose.Cut(260, string(s.Value))})
	}
	p.Total = words.Count(len(all), "setting")
	return err
}

// overview is the newest records of each kind.
func (v *visit) overview(p *searchPage, q repo.Query) error {
	q.Limit = groupSize
	for _, k := range repo.Kinds() {
		records := v.of(k)
		page, err := records.List(v.Ctx, q)
		if _, invalid := isInvalid(err); invalid {
			continue // it has no tags, or no status
		}
		if err != nil {
			return err
		}
		n, about, err := records.Estimate(v.Ctx, q)
		if err != nil {
			return err
		}
		if len(page.Items) > 0 {
			p.Groups = append(p.Groups, group{k.Plural, n, about, p.url("kind", k.Plural), page.Items[:min(groupSize, len(page.Items))]})
		}
	}
	return nil
}
