package merge

import (
	"context"
	"database/sql"
	"slices"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// note adds a finding about a candidate.
func (m *merger) note(r *row, code, detail string) {
	m.found = append(m.found, finding{r.File, record.Warning{Code: code, ID: r.ID, Detail: detail}})
}

// observe notes what a reader of the report should know about one id.
func (m *merger) observe(c *contest, hints []record.Hint, out Merged) {
	winner := c.ranked[0]
	m.duplicates(c)
	for _, r := range c.ranked[1:] {
		if c.differs(r) {
			m.note(r, versionCode(r), r.Pointer+" differs from "+winner.File+winner.Pointer+" and is kept as a version")
		}
	}
	switch {
	case winner.Rank == record.RankWAL && !slices.ContainsFunc(c.same[winner], ofFile):
		m.note(winner, "wal-applied", winner.Pointer+" is newer than its file")
	case ofBackup(winner.Rank) && out.Trash == "" && !m.standing.lone:
		m.note(winner, "restored-from-backup", winner.Pointer+" stands in for the live collection")
	}
	m.indexes(c, hints)
}

// duplicates notes ids that stand twice in one list, or in several live forms
// with different content.
func (m *merger) duplicates(c *contest) {
	if len(c.rows) == 1 {
		return
	}
	lists := make(map[string]bool, len(c.rows))
	for _, r := range c.rows {
		if r.Part {
			continue
		}
		if list := listOf(r.Candidate); !lists[list] {
			lists[list] = true
		} else {
			m.note(r, "duplicate-id", r.Pointer+" stands more than once in its list")
		}
	}
	winner := c.ranked[0]
	for _, r := range c.ranked[1:] {
		if !r.Part && r.Rank.Live() && winner.Rank.Live() && r.Rank != winner.Rank && r.Rank != record.RankWAL && winner.Rank != record.RankWAL && !r.Spread && r.size > 0 {
			m.note(r, "duplicate-id", r.Pointer+" stands in "+winner.File+" too")
		}
	}
}

// indexes notes where a record and the index of its form disagree.
func (m *merger) indexes(c *contest, hints []record.Hint) {
	there, has := map[record.Rank]bool{}, map[record.Rank]bool{}
	for _, r := range c.rows {
		there[r.Rank] = true
		has[r.Rank] = has[r.Rank] || !r.Spread
	}
	listed := map[record.Rank]bool{}
	for _, h := range hints {
		if h.Deleted || h.ID == "" {
			continue
		}
		listed[h.Rank] = true
		if !there[h.Rank] {
			m.found = append(m.found, finding{h.File, record.Warning{Code: "missing-entity", ID: h.ID, Detail: "the index names it, its files are not there"}})
		}
	}
	for _, r := range c.ranked {
		if (r.Rank == record.RankEntity || r.Rank == record.RankChunked) && has[r.Rank] && !listed[r.Rank] {
			m.note(r, "unindexed", "no index names it")
			has[r.Rank] = false
		}
	}
}

// versionCode says why a loser is kept.
func versionCode(r *row) string {
	switch {
	case r.Code != "":
		return r.Code
	case r.Rank == record.RankStaged && ofLog(r.File):
		return "wal-uncommitted"
	}
	return "conflict-version"
}

// ofFile says whether a record stands in one of the application's own files, the
// log apart.
func ofFile(r *row) bool { return r.Rank.Live() && r.Rank != record.RankWAL }

// ofBackup says whether a record of this rank stands in for one that should be
// elsewhere.
func ofBackup(r record.Rank) bool {
	return r == record.RankBackup || r == record.RankBundle || r == record.RankMigrationCopy || r == record.RankStaged
}

// missing yields a stub for each id that an index names and no source holds.
func (m *merger) missing(ctx context.Context, yield func(Merged, error) bool) error {
	if !m.standing.hinted {
		return nil
	}
	for after := ""; ; {
		hints, err := m.stage.orphanHints(ctx, m.collection, after)
		if err != nil || len(hints) == 0 {
			return err
		}
		for _, h := range hints {
			if h.ID == after {
				continue
			}
			after = h.ID
			out, err := m.stub(ctx, h)
			if err != nil {
				return err
			}
			if !yield(out, nil) {
				return errLeft
			}
		}
		if err := m.flush(ctx); err != nil {
			return err
		}
	}
}

// stub returns what is known of a missing record: the fields of the index.
func (m *merger) stub(ctx context.Context, h record.Hint) (Merged, error) {
	w := record.Warning{Code: "missing-entity", ID: h.ID, Detail: "the index names it, no source holds it"}
	m.found = append(m.found, finding{h.File, w})
	m.stubs = append(m.stubs, h.ID)
	out := Merged{Collection: m.collection, ID: h.ID, Raw: h.Raw, Trash: TrashMissing, Write: true, Warnings: []record.Warning{w}}
	if len(h.Raw) == 0 || h.Raw[0] != '{' {
		id, err := jsontext.AppendQuote(nil, h.ID)
		if err != nil {
			return out, err
		}
		out.Raw = rawjson.JoinMembers([]rawjson.Member{{Name: "id", Raw: jsontext.Value(`"id"`), Value: id}})
	}
	present, ok, err := m.target.Current(ctx, m.collection, h.ID)
	if ok {
		out.Raw, out.Trash, out.Write = present.Raw, present.Trash, false
		out.Kept = true
	}
	return out, err
}

// forget deletes what an earlier merge of the collection wrote.
func (m *merger) forget(ctx context.Context) error {
	for _, text := range []string{
		`DELETE FROM dispositions WHERE candidate IN (SELECT pk FROM candidates WHERE collection = ?)`,
		`DELETE FROM warnings WHERE collection = ?`,
		`DELETE FROM stubs WHERE collection = ?`,
	} {
		if _, err := m.stage.DB.ExecContext(ctx, text, m.collection); err != nil {
			return err
		}
	}
	return nil
}

// flush writes what was decided since the last flush.
func (m *merger) flush(ctx context.Context) (err error) {
	if len(m.done)+len(m.found)+len(m.stubs) == 0 {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	err = m.stage.inTx(ctx, func(tx *sql.Tx) error { return m.write(ctx, tx) })
	m.done, m.found, m.stubs = m.done[:0], m.found[:0], m.stubs[:0]
	return err
}

func (m *merger) write(ctx context.Context, tx *sql.Tx) error {
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO dispositions (candidate, what) VALUES (?, ?) ON CONFLICT DO UPDATE SET what = excluded.what`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, d := range m.done {
		if _, err := stmt.ExecContext(ctx, d.pk, d.what); err != nil {
			return err
		}
	}
	if err := insertFound(ctx, tx, m.collection, m.found); err != nil {
		return err
	}
	for _, id := range m.stubs {
		if _, err := tx.ExecContext(ctx, `INSERT INTO stubs (collection, id) VALUES (?,?) ON CONFLICT DO NOTHING`, m.collection, id); err != nil {
			return err
		}
	}
	return nil
}
