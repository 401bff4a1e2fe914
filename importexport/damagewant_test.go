package importexport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"unicode/utf16"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// wantedRecord is a record that can be read in a damaged file.
type wantedRecord struct {
	place string
	kind  string // "" is any
	raw   []byte
	// holds, if set, says what else must be true of the record in the store.
	holds func(kind repo.Kind, value any) error
}

// keptState is one state that a store has of a record.
type keptState struct {
	kind    repo.Kind
	value   any
	members map[string]bool
}

// statesIn gives all states of all records: live, in the trash, and those of the history.
func statesIn(t testing.TB, s *repo.Store, opt schema.EncodeOptions) (list []keptState) {
	t.Helper()
	ctx := t.Context()
	add := func(k repo.Kind, value any) {
		text, err := k.Encode(value, opt)
		fatal(t, err)
		if v, ok := value.(*schema.Setting); ok {
			text = fmt.Appendf(nil, `{"_key":%s,"_value":%s}`, quoted(v.Key), text)
		}
		members, err := membersIn(text)
		if err != nil {
			t.Errorf("%s in the store: %v in %.300s", k.Name, err, text)
		}
		list = append(list, keptState{k, value, members})
	}
	for _, k := range repo.Kinds() {
		for _, trash := range []bool{false, true} {
			if trash && !k.IsEntity() {
				continue
			}
			for v, err := range k.In(&s.Repos).All(ctx, repo.Query{Trash: trash}, repo.Full) {
				fatal(t, err)
				add(k, v)
				if !k.IsEntity() {
					continue
				}
				past, err := k.In(&s.Repos).Revs(ctx, k.Head(v).ID)
				fatal(t, err)
				for _, name := range past {
					rev, err := repo.ParseRev(name)
					fatal(t, err)
					if old, err := k.In(&s.Repos).At(ctx, k.Head(v).ID, rev); err == nil {
						add(k, old)
					}
				}
			}
		}
	}
	return list
}

func quoted(text string) []byte {
	out, _ := json.Marshal(text)
	return out
}

// contentTexts writes contents as they stood in a record.
func contentTexts(ctx context.Context, s *repo.Store) schema.EncodeOptions {
	return schema.EncodeOptions{Content: func(c schema.Content) (string, bool, error) {
		text, err := s.Contents.Text(ctx, c)
		if errors.Is(err, repo.ErrNotFound) {
			return "", false, nil
		}
		return text, err == nil, err
	}}
}

// membersIn gives the members of an object, each as its name and value; those of null and
// an empty id do not count.
func membersIn(raw []byte) (map[string]bool, error) {
	all := map[string]bool{}
	err := eachMemberOf(raw, func(name string, value json.RawMessage) error {
		text, err := testdb.Canon(value)
		if string(value) != "null" && !(name == "id" && text == `""`) {
			all[name+"="+text] = true
		}
		return err
	})
	return all, err
}

// eachMemberOf goes through the members of an object, those of one name too.
func eachMemberOf(raw []byte, fn func(name string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return fmt.Errorf("no object: %v", err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := fn(name.(string), value); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more after the object")
	}
	return nil
}

// wantKept wants each record whole in one state that the store has.
func wantKept(t testing.TB, states []keptState, wanted []wantedRecord) {
	t.Helper()
	lost := 0
	for _, w := range wanted {
		err := w.kept(states)
		if err == nil {
			continue
		}
		if lost++; lost < 3 {
			t.Errorf("%s: %v: %.200q", w.place, err, w.raw)
		}
	}
	if lost > 2 {
		t.Errorf("%d of %d records are lost", lost, len(wanted))
	}
}

func (w wantedRecord) kept(states []keptState) error {
	members, err := membersIn(w.raw)
	if err != nil {
		return err
	}
	most, missing := -1, "it is not in the store"
next:
	for _, s := range states {
		if w.kind != "" && s.kind.Name != w.kind {
			continue
		}
		n := 0
		for m := range members {
			if s.members[m] {
				n++
			}
		}
		if n == len(members) {
			if w.holds != nil {
				if err := w.holds(s.kind, s.value); err != nil {
					missing, most = err.Error(), n
					continue next
				}
			}
			return nil
		}
		if n > most {
			most = n
			for m := range members {
				if !s.members[m] {
					missing = fmt.Sprintf("the nearest, %s, is without %.200q", idText(s), m)
				}
			}
		}
	}
	return errors.New(missing)
}

func idText(s keptState) string {
	if v, ok := s.value.(*schema.Setting); ok {
		return "setting " + v.Key
	}
	return s.kind.Name + " " + s.kind.Head(s.value).ID
}

// plainText is a text without its byte order mark, in UTF-8.
func plainText(text []byte) []byte {
	switch {
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
		return text[3:]
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		big := text[0] == 0xfe
		var units []uint16
		for i := 2; i+1 < len(text); i += 2 {
			u := uint16(text[i+1])<<8 | uint16(text[i])
			if big {
				u = u>>8 | u<<8
			}
			units = append(units, u)
		}
		return []byte(string(utf16.Decode(units)))
	}
	return text
}
