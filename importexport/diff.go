package importexport

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"taskstore/importexport/vault"
	"taskstore/repo"
	"taskstore/schema"
)

// Difference is one record in which two sources differ.
type Difference struct {
	Kind   string               `json:"kind"`
	ID     string               `json:"id"`
	Change string               `json:"change"` // added, removed or changed, seen from A
	Fields []schema.FieldChange `json:"fields"` // of a changed one
}

// DiffResult counts the differences by collection.
type DiffResult struct {
	Equal, Added, Removed, Changed map[string]int
}

// Diff compares two sources, each the directory of a store or what Import
// reads: live records and what is in the trash, with the hashes of their contents,
// not their revisions. found is called for each difference, added ones last.
func Diff(ctx context.Context, a, b string, found func(Difference) error) (res DiffResult, err error) {
	res = DiffResult{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}}
	x, err := openSide(ctx, a)
	if err != nil {
		return res, fmt.Errorf("diff: %s: %w", a, err)
	}
	defer func() { err = errors.Join(err, x.close()) }()
	y, err := openSide(ctx, b)
	if err != nil {
		return res, fmt.Errorf("diff: %s: %w", b, err)
	}
	defer func() { err = errors.Join(err, y.close()) }()
	d := &sideDiff{res: &res, found: found, changed: map[repo.Ref][2][]byte{}}
	if err := d.run(ctx, x, y); err != nil {
		return res, fmt.Errorf("diff: %w", err)
	}
	return res, nil
}

// sideDiff is a comparison at work. It holds a hash for each record, and the
// records that differ.
type sideDiff struct {
	res     *DiffResult
	found   func(Difference) error
	changed map[repo.Ref][2][]byte
}

func (d *sideDiff) run(ctx context.Context, x, y source) error {
	left, err := hashes(ctx, x)
	if err != nil {
		return err
	}
	var added []repo.Ref
	seen := make(map[repo.Ref]bool, len(left))
	err = y.each(ctx, func(it *item) error {
		text, err := it.text()
		if err != nil {
			return err
		}
		ref := it.ref()
		seen[ref] = true
		switch was, there := left[ref]; {
		case !there:
			d.res.Added[it.kind.Plural]++
			added = append(added, ref)
		case was != hashOf(text):
			d.changed[ref] = [2][]byte{nil, text}
		default:
			d.res.Equal[it.kind.Plural]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := x.each(ctx, func(it *item) error { return d.leftSide(it, seen) }); err != nil {
		return err
	}
	for _, ref := range added {
		if err := d.found(Difference{Kind: ref.Kind, ID: ref.ID, Change: "added", Fields: []schema.FieldChange{}}); err != nil {
			return err
		}
	}
	return nil
}

// leftSide tells of a record of the left side that is not equal on the right.
func (d *sideDiff) leftSide(it *item, seen map[repo.Ref]bool) error {
	ref := it.ref()
	diff := Difference{Kind: ref.Kind, ID: ref.ID, Fields: []schema.FieldChange{}}
	pair, changed := d.changed[ref]
	switch {
	case !seen[ref]:
		diff.Change = "removed"
		d.res.Removed[it.kind.Plural]++
	case changed:
		text, err := it.text()
		if err != nil {
			return err
		}
		if diff.Fields, err = schema.Diff(text, pair[1]); err != nil {
			return err
		}
		diff.Change = "changed"
		d.res.Changed[it.kind.Plural]++
		delete(d.changed, ref)
	default:
		return nil
	}
	return d.found(diff)
}

func hashes(ctx context.Context, s source) (map[repo.Ref]string, error) {
	list := map[repo.Ref]string{}
	err := s.each(ctx, func(it *item) error {
		text, err := it.text()
		if err == nil {
			list[it.ref()] = hashOf(text)
		}
		return err
	})
	return list, err
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// text is the canonical JSON of an item: its members in the order of their names.
func (i *item) text() ([]byte, error) {
	text, err := comparable(i.kind, i.value)
	if err != nil {
		return nil, err
	}
	return canonical(text)
}

// canonical sorts the members of a JSON value. What is no JSON stays as it is.
func canonical(text []byte) ([]byte, error) {
	fields, err := schema.Diff(nil, text)
	if err != nil {
		return text, nil
	}
	if len(fields) == 0 {
		return []byte("null"), nil
	}
	return []byte(fields[0].New), nil
}

// comparable is a record with its contents named by their hashes, and with what
// its JSON does not say.
func comparable(k repo.Kind, value any) ([]byte, error) {
	if s, ok := value.(*schema.Setting); ok {
		return []byte(s.Value), nil
	}
	for _, c := range schema.Contents(value) {
		if c.Text != "" {
			nameContent(c)
		}
	}
	text, err := schema.Encode(value, schema.EncodeOptions{Refs: true})
	if err != nil {
		return nil, err
	}
	h := k.Head(value)
	more := struct {
		Trash *trashMark      `json:"_trash,omitempty"`
		File  *schema.Content `json:"_file,omitempty"`
	}{}
	if h.TrashedAt != "" {
		more.Trash = &trashMark{h.TrashedAt, h.TrashReason}
	}
	if a, ok := value.(*schema.Attachment); ok && a.File.Blob != "" {
		more.File = &schema.Content{Blob: a.File.Blob}
	}
	return appended(text, more)
}

// nameContent gives a content that stands as text the name that it will have in
// the store, and keeps the text.
func nameContent(c *schema.Content) {
	data, form, ok := schema.DecodeContent(c.Text)
	if !ok {
		data = []byte(c.Text)
	} else if form == schema.VerbatimForm("") {
		form = schema.VerbatimForm(hashOf([]byte(c.Text)))
	}
	c.Blob, c.Form = hashOf(data), form
}

// storeSource is a store that is read as a source.
type storeSource struct{ store *repo.Store }

// openSide opens one side of a comparison.
func openSide(ctx context.Context, path string) (source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() || vault.IsVault(path) {
		return openSource(path, "", "")
	}
	if _, err := os.Stat(filepath.Join(path, "store.db")); err != nil {
		return nil, fmt.Errorf("%w: there is no store in it", repo.ErrNoStore)
	}
	s, err := repo.Open(ctx, path, repo.Options{ReadOnly: true, NoMigrate: true, NoCreate: true})
	if err != nil {
		return nil, err
	}
	return &storeSource{s}, nil
}

func (s *storeSource) close() error { return s.store.Close() }

func (s *storeSource) each(ctx context.Context, fn func(*item) error) error {
	return s.store.View(ctx, func(ctx context.Context, tx *repo.Tx) error {
		for _, k := range repo.Kinds() {
			for _, trash := range []bool{false, true} {
				err := eachOf(ctx, tx, k, trash, func(value any) error { return fn(&item{kind: k, value: value}) })
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}
