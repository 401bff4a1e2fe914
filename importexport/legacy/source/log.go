package source

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/internal/durable"
)

// LogFile is an open log: its lines are read as they are wanted.
type LogFile interface {
	io.ReaderAt
	io.Closer
}

// OpenLog opens a log of the source for reading here and there, and tells its size. One
// that stands in a zip, or is UTF-16, is unpacked to a scratch file.
func (src *Source) OpenLog(ctx context.Context, f *File) (_ LogFile, size int64, wide bool, err error) {
	in, err := src.Reader(ctx, f.Path, nil)
	if err != nil {
		return nil, 0, false, err
	}
	defer in.Close()
	begin := bufio.NewReader(in)
	mark, _ := begin.Peek(2)
	if wide = rawjson.IsUTF16(mark); wide {
		log, size, err := src.copyLog(rawjson.FromUTF16(nil, begin, nil))
		return log, size, true, err
	}
	if f.Member {
		log, size, err := src.copyLog(begin)
		return log, size, false, err
	}
	file, err := src.Tree.Open(f.Path)
	return file, f.Bytes, false, err
}

// copyLog unpacks a log to a scratch file, up to where it is damaged.
func (src *Source) copyLog(in io.Reader) (LogFile, int64, error) {
	file, err := durable.Temp(src.Scratch, "wal-*.log")
	if err != nil {
		return nil, 0, rawjson.SinkError{Err: err}
	}
	log := scratchFile{file}
	size, err := io.Copy(file, UntilDamage{io.NopCloser(in)})
	if err != nil {
		var place *os.PathError
		if errors.As(err, &place) { // of the scratch file, and no damage of the zip
			err = rawjson.SinkError{Err: err}
		}
		return nil, 0, errors.Join(err, log.Close())
	}
	return log, size, nil
}

// scratchFile is a file that is deleted when it is closed.
type scratchFile struct{ *os.File }

func (f scratchFile) Close() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }
