package migrations

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"taskstore/internal/durable"
	"taskstore/internal/sqlfile"
)

// ErrDisturbed means that the store changed under a reader who could not be
// shielded from that: what was read is not to be trusted, and should be read
// again.
var ErrDisturbed = errors.New("store changed while it was read")

// Access is a way to open a SQLite file that leaves it as it is.
type Access struct {
	File   string     // what to open: the file itself, or a copy
	Params url.Values // of the file: URI, such as mode=ro and immutable=1
	Copied bool       // File is a copy, which may be written to

	done func() error
}

// Done ends the access, after the last connection was closed. It removes the
// copy. ErrDisturbed means that the file was changed meanwhile by someone who
// could not be held off; what was read is then not to be trusted.
func (a Access) Done() error { return a.done() }

// dsn is the data source name of the access.
func (a Access) dsn(ctx context.Context) (string, error) {
	return sqlfile.DSN(a.File, a.Params.Encode()+"&"+busyPragma(ctx))
}

// ReadOnly finds the way to open the SQLite file db so that neither it nor
// its -wal and -shm change by one byte and no file appears or goes away.
// Opening with mode=ro alone does not do that. There are three cases:
//
//   - There is nothing to recover: no -wal, or an empty one without -shm, or one
//     that has nothing but its header, of a writer that was killed right after
//     that. The file is opened as immutable. SQLite then takes no locks, so a
//     writer that begins meanwhile is not held off.
//   - -wal and -shm are there: a writer is at work or has crashed. They are
//     opened with readonly_shm, the locks are those of any reader, and a writer
//     may go on or begin.
//   - A -wal without -shm, or a rollback journal, of a writer that crashed:
//     SQLite would have to write. The files are copied to the directory that
//     scratch makes for this and that Done removes, and the copy is opened.
//
// In the first and third case the caller holds the lock that keeps the
// project's own writers away, exclusively, until Done has returned. Tools that
// know nothing of that lock are noticed: ReadOnly and Done return ErrDisturbed
// when the files changed meanwhile. In the second case a shared lock is
// enough, provided that a connection is opened at once: from its first read
// on, no writer removes the -wal. Should the last writer close in between,
// opening fails (SQLITE_CANTOPEN) and may leave an empty -wal: call Done and
// ReadOnly again.
//
// In the third case the process must not have db open by other means, because
// copying drops its POSIX locks. A missing file is fs.ErrNotExist; scratch is
// called in the third case only.
func ReadOnly(ctx context.Context, db string, scratch func() (string, error)) (a Access, err error) {
	defer wrap(&err, "open %s for reading only", db)
	was, err := lookTwice(ctx, db)
	if err != nil {
		return Access{}, err
	}
	var (
		wal, hasWAL = was["-wal"]
		_, hasSHM   = was["-shm"]
		unfinished  = was["-journal"].size > 0 || wal.size > walHeader && !hasSHM
	)
	switch {
	case unfinished:
		return copied(ctx, db, was, scratch)
	case hasWAL && hasSHM && !wal.headless():
		return Access{File: db, Params: url.Values{"mode": {"ro"}, "readonly_shm": {"1"}},
			done: func() error { return nil }}, nil
	default:
		return Access{File: db, Params: url.Values{"mode": {"ro"}, "immutable": {"1"}},
			done: func() error { return undisturbed(db, was) }}, nil
	}
}

// seen is what can be known of a file without opening it. Opening and closing
// it would drop the locks that this process may hold on it.
type seen struct {
	size int64
	mod  time.Time
	info fs.FileInfo
}

// WithoutLog is Read for what is in the file db alone, whatever its -wal adds to that or makes
// of it. It is for a -wal that may be another database's, while nobody writes.
func WithoutLog(ctx context.Context, db string) (st Status, err error) {
	defer wrap(&err, "read schema version of %s without its log", db)
	files, err := Options{}.files()
	if err != nil {
		return Status{}, err
	}
	return Access{File: db, Params: url.Values{"mode": {"ro"}, "immutable": {"1"}}}.status(ctx, files)
}

// walHeader is how many bytes a -wal has before its first frame.
const walHeader = 32

// headless tells whether a -wal that is not empty has no frame. SQLite waits for the writer
// of one that it may not recover, and for as long as that is dead.
func (s seen) headless() bool { return 0 < s.size && s.size <= walHeader }

// A writer that lives adds its first frame right after the header.
const (
	frameWait = 200 * time.Millisecond
	framePoll = 10 * time.Millisecond
)

// lookTwice is look, and waits for the first frame of a writer that may be about to add it.
func lookTwice(ctx context.Context, db string) (map[string]seen, error) {
	for end := time.Now().Add(frameWait); ; {
		files, err := look(db)
		if _, hasSHM := files["-shm"]; err != nil || !hasSHM || !files["-wal"].headless() || time.Now().After(end) {
			return files, err
		}
		select {
		case <-time.After(framePoll):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// look sees the database file and what lies beside it, by suffix.
func look(db string) (map[string]seen, error) {
	files := make(map[string]seen)
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		info, err := os.Stat(db + suffix)
		if errors.Is(err, fs.ErrNotExist) && suffix != "" {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is not a file", db+suffix)
		}
		files[suffix] = seen{size: info.Size(), mod: info.ModTime(), info: info}
	}
	return files, nil
}

func undisturbed(db string, was map[string]seen) error {
	is, err := look(db)
	if err != nil {
		return errors.Join(ErrDisturbed, err)
	}
	same := len(is) == len(was)
	for suffix, s := range is {
		w, ok := was[suffix]
		same = same && ok && s.size == w.size && s.mod.Equal(w.mod) && os.SameFile(s.info, w.info)
	}
	if !same {
		return fmt.Errorf("%w: %s", ErrDisturbed, db)
	}
	return nil
}

func copied(ctx context.Context, db string, was map[string]seen, scratch func() (string, error)) (Access, error) {
	dir, err := scratch()
	if err != nil {
		return Access{}, err
	}
	a := Access{
		File:   filepath.Join(dir, filepath.Base(db)),
		Params: url.Values{"mode": {"rw"}},
		Copied: true,
		done:   func() error { return os.RemoveAll(dir) },
	}
	for _, suffix := range []string{"", "-wal", "-journal"} {
		if _, ok := was[suffix]; ok && err == nil {
			err = durable.CopyFile(ctx, db+suffix, a.File+suffix)
		}
	}
	if errors.Is(err, fs.ErrNotExist) { // it was there a moment ago
		err = fmt.Errorf("%w: %w", ErrDisturbed, err)
	}
	if err == nil {
		err = undisturbed(db, was)
	}
	if err != nil {
		return Access{}, errors.Join(err, a.Done())
	}
	return a, nil
}

// busyPragma has a connection wait for locks of others, 10 s or as long as ctx allows.
func busyPragma(ctx context.Context) string {
	return fmt.Sprintf("_pragma=busy_timeout(%d)", durable.Patience(ctx, 10*time.Second).Milliseconds())
}
