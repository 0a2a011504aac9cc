package definition

// A Service is a number of methods under one name.
type Service struct {
	Name        string       `thrift:"name,1"`
	Extends     *Ref         `thrift:"extends,2,optional"`             // a service whose methods this one has, too
	Methods     []*Method    `thrift:"methods,3,default,list<Method>"` // its own, in the order of the file
	Doc         string       `thrift:"doc,4"`
	Annotations []Annotation `thrift:"annotations,5,default,list<Annotation>"`
	At          Position
}

// A Method is one that can be called. Over Protobuf it has one argument, a message, without a name.
type Method struct {
	Name         string       `thrift:"name,1"`
	Oneway       bool         `thrift:"oneway,2"` // there is no reply
	Arguments    []*Field     `thrift:"arguments,3,default,list<Field>"`
	Result       *Type        `thrift:"result,4,optional"` // nil: void
	Throws       []*Field     `thrift:"throws,5,default,list<Field>"`
	ClientStream bool         `thrift:"client_stream,6"` // the argument is a stream
	ServerStream bool         `thrift:"server_stream,7"` // the result is a stream
	Doc          string       `thrift:"doc,8"`
	Annotations  []Annotation `thrift:"annotations,9,default,list<Annotation>"`
	At           Position
}
