package importexport_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"taskstore/importexport"
	"taskstore/internal/testdb"
	"taskstore/schema"
)

// TestCell: what a spreadsheet would run is made text; numbers and all else stay.
func TestCell(t *testing.T) {
	for _, same := range []string{"", "a=b", " =1", "-5", "+1.5e3", "-0.25", "'x", "1+1", "é"} {
		if got := importexport.Cell(same); got != same {
			t.Errorf("%q became %q", same, got)
		}
	}
	for _, runs := range []string{"=1", "=cmd|' /C calc'!A0", "+49 170", "-1+1|x", "-", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－x", "＠x", "- item"} {
		if got := importexport.Cell(runs); got != "'"+runs {
			t.Errorf("%q became %q", runs, got)
		}
	}
}

// TestCSVCells: no cell of an export is a formula, unless it is asked for raw.
func TestCSVCells(t *testing.T) {
	store := testdb.Open(t)
	runs := "=cmd|' /C calc'!A0"
	note := schema.Note{Head: schema.Head{ID: "-n"}, Title: runs, Content: "@x\n=1", Tags: []string{"+a", "b"}}
	if err := store.Notes.Save(t.Context(), &note); err != nil {
		t.Fatal(err)
	}
	if err := store.Settings.Save(t.Context(), &schema.Setting{Key: "=k", Value: "-5"}); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"notes", "settings"} {
		for _, raw := range []bool{false, true} {
			var out bytes.Buffer
			opt := importexport.Options{Kinds: []string{kind}, Raw: raw}
			if _, err := importexport.Export(t.Context(), store, &out, importexport.FormatCSV, schema.TimeOf(time.Now()), opt); err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(&out).ReadAll()
			if err != nil || len(rows) != 2 {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			armed := 0
			for _, cell := range rows[1] {
				if importexport.Cell(cell) != cell {
					armed++
				}
			}
			if raw == (armed == 0) {
				t.Errorf("%s, raw %v: %q", kind, raw, rows[1])
			}
			if kind == "notes" && !raw && !strings.Contains(strings.Join(rows[1], "\n"), "'"+runs) {
				t.Errorf("the title is gone: %q", rows[1])
			}
		}
	}
}
