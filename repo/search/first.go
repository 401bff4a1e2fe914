package search

import (
	"context"
	"slices"

	"taskstore/fts"
	"taskstore/fts/index"
)

// class is what counts before relevance.
type class int

const (
	relevant class = iota
	signed         // has the words with the signs that were typed
	named          // is called as the question says
)

// findFirst finds what comes before all that is only relevant, also where it is older than what is compared by
// relevance. Mostly there is nothing such, which costs a look for one term in FTS5's lists.
func (f *finder) findFirst(ctx context.Context) error {
	for _, one := range []struct {
		match fts.Match
		class class
	}{{f.first.Signed, signed}, {f.first.Named, named}} {
		if one.match == "" {
			continue
		}
		if err := f.raise(ctx, one.match, one.class); err != nil {
			return err
		}
	}
	return nil
}

// raise puts those of the records that match of which another match finds a text into a class, and adds those
// that are older than what was compared.
func (f *finder) raise(ctx context.Context, m fts.Match, to class) error {
	texts, err := index.Newest(ctx, f.x, m, f.keys, rankedTexts(f.match))
	if err != nil || len(texts) == 0 {
		return err
	}
	known := len(f.groups)
	if !f.done && f.begun == nil && f.raiseKnown(texts, to) < len(texts) {
		if texts, err = index.Newest(ctx, f.x, m.And(f.match), f.keys, rankedTexts(f.match)); err != nil {
			return err
		}
		if texts, err = f.filter(ctx, texts); err != nil {
			return err
		}
		if err = f.takeLacking(ctx, texts); err != nil {
			return err
		}
	}
	f.added += len(f.groups) - known
	f.raiseKnown(texts, to)
	return nil
}

// raiseKnown puts the records of those of some texts that were found into a class, and counts the texts.
func (f *finder) raiseKnown(texts []index.Found, to class) (n int) {
	for _, r := range texts {
		if g := f.byKey[owner{r.Kind, r.OwnerPK}]; g != nil && g.has(r.PK) {
			g.class = max(g.class, to)
			n++
		}
	}
	return n
}

// takeLacking takes those of some texts that were not found yet.
func (f *finder) takeLacking(ctx context.Context, texts []index.Found) error {
	lacking := slices.DeleteFunc(slices.Clone(texts), func(r index.Found) bool {
		g := f.byKey[owner{r.Kind, r.OwnerPK}]
		return g != nil && g.has(r.PK)
	})
	if len(lacking) == 0 {
		return nil
	}
	if _, err := index.Scores(ctx, f.x, f.match, f.wanted, lacking); err != nil {
		return err
	}
	f.take(lacking)
	f.seen -= len(lacking) // which says what the others let expect
	return nil
}

// has tells whether a text is one of those that were found.
func (g *group) has(pk int64) bool {
	return slices.ContainsFunc(g.rows, func(r index.Found) bool { return r.PK == pk })
}
