package decode

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
)

// dumpRow is a row of a dump. It is read as the file would be that the application keeps
// under its key; only that nothing in a dump ranks as the application's own files do.
type dumpRow struct {
	key     string
	in      *input // with the class of that file and the text that it would have
	out     *output
	pointer string // to the value
	time    int64
	most    record.Rank
	file    *input // that the row stands in
	alone   bool   // the only one of it
}

// together is what the rows of one database hold that is read only when all of them are
// known: the parts of sessions, and contents.
type together struct {
	ctx      context.Context
	most     record.Rank
	time     int64            // of rows that have none of their own
	sessions map[string][]job // by their ids
	contents []job
}

// ofDatabase has read find the rows of a database, and gives what several of them hold
// together.
func (out *output) ofDatabase(rows *together, read func() error) error {
	ctx := rows.ctx
	err := out.collect(rows, read)
	if rawjson.Fatal(err) {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(rows.sessions)) {
		if err := out.scan.session(ctx, id, rows.sessions[id]); err != nil {
			return err
		}
	}
	slices.SortStableFunc(rows.contents, func(a, b job) int { return a.phase() - b.phase() })
	for _, j := range rows.contents {
		if err := j.row.read(ctx); err != nil {
			return err
		}
	}
	return err
}

// collect has read find the rows of a database.
func (out *output) collect(rows *together, read func() error) error {
	before := out.dump
	defer func() { out.dump = before }()
	out.dump, out.scan.stock.rows = rows, true
	return read()
}

// leave hands on a row that is all of its file, and is to be read with others of the source.
func (out *output) leave(rows *together) {
	for _, list := range rows.sessions {
		for _, j := range list {
			j.row.alone, out.waiting = true, true
			out.scan.addPart(j)
		}
	}
	for _, j := range rows.contents {
		j.row.alone, out.waiting = true, true
		out.scan.late = append(out.scan.late, j)
	}
}

// row takes the row of a key, whose value stands at a place and ends at to; to is 0 where
// its end is lost.
func (out *output) row(in *input, key string, at int64, value *rawjson.Spot, to int64) error {
	c := names.ClassifyJSON(key + ".json")
	if c.Form == names.FormUnknown {
		c = names.Class{Form: names.FormValue, Key: key}
	}
	switch {
	case names.SecretName(key):
		out.warn("secret-skipped", "", out.at+out.base)
		return nil
	case c.Form == names.FormIndex:
		return nil
	case !c.Known:
		out.warn("unknown-collection", "", key)
		c.Known = true
	}
	c.Time = at
	from := *in
	from.class, from.text, from.key, from.place = c, value.Enclosed(at, to), key, placeMember(value)
	r := &dumpRow{key: key, in: &from, file: in, out: out, pointer: out.at + out.base, time: from.time(at), most: out.dump.most}
	j := job{file: in.file, class: c, row: r}
	switch c.Form {
	case names.FormChunk:
		Put(&out.dump.sessions, c.ID, append(out.dump.sessions[c.ID], j))
	case names.FormCAData, names.FormCAMeta:
		out.scan.stock.row(r)
		out.dump.contents = append(out.dump.contents, j)
	default:
		return r.read(out.dump.ctx)
	}
	return nil
}

// read gives what the row holds.
func (r *dumpRow) read(ctx context.Context) error {
	return r.inside(func() error {
		out, before := r.out, r.out.file.Records
		var err error
		if r.in.class.Form == names.FormEntity {
			err = out.oneEntity(r.in.text, r.in)
		} else {
			err = decoders[r.in.class.Form](ctx, r.in, out)
		}
		out.cut = out.cut || out.damaged && out.file.Records == before
		return err
	})
}

// inside has read give what stands in the row: its place, its time, its rank and its damage
// are not those of what comes after it.
func (r *dumpRow) inside(read func() error) error {
	out := r.out
	base, at, rank, most, spread, single := out.base, out.at, out.rank, out.most, out.spread, out.single
	defer func() {
		out.base, out.at, out.rank, out.most, out.spread, out.single = base, at, rank, most, spread, single
	}()
	return out.apart(func() error {
		out.base, out.at, out.rank, out.most, out.spread, out.single = "", r.pointer, 0, r.most, false, false
		out.file.Rank, out.time, out.damaged = out.capped(r.in.class.Rank), r.time, out.doubtful
		return read()
	})
}

// row makes a content known that stands in a row.
func (st *stock) row(r *dumpRow) {
	e := st.entry(r.in.class.ID)
	if r.in.class.Form == names.FormCAData {
		e.data = append(e.data, &Filed{path: r.in.file.Path, row: r.in.place, from: r.in.text, Notes: r.in.notes})
	}
}

// member names the place for a Content.
func placeMember(p *rawjson.Spot) string {
	return strconv.Itoa(p.Number) + ":" + strconv.FormatInt(p.From, 10)
}

// rowHead is what a row says besides its value.
type rowHead struct {
	*rawjson.Shape
	value *rawjson.Spot // of the member data; nil without one
	to    int64         // where that ends; 0 if that is lost
}

// rowHead reads the object that l is, once. An error in the text is left in the shape.
func readRowHead(l rawjson.Layer) (h rowHead, err error) {
	s, err := l(nil)
	if err != nil {
		return h, err
	}
	defer s.Close()
	kind, err := s.Peek()
	if h.Shape = rawjson.NewShape(kind); err != nil || kind != '{' {
		return h, err
	}
	h.Err = s.Object(func(i int, name string, kind byte) error {
		if name != "data" {
			return h.See(s, i, name, kind)
		}
		h.Members++
		h.DataAt, h.value, h.to = i, s.Place(), 0
		err := s.Skip()
		if err == nil {
			h.to = s.Place().From
		}
		return err
	})
	if rawjson.Fatal(h.Err) {
		return h, h.Err
	}
	return h, nil
}

// time is when the row was saved, in epoch milliseconds; 0 if it does not say.
func (h rowHead) time() int64 { return max(h.Millis("timestamp"), isoMillis(h.Text("timestamp"))) }

// keyRow gives the value that l is as the row of a key, where a document has it as a member.
func (out *output) keyRow(l rawjson.Layer, in *input, key string) error {
	return rawjson.Through(l, func(s *rawjson.Scanner, _ byte) error {
		from, to := s.Place(), int64(0)
		err := s.Skip()
		if err == nil {
			to = s.Place().From
		}
		return errors.Join(out.row(in, key, out.dump.time, from, to), err)
	})
}
