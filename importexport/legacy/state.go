package legacy

import (
	"context"
	"slices"
	"strings"
)

// saved are the keys of localStorage under which the application kept its state, and
// the rank of each.
var saved = map[string]Rank{
	"taskerino-v3-state":         RankState,
	"taskerino-migration-backup": RankBackup,
	"taskerino-v2-state":         RankMigrationCopy,
	"taskerino-critical-save":    RankRescue,
	"taskerino-emergency-save":   RankRescue,
}

// stateSettings are the members of the state that became the settings.
var stateSettings = map[string]bool{
	"aiSettings": true, "learningSettings": true, "userProfile": true, "learnings": true, "nedSettings": true,
	"searchHistory": true, "activeSessionId": true, "ui": true, "sessionRecordingDefaults": true, "enrichmentSettings": true,
}

// stateRest are the members that belong to no collection. The conversation holds
// copies of records as they once were; it stays in one piece.
var stateRest = map[string]bool{
	"currentZone": true, "activeTopicId": true, "activeNoteId": true, "nedConversation": true, "sidebar": true,
}

// decodeState reads what the application kept in the browser's localStorage: the
// state itself, a rescue copy of it, or a dump of all keys, where each value is the
// text of its JSON.
func decodeState(ctx context.Context, in *input, out *output) error {
	out.file.Rank = RankState
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	sh, err := probe(l)
	if err != nil {
		return out.failed(err)
	}
	if !sh.dump() {
		if out.file.Format == formRescue {
			out.file.Rank = RankRescue
		}
		return out.failed(out.state(l, in))
	}
	s, err := l(nil)
	if err != nil {
		return out.failed(err)
	}
	defer s.Close()
	if _, err := s.peek(); err != nil {
		return out.failed(err)
	}
	return out.failed(s.object(func(i int, name string, kind byte) error {
		if rank, ok := saved[name]; ok {
			return out.savedAs(l.member(i), s, in, name, rank)
		}
		return out.local(l, s, i, name, kind)
	}))
}

// dump says whether the object is one of keys of localStorage.
func (sh *shape) dump() bool {
	for name := range sh.kinds {
		if localKey(name) {
			return true
		}
	}
	return false
}

func localKey(name string) bool {
	return strings.HasPrefix(name, "taskerino-") || strings.HasPrefix(name, "taskerino:")
}

// savedAs gives the state under a key of a dump. One that cannot be read is kept as
// the text that it is.
func (out *output) savedAs(l layer, s *scanner, in *input, name string, rank Rank) error {
	w, err := unwrap(l, true)
	if err != nil {
		return err
	}
	kind, err := w.final.kind()
	if err != nil {
		return err
	}
	if kind != '{' {
		return out.keptAs(s, name)
	}
	before := *out
	out.file.Rank = rank
	if w.steps > 0 {
		if err := out.check(w.final, nil); err != nil {
			return err
		}
	}
	err = out.under(name, func() error { return out.state(w.final, in) })
	out.file.Rank, out.time, out.damaged, out.doubtful = before.file.Rank, before.time, before.damaged, before.doubtful
	if err := out.failed(err); err != nil {
		return err
	}
	return s.skip()
}

// local gives another key of a dump.
func (out *output) local(l layer, s *scanner, i int, name string, kind byte) error {
	switch {
	case secretName(name):
		out.warn("secret-skipped", "", name)
		return s.skip()
	case isArray(name):
		return out.section(l, s, i, name, kind)
	}
	return out.keptAs(s, name)
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
			out.warn("secret-skipped", "", name)
			return s.skip()
		case isArray(name):
			return out.section(l, s, i, name, kind)
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

// decodeRecord reads a record of the application's IndexedDB: {name, data,
// timestamp}, where data is the value, its text, or that compressed.
func decodeRecord(ctx context.Context, in *input, out *output) error {
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	sh, err := probe(l)
	if err != nil {
		return out.failed(err)
	}
	if out.file.Rank == 0 {
		out.file.Rank = RankExport
	}
	return out.failed(out.stored(l, in, sh))
}

// stored gives the value of a record of the IndexedDB.
func (out *output) stored(l layer, in *input, sh *shape) error {
	name := sh.text("name")
	out.file.Key = name
	out.time = in.time(max(sh.millis("timestamp"), isoMillis(sh.text("timestamp"))))
	data := l.member(sh.dataAt)
	switch c := classifyKey(name); {
	case sh.dataAt < 0:
		return errMalformed
	case secretName(name):
		out.warn("secret-skipped", "", name)
		return nil
	case c.Form == formIndex:
		return nil
	case c.Form == formCopy:
		out.file.Key = "sessions"
		return out.copied(data, in, "data")
	case isArray(name):
		return out.unpacked(data, true, func(l layer) error { return out.entities(l, name, "/data") })
	case !c.Known:
		out.warn("unknown-collection", "", name)
	}
	return out.unpacked(data, true, func(l layer) error { return out.whole(l, name, "/data") })
}

// unpacked has read read a value without what is around it.
func (out *output) unpacked(l layer, array bool, read func(layer) error) error {
	w, err := unwrap(l, array)
	if err != nil {
		return err
	}
	if w.doubled {
		out.notes.add("double-wrapped", "")
	}
	if w.steps > 0 {
		if err := out.check(w.final, nil); err != nil {
			return err
		}
	}
	return read(w.final)
}

// record says whether the object is one of the IndexedDB.
func (sh *shape) record() bool {
	if sh.members != 3 || sh.dataAt < 0 || sh.kinds["name"] != '"' {
		return false
	}
	at := sh.kinds["timestamp"]
	return at == '"' || slices.Contains([]byte("0123456789"), at)
}
