package web_test

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdp "github.com/chromedp/chromedp"
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
	"history": "/history?kind=notes&id=changed", "revert": "/revert?kind=notes&id=changed&to=1", "trash": "/trash", "backups": "/backups", "health": "/health", "hostile": "/record?kind=notes&id=hostile", "moments": "/record?kind=sessions&id=review&at=shot03#m-shot03",
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
		if l.width < 960 { // the calendar leaves the first screen to the day
			b.to("/days")
			b.until(`document.querySelector(".timeline h3").getBoundingClientRect().bottom < innerHeight && !document.querySelector(".years").checkVisibility()`)
			b.do(cdp.Click(".calendar .fold summary"))
			b.until(`[...document.querySelectorAll(".month tbody tr, .years")].every((e) => e.checkVisibility())`)
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
