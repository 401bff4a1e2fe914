package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/backup/offsite/s3"
	"taskstore/backup/offsite/shelf"
	"taskstore/internal/s3test"
)

func open(t *testing.T, address string) shelf.Objects {
	t.Helper()
	at, err := shelf.ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	objs, err := s3.Open(at, nil)
	if err != nil {
		t.Fatal(err)
	}
	return objs
}

// TestObjects holds every server that is here against what package offsite counts on.
func TestObjects(t *testing.T) {
	s3test.Keys(t)
	t.Run("memory", func(t *testing.T) { contract(t, open(t, s3test.Memory(t).Address("a/b"))) })
	for _, name := range s3test.Names() {
		t.Run(name, func(t *testing.T) { contract(t, open(t, s3test.Start(t, name).Address("a/b"))) })
	}
	t.Run("directory", func(t *testing.T) { contract(t, shelf.OpenDir(t.TempDir(), nil)) })
}

func contract(t *testing.T, objs shelf.Objects) {
	ctx := t.Context()
	body := bytes.Repeat([]byte("0123456789"), 30000)
	for _, name := range []string{"x/one", "x/two.json", "x/two/deep", "x-2/three", "y"} {
		if err := objs.Put(ctx, name, body, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := objs.Put(ctx, "x/empty", nil, false); err != nil {
		t.Fatal(err)
	}
	r, err := objs.Get(ctx, "x/one", 299995)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != "56789" {
		t.Errorf("the last bytes are %q, %v", got, err)
	}
	r.Close()
	o, err := objs.Stat(ctx, "x/one")
	if err != nil || o.Size != 300000 || o.Name != "x/one" {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := objs.Stat(ctx, "x/none"); !errors.Is(err, shelf.ErrNotThere) {
		t.Errorf("stat of nothing: %v", err)
	}
	if _, err := objs.Get(ctx, "x/none", 0); !errors.Is(err, shelf.ErrNotThere) {
		t.Errorf("get of nothing: %v", err)
	}
	wantNames(t, objs, "x/", "", "x/empty", "x/one", "x/two.json", "x/two/deep")
	wantNames(t, objs, "x/", "x/one", "x/two.json", "x/two/deep")
	wantNames(t, objs, "", "", "x-2/three", "x/empty", "x/one", "x/two.json", "x/two/deep", "y")
	for range 2 {
		if err := objs.Delete(ctx, "x/one"); err != nil {
			t.Error(err)
		}
	}
	wantNames(t, objs, "x/o", "")
	if err := objs.Put(ctx, "y", []byte("other"), true); !errors.Is(err, shelf.ErrExists) {
		t.Errorf("put over what is there: %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	for _, err := range objs.List(cancelled, "", "") {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a list that was stopped: %v", err)
		}
		break
	}
}

func wantNames(t *testing.T, objs shelf.Objects, prefix, after string, want ...string) {
	t.Helper()
	var got []string
	for o, err := range objs.List(t.Context(), prefix, after) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("list %q after %q: %q, not %q", prefix, after, got, want)
	}
}

// TestPages lists more than a page holds.
func TestPages(t *testing.T) {
	s3test.Keys(t)
	objs := open(t, s3test.Memory(t).Address("many"))
	var want []string
	for i := range 130 {
		want = append(want, fmt.Sprintf("n/%04d", i))
		if err := objs.Put(t.Context(), want[i], []byte{1}, false); err != nil {
			t.Fatal(err)
		}
	}
	wantNames(t, objs, "n/", "", want...)
	wantNames(t, objs, "n/", want[49], want[50:]...)
}

// TestAdvice: each refusal of a server says what it means and what to do, and shows no secret.
func TestAdvice(t *testing.T) {
	s3test.Keys(t)
	for _, c := range []struct {
		status int
		code   string
		is     error
		advice string
	}{
		{404, "NoSuchBucket", shelf.ErrNoTarget, "make the bucket"},
		{403, "AccessDenied", shelf.ErrDenied, "s3:PutObject"},
		{403, "InvalidAccessKeyId", shelf.ErrDenied, "AWS_ACCESS_KEY_ID"},
		{403, "SignatureDoesNotMatch", shelf.ErrDenied, "AWS_SECRET_ACCESS_KEY"},
		{403, "RequestTimeTooSkewed", shelf.ErrRefused, "clock"},
		{400, "AuthorizationHeaderMalformed", shelf.ErrRefused, "region"},
		{301, "PermanentRedirect", shelf.ErrRefused, "region"},
		{503, "SlowDown", shelf.ErrBusy, "later"},
		{500, "InternalError", shelf.ErrBusy, "later"},
		{400, "BadDigest", shelf.ErrBusy, "later"},
		{412, "PreconditionFailed", shelf.ErrExists, ""},
		{400, "InvalidArgument", shelf.ErrRefused, "endpoint"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s3test.Fail(w, c.status, c.code) }))
		err := open(t, s3test.Server{Endpoint: server.URL}.Address("p")).Put(t.Context(), "x", []byte("y"), false)
		server.Close()
		wantAdvice(t, c.code, err, c.is, c.advice)
	}
	nobody := s3test.Server{Endpoint: "http://127.0.0.1:1"}
	wantAdvice(t, "nobody listens", open(t, nobody.Address("p")).Put(t.Context(), "x", nil, false), shelf.ErrBusy, "network")
}

func wantAdvice(t *testing.T, what string, err, is error, advice string) {
	t.Helper()
	var told *shelf.Error
	if !errors.Is(err, is) || !errors.As(err, &told) || !strings.Contains(told.Advice, advice) {
		t.Errorf("%s: %v", what, err)
		return
	}
	for _, secret := range []string{s3test.Secret, s3test.Key, "Signature="} {
		if text := err.Error() + told.Advice; strings.Contains(text, secret) {
			t.Errorf("%s: it shows %s: %s", what, secret, text)
		}
	}
}

// TestRate: uploads are held back on the line, not after it.
func TestRate(t *testing.T) {
	s3test.Keys(t)
	at, err := shelf.ParseAddress(s3test.Memory(t).Address("slow"))
	if err != nil {
		t.Fatal(err)
	}
	objs, err := s3.Open(at, shelf.NewThrottle(200<<10, 0))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := objs.Put(t.Context(), "x", make([]byte, 60<<10), false); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 250*time.Millisecond {
		t.Errorf("60 KB at 200 KB a second took %v", took)
	}
}

// TestSealedByServer: where a bucket seals with keys of its own, the tag of an object is not held against its bytes.
func TestSealedByServer(t *testing.T) {
	s3test.Keys(t)
	seals := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"0123456789abcdef0123456789abcdef"`)
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		w.Header().Set("Content-Length", "3")
		if seals != "" {
			w.Header().Set("X-Amz-Server-Side-Encryption", seals)
		}
	}))
	defer server.Close()
	objs := open(t, s3test.Server{Endpoint: server.URL}.Address("p"))
	for _, c := range []struct{ seals, md5 string }{{"", "0123456789abcdef0123456789abcdef"}, {"AES256", "0123456789abcdef0123456789abcdef"}, {"aws:kms", ""}, {"aws:kms:dsse", ""}} {
		seals = c.seals
		if o, err := objs.Stat(t.Context(), "x"); err != nil || o.MD5 != c.md5 {
			t.Errorf("sealed %q: MD5 %q, %v", seals, o.MD5, err)
		}
	}
}
