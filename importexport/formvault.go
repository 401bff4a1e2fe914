package importexport

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"taskstore/blobs"
	"taskstore/importexport/vault"
	"taskstore/schema"
)

// vaultDecoder reads a folder that [ExportVault] has written. The one-file form of
// Markdown is for people, and has no decoder.
type vaultDecoder struct {
	*vault.Reader
	in     *input
	sum    string // of all pages, in the first pass
	unread []string
	left   map[string]string // the pages that were not met yet, by their records
	told   bool
}

// openVault opens a vault as a source. Its input is the marker.
func openVault(dir, name string, form Format) (*fileSource, error) {
	if name == "" {
		name = dir
	}
	if form != "" && form != "auto" && form != FormatMarkdown {
		e := misfit(-1, "a vault of Markdown", string(form), "--format auto finds the format")
		e.File = name
		return nil, e
	}
	r, err := vault.Open(dir)
	if err != nil {
		return nil, err
	}
	in, err := openInput(filepath.Join(dir, vault.MarkerName), name)
	if err != nil {
		return nil, err
	}
	return &fileSource{in: in, format: &markdownFormat, decoder: &vaultDecoder{Reader: r, in: in}}, nil
}

func (d *vaultDecoder) records(ctx context.Context, _ *input, fn func(*item) error) (says bool, err error) {
	d.left = map[string]string{}
	for _, e := range d.Marker.Files {
		if e.Record != "" {
			d.left[e.Record] = e.Path
		}
	}
	all := sha256.New()
	err = d.Pages(ctx, func(name string, members []vault.Member, body []byte) error {
		text := vault.Object(members)
		_, _ = all.Write(fmt.Appendf(nil, "%d %d ", len(text), len(body)))
		_, _ = all.Write(append(text, body...))
		it, err := d.item(ctx, name, members, body)
		if err != nil {
			return d.placed(name, err)
		}
		delete(d.left, it.ref().String())
		return fn(it)
	}, func(name, why string) { d.tell(name + ": " + why) })
	if err != nil {
		return true, d.placed("", err)
	}
	for record, name := range d.left {
		d.tell(name + ": is gone, and with it " + record)
	}
	if d.told {
		if d.sum != string(all.Sum(nil)) {
			return true, fmt.Errorf("%s: %w", d.in.name, blobs.ErrChanged)
		}
		return true, nil
	}
	slices.Sort(d.unread)
	d.sum, d.told = string(all.Sum(nil)), true
	return true, nil
}

// tell notes once what is not read.
func (d *vaultDecoder) tell(what string) {
	if !d.told {
		d.unread = append(d.unread, what)
	}
}

// placed gives an error the name of its page.
func (d *vaultDecoder) placed(name string, err error) error {
	if p, ok := errors.AsType[*vault.PageError](err); ok {
		e := misfit(-1, p.Problem, "", "")
		e.File, e.is = filepath.Join(d.in.name, filepath.FromSlash(p.Name)), ErrForm
		return e
	}
	if e, ok := errors.AsType[*FormError](err); ok && e.File == "" && name != "" {
		e.File, e.at = filepath.Join(d.in.name, filepath.FromSlash(name)), -1
	}
	return err
}

// item makes a record of a page.
func (d *vaultDecoder) item(ctx context.Context, name string, members []vault.Member, body []byte) (*item, error) {
	kind := vault.Find(members, vault.Kind)
	if is := vault.Find(members, vault.Body); is == vault.BodyContent || kind == "note" && is == "" && !vault.Has(members, "content") {
		text, err := textOf(body)
		if err != nil {
			return nil, err
		}
		members = append(members, vault.Member{Name: "content", Value: text})
	} else if is != bodyHash(members, body) {
		d.tell(name + ": the text below the front matter, or " + vault.Links + ", was changed; it is made from the front matter, which alone is read")
	}
	it, err := readRecord(d.in, vault.Object(members, vault.Links, vault.Body, vault.Content), "", -1)
	if err != nil {
		return nil, err
	}
	it.place = place{text: name}
	if a, ok := it.value.(*schema.Attachment); ok && vault.Has(members, vault.Content) {
		if err := json.Unmarshal(memberValue(members, vault.Content), (*contentRef)(&a.File)); err != nil {
			return nil, misfit(-1, vault.Content+" that cannot be read", "_blob and _form", "")
		}
	}
	if !it.kind.IsEntity() {
		return it, nil
	}
	for _, c := range schema.Contents(it.value) {
		for _, sum := range blobsOf(*c) {
			if slices.Contains(d.Marker.Missing, sum) {
				continue
			}
			open, err := d.Reader.Content(ctx, sum)
			if err != nil {
				return nil, err
			}
			it.files = append(it.files, file{sum, open})
		}
	}
	return it, nil
}

func memberValue(members []vault.Member, name string) []byte {
	for _, m := range members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// blobsOf are the blobs that a content needs.
func blobsOf(c schema.Content) (sums []string) {
	if c.Blob != "" {
		sums = append(sums, c.Blob)
	}
	if sum, ok := c.Verbatim(); ok && sum != c.Blob {
		sums = append(sums, sum)
	}
	return sums
}

// contentRef is the content of an attachment that never stood in its JSON, as a page has it.
type contentRef schema.Content

type contentMembers struct {
	Blob string `json:"_blob"`
	Form string `json:"_form"`
}

// MarshalJSON writes what UnmarshalJSON reads.
func (c contentRef) MarshalJSON() ([]byte, error) {
	return json.Marshal(contentMembers{c.Blob, c.Form})
}

// UnmarshalJSON reads the name of a content.
func (c *contentRef) UnmarshalJSON(text []byte) error {
	var m contentMembers
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	*c = contentRef{Blob: m.Blob, Form: m.Form}
	return nil
}
