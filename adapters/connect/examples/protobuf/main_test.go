package main

func Example() {
	main()
	// Output:
	// contract by v1 map[seen:yes]
	// an exception: true there is no crate without a name
	// contract by v2 map[seen:yes]
	// generated code map[seen:yes] [1 2]
	// contract by v1 map[seen:yes]
	// an exception: true there is no crate without a name
	// contract by v2 map[seen:yes]
	// generated code map[seen:yes] [1 2]
	// through google.golang.org/protobuf: false true
}
