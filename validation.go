package tagwire

import (
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/validate"
)

// ValidationError is a value that breaks a rule of a vt tag: its path, the value and the rule.
type ValidationError = validate.Error

// Validate checks v, a struct or a pointer to one, against the rules of the vt tags of its type and of all structs in it. docs/validation.md has
// the rules and what they mean.
//
// The error is a [*ValidationError] for the first violation that is found, in the order of the fields; [ValidateAll] finds more of them. It is
// an [*Error] where v cannot be checked: ErrInvalidTag where tags of the type are wrong, and then tells of all of them, and
// ErrDepthLimit where values are nested more than 1000 deep, as one is that contains itself.
//
// A nil pointer is a struct that is absent, to which no rule applies. A value of which all rules are kept is checked without an allocation,
// apart from lists of more than 32 elements that are unique, and from the functions sprintf and add, of strings; a type without rules takes
// a look-up.
func Validate(v any) error {
	plan, p, err := planFor(v)
	if err != nil {
		return err
	}
	return plan.First(p)
}

// ValidateAll checks v as [Validate] does, and returns what violations there are, at most limit of them. The error tells why v cannot be
// checked, or not to the end.
func ValidateAll(v any, limit int) ([]*ValidationError, error) {
	plan, p, err := planFor(v)
	if err != nil {
		return nil, err
	}
	return plan.All(p, limit)
}

// planFor returns the rules for what v is or points to, and the address.
func planFor(v any) (*validate.Plan, unsafe.Pointer, error) {
	t, p, err := source(v)
	if err != nil {
		return nil, nil, err
	}
	plan, err := validate.Of(t)
	return plan, p, err
}

// Validator checks values of the struct type T. It saves the look-up by type that [Validate] does on each call. It is immutable and safe
// for concurrent use. The zero Validator checks nothing.
type Validator[T any] struct{ plan *validate.Plan }

// ValidatorFor returns the validator of the struct type T. The error tells what is wrong with its vt tags.
func ValidatorFor[T any]() (*Validator[T], error) {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		return nil, usageError(t, "a validator is for a struct type, not for a pointer to one or anything else")
	}
	plan, err := validate.Of(t)
	if err != nil {
		return nil, err
	}
	return &Validator[T]{plan}, nil
}

// Validate checks *v; see [Validate].
func (d *Validator[T]) Validate(v *T) error { return d.plan.First(unsafe.Pointer(v)) }

// ValidateAll returns the violations in *v, at most limit of them; see [ValidateAll].
func (d *Validator[T]) ValidateAll(v *T, limit int) ([]*ValidationError, error) {
	return d.plan.All(unsafe.Pointer(v), limit)
}
