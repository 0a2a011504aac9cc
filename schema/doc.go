// Package schema reads struct tags and Go types into a plan that every engine follows: which fields, under
// which ids, of which kinds, where in memory.
//
// It knows no wire format, but languages of tags: each has a file of its own, language_<name>.go, and a struct type has a plan in
// each. Of and the files without such a name are what they share, and the Thrift language's grammar and mapping.
package schema
