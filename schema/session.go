package schema

// Session is a recorded stretch of work.
type Session struct {
	Head
	Name        string `db:"name" json:"name"`
	Description string `db:"description" json:"description"`
	// Status is active, paused, completed or interrupted, as it was stored: the
	// app showed active and paused sessions as interrupted after a crash.
	Status               string  `db:"status" json:"status" enum:"active,paused,completed,interrupted"`
	StartTime            Time    `db:"start_time" json:"startTime"`
	EndTime              Time    `db:"end_time" json:"endTime,omitempty"`
	LastScreenshotTime   Time    `db:"last_screenshot_time" json:"lastScreenshotTime,omitempty"`
	PausedAt             Time    `db:"paused_at" json:"pausedAt,omitempty"`
	TotalPausedTime      float64 `db:"total_paused_time" json:"totalPausedTime,omitempty"` // milliseconds
	ScreenshotInterval   float64 `db:"screenshot_interval" json:"screenshotInterval"`      // minutes; -1 adaptive
	AutoAnalysis         bool    `db:"auto_analysis" json:"autoAnalysis"`
	EnableScreenshots    bool    `db:"enable_screenshots" json:"enableScreenshots" absent:"true"` // true where it is absent
	AudioMode            string  `db:"audio_mode" json:"audioMode,omitempty" enum:"off,transcription,description"`
	AudioRecording       bool    `db:"audio_recording" json:"audioRecording"`
	AudioReviewCompleted bool    `db:"audio_review_completed" json:"audioReviewCompleted"`
	VideoRecording       bool    `db:"video_recording" json:"videoRecording,omitempty"`
	TranscriptUpgraded   bool    `db:"transcript_upgrade_completed" json:"transcriptUpgradeCompleted,omitempty"`
	Category             string  `db:"category" json:"category,omitempty"`
	SubCategory          string  `db:"sub_category" json:"subCategory,omitempty"`
	ActivityType         string  `db:"activity_type" json:"activityType,omitempty"`
	TotalDuration        float64 `db:"total_duration" json:"totalDuration,omitempty"` // minutes
	FullAudioID          string  `db:"full_audio_attachment_id" json:"fullAudioAttachmentId,omitempty"`
	AudioConfig          JSON    `db:"audio_config" json:"audioConfig,omitempty"`
	VideoConfig          JSON    `db:"video_config" json:"videoConfig,omitempty"`
	EnrichmentConfig     JSON    `db:"enrichment_config" json:"enrichmentConfig,omitempty"`
	// EnrichmentLock is {lockedBy, lockedAt, expiresAt}; see repo.Sessions.Lock.
	EnrichmentLock      JSON    `db:"enrichment_lock" json:"enrichmentLock,omitempty"`
	Version             int64   `db:"version" json:"version,omitempty"`
	RelationshipVersion int64   `db:"relationship_version" json:"relationshipVersion,omitempty"`
	Duration            float64 `db:"duration" json:"duration,omitempty"` // of the oldest files

	Tags  []string `json:"tags"`
	Links []Link   `links:"trackingNoteId=note extractedTaskIds=[task] extractedNoteIds=[note] topicIds=[topic] companyIds=[company] contactIds=[contact]"`
	Video *Video   `json:"video,omitempty"`

	// Read on demand.
	Screenshots   []Screenshot   `json:"screenshots"`
	AudioSegments []AudioSegment `json:"audioSegments,omitempty"`
	ContextItems  []ContextItem  `json:"contextItems,omitempty"`

	// Documents, read on demand.
	Summary          Document `json:"summary,omitempty"`
	AudioInsights    Document `json:"audioInsights,omitempty"`
	AudioKeyMoments  Document `json:"audioKeyMoments,omitempty"`
	CanvasSpec       Document `json:"canvasSpec,omitempty"`
	Transcription    Document `json:"fullTranscription,omitempty"` // a JSON string, megabytes at times
	EnrichmentStatus Document `json:"enrichmentStatus,omitempty"`
	Notes            Document `json:"notes,omitempty"`      // of the oldest files
	Transcript       Document `json:"transcript,omitempty"` // of the oldest files
}

// Screenshot is a picture of the screen within a session.
type Screenshot struct {
	Item
	SessionID      string  `db:"session_id" json:"sessionId"`
	Timestamp      Time    `db:"timestamp" json:"timestamp"`
	AttachmentID   string  `db:"attachment_id" json:"attachmentId"`
	Hash           string  `db:"hash" json:"hash,omitempty"` // SHA-256 that the app noted
	Path           string  `db:"path" json:"path,omitempty"`
	AIAnalysis     JSON    `db:"ai_analysis" json:"aiAnalysis,omitempty"`
	UserComment    string  `db:"user_comment" json:"userComment,omitempty"`
	Flagged        bool    `db:"flagged" json:"flagged,omitempty"`
	AnalysisStatus string  `db:"analysis_status" json:"analysisStatus" enum:"pending,analyzing,complete,error"`
	AnalysisError  string  `db:"analysis_error" json:"analysisError,omitempty"`
	AttachmentData Content `db:"attachment_data" json:"attachmentData,omitempty"`
	Base64         Content `db:"base64" json:"base64,omitempty"`
	RelativeTime   JSON    `db:"relative_time" json:"relativeTime,omitempty"`
}

// AudioSegment is a stretch of recorded sound within a session.
type AudioSegment struct {
	Item
	SessionID       string  `db:"session_id" json:"sessionId"`
	Timestamp       Time    `db:"timestamp" json:"timestamp"`
	Duration        float64 `db:"duration" json:"duration"` // seconds
	Transcription   string  `db:"transcription" json:"transcription"`
	AttachmentID    string  `db:"attachment_id" json:"attachmentId,omitempty"`
	Hash            string  `db:"hash" json:"hash,omitempty"`
	StartTime       float64 `db:"start_time" json:"startTime,omitempty"` // seconds from the session's start
	Quality         string  `db:"transcription_quality" json:"transcriptionQuality,omitempty" enum:"draft,final"`
	DraftText       string  `db:"draft_transcription" json:"draftTranscription,omitempty"`
	EnrichedText    string  `db:"enriched_transcription" json:"enrichedTranscription,omitempty"`
	KeyPhrases      JSON    `db:"key_phrases" json:"keyPhrases,omitempty"`
	Sentiment       string  `db:"sentiment" json:"sentiment,omitempty" enum:"positive,neutral,negative"`
	ContainsTask    bool    `db:"contains_task" json:"containsTask,omitempty"`
	ContainsBlocker bool    `db:"contains_blocker" json:"containsBlocker,omitempty"`
	Description     string  `db:"description" json:"description,omitempty"`
	Mode            string  `db:"mode" json:"mode,omitempty"`
	Model           string  `db:"model" json:"model,omitempty"`
}

// ContextItem is a note, a task or a marker that was put into a session.
type ContextItem struct {
	Item
	SessionID    string `db:"session_id" json:"sessionId"`
	Timestamp    Time   `db:"timestamp" json:"timestamp"`
	Type         string `db:"type" json:"type" enum:"note,task,marker"`
	Content      string `db:"content" json:"content"`
	LinkedItemID string `db:"linked_item_id" json:"linkedItemId,omitempty"`
	NoteID       string `db:"note_id" json:"noteId,omitempty"`
	TaskID       string `db:"task_id" json:"taskId,omitempty"`
}

// Video is the recording of a session.
type Video struct {
	Item
	SessionID      string  `db:"session_id" json:"sessionId"`
	Duration       float64 `db:"duration" json:"duration"` // seconds
	ChunkingStatus string  `db:"chunking_status" json:"chunkingStatus" enum:"pending,processing,complete,error"`
	Path           string  `db:"path" json:"path,omitempty"`                    // where the app had the file
	OptimizedPath  string  `db:"optimized_path" json:"optimizedPath,omitempty"` // likewise
	FullVideoID    string  `db:"full_video_attachment_id" json:"fullVideoAttachmentId,omitempty"`
	ProcessedAt    Time    `db:"processed_at" json:"processedAt,omitempty"`
	ChunkingError  string  `db:"chunking_error" json:"chunkingError,omitempty"`
	StartTime      JSON    `db:"start_time" json:"startTime,omitempty"`
	EndTime        JSON    `db:"end_time" json:"endTime,omitempty"`

	Chapters []VideoChapter `json:"chapters,omitempty"`
	Chunks   []VideoChunk   `json:"chunks,omitempty"` // read on demand
}

// VideoChapter is a titled stretch of a video.
type VideoChapter struct {
	Item
	SessionID  string  `db:"session_id" json:"sessionId"`
	StartTime  float64 `db:"start_time" json:"startTime"` // seconds
	EndTime    float64 `db:"end_time" json:"endTime"`     // seconds
	Title      string  `db:"title" json:"title"`
	CreatedAt  Time    `db:"created_at" json:"createdAt"`
	Summary    string  `db:"summary" json:"summary,omitempty"`
	KeyTopics  JSON    `db:"key_topics" json:"keyTopics,omitempty"`
	Thumbnail  Content `db:"thumbnail" json:"thumbnail,omitempty"`
	Confidence float64 `db:"confidence" json:"confidence,omitempty"`
}

// VideoChunk is a stretch of a video that was analysed by itself.
type VideoChunk struct {
	Item
	VideoID         string  `db:"video_id" json:"videoId"`
	SessionID       string  `db:"session_id" json:"sessionId"`
	AttachmentID    string  `db:"attachment_id" json:"attachmentId"`
	StartTime       float64 `db:"start_time" json:"startTime"` // seconds
	EndTime         float64 `db:"end_time" json:"endTime"`     // seconds
	Topic           string  `db:"topic" json:"topic"`
	Description     string  `db:"description" json:"description"`
	Excerpt         string  `db:"transcript_excerpt" json:"transcriptExcerpt"`
	ScreenshotIDs   JSON    `db:"related_screenshot_ids" json:"relatedScreenshotIds,omitempty"`
	AudioSegmentIDs JSON    `db:"related_audio_segment_ids" json:"relatedAudioSegmentIds,omitempty"`
	Analyzed        bool    `db:"analyzed" json:"analyzed"`
	AnalysisCache   JSON    `db:"analysis_cache" json:"analysisCache,omitempty"`
	LastAnalyzedAt  Time    `db:"last_analyzed_at" json:"lastAnalyzedAt,omitempty"`
}

func (*Session) kind() string { return "session" }

// derive gives the meaning of members that the oldest files lack.
func (s *Session) derive(absent func(string) bool) {
	if absent("enableScreenshots") {
		s.EnableScreenshots = true
	}
}

// Sessions says how sessions are kept.
var Sessions = Table[Session]{
	Kind: "session", Name: "sessions", Date: "start_time", Status: "status",
	Title: "name",
	Head:  func(s *Session) *Head { return &s.Head },
	Children: []Child[Session]{
		Strings("session_tags", "tag", "tags", func(s *Session) *[]string { return &s.Tags }),
		Links("session_links", func(s *Session) *[]Link { return &s.Links }),
		One("session_videos", "video", func(s *Session) **Video { return &s.Video }),
		Many("session_video_chapters", "video.chapters", func(s *Session) *[]VideoChapter {
			if s.Video == nil {
				return nil
			}
			return &s.Video.Chapters
		}),
		Long("session_video_chunks", "video.chunks", func(s *Session) *[]VideoChunk {
			if s.Video == nil {
				return nil
			}
			return &s.Video.Chunks
		}),
		Long("session_screenshots", "screenshots", func(s *Session) *[]Screenshot { return &s.Screenshots }),
		Long("session_audio_segments", "audioSegments", func(s *Session) *[]AudioSegment { return &s.AudioSegments }),
		Long("session_context_items", "contextItems", func(s *Session) *[]ContextItem { return &s.ContextItems }),
		Doc("session_documents", "summary", func(s *Session) *Document { return &s.Summary }),
		Doc("session_documents", "audioInsights", func(s *Session) *Document { return &s.AudioInsights }),
		Doc("session_documents", "audioKeyMoments", func(s *Session) *Document { return &s.AudioKeyMoments }),
		Doc("session_documents", "canvasSpec", func(s *Session) *Document { return &s.CanvasSpec }),
		Doc("session_documents", "fullTranscription", func(s *Session) *Document { return &s.Transcription }),
		Doc("session_documents", "enrichmentStatus", func(s *Session) *Document { return &s.EnrichmentStatus }),
		Doc("session_documents", "notes", func(s *Session) *Document { return &s.Notes }),
		Doc("session_documents", "transcript", func(s *Session) *Document { return &s.Transcript }),
	},
}
