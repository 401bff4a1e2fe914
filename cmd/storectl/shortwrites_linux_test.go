package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var (
	shortDraws = flag.Int("short.writes", 0, "on how many disks that get full each command writes, drawn; 0 is one for two commands")
	shortSeed  = flag.Uint64("short.seed", 1, "of the draw")
)

// onFullDisk runs a command with a file system of its own mounted over the directory $1, with what is in it and room for
// $2 pages of 4 KB; then its files are as they were left, with room.
const onFullDisk = `set -e
top=$1 pages=$2 work=$3; shift 3
mount -t tmpfs -o size=$(($(du -sk "$top" | cut -f1) * 2 + 4096))k none "$work"
cp -a "$top/." "$work"
mkdir "$work/filler"
free=$(df --output=avail -B4096 "$work" | tail -1)
head -c $(((free - pages) * 4096)) /dev/zero > "$work/filler/zeros"
mount --bind "$work" "$top"
code=0
"$@" || code=$?
umount "$top"
rm -r "$work/filler"
find "$top" -mindepth 1 -delete
cp -a "$work/." "$top"
exit $code
`

// TestShortWrites: where a disk gets full in the midst of a write, so that the system has written less than it was given, a command
// says so in a line, nothing that was there is lost, and done again with room it does the whole.
func TestShortWrites(t *testing.T) {
	if out, err := exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "none", t.TempDir()).CombinedOutput(); err != nil {
		t.Skipf("skipped: no file system can be mounted here: %v %s", err, out)
	}
	from := template(t)
	for i, j := range jobs() {
		draws := *shortDraws
		if draws == 0 && (j.name == "put" || j.name == "export") {
			draws = 1
		}
		if draws == 0 {
			continue
		}
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			want := j.undisturbed(t, from)
			draw := rand.New(rand.NewPCG(*shortSeed, uint64(i)))
			for range draws {
				pages := draw.IntN(1 << draw.IntN(9)) // few as often as many
				t.Run(fmt.Sprint(pages), func(t *testing.T) { j.shortOf(t, from, want, pages) })
			}
		})
	}
}

func (j job) shortOf(t *testing.T, from ground, want expected, pages int) {
	p := j.prepared(t, from)
	args := []string{"-rm", "sh", "-c", onFullDisk, "sh", filepath.Dir(p.store), fmt.Sprint(pages), t.TempDir(), "storectl"}
	cmd := exec.Command("unshare", append(args, j.command(p)...)...)
	cmd.Env = append(os.Environ(), "TMPDIR=/tmp")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil || strings.Contains(stderr.String(), "mount: ") {
		t.Fatal(err, stderr.String())
	}
	got := result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	t.Logf("exit %d: %s", got.code, got.stderr)
	plainError(t, want, got)
	if got.code != want.code && !strings.Contains(got.stderr, "full") && !strings.Contains(got.stderr, "no space") {
		t.Errorf("it does not say that the disk is full: %s", got.stderr)
	}
	j.outlives(t, p, want, got.code == want.code, got.stdout+got.stderr)
}
