package postings

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestStructureRecord: what is read is written again as it was, whatever the numbers.
func TestStructureRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 300), rapid.Uint64Range(1<<55, 1<<57))
		s := Structure{head: rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "head"), writes: number.Draw(t, "writes")}
		for range rapid.IntRange(0, 4).Draw(t, "levels") {
			var list []Segment
			for range rapid.IntRange(0, 5).Draw(t, "segments") {
				list = append(list, Segment{number.Draw(t, "id"), number.Draw(t, "first"), number.Draw(t, "last")})
			}
			s.Levels, s.merged = append(s.Levels, list), append(s.merged, number.Draw(t, "merged"))
		}
		record := s.Record()
		again, err := ParseStructure(record)
		if err != nil || !bytes.Equal(again.Record(), record) || len(again.Levels) != len(s.Levels) {
			t.Fatalf("%x is read as %+v, %v", record, again, err)
		}
		totals := Totals(rapid.SliceOf(number).Draw(t, "totals"))
		if back, err := ParseTotals(totals.Record()); err != nil || !bytes.Equal(back.Record(), totals.Record()) {
			t.Fatalf("%v is read as %v, %v", totals, back, err)
		}
	})
}

// TestStructureAdd: a segment gets a number that is free, and is the newest.
func TestStructureAdd(t *testing.T) {
	s := Structure{head: make([]byte, 4), Levels: [][]Segment{{{1, 1, 3}}, {{3, 1, 9}}}, merged: []uint64{0, 1}}
	if id := s.NewID(); id != 2 {
		t.Errorf("number %d is not the lowest that is free", id)
	}
	s.Add(Segment{s.NewID(), 1, 5})
	if list, err := segments(s.Record()); err != nil || list != "[[2,1,5],[1,1,3],[3,1,9]]" {
		t.Errorf("%s, %v", list, err)
	}
	for _, block := range [][]byte{nil, {0, 0, 0}, {0, 0, 0, 1, 0xff, 0, 0, 1, 0, 0, 0}, {0, 0, 0, 1, 1}} {
		if _, err := ParseStructure(block); err != ErrUnknown {
			t.Errorf("%x is read: %v", block, err)
		}
	}
}
