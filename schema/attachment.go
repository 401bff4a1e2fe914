package schema

// FileInfo is what the app knew of an attached file.
type FileInfo struct {
	Type     string `db:"type" json:"type" enum:"image,video,file,link,screenshot,audio,document,other"`
	Name     string `db:"name" json:"name"`
	MIMEType string `db:"mime_type" json:"mimeType"`
	// Size is what the app noted, which often is not the size of the bytes.
	Size       int64   `db:"size" json:"size"`
	CreatedAt  Time    `db:"created_at" json:"createdAt"`
	Path       string  `db:"path" json:"path,omitempty"`
	URL        string  `db:"url" json:"url,omitempty"`
	Hash       string  `db:"hash" json:"hash,omitempty"`
	Dimensions JSON    `db:"dimensions" json:"dimensions,omitempty"` // {width, height}
	Duration   float64 `db:"duration" json:"duration,omitempty"`     // seconds
	AIAnalysis JSON    `db:"ai_analysis" json:"aiAnalysis,omitempty"`
	Waveform   JSON    `db:"waveform" json:"waveform,omitempty"`
	Base64     Content `db:"base64" json:"base64,omitempty"`
	Thumbnail  Content `db:"thumbnail" json:"thumbnail,omitempty"`
	Compressed Content `db:"compressed" json:"compressed,omitempty"` // a smaller recording
}

// Attachment is a file that entities refer to by its id. The one way to make one is
// Contents.Attach of an open store (package repo): it stores the bytes and links the
// attachment to its record.
type Attachment struct {
	Head
	FileInfo
	// File is the content that the app kept in a file of its own.
	File Content `db:"file"`
}

// InlineAttachment is a file inside a note or a task.
type InlineAttachment struct {
	Item
	FileInfo
}

func (*Attachment) kind() string { return "attachment" }

// Stored gives the content of the attachment, wherever it came from.
func (a *Attachment) Stored() Content {
	if a.File.Blob != "" {
		return a.File
	}
	return a.Base64
}

// Attachments says how attachments are kept.
var Attachments = Table[Attachment]{
	Kind: "attachment", Name: "attachments", Date: "created_at", Title: "name",
	Head: func(a *Attachment) *Head { return &a.Head },
}

// Setting is a JSON value under a key: the app's settings, and whatever else it
// saved that is no entity.
type Setting struct {
	Key     string `db:"key"`
	Value   JSON   `db:"value"`
	Rev     int64  `db:"rev"`
	SavedAt Time   `db:"saved_at"`

	// Stored is the key under which the store knows the value, "" for a value that was
	// not read from it: one that was given another key since is not saved over the
	// setting of that.
	Stored string `db:"-" json:"-"`
}
