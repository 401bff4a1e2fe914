package repo_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"taskstore/repo"
	"taskstore/schema"
)

// A store, a task, and a change that nobody can come in between.
func Example() {
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

	task := &schema.Task{Title: "Write the report", Status: "todo", Tags: []string{"work"}}
	if err := store.Tasks.Save(ctx, task); err != nil {
		log.Fatal(err)
	}
	_, err = store.Tasks.Modify(ctx, task.ID, func(t *schema.Task) error {
		t.Done, t.Status = true, "done"
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	page, err := store.Tasks.List(ctx, repo.Query{Status: []string{"done"}, Tags: []string{"work"}})
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range page.Items {
		fmt.Println(t.Title, t.Status, t.Rev)
	}
	past, err := store.Tasks.History(ctx, task.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(past), "state kept")
	// Output:
	// Write the report done 2
	// 1 state kept
}
