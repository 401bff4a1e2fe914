package contents

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	_ "image/gif"  // dimensions of pictures
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"io"
	"math"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"

	"github.com/gabriel-vasile/mimetype"
)

// Media is what the bytes of a content say about it.
type Media struct {
	MIMEType string
	// Width and Height of a picture or a video, in pixels; 0 is unknown.
	Width, Height int
	// Duration of sound or video in seconds; 0 is unknown.
	Duration float64
}

// mediaHead is how much of a content that cannot be read at any place is looked at.
const mediaHead = 1 << 20

// Media tells what the bytes of a content say: its type, and for PNG, JPEG, GIF,
// WAV and MP4 its dimensions or duration. Only headers are read; bytes that lie
// give nothing, or numbers that are wrong, and never an error.
func (s *Handle) Media(ctx context.Context, sha256 string) (m Media, err error) {
	defer sqlitedb.Wrap(&err, "look into content %s", sha256)
	f, err := s.Open(ctx, sha256)
	if errors.Is(err, rows.ErrNotFound) && s.blobs != nil && !s.readOnly {
		// A collection may have taken it since it was put: it comes back, as for whoever saves it.
		if _, back := s.blobs.Restore(ctx, sha256); back == nil {
			f, err = s.Open(ctx, sha256)
		}
	}
	if err != nil {
		return m, err
	}
	defer f.Close()
	size := f.Info().Size
	head := make([]byte, min(size, mediaHead))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return m, Error(err)
	}
	head = head[:n]
	var at io.ReaderAt = bytes.NewReader(head)
	if f.Info().Encoding == "" {
		at = f
	}
	return media(head, at, size), nil
}

// media reads the headers of a content of which the beginning is in memory.
func media(head []byte, at io.ReaderAt, size int64) Media {
	m := Media{MIMEType: mimetype.Detect(head).String()}
	kind, _, _ := strings.Cut(m.MIMEType, ";")
	switch {
	case kind == "image/png" || kind == "image/jpeg" || kind == "image/gif":
		if c, _, err := image.DecodeConfig(io.NewSectionReader(at, 0, size)); err == nil {
			m.Width, m.Height = c.Width, c.Height
		}
	case bytes.HasPrefix(head, []byte("RIFF")) && len(head) > 12 && string(head[8:12]) == "WAVE":
		m.Duration = wavDuration(head, size)
	case kind == "video/mp4" || kind == "audio/mp4" || kind == "audio/x-m4a" || kind == "video/quicktime" || kind == "video/x-m4v":
		boxes := mp4Boxes
		m.mp4(at, 0, size, &boxes)
	}
	return m
}

// seconds makes a duration of what a header says; what cannot be one is 0.
func seconds(units, perSecond float64) float64 {
	d := units / perSecond
	if math.IsNaN(d) || math.IsInf(d, 0) || d < 0 || d > 1e9 {
		return 0
	}
	return d
}

// wavDuration reads the chunks of a RIFF file: "fmt " has the bytes a second, "data"
// its own length. A recorder that was stopped leaves a length of 0 or -1: then it is
// the rest of the file.
// http://soundfile.sapp.org/doc/WaveFormat/
func wavDuration(head []byte, size int64) float64 {
	rate := uint32(0)
	for at := 12; at+8 <= len(head); {
		length := int64(binary.LittleEndian.Uint32(head[at+4:]))
		body := int64(at) + 8
		switch string(head[at : at+4]) {
		case "fmt ":
			if at+20 <= len(head) {
				rate = binary.LittleEndian.Uint32(head[at+16:])
			}
		case "data":
			if length == 0 || length > size-body {
				length = size - body
			}
			return seconds(float64(length), float64(rate))
		}
		next := body + length + length%2
		if next <= int64(at) || next > int64(len(head)) {
			break
		}
		at = int(next)
	}
	return 0
}

// mp4Boxes is how many boxes are looked at: more are no file that somebody made.
const mp4Boxes = 10_000

// mp4 reads the boxes between two places: moov holds mvhd, with the duration, and
// for each track a tkhd, with its dimensions.
// ISO/IEC 14496-12, 8.2.2 and 8.3.2
func (m *Media) mp4(at io.ReaderAt, from, to int64, boxes *int) {
	var head [16]byte
	for from+8 <= to && *boxes > 0 {
		*boxes--
		if n, _ := at.ReadAt(head[:], from); n < 8 {
			return
		}
		length, body := int64(binary.BigEndian.Uint32(head[:])), from+8
		switch length {
		case 0:
			length = to - from
		case 1:
			length, body = int64(binary.BigEndian.Uint64(head[8:])), from+16
		}
		if length < body-from || length > to-from {
			return
		}
		switch end := from + length; string(head[4:8]) {
		case "moov", "trak":
			m.mp4(at, body, end, boxes)
		case "mvhd":
			m.movieHeader(at, body, end)
		case "tkhd":
			m.trackHeader(at, body, end)
		}
		from += length
	}
}

// movieHeader reads the duration and the units that it is in.
func (m *Media) movieHeader(at io.ReaderAt, from, to int64) {
	var b [32]byte
	n, _ := at.ReadAt(b[:min(int64(len(b)), to-from)], from)
	switch {
	case n >= 20 && b[0] == 0:
		m.Duration = seconds(float64(binary.BigEndian.Uint32(b[16:])), float64(binary.BigEndian.Uint32(b[12:])))
	case n >= 32 && b[0] == 1:
		m.Duration = seconds(float64(binary.BigEndian.Uint64(b[24:])), float64(binary.BigEndian.Uint32(b[20:])))
	}
}

// trackHeader reads the dimensions, which are its last members and those of the
// largest track count.
func (m *Media) trackHeader(at io.ReaderAt, from, to int64) {
	var b [8]byte
	if to-from < 84 {
		return
	}
	if n, _ := at.ReadAt(b[:], to-8); n < len(b) {
		return
	}
	width, height := int(binary.BigEndian.Uint32(b[:])>>16), int(binary.BigEndian.Uint32(b[4:])>>16)
	if width*height > m.Width*m.Height {
		m.Width, m.Height = width, height
	}
}
