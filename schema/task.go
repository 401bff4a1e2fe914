package schema

// Task is something to be done.
type Task struct {
	Head
	Title    string `db:"title" json:"title"`
	Done     bool   `db:"done" json:"done"`
	Priority string `db:"priority" json:"priority" enum:"low,medium,high,urgent"`
	// Status is todo, in-progress, done, blocked or archived; the oldest files
	// have only Done, from which it follows.
	Status              string `db:"status" json:"status" absent:"follows from done" enum:"todo,in-progress,done,blocked,archived"`
	CreatedBy           string `db:"created_by" json:"createdBy" enum:"ai,manual"`
	CreatedAt           Time   `db:"created_at" json:"createdAt"`
	CompletedAt         Time   `db:"completed_at" json:"completedAt,omitempty"`
	DueDate             string `db:"due_date" json:"dueDate,omitempty"` // local, as it was entered: mostly YYYY-MM-DD
	DueTime             string `db:"due_time" json:"dueTime,omitempty"` // local, as it was entered: mostly HH:mm
	Description         string `db:"description" json:"description,omitempty"`
	SourceExcerpt       string `db:"source_excerpt" json:"sourceExcerpt,omitempty"`
	ContextForAgent     string `db:"context_for_agent" json:"contextForAgent,omitempty"`
	AIContext           JSON   `db:"ai_context" json:"aiContext,omitempty"`
	DueDateReasoning    JSON   `db:"due_date_reasoning" json:"dueDateReasoning,omitempty"`
	RelationshipVersion int64  `db:"relationship_version" json:"relationshipVersion,omitempty"`
	Version             int64  `db:"version" json:"version,omitempty"`
	UpdatedAt           Time   `db:"updated_at" json:"updatedAt,omitempty"`
	LastUpdated         Time   `db:"last_updated" json:"lastUpdated,omitempty"`

	Tags        []string           `json:"tags,omitempty"`
	Links       []Link             `links:"topicId=topic noteId=note sourceNoteId=note sourceSessionId=session companyIds=[company] contactIds=[contact]"`
	Subtasks    []Subtask          `json:"subtasks,omitempty"`
	Attachments []InlineAttachment `json:"attachments,omitempty"`
}

// Subtask is a step of a task.
type Subtask struct {
	Item
	Title     string `db:"title" json:"title"`
	Done      bool   `db:"done" json:"done"`
	CreatedAt Time   `db:"created_at" json:"createdAt"`
}

func (*Task) kind() string { return "task" }

func (t *Task) derive(absent func(string) bool) {
	if !absent("status") {
		return
	}
	t.Status = "todo"
	if t.Done {
		t.Status = "done"
	}
}

// Tasks says how tasks are kept.
var Tasks = Table[Task]{
	Kind: "task", Name: "tasks", Date: "created_at", Status: "status",
	Title: "title",
	Head:  func(t *Task) *Head { return &t.Head },
	Children: []Child[Task]{
		Strings("task_tags", "tag", "tags", func(t *Task) *[]string { return &t.Tags }),
		Links("task_links", func(t *Task) *[]Link { return &t.Links }),
		Many("task_subtasks", "subtasks", func(t *Task) *[]Subtask { return &t.Subtasks }),
		Many("task_attachments", "attachments", func(t *Task) *[]InlineAttachment { return &t.Attachments }),
	},
}
