package codec

// ListLength returns how long a list that is to have count elements is made while it may have no more than most, at least 1: as
// long as it may, of the lengths that come from halving count. If most doubles, one such length follows the other, and the last
// is count; so all of them together take twice what the list takes. With lengths that double from where they happen to begin the
// last two can be almost the same, and all together take three times as much.
func ListLength[N int | uintptr](count, most N) N {
	for count > most {
		count -= count / 2
	}
	return count
}
