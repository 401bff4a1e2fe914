package pictures

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/gif" // pictures of this form are made small
	"image/jpeg"
	_ "image/png" // likewise
	"io"

	"taskstore/blobs"

	_ "golang.org/x/image/bmp" // likewise
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // likewise
	"golang.org/x/sync/semaphore"
)

// What is made small, and how much memory that may take at once. A picture of the screen has 4 bytes a pixel.
const (
	thumbSide   = 480      // of the longer side
	mostPixels  = 48 << 20 // of a picture that is made small at all
	mostBytes   = 64 << 20 // of a file
	pixelMemory = 5 << 20  // pixels that are unpacked at once: two screens, or a larger one alone
)

// Maker makes pictures small, a few at a time.
type Maker struct{ room *semaphore.Weighted }

// NewMaker makes a Maker.
func NewMaker() *Maker { return &Maker{semaphore.NewWeighted(pixelMemory)} }

// ErrNoPicture says that a content is none.
var ErrNoPicture = errors.New("no picture that can be made small")

// Make makes a picture small. Its size is looked at before it is unpacked, and the memory for it waited for; the packed
// bytes are never in memory all at once.
func (t *Maker) Make(ctx context.Context, reader *blobs.Reader) ([]byte, error) {
	if reader.Info().Size > mostBytes {
		return nil, ErrNoPicture
	}
	var head bytes.Buffer
	config, _, err := image.DecodeConfig(io.TeeReader(reader, &head))
	if err != nil {
		return nil, err
	}
	pixels := int64(config.Width) * int64(config.Height)
	if config.Width < 1 || config.Height < 1 || pixels > mostPixels {
		return nil, ErrNoPicture
	}
	weight := min(pixels, pixelMemory)
	if err := t.room.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	defer t.room.Release(weight)
	large, _, err := image.Decode(io.MultiReader(&head, reader))
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, reader); err != nil { // at its end it is known whether it is what was kept
		return nil, err
	}
	return shrink(large)
}

func shrink(large image.Image) ([]byte, error) {
	b := large.Bounds()
	width, height := b.Dx(), b.Dy()
	if longer := max(width, height); longer > thumbSide {
		width, height = max(1, width*thumbSide/longer), max(1, height*thumbSide/longer)
	}
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src) // JPEG has no glass
	draw.ApproxBiLinear.Scale(small, small.Bounds(), large, b, draw.Over, nil)
	var out bytes.Buffer
	err := jpeg.Encode(&out, small, &jpeg.Options{Quality: 82})
	return out.Bytes(), err
}
