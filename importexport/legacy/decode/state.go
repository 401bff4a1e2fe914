package decode

import (
	"context"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
)

// decodeState reads what the application kept in the browser's localStorage: the
// state itself, a rescue copy of it, or a dump of all keys, where each value is the
// text of its JSON (storage.go).
func decodeState(ctx context.Context, in *input, out *output) error {
	out.file.Rank = record.RankState
	l, err := out.places(ctx, in)
	if l == nil || err != nil {
		return err
	}
	sh, err := rawjson.Probe(l)
	if err != nil {
		return out.failed(err)
	}
	if sh.Kind == '{' && !source.IsStateDump(sh) {
		if out.file.Format == names.FormRescue {
			out.file.Rank = record.RankRescue
		}
		return out.failed(out.state(l, in))
	}
	return out.cutShort(out.storage(l, in))
}

// apart has read give what stands in a document of its own: its rank, its time and
// its damage are not those of what comes after it.
func (out *output) apart(read func() error) error {
	rank, at, damaged, doubtful := out.file.Rank, out.time, out.damaged, out.doubtful
	err := read()
	out.file.Rank, out.time, out.damaged, out.doubtful = rank, at, damaged, doubtful
	return err
}

// state gives what a state holds: its collections, the settings, and the rest under
// its names.
func (out *output) state(l rawjson.Layer, in *input) error {
	sh, err := rawjson.Probe(l)
	if err != nil {
		return err
	}
	if t := max(sh.Millis("timestamp"), isoMillis(sh.Text("timestamp"))); t > 0 {
		out.time = in.time(t)
	}
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Peek(); err != nil {
		return s.Cut()
	}
	var settings []rawjson.Member
	err = s.Object(func(i int, name string, kind byte) error {
		switch {
		case name == "timestamp" || name == "version":
			return s.Skip()
		case names.SecretName(name):
			return out.keptAs(s, name)
		case names.IsArray(name):
			return out.section(s.Here(l.Member(i)), s, name, kind)
		case names.StateSettings[name]:
			raw, err := s.Keep(nil, rawjson.MaxElement)
			if err == nil {
				err = rawjson.Valid(raw)
			}
			if err == nil && string(raw) != "null" {
				settings = append(settings, rawjson.NewMember(name, raw))
			}
			return err
		case !names.StateRest[name]:
			return out.foreign(s, name)
		}
		return out.keptAs(s, name)
	})
	if rawjson.Fatal(err) || len(settings) == 0 {
		return err
	}
	if e := out.keyed(rawjson.JoinMembers(settings), "settings", out.base); e != nil {
		return e
	}
	return err
}
