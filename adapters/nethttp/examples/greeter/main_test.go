package main

import "log"

func Example() {
	if err := run(nil); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Hello, contract
	// an exception: true
	// 200 {"text":"Hello, curl"}
	// 404 {"error":"nobody is called ","exception":"unknownName","value":{"name":""}}
	// 400 {"error":".name: a number where a string should be","code":7}
}
