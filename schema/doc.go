// Package schema reads struct tags and Go types into a plan that every engine follows: which fields, under
// which ids, of which kinds, where in memory.
//
// It knows no wire format.
package schema
