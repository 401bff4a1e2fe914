package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"taskstore/backup"
	"taskstore/cmd/storectl/internal/web/guard"
	"taskstore/cmd/storectl/internal/web/hold"
	"taskstore/cmd/storectl/internal/web/shown"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
	"taskstore/schema"
)

var (
	//go:embed pages/*.html
	pageFiles embed.FS
	//go:embed static
	sheetFiles embed.FS
)

// staticFiles are the types of the files that everybody may have: they hold nothing of a store.
var staticFiles = map[string]string{
	"/static/style.css": "text/css; charset=utf-8", "/static/app.js": "text/javascript; charset=utf-8", "/static/icon.svg": "image/svg+xml",
}

// templates has the pages by name, each with what all pages share. They are read when the first is shown: other commands
// do not wait for that.
var templates = sync.OnceValue(parsePages)

func parsePages() map[string]*template.Template {
	shared := template.Must(template.New("").Funcs(words.Funcs).ParseFS(pageFiles, "pages/layout.html", "pages/parts.html"))
	all := map[string]*template.Template{}
	for _, name := range []string{"days", "search", "record", "history", "revert", "trash", "backups", "health", "job", "refusal"} {
		all[name] = template.Must(template.Must(shared.Clone()).ParseFS(pageFiles, "pages/"+name+".html"))
	}
	return all
}

// visit is one request that got in.
type visit struct {
	*http.Request
	shown.Reader
	w http.ResponseWriter
	s *Server
}

// frame is what each page is made of.
type frame struct {
	Title, Nav string
	Query      string      // what the field of the search holds
	Narrowed   [][2]string // names and values by which a search is narrowed: another one is, too
	Form       string      // the token that forms bring back
	ReadOnly   bool
	Store      string
	Notice     *notice
	Here       string // the address of the page, to come back to
	Body       any
}

func (v *visit) frame(title, nav string, body any) frame {
	return frame{Title: title, Nav: nav, Form: v.s.guard.Form, ReadOnly: v.s.opt.ReadOnly, Store: v.s.opt.Dir, Notice: v.s.notes.take(v.FormValue("done")),
		Here: v.URL.RequestURI(), Query: v.FormValue("q"), Body: body}
}

// show answers with a page. It is made whole before a byte is sent, so that what fails becomes a page of its own.
func (v *visit) show(name, title, nav string, body any) error {
	return v.s.show(v.w, http.StatusOK, name, v.frame(title, nav, body))
}

func (s *Server) show(w http.ResponseWriter, status int, name string, f frame) error {
	var out bytes.Buffer
	if err := templates()[name].ExecuteTemplate(&out, "layout", f); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // who has gone away is told nothing
	return nil
}

// refuse answers with a page that says no.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, no guard.Refusal) {
	f := frame{Title: no.Title, Store: s.opt.Dir, ReadOnly: s.opt.ReadOnly, Form: s.guard.Form, Body: no}
	if no.Status == http.StatusUnauthorized || no.Status == http.StatusMisdirectedRequest {
		f.Store, f.Form = "", "" // nothing of the store for who is not in
	}
	if s.show(w, no.Status, "refusal", f) != nil {
		http.Error(w, no.Text, no.Status)
	}
}

// withStore makes a handler of a page that needs the store.
func (s *Server) withStore(page func(*visit) error) http.HandlerFunc {
	return s.alone(func(v *visit) error {
		return s.hold.Use(v.Ctx, func(store *repo.Store) error {
			v.Store = store
			return page(v)
		})
	})
}

// alone makes a handler of a page that opens the store itself, if at all.
func (s *Server) alone(page func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.opt.Page)
		defer cancel()
		if err := page(&visit{Request: r, Reader: shown.Reader{Ctx: ctx}, w: w, s: s}); err != nil {
			s.refuse(w, r, s.explain(err))
		}
	}
}

// changing refuses what changes something where nothing may be changed.
func (s *Server) changing(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.opt.ReadOnly {
			s.refuse(w, r, guard.Refusal{Status: http.StatusForbidden, Title: "Only to be read", Text: "storectl web was started with --read-only: nothing can be changed here. Start it without that to bring something back."})
			return
		}
		next(w, r)
	}
}

// explain makes a page of an error.
func (s *Server) explain(err error) guard.Refusal {
	var no guard.Refusal
	if errors.As(err, &no) {
		return no
	}
	no = guard.Refusal{Status: http.StatusInternalServerError, Title: "That did not work", Text: "Nothing was changed by it, unless the page says so.", Detail: err.Error(), Hint: s.opt.Hint(err)}
	var invalid *schema.InvalidError
	var purged *repo.PurgedError
	switch {
	case errors.Is(err, hold.ErrAway):
		no.Status, no.Title, no.Text = http.StatusServiceUnavailable, "The store is being restored", "It is back in a moment. Nothing else is done meanwhile."
		no.Link, no.LinkText = "/job", "See how far it is"
	case errors.As(err, &purged):
		no.Status, no.Title, no.Text = http.StatusGone, "It was purged", "Somebody ended this record for good. A backup from before then may still have it."
		no.Link, no.LinkText = "/backups", "To the backups"
	case errors.Is(err, repo.ErrNotFound) || errors.Is(err, backup.ErrNone):
		no.Status, no.Title, no.Text = http.StatusNotFound, "It is not there", "The store does not have what the address names. It may be in a backup."
		no.Link, no.LinkText = "/backups", "To the backups"
	case errors.Is(err, repo.ErrLost), errors.Is(err, repo.ErrNoStore), errors.Is(err, repo.ErrCorrupt), errors.Is(err, repo.ErrSchema):
		no.Title, no.Text = "The store cannot be opened", "Its backups can: look what there is, and restore one."
		no.Link, no.LinkText = "/backups", "To the backups"
	case errors.As(err, &invalid):
		no.Status, no.Title, no.Text = http.StatusBadRequest, "That cannot be asked", "Nothing was changed."
	case errors.Is(err, repo.ErrConflict):
		no.Status, no.Title, no.Text = http.StatusConflict, "It has changed meanwhile", "Somebody else changed it after this page was made. Nothing was done: look at it again."
	case errors.Is(err, repo.ErrLocked):
		no.Status, no.Title, no.Text = http.StatusServiceUnavailable, "Another program holds the store", "Nothing was changed. Close it, or wait until it is done, and try again."
	case errors.Is(err, context.DeadlineExceeded):
		no.Status, no.Title, no.Text = http.StatusServiceUnavailable, "That took too long", "It was given up, so that the page stays quick. Ask for less, or use the command line."
	}
	return no
}

// wrong refuses a request that no page of this server makes.
func wrong(title, text string) guard.Refusal {
	return guard.Refusal{Status: http.StatusBadRequest, Title: title, Text: text}
}

// isInvalid tells that a store cannot be asked for that, such as topics for a status.
func isInvalid(err error) (invalid *schema.InvalidError, is bool) {
	is = errors.As(err, &invalid)
	return invalid, is
}

// static gives a file of the page itself.
func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	kind := staticFiles[r.URL.Path]
	text, err := sheetFiles.ReadFile(path.Join("static", path.Base(r.URL.Path)))
	if kind == "" || err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(text)
}

// notice is what a button has done, said on the page that comes next.
type notice struct {
	Tone  string // good, warn or bad
	Text  string
	Lines []string
	Links []link
}

type link struct{ URL, Text string }

// notices keeps what is to be said until the next page asks for it. Forgotten ones make room for new ones.
type notices struct {
	mu   sync.Mutex
	keep map[string]notice
	keys []string
}

const mostNotices = 64

func newNotices() *notices { return &notices{keep: map[string]notice{}} }

func (n *notices) put(what notice) (key string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	key = rand.Text()
	n.keep[key] = what
	if n.keys = append(n.keys, key); len(n.keys) > mostNotices {
		delete(n.keep, n.keys[0])
		n.keys = n.keys[1:]
	}
	return key
}

// take gives a notice; it stays, so that the page may be loaded again.
func (n *notices) take(key string) *notice {
	n.mu.Lock()
	defer n.mu.Unlock()
	if what, ok := n.keep[key]; ok {
		return &what
	}
	return nil
}

// done goes to a page that says what was done.
func (v *visit) done(to string, what notice) error {
	join := "?"
	if strings.Contains(to, "?") {
		join = "&"
	}
	return v.goTo(to + join + "done=" + url.QueryEscape(v.s.notes.put(what)))
}

func (v *visit) goTo(to string) error {
	http.Redirect(v.w, v.Request, to, http.StatusSeeOther)
	return nil
}

// back is the page of this server that a form came from.
func (v *visit) back(otherwise string) string {
	u, err := url.Parse(v.PostForm.Get("back"))
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") {
		return otherwise
	}
	q := u.Query()
	q.Del("done")
	return (&url.URL{Path: u.Path, RawQuery: q.Encode()}).String()
}

// of are the records of a kind.
func (v *visit) of(k repo.Kind) repo.Records { return k.In(&v.Store.Repos) }

// kind is the kind of record that the address names.
func (v *visit) kind() (repo.Kind, error) { return repo.KindOf(v.FormValue("kind")) }
