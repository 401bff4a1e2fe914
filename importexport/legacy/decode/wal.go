package decode

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/source"
)

// journal is the application's write-ahead log. Only where its entries stand is
// held in memory; what they write is read when it is its turn.
type journal struct {
	ctx        context.Context
	in         *input
	out        *output
	file       source.LogFile
	size       int64
	dir        string // of the log, with a slash, or ""
	entries    []logEntry
	targets    map[string][]int // entries by the path of the file that they write
	order      []string         // these paths in the order of their first entry
	checkpoint int64            // epoch milliseconds up to which the log was applied
	newest     int64
	seen       map[recordSum]bool
	states     map[string]fileState
}

// logEntry is one line of the log that writes or deletes something.
type logEntry struct {
	offset, size int64
	line         int   // from 0
	at           int64 // epoch milliseconds of its taking effect: of the commit, for a part of a transaction
	data         int   // index of the member that holds what is written
	transaction  string
	op           logOp
	state        logState
}

type logOp string

const (
	opWrite    logOp = "write"
	opDelete   logOp = "delete"
	opBegin    logOp = "transaction-start"
	opCommit   logOp = "transaction-commit"
	opRollback logOp = "transaction-rollback"
)

// logState says whether an entry counts.
type logState int

const (
	stateStanding    logState = iota // on its own, or of a transaction that was committed
	stateUncommitted                 // of a transaction without an end
	stateRolledBack
	stateTorn // the line ends early
)

// fileState is how a file that the log may write was found.
type fileState struct {
	good    bool  // read without loss
	stamped bool  // time is the one in its wrapper
	time    int64 // epoch milliseconds
}

// openLog reads a log and its checkpoint.
func (sc *scan) openLog(ctx context.Context, log job) error {
	f, size, wide, err := sc.src.OpenLog(ctx, log.file)
	if rawjson.Fatal(err) {
		return err
	}
	if err != nil {
		return nil // unreadable; told when it is the file's turn
	}
	in, out := sc.begin(log.file, log.class)
	if wide {
		in.notes.Add("bom", "byte order mark of UTF-16 at the beginning")
	}
	j := &journal{ctx: ctx, in: in, out: out, file: f, size: size, targets: map[string][]int{},
		seen: map[recordSum]bool{}, states: map[string]fileState{}}
	j.dir = strings.TrimSuffix(log.file.Path, "wal.log")
	if j.checkpoint, err = sc.readCheckpoint(ctx, j.dir+"wal.checkpoint"); err == nil {
		err = j.readLines()
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	j.endTransactions()
	sc.logs = append(sc.logs, j)
	sc.stock.log(j)
	return nil
}

// isLog says whether a file is the log of the source, and holds anything.
func (j job) isLog() bool {
	return j.class.Form == names.FormWAL && j.class.Variant == "" && j.file.Err == nil && j.file.Bytes > 0
}

// readLines finds the lines of the log and reads their heads.
func (j *journal) readLines() error {
	r := bufio.NewReaderSize(io.NewSectionReader(j.file, 0, j.size), 256<<10)
	var offset, size int64
	for line := 0; ; {
		part, err := r.ReadSlice('\n')
		size += int64(len(part))
		j.in.advance(len(part))
		if err == bufio.ErrBufferFull {
			continue
		}
		if e := j.ctx.Err(); e != nil {
			return e
		}
		if size > 1 || len(bytes.TrimSpace(part)) > 0 {
			if err := j.readLine(offset, size, line); err != nil {
				return err
			}
		}
		offset, size = offset+size, 0
		line++
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return j.out.failed(err)
		}
	}
}

// layer is the text of one line.
func (j *journal) layer(offset, size int64) rawjson.Layer {
	return func(tap io.Writer) (*rawjson.Scanner, error) {
		raw := make([]byte, min(size+4, rawjson.ScanBuffer))
		return &rawjson.Scanner{Ctx: j.ctx, Src: io.NewSectionReader(j.file, offset, size), Notes: j.in.notes, Raw: raw, Tap: tap}, nil
	}
}

// readLine notes the entry in a line.
func (j *journal) readLine(offset, size int64, line int) error {
	s, err := j.layer(offset, size)(nil)
	if err != nil {
		return err
	}
	h := entryHead{data: -1}
	c, err := s.Peek()
	if err == io.EOF {
		return nil
	}
	if err == nil && c != '{' {
		err = rawjson.ErrMalformed
	}
	if err == nil {
		err = s.Object(func(i int, name string, kind byte) error { return h.read(s, i, name, kind) })
	}
	if err == nil {
		if more, e := s.Drain(); more || e != nil {
			err = cmp.Or(e, rawjson.ErrMalformed)
		}
	}
	if rawjson.Fatal(err) {
		return err
	}
	e := logEntry{offset: offset, size: size, line: line, at: MillisText(h.timestamp),
		data: h.data, transaction: rawjson.Unquote([]byte(h.transaction)), op: logOp(rawjson.Unquote([]byte(h.operation)))}
	if err == nil {
		err = e.check(h.collection)
	}
	if err != nil {
		j.out.warn("wal-torn-line", "", fmt.Sprintf("line %d: %v", line+1, err))
		j.out.keep("lines of the log that cannot be read")
		j.out.cut = true
		if e.state = stateTorn; e.op != opWrite || e.data < 0 || e.at == 0 || len(h.collection) < 3 {
			return nil
		}
	}
	if e.op == opWrite && e.state != stateTorn && !h.sound() {
		j.out.warn("checksum-mismatch", "", fmt.Sprintf("line %d says %s", line+1, h.checksum))
	}
	if e.op != opWrite && h.data >= 0 && h.kind != 'n' {
		h.surplus = "data"
	}
	if h.surplus != "" && e.state != stateTorn {
		j.out.warn("unknown-field", "", fmt.Sprintf("line %d: %s", line+1, h.surplus))
		j.out.keep("an entry of the log that holds more than it should")
	}
	j.newest = max(j.newest, e.at)
	j.add(e, rawjson.FullText([]byte(h.collection)))
	return nil
}

var errLine = errors.New("not an entry of a log")

// check says what an entry lacks.
func (e *logEntry) check(collection string) error {
	switch e.op {
	case opBegin, opCommit, opRollback:
		if e.transaction == "" {
			return errLine
		}
	case opWrite, opDelete:
		if collection == "" || collection == `""` || e.op == opWrite && e.data < 0 {
			return errLine
		}
	default:
		return errLine
	}
	return nil
}

// add notes an entry under the path of the file that it writes.
func (j *journal) add(e logEntry, key string) {
	j.entries = append(j.entries, e)
	if e.op != opWrite && e.op != opDelete {
		return
	}
	path := j.path(key)
	if j.targets[path] == nil {
		j.order = append(j.order, path)
	}
	j.targets[path] = append(j.targets[path], len(j.entries)-1)
}

// path returns the path of the file that a key of the log names: some name the
// file itself, relative to the directory above.
func (j *journal) path(key string) string {
	if rest, ok := strings.CutPrefix(key, "db/"); ok && (strings.HasSuffix(rest, ".json") || strings.HasSuffix(rest, ".json.gz")) {
		return j.dir + rest
	}
	return j.dir + key + ".json"
}

// class says what the file at a path that the log writes would be.
func (j *journal) class(path string) names.Class {
	return names.ClassifyDB(strings.TrimPrefix(path, j.dir))
}

// has says whether the file at a path was there to be read.
func (j *journal) has(path string) bool {
	_, ok := j.states[path]
	return ok
}
