package main

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"runtime/debug"

	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

// version is set when a release is built: go build -ldflags "-X main.version=1.2.3".
var version = ""

// build describes the program.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Changed bool   `json:"changed,omitempty"` // built from a tree that differed from the commit
	Go      string `json:"go"`
	SQLite  string `json:"sqlite"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version of the program",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := thisBuild(cmd.Context())
			if err != nil {
				return err
			}
			properties := term.Props("storectl", b.Version)
			if b.Commit != "" {
				properties = append(properties, term.Prop("commit", b.Commit))
			}
			return a.Page("version", b, append(properties, term.Prop("go", b.Go), term.Prop("sqlite", b.SQLite),
				term.Prop("system", b.OS+"/"+b.Arch)))
		},
	}
}

func thisBuild(ctx context.Context) (build, error) {
	b := build{Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		if b.Version == "" {
			b.Version = info.Main.Version
		}
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				b.Commit = setting.Value
			case "vcs.modified":
				b.Changed = setting.Value == "true"
			}
		}
	}
	if b.Version == "" {
		b.Version = "(devel)"
	}
	db, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		return b, fmt.Errorf("ask SQLite for its version: %w", err)
	}
	defer db.Close()
	if err := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&b.SQLite); err != nil {
		return b, fmt.Errorf("ask SQLite for its version: %w", err)
	}
	return b, nil
}
