package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// unitRows are the rows that are held one against the other, without what is another in a store that was repaired.
var unitRows = map[string]string{
	"revisions":      "kind, id, rev, part, change, origin, at, source, sha256, encoding, body",
	"tombstones":     "kind, id, rev, purged_at",
	"quarantine":     "run_pk, file, pointer, code, reason, blob, size, added_at",
	"legacy_runs":    "pk, source, sha256, started_at, finished_at, verified, report",
	"legacy_files":   "run_pk, part, files",
	"legacy_steps":   "run_pk, version, done_at",
	"legacy_records": "run_pk, file, pointer, collection, id, sha256, disposition, rank, time, rev",
	"blobs":          "sha256, size",
}

// unitsOf gives the records of a store, each with all that it has, and its other rows, each under the name of its kind
// or table. Of a damaged store it gives what can be read, and an error.
func unitsOf(dir string) (units map[string]bool, err error) {
	defer dropLog(dir)
	units = map[string]bool{}
	export := bitRun(dir, "--read-only", "export", "--format", "ndjson", "-f", "-")
	if export.code != 0 || export.broken != "" {
		err = fmt.Errorf("export: exit %d, %s %s", export.code, export.broken, export.stderr)
	}
	for line := range strings.Lines(export.stdout) {
		var record map[string]any
		if json.Unmarshal([]byte(line), &record) != nil {
			continue // it was cut off
		}
		delete(record, "_rev")
		text, failed := json.Marshal(record)
		units[fmt.Sprintf("%v %s", record["_kind"], text)] = true
		err = errors.Join(err, failed)
	}
	db, failed := openRaw(dir)
	if failed != nil {
		return units, errors.Join(err, failed)
	}
	for table, columns := range unitRows {
		list, _, failed := rawRows(db, fmt.Sprintf("(SELECT %s FROM %s)", columns, table))
		err = errors.Join(err, failed)
		for _, row := range list {
			units[table+" "+row] = true
		}
	}
	return units, errors.Join(err, db.Close())
}

// touches tells whether a page holds rows of a unit itself, and not an index or something else.
func touches(use bitUse, unit string) bool {
	kind, _, _ := strings.Cut(unit, " ")
	plural := kind + "s"
	if kind == "company" {
		plural = "companies"
	}
	return use.Name == kind || use.Name == plural || strings.HasPrefix(use.Name, kind+"_") && !strings.Contains(use.Name, "_by_")
}

// mended is what became of a damaged store.
type mended struct {
	unread, healed, lost int // units
	restored             bool
}

// repairAll repairs damages, each in a store of its own.
func (s *bitStore) repairAll(t *testing.T, list []bitDamage) {
	t.Helper()
	var mu sync.Mutex
	var all mended
	whole, restored := 0, 0
	inWorkers(list, func(n int) func(bitDamage) {
		return func(d bitDamage) {
			dir := filepath.Join(t.TempDir(), "store")
			m, story := s.mend(dir, d)
			if story != "" {
				t.Errorf("%s: %s", d.name, story)
			}
			mu.Lock()
			defer mu.Unlock()
			all.unread, all.healed, all.lost = all.unread+m.unread, all.healed+m.healed, all.lost+m.lost
			if m.lost == 0 {
				whole++
			}
			if m.restored {
				restored++
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Error(err)
			}
		}
	})
	t.Logf("of %d damages %d were repaired without a loss, %d by a restore; of %d records and rows, %d could not be read somewhere or were others, %d of them are back, %d lost",
		len(list), whole, restored, len(s.units), all.unread, all.healed, all.lost)
}

// mend damages a copy of the store and repairs it. Every record and row must be there that a backup has or that was
// not in the damaged page, unless that was one of the list of tables, without which nothing tells where the rest is:
// then a backup is put back. story says what was not so.
func (s *bitStore) mend(dir string, d bitDamage) (m mended, story string) {
	if err := errors.Join(os.CopyFS(dir, os.DirFS(s.dir)), writeAt(filepath.Join(dir, "store.db"), d.at, d.text)); err != nil {
		return m, err.Error()
	}
	before, _ := unitsOf(dir) // as far as it can be read
	m.restored, story = followFixes(dir)
	after, err := unitsOf(dir)
	if story == "" && err != nil {
		story = err.Error()
	}
	use := s.pages[d.page()]
	for _, unit := range slices.Sorted(maps.Keys(s.units)) {
		if !before[unit] {
			m.unread++
		}
		switch {
		case after[unit] && !before[unit]:
			m.healed++
		case after[unit]:
		default:
			m.lost++
			if s.ofBackup[unit] || !touches(use, unit) && use.Name != "sqlite_schema" {
				story += fmt.Sprintf("\nlost, and the backup has it: %v, in a page of %s: %.300s", s.ofBackup[unit], use, unit)
			}
		}
	}
	if use.Type == "leaf" && use.Name != "sqlite_schema" && m.lost > max(1, use.Cells) {
		story += fmt.Sprintf("\n%d are lost, and the page had %d", m.lost, use.Cells)
	}
	return m, story
}

// followFixes repairs a store, and does then what check prints, until it finds nothing. A restore comes last.
func followFixes(dir string) (restored bool, story string) {
	fixes := []string{"storectl repair all"}
	for range 5 {
		for _, fix := range fixes {
			restored = restored || strings.Contains(fix, "backup restore")
			args := strings.Fields(strings.ReplaceAll(fix, "--store "+dir, ""))[1:]
			got := bitRun(dir, append(args, "--yes")...)
			story += fmt.Sprintf("\n%s: exit %d, %.500s%.500s", fix, got.code, got.stdout, got.stderr)
			if got.broken != "" {
				return restored, story + got.broken
			}
		}
		got := bitRun(dir, "check", "--json")
		if got.code == 0 {
			return restored, ""
		}
		if fixes = fixesOf(got); len(fixes) == 0 || got.broken != "" {
			return restored, fmt.Sprintf("%s\ncheck: exit %d %s %s%s", story, got.code, got.broken, got.stdout, got.stderr)
		}
		story += "\ncheck: " + got.stdout
	}
	return restored, story + "\nthe hints do not come to an end"
}

// fixesOf are the commands that check prints. While there are others, none is a restore.
func fixesOf(checked bitResult) (list []string) {
	var report struct {
		Problems []struct{ Severity, Fix string }
		Error    struct{ Hint string }
	}
	if json.Unmarshal([]byte(checked.stdout), &report) != nil {
		return nil
	}
	for _, p := range report.Problems {
		if p.Severity != "note" && strings.HasPrefix(p.Fix, "storectl ") && !slices.Contains(list, p.Fix) {
			list = append(list, p.Fix)
		}
	}
	isRestore := func(fix string) bool { return strings.Contains(fix, "backup restore") }
	if others := slices.DeleteFunc(slices.Clone(list), isRestore); len(others) > 0 {
		return others
	}
	return list
}
