package schema

// Subject is what topics, companies and contacts have in common.
type Subject struct {
	Name        string `db:"name" json:"name"`
	CreatedAt   Time   `db:"created_at" json:"createdAt"`
	LastUpdated Time   `db:"last_updated" json:"lastUpdated"`
	NoteCount   int64  `db:"note_count" json:"noteCount"` // as the app counted
}

// Topic is something that notes, tasks and sessions are about.
type Topic struct {
	Head
	Subject
	Type        string `db:"type" json:"type,omitempty" enum:"company,person,subject,project,other"` // of the oldest files
	Description string `db:"description" json:"description,omitempty"`
	Color       string `db:"color" json:"color,omitempty"`
	Links       []Link
}

// Company is an organisation.
type Company struct {
	Head
	Subject
	Profile JSON `db:"profile" json:"profile,omitempty"` // industry, size, website, description, logoUrl
	Links   []Link
}

// Contact is a person.
type Contact struct {
	Head
	Subject
	Profile JSON `db:"profile" json:"profile,omitempty"` // role, companyId, email, phone, photoUrl
	Links   []Link
}

func (*Topic) kind() string   { return "topic" }
func (*Company) kind() string { return "company" }
func (*Contact) kind() string { return "contact" }

// Topics says how topics are kept.
var Topics = Table[Topic]{
	Kind: "topic", Name: "topics", Date: "created_at", Updated: "last_updated", Title: "name",
	Head:     func(t *Topic) *Head { return &t.Head },
	Children: []Child[Topic]{Links("topic_links", func(t *Topic) *[]Link { return &t.Links })},
}

// Companies says how companies are kept.
var Companies = Table[Company]{
	Kind: "company", Name: "companies", Date: "created_at", Updated: "last_updated", Title: "name",
	Head:     func(c *Company) *Head { return &c.Head },
	Children: []Child[Company]{Links("company_links", func(c *Company) *[]Link { return &c.Links })},
}

// Contacts says how contacts are kept.
var Contacts = Table[Contact]{
	Kind: "contact", Name: "contacts", Date: "created_at", Updated: "last_updated", Title: "name",
	Head:     func(c *Contact) *Head { return &c.Head },
	Children: []Child[Contact]{Links("contact_links", func(c *Contact) *[]Link { return &c.Links })},
}
