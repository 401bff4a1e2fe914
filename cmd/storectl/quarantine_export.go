package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"taskstore/importexport/ledger"
	"taskstore/internal/durable"

	"github.com/spf13/cobra"
)

func (a *app) quarantineExport() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "export [ID...] --dir DIR",
		Short: "Write what is in quarantine to files, by default all of it",
		Long: `Write what is in quarantine to files in DIR, which is made when it is missing. A file's name is its number and the
base of the name that it had in the source; a file that exists is not overwritten.`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.exportQuarantine(cmd.Context(), dir, args) },
	}
	cmd.Flags().StringVar(&dir, "dir", "", "where to write")
	return cmd
}

func (a *app) exportQuarantine(ctx context.Context, dir string, ids []string) error {
	if dir == "" {
		return misuse("add --dir DIR", "quarantine export: there is no place to write to")
	}
	if len(ids) == 0 {
		list, err := a.quarantined(ctx)
		if err != nil {
			return err
		}
		for _, q := range list {
			ids = append(ids, strconv.FormatInt(q.PK, 10))
		}
	}
	if err := durable.MakeDir(dir); err != nil {
		return err
	}
	for _, id := range ids {
		err := a.withQuarantined(ctx, id, func(q ledger.Quarantined, r io.Reader) error {
			return writeNew(filepath.Join(dir, id+"-"+safeName(q.File)), r)
		})
		if err != nil {
			return err
		}
	}
	a.Say("wrote %s to %s", counted(len(ids), "file"), dir)
	return nil
}

// safeName makes a name from the source harmless: its base, of plain characters.
func safeName(file string) string {
	base := []byte(filepath.Base(filepath.FromSlash(file)))
	for i, c := range base {
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
		if !plain {
			base[i] = '_'
		}
	}
	if len(base) > 120 {
		base = base[:120]
	}
	return strings.TrimRight(string(base), ".") // which Windows leaves out of a name
}

// writeNew writes a file that must not exist yet.
func writeNew(name string, r io.Reader) error {
	return durable.Create(name, func(f *os.File) error {
		_, err := io.Copy(f, r)
		return err
	})
}
