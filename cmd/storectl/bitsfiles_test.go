package main_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bitFile is a file beside the database.
type bitFile struct {
	name, sort string
	text       []byte
}

// testFiles damages contents, backups, what is noted of them, and an archive.
func (s *bitStore) testFiles(t *testing.T) {
	for _, args := range [][]string{{"backup", "create", "--pin"}, {"backup", "run"}, {"backup", "drill"}, {"export", "-f", filepath.Join(s.dir, "all.zip")}} {
		if got := bitRun(s.dir, args...); got.code != 0 {
			t.Fatalf("%v: exit %d %s", args, got.code, got.stderr)
		}
	}
	sorts := filesBeside(t, s.dir)
	draw := rand.New(rand.NewPCG(*bitSeed, 1))
	tallies := map[string]*bitTally{}
	names := make([]string, 0, len(sorts))
	for sort := range sorts {
		tallies[sort] = &bitTally{counts: map[string]int{}}
		names = append(names, sort)
	}
	slices.Sort(names)
	if want := []string{"archive", "content", "contents of a backup", "database of a backup", "manifest", "runs", "state"}; !slices.Equal(names, want) {
		t.Fatalf("the files are %q, not %q", names, want)
	}
	var list []fileDamage
	for i := range *bitFlips + max(len(names), *bitFlips/10) {
		files := sorts[names[i%len(names)]]
		list = append(list, drawInFile(draw, files[draw.IntN(len(files))], i, i >= *bitFlips))
	}
	inWorkers(list, func(n int) func(fileDamage) {
		w := s.newWorker(t, n)
		before := w.told()
		if got := bitRun(filepath.Join(filepath.Dir(w.dir), "none"), "init"); got.code != 0 {
			t.Errorf("init: %s", got.stderr)
		}
		return func(d fileDamage) {
			became, detail := w.tryFile(d, before)
			tallies[d.file.sort].add(t, d.bitDamage, became, detail)
		}
	})
	for _, sort := range names {
		t.Logf("%s: %v", sort, tallies[sort].counts)
	}
}

// filesBeside gives the files beside the database by what they are. Manifests of earlier versions have no seal.
func filesBeside(t *testing.T, dir string) map[string][]bitFile {
	t.Helper()
	sorts := map[string][]bitFile{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if sort := sortOf(filepath.ToSlash(name), text); sort != "" {
			sorts[sort] = append(sorts[sort], bitFile{name, sort, text})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sorts
}

func sortOf(name string, text []byte) string {
	base := filepath.Base(name)
	switch {
	case len(text) == 0 || strings.HasPrefix(base, ".") || strings.HasPrefix(name, "store."):
		return "" // locks, whose files the contents are, and the database
	case name == "all.zip":
		return "archive"
	case strings.HasPrefix(name, "blobs/"):
		return "content"
	case base == "runs.json":
		return "runs"
	case strings.HasSuffix(base, ".contents.zst"):
		return "contents of a backup"
	case strings.HasSuffix(base, ".db.zst"):
		return "database of a backup"
	case strings.HasSuffix(base, ".state.json"):
		return "state"
	case bytes.HasPrefix(text, []byte(`{"sha256":`)):
		return "manifest"
	}
	return ""
}

type fileDamage struct {
	bitDamage
	file bitFile
}

// drawInFile draws a bit, or a piece that is written over.
func drawInFile(draw *rand.Rand, file bitFile, i int, piece bool) fileDamage {
	at := draw.IntN(len(file.text))
	d := fileDamage{bitDamage{at: at, text: []byte{file.text[at] ^ 1<<draw.IntN(8)}}, file}
	what := "flip"
	if piece {
		what = "piece"
		d.at = at / bitPage * bitPage
		was := file.text[d.at:min(d.at+bitPage, len(file.text))]
		d.text = make([]byte, len(was))
		switch from := draw.IntN(len(file.text)); draw.IntN(3) {
		case 0:
			for j := range d.text {
				d.text[j] = byte(draw.Uint32())
			}
		case 1:
			copy(d.text, file.text[from:])
		}
		if bytes.Equal(d.text, was) {
			d.text[0] ^= 1
		}
	}
	d.name = fmt.Sprintf("%s %d: %d bytes at %d of %s", what, i, len(d.text), d.at, file.name)
	return d
}

// told is what a store tells of its contents and backups.
func (w *bitWorker) told() string {
	var b strings.Builder
	for _, args := range [][]string{{"backup", "list", "--json"}, {"backup", "show", "latest", "--json"}, {"blob", "list", "-o", "csv"}, {"blob", "stats", "--json"}} {
		got := bitRun(w.dir, append([]string{"--read-only"}, args...)...)
		fmt.Fprintln(&b, got.code, got.broken, got.stdout)
	}
	return b.String()
}

// tryFile damages a file, looks what becomes of it, and undoes it.
func (w *bitWorker) tryFile(d fileDamage, before string) (became, detail string) {
	defer dropLog(w.dir)
	path := filepath.Join(w.dir, d.file.name)
	if err := errors.Join(os.Chmod(path, 0o600), writeAt(path, d.at, d.text)); err != nil {
		return bitMissed, err.Error()
	}
	switch d.file.sort {
	case "archive":
		became, detail = w.lookArchive(path, d.file.text)
	case "runs":
		became, detail = w.lookRuns()
	default:
		if became, detail = w.ask([]int{3, 13}, "check", "--json", "--only", "blobs,backups"); became == bitMissed {
			became, detail = w.ask([]int{13, 14}, "backup", "verify", "--all")
		}
	}
	if became == bitMissed {
		if now := w.told(); now != before {
			detail += "; what is told differs: " + firstDifference(before, now)
		}
	}
	if err := errors.Join(os.Remove(path), os.WriteFile(path, d.file.text, 0o600)); err != nil {
		return bitMissed, err.Error()
	}
	return became, detail
}

// lookRuns looks whether status says that what it knows of scheduled backups is damaged.
func (w *bitWorker) lookRuns() (became, detail string) {
	got := bitRun(w.dir, "--read-only", "status")
	if got.broken == "" && strings.Contains(got.stdout, "runs.json: is not what was written") {
		return bitFound, ""
	}
	return bitMissed, fmt.Sprintf("status ends with %d %s %s%s", got.code, got.broken, got.stdout, got.stderr)
}

// ask runs a command that ends with one of some codes where it finds the damage.
func (w *bitWorker) ask(codes []int, args ...string) (became, detail string) {
	got := bitRun(w.dir, append([]string{"--read-only"}, args...)...)
	if got.broken == "" && slices.Contains(codes, got.code) {
		return bitFound, ""
	}
	return bitMissed, fmt.Sprintf("%v ends with %d %s %.500s", args, got.code, got.broken, got.stderr)
}

// lookArchive looks what an import says of an archive. Where it says nothing, all files in it are as they were.
func (w *bitWorker) lookArchive(path string, was []byte) (became, detail string) {
	got := bitRun(filepath.Join(filepath.Dir(w.dir), "none"), "import", path, "--dry-run")
	switch {
	case got.broken != "":
		return bitMissed, got.broken
	case slices.Contains([]int{2, 13, 14}, got.code):
		return bitFound, ""
	case got.code != 0 && got.code != 3:
		return bitMissed, fmt.Sprintf("import ends with %d: %.500s", got.code, got.stderr)
	}
	is, err := os.ReadFile(path)
	if err != nil {
		return bitMissed, err.Error()
	}
	if want, now := membersOf(was), membersOf(is); want != now {
		return bitMissed, fmt.Sprintf("import ends with %d, and the archive differs: %s", got.code, firstDifference(want, now))
	}
	return bitNoneIt, ""
}

// membersOf is all that a zip file holds.
func membersOf(file []byte) string {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return err.Error()
		}
		text, err := io.ReadAll(r)
		fmt.Fprintf(&b, "%s %v %q\n", f.Name, errors.Join(err, r.Close()), text)
	}
	return b.String()
}
