package main

import (
	"fmt"
	"slices"

	"taskstore/schema"
)

// mostAdvice is how many oddities of one record are told.
const mostAdvice = 8

// refuseNothing refuses a record that says nothing: a slip, most of all an empty object.
func (p *put) refuseNothing() error {
	if !schema.SaysNothing(p.text) {
		return nil
	}
	return misuse("give at least a title, a name or a content; storectl get "+p.kind.Plural+" ID shows what a record looks like",
		"put %s: there is nothing in it", p.kind.Name)
}

// advise tells what is odd about a record that is kept all the same, beyond what was odd about it in the store.
func (p *put) advise(stored, value any, warnings []schema.Warning) error {
	var known []schema.Warning
	if stored != nil {
		var err error
		if known, err = schema.Warnings(stored); err != nil {
			return err
		}
	}
	list := slices.DeleteFunc(append(slices.Clone(warnings), schema.Doubts(value)...), func(w schema.Warning) bool {
		return w.Code == schema.WarnNullRequired || slices.Contains(known, w)
	})
	what := "put " + p.kind.Name
	if id := p.kind.ID(value); id != "" {
		what += fmt.Sprintf(" %q", id)
	}
	for i, w := range list {
		if i == mostAdvice {
			p.app.Say("%s: and %d more oddities, which --json lists", what, len(list)-i)
			break
		}
		p.app.Say("%s: %s", what, schema.Advice(value, w))
	}
	return nil
}
