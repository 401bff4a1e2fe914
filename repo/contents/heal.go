package contents

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// heal puts contents with problems right: from the trash, and from the directories
// that were named. What comes from there is verified before it replaces anything.
func (c *scrub) heal(ctx context.Context) error {
	if c.opt.DryRun || len(c.rep.Problems) == 0 {
		return nil
	}
	open := map[string]*Problem{}
	for i := range c.rep.Problems {
		p := &c.rep.Problems[i]
		if _, err := c.s.blobs.Restore(ctx, p.SHA256); err == nil {
			c.healed(p, "the trash")
			continue
		}
		open[p.SHA256] = p
	}
	for _, dir := range c.opt.HealFrom {
		if err := errors.Join(c.healFromBlobs(ctx, dir, open), c.healFromFiles(ctx, dir, open)); err != nil {
			return err
		}
	}
	return c.note(ctx)
}

func (c *scrub) healed(p *Problem, from string) {
	p.Healed = from
	c.rep.Healed++
}

// healFromBlobs takes contents out of a directory of blobs: dir itself, or the one
// of the store or the backup that dir is.
func (c *scrub) healFromBlobs(ctx context.Context, dir string, open map[string]*Problem) error {
	for _, root := range []string{dir, filepath.Join(dir, "blobs")} {
		source, err := blobs.Open(root, blobs.Options{ReadOnly: true})
		if err != nil {
			if root == dir {
				return err
			}
			continue
		}
		for sha, p := range open {
			r, err := source.Open(ctx, sha)
			if err != nil {
				continue
			}
			err = c.replace(ctx, sha, r)
			if err = errors.Join(err, r.Close()); fatalContent(err) {
				return err
			}
			if err == nil {
				c.healed(p, root)
				delete(open, sha)
			}
		}
	}
	return nil
}

// replace puts the bytes of r in the place of a content, if they are it.
func (c *scrub) replace(ctx context.Context, sha string, r io.Reader) error {
	_, err := c.s.blobs.Put(ctx, r, blobs.PutOptions{SHA256: sha})
	return Error(err)
}

// fatalContent tells an error that ends the healing from one of a single source.
func fatalContent(err error) bool {
	return errors.Is(err, sqlitedb.ErrFull) || errors.Is(err, fs.ErrPermission) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// healFromFiles looks through all files below dir for the contents that are still
// open. Files of other sizes are not read, where the size is known.
func (c *scrub) healFromFiles(ctx context.Context, dir string, open map[string]*Problem) error {
	sizes, all, err := c.sizes(ctx, open)
	if err != nil || len(open) == 0 {
		return err
	}
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil || len(open) == 0 {
			if len(open) == 0 {
				return filepath.SkipAll
			}
			return ctx.Err() // what cannot be read has nothing for us
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !all && !sizes[info.Size()] {
			return nil
		}
		return c.healFromFile(ctx, path, open)
	})
}

// sizes are those of the contents that are looked for; all says that one of them is
// not known.
func (c *scrub) sizes(ctx context.Context, open map[string]*Problem) (sizes map[int64]bool, all bool, err error) {
	sizes = map[int64]bool{}
	for sha := range open {
		known, err := c.s.Get(ctx, sha)
		switch {
		case err == nil:
			sizes[known.Size] = true
		case errors.Is(err, rows.ErrNotFound):
			all = true
		default:
			return nil, false, err
		}
	}
	return sizes, all, nil
}

func (c *scrub) healFromFile(ctx context.Context, path string, open map[string]*Problem) error {
	f, err := os.Open(path)
	if err != nil {
		return nil // another file may do
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return nil
	}
	sha := hex.EncodeToString(hash.Sum(nil))
	p, wanted := open[sha]
	if !wanted {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil
	}
	if err := c.replace(ctx, sha, f); err != nil {
		if fatalContent(err) {
			return err
		}
		return nil
	}
	c.healed(p, path)
	delete(open, sha)
	return nil
}

// note makes the database say how healed contents are kept now.
func (c *scrub) note(ctx context.Context) error {
	var result []Needed
	for _, p := range c.rep.Problems {
		if p.Healed == "" {
			continue
		}
		info, err := c.s.blobs.Stat(ctx, p.SHA256)
		if err != nil {
			return Error(err)
		}
		result = append(result, Needed{Info: info, Dir: c.s.blobs, Put: true})
	}
	if len(result) == 0 {
		return nil
	}
	now := schema.TimeOf(c.s.clock())
	return c.s.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return Record(ctx, q, now, result) })
}
