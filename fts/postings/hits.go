package postings

import (
	"slices"

	"taskstore/fts"
)

// hits collects the postings of a word, or of all words that begin so.
type hits struct {
	list    []*Text // whose postings are wanted, the least key first
	columns uint
	times   []float64        // for each text: how often the word is in it, by weight
	places  []map[place]bool // for each: where; nil if that does not matter

	known map[string][]bool // for each term the texts that a newer segment had
	term  []bool            // of the one that is read
	next  int               // of list
	some  int               // texts with the word that are as new as these
}

func newHits(list []*Text, columns uint) *hits {
	return &hits{list: list, columns: columns, times: make([]float64, len(list)), known: map[string][]bool{}}
}

func (h *hits) begin(term []byte) {
	if h.term = h.known[string(term)]; h.term == nil {
		h.term = make([]bool, len(h.list))
		h.known[string(term)] = h.term
	}
	h.next = 0
}

// posting notes what one of the texts has. What a newer segment says of a text hides what
// an older one does, also that the text has the term no longer.
func (h *hits) posting(p posting) {
	if p.pk < h.list[0].PK {
		return
	}
	h.some += p.counts()
	for h.next < len(h.list) && h.list[h.next].PK < p.pk {
		h.next++
	}
	if i := h.next; i < len(h.list) && h.list[i].PK == p.pk && !h.term[i] {
		h.term[i] = true
		eachPlace(p.places, func(at place) { h.take(i, at) })
	}
}

// take notes that the word stands at a place in text i.
func (h *hits) take(i int, at place) {
	if at.column >= uint64(len(fts.Weights)) || h.columns>>at.column&1 == 0 {
		return
	}
	h.times[i] += fts.Weights[at.column]
	if h.places == nil {
		return
	}
	if h.places[i] == nil {
		h.places[i] = map[place]bool{}
	}
	h.places[i][at] = true
}

// together counts, by weight, where the words of a phrase stand one after the other.
func together(words []*hits) []float64 {
	times := make([]float64, len(words[0].list))
	for i := range times {
		for p := range words[0].places[i] {
			missing := slices.ContainsFunc(words[1:], func(h *hits) bool {
				p.word++
				return !h.places[i][p]
			})
			if !missing {
				times[i] += fts.Weights[p.column]
			}
		}
	}
	return times
}
