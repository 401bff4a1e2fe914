package main

import (
	"context"
	"errors"
	"fmt"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/schema"
)

var settingKind, _ = repo.KindOf(repo.KindSetting)

// Settings are JSON values under keys. get shows an object with its members, _key and _rev; a value that is no object
// stands in _value. put reads the same.

func (a *app) listSettings(ctx context.Context, store *repo.Store, l *listing, fields []string, limited bool) error {
	if len(l.status)+len(l.tags)+len(l.topics)+len(l.companies)+len(l.contacts) > 0 || l.since+l.until+l.sort+l.after+l.before != "" || l.trash {
		return misuse("storectl list settings shows them all", "list: settings have no states, tags, links, dates, pages or trash")
	}
	all, err := store.Settings.All(ctx)
	if err != nil {
		return err
	}
	shown := all
	if limited && l.limit > 0 {
		shown = all[:min(l.limit, len(all))]
	}
	items := make([]chosen, len(shown))
	for i, s := range shown {
		items[i] = chosen{fields, func(field string) any { return settingValue(field, s) }}
	}
	columns := make([]term.Column, len(fields))
	for i, field := range fields {
		columns[i] = term.Column{Name: field, Fixed: field == "id", Right: field == "rev" || field == "bytes"}
	}
	return a.Print(term.Result{Name: "list", Document: struct {
		Items []chosen `json:"items"`
		Next  string   `json:"next"`
		Total int      `json:"total"`
	}{items, "", len(all)}, Columns: columns, Rows: term.Each(items, chosen.row), Empty: l.nothing(settingKind), Talk: func() {
		if n := len(all) - len(shown); n > 0 {
			a.Say("%s not shown; --limit 0 shows all", counted(n, "setting"))
		}
	}})
}

// settingFields are the columns that a list of settings can show.
var settingFields = []string{"id", "rev", "updated", "bytes"}

func settingValue(field string, s schema.Setting) any {
	switch field {
	case "id":
		return s.Key
	case "rev":
		return s.Rev
	case "updated":
		return term.Stamp(s.SavedAt)
	}
	return term.Size(len(s.Value))
}

func (a *app) getSetting(ctx context.Context, store *repo.Store, key string, raw bool) error {
	s, err := store.Settings.Get(ctx, key)
	if err != nil {
		return notFound(err, settingKind, key)
	}
	if raw {
		_, err := term.StreamOf(a.Stdout).Write([]byte(s.Value + "\n"))
		return err
	}
	text := []byte(s.Value)
	own := []ownMember{{"_key", s.Key}, {"_rev", s.Rev}}
	if len(text) == 0 || text[0] != '{' {
		own = append([]ownMember{{"_value", rawJSON(s.Value)}}, own...)
		text = []byte("{}")
	}
	return a.PrintJSON(withMembers(text, own))
}

func (a *app) deleteSettings(ctx context.Context, keys []string, dryRun bool) (err error) {
	return a.withStore(ctx, writing(dryRun, false), func(store *repo.Store) error {
		if keys, err = wholeIDs(ctx, store, settingKind, keys); err != nil {
			return err
		}
		for _, key := range keys {
			if _, err := store.Settings.Get(ctx, key); err != nil {
				return notFound(err, settingKind, key)
			}
		}
		if !dryRun {
			if err := store.Settings.Delete(ctx, keys...); err != nil {
				return err
			}
		}
		return a.printChange("delete", wouldBe("deleted", dryRun), settingKind, keys, dryRun, nil)
	})
}

// putSetting stores a setting as get shows it.
func (p *put) putSetting(ctx context.Context) (saved, error) {
	key, _ := p.own["_key"].(string)
	if key == "" {
		return saved{}, misuse(`add "_key", the key of the setting, as get shows it`, "put setting: the JSON does not say which setting it is")
	}
	if _, ok := schema.ReadText(p.ownText["_key"]); !ok {
		return saved{}, fmt.Errorf("put: %w", &schema.InvalidError{Kind: "setting", Field: "_key",
			Problem: string(p.ownText["_key"]) + " holds U+0000, half of a surrogate pair or bytes that are not UTF-8; remove them"})
	}
	if p.mustBe != "" && key != p.mustBe {
		return saved{}, misuse(`leave "_key" as it was`, "put setting: the key is %q, and was %q", key, p.mustBe)
	}
	value := schema.JSON(p.text)
	if text, ok := p.ownText["_value"]; ok {
		value = schema.JSON(text)
	}
	setting := schema.Setting{Key: key, Value: value}
	old, err := p.repos.Settings.Get(ctx, key)
	created := errors.Is(err, repo.ErrNotFound)
	if err != nil && !created {
		return saved{}, err
	}
	if err := p.checkRev("setting", key, old.Rev); err != nil {
		return saved{}, err
	}
	if !created {
		setting.Rev = old.Rev
		if err := p.confirmLess(ctx, "setting", key, []byte(`{"value":`+string(old.Value)+`}`), []byte(`{"value":`+string(value)+`}`)); err != nil {
			return saved{}, err
		}
	}
	if !p.dryRun {
		err = p.repos.Settings.Save(ctx, &setting)
		if created && errors.Is(err, repo.ErrExists) {
			err = fmt.Errorf("%w: %w", repo.ErrConflict, err)
		}
	} else {
		err = nil
	}
	return saved{Kind: "settings", ID: key, Rev: setting.Rev, Created: created, Changed: setting.Rev != old.Rev}, err
}
