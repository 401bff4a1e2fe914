package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"unicode"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
)

// lines reads the input of put: one JSON text over any number of lines, one on each,
// or a list.
type lines struct {
	in     *bufio.Reader
	number int    // of the line, or of the record of the list, that was read last
	begins place  // where its text begins
	raw    []byte // the text with the white space that follows it
	read   int64  // bytes, with those of that line
	list   *list  // nil: no list
}

func newLines(in io.Reader) *lines { return &lines{in: bufio.NewReaderSize(in, 1<<16)} }

// next gives the next line that is not empty, and io.EOF at the end.
func (l *lines) next() ([]byte, error) {
	if l.list != nil {
		text, err := l.list.next()
		l.number = l.list.number
		return text, err
	}
	for {
		line, err := readGiven(l.in, l.number+1)
		if err != nil && err != io.EOF {
			return nil, err
		}
		if len(line) > 0 {
			l.number++
		}
		l.read += int64(len(line))
		l.raw = line
		if l.number == 1 {
			l.raw = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		l.raw = bytes.TrimLeftFunc(l.raw, unicode.IsSpace)
		l.begins = place{l.number, l.read - int64(len(l.raw))}
		if line = bytes.TrimSpace(l.raw); len(line) > 0 {
			return line, nil
		}
		if err == io.EOF {
			return nil, io.EOF
		}
	}
}

// first gives the first text: its line if that is a whole object and another line
// follows (more), the first record of a list, else all of the input.
func (l *lines) first() (text []byte, more bool, err error) {
	line, err := l.next()
	if err == io.EOF {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if line[0] == '[' {
		if l.list, err = newList(io.MultiReader(bytes.NewReader(l.raw), l.in), l.begins); err != nil {
			return nil, false, err
		}
		if text, err = l.next(); err == io.EOF {
			err = misuse("give one object or more, as get prints them", "the list has no records")
		}
		return text, true, err
	}
	if line[0] == '{' && json.Valid(line) {
		for {
			c, err := l.in.ReadByte()
			if err == io.EOF {
				return line, false, nil
			}
			if err != nil {
				return nil, false, err
			}
			if !unicode.IsSpace(rune(c)) {
				return line, true, l.in.UnreadByte()
			}
			l.read++
			if c == '\n' {
				l.number++
			}
		}
	}
	rest, err := io.ReadAll(io.LimitReader(l.in, mostGiven+1))
	if text = append(l.raw, rest...); len(text) > mostGiven {
		return nil, false, tooLong(l.begins.line)
	}
	return text, false, err
}

// buffered says whether the next line is here already: a stream that pauses gets
// its results before.
func (l *lines) buffered() bool {
	if l.list != nil {
		return true
	}
	n := l.in.Buffered()
	have, _ := l.in.Peek(n)
	return bytes.IndexByte(have, '\n') >= 0
}

// streamBatch is how many records are stored in one transaction: they wait for
// the disk together.
const streamBatch = 100

// lineResult is the result of one line.
type lineResult struct {
	saved
	Line    int        `json:"line"`
	Repeats int        `json:"repeats,omitempty"` // the line that had the id before, in the same stream
	Error   *lineError `json:"error"`
}

type lineError struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	Exit    int    `json:"exit"`
}

// runStream stores the records of all lines, and prints a result for each when it
// is durable.
func (p *put) runStream(ctx context.Context, in *lines, line []byte) (err error) {
	p.stream = true
	return p.app.withStore(ctx, writing(p.dryRun, true), func(store *repo.Store) error {
		out := p.app.newLineResults()
		for line != nil {
			var batch []lineText
			for full := false; !full; {
				batch = append(batch, in.textOf(line))
				full = len(batch) == streamBatch || !in.buffered()
				if !full {
					if line, err = in.next(); err != nil {
						break
					}
				}
			}
			results, failed := p.storeBatch(ctx, store, batch)
			if failed != nil {
				return failed
			}
			if err := out.write(results); err != nil {
				return err
			}
			if err == nil {
				line, err = in.next()
			}
			if err != nil && err != io.EOF {
				_ = out.close(p.kind) // says what is stored; that reading failed is what is wrong
				return fmt.Errorf("put %s: read the JSON: %w", p.kind.Name, err)
			}
			if err == io.EOF {
				line = nil
			}
		}
		return out.close(p.kind)
	})
}

// lineText is a text, the number that its result has, and where it begins.
type lineText struct {
	number int
	begins place
	text   []byte
}

// textOf gives the text that was read last with its place.
func (l *lines) textOf(text []byte) lineText {
	if l.list != nil {
		return lineText{l.number, l.begins, text}
	}
	return lineText{l.begins.line, l.begins, text}
}

// storeBatch stores some lines in one transaction. What is wrong with one does
// not undo the others.
func (p *put) storeBatch(ctx context.Context, store *repo.Store, batch []lineText) (results []lineResult, err error) {
	work := func(ctx context.Context, tx *repo.Tx) error {
		results = results[:0]
		for _, line := range batch {
			one := *p
			one.repos = &tx.Repos
			result := lineResult{Line: line.number}
			err := one.read(line.text, fmt.Sprintf("line %d", line.number), line.begins)
			if err == nil {
				result.saved, err = one.put(ctx)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				f := classify(ctx, err)
				result.Kind, result.Error = p.kind.Plural, &lineError{f.Kind, term.OneLine(f.Message), f.Hint, f.Exit}
			}
			results = append(results, result)
		}
		return nil
	}
	if p.dryRun {
		err = store.View(ctx, work)
	} else {
		err = store.Update(ctx, work)
	}
	return results, err
}

// lineResults prints the results: one document a line under json and ndjson, else
// rows.
type lineResults struct {
	app          *app
	rows         term.RowWriter
	good, failed int
	first        *lineError
	lines        map[string]int // the last line of each id
}

func (a *app) newLineResults() *lineResults {
	out := &lineResults{app: a, lines: map[string]int{}}
	if !a.Form.Documents() {
		out.rows = a.NewRows([]term.Column{{Name: "line", Right: true}, {Name: "id", Fixed: true}, {Name: "rev", Right: true}, {Name: "state"}}, "-")
	}
	return out
}

func (out *lineResults) write(results []lineResult) error {
	for _, r := range results {
		if r.Error != nil {
			out.failed++
			if out.first == nil {
				out.first = r.Error
			}
		} else {
			out.good++
			if before := out.lines[r.ID]; before > 0 {
				r.Repeats = before
				out.app.Say("line %d: %s stands in line %d too; its state there was stored before", r.Line, term.Visible(r.ID), before)
			}
			out.lines[r.ID] = r.Line
		}
		if out.rows == nil {
			text, err := term.EncodeJSON(r)
			if err != nil {
				return err
			}
			if _, err := out.app.Stdout.Write(append(text, '\n')); err != nil {
				return err
			}
			continue
		}
		row := []any{r.Line, textOrNil(r.ID), nil, ""}
		if r.Error != nil {
			row[3] = "failed: " + r.Error.Message
		} else {
			row[2], row[3] = r.Rev, r.verb()
		}
		if err := out.rows.Write(row); err != nil {
			return err
		}
	}
	return nil
}

func (out *lineResults) close(k repo.Kind) error {
	if out.rows != nil {
		if err := out.rows.Close(); err != nil {
			return err
		}
	}
	if out.first == nil {
		return nil
	}
	return findings(out.first.Exit, out.first.Kind, fmt.Sprintf("put %s: %s could not be stored, %d could", k.Name, counted(out.failed, "line"), out.good))
}
