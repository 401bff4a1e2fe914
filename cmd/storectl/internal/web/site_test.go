package web_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"taskstore/cmd/storectl/internal/web"
	"taskstore/repo"
)

// site is a page that is served, and a browser's way to it.
type site struct {
	t      testing.TB
	dir    string
	url    string // with the token
	base   string
	client *http.Client
}

// serve serves a store until the test ends.
func serve(t testing.TB, dir string, change ...func(*web.Options)) *site {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	opt := web.Options{Dir: dir, Cache: t.TempDir()}
	for _, fn := range change {
		fn(&opt)
	}
	if opt.Open == nil {
		opt.Open = func(ctx context.Context) (*repo.Store, error) {
			return repo.Open(ctx, dir, repo.Options{NoCreate: true, NoMigrate: true, ReadOnly: opt.ReadOnly})
		}
	}
	page, err := web.New(opt, listener.Addr())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- page.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, dir: dir, url: page.URL(), base: "http://" + listener.Addr().String(), client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// enter is serve for who has the cookie.
func enter(t testing.TB, dir string, change ...func(*web.Options)) *site {
	t.Helper()
	s := serve(t, dir, change...)
	if code, _ := s.do(http.MethodGet, strings.TrimPrefix(s.url, s.base), nil); code != http.StatusOK {
		t.Fatalf("the front door: %d", code)
	}
	return s
}

// do asks for a path and gives what came.
func (s *site) do(method, path string, form url.Values, head ...string) (int, string) {
	s.t.Helper()
	resp := s.ask(method, path, form, head...)
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, body.String()
}

// ask is do for who looks at the head of the answer. head are names and values in turn.
func (s *site) ask(method, path string, form url.Values, head ...string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", s.base)
	}
	for i := 0; i+1 < len(head); i += 2 {
		if head[i] == "Host" {
			r.Host = head[i+1]
			continue
		}
		r.Header.Del(head[i])
		if head[i+1] != "" {
			r.Header.Set(head[i], head[i+1])
		}
	}
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp
}

// get wants a page.
func (s *site) get(path string) string {
	s.t.Helper()
	code, body := s.do(http.MethodGet, path, nil)
	if code != http.StatusOK {
		s.t.Fatalf("GET %s: %d\n%s", path, code, body)
	}
	return body
}
