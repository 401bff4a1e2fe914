package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"taskstore/importexport"
	"taskstore/schema"

	"github.com/spf13/cobra"
)

// export is one run of storectl export.
type export struct {
	app    *app
	file   string
	format string
	kinds  []string
}

// exportReport is what export prints when the data goes to a file.
type exportReport struct {
	Collections map[string]int  `json:"collections"`
	Bytes       int64           `json:"bytes"`
	File        string          `json:"file"`
	Missing     []missingReport `json:"missing"` // contents whose bytes are nowhere
}

type missingReport struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
}

func (a *app) exportCommand() *cobra.Command {
	x := export{app: a}
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the content of the store for other programs",
		Long: `Write the live records of the store to stdout or a file. legacy-json is the legacy app's own single-file export,
version 1.0.0: each record with every member that it had. A file appears whole or not at all. Exit code 3: some
contents are nowhere, and the export is without them.`,
		Example: "  storectl export --format legacy-json -f backup.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return x.run(cmd.Context())
		},
	}
	cmd.Flags().StringVarP(&x.file, "file", "f", "-", "write to `FILE`; - is stdout")
	cmd.Flags().StringVar(&x.format, "format", "legacy-json", "form of the export: legacy-json")
	cmd.Flags().StringSliceVar(&x.kinds, "kinds", nil, "only these kinds: "+strings.Join(importexport.LegacyKinds(), ","))
	return cmd
}

func (x *export) run(ctx context.Context) (err error) {
	if x.format != "legacy-json" {
		return misuse("formats: legacy-json", "export: --format %s: there is no such format", x.format)
	}
	var names []string
	if len(x.kinds) > 0 {
		chosen, err := parseKinds(x.kinds)
		if err != nil {
			return err
		}
		for _, k := range chosen {
			names = append(names, k.plural)
		}
	}
	store, err := x.app.openRead(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	var result importexport.Result
	var bar *progress
	opt := importexport.Options{Kinds: names, Progress: func(done, total int) {
		if bar == nil && x.file != "-" {
			bar = x.app.newProgress("export", int64(total), false)
		}
		bar.set(int64(done), int64(total))
	}}
	err = x.write(func(w io.Writer) (err error) {
		result, err = importexport.LegacyJSON(ctx, store, w, schema.TimeOf(x.app.now()), opt)
		return err
	})
	bar.finish()
	if err != nil {
		return err
	}
	return x.report(result)
}

// write lets do write to stdout, or to a file that gets its name when it is complete and on disk.
func (x *export) write(do func(io.Writer) error) (err error) {
	if x.file == "-" {
		return do(x.app.stdout)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", x.file, err)
		}
	}()
	temp, err := os.CreateTemp(filepath.Dir(x.file), ".storectl-export-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // has another name by then, if all went well
	if err := errors.Join(do(temp), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), x.file)
}

func (x *export) report(result importexport.Result) error {
	report := exportReport{Collections: result.Collections, Bytes: result.Bytes, File: x.file, Missing: []missingReport{}}
	for _, m := range result.Missing {
		report.Missing = append(report.Missing, missingReport{m.Collection, m.ID, m.SHA256})
		x.app.say("missing: the content %s of %s %s", m.SHA256, m.Collection, visible(m.ID))
	}
	if x.file != "-" {
		if err := x.print(report); err != nil {
			return err
		}
	}
	if n := len(result.Missing); n > 0 {
		return findings(exitFindings, "findings", fmt.Sprintf("export: %d contents are nowhere, and the export is without them", n))
	}
	return nil
}

func (x *export) print(report exportReport) error {
	var properties []property
	for _, name := range importexport.LegacyKinds() {
		if n, ok := report.Collections[name]; ok {
			properties = append(properties, property{name, n})
		}
	}
	return x.app.page("export", report, append(properties, property{"bytes", size(report.Bytes)}, property{"file", report.File}))
}
