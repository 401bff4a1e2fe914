package prose

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// errRestless says that HTML comes out differently each time that it is read.
var errRestless = errors.New("the HTML does not come to rest")

// harmless leaves of HTML what cannot run, load, ask or leave its place on a page. A new tree is made of what is listed
// here and of nothing else. It is read again as a browser will read it, until that changes nothing: what a parser moves is
// moved before it is looked at the last time.
func harmless(text string) (string, error) {
	for i := range 6 {
		from, err := parse(text)
		if err != nil {
			return "", err
		}
		var out strings.Builder
		to := &html.Node{Type: html.DocumentNode}
		copyHarmless(to, from, i == 0)
		if err := html.Render(&out, to); err != nil {
			return "", err
		}
		if out.String() == text && i > 0 {
			return text, nil
		}
		text = out.String()
	}
	return "", errRestless
}

// parse reads HTML as what stands in an element of a page.
func parse(text string) (*html.Node, error) {
	place := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(strings.NewReader(text), place)
	for _, n := range nodes {
		place.AppendChild(n)
	}
	return place, err
}

// stays tells which elements a text may have: those that a person writes with, and none that leads a parser to read what
// is inside in another way.
func stays(a atom.Atom) bool {
	switch a {
	case atom.A, atom.Abbr, atom.Acronym, atom.Article, atom.Aside, atom.B, atom.Bdi, atom.Bdo, atom.Blockquote, atom.Br, atom.Caption, atom.Cite,
		atom.Code, atom.Col, atom.Colgroup, atom.Dd, atom.Del, atom.Details, atom.Dfn, atom.Div, atom.Dl, atom.Dt, atom.Em, atom.Figcaption, atom.Figure,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Hgroup, atom.Hr, atom.I, atom.Img, atom.Input, atom.Ins, atom.Kbd, atom.Li, atom.Mark,
		atom.Meter, atom.Ol, atom.P, atom.Pre, atom.Progress, atom.Q, atom.Rp, atom.Rt, atom.Ruby, atom.S, atom.Samp, atom.Section, atom.Small, atom.Span,
		atom.Strike, atom.Strong, atom.Sub, atom.Summary, atom.Sup, atom.Table, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Time, atom.Tr,
		atom.Tt, atom.U, atom.Ul, atom.Var, atom.Wbr:
		return true
	}
	return false
}

// goes tells which nodes go with all that is in them: comments, other languages than HTML, and elements whose texts are not
// for readers. Of all other elements that do not stay the texts stay.
func goes(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Iframe, atom.Noembed, atom.Noframes, atom.Object, atom.Title:
		return true
	}
	return n.Type != html.TextNode && n.Type != html.ElementNode || n.Namespace != ""
}

// copyHarmless puts what may stay of an element into a new one. The first time it lowers headlines below those of the page.
func copyHarmless(to, from *html.Node, first bool) {
	for n := range from.ChildNodes() {
		inside := to
		switch {
		case goes(n):
			continue
		case n.Type == html.TextNode:
			to.AppendChild(&html.Node{Type: html.TextNode, Data: n.Data})
		case stays(n.DataAtom):
			if made := harmlessElement(n); made != nil {
				if len(n.Data) == 2 && first {
					lower(made)
				}
				to.AppendChild(made)
				inside = made
			}
		}
		copyHarmless(inside, n, first)
	}
}

func lower(n *html.Node) {
	if n.Data[0] == 'h' && '1' <= n.Data[1] && n.Data[1] <= '6' {
		n.Data = "h" + string(min(n.Data[1]+2, '6'))
		n.DataAtom = atom.Lookup([]byte(n.Data))
	}
}

// harmlessElement is an element anew, with what its attributes may say. A link that leads nowhere and a field that is no
// box become nil: their texts stay alone. In the place of a picture that is elsewhere stand words: it is never fetched.
func harmlessElement(n *html.Node) *html.Node {
	made := &html.Node{Type: html.ElementNode, Data: n.Data, DataAtom: n.DataAtom}
	for _, a := range n.Attr {
		if value, ok := attributeOf(n.DataAtom, a); ok && !has(made, a.Key) {
			made.Attr = append(made.Attr, html.Attribute{Key: a.Key, Val: value})
		}
	}
	always := func(name, value string) { made.Attr = append(made.Attr, html.Attribute{Key: name, Val: value}) }
	switch n.DataAtom {
	case atom.A:
		if !has(made, "href") {
			return nil
		}
		always("rel", "nofollow noreferrer")
	case atom.Input:
		if !has(made, "type") {
			return nil
		}
		always("disabled", "")
		always("aria-label", "done")
	case atom.Img:
		switch {
		case !has(made, "src"):
			return elsewhere(n)
		case !has(made, "alt"):
			always("alt", "picture in the text")
		}
	}
	return made
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// elsewhere says what picture would be here.
func elsewhere(picture *html.Node) *html.Node {
	src, alt := "", ""
	for _, a := range picture.Attr {
		switch a.Key {
		case "src":
			src = a.Val
		case "alt":
			alt = a.Val
		}
	}
	if strings.HasPrefix(src, "data:") {
		src = "data of a type that is not shown"
	}
	if alt == "" {
		alt = src
	}
	n := &html.Node{Type: html.ElementNode, Data: "span", DataAtom: atom.Span, Attr: []html.Attribute{{Key: "class", Val: "elsewhere"}, {Key: "title", Val: src}}}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: "picture elsewhere: " + alt})
	return n
}

// What the values of attributes may be made of.
const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// attributeOf is the value that an attribute keeps, if it may stay. No element has an id or a name, which something else on
// the page may have.
func attributeOf(element atom.Atom, a html.Attribute) (value string, ok bool) {
	of := func(list ...atom.Atom) bool { return slices.Contains(list, element) }
	madeOf := func(characters string) bool { return a.Val != "" && strings.Trim(a.Val, characters) == "" }
	switch a.Key {
	case "title":
		return a.Val, true
	case "lang":
		return a.Val, madeOf(letters + "-")
	case "dir":
		return a.Val, a.Val == "ltr" || a.Val == "rtl" || a.Val == "auto"
	case "href":
		value = linkTo(a.Val)
		return value, of(atom.A) && value != ""
	case "src":
		value = pictureOf(a.Val)
		return value, of(atom.Img) && value != ""
	case "alt":
		return a.Val, of(atom.Img) && a.Val != ""
	case "type":
		return "checkbox", of(atom.Input) && strings.EqualFold(a.Val, "checkbox")
	case "checked":
		return "", of(atom.Input)
	case "open":
		return "", of(atom.Details)
	case "class":
		language, is := strings.CutPrefix(a.Val, "language-")
		return a.Val, of(atom.Code) && is && strings.Trim(language, digits+letters+"+#-") == "" || of(atom.Span) && a.Val == "elsewhere"
	case "width", "height":
		return a.Val, of(atom.Img) && madeOf(digits)
	case "colspan", "rowspan", "span":
		return a.Val, of(atom.Td, atom.Th, atom.Col, atom.Colgroup) && madeOf(digits)
	case "start":
		return a.Val, of(atom.Ol) && madeOf(digits+"-")
	case "value", "min", "max", "low", "high", "optimum":
		return a.Val, of(atom.Meter, atom.Progress, atom.Li) && madeOf(digits+"-.")
	case "datetime":
		return a.Val, of(atom.Time, atom.Del, atom.Ins) && madeOf(digits+letters+"-+:. ")
	}
	return "", false
}

// linkTo is where a link may lead: to a page elsewhere, to a letter, or to a place on the page. "" is nowhere.
func linkTo(href string) string {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return ""
	}
	switch {
	case u.Scheme == "http" || u.Scheme == "https":
		if u.Host == "" {
			return ""
		}
	case u.Scheme == "mailto" && u.Opaque != "":
	case u.Fragment != "" && *u == url.URL{Fragment: u.Fragment, RawFragment: u.RawFragment}:
	default:
		return ""
	}
	return u.String()
}

// pictureOf is a picture that stands in the text itself, of a type that can only be looked at; "" is every other one.
func pictureOf(src string) string {
	src = strings.Join(strings.Fields(src), "")
	for _, kind := range []string{"png", "jpeg", "gif", "webp"} {
		if data, is := strings.CutPrefix(src, "data:image/"+kind+";base64,"); is && strings.Trim(data, digits+letters+"+/=") == "" {
			return src
		}
	}
	return ""
}

// wordsOf are the words of a text that a reader sees, each block apart from the next.
func wordsOf(n *html.Node, out *strings.Builder) {
	if goes(n) {
		return
	}
	if n.Type == html.TextNode {
		out.WriteString(n.Data)
	}
	for inside := range n.ChildNodes() {
		wordsOf(inside, out)
	}
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Li, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Td, atom.Th, atom.Pre, atom.Blockquote, atom.Br,
		atom.Dt, atom.Dd, atom.Option, atom.Summary, atom.Caption, atom.Figcaption:
		out.WriteByte(' ')
	}
}
