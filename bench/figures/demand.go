package figures

import (
	"fmt"
	"regexp"
	"strconv"
)

// A Demand is the argument of a -check flag: [engine:]direction/peer>=ratio[@regexp].
type Demand struct {
	Text      string
	Engine    string // empty: the best of ours
	Direction string
	Peer      string
	Least     float64
	Cases     *regexp.Regexp // nil: all
}

var demandSyntax = regexp.MustCompile(`^(?:([a-z-]+):)?([a-z-]+)/([a-z-]+)>=([0-9.]+)(?:@(.+))?$`)

// ParseDemand reads a demand. Whether there are such engines, directions and peers is for the caller to say.
func ParseDemand(text string) (Demand, error) {
	parts := demandSyntax.FindStringSubmatch(text)
	if parts == nil {
		return Demand{}, fmt.Errorf("want [engine:]direction/peer>=ratio[@regexp]")
	}
	demand := Demand{Text: text, Engine: parts[1], Direction: parts[2], Peer: parts[3]}
	var err error
	if demand.Least, err = strconv.ParseFloat(parts[4], 64); err != nil {
		return Demand{}, err
	}
	if parts[5] != "" {
		demand.Cases, err = regexp.Compile(parts[5])
	}
	return demand, err
}
