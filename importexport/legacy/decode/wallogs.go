package decode

import (
	"context"
	"slices"

	"taskstore/importexport/legacy/record"
)

// zippedLog reads the log that stands among the members of a zip, if there is one.
func (sc *scan) zippedLog(ctx context.Context, members []memberJob) error {
	i := slices.IndexFunc(members, func(m memberJob) bool { return m.isLog() })
	if i < 0 {
		return nil
	}
	before := len(sc.logs)
	err := sc.openLog(ctx, members[i].job)
	for _, j := range sc.logs[before:] {
		sc.groupLog(j)
	}
	return err
}

// logOf returns the log that an input is; nil for any other file.
func (sc *scan) logOf(in *input) *journal {
	for _, j := range sc.logs {
		if j.in == in {
			return j
		}
	}
	return nil
}

// logged says whether a log writes the file at a path.
func (sc *scan) logged(path string) bool {
	for _, j := range sc.logs {
		if len(j.targets[path]) > 0 {
			return true
		}
	}
	return false
}

// saw remembers a record that the source holds, for no log to repeat it.
func (sc *scan) saw(c *record.Candidate) {
	if len(sc.logs) == 0 || len(c.Raw) == 0 {
		return
	}
	sum := sumRecord(c)
	for _, j := range sc.logs {
		j.seen[sum] = true
	}
}

// noteState remembers how a file was found that a log may write.
func (sc *scan) noteState(out *output) {
	for _, j := range sc.logs {
		j.noteState(out)
	}
}

func (sc *scan) closeLogs() {
	for _, j := range sc.logs {
		_ = j.file.Close()
	}
}
