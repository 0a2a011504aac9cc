package protobuf_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/tagwire/tagwire"
)

type (
	// around has a map of messages by value, which have others inside, below a message.
	around struct {
		Inner struct {
			By map[int32]elementOfMap `protobuf:"1"`
		} `protobuf:"1"`
	}
	elementOfMap struct {
		Name  string `protobuf:"1"`
		Inner struct {
			Texts []string `protobuf:"1"`
		} `protobuf:"2"`
	}
)

// TestMapsBelowMessages: entries of different sizes, whose copies are in one place, below a message that needs its size.
func TestMapsBelowMessages(t *testing.T) {
	eachEngine(t, func(t *testing.T, options []tagwire.Option) {
		for count := range 20 {
			value := around{}
			value.Inner.By = map[int32]elementOfMap{}
			for i := range count {
				element := elementOfMap{Name: fmt.Sprintf("%*d", 7*i, i)}
				element.Inner.Texts = make([]string, i+1)
				value.Inner.By[int32(i)] = element
			}
			data, err := tagwire.Marshal(&value, options...)
			if err != nil {
				t.Fatal(count, err)
			}
			size, err := tagwire.Size(&value, options...)
			var back around
			if err != nil || size != len(data) || tagwire.Unmarshal(data, &back, options...) != nil || count > 0 && !reflect.DeepEqual(value, back) {
				t.Fatal(count, len(data), size, err, back)
			}
		}
	})
}
