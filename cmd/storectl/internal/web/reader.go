package web

import (
	"context"

	"taskstore/repo"
)

// reader reads from a store what pages show, for as long as its context allows.
type reader struct {
	ctx   context.Context
	store *repo.Store
}
