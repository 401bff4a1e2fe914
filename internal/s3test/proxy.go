package s3test

import (
	"bytes"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Proxy stands before a server and spoils what goes through, by chance. The name of the host stays
// what was signed.
type Proxy struct {
	Server
	mu   sync.Mutex
	dice *rand.Rand
	rate float64
	seen map[string]int
}

// Faults are what a Proxy does.
var Faults = []string{"drop", "delay", "cut request", "cut answer", "403", "500", "503", "repeat", "other bytes", "lost answer"}

// NewProxy stands before s and spoils the share rate of the requests.
func NewProxy(t testing.TB, s Server, seed uint64, rate float64) *Proxy {
	t.Helper()
	to, err := url.Parse(s.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Server: s, dice: rand.New(rand.NewPCG(seed, 7)), rate: rate, seen: map[string]int{}}
	pass := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = to.Scheme, to.Host, r.In.Host
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, pass) }))
	t.Cleanup(server.Close)
	p.Endpoint = server.URL
	return p
}

// Seen tells how often each fault has happened.
func (p *Proxy) Seen() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.seen)
}

func (p *Proxy) fault() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dice.Float64() >= p.rate {
		return ""
	}
	f := Faults[p.dice.IntN(len(Faults))]
	p.seen[f]++
	return f
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request, pass http.Handler) {
	fault := p.fault()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	again := func() *http.Request {
		copied := r.Clone(r.Context())
		copied.Body = io.NopCloser(bytes.NewReader(body))
		return copied
	}
	switch fault {
	case "drop":
		panic(http.ErrAbortHandler)
	case "delay":
		time.Sleep(50 * time.Millisecond)
	case "cut request":
		body = body[:len(body)/2]
	case "403":
		Fail(w, http.StatusForbidden, "AccessDenied")
		return
	case "500":
		Fail(w, http.StatusInternalServerError, "InternalError")
		return
	case "503":
		Fail(w, http.StatusServiceUnavailable, "SlowDown")
		return
	case "repeat":
		pass.ServeHTTP(httptest.NewRecorder(), again())
	case "cut answer", "other bytes", "lost answer":
		got := httptest.NewRecorder()
		pass.ServeHTTP(got, again())
		spoil(w, got, fault)
		return
	}
	pass.ServeHTTP(w, again())
}

// spoil gives an answer on, spoilt.
func spoil(w http.ResponseWriter, got *httptest.ResponseRecorder, fault string) {
	body := got.Body.Bytes()
	if fault == "lost answer" {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), got.Header())
	if fault == "other bytes" && len(body) > 0 && got.Code/100 == 2 {
		body = bytes.Clone(body)
		body[len(body)/2] ^= 1
	}
	if w.Header().Get("Content-Length") == "" {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(got.Code)
	if fault == "cut answer" {
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body)
}
