package schema

// Note is something a person wrote down, Markdown or HTML as it came.
type Note struct {
	Head
	Content     string `db:"content" json:"content"`
	Summary     string `db:"summary" json:"summary"`
	Timestamp   Time   `db:"timestamp" json:"timestamp"`
	LastUpdated Time   `db:"last_updated" json:"lastUpdated"`
	Source      string `db:"source" json:"source" enum:"call,email,thought,other"`
	// Status is draft, pending_review or approved; absent means approved.
	Status              string `db:"status" json:"status" absent:"approved" enum:"draft,pending_review,approved"`
	SourceText          string `db:"source_text" json:"sourceText,omitempty"`
	Metadata            JSON   `db:"metadata" json:"metadata,omitempty"`
	RelationshipVersion int64  `db:"relationship_version" json:"relationshipVersion,omitempty"`
	Title               string `db:"title" json:"title,omitempty"`          // of the oldest files
	CreatedAt           Time   `db:"created_at" json:"createdAt,omitempty"` // of the oldest files

	Tags        []string           `json:"tags"`
	Links       []Link             `links:"topicId=topic topicIds=[topic] companyIds=[company] contactIds=[contact] parentNoteId=note sourceSessionId=session"`
	Updates     []NoteUpdate       `json:"updates,omitempty"` // newest first
	Attachments []InlineAttachment `json:"attachments,omitempty"`
}

// NoteUpdate is an addition to a note.
type NoteUpdate struct {
	Item
	Content    string `db:"content" json:"content"`
	Timestamp  Time   `db:"timestamp" json:"timestamp"`
	Source     string `db:"source" json:"source" enum:"call,email,thought,other"`
	Summary    string `db:"summary" json:"summary,omitempty"`
	SourceText string `db:"source_text" json:"sourceText,omitempty"`
	Tags       JSON   `db:"tags" json:"tags,omitempty"`
}

func (*Note) kind() string { return "note" }

func (n *Note) derive(absent func(string) bool) {
	if absent("status") {
		n.Status = "approved"
	}
}

// Notes says how notes are kept.
var Notes = Table[Note]{
	Kind: "note", Name: "notes", Date: "timestamp", Updated: "last_updated", Status: "status",
	Title: "coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200))",
	Head:  func(n *Note) *Head { return &n.Head },
	Children: []Child[Note]{
		Strings("note_tags", "tag", "tags", func(n *Note) *[]string { return &n.Tags }),
		Links("note_links", func(n *Note) *[]Link { return &n.Links }),
		Many("note_updates", "updates", func(n *Note) *[]NoteUpdate { return &n.Updates }),
		Many("note_attachments", "attachments", func(n *Note) *[]InlineAttachment { return &n.Attachments }),
	},
}
