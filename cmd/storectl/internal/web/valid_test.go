package web_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// void are the elements that have no end.
var void = []string{"meta", "link", "input", "img", "br", "hr", "path", "rect", "source", "wbr", "col"}

// wantValid wants a page that a validator of HTML has nothing against, as far as this looks: every element is closed in
// its place, ids are there once, labels and fields belong together, pictures have their text, no link is in a link.
func wantValid(t *testing.T, what, page string) {
	t.Helper()
	if !strings.HasPrefix(page, "<!DOCTYPE html>") {
		t.Errorf("%s: no doctype", what)
	}
	c := checker{ids: map[string]int{}}
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		tok := z.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			c.begin(tok)
		case html.EndTagToken:
			c.end(tok)
		}
	}
	for id, n := range c.ids {
		if n > 1 {
			c.wrong = append(c.wrong, "the id "+id+" is there more than once")
		}
	}
	for _, id := range c.labelled {
		if c.ids[id] == 0 {
			c.wrong = append(c.wrong, "a label is for "+id+", which is not there")
		}
	}
	if len(c.open) > 0 {
		c.wrong = append(c.wrong, "not closed: "+strings.Join(c.open, " "))
	}
	if c.h1 != 1 {
		c.wrong = append(c.wrong, "a page has one headline")
	}
	for _, w := range c.wrong {
		t.Errorf("%s: %s", what, w)
	}
}

type checker struct {
	open, wrong, labelled []string
	ids                   map[string]int
	h1                    int
}

func (c *checker) begin(tok html.Token) {
	attr := map[string]string{}
	for _, a := range tok.Attr {
		if _, twice := attr[a.Key]; twice {
			c.wrong = append(c.wrong, tok.Data+" has "+a.Key+" twice")
		}
		attr[a.Key] = a.Val
	}
	if id, has := attr["id"]; has {
		c.ids[id]++
		if id == "" || strings.ContainsAny(id, " \t\n") {
			c.wrong = append(c.wrong, "an id is empty, or has spaces: "+id)
		}
	}
	if id, has := attr["for"]; has {
		c.labelled = append(c.labelled, id)
	}
	_, alt := attr["alt"]
	inside := func(name string) bool { return slices.Contains(c.open, name) }
	switch {
	case tok.Data == "h1":
		c.h1++
	case tok.Data == "img" && !alt:
		c.wrong = append(c.wrong, "a picture without its text: "+tok.String())
	case tok.Data == "a" && inside("a"), tok.Data == "form" && inside("form"), tok.Data == "button" && (inside("button") || inside("a")):
		c.wrong = append(c.wrong, tok.String()+" inside "+strings.Join(c.open, " "))
	case tok.Data == "input" && attr["type"] != "hidden" && attr["aria-label"] == "" && attr["id"] == "" && !inside("label"):
		c.wrong = append(c.wrong, "a field without a label: "+tok.String())
	case tok.Data == "li" && !slices.Contains([]string{"ul", "ol", "menu"}, c.last()), slices.Contains([]string{"div", "p", "section", "ul", "dl", "h2", "h3", "table", "article"}, tok.Data) && inside("p"), tok.Data == "div" && slices.Contains([]string{"ul", "ol", "tr", "span"}, c.last()):
		c.wrong = append(c.wrong, tok.String()+" inside "+strings.Join(c.open, " "))
	}
	if !slices.Contains(void, tok.Data) {
		c.open = append(c.open, tok.Data)
	}
}

func (c *checker) last() string {
	if len(c.open) == 0 {
		return ""
	}
	return c.open[len(c.open)-1]
}

func (c *checker) end(tok html.Token) {
	if c.last() != tok.Data {
		c.wrong = append(c.wrong, tok.String()+" ends "+strings.Join(c.open, " "))
		return
	}
	c.open = c.open[:len(c.open)-1]
}

// wantCalm wants a page on which nothing of a record runs, loads or leads to a script.
func wantCalm(t *testing.T, page string) {
	t.Helper()
	for z := html.NewTokenizer(strings.NewReader(page)); z.Next() != html.ErrorToken; {
		tok := z.Token()
		if tok.Type != html.StartTagToken && tok.Type != html.SelfClosingTagToken {
			continue
		}
		if slices.Contains([]string{"iframe", "style", "object", "embed", "base"}, tok.Data) {
			t.Errorf("on the page: %s", tok)
		}
		for _, a := range tok.Attr {
			at := strings.ToLower(strings.TrimSpace(a.Val))
			away := slices.Contains([]string{"src", "action", "formaction", "srcset"}, a.Key) && !strings.HasPrefix(at, "/") && !strings.HasPrefix(at, "data:image/")
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || away || strings.HasPrefix(at, "javascript:") || tok.Data == "script" && a.Key == "src" && at != "/static/app.js" {
				t.Errorf("on the page: %s", tok)
			}
		}
	}
}
