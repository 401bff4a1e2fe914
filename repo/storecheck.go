package repo

import (
	"context"

	"taskstore/repo/check"
)

func (s *Store) checks() *check.Checks {
	return check.New(s.db, s.dir, s.blobs, s.Contents.Handle, s.Backups(), s.opt.Now)
}

// Check looks for damage, on one snapshot, and changes nothing. What it finds is
// in the report; an error says that it could not look. On a store opened with
// Untouched not a byte of the files changes.
func (s *Store) Check(ctx context.Context, opt check.Options) (check.Report, error) {
	return s.checks().Check(ctx, opt)
}

// RepairRows puts rows and lists right that a check complains of, in one
// transaction. Nothing goes: what is not as its checksum says is kept as a
// revision before it is accepted, rows without an owner are kept before they are
// removed. What it cannot repair stays, and a check tells of it again. With dryRun
// it only tells what it would do.
func (s *Store) RepairRows(ctx context.Context, dryRun bool) ([]check.Repaired, error) {
	return s.checks().RepairRows(ctx, dryRun)
}
