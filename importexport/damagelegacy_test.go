package importexport_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport"
	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

const (
	largestDraw = 300 << 10 // larger files would take most of the time
	sampleDir   = "legacy/testdata"
)

// legacyInputs are the files of the sample and, where it is named, of the legacy data, each
// to be imported alone.
func legacyInputs(t *testing.T) (list []*damageInput) {
	dirs := []string{sampleDir}
	if os.Getenv("TASKSTORE_LEGACY_DATA") != "" {
		dirs = append(dirs, testdb.LegacyData(t))
	}
	for _, dir := range dirs {
		fatal(t, filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !drawn(name) {
				return err
			}
			info, err := e.Info()
			if err != nil || info.Size() > largestDraw {
				return err
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(dir, name)
			list = append(list, &damageInput{name: filepath.ToSlash(rel), text: text, hold: holdLegacy})
			return err
		}))
	}
	return list
}

// drawn leaves out what there are a thousand of, and what is no data of the app.
func drawn(name string) bool {
	base := path.Base(filepath.ToSlash(name))
	many := strings.Contains(name, "attachments") || strings.Contains(base, "-index.") || strings.HasPrefix(base, "attachment_refs") || strings.HasPrefix(base, "expected")
	return !many && slices.Contains([]string{".json", ".zip", ".log"}, filepath.Ext(base))
}

// holdLegacy holds what an import of the legacy app's files promises.
func holdLegacy(t testing.TB, s *repo.Store, d *damaged) {
	ctx, cancel := context.WithTimeout(t.Context(), damageTime)
	defer cancel()
	r, err := legacy.Import(ctx, s, d.path, legacy.Options{})
	if errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if err != nil {
		if len(d.told) == 0 && !errors.Is(err, legacy.ErrNotLegacy) {
			t.Errorf("undamaged: %v", err)
		}
		return
	}
	if !r.Verified {
		t.Errorf("it was not verified: %v", r.Warnings)
	}
	if r.Findings() {
		return
	}
	wanted, err := readLegacy(d.damageInput.name, d.text)
	if err != nil {
		t.Errorf("the report has no findings (%s), though %v", told(r), err)
		return
	}
	wantKept(t, statesIn(t, s, contentTexts(t.Context(), s)), wanted)
	if t.Failed() {
		t.Log(told(r))
	}
}

// told is what a report says.
func told(r legacy.Report) string {
	var list []string
	for f := range r.Files.All() {
		list = append(list, fmt.Sprintf("%s %s %s %d records %v", f.Path, f.Format, f.Status, f.Records, f.Warnings))
	}
	return strings.Join(list, "; ")
}

// readLegacy finds the records of collections in a file: in a zip, in wrappers, in the lists
// of a document. An error says what no import can have read without a finding.
func readLegacy(name string, text []byte) ([]wantedRecord, error) {
	if filepath.Ext(name) == ".log" {
		return nil, nil // other tests know what a log says
	}
	if filepath.Ext(name) == ".zip" {
		return readLegacyZip(text)
	}
	text = bytes.TrimSpace(plainText(text))
	if !json.Valid(text) {
		return nil, errors.New("it is no JSON")
	}
	key, _, _ := strings.Cut(path.Base(name), ".")
	return readLegacyValue(name, key, text, 8)
}

func readLegacyZip(text []byte) ([]wantedRecord, error) {
	return readMembers(text, func(name string, data []byte) ([]wantedRecord, error) {
		if path.Ext(name) != ".json" {
			return nil, nil // an unknown file is named in the report
		}
		return readLegacy(name, data)
	})
}

// readMembers gives what read gives for all files in a zip.
func readMembers(text []byte, read func(name string, data []byte) ([]wantedRecord, error)) (list []wantedRecord, err error) {
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, err
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		in, err := read(f.Name, data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		list = append(list, in...)
	}
	return list, nil
}

// isCollection tells whether a key is one of entities.
func isCollection(key string) bool { return slices.Contains(importexport.LegacyKinds(), key) }

func readLegacyValue(place, key string, raw []byte, depth int) (list []wantedRecord, err error) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) == nil && items != nil {
		for i, item := range items {
			if isCollection(key) && item[0] == '{' {
				list = append(list, wantedRecord{place: fmt.Sprint(place, "/", i), raw: item})
			}
		}
		return list, nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil && isCollection(key) && depth > 0 {
		inner := []byte(text)
		if strings.HasPrefix(text, packedMark) {
			if inner, err = unpacked(text); err != nil {
				return nil, fmt.Errorf("%s: what is packed in it: %w", place, err)
			}
		}
		if inner = bytes.TrimSpace(plainText(inner)); len(inner) == 0 {
			return nil, nil
		}
		if !json.Valid(inner) {
			return nil, fmt.Errorf("%s: the text in it is no JSON", place)
		}
		return readLegacyValue(place, key, inner, depth-1)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || depth == 0 {
		return nil, nil
	}
	if data, ok := members["data"]; ok && members["version"] != nil {
		return readLegacyValue(place, key, data, depth-1)
	}
	if inside, ok := members["collections"]; ok && inside[0] == '{' {
		return readLegacyValue(place+"/collections", key, inside, depth-1)
	}
	for _, name := range importexport.LegacyKinds() {
		if value, ok := members[name]; ok && value[0] == '[' {
			in, err := readLegacyValue(place+"/"+name, name, value, depth-1)
			if err != nil {
				return nil, err
			}
			list = append(list, in...)
		}
	}
	return list, nil
}
