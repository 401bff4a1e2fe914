package blobs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestGoroutines: writers of the same contents, readers and listers at once.
func TestGoroutines(t *testing.T) {
	d := open(t)
	var contents [][]byte
	for i := range 40 {
		contents = append(contents, text(uint64(i), 100+i*40), noise(uint64(i), 50))
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			infos, err := d.PutMany(t.Context(), sources(contents))
			if err != nil || len(infos) != len(contents) {
				t.Errorf("writer %d: %d, %v", w, len(infos), err)
			}
		})
		wg.Go(func() {
			for i, c := range contents {
				mime := []string{"", "image/png"}[(i+w)%2] // writers may disagree about the encoding
				if _, err := d.Put(t.Context(), bytes.NewReader(c), PutOptions{MIME: mime}); err != nil {
					t.Errorf("writer %d: %v", w, err)
				}
				if b, err := read(t, d, hashOf(c)); err != nil || !bytes.Equal(b, c) {
					t.Errorf("reader %d: %v", w, err)
				}
			}
		})
		wg.Go(func() {
			for info, err := range d.All(t.Context()) {
				if err == nil {
					err = d.Verify(t.Context(), info.SHA256)
				}
				if err != nil {
					t.Errorf("lister %d: %v", w, err)
				}
			}
		})
	}
	wg.Wait()
	if got := all(t, d); len(got) != len(contents) {
		t.Errorf("%d of %d contents", len(got), len(contents))
	}
}

const childDir = "BLOBS_TEST_CHILD_DIR"

// TestMain lets the test binary be a writer in a process of its own.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child puts contents, the same ones in each process, and prints each one that was acknowledged.
func child(dir string) error {
	ctx := context.Background()
	d, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	var contents [][]byte
	for i := range 2000 {
		contents = append(contents, text(uint64(i), 10+i%3000))
	}
	for _, c := range contents[:20] {
		info, err := d.Put(ctx, bytes.NewReader(c), PutOptions{})
		if err != nil {
			return err
		}
		fmt.Println(info.SHA256)
	}
	for info, err := range d.PutSeq(ctx, sources(contents)) {
		if err != nil {
			return err
		}
		fmt.Println(info.SHA256)
	}
	return nil
}

// TestKilledProcesses: three processes write the same contents into a new directory and are killed; all they
// acknowledged is there, and nothing else but whole contents and temporary files is.
func TestKilledProcesses(t *testing.T) {
	d := open(t)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		acked = make(map[string]bool)
	)
	for i := range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+d.root)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			lines := bufio.NewScanner(out)
			for n := 1; lines.Scan(); n++ {
				if len(lines.Text()) == hashLen {
					mu.Lock()
					acked[lines.Text()] = true
					mu.Unlock()
				}
				if n == 300+i*200 {
					time.Sleep(time.Duration(i) * 5 * time.Millisecond)
					_ = cmd.Process.Kill()
				}
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); err != nil && !errors.As(err, &exit) || stderr.Len() > 0 {
				t.Errorf("child: %v, %s", err, stderr.String())
			}
		})
	}
	wg.Wait()
	if len(acked) < 300 {
		t.Fatalf("only %d acknowledged", len(acked))
	}
	for sum := range acked {
		if err := d.Verify(t.Context(), sum); err != nil {
			t.Error(err)
		}
	}
	for _, info := range all(t, d) {
		if err := d.Verify(t.Context(), info.SHA256); err != nil {
			t.Error(err)
		}
	}
}
