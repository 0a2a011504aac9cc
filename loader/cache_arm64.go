package loader

// synchroniseCaches makes instruction fetches from [start, end) see what was stored there.
func synchroniseCaches(start, end uintptr)
