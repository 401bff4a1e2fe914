package legacy

import (
	"context"
	"errors"
	"fmt"
)

// ErrNotInterrupted means that there is no import of this source to go on with.
var ErrNotInterrupted = errors.New("no import of this source was interrupted")

// The causes for which a text could not be read to its end.
var (
	errTruncated = errors.New("ends in the middle")
	errMalformed = errors.New("not valid JSON")
	errOdd       = errors.New("a value of another kind stands in its place")
	errGzip      = errors.New("damaged gzip stream")
	errTooLarge  = errors.New("a value is larger than can be read")
	errTooDeep   = errors.New("wrapped too many times")
)

// joined says that the failure kind has this cause; errors.Is finds kind.
func joined(kind, cause error) error { return fmt.Errorf("%w: %v", kind, cause) }

// sinkError marks an error of the sink, which ends the scan.
type sinkError struct{ error }

func (e sinkError) Unwrap() error { return e.error }

// fatal says whether err ends the scan; any other error is a finding about the
// file that is read.
func fatal(err error) bool {
	var s sinkError
	return errors.As(err, &s) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// code names the finding for damage of a text.
func code(err error) string {
	switch {
	case errors.Is(err, errTruncated):
		return "truncated"
	case errors.Is(err, errGzip):
		return "gzip-error"
	case errors.Is(err, errTooLarge):
		return "too-large"
	case errors.Is(err, errTooDeep):
		return "double-wrapped"
	case errors.Is(err, errMalformed):
		return "malformed"
	case errors.Is(err, errOdd):
		return "stray-element"
	}
	return "unreadable"
}
