// Package h2spec runs h2spec, a conformance test of HTTP/2 servers, against the server of package rpc. It has nothing but tests.
package h2spec
