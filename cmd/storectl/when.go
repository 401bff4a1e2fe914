package main

import (
	"fmt"
	"time"

	"taskstore/internal/when"
	"taskstore/schema"
)

// whenFlag is the text of a flag that takes a WHEN. Nothing is no time: a script
// whose variable is empty must not list everything.
type whenFlag struct{ text *string }

func (w whenFlag) String() string {
	if w.text == nil {
		return ""
	}
	return *w.text
}

func (w whenFlag) Type() string { return "string" }

func (w whenFlag) Set(text string) error {
	_, err := when.Since(text, time.Now())
	*w.text = text
	return err
}

// bounds reads --since and --until; "" is no bound.
func bounds(since, until string, now time.Time) (from, to schema.Time, err error) {
	var first, end time.Time
	if since != "" {
		if first, err = when.Since(since, now); err != nil {
			return "", "", fmt.Errorf("--since: %w", err)
		}
	}
	if until != "" {
		if end, err = when.Until(until, now); err != nil {
			return "", "", fmt.Errorf("--until: %w", err)
		}
	}
	if !end.IsZero() && !first.Before(end) {
		return "", "", fmt.Errorf("--since %s is later than --until %s", since, until)
	}
	return schema.TimeOf(first), schema.TimeOf(end), nil
}

// lasting reads a DUR as a length of time up to now.
func lasting(text string, now time.Time) (time.Duration, error) {
	s, err := when.ParseSpan(text)
	return now.Sub(s.Before(now)), err
}
