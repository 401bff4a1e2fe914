package importexport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"taskstore/repo"
	"taskstore/schema"

	"github.com/google/uuid"
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
	History     int                       `json:"history"`  // kept states that came with their records
	Contents    int                       `json:"contents"` // contents that the store did not have
	// Conflicts names the records that were in conflict, at most a hundred.
	Conflicts []repo.Ref `json:"conflicts"`
	// Missing are contents that the archive itself was without.
	Missing []string `json:"missing"`
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
	store *repo.Store
	src   source
	opt   ImportOptions
	res   Imported
	total int
}

// Import brings the records of a file into a store: an archive with its history
// and contents, or records in JSON. Everything of the file is read and checked
// before anything is written: an archive against its hashes, JSON to its end. The
// records are one transaction, all or nothing; contents come before it and belong
// to nobody if it fails.
//
// Errors: ErrForm (no file that can be imported, with the place), ErrDamaged,
// ErrConflicts.
func Import(ctx context.Context, s *repo.Store, path string, opt ImportOptions) (res Imported, err error) {
	if opt.OnConflict == "" {
		opt.OnConflict = ConflictFail
	}
	if !slices.Contains(Conflicts(), opt.OnConflict) {
		return res, &schema.InvalidError{Kind: "import", Field: "on-conflict", Problem: fmt.Sprintf("%q is none of %v", opt.OnConflict, Conflicts())}
	}
	src, err := openSource(path, opt.Format)
	if err != nil {
		return res, fmt.Errorf("import: %w", err)
	}
	m := &importer{store: s, src: src, opt: opt}
	m.res = Imported{Format: src.form(), Collections: map[string]*ImportedCount{}, Conflicts: []repo.Ref{}, Missing: []string{}}
	if err = errors.Join(m.run(ctx), src.close()); err != nil {
		err = fmt.Errorf("import: %w", err)
	}
	return m.res, err
}

func (m *importer) run(ctx context.Context) error {
	if err := m.prepare(ctx); err != nil {
		return err
	}
	if m.opt.DryRun || m.opt.OnConflict == ConflictFail {
		look := func(ctx context.Context, tx *repo.Tx) error {
			m.reset()
			return m.each(ctx, func(it *item) error { return m.judge(ctx, tx, it, nil) })
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
	return m.store.Update(repo.WithOrigin(ctx, repo.OriginImport), func(ctx context.Context, tx *repo.Tx) error {
		m.reset()
		loader, err := tx.NewLoader(ctx)
		if err != nil {
			return err
		}
		if err := m.each(ctx, func(it *item) error { return m.judge(ctx, tx, it, loader) }); err != nil {
			return err
		}
		if m.conflicts() > 0 && m.opt.OnConflict == ConflictFail { // somebody was faster
			return fmt.Errorf("%w: the first is %v", ErrConflicts, m.res.Conflicts[0])
		}
		return m.tables(ctx, loader)
	})
}

func (m *importer) reset() {
	m.res.Collections, m.res.History, m.res.Conflicts = map[string]*ImportedCount{}, 0, []repo.Ref{}
}

func (m *importer) conflicts() (n int) {
	for _, c := range m.res.Collections {
		n += c.Conflicts
	}
	return n
}

// prepare reads all of the file, and stores its contents.
func (m *importer) prepare(ctx context.Context) error {
	archive, ok := m.src.(*archiveSource)
	if ok {
		m.res.Missing = append(m.res.Missing, archive.manifest.Missing...)
		if err := archive.verify(ctx, m.step("verify")); err != nil {
			return err
		}
	}
	err := m.src.each(ctx, func(it *item) error {
		m.total++
		if len(it.file) == 0 || m.opt.DryRun {
			return nil
		}
		_, err := m.store.PutContent(ctx, bytes.NewReader(it.file), "")
		return err
	})
	if err != nil || !ok || m.opt.DryRun {
		return err
	}
	var failed error
	wanted := func(sum string) bool {
		_, err := m.store.ContentInfo(ctx, sum)
		missing := errors.Is(err, repo.ErrNotFound)
		if err != nil && !missing && failed == nil {
			failed = err
		}
		return missing && failed == nil
	}
	for _, err := range m.store.PutContents(ctx, archive.contents(wanted)) {
		if err != nil {
			return err
		}
		m.res.Contents++
		m.step("contents")(m.res.Contents, len(archive.manifest.Files))
	}
	return failed
}

func (m *importer) step(what string) func(done, total int) {
	return func(done, total int) {
		if m.opt.Progress != nil {
			m.opt.Progress(what, done, total)
		}
	}
}

func (m *importer) each(ctx context.Context, fn func(*item) error) error {
	done := 0
	return m.src.each(ctx, func(it *item) error {
		if err := fn(it); err != nil {
			return fmt.Errorf("%s: %v: %w", it.place, it.ref(), err)
		}
		done++
		m.step("records")(done, m.total)
		return nil
	})
}

// judge decides about one record, and writes it if there is a loader.
func (m *importer) judge(ctx context.Context, tx *repo.Tx, it *item, loader *repo.Loader) error {
	count := m.res.Collections[it.collection()]
	if count == nil {
		count = &ImportedCount{}
		m.res.Collections[it.collection()] = count
	}
	count.Read++
	st, err := m.standing(ctx, tx, it)
	if err != nil {
		return err
	}
	switch {
	case !st.there:
		count.Created++
		return m.create(ctx, tx, it, loader)
	case st.equal:
		count.Skipped++
		return nil
	}
	count.Conflicts++
	if len(m.res.Conflicts) < mostNamed {
		m.res.Conflicts = append(m.res.Conflicts, it.ref())
	}
	way := m.opt.OnConflict
	if way == ConflictNewer {
		way = ConflictSkip
		if it.changed() > st.changed {
			way = ConflictReplace
		}
	}
	switch way {
	case ConflictReplace:
		count.Replaced++
		return m.replace(ctx, tx, it, st, loader)
	case ConflictBoth:
		count.Created++
		return m.both(ctx, tx, it, loader)
	case ConflictSkip:
		count.Skipped++
	}
	return nil
}

// standing is what the store has under the id of an item.
type standing struct {
	there, equal bool
	changed      schema.Time
	head         schema.Head
	rev          int64
}

func (m *importer) standing(ctx context.Context, tx *repo.Tx, it *item) (st standing, err error) {
	if it.r == nil {
		is, err := tx.Settings.Get(ctx, it.setting.Key)
		if st.there, err = found(err); !st.there {
			return st, err
		}
		fields, err := schema.Diff([]byte(is.Value), []byte(it.setting.Value))
		st.equal = err == nil && len(fields) == 0 || is.Value == it.setting.Value
		st.changed, st.rev = is.SavedAt, is.Rev
		return st, nil
	}
	id := it.r.head(it.value).ID
	if id == "" {
		return st, nil // it gets one
	}
	is, err := it.r.get(ctx, &tx.Repos, id)
	if st.there, err = found(err); !st.there {
		return st, err
	}
	st.head, st.changed = *it.r.head(is), it.r.changed(is)
	st.equal, err = sameRecord(it.r, is, it.value)
	return st, err
}

// sameRecord tells whether two records are equal in all that an archive says of
// them but their revisions.
func sameRecord(r records, a, b any) (bool, error) {
	x, err := comparable(r, a)
	if err != nil {
		return false, err
	}
	y, err := comparable(r, b)
	if err != nil {
		return false, err
	}
	fields, err := schema.Diff(x, y)
	return len(fields) == 0, err
}

// changed is when an item was last changed.
func (i *item) changed() schema.Time {
	if i.r == nil {
		return i.savedAt
	}
	if at := i.r.changed(i.value); at != "" {
		return at
	}
	return i.savedAt
}

// create writes a new record, with the revision that an archive says.
func (m *importer) create(ctx context.Context, tx *repo.Tx, it *item, loader *repo.Loader) error {
	if loader == nil {
		return nil
	}
	if it.r == nil {
		s := it.setting
		if err := tx.Settings.Save(ctx, &s); err != nil {
			return err
		}
	} else if err := it.r.save(ctx, &tx.Repos, it.value); err != nil {
		return err
	}
	return loader.Created(ctx, it.ref(), it.rev, it.savedAt)
}

func (m *importer) replace(ctx context.Context, tx *repo.Tx, it *item, st standing, loader *repo.Loader) error {
	if loader == nil {
		return nil
	}
	if it.r == nil {
		s := it.setting
		s.Rev = st.rev
		return tx.Settings.Save(ctx, &s)
	}
	h := it.r.head(it.value)
	h.PK, h.Rev, h.SavedAt, h.Lists = st.head.PK, st.head.Rev, st.head.SavedAt, st.head.Lists
	return it.r.save(ctx, &tx.Repos, it.value)
}

// both keeps the store's record and writes the file's under a new id. A setting,
// whose key is all it has, becomes a version in the history.
func (m *importer) both(ctx context.Context, tx *repo.Tx, it *item, loader *repo.Loader) error {
	if loader == nil {
		return nil
	}
	if it.r == nil {
		_, err := tx.Legacy().AddVersion(ctx, repo.Version{Kind: "setting", ID: it.setting.Key, SHA256: hashOf([]byte(it.setting.Value)),
			Source: it.place, Time: it.savedAt, State: it.setting.Value})
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	it.r.head(it.value).ID = id.String()
	return it.r.save(ctx, &tx.Repos, it.value)
}

// tables brings in history and what imports noted.
func (m *importer) tables(ctx context.Context, loader *repo.Loader) error {
	archive, ok := m.src.(*archiveSource)
	if !ok {
		return nil
	}
	if err := loader.KeepFor(ctx, archive.manifest.Retention); err != nil {
		return err
	}
	for _, table := range repo.PortableTables() {
		n := 0
		err := archive.rows(ctx, table, func(row []byte) error {
			loaded, err := loader.Load(ctx, table, row)
			if loaded && table == "revisions" {
				m.res.History++
			}
			n++
			m.step(table)(n, 0)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}
