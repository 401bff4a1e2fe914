package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/blobs"
	"taskstore/repo"
)

// TestBlobAddChanging: of the files named those that stand still are stored, and one
// that somebody writes to is not: exit 3.
func TestBlobAddChanging(t *testing.T) {
	dir := t.TempDir()
	growing, steady, last := filepath.Join(dir, "growing.bin"), filepath.Join(dir, "steady.txt"), filepath.Join(dir, "last.txt")
	for name, size := range map[string]int{growing: 48 << 20, steady: 10, last: 11} {
		if err := os.WriteFile(name, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	begun, written := make(chan bool), make(chan error, 1)
	go func() {
		f, err := os.OpenFile(growing, os.O_WRONLY, 0)
		for n := 0; err == nil && ctx.Err() == nil; n++ {
			if _, err = f.WriteAt([]byte{byte(n >> 8)}, int64(n%256)<<17); n == 256 {
				close(begun)
			}
		}
		written <- err
	}()
	select {
	case <-begun:
	case err := <-written:
		t.Fatal(err)
	}
	r := storectl(t, nil, "", "--store", filepath.Join(dir, "st"), "blob", "add", steady, growing, last, "--json")
	stop()
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	if r.code != exitFindings || strings.Contains(r.stdout, "growing") || !strings.Contains(r.stdout, "steady.txt") || !strings.Contains(r.stdout, "last.txt") {
		t.Errorf("exit %d\n%s", r.code, r.stdout)
	}
	if !strings.Contains(r.stderr, "growing.bin") || strings.Contains(r.stderr, "last.txt") {
		t.Errorf("stderr %s", r.stderr)
	}
}

// TestPutChanging: a record is not put together of two states of a file.
func TestPutChanging(t *testing.T) {
	file := filepath.Join(t.TempDir(), "note.json")
	if err := os.WriteFile(file, []byte(`{"id":"n1",`+strings.Repeat(" ", 1<<17)+`"content":"one"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := put{kind: repo.Kinds()[0]}
	in, _, err := p.open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	lines := newLines(in)
	if _, err := lines.in.Peek(1); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(`{"id":"n2",`+strings.Repeat(" ", 1<<17)+`"content":"two"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, _, err := lines.first(); !errors.Is(err, blobs.ErrChanged) {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
