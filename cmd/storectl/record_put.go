package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/durable"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/spf13/cobra"
)

// rawJSON is JSON text that is printed as it is.
type rawJSON = json.RawMessage

// put is one run of storectl put.
type put struct {
	app     *app
	kind    repo.Kind
	ifRev   int64 // -1: whatever is stored
	dryRun  bool
	mustBe  string                     // the id that the record must have; "" any
	touch   bool                       // a change is noted in the record's own member for it, unless that was changed too
	stream  bool                       // one of many: no questions
	repos   *repo.Repos                // of the store, or of the transaction of a stream
	text    []byte                     // the record without storectl's own members
	own     map[string]any             // those members
	ownText map[string]json.RawMessage // and their text
}

// saved is what put prints.
type saved struct {
	Kind     string        `json:"kind"`
	ID       string        `json:"id"`
	Rev      int64         `json:"rev"`
	Created  bool          `json:"created"`
	Changed  bool          `json:"changed"`
	DryRun   bool          `json:"dry_run,omitempty"`
	Warnings []warningLine `json:"warnings,omitempty"`
}

// warningLine is what was odd about the JSON.
type warningLine struct {
	Code   string `json:"code"`
	Path   string `json:"path"` // JSON pointer
	Detail string `json:"detail"`
}

func (a *app) putCommand() *cobra.Command {
	p := put{app: a}
	cmd := &cobra.Command{
		Use:   "put KIND [FILE|-]",
		Short: "Store a record that is given as JSON",
		Long: `Store a record that is given as JSON in the shape of the legacy app, as get prints it: a new one, or a new
state of the one with its id. It must hold the whole record: what is stored and not in the JSON goes, after a question
that names it. Inline contents that get left out stay. --if-rev N, or _rev in the JSON, makes it fail with exit code 15
if somebody has changed the record since; 0 is a record that must be new.

Several records, one a line (NDJSON) or in a JSON list, are stored one by one, with a line of result for each, which
has the number of its line, or of its place in the list: one that cannot be stored is reported and does not hold the
others up. The exit code is then that of the first one that failed. An id that comes twice is stored twice, one state
after the other, and told.`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: completeKind,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if p.kind, err = parseKind(args[0]); err != nil {
				return err
			}
			if p.ifRev < 0 && cmd.Flags().Changed("if-rev") {
				return misuse("", "put: --if-rev %d is less than nothing", p.ifRev)
			}
			return p.run(cmd.Context(), append(args, "-")[1])
		},
	}
	cmd.Flags().Int64Var(&p.ifRev, "if-rev", -1, "only if the stored record is at revision `N`")
	dryRunFlag(cmd, &p.dryRun, onlySay)
	return cmd
}

func (p *put) run(ctx context.Context, file string) (err error) {
	in, name, err := p.open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := newLines(in)
	text, more, err := lines.first()
	if err != nil {
		return fmt.Errorf("put %s: read the JSON: %w", p.kind.Name, err)
	}
	if more && p.mustBe == "" {
		return p.runStream(ctx, lines, text)
	}
	if err := p.read(text, name, lines.begins); err != nil {
		return err
	}
	return p.app.withStore(ctx, writing(p.dryRun, true), func(store *repo.Store) error {
		p.repos = &store.Repos
		done, err := p.put(ctx)
		if err != nil {
			return err
		}
		return p.app.printSaved(done)
	})
}

// put stores the record that was read.
func (p *put) put(ctx context.Context) (done saved, err error) {
	if p.kind.IsEntity() {
		done, err = p.putEntity(ctx)
	} else {
		done, err = p.putSetting(ctx)
	}
	done.DryRun = p.dryRun
	return done, err
}

// open opens the file, or stdin, and names it for messages.
func (p *put) open(file string) (io.ReadCloser, string, error) {
	if file == "-" {
		return io.NopCloser(p.app.Stdin), "stdin", nil
	}
	in, err := durable.OpenSteady(file)
	if err != nil {
		return nil, "", fmt.Errorf("put %s: read the JSON: %w", p.kind.Name, err)
	}
	return in, file, nil
}

// read takes storectl's own members out of the JSON, which begins at a place of a file.
func (p *put) read(text []byte, file string, at place) (err error) {
	if err := at.checkUTF8(text); err != nil {
		if !p.stream {
			err = fmt.Errorf("%s: %w", file, err)
		}
		return misuse(utf8Hint, "put %s: %v", p.kind.Name, err)
	}
	text = bytes.TrimPrefix(bytes.TrimSpace(text), []byte("\xef\xbb\xbf"))
	if len(text) == 0 {
		return misuse("give a record as get prints it", "put %s: %s is empty", p.kind.Name, file)
	}
	if text[0] != '{' || !json.Valid(text) {
		return misuse("give one JSON object, as get prints it", "put %s: %s is not a JSON object: %s", p.kind.Name, file, jsonProblem(text))
	}
	if p.text, p.ownText, err = withoutOwn(text); err != nil {
		return fmt.Errorf("put %s: %w", p.kind.Name, err)
	}
	p.own = map[string]any{}
	for name, raw := range p.ownText {
		if value, err := looseJSON(raw); err == nil {
			p.own[name] = value
		}
	}
	if rev, ok := p.own["_rev"].(json.Number); ok && p.ifRev < 0 {
		if p.ifRev, err = rev.Int64(); err != nil || p.ifRev < 0 {
			return misuse("leave _rev as get printed it", "put %s: _rev is %s", p.kind.Name, rev)
		}
	}
	return nil
}

func jsonProblem(text []byte) string {
	var value map[string]any
	err := json.Unmarshal(text, &value)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line, column := term.PlaceIn(string(text), int(syntax.Offset)-1)
		return fmt.Sprintf("line %d, column %d: %v", line, column, err)
	}
	return "it is another value"
}

// putEntity stores a record.
func (p *put) putEntity(ctx context.Context) (saved, error) {
	value, warnings, err := p.kind.Decode(p.text)
	if err != nil {
		return saved{}, misuse("give a record as get prints it", "put %s: %v", p.kind.Name, err)
	}
	if err := p.refuseNothing(); err != nil {
		return saved{}, err
	}
	p.kind.Complete(value)
	head := p.kind.Head(value)
	if p.mustBe != "" && head.ID != p.mustBe {
		return saved{}, misuse(`leave "id" as it was; a copy with another id: storectl put`, "put %s: the id is %q, and was %q", p.kind.Name, head.ID, p.mustBe)
	}
	done := saved{Kind: p.kind.Plural, Created: true}
	for _, w := range warnings {
		done.Warnings = append(done.Warnings, warningLine(w))
	}
	was, before, stored := int64(0), []schema.InvalidError(nil), any(nil)
	if head.ID != "" {
		old, err := p.kind.In(p.repos).Get(ctx, head.ID, repo.Full)
		if err == nil {
			stored = old
			was, done.Created, before = p.kind.Head(old).Rev, false, schema.CheckDecoded(old)
		} else if errors.Is(err, repo.ErrNotFound) {
			err = p.checkRev(p.kind.Name, head.ID, 0)
		}
		if err != nil {
			return saved{}, err
		}
	}
	if problem := schema.Added(schema.CheckDecoded(value), before); problem != nil {
		problem.Kind, problem.ID = p.kind.Name, head.ID
		return saved{}, fmt.Errorf("put: %w", problem)
	}
	if err := p.advise(stored, value, warnings); err != nil { // before the question, which a slip may be behind
		return saved{}, err
	}
	same := false
	if stored != nil {
		if same, err = p.replace(ctx, stored, value); err != nil {
			return saved{}, err
		}
	}
	if !p.dryRun && !same {
		err := p.kind.In(p.repos).Save(ctx, value)
		if done.Created && errors.Is(err, repo.ErrExists) {
			err = fmt.Errorf("%w: %w", repo.ErrConflict, err)
		}
		if err != nil {
			return saved{}, err
		}
	}
	done.ID, done.Rev, done.Changed = head.ID, head.Rev, head.Rev != was
	return done, nil
}

// replace makes value the next state of old, after asking for what would go. same says that their JSON is: it does not
// tell in which order links of several members are kept.
func (p *put) replace(ctx context.Context, old, value any) (same bool, err error) {
	before, head := p.kind.Head(old), p.kind.Head(value)
	if err := p.checkRev(p.kind.Name, before.ID, before.Rev); err != nil {
		return false, err
	}
	keepContents(old, value)
	p.kind.KeepDate(value, old)
	head.PK, head.Rev, head.SavedAt, head.Lists = before.PK, before.Rev, before.SavedAt, before.Lists
	head.TrashedAt, head.TrashReason = before.TrashedAt, before.TrashReason
	stored, err := schema.Encode(old, schema.EncodeOptions{Refs: true})
	if err != nil {
		return false, fmt.Errorf("put %s %q: %w", p.kind.Name, before.ID, err)
	}
	given, err := encodeGiven(value)
	if err != nil {
		return false, fmt.Errorf("put %s %q: %w", p.kind.Name, before.ID, err)
	}
	if same = bytes.Equal(stored, given); p.touch && !same {
		p.kind.Touch(value, old, schema.TimeOf(p.app.Now()))
	}
	return same, p.confirmLess(ctx, p.kind.Name, before.ID, stored, given)
}

// encodeGiven encodes a value that is not saved: its contents are texts.
func encodeGiven(value any) ([]byte, error) {
	return schema.Encode(value, schema.EncodeOptions{Refs: true,
		Content: func(c schema.Content) (string, bool, error) { return c.Text, c.Text != "", nil }})
}

func (p *put) checkRev(kind, id string, stored int64) error {
	if p.ifRev < 0 || p.ifRev == stored {
		return nil
	}
	message := fmt.Sprintf("put %s %q: it is at revision %d, not at %d", kind, id, stored, p.ifRev)
	if stored == 0 {
		message = fmt.Sprintf("put %s %q: there is none, and revision %d is wanted", kind, id, p.ifRev)
	}
	return &term.Failure{Kind: "conflict", Exit: exitConflict, Message: message, Hint: "read it again with get, make the change again, and put that"}
}

// confirmLess asks when the new state holds less than the stored one.
func (p *put) confirmLess(ctx context.Context, kind, id string, stored, given []byte) error {
	gone, err := less(stored, given)
	if err != nil {
		return fmt.Errorf("put %s %q: %w", kind, id, err)
	}
	if len(gone) == 0 || p.dryRun {
		if len(gone) > 0 {
			p.app.Say("would go: %s", term.Visible(strings.Join(gone, ", ")))
		}
		return nil
	}
	const most = 8
	names := strings.Join(gone[:min(most, len(gone))], ", ")
	if n := len(gone) - most; n > 0 {
		names += fmt.Sprintf(" and %d more", n)
	}
	if p.stream && !p.app.Yes {
		return term.NeedsYes(fmt.Sprintf("put %s %q without %s", kind, id, names), "nothing is asked about one of many")
	}
	return p.app.agreed(ctx, p.dryRun, fmt.Sprintf("put %s %q without %s", kind, id, names), "What is stored stays in the history: storectl revert brings it back.")
}
