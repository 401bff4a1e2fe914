package main

import (
	"fmt"

	"taskstore/cmd/storectl/internal/health"
	"taskstore/cmd/storectl/internal/term"
)

// backupProperties are the lines of the status page.
func backupProperties(s *health.Status) []term.Property {
	if s.LastBackup == nil {
		return term.Props("last backup", "none")
	}
	b := s.LastBackup
	state := "not verified"
	if b.Verified != "" {
		state = "verified"
	}
	list := term.Props("last backup", b.Created, "made as", fmt.Sprintf("%s, %s, %s (%d in all)", b.ID, b.Reason, state, s.Backups))
	if s.LastDrill == nil {
		return append(list, term.Prop("last drill", "never"))
	}
	return append(list, term.Prop("last drill", s.LastDrill.At))
}
