package decode

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// assembly is a session that is being put together. What its parts hold stays in the
// spool, where it came in one part after the other, until the record is written: so that
// the record is in memory once and its parts are not.
type assembly struct {
	*chunked
	list     []rawjson.Member
	far      map[string][]rawjson.Piece // members of which the text, or the items, are in the spool
	versions []jsontext.Value           // records of what lost inside of the session
}

// itemList joins lists of items, by the items' ids.
type itemList struct {
	held *rawjson.Spool
	list []rawjson.Piece
	at   map[string]int
	lost []rawjson.Piece // items of which another text counts
}

// add adds the items of an array that stands in the spool. An item that is there already
// with another text is replaced, if later is set.
func (l *itemList) add(array rawjson.Piece, later bool) error {
	text, err := l.held.Load(nil, array)
	if err != nil {
		return err
	}
	if l.at == nil {
		l.at = map[string]int{}
	}
	c, more := rawjson.Cut(text, '[')
	for more && c.PeekKind() != ']' {
		var v jsontext.Value
		v, more = c.Take()
		end := int64(len(text))
		if more {
			end = c.InputOffset()
		}
		if err := l.item(v, rawjson.Piece{From: array.From + end - int64(len(v)), Size: int64(len(v))}, later); err != nil {
			return err
		}
	}
	return nil
}

func (l *itemList) item(v jsontext.Value, stands rawjson.Piece, later bool) error {
	key := record.ItemKey(v)
	i, ok := l.at[key]
	if !ok {
		l.at[key] = len(l.list)
		l.list = append(l.list, stands)
		return nil
	}
	old, err := l.held.Load(nil, l.list[i])
	switch {
	case err != nil, bytes.Equal(old, v):
	case later:
		l.lost = append(l.lost, l.list[i])
		l.list[i] = stands
	default:
		l.lost = append(l.lost, stands)
	}
	return err
}

// join adds the items that the metadata has, and returns the array of them; nil for what
// is none.
func (l *itemList) join(have jsontext.Value) (joined jsontext.Value, err error) {
	if len(have) == 0 || have[0] != '[' {
		return nil, nil
	}
	at, err := l.held.Add(have)
	if err == nil {
		err = l.add(at, false)
	}
	return have, err
}

// losers adds the items of which another text counts to members that lost.
func (l *itemList) losers(name string, members []rawjson.Member) ([]rawjson.Member, error) {
	if len(l.lost) == 0 {
		return members, nil
	}
	array, err := l.texts(l.lost)
	return append(members, rawjson.NewMember(name, array)), err
}

// texts reads items.
func (l *itemList) texts(list []rawjson.Piece) (array jsontext.Value, err error) {
	texts := make([]jsontext.Value, len(list))
	for i, at := range list {
		if texts[i], err = l.held.Load(nil, at); err != nil {
			return nil, err
		}
	}
	return rawjson.JoinElements(texts), nil
}

// assemble decides of what the session is put together.
func (c *chunked) assemble() (a *assembly, err error) {
	a = &assembly{chunked: c, list: []rawjson.Member{idMember(c.id)}, far: map[string][]rawjson.Piece{}}
	if p := c.used["metadata"]; p != nil {
		raw, err := c.held.Load(nil, p.kept)
		if err != nil {
			return nil, err
		}
		list, _ := rawjson.Members(withID(raw, c.id))
		a.list = slices.Clone(list)
	}
	for _, kind := range partOrder {
		switch kind {
		case "video-chunks":
			err = a.video()
		case "screenshots", "audio-segments":
			err = a.items(kind)
		default:
			err = a.part(kind)
		}
		if err != nil {
			return nil, err
		}
	}
	return a, nil
}

// lose keeps members in whose place the session has others as a version that holds them
// alone.
func (a *assembly) lose(members ...rawjson.Member) {
	if len(members) > 0 {
		a.versions = append(a.versions, rawjson.JoinMembers(append([]rawjson.Member{idMember(a.id)}, members...)))
	}
}

// part puts a part that is no list of items into the session, in the place of what the
// metadata says there.
func (a *assembly) part(kind string) error {
	p := a.used[kind]
	if p == nil {
		return nil
	}
	var lost []rawjson.Member
	name := partMembers[kind]
	if p.kept.Size > int64(len("false")) && !truthy(rawjson.Last(a.list, name)) {
		a.list, lost = setMember(a.list, name, nil)
		a.far[name] = []rawjson.Piece{p.kept}
		a.lose(lost...)
		return nil
	}
	raw, err := a.held.Load(nil, p.kept)
	if err != nil || !truthy(raw) {
		return err
	}
	a.list, lost = setMember(a.list, name, raw)
	a.lose(lost...)
	return nil
}

// items puts the items of all chunks of a kind into the session, then those that the
// metadata holds.
func (a *assembly) items(kind string) error {
	name := partMembers[kind]
	items, err := a.chunks(kind)
	if err != nil {
		return err
	}
	have := rawjson.Last(a.list, name)
	joined, err := items.join(have)
	if err != nil || joined == nil && len(items.list) == 0 && (kind != "screenshots" || len(have) > 0) {
		return err
	}
	var lost []rawjson.Member
	a.list, lost = setMember(a.list, name, jsontext.Value("[]"))
	a.far[name] = items.list
	if lost, err = items.losers(name, without(lost, joined)); err == nil {
		a.lose(lost...)
	}
	return err
}

// chunks joins the items of all chunks of a kind.
func (c *chunked) chunks(kind string) (*itemList, error) {
	items := &itemList{held: &c.held}
	names := slices.DeleteFunc(slices.Collect(maps.Keys(c.used)), func(n string) bool { return !strings.HasPrefix(n, kind+"/") })
	slices.SortFunc(names, chunkOrder)
	for _, name := range names {
		if err := items.add(c.used[name].kept, true); err != nil {
			return nil, err
		}
		if late, ok := c.late[name]; ok {
			if err := items.add(late, true); err != nil {
				return nil, err
			}
		}
	}
	return items, nil
}

// video puts the chunks of the video into the session's video.
func (a *assembly) video() error {
	items, err := a.chunks("video-chunks")
	if err != nil || len(items.list) == 0 {
		return err
	}
	have := rawjson.Last(a.list, "video")
	video, ok := rawjson.Members(have)
	joined, err := items.join(rawjson.Last(video, "chunks"))
	if err != nil {
		return err
	}
	array, err := items.texts(items.list)
	if err != nil {
		return err
	}
	video, lost := setMember(video, "chunks", array)
	if lost, err = items.losers("chunks", without(lost, joined)); err != nil {
		return err
	}
	list, old := setMember(a.list, "video", rawjson.JoinMembers(video))
	if a.list = list; ok {
		old = without(old, have)
	}
	if len(lost) > 0 {
		old = append(old, rawjson.NewMember("video", rawjson.JoinMembers(lost)))
	}
	a.lose(old...)
	return nil
}

// without takes from some members those that have a value, which is in the session.
func without(list []rawjson.Member, v jsontext.Value) []rawjson.Member {
	return slices.DeleteFunc(list, func(m rawjson.Member) bool { return bytes.Equal(m.Value, v) })
}

// join writes the session.
func (a *assembly) join() (jsontext.Value, error) {
	n := 2
	for _, m := range a.list {
		n += len(m.Raw) + len(m.Value) + 2
		for _, at := range a.far[m.Name] {
			n += int(at.Size) + 1
		}
	}
	out := append(make([]byte, 0, n), '{')
	for i, m := range a.list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, m.Raw...), ':')
		var err error
		if out, err = a.value(out, m); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// value appends the value of a member: a text, or the items of an array.
func (a *assembly) value(out []byte, m rawjson.Member) (_ []byte, err error) {
	far, ok := a.far[m.Name]
	if !ok {
		return append(out, m.Value...), nil
	}
	array := len(m.Value) > 0
	if array {
		out = append(out, '[')
	}
	for i, at := range far {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = a.held.Load(out, at); err != nil {
			return nil, err
		}
	}
	if array {
		out = append(out, ']')
	}
	return out, nil
}
