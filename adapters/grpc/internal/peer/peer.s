// The compiler allows functions without a body in packages with a file like this one.
