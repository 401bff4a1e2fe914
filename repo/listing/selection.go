package listing

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// facet is one of the lists that are kept: the records of a kind that have a status, a
// tag or a link, live or in the trash. See rows.FacetAll.
type facet struct {
	PK      int64  `db:"pk"`
	Field   string `db:"field"`
	Value   string `db:"value"`
	Records int64  `db:"records"`
}

// facetKey names a facet of a kind.
type facetKey struct{ field, value string }

// choice is what a record must be in one of: facets, and the records that a record at the
// other end of a link names.
type choice struct {
	facets []facet // the greatest first
	named  []int64
}

func (g choice) records() int64 {
	n := int64(len(g.named))
	for _, f := range g.facets {
		n += f.Records
	}
	return n
}

// isStates tells whether the facets are statuses, of which a record has one.
func (g choice) isStates() bool { return len(g.facets) > 0 && g.facets[0].Field == rows.FacetStatus }

func (g choice) pks() []int64 {
	pks := make([]int64, len(g.facets))
	for i, f := range g.facets {
		pks[i] = f.PK
	}
	return pks
}

// Selection is what a query selects, with its names looked up: a record must be in each
// of the choices, and the first one has the fewest records.
type Selection struct {
	r       *rows.Relation
	q       Query
	words   Words
	choices []choice
	not     []facet // a record must be in none of these
	all     int64   // records of the kind, live or in the trash
	every   int64   // key of the facet that they all are in
	none    bool    // nothing can match
	looked  bool    // the facets were looked up
	byTime  bool    // go through the records of the time that is asked for, and sort them
	asked   [][]facetKey
	whole   wholeKind
	tried   []triedWords // nil: the words were not tried yet
}

// Select looks up what a query asks for, of records that the words of its text leave.
func Select(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, q Query, w Words) (*Selection, error) {
	if err := Check(r, q); err != nil {
		return nil, err
	}
	s := &Selection{r: r, q: q, words: w, none: w.Nothing}
	s.asked = s.positive()
	if s.none {
		return s, nil
	}
	if len(s.asked)+len(q.NotTags)+len(q.NotStatus) == 0 && !q.Trash && q.From == "" && q.To == "" {
		return s, s.countAll(ctx, x)
	}
	if err := s.lookUpOnce(ctx, x); err != nil || s.none {
		return s, err
	}
	return s, s.chooseByTime(ctx, x)
}

func (s *Selection) lookUpOnce(ctx context.Context, x *sqlitedb.Tx) error {
	if s.looked || s.none {
		return nil
	}
	s.looked = true
	if err := SettleFacets(ctx, x); err != nil {
		return err
	}
	if err := s.lookUp(ctx, x); err != nil {
		return err
	}
	slices.SortStableFunc(s.choices, func(a, b choice) int { return cmp.Compare(a.records(), b.records()) })
	return nil
}

// positive are the facets of the filters that want something: of each list one.
func (s *Selection) positive() (list [][]facetKey) {
	one := func(field string, values []string) (keys []facetKey) {
		for _, v := range values {
			keys = append(keys, facetKey{field, v})
		}
		return keys
	}
	if len(s.q.Status) > 0 {
		list = append(list, one(rows.FacetStatus, s.q.Status))
	}
	for _, tag := range s.q.Tags {
		list = append(list, []facetKey{{rows.FacetTag, tag}})
	}
	if len(s.q.AnyTags) > 0 {
		list = append(list, one(rows.FacetTag, s.q.AnyTags))
	}
	for _, links := range s.q.links() {
		var keys []facetKey
		for _, l := range links {
			keys = append(keys, linkKeys(s.r, l)...)
		}
		list = append(list, keys)
	}
	return list
}

// links are the links that are asked for: one of each list.
func (q Query) links() [][]schema.Link {
	list := slices.Clone(q.AnyLinks)
	for _, l := range q.Links {
		list = append(list, []schema.Link{l})
	}
	return list
}

// lookUp finds the facets, and the records that are named at other ends.
func (s *Selection) lookUp(ctx context.Context, x *sqlitedb.Tx) error {
	not, err := s.spell(ctx, x)
	if err != nil {
		return err
	}
	keys := append([]facetKey{{rows.FacetAll, ""}}, not...)
	for _, list := range s.asked {
		keys = append(keys, list...)
	}
	at, err := findFacets(ctx, x, s.r.Kind, s.q.Trash, keys)
	if err != nil {
		return err
	}
	all := at[facetKey{rows.FacetAll, ""}]
	s.all, s.every = all.Records, all.PK
	for _, k := range not {
		if f, ok := at[k]; ok {
			s.not = append(s.not, f)
		}
	}
	links := s.q.links()
	for i, list := range s.asked {
		var g choice
		if i -= len(s.asked) - len(links); i >= 0 {
			if g.named, err = namedAtOtherEnd(ctx, x, s.r, s.q.Trash, links[i]); err != nil {
				return err
			}
		}
		s.addGroup(g, at, list)
	}
	if len(s.q.NotStatus) > 0 {
		states, err := facetsOf(ctx, x, s.r.Kind, rows.FacetStatus, s.q.Trash)
		if err != nil {
			return err
		}
		others := slices.DeleteFunc(states, func(f facet) bool { return isAny(s.q.NotStatus, f.Value) })
		s.add(choice{facets: others})
	}
	if s.q.Trash && len(s.choices) == 0 && all.Records > 0 {
		s.add(choice{facets: []facet{all}})
	}
	s.none = s.none || all.Records == 0
	return nil
}

// addGroup adds a group of those of the facets that there are.
func (s *Selection) addGroup(g choice, at map[facetKey]facet, keys []facetKey) {
	seen := map[facetKey]bool{}
	for _, k := range keys {
		if f, ok := at[k]; ok && !seen[k] {
			seen[k] = true
			g.facets = append(g.facets, f)
		}
	}
	slices.SortStableFunc(g.facets, func(a, b facet) int { return cmp.Compare(b.Records, a.Records) })
	s.add(g)
}

func (s *Selection) add(g choice) {
	s.choices = append(s.choices, g)
	s.none = s.none || len(g.facets)+len(g.named) == 0
}

const sqlFacets = "SELECT t.pk, t.field, t.value, t.records\nFROM facets AS t\nWHERE t.kind = ? AND t.field = ? AND t.trash = ? AND t.records > 0\nORDER BY t.records DESC, t.value"

// facetsOf gives the facets of a field, the greatest first.
func facetsOf(ctx context.Context, x *sqlitedb.Tx, kind, field string, trash bool) (list []facet, err error) {
	err = x.Select(ctx, &list, sqlFacets, kind, field, trash)
	return list, err
}

// findFacets gives those of the facets that there are.
func findFacets(ctx context.Context, x *sqlitedb.Tx, kind string, trash bool, keys []facetKey) (map[facetKey]facet, error) {
	text := "WITH asked (field, value) AS (VALUES " + strings.TrimSuffix(strings.Repeat("(?, ?), ", len(keys)), ", ") + ")\n" +
		"SELECT t.pk, t.field, t.value, t.records\nFROM asked AS a\nCROSS JOIN facets AS t ON t.kind = ? AND t.field = a.field AND t.value = a.value AND t.trash = ?\n" +
		"WHERE t.records > 0"
	var args []any
	for _, k := range keys {
		args = append(args, k.field, k.value)
	}
	var list []facet
	if err := x.Select(ctx, &list, text, append(args, kind, trash)...); err != nil {
		return nil, err
	}
	at := make(map[facetKey]facet, len(list))
	for _, f := range list {
		at[facetKey{f.Field, f.Value}] = f
	}
	return at, nil
}

// linkKeys are the facets of those who hold a link to another record. The member topicId
// of the app may name a company or a contact.
func linkKeys(r *rows.Relation, l schema.Link) []facetKey {
	other, err := rows.RelationOf(l.Kind)
	if err != nil || !r.HasLinks() {
		return nil
	}
	keys := []facetKey{{rows.FacetLink + other.Kind, l.ID}}
	if isSubject(other) {
		keys = append(keys, facetKey{rows.FacetLink + "topic", l.ID})
	}
	return keys
}

// isSubject tells whether a link of the kind topic may name a record of this kind too.
func isSubject(r *rows.Relation) bool { return r.Kind == "company" || r.Kind == "contact" }

// namedAtOtherEnd gives the records that other records name in links of their own: no
// more than those hold.
func namedAtOtherEnd(ctx context.Context, x *sqlitedb.Tx, r *rows.Relation, trash bool, links []schema.Link) (pks []int64, err error) {
	for _, l := range links {
		other, err := rows.RelationOf(l.Kind)
		if err != nil {
			return nil, err
		}
		if !other.HasLinks() {
			continue
		}
		kinds := "'" + r.Kind + "'"
		if isSubject(r) {
			kinds += ", 'topic'"
		}
		not := ""
		if trash {
			not = "NOT "
		}
		var some []int64
		err = x.Select(ctx, &some, "SELECT DISTINCT e.pk\nFROM "+other.Name+" AS o\nCROSS JOIN "+other.Kind+"_links AS l ON l."+other.Kind+"_pk = o.pk\n"+
			"CROSS JOIN "+r.Name+" AS e ON e.id = l.id\nWHERE o.id = ? AND l.kind IN ("+kinds+") AND +e.trashed_at IS "+not+"NULL", l.ID)
		if err != nil {
			return nil, err
		}
		pks = append(pks, some...)
	}
	slices.Sort(pks)
	return slices.Compact(pks), nil
}
