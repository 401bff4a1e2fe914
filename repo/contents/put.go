package contents

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"

	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"

	"github.com/gabriel-vasile/mimetype"
)

// PutInline puts the contents that stand as text in the values into the blob
// directory, durably, and makes the values refer to them when all are there. It comes before the
// transaction: a crash leaves a file without a row, never a row without a file.
// Record makes the rows, within the transaction.
func PutInline(ctx context.Context, dir *blobs.Dir, e *rows.Effects, values ...any) ([]Needed, error) {
	var puts, named []Needed
	var then []func(sha string)
	add := func(data []byte, fn func(sha string)) {
		puts = append(puts, Needed{Dir: dir, Put: true, mime: mimetype.Detect(data).String(), data: data})
		then = append(then, fn)
	}
	for _, v := range values {
		for _, c := range schema.Contents(v) {
			if c.Text != "" {
				addContent(e, dir, c, add)
				continue
			}
			for _, sha := range contentsOf(c) {
				named = append(named, Needed{Info: blobs.Info{SHA256: sha}, Dir: dir, Of: v})
			}
		}
	}
	if len(puts) == 0 {
		return named, nil
	}
	i := 0
	for info, err := range dir.PutSeq(ctx, sourcesOf(puts)) {
		if err != nil {
			return nil, Error(err)
		}
		puts[i].Info = info
		i++
	}
	for i, fn := range then {
		fn(puts[i].SHA256)
	}
	return append(puts, named...), nil
}

func sourcesOf(result []Needed) iter.Seq[blobs.Source] {
	return func(yield func(blobs.Source) bool) {
		for _, b := range result {
			if !yield(blobs.Bytes(b.data, b.mime)) {
				return
			}
		}
	}
}

// addContent adds the decoded bytes of c, and its text where that does not
// follow from them.
func addContent(e *rows.Effects, dir *blobs.Dir, c *schema.Content, add func([]byte, func(string))) {
	data, form, ok := schema.DecodeContent(c.Text)
	text, to := []byte(c.Text), schema.Content{Form: form}
	if !ok {
		data = text
	}
	verbatim := ok && form == schema.VerbatimForm("")
	add(data, func(sha string) {
		if to.Blob = sha; !verbatim {
			e.Refer(dir, c, to)
		}
	})
	if verbatim {
		add(text, func(sha string) {
			to.Form = schema.VerbatimForm(sha)
			e.Refer(dir, c, to)
		})
	}
}

// sniffed is how many bytes tell the type of a content.
const sniffed = 3072

// Put stores what r delivers, durably, and gives its description. mime is
// what is known of its type, "" for nothing; what the table of contents says comes
// from the bytes. Until a record refers to it, it belongs to nobody.
func (s *Handle) Put(ctx context.Context, r io.Reader, mime string) (info blobs.Info, err error) {
	defer sqlitedb.Wrap(&err, "store a content")
	if s.readOnly {
		return info, sqlitedb.ErrReadOnly
	}
	if err := s.db.Moved(); err != nil {
		return info, err
	}
	in := bufio.NewReaderSize(r, 2*sniffed)
	head, err := in.Peek(sniffed)
	if err != nil && err != io.EOF {
		return info, err
	}
	is := mimetype.Detect(head).String()
	if mime == "" {
		mime = is
	}
	info, err = s.blobs.Put(ctx, in, blobs.PutOptions{MIME: mime})
	if err != nil {
		return info, Error(err)
	}
	result := []Needed{{Info: info, Dir: s.blobs, Put: true, mime: is}}
	return info, s.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		return Record(ctx, q, s.now(), result)
	})
}

// PutAll stores contents in batches that share the waits for the disk, which
// is many times faster than as many calls of Put. A description is yielded when its
// content is durable and in the table, in the order of the sources. An error ends
// the sequence and belongs to the source after the last one yielded, or to its
// batch.
func (s *Handle) PutAll(ctx context.Context, sources iter.Seq[blobs.Source]) iter.Seq2[blobs.Info, error] {
	return func(yield func(blobs.Info, error) bool) {
		err := s.db.Moved()
		if s.readOnly {
			err = sqlitedb.ErrReadOnly
		}
		if err != nil {
			yield(blobs.Info{}, err)
			return
		}
		var result []Needed
		flush := func() bool {
			batch := result
			result = nil
			if err := s.know(ctx, batch); err != nil {
				yield(blobs.Info{}, err)
				return false
			}
			for _, b := range batch {
				if !yield(b.Info, nil) {
					return false
				}
			}
			return true
		}
		for info, err := range s.blobs.PutSeq(ctx, sources) {
			if err != nil {
				if flush() {
					yield(blobs.Info{}, Error(err))
				}
				return
			}
			if result = append(result, Needed{Info: info, Dir: s.blobs, Put: true}); len(result) == blobs.BatchSize && !flush() {
				return
			}
		}
		flush()
	}
}

// know records contents that were put, with their types.
func (s *Handle) know(ctx context.Context, result []Needed) (err error) {
	if len(result) == 0 {
		return nil
	}
	for i := range result {
		if result[i].mime, err = Sniff(ctx, s.blobs, result[i].SHA256); err != nil {
			return err
		}
	}
	return s.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return Record(ctx, q, s.now(), result) })
}

// Adopt makes a content of the blob directory known to the database again.
// from, if set, opens it where the directory has none or a damaged one: it is put
// there first. There is none anywhere: ErrNotFound.
func (s *Handle) Adopt(ctx context.Context, sha256 string, from func(context.Context, string) (io.ReadCloser, error)) (err error) {
	defer sqlitedb.Wrap(&err, "adopt content %s", sha256)
	if s.readOnly {
		return sqlitedb.ErrReadOnly
	}
	info, err := s.blobs.Stat(ctx, sha256)
	if from != nil && (errors.Is(err, blobs.ErrNotFound) || errors.Is(err, blobs.ErrCorrupt)) {
		info, err = s.putFrom(ctx, sha256, from)
	}
	if err != nil {
		return Error(err)
	}
	return s.know(ctx, []Needed{{Info: info, Dir: s.blobs, Put: true}})
}

// putFrom puts a content that from has; another one is not kept.
func (s *Handle) putFrom(ctx context.Context, sha256 string, from func(context.Context, string) (io.ReadCloser, error)) (blobs.Info, error) {
	r, err := from(ctx, sha256)
	if err != nil {
		return blobs.Info{}, err
	}
	info, err := s.blobs.Put(ctx, r, blobs.PutOptions{SHA256: sha256})
	return info, errors.Join(err, r.Close())
}
