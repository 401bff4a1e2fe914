package importexport_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// ourInputs are exports of one store in every form.
func ourInputs(t *testing.T) (list []*damageInput) {
	s := filled(t)
	var whole string // what the archive brings
	for _, form := range importexport.Formats() {
		opt := importexport.Options{Trash: true}
		if form == importexport.FormatCSV {
			opt.Kinds = []string{"notes"}
		}
		var out bytes.Buffer
		_, err := importexport.Export(t.Context(), s, &out, form, "2026-11-01T10:00:00.000Z", opt)
		fatal(t, err)
		in := &damageInput{name: "our." + string(form), text: out.Bytes()}
		switch form {
		case importexport.FormatArchive:
			whole = dump(t, s)
			in.hold = func(t testing.TB, s *repo.Store, d *damaged) { holdArchive(t, s, d, whole) }
		case importexport.FormatCSV, importexport.FormatMarkdown:
			in.hold = func(t testing.TB, s *repo.Store, d *damaged) {
				if _, ok := importedOurs(t, s, d); ok {
					t.Error("it was imported, and holds no records that can be")
				}
			}
		default:
			in.hold = holdJSON
		}
		list = append(list, in, in, in) // as often as all of the legacy data's
	}
	return list
}

// importedOurs imports the file. It tells whether the import said that all is well.
func importedOurs(t testing.TB, s *repo.Store, d *damaged) (importexport.Imported, bool) {
	ctx, cancel := context.WithTimeout(t.Context(), damageTime)
	defer cancel()
	res, err := importexport.Import(ctx, s, d.path, importexport.ImportOptions{})
	if errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	whole := len(d.told) == 0 && !slices.Contains([]string{"our.csv", "our.markdown"}, d.damageInput.name)
	if err != nil && whole {
		t.Errorf("undamaged: %v", err)
	}
	return res, err == nil && len(res.Missing) == 0
}

// holdJSON holds what the JSON forms promise.
func holdJSON(t testing.TB, s *repo.Store, d *damaged) {
	res, ok := importedOurs(t, s, d)
	if !ok {
		return
	}
	wanted, err := readOurs(plainText(d.text))
	if err != nil {
		t.Errorf("it was imported as a whole %s, though %v", res.Format, err)
		return
	}
	if len(wanted) == 0 && len(bytes.TrimSpace(d.text)) > 0 {
		read := 0
		for _, c := range res.Collections {
			read += c.Read
		}
		if read == 0 {
			t.Error("nothing was read of a file that is not empty")
		}
	}
	wantKept(t, statesIn(t, s, contentTexts(t.Context(), s)), wanted)
}

// readOurs reads a document or lines as the forms are described. An error says what an
// import must refuse.
func readOurs(text []byte) ([]wantedRecord, error) {
	var first struct {
		Kind json.RawMessage `json:"_kind"`
	}
	if json.Valid(text) && json.Unmarshal(text, &first) == nil && first.Kind == nil {
		return readDocument(text)
	}
	var list []wantedRecord
	for i, line := range bytes.Split(text, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		w, err := readOwn(fmt.Sprint("line ", i+1), "", line)
		if err != nil {
			return nil, fmt.Errorf("line %d is no record: %w", i+1, err)
		}
		list = append(list, w)
	}
	return list, nil
}

func readDocument(text []byte) (list []wantedRecord, err error) {
	err = eachMemberOf(text, func(name string, value json.RawMessage) error {
		known := slices.Contains(importexport.Kinds(), name)
		var items []json.RawMessage
		isList := json.Unmarshal(value, &items) == nil && items != nil
		switch {
		case known && !isList:
			return fmt.Errorf("%s is no list", name)
		case known:
			k, err := repo.KindOf(name)
			if err != nil {
				return err
			}
			for i, item := range items {
				w, err := readOwn(fmt.Sprint(name, "/", i), k.Name, item)
				if err != nil {
					return fmt.Errorf("%s/%d is no record: %w", name, i, err)
				}
				list = append(list, w)
			}
		case name == "aiSettings" || name == "preferences":
			if c, _ := testdb.Canon(value); c != "{}" {
				list = append(list, wantedRecord{place: name, kind: repo.KindSetting, raw: fmt.Appendf(nil, `{"_key":%q,"_value":%s}`, name, value)})
			}
		case isList && len(items) > 0 || value[0] == '{' && len(value) > 2:
			return fmt.Errorf("%q holds values and is no kind", name)
		}
		return nil
	})
	return list, err
}

// readOwn reads a record with the members that an export adds.
func readOwn(place, kind string, raw []byte) (w wantedRecord, err error) {
	w = wantedRecord{place: place, kind: kind}
	if !json.Valid(raw) {
		return w, errors.New("not JSON")
	}
	var rest []string
	own := map[string]json.RawMessage{}
	err = eachMemberOf(raw, func(name string, value json.RawMessage) error {
		if slices.Contains([]string{"_kind", "_rev", "_trash", "_file", "_blob", "_missing"}, name) {
			own[name] = value
		} else {
			rest = append(rest, string(quoted(name))+":"+string(value))
		}
		return nil
	})
	w.raw = []byte("{" + strings.Join(rest, ",") + "}")
	if err != nil {
		return w, err
	}
	if kind == "" {
		var name string
		if err := json.Unmarshal(own["_kind"], &name); err != nil {
			return w, errors.New("no _kind")
		}
		k, err := repo.KindOf(name)
		if err != nil {
			return w, err
		}
		w.kind = k.Name
	}
	w.holds, err = ownHolds(own)
	return w, err
}

// ownHolds says what the members that an export adds want of a record in the store.
func ownHolds(own map[string]json.RawMessage) (func(repo.Kind, any) error, error) {
	var trash struct{ At, Reason string }
	var file struct{ SHA256, Form, Base64 string }
	if raw, ok := own["_trash"]; ok && json.Unmarshal(raw, &trash) != nil {
		return nil, errors.New("_trash is odd")
	}
	if raw, ok := own["_file"]; ok && json.Unmarshal(raw, &file) != nil {
		return nil, errors.New("_file is odd")
	}
	return func(k repo.Kind, value any) error {
		if !k.IsEntity() {
			return nil
		}
		if h := k.Head(value); string(h.TrashedAt) != trash.At || h.TrashReason != trash.Reason {
			return fmt.Errorf("it is in the trash since %q (%s), the file says %q (%s)", h.TrashedAt, h.TrashReason, trash.At, trash.Reason)
		}
		a, ok := value.(*schema.Attachment)
		if _, has := own["_file"]; !has {
			return nil
		}
		data, err := base64.StdEncoding.DecodeString(file.Base64)
		sum := sha256.Sum256(data)
		if !ok || err != nil || a.File.Blob != hex.EncodeToString(sum[:]) || a.File.Form != file.Form {
			return fmt.Errorf("it has not the file that stands in _file (%v)", err)
		}
		return nil
	}, nil
}

// holdArchive holds what an archive promises: its manifest knows every byte.
func holdArchive(t testing.TB, s *repo.Store, d *damaged, whole string) {
	if _, ok := importedOurs(t, s, d); !ok {
		return
	}
	wanted, err := readArchive(d.text)
	if err != nil {
		t.Errorf("it was imported, though %v", err)
		return
	}
	wantKept(t, statesIn(t, s, schema.EncodeOptions{Refs: true}), wanted)
	if tt, ok := t.(*testing.T); ok && !t.Failed() {
		wantSame(tt, dump(tt, s), whole)
	}
}

func readArchive(text []byte) ([]wantedRecord, error) { return readMembers(text, readArchiveLines) }

func readArchiveLines(name string, data []byte) (list []wantedRecord, err error) {
	if path.Dir(name) != "records" {
		return nil, nil
	}
	for i, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		var record struct {
			Key           string
			Record, Value json.RawMessage
		}
		if err := json.Unmarshal(line, &record); err != nil {
			return nil, fmt.Errorf("line %d: %w", i, err)
		}
		raw := []byte(record.Record)
		if raw == nil {
			raw = fmt.Appendf(nil, `{"_key":%s,"_value":%s}`, quoted(record.Key), record.Value)
		}
		list = append(list, wantedRecord{place: fmt.Sprint(name, "/", i), raw: raw})
	}
	return list, nil
}
