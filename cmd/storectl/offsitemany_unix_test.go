//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"taskstore/backup/offsite"
	"taskstore/backup/offsite/s3"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/blobs"
	"taskstore/internal/s3test"
	"taskstore/repo"
	"taskstore/schema"
)

var offsiteContents = flag.Int("offsite.contents", 0, "back up a store of so many contents twice, to a directory and to versitygw if that is here, beside a writer, and log what it took")

const (
	pushesFrom = "STORECTL_TEST_PUSHES_FROM"
	pushesTo   = "STORECTL_TEST_PUSHES_TO"
)

// pushed is what one backup took.
type pushed struct {
	Made             bool
	Listed, Uploaded int64 // objects
	Requests         int64
	Bytes            int64 // that were uploaded
	Seconds          float64
	Peak             int64 // bytes of memory
}

// countingPlace is a place that counts what is asked of it.
type countingPlace struct {
	shelf.Objects
	listed, put, bytes, requests atomic.Int64
}

func (c *countingPlace) Put(ctx context.Context, name string, body []byte, ifAbsent bool) error {
	c.put.Add(1)
	c.requests.Add(2) // what was put is looked at
	c.bytes.Add(int64(len(body)))
	return c.Objects.Put(ctx, name, body, ifAbsent)
}

func (c *countingPlace) List(ctx context.Context, prefix, after string) iter.Seq2[shelf.Object, error] {
	return func(yield func(shelf.Object, error) bool) {
		n := int64(0)
		defer func() { c.listed.Add(n); c.requests.Add(1 + n/1000) }()
		for o, err := range c.Objects.List(ctx, prefix, after) {
			if n++; !yield(o, err) {
				return
			}
		}
	}
}

// TestPushOffsite is the process of TestOffsiteMany that makes a backup.
func TestPushOffsite(t *testing.T) {
	store, address := os.Getenv(pushesFrom), os.Getenv(pushesTo)
	if store == "" {
		t.Skip("a process of TestOffsiteMany")
	}
	at, err := shelf.ParseAddress(address)
	fatal(t, err)
	c := &countingPlace{Objects: shelf.OpenDir(at.Dir, nil)}
	if at.Dir == "" {
		c.Objects, err = s3.Open(at, nil)
		fatal(t, err)
	}
	began := time.Now()
	to, err := offsite.Open(t.Context(), c, offsite.Options{Memory: recovery.OffsiteMemory(store)})
	fatal(t, err)
	_, made, err := recovery.CreateOffsite(t.Context(), store, to, recovery.CreateOptions{})
	fatal(t, err)
	var use syscall.Rusage
	fatal(t, syscall.Getrusage(syscall.RUSAGE_SELF, &use))
	peak := use.Maxrss
	if runtime.GOOS == "linux" {
		peak <<= 10
	}
	text, err := json.Marshal(pushed{made, c.listed.Load(), c.put.Load(), c.requests.Load(), c.bytes.Load(), time.Since(began).Seconds(), peak})
	fatal(t, err)
	fmt.Println("pushed", string(text))
}

// TestOffsiteMany backs up a store with many contents: the first time all of them go there, the second time what is new. The
// whole of it is -offsite.contents 100000.
func TestOffsiteMany(t *testing.T) {
	if *offsiteContents == 0 {
		t.Skip("skipped: -offsite.contents says of how many")
	}
	s3test.Keys(t)
	store := filepath.Join(t.TempDir(), "store")
	s, err := repo.Open(t.Context(), store, repo.Options{})
	fatal(t, err)
	defer s.Close()
	attachMany(t, s, 0, *offsiteContents)
	targets := map[string]string{"dir": "dir:" + filepath.Join(t.TempDir(), "target")}
	if _, err := exec.LookPath("versitygw"); err == nil {
		targets["versitygw"] = s3test.Start(t, "versitygw").Address("many")
	}
	came := 0
	for name, target := range targets {
		initTarget(t, store, target)
		for _, which := range []string{"first", "second"} {
			alone := steadily(t, s, nil) // just before: other programs may be at work
			got := make(chan pushed, 1)
			go func() { got <- push(t, store, target) }()
			beside := steadily(t, s, got)
			p := beside.pushed
			t.Logf("%s, %s backup: %d objects listed, %d uploaded with %d MB, about %d requests, %.1f s, %d MB of memory at most; a writer alone: %v; beside it: %v, %.2f of that rate",
				name, which, p.Listed, p.Uploaded, p.Bytes>>20, p.Requests, p.Seconds, p.Peak>>20, alone, beside, beside.rate()/alone.rate())
			if !p.Made {
				t.Errorf("%s, %s: no backup was made", name, which)
			}
			if some := int64(came + 30); which == "second" && p.Uploaded > some {
				t.Errorf("%s: the second backup uploaded %d objects for %d that were new", name, p.Uploaded, came)
			}
			came = 10
			attachMany(t, s, *offsiteContents+int(rand.Uint32()), came)
		}
	}
}

func push(t *testing.T, store, target string) (p pushed) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestPushOffsite$", "-test.timeout=0")
	cmd.Env = append(os.Environ(), pushesFrom+"="+store, pushesTo+"="+target)
	out, err := cmd.CombinedOutput()
	_, text, found := strings.Cut(string(out), "pushed ")
	if err != nil || !found {
		t.Errorf("%v: %s", err, out)
		return p
	}
	line, _, _ := strings.Cut(text, "\n")
	if err := json.Unmarshal([]byte(line), &p); err != nil {
		t.Error(err)
	}
	return p
}

// attachMany saves attachments with contents of 2 KB, each another one.
func attachMany(t *testing.T, s *repo.Store, from, n int) {
	t.Helper()
	for done := 0; done < n; done += blobs.BatchSize {
		var batch []*schema.Attachment
		sources := func(yield func(blobs.Source) bool) {
			for i := range min(blobs.BatchSize, n-done) {
				body := bytes.Repeat(binary.BigEndian.AppendUint64([]byte("content "), uint64(from+done+i)), 128)
				if !yield(blobs.Bytes(body, "")) {
					return
				}
			}
		}
		for info, err := range s.Contents.PutAll(t.Context(), sources) {
			fatal(t, err)
			batch = append(batch, &schema.Attachment{File: schema.Content{Blob: info.SHA256, Form: schema.FormFile}})
		}
		fatal(t, s.Attachments.Save(t.Context(), batch...))
	}
}

// written is what a writer did.
type written struct {
	saves   int
	took    time.Duration
	longest time.Duration
	pushed  pushed
}

func (w written) rate() float64 { return float64(w.saves) / w.took.Seconds() }

func (w written) String() string {
	return fmt.Sprintf("%.0f saves a second, the longest of %v", w.rate(), w.longest.Round(time.Millisecond))
}

// steadily saves notes until something comes, or for three seconds.
func steadily(t *testing.T, s *repo.Store, until chan pushed) (w written) {
	t.Helper()
	began := time.Now()
	for {
		select {
		case w.pushed = <-until:
			w.took = time.Since(began)
			return w
		default:
		}
		if w.took = time.Since(began); until == nil && w.took > 3*time.Second {
			return w
		}
		before := time.Now()
		note := noteNumber(w.saves % 100)
		note.ID = fmt.Sprint("beside-", rand.Uint64())
		fatal(t, s.Notes.Save(t.Context(), &note))
		w.saves++
		w.longest = max(w.longest, time.Since(before))
	}
}
