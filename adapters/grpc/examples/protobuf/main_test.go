package main

func Example() {
	main()
	// Output:
	// pen map[seen:yes]
	// an exception: true there is no item without a name
	// ink map[seen:yes] [1 2]
	// a detail: true
	// SERVING
	// through google.golang.org/protobuf: false true
}
