package legacy_test

import (
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/report"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

// fault is what must be true of the store after the import of a faulty directory.
type fault struct {
	Live, Recovered, Missing map[string][]string
	Values                   [][]json.RawMessage // collection, id, path, value
	ConflictValues           map[string]map[string][]string
	MustHaveRelationship     [][3]string // collection, id, id of the other end
	ScreenshotCounts         map[string]int
	Attachments              map[string]string // id → SHA-256
	MissingBlob, Undecodable []string
	OrphanBlob               string
	Replaced                 struct {
		IDs      []string
		TrueHash string
	}
	Report, NoReportFor, RawContains []string
	Synthetic, StrayElements         map[string]int
	Transcript                       *struct {
		ID, SHA256 string
		Bytes      int
	}
	Deep *struct {
		ID     string
		Levels int
	}
	Settings struct{ HasKeys []string }
}

// oneByOne is the directory whose files are imports of their own.
const oneByOne = "34-export-oddities"

var allData = flag.Bool("data.all", false, "import every part of the legacy data twice, and all of it together in two orders")

// TestFaulty imports every faulty directory into a store of its own.
func TestFaulty(t *testing.T) {
	t.Parallel()
	at := filepath.Join(sourcetest.DevData(t), "faulty")
	var all map[string]fault
	if err := json.Unmarshal(must(t, filepath.Join(at, "expected.json")), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 34 {
		t.Errorf("%d faulty directories, want 34", len(all))
	}
	before := tree(t, at)
	t.Cleanup(func() { wantSame(t, "the source", tree(t, at), before) })
	for i, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sources := []string{filepath.Join(at, name)}
			if name == oneByOne {
				sources = filesOf(t, sources[0])
			}
			s := testdb.Open(t)
			found := faultReport{codes: map[string]bool{}}
			if name == oneByOne {
				sources = wantRefused(t, s, sources, "export-html.json")
			}
			for _, path := range sources {
				found.add(importing(t, s, path))
			}
			wantFault(t, s, found, all[name], name == oneByOne)
			if more := moreOfFaults[name]; more != nil {
				more(t, s, sources[0])
			}
			if *allData || i%4 == 1 {
				wantDone(t, s, sources...)
			}
		})
	}
}

// wantDone wants that importing these sources again changes nothing, and that each
// of them verifies.
func wantDone(t *testing.T, s *repo.Store, sources ...string) {
	t.Helper()
	before := dump(t, s)
	for _, path := range sources {
		importing(t, s, path)
	}
	wantSame(t, "imported again", dump(t, s), before)
	for _, path := range sources {
		r, err := legacy.Verify(t.Context(), s, path, legacy.Options{})
		if err != nil {
			t.Errorf("verify %s: %v", path, err)
		}
		wantVerified(t, r)
	}
}

// wantRefused wants that a file is not taken for a source, and gives the others.
func wantRefused(t *testing.T, s *repo.Store, files []string, name string) []string {
	t.Helper()
	i := slices.IndexFunc(files, func(path string) bool { return filepath.Base(path) == name })
	before := dump(t, s)
	if _, err := legacy.Import(t.Context(), s, files[i], legacy.Options{}); !errors.Is(err, legacy.ErrNotLegacy) {
		t.Errorf("%s: %v, want that it is no legacy data", name, err)
	}
	wantSame(t, "after a file that was refused", dump(t, s), before)
	return slices.Delete(files, i, i+1)
}

func filesOf(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, filepath.Join(dir, e.Name()))
	}
	return list
}

// faultReport is what the reports of one or more imports say together.
type faultReport struct {
	codes    map[string]bool
	findings bool
	files    []report.File
}

func (f *faultReport) add(r legacy.Report) {
	for code := range r.Warnings {
		f.codes[code] = true
	}
	f.findings = f.findings || r.Findings()
	f.files = slices.AppendSeq(f.files, r.Files.All())
}

// findingCodes are those of which each needs somebody to look at the report.
var findingCodes = []string{"truncated", "restored-from-backup", "missing-entity", "missing-blob", "undecodable-base64", "wal-uncommitted", "invalid-utf8"}

func wantFault(t *testing.T, s *repo.Store, found faultReport, want fault, more bool) {
	t.Helper()
	wantStates(t, s, want, more)
	wantReport(t, found, want)
	wantValues(t, s, want)
	wantRelations(t, s, want)
	wantAttached(t, s, want)
	wantTexts(t, s, want)
	wantSetAside(t, s, want)
	for _, key := range want.Settings.HasKeys {
		v, err := s.Settings.Get(t.Context(), "settings")
		if err != nil || membersOf(t, []byte(v.Value))[`"`+key] == "" {
			t.Errorf("the settings have no %s (%v)", key, err)
		}
	}
}

func wantReport(t *testing.T, found faultReport, want fault) {
	t.Helper()
	finding := len(want.Recovered)+len(want.Missing)+len(want.MissingBlob)+len(want.Undecodable)+len(want.StrayElements) > 0
	for _, code := range want.Report {
		if !found.codes[code] {
			t.Errorf("%s is not reported: %v", code, slices.Sorted(maps.Keys(found.codes)))
		}
		finding = finding || slices.Contains(findingCodes, code)
	}
	if finding && !found.findings {
		t.Error("the report has no findings")
	}
	if len(want.Report) == 0 && len(want.Settings.HasKeys) == 0 && found.findings {
		t.Errorf("findings without damage: %v", found.codes)
	}
	for _, f := range found.files {
		if slices.Contains(want.NoReportFor, f.Path) && len(f.Warnings) > 0 {
			t.Errorf("%s: %v", f.Path, f.Warnings)
		}
	}
}
