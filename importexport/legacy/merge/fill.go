package merge

import (
	"bytes"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// itemLists are the members that hold items with ids.
var itemLists = map[string]bool{
	"screenshots": true, "audioSegments": true, "contextItems": true, "relationships": true,
	"updates": true, "attachments": true, "subtasks": true,
}

// valueLists are the lists of plain values that chunking recomputes, and so empties.
var valueLists = map[string]bool{"extractedTaskIds": true, "extractedNoteIds": true}

// lossyObjects are the members of which chunking keeps only a part.
var lossyObjects = map[string]bool{"video": true, "enrichmentLock": true}

// donor is a losing candidate from which a winner may be completed.
type donor struct {
	raw  jsontext.Value
	give gift
}

// gift says what a donor gives.
type gift int

const (
	giveRepair gift = iota // only values that a sentinel stands for
	giveLinks              // relationships to be added, and repair
	giveAbsent             // members that the winner lacks altogether
	giveFields             // members that the winner lacks or holds null for
	giveAll                // fields, and relationships to be added whatever the winner holds
)

// filler completes one record.
type filler struct {
	list  []rawjson.Member
	lossy bool // the record is a chunked session
	open  map[string]bool
	dirty bool
}

// fill completes a record from the donors, the best first. Without anything to
// complete it returns base itself. lossy says that base is a chunked session, which
// may lack what the application's chunking loses.
func fill(base jsontext.Value, donors []donor, lossy bool) jsontext.Value {
	if len(donors) == 0 {
		return base
	}
	list, ok := rawjson.Members(base)
	if !ok {
		return base
	}
	f := filler{list: list, lossy: lossy, open: map[string]bool{}}
	for _, d := range donors {
		given, _ := rawjson.Members(d.raw)
		for i, m := range given {
			if rawjson.Last(given[i+1:], m.Name) == nil {
				f.fillFrom(m, d.give)
			}
		}
	}
	if !f.dirty {
		return base
	}
	return rawjson.JoinMembers(f.list)
}

// fillFrom completes the record by one member of a donor.
func (f *filler) fillFrom(m rawjson.Member, give gift) {
	i := f.index(m.Name)
	switch {
	case i < 0:
		if give >= giveAbsent && !(give != giveAbsent && record.Lost(m.Value)) || links(m.Name, give) {
			f.list = append(f.list, m)
			f.dirty, f.open[m.Name] = true, true
		}
	case f.replaceable(f.list[i].Value, m.Value, give):
		f.set(i, m.Value)
		f.open[m.Name] = true
	case itemLists[m.Name] && (f.lossy || f.open[m.Name] && give >= giveFields || links(m.Name, give)):
		f.set(i, union(f.list[i].Value, m.Value, record.ItemKey))
	case f.lossy && valueLists[m.Name]:
		f.set(i, union(f.list[i].Value, m.Value, record.ValueKey))
	case f.lossy && lossyObjects[m.Name]:
		f.set(i, fill(f.list[i].Value, []donor{{m.Value, giveFields}}, false))
	default:
		f.set(i, repair(f.list[i].Value, m.Value, f.lossy))
	}
}

// links says whether a donor adds its relationships whatever the winner holds.
func links(name string, give gift) bool {
	return name == "relationships" && (give == giveLinks || give == giveAll)
}

func (f *filler) index(name string) int {
	for i := len(f.list) - 1; i >= 0; i-- {
		if f.list[i].Name == name {
			return i
		}
	}
	return -1
}

func (f *filler) replaceable(have, given jsontext.Value, give gift) bool {
	if record.Lost(given) {
		return false
	}
	switch {
	case string(have) == "null":
		return give >= giveFields
	case record.Sentinel(have):
		return f.lossy || structured(given)
	}
	return false
}

func (f *filler) set(i int, v jsontext.Value) {
	if !bytes.Equal(f.list[i].Value, v) {
		f.list[i].Value = v
		f.dirty = true
	}
}

func structured(v jsontext.Value) bool { return len(v) > 0 && (v[0] == '{' || v[0] == '[') }

// union appends the elements of more whose key does not occur in have. Where
// either is no array, have stays.
func union(have, more jsontext.Value, key func(jsontext.Value) string) jsontext.Value {
	a, okA := rawjson.Elements(have)
	b, okB := rawjson.Elements(more)
	if !okA || !okB || len(b) == 0 {
		return have
	}
	seen := make(map[string]bool, len(a)+len(b))
	for _, v := range a {
		seen[key(v)] = true
	}
	n := len(a)
	for _, v := range b {
		if k := key(v); !seen[k] {
			seen[k] = true
			a = append(a, v)
		}
	}
	if len(a) == n {
		return have
	}
	return rawjson.JoinElements(a)
}

// repair replaces the sentinels anywhere inside have by what given holds in the
// same place.
func repair(have, given jsontext.Value, lossy bool) jsontext.Value {
	if !structured(have) || !structured(given) || have[0] != given[0] || !mayHoldSentinel(have) {
		return have
	}
	if have[0] == '{' {
		return repairObject(have, given, lossy)
	}
	a, _ := rawjson.Elements(have)
	b, _ := rawjson.Elements(given)
	byKey := make(map[string]jsontext.Value, len(b))
	for _, v := range b {
		byKey[record.ItemKey(v)] = v
	}
	for i, v := range a {
		match, ok := byKey[record.ItemKey(v)]
		if !ok && len(a) == len(b) {
			match = b[i]
		}
		a[i] = mend(v, match, lossy)
	}
	return rawjson.JoinElements(a)
}

func repairObject(have, given jsontext.Value, lossy bool) jsontext.Value {
	a, _ := rawjson.Members(have)
	b, _ := rawjson.Members(given)
	for i := range a {
		a[i].Value = mend(a[i].Value, rawjson.Last(b, a[i].Name), lossy)
	}
	return rawjson.JoinMembers(a)
}

func mend(have, given jsontext.Value, lossy bool) jsontext.Value {
	if record.Sentinel(have) {
		if !record.Lost(given) && (lossy || structured(given)) {
			return given
		}
		return have
	}
	return repair(have, given, lossy)
}

func mayHoldSentinel(v jsontext.Value) bool {
	for _, s := range record.Sentinels {
		if bytes.Contains(v, []byte(s)) {
			return true
		}
	}
	return false
}
