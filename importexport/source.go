package importexport

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"taskstore/importexport/archive"
	"taskstore/importexport/vault"
	"taskstore/repo"
	"taskstore/schema"
)

var (
	// ErrForm says that a file is none that an import reads, or that it breaks off:
	// see FormError.
	ErrForm = archive.ErrForm
	// ErrDamaged says that an archive is not what its manifest says.
	ErrDamaged = archive.ErrDamaged
)

// item is one record of a source.
type item struct {
	kind    repo.Kind
	value   any   // pointer to the record
	rev     int64 // what an archive says, else 0
	savedAt schema.Time
	files   []file // the contents that stood in its JSON, too large for memory or beside it
	place   place  // where it was read: for messages
}

func (i *item) ref() repo.Ref { return repo.Ref{Kind: i.kind.Name, ID: i.kind.ID(i.value)} }

// source is something that holds records: a file of some form, or a store.
type source interface {
	each(ctx context.Context, fn func(*item) error) error
	close() error
}

// openSource finds out of which form a file is. form "" or auto looks; name is what
// messages call the file, "" for its path.
func openSource(path, name string, form Format) (*fileSource, error) {
	if vault.IsVault(path) {
		return openVault(path, name, form)
	}
	in, err := openInput(path, name)
	if err != nil {
		return nil, err
	}
	s := &fileSource{in: in}
	if form == "" || form == "auto" {
		s.format, err = recognise(in)
	} else {
		s.format, err = formatOf(form, "import")
	}
	switch {
	case err != nil:
	case s.format.decoder == nil:
		err = misfit(-1, "the format "+string(form)+", which is for people and does not hold everything", "archive, json, ndjson or legacy-json", "")
	default:
		s.decoder, err = s.format.decoder(in)
	}
	if err != nil {
		return nil, errors.Join(in.locate(err), in.close())
	}
	return s, nil
}

// fileSource is a file of any format. It holds every format to the same rules: a record
// stands once, a file that is not empty has records, and what is wrong has its place.
type fileSource struct {
	in      *input
	format  *format
	decoder decoder
	checked bool               // a pass has come to the end
	seen    map[[16]byte]place // until then: where the records stand, by a hash of kind and id
}

func (s *fileSource) close() error {
	if a := s.archive(); a != nil {
		return errors.Join(a.Close(), s.in.close())
	}
	return s.in.close()
}

// archive gives the archive that the file is, or nil.
func (s *fileSource) archive() *archive.Reader {
	a, _ := s.decoder.(archiveDecoder)
	return a.Reader
}

func (s *fileSource) each(ctx context.Context, fn func(*item) error) error {
	n := 0
	s.seen = map[[16]byte]place{}
	says, err := s.decoder.records(ctx, s.in, func(it *item) error {
		n++
		if err := s.once(it); err != nil {
			return err
		}
		return fn(it)
	})
	s.seen = nil
	switch {
	case err != nil:
		return s.in.locate(err)
	case n == 0 && s.in.size == 0:
		return s.in.locate(misfit(-1, "nothing: it is empty", "what export has written", ""))
	case n == 0 && !says:
		return s.in.locate(misfit(-1, "no record at all", "records", ""))
	}
	s.checked = true
	return nil
}

// once refuses a record that stood in the file before: which of the two states is the
// right one, no rule can say.
func (s *fileSource) once(it *item) error {
	ref := it.ref()
	if s.checked || ref.ID == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(ref.String()))
	key := [16]byte(sum[:])
	first, again := s.seen[key]
	if !again {
		s.seen[key] = it.place
		return nil
	}
	e := misfit(it.place.at, fmt.Sprintf("%v again, which stands in %v too", ref, first), "each record once", "take one of the two out of the file; put stores one state after the other")
	if it.place.in == nil {
		e.Found, e.at = fmt.Sprintf("%v in %v and in %v", ref, first, it.place), -1
	}
	return e
}
