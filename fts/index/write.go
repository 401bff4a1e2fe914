package index

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"taskstore/fts"
)

// Batch collects what one transaction changes in the index, and writes it in
// the order of keys: FTS5 puts its pending terms down whenever keys go back.
type Batch struct {
	c     Conn
	ops   []op
	next  map[int64]int64 // by minute: a key that nothing has, nor any after it in the minute
	room  map[int64]int64 // by minute: the one in which its next text has its key
	words map[string]bool // that may not be in the list of words yet
	given bool            // words has those of all entries that were prepared
	fresh map[owner]bool  // entities that the index has nothing of
	keys  *Allotments     // where keys are from; nil is the index
	own   *Allotted       // those of this batch
	Bytes int             // of text that is collected
}

// owner names an entity.
type owner struct {
	kind string
	pk   int64
}

// op adds a text to FTS5's index or takes it out.
type op struct {
	pk  int64
	add bool
	fts.Columns
}

// NewBatch begins a batch.
func NewBatch(c Conn) *Batch { return NewBulk(c, nil) }

// NewBulk begins a batch of entries that were prepared: words are theirs. nil is not known.
func NewBulk(c Conn, words map[string]bool) *Batch {
	b := &Batch{c: c, next: map[int64]int64{}, room: map[int64]int64{}, words: words, given: words != nil, fresh: map[owner]bool{}}
	if !b.given {
		b.words = map[string]bool{}
	}
	return b
}

// Put makes the index hold for each e.Mark what e.Rows say; no rows is an entity that
// is gone. Texts that are there already stay. Finish must follow.
func (b *Batch) Put(ctx context.Context, entries []fts.Entry) error {
	if err := b.look(ctx, entries); err != nil {
		return err
	}
	for i := range entries {
		if err := b.put(ctx, &entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// look asks at once what put would else ask for each entity.
func (b *Batch) look(ctx context.Context, entries []fts.Entry) error {
	if len(entries) < 2 {
		return nil
	}
	if err := b.lookFresh(ctx, entries); err != nil {
		return err
	}
	return b.lookKeys(ctx, entries)
}

// lookFresh asks of which entities the index has nothing.
func (b *Batch) lookFresh(ctx context.Context, entries []fts.Entry) error {
	asked, err := json.Marshal(marksOf(entries))
	if err != nil {
		return err
	}
	rows, err := b.c.Query(ctx, sqlFresh, string(asked))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var o owner
		if err := rows.Scan(&o.kind, &o.pk); err != nil {
			return err
		}
		b.fresh[o] = true
	}
	return errors.Join(rows.Err(), rows.Close())
}

// lookKeys asks where the next texts of the minutes of entries have their keys.
func (b *Batch) lookKeys(ctx context.Context, entries []fts.Entry) error {
	var minutes []int64
	for i := range entries {
		for _, r := range entries[i].Rows {
			minutes = append(minutes, firstKey(r.At, entries[i].Trashed)>>minuteBits)
		}
	}
	slices.Sort(minutes)
	return b.rooms(ctx, slices.DeleteFunc(slices.Compact(minutes), func(minute int64) bool {
		_, known := b.room[minute]
		return known
	}))
}

// marksOf gives what the entries are of, each once.
func marksOf(entries []fts.Entry) (list [][2]any) {
	there := make(map[owner]bool, len(entries))
	for i := range entries {
		if o := (owner{entries[i].Kind, entries[i].PK}); !there[o] {
			there[o] = true
			list = append(list, [2]any{o.kind, o.pk})
		}
	}
	return list
}

func (b *Batch) put(ctx context.Context, e *fts.Entry) (err error) {
	var old []stored
	if o := (owner{e.Kind, e.PK}); b.fresh[o] {
		delete(b.fresh, o) // not after this
	} else if old, err = storedRows(ctx, b.c, e.Mark); err != nil {
		return err
	}
	wrong, lacking := compare(old, e)
	if !b.given || !e.Prepared() {
		newWords(b.words, wrong, lacking, e.Rows)
	}
	freed := map[int64][]int64{} // by the first key that they could be
	for _, s := range wrong {
		if err := b.remove(ctx, s); err != nil {
			return err
		}
		if first := firstKey(s.At, s.pk < 0); s.pk >= first {
			freed[first] = append(freed[first], s.pk)
		}
	}
	return b.insertAll(ctx, e, lacking, freed)
}

// insertAll adds texts, as many as can with keys of their minutes that were freed. Those come first: until they have
// their rows, their keys would be taken for free ones.
func (b *Batch) insertAll(ctx context.Context, e *fts.Entry, texts []int, freed map[int64][]int64) error {
	var rest []int
	for _, i := range texts {
		first := firstKey(e.Rows[i].At, e.Trashed)
		if len(freed[first]) == 0 {
			rest = append(rest, i)
			continue
		}
		if err := b.insert(ctx, e, i, freed[first][0]); err != nil {
			return err
		}
		freed[first] = freed[first][1:]
	}
	for _, i := range rest {
		pk, err := b.newKey(ctx, firstKey(e.Rows[i].At, e.Trashed))
		if err == nil {
			err = b.insert(ctx, e, i, pk)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sqlFresh gives those of a list of entities that the index has nothing of.
const sqlFresh = `SELECT j.value ->> 0, j.value ->> 1
FROM json_each(?) AS j
WHERE NOT EXISTS (SELECT 1 FROM search_rows AS r WHERE r.kind = j.value ->> 0 AND r.owner_pk = j.value ->> 1)`

const (
	sqlRemoveRow  = "DELETE FROM search_rows WHERE pk = ?"
	sqlRemoveText = "DELETE FROM search_text WHERE pk = ?"
	sqlInsertRow  = "INSERT INTO search_rows (pk, kind, owner_pk, list, item_pk, part, at)\nVALUES (?, ?, ?, ?, ?, ?, ?)"
	sqlInsertText = "INSERT INTO search_text (pk, title, body, title_parts, body_parts, kind)\nVALUES (?, ?, ?, ?, ?, ?)"
	sqlIndex      = `INSERT INTO search (rowid, title, body, title_parts, body_parts, kind)
SELECT t.pk, t.title, t.body, t.title_parts, t.body_parts, t.kind
FROM json_each(?) AS j
CROSS JOIN search_text AS t ON t.pk = j.value`
	sqlUnindex = "INSERT INTO search (search, rowid, title, body, title_parts, body_parts, kind)\nVALUES ('delete', ?, ?, ?, ?, ?, ?)"
)

func (b *Batch) remove(ctx context.Context, s stored) error {
	b.ops = append(b.ops, op{s.pk, false, s.columns()})
	b.Bytes += len(s.Body)
	_, err := b.c.Exec(ctx, sqlRemoveRow, s.pk)
	return err
}

// insert adds a text under a key that nothing has.
func (b *Batch) insert(ctx context.Context, e *fts.Entry, i int, pk int64) error {
	r := e.Rows[i]
	o := op{pk, true, e.Columns(i)}
	b.ops = append(b.ops, o)
	b.Bytes += len(o.Body) + len(o.BodyParts)
	_, err := b.c.Exec(ctx, sqlInsertRow, pk, e.Kind, e.PK, r.List, r.ItemPK, r.Part, string(r.At))
	return err
}

// Finish writes what was collected.
func (b *Batch) Finish(ctx context.Context) error {
	slices.SortStableFunc(b.ops, func(x, y op) int {
		switch {
		case x.pk < y.pk:
			return -1
		case x.pk > y.pk:
			return 1
		case x.add == y.add:
			return 0
		case y.add:
			return -1
		}
		return 1
	})
	if err := b.store(ctx); err != nil {
		return err
	}
	err := addWords(ctx, b.c, b.words)
	b.ops, b.Bytes, b.words = nil, 0, map[string]bool{}
	return err
}

// store writes the texts and takes the old ones out of FTS5's index, then puts the
// new ones into it with one statement, which costs less than to give it each.
func (b *Batch) store(ctx context.Context) error {
	var added []int64
	for _, o := range b.ops {
		if o.add {
			added = append(added, o.pk)
			if _, err := b.c.Exec(ctx, sqlInsertText, o.pk, o.Title, o.Body, o.TitleParts, o.BodyParts, o.Kind); err != nil {
				return err
			}
			continue
		}
		if _, err := b.c.Exec(ctx, sqlRemoveText, o.pk); err != nil {
			return err
		}
		if _, err := b.c.Exec(ctx, sqlUnindex, o.pk, o.Title, o.Body, o.TitleParts, o.BodyParts, o.Kind); err != nil {
			return err
		}
	}
	if len(added) == 0 {
		return nil
	}
	list, err := json.Marshal(added)
	if err != nil {
		return err
	}
	_, err = b.c.Exec(ctx, sqlIndex, string(list))
	return err
}
