package offsite

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"
	"taskstore/blobs"
)

// Local is what the store has that can stand in for what is damaged there.
type Local struct {
	Contents *blobs.Dir        // nil: none
	Catalogs []*backup.Catalog // backups that may be there, too
}

// heal puts pieces of what the store has where they are damaged or missing, and removes what they
// replace. What could not be healed stays among the bad.
func (w *verifying) heal(ctx context.Context) error {
	for _, o := range w.there {
		if is, _ := pieces.ParseName(o.Name); w.wrong[o.Name] == "" {
			delete(w.bad, is.Piece) // of several that stand for one piece one that is right is enough
		}
	}
	if w.opt.Heal == nil {
		return nil
	}
	for p, what := range w.bad {
		if !w.needed(p) {
			continue
		}
		body, kind, err := w.opt.Heal.piece(ctx, w.t, p, w.need[p.Base])
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, blobs.ErrNotFound) || errors.Is(err, blobs.ErrCorrupt) || errors.Is(err, backup.ErrCorrupt) || errors.Is(err, backup.ErrNone) {
			w.t.opt.Log.Warn("it cannot be healed", "object", p.String(), "reason", err)
			continue
		}
		if err != nil {
			return err
		}
		if err := w.t.pieces.PutSure(ctx, p, body, kind); err != nil {
			return err
		}
		delete(w.bad, p)
		id, _ := backupOf(p.Base)
		w.revived = w.revived || w.failed[id] != ""
		w.Findings = append(w.Findings, Finding{p.String(), what, "what the store has was put in its place", true})
	}
	if err := w.dropStrays(ctx); err != nil || !w.revived {
		return err
	}
	return w.note(ctx)
}

// dropStrays removes damaged objects of pieces that are right now; where that is not allowed they
// stay, and the right ones are found beside them.
func (w *verifying) dropStrays(ctx context.Context) error {
	for name, what := range w.wrong {
		is, _ := pieces.ParseName(name)
		if what != Damaged || w.bad[is.Piece] != "" {
			continue
		}
		_, err := w.t.pieces.Whole(ctx, name)
		if errors.Is(err, ErrDamaged) { // else the right bytes came under the same name
			err = w.t.objs.Delete(ctx, name)
		}
		if err != nil && !errors.Is(err, ErrDenied) && !errors.Is(err, ErrNotThere) {
			return err
		}
	}
	return nil
}

// piece gives the bytes of a piece, after all of what it is of was found sound.
func (l *Local) piece(ctx context.Context, t *Target, p pieces.Piece, c backup.Content) (body []byte, what pieces.Kind, err error) {
	if c.SHA256 != "" {
		body, err = l.ofContent(ctx, t, p, c)
		return body, pieces.Data, err
	}
	id, suffix := backupOf(p.Base)
	if what = pieces.Facts; suffix == dbSuffix {
		what = pieces.Data
	}
	err = backup.ErrNone
	for _, catalog := range l.Catalogs {
		var b backup.Backup
		if b, err = catalog.Get(ctx, id); err != nil {
			continue
		}
		if err = catalog.Same(ctx, b, nil); err != nil && !errors.Is(err, backup.ErrState) {
			continue
		}
		db, list, manifest := catalog.Files(id)
		name := map[string]string{dbSuffix: db, listSuffix: list, manifestSuffix: manifest}[suffix]
		body, err = t.part(name, p)
		return body, what, err
	}
	return nil, what, err
}

func (t *Target) part(name string, p pieces.Piece) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return t.partOf(f, info.Size(), p)
}

func (t *Target) partOf(r io.ReaderAt, size int64, p pieces.Piece) ([]byte, error) {
	if t.pieces.Parts(size) != p.Of {
		return nil, blobs.ErrNotFound // it was cut in another way
	}
	body := make([]byte, t.pieces.Length(p, size))
	_, err := io.ReadFull(io.NewSectionReader(r, int64(p.N-1)*t.mark.Piece, int64(len(body))), body)
	return body, err
}

func (l *Local) ofContent(ctx context.Context, t *Target, p pieces.Piece, c backup.Content) ([]byte, error) {
	if l.Contents == nil {
		return nil, blobs.ErrNotFound
	}
	if err := l.Contents.Verify(ctx, c.SHA256); err != nil {
		return nil, err
	}
	r, err := l.Contents.Open(ctx, c.SHA256)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return t.partOf(r, r.Info().Size, p)
}
