package source

import (
	"net/http"
	"strings"
)

// Head keeps the first bytes that are written to it.
type Head struct{ B []byte }

func (h *Head) Write(p []byte) (int, error) {
	if n := 512 - len(h.B); n > 0 {
		h.B = append(h.B, p[:min(n, len(p))]...)
	}
	return len(p), nil
}

// Mime is the type that the bytes look like; "" when they look like none.
func (h *Head) Mime() string {
	mime, _, _ := strings.Cut(http.DetectContentType(h.B), ";")
	if mime == "application/octet-stream" || mime == "text/plain" {
		return ""
	}
	return strings.Replace(mime, "audio/wave", "audio/wav", 1)
}
