package asm

import (
	"encoding/binary"

	"github.com/tagwire/tagwire/ir/lower"
)

// FunctionAlign is a multiple of where each function begins; so it bounds the alignment inside of functions.
const FunctionAlign = 32

// trap is INT3.
const trap = 0xcc

// layout is what package lower has to know of the processor to lay out and link code.
var layout = &lower.Target{
	Align: FunctionAlign, Trap: []byte{trap}, Pad: appendNops, Patch: patch, AppendBranch: appendBranch,
	Reaches: func(_ lower.Branch, distance int) bool { return distance == int(int8(distance)) },
}

// patch fills in 32 bits. The distance fits: lower.Link bounds segments.
func patch(code []byte, field, from, to int) error {
	binary.LittleEndian.PutUint32(code[field:], uint32(to-from))
	return nil
}

const (
	shortSize = 2 // eb rel8, 70+cond rel8
	longJmp   = 5 // e9 rel32
	longJcc   = 6 // 0f 80+cond rel32

	unconditional = uint32(condCount) // the code of a branch without a condition
)

// encodeBranch: JMP, Jcc and CALL to a label or to another function.
func encodeBranch(e *encoder, _ *row, i *Inst) {
	if i.A.kind == LabelKind && i.Op != CALL {
		b := lower.Branch{Code: unconditional, Short: shortSize, Long: longJmp}
		if i.Op == Jcc {
			b.Code, b.Long = uint32(i.Cond), longJcc
		}
		e.Branch(b, Label(i.A.value))
		return
	}
	switch i.Op {
	case CALL:
		e.byte(0xe8)
	case JMP:
		e.byte(0xe9)
	default:
		e.byte(0x0f)
		e.byte(0x80 | uint8(i.Cond))
	}
	if i.A.kind == LabelKind {
		e.Reference(Label(i.A.value))
	} else {
		e.Call(Symbol(i.A.value))
	}
}

func appendBranch(code []byte, b lower.Branch, short bool, distance int) []byte {
	switch {
	case short && b.Code != unconditional:
		return append(code, 0x70|uint8(b.Code), uint8(distance))
	case short:
		return append(code, 0xeb, uint8(distance))
	case b.Code != unconditional:
		code = append(code, 0x0f, 0x80|uint8(b.Code))
	default:
		code = append(code, 0xe9)
	}
	return binary.LittleEndian.AppendUint32(code, uint32(distance))
}

func encodeLabel(e *encoder, _ *row, i *Inst) { e.Bind(Label(i.A.value)) }

func encodeAlign(e *encoder, _ *row, i *Inst) { e.Align(i.A.value) }

func encodeQuad(e *encoder, _ *row, i *Inst) { e.Word64(uint64(i.A.value)) }

func encodeLongDiff(e *encoder, _ *row, i *Inst) { e.Distance(Label(i.B.value), Label(i.A.value)) }

// nops are the forms of the instruction that does nothing, one byte to nine, that the manual recommends.
var nops = [...]string{
	"\x90",
	"\x66\x90",
	"\x0f\x1f\x00",
	"\x0f\x1f\x40\x00",
	"\x0f\x1f\x44\x00\x00",
	"\x66\x0f\x1f\x44\x00\x00",
	"\x0f\x1f\x80\x00\x00\x00\x00",
	"\x0f\x1f\x84\x00\x00\x00\x00\x00",
	"\x66\x0f\x1f\x84\x00\x00\x00\x00\x00",
}

// appendNops appends n bytes of no-ops, in as few instructions as possible.
func appendNops(code []byte, size int) []byte {
	for size > 0 {
		n := min(size, len(nops))
		code = append(code, nops[n-1]...)
		size -= n
	}
	return code
}
