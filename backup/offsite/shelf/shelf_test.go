package shelf

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestThrottle: no more passes than is allowed.
func TestThrottle(t *testing.T) {
	rate := NewThrottle(200<<10, 0)
	objs, began := OpenDir(t.TempDir(), rate), time.Now()
	if err := objs.Put(t.Context(), "x", make([]byte, 60<<10), false); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 250*time.Millisecond {
		t.Errorf("60 KB at 200 KB a second took %v", took)
	}
	if r, err := objs.Get(t.Context(), "x", 59<<10); err != nil {
		t.Error(err)
	} else if body, err := io.ReadAll(r); err != nil || len(body) != 1<<10 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}

// TestAddress reads addresses, and refuses those that hold a secret without showing it.
func TestAddress(t *testing.T) {
	for _, text := range []string{"s3://b", "s3://b/p/q", "s3://b/p?endpoint=http://127.0.0.1:7070&region=eu-1", "s3://b?endpoint=s3.example.com&style=path", "dir:/x/y"} {
		a, err := ParseAddress(text)
		if err != nil || a.String() != text {
			t.Errorf("%s: %s, %v", text, a, err)
		}
	}
	for _, text := range []string{"s3://", "s3:///p", "s3://key:S3CR3T@b/p", "s3://b/p?secret_key=S3CR3T", "s3://b/../c", "http://b/p", "dir:", "s3://b?endpoint=http://u:S3CR3T@h", "s3://b?style=x", "s3://b#S3CR3T", "s3://b/%zzS3CR3T"} {
		if a, err := ParseAddress(text); err == nil || strings.Contains(err.Error(), "S3CR3T") {
			t.Errorf("%s: %+v, %v", text, a, err)
		}
	}
}

// TestDirGone: a directory that has gone, as when its disk is taken out, is not made anew, and does not look empty.
func TestDirGone(t *testing.T) {
	root := filepath.Join(t.TempDir(), "disk")
	objs := OpenDir(root, nil)
	if err := objs.Put(t.Context(), "a/b", []byte("x"), false); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(root, root+"-away"); err != nil {
		t.Fatal(err)
	}
	if err := objs.Put(t.Context(), "a/c", []byte("x"), false); !errors.Is(err, ErrNoTarget) {
		t.Errorf("put: %v", err)
	}
	for _, err := range objs.List(t.Context(), "", "") {
		if !errors.Is(err, ErrNoTarget) {
			t.Errorf("list: %v", err)
		}
		return
	}
	t.Error("it looks empty")
}
