// Package s3test gives tests servers that speak S3: a small one in memory, real
// ones that are started where they are installed, and a proxy that spoils what
// goes through it.
package s3test

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Bucket is the bucket that every server here has.
const Bucket = "backups"

// Server is one that listens.
type Server struct {
	Name     string
	Endpoint string
	Dir      string // where objects are files; "" where they are not
}

// Address is the address of a prefix of its bucket.
func (s Server) Address(prefix string) string {
	return "s3://" + Bucket + "/" + prefix + "?endpoint=" + s.Endpoint
}

// memory is a bucket in memory. It does what a good server does: it refuses to put over what is
// there if it is asked to, and lists in order, page by page.
type memory struct {
	mu      sync.Mutex
	objects map[string][]byte
}

// Memory starts a server whose bucket is in memory.
func Memory(t testing.TB) Server {
	t.Helper()
	s := httptest.NewServer(&memory{objects: map[string][]byte{}})
	t.Cleanup(s.Close)
	return Server{Name: "memory", Endpoint: s.URL}
}

func (m *memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case bucket != Bucket:
		Fail(w, http.StatusNotFound, "NoSuchBucket")
	case name == "":
		m.list(w, r)
	case r.Method == http.MethodPut:
		m.put(w, r, name)
	case r.Method == http.MethodDelete:
		delete(m.objects, name)
		w.WriteHeader(http.StatusNoContent)
	default:
		body, ok := m.objects[name]
		if !ok {
			Fail(w, http.StatusNotFound, "NoSuchKey")
			return
		}
		w.Header().Set("ETag", etag(body))
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", time.Unix(1700000000, 0), bytes.NewReader(body))
	}
}

func etag(body []byte) string {
	sum := md5.Sum(body)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (m *memory) put(w http.ResponseWriter, r *http.Request, name string) {
	body, err := content(r)
	if err != nil {
		Fail(w, http.StatusBadRequest, "IncompleteBody")
		return
	}
	if _, there := m.objects[name]; there && r.Header.Get("If-None-Match") == "*" {
		Fail(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	m.objects[name] = body
	w.Header().Set("ETag", etag(body))
}

// content reads what was sent, which comes in signed chunks where the line is not encrypted.
func content(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	in, out := bufio.NewReader(r.Body), bytes.Buffer{}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil || n == 0 {
			return out.Bytes(), err
		}
		if _, err := io.CopyN(&out, in, n); err != nil {
			return nil, err
		}
		if _, err := in.Discard(2); err != nil {
			return nil, err
		}
	}
}

type listed struct {
	Key          string
	LastModified string
	ETag         string
	Size         int
}

func (m *memory) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	after := max(q.Get("start-after"), q.Get("continuation-token"))
	var names []string
	for name := range m.objects {
		if strings.HasPrefix(name, q.Get("prefix")) && name > after {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	const page = 50
	var answer struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		Name                  string
		IsTruncated           bool
		NextContinuationToken string
		Contents              []listed
	}
	answer.Name = Bucket
	if answer.IsTruncated = len(names) > page; answer.IsTruncated {
		names = names[:page]
		answer.NextContinuationToken = names[page-1]
	}
	for _, name := range names {
		answer.Contents = append(answer.Contents, listed{name, "2026-01-01T00:00:00.000Z", etag(m.objects[name]), len(m.objects[name])})
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(answer)
}

// Fail answers as a server that refuses.
func Fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
}
