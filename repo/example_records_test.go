package repo_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"taskstore/repo"
	"taskstore/schema"
)

// exampleStore opens a store in a new directory; done closes and removes it.
func exampleStore(ctx context.Context) (store *repo.Store, done func()) {
	dir, err := os.MkdirTemp("", "taskstore-example-*")
	if err != nil {
		log.Fatal(err)
	}
	store, err = repo.Open(ctx, dir, repo.Options{})
	if err != nil {
		log.Fatal(err)
	}
	return store, func() {
		if err := errors.Join(store.Close(), os.RemoveAll(dir)); err != nil {
			log.Fatal(err)
		}
	}
}

// day is a morning in October 2025.
func day(n int) schema.Time {
	return schema.TimeOf(time.Date(2025, time.October, n, 9, 0, 0, 0, time.UTC))
}

// A save compares the revision: what somebody else saved since it was read is not
// overwritten.
func ExampleCollection_Save() {
	ctx := context.Background()
	store, done := exampleStore(ctx)
	defer done()

	note := &schema.Note{Content: "Ask about the invoice"}
	if err := store.Notes.Save(ctx, note); err != nil { // it gets its id and its revision
		log.Fatal(err)
	}
	stale := *note
	note.Content += ", and the date"
	if err := store.Notes.Save(ctx, note); err != nil {
		log.Fatal(err)
	}
	stale.Content = "Something else"
	fmt.Println(note.Rev, errors.Is(store.Notes.Save(ctx, &stale), repo.ErrConflict))
	// Output:
	// 2 true
}

// Modify reads and saves at once: nobody comes in between.
func ExampleCollection_Modify() {
	ctx := context.Background()
	store, done := exampleStore(ctx)
	defer done()

	topic := &schema.Topic{Subject: schema.Subject{Name: "Lighthouse"}}
	if err := store.Topics.Save(ctx, topic); err != nil {
		log.Fatal(err)
	}
	changed, err := store.Topics.Modify(ctx, topic.ID, func(t *schema.Topic) error {
		t.Name += ", second edition"
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(changed.Name)
	// Output:
	// Lighthouse, second edition
}

// List gives a page of brief rows, and where the next one begins.
func ExampleCollection_List() {
	ctx := context.Background()
	store, done := exampleStore(ctx)
	defer done()
	for n := 1; n <= 5; n++ {
		task := &schema.Task{Title: fmt.Sprint("Task ", n), Status: "todo", CreatedAt: day(n)}
		if err := store.Tasks.Save(ctx, task); err != nil {
			log.Fatal(err)
		}
	}

	q := repo.Query{Status: []string{"todo"}, Sort: repo.SortDate, Limit: 2}
	for {
		page, err := store.Tasks.List(ctx, q)
		if err != nil {
			log.Fatal(err)
		}
		for _, row := range page.Items {
			fmt.Println(row.Title)
		}
		if page.Next == "" {
			break
		}
		q.After = page.Next
	}
	// Output:
	// Task 5
	// Task 4
	// Task 3
	// Task 2
	// Task 1
}

// All streams whole records out of one snapshot, however many there are.
func ExampleCollection_All() {
	ctx := context.Background()
	store, done := exampleStore(ctx)
	defer done()
	for n := 1; n <= 3; n++ {
		note := &schema.Note{Content: fmt.Sprint("Day ", n), Timestamp: day(n)}
		if err := store.Notes.Save(ctx, note); err != nil {
			log.Fatal(err)
		}
	}

	for note, err := range store.Notes.All(ctx, repo.Query{From: day(2)}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(note.Content)
	}
	// Output:
	// Day 3
	// Day 2
}

// History has each state that was overwritten, and Revert goes back to one, as a new
// revision: going back can be taken back.
func ExampleCollection_Revert() {
	ctx := context.Background()
	store, done := exampleStore(ctx)
	defer done()
	note := &schema.Note{Content: "The first words"}
	if err := store.Notes.Save(ctx, note); err != nil {
		log.Fatal(err)
	}
	note.Content = "Other words"
	if err := store.Notes.Save(ctx, note); err != nil {
		log.Fatal(err)
	}

	states, err := store.Notes.History(ctx, note.ID)
	if err != nil {
		log.Fatal(err)
	}
	name, err := repo.ParseRev(fmt.Sprint(states[0].Rev))
	if err != nil {
		log.Fatal(err)
	}
	back, err := store.Notes.Revert(ctx, note.ID, name)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(back.Content, back.Rev)
	// Output:
	// The first words 3
}

// Delete moves to the trash, Restore brings back.
func ExampleCollection_Delete() {
	ctx := context.Background()
	store, done := exampleStore(ctx)
	defer done()
	company := &schema.Company{Subject: schema.Subject{Name: "North Shop"}}
	if err := store.Companies.Save(ctx, company); err != nil {
		log.Fatal(err)
	}

	if err := store.Companies.Delete(ctx, company.ID); err != nil {
		log.Fatal(err)
	}
	trash, err := store.Companies.Count(ctx, repo.Query{Trash: true})
	if err != nil {
		log.Fatal(err)
	}
	if err := store.Companies.Restore(ctx, company.ID); err != nil {
		log.Fatal(err)
	}
	n, err := store.Companies.Count(ctx, repo.Query{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(trash, n)
	// Output:
	// 1 1
}

// Update makes several changes one: all of them are kept, or none.
func ExampleStore_Update() {
	ctx := context.Background()
	store, done := exampleStore(ctx)
	defer done()

	err := store.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
		topic := &schema.Topic{Subject: schema.Subject{Name: "Lighthouse"}}
		if err := tx.Topics.Save(ctx, topic); err != nil {
			return err
		}
		return tx.Notes.Save(ctx, &schema.Note{
			Content: "It finds umlauts.",
			Links:   []schema.Link{{Kind: "topic", ID: topic.ID}},
		})
	})
	if err != nil {
		log.Fatal(err)
	}
	page, err := store.Notes.List(ctx, repo.Query{Text: "topic:Lighthouse"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(page.Items))
	// Output:
	// 1
}

// Search asks for what a person types, in all kinds at once.
func ExampleStore_Search() {
	ctx := context.Background()
	store, done := exampleStore(ctx)
	defer done()
	if err := store.Notes.Save(ctx, &schema.Note{Content: "The lamp is built in Göteborg"}); err != nil {
		log.Fatal(err)
	}

	found, err := store.Search(ctx, repo.Search{Query: repo.Query{Text: "goteborg"}})
	if err != nil {
		log.Fatal(err)
	}
	for _, hit := range found.Hits {
		fmt.Println(hit.Kind, hit.Snippet)
	}
	// Output:
	// note The lamp is built in <mark>Göteborg</mark>
}

// A screenshot is added to a session with its bytes: they are kept once, under their
// hash, and the session's other parts stay as they are.
func ExampleItems_Add() {
	ctx := context.Background()
	store, done := exampleStore(ctx)
	defer done()
	session := &schema.Session{Name: "Morning", Status: "active", StartTime: day(1)}
	if err := store.Sessions.Save(ctx, session); err != nil {
		log.Fatal(err)
	}

	shot := &schema.Screenshot{
		Timestamp: day(1), AnalysisStatus: "pending",
		Base64: schema.Content{Text: "data:image/gif;base64,R0lGODlhAQABAAAAACw="},
	}
	if err := store.Sessions.Screenshots.Add(ctx, session.ID, shot); err != nil {
		log.Fatal(err)
	}
	for shot, err := range store.Sessions.Screenshots.All(ctx, session.ID) {
		if err != nil {
			log.Fatal(err)
		}
		content, err := store.Contents.Stat(ctx, shot.Base64.Blob)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(content.Size, "bytes")
	}
	// Output:
	// 14 bytes
}

// Attach is the way to keep a file with a record.
func ExampleContents_Attach() {
	ctx := context.Background()
	store, done := exampleStore(ctx)
	defer done()
	task := &schema.Task{Title: "Sign the offer", Status: "todo"}
	if err := store.Tasks.Save(ctx, task); err != nil {
		log.Fatal(err)
	}

	file, err := store.Contents.Attach(ctx, repo.Ref{Kind: "task", ID: task.ID}, "offer.txt", strings.NewReader("Three lamps"))
	if err != nil {
		log.Fatal(err)
	}
	r, err := store.Contents.Open(ctx, file.File.Blob)
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	fmt.Println(file.Name, r.Info().Size)
	// Output:
	// offer.txt 11
}
