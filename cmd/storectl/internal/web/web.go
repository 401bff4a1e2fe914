// Package web is the page of a store: days, search, records with everything in them, their history, the trash, backups
// and health, for a browser on the same machine. Its one idea is that a page is made of what the store says now, in HTML
// that needs no script, and that what a button has done is read back before it is said.
//
// It promises that nobody gets in without the token of the address that it prints; that no page runs anything of what it
// shows, and fetches nothing from elsewhere; that no path of a request reaches the disk; and that what it changes is
// what its buttons say. It has no SQL of its own: what it knows comes from repo, and from backup/recovery.
package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"taskstore/cmd/storectl/internal/web/calendar"
	"taskstore/cmd/storectl/internal/web/guard"
	"taskstore/cmd/storectl/internal/web/hold"
	"taskstore/repo"

	"golang.org/x/net/netutil"
)

// Options say which store is shown, and how.
type Options struct {
	Dir      string // of the store
	ReadOnly bool   // nothing can be changed
	// Open opens the store. It is called again after the store was closed: the page leaves it to others when nobody
	// looks, and for a restore.
	Open func(context.Context) (*repo.Store, error)
	// Hint gives the remedy that the commands give for an error; "" is none.
	Hint func(error) string
	// Cache is a directory for small pictures, made when there are some; "" keeps none.
	Cache string
	// Hosts are further names under which the page may be asked for, without the port: those of a machine that others
	// may reach. The address of the listener and, on loopback, localhost are known.
	Hosts []string
	// Env is the environment, where the configuration of Litestream may be named.
	Env map[string]string
	Now func() time.Time // nil is time.Now
	Log *slog.Logger     // nil is silent
	Limits
}

// Limits are how long others may take, and how much they may ask for at once. Zero is what is good for people.
type Limits struct {
	Header time.Duration // for the head of a request, 5 s
	Page   time.Duration // for a page, 30 s
	Stall  time.Duration // how long a client may take nothing of a content, 30 s
	Lock   time.Duration // how long a restore of everything waits for other programs, 5 s
	Idle   time.Duration // how long the store stays open while nobody looks, a minute
	Conns  int           // connections, 128
}

func (l *Limits) fill() {
	l.Header, l.Page, l.Stall = cmp.Or(l.Header, 5*time.Second), cmp.Or(l.Page, 30*time.Second), cmp.Or(l.Stall, 30*time.Second)
	l.Lock, l.Idle, l.Conns = cmp.Or(l.Lock, 5*time.Second), cmp.Or(l.Idle, time.Minute), cmp.Or(l.Conns, 128)
}

// mostHead bounds the head of a request, in bytes.
const mostHead = 32 << 10

// Server is the page, ready to be served.
type Server struct {
	opt    Options
	guard  *guard.Guard
	hold   *hold.Holder
	notes  *notices
	jobs   *jobs
	agenda *calendar.Agenda
	small  *thumbs
	mux    *http.ServeMux
}

// New makes the page of a store for a listener.
func New(opt Options, listener net.Addr) (*Server, error) {
	opt.fill()
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Hint == nil {
		opt.Hint = func(error) string { return "" }
	}
	g, err := guard.New(listener, opt.Hosts, func(path string) bool { return staticFiles[path] != "" })
	if err != nil {
		return nil, fmt.Errorf("make the page: %w", err)
	}
	s := &Server{opt: opt, guard: g, hold: hold.New(opt.Open, opt.Idle), notes: newNotices(), mux: http.NewServeMux()}
	s.jobs = newJobs(opt.Now)
	s.agenda = calendar.NewAgenda(s.hold)
	s.small = newThumbs(opt.Cache)
	s.routes()
	return s, nil
}

// URL is the address with the token, by which a browser gets in.
func (s *Server) URL() string { return s.guard.URL() }

// Handler is what answers requests.
func (s *Server) Handler() http.Handler { return s.guard.Protect(s.mux, s.refuse) }

// Serve answers requests until ctx ends. It then lets answers and work that is under way end for a few seconds, and
// closes the store.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: s.opt.Header, ReadTimeout: s.opt.Page, WriteTimeout: 2 * s.opt.Page, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: mostHead, BaseContext: func(net.Listener) context.Context { return work },
		ErrorLog: slog.NewLogLogger(s.opt.Log.Handler(), slog.LevelDebug)}
	go s.prune(work)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(netutil.LimitListener(l, s.opt.Conns)) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		short, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if server.Shutdown(short) != nil {
			_ = server.Close() // whoever is slow is cut off
		}
		err = <-ended
	}
	stop()
	s.jobs.end()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, s.hold.Close())
}

// prune has the cache forget what the store does not have any more.
func (s *Server) prune(ctx context.Context) {
	err := s.hold.Use(ctx, func(store *repo.Store) error {
		s.small.cache.Prune(func(sum string) bool {
			_, err := store.Contents.Stat(ctx, sum)
			return !errors.Is(err, repo.ErrNotFound)
		})
		return nil
	})
	if err != nil {
		s.opt.Log.Debug("the small pictures were not looked through", "error", err)
	}
}

func (s *Server) routes() {
	for pattern, page := range map[string]func(*visit) error{
		"GET /days": s.days, "GET /search": s.search, "GET /record": s.record, "GET /history": s.history, "GET /revert": s.askRevert, "GET /trash": s.trash, "GET /health": s.health,
	} {
		s.mux.HandleFunc(pattern, s.withStore(page))
	}
	for pattern, page := range map[string]func(*visit) error{ // they need no store that can be opened
		"GET /backups": s.backups, "GET /job": s.job, "POST /job": s.stopJob, "POST /compare": s.compare, "POST /check": s.look,
	} {
		s.mux.HandleFunc(pattern, s.alone(page))
	}
	for pattern, change := range map[string]func(*visit) error{"POST /revert": s.revert, "POST /trash": s.undelete, "POST /tags": s.editTags} {
		s.mux.HandleFunc(pattern, s.changing(s.withStore(change)))
	}
	for pattern, change := range map[string]func(*visit) error{"POST /backups": s.changeBackups, "POST /restore": s.restore, "POST /health": s.mend} {
		s.mux.HandleFunc(pattern, s.changing(s.alone(change)))
	}
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/days", http.StatusSeeOther) })
	s.mux.HandleFunc("GET /content", s.content)
	s.mux.HandleFunc("GET /thumb", s.thumb)
	s.mux.HandleFunc("GET /raw", s.raw)
	s.mux.HandleFunc("GET /static/", s.static)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, guard.Refusal{Status: http.StatusNotFound, Title: "There is no such page", Text: "The address names no page of the store.", Link: "/days", LinkText: "To the days"})
	})
}
