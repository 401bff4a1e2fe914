package listing

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"

	"golang.org/x/text/unicode/norm"
)

// A filter takes a tag or a status in any case, composed or not, and with white space around it. A facet has
// it as it was written: those that begin with the same letter are compared.

// spell adds to the statuses and tags that are asked for those that are the same to a filter, and gives those
// of NotTags.
func (s *Selection) spell(ctx context.Context, x *sqlitedb.Tx) (not []facetKey, err error) {
	for _, tag := range s.q.NotTags {
		not = append(not, facetKey{rows.FacetTag, tag})
	}
	labels := slices.Clone(not)
	for _, list := range s.asked {
		labels = append(labels, slices.DeleteFunc(slices.Clone(list), func(k facetKey) bool { return !k.isLabel() })...)
	}
	if len(labels) == 0 {
		return not, nil
	}
	there, err := spelled(ctx, x, s.r.Kind, labels)
	if err != nil {
		return nil, err
	}
	for i, list := range s.asked {
		s.asked[i] = withSpellings(list, there)
	}
	return withSpellings(not, there), nil
}

// isLabel tells of a facet of a text that people write.
func (k facetKey) isLabel() bool { return k.field == rows.FacetTag || k.field == rows.FacetStatus }

// withSpellings adds those of the facets there are that are the same as one of a list.
func withSpellings(list, there []facetKey) []facetKey {
	all := slices.Clone(list)
	for _, k := range list {
		if !k.isLabel() {
			continue
		}
		folded := schema.FoldTag(k.value)
		for _, is := range there {
			if is.field == k.field && is.value != k.value && schema.FoldTag(is.value) == folded && !slices.Contains(all, is) {
				all = append(all, is)
			}
		}
	}
	return all
}

// isAny tells whether a value is the same as one of a list.
func isAny(list []string, value string) bool {
	return slices.ContainsFunc(list, func(v string) bool { return schema.FoldTag(v) == schema.FoldTag(value) })
}

const sqlSpelled = "SELECT DISTINCT t.field, t.value\nFROM asked AS a\nCROSS JOIN facets AS t ON t.kind = ? AND t.field = a.field AND t.value >= a.low AND t.value < a.high\n" +
	"WHERE t.records > 0"

// spelled gives facets of a kind, live or in the trash, among which are those that are the same as some.
func spelled(ctx context.Context, x *sqlitedb.Tx, kind string, labels []facetKey) (list []facetKey, err error) {
	var args []any
	for _, k := range labels {
		for _, r := range beginningsOf(k.value) {
			args = append(args, k.field, r[0], r[1])
		}
	}
	if len(args) == 0 {
		return nil, nil
	}
	text := "WITH asked (field, low, high) AS (VALUES " + strings.TrimSuffix(strings.Repeat("(?, ?, ?), ", len(args)/3), ", ") + ")\n" + sqlSpelled
	var found []struct {
		Field string `db:"field"`
		Value string `db:"value"`
	}
	err = x.Select(ctx, &found, text, append(args, kind)...)
	for _, f := range found {
		list = append(list, facetKey{f.Field, f.Value})
	}
	return list, err
}

// spellLength is how many characters of a value are looked up: of many tags that begin with the same
// letter few have three in common.
const spellLength = 3

// beginningsOf gives stretches, each from a text on and before another one, in which all are that are the same
// as a value: those that begin with its first characters in any case, up to one that may be written in parts,
// and those that begin with white space.
func beginningsOf(value string) (list [][2]string) {
	list = append(list, spaces...)
	beginnings := []string{""}
	n := 0
	for _, r := range schema.NormalTag(value) {
		if beginnings = withForms(beginnings, r); r >= utf8.RuneSelf {
			break
		}
		if n++; n == spellLength {
			break
		}
	}
	for _, from := range beginnings {
		if from == "" {
			return append(list, [2]string{"", "\x01"})
		}
		last, size := utf8.DecodeLastRuneInString(from)
		list = append(list, [2]string{from, from[:len(from)-size] + string(last+1)})
	}
	return list
}

// withForms puts a character after each of some texts, in all its forms: in any case, and the first part of one that
// can be written in parts.
func withForms(beginnings []string, r rune) (list []string) {
	forms := []rune{r, unicode.ToLower(r), unicode.ToUpper(r)}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		forms = append(forms, f)
	}
	for _, f := range forms {
		apart, _ := utf8.DecodeRuneInString(norm.NFD.String(string(f)))
		forms = append(forms, apart)
	}
	slices.Sort(forms)
	for _, b := range beginnings {
		for _, f := range slices.Compact(forms) {
			list = append(list, b+string(f))
		}
	}
	return list
}

// spaces are the stretches of what begins with white space.
var spaces = [][2]string{{"\t", "!"}, {"\u0085", "\u00a1"}, {"\u1680", "\u1681"}, {"\u2000", "\u2060"}, {"\u3000", "\u3001"}}

// TagSpellings gives tags of a kind, of live records and those in the trash, among which are all that are one of
// some tags however it is written.
func TagSpellings(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, tags []string) (list []string, err error) {
	if err := SettleFacets(ctx, x); err != nil {
		return nil, err
	}
	labels := make([]facetKey, len(tags))
	for i, tag := range tags {
		labels[i] = facetKey{rows.FacetTag, tag}
	}
	there, err := spelled(ctx, x, r.Kind, labels)
	for _, k := range there {
		list = append(list, k.value)
	}
	slices.Sort(list)
	return slices.Compact(list), err
}

// knownMost is how many tags are named to somebody who has asked for one that there is not.
const knownMost = 5

// Missing gives those of the statuses and tags that a query asks for which no record of some kinds has, nor can
// have, and those of the records to be linked with that there are not, as filters; and what there is instead of a
// status or a tag, the nearest first.
func Missing(ctx context.Context, x *sqlitedb.Tx, kinds []*rows.Relation, q Query) (unknown, known []string, err error) {
	for _, one := range []struct {
		field  string
		values []string
	}{{rows.FacetStatus, q.Status}, {rows.FacetTag, append(slices.Clone(q.Tags), q.AnyTags...)}} {
		if !slices.ContainsFunc(one.values, func(v string) bool { return v != "" }) {
			continue
		}
		there, err := valuesOf(ctx, x, kinds, one.field)
		if err != nil {
			return nil, nil, err
		}
		for _, v := range one.values {
			if v == "" || isAny(there, v) {
				continue
			}
			near := schema.Nearest(v, there)
			if one.field == rows.FacetTag {
				near = near[:min(knownMost, len(near))]
			}
			unknown, known = append(unknown, one.field+":"+v), append(known, near...)
		}
	}
	gone, err := missingLinks(ctx, x, q.Links)
	return append(unknown, gone...), known, err
}

// missingLinks gives those of the records that others are to be linked with that there are not.
func missingLinks(ctx context.Context, x *sqlitedb.Tx, list []schema.Link) (missing []string, err error) {
	for _, l := range list {
		r, err := rows.RelationOf(l.Kind)
		if err != nil {
			continue // of an app's own kind
		}
		there, err := WithPrefix(ctx, x, r, l.ID, 1)
		if err != nil {
			return nil, err
		}
		if len(there) == 0 || there[0].ID != l.ID {
			missing = append(missing, l.Kind+":"+l.ID)
		}
	}
	return missing, nil
}

// valuesOf gives the values of a field that records of some kinds have, or can have.
func valuesOf(ctx context.Context, x *sqlitedb.Tx, kinds []*rows.Relation, field string) (list []string, err error) {
	if err := SettleFacets(ctx, x); err != nil {
		return nil, err
	}
	for _, r := range kinds {
		if field == rows.FacetStatus && r.Status != "" {
			list = append(list, schema.KnownValues(r.Typ, "status")...)
		}
		for _, trash := range []bool{false, true} {
			facets, err := facetsOf(ctx, x, r.Kind, field, trash)
			if err != nil {
				return nil, err
			}
			for _, f := range facets {
				list = append(list, f.Value)
			}
		}
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(v string) bool { return v == "" }), nil
}
