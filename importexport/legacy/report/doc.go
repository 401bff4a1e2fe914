// Package report is what an import, a scan or a verification says to a person and to programs:
// the data of `legacy import --json`, and its text. It reads no stage and no store; others fill it in.
package report
