// Package validate checks values against the rules that vt tags give for their fields.
//
// A type is compiled once, by [Of], into a [Plan]: a tree of what has rules or leads to something that has. A plan is walked with
// pointers, so that scalars are read without reflection, and nothing is allocated where all rules are kept. Words that name rules are rows of one
// table, in words.go, and so are the functions that a rule may call, in functions.go.
//
// The grammar of a tag, in the notation of the Go specification:
//
//	Tag       = Rule { "," Rule } .
//	Rule      = { Place "." } Word [ "=" Operand ] .
//	Place     = "elem" | "key" | "value" .
//	Operand   = Value | "[" Value { "," Value } "]" .
//	Value     = Bare | Quoted | Reference | Call .
//	Bare      = plain { plain } .                      // any bytes but space , = [ ] ( ) ' and no $ or @ first
//	Quoted    = "'" { any_but_quote | "''" } "'" .     // a quote inside is doubled; nothing else is special
//	Reference = "$" name .                             // another field of the same struct
//	Call      = "@" name "(" [ Value { "," Value } ] ")" .
//
// Spaces may stand around commas, brackets, parentheses and "=". docs/validation.md is what users read.
package validate
