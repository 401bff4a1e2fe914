package legacy

import (
	"context"
)

// decodeState reads what the application kept in the browser's localStorage: the
// state itself, a rescue copy of it, or a dump of all keys, where each value is the
// text of its JSON (storage.go).
func decodeState(ctx context.Context, in *input, out *output) error {
	out.file.Rank = RankState
	l, err := out.places(ctx, in)
	if l == nil || err != nil {
		return err
	}
	sh, err := probe(l)
	if err != nil {
		return out.failed(err)
	}
	if sh.kind == '{' && !isStateDump(sh) {
		if out.file.Format == formRescue {
			out.file.Rank = RankRescue
		}
		return out.failed(out.state(l, in))
	}
	return out.lost(out.storage(l, in))
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
func (out *output) state(l layer, in *input) error {
	sh, err := probe(l)
	if err != nil {
		return err
	}
	if t := max(sh.millis("timestamp"), isoMillis(sh.text("timestamp"))); t > 0 {
		out.time = in.time(t)
	}
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.peek(); err != nil {
		return s.cut()
	}
	var settings []member
	err = s.object(func(i int, name string, kind byte) error {
		switch {
		case name == "timestamp" || name == "version":
			return s.skip()
		case secretName(name):
			return out.keptAs(s, name)
		case isArray(name):
			return out.section(s.here(l.member(i)), s, name, kind)
		case stateSettings[name]:
			raw, err := s.keep(nil, maxElement)
			if err == nil {
				err = valid(raw)
			}
			if err == nil && string(raw) != "null" {
				settings = append(settings, newMember(name, raw))
			}
			return err
		case !stateRest[name]:
			return out.foreign(s, name)
		}
		return out.keptAs(s, name)
	})
	if fatal(err) || len(settings) == 0 {
		return err
	}
	if e := out.keyed(joinMembers(settings), "settings", out.base); e != nil {
		return e
	}
	return err
}
