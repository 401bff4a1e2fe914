package legacy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
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
