package schema

import (
	"slices"
	"strconv"
	"strings"
)

// mostNumber is the largest number of a field.
const mostNumber = 1<<29 - 1

// protobufTag is a tag, parsed:
//
//	protobuf:"<wire>,<number>,<opt|req|rep>[,<word>...]"   by generators
//	protobuf:"<number>[,<word>...]"                        by hand
type protobufTag struct {
	number int32
	// wire is the first part of a generator's tag; "" by hand. label is its third.
	wire, label string
	// form is what a tag by hand says of numbers, key and val of those in maps.
	form, key, val Form
	// packed and proto3 are words of generators, oneofWord is theirs, too: the field has presence.
	packed, proto3, oneofWord bool
	// unpacked, required, optional and bytes are words by hand. bytes: a string need not be UTF-8.
	unpacked, required, optional, bytes bool
	// held is what the field, or each element of it, has in place of a message.
	held Held
	// oneof is the name of the oneof of which the field is a member, by hand, or by tagwire gen.
	oneof string
	// said is the rest of a generator's tag; nil by hand.
	said *Said
}

// wireWords are what a generator's tag may begin with, and the forms that they stand for.
var wireWords = map[string]Form{
	"varint": Plain, "zigzag32": Zigzag, "zigzag64": Zigzag, "fixed32": Fixed, "fixed64": Fixed, "bytes": Plain, "group": Group,
}

// parseProtobufTag parses the text of a tag.
func parseProtobufTag(text string) (*protobufTag, *fault) {
	if len(text) > mostTagBytes && !strings.Contains(text, ",def=") {
		return nil, invalidTag("the tag has %d bytes, of at most %d", len(text), mostTagBytes)
	}
	before, def, hasDefault := strings.Cut(text, ",def=") // the last word, since it may have commas
	if hasDefault {
		text = before
	}
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	t := new(protobufTag)
	if _, generated := wireWords[parts[0]]; generated {
		t.wire, parts = parts[0], parts[1:]
	}
	if len(parts) == 0 {
		return nil, invalidTag("the number is missing: the form is %s", protobufForms[protobufLanguage])
	}
	n, err := strconv.ParseUint(parts[0], 10, 32)
	if err != nil || n == 0 || n > mostNumber {
		return nil, badNumber(parts[0])
	}
	t.number = int32(n)
	if t.wire != "" {
		t.said = new(Said)
		if hasDefault {
			t.said.Default = &def
		}
		return t, t.parseGenerated(parts[1:])
	}
	return t, t.parseByHand(parts[1:])
}

// parseGenerated reads what follows the number in a generator's tag. Words that say nothing of the wire are passed over.
func (t *protobufTag) parseGenerated(words []string) *fault {
	if len(words) == 0 || !slices.Contains([]string{"opt", "req", "rep"}, words[0]) {
		return invalidTag("after the number comes opt, req or rep")
	}
	t.label = words[0]
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "packed":
			t.packed = true
		case "proto3":
			t.proto3, t.said.Proto3 = true, true
		case "name":
			t.said.Name = value
		case "json":
			t.said.JSON = value
		case "enum":
			t.said.Enum = value
		case "oneof":
			t.oneofWord, t.oneof = true, value
		case "customtype":
			return unsupported("a customtype (%s) has a wire form that only its own methods know: use the type that the .proto file has", value)
		case "stdtime", "stdduration", "wktptr":
			t.held = heldWords[name]
		case "weak":
			return unsupported("a weak field says nothing of what it holds: use an ordinary one")
		}
	}
	return nil
}

// handWords are the words of tags by hand.
const handWords = "zigzag, fixed, unpacked, required, optional, bytes, stdtime, stdduration, wktptr, oneof=<name>, key=zigzag, key=fixed, val=zigzag and val=fixed"

// parseByHand reads what follows the number in a tag by hand.
func (t *protobufTag) parseByHand(words []string) *fault {
	forms := map[string]Form{"zigzag": Zigzag, "fixed": Fixed}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		switch {
		case word == "zigzag", word == "fixed":
			if t.form != Plain {
				return invalidTag("a number is zigzag or fixed, once")
			}
			t.form = forms[word]
		case word == "unpacked":
			t.unpacked = true
		case word == "required":
			t.required = true
		case word == "optional":
			t.optional = true
		case word == "bytes":
			t.bytes = true
		case heldWords[word] != HeldFields:
			t.held = heldWords[word]
		case name == "oneof" && value != "":
			t.oneof = value
		case name == "key" && forms[value] != Plain:
			t.key = forms[value]
		case name == "val" && forms[value] != Plain:
			t.val = forms[value]
		default:
			return invalidTag("the word %q is none of %s", word, handWords)
		}
	}
	if t.required && (t.optional || t.oneof != "") {
		return invalidTag("a required field is neither optional nor a member of a oneof")
	}
	return nil
}

// checkWords refuses words of a tag by hand that say something of what a field of that type does not have.
func (t *protobufTag) checkWords(of *Type) *fault {
	switch isMap := of.Kind == Map; {
	case t.unpacked && !(of.Kind == List && isNumber(of.Elem)):
		return invalidTag("the word unpacked is for lists of numbers, and %s is none", of.Go)
	case (t.key != Plain || t.val != Plain) && !isMap:
		return invalidTag("the words key= and val= are for maps, and %s is none", of.Go)
	case t.bytes && !(of.Kind == String || of.Kind == List && of.Elem.Kind == String || isMap && (of.Key.Kind == String || of.Elem.Kind == String)):
		return invalidTag("the word bytes is for strings, and %s has none", of.Go)
	}
	return nil
}

// isNumber reports whether t is written as a number is.
func isNumber(t *Type) bool { return t.Kind != String && t.Kind != Binary && t.Kind != Struct }

// checksUTF8 reports whether strings must be UTF-8, as far as the tag says it.
func (t *protobufTag) checksUTF8() bool { return t.proto3 || t.wire == "" && !t.bytes }

// packs reports whether a list of elements is written as one piece.
func (t *protobufTag) packs(elem *Type) bool {
	return isNumber(elem) && (t.packed || t.wire == "" && !t.unpacked)
}

// requiredness returns the presence of a field. known says that the generated type has told about its presence.
func (t *protobufTag) requiredness(of *Type, known, presence bool) (Requiredness, *fault) {
	switch {
	case of.Kind == List, of.Kind == Map:
		if t.required || t.optional || t.oneof != "" {
			return 0, invalidTag("a list or a map is neither required nor optional nor a member of a oneof")
		}
		return Optional, nil
	case t.required, t.label == "req":
		return RequiredField, nil
	case of.Pointer:
		return Optional, nil
	case of.Kind == Struct:
		return Default, nil // by value it is always there
	case of.Kind == Binary && (t.optional || t.oneofWord || known && presence || t.wire != "" && !known && !t.proto3):
		return Optional, nil
	case t.optional:
		return 0, invalidTag("a field of type %s is never absent: use *%s", of.Go, of.Go)
	case t.wire == "", t.proto3, known && !presence:
		return Implicit, nil
	}
	return Default, nil
}
