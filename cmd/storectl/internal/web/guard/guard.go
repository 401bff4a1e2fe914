// Package guard lets in who has the token of the page's address, and nobody else: the hosts under which it may be asked for,
// the cookie that the token becomes, forms that no other page can send, and the policies that bind a browser. It knows no
// store; how the page looks that says no, it leaves to others.
package guard

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
)

// policy is what a page may do: run the script, use the sheet and show the contents that this server gives it, and
// nothing else. Pictures that stand in a note as data are pictures only.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ContentPolicy is what a content may do that is shown by itself: nothing.
const ContentPolicy = "default-src 'none'; style-src 'none'; script-src 'none'; sandbox; frame-ancestors 'none'"

// Guard lets in who has the token. It holds three secrets, drawn anew by each program: the token of the first address,
// what the cookie says, and what each form brings back.
type Guard struct {
	Form           string // the token that forms bring back
	token, session string
	cookie         string                 // its name: cookies do not tell ports apart
	hosts          map[string]bool        // exact, with the port
	home           string                 // the host of the address that is printed
	open           func(path string) bool // what everybody may have who reaches the server
}

// New makes the guard of what a listener serves, under its address and further names. What open tells of, everybody may have
// who reaches it.
func New(listener net.Addr, hosts []string, open func(path string) bool) (*Guard, error) {
	tcp, ok := listener.(*net.TCPAddr)
	if !ok {
		return nil, fmt.Errorf("%s is no address of TCP", listener)
	}
	ip, p := tcp.IP, strconv.Itoa(tcp.Port)
	g := &Guard{token: rand.Text(), session: rand.Text(), Form: rand.Text(), cookie: "taskstore-" + p, hosts: map[string]bool{}, open: open}
	if !ip.IsUnspecified() {
		g.home = net.JoinHostPort(ip.String(), p)
		g.allow(ip.String(), p)
	}
	if ip.IsLoopback() || ip.IsUnspecified() {
		for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
			g.allow(name, p)
		}
	}
	for _, name := range hosts {
		g.allow(name, p)
	}
	if g.home == "" {
		g.home = net.JoinHostPort("127.0.0.1", p)
	}
	return g, nil
}

func (g *Guard) allow(name, port string) {
	g.hosts[net.JoinHostPort(name, port)] = true
	if port == "80" {
		g.hosts[name] = true
	}
}

// URL is the address that is printed, with the token.
func (g *Guard) URL() string { return "http://" + g.home + "/?token=" + url.QueryEscape(g.token) }

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// mostForm bounds what a form may bring, in bytes.
const mostForm = 1 << 20

// Refusal is a page that says no, and what to do.
type Refusal struct {
	Status               int
	Title, Text, Detail  string
	Link, LinkText, Hint string
}

func (r Refusal) Error() string { return r.Title + ": " + r.Text }

// Protect answers what is not allowed, and leaves the rest to next.
func (g *Guard) Protect(next http.Handler, refuse func(http.ResponseWriter, *http.Request, Refusal)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head(w.Header())
		if no := g.check(w, r); no != nil {
			refuse(w, r, *no)
			return
		}
		if r.Method == http.MethodGet && r.URL.Path == "/" && r.URL.Query().Has("token") {
			g.land(w, r, refuse)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func head(h http.Header) {
	for name, value := range map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
		"Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=()",
	} {
		h.Set(name, value)
	}
}

// check says why a request is not answered, nil if it is.
func (g *Guard) check(w http.ResponseWriter, r *http.Request) *Refusal {
	if !g.hosts[r.Host] {
		return &Refusal{Status: http.StatusMisdirectedRequest, Title: "Not under this name", Text: "This page answers under the address that storectl printed, and no other."}
	}
	origin := r.Header.Get("Origin")
	if origin != "" && origin != "http://"+r.Host || origin == "" && !isReading(r) || len(r.Header.Values("Origin")) > 1 {
		return &Refusal{Status: http.StatusForbidden, Title: "From another page", Text: "Another page asked for this. Nothing was done."}
	}
	if g.isOpen(r) {
		return nil
	}
	cookie, err := r.Cookie(g.cookie)
	if err != nil || !same(cookie.Value, g.session) {
		return &Refusal{Status: http.StatusUnauthorized, Title: "Come in by the front door", Text: "Open the address that storectl printed when it began: its token lets this browser in. When storectl web is started anew, so is the token."}
	}
	if isReading(r) {
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	if err := r.ParseForm(); err != nil {
		return &Refusal{Status: http.StatusRequestEntityTooLarge, Title: "Too much at once", Text: "The form is larger than this page takes. Nothing was done."}
	}
	if !same(r.PostForm.Get("csrf"), g.Form) {
		return &Refusal{Status: http.StatusForbidden, Title: "The form is not of this page", Text: "Nothing was done. Load the page anew, and try again."}
	}
	return nil
}

func isReading(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

// isOpen tells of what everybody may ask for who reaches the server: how the pages look, and the front door.
func (g *Guard) isOpen(r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	return g.open(r.URL.Path) || r.URL.Path == "/" && r.URL.Query().Has("token")
}

// land gives the cookie to who brings the token. The page goes on by itself and not by a redirect: a browser does not
// bring a cookie of SameSite=Strict along where another page led to the first address.
func (g *Guard) land(w http.ResponseWriter, r *http.Request, refuse func(http.ResponseWriter, *http.Request, Refusal)) {
	if !same(r.URL.Query().Get("token"), g.token) {
		refuse(w, r, Refusal{Status: http.StatusUnauthorized, Title: "The token is not the right one", Text: "It is of another run of storectl web, or was cut off. Open the address that storectl printed last, all of it."})
		return
	}
	http.SetCookie(w, &http.Cookie{Name: g.cookie, Value: g.session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/days"><title>taskstore</title></head>`+
		`<body><p><a href="/days">To the days</a></p></body></html>`)
}
