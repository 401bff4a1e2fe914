package legacy

import (
	"context"
	"io"
)

// placed makes the text of l, which a decoder was given for in and has looked through, one
// that is read here and there.
func (in *input) placed(ctx context.Context, l layer) (layer, error) {
	if in.text == nil && !in.file.member && !in.notes.has("bom") && !in.notes.has("invalid-utf8") {
		f, err := in.src.tree.open(in.file.Path)
		if err != nil {
			return nil, err
		}
		return in.keepOpen(ctx, &placed{at: f, size: in.file.Bytes, end: io.EOF, close: f.Close}), nil
	}
	return in.unpacked(ctx, l)
}

// unpacked makes the text of l one that is read here and there.
func (in *input) unpacked(ctx context.Context, l layer) (layer, error) {
	p := &placed{}
	if err := p.unpack(l, in.src.scratch); err != nil {
		return nil, err
	}
	return in.keepOpen(ctx, p), nil
}

func (in *input) keepOpen(ctx context.Context, p *placed) layer {
	p.number = len(in.src.placed)
	in.src.placed = append(in.src.placed, p)
	return spot{placed: p, ctx: ctx, notes: in.notes, read: in.advance}.layer()
}
