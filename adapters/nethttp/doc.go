// Package nethttp serves contracts of package rpc as JSON over net/http, and calls them: POST /Service/Method, with the request as
// body. It is for curl, browsers and development.
//
// A struct is an object with the names of its tags: the name in a thrift tag, and else that of the field in Go. Numbers are numbers,
// enums and int64 too; a []byte is a string in base64, lists and sets are arrays, and maps are objects. What has no value is absent
// or null.
package nethttp
