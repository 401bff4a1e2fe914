package legacy

import (
	"bytes"

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
	list  []member
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
	list, ok := members(base)
	if !ok {
		return base
	}
	f := filler{list: list, lossy: lossy, open: map[string]bool{}}
	for _, d := range donors {
		given, _ := members(d.raw)
		for i, m := range given {
			if last(given[i+1:], m.name) == nil {
				f.take(m, d.give)
			}
		}
	}
	if !f.dirty {
		return base
	}
	return joinMembers(f.list)
}

// take completes the record by one member of a donor.
func (f *filler) take(m member, give gift) {
	i := f.index(m.name)
	switch {
	case i < 0:
		if give >= giveAbsent && !(give != giveAbsent && lost(m.value)) || links(m.name, give) {
			f.list = append(f.list, m)
			f.dirty, f.open[m.name] = true, true
		}
	case f.replaceable(f.list[i].value, m.value, give):
		f.set(i, m.value)
		f.open[m.name] = true
	case itemLists[m.name] && (f.lossy || f.open[m.name] && give >= giveFields || links(m.name, give)):
		f.set(i, union(f.list[i].value, m.value, itemKey))
	case f.lossy && valueLists[m.name]:
		f.set(i, union(f.list[i].value, m.value, valueKey))
	case f.lossy && lossyObjects[m.name]:
		f.set(i, fill(f.list[i].value, []donor{{m.value, giveFields}}, false))
	default:
		f.set(i, repair(f.list[i].value, m.value, f.lossy))
	}
}

// links says whether a donor adds its relationships whatever the winner holds.
func links(name string, give gift) bool {
	return name == "relationships" && (give == giveLinks || give == giveAll)
}

func (f *filler) index(name string) int {
	for i := len(f.list) - 1; i >= 0; i-- {
		if f.list[i].name == name {
			return i
		}
	}
	return -1
}

func (f *filler) replaceable(have, given jsontext.Value, give gift) bool {
	if lost(given) {
		return false
	}
	switch {
	case string(have) == "null":
		return give >= giveFields
	case sentinel(have):
		return f.lossy || structured(given)
	}
	return false
}

func (f *filler) set(i int, v jsontext.Value) {
	if !bytes.Equal(f.list[i].value, v) {
		f.list[i].value = v
		f.dirty = true
	}
}

func structured(v jsontext.Value) bool { return len(v) > 0 && (v[0] == '{' || v[0] == '[') }

// union appends the elements of more whose key does not occur in have. Where
// either is no array, have stays.
func union(have, more jsontext.Value, key func(jsontext.Value) string) jsontext.Value {
	a, okA := elements(have)
	b, okB := elements(more)
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
	return joinElements(a)
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
	a, _ := elements(have)
	b, _ := elements(given)
	byKey := make(map[string]jsontext.Value, len(b))
	for _, v := range b {
		byKey[itemKey(v)] = v
	}
	for i, v := range a {
		match, ok := byKey[itemKey(v)]
		if !ok && len(a) == len(b) {
			match = b[i]
		}
		a[i] = mend(v, match, lossy)
	}
	return joinElements(a)
}

func repairObject(have, given jsontext.Value, lossy bool) jsontext.Value {
	a, _ := members(have)
	b, _ := members(given)
	for i := range a {
		a[i].value = mend(a[i].value, last(b, a[i].name), lossy)
	}
	return joinMembers(a)
}

func mend(have, given jsontext.Value, lossy bool) jsontext.Value {
	if sentinel(have) {
		if !lost(given) && (lossy || structured(given)) {
			return given
		}
		return have
	}
	return repair(have, given, lossy)
}

func mayHoldSentinel(v jsontext.Value) bool {
	for _, s := range sentinels {
		if bytes.Contains(v, []byte(s)) {
			return true
		}
	}
	return false
}
