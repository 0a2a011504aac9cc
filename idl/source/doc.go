// Package source is what parsers of definitions have in common: where they find files, and how they report what is wrong with them.
package source
