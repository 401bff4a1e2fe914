package merge

import (
	"context"
	"strings"

	"taskstore/importexport/legacy/record"
)

// standing is what the sources of a collection as a whole mean for its records.
type standing struct {
	// restored: the live collection is missing, damaged or empty, so that records
	// of the lower ranks are live too.
	restored bool
	// packed: a sound copy of the collection stands in a zip, so that what was never
	// made to count (an unfinished transaction, say) does not stand in for it.
	packed bool
	// lone: the source is a single file, of which nothing else could be expected.
	lone bool
	// superseded are the live forms that a newer live form has replaced: an id
	// that stands only in these was probably deleted.
	superseded map[record.Rank]bool
	// owners are the backups whose notes, tasks or sessions are live, so that the
	// attachments inside them are live as well.
	owners map[string]bool
	// indexed are the forms of which an index was read.
	indexed map[record.Rank]bool
	// hinted says that there is anything in the stage's hints about the collection.
	hinted bool
}

// form sums up the candidates of one live rank.
type form struct {
	ids            int64
	at, container  int64
	damaged, whole bool
}

// standing finds out how a collection stands.
func (s *Stage) standing(ctx context.Context, collection string) (st standing, err error) {
	st = standing{superseded: map[record.Rank]bool{}, indexed: map[record.Rank]bool{}}
	forms, err := s.forms(ctx, collection)
	if err != nil {
		return st, err
	}
	if st.restored, err = s.restored(ctx, collection, forms); err != nil {
		return st, err
	}
	if err := s.DB.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM candidates WHERE collection = ? AND rank = ? AND NOT damaged)`,
		collection, int(record.RankZip)).Scan(&st.packed); err != nil {
		return st, err
	}
	var files int
	if err := s.DB.QueryRowContext(ctx, `SELECT count(*) FROM files WHERE rank > 0`).Scan(&files); err != nil {
		return st, err
	}
	st.lone = files <= 1
	if collection == "attachments" {
		st.owners, err = s.restoredOwners(ctx)
		return st, err
	}
	for old := range forms {
		for by := range forms {
			if st.superseded[old] || !replaces(forms, by, old) {
				continue
			}
			if st.superseded[old], err = s.covers(ctx, collection, by, old, forms[old].ids); err != nil {
				return st, err
			}
		}
	}
	return st, s.readIndexed(ctx, collection, &st)
}

// forms returns the live forms in which the collection is there.
func (s *Stage) forms(ctx context.Context, collection string) (map[record.Rank]form, error) {
	found, err := s.DB.QueryContext(ctx, `
		SELECT rank, count(DISTINCT id), max(at), max(container), max(damaged), max(whole)
		FROM candidates
		WHERE collection = ? AND rank >= ?
		GROUP BY rank`, collection, int(record.RankRoot))
	if err != nil {
		return nil, err
	}
	defer found.Close()
	forms := map[record.Rank]form{}
	for found.Next() {
		var r record.Rank
		var f form
		if err := found.Scan(&r, &f.ids, &f.at, &f.container, &f.damaged, &f.whole); err != nil {
			return nil, err
		}
		forms[r] = f
	}
	return forms, found.Err()
}

// restored says whether the records of the lower ranks stand in for the collection.
func (s *Stage) restored(ctx context.Context, collection string, forms map[record.Rank]form) (bool, error) {
	if len(forms) == 0 {
		return true, nil
	}
	return s.broken(ctx, collection)
}

// restoredOwners returns the files of lower rank that stand in for a collection
// whose records hold attachments.
func (s *Stage) restoredOwners(ctx context.Context) (map[string]bool, error) {
	owners := map[string]bool{}
	for _, collection := range []string{"notes", "tasks", "sessions"} {
		forms, err := s.forms(ctx, collection)
		if err != nil {
			return nil, err
		}
		restored, err := s.restored(ctx, collection, forms)
		if err != nil {
			return nil, err
		}
		if !restored {
			continue
		}
		if err := s.filesOf(ctx, collection, owners); err != nil {
			return nil, err
		}
	}
	return owners, nil
}

func (s *Stage) filesOf(ctx context.Context, collection string, into map[string]bool) error {
	found, err := s.DB.QueryContext(ctx, `SELECT path FROM files WHERE key = ? AND rank < ?`, collection, int(record.RankRoot))
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var path string
		if err := found.Scan(&path); err != nil {
			return err
		}
		into[path] = true
	}
	return found.Err()
}

// broken says whether the collection's own file was read in part or not at all, or
// may hold wrong letters.
func (s *Stage) broken(ctx context.Context, collection string) (bool, error) {
	var n int
	err := s.DB.QueryRowContext(ctx, `
		SELECT count(*)
		FROM files
		WHERE key = ?1 AND rank IN (?2, ?3) AND (status IN (?4, ?5, ?6)
				OR EXISTS (SELECT 1 FROM warnings WHERE file = path AND code = 'gzip-error'))
			AND NOT (rank = ?2 AND EXISTS (SELECT 1 FROM files WHERE key = ?1 AND rank = ?3 AND status = ?7))`,
		collection, int(record.RankRoot), int(record.RankCollection), record.StatusPartial, record.StatusQuarantined, record.StatusUnreadable, record.StatusOK).Scan(&n)
	return n > 0, err
}

// replaces says whether one form is sound and newer than another. Where the
// clocks do not tell, the application's later form is taken to be the newer one.
func replaces(forms map[record.Rank]form, by, old record.Rank) bool {
	a, b := forms[by], forms[old]
	if by == old || a.damaged || old == record.RankWAL || by == record.RankWAL && !a.whole {
		return false
	}
	if c := known(a.container, b.container); c != 0 {
		return c > 0
	}
	if c := known(a.at, b.at); c != 0 {
		return c > 0
	}
	return by > old
}

// covers says whether a form holds more than half of another's ids. A form that
// holds fewer is one that a migration only began to write.
func (s *Stage) covers(ctx context.Context, collection string, by, old record.Rank, ids int64) (bool, error) {
	var shared int64
	err := s.DB.QueryRowContext(ctx, `
		SELECT count(*)
		FROM (
			SELECT id FROM candidates WHERE collection = ?1 AND rank = ?2
			INTERSECT
			SELECT id FROM candidates WHERE collection = ?1 AND rank = ?3)`,
		collection, int(by), int(old)).Scan(&shared)
	return shared*2 > ids, err
}

func (s *Stage) readIndexed(ctx context.Context, collection string, st *standing) error {
	found, err := s.DB.QueryContext(ctx, `SELECT DISTINCT rank, deleted FROM hints WHERE collection = ?`, collection)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var r record.Rank
		var deleted bool
		if err := found.Scan(&r, &deleted); err != nil {
			return err
		}
		st.hinted = true
		if !deleted {
			st.indexed[r] = true
		}
	}
	return found.Err()
}

// live says whether a candidate counts as one of the live collection.
func (st *standing) live(r *row) bool {
	return r.Rank.Live() || st.restored && !(st.packed && r.Rank == record.RankStaged) || st.owners[r.File]
}

// trash says why a record whose candidates are these does not become live: "" when
// it does.
func (st *standing) trash(rows []*row, hints []record.Hint) string {
	current := false
	for _, r := range rows {
		rank := r.Rank
		if !rank.Live() {
			rank = record.RankCollection
		}
		current = current || st.live(r) && !st.superseded[rank]
	}
	if current {
		return ""
	}
	for _, h := range hints {
		if !h.Deleted && h.ID != "" && anyLive(st, rows) {
			return ""
		}
	}
	return TrashRecovered
}

func anyLive(st *standing, rows []*row) bool {
	for _, r := range rows {
		if st.live(r) {
			return true
		}
	}
	return false
}

// deleted says whether a log deletes the record after its winner was written.
func deleted(hints []record.Hint, winner *row) bool {
	for _, h := range hints {
		if h.Deleted && h.Time > max(winner.Container, winner.At) {
			return true
		}
	}
	return false
}

// ofLog says whether a path is that of a write-ahead log.
func ofLog(path string) bool { return path == "wal.log" || strings.HasSuffix(path, "/wal.log") }
