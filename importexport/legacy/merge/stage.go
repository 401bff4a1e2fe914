package merge

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"

	"github.com/klauspost/compress/zstd"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Stage holds everything that came out of a source, in a scratch database on
// disk: memory stays flat whatever the amount. It can be made again from the
// source at any time, so it is neither synced nor journalled. What is loaded may be
// merged, compared and warned of by several goroutines.
type Stage struct {
	DB    *sql.DB
	Path  string
	zip   *zstd.Encoder
	unzip *zstd.Decoder

	mu    sync.Mutex
	found []finding // given to Warn, not in the database yet
}

// stageSchema: a candidate's sum is that of its canonical form; container is its
// time after implausible clocks were set right (see clocks); what is its
// disposition. raw and inline are packed by zstd where packed says so. A warning with more
// stands for so many that the scan of the file did not list.
const stageSchema = `
CREATE TABLE files (
	path TEXT PRIMARY KEY, format TEXT NOT NULL, status TEXT NOT NULL, key TEXT NOT NULL, rank INTEGER NOT NULL,
	bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, mod INTEGER NOT NULL, records INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE warnings (
	file TEXT NOT NULL, collection TEXT NOT NULL, code TEXT NOT NULL, id TEXT NOT NULL, detail TEXT NOT NULL,
	more INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE candidates (
	pk INTEGER PRIMARY KEY, collection TEXT NOT NULL, id TEXT NOT NULL, file TEXT NOT NULL, pointer TEXT NOT NULL,
	seq INTEGER NOT NULL, rank INTEGER NOT NULL, time INTEGER NOT NULL, container INTEGER NOT NULL DEFAULT 0,
	at INTEGER NOT NULL, version INTEGER NOT NULL, damaged INTEGER NOT NULL, doubtful INTEGER NOT NULL,
	whole INTEGER NOT NULL, spread INTEGER NOT NULL, composed INTEGER NOT NULL, part INTEGER NOT NULL, code TEXT NOT NULL, kind TEXT NOT NULL, sum BLOB NOT NULL,
	size INTEGER NOT NULL, packed INTEGER NOT NULL, raw BLOB,
	form TEXT NOT NULL, path TEXT NOT NULL, member TEXT NOT NULL, inline BLOB
) STRICT;
CREATE TABLE dispositions (candidate INTEGER PRIMARY KEY, what TEXT NOT NULL) STRICT;
CREATE TABLE synthesized (list TEXT NOT NULL, id TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (list, id)) STRICT, WITHOUT ROWID;
CREATE TABLE hints (
	collection TEXT NOT NULL, id TEXT NOT NULL, rank INTEGER NOT NULL, file TEXT NOT NULL,
	time INTEGER NOT NULL, deleted INTEGER NOT NULL, raw BLOB,
	PRIMARY KEY (collection, id, rank, file, deleted)
) STRICT, WITHOUT ROWID;
CREATE TABLE stubs (collection TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (collection, id)) STRICT, WITHOUT ROWID;
CREATE TABLE strays (
	pk INTEGER PRIMARY KEY, collection TEXT NOT NULL, file TEXT NOT NULL, pointer TEXT NOT NULL,
	seq INTEGER NOT NULL, reason TEXT NOT NULL, packed INTEGER NOT NULL, raw BLOB
) STRICT;
CREATE TABLE quarantine (file TEXT PRIMARY KEY, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
`

// NewStage makes an empty stage in dir, which must exist. One that an earlier
// import left there is replaced.
func NewStage(ctx context.Context, dir string) (s *Stage, err error) {
	defer sqlitedb.Wrap(&err, "make the stage in %s", dir)
	path, err := filepath.Abs(filepath.Join(dir, "stage.db"))
	if err != nil {
		return nil, err
	}
	if err := removeStage(path); err != nil {
		return nil, err
	}
	s = &Stage{Path: path}
	if s.zip, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20)); err != nil {
		return nil, err
	}
	if s.unzip, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)); err != nil {
		return nil, err
	}
	if err := durable.Create(path, func(*os.File) error { return nil }); err != nil { // SQLite would let others read it
		return nil, err
	}
	if s.DB, err = sql.Open("sqlite", stageDSN(path)); err != nil {
		return nil, err
	}
	s.DB.SetMaxOpenConns(1)
	if _, err := s.DB.ExecContext(ctx, stageSchema); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func stageDSN(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	q := url.Values{"_pragma": {"journal_mode(OFF)", "synchronous(OFF)", "locking_mode(EXCLUSIVE)", "cache_size(-1000)", "temp_store(FILE)"}}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

func removeStage(path string) error {
	for _, end := range []string{"", "-journal", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Close ends the stage and deletes its file.
func (s *Stage) Close() (err error) {
	defer sqlitedb.Wrap(&err, "close the stage")
	s.unzip.Close()
	return errors.Join(s.zip.Close(), s.DB.Close(), removeStage(s.Path))
}

// packFrom is the size in bytes from which texts are compressed in the stage.
const packFrom = 2 << 10

// pack returns what to store for a text, and whether it is compressed.
func (s *Stage) pack(text []byte) (stored []byte, packed bool) {
	if len(text) < packFrom {
		return text, false
	}
	return s.zip.EncodeAll(text, nil), true
}

func (s *Stage) unpack(stored []byte, packed bool) ([]byte, error) {
	if !packed {
		return stored, nil
	}
	return s.unzip.DecodeAll(stored, nil)
}

// FileState is the size of a file and when it was last written, as the scan found it.
func (s *Stage) FileState(ctx context.Context, path string) (size, at int64, err error) {
	err = s.DB.QueryRowContext(ctx, `SELECT bytes, mod FROM files WHERE path = ?`, path).Scan(&size, &at)
	return size, at, err
}
