package importexport

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"taskstore/importexport/vault"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/gabriel-vasile/mimetype"
)

// ExportVault writes the records of a store, from one snapshot, into a folder that Obsidian
// and others open: a page of Markdown for each record, whose front matter is the record,
// links between them, and the contents beside, each once. [Import] reads it. A directory
// that is not empty is written into only if it is a vault; what an export has not written
// stays in it. History and, without Options.Trash, what is in the trash are not in it.
//
// What is held in memory are the names of all records, and one record at a time.
//
// Errors: *schema.InvalidError for a directory that it may not write into, or in which a
// page was changed since; durable.ErrLocked.
func ExportVault(ctx context.Context, s *repo.Store, dir string, at schema.Time, opt Options) (res Result, err error) {
	kinds, err := markdownFormat.chosen(opt.Kinds)
	if err != nil {
		return res, err
	}
	folder, err := vault.Begin(ctx, dir)
	if err != nil {
		return res, fmt.Errorf("export: %w", err)
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	x := &exporter{format: &markdownFormat, kinds: kinds, store: s, w: bufio.NewWriter(io.Discard), opt: opt, res: Result{Collections: map[string]int{}}}
	w := &vaultWriter{folder: folder, names: vault.NewNames(folder.Theirs()), pages: map[repo.Ref]page{}, contents: map[string]string{}}
	err = s.View(ctx, func(ctx context.Context, tx *repo.Tx) error {
		if err := errors.Join(x.count(ctx, tx), w.nameAll(ctx, x, tx)); err != nil {
			return err
		}
		for _, k := range x.kinds {
			if err := (byRecord{w}).kind(ctx, x, tx, k); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = folder.Commit(ctx, at, w.missing())
	}
	if err != nil {
		err = fmt.Errorf("export: %w", err)
	}
	return x.res, err
}

// vaultWriter writes the records as pages.
type vaultWriter struct {
	unframed
	folder   *vault.Folder
	names    *vault.Names
	pages    map[repo.Ref]page
	contents map[string]string // paths by hash; "" for what is nowhere
}

// page is where a record is, and what it is called.
type page struct{ path, title string }

// nameAll gives all records their names, so that pages can refer to each other.
func (w *vaultWriter) nameAll(ctx context.Context, x *exporter, tx *repo.Tx) error {
	for _, k := range x.kinds {
		for _, trash := range []bool{false, true} {
			if trash && !(x.opt.Trash && k.IsEntity()) {
				continue
			}
			q := repo.Query{Trash: trash, Sort: "-" + repo.SortDate, Limit: 1000}
			for more := true; more; more = q.After != "" {
				list, err := k.In(&tx.Repos).List(ctx, q)
				if err != nil {
					return err
				}
				for _, b := range list.Items {
					w.name(k, b.ID, b.Title)
				}
				q.After = list.Next
			}
		}
	}
	return nil
}

func (w *vaultWriter) name(k repo.Kind, id, title string) page {
	ref := repo.Ref{Kind: k.Name, ID: id}
	p, ok := w.pages[ref]
	if !ok {
		if title == "" {
			title = k.Name
		}
		file := title
		if k.Name == "attachment" {
			file = stem(title) // a link to x.png is one to the content, not to its page
		}
		p = page{w.names.Take(k.Plural, file, ".md"), shortTitle(title)}
		w.pages[ref] = p
	}
	return p
}

func (w *vaultWriter) missing() []string {
	var sums []string
	for sum, name := range w.contents {
		if name == "" {
			sums = append(sums, sum)
		}
	}
	slices.Sort(sums)
	return sums
}

func (w *vaultWriter) record(ctx context.Context, x *exporter, k repo.Kind, value any, _ bool) error {
	id := k.ID(value)
	ref := repo.Ref{Kind: k.Name, ID: id}
	if s, ok := value.(*schema.Setting); ok {
		own := []vault.Member{{Name: vault.Kind, Value: vault.Text(k.Name)}, {Name: vault.Body, Value: vault.Text(bodyHash(nil, nil))}}
		return w.put(x, w.name(k, id, id).path, ref, own, fmt.Appendf(nil, `{"_key":%s,"_value":%s}`, vault.Text(s.Key), s.Value), nil)
	}
	title, _, text := describe(value)
	at := w.name(k, id, title)
	embeds, err := w.putContents(ctx, x, k, value, at)
	if err != nil {
		return err
	}
	own, err := ownOf(k, value)
	if err != nil {
		return err
	}
	record, err := schema.Encode(value, schema.EncodeOptions{Refs: true})
	if err != nil {
		return err
	}
	links, err := json.Marshal(w.linksOf(value, embeds))
	if err != nil {
		return err
	}
	own = append(own, vault.Member{Name: vault.Links, Value: links})
	var body []byte
	if n, ok := value.(*schema.Note); ok {
		if record, body, err = withoutContent(record, n.Content); err != nil {
			return err
		}
	} else {
		body = w.body(at.title, text, value, embeds)
	}
	is := vault.BodyContent
	if _, ok := value.(*schema.Note); !ok || body == nil {
		is = bodyHash(own, body)
	}
	return w.put(x, at.path, ref, append(own, vault.Member{Name: vault.Body, Value: vault.Text(is)}), record, body)
}

func (w *vaultWriter) put(x *exporter, path string, ref repo.Ref, own []vault.Member, record, body []byte) error {
	text, err := vault.Page(own, record, body)
	if err != nil {
		return fmt.Errorf("%v: %w", ref, err)
	}
	size, err := w.folder.Put(path, ref.String(), "", func(out io.Writer) error {
		_, err := out.Write(text)
		return err
	})
	x.res.Bytes += size
	return err
}

// ownOf are the members that an export adds to a record.
func ownOf(k repo.Kind, value any) ([]vault.Member, error) {
	h := k.Head(value)
	own := []vault.Member{{Name: vault.Kind, Value: vault.Text(k.Name)}, {Name: "_rev", Value: fmt.Append(nil, h.Rev)}}
	if h.TrashedAt != "" {
		mark, err := json.Marshal(trashMark{h.TrashedAt, h.TrashReason})
		if err != nil {
			return nil, err
		}
		own = append(own, vault.Member{Name: "_trash", Value: mark})
	}
	if a, ok := value.(*schema.Attachment); ok && a.File.Blob != "" {
		ref, err := json.Marshal(contentRef(a.File))
		if err != nil {
			return nil, err
		}
		own = append(own, vault.Member{Name: vault.Content, Value: ref})
	}
	return own, nil
}

// putContents writes the contents of a record, and gives their paths. One that is gone or damaged is
// noted, and the record keeps its hash.
func (w *vaultWriter) putContents(ctx context.Context, x *exporter, k repo.Kind, value any, at page) (embeds map[string]string, err error) {
	embeds = map[string]string{}
	called := contentNames(value)
	for _, c := range schema.Contents(value) {
		for _, sum := range blobsOf(*c) {
			name, ok := w.contents[sum]
			if !ok {
				title, ending := at.title, ""
				if own := called[sum]; own != "" {
					title = stem(own)
					ending = strings.TrimPrefix(own, title)
				}
				if name, err = w.content(ctx, x, sum, title, ending); err != nil {
					return nil, err
				}
				w.contents[sum] = name
			}
			if name == "" {
				x.res.Missing = append(x.res.Missing, Missing{k.Plural, k.ID(value), sum})
			} else if sum == c.Blob {
				embeds[sum] = name
			}
		}
	}
	return embeds, nil
}

// content writes one content, named after what it is called and, without an ending, what it is.
func (w *vaultWriter) content(ctx context.Context, x *exporter, sum, title, ending string) (name string, err error) {
	r, err := x.store.Contents.Open(ctx, sum)
	if gone(err) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	defer r.Close()
	head := bufio.NewReaderSize(r, 4096)
	begins, err := head.Peek(3072)
	if gone(err) {
		return "", nil
	} else if err != nil && err != io.EOF {
		return "", err
	}
	if ending == "" {
		ending = mimetype.Detect(begins).Extension()
	}
	name = w.names.Take("attachments", title, ending)
	size, err := w.folder.Put(name, "", sum, func(out io.Writer) error {
		_, err := io.Copy(out, contextReader{ctx, head})
		return err
	})
	if gone(err) {
		return "", nil
	}
	x.res.Bytes += size
	return name, err
}

// gone tells whether a content is nowhere, or damaged.
func gone(err error) bool {
	return errors.Is(err, repo.ErrNotFound) || errors.Is(err, repo.ErrCorrupt) || errors.Is(err, vault.ErrContent)
}
