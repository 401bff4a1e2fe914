package legacy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"slices"
)

// logFile is an open log: its lines are read as they are wanted.
type logFile interface {
	io.ReaderAt
	io.Closer
}

// openLog opens a log of the source for reading here and there, and tells its size. One
// that stands in a zip, or is UTF-16, is unpacked to a scratch file.
func (src *Source) openLog(ctx context.Context, f *SourceFile) (_ logFile, size int64, wide bool, err error) {
	in, err := src.open(ctx, f.Path, nil)
	if err != nil {
		return nil, 0, false, err
	}
	defer in.Close()
	begin := bufio.NewReader(in)
	mark, _ := begin.Peek(2)
	if wide = isUTF16(mark); wide {
		log, size, err := src.copyLog(fromUTF16(nil, begin, nil))
		return log, size, true, err
	}
	if f.member {
		log, size, err := src.copyLog(begin)
		return log, size, false, err
	}
	file, err := src.tree.open(f.Path)
	return file, f.Bytes, false, err
}

// copyLog unpacks a log to a scratch file, up to where it is damaged.
func (src *Source) copyLog(in io.Reader) (logFile, int64, error) {
	file, err := os.CreateTemp(src.scratch, "wal-*.log")
	if err != nil {
		return nil, 0, sinkError{err}
	}
	log := scratchFile{file}
	size, err := io.Copy(file, untilDamage{io.NopCloser(in)})
	if err != nil {
		var place *os.PathError
		if errors.As(err, &place) { // of the scratch file, and no damage of the zip
			err = sinkError{err}
		}
		return nil, 0, errors.Join(err, log.Close())
	}
	return log, size, nil
}

// scratchFile is a file that is deleted when it is closed.
type scratchFile struct{ *os.File }

func (f scratchFile) Close() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }

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
func (sc *scan) saw(c *Candidate) {
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
