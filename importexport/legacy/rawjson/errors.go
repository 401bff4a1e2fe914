package rawjson

import (
	"context"
	"errors"
	"fmt"
)

// The causes for which a text could not be read to its end.
var (
	ErrTruncated = errors.New("ends in the middle")
	ErrMalformed = errors.New("not valid JSON")
	ErrOdd       = errors.New("a value of another kind stands in its place")
	ErrGzip      = errors.New("damaged gzip stream")
	ErrTooLarge  = errors.New("a value is larger than can be read")
	ErrTooDeep   = errors.New("wrapped too many times")
)

// Joined says that the failure kind has this cause; errors.Is finds kind.
func Joined(kind, cause error) error { return fmt.Errorf("%w: %v", kind, cause) }

// SinkError marks an error of the sink, which ends the scan.
type SinkError struct{ Err error }

func (e SinkError) Error() string { return e.Err.Error() }

// Unwrap gives the error of the sink.
func (e SinkError) Unwrap() error { return e.Err }

// Fatal says whether err ends the scan; any other error is a finding about the
// file that is read.
func Fatal(err error) bool {
	var s SinkError
	return errors.As(err, &s) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// Code names the finding for damage of a text.
func Code(err error) string {
	switch {
	case errors.Is(err, ErrTruncated):
		return "truncated"
	case errors.Is(err, ErrGzip):
		return "gzip-error"
	case errors.Is(err, ErrTooLarge):
		return "too-large"
	case errors.Is(err, ErrTooDeep):
		return "double-wrapped"
	case errors.Is(err, ErrMalformed):
		return "malformed"
	case errors.Is(err, ErrOdd):
		return "stray-element"
	}
	return "unreadable"
}
