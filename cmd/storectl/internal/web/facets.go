package web

import (
	"bytes"
	"cmp"
	"net/http"
	"slices"
	"time"

	"taskstore/cmd/storectl/internal/web/prose"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
)

// facets are what narrows a search, with how many records each leaves.
type facets struct {
	List    []facetList
	Problem string
	about   bool
	total   int64 // records that the search found
}

type facetList struct {
	Title  string
	Values []facetValue
	Rest   []facetValue // further ones, folded
	More   int          // and those that are left out
}

type facetValue struct {
	Text, URL string
	Count     int64
	About     bool // it is estimated
}

// How many values of a facet are shown at once, and how many at all.
const (
	firstValues = 12
	mostValues  = 80
)

// facetsOf counts what a search found by kind, tag, status and month. The page has been sent by then: what fails here
// is said there.
func (v *visit) facetsOf(a asked, q repo.Query) (f facets) {
	c, err := v.countAll(a, q)
	if err != nil {
		return facets{Problem: "How many there are of each could not be counted."}
	}
	f.about = c.about
	for _, kind := range c.kinds {
		f.total += kind.Count
	}
	if a.Kind == "" {
		f.add("Kind", c.kinds, func(value string) (text, url string) { return words.UpperFirst(value), a.url("kind", value) })
	}
	tags := slices.DeleteFunc(sorted(c.by[repo.FacetTag]), func(c repo.FacetCount) bool { return slices.Contains(a.Tags, c.Value) })
	f.add("Tag", tags, func(value string) (text, url string) { return "#" + prose.Cut(40, value), a.url("tag", value) })
	f.add("Status", sorted(c.by[repo.FacetStatus]), func(value string) (text, url string) { return value, a.url("status", value) })
	months := sorted(c.by[repo.FacetMonth])
	slices.SortFunc(months, func(a, b repo.FacetCount) int { return cmp.Compare(b.Value, a.Value) })
	f.add("Month", months, func(value string) (text, url string) { return monthName(value), a.url("month", value) })
	return f
}

// add is a list of values, if one of them narrows.
func (f *facets) add(title string, list []repo.FacetCount, describe func(value string) (text, url string)) {
	list = slices.DeleteFunc(list, func(c repo.FacetCount) bool { return c.Value == "" })
	if len(list) == 0 || len(list) == 1 && list[0].Count >= f.total {
		return
	}
	l := facetList{Title: title}
	if l.More = len(list) - mostValues; l.More > 0 {
		list = list[:mostValues]
	}
	for _, c := range list {
		text, url := describe(c.Value)
		l.Values = append(l.Values, facetValue{text, url, c.Count, f.about})
	}
	at := min(firstValues, len(l.Values))
	l.Values, l.Rest = l.Values[:at], l.Values[at:]
	f.List = append(f.List, l)
}

func monthName(key string) string {
	if at, err := time.ParseInLocation("2006-01", key, time.Local); err == nil {
		return at.Format("Jan 2006")
	}
	return key
}

// counts are how many records a search found, by kind, and by the values of each facet over all kinds.
type counts struct {
	kinds []repo.FacetCount
	by    map[repo.Facet]map[string]int64
	about bool
}

// countAll looks for the words once in each kind. Kinds that cannot be asked so, such as topics for a status, have none.
func (v *visit) countAll(a asked, q repo.Query) (c counts, err error) {
	c.by = map[repo.Facet]map[string]int64{repo.FacetTag: {}, repo.FacetStatus: {}, repo.FacetMonth: {}}
	for _, k := range repo.Kinds() {
		if !k.IsEntity() || a.Kind != "" && a.Kind != k.Plural {
			continue
		}
		n, lists, about, err := v.countKind(k, q)
		if _, invalid := isInvalid(err); invalid {
			continue
		}
		if err != nil {
			return c, err
		}
		if c.about = c.about || about; n > 0 {
			c.kinds = append(c.kinds, repo.FacetCount{Value: k.Plural, Count: int64(n)})
		}
		for by, list := range lists {
			for _, one := range list {
				c.by[by][one.Value] += one.Count
			}
		}
	}
	return c, nil
}

func (v *visit) countKind(k repo.Kind, q repo.Query) (n int, lists map[repo.Facet][]repo.FacetCount, about bool, err error) {
	if f := v.faceted(k.Plural); f != nil {
		return f.EstimateBy(v.Ctx, q, repo.FacetTag, repo.FacetStatus, repo.FacetMonth)
	}
	n, about, err = v.of(k).Estimate(v.Ctx, q)
	return n, nil, about, err
}

// sorted are values by how many there are of each.
func sorted(values map[string]int64) (list []repo.FacetCount) {
	for value, n := range values {
		list = append(list, repo.FacetCount{Value: value, Count: n})
	}
	slices.SortFunc(list, func(a, b repo.FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return list
}

// stream answers with a page that is sent in two parts: what was found, and then what has to be counted.
func (v *visit) stream(name, title, nav string, p *searchPage) error {
	var out bytes.Buffer
	sent := false
	p.Flush = func() string {
		v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		sent = true
		_, _ = out.WriteTo(v.w)
		_ = http.NewResponseController(v.w).Flush() // where that cannot be, it comes all at once
		return ""
	}
	f := v.frame(title, nav, p)
	f.Narrowed = p.pairs()
	err := templates()[name].ExecuteTemplate(&out, "layout", f)
	if err != nil && !sent {
		return err
	}
	if err != nil {
		panic(http.ErrAbortHandler) // half a page must not look whole
	}
	_, _ = out.WriteTo(v.w)
	return nil
}
