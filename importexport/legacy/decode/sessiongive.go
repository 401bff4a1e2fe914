package decode

import (
	"maps"
	"slices"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// give gives the session, and reports how it was put together.
func (c *chunked) give() error {
	if len(c.used) == 0 {
		return nil
	}
	a, err := c.assemble()
	if err != nil {
		return err
	}
	if id := rawjson.IDText(rawjson.Last(a.list, "id")); id != c.id {
		c.lead().out.warn("id-differs", id, "the directory is named "+c.id)
		c.id = id
	}
	lead := c.lead()
	whole := record.Candidate{Collection: "sessions", ID: c.id}
	rank, at := c.standing(&whole)
	for _, v := range a.versions {
		if err := c.version(lead, v, pointerOf(v)); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.used)) {
		c.tell(c.used[name])
	}
	if whole.Raw, err = a.join(); err != nil {
		return err
	}
	return lead.candidate(whole, rank, at)
}

// pointerOf says which member a version of one member holds. It is given under the file of
// the session, and the account of an import tells its records apart by file and place.
func pointerOf(version jsontext.Value) string {
	list, _ := rawjson.Members(version)
	return "/" + record.PointerPart(list[len(list)-1].Name)
}

// lead is the text under whose file the session is given: the metadata's, or else
// the first part's.
func (c *chunked) lead() *partText {
	if p := c.used["metadata"]; p != nil && p.entry == nil {
		return p
	}
	var first *partText
	for _, name := range slices.Sorted(maps.Keys(c.used)) {
		if p := c.used[name]; first == nil || first.entry != nil && p.entry == nil {
			first = p
		}
	}
	return first
}

// standing returns the rank and the time of the session, and sets what its parts
// say about it.
func (c *chunked) standing(whole *record.Candidate) (rank record.Rank, at int64) {
	for _, p := range c.used {
		rank, at = max(rank, p.rank), max(at, p.age())
		if p.live {
			rank = record.RankChunked
		}
		whole.Damaged = whole.Damaged || p.damaged
		if p.name == "metadata" {
			whole.Updated = p.updated
		}
	}
	return rank, at
}

// tell reports where a part of the session comes from, if not from its own file.
func (c *chunked) tell(p *partText) {
	switch {
	case p.entry != nil && p.live:
		p.out.warn("wal-applied", c.id, p.path+" is older than the log")
	case c.live && !p.live:
		p.out.warn("restored-from-backup", c.id, p.name+" of the session stands in for the damaged or missing part")
	}
	if p.damaged && p.entry == nil {
		p.out.file.Status = record.StatusPartial
	}
}

// strangers lists the members of a chunk which the session has no place for, and those that
// should hold its items, or name it, and do not.
func (c *chunked) strangers(part string, raw jsontext.Value) (names []string) {
	list, _ := rawjson.Members(raw)
	for i, m := range list {
		items := m.Name == itemsOf(part) && rawjson.Last(list[i+1:], m.Name) == nil
		inner, object := rawjson.Members(m.Value)
		switch {
		case items && (m.Value[0] == '[' || object && allObjects(inner)):
		case m.Name == "chunkIndex", m.Name == "sessionId" && rawjson.IDText(m.Value) == c.id:
		case m.Value.Kind() == 'n':
		default:
			names = append(names, m.Name)
		}
	}
	return names
}
