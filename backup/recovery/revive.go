package recovery

import (
	"fmt"
	"slices"

	"taskstore/backup/putback"
	"taskstore/repo"
)

// Note takes up a record whose rows could not be read and that the backup did not have, and that
// came back from its revisions since: it stands with the rows. It tells whether the record is of
// a table of which rows are lost.
func (r *Rebuilt) Note(v repo.Revived) bool {
	i := slices.IndexFunc(r.Tables, func(t putback.Salvaged) bool { return t.Table == v.Kind && t.Damaged })
	if i < 0 {
		return false
	}
	if v.Failed == nil {
		r.noteRevived(&r.Tables[i], v)
	}
	return true
}

// noteRevived notes a record with the row that was lost, or as one that nothing else told of.
func (r *Rebuilt) noteRevived(t *putback.Salvaged, v repo.Revived) {
	key := fmt.Sprint(v.PK)
	i := slices.IndexFunc(t.Unread, func(row putback.Row) bool {
		return !row.OfBackup && (row.ID == v.ID || row.ID == "" && row.Key == key)
	})
	if i < 0 {
		t.Unread = append(t.Unread, putback.Row{Key: key})
		i = len(t.Unread) - 1
	}
	row := &t.Unread[i]
	row.ID, row.OfRevision, row.At = v.ID, v.Name, string(v.At)
	if v.Apart != nil {
		row.Apart = v.Apart.Error()
	}
	for _, list := range v.Lists {
		if row.Lists == nil {
			row.Lists = map[string]putback.Regained{}
		}
		came := putback.Regained{Came: list.Came}
		if r.incomplete(list.Table) {
			came.Empty = list.Empty
		}
		row.Lists[list.Part] = came
	}
}

// incomplete tells that rows of a table are lost.
func (r *Rebuilt) incomplete(table string) bool {
	return slices.ContainsFunc(r.Tables, func(t putback.Salvaged) bool {
		return t.Table == table && t.Damaged && (t.Unknown || t.Lost() > 0)
	})
}
