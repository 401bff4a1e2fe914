package importexport

import (
	"context"
	"errors"
	"io"

	"taskstore/repo"
)

// linesFormat is a record a line, each with its kind.
var linesFormat = format{
	name:    FormatNDJSON,
	encoder: func() encoder { return byRecord{linesWriter{}} },
	decoder: func(*input) (decoder, error) { return linesDecoder{}, nil },
	begins:  func(b *beginning) bool { return b.kind },
}

type linesWriter struct{ unframed }

func (linesWriter) record(ctx context.Context, x *exporter, k repo.Kind, value any, _ bool) error {
	text, err := x.jsonText(ctx, k, value, true)
	if err != nil {
		return err
	}
	return errors.Join(x.writeRecord(ctx, text), x.write("\n"))
}

// linesDecoder reads records one after the other. White space of any kind may stand
// between them: it is no reader of lines.
type linesDecoder struct{}

func (linesDecoder) records(ctx context.Context, in *input, fn func(*item) error) (says bool, err error) {
	r := newJSONReader(in)
	for {
		text, at, err := r.value()
		if err == io.EOF {
			return false, nil
		}
		if err = errors.Join(ctx.Err(), err); err != nil {
			return false, err
		}
		it, err := readRecord(in, text, "", at)
		if err != nil {
			return false, err
		}
		if err := fn(it); err != nil {
			return false, err
		}
	}
}
