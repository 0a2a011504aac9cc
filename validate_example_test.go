package tagwire_test

import (
	"errors"
	"fmt"

	"github.com/tagwire/tagwire"
)

// Booking is a struct with rules.
type Booking struct {
	Guest  string           `thrift:"guest,1" vt:"min_rune_size=1,max_rune_size=40"`
	Room   int32            `thrift:"room,2" vt:"gt=0,le=$floors_times_ten"`
	Limit  int32            `thrift:"floors_times_ten,3"`
	Mail   *string          `thrift:"mail,4,optional" vt:"pattern='^[^@]+@[^@]+$'"`
	Extras []string         `thrift:"extras,5,default,list<string>" vt:"max_size=3,unique,elem.in=[breakfast,parking]"`
	Prices map[string]int64 `thrift:"prices,6" vt:"key.min_size=3,value.ge=0"`
}

func ExampleValidate() {
	mail := "nowhere"
	err := tagwire.Validate(&Booking{Guest: "Ada", Room: 12, Limit: 50, Mail: &mail})
	fmt.Println(err)

	var violation *tagwire.ValidationError
	if errors.As(err, &violation) {
		fmt.Println(violation.Path, violation.Value)
	}
	// Output:
	// tagwire: mail is "nowhere" and breaks the rule pattern='^[^@]+@[^@]+$'
	// mail nowhere
}

func ExampleValidateAll() {
	violations, err := tagwire.ValidateAll(&Booking{
		Room: 60, Limit: 50, Extras: []string{"parking", "pool"}, Prices: map[string]int64{"EUR": -1},
	}, 10)
	for _, v := range violations {
		fmt.Println(v)
	}
	fmt.Println(err)
	// Output:
	// tagwire: guest is 0 and breaks the rule min_rune_size=1
	// tagwire: room is 60 and breaks the rule le=$floors_times_ten (which is 50 here)
	// tagwire: extras[1] is "pool" and breaks the rule in=[breakfast,parking]
	// tagwire: prices["EUR"] is -1 and breaks the rule ge=0
	// <nil>
}

func ExampleValidatorFor() {
	type Page struct {
		Number int32 `vt:"ge=1"`
		Size   int32 `vt:"in=[10,20,50]"`
	}
	validator, err := tagwire.ValidatorFor[Page]()
	if err != nil {
		panic(err) // a tag is wrong
	}
	fmt.Println(validator.Validate(&Page{Number: 1, Size: 20}))
	fmt.Println(validator.Validate(&Page{Number: 0, Size: 20}))
	// Output:
	// <nil>
	// tagwire: Number is 0 and breaks the rule ge=1
}
