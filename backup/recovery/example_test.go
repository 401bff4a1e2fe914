package recovery_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/repo"
	"taskstore/schema"
)

// One record comes back out of a backup, while the store stays in use. What it was
// until then is in its history.
func ExampleOnly() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "taskstore-example-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := repo.Open(ctx, dir, repo.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	note := &schema.Note{Content: "What was agreed"}
	if err := store.Notes.Save(ctx, note); err != nil {
		log.Fatal(err)
	}

	saved, _, err := store.Backup(ctx, backup.CreateOptions{}) // verified when it returns
	if err != nil {
		log.Fatal(err)
	}
	note.Content = "oops"
	if err := store.Notes.Save(ctx, note); err != nil {
		log.Fatal(err)
	}
	changes, err := recovery.Only(ctx, store, saved.ID, recovery.OnlyOptions{Collection: "notes", ID: note.ID})
	if err != nil {
		log.Fatal(err)
	}
	back, err := store.Notes.Get(ctx, note.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(changes), back.Content, back.Rev)
	// Output:
	// 1 What was agreed 3
}
