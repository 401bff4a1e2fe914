package merge

import (
	"cmp"
	"strconv"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// age is what a record itself says about how recent it is.
type age struct {
	At      int64 // epoch milliseconds; 0 is unknown
	Version int64 // the optimistic lock's counter; -1 without one
}

// ageOf reads the entity-level time and version of a record. A time may be ISO
// text or an epoch number; whatever is neither counts as absent.
func ageOf(collection string, raw jsontext.Value) age {
	list, _ := rawjson.Members(raw)
	return ageOfMembers(collection, list)
}

func ageOfMembers(collection string, list []rawjson.Member) age {
	a := age{Version: -1}
	if n, err := strconv.ParseInt(string(rawjson.Last(list, "version")), 10, 64); err == nil && n >= 0 {
		a.Version = n
	}
	switch collection {
	case "notes", "topics", "companies", "contacts":
		a.At = record.Latest(list, "lastUpdated")
	case "tasks":
		a.At = record.Latest(list, "updatedAt", "lastUpdated", "completedAt", "createdAt")
	case "sessions":
		if a.At = record.Latest(list, "updatedAt"); a.At == 0 {
			a.At = sessionTime(list)
		}
	}
	return a
}

// sessionTime returns the time of the last thing that happened in a session.
func sessionTime(list []rawjson.Member) int64 {
	t := record.Latest(list, "startTime", "endTime", "lastScreenshotTime")
	if summary, ok := rawjson.Members(rawjson.Last(list, "summary")); ok {
		t = max(t, record.Latest(summary, "lastUpdated"))
	}
	if enrichment, ok := rawjson.Members(rawjson.Last(list, "enrichmentStatus")); ok {
		t = max(t, record.Latest(enrichment, "completedAt"))
	}
	for _, name := range []string{"screenshots", "audioSegments", "contextItems"} {
		items, _ := rawjson.Elements(rawjson.Last(list, name))
		for _, item := range items {
			if m, ok := rawjson.Members(item); ok {
				t = max(t, record.Latest(m, "timestamp"))
			}
		}
	}
	return t
}

// newer compares two candidates of one id by recency: first the times of the
// entity (or, for one that has none, of its container), then the versions, then
// the containers. 0 means that recency does not decide; an unknown time never does.
func newer(a, b *row) int {
	if c := known(cmp.Or(a.At, a.Container), cmp.Or(b.At, b.Container)); c != 0 {
		return c
	}
	if a.Version >= 0 && b.Version >= 0 && a.Version != b.Version {
		return cmp.Compare(a.Version, b.Version)
	}
	if a.Doubtful != b.Doubtful {
		return record.Prefer(b.Doubtful)
	}
	return known(a.Container, b.Container)
}

// known compares two times; 0 when one is unknown.
func known(a, b int64) int {
	if a == 0 || b == 0 {
		return 0
	}
	return cmp.Compare(a, b)
}

// better orders candidates of one tier: by recency, then the undamaged one, then
// by rank, then the later position in a file. Only a candidate with itself gives 0.
func better(a, b *row) int {
	if c := newer(a, b); c != 0 {
		return c
	}
	return tie(a, b)
}

// tie is a total order that no clock is needed for.
func tie(a, b *row) int {
	if a.Damaged != b.Damaged {
		return record.Prefer(b.Damaged)
	}
	return cmp.Or(
		cmp.Compare(a.Rank, b.Rank),
		plainFirst(a.File, b.File),
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Seq, b.Seq),
		cmp.Compare(a.Pointer, b.Pointer),
		strings.Compare(string(a.sum[:]), string(b.sum[:])),
	)
}

// plainFirst prefers the file of an entity to its compressed twin.
func plainFirst(a, b string) int {
	if x, y := strings.HasSuffix(a, names.GzSuffix), strings.HasSuffix(b, names.GzSuffix); x != y {
		return record.Prefer(y)
	}
	return 0
}
