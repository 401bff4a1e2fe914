-- +goose Up
CREATE TABLE legacy_files ( -- the files of an imported source, as its report lists them
    run_pk INTEGER NOT NULL REFERENCES legacy_runs (pk) ON DELETE CASCADE, -- the run
    part INTEGER NOT NULL,                           -- number of the part, from 0, in the order of the paths
    files TEXT NOT NULL,                             -- JSON: at most 1000 files
    PRIMARY KEY (run_pk, part)
) STRICT;
