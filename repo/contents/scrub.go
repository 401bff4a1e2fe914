package contents

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Scopes of a scrub.
const (
	ScrubAll    = "all"    // every content
	ScrubRest   = "rest"   // on from where the last one stopped before its end
	ScrubSample = "sample" // some, by chance
	ScrubNamed  = "named"  // those that were named
)

// What can be wrong with a content.
const (
	ContentDamaged    = "damaged"    // the bytes are not what the name says
	ContentMissing    = "missing"    // there is no file
	ContentUnreadable = "unreadable" // the disk does not give it
)

// ScrubOptions says what to read. The zero value reads everything, as fast as it
// can.
type ScrubOptions struct {
	// Only names contents; nil is all.
	Only []string
	// Sample reads this part of the contents, more than 0 and less than 1, chosen by
	// chance.
	Sample float64
	// Rest goes on from where the last scrub stopped, if that was before its end.
	Rest bool
	// Rate is how many bytes a second to read at most, so that the disk stays usable;
	// 0 is no limit.
	Rate int64
	// HealFrom are directories that may have the contents: directories of blobs,
	// stores or backups with one, or any others with files.
	HealFrom []string
	// DryRun heals nothing and records nothing.
	DryRun bool
	// Progress, if set, is told how many contents are done.
	Progress func(done, total int64)
}

// ContentProblem is a content that is not as it should be.
type Problem struct {
	SHA256  string      `db:"sha256" json:"sha256"`
	Problem string      `db:"problem" json:"problem"` // damaged, missing or unreadable
	Detail  string      `db:"detail" json:"detail"`
	FoundAt schema.Time `db:"found_at" json:"found_at"`
	Kind    string      `db:"kind" json:"kind"` // of one of the owners
	ID      string      `db:"id" json:"id"`
	Healed  string      `db:"-" json:"healed,omitempty"` // from where
}

// ScrubReport is what a scrub found.
type ScrubReport struct {
	Scope    string    `json:"scope"`
	Checked  int64     `json:"checked"`
	Bytes    int64     `json:"bytes"` // plain bytes that were read
	Problems []Problem `json:"problems"`
	Healed   int64     `json:"healed"`   // how many of the problems are none any more
	Foreign  []string  `json:"foreign"`  // what does not belong into the directory
	Unknown  int64     `json:"unknown"`  // files of contents that the database does not know
	Complete bool      `json:"complete"` // it came to its end
}

// Left tells how many problems are not healed.
func (r ScrubReport) Left() int64 { return int64(len(r.Problems)) - r.Healed }

// Scrub reads contents from beginning to end and holds them against their names.
// What it finds is kept, for check and status to show, until the content is found
// whole or is put again. Damaged and missing contents are healed from the trash and
// from HealFrom, where these have them.
//
// When ctx ends the scrub stops, with its report and the error; it keeps how far it
// came.
func (s *Handle) Scrub(ctx context.Context, opt ScrubOptions) (rep ScrubReport, err error) {
	defer sqlitedb.Wrap(&err, "read the contents")
	opt.DryRun = opt.DryRun || s.readOnly
	if opt.Sample < 0 || opt.Sample > 1 || math.IsNaN(opt.Sample) {
		return rep, &schema.InvalidError{Kind: "scrub", Field: "sample", Problem: "is not between 0 and 1"}
	}
	c := &scrub{s: s, opt: opt, rep: &rep, begun: s.now(), limit: newThrottle(opt.Rate)}
	rep.Problems, rep.Foreign = []Problem{}, []string{}
	todo, err := c.choose(ctx)
	if err != nil {
		return rep, err
	}
	err = c.readAll(ctx, todo)
	rep.Complete = err == nil
	if err == nil || ctx.Err() != nil {
		keep := context.WithoutCancel(ctx)
		if healing := c.heal(ctx); ctx.Err() == nil {
			err = errors.Join(err, healing)
		}
		err = errors.Join(err, c.record(keep))
	}
	return rep, err
}

// scrub is a scrub at work.
type scrub struct {
	s     *Handle
	opt   ScrubOptions
	rep   *ScrubReport
	begun schema.Time
	limit *throttle
	bad   map[string]bool // contents that had a problem before
	whole []string        // of these, what is whole now
	last  string          // the content that was read last
	buf   [256 << 10]byte
}

// knownContents are the contents that there should be and what is known to be wrong.
type knownContents struct {
	sums     []string
	problems map[string]bool
}

func (s *Handle) knownContents(ctx context.Context) (k knownContents, err error) {
	var bad []string
	err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
		return errors.Join(
			q.Select(ctx, &k.sums, "SELECT sha256 FROM blobs UNION SELECT sha256 FROM v_blob_refs ORDER BY sha256"),
			q.Select(ctx, &bad, "SELECT sha256 FROM blob_problems"))
	})
	k.problems = make(map[string]bool, len(bad))
	for _, sha := range bad {
		k.problems[sha] = true
	}
	return k, err
}

// choose gives the contents to read, in the order of their hashes.
func (c *scrub) choose(ctx context.Context) ([]string, error) {
	k, err := c.s.knownContents(ctx)
	if err != nil {
		return nil, err
	}
	list, err := c.files(ctx, k.sums)
	if err != nil {
		return nil, err
	}
	c.bad, c.rep.Scope = k.problems, ScrubAll
	switch {
	case c.opt.Only != nil:
		c.rep.Scope = ScrubNamed
		return c.opt.Only, nil
	case c.opt.Sample > 0 && c.opt.Sample < 1:
		c.rep.Scope = ScrubSample
		return sample(list, c.opt.Sample), nil
	case c.opt.Rest:
		c.rep.Scope = ScrubRest
		after, err := c.s.scrubbedUpTo(ctx)
		i, _ := slices.BinarySearch(list, after+"\x00")
		return list[i:], err
	}
	return list, nil
}

// files adds the contents in the directory that the database does not know, and
// notes what does not belong there.
func (c *scrub) files(ctx context.Context, known []string) ([]string, error) {
	if c.s.blobs == nil {
		return known, nil
	}
	list := slices.Clone(known)
	for info, err := range c.s.blobs.All(ctx) {
		var foreign *blobs.ForeignError
		switch {
		case errors.As(err, &foreign):
			c.rep.Foreign = append(c.rep.Foreign, foreign.Path)
			continue
		case err != nil && info.SHA256 == "":
			return nil, Error(err)
		}
		if _, ok := slices.BinarySearch(known, info.SHA256); !ok {
			c.rep.Unknown++
			list = append(list, info.SHA256)
		}
	}
	slices.Sort(list)
	return list, nil
}

// sample chooses a part of a list by chance, at least one, and keeps its order.
func sample(list []string, part float64) []string {
	n := min(int(math.Ceil(float64(len(list))*part)), len(list))
	chosen := make([]string, 0, n)
	for i, sha := range list {
		if rand.IntN(len(list)-i) < n-len(chosen) {
			chosen = append(chosen, sha)
		}
	}
	return chosen
}

// scrubbedUpTo is the content at which the last scrub of all stopped, "" if it came
// to its end.
func (s *Handle) scrubbedUpTo(ctx context.Context) (last string, err error) {
	err = s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
		err := q.Get(ctx, &last, `SELECT CASE complete WHEN 1 THEN '' ELSE last END
FROM blob_scrubs
WHERE scope IN ('all', 'rest')
ORDER BY pk DESC
LIMIT 1`)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return last, err
}

// readAll reads contents and collects their problems.
func (c *scrub) readAll(ctx context.Context, todo []string) error {
	for i, sha := range todo {
		err := c.readOne(ctx, sha)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.last = sha
		c.rep.Checked++
		if err != nil {
			c.rep.Problems = append(c.rep.Problems, problemOf(sha, err, c.s.now()))
		} else if c.bad[sha] {
			c.whole = append(c.whole, sha)
		}
		if c.opt.Progress != nil {
			c.opt.Progress(int64(i+1), int64(len(todo)))
		}
	}
	return nil
}

// readOne reads a content from beginning to end, not faster than the limit.
func (c *scrub) readOne(ctx context.Context, sha string) error {
	dir, err := c.s.contentDir()
	if err != nil {
		return blobs.ErrNotFound
	}
	r, err := dir.Open(ctx, sha)
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := io.CopyBuffer(c.limit.writer(ctx), onlyReader{r}, c.buf[:])
	c.rep.Bytes += n
	return err
}

// onlyReader hides what else a reader can do, so that the buffer is used.
type onlyReader struct{ io.Reader }

func problemOf(sha string, err error, now schema.Time) Problem {
	p := Problem{SHA256: sha, Problem: ContentUnreadable, Detail: err.Error(), FoundAt: now}
	switch {
	case errors.Is(err, blobs.ErrNotFound):
		p.Problem, p.Detail = ContentMissing, "there is no file"
	case errors.Is(err, blobs.ErrCorrupt):
		p.Problem = ContentDamaged
	}
	return p
}
