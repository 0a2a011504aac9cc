package shapes

import "github.com/tagwire/tagwire/adapters/frugal/compare/shapes/base"

// NewShape returns a Shape with its defaults.
func NewShape() *Shape {
	p := &Shape{}
	p.InitDefault()
	return p
}

// FullShape returns a Shape with a value in each field. Its maps have one entry, so that its encoding has one order.
func FullShape() *Shape {
	user, favourite, number := UserID(1<<40), Level_LOW, int32(-5)
	p := NewShape()
	*p = Shape{
		Type_:     "type",
		User:      &user,
		Level:     Level_MID,
		Favourite: &favourite,
		Numbers:   []int32{3, -1},
		Words:     []string{"", "word"},
		Levels:    []Level{Level_HIGH, Level_LOW},
		Nested:    map[Level][]*Inner{Level_LOW: {{Type_: "a", Count: 7}, {Type_: "b"}}},
		Names:     Names{"x", "y"},
		Blob:      []byte{0, 255},
		Weight:    -0.25,
		Tiny:      -128,
		Shorty:    -32768,
		Sets:      map[int64][]string{-1: {"s", "t"}},
		Matrix:    [][]*Inner{{{Type_: "m"}}, {}},
		Choice:    &Choice{Number: &number},
		Inner:     &Inner{Type_: "i", Count: 8},
		New_:      "new",
		NewShape_: "new shape",
		Blobs:     [][]byte{{1}, {}},
		Child:     NewShape(),
		Failure:   &Failure{Code: 4, Message: "m"},
		Grade:     &favourite,
		Base:      &base.Base{LogID: "id", TrafficEnv: &base.TrafficEnv{Open: true, Env: "e"}, Extra: map[string]string{"k": "v"}},
	}
	return p
}
