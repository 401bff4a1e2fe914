package decode

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/record"
)

// MillisText reads a time in epoch milliseconds as JavaScript's parseInt does; 0 if
// it is none.
func MillisText(text string) int64 {
	text = strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), "\" \t\r\n\x00")
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return names.Millis(text[:n])
}

// readCheckpoint returns the time up to which the log was applied; 0 if it is not
// known.
func (sc *scan) readCheckpoint(ctx context.Context, path string) (int64, error) {
	if f := sc.at(path); f == nil || f.Err != nil {
		return 0, nil
	}
	text, err := sc.src.ReadFront(ctx, path, 256)
	return MillisText(text), err
}

// decodeCheckpoint reports the checkpoint of the log.
func decodeCheckpoint(ctx context.Context, in *input, out *output) error {
	text, err := in.src.ReadFront(ctx, in.file.Path, 256)
	if err != nil {
		return err
	}
	out.noteMark()
	if out.file.Status = record.StatusIgnored; MillisText(text) == 0 {
		out.file.Status = ""
		out.notes.Add("malformed", "no time in milliseconds")
		out.keep("no time in milliseconds")
	}
	return nil
}

// outcome of a transaction.
type ending struct {
	committed  int64 // when; 0 if it was not
	rolledBack bool
	writes     int
}

// endTransactions decides which entries count, and tells of the others.
func (j *journal) endTransactions() {
	ends := map[string]*ending{}
	var order []string
	for i := range j.entries {
		e := &j.entries[i]
		if e.transaction == "" || e.state == stateTorn {
			continue
		}
		end := ends[e.transaction]
		if end == nil {
			end = &ending{}
			ends[e.transaction] = end
			order = append(order, e.transaction)
		}
		switch e.op {
		case opCommit:
			end.committed = max(end.committed, e.at, 1)
		case opRollback:
			end.rolledBack = true
		case opWrite, opDelete:
			end.writes++
		}
	}
	for i := range j.entries {
		if e := &j.entries[i]; e.transaction != "" && e.state != stateTorn {
			e.endWith(ends[e.transaction])
		}
	}
	for _, id := range order {
		j.tell(id, ends[id])
	}
}

// endWith gives an entry of a transaction its state and time.
func (e *logEntry) endWith(end *ending) {
	switch {
	case end.rolledBack:
		e.state = stateRolledBack
	case end.committed == 0:
		e.state = stateUncommitted
	default:
		e.at = max(e.at, end.committed)
	}
}

// tell reports a transaction that does not count.
func (j *journal) tell(id string, end *ending) {
	detail := fmt.Sprintf("transaction %s, %d writes", id, end.writes)
	switch {
	case end.writes == 0:
	case end.rolledBack:
		j.out.warn("wal-rolled-back", "", detail)
	case end.committed == 0:
		j.out.warn("wal-uncommitted", "", detail)
	}
}

// last returns the entries that write or delete the file at a path, the last one
// that took effect first, then the others from the newest on. effective says
// whether the first one took effect.
func (j *journal) last(path string) (list []*logEntry, effective bool) {
	for _, i := range j.targets[path] {
		list = append(list, &j.entries[i])
	}
	slices.SortStableFunc(list, func(a, b *logEntry) int {
		if x, y := a.state == stateStanding, b.state == stateStanding; x != y {
			return -record.Prefer(x)
		}
		return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(b.line, a.line))
	})
	return list, len(list) > 0 && list[0].state == stateStanding
}

// beats says whether an entry that took effect is newer than the file that it
// writes; there says whether that file exists.
func (j *journal) beats(e *logEntry, f fileState, there bool) bool {
	switch {
	case !there || !f.good:
		return e.op == opWrite || e.at > j.checkpoint
	case e.at <= j.checkpoint:
		return false
	case f.stamped:
		return f.time < e.at
	}
	// A modification time that copying has set says nothing.
	return f.time == 0 || f.time > j.newest+record.Day || f.time < e.at
}

// noteState remembers how a file was found.
func (j *journal) noteState(out *output) {
	f := &out.file
	lost := f.Status == record.StatusUnreadable || f.Status == record.StatusUnsupported || out.cut || out.reason != "" && f.Records == 0
	state := fileState{good: !lost && f.Bytes > 0, stamped: out.stamped, time: out.time}
	if in := j.in.scan.at(f.Path); in != nil && in.Vague && !out.stamped {
		state.time = 0
	}
	j.states[f.Path] = state
}

// pointer names the place of a value that a line holds.
func (e *logEntry) pointer() string { return "/" + strconv.Itoa(e.line) + "/data" }

// code is the warning for a record of the entry that loses.
func (e *logEntry) code() string {
	switch e.state {
	case stateRolledBack:
		return "wal-rolled-back"
	case stateUncommitted:
		return "wal-uncommitted"
	case stateTorn:
		return "wal-torn-line"
	}
	return ""
}

// rank is that of an entry which does not replace its file.
func (e *logEntry) rank() record.Rank {
	if e.state == stateStanding {
		return record.RankBackup
	}
	return record.RankStaged
}
