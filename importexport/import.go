package importexport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"taskstore/blobs"
	"taskstore/importexport/archive"
	"taskstore/repo"
	"taskstore/schema"
)

// Conflict says what to do with a record whose id the store has, and which is not
// equal to what it has.
type Conflict string

// The ways.
const (
	ConflictFail    Conflict = "fail"    // write nothing at all
	ConflictSkip    Conflict = "skip"    // keep the store's
	ConflictReplace Conflict = "replace" // take the file's; the store's state is kept in the history
	ConflictNewer   Conflict = "newer"   // take the one that was changed last
	ConflictBoth    Conflict = "both"    // keep the store's, and the file's under a new id
)

// Conflicts are the names of all ways.
func Conflicts() []Conflict {
	return []Conflict{ConflictFail, ConflictSkip, ConflictReplace, ConflictNewer, ConflictBoth}
}

// ErrConflicts says that records are in the store already and are not equal.
var ErrConflicts = errors.New("the store has records of these ids that are not equal")

// ImportOptions says how to import. The zero value fails at the first conflict.
type ImportOptions struct {
	Format     Format // "" or auto looks at the file
	Name       string // what messages call the file; "" is its path
	OnConflict Conflict
	// DryRun writes nothing, and says what would be done.
	DryRun bool
	// Progress, if set, is told what is being done, and how far it has come.
	Progress func(what string, done, total int)
}

// Imported says what an import did.
type Imported struct {
	Format      Format                    `json:"format"`
	Collections map[string]*ImportedCount `json:"collections"`
	History     int                       `json:"history"`      // states of the archive that came with their records
	HistoryLeft int                       `json:"history_left"` // states that did not: the store has the record, or a history of it
	Contents    int                       `json:"contents"`     // contents that the store did not have
	// Conflicts names the records that were in conflict, at most a hundred.
	Conflicts []repo.Ref `json:"conflicts"`
	// Missing are contents that the archive or vault itself was without.
	Missing []string `json:"missing"`
	// Unread says what of a vault was not read, and why: files that are no records, records
	// that are gone from it, and texts that were changed where they are made from the
	// front matter.
	Unread []string `json:"unread,omitempty"`
}

// ImportedCount counts the records of one collection.
type ImportedCount struct {
	Read      int `json:"read"`
	Created   int `json:"created"`
	Replaced  int `json:"replaced"`
	Skipped   int `json:"skipped"` // equal to what the store has, or kept as it has them
	Conflicts int `json:"conflicts"`
}

const mostNamed = 100

// importer is an import at work.
type importer struct {
	*File
	store *repo.Store
	opt   ImportOptions
	res   Imported
	// loader brings in what an archive has beside its records; nil for other forms.
	loader *archive.Loader
}

// Import brings the records of a file into a store: an archive with its history
// and contents, or records in JSON. Everything of the file is read and checked
// before anything is written: see [OpenFile]. The records are one transaction, all or
// nothing; contents come before it and belong to nobody if it fails. One record at a
// time is in memory, and no content that is larger than some KB.
//
// Errors: those of OpenFile, ErrConflicts, and blobs.ErrChanged when somebody wrote to
// the file meanwhile.
func Import(ctx context.Context, s *repo.Store, path string, opt ImportOptions) (res Imported, err error) {
	f, err := OpenFile(ctx, path, opt)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Import(ctx, s, opt)
}

// Import brings the records of the file into a store, as the function Import does.
func (f *File) Import(ctx context.Context, s *repo.Store, opt ImportOptions) (res Imported, err error) {
	if opt.OnConflict == "" {
		opt.OnConflict = ConflictFail
	}
	if !slices.Contains(Conflicts(), opt.OnConflict) {
		return res, &schema.InvalidError{Kind: "import", Field: "on-conflict", Problem: fmt.Sprintf("%q is none of %v", opt.OnConflict, Conflicts())}
	}
	m := &importer{File: f, store: s, opt: opt}
	m.res = Imported{Format: f.src.format.name, Collections: map[string]*ImportedCount{}, Conflicts: []repo.Ref{}, Missing: []string{}}
	if a := f.src.archive(); a != nil {
		m.res.Missing = append(m.res.Missing, a.Manifest.Missing...)
	}
	if v, ok := f.src.decoder.(*vaultDecoder); ok {
		m.res.Missing, m.res.Unread = append(m.res.Missing, v.Marker.Missing...), v.unread
	}
	if err = m.run(ctx); err != nil {
		err = fmt.Errorf("import: %w", err)
	}
	return m.res, err
}

func (m *importer) run(ctx context.Context) error {
	if m.opt.DryRun || m.opt.OnConflict == ConflictFail {
		look := func(ctx context.Context, tx *repo.Tx) error {
			m.reset()
			return m.each(ctx, func(it *item) error { return m.judge(ctx, tx, it, false) })
		}
		if err := m.store.View(ctx, look); err != nil {
			return err
		}
		if m.opt.OnConflict == ConflictFail && m.conflicts() > 0 {
			return fmt.Errorf("%w: %d of them, the first is %v", ErrConflicts, m.conflicts(), m.res.Conflicts[0])
		}
		if m.opt.DryRun {
			return nil
		}
	}
	if err := m.contents(ctx); err != nil {
		return err
	}
	return m.store.Update(repo.WithOrigin(ctx, repo.OriginImport), m.write)
}

// write brings in all that is wanted.
func (m *importer) write(ctx context.Context, tx *repo.Tx) (err error) {
	m.reset()
	a := m.src.archive()
	if a != nil {
		if m.loader, err = a.NewLoader(ctx, tx); err != nil {
			return err
		}
	}
	if err := m.each(ctx, func(it *item) error { return m.judge(ctx, tx, it, true) }); err != nil {
		return err
	}
	if m.conflicts() > 0 && m.opt.OnConflict == ConflictFail { // somebody was faster
		return fmt.Errorf("%w: the first is %v", ErrConflicts, m.res.Conflicts[0])
	}
	if a != nil {
		m.res.History, m.res.HistoryLeft, err = m.loader.History(ctx, func(table string, rows int) { m.step(table)(rows, 0) })
	}
	if err == nil {
		err = m.src.in.steady()
	}
	return err
}

func (m *importer) reset() {
	m.res.Collections, m.res.Conflicts = map[string]*ImportedCount{}, []repo.Ref{}
}

func (m *importer) conflicts() (n int) {
	for _, c := range m.res.Collections {
		n += c.Conflicts
	}
	return n
}

// contents stores the contents of the file.
func (m *importer) contents(ctx context.Context) (err error) {
	if a := m.src.archive(); a != nil {
		m.res.Contents, err = a.PutContents(ctx, m.store, m.step("contents"))
		return err
	}
	if !m.files {
		return nil
	}
	var failed error
	for _, err := range m.store.Contents.PutAll(ctx, m.sources(ctx, &failed)) {
		if err != nil {
			return err
		}
	}
	return failed
}

// sources are the contents of a JSON file that the store does not have.
func (m *importer) sources(ctx context.Context, failed *error) iter.Seq[blobs.Source] {
	done := errors.New("no more are wanted")
	return func(yield func(blobs.Source) bool) {
		err := m.src.each(ctx, func(it *item) error {
			for _, f := range it.files {
				_, err := m.store.Contents.Stat(ctx, f.sha256)
				if there, err := found(err); err != nil {
					return err
				} else if there {
					continue
				}
				open := func(context.Context) (io.ReadCloser, error) { return closing(f.open()), nil }
				if !yield(blobs.Source{Open: open, SHA256: f.sha256}) {
					return done
				}
			}
			return nil
		})
		if !errors.Is(err, done) {
			*failed = err
		}
	}
}

// closing gives a reader that can be closed.
func closing(r io.Reader) io.ReadCloser {
	if c, ok := r.(io.ReadCloser); ok {
		return c
	}
	return io.NopCloser(r)
}

func (m *importer) step(what string) func(done, total int) { return m.opt.step(what) }

func (o *ImportOptions) step(what string) func(done, total int) {
	return func(done, total int) {
		if o.Progress != nil {
			o.Progress(what, done, total)
		}
	}
}

func (m *importer) each(ctx context.Context, fn func(*item) error) error {
	done := 0
	return m.src.each(ctx, func(it *item) error {
		if err := fn(it); err != nil {
			return fmt.Errorf("%v: %v: %w", it.place, it.ref(), err)
		}
		done++
		m.step("records")(done, m.total)
		return nil
	})
}
