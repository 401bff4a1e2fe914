-- +goose Up
ALTER TABLE revisions ADD COLUMN sum INTEGER /* checksum of the row; NULL: written by another tool, or before there were any, until it is sealed */;
CREATE INDEX revisions_unsealed ON revisions (pk) WHERE sum IS NULL;
