package web

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"taskstore/cmd/storectl/internal/web/prose"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
	"taskstore/schema"
)

// facets are what narrows a search, with how many records each leaves.
type facets struct {
	List    []facetList
	Problem string
}

type facetList struct {
	Title  string
	Values []facetValue
	More   int
}

type facetValue struct {
	Text, URL string
	Count     int64
}

// mostValues is how many values of a facet are shown.
const mostValues = 12

// facetsOf counts what a search found by kind, tag, status and month. The page has been sent by then: what fails here
// is said there.
func (v *visit) facetsOf(a asked, q repo.Query) (f facets) {
	kinds, err := v.countKinds(a, q)
	if err != nil {
		return facets{Problem: "How many there are of each could not be counted."}
	}
	f.add("Kind", kinds, func(c repo.FacetCount) facetValue {
		return facetValue{words.UpperFirst(c.Value), a.url("kind", c.Value), c.Count}
	})
	for _, by := range []repo.Facet{repo.FacetTag, repo.FacetStatus, repo.FacetMonth} {
		list, err := v.countBy(a, q, by)
		if err != nil {
			return facets{List: f.List, Problem: "Not everything could be counted."}
		}
		switch by {
		case repo.FacetTag:
			list = slices.DeleteFunc(list, func(c repo.FacetCount) bool { return slices.Contains(a.Tags, c.Value) })
			f.add("Tag", list, func(c repo.FacetCount) facetValue {
				return facetValue{"#" + prose.Cut(40, c.Value), a.url("tag", c.Value), c.Count}
			})
		case repo.FacetStatus:
			f.add("Status", list, func(c repo.FacetCount) facetValue { return facetValue{c.Value, a.url("status", c.Value), c.Count} })
		default:
			f.add("Month", list, func(c repo.FacetCount) facetValue {
				return facetValue{monthName(c.Value), a.url("month", c.Value), c.Count}
			})
		}
	}
	return f
}

// add is a list of values, if there is a choice.
func (f *facets) add(title string, list []repo.FacetCount, value func(repo.FacetCount) facetValue) {
	if len(list) < 2 {
		return
	}
	l := facetList{Title: title}
	for _, c := range list {
		if len(l.Values) == mostValues {
			l.More = len(list) - mostValues
			break
		}
		if c.Value != "" {
			l.Values = append(l.Values, value(c))
		}
	}
	f.List = append(f.List, l)
}

func monthName(key string) string {
	if at, err := time.ParseInLocation("2006-01", key, time.Local); err == nil {
		return at.Format("Jan 2006")
	}
	return key
}

func (v *visit) countKinds(a asked, q repo.Query) (list []repo.FacetCount, err error) {
	if a.Kind != "" {
		return nil, nil
	}
	for _, k := range repo.Kinds() {
		if !k.IsEntity() {
			continue
		}
		n, _, err := k.In(&v.Store.Repos).Estimate(v.Ctx, q)
		var invalid *schema.InvalidError
		if errors.As(err, &invalid) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n > 0 {
			list = append(list, repo.FacetCount{Value: k.Plural, Count: int64(n)})
		}
	}
	return list, nil
}

// countBy counts over all kinds that have the facet.
func (v *visit) countBy(a asked, q repo.Query, by repo.Facet) ([]repo.FacetCount, error) {
	sum := map[string]int64{}
	for _, kind := range dayKinds {
		if a.Kind != "" && a.Kind != kind {
			continue
		}
		list, err := v.facets(kind, q, by)
		var invalid *schema.InvalidError
		if errors.As(err, &invalid) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			sum[c.Value] += c.Count
		}
	}
	list := make([]repo.FacetCount, 0, len(sum))
	for value, n := range sum {
		list = append(list, repo.FacetCount{Value: value, Count: n})
	}
	slices.SortFunc(list, func(a, b repo.FacetCount) int {
		if by == repo.FacetMonth {
			return cmp.Compare(b.Value, a.Value)
		}
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return list, nil
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
