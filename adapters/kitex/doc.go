// Package kitex has the tests of the adapters in Kitex: servers and clients over loopback, and peers that have no part of Kitex.
package kitex
