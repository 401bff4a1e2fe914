package web_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	cdp "github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestRestoring makes a backup, sees what is different, brings records back and then the whole store, each after a question.
func TestRestoring(t *testing.T) {
	s := serve(t, world(t))
	b := open(t, s, wide)
	b.to("/backups")
	b.press("Make a backup now")
	b.wants("was made and verified", b.outcome())
	b.to("/backups")
	b.do(cdp.Click(".backups li:last-child form[action='/compare'] button"))
	b.wants("3 records differ", b.outcome())
	b.shoot("differences-wide")
	b.do(cdp.Click(`input[value="notes/changed"]`), cdp.Click(`input[value="notes/gone"]`))
	b.press("Bring back what is selected")
	b.wants("2 records would change", b.outcome())
	b.shoot("ask-some-wide")
	b.press("Yes, bring them back")
	b.wants("2 records brought back", b.outcome())
	b.wants("none of them differs", b.outcome())
	b.shoot("restored-some-wide")
	b.to("/record?kind=notes&id=changed")
	b.wants("opens at nine", call(b, cdp.Text("main")))

	b.to("/backups")
	b.do(cdp.Click(".backups li:last-child button[value='all']"))
	b.wants("1 record made since then would not be in the store any more", b.outcome())
	b.shoot("ask-all-wide")
	b.press("Yes, restore everything")
	b.wants("holds as many records of each kind as the backup", b.outcome())
	b.shoot("restored-all-wide")
	b.do(cdp.Evaluate[cdp.Void](`history.replaceState({}, "", "/nowhere"); document.querySelector("#work").dataset.work = ""; follow()`))
	b.until(`document.querySelector(".refusal")`) // a work that is not known any more is not asked for without end
	b.to("/search?kind=tasks")
	if text := call(b, cdp.Text("main")); strings.Contains(text, "Tell the shop") {
		t.Errorf("the task that was made since is there: %s", text)
	}
}

// TestTyping: what is found changes as one types, the address with it, and the way back leads to where one was.
func TestTyping(t *testing.T) {
	b := open(t, serve(t, world(t)), wide)
	b.do(cdp.KeyEvent("/"))
	b.until(`document.activeElement.id === "q"`)
	b.do(cdp.Evaluate[cdp.Void](`document.activeElement.select()`)) // the key is typed into the field too: its events come one by one
	b.do(cdp.KeyEvent("basket"))
	b.until(`document.querySelectorAll(".places mark").length > 0`)
	b.wants("Design review of the checkout", call(b, cdp.Text("main")))
	b.until(`location.search.includes("q=basket") && document.activeElement.id === "q"`)
	b.until(`document.querySelector(".facets section") && document.querySelector("#said").textContent.includes("record")`)
	b.do(cdp.KeyEvent(" nosuchword"))
	b.until(`document.querySelector(".empty")`)
	b.do(cdp.KeyEvent(kb.Escape))
	b.until(`document.activeElement.id !== "q" && document.querySelector("#q").value.endsWith("nosuchword")`)
	b.do(cdp.Evaluate[cdp.Void](`history.back()`))
	b.until(`document.querySelector(".dayhead h1") && location.pathname === "/days"`)
}

// TestVideo: a video seeks, by its chapters too.
func TestVideo(t *testing.T) {
	b := open(t, serve(t, world(t)), wide)
	b.to("/record?kind=sessions&id=review")
	b.until(`document.querySelector("video").readyState >= 1`)
	if length := call(b, cdp.Evaluate[float64](`document.querySelector("video").duration`)); length < 11 || length > 13 {
		t.Errorf("the video is %v s long", length)
	}
	b.do(cdp.Evaluate[cdp.Void](`document.querySelector("video").muted = true`), cdp.Click(`[data-seek="7"]`))
	b.until(`document.querySelector("video").currentTime >= 7`)
	b.until(`document.querySelector("audio").duration !== 0`)
}

// TestKeys: the page can be used by keys alone, and shows where one is.
func TestKeys(t *testing.T) {
	b := open(t, serve(t, world(t)), wide)
	b.do(cdp.KeyEvent("j"), cdp.KeyEvent("j"))
	b.until(`document.activeElement.textContent === "How the launch goes"`)
	if outline := call(b, cdp.Evaluate[string](`getComputedStyle(document.activeElement).outlineStyle`)); outline != "solid" {
		t.Errorf("where one is has the outline %q", outline)
	}
	b.do(cdp.KeyEvent("k"))
	b.until(`document.activeElement.textContent === "Launch rehearsal"`)
	b.do(cdp.KeyEvent("?"))
	b.until(`document.querySelector("#keys").open`)
	b.shoot("keys-wide")
	b.do(cdp.KeyEvent(kb.Escape))
	b.until(`!document.querySelector("#keys").open`)
	b.do(cdp.KeyEvent(kb.Enter))
	b.until(`document.querySelector(".record h1")?.textContent === "Launch rehearsal"`)
	b.to("/days")
	b.do(cdp.KeyEvent(kb.ArrowLeft))
	b.until(`document.querySelector(".dayhead h1").textContent.includes("10 September")`)
	b.to("/record?kind=sessions&id=review")
	b.do(cdp.KeyEvent("j"))
	b.until(`document.activeElement.matches("a.shot")`)
	b.do(cdp.Evaluate[cdp.Void](`window.kept = true; document.querySelector(".skip").click()`)) // a place on the page is no other page
	b.until(`location.hash === "#main" && document.readyState === "complete"`)
	b.do(cdp.Sleep(500 * time.Millisecond))
	b.until(`window.kept`)
	b.do(cdp.Evaluate[cdp.Void](`document.querySelector("a.shot").click()`))
	b.until(`document.querySelector("#viewer").open && document.querySelector("#viewer img").naturalWidth === 960`)
	b.shoot("viewer-wide")
	b.do(cdp.KeyEvent(kb.ArrowRight))
	b.until(`document.querySelector("#viewer p").textContent.includes("form of the address")`)
	b.do(cdp.KeyEvent(kb.Escape))
	b.until(`!document.querySelector("#viewer").open`)
}

// TestBringingBack reverts a note after a question, undoes that, and takes another one out of the trash.
func TestBringingBack(t *testing.T) {
	b := open(t, serve(t, world(t)), wide)
	b.to("/history?kind=notes&id=changed")
	b.do(cdp.Click(`a[href^="/revert"]`))
	b.until(`document.title.startsWith("Revert")`)
	b.press("Yes, revert it")
	b.wants("as it was at revision 1 again", call(b, cdp.Text(".notice")))
	b.wants("opens at nine", call(b, cdp.Text("main")))
	b.do(cdp.Click(`.notice .links a`))
	b.until(`document.title.startsWith("Revert")`)
	b.press("Yes, revert it")
	b.wants("opens at ten", call(b, cdp.Text("main")))
	b.to("/trash")
	if !call(b, cdp.Evaluate[bool](`document.querySelector("[data-needs-pick]").disabled`)) {
		t.Error("the button can be pressed, with nothing selected")
	}
	b.do(cdp.Click(`input[data-pickall]`))
	b.press("Bring back what is selected (1)")
	b.wants("1 record brought back, and read back", call(b, cdp.Text(".notice")))
	b.wants("The trash is empty", call(b, cdp.Text("main")))
	b.shoot("trash-empty-wide")
}

// TestWithoutScript: everything can be done without a script.
func TestWithoutScript(t *testing.T) {
	b := open(t, serve(t, world(t)), look{name: "plain", width: 1000, height: 800, noScript: true})
	press := func(selector, until string) {
		t.Helper()
		b.do(cdp.Click(selector))
		b.until(until)
	}
	press(`a[href*="review"]`, `document.querySelector(".record h1")?.textContent.startsWith("Design")`)
	b.to("/trash")
	b.do(cdp.Click(`input[name="pick"]`))
	press(`[data-needs-pick]`, `document.querySelector(".notice.good")`)
	b.to("/revert?kind=notes&id=changed&to=1")
	press(`main button`, `document.querySelector(".notice.good")`)
	b.to("/backups")
	press(`button[value="create"]`, `document.querySelector("#work .notice.good")`) // the page loads itself again
	b.to("/health")
	press(`button[name="quick"]`, `document.querySelector("#work .notice")`)
	b.to("/search?q=address")
	press(`.places a`, `document.querySelector(".record")`)
}

// TestGrowing: a day goes on while one scrolls, and leads on to the day before.
func TestGrowing(t *testing.T) {
	dir := world(t)
	store, err := repo.Open(t.Context(), dir, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var many []*schema.Note
	for i := range 700 {
		many = append(many, &schema.Note{Head: schema.Head{ID: fmt.Sprintf("m%03d", i)}, Title: fmt.Sprintf("Line %d", i), Summary: "s", Content: "c", Timestamp: at(300 + float64(i)/10), LastUpdated: at(300), Source: "thought", Status: "approved"})
	}
	if err := store.Notes.Save(t.Context(), many...); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	b := open(t, serve(t, dir), wide)
	b.until(`(scrollTo(0, document.body.scrollHeight), document.querySelectorAll(".timeline > li").length >= 708)`)
	b.until(`document.querySelector(".onward a").textContent.includes("10 Sep")`)
	if twice := call(b, cdp.Evaluate[bool](`new Set([...document.querySelectorAll(".timeline h3 a")].map((a) => a.href)).size !== document.querySelectorAll(".timeline > li").length`)); twice {
		t.Error("an entry is there twice")
	}
}

// TestWreck is somebody who lost what the app had: its directory is imported as it is found, damaged as it is, and then there
// is only the page. What an import found where deleted things stand is seen, and brought back.
func TestWreck(t *testing.T) {
	if !*inBrowser && *shots == "" {
		t.Skip("the browser is started with -browser or -shots DIR")
	}
	source, dir := filepath.Join(testdb.LegacyData(t), "faulty"), testdb.Dir(t)
	store, err := repo.Open(t.Context(), dir, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wrecks, err := os.ReadDir(source)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wrecks {
		if _, err := legacy.Import(t.Context(), store, filepath.Join(source, w.Name()), legacy.Options{}); err != nil && !errors.Is(err, legacy.ErrNotLegacy) {
			t.Fatal(w.Name(), err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	b := open(t, serve(t, dir), wide)
	b.shoot("wreck-days")
	b.to("/search?kind=attachments")
	b.shoot("wreck-files")
	b.to("/health")
	b.shoot("wreck-health")
	b.to("/trash")
	b.shoot("wreck-trash")
	before := call(b, cdp.Evaluate[int](`document.querySelectorAll("input[name=pick]").length`))
	if before == 0 {
		t.Fatal("nothing was recovered")
	}
	title := call(b, cdp.Evaluate[string](`document.querySelector(".picklist h3").textContent`))
	b.do(cdp.Click(`input[name="pick"]`))
	b.press("Bring back what is selected (1)")
	b.wants("1 record brought back, and read back", call(b, cdp.Text(".notice")))
	b.do(cdp.Click(`.notice .links a`))
	b.until(`document.querySelector(".record h1")`)
	b.wants(title, call(b, cdp.Text(".record")))
	b.shoot("wreck-back")
}

// TestAxe has axe-core look at each page, in light and dark: nothing serious may be found. It is the package of npm, which
// stands where AXE_CORE says, as axe.min.js.
func TestAxe(t *testing.T) {
	name := os.Getenv("AXE_CORE")
	if name == "" {
		t.Skip("AXE_CORE names no axe.min.js of npm's axe-core")
	}
	axe, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, world(t))
	for _, l := range []look{wide, {name: "dark", width: 1360, height: 900, dark: true}, {name: "narrow", width: 360, height: 740}} {
		b := open(t, s, l)
		for name, path := range pages {
			b.to(path)
			b.do(cdp.Evaluate[cdp.Void](string(axe)))
			found := call(b, cdp.Evaluate[[]string](`axe.run().then((r) => r.violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => v.id + ": " + v.nodes.map((n) => n.html + " " + n.failureSummary).slice(0, 3).join(" | ")))`, cdp.EvalAwaitPromise))
			for _, f := range found {
				t.Errorf("%s, %s: %s", name, l.name, f)
			}
		}
	}
}
