package web_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"taskstore/repo"
	"taskstore/schema"

	"github.com/chromedp/cdproto/emulation"
	cdp "github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var (
	inBrowser = flag.Bool("browser", false, "look at the page in a browser, which takes a minute or two")
	shots     = flag.String("shots", "", "look at it in a browser, and keep screenshots of the main pages in this `directory`")
)

// chrome is a browser that all tests share; nil where none is installed. It ends with the tests.
var chrome = sync.OnceValues(func() (context.Context, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		ctx, _ := cdp.NewExecAllocator(context.Background(), append(cdp.DefaultExecAllocatorOptions[:], cdp.ExecPath(path), cdp.NoSandbox, cdp.DisableGPU)...)
		ctx, cancel := cdp.NewContext(ctx)
		endChrome = cancel
		return ctx, cdp.Do(ctx)
	}
	return nil, nil
})

var endChrome = func() {}

// tab is a page in the browser, with its size.
type tab struct {
	t    *testing.T
	site *site
	ctx  context.Context
}

// look is how a page is looked at.
type look struct {
	name          string
	width, height int64
	dark          bool
	noScript      bool
}

var wide = look{name: "wide", width: 1360, height: 900}

// open lets a browser in by the front door.
func open(t *testing.T, s *site, l look) *tab {
	t.Helper()
	if !*inBrowser && *shots == "" {
		t.Skip("the browser is started with -browser or -shots DIR")
	}
	parent, err := chrome()
	if err != nil {
		t.Fatal(err)
	}
	if parent == nil {
		t.Skip("chromium is not installed")
	}
	ctx, cancel := cdp.NewContext(parent)
	t.Cleanup(cancel)
	if err := cdp.Do(ctx); err != nil { // the tab lives as long as the context of its first step
		t.Fatal(err)
	}
	b := &tab{t, s, ctx}
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	b.do(cdp.EmulateViewport(l.width, l.height))
	call(b, cdp.Action[struct{}](func(ctx context.Context, _ *cdp.Target) (struct{}, error) {
		_, err := cdp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		if err == nil {
			_, err = cdp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript})
		}
		return struct{}{}, err
	}))
	b.do(cdp.Navigate(s.url), cdp.WaitVisible(".dayhead"))
	return b
}

// call runs an action that gives something.
func call[T any](b *tab, a cdp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	v, err := cdp.Run(ctx, a)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *tab) do(actions ...cdp.Action[cdp.Void]) {
	b.t.Helper()
	for _, a := range actions {
		call(b, a)
	}
}

// to goes to a path of the page.
func (b *tab) to(path string) {
	b.t.Helper()
	b.do(cdp.Navigate(b.site.base+path), cdp.WaitVisible("#main"))
}

// shoot keeps a screenshot, if they are kept.
func (b *tab) shoot(name string) {
	b.t.Helper()
	if *shots == "" {
		return
	}
	b.do(cdp.Sleep(500 * time.Millisecond))
	picture := call(b, cdp.CaptureScreenshot())
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// pages are those that are looked at.
var pages = map[string]string{
	"days": "/days", "record": "/record?kind=sessions&id=review", "note": "/record?kind=notes&id=plan",
	"search": "/search?q=address", "browse": "/search", "files": "/search?kind=attachments",
	"history": "/history?kind=notes&id=changed", "revert": "/revert?kind=notes&id=changed&to=1", "trash": "/trash", "backups": "/backups", "health": "/health", "hostile": "/record?kind=notes&id=hostile", "moments": "/record?kind=sessions&id=review&at=shot03#shot03",
}

// TestLooks looks at each page in a wide window and a narrow one, in light and dark: none is wider than its window.
func TestLooks(t *testing.T) {
	s := serve(t, world(t))
	for _, l := range []look{wide, {name: "dark", width: 1360, height: 900, dark: true}, {name: "narrow", width: 360, height: 740}} {
		b := open(t, s, l)
		for name, path := range pages {
			b.to(path)
			if call(b, cdp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`)) {
				t.Errorf("%s, %s: the page is wider than the window", name, l.name)
			}
			b.shoot(name + "-" + l.name)
		}
	}
}

// press clicks the button of a text, and waits for the page that follows.
func (b *tab) press(text string) {
	b.t.Helper()
	b.do(cdp.Evaluate[cdp.Void](`document.documentElement.dataset.old = "1"`))
	b.do(cdp.Click(cdp.Search(`//button[contains(., "` + text + `")]`)))
	b.until(`!document.documentElement.dataset.old && document.readyState === "complete"`)
}

// until waits until an expression is true, on whatever page is there by then.
func (b *tab) until(expression string) {
	b.t.Helper()
	for range 200 {
		ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
		is, err := cdp.Run(ctx, cdp.Evaluate[bool]("!!("+expression+")"))
		cancel()
		if err == nil && is {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("never true: %s, on %s", expression, call(b, cdp.Evaluate[string]("location.href + ' ' + document.activeElement.outerHTML.slice(0, 200)")))
}

// outcome waits for a work to end, and gives what is said of it.
func (b *tab) outcome() string {
	b.t.Helper()
	b.until(`document.querySelector("#work .notice")`)
	return call(b, cdp.Text("#work"))
}

func (b *tab) wants(what, text string) {
	b.t.Helper()
	if !strings.Contains(text, what) {
		b.t.Errorf("want %q in: %s", what, text)
	}
}

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
	b.until(`document.querySelector(".facets section")`)
	b.do(cdp.KeyEvent(" nosuchword"))
	b.until(`document.querySelector(".empty")`)
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
