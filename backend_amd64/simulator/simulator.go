package simulator

import (
	"encoding/binary"
	"fmt"
	"slices"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// A State is what an instruction works on.
type State struct {
	General [16]uint64
	Flags   uint64
	Mask    [8]uint64
	Vector  [16][64]byte
}

// The flags that a simulator knows.
const (
	CarryFlag = 1 << 0
	ZeroFlag  = 1 << 6
)

// A Simulator does in plain Go what the processor's manual says of the instructions of the bulk routines. So those for
// processors that the host is not are run, too; and an access beside what a routine is given, by one byte, is a fault. Bytes
// that a mask leaves out may be beside it, but not in a page that has no byte of it.
type Simulator struct {
	State
	Memory    lowertest.Memory
	targets   map[Label]int    // in the list of instructions
	constants map[Label][]byte // behind a label
}

// simulatedConstants is where the constants behind the code begin: each label has some bytes for its own.
const simulatedConstants, constantsOfLabel = 1 << 42, 1 << 16

// Run executes f until it returns, or jumps to another function.
func (s *Simulator) Run(f *Function) (left bool, err error) {
	at := 0
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("%v: %v", &f.Insts[at], problem)
		}
	}()
	s.targets, s.constants = map[Label]int{}, map[Label][]byte{}
	last := Label(-1)
	for n := range f.Insts {
		switch i := &f.Insts[n]; i.Op {
		case LABEL:
			last = Label(i.A.Value())
			s.targets[last] = n
		case QUAD:
			s.constants[last] = binary.LittleEndian.AppendUint64(s.constants[last], uint64(i.A.Value()))
		}
	}
	for label, bytes := range s.constants {
		s.Memory = append(s.Memory, lowertest.ReadOnly(constantAddress(label), bytes))
	}
	for steps := 0; steps < 100_000; steps++ {
		i := &f.Insts[at]
		at++
		switch i.Op {
		case RET:
			return false, nil
		case JMP, Jcc:
			if i.Op == Jcc && !s.holds(i.Cond) {
				continue
			}
			if i.A.Kind() == SymbolKind {
				return true, nil
			}
			at = s.targets[Label(i.A.Value())]
		case LABEL, ALIGN:
		default:
			s.step(i)
		}
	}
	return false, fmt.Errorf("%s does not end", f.Name)
}

func constantAddress(l Label) uint64 { return simulatedConstants + uint64(l)*constantsOfLabel }

func (s *Simulator) holds(c Cond) bool {
	carry, zero := s.Flags&CarryFlag != 0, s.Flags&ZeroFlag != 0
	switch c {
	case CondE:
		return zero
	case CondNE:
		return !zero
	case CondB:
		return carry
	case CondAE:
		return !carry
	case CondBE:
		return carry || zero
	case CondA:
		return !carry && !zero
	}
	panic("unknown condition")
}

func (s *Simulator) setFlags(zero, carry bool) {
	s.Flags &^= ZeroFlag | CarryFlag
	if zero {
		s.Flags |= ZeroFlag
	}
	if carry {
		s.Flags |= CarryFlag
	}
}

func (s *Simulator) address(o *Operand) uint64 {
	if o.Kind() == LabelMem {
		return constantAddress(Label(o.Value()))
	}
	address := s.General[registerOf(o)] + uint64(o.Value())
	if index, ok := o.Index().Physical(); ok {
		address += s.General[index] * uint64(o.Scale())
	}
	return address
}

// masked checks what a masked access of n bytes at an address touches whatever the mask is: pages.
func (s *Simulator) masked(address uint64, n int) {
	for page := address / lowertest.PageBytes; page <= (address+uint64(n)-1)/lowertest.PageBytes; page++ {
		if !slices.ContainsFunc(s.Memory, func(a lowertest.Area) bool {
			return len(a.Bytes) > 0 && a.Base/lowertest.PageBytes <= page && page <= (a.Base+uint64(len(a.Bytes))-1)/lowertest.PageBytes
		}) {
			panic(fmt.Sprintf("a masked access of %d bytes at %#x, of which page %#x has nothing that is given", n, address, page))
		}
	}
}

// load returns the lowest n bytes of an operand.
func (s *Simulator) load(o *Operand, n int) []byte {
	switch o.Kind() {
	case MemKind:
		return slices.Clone(s.Memory.At(s.address(o), n, false))
	case LabelMem:
		return s.constants[Label(o.Value())][:n]
	case ImmKind:
		return binary.LittleEndian.AppendUint64(nil, uint64(o.Value()))[:n]
	}
	p := registerOf(o)
	switch p.Class() {
	case Vector:
		return slices.Clone(s.Vector[p.Number()][:n])
	case Mask:
		return binary.LittleEndian.AppendUint64(nil, s.Mask[p.Number()])[:n]
	}
	return binary.LittleEndian.AppendUint64(nil, s.General[p])[:n]
}

// store writes an operand. All vector instructions but those of SSE clear what is above.
func (s *Simulator) store(i *Inst, o *Operand, b []byte) {
	if o.Kind() == MemKind {
		copy(s.Memory.At(s.address(o), len(b), true), b)
		return
	}
	p := registerOf(o)
	switch p.Class() {
	case Vector:
		if n := copy(s.Vector[p.Number()][:], b); i.String()[0] == 'v' {
			clear(s.Vector[p.Number()][n:])
		} else {
			clear(s.Vector[p.Number()][n:16]) // of a move of less than 16 bytes
		}
	case Mask:
		s.Mask[p.Number()] = number(b)
	default:
		if len(b) < 4 {
			b = append(b, s.load(o, 8)[len(b):]...)
		}
		s.General[p] = number(b)
	}
}

// registerOf returns the register of an operand, or its base.
func registerOf(o *Operand) PReg {
	p, _ := o.Reg().Physical()
	return PReg(p)
}

// changesFirst reports whether the first operand of i is also its first source, as with SSE.
func changesFirst(i *Inst) bool {
	return slices.ContainsFunc(i.Registers(nil), func(o lower.RegisterOperand) bool { return o.Role == lower.Both })
}

func number(b []byte) uint64 {
	var word [8]byte
	copy(word[:], b)
	return binary.LittleEndian.Uint64(word[:])
}

func (s *Simulator) setNumber(i *Inst, w Width, n uint64) {
	s.store(i, &i.A, binary.LittleEndian.AppendUint64(nil, n)[:w.Bytes()])
}

func (s *Simulator) step(i *Inst) {
	n := i.Width.Bytes()
	switch i.Op {
	case MOV, MOVDQU, VMOVDQU, VMOVDQU8, MOVDQA, VMOVDQA, MOVXG, VMOVXG, MOVGX, VMOVGX, KMOVGK, KMOVKG:
		s.store(i, &i.A, s.load(&i.B, n))
	case MOVZX8:
		s.setNumber(i, W32, number(s.load(&i.B, 1)))
	case MOVZX16:
		s.setNumber(i, W32, number(s.load(&i.B, 2)))
	case MOVSXD:
		s.setNumber(i, W64, uint64(int32(number(s.load(&i.B, 4)))))
	case LEA:
		s.setNumber(i, i.Width, s.address(&i.B))
	case MOVBE:
		b := s.load(&i.B, n)
		slices.Reverse(b)
		s.store(i, &i.A, b)
	case BSWAP:
		b := s.load(&i.A, n)
		slices.Reverse(b)
		s.store(i, &i.A, b)
	case SETcc:
		var result uint64
		if s.holds(i.Cond) {
			result = 1
		}
		s.setNumber(i, W8, result)
	case ADD, SUB, AND, OR, XOR, NOT, SBB, CMP, TEST, ZERO, SHL, SHR, SAR, ROL, BZHI:
		s.arithmetic(i)
	case BSF, TZCNT, LZCNT, BLSR, BLSMSK, ANDN, PEXT, PDEP:
		s.bits(i)
	case VZEROUPPER:
		for v := range s.Vector {
			clear(s.Vector[v][16:])
		}
	case PXORZ, VPXORZ:
		s.store(i, &i.A, make([]byte, n))
	case VBROADCASTI128, VBROADCASTI32X4:
		s.store(i, &i.A, slices.Repeat(s.load(&i.B, 16), n/16))
	default:
		s.vectorStep(i)
	}
}

func (s *Simulator) arithmetic(i *Inst) {
	n, width := i.Width.Bytes(), uint64(i.Width.Bits())
	a, b := number(s.load(&i.A, n)), uint64(0)
	if i.B.Kind() != NoOperand {
		b = number(s.load(&i.B, n))
	}
	cut := ^uint64(0) >> (64 - width)
	result := a
	switch i.Op {
	case ADD:
		result = (a + b) & cut
		s.setFlags(result == 0, result < a)
	case SUB, CMP:
		result = (a - b) & cut
		s.setFlags(result == 0, a < b)
	case AND, TEST:
		result = a & b
		s.setFlags(result == 0, false)
	case ZERO:
		result = 0
		s.setFlags(true, false)
	case OR:
		result = a | b
		s.setFlags(result == 0, false)
	case XOR:
		result = a ^ b
		s.setFlags(result == 0, false)
	case NOT:
		result = ^a & cut
	case SBB:
		borrow := s.Flags & CarryFlag
		result = (a - b - borrow) & cut
		s.setFlags(result == 0, a < b || a == b && borrow != 0)
	case SHL:
		result = a << b & cut
		s.setFlags(result == 0, a>>(width-b)&1 != 0)
	case SHR:
		result = a >> b
		s.setFlags(result == 0, a>>(b-1)&1 != 0)
	case SAR:
		result = uint64(int64(a<<(64-width))>>(64-width)>>b) & cut
		s.setFlags(result == 0, a>>(b-1)&1 != 0)
	case ROL:
		result = (a<<b | a>>(width-b)) & cut
	case BZHI: // the source is the second operand, the number of bits kept the third
		result = b
		if keep := number(s.load(&i.C, 1)); keep < width {
			result &= 1<<keep - 1
		}
	}
	if i.Op != CMP && i.Op != TEST {
		s.setNumber(i, i.Width, result)
	}
}

// bits does what BMI1, BMI2 and LZCNT have for single bits, in the plainest way.
func (s *Simulator) bits(i *Inst) {
	n, width := i.Width.Bytes(), i.Width.Bits()
	a, result := number(s.load(&i.B, n)), uint64(0)
	switch i.Op {
	case BSF, TZCNT: // BSF is given no zero
		for result < uint64(width) && a>>result&1 == 0 {
			result++
		}
	case LZCNT:
		for result < uint64(width) && a>>(uint64(width)-1-result)&1 == 0 {
			result++
		}
	case BLSR:
		result = a & (a - 1)
	case BLSMSK:
		result = a ^ (a - 1)
	case ANDN:
		result = ^a & number(s.load(&i.C, n))
		s.setFlags(result == 0, false)
	case PEXT, PDEP:
		mask, at := number(s.load(&i.C, n)), 0
		for k := range width {
			if mask>>k&1 == 0 {
				continue
			}
			if i.Op == PEXT {
				result |= a >> k & 1 << at
			} else {
				result |= a >> at & 1 << k
			}
			at++
		}
	}
	s.setNumber(i, i.Width, result)
}

// vectorStep does the instructions that compute with vectors. SSE has its first source in the place of the result.
func (s *Simulator) vectorStep(i *Inst) {
	n := i.Width.Bytes()
	sources := []*Operand{&i.B, &i.C}
	if changesFirst(i) {
		sources = []*Operand{&i.A, &i.B}
	}
	switch i.Op {
	case VMOVDQU8LK:
		s.maskedLoad(i)
		return
	case VMOVDQU8SK:
		mask, b := number(s.load(&i.C, 8)), s.load(&i.B, n)
		s.masked(s.address(&i.A), n)
		for k := range b {
			if mask>>k&1 != 0 {
				s.Memory.At(s.address(&i.A)+uint64(k), 1, true)[0] = b[k]
			}
		}
		return
	case VPTEST:
		a, b := s.load(&i.A, n), s.load(&i.B, n)
		zero, carry := true, true
		for k := range a {
			zero, carry = zero && a[k]&b[k] == 0, carry && ^a[k]&b[k] == 0
		}
		s.setFlags(zero, carry)
		return
	case VPERMQ:
		b, out := s.load(&i.B, n), []byte(nil)
		for k := range 4 {
			out = append(out, b[i.C.Value()>>(2*k)&3*8:][:8]...)
		}
		s.store(i, &i.A, out)
		return
	case VPERMB: // the indices come first
		index, b, out := s.load(&i.B, n), s.load(&i.C, n), []byte(nil)
		for _, k := range index {
			out = append(out, b[int(k)%n])
		}
		s.store(i, &i.A, out)
		return
	case VINSERTI128H:
		s.store(i, &i.A, append(s.load(&i.B, 16), s.load(&i.C, 16)...))
		return
	case VPMOVSXBD, VPMOVSXBQ:
		size := map[Op]int{VPMOVSXBD: 4, VPMOVSXBQ: 8}[i.Op]
		var out []byte
		for _, b := range s.load(&i.B, n/size) {
			out = append(out, binary.LittleEndian.AppendUint64(nil, uint64(int8(b)))[:size]...)
		}
		s.store(i, &i.A, out)
		return
	case PMOVMSKB, VPMOVMSKB:
		s.setNumber(i, W32, maskOf(s.load(&i.B, n), func(k int, b byte) bool { return b&0x80 != 0 }))
		return
	case VPCMPEQBK:
		b := s.load(&i.C, n)
		s.Mask[registerOf(&i.A).Number()] = maskOf(s.load(&i.B, n), func(k int, a byte) bool { return a == b[k] })
		return
	}
	a, b := s.load(sources[0], n), make([]byte, n)
	if sources[1].Kind() == ImmKind {
		b[0] = byte(sources[1].Value())
	} else {
		b = s.load(sources[1], n)
	}
	out := make([]byte, 0, n)
	for lane := 0; lane < n; lane += 16 {
		second := b[lane:][:16]
		if sources[1].Kind() == ImmKind {
			second = b[:1]
		}
		out = append(out, lanes[i.Op](a[lane:][:16], second)...)
	}
	s.store(i, &i.A, out)
}

func (s *Simulator) maskedLoad(i *Inst) {
	mask, out := number(s.load(&i.C, 8)), make([]byte, i.Width.Bytes())
	if i.B.Kind() == MemKind {
		s.masked(s.address(&i.B), len(out))
	}
	for k := range out {
		switch {
		case mask>>k&1 == 0:
		case i.B.Kind() == MemKind:
			out[k] = s.Memory.At(s.address(&i.B)+uint64(k), 1, false)[0]
		default:
			out[k] = s.load(&i.B, k+1)[k]
		}
	}
	s.store(i, &i.A, out)
}

func maskOf(b []byte, is func(int, byte) bool) (mask uint64) {
	for k := range b {
		if is(k, b[k]) {
			mask |= 1 << k
		}
	}
	return mask
}

// lanes are what instructions do to each 16 bytes. b is a single byte where it is a constant.
var lanes = func() map[Op]func(a, b []byte) []byte {
	bytewise := func(f func(a, b byte) byte) func(a, b []byte) []byte {
		return func(a, b []byte) (out []byte) {
			for k := range a {
				out = append(out, f(a[k], b[k]))
			}
			return out
		}
	}
	// unpack interleaves the elements of n bytes that begin in each of the sources.
	unpack := func(n, begin int) func(a, b []byte) []byte {
		return func(a, b []byte) (out []byte) {
			for k := begin; k < begin+8; k += n {
				out = append(append(out, a[k:k+n]...), b[k:k+n]...)
			}
			return out
		}
	}
	shuffle := func(a, b []byte) []byte {
		out := make([]byte, 16)
		for k := range out {
			if b[k]&0x80 == 0 {
				out[k] = a[b[k]&15]
			}
		}
		return out
	}
	shuffle32 := func(a, b []byte) (out []byte) {
		for k := range 4 {
			out = append(out, a[b[0]>>(2*k)&3*4:][:4]...)
		}
		return out
	}
	shift32 := func(a, b []byte) (out []byte) {
		for k := 0; k < 16; k += 4 {
			out = binary.LittleEndian.AppendUint32(out, uint32(int32(binary.LittleEndian.Uint32(a[k:]))>>b[0]))
		}
		return out
	}
	equal := bytewise(func(a, b byte) byte {
		if a == b {
			return 0xff
		}
		return 0
	})
	and := bytewise(func(a, b byte) byte { return a & b })
	or := bytewise(func(a, b byte) byte { return a | b })
	xor := bytewise(func(a, b byte) byte { return a ^ b })
	return map[Op]func(a, b []byte) []byte{
		PSHUFB: shuffle, VPSHUFB: shuffle, PSHUFD: shuffle32, VPSHUFD: shuffle32, PSRAD: shift32, VPSRAD: shift32,
		PCMPEQB: equal, VPCMPEQB: equal, PAND: and, VPAND: and, POR: or, VPOR: or, PXOR: xor, VPXOR: xor,
		VPXORD: xor, VPANDD: and, VPORD: or,
		PUNPCKLDQ: unpack(4, 0), VPUNPCKLDQ: unpack(4, 0), PUNPCKHDQ: unpack(4, 8), VPUNPCKHDQ: unpack(4, 8),
		PUNPCKLQDQ: unpack(8, 0), VPUNPCKLQDQ: unpack(8, 0), PUNPCKHQDQ: unpack(8, 8), VPUNPCKHQDQ: unpack(8, 8),
	}
}()
