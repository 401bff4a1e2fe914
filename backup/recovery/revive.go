package recovery

import (
	"context"
	"fmt"
	"slices"

	"taskstore/backup/putback"
	"taskstore/repo"
)

// Revive brings back the records whose rows could not be read and that the backup did not have, from
// their revisions, and notes that with the rows. s is the store that was made, of
// which the rows were repaired.
func (r *Rebuilt) Revive(ctx context.Context, s *repo.Store) error {
	for _, kind := range repo.Kinds() {
		i := slices.IndexFunc(r.Tables, func(t putback.Salvaged) bool { return t.Table == kind.Plural && t.Damaged })
		if i < 0 || !kind.IsEntity() {
			continue
		}
		list, err := s.History.Revive(ctx, kind.Name)
		if err != nil {
			return err
		}
		for _, v := range list {
			if v.Failed == nil {
				r.noteRevived(&r.Tables[i], v)
			}
		}
	}
	return nil
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
