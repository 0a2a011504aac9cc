package main

func Example() {
	main()
	// Output:
	// Hello, contract
	// an exception: true
	// Hello, grpc-go
	// a status: Unknown
}
