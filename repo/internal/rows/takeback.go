package rows

import (
	"context"
	"io"
	"slices"
	"weak"

	"taskstore/blobs"
	"taskstore/schema"
)

// Effects are what a write call has changed in values of its caller, to be taken back if
// that does not become durable: the call can then be repeated as if it had never been.
// Whatever else was done to the values meanwhile stays. The values themselves are not
// kept: nobody misses what is taken back from one that its caller has let go.
//
// What the caller left out and a save filled in, an id or the date, is not taken back: a
// call whose end is not known must not store a second record when it is repeated.
type Effects struct{ Undo []func() }

// TakeBack makes the values what they were.
func (e *Effects) TakeBack() {
	for _, undo := range slices.Backward(e.Undo) {
		undo()
	}
	e.Undo = nil
}

// Set makes *p what to is.
func Set[V comparable](e *Effects, p *V, to V) {
	was, at := *p, weak.Make(p)
	if was == to {
		return
	}
	*p = to
	e.Undo = append(e.Undo, func() {
		if p := at.Value(); p != nil && *p == to {
			*p = was
		}
	})
}

// Refer makes *p, whose text was put into dir, refer to that. The text is read from there
// if it is wanted back; if it cannot be read, *p goes on to refer to it.
func (e *Effects) Refer(dir *blobs.Dir, p *schema.Content, to schema.Content) {
	at := weak.Make(p)
	*p = to
	e.Undo = append(e.Undo, func() {
		if p := at.Value(); p != nil && *p == to {
			if text, err := TextOf(context.Background(), dir, to); err == nil {
				*p = schema.Content{Text: text}
			}
		}
	})
}

// TextOf reads the text that c stands for.
func TextOf(ctx context.Context, dir *blobs.Dir, c schema.Content) (string, error) {
	sha := c.Blob
	if v, ok := c.Verbatim(); ok {
		sha = v
	}
	f, err := dir.Open(ctx, sha)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return "", err
	}
	return c.Rebuild(data), nil
}

// Tell gives the head of a value what the store has set.
func (e *Effects) Tell(h *schema.Head, done Outcome) {
	was, at := OutcomeOf(h), weak.Make(h)
	done.Give(h)
	e.Undo = append(e.Undo, func() {
		if h := at.Value(); h != nil && OutcomeOf(h) == done {
			was.Give(h)
		}
	})
}

// TellKeys gives the elements of a list the keys that they were stored under.
func (e *Effects) TellKeys(c *Child, stored []Row) {
	for i := range stored {
		if w := &stored[i]; w.Key != 0 {
			Set(e, w.elem.FieldByIndex(c.Cols[0].Index).Addr().Interface().(*int64), w.Key)
		}
	}
}

// Outcome is what a save sets in the head of a value.
type Outcome struct {
	PK, Rev int64
	SavedAt schema.Time
	Lists   schema.JSON
	Stored  string // the id
}

func OutcomeOf(h *schema.Head) Outcome {
	return Outcome{h.PK, h.Rev, h.SavedAt, h.Lists, h.Stored}
}

func (o Outcome) Give(h *schema.Head) {
	h.PK, h.Rev, h.SavedAt, h.Lists, h.Stored = o.PK, o.Rev, o.SavedAt, o.Lists, o.Stored
}
