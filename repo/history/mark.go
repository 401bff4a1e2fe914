package history

import (
	"bytes"
	"encoding/json"

	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// stateMark is what a kept state says beyond the app's JSON. It stands in the
// state as its last member, which History takes away again.
type stateMark struct {
	SavedAt     schema.Time `json:"saved_at,omitempty"`     // when the state was written
	TrashedAt   schema.Time `json:"trashed_at,omitempty"`   // since when it was in the trash
	TrashReason string      `json:"trash_reason,omitempty"` // and why
	// Absent names the documents that were not there: one that the JSON leaves
	// out otherwise did not change when the state ended.
	Absent []string `json:"absent,omitempty"`
	// File is the content of an attachment that never stood in its JSON.
	File *markedContent `json:"file,omitempty"`
	// Rank is how many items stood before this one.
	Rank *int64 `json:"rank,omitempty"`
}

type markedContent struct {
	Blob string `json:"blob"`
	Form string `json:"form"`
}

const markName = `"_state":`

// markOf gives what the JSON of v does not say.
func markOf(r *rows.Relation, v any) stateMark {
	h := r.Head(v)
	m := stateMark{SavedAt: h.SavedAt, TrashedAt: h.TrashedAt, TrashReason: h.TrashReason}
	for _, c := range r.Children {
		for _, d := range c.Docs {
			if body := *d.At(v); body != nil && len(body) == 0 {
				m.Absent = append(m.Absent, d.Part)
			}
		}
	}
	if a, ok := v.(*schema.Attachment); ok && a.File.Blob != "" {
		m.File = &markedContent{a.File.Blob, a.File.Form}
	}
	return m
}

// StateOf encodes what v is now, to be kept.
func StateOf(r *rows.Relation, v any, change, origin string) (*State, error) {
	h := r.Head(v)
	text, err := schema.Encode(v, schema.EncodeOptions{Refs: true})
	if err == nil {
		text, err = markOf(r, v).add(text)
	}
	if err != nil {
		return nil, err
	}
	s := &State{Kind: r.Kind, Id: h.ID, Owner: h.PK, rev: h.Rev, Change: change, Origin: origin}
	s.Packed, err = Pack(text)
	return s, err
}

// add appends the mark to the JSON of an object. A value that is no object, as
// an odd item can be, stays without one.
func (m stateMark) add(text []byte) ([]byte, error) {
	body, found := bytes.CutSuffix(text, []byte("}"))
	if !found {
		return text, nil
	}
	mark, err := json.Marshal(m)
	if err != nil || string(mark) == "{}" {
		return text, err
	}
	out := bytes.Clone(body)
	if len(out) > 1 {
		out = append(out, ',')
	}
	return append(append(append(out, markName...), mark...), '}'), nil
}

// cutMark takes a state and its mark apart, within the bytes of text.
func cutMark(text []byte) (state []byte, m stateMark) {
	at := bytes.LastIndex(text, []byte(markName))
	if at < 1 || !bytes.HasSuffix(text, []byte("}}")) {
		return text, m
	}
	decoder := json.NewDecoder(bytes.NewReader(text[at+len(markName) : len(text)-1]))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&m) != nil || decoder.More() || m.SavedAt == "" && m.Rank == nil {
		return text, stateMark{}
	}
	return append(bytes.TrimSuffix(text[:at], []byte(",")), '}'), m
}

// apply sets what the mark says of a state that was decoded.
func (m stateMark) apply(r *rows.Relation, v any) {
	h := r.Head(v)
	h.SavedAt, h.TrashedAt, h.TrashReason = m.SavedAt, m.TrashedAt, m.TrashReason
	for _, part := range m.Absent {
		for _, c := range r.Children {
			for _, d := range c.Docs {
				if d.Part == part {
					*d.At(v) = schema.Absent
				}
			}
		}
	}
	if a, ok := v.(*schema.Attachment); ok && m.File != nil {
		a.File = schema.Content{Blob: m.File.Blob, Form: m.File.Form}
	}
}
