package main

func Example() {
	main()
	// Output:
	// Hello, Kitex
	// encoded by Tagwire: true
}
