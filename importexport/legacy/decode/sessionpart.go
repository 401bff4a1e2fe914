package decode

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// read reads the text of the part. What can be salvaged of a damaged one is kept.
func (p *partText) read(ctx context.Context) error {
	if p.entry != nil {
		p.damaged = p.entry.state == stateTorn
		return p.readEntry(p.log.layer(p.entry.offset, p.entry.size).Member(p.entry.data))
	}
	if p.row != nil {
		return p.row.inside(func() error { return p.readFile(ctx) })
	}
	return p.readFile(ctx)
}

func (p *partText) readFile(ctx context.Context) error {
	out := p.out
	if p.in.file.Err != nil {
		out.unreadable(p.in.file.Err)
		return nil
	}
	l := p.in.layer(ctx)
	ok, err := out.sound(l)
	if !ok || err != nil {
		return err
	}
	if p.packed {
		err = p.readPacked(l)
	} else {
		err = out.wrapped(l, p.in, false, p.keepValue)
	}
	p.damaged = out.damaged
	return err
}

// readEntry reads the text that a log entry holds. Its damage makes none of the log.
func (p *partText) readEntry(l rawjson.Layer) error {
	err := p.takeEntry(l)
	if err != nil && !rawjson.Fatal(err) {
		p.damaged = true
		return nil
	}
	return err
}

func (p *partText) takeEntry(l rawjson.Layer) error {
	if p.packed {
		t, err := packedText(l)
		if err != nil {
			return err
		}
		if t != nil {
			return p.unpacked(t)
		}
	}
	w, err := rawjson.Unwrap(l, false)
	if err != nil {
		return err
	}
	return p.keepValue(w.Final)
}

// readPacked reads the compressed twin of a part.
func (p *partText) readPacked(l rawjson.Layer) error {
	w, err := rawjson.Unwrap(l, false)
	if err != nil {
		return p.out.failed(err)
	}
	p.out.tellSurplus(&w)
	if w.Header != nil {
		at := w.Header.Millis("timestamp")
		p.out.time, p.out.stamped = p.in.time(at), at > 0
		if err := p.out.verify(&w); err != nil {
			return err
		}
	}
	t, err := packedText(l)
	if err != nil {
		return p.out.failed(err)
	}
	if t == nil {
		return p.out.failed(p.keepValue(w.Final))
	}
	return p.out.failed(p.unpacked(t))
}

// unpacked takes the text that a compressed twin holds: JSON, but for a
// transcription, of which it is the plain text.
func (p *partText) unpacked(t rawjson.Layer) error {
	if p.name != "transcription" {
		return p.keepValue(t)
	}
	s, err := t(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	text, err := io.ReadAll(io.LimitReader(rawjson.Tokens{S: s}, int64(rawjson.MaxElement)))
	if rawjson.Fatal(err) || len(text) == 0 {
		return err
	}
	raw, e := jsontext.AppendQuote(nil, record.PlainString(text))
	if e != nil {
		return errors.Join(err, e)
	}
	p.raw = raw
	return err
}

// packedText is the text that a string holds that is compressed inside of a
// value which may be compressed itself; nil where there is no such string.
func packedText(l rawjson.Layer) (rawjson.Layer, error) {
	for range 2 * rawjson.MaxWrap {
		sh, err := rawjson.Probe(l)
		if err != nil {
			return nil, err
		}
		if sh.Kind == '{' && sh.Wrapper(false) {
			l = l.Member(sh.DataAt)
			continue
		}
		if sh.Kind != '"' {
			return nil, nil
		}
		front, err := l.PeekText(len(rawjson.GzipPrefix) + 1)
		if err != nil {
			return nil, err
		}
		switch {
		case front == `"`+rawjson.GzipPrefix:
			l = l.Text()
		case len(front) < len(rawjson.GzipPrefix) || front[:len(rawjson.GzipPrefix)] != rawjson.GzipPrefix:
			return nil, nil
		default:
			l = l.Gzip()
			if kind, err := l.Kind(); err != nil || kind != '"' {
				return l, err
			}
			if again, err := l.PeekText(len(rawjson.GzipPrefix)); err != nil || again != rawjson.GzipPrefix {
				return l, err
			}
		}
	}
	return nil, rawjson.ErrTooDeep
}

// keepValue takes the value that l is.
func (p *partText) keepValue(l rawjson.Layer) error {
	s, err := l(nil)
	if err != nil {
		return err
	}
	defer s.Close()
	raw, err := s.Keep(nil, rawjson.MaxElement)
	if rawjson.Fatal(err) {
		return err
	}
	if err == nil {
		err = rawjson.Valid(raw)
	}
	if err != nil {
		if p.raw = salvagePart(p.name, raw); errors.Is(err, rawjson.ErrMalformed) {
			p.raw = nil
		}
	} else {
		p.raw = raw
	}
	return errors.Join(err, p.tidy())
}

// tidy checks that the value is of the kind that the part has, and takes from
// metadata what belongs to the storage alone.
func (p *partText) tidy() error {
	if len(p.raw) == 0 {
		return nil
	}
	kinds := "" // of the values that are taken; any other part may be of any kind, the session keeps it as it is
	switch {
	case isChunk(p.name):
		kinds = "{[n"
	case p.name == "metadata":
		kinds = "{"
	}
	if kinds != "" && !strings.Contains(kinds, string(p.raw[0])) {
		p.raw = nil
		return rawjson.ErrOdd
	}
	if p.name == "metadata" {
		p.raw, p.updated = tidyMetadata(p.raw)
		if id, _ := rawjson.IDOf(p.raw); id == "" {
			p.out.noteOddID(p.raw, "")
		}
	}
	return nil
}

// salvagePart returns what is whole in a part that is cut off; nil for nothing.
func salvagePart(name string, raw jsontext.Value) jsontext.Value {
	if len(raw) == 0 {
		return nil
	}
	switch {
	case raw[0] == '"':
		for n := len(raw); n > 1 && n > len(raw)-12; n-- {
			if v := append(raw[:n:n], '"'); rawjson.Valid(v) == nil {
				return v
			}
		}
		return nil
	case raw[0] == '[':
		return salvageItems(raw)
	case isChunk(name):
		list, _ := rawjson.Members(raw)
		if items := salvageItems(rawjson.Last(list, itemsOf(name))); items != nil {
			return items
		}
		return nil
	}
	return salvage(raw)
}

// salvageItems returns an array of the elements that are whole in one that is cut
// off; nil without any.
func salvageItems(raw jsontext.Value) jsontext.Value {
	list, _ := rawjson.Elements(raw)
	list = slices.DeleteFunc(list, func(v jsontext.Value) bool { return v[0] != '{' || rawjson.Valid(v) != nil })
	if len(list) == 0 {
		return nil
	}
	return rawjson.JoinElements(list)
}
