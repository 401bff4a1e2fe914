package merge

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/internal/sqlitedb"

	"github.com/go-json-experiment/json/jsontext"
)

// Merge decides, for each id of a collection, which record stands and what becomes
// of the other candidates, and gives one Merged for each. The result follows from
// the staged content alone, not from the order in which it was staged. Memory is
// that of the ids at hand: the candidates of one big record, not those of all.
//
// A candidate's disposition is written to the stage when the next Merged is asked
// for or the sequence ends, so merging a collection again is possible and replaces
// what an earlier merge of it wrote. After an error the sequence ends. target may
// be nil for an empty store.
func (s *Stage) Merge(ctx context.Context, collection string, target Target) iter.Seq2[Merged, error] {
	if target == nil {
		target = empty{}
	}
	return func(yield func(Merged, error) bool) {
		m := &merger{stage: s, target: target, collection: collection}
		err := m.run(ctx, yield)
		if e := m.flush(ctx); err == nil {
			err = e
		}
		if err != nil && err != errLeft {
			sqlitedb.Wrap(&err, "merge %s", collection)
			yield(Merged{}, err)
		}
	}
}

// errLeft ends a merge whose caller wants no more.
var errLeft = errors.New("no more is wanted")

// merger is one pass over a collection.
type merger struct {
	stage      *Stage
	target     Target
	collection string
	standing   standing
	done       []disposition
	found      []finding
	stubs      []string
}

type disposition struct {
	pk   int64
	what string
}

// finding is a warning about a record, for the report of a file.
type finding struct {
	file string
	record.Warning
}

func (m *merger) run(ctx context.Context, yield func(Merged, error) bool) (err error) {
	if err := m.forget(ctx); err != nil {
		return err
	}
	if m.standing, err = m.stage.standing(ctx, m.collection); err != nil {
		return err
	}
	for after := ""; ; {
		rows, err := m.stage.page(ctx, smallRow, m.collection, after)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		hints, err := m.hints(ctx, rows)
		if err != nil {
			return err
		}
		for _, group := range groups(rows) {
			out, err := m.merge(ctx, group, slices.Concat(hints[""], hints[group[0].ID]))
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
		after = rows[len(rows)-1].ID
	}
	return m.missing(ctx, yield)
}

// hints returns what is said about the ids of a page.
func (m *merger) hints(ctx context.Context, rows []*row) (map[string][]record.Hint, error) {
	if !m.standing.hinted {
		return nil, nil
	}
	return m.stage.hintsBetween(ctx, m.collection, rows[0].ID, rows[len(rows)-1].ID)
}

// merge decides about one id.
func (m *merger) merge(ctx context.Context, rows []*row, hints []record.Hint) (Merged, error) {
	c := m.contest(rows)
	winner := c.ranked[0]
	out := Merged{Collection: m.collection, ID: winner.ID, Winner: winner.Candidate, Kind: kindOf(c.ranked)}
	out.Winner.Raw, out.Sum = nil, winner.sum
	out.Winner.Time = winner.Container
	out.Duplicates = len(rows) - len(c.ranked)
	if record.Entities[m.collection] {
		out.Trash = m.standing.trash(rows, hints)
	}
	if deleted(hints, winner) {
		out.Trash = TrashDeleted
	}
	var err error
	if out.Raw, err = m.complete(ctx, c); err != nil {
		return out, err
	}
	if c.merged = winner.sum; c.completed {
		if c.merged, err = hashOf(out.Raw); err != nil {
			return out, err
		}
	}
	out.sum = c.merged
	if out.Contents, err = m.contents(ctx, c); err != nil {
		return out, err
	}
	before := len(m.found)
	m.observe(c, hints, out)
	for _, f := range m.found[before:] {
		out.Warnings = append(out.Warnings, f.Warning)
	}
	return out, m.decide(ctx, c, &out)
}

// contest is the candidates of one id in their order.
type contest struct {
	rows   []*row
	ranked []*row // one of each content, the winner first
	same   map[*row][]*row
	// completed says that the winner took something from the losers, merged is its
	// Sum then.
	completed bool
	merged    rawjson.Sum
}

// differs says whether a loser holds what neither the completed winner nor a
// better loser holds.
func (c *contest) differs(r *row) bool { return r.size > 0 && !r.Composed && r.sum != c.merged }

// contest puts the candidates in order: those of the live tier first, each tier by
// recency. A candidate without a text comes last, since it says nothing.
func (m *merger) contest(rows []*row) *contest {
	c := &contest{rows: rows, same: map[*row][]*row{}}
	slices.SortFunc(rows, func(a, b *row) int { return tie(b, a) })
	bySum := map[rawjson.Sum]*row{}
	for _, r := range rows {
		if best, ok := bySum[r.sum]; !ok || m.before(r, best) {
			bySum[r.sum] = r
		}
	}
	for _, r := range rows {
		if best := bySum[r.sum]; best != r {
			c.same[best] = append(c.same[best], r)
		} else {
			c.ranked = append(c.ranked, r)
		}
	}
	for i := range c.ranked {
		for j := i + 1; j < len(c.ranked); j++ {
			if m.before(c.ranked[j], c.ranked[i]) {
				best := c.ranked[j]
				copy(c.ranked[i+1:j+1], c.ranked[i:j])
				c.ranked[i] = best
			}
		}
	}
	return c
}

// before says whether a wins against b.
func (m *merger) before(a, b *row) bool {
	if (a.size > 0) != (b.size > 0) {
		return a.size > 0
	}
	if a.Part != b.Part {
		return b.Part
	}
	if a.Composed != b.Composed {
		return b.Composed
	}
	if x, y := m.standing.live(a), m.standing.live(b); x != y {
		return x
	}
	return better(a, b) > 0
}

func kindOf(ranked []*row) string {
	for _, r := range ranked {
		if r.kind != "" {
			return r.kind
		}
	}
	return ""
}

// complete returns the winner's text, completed from the losers.
func (m *merger) complete(ctx context.Context, c *contest) (jsontext.Value, error) {
	winner := c.ranked[0]
	base, err := m.stage.text(ctx, winner)
	keys := m.collection == "settings" && winner.ID == "settings"
	if err != nil || m.collection == "other" || len(c.ranked) == 1 && !keys {
		return base, err
	}
	lossy := winner.Rank == record.RankChunked
	spoilt := lossy || mayHoldSentinel(base)
	var donors []donor
	for _, r := range c.ranked[1:] {
		give := m.gift(winner, r, lossy)
		if r.size == 0 || r.Part || give == giveRepair && !spoilt {
			continue
		}
		raw, err := m.stage.text(ctx, r)
		if err != nil {
			return nil, err
		}
		donors = append(donors, donor{raw, give})
	}
	raw := fill(base, donors, lossy)
	if keys {
		if raw, err = m.settings(ctx, raw); err != nil {
			return nil, err
		}
	}
	c.completed = !bytes.Equal(raw, base)
	return raw, nil
}

// gift says what a loser gives to the winner: what the live sources hold completes
// it, and where the winner lost values by chunking or sanitizing, everything does.
// Two records of one list are two versions, and do not complete each other.
func (m *merger) gift(winner, r *row, lossy bool) gift {
	switch {
	case m.collection == "settings":
		return giveAbsent
	case r.Spread && r.Rank.Live():
		return giveAll
	case r.Spread && !lossy:
		return giveLinks
	case r.Composed:
		return giveFields
	case lossy || r.Rank.Live() && r.File != winner.File:
		return giveFields
	}
	return giveRepair
}

// contents gathers where an attachment's bytes may be.
func (m *merger) contents(ctx context.Context, c *contest) ([]record.Content, error) {
	var out []record.Content
	for _, r := range c.ranked {
		for _, r := range append([]*row{r}, c.same[r]...) {
			content, err := m.stage.contentOf(ctx, r)
			if err != nil {
				return nil, err
			}
			if content != nil && !slices.Contains(out, *content) {
				out = append(out, *content)
			}
		}
	}
	return out, nil
}
