package decode

import (
	"context"
	"slices"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
)

// turn is a file that is read in its phase.
type turn struct {
	file  *source.File
	phase int
}

// order looks at the name of every file, and gives those that are read one by one in
// the order of their phases: contents last, because what no record refers to is known
// only then. Classes are not kept; there may be many files.
func (sc *scan) order(ctx context.Context) (order []turn, err error) {
	order, sc.parts = make([]turn, 0, len(sc.src.Files)), map[string][]job{}
	var log job
	for i := range sc.src.Files {
		f := &sc.src.Files[i]
		j := job{file: f, class: sc.class(f)}
		sc.alike.Add(f.Path)
		if j.class.Form == names.FormMedia && f.Err == nil {
			sc.addMedia(f.Path)
		}
		sc.stock.file(f, j.class)
		if log.file == nil && j.isLog() {
			log = j
		}
		if j.class.Form == names.FormChunk {
			sc.addPart(j)
		} else {
			order = append(order, turn{f, j.phase()})
		}
	}
	if log.file != nil {
		err = sc.openLog(ctx, log)
	}
	for _, j := range sc.logs {
		sc.groupLog(j)
	}
	slices.SortStableFunc(order, func(a, b turn) int { return a.phase - b.phase })
	return order, err
}

// rest reads the files from phaseLog on, together with the members of zips that wait
// for it. The log may be newer than any file, and its parts of sessions belong to these.
func (sc *scan) rest(ctx context.Context, order []turn) error {
	var next []job
	for _, t := range order {
		next = append(next, job{file: t.file, class: sc.class(t.file)})
	}
	for len(next) > 0 || len(sc.late) > 0 {
		if len(sc.late) > 0 {
			next, sc.late = append(sc.late, next...), nil
			slices.SortStableFunc(next, func(a, b job) int { return a.phase() - b.phase() })
		}
		j := next[0]
		next = next[1:]
		if j.row != nil {
			err := sc.readSessions(ctx)
			if err == nil {
				err = sc.end(ctx, j.row.file, j.row.out, j.row.read(ctx))
			}
			if err != nil {
				return err
			}
			continue
		}
		if err := sc.readInTurn(ctx, j.phase(), j.file, j.class); err != nil {
			return err
		}
	}
	return sc.readSessions(ctx)
}

// readInTurn reads a file when its phase has come; the sessions are read before the first
// that is not of records.
func (sc *scan) readInTurn(ctx context.Context, phase int, f *source.File, c names.Class) error {
	if phase > 0 {
		if err := sc.readSessions(ctx); err != nil {
			return err
		}
	}
	return sc.file(ctx, f, c)
}

// class says what a file of the source is by its name.
func (sc *scan) class(f *source.File) names.Class {
	c := sc.src.Classify(f.Path)
	if c.Nowhere() {
		if root := source.OfOther(f.Path, sc.others); root != "" {
			c = names.Class{Form: names.FormOther, ID: root}
		}
	}
	if sc.src.Unzipped && c.Rank == record.RankCollection {
		c.Rank = record.RankZip
	}
	return names.ComposeID(c, f.Path, sc.src.Begins)
}

// at returns the file at a path of the source or of a zip that was opened, nil without
// one.
func (sc *scan) at(path string) *source.File {
	if f := sc.zipped[path]; f != nil {
		return f
	}
	i, ok := slices.BinarySearchFunc(sc.src.Files, path, func(f source.File, path string) int { return strings.Compare(f.Path, path) })
	if !ok {
		return nil
	}
	return &sc.src.Files[i]
}

type job struct {
	file  *source.File
	class names.Class
	row   *dumpRow // of a dump, which stands for the file
	log   *journal // whose entries for the file at the path class.Key are meant; file is nil
}

// phase orders the files: records; what is filed under a hash, the references to
// it, copies of them, then the contents; the log, which may be newer than any of
// these; the contents that records name.
func (j job) phase() int {
	switch j.class.Form {
	case names.FormCAMeta:
		if j.class.Variant != "" {
			return 2
		}
		return 1
	case names.FormCAData:
		return 3
	case names.FormWAL:
		return phaseLog
	case names.FormValue:
		if j.class.Key == refsKey && j.class.Variant != "" {
			return 2
		}
	case names.FormDedupMeta, names.FormDedupDat:
		return 5
	case names.FormMedia:
		return 6
	}
	return 0
}

// phaseLog is the phase of the log: all records, and all sessions, were read before.
const phaseLog = 4
