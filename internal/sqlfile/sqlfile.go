// Package sqlfile opens a SQLite file with database/sql and reads what a query gives.
// Its one idea is that a path may hold anything: the DSN is made here and nowhere else.
// It promises one connection, and knows no table; transactions, locks and what errors
// mean are for its callers, and a store that is in use is for package sqlitedb.
package sqlfile

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// DSN is the data source name of a file: a URI with its parameters, so that the path may
// hold '?', '#', '%' and spaces, and mode= is obeyed.
func DSN(name, query string) (string, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	slashed := filepath.ToSlash(abs)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive letter
	}
	query += "&_error_rc=1" // an error tells of what failed, not of what the connection did last
	return (&url.URL{Scheme: "file", Path: slashed, RawQuery: strings.TrimPrefix(query, "&")}).String(), nil
}

var fullWords = regexp.MustCompile(`database or disk is full(: [a-z ]+)? \(\d+\)`)

// Full gives the text of an error with plain words for SQLite's about a full disk; false where those are not in it.
func Full(text string) (plain string, ok bool) {
	return fullWords.ReplaceAllString(text, "disk is full"), fullWords.MatchString(text)
}

// Open makes a pool of one connection to a file. Nothing is opened yet.
func Open(name, query string) (*sql.DB, error) {
	dsn, err := DSN(name, query)
	if err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", dsn)
	if err == nil {
		pool.SetMaxOpenConns(1)
	}
	return pool, err
}

// Querier is what a pool, a connection and a transaction have in common.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// All reads the rows of a query; fields says where the columns of one go.
func All[T any](ctx context.Context, q Querier, fields func(*T) []any, query string, args ...any) (list []T, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one T
		if err := rows.Scan(fields(&one)...); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// Column reads the only column of a query.
func Column(ctx context.Context, q Querier, query string, args ...any) ([]string, error) {
	return All(ctx, q, func(s *string) []any { return []any{s} }, query, args...)
}
