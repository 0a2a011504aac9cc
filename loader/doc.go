// Package loader owns executable memory: it maps, writes, seals and frees it, and never has a page
// writable and executable at once.
//
// It is empty for now; it arrives with the native engine.
package loader
