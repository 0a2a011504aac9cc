// Package shapes has structs as thriftgo and Kitex's tool generate them, written by hand: with the methods that could mislead a codec,
// both tags, aliases for typedefs, integers for enums, slices for sets, and names with an underscore where a keyword or a method is in
// the way.
package shapes

import (
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/tagwire/tagwire/adapters/frugal/compare/shapes/base"
)

// Level is an enum: an i32 on the wire.
type Level int64

// Values of the enum, one of them negative.
const (
	Level_LOW  Level = -1
	Level_MID  Level = 0
	Level_HIGH Level = 9
)

func (p Level) String() string { return fmt.Sprintf("Level(%d)", int64(p)) }

// Scan makes a Level a column of a database.
func (p *Level) Scan(value any) error {
	var result sql.NullInt64
	err := result.Scan(value)
	*p = Level(result.Int64)
	return err
}

// Value makes a Level a column of a database.
func (p *Level) Value() (driver.Value, error) {
	if p == nil {
		return nil, nil
	}
	return int64(*p), nil
}

// Typedefs are aliases.
type (
	UserID = int64
	Names  = []string
	Grade  = Level
)

// Inner has an optional field with a default, which is no pointer.
type Inner struct {
	Type_ string `thrift:"type,1,required" frugal:"1,required,string" json:"type"`
	Count int32  `thrift:"count,2,optional" frugal:"2,optional,i32" json:"count,omitempty"`
}

// InitDefault sets the defaults.
func (p *Inner) InitDefault() { p.Count = 7 }

// Choice is a union.
type Choice struct {
	Number *int32  `thrift:"number,1,optional" frugal:"1,optional,i32" json:"number,omitempty"`
	Text   *string `thrift:"text,2,optional" frugal:"2,optional,string" json:"text,omitempty"`
}

// CountSetFieldsChoice returns how many members are set.
func (p *Choice) CountSetFieldsChoice() int {
	count := 0
	if p.Number != nil {
		count++
	}
	if p.Text != nil {
		count++
	}
	return count
}

// Failure is an exception.
type Failure struct {
	Code    int32  `thrift:"code,1,required" frugal:"1,required,i32" json:"code"`
	Message string `thrift:"message,2" frugal:"2,default,string" json:"message"`
}

func (p *Failure) Error() string { return fmt.Sprintf("Failure(%+v)", *p) }

// Shape has a field of each kind.
type Shape struct {
	Type_     string             `thrift:"type,1,required" frugal:"1,required,string" json:"type"`
	User      *UserID            `thrift:"user,2,optional" frugal:"2,optional,i64" json:"user,omitempty"`
	Level     Level              `thrift:"level,3" frugal:"3,default,Level" json:"level"`
	Favourite *Level             `thrift:"favourite,4,optional" frugal:"4,optional,Level" json:"favourite,omitempty"`
	Numbers   []int32            `thrift:"numbers,5" frugal:"5,default,set<i32>" json:"numbers"`
	Words     []string           `thrift:"words,6" frugal:"6,default,set<string>" json:"words"`
	Levels    []Level            `thrift:"levels,7" frugal:"7,default,list<Level>" json:"levels"`
	Nested    map[Level][]*Inner `thrift:"nested,8" frugal:"8,default,map<Level:list<Inner>>" json:"nested"`
	Names     Names              `thrift:"names,9" frugal:"9,default,list<string>" json:"names"`
	Blob      []byte             `thrift:"blob,10,optional" frugal:"10,optional,binary" json:"blob,omitempty"`
	Flag      bool               `thrift:"flag,11,optional" frugal:"11,optional,bool" json:"flag,omitempty"`
	Weight    float64            `thrift:"weight,12" frugal:"12,default,double" json:"weight"`
	Tiny      int8               `thrift:"tiny,13" frugal:"13,default,i8" json:"tiny"`
	Shorty    int16              `thrift:"shorty,14" frugal:"14,default,i16" json:"shorty"`
	Sets      map[int64][]string `thrift:"sets,15" frugal:"15,default,map<i64:set<string>>" json:"sets"`
	Matrix    [][]*Inner         `thrift:"matrix,16" frugal:"16,default,list<list<Inner>>" json:"matrix"`
	Choice    *Choice            `thrift:"choice,17,optional" frugal:"17,optional,Choice" json:"choice,omitempty"`
	Inner     *Inner             `thrift:"inner,18,optional" frugal:"18,optional,Inner" json:"inner,omitempty"`
	New_      string             `thrift:"New,19" frugal:"19,default,string" json:"New"`
	NewShape_ string             `thrift:"NewShape,20" frugal:"20,default,string" json:"NewShape"`
	Blobs     [][]byte           `thrift:"blobs,21" frugal:"21,default,list<binary>" json:"blobs"`
	Child     *Shape             `thrift:"child,22,optional" frugal:"22,optional,Shape" json:"child,omitempty"`
	Failure   *Failure           `thrift:"failure,23,optional" frugal:"23,optional,Failure" json:"failure,omitempty"`
	Grade     *Grade             `thrift:"grade,24,optional" frugal:"24,optional,Level" json:"grade,omitempty"`
	Base      *base.Base         `thrift:"Base,255,optional" frugal:"255,optional,base.Base" json:"Base,omitempty"`

	_unknownFields []byte
}

// InitDefault sets the defaults.
func (p *Shape) InitDefault() {
	p.Level = Level_HIGH
	p.Flag = true
	p.Weight = 1.5
}

// GetOrSetUser returns the field, which it sets if it is not.
func (p *Shape) GetOrSetUser() *UserID {
	if p.User == nil {
		p.User = new(UserID)
	}
	return p.User
}

// CarryingUnknownFields reports whether a message had fields that the struct does not know.
func (p *Shape) CarryingUnknownFields() bool { return len(p._unknownFields) > 0 }

// Holder has a union that is not optional.
type Holder struct {
	Choice *Choice `thrift:"choice,1" frugal:"1,default,Choice" json:"choice"`
}

// Slim is a struct of the slim template: fields and an InitDefault.
type Slim struct {
	Type_ string           `thrift:"type,1,required" frugal:"1,required,string" json:"type"`
	Level *Level           `thrift:"level,4,optional" frugal:"4,optional,Level" json:"level,omitempty"`
	Sets  map[int64][]bool `frugal:"30,default,map<i64:set<bool>>" json:"sets"`
}

// InitDefault is empty where no field has a default.
func (p *Slim) InitDefault() {}
