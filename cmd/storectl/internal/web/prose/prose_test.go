package prose

import (
	"strings"
	"testing"
	"time"

	"taskstore/schema"
)

func TestDifferences(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{`"The shop opens at nine."`, `"The shop opens at ten."`, "The shop opens at [-nine-][+ten+]."},
		{`""`, `"new"`, "[+new+]"},
		{`"gone"`, ``, "[-gone-]"},
		{`{"_blob":"0123456789abcdef"}`, `{"_blob":"ffff456789abcdef"}`, "content [-0123456789ab-][+ffff456789ab+]"},
		{`1`, `2`, "[-1-][+2+]"},
		{`"ä b"`, `"ä c"`, "ä [-b-][+c+]"},
	} {
		list, more := Differences([]schema.FieldChange{{Path: "x", Old: schema.JSON(test.old), New: schema.JSON(test.new)}})
		var got strings.Builder
		for _, p := range list[0].Pieces {
			got.WriteString(map[string]string{"same": "", "del": "[-", "ins": "[+"}[p.Kind] + p.Text + map[string]string{"same": "", "del": "-]", "ins": "+]"}[p.Kind])
		}
		if got.String() != test.want || more != 0 {
			t.Errorf("%s, %s: %s and not %s", test.old, test.new, got.String(), test.want)
		}
	}
	long := strings.Repeat("word ", 30_000)
	list, _ := Differences([]schema.FieldChange{{Path: "x", Old: schema.JSON(`"` + long + `a"`), New: schema.JSON(`"b ` + long + `"`)}})
	if len(list) != 1 || len(list[0].Pieces) == 0 {
		t.Error("a long text has no difference")
	}
}

func TestRich(t *testing.T) {
	for text, want := range map[string]string{
		"# A\n\n**b**": "<h3>A</h3>\n<p><strong>b</strong></p>",
		"<div><b>open": "<div><b>open</b></div>",
		"<p onclick=x id=a>b</p><script>c</script>":       "<p>b</p>",
		`![a](https://e.example/x.png)`:                   `picture elsewhere: a`,
		`<img src="data:image/png;base64,iVBORw0KGgo=">`:  `alt="picture in the text"`,
		`<a href="javascript:x">y</a>`:                    "y",
		`<img src="data:image/svg+xml;base64,PHN2Zz4=">z`: "z",
	} {
		got := string(Rich(text))
		if !strings.Contains(got, want) || strings.Contains(got, "javascript") || strings.Contains(got, "svg+xml") || strings.Contains(got, "onclick") {
			t.Errorf("%s: %s", text, got)
		}
	}
	if got := Excerpt("# One\n\n- two\n- <b>three</b> & four"); got != "One two three & four" {
		t.Error(got)
	}
}

// TestLargeTexts: a text as large as any that is shown is made within seconds, whatever it is made of, and one that has no
// paragraphs is still read.
func TestLargeTexts(t *testing.T) {
	for _, piece := range []string{"> ", ">", "+ ", "1. ", "> - ", "[a](", "[a", "![a", "*a **b ", "`` ` ", "<a ", "<b><i>", "<!--", "<a href='#x'><p>", "|a|b|\n|-|-|\n", "&", "www.", "word "} {
		begun := time.Now()
		made := Rich(strings.Repeat(piece, mostText/len(piece)))
		Rich(strings.Repeat(strings.Repeat(piece, (mostBlock-1)/len(piece))+"\n\n", 4))
		if took := time.Since(begun); took > 15*time.Second {
			t.Errorf("%q takes %v", piece, took)
		}
		if piece == "word " && (!strings.HasPrefix(string(made), "<p>word word") || len(made) < mostText) {
			t.Errorf("a long paragraph is %.40s", made)
		}
	}
	if got := Rich("<div><b>a</b>" + strings.Repeat("<p>b</p>", 10_000)); !strings.HasPrefix(string(got), "<div><b>a</b><p>b</p>") {
		t.Errorf("a long text in HTML is %.60s", got)
	}
	if got := Rich("*a*\n\n" + strings.Repeat("word ", 10_000) + "\nb"); !strings.HasPrefix(string(got), "<p>*a*</p><p>word") || !strings.HasSuffix(string(got), "<br/>b</p>") {
		t.Errorf("a long text is %.60s", got)
	}
}

func TestTree(t *testing.T) {
	deep := Tree("", []byte(strings.Repeat("[", 500)+strings.Repeat("]", 500)))
	wide := Tree("", []byte("["+strings.Repeat("1,", 5000)+"1]"))
	if wide.Cut < 3000 || len(wide.Items) > mostNodes || len(deep.Items) != 1 {
		t.Errorf("%d items, %d cut", len(wide.Items), wide.Cut)
	}
	if broken := Tree("", []byte(`{"a":[1,{"b":`)); len(broken.Items) != 1 {
		t.Errorf("%+v", broken)
	}
}
