package main

import (
	"context"
	"encoding/json"

	"taskstore/schema"
)

// The types below are what a program would write that only wants the members it
// knows: encoding/json reads and writes them.
type (
	plainNote struct {
		ID          string          `json:"id"`
		Content     string          `json:"content"`
		Summary     string          `json:"summary"`
		Timestamp   string          `json:"timestamp"`
		LastUpdated string          `json:"lastUpdated"`
		Source      string          `json:"source"`
		Status      string          `json:"status"`
		Metadata    json.RawMessage `json:"metadata,omitempty"`
		Tags        []string        `json:"tags"`
		TopicIDs    []string        `json:"topicIds"`
		CompanyIDs  []string        `json:"companyIds"`
		Updates     []struct {
			ID        string `json:"id"`
			Content   string `json:"content"`
			Timestamp string `json:"timestamp"`
			Source    string `json:"source"`
		} `json:"updates,omitempty"`
	}
	plainSession struct {
		ID                 string   `json:"id"`
		Name               string   `json:"name"`
		Description        string   `json:"description"`
		Status             string   `json:"status"`
		StartTime          string   `json:"startTime"`
		EndTime            string   `json:"endTime"`
		ScreenshotInterval float64  `json:"screenshotInterval"`
		AutoAnalysis       bool     `json:"autoAnalysis"`
		EnableScreenshots  bool     `json:"enableScreenshots"`
		AudioRecording     bool     `json:"audioRecording"`
		Category           string   `json:"category"`
		ActivityType       string   `json:"activityType"`
		TotalDuration      float64  `json:"totalDuration"`
		Tags               []string `json:"tags"`
		TopicIDs           []string `json:"topicIds"`
		Screenshots        []struct {
			ID             string          `json:"id"`
			SessionID      string          `json:"sessionId"`
			Timestamp      string          `json:"timestamp"`
			AttachmentID   string          `json:"attachmentId"`
			AnalysisStatus string          `json:"analysisStatus"`
			AIAnalysis     json.RawMessage `json:"aiAnalysis,omitempty"`
		} `json:"screenshots"`
		AudioSegments []struct {
			ID            string  `json:"id"`
			SessionID     string  `json:"sessionId"`
			Timestamp     string  `json:"timestamp"`
			Duration      float64 `json:"duration"`
			Transcription string  `json:"transcription"`
		} `json:"audioSegments"`
		AudioConfig json.RawMessage `json:"audioConfig,omitempty"`
		Summary     json.RawMessage `json:"summary,omitempty"`
		CanvasSpec  json.RawMessage `json:"canvasSpec,omitempty"`
	}
)

// benchCodec decodes and encodes notes and sessions, losslessly and with
// encoding/json.
func benchCodec(_ context.Context, e *env) error {
	var texts [][]byte
	for i := range 50 {
		text, err := schema.Encode(note(i), schema.EncodeOptions{})
		if err != nil {
			return err
		}
		texts = append(texts, text)
	}
	if err := codec[schema.Note, plainNote](e, "note of 2 KB", texts); err != nil {
		return err
	}
	texts = nil
	for i := range 50 {
		text, err := schema.Encode(session(i), schema.EncodeOptions{})
		if err != nil {
			return err
		}
		texts = append(texts, text)
	}
	return codec[schema.Session, plainSession](e, "session of 15 KB", texts)
}

func codec[T, P any](e *env, name string, texts [][]byte) error {
	bytes := 0
	for _, t := range texts {
		bytes += len(t)
	}
	loops := e.size(20_000_000, 500_000)/bytes + 1
	rate := func(fn func(i int) error) (float64, error) {
		each, err := timed(loops*len(texts), func(i int) error { return fn(i % len(texts)) })
		return float64(bytes) / float64(len(texts)) / each, err
	}
	values, plain := make([]T, len(texts)), make([]P, len(texts))
	a, b, err := e.interleave(func() (float64, error) {
		return rate(func(i int) error { var v T; _, err := schema.Decode(texts[i], &v); values[i] = v; return err })
	}, func() (float64, error) {
		return rate(func(i int) error { var v P; err := json.Unmarshal(texts[i], &v); plain[i] = v; return err })
	})
	if err != nil {
		return err
	}
	e.table.add(line{name: "Decode of a " + name + " / encoding/json, lossy", ours: a, other: b, unit: "B/s", noGoal: true})
	a, b, err = e.interleave(func() (float64, error) {
		return rate(func(i int) error { _, err := schema.Encode(&values[i], schema.EncodeOptions{}); return err })
	}, func() (float64, error) {
		return rate(func(i int) error { _, err := json.Marshal(&plain[i]); return err })
	})
	e.table.add(line{name: "Encode of it / encoding/json, lossy", ours: a, other: b, unit: "B/s", noGoal: true})
	return err
}
