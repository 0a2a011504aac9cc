package schema

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestHeldMessages: what a tag calls a time, a duration or a value with presence is a message, wherever it is.
func TestHeldMessages(t *testing.T) {
	type celsius float64
	type all struct {
		Time  time.Time                 `protobuf:"bytes,1,opt,name=a,proto3,stdtime"`
		Maybe *time.Time                `protobuf:"2,stdtime"`
		Spans []*time.Duration          `protobuf:"bytes,3,rep,name=c,proto3,stdduration"`
		By    map[string]*time.Duration `protobuf:"4,stdduration"`
		Heat  *celsius                  `protobuf:"5,wktptr"`
		Blob  []byte                    `protobuf:"bytes,6,opt,name=f,proto3,wktptr"`
		Blobs []*[]byte                 `protobuf:"bytes,7,rep,name=g,proto3,wktptr"`
		ByKey map[int32]string          `protobuf:"bytes,8,rep,name=h,proto3,wktptr" protobuf_key:"varint,1,opt" protobuf_val:"bytes,2,opt"`
		Whole *uint32                   `protobuf:"9,wktptr,required"`
	}
	s, err := Protobuf.Of(reflect.TypeFor[all]())
	require.NoError(t, err)
	held := map[string]string{}
	for _, f := range s.Fields {
		of := f.Type
		if of.Elem != nil {
			of = of.Elem
		}
		require.Equal(t, Struct, of.Kind, f.Name)
		require.Equal(t, of.Go.Kind() == reflect.Pointer, of.Pointer, f.Name)
		require.Equal(t, of.Base().Kind(), of.Struct.Go.Kind(), f.Name)
		require.Equal(t, of.Struct.Held.Computed(), len(of.Struct.Fields) == 0, f.Name)
		require.False(t, f.Packed, f.Name)
		held[f.Name] = of.Struct.Name
	}
	require.Equal(t, map[string]string{
		"Time": "Timestamp", "Maybe": "Timestamp", "Spans": "Duration", "By": "Duration", "Heat": "DoubleValue",
		"Blob": "BytesValue", "Blobs": "BytesValue", "ByKey": "StringValue", "Whole": "UInt32Value",
	}, held)
	require.Equal(t, Default, s.Fields[0].Requiredness)
	require.Equal(t, Optional, s.Fields[1].Requiredness)
	require.Equal(t, RequiredField, s.Fields[8].Requiredness)
}
