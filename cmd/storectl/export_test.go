package main

// Run is for tests that are outside of the package, because they need stores of package testdb.
var Run = run

// WholeStore is for them, too.
var WholeStore = wholeStore
