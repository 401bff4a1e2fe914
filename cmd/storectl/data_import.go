package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"taskstore/backup"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport"
	"taskstore/internal/durable"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

const importHelp = `Bring the records of a file into the store: an archive with its history and contents, or records in JSON
(json, ndjson, legacy-json), or a vault, the folder that export --format markdown writes: the front matter of its pages,
and of notes the text below it; what of it is not read is said, with exit code 3. An archive that export has sealed is opened with
--identity or --passphrase-file, meanwhile in a temporary file that nobody else can read. What the legacy app itself wrote is brought in by storectl legacy import, which knows all of
its forms.

Everything of the file is read and checked first, an archive against its hashes; then a store is created where there is
none, a safety backup is made of one that is there, and the records are written in one transaction, all or nothing. A
file of which something would be lost is refused with exit code 2, and the message says where: an empty file, one without records (but a document that says its format may be without), one that goes on after
its end or breaks off, a document with members that no export has, a record that stands in it twice, and a format or
version that is newer than this program. Records without their kind are for storectl put KIND FILE.

A record that the store has and that is not equal is a conflict:

  fail     write nothing at all, exit code 15
  skip     keep the store's
  replace  take the file's, after a question; the store's state stays in the history
  newer    take the one that was changed last
  both     keep the store's, and the file's under a new id`

func (a *app) importCommand() *cobra.Command {
	m := importing{app: a}
	cmd := &cobra.Command{
		Use:   "import FILE|DIR|-",
		Short: "Bring in what export has written",
		Long:  importHelp,
		Example: `  storectl --store new import everything.zip
  storectl import notes.ndjson --on-conflict newer --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.run(cmd.Context(), args[0])
		},
	}
	ways := make([]string, len(importexport.Conflicts()))
	for i, w := range importexport.Conflicts() {
		ways[i] = string(w)
	}
	forms := []string{"auto", string(importexport.FormatArchive), string(importexport.FormatJSON), string(importexport.FormatNDJSON), string(importexport.FormatLegacy), string(importexport.FormatMarkdown)}
	cmd.Flags().StringVar(&m.format, "format", "auto", "form of the file: "+strings.Join(forms, ", "))
	cmd.Flags().StringVar(&m.onConflict, "on-conflict", "fail", "what to do with a record that is there and not equal: "+strings.Join(ways, ", "))
	dryRunFlag(cmd, &m.dryRun, onlySay)
	m.keys.flags(cmd.Flags(), "archive")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("on-conflict", cobra.FixedCompletions(ways, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// importing is one run of storectl import.
type importing struct {
	app                *app
	format, onConflict string
	dryRun             bool
	keys               keyFiles
	bar                *term.Progress
	doing              string
	name               string // of the file, for messages
	file               *importexport.File
}

// importReport is what import prints.
type importReport struct {
	File   string `json:"file"`
	DryRun bool   `json:"dry_run"`
	importexport.Imported
}

func (m *importing) run(ctx context.Context, file string) (err error) {
	if !slices.Contains(importexport.Conflicts(), importexport.Conflict(m.onConflict)) {
		return misuse("ways: fail, skip, replace, newer, both", "import: --on-conflict %s: there is no such way", m.onConflict)
	}
	if form := importexport.Format(m.format); m.format != "auto" && !slices.Contains(importexport.Formats(), form) {
		return misuse("formats: auto, "+formatNames(), "import: --format %s: there is no such format", m.format)
	}
	if m.dryRun {
		if _, err := m.app.findStore(); err != nil {
			return err
		}
	}
	if m.name = file; file == "-" {
		m.name = "stdin"
	}
	path, done, err := m.app.fileOrStdin(file)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer done()
	path, closed, err := m.keys.opened(ctx, path, m.name)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer closed()
	m.file, err = importexport.OpenFile(ctx, path, m.options(false)) // before a store or a backup is made for nothing
	m.bar.Finish()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.file.Close()) }()
	if m.onConflict == string(importexport.ConflictReplace) && !m.dryRun && !m.app.Yes {
		if err := m.ask(ctx); err != nil {
			return err
		}
	}
	result, err := m.do(ctx, m.dryRun)
	if err != nil {
		return err
	}
	return m.print(file, result)
}

// fileOrStdin is the file, or a copy of stdin or of what comes out of a pipe: an import reads it more than once.
func (a *app) fileOrStdin(file string) (path string, done func(), err error) {
	from := a.Stdin
	if file != "-" {
		if info, err := os.Stat(file); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
			return file, func() {}, nil // what is wrong with it is told when it is read
		}
		pipe, err := os.Open(file)
		if err != nil {
			return "", nil, err
		}
		defer pipe.Close()
		from = pipe
	}
	temp, err := durable.Temp("", "storectl-import-*")
	if err != nil {
		return "", nil, err
	}
	done = func() { os.Remove(temp.Name()) }
	_, err = io.Copy(temp, from)
	if err = errors.Join(err, temp.Close()); err != nil {
		done()
		return "", nil, err
	}
	return temp.Name(), done, nil
}

// ask asks before records are replaced; it looks first how many that are.
func (m *importing) ask(ctx context.Context) error {
	if _, err := m.app.findStore(); err != nil {
		return nil // a new store: nothing can be replaced
	}
	result, err := m.do(ctx, true)
	if err != nil {
		return err
	}
	n := 0
	for _, c := range result.Collections {
		n += c.Replaced
	}
	if n == 0 {
		return nil
	}
	return m.app.agreed(ctx, false, "replace "+counted(n, "record"), "What they are now stays in the history: storectl revert brings it back.")
}

func (m *importing) do(ctx context.Context, dryRun bool) (result importexport.Imported, err error) {
	return inStore(ctx, m.app, writing(dryRun, true), func(store *repo.Store) (importexport.Imported, error) {
		if !dryRun {
			if err := m.app.safely(ctx, store, backup.PreImport); err != nil {
				return result, err
			}
		}
		result, err = m.file.Import(ctx, store, m.options(dryRun))
		m.bar.Finish()
		return result, err
	})
}

func (m *importing) options(dryRun bool) importexport.ImportOptions {
	return importexport.ImportOptions{
		Name: m.name, Format: importexport.Format(m.format), OnConflict: importexport.Conflict(m.onConflict), DryRun: dryRun, Progress: m.progress,
	}
}

// progress shows how far the import has come, a bar for each thing that it does.
func (m *importing) progress(what string, done, total int) {
	if what != m.doing {
		m.bar.Finish()
		m.doing, m.bar = what, m.app.NewProgress("import "+what, int64(max(total, -1)), false)
	}
	m.bar.Set(int64(done), int64(total))
}

func (m *importing) print(file string, result importexport.Imported) error {
	if err := m.app.Print(term.Result{Name: "import", Document: importReport{file, m.dryRun, result}, Single: true,
		Columns: []term.Column{{Name: "kind"}, {Name: "read", Right: true}, {Name: "created", Right: true}, {Name: "replaced", Right: true},
			{Name: "skipped", Right: true}, {Name: "conflicts", Right: true}},
		Rows: func(write func(row ...any) error) error {
			for _, name := range importexport.Kinds() {
				if c := result.Collections[name]; c != nil {
					if err := write(name, c.Read, c.Created, c.Replaced, c.Skipped, c.Conflicts); err != nil {
						return err
					}
				}
			}
			return nil
		}}); err != nil {
		return err
	}
	if !m.app.Form.Documents() {
		m.say(result)
	}
	return m.findings(result)
}

// say tells what the rows do not.
func (m *importing) say(result importexport.Imported) {
	for _, ref := range result.Conflicts {
		m.app.Say("in conflict: %s", ref.String())
	}
	if result.History+result.Contents > 0 {
		m.app.Say("with %s and %s that the store did not have", counted(result.History, "revision"), counted(result.Contents, "content"))
	}
	if result.HistoryLeft > 0 {
		m.app.Say("without %s of records that the store has, or has a history of", counted(result.HistoryLeft, "revision"))
	}
	var sum importexport.ImportedCount
	for _, c := range result.Collections {
		sum.Read, sum.Created, sum.Replaced, sum.Skipped = sum.Read+c.Read, sum.Created+c.Created, sum.Replaced+c.Replaced, sum.Skipped+c.Skipped
	}
	done := "imported"
	if m.dryRun {
		done = "nothing was written; an import would take"
	}
	m.app.Say("%s: %s read, %d created, %d replaced, %d left as they are", done, counted(sum.Read, "record"), sum.Created, sum.Replaced, sum.Skipped)
}

// findings ends with exit code 3 when the archive was without contents.
func (m *importing) findings(result importexport.Imported) error {
	for _, what := range result.Unread {
		m.app.Say("not read: %s", term.Visible(what))
	}
	if n := len(result.Missing); n > 0 {
		return findings(exitFindings, "findings", "import: the archive was made without "+counted(n, "content")+", which "+verb(int64(n), "was", "were")+" nowhere")
	}
	if n := len(result.Unread); n > 0 {
		return findings(exitFindings, "findings", fmt.Sprintf("import: %s in the vault %s not read", counted(n, "thing"), verb(int64(n), "was", "were")))
	}
	return nil
}
