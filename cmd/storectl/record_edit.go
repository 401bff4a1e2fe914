package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/durable"
	"taskstore/internal/shell"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

const editHelp = `Edit a record as JSON, in the editor that VISUAL or EDITOR names.

What the editor is given is what get prints; what it leaves is stored as put stores it: checked, and refused with exit
code 15 if somebody has changed the record meanwhile. A record that was changed says so in its lastUpdated, unless you have
changed that too. Whatever goes wrong, what was written is not lost: it stays in a
file that the message names.`

func (a *app) editCommand() *cobra.Command {
	e := edit{app: a}
	cmd := &cobra.Command{
		Use:               "edit KIND ID",
		Short:             "Edit a record in your editor",
		Long:              editHelp,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeRecord,
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.run(cmd.Context(), args[0], args[1])
		},
	}
	dryRunFlag(cmd, &e.dryRun, "only say what would be done with what the editor leaves")
	return cmd
}

// edit is one run of storectl edit.
type edit struct {
	app    *app
	kind   repo.Kind
	id     string
	dryRun bool
	file   string
	before []byte
}

func (e *edit) run(ctx context.Context, name, id string) (err error) {
	if e.kind, err = parseKind(name); err != nil {
		return err
	}
	if e.app.opt.readOnly {
		return misuse("leave out --read-only", "edit: --read-only forbids to change the record")
	}
	editor := e.app.editor()
	if editor == "" {
		return misuse("set EDITOR, for example EDITOR=nano", "edit: neither VISUAL nor EDITOR names an editor")
	}
	if err = e.read(ctx, id); err != nil {
		return err
	}
	dir, err := durable.TempDir("", "storectl-edit-*")
	if err != nil {
		return fmt.Errorf("edit: %w", err)
	}
	e.file = filepath.Join(dir, fileName(e.kind.Name+"-"+e.id)+".json")
	if err := durable.Create(e.file, func(f *os.File) error { _, err := f.Write(e.before); return err }); err != nil {
		return errors.Join(fmt.Errorf("edit: %w", err), os.RemoveAll(dir))
	}
	kept, err := e.edited(ctx, editor)
	if kept {
		return e.keep(ctx, err)
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// read reads the record, and finds its whole id.
func (e *edit) read(ctx context.Context, typed string) (err error) {
	if e.id, err = inStore(ctx, e.app, toRead, func(store *repo.Store) (string, error) { return idOf(ctx, store, e.kind, typed) }); err != nil {
		return err
	}
	e.before, err = e.app.recordText(ctx, e.kind, e.id)
	return err
}

// fileName makes a name for a file of any text.
func fileName(text string) string {
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, text)
	return strings.TrimLeft(name[:min(len(name), 80)], ".")
}

// recordText is a record as get prints it.
func (a *app) recordText(ctx context.Context, k repo.Kind, id string) ([]byte, error) {
	var out bytes.Buffer
	reader, screen := *a, *a.Terminal
	screen.Stdout, screen.Form = &out, term.JSON
	reader.Terminal = &screen
	err := reader.get(ctx, k.Plural, id, false, false)
	return out.Bytes(), err
}

// edited lets the person edit until what the editor leaves is stored. It says
// whether the file is to be kept.
func (e *edit) edited(ctx context.Context, editor string) (keep bool, err error) {
	for {
		if err := e.open(ctx, editor); err != nil {
			after, _ := os.ReadFile(e.file)
			return !bytes.Equal(after, e.before), fmt.Errorf("edit: the editor %s: %w", editorName(editor), err)
		}
		after, err := os.ReadFile(e.file)
		if err != nil {
			return false, fmt.Errorf("edit: read what the editor left: %w", err)
		}
		if len(bytes.TrimSpace(after)) == 0 || bytes.Equal(after, e.before) {
			e.app.Say("nothing was changed")
			return false, nil
		}
		err = e.put(ctx)
		if err == nil {
			return false, nil
		}
		var f *term.Failure
		again := errors.As(err, &f) && f.Kind == "usage" && term.IsTerminal(e.app.Stdin) && !e.app.NoInput
		if !again {
			return true, err
		}
		e.app.Say("storectl: %s", term.Visible(term.OneLine(err.Error())))
		if e.app.confirmAgain(ctx) != nil {
			return true, err
		}
	}
}

// confirmAgain asks whether to edit once more; no error is yes.
func (a *app) confirmAgain(ctx context.Context) error {
	fmt.Fprint(a.Stderr, "edit again? [Y/n] ")
	answer, err := term.ReadLine(ctx, a.Stdin)
	if err == nil && strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "n") {
		err = errors.New("no")
	}
	return err
}

// open runs the editor.
func (e *edit) open(ctx context.Context, editor string) error {
	command := editorCommand(ctx, editor, e.file)
	command.Stdin, command.Stdout, command.Stderr = e.app.Stdin, term.StreamOf(e.app.Stderr), term.StreamOf(e.app.Stderr)
	if term.IsTerminal(e.app.Stdout) {
		command.Stdout = term.StreamOf(e.app.Stdout)
	}
	return command.Run()
}

func (e *edit) put(ctx context.Context) error {
	p := put{app: e.app, kind: e.kind, ifRev: -1, dryRun: e.dryRun, mustBe: e.id, touch: true}
	return p.run(ctx, e.file)
}

// keep says where the text is that could not be stored.
func (e *edit) keep(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	f := classify(ctx, err)
	f.Silent, f.More = false, map[string]any{"file": e.file}
	f.Hint = fmt.Sprintf("what you wrote is in %s; when it is right: storectl put %s %s", e.file, e.kind.Name, shell.Quote(e.file))
	if f.Exit == exitConflict {
		f.Hint = fmt.Sprintf("what you wrote is in %s; read the record again with get, and make the change again", e.file)
	}
	return f
}
