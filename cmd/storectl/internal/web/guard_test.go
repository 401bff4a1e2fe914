package web_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/web"
)

// form is a form with the token of the pages.
func (s *site) form(pairs ...string) url.Values {
	s.t.Helper()
	f := url.Values{"csrf": {regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(s.get("/backups"))[1]}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return f
}

func (s *site) wants(code int, method, path string, form url.Values, head ...string) string {
	s.t.Helper()
	got, body := s.do(method, path, form, head...)
	if got != code {
		s.t.Errorf("%s %s %v: %d and not %d", method, path, head, got, code)
	}
	return body
}

// TestFrontDoor: nobody gets in without the token, and the cookie that it becomes is not for scripts and other sites.
func TestFrontDoor(t *testing.T) {
	s := serve(t, world(t))
	for _, path := range []string{"/", "/days", "/search?q=shop", "/record?kind=notes&id=plan", "/content?sha=" + strings.Repeat("0", 64), "/thumb?sha=x", "/raw?kind=notes&id=plan", "/job", "/backups", "/static/../days"} {
		if body := s.wants(http.StatusUnauthorized, "GET", path, nil); strings.Contains(body, s.dir) || strings.Contains(body, "csrf") {
			t.Errorf("%s tells of the store: %s", path, body)
		}
	}
	for _, token := range []string{"", "x", s.url[strings.Index(s.url, "token=")+6:][:8]} {
		s.wants(http.StatusUnauthorized, "GET", "/?token="+token, nil)
	}
	resp := s.ask("GET", strings.TrimPrefix(s.url, s.base), nil)
	resp.Body.Close()
	cookie := resp.Header.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("%q is not in the cookie %q", part, cookie)
		}
	}
	if token := s.url[strings.Index(s.url, "token=")+6:]; strings.Contains(cookie, token) {
		t.Error("the cookie is the token, which the history of a browser has")
	}
	s.get("/days")
	s.client.Jar = nil
	s.wants(http.StatusUnauthorized, "GET", "/days", nil)
	s.wants(http.StatusUnauthorized, "GET", "/days", nil, "Cookie", strings.SplitN(cookie, "=", 2)[0]+"=wrong")
}

// TestForeignHost: only the exact names are answered, so that no other name can be made to lead here.
func TestForeignHost(t *testing.T) {
	s := enter(t, world(t))
	port := s.base[strings.LastIndex(s.base, ":"):]
	for _, host := range []string{"evil.example", "evil.example" + port, "127.0.0.1", "127.0.0.1.evil.example" + port, "localhost.evil.example" + port, "127.0.0.1:1", "127.0.0.2" + port, "LOCALHOST" + port, "127.0.0.1" + port + "0"} {
		s.wants(http.StatusMisdirectedRequest, "GET", "/days", nil, "Host", host)
		s.wants(http.StatusMisdirectedRequest, "GET", strings.TrimPrefix(s.url, s.base), nil, "Host", host)
	}
	s.wants(http.StatusUnauthorized, "GET", "/days", nil, "Host", "localhost"+port) // known, and a place of its own for cookies
}

// TestForeignOrigin: what another page asks for is not done, also if the cookie came along.
func TestForeignOrigin(t *testing.T) {
	s := enter(t, world(t))
	port := s.base[strings.LastIndex(s.base, ":"):]
	form := s.form("pick", "notes/gone")
	for _, origin := range []string{"", "null", "https://evil.example", s.base + ".evil.example", "https" + strings.TrimPrefix(s.base, "http"), "http://localhost" + port, "http://127.0.0.1"} {
		s.wants(http.StatusForbidden, "POST", "/trash", form, "Origin", origin)
		if origin != "" {
			s.wants(http.StatusForbidden, "GET", "/days", nil, "Origin", origin)
		}
	}
	for _, token := range []string{"", "x"} {
		f := maps.Clone(form)
		f.Set("csrf", token)
		s.wants(http.StatusForbidden, "POST", "/trash", f)
	}
	large := maps.Clone(form)
	large.Set("back", strings.Repeat("x", 2<<20))
	s.wants(http.StatusRequestEntityTooLarge, "POST", "/trash", large)
	if !strings.Contains(s.get("/trash"), "Numbers of the old shop") {
		t.Fatal("the note is out of the trash")
	}
	s.wants(http.StatusSeeOther, "POST", "/trash", form)
	if strings.Contains(s.get("/trash"), "Numbers of the old shop") {
		t.Fatal("the note is still in the trash")
	}
	for _, method := range []string{"PUT", "DELETE", "OPTIONS", "PATCH"} {
		if code, _ := s.do(method, "/days", form); code < 400 {
			t.Errorf("%s: %d", method, code)
		}
	}
}

// TestReadOnly: nothing can be changed, and no button says so.
func TestReadOnly(t *testing.T) {
	s := enter(t, world(t), func(o *web.Options) { o.ReadOnly = true })
	for path, form := range map[string]url.Values{"/trash": s.form("pick", "notes/gone"), "/revert": s.form("kind", "notes", "id", "changed", "to", "1", "rev", "2"), "/tags": s.form("kind", "notes", "id", "plan", "add", "x"),
		"/backups": s.form("do", "create"), "/restore": s.form("step", "do-all", "id", "latest"), "/health": s.form("do", "rows")} {
		s.wants(http.StatusForbidden, "POST", path, form)
	}
	for _, path := range []string{"/trash", "/backups", "/record?kind=notes&id=gone", "/history?kind=notes&id=changed"} {
		if body := s.get(path); strings.Contains(body, ">Bring") || strings.Contains(body, `action="/restore"`) || strings.Contains(body, "/revert?") {
			t.Errorf("%s has a button that changes something", path)
		}
	}
}

// TestHeads: every answer says what it may do and that nobody keeps it.
func TestHeads(t *testing.T) {
	s := enter(t, world(t))
	for _, path := range []string{"/days", "/search?q=shop", "/nothing", "/static/style.css", "/content?sha=x"} {
		resp := s.ask("GET", path, nil)
		resp.Body.Close()
		policy := resp.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'; ", "script-src 'self'; ", "style-src 'self'; ", "form-action 'self'; ", "base-uri 'none'; ", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: %q is not in the policy %q", path, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: %s", path, policy)
		}
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Referrer-Policy") != "same-origin" || resp.Header.Get("Cache-Control") == "" {
			t.Errorf("%s: %v", path, resp.Header)
		}
	}
	for _, path := range []string{"/days", "/record?kind=sessions&id=review", "/search", "/backups", "/health"} {
		body := s.get(path)
		if found := regexp.MustCompile(`<script>|<script [^>]*(?:src="[^/])|\son[a-z]+=|\sstyle=|<style`).FindString(body); found != "" {
			t.Errorf("%s: %q would not run under the policy", path, found)
		}
		if found := regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//[^"]*"`).FindString(body); found != "" {
			t.Errorf("%s leads elsewhere: %s", path, found)
		}
	}
}

// TestHostileContents: what could run is a file, under a policy of its own; names cannot leave their place in the head.
func TestHostileContents(t *testing.T) {
	s := enter(t, world(t))
	page := s.get("/record?kind=notes&id=hostile")
	wantCalm(t, page)
	if strings.Count(page, "</main>") != 1 {
		t.Error("the text leaves its place")
	}
	links := regexp.MustCompile(`/content\?[^"#]*`).FindAllString(page, -1)
	seen := map[string]bool{}
	for _, l := range links {
		l = strings.ReplaceAll(l, "&amp;", "&")
		resp := s.ask("GET", l, nil)
		resp.Body.Close()
		kind, how, policy := resp.Header.Get("Content-Type"), resp.Header.Get("Content-Disposition"), resp.Header.Get("Content-Security-Policy")
		seen[kind] = true
		if kind != "text/plain; charset=utf-8" && (kind != "application/octet-stream" || !strings.HasPrefix(how, "attachment")) {
			t.Errorf("%s is shown as %s, %s", l, kind, how)
		}
		if !strings.Contains(policy, "sandbox") || !strings.Contains(policy, "default-src 'none'") || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", l, resp.Header)
		}
		if strings.ContainsAny(how, "\r\n<>") && !strings.Contains(how, `\"`) {
			t.Errorf("the name leaves its place: %s", how)
		}
	}
	if !seen["application/octet-stream"] || !seen["text/plain; charset=utf-8"] {
		t.Errorf("not everything was looked at: %v of %d", seen, len(links))
	}
	sha := regexp.MustCompile(`sha=([0-9a-f]{64})`).FindStringSubmatch(page)[1]
	for _, name := range []string{"a\r\nSet-Cookie: x=y", `"; filename="evil.exe`, "../../etc/passwd", strings.Repeat("ä", 500), "\u202egnp.exe"} {
		resp := s.ask("GET", "/content?sha="+sha+"&name="+url.QueryEscape(name), nil)
		resp.Body.Close()
		how := resp.Header.Get("Content-Disposition")
		if resp.Header.Get("Set-Cookie") != "" || strings.ContainsAny(how, "\r\n/\u202e") || len(how) > 1200 {
			t.Errorf("%q becomes %q", name, how)
		}
	}
}

// TestPathTricks: no path reaches the disk, however it is written.
func TestPathTricks(t *testing.T) {
	s := enter(t, world(t))
	for _, path := range []string{"/static/../web.go", "/static/%2e%2e/%2e%2e/store.db", "/static/", "/static/style.css/..", "/static//style.css", "/..%2f..%2fetc/passwd", "/content?sha=../../store.db", "/content?sha=" + strings.Repeat("A", 64),
		"/content?sha=" + strings.Repeat("0", 63) + "/", "/thumb?sha=..%2fx", "/record?kind=../notes&id=plan", "/record?kind=notes&id=../../store.db", "/raw?kind=notes&id=%00", "/days?day=../../x", "/days?month=9999999-99", "/history?kind=notes&id=", "/job?id=../x", "/store.db", "/blobs/"} {
		code, body := s.do("GET", path, nil)
		if code == http.StatusOK && !strings.Contains(path, "job") || code >= 500 || strings.Contains(body, "SQLite format") || strings.Contains(body, "root:") {
			t.Errorf("%s: %d, %.200s", path, code, body)
		}
	}
}

// TestRanges: recordings can be asked for in parts, and a part beyond the end is refused.
func TestRanges(t *testing.T) {
	s := enter(t, world(t))
	page := s.get("/record?kind=sessions&id=review")
	link := strings.ReplaceAll(regexp.MustCompile(`<video[^>]* src="([^"]+)"`).FindStringSubmatch(page)[1], "&amp;", "&")
	for asked, want := range map[string]int{"bytes=0-99": 206, "bytes=100-": 206, "bytes=-50": 206, fmt.Sprintf("bytes=%d-", len(film)): 416, "bytes=99999999999-": 416, "bytes=5-1": 416, "bytes=x": 416} {
		resp := s.ask("GET", link, nil, "Range", asked)
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != want {
			t.Errorf("%s: %d and not %d, %v", asked, resp.StatusCode, want, err)
		}
		if asked == "bytes=100-" && string(body) != string(film[100:]) {
			t.Errorf("%s: other bytes", asked)
		}
	}
	resp := s.ask("GET", link, nil)
	whole, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || string(whole) != string(film) || resp.Header.Get("Content-Type") != "video/webm" {
		t.Errorf("%d bytes of %s, %v", len(whole), resp.Header.Get("Content-Type"), err)
	}
}

// TestSlowClient: who says nothing, or a header without end, is not waited for.
func TestSlowClient(t *testing.T) {
	s := serve(t, world(t), func(o *web.Options) { o.Header, o.Page = 150*time.Millisecond, 300*time.Millisecond })
	for _, said := range []string{"", "GET /days HTTP/1.1\r\nHost: x\r\n", "POST /trash HTTP/1.1\r\nHost: " + strings.TrimPrefix(s.base, "http://") + "\r\nContent-Length: 100\r\n\r\nabc"} {
		conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", strings.TrimPrefix(s.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if _, err := io.WriteString(conn, said); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, err = io.ReadAll(conn)
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%q is waited for: %v, %v", said, took, err)
		}
		conn.Close()
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.base+"/days", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Long", strings.Repeat("x", 64<<10))
	resp, err := s.client.Do(r)
	if err == nil { // else the connection was cut off
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("a header of 64 KB: %d", resp.StatusCode)
		}
	}
}
