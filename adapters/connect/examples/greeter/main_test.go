package main

func Example() {
	main()
	// Output:
	// Hello, contract by v1
	// an exception: true
	// Hello, contract by v2
	// Hello, connect-go
	// a code: unknown
	// Hello, contract by v1
	// an exception: true
	// Hello, contract by v2
	// Hello, connect-go
	// a code: unknown
}
