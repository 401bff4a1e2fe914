package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport"
	"taskstore/internal/durable"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/spf13/cobra"
)

// export is one run of storectl export.
type export struct {
	app    *app
	file   string
	format string
	kinds  []string
	trash  bool
	seal   sealing
}

// exportReport is what export prints when the data goes to a file.
type exportReport struct {
	Collections map[string]int  `json:"collections"`
	Bytes       int64           `json:"bytes"`
	File        string          `json:"file"`
	LeftOut     map[string]int  `json:"left_out"` // records that the format has no place for
	Missing     []missingReport `json:"missing"`  // contents whose bytes are nowhere
}

type missingReport struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
}

const exportHelp = `Write the content of the store to stdout or a file. A file appears whole or not at all, and only its owner may read
it. A link is followed; a pipe or a device is written into.

archive is the whole store in one zip file: live records, trash, history, what imports noted, every content, and a
manifest with hashes; import brings all of it back. legacy-json is the legacy app's own single-file export, version
1.0.0: each record with every member that it had. With --recipient or --passphrase-file it is sealed with
age, and nobody reads it without the key; import and diff take it with --identity or --passphrase-file, and so does age -d. json and ndjson hold all kinds with their contents; import and put
read them. csv (one kind) is for people, and does not hold everything. A cell of csv that a spreadsheet would run as a
formula has a ' before it; --raw leaves it as it is.

markdown with -f DIR is a vault, a folder that Obsidian and others open: a page for each record, whose front matter is the
record, links between them, and the contents beside; import reads it. A directory that is not empty is written into only
if it is a vault whose pages are as an export left them; your own files in it stay. Markdown to stdout, or to a file
whose name ends in .md, is one text for people, which does not hold everything.

What is in the trash is left out unless --trash says otherwise; an archive always has it. All forms but the archive are
without the history. Exit code 3: some contents are nowhere, and the export is without them, or the form has no place for
some records, which are named.`

func (a *app) exportCommand() *cobra.Command {
	x := export{app: a}
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the content of the store for other programs, or all of it",
		Long:  exportHelp,
		Example: `  storectl export --format archive -f everything.zip
  storectl export --recipient age1... -f everything.zip.age
  storectl export --format legacy-json -f backup.json
  storectl export --format markdown -f vault
  storectl export --format ndjson --kinds notes | jq .title`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return x.run(cmd.Context())
		},
	}
	cmd.Flags().StringVarP(&x.file, "file", "f", "-", "write to `FILE`, with --format markdown to a directory; - is stdout")
	cmd.Flags().StringVar(&x.format, "format", string(importexport.FormatArchive), "form of the export: "+formatNames())
	cmd.Flags().Var(nameList{&x.kinds}, "kinds", "only these kinds: "+strings.Join(importexport.Kinds(), ", "))
	cmd.Flags().BoolVar(&x.trash, "trash", false, "also what is in the trash")
	recipientFlag(cmd.Flags(), &x.seal.recipients)
	cmd.Flags().StringVar(&x.seal.passphrase, "passphrase-file", "", "seal with the passphrase in `FILE`")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(strings.Split(formatNames(), ", "), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("kinds", cobra.FixedCompletions(importexport.Kinds(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func formatNames() string {
	return namesOf(importexport.Formats())
}

// check finds what is wrong with the command line.
func (x *export) check() (names []string, err error) {
	form := importexport.Format(x.format)
	if !slices.Contains(importexport.Formats(), form) {
		return nil, misuse("formats: "+formatNames(), "export: --format %s: there is no such format", x.format)
	}
	if len(x.kinds) > 0 {
		chosen, err := parseKinds(x.kinds)
		if err != nil {
			return nil, err
		}
		for _, k := range chosen {
			names = append(names, k.Plural)
		}
	}
	info, err := os.Stat(x.file)
	switch {
	case form != importexport.FormatMarkdown && err == nil && info.IsDir():
		return nil, &term.Failure{Kind: "failed", Exit: exitFailed, Message: "export: -f " + x.file + " is a directory", Hint: "name a file in it"}
	case form == importexport.FormatArchive && len(names) > 0:
		return nil, misuse("leave --kinds out, or add --format json", "export: an archive is the whole store")
	case form == importexport.FormatCSV && len(names) != 1:
		return nil, misuse("for example --kinds notes", "export: --format csv needs one kind in --kinds")
	case form != importexport.FormatArchive && x.seal.wanted():
		return nil, misuse("add --format archive", "export: --recipient and --passphrase-file seal an archive only")
	case len(x.seal.recipients) > 0 && x.seal.passphrase != "":
		return nil, misuse("use one of them", "export: --recipient and --passphrase-file exclude each other")
	case form == importexport.FormatArchive && x.file == "-" && term.IsTerminal(x.app.Stdout):
		return nil, misuse("add -f FILE, or send stdout to a file", "export: an archive is nothing to look at on a terminal")
	case form == importexport.FormatLegacy && x.trash:
		return nil, misuse("--format json and ndjson can", "export: legacy-json has no place for what is in the trash")
	}
	return names, nil
}

func (x *export) run(ctx context.Context) (err error) {
	names, err := x.check()
	if err != nil {
		return err
	}
	return x.app.withStore(ctx, toRead, func(store *repo.Store) error {
		var bar *term.Progress
		opt := importexport.Options{Kinds: names, Trash: x.trash, Raw: x.app.Raw, Progress: func(done, total int) {
			if bar == nil && x.file != "-" {
				bar = x.app.NewProgress("export", int64(total), false)
			}
			bar.Set(int64(done), int64(total))
		}}
		result, err := x.writeFrom(ctx, store, opt)
		bar.Finish()
		if err != nil {
			return err
		}
		if result.InTrash > 0 {
			x.app.Say("%s in the trash %s not in it; --trash adds them", counted(result.InTrash, "record"), verb(int64(result.InTrash), "is", "are"))
		}
		return x.report(result)
	})
}

// writeFrom writes what is in a store as a folder, or as one text.
func (x *export) writeFrom(ctx context.Context, store *repo.Store, opt importexport.Options) (result importexport.Result, err error) {
	at := schema.TimeOf(x.app.Now())
	if x.isVault() {
		return importexport.ExportVault(ctx, store, x.file, at, opt)
	}
	err = x.write(func(w io.Writer) error {
		count := &countedWriter{w: w}
		sealed, finish, err := x.seal.writer(count)
		if err != nil {
			return err
		}
		if result, err = importexport.Export(ctx, store, sealed, importexport.Format(x.format), at, opt); err != nil {
			return err
		}
		err = finish()
		if x.seal.wanted() {
			result.Bytes = count.n
		}
		return err
	})
	return result, err
}

// countedWriter counts the bytes that are written.
type countedWriter struct {
	w io.Writer
	n int64
}

func (c *countedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// isVault tells whether a folder of Markdown is wanted, and not one text: what is there
// already and is no directory, or is called so, is written as a file.
func (x *export) isVault() bool {
	if importexport.Format(x.format) != importexport.FormatMarkdown || x.file == "-" {
		return false
	}
	info, err := os.Stat(x.file)
	if err == nil {
		return info.IsDir()
	}
	return !strings.EqualFold(filepath.Ext(x.file), ".md")
}

// write lets do write to stdout, or to what the person named. A terminal does not get
// what it would obey.
func (x *export) write(do func(io.Writer) error) error {
	safely := func(w io.Writer) error {
		if !term.IsTerminal(w) {
			return do(w)
		}
		safe, flush := x.app.Safe(w)
		defer flush()
		return do(safe)
	}
	if x.file == "-" {
		return safely(term.StreamOf(x.app.Stdout))
	}
	if err := durable.WriteNamed(x.file, safely); err != nil {
		return fmt.Errorf("write %s: %w", x.file, err)
	}
	return nil
}

func (x *export) report(result importexport.Result) error {
	report := exportReport{Collections: result.Collections, Bytes: result.Bytes, File: x.file, LeftOut: result.LeftOut, Missing: []missingReport{}}
	if report.LeftOut == nil {
		report.LeftOut = map[string]int{}
	}
	for _, m := range result.Missing {
		report.Missing = append(report.Missing, missingReport{m.Collection, m.ID, m.SHA256})
		of := ""
		if m.ID != "" {
			of = " of " + m.Collection + " " + m.ID
		}
		x.app.Say("missing: the content %s%s", m.SHA256, of)
	}
	if x.file != "-" {
		if err := x.print(report); err != nil {
			return err
		}
	}
	for _, name := range importexport.Kinds() {
		if n := result.LeftOut[name]; n > 0 {
			k, _ := parseKind(name)
			x.app.Say("left out: %d %s, for which %s has no place; --format archive has all", n, countNoun(k, n), x.format)
		}
	}
	if n := len(result.Missing); n > 0 {
		return findings(exitFindings, "findings", fmt.Sprintf("export: %s %s nowhere, and the export is without them", counted(n, "content"), verb(int64(n), "is", "are")))
	}
	if len(result.LeftOut) > 0 {
		return findings(exitFindings, "findings", "export: "+x.format+" has no place for some records")
	}
	return nil
}

func (x *export) print(report exportReport) error {
	var properties []term.Property
	for _, name := range importexport.Kinds() {
		if n, ok := report.Collections[name]; ok {
			properties = append(properties, term.Prop(name, n))
		}
	}
	return x.app.Page("export", report, append(properties, term.Prop("bytes", term.Size(report.Bytes)), term.Prop("file", report.File)))
}
