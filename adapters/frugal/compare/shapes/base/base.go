// Package base is the file that the shapes include.
package base

// TrafficEnv is a struct of an included file's struct.
type TrafficEnv struct {
	Open bool   `thrift:"Open,1" frugal:"1,default,bool" json:"Open"`
	Env  string `thrift:"Env,2" frugal:"2,default,string" json:"Env"`
}

// InitDefault is empty where no field has a default.
func (p *TrafficEnv) InitDefault() {}

// Base has an optional map and an optional struct.
type Base struct {
	LogID      string            `thrift:"LogID,1" frugal:"1,default,string" json:"LogID"`
	TrafficEnv *TrafficEnv       `thrift:"TrafficEnv,5,optional" frugal:"5,optional,TrafficEnv" json:"TrafficEnv,omitempty"`
	Extra      map[string]string `thrift:"Extra,6,optional" frugal:"6,optional,map<string:string>" json:"Extra,omitempty"`
}

// InitDefault sets the defaults.
func (p *Base) InitDefault() { p.LogID = "none" }
