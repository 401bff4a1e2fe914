package decode

import (
	"context"
	"io"

	"taskstore/importexport/legacy/rawjson"
)

// placed makes the text of l, which a decoder was given for in and has looked through, one
// that is read here and there.
func (in *input) placed(ctx context.Context, l rawjson.Layer) (rawjson.Layer, error) {
	if in.text == nil && !in.file.Member && !in.notes.Has("bom") && !in.notes.Has("invalid-utf8") {
		f, err := in.src.Tree.Open(in.file.Path)
		if err != nil {
			return nil, err
		}
		return in.keepOpen(ctx, &rawjson.Placed{At: f, Size: in.file.Bytes, End: io.EOF, Close: f.Close}), nil
	}
	return in.unpacked(ctx, l)
}

// unpacked makes the text of l one that is read here and there.
func (in *input) unpacked(ctx context.Context, l rawjson.Layer) (rawjson.Layer, error) {
	p := &rawjson.Placed{}
	if err := p.Unpack(l, in.src.Scratch); err != nil {
		return nil, err
	}
	return in.keepOpen(ctx, p), nil
}

func (in *input) keepOpen(ctx context.Context, p *rawjson.Placed) rawjson.Layer {
	p.Number = len(in.src.Placed)
	in.src.Placed = append(in.src.Placed, p)
	return rawjson.Spot{Placed: p, Ctx: ctx, Notes: in.notes, Read: in.advance}.Layer()
}
