package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// Runs is what a schedule remembers between its runs, and what shows a failure
// until a run has succeeded.
type Runs struct {
	LastSuccess time.Time `json:"last_success,omitzero"`
	Failed      *Failed   `json:"failed,omitempty"`
}

// Failed is one or more runs in a row that failed.
type Failed struct {
	Since   time.Time `json:"since"`
	At      time.Time `json:"at"` // the last time
	Times   int       `json:"times"`
	Problem string    `json:"problem"`
}

const (
	runsFile   = "runs.json"
	runsMember = "runs"
)

// Runs tells how the schedule has been doing. Nothing was ever run: the zero Runs.
func (c *Catalog) Runs() (r Runs, err error) {
	defer pages.Wrap(&err, "read the state of the schedule")
	text, err := readSmall(filepath.Join(c.dir, runsFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	case err == nil:
		err = unsealJSON(runsMember, text, &r)
	}
	if err != nil {
		return Runs{}, fmt.Errorf("%s: %w", runsFile, err)
	}
	marks, err := c.failureMarks()
	for _, m := range marks {
		if m.failed.At.After(r.LastSuccess) && (r.Failed == nil || m.failed.At.After(r.Failed.At)) {
			r.Failed = &m.failed
		}
	}
	return r, err
}

// Ran records that a run has succeeded (nil) or failed. That one has failed is recorded
// on a full disk, too.
func (c *Catalog) Ran(ctx context.Context, failed error) (err error) {
	defer pages.Wrap(&err, "record the run of the schedule")
	unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	r, err := c.Runs()
	if err != nil {
		r = Runs{} // it is written anew
	}
	now := c.opt.Now().UTC().Truncate(time.Millisecond)
	switch {
	case failed == nil:
		r = Runs{LastSuccess: now}
	case r.Failed == nil:
		r.Failed = &Failed{Since: now, At: now, Times: 1, Problem: fmt.Sprint(failed)}
	default:
		r.Failed.At, r.Failed.Problem = now, fmt.Sprint(failed)
		r.Failed.Times++
	}
	text, err := sealJSON(runsMember, r)
	if err != nil {
		return err
	}
	err = writeFile(filepath.Join(c.dir, runsFile), text)
	if durable.IsFull(err) && failed != nil {
		return c.markFailure(*r.Failed)
	}
	return errors.Join(err, c.removeFailureMarks(err == nil))
}

// A failure mark stands in for the file of the runs on a disk that has no room for it:
// an empty file, whose name says since when, until when and how often runs have failed.
const (
	markPrefix = "failed-"
	markTime   = "20060102T150405.000Z"
)

type failureMark struct {
	name   string
	failed Failed
}

func (c *Catalog) markFailure(f Failed) error {
	old, err := c.failureMarks()
	if err != nil {
		return err
	}
	name := filepath.Join(c.dir, fmt.Sprintf("%s%s-%s-%d", markPrefix, f.Since.UTC().Format(markTime), f.At.UTC().Format(markTime), f.Times))
	if len(old) > 0 { // another name takes no room
		err = durable.Replace(filepath.Join(c.dir, old[0].name), name)
	} else {
		err = durable.Create(name, func(*os.File) error { return nil })
	}
	return err
}

func (c *Catalog) failureMarks() (list []failureMark, err error) {
	entries, err := os.ReadDir(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		parts := strings.Split(strings.TrimPrefix(e.Name(), markPrefix), "-")
		if !strings.HasPrefix(e.Name(), markPrefix) || len(parts) != 3 {
			continue
		}
		since, bad := time.Parse(markTime, parts[0])
		at, worse := time.Parse(markTime, parts[1])
		times, worst := strconv.Atoi(parts[2])
		if errors.Join(bad, worse, worst) == nil {
			list = append(list, failureMark{e.Name(), Failed{since, at, times, "the disk is full, and there was no room to say more"}})
		}
	}
	return list, err
}

// removeFailureMarks removes them when the file of the runs says what they say.
func (c *Catalog) removeFailureMarks(written bool) error {
	if !written {
		return nil
	}
	marks, err := c.failureMarks()
	for _, m := range marks {
		err = errors.Join(err, removeIfThere(filepath.Join(c.dir, m.name)))
	}
	return err
}
