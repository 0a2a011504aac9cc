package simulator

import . "github.com/tagwire/tagwire/backend_arm64/asm"

// vector returns a copy of a vector register.
func (s *Simulator) vector(o *Operand) []byte {
	v := s.Vector[registerOf(o).Number()]
	return v[:]
}

// setVector writes a vector register. What is above the bytes becomes zero.
func (s *Simulator) setVector(o *Operand, b []byte) {
	v := &s.Vector[registerOf(o).Number()]
	*v = [16]byte{}
	copy(v[:], b)
}

// An elements is a vector as the numbers in it, of some bytes each.
type elements struct {
	values []uint64
	size   int
}

func split(b []byte, size int) (e elements) {
	e.size = size
	for ; len(b) > 0; b = b[size:] {
		e.values = append(e.values, number(b[:size]))
	}
	return e
}

func (e elements) bytes() (b []byte) {
	for _, v := range e.values {
		b = append(b, bytesOf(v)[:e.size]...)
	}
	return b
}

// elements returns the elements of a register in the arrangement of i.
func (s *Simulator) elements(i *Inst, o *Operand) elements {
	return split(s.vector(o)[:i.Width.Bytes()], i.Width.Bits()/8)
}

// shifts are what instructions with a constant make of an element a of n bits where the result was d.
var shifts = map[Op]func(d, a uint64, amount, n int) uint64{
	SHL:  func(d, a uint64, amount, n int) uint64 { return a << amount },
	USHR: func(d, a uint64, amount, n int) uint64 { return a >> amount },
	SSHR: func(d, a uint64, amount, n int) uint64 { return uint64(signed(a, n) >> amount) },
	USRA: func(d, a uint64, amount, n int) uint64 { return d + a>>amount },
	SLI:  func(d, a uint64, amount, n int) uint64 { return a<<amount | cut(d, n)&(1<<amount-1) },
}

// permutations are the orders in which instructions take the elements of two vectors, which are numbered one behind the
// other; count is how many one has.
var permutations = map[Op]func(n, count int) int{
	UZP1: func(n, count int) int { return 2 * n },
	UZP2: func(n, count int) int { return 2*n + 1 },
	ZIP1: func(n, count int) int { return n/2 + n%2*count },
	ZIP2: func(n, count int) int { return count/2 + n/2 + n%2*count },
}

// reversals are how many bytes are reversed at a time.
var reversals = map[Op]int{VREV16: 2, VREV32: 4, VREV64: 8}

// vectorStep does the instructions that compute with vectors.
func (s *Simulator) vectorStep(i *Inst) {
	switch i.Op {
	case FMOVVG:
		s.setVector(&i.A, bytesOf(s.value(&i.B, i.Width))[:i.Width.Bytes()])
		return
	case FMOVGV:
		s.set(&i.A, i.Width, number(s.vector(&i.B)[:8]))
		return
	case UMOV:
		s.set(&i.A, W64, s.elements(i, &i.B).values[i.B.Value()])
		return
	case INSG:
		e := s.elements(i, &i.A)
		e.values[i.A.Value()] = s.value(&i.B, W64)
		s.setVector(&i.A, e.bytes())
		return
	case TBL, TBX:
		s.lookUp(i)
		return
	case EXT:
		n := i.Width.Bytes()
		both := append(s.vector(&i.B)[:n], s.vector(&i.C)[:n]...)
		s.setVector(&i.A, both[i.D.Value():][:n])
		return
	case UMAXV:
		var most uint64
		for _, v := range s.elements(i, &i.B).values {
			most = max(most, v)
		}
		s.setVector(&i.A, bytesOf(most))
		return
	}
	s.setVector(&i.A, s.elementwise(i).bytes())
}

// elementwise does what makes all elements of a vector in the same way.
func (s *Simulator) elementwise(i *Inst) (result elements) {
	binary, shift, order, reversal := binaries[i.Op], shifts[i.Op], permutations[i.Op], reversals[i.Op]
	switch {
	case i.Op == SSHLL || i.Op == USHLL:
		return s.widen(i)
	case i.Op != MOVI && binary == nil && shift == nil && order == nil && reversal == 0:
		panic("unknown instruction")
	}
	result = s.elements(i, &i.A)
	if i.Op == MOVI {
		for k := range result.values {
			result.values[k] = uint64(i.B.Value())
		}
		return result
	}
	a := s.elements(i, &i.B)
	switch {
	case binary != nil:
		b := s.elements(i, &i.C)
		for k := range result.values {
			result.values[k] = binary(a.values[k], b.values[k], i.Width.Bits())
		}
	case shift != nil:
		for k := range result.values {
			result.values[k] = shift(result.values[k], a.values[k], int(i.C.Value()), i.Width.Bits())
		}
	case order != nil:
		both := append(a.values, s.elements(i, &i.C).values...)
		for k := range result.values {
			result.values[k] = both[order(k, len(result.values))]
		}
	default:
		group := reversal / result.size
		for k := range result.values {
			result.values[k] = a.values[k/group*group+group-1-k%group]
		}
	}
	return result
}

// lookUp takes bytes from a list of vectors; of what is behind its end, TBX leaves what was there.
func (s *Simulator) lookUp(i *Inst) {
	var table, result []byte
	for k := range i.B.Form() {
		v := s.Vector[(registerOf(&i.B).Number()+k)%32]
		table = append(table, v[:]...)
	}
	before := s.vector(&i.A)
	for n, index := range s.vector(&i.C)[:i.Width.Bytes()] {
		var b byte
		switch {
		case int(index) < len(table):
			b = table[index]
		case i.Op == TBX:
			b = before[n]
		}
		result = append(result, b)
	}
	s.setVector(&i.A, result)
}

// widen makes elements of twice the size, and shifts them: of the lower half of a vector, or with a full one of the upper half.
func (s *Simulator) widen(i *Inst) (result elements) {
	half := s.vector(&i.B)[:8]
	if i.Width.Bytes() == 16 {
		half = s.vector(&i.B)[8:]
	}
	result = split(half, i.Width.Bits()/8)
	for k, v := range result.values {
		if i.Op == SSHLL {
			v = uint64(signed(v, i.Width.Bits()))
		}
		result.values[k] = v << i.C.Value()
	}
	result.size *= 2
	return result
}
