//go:build race

package island

const raceDetector = true
