package main

import "strconv"

// Order is order.thrift's struct of that name: ordinary Go types, and tags that give each field its id in Thrift, and its number in
// Protobuf.
type Order struct {
	Number    int64             `frugal:"1,required" protobuf:"1,required" json:"number"`
	Status    Status            `frugal:"2,default,Status" protobuf:"2" json:"status"`
	Customer  *Customer         `frugal:"3,default" protobuf:"3" json:"customer"`
	Items     []*Item           `frugal:"4,default,list<Item>" protobuf:"4" json:"items"`
	Labels    map[string]string `frugal:"5,default" protobuf:"5" json:"labels"`
	Stock     map[int32]int64   `frugal:"6,default" protobuf:"6" json:"stock"`
	Discount  *float64          `frugal:"7,optional" protobuf:"7" json:"discount,omitempty"`
	Shipped   *int64            `frugal:"8,optional" protobuf:"8" json:"shipped,omitempty"`
	Gift      bool              `frugal:"9,default" protobuf:"9" json:"gift"`
	Signature []byte            `frugal:"10,default" protobuf:"10" json:"signature"`
}

// Customer is the person or company that ordered.
type Customer struct {
	Number    int64    `frugal:"1,required" protobuf:"1,required" json:"number"`
	Name      string   `frugal:"2,required" protobuf:"2,required" json:"name"`
	Email     *string  `frugal:"3,optional" protobuf:"3" json:"email,omitempty"`
	Languages []string `frugal:"4,default,set<string>" protobuf:"4" json:"languages"`
}

// Item is one line of an order.
type Item struct {
	Article  string  `frugal:"1,required" protobuf:"1,required" json:"article"`
	Quantity int32   `frugal:"2,default" protobuf:"2" json:"quantity"`
	Price    float64 `frugal:"3,default" protobuf:"3" json:"price"`
	Note     *string `frugal:"4,optional" protobuf:"4" json:"note,omitempty"`
}

// Status is an enum: the tag of its field names it, so it is encoded in 32 bits.
type Status int64

var statusNames = map[Status]string{1: "placed", 2: "paid", 3: "shipped"}

// MarshalText lets JSON print the name.
func (s Status) MarshalText() ([]byte, error) {
	if name, ok := statusNames[s]; ok {
		return []byte(name), nil
	}
	return strconv.AppendInt(nil, int64(s), 10), nil
}
