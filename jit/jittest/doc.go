// Package jittest is what the tests of the native engine share: types and values, what the plain codec makes of them, and
// controls, functions that break a rule of the contract in a process of their own. It is for tests.
package jittest
