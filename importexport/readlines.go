package importexport

import (
	"context"
	"errors"
	"io"
)

// linesFormat is a record a line, each with its kind. White space of any kind may
// stand between records: what reads them is a decoder, and no reader of lines.
type linesFormat struct{}

func (linesFormat) name() Format     { return FormatNDJSON }
func (linesFormat) mayBeEmpty() bool { return false }

func (linesFormat) records(ctx context.Context, in *input, fn func(*item) error) error {
	r := newJSONReader(in)
	for {
		text, at, err := r.value()
		if err == io.EOF {
			return nil
		}
		if err = errors.Join(ctx.Err(), err); err != nil {
			return err
		}
		it, err := readRecord(in, text, "", at)
		if err != nil {
			return err
		}
		if err := fn(it); err != nil {
			return err
		}
	}
}
