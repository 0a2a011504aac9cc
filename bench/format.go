package main

import (
	"slices"

	"github.com/tagwire/tagwire"
)

// A format is a wire format that the command measures.
type format struct {
	name     string // as in -format
	wire     tagwire.Format
	peers    []string // the columns of the table
	others   []string // engines that have no column
	controls []control
}

// A control is a ratio between two peers that must be reached before checks mean anything.
type control struct {
	caseName     string
	direction    direction
	engine, peer string
	least        float64
}

// formats are all, the default first.
var formats = []*format{binaryFormat, compactFormat, protobufFormat}

// binaryFormat's control: fastcodec is the bar that all is judged by, so it must itself stand as high as the code of a generator
// does.
var binaryFormat = &format{
	name:   "binary",
	wire:   tagwire.ThriftBinary,
	peers:  []string{peerApache, peerFastCodec, peerSegmentio},
	others: []string{byHand},
	controls: []control{
		{"small", encode, peerFastCodec, peerApache, 5},
		{"medium", encode, peerFastCodec, peerApache, 2.4},
		{"large", encode, peerFastCodec, peerApache, 2.2},
		{"small", decode, peerFastCodec, peerApache, 1.7},
		{"medium", decode, peerFastCodec, peerApache, 1.3},
		{"large", decode, peerFastCodec, peerApache, 1.3},
	},
}

// compactFormat's control: Apache is the bar, so its Compact must stand near its Binary, which fastcodec is the control of.
var compactFormat = &format{
	name:   "compact",
	wire:   tagwire.ThriftCompact,
	peers:  []string{peerApache, ownBinary, ownBinaryReflect},
	others: []string{peerApacheBinary, byHand},
	controls: []control{
		{"small", encode, peerApache, peerApacheBinary, 0.5},
		{"medium", encode, peerApache, peerApacheBinary, 0.5},
		{"large", encode, peerApache, peerApacheBinary, 0.5},
		{"small", decode, peerApache, peerApacheBinary, 0.4},
		{"medium", decode, peerApache, peerApacheBinary, 0.4},
		{"large", decode, peerApache, peerApacheBinary, 0.4},
	},
}

// protobufFormat's control: vtprotobuf is the bar, so it must stand above the library that it generates code for.
var protobufFormat = &format{
	name:  "protobuf",
	wire:  tagwire.Protobuf,
	peers: []string{peerProtobufGo, peerVTProtobuf, peerGogo, peerHyperpb},
	controls: []control{
		{"small", encode, peerVTProtobuf, peerProtobufGo, 3},
		{"medium", encode, peerVTProtobuf, peerProtobufGo, 3},
		{"large", encode, peerVTProtobuf, peerProtobufGo, 3},
		{"small", decode, peerVTProtobuf, peerProtobufGo, 1.3},
		{"medium", decode, peerVTProtobuf, peerProtobufGo, 1.2},
		{"large", decode, peerVTProtobuf, peerProtobufGo, 1.2},
	},
}

// definitions are the cases of the format.
func (f *format) definitions() []definition {
	if f == protobufFormat {
		return protobufDefinitions
	}
	return slices.DeleteFunc(slices.Clone(thriftDefinitions), func(d definition) bool { return d.only != nil && d.only != f })
}

func (f *format) engineNames() []string { return slices.Concat(ownNames, f.peers, f.others) }

// isControl reports whether the control needs a measurement.
func (f *format) isControl(caseName, engineName string, d direction) bool {
	return slices.ContainsFunc(f.controls, func(c control) bool {
		return c.caseName == caseName && c.direction == d && (c.engine == engineName || c.peer == engineName)
	})
}
