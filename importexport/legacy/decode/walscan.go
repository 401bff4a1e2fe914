package decode

import (
	"context"
	"crypto/sha256"
	"fmt"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/record"
)

// recordSum identifies a record of a collection by its text.
type recordSum [16]byte

func sumRecord(c *record.Candidate) (s recordSum) {
	h := sha256.New()
	h.Write([]byte(c.Collection))
	h.Write([]byte{0})
	if c.Collection == "other" || c.Collection == "settings" {
		h.Write([]byte(c.ID))
		h.Write([]byte{0})
	}
	h.Write(c.Raw)
	copy(s[:], h.Sum(nil))
	return s
}

// decodeLog gives what the log holds. Of each key the last entry that took effect
// comes first: where it is newer than its file it stands above it. All the others
// give only records that say something new, as versions: a log usually repeats the
// whole collection with every change.
func decodeLog(ctx context.Context, in *input, out *output) error {
	j := in.scan.logOf(in)
	if j == nil {
		out.unsupported(in.class.Format())
		return nil
	}
	for _, path := range j.order {
		if j.class(path).Form == names.FormChunk {
			continue // read with its session
		}
		if err := j.give(ctx, path); err != nil {
			return err
		}
	}
	j.reset(nil, 0)
	return nil
}

// give gives what the entries for one file hold.
func (j *journal) give(ctx context.Context, path string) error {
	c := j.class(path)
	list, effective := j.last(path)
	if effective {
		state, there := j.states[path]
		if !j.beats(list[0], state, there) {
			effective = false
		} else if list[0].op == opDelete {
			if err := j.delete(list[0], c); err != nil {
				return err
			}
		}
	}
	for i, e := range list {
		if e.op != opWrite {
			continue
		}
		wins := i == 0 && effective
		rank := e.rank()
		if wins {
			rank = record.RankWAL
		}
		if err := j.entry(ctx, e, c, path, rank); err != nil {
			return err
		}
	}
	return nil
}

// delete gives the hint that a delete is.
func (j *journal) delete(e *logEntry, c names.Class) error {
	h := record.Hint{Collection: c.Key, File: j.out.file.Path, Rank: j.out.capped(record.RankWAL), Time: e.at, Deleted: true}
	switch {
	case c.Form == names.FormEntity:
		h.ID = c.ID
	case c.Form != names.FormCollection:
		return nil
	}
	return j.out.hint(h)
}

// reset prepares the output for the records of an entry; nil ends that.
func (j *journal) reset(e *logEntry, rank record.Rank) {
	out := j.out
	out.damaged, out.doubtful, out.spread, out.single = false, false, false, false
	out.rank, out.time, out.at, out.admit = 0, j.in.time(0), "", nil
	if e == nil {
		return
	}
	out.rank, out.time, out.at = out.capped(rank), e.at, e.pointer()
	out.damaged = e.state == stateTorn
	out.admit = func(c *record.Candidate) bool {
		c.Code = e.code()
		// What a transaction wrote may hold links that the next one did not know of.
		c.Spread = c.Spread || rank == record.RankBackup && e.transaction != ""
		return rank == record.RankWAL || !j.seen[sumRecord(c)]
	}
}

// entry gives what one entry writes.
func (j *journal) entry(ctx context.Context, e *logEntry, c names.Class, path string, rank record.Rank) error {
	j.reset(e, rank)
	in := *j.in
	in.class, in.text = c, j.layer(e.offset, e.size).Member(e.data)
	return j.giveContent(ctx, &in, path)
}

// giveContent reads what an entry writes as the file at path would be read.
func (j *journal) giveContent(ctx context.Context, in *input, path string) error {
	out := j.out
	switch in.class.Form {
	case names.FormCollection:
		kind, err := in.text.Kind()
		if err != nil || kind != '[' {
			return decodeCollection(ctx, in, out)
		}
		return out.failed(out.entities(in.text, in.class.Key, ""))
	case names.FormEntity:
		return out.oneEntity(in.text, in)
	case names.FormIndex:
		return nil
	}
	if names.SecretName(in.class.Key) {
		out.warn("secret-skipped", "", in.class.Key)
		return nil
	}
	switch in.class.Form {
	case names.FormCAMeta:
		return out.loggedMeta(ctx, in)
	case names.FormCAData:
		return out.loggedData(ctx, in, path)
	}
	if in.class.Form == names.FormValue || in.class.Form == names.FormCopy {
		return decoders[in.class.Form](ctx, in, out)
	}
	return j.other(path)
}

// other keeps the log when it is the only place of a content that is not read out
// of logs.
func (j *journal) other(path string) error {
	if f := j.in.scan.at(path); f == nil || f.Err != nil || f.Bytes == 0 {
		j.out.warn("unsupported", "", fmt.Sprintf("%s stands only in the log", path))
		j.out.keep("holds what its files do not hold")
	}
	return nil
}
