package main

func Example() {
	main()
	// Output:
	// Hello, Apache
	// true I do not know you
}
