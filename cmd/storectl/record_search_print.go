package main

import (
	"fmt"
	"html"
	"strings"
	"time"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/schema"
)

func (a *app) printHits(page repo.SearchPage, took time.Duration, again func(string) string) error {
	return a.Print(term.Result{Name: "search", Document: struct {
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
	}{orEmpty(page.Hits), page.Total, page.About, page.Limited, page.Loose, page.Unindexed, orEmpty(page.Unknown), orEmpty(page.Known), page.Understood, page.Next, float64(took.Microseconds()) / 1000},
		Text: func() error { return a.printHitList(page, again) },
		Columns: []term.Column{{Name: "kind"}, {Name: "id"}, {Name: "title"}, {Name: "part"}, {Name: "at"}, {Name: "snippet"}, {Name: "score"},
			{Name: "matches"}},
		Rows: term.Each(page.Hits, func(h repo.Hit) []any {
			return []any{h.Kind, h.ID, h.Title, h.Part, term.Stamp(h.At), h.Snippet, h.Score, h.Matches}
		})})
}

// printHitList prints hits for a person: a line about the record, its best text, and its further moments.
func (a *app) printHitList(page repo.SearchPage, again func(string) string) error {
	var out strings.Builder
	for i, h := range page.Hits {
		if i > 0 {
			out.WriteByte('\n')
		}
		title := h.Title
		if title == "" {
			title = "(no title)"
		}
		out.WriteString(a.line(a.Paint(a.Stdout, term.StyleHead, a.fits(title, len(h.Kind)+2+len(h.ID)+2)), a.Paint(a.Stdout, term.StyleDim, h.Kind+"  "+term.Visible(h.ID))))
		out.WriteString(a.momentLine(h.Part, h.At, h.Snippet))
		for _, m := range h.Moments {
			out.WriteString(a.momentLine(m.Part, m.At, m.Snippet))
		}
		if more := h.Matches - 1 - len(h.Moments); more > 0 {
			out.WriteString(a.Paint(a.Stdout, term.StyleDim, fmt.Sprintf("  and %d more", more)) + "\n")
		}
	}
	if _, err := a.Stdout.Write([]byte(out.String())); err != nil {
		return fmt.Errorf("search: print: %w", err)
	}
	a.sayTotal(page, again)
	return nil
}

func (a *app) line(parts ...string) string { return strings.Join(parts, "  ") + "\n" }

// fits cuts a text so that it and something of that width fit the terminal.
func (a *app) fits(text string, beside int) string {
	text = term.Visible(text)
	if limit := a.Width() - beside; a.Width() > 0 {
		return term.Cut(text, max(limit, term.LeastCell))
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
		head += " " + term.Visible(part)
	}
	plain := html.UnescapeString(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(snippet))
	if a.Width() > 0 && term.TextWidth(head)+2+term.TextWidth(term.Visible(plain)) > a.Width() {
		return a.Paint(a.Stdout, term.StyleDim, head) + "\n    " + a.marked(snippet, a.Width()-4) + "\n"
	}
	return a.Paint(a.Stdout, term.StyleDim, head) + "  " + a.marked(snippet, 0) + "\n"
}

// marked shows what stands between <mark> and </mark> in colour, where there is colour, within limit columns.
func (a *app) marked(snippet string, limit int) string {
	const begin, end = "<mark>", "</mark>"
	var out strings.Builder
	used := 0
	add := func(text string, s term.Style) {
		if text = term.Visible(html.UnescapeString(text)); limit > 0 && used >= limit {
			return
		}
		if limit > 0 && used+term.TextWidth(text) > limit {
			text = term.Cut(text, max(limit-used, 0))
		}
		used += term.TextWidth(text)
		if s != "" {
			text = a.Paint(a.Stdout, s, text)
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
		add(match, term.StyleWarn)
		snippet = after
	}
	return out.String()
}

// sayUnknown tells of filters that name nothing, and what there is instead.
func (a *app) sayUnknown(filters, known []string) {
	a.Say("nothing was found: %s names nothing that there is", term.Visible(strings.Join(filters, ", ")))
	if len(known) > 0 {
		a.Say("there is %s", term.Visible(strings.Join(known, ", ")))
	}
}

func (a *app) sayTotal(page repo.SearchPage, again func(string) string) {
	about := ""
	if page.About {
		about = "about "
	}
	switch {
	case len(page.Unknown) > 0:
		a.sayUnknown(page.Unknown, page.Known)
	case len(page.Hits) == 0:
		a.Say("nothing was found; searched for: %s", term.Visible(page.Understood))
	case page.Loose:
		a.Say("nothing has these words as they are; %s%s have them within other words; searched for: %s", about, counted(int(page.Total), "record"), term.Visible(page.Understood))
	default:
		a.Say("%s%s", about, counted(int(page.Total), "record"))
	}
	if page.Limited {
		a.Say("so many texts match that only the newest were compared; --sort newest shows all")
	}
	if page.Next != "" {
		a.Say("the next ones: %s", again(string(page.Next)))
	}
}

// printExplanation shows how a query would be answered.
func (a *app) printExplanation(of string, how repo.Explanation) error {
	var list []term.Property
	for i, w := range how.Words {
		list = append(list, term.Prop(fmt.Sprint(i+1), w))
	}
	if how.Match != "" {
		list = append(list, term.Prop("match", how.Match))
	}
	for _, line := range how.Plan {
		list = append(list, term.Prop("plan", line))
	}
	if len(how.Words) == 0 {
		list = append(list, term.Prop(of, "nothing to do"))
	}
	return a.Page("explain", how, list)
}
