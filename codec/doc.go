// Package codec has what both engines obey, so that their results are the same: errors and their paths, limits, the order of
// map keys, how lists grow, and how memory for values is allocated. It knows no wire format and no plan of a type.
package codec
