package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/web/pictures"
)

// TestWeb: the address is printed, it lets in, others may use the store meanwhile, and an interrupt ends it well.
func TestWeb(t *testing.T) {
	dir := screenStore(t)
	cache := t.TempDir()
	env := []string{"XDG_CACHE_HOME=" + cache}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"--store", dir, "web", "--no-open"}, strings.NewReader(""), in, io.Discard, env)
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSpace(line), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK || len(answer.Cookies()) != 1 {
		t.Errorf("%s: %s", line, answer.Status)
	}
	if r := storectl(t, env, "", "--store", dir, "tag", "rename", "lighthouse", "Lighthouse"); r.code != exitDone {
		t.Errorf("beside the page: exit %d, %s", r.code, r.stderr)
	}
	cancel(errInterrupted)
	select {
	case code := <-ended:
		if code != exitDone {
			t.Errorf("exit %d after an interrupt", code)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the page goes on after an interrupt")
	}
}

// TestWebRefuses what others could reach, and directories without a store.
func TestWebRefuses(t *testing.T) {
	dir := screenStore(t)
	for _, test := range []struct {
		code int
		says string
		args []string
	}{
		{exitMisused, "--allow-remote", []string{"--store", dir, "web", "--addr", "0.0.0.0:0"}},
		{exitMisused, "--allow-remote", []string{"--store", dir, "web", "--addr", ":0"}},
		{exitMisused, "--allow-remote", []string{"--store", dir, "web", "--addr", "127.0.0.1.evil.example:0"}},
		{exitMisused, "127.0.0.1:0", []string{"--store", dir, "web", "--addr", "127.0.0.1"}},
		{exitNoStore, "no store", []string{"--store", t.TempDir(), "web"}},
	} {
		r := storectl(t, nil, "", test.args...)
		if r.code != test.code || !strings.Contains(r.stderr, test.says) || r.stdout != "" {
			t.Errorf("%v: exit %d, %s%s", test.args, r.code, r.stdout, r.stderr)
		}
	}
}

// TestPurgeForgetsPictures: purge --everywhere leaves no small picture of the page.
func TestPurgeForgetsPictures(t *testing.T) {
	dir, cache := screenStore(t), t.TempDir()
	place := pictures.Dir(cache, dir)
	if err := os.MkdirAll(place, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(place, "x.jpg"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := storectl(t, []string{"XDG_CACHE_HOME=" + cache}, "", "--store", dir, "purge", "notes", "note-gone", "--everywhere", "--yes"); r.code != exitDone && r.code != exitFindings {
		t.Fatalf("exit %d, %s", r.code, r.stderr)
	}
	if _, err := os.Stat(place); !os.IsNotExist(err) {
		t.Errorf("the pictures are there still: %v", err)
	}
}
