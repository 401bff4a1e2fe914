package main_test

import _ "taskstore/internal/testdb" // where temporary files of tests are
