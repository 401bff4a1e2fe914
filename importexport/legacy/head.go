package legacy

import (
	"net/http"
	"strings"
)

// head keeps the first bytes that are written to it.
type head struct{ b []byte }

func (h *head) Write(p []byte) (int, error) {
	if n := 512 - len(h.b); n > 0 {
		h.b = append(h.b, p[:min(n, len(p))]...)
	}
	return len(p), nil
}

// mime is the type that the bytes look like; "" when they look like none.
func (h *head) mime() string {
	mime, _, _ := strings.Cut(http.DetectContentType(h.b), ";")
	if mime == "application/octet-stream" || mime == "text/plain" {
		return ""
	}
	return strings.Replace(mime, "audio/wave", "audio/wav", 1)
}
