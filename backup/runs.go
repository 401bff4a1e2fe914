package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
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

const runsFile = "runs.json"

// Runs tells how the schedule has been doing. Nothing was ever run: the zero Runs.
func (c *Catalog) Runs() (r Runs, err error) {
	defer wrap(&err, "read the state of the schedule")
	text, err := readSmall(filepath.Join(c.dir, runsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	return r, err
}

// Ran records that a run has succeeded (nil) or failed.
func (c *Catalog) Ran(ctx context.Context, failed error) (err error) {
	defer wrap(&err, "record the run of the schedule")
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
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(c.dir, runsFile), append(text, '\n'))
}
