package merge

import (
	"context"

	"taskstore/importexport/legacy/rawjson"

	"github.com/go-json-experiment/json/jsontext"
)

// settings completes the settings object after the older copies of it gave what it
// lacks, which the application's own writers dropped: the aiSettings that were
// saved under a key of their own stand in last. They stay under that key too.
func (m *merger) settings(ctx context.Context, base jsontext.Value) (jsontext.Value, error) {
	const own = "aiSettings"
	list, ok := rawjson.Members(base)
	if !ok || rawjson.Last(list, own) != nil {
		return base, nil
	}
	rows, err := m.stage.of(ctx, smallRow, m.collection, own)
	if err != nil || len(rows) == 0 {
		return base, err
	}
	raw, err := m.stage.text(ctx, m.contest(rows).ranked[0])
	if err != nil || !structured(raw) {
		return base, err
	}
	return rawjson.JoinMembers(append(list, rawjson.Member{Name: own, Raw: jsontext.Value(`"` + own + `"`), Value: raw})), nil
}
