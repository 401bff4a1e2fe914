package offsite

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"
	"taskstore/blobs"

	"golang.org/x/sync/errgroup"
)

// wanted is a content that a backup names, and what of it is there.
type wanted struct {
	*backup.Content
	name  string // the last part of what it is called there
	there bool
	of    int          // how many pieces it has, as the first of them says; 0: none is there
	have  map[int]bool // pieces that are there and as long as they should be; nil: none, or all
}

// want gives those of some contents that are not there whole, page by page of the target's list, which has them in the
// order of their names. A piece of another length than it should have, or of which it is known that it is damaged, is not
// there.
func (t *Target) want(ctx context.Context, list []backup.Content) ([]wanted, error) {
	all, folders := make([]wanted, len(list)), []string{contentsFolder}
	for i := range list {
		all[i] = wanted{Content: &list[i], name: t.pieces.Keys.Hidden(list[i].SHA256)}
	}
	slices.SortFunc(all, func(a, b wanted) int { return strings.Compare(a.name, b.name) })
	if len(all) <= few {
		folders = nil
		for _, w := range all {
			folders = append(folders, contentBase(w.name))
		}
	}
	bad, next := t.Known().Bad, 0
	for _, folder := range folders {
		for o, err := range t.objs.List(ctx, folder, "") {
			if err != nil {
				return nil, err
			}
			is, ok := pieces.ParseName(o.Name)
			name := path.Base(is.Base)
			if !ok || len(name) != 64 || is.Base != contentBase(name) || slices.Contains(bad, o.Name) {
				continue
			}
			for next < len(all) && all[next].name < name {
				next++
			}
			if next < len(all) && all[next].name == name {
				t.count(&all[next], is.Piece, o.Size)
			}
		}
	}
	return slices.DeleteFunc(all, func(w wanted) bool { return w.there }), nil
}

// few is for how many contents the target is asked one by one, and not for all that it has.
const few = 8

func (t *Target) count(w *wanted, p pieces.Piece, size int64) {
	if w.there || w.Size >= 0 && (p.Of != t.pieces.Parts(w.Size) || size != t.pieces.Keys.SealedSize(t.pieces.Length(p, w.Size))) {
		return
	}
	if w.of != p.Of {
		w.of, w.have = p.Of, map[int]bool{}
	}
	w.have[p.N] = true
	if len(w.have) == p.Of {
		w.there, w.have = true, nil
	}
}

// PutContents sends the contents of a list that are not there. Those that are neither there nor
// sound in from are marked as missing in the list. sent is how many were sent, of how many bytes.
func (t *Target) PutContents(ctx context.Context, from *blobs.Dir, list []backup.Content) (sent Sent, err error) {
	defer t.explain(&err)
	missing, err := t.want(ctx, list)
	if err != nil {
		return sent, err
	}
	for i := range list {
		list[i].Missing = false
	}
	s := &sending{t: t, from: from}
	for _, w := range missing {
		s.total += max(0, w.Size)
	}
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(t.opt.Workers)
	for i := range missing {
		if err = s.content(inner, g, &missing[i]); err != nil {
			break
		}
	}
	if worse := g.Wait(); worse != nil {
		err = worse // the first that failed, and not that the others were stopped
	}
	return Sent{int(s.n.Load()), s.done.Load()}, err
}

// Sent is what was sent.
type Sent struct {
	Contents int
	Bytes    int64
}

// sending is an upload of contents at work: one reads, piece by piece, some send.
type sending struct {
	t       *Target
	from    *blobs.Dir
	total   int64
	n, done atomic.Int64
}

// content reads a content and has its pieces sent. What comes of the store's own damage is a mark
// in the list, not an error.
func (s *sending) content(ctx context.Context, g *errgroup.Group, w *wanted) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.pieces(ctx, g, w)
	if errors.Is(err, blobs.ErrNotFound) || errors.Is(err, blobs.ErrCorrupt) {
		s.t.opt.Log.Warn("a content is not there to be copied", "sha256", w.SHA256, "reason", err)
		w.Missing = true
		return nil
	}
	if err == nil {
		s.n.Add(1)
	}
	return err
}

// pieces sends those that are not there. The last bytes of a damaged content are never read: so
// of a content in one piece nothing wrong is sent, and of a longer one all is read beforehand.
func (s *sending) pieces(ctx context.Context, g *errgroup.Group, w *wanted) (err error) {
	if s.from == nil {
		return blobs.ErrNotFound
	}
	r, err := s.from.Open(ctx, w.SHA256)
	if err != nil {
		return err
	}
	defer r.Close()
	size := r.Info().Size
	of := s.t.pieces.Parts(size)
	if of > pieces.Most {
		return s.t.no(fmt.Errorf("%w: content %s is too long", ErrRefused, w.SHA256), "")
	}
	var sums [][sha256.Size]byte
	if of > 1 {
		if sums, err = s.sums(ctx, w.SHA256, size); err != nil {
			return err
		}
		s.t.step("pieces")
	}
	have := w.have
	if w.of != of {
		have = nil
	}
	for n := 1; n <= of; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := pieces.Piece{Base: contentBase(w.name), N: n, Of: of}
		body := make([]byte, s.t.pieces.Length(p, size))
		if err := readAll(r, body, n == of); err != nil {
			return err
		}
		if of > 1 && sha256.Sum256(body) != sums[n-1] {
			return fmt.Errorf("%w: content %s is read in two ways", blobs.ErrCorrupt, w.SHA256)
		}
		if have[n] {
			continue
		}
		g.Go(func() error {
			if _, err := s.t.pieces.Put(ctx, p, body, pieces.Data); err != nil {
				return err
			}
			s.t.opt.Progress("upload", s.done.Add(int64(len(body))), s.total)
			return nil
		})
	}
	return nil
}

// sums reads a content to its end, where it is known that it is true, and gives the hashes of its
// pieces: one that is read in another way afterwards is not sent.
func (s *sending) sums(ctx context.Context, sha string, size int64) (list [][sha256.Size]byte, err error) {
	r, err := s.from.Open(ctx, sha)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	of := s.t.pieces.Parts(size)
	body := make([]byte, s.t.mark.Piece)
	for n := 1; n <= of; n++ {
		part := body[:s.t.pieces.Length(pieces.Piece{Base: "", N: n, Of: of}, size)]
		if err := readAll(r, part, n == of); err != nil {
			return nil, err
		}
		list = append(list, sha256.Sum256(part))
	}
	return list, nil
}

// readAll fills a piece; after the last one the content must be at its end, and true.
func readAll(r io.Reader, body []byte, last bool) error {
	if _, err := io.ReadFull(r, body); err != nil && !(len(body) == 0 && errors.Is(err, io.EOF)) {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: it is shorter than it says", blobs.ErrCorrupt)
		}
		return err
	}
	if !last {
		return nil
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		return errors.Join(blobs.ErrCorrupt, err)
	}
	return nil
}

// Content opens a content that is there, piece by piece; its hash is for whoever reads it to look
// at. Errors are also those of package blobs: blobs.ErrNotFound, blobs.ErrCorrupt.
func (t *Target) Content(ctx context.Context, sha string) (_ io.ReadCloser, err error) {
	defer t.explain(&err)
	s, err := t.pieces.Find(ctx, t.contentName(sha))
	if err != nil {
		return nil, asBlobs(err)
	}
	return content{t.pieces.Reader(ctx, s, pieces.Data)}, nil
}

// content is one that is read from there.
type content struct{ io.ReadCloser }

func (r content) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	return n, asBlobs(err)
}

// asBlobs says that a content is damaged or gone as package blobs does.
func asBlobs(err error) error {
	switch {
	case errors.Is(err, ErrDamaged):
		return fmt.Errorf("%w: %w", blobs.ErrCorrupt, err)
	case errors.Is(err, ErrNotThere):
		return fmt.Errorf("%w: %w", blobs.ErrNotFound, err)
	}
	return err
}

// Absent gives those of a list that are not there whole, by the target's list.
func (t *Target) Absent(ctx context.Context, list []backup.Content) (out []backup.Content, err error) {
	defer t.explain(&err)
	missing, err := t.want(ctx, list)
	for _, w := range missing {
		out = append(out, *w.Content)
	}
	slices.SortFunc(out, func(a, b backup.Content) int { return strings.Compare(a.SHA256, b.SHA256) })
	return out, err
}
