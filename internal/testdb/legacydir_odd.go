package testdb

import (
	"strings"

	"taskstore/schema"
)

// odd gives an entity of Gen: every member that there is, some of them odd.
func (m *maker) odd() []byte {
	g := &Gen{IntN: m.r.IntN, Odd: m.g.size.Odd, Unknown: 40}
	id := m.g.id(m.kind, m.i)
	switch m.kind {
	case "sessions":
		return Entity[schema.Session](g, id)
	case "notes":
		return Entity[schema.Note](g, id)
	case "tasks":
		return Entity[schema.Task](g, id)
	case "companies":
		return Entity[schema.Company](g, id)
	case "contacts":
		return Entity[schema.Contact](g, id)
	}
	for { // a topic with a type is a company or a contact
		raw := Entity[schema.Topic](g, id)
		if !strings.Contains(string(raw), `"type":"company"`) && !strings.Contains(string(raw), `"type":"person"`) {
			return raw
		}
	}
}
