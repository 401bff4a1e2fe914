//go:build unix

package main

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/sqlsh"
	"taskstore/internal/s3test"
)

var offsiteServers = flag.Bool("offsite.servers", false, "keep a store in buckets: in memory, on the servers that are installed, and through a line that fails")

// fingerprint hashes every row of every table of a store, and names its contents, each of which is read
// against its name.
func fingerprint(t *testing.T, store string) string {
	t.Helper()
	db, err := sql.Open("sqlite", sqlsh.Source(filepath.Join(store, databaseName), false, false, time.Second))
	fatal(t, err)
	defer db.Close()
	h := sha256.New()
	for _, table := range column(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name") {
		var lines []string
		rows, err := db.Query(`SELECT * FROM "` + table + `"`)
		fatal(t, err)
		names, err := rows.Columns()
		fatal(t, err)
		for rows.Next() {
			values, into := make([]any, len(names)), make([]any, len(names))
			for i := range values {
				into[i] = &values[i]
			}
			fatal(t, rows.Scan(into...))
			lines = append(lines, fmt.Sprintf("%s %q", table, values))
		}
		fatal(t, rows.Err(), rows.Close())
		slices.Sort(lines)
		fmt.Fprintln(h, strings.Join(lines, "\n"))
	}
	ask(t, store, "blob", "verify")
	names, err := filepath.Glob(filepath.Join(store, "blobs", "??", "*"))
	fatal(t, err)
	for i := range names {
		names[i] = strings.TrimSuffix(filepath.Base(names[i]), ".zst")
	}
	slices.Sort(names)
	return fmt.Sprintf("%s, contents %q", hex.EncodeToString(h.Sum(nil)), names)
}

func column(t *testing.T, db *sql.DB, text string) (list []string) {
	t.Helper()
	rows, err := db.Query(text)
	fatal(t, err)
	for rows.Next() {
		var s string
		fatal(t, rows.Scan(&s))
		list = append(list, s)
	}
	fatal(t, rows.Err(), rows.Close())
	return list
}

// offsiteStore is a store with records of all kinds, and contents that take more than one piece.
func offsiteStore(t *testing.T) (store string) {
	t.Helper()
	p := template(t)
	big := make([]byte, 17<<20)
	dice := rand.New(rand.NewPCG(1, 2))
	for i := range big {
		big[i] = byte(dice.Uint32())
	}
	file := filepath.Join(p.dir, "big.bin")
	fatal(t, os.WriteFile(file, big, 0o600))
	ask(t, p.store, "blob", "add", file)
	return p.store
}

// initTarget makes a target and gives the file with its key.
func initTarget(t *testing.T, store, target string) (key string) {
	t.Helper()
	var made struct{ Identity string }
	fatal(t, json.Unmarshal(ask(t, store, "backup", "target", "init", target, "--json"), &made))
	key = filepath.Join(t.TempDir(), "key.txt")
	fatal(t, os.WriteFile(key, []byte(made.Identity+"\n"), 0o600))
	return key
}

// TestOffsite keeps a store in a bucket of each server that is here, and has it back on a machine
// that has nothing but the key.
func TestOffsite(t *testing.T) {
	needServers(t)
	t.Run("memory", func(t *testing.T) { keepsOffsite(t, s3test.Memory(t)) })
	for _, name := range s3test.Names() {
		t.Run(name, func(t *testing.T) { keepsOffsite(t, s3test.Start(t, name)) })
	}
}

func needServers(t *testing.T) {
	t.Helper()
	if !*offsiteServers {
		t.Skip("skipped: -offsite.servers runs it")
	}
	s3test.Keys(t)
}

func keepsOffsite(t *testing.T, server s3test.Server) {
	store, target := offsiteStore(t), server.Address("my/store")
	key := initTarget(t, store, target)
	ask(t, store, "backup", "create", "--to", target)
	ask(t, store, "put", "notes", noteFile(t, "later"))
	ask(t, store, "backup", "create", "--to", target)
	ask(t, store, "backup", "verify", "--all", "--to", target)
	ask(t, store, "backup", "drill", "--to", target, "--identity", key)
	want := fingerprint(t, store)

	gone := filepath.Join(t.TempDir(), "new")
	ask(t, gone, "backup", "restore", "--from", target, "--identity", key, "--yes")
	if got := fingerprint(t, gone); got != want {
		t.Errorf("the store that came back is another one:\n%s\n%s", got, want)
	}
	checked(t, gone, 0, 3)
	if server.Dir != "" {
		healsOffsite(t, server, store, target)
	}
	got := storectl(t, nil, "", "--store", store, "backup", "forget", "--keep-last", "1", "--grace", "0s", "--to", target, "--yes")
	if got.code != 0 {
		t.Errorf("forget: exit %d: %s", got.code, got.stderr)
	}
	ask(t, store, "backup", "verify", "--all", "--to", target)
	contentsOffsite(t, store, server.Address("my/contents"))
	for what, address := range map[string]string{"bucket": strings.Replace(target, s3test.Bucket, "elsewhere", 1), "prefix": strings.Replace(target, "my/store", "my/other", 1)} {
		got := storectl(t, nil, "", "--store", store, "backup", "create", "--to", address)
		if got.code != exitFailed || !strings.Contains(got.stderr, "hint: ") || strings.Contains(got.stderr, s3test.Secret) {
			t.Errorf("a wrong %s: exit %d: %s", what, got.code, got.stderr)
		}
	}
}

// contentsOffsite copies contents alone into a bucket, where they stay, and makes a store of a database file with them.
func contentsOffsite(t *testing.T, store, target string) {
	key := initTarget(t, store, target)
	for range 2 {
		ask(t, store, "backup", "run", "--contents-only", "--to", target)
	}
	ask(t, store, "backup", "forget", "--keep-last", "1", "--grace", "0s", "--to", target, "--yes")
	ask(t, store, "backup", "verify", "--all", "--to", target)
	moment, gone := filepath.Join(t.TempDir(), "moment.db"), filepath.Join(t.TempDir(), "new")
	db, err := sql.Open("sqlite", filepath.Join(store, databaseName))
	fatal(t, err)
	_, err = db.Exec("VACUUM INTO ?", moment)
	fatal(t, err, db.Close())
	ask(t, gone, "backup", "restore", "--from-db", moment, "--contents-from", target, "--identity", key, "--yes")
	if got, want := fingerprint(t, gone), fingerprint(t, store); got != want {
		t.Errorf("the store of a database file is another one:\n%s\n%s", got, want)
	}
}

// healsOffsite flips a byte of a file that a real server keeps, and has it mended.
func healsOffsite(t *testing.T, server s3test.Server, store, target string) {
	var files []string
	fatal(t, filepath.WalkDir(filepath.Join(server.Dir, "my", "store", "contents"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	}))
	file := files[rand.N(len(files))]
	body, err := os.ReadFile(file)
	fatal(t, err)
	body[len(body)/2] ^= 1
	f, err := os.OpenFile(file, os.O_WRONLY, 0) // in its place: what the server knows of it stays
	fatal(t, err)
	_, err = f.Write(body)
	fatal(t, err, f.Close())
	got := storectl(t, nil, "", "--store", store, "backup", "verify", "--all", "--to", target)
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	if got.code != exitVerify || !strings.Contains(got.stderr, name) {
		t.Errorf("a flipped byte: exit %d: %s", got.code, got.stderr)
	}
	ask(t, store, "backup", "verify", "--all", "--heal", "--to", target)
	ask(t, store, "backup", "verify", "--all", "--to", target)
}

func noteFile(t *testing.T, id string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), id+".json")
	fatal(t, os.WriteFile(file, fmt.Appendf(nil, `{"id":%q,"content":"words of %s","summary":"s"}`, id, id), 0o600))
	return file
}

// TestOffsiteFaults does the same through a line that drops, delays, cuts, refuses, repeats and changes
// bytes. A command may fail, and says what to do then; what is listed is whole; in the end all is there.
func TestOffsiteFaults(t *testing.T) {
	needServers(t)
	store, server := offsiteStore(t), s3test.Memory(t)
	key := initTarget(t, store, server.Address("p"))
	rate := 0.1
	proxy := s3test.NewProxy(t, server, 42, rate)
	for i := range 1 + *killRounds/10 {
		ask(t, store, "put", "notes", noteFile(t, fmt.Sprint("n", i)))
		insist(t, "--store", store, "backup", "create", "--to", proxy.Address("p"))
		ask(t, store, "backup", "verify", "--all", "--anew", "--to", server.Address("p"))
		insist(t, "--store", store, "backup", "verify", "--all", "--to", proxy.Address("p"))
		insist(t, "--store", store, "backup", "drill", "--to", proxy.Address("p"), "--identity", key)
		gone := filepath.Join(t.TempDir(), "new")
		insist(t, "--store", gone, "backup", "restore", "--from", proxy.Address("p"), "--identity", key, "--yes")
		if got, want := fingerprint(t, gone), fingerprint(t, store); got != want {
			t.Errorf("the store that came back is another one:\n%s\n%s", got, want)
		}
	}
	t.Log(proxy.Seen())
}

// insist runs a command until it succeeds; each failure says what to do.
func insist(t *testing.T, args ...string) {
	t.Helper()
	for range 60 {
		got := storectl(t, nil, "", args...)
		if got.code == 0 {
			return
		}
		if !strings.Contains(got.stderr, "hint: ") {
			t.Fatalf("%v: exit %d, and it says not what to do: %s", args, got.code, got.stderr)
		}
	}
	t.Fatalf("%v never succeeds", args)
}

// TestOffsiteKilled kills create, forget, restore and the copying of contents at random moments: what is listed verifies and
// drills, a restore is whole or not begun, and the same command does the rest.
func TestOffsiteKilled(t *testing.T) {
	if *killRounds == 0 {
		t.Skip("skipped: -kill.rounds says how often each command is killed")
	}
	s3test.Keys(t)
	server := s3test.Memory(t)
	store, target := offsiteStore(t), server.Address("k")
	key := initTarget(t, store, target)
	ask(t, store, "backup", "create", "--to", target)
	initTarget(t, store, server.Address("contents"))
	k := killer{map[string]time.Duration{}, map[string]int{}}
	for i := range *killRounds {
		ask(t, store, "put", "notes", noteFile(t, fmt.Sprint("k", i)))
		extra := filepath.Join(t.TempDir(), "extra.bin")
		fatal(t, os.WriteFile(extra, bytes.Repeat([]byte(fmt.Sprint("extra ", i)), 2<<20), 0o600))
		ask(t, store, "blob", "add", extra)
		k.killed(t, "create", "--store", store, "backup", "create", "--to", target)
		ask(t, store, "backup", "verify", "--all", "--anew", "--to", target)
		ask(t, store, "backup", "drill", "--to", target, "--identity", key)
		ask(t, store, "backup", "create", "--to", target)
		k.killed(t, "forget", "--store", store, "backup", "forget", "--keep-last", "2", "--grace", "0s", "--to", target, "--yes")
		ask(t, store, "backup", "verify", "--all", "--anew", "--to", target)
		ask(t, store, "backup", "forget", "--keep-last", "2", "--grace", "0s", "--to", target, "--yes")
		ask(t, store, "backup", "verify", "--all", "--to", target)

		k.killed(t, "contents", "--store", store, "backup", "run", "--contents-only", "--to", server.Address("contents"))
		ask(t, store, "backup", "run", "--contents-only", "--to", server.Address("contents"))
		ask(t, store, "backup", "forget", "--keep-last", "1", "--grace", "0s", "--to", server.Address("contents"), "--yes")
		ask(t, store, "backup", "verify", "--all", "--anew", "--to", server.Address("contents"))

		gone := filepath.Join(t.TempDir(), "new")
		k.killed(t, "restore", "--store", gone, "backup", "restore", "--from", target, "--identity", key, "--yes")
		want := fingerprint(t, store)
		if _, err := os.Stat(filepath.Join(gone, databaseName)); err == nil {
			if got := fingerprint(t, gone); got != want {
				t.Fatalf("round %d: a restore that was killed left half a store", i)
			}
		}
		ask(t, gone, "backup", "restore", "--from", target, "--identity", key, "--yes")
		if got := fingerprint(t, gone); got != want {
			t.Fatalf("round %d: the store that came back is another one:\n%s\n%s", i, got, want)
		}
	}
	t.Logf("of %d each, so many were killed before they were done: %v", *killRounds, k.n)
}

// killer kills commands at random moments of the time that they take.
type killer struct {
	takes map[string]time.Duration
	n     map[string]int // how often it came in time
}

// killed runs a command and kills it at some moment, if it is not done by then. what is by which its time is known.
func (k killer) killed(t *testing.T, what string, args ...string) {
	t.Helper()
	most := k.takes[what]
	if most == 0 {
		most = 3 * time.Second
	}
	cmd, began := exec.Command("storectl", args...), time.Now()
	fatal(t, cmd.Start())
	timer := time.AfterFunc(rand.N(most), func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	timer.Stop()
	if cmd.ProcessState.Exited() {
		k.takes[what] = time.Since(began)
	} else {
		k.n[what]++
	}
}
