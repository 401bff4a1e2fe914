package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"taskstore/importexport/legacy/record"

	"github.com/google/go-cmp/cmp"
)

func filesOf(list ...File) (l Files) {
	for _, f := range list {
		l.Add(f)
	}
	return l
}

// manyFiles are n files with names and hashes as they are, one of which is damaged.
func manyFiles(n, damaged int) (list []File) {
	for i := range n {
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
		text := hex.EncodeToString(sum[:])
		f := File{Path: fmt.Sprintf("db/entities/notes/note-%s.json", text[:24]), Format: "entity", Status: record.StatusOK, Records: 1, Bytes: int64(i),
			SHA256: text, Warnings: []WarningReport{}}
		if i == damaged {
			f.Status, f.Warnings, f.More = record.StatusPartial, []WarningReport{{Code: "truncated", Detail: "é\u2028<"}}, map[string]int{"truncated": 3}
		}
		list = append(list, f)
	}
	return list
}

// The list gives the files that it was given, whatever their number, as a list that is not
// packed would.
func TestFiles(t *testing.T) {
	for _, n := range []int{0, 1, FilesInPart - 1, FilesInPart, FilesInPart + 1, 2*FilesInPart + 500} {
		want := manyFiles(n, n-1)
		l := filesOf(want...)
		if got := slices.Collect(l.All()); l.Len() != n || !cmp.Equal(got, want) {
			t.Errorf("%d files: %d, %s", n, l.Len(), cmp.Diff(got, want))
		}
		text, err := json.Marshal(l)
		var back []File
		var packed Files
		if err != nil || json.Unmarshal(text, &back) != nil || len(back) != n || n > 0 && !cmp.Equal(back, want) {
			t.Errorf("%d files as JSON: %v", n, err)
		}
		for part := range l.Parts() {
			if err := json.Unmarshal([]byte(part), &packed); err != nil {
				t.Error(err)
			}
		}
		if got := slices.Collect(packed.All()); n > 0 && !cmp.Equal(got, want) {
			t.Errorf("%d files read part by part differ", n)
		}
		if got := slices.Collect(l.Notable()); n > 0 && (len(got) != 1 || !cmp.Equal(got[0], want[n-1])) {
			t.Errorf("%d files: of note are %v", n, got)
		}
	}
	if parts := slices.Collect(Files{}.Parts()); parts != nil {
		t.Errorf("no files have parts: %v", parts)
	}
}

// A file takes little more than its hash and what is its own of its name.
func TestFilesArePacked(t *testing.T) {
	const n = 20 * FilesInPart
	l, size := filesOf(manyFiles(n, -1)...), 0
	for _, p := range l.packed {
		size += cap(p.text)
	}
	if len(l.packed) != n/FilesInPart-1 || len(l.last) != FilesInPart || size > 80*n {
		t.Errorf("%d files are %d packed parts of %d bytes and %d more files", n, len(l.packed), size, len(l.last))
	}
}
