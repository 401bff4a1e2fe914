package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/schema"
)

// mostCandidates is how many records are shown whose ids begin alike.
const mostCandidates = 10

// idOf is the id that a person means: what was typed, or else the only id that begins with it. Where none does it is
// what was typed, and the command says what it does not find.
func idOf(ctx context.Context, store *repo.Store, k repo.Kind, typed string) (string, error) {
	list, err := beginningWith(ctx, store, k, typed)
	switch {
	case err != nil:
		return "", err
	case len(list) == 0 || list[0].ID == typed:
		return typed, nil
	case onceThere(ctx, store, k, typed):
		return typed, nil
	case len(list) == 1:
		return list[0].ID, nil
	}
	return "", &term.Failure{Kind: "ambiguous", Exit: exitMisused, Message: fmt.Sprintf("%q begins the ids of several %s", typed, k.Plural),
		Hint: "type more of it: " + candidateText(list), More: map[string]any{"candidates": candidateIDs(list)}}
}

// onceThere tells of an id that no record has that it was one's: what is known of that is not taken for another's.
func onceThere(ctx context.Context, store *repo.Store, k repo.Kind, id string) bool {
	_, err := k.In(&store.Repos).Changes(ctx, id)
	var purged *repo.PurgedError
	return err == nil || errors.As(err, &purged)
}

// wholeIDs are the ids that a person means: see idOf.
func wholeIDs(ctx context.Context, store *repo.Store, k repo.Kind, typed []string) (ids []string, err error) {
	for _, one := range typed {
		id, err := idOf(ctx, store, k, one)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// refOf is idOf for KIND/ID.
func refOf(ctx context.Context, store *repo.Store, ref repo.Ref) (repo.Ref, error) {
	k, err := parseKind(ref.Kind)
	if err == nil {
		ref.ID, err = idOf(ctx, store, k, ref.ID)
	}
	return ref, err
}

// meantWhole says which records may be meant where an id that there is not begins theirs. What cannot be undone takes
// whole ids only.
func meantWhole(ctx context.Context, store *repo.Store, k repo.Kind, ids []string) error {
	for _, id := range ids {
		list, err := beginningWith(ctx, store, k, id)
		if err != nil {
			return err
		}
		if len(list) > 0 && list[0].ID != id {
			return &term.Failure{Kind: "not_found", Exit: exitFailed, Message: fmt.Sprintf("there is no %s %q", k.Name, id),
				Hint: "this cannot be undone, and wants whole ids: " + candidateText(list), More: map[string]any{"candidates": candidateIDs(list)}}
		}
	}
	return nil
}

// beginningWith gives the records whose ids begin with what was typed, one that is the id itself first.
func beginningWith(ctx context.Context, store *repo.Store, k repo.Kind, typed string) ([]schema.Brief, error) {
	if utf8.RuneCountInString(typed) < repo.LeastPrefix {
		return nil, nil
	}
	return k.In(&store.Repos).WithPrefix(ctx, typed, mostCandidates+1)
}

func candidateIDs(list []schema.Brief) []string {
	ids := []string{}
	for _, b := range list[:min(len(list), mostCandidates)] {
		ids = append(ids, b.ID)
	}
	return ids
}

// candidateText names records for a hint.
func candidateText(list []schema.Brief) string {
	names := candidateIDs(list)
	for i := range names {
		if title := term.Cut(term.Visible(list[i].Title), 30); title != "" {
			names[i] += " (" + title + ")"
		}
	}
	if len(list) > mostCandidates {
		names = append(names, "and more")
	}
	return strings.Join(names, ", ")
}
