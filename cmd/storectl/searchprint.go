package main

import (
	"fmt"
	"html"
	"strings"
	"time"

	"taskstore/repo"
	"taskstore/schema"
)

func (a *app) printHits(page repo.SearchPage, took time.Duration) error {
	if a.opt.output == "json" {
		return a.document("search", struct {
			Hits      []repo.Hit  `json:"hits"`
			Total     int64       `json:"total"`
			About     bool        `json:"total_estimated"`
			Limited   bool        `json:"limited"`   // only the newest texts were compared
			Loose     bool        `json:"loose"`     // the words are parts of others
			Unindexed int64       `json:"unindexed"` // records left out because they are not indexed yet
			Unknown   []string    `json:"unknown"`   // filters that name nothing
			Known     []string    `json:"known"`     // what there is instead of a status or a tag
			Searched  string      `json:"searched_for"`
			Next      repo.Cursor `json:"next"`
			TookMS    float64     `json:"took_ms"`
		}{orEmpty(page.Hits), page.Total, page.About, page.Limited, page.Loose, page.Unindexed, orEmpty(page.Unknown), orEmpty(page.Known), page.Understood, page.Next, float64(took.Microseconds()) / 1000})
	}
	if a.opt.output == "table" {
		return a.printHitList(page)
	}
	out := a.newRows([]column{{name: "kind"}, {name: "id"}, {name: "title"}, {name: "part"}, {name: "at"}, {name: "snippet"}, {name: "score"},
		{name: "matches"}}, "")
	for _, h := range page.Hits {
		if err := out.write([]any{h.Kind, h.ID, h.Title, h.Part, stamp(h.At), h.Snippet, h.Score, h.Matches}); err != nil {
			return err
		}
	}
	return out.close()
}

// printHitList prints hits for a person: a line about the record, its best text, and its further moments.
func (a *app) printHitList(page repo.SearchPage) error {
	var out strings.Builder
	for i, h := range page.Hits {
		if i > 0 {
			out.WriteByte('\n')
		}
		title := h.Title
		if title == "" {
			title = "(no title)"
		}
		out.WriteString(a.line(a.paint(a.stdout, styleHead, a.fits(title, len(h.Kind)+2+len(h.ID)+2)), a.paint(a.stdout, styleDim, h.Kind+"  "+visible(h.ID))))
		out.WriteString(a.momentLine(h.Part, h.At, h.Snippet))
		for _, m := range h.Moments {
			out.WriteString(a.momentLine(m.Part, m.At, m.Snippet))
		}
		if more := h.Matches - 1 - len(h.Moments); more > 0 {
			out.WriteString(a.paint(a.stdout, styleDim, fmt.Sprintf("  and %d more", more)) + "\n")
		}
	}
	if _, err := a.stdout.Write([]byte(out.String())); err != nil {
		return fmt.Errorf("search: print: %w", err)
	}
	a.sayTotal(page)
	return nil
}

func (a *app) line(parts ...string) string { return strings.Join(parts, "  ") + "\n" }

// fits cuts a text so that it and something of that width fit the terminal.
func (a *app) fits(text string, beside int) string {
	text = visible(text)
	if limit := a.width() - beside; a.width() > 0 {
		return cut(text, max(limit, leastCell))
	}
	return text
}

func (a *app) momentLine(part string, at schema.Time, snippet string) string {
	when := ""
	if at != "" {
		if t, err := at.Time(); err == nil {
			when = t.Local().Format("2006-01-02 15:04")
		}
	}
	head := "  " + when
	if part != "" {
		head += " " + visible(part)
	}
	plain := html.UnescapeString(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(snippet))
	if a.width() > 0 && textWidth(head)+2+textWidth(visible(plain)) > a.width() {
		return a.paint(a.stdout, styleDim, head) + "\n    " + a.marked(snippet, a.width()-4) + "\n"
	}
	return a.paint(a.stdout, styleDim, head) + "  " + a.marked(snippet, 0) + "\n"
}

// marked shows what stands between <mark> and </mark> in colour, where there is colour, within limit columns.
func (a *app) marked(snippet string, limit int) string {
	const begin, end = "<mark>", "</mark>"
	var out strings.Builder
	used := 0
	add := func(text string, s style) {
		text = visible(html.UnescapeString(text))
		if limit > 0 && used+textWidth(text) > limit {
			text = cut(text, max(limit-used, 0))
		}
		used += textWidth(text)
		if s != "" {
			text = a.paint(a.stdout, s, text)
		}
		out.WriteString(text)
	}
	for snippet != "" && (limit == 0 || used < limit) {
		before, rest, found := strings.Cut(snippet, begin)
		add(before, "")
		if !found {
			break
		}
		match, after, _ := strings.Cut(rest, end)
		add(match, styleWarn)
		snippet = after
	}
	return out.String()
}

// sayUnknown tells of filters that name nothing, and what there is instead.
func (a *app) sayUnknown(filters, known []string) {
	a.say("nothing was found: %s names nothing that there is", strings.Join(filters, ", "))
	if len(known) > 0 {
		a.say("there is %s", strings.Join(known, ", "))
	}
}

func (a *app) sayTotal(page repo.SearchPage) {
	about := ""
	if page.About {
		about = "about "
	}
	switch {
	case len(page.Unknown) > 0:
		a.sayUnknown(page.Unknown, page.Known)
	case len(page.Hits) == 0:
		a.say("nothing was found; searched for: %s", page.Understood)
	case page.Loose:
		a.say("nothing has these words as they are; %s%d records have them within other words; searched for: %s", about, page.Total, page.Understood)
	default:
		a.say("%s%d records", about, page.Total)
	}
	if page.Limited {
		a.say("so many texts match that only the newest were compared; --sort newest shows all")
	}
	if page.Next != "" {
		a.say("there are more: go on with --after %s", page.Next)
	}
}

// printExplanation shows how a query would be answered.
func (a *app) printExplanation(of string, how repo.Explanation) error {
	if a.opt.output == "json" || a.opt.output == "ndjson" {
		return a.document("explain", how)
	}
	var list []property
	for i, w := range how.Words {
		list = append(list, property{fmt.Sprint(i + 1), w})
	}
	if how.Match != "" {
		list = append(list, property{"match", how.Match})
	}
	for _, line := range how.Plan {
		list = append(list, property{"plan", line})
	}
	if len(how.Words) == 0 {
		list = append(list, property{of, "nothing to do"})
	}
	return a.page("explain", how, list)
}
