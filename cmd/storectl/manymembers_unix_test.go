//go:build unix

package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

var zipMembers = flag.Int("zip.members", 70_000, "how many members the zip of TestManyMembers has")

// TestManyMembers: a zip with very many members is refused by all who read zips, soon and in memory that the size of
// the file bounds.
func TestManyMembers(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: other systems count the memory of a process in other units")
	}
	dir := emptyStore(t)
	path := filepath.Join(t.TempDir(), "many.zip")
	if err := zipOfMany(path, *zipMembers); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		code int
	}{{[]string{"import", path}, exitMisused}, {[]string{"legacy", "import", path}, exitMisused}, {[]string{"legacy", "scan", path}, exitMisused}} {
		begun := time.Now()
		got, memory := measured(t, nil, append([]string{"--store", dir}, test.args...)...)
		t.Logf("%v: %d MB, %v", test.args[0], memory>>20, time.Since(begun).Round(time.Millisecond))
		if got.code != test.code {
			t.Errorf("%v: exit %d, %.300q, %.300q", test.args, got.code, got.stdout, got.stderr)
		}
		if most := int64(100<<20 + 600**zipMembers); memory > most {
			t.Errorf("%v took %d MB, and %d are the most", test.args, memory>>20, most>>20)
		}
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("%v took %v", test.args, took)
		}
	}
}

// zipOfMany writes a zip whose list names the same few bytes many times over, each under a name of its own.
func zipOfMany(path string, n int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	le := binary.LittleEndian
	local := make([]byte, 30, 40)
	copy(local, "PK\x03\x04")
	le.PutUint16(local[26:], 1)
	local = append(local, 'x')
	_, err = w.Write(local)
	size := 0
	for i := range n {
		name := fmt.Sprintf("contents/%07d", i)
		entry := make([]byte, 46, 64)
		copy(entry, "PK\x01\x02")
		le.PutUint16(entry[28:], uint16(len(name)))
		m, failed := w.Write(append(entry, name...))
		size, err = size+m, errors.Join(err, failed)
	}
	end := make([]byte, 56+20+22)
	copy(end, "PK\x06\x06") // the end in its longer form: a short one counts to 65,535
	le.PutUint64(end[4:], 44)
	le.PutUint64(end[24:], uint64(n))
	le.PutUint64(end[32:], uint64(n))
	le.PutUint64(end[40:], uint64(size))
	le.PutUint64(end[48:], uint64(len(local)))
	copy(end[56:], "PK\x06\x07")
	le.PutUint64(end[64:], uint64(len(local)+size))
	le.PutUint32(end[72:], 1)
	copy(end[76:], "PK\x05\x06")
	for i := 80; i < 96; i++ {
		end[i] = 0xff
	}
	le.PutUint32(end[80:], 0)
	_, failed := w.Write(end)
	return errors.Join(err, failed, w.Flush(), f.Close())
}
