package descriptor

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

type (
	order struct {
		ID       string            `protobuf:"1"`
		Lines    []line            `protobuf:"2"`
		Labels   map[string]string `protobuf:"3"`
		Note     *string           `protobuf:"4"`
		Blob     []byte            `protobuf:"5,optional"`
		Created  time.Time         `protobuf:"6,stdtime"`
		Limit    *time.Duration    `protobuf:"7,stdduration"`
		Seats    *int32            `protobuf:"8,wktptr"`
		Parent   *order            `protobuf:"9"`
		Card     *string           `protobuf:"10,oneof=payment"`
		Between  uint64            `protobuf:"11,fixed"`
		Cash     *int64            `protobuf:"12,oneof=payment,zigzag"`
		Level    level             `protobuf:"13"`
		Levels   []level           `protobuf:"14"`
		By       map[int64]level   `protobuf:"15,key=zigzag"`
		Points   []int32           `protobuf:"16,zigzag"`
		Unpacked []float64         `protobuf:"17,unpacked"`
		Raw      string            `protobuf:"18,bytes"`
		HTTPAddr string            `protobuf:"19"`
		UserIDs  []uint32          `protobuf:"20"`
		Place    struct {
			X, y int32   `protobuf:"-"`
			Z    float32 `protobuf:"1"`
		} `protobuf:"21"`
		Notes map[string]struct {
			Text string `protobuf:"1"`
		} `protobuf:"22"`
		Box    box[line]                  `protobuf:"23"`
		Pair   pair[int, map[string]line] `protobuf:"24"`
		Day    time.Weekday               `protobuf:"25"`
		Count  count                      `protobuf:"26"`
		Untold string
	}
	line struct {
		Name  string `protobuf:"bytes,1,opt,name=name,json=label,proto3"`
		Price int64  `protobuf:"varint,7,opt,name=unit_price,json=unitPrice,proto3"`
	}
	box[T any] struct {
		Inner *T `protobuf:"1"`
	}
	pair[A, B any] struct {
		First A `protobuf:"1"`
	}
	level int32
	count int32
)

func (l level) String() string {
	return map[level]string{1: "LOW", 5: "HIGH", -2: "BELOW"}[l]
}

func (c count) String() string { return fmt.Sprintf("count(%d)", int32(c)) }

// TestMessages: what tags say, as a .proto file says it.
func TestMessages(t *testing.T) {
	s := Build([]Service{{Name: "shop.v1.Store", Methods: []Method{
		{Name: "Watch", Request: reflect.TypeFor[struct{}](), Reply: reflect.TypeFor[*order](), ServerStreams: true},
		{Name: "Get", Request: reflect.TypeFor[*line](), Reply: reflect.TypeFor[order](), ClientStreams: true},
	}}})
	if err := s.Fault("shop.v1.Store"); err != nil {
		t.Fatal(err)
	}
	checkText(t, s)
	expect(t, printed(t, s, "shop.v1.Store", "tagwire/shop.v1.proto"), `
// tagwire/shop.v1.proto
syntax = "proto3";
package shop.v1;
import "google/protobuf/duration.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
service Store {
  rpc Get(stream .shop.v1.line) returns (.shop.v1.order);
  rpc Watch(.shop.v1.WatchRequest) returns (stream .shop.v1.order);
}
message line {
  string name = 1 [json_name = label];
  int64 unit_price = 7;
}
message order {
  string id = 1;
  repeated .shop.v1.line lines = 2;
  repeated .shop.v1.order.LabelsEntry labels = 3;
  oneof:_note optional string note = 4;
  oneof:_blob optional bytes blob = 5;
  .google.protobuf.Timestamp created = 6;
  .google.protobuf.Duration limit = 7;
  .google.protobuf.Int32Value seats = 8;
  .shop.v1.order parent = 9;
  oneof:payment string card = 10;
  oneof:payment sint64 cash = 12;
  fixed64 between = 11;
  .shop.v1.level level = 13;
  repeated .shop.v1.level levels = 14;
  repeated .shop.v1.order.ByEntry by = 15;
  repeated sint32 points = 16;
  repeated double unpacked = 17 [packed = false];
  bytes raw = 18;
  string http_addr = 19;
  repeated uint32 user_ids = 20;
  .shop.v1.order.Place place = 21;
  repeated .shop.v1.order.NotesEntry notes = 22;
  .shop.v1.box_line box = 23;
  .shop.v1.pair_int_map_string_line pair = 24;
  .shop.v1.Weekday day = 25;
  int32 count = 26;
  message LabelsEntry { // entry
    string key = 1;
    string value = 2;
  }
  message ByEntry { // entry
    sint64 key = 1;
    .shop.v1.level value = 2;
  }
  message Place {
    float z = 1;
  }
  message Notes {
    string text = 1;
  }
  message NotesEntry { // entry
    string key = 1;
    .shop.v1.order.Notes value = 2;
  }
}
message WatchRequest {
}
message box_line {
  .shop.v1.line inner = 1;
}
message pair_int_map_string_line {
  int64 first = 1;
}
enum level {
  LEVEL_UNSPECIFIED = 0;
  LOW = 1;
  HIGH = 5;
  BELOW = -2;
}
enum Weekday {
  Sunday = 0;
  Monday = 1;
  Tuesday = 2;
  Wednesday = 3;
  Thursday = 4;
  Friday = 5;
  Saturday = 6;
}`)
}

// What proto3 does not have.
type (
	strict struct {
		Name   string           `protobuf:"1,required"`
		Number int32            `protobuf:"2"`
		List   []int32          `protobuf:"3"`
		Loose  []int32          `protobuf:"4,unpacked"`
		Maybe  *bool            `protobuf:"5"`
		Day    time.Weekday     `protobuf:"6"`
		Inner  *strict          `protobuf:"7"`
		By     map[string]level `protobuf:"8"`
		A      *string          `protobuf:"9,oneof=choice"`
	}
	copied struct {
		Text   *string         `protobuf:"bytes,1,opt,name=text,def=a,\"b\""`
		Flag   *bool           `protobuf:"varint,2,opt,name=flag,def=1"`
		Number *int32          `protobuf:"zigzag32,3,opt,name=number,def=-5"`
		Wrong  *uint32         `protobuf:"varint,4,opt,name=wrong,def=-5"`
		Real   *float64        `protobuf:"fixed64,5,opt,name=real,def=inf"`
		Blob   []byte          `protobuf:"bytes,6,opt,name=blob,def=\x01'"`
		Part   *copiedPart     `protobuf:"group,7,opt,name=Part,json=part"`
		Parts  []*copiedPart   `protobuf:"group,8,rep,name=Parts,json=parts"`
		Always int64           `protobuf:"varint,9,opt,name=always"`
		Packed []int32         `protobuf:"varint,10,rep,packed,name=packed"`
		Level  *level          `protobuf:"varint,11,opt,name=level,enum=shop.Grade,def=1"`
		Must   *string         `protobuf:"bytes,12,req,name=must"`
		Long   map[int32]int64 `protobuf:"bytes,13,rep,name=long" protobuf_key:"fixed32,1,opt,name=key" protobuf_val:"zigzag64,2,opt,name=value"`
	}
	copiedPart struct {
		Number *int32  `protobuf:"varint,1,opt,name=number"`
		Whole  *copied `protobuf:"bytes,2,opt,name=whole"`
	}
)

// TestProto2: required fields, defaults and groups.
func TestProto2(t *testing.T) {
	s := Build([]Service{{Name: "Strict", Methods: []Method{{Name: "Get", Request: reflect.TypeFor[strict](), Reply: reflect.TypeFor[copied]()}}}})
	if err := s.Fault("Strict"); err != nil {
		t.Fatal(err)
	}
	checkText(t, s)
	expect(t, printed(t, s, "Strict", "tagwire/unnamed.proto", "tagwire/unnamed.enums.proto"), `
// tagwire/unnamed.proto
syntax = "proto2";
import "tagwire/unnamed.enums.proto";
service Strict {
  rpc Get(.strict) returns (.copied);
}
message strict {
  required string name = 1;
  optional int32 number = 2;
  repeated int32 list = 3 [packed = true];
  repeated int32 loose = 4;
  optional bool maybe = 5;
  optional .Weekday day = 6;
  optional .strict inner = 7;
  repeated .strict.ByEntry by = 8;
  oneof:choice optional string a = 9;
  message ByEntry { // entry
    optional string key = 1;
    optional .level value = 2;
  }
}
message copied {
  optional string text = 1 [default = a,"b"];
  optional bool flag = 2 [default = true];
  optional sint32 number = 3 [default = -5];
  optional uint32 wrong = 4;
  optional double real = 5 [default = inf];
  optional bytes blob = 6 [default = \001\'];
  optional group .copied.Part part = 7;
  repeated group .copied.Parts parts = 8;
  optional int64 always = 9;
  repeated int32 packed = 10 [packed = true];
  optional .level level = 11;
  required string must = 12;
  repeated .copied.LongEntry long = 13;
  message Part {
    optional int32 number = 1;
    optional .copied whole = 2;
  }
  message Parts {
    optional int32 number = 1;
    optional .copied whole = 2;
  }
  message LongEntry { // entry
    optional sfixed32 key = 1;
    optional sint64 value = 2;
  }
}
// tagwire/unnamed.enums.proto
syntax = "proto3";
enum Weekday {
  Sunday = 0;
  Monday = 1;
  Tuesday = 2;
  Wednesday = 3;
  Thursday = 4;
  Friday = 5;
  Saturday = 6;
}
enum level {
  LEVEL_UNSPECIFIED = 0;
  LOW = 1;
  HIGH = 5;
  BELOW = -2;
}`)
}

// expect compares texts, and names the line in which they differ.
func expect(t *testing.T, got, want string) {
	t.Helper()
	if got = strings.TrimSpace(got); got == strings.TrimSpace(want) {
		return
	}
	lines := strings.Split(strings.TrimSpace(want), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(lines) || lines[i] != line {
			t.Fatalf("line %d is %q, in\n%s", i+1, line, got)
		}
	}
	t.Fatalf("there are too few lines:\n%s", got)
}
