//go:build race

package effort

// RaceDetector reports that the race detector watches.
const RaceDetector = true
