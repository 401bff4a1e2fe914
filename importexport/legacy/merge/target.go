package merge

import (
	"context"

	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// decide holds the merged record against what the store has, writes down what
// became of every candidate, and lists the versions to keep.
func (m *merger) decide(ctx context.Context, c *contest, out *Merged) error {
	winner := c.ranked[0]
	disp := record.DispLive
	if out.Trash != "" {
		disp = record.DispRecovered
	}
	present, ok, err := m.target.Current(ctx, m.collection, winner.ID)
	if err != nil {
		return err
	}
	var held rawjson.Sum // what the store goes on holding, or held
	out.Write = true
	if ok {
		out.sum = rawjson.Sum{} // Raw may become another
		kept, err := m.against(ctx, winner, present, out)
		if err != nil {
			return err
		}
		if held, err = hashOf(present.Raw); err != nil {
			return err
		}
		if kept && winner.Composed {
			disp = record.DispDuplicate
		} else if kept && winner.size > 0 {
			disp = record.DispRevision
			if err := m.version(ctx, winner, held, out); err != nil {
				return err
			}
		}
	}
	m.done = append(m.done, disposition{winner.pk, disp})
	for _, r := range c.ranked[1:] {
		what := record.DispDuplicate
		if c.differs(r) {
			what = record.DispRevision
			if err := m.version(ctx, r, held, out); err != nil {
				return err
			}
		}
		m.done = append(m.done, disposition{r.pk, what})
	}
	for _, same := range c.same {
		for _, r := range same {
			m.done = append(m.done, disposition{r.pk, record.DispDuplicate})
		}
	}
	return nil
}

// version lists a loser, unless the store has the same content already.
func (m *merger) version(ctx context.Context, r *row, held rawjson.Sum, out *Merged) error {
	if r.sum == held {
		return nil
	}
	if has, err := m.target.HasVersion(ctx, m.collection, r.ID, r.sum); err != nil || has {
		return err
	}
	v := Version{Candidate: r.Candidate, Sum: r.sum, Code: versionCode(r)}
	v.Raw, v.Time = nil, r.Container
	v.load = func(ctx context.Context) (jsontext.Value, error) { return m.stage.text(ctx, r) }
	out.Versions = append(out.Versions, v)
	return nil
}

// against decides between the merged record and the one that the store holds. kept
// says that the store's won although the two differ.
func (m *merger) against(ctx context.Context, winner *row, present Present, out *Merged) (kept bool, err error) {
	out.Kept = true
	trash := trashBeside(present.Trash, out.Trash)
	if out.Raw == nil {
		out.Raw, out.Write, out.Trash = present.Raw, trash != present.Trash, trash
		return false, nil
	}
	lossy := winner.Rank == record.RankChunked
	if rawjson.Equal(m.join(out.Raw, present.Raw, giveFields, lossy), present.Raw) {
		out.Raw, out.Write, out.Trash = present.Raw, trash != present.Trash, trash
		return false, nil
	}
	wins, err := m.beats(ctx, winner, present, out)
	if err != nil {
		return false, err
	}
	if wins {
		if present.Rank != 0 {
			out.Raw = m.join(out.Raw, present.Raw, giftAcross(present.Rank, lossy), lossy)
		}
		out.Trash, out.Kept = trash, false
		return false, nil
	}
	completed := present.Raw
	if present.Rank != 0 {
		lossy = present.Rank == record.RankChunked
		completed = m.join(present.Raw, out.Raw, giftAcross(winner.Rank, lossy), lossy)
	}
	out.Write = !rawjson.Equal(completed, present.Raw)
	out.Raw, out.Trash = completed, present.Trash
	return true, nil
}

// giftAcross says what a record of one import gives to that of another.
func giftAcross(from record.Rank, lossy bool) gift {
	if lossy || from.Live() {
		return giveFields
	}
	return giveRepair
}

// join completes a record from another as the collection's rules want it.
func (m *merger) join(base, from jsontext.Value, give gift, lossy bool) jsontext.Value {
	switch m.collection {
	case "other":
		return base
	case "settings":
		give = giveAbsent
	}
	return fill(base, []donor{{from, give}}, lossy)
}

// beats says whether the merged record replaces the one that the store holds: it
// must be provably newer, and of a tier that is not lower.
func (m *merger) beats(ctx context.Context, winner *row, present Present, out *Merged) (bool, error) {
	switch {
	case present.Trash == TrashMissing:
		return out.Trash != TrashMissing, nil
	case present.Rank != 0 && present.Follows == winner.sum && winner.sum != (rawjson.Sum{}) && !winner.Composed:
		if lost, err := m.storeLost(ctx, winner, present); err != nil || lost {
			return lost, err
		}
	}
	switch {
	case present.Trash == "" && out.Trash != "":
		return false, nil
	case present.Trash == TrashRecovered && out.Trash == "":
		return true, nil
	case winner.Composed:
		return false, nil
	case m.collection == "attachments" && present.Rank != 0 && (decode.Composed(present.Raw) || decode.Bare(present.Raw)):
		return true, nil
	}
	a := &row{age: winner.age}
	b := &row{age: ageOf(m.collection, present.Raw)}
	times := newer(a, b)
	if times != 0 && present.Rank != 0 {
		return times > 0, nil
	}
	had, err := m.had(ctx, winner, out.Raw)
	if err != nil || had {
		return false, err
	}
	a.Container, b.Container = winner.Container, present.Time
	return newer(a, b) > 0, nil
}

// storeLost says whether the store's record, which nobody has changed since it was imported
// from this very candidate, does not hold all of it.
func (m *merger) storeLost(ctx context.Context, winner *row, present Present) (bool, error) {
	raw, err := m.stage.text(ctx, winner)
	if err != nil {
		return false, err
	}
	for _, give := range []gift{giveFields, giveAll} {
		whole := m.join(raw, present.Raw, give, winner.Rank == record.RankChunked)
		if SameRecord(present.Raw, &Merged{Raw: whole}) {
			return false, nil
		}
	}
	return true, nil
}

// had says whether the store once held this record and went on from it.
func (m *merger) had(ctx context.Context, winner *row, raw jsontext.Value) (bool, error) {
	sum, err := hashOf(raw)
	if err != nil {
		return false, err
	}
	for _, s := range []rawjson.Sum{sum, winner.sum} {
		if has, err := m.target.HasVersion(ctx, m.collection, winner.ID, s); err != nil || has {
			return has, err
		}
	}
	return false, nil
}

// trashBeside returns where a record goes that is also in the store: one that a
// person deleted stays deleted, any other follows the better of both.
func trashBeside(present, merged string) string {
	switch {
	case present == TrashDeleted || present == merged:
		return present
	case present == "" || merged == "":
		return ""
	case present == TrashMissing:
		return merged
	}
	return present
}

func hashOf(raw jsontext.Value) (rawjson.Sum, error) {
	if len(raw) == 0 {
		return rawjson.Sum{}, nil
	}
	return rawjson.Hash(raw)
}
