// Package rawjson reads JSON text as it was found: in pieces, whatever its size, with damage,
// wrappers and compression around it. Its scanner splits a text into values and goes on behind
// what is out of place; layers take off what stands around a value (strings, gzip, the
// application's wrappers); values are compared and hashed so that only equality as JSON counts.
// It promises that a value is given as it is written, and that what was passed over or repaired is
// in the notes of the text. It knows no records and no files.
package rawjson
