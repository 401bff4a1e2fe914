package main

import (
	"taskstore/blobs"
	"taskstore/importexport"
	"taskstore/migrations"
	"taskstore/repo"
)

const findHint = "--store or STORECTL_STORE names another place; storectl init creates a store"

// sentinels are the errors of the packages below that a person can do something about. The first that fits counts.
var sentinels = []sentinel{
	{repo.ErrIndex, "corrupt", exitCorrupt, "storectl repair fts"},
	{repo.ErrSchema, "corrupt", exitCorrupt, "storectl check"},
	{repo.ErrLost, "no_store", exitNoStore, "storectl backup restore latest"},
	{repo.ErrStrayLog, "stray_log", exitCorrupt, "mv that file elsewhere; nothing was written, and without it the store is as it was before; then storectl check"},
	{repo.ErrNoDatabase, "no_store", exitNoStore, "bring store.db back, or storectl backup restore latest --from DIR; to begin anew, move the folder blobs away"},
	{repo.ErrMoved, "moved", exitFailed, "what was acknowledged before is where the store is now: --store names that"},
	{repo.ErrSharedContents, "shared_contents", exitFailed, "give this store a folder blobs of its own: a copy of the other's instead of a link"},
	{repo.ErrSchemaTooNew, "schema_newer", exitSchema, "this store needs a newer storectl; nothing was changed"},
	{migrations.ErrTooNew, "schema_newer", exitSchema, "this store needs a newer storectl; nothing was changed"},
	{migrations.ErrDamaged, "corrupt", exitCorrupt, "storectl repair schema"},
	{repo.ErrMigrationNeeded, "schema_older", exitSchema, "storectl migrate up brings it up to date"},
	{migrations.ErrChanged, "schema_changed", exitSchema, "use the storectl that made the store, or a newer one"},
	{migrations.ErrNotStore, "no_store", exitNoStore, findHint},
	{repo.ErrNoStore, "no_store", exitNoStore, findHint},
	{repo.ErrLocked, "locked", exitBusy, "another program holds the store; try again when it is done"},
	{migrations.ErrLocked, "locked", exitBusy, "another program holds the store; try again when it is done"},
	{migrations.ErrDisturbed, "busy", exitBusy, "another program is writing; try again"},
	{repo.ErrCorrupt, "corrupt", exitCorrupt, "storectl check"},
	{repo.ErrConflict, "conflict", exitConflict, "read it again with get, make the change again, and put that"},
	{repo.ErrExists, "exists", exitConflict, "storectl get shows what is there"},
	{repo.ErrReadOnly, "read_only", exitFailed, "look at the mode of the store's directory and files"},
	{repo.ErrFull, "disk_full", exitFailed, "free some space and do it again: nothing is half done, and what was done before the disk was full stays"},
	{blobs.ErrChanged, "changed", exitFailed, "somebody writes to the file: try again when they are done"},
	{importexport.ErrDamaged, "damaged", exitVerify, "nothing was written; take another copy of the file"},
	{importexport.ErrConflicts, "conflict", exitConflict, "--on-conflict skip, replace, newer or both says what to do with them; nothing was written"},
	{importexport.ErrForm, "form", exitMisused, "import reads what export writes; storectl legacy import reads what the legacy app wrote"},
	{repo.ErrNotFound, "not_found", exitFailed, "storectl list KIND shows what there is"},
}
