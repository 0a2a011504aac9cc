package fuzz

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

type (
	heldUnions struct {
		Last    int8           `frugal:"9"`
		Plain   *cases.Choice  `frugal:"1"`
		Maybe   *cases.Choice  `frugal:"2,optional"`
		Value   *valueUnion    `frugal:"3,optional"`
		Values  []cases.Choice `frugal:"4,optional,list<Choice>"`
		Targets []*cases.Choice
	}
	valueUnion struct {
		Value cases.Choice `frugal:"1,optional"`
	}
	// modal is a union whose members have defaults, zero for Real and Flag.
	modal struct {
		Number int32   `frugal:"1"`
		Text   string  `frugal:"2"`
		Blob   []byte  `frugal:"3"`
		Real   float64 `frugal:"4"`
		Flag   bool    `frugal:"5"`
		List   []int8  `frugal:"6,,list<i8>"`
	}
)

func (*modal) CountSetFieldsmodal() int { panic("called") }

func (m *modal) InitDefault() { *m = modal{Number: 1, Text: "text", Blob: []byte("blob")} }

func textUnion(text string) *cases.Choice { return &cases.Choice{Text: &text} }

// TestUnionsHaveOneMember: a union that has none or several members set is refused, with the place and the number.
func TestUnionsHaveOneMember(t *testing.T) {
	number := int32(1)
	none, two := &cases.Choice{}, &cases.Choice{Number: &number, Numbers: []int32{}}
	three := &cases.Choice{Number: &number, Blob: []byte{}, Counts: map[string]int32{}}
	byDefault := modal{Number: 1, Text: "text", Blob: []byte("blob")}
	with := func(change func(*modal)) *modal {
		m := byDefault
		change(&m)
		return &m
	}
	tests := []struct {
		value any
		want  string // what Fault says, "" for none
		count string
	}{
		{none, "InvalidData at 0 in Choice", "and 0 are"},
		{two, "InvalidData at 0 in Choice", "and 2 are"},
		{three, "InvalidData at 0 in Choice", "and 3 are"},
		{textUnion(""), "", ""},
		{(*cases.Choice)(nil), "InvalidData at 0 in Choice", "nil would be written as a union without a member"},
		{&cases.Choice{Inner: none}, "InvalidData at 3 in Choice.Inner", "and 0 are"},
		{&cases.Choice{Inner: &cases.Choice{Inner: two}}, "InvalidData at 6 in Choice.Inner.Inner", "and 2 are"},

		{&cases.Choices{}, "InvalidData at 3 in Choices.Needed", "nil would be"},
		{&cases.Choices{Needed: none}, "InvalidData at 3 in Choices.Needed", "and 0 are"},
		{&cases.Choices{Needed: textUnion("")}, "", ""},
		{&cases.Choices{Needed: textUnion(""), Plain: two}, "InvalidData at 3 in Choices.Plain", "and 2 are"},
		{&cases.Choices{Needed: textUnion(""), Maybe: none}, "InvalidData at 3 in Choices.Maybe", "and 0 are"},
		{&cases.Choices{Needed: textUnion(""), Many: []*cases.Choice{textUnion("a"), nil}},
			"InvalidData at 28 in Choices.Many[1]", "nil would be"},
		{&cases.Choices{Needed: textUnion(""), Many: []*cases.Choice{textUnion("a"), two}},
			"InvalidData at 28 in Choices.Many[1]", "and 2 are"},
		{&cases.Choices{Needed: textUnion(""), Named: map[string]*cases.Choice{"k": none}},
			`InvalidData at 33 in Choices.Named["k"]`, "and 0 are"},
		{&heldUnions{}, "", ""},
		{&heldUnions{Value: &valueUnion{}}, "InvalidData at 6 in heldUnions.Value.Value", "and 0 are"},
		{&heldUnions{Values: []cases.Choice{*textUnion(""), {}}}, "InvalidData at 16 in heldUnions.Values[1]", "and 0 are"},

		{&cases.KeptChoice{Mode: 5}, "InvalidData at 0 in KeptChoice", "and 0 are"},
		{&cases.KeptChoice{Mode: 6}, "", ""},
		{&cases.KeptChoice{Mode: 6, Blob: []byte{}}, "InvalidData at 0 in KeptChoice", "and 2 are"},
		{&byDefault, "InvalidData at 0 in modal", "and 0 are"},
	}
	for want, changes := range map[string][]func(*modal){
		"": {
			func(m *modal) { m.Number = 0 }, func(m *modal) { m.Text = "" }, func(m *modal) { m.Blob = nil }, func(m *modal) { m.Blob = []byte("blub") },
			func(m *modal) { m.Real = -1 }, func(m *modal) { m.Flag = true }, func(m *modal) { m.List = []int8{} },
		},
		"InvalidData at 0 in modal": {
			func(m *modal) { m.Number, m.Text = 0, "" }, func(m *modal) { m.Blob, m.Flag = nil, true }, func(m *modal) { m.List, m.Real = []int8{1}, 2 },
		},
	} {
		for _, change := range changes {
			count := ""
			if want != "" {
				count = "and 2 are"
			}
			tests = append(tests, struct {
				value any
				want  string
				count string
			}{with(change), want, count})
		}
	}
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		for _, test := range tests {
			for _, options := range [][]tagwire.Option{e.Options(), e.Options(tagwire.WithDeterministic())} {
				size, err := tagwire.Size(test.value, options...)
				require.NoError(t, err)
				data, err := tagwire.Marshal(test.value, options...)
				direct, errDirect := tagwire.EncodeDirect(make([]byte, size), test.value, &collector{}, options...)
				if test.want == "" {
					require.NoError(t, err, "%s", cases.Text(test.value))
					require.NoError(t, errDirect)
					require.Len(t, data, size)
					require.Equal(t, size, direct)
					continue
				}
				for _, err := range []error{err, errDirect} {
					require.Equal(t, test.want, faultOf(t, err), "%s", cases.Text(test.value))
					require.ErrorContains(t, err, test.count)
					require.NotErrorIs(t, err, tagwire.ErrRequired)
				}
			}
		}
	})
}

// TestUnionsAreReadAsTheyCome: a union with no member or several is read, as generated code reads it, and one that is not known
// goes back as it came.
func TestUnionsAreReadAsTheyCome(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		same(t, "none", decodeAs[cases.Choice](t, e, unhex(t, "00")), &cases.Choice{})
		number := int32(5)
		two := textUnion("t")
		two.Number = &number
		same(t, "two", decodeAs[cases.Choice](t, e, unhex(t, "080002 00000005 0b0001 00000001 74 00")), two)
		newer := unhex(t, "0b0063 00000003 6e6577 00")
		kept := decodeAs[cases.KeptChoice](t, e, newer)
		kept.InitDefault()
		_, err := tagwire.Decode(newer, kept, e.Options()...)
		require.NoError(t, err)
		again, err := tagwire.Marshal(kept, e.Options()...)
		require.NoError(t, err)
		require.Equal(t, newer, again)
	})
}

// encodesItself is a union whose InitDefault encodes one, before it is known what the default is.
type encodesItself struct {
	Number int32  `frugal:"1"`
	Text   string `frugal:"2"`
}

var itself error

func (*encodesItself) CountSetFieldsencodesItself() int { panic("called") }

func (u *encodesItself) InitDefault() {
	_, itself = tagwire.Marshal(&encodesItself{Number: 3})
	u.Number = 7
}

func TestUnionIsEncodedWhileItsDefaultsAreMade(t *testing.T) {
	data, err := tagwire.Marshal(&encodesItself{Number: 7, Text: "a"})
	require.NoError(t, err)
	require.NoError(t, itself)
	require.Equal(t, unhex(t, "0b0002 00000001 61 00"), data)
}
