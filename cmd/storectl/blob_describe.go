package main

import (
	"context"
	"fmt"
	"mime"
	"path/filepath"
	"strings"

	"taskstore/blobs"
	"taskstore/schema"

	"github.com/gabriel-vasile/mimetype"
	"github.com/google/uuid"
)

// attachment describes a stored file.
func (ad *adding) attachment(ctx context.Context, file string, info blobs.Info) (*schema.Attachment, error) {
	m, err := ad.store.Contents.Media(ctx, info.SHA256)
	if err != nil {
		return nil, err
	}
	v := &schema.Attachment{Head: schema.Head{ID: uuid.NewString()}, File: schema.Content{Blob: info.SHA256, Form: schema.FormFile}}
	v.Name, v.MIMEType, v.Size = ad.nameOf(file), betterType(givenType(file), m.MIMEType), info.Size
	v.CreatedAt, v.Duration, v.Type = schema.TimeOf(ad.app.Now()), m.Duration, "file"
	if m.Width > 0 {
		v.Dimensions = schema.JSON(fmt.Sprintf(`{"width":%d,"height":%d}`, m.Width, m.Height))
	}
	if family, _, _ := strings.Cut(v.MIMEType, "/"); family == "image" || family == "audio" || family == "video" {
		v.Type = family
	}
	return v, nil
}

func (ad *adding) nameOf(file string) string {
	switch {
	case ad.name != "":
		return ad.name
	case file == "-":
		return "stdin"
	}
	return filepath.Base(file)
}

// givenType is the type that a file's name says it has.
func givenType(file string) string { return mime.TypeByExtension(filepath.Ext(file)) }

// betterType is the type from the bytes, unless these say less than the name and
// do not contradict it: that they are text, or nothing.
func betterType(given, found string) string {
	g, _, _ := strings.Cut(given, ";")
	f, _, _ := strings.Cut(found, ";")
	if g == "" || f == g {
		return f
	}
	for t := mimetype.Lookup(g); t != nil; t = t.Parent() {
		if t.Is(f) {
			return g // a narrower word for the same
		}
	}
	if f == "application/octet-stream" || f == "text/plain" && strings.HasPrefix(g, "text/") {
		return g
	}
	return f
}
