package cases

// Twins of specimen types: the same wire fields under thrift tags, with structs by value. They read and
// write the same bytes.

// KeyTwin is the twin of Key.
type KeyTwin struct {
	Number int32   `thrift:"number,1,required"`
	Name   *string `thrift:"name,2"`
}

// PointTwin is the twin of Point.
type PointTwin struct {
	X     float64 `thrift:"x,1,default"`
	Y     float64 `thrift:"y,2,default,double"`
	Label *string `thrift:"label,3"`
}

// ScalarsTwin is the twin of Scalars, its fields in another order.
type ScalarsTwin struct {
	Level  Level   `thrift:"level,9,default,cases.Level"`
	Blob   []byte  `thrift:"blob,8"`
	Text   string  `thrift:"text,7"`
	Real   float64 `thrift:"real,6"`
	Large  int64   `thrift:"large,5"`
	Medium int32   `thrift:"medium,4"`
	Small  int16   `thrift:"small,3"`
	Tiny   int8    `thrift:"tiny,2,default,byte"`
	Flag   bool    `thrift:"flag,1"`
}

// OptionalsTwin is the twin of Optionals, with a pointer to the binary.
type OptionalsTwin struct {
	Flag    *bool            `thrift:"flag,1"`
	Tiny    *int8            `thrift:"tiny,2,optional"`
	Small   *int16           `thrift:"small,3"`
	Medium  *int32           `thrift:"medium,4"`
	Large   *int64           `thrift:"large,5"`
	Real    *float64         `thrift:"real,6"`
	Text    *string          `thrift:"text,7"`
	Blob    *[]byte          `thrift:"blob,8"`
	Level   *Level           `thrift:"level,9,optional,Level"`
	Point   *PointTwin       `thrift:"point,10,optional"`
	Numbers []int32          `thrift:"numbers,11,optional,list<i32>"`
	Words   []string         `thrift:"words,12,optional,set<string>"`
	Counts  map[string]int32 `thrift:"counts,13,optional"`
}

// ListsTwin is the twin of the struct lists in Lists.
type ListsTwin struct {
	Points []PointTwin     `thrift:"points,10,default,list<PointTwin>"`
	Cubes  [][][]PointTwin `thrift:"cubes,12,default,list<list<list<PointTwin>>>"`
}

// MapsTwin is the twin of the struct maps in Maps.
type MapsTwin struct {
	Points   map[*KeyTwin]PointTwin `thrift:"points,10"`
	Numbered map[int32]PointTwin    `thrift:"numbered,14"`
}

// EverythingTwin is the twin of a part of Everything; its other fields are kept unread.
type EverythingTwin struct {
	Scalars   ScalarsTwin   `thrift:"scalars,1"`
	Optionals OptionalsTwin `thrift:"optionals,2"`
	Defaults  Defaults      `thrift:"defaults,4"`
	Lists     ListsTwin     `thrift:"lists,5"`
	Maps      MapsTwin      `thrift:"maps,7"`
	Last      string        `thrift:"last,32767"`
	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}
