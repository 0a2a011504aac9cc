package regalloc

// Both interpreters below give instructions the same invented meaning: each definition is a hash of the instruction and
// of what it reads, and the terminator chooses an edge by a hash of what it reads. What they return is a hash of all
// that was read, over a fixed number of instructions.

const executionLimit = 600

func mix(h, x uint64) uint64 {
	h = (h ^ x) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// meaning collects what an instruction reads, so that its definitions and its choice can be computed.
type meaning struct {
	seed, trace uint64
	count       uint64
	read        uint64
}

func (m *meaning) start(i int32) { m.read = mix(0x1234567, uint64(i)) }

func (m *meaning) use(x uint64) {
	m.read = mix(m.read, x)
	m.trace = mix(m.trace, x)
}

func (m *meaning) definition(k int, constant bool) uint64 {
	if constant {
		return mix(m.read, 77)
	}
	return mix(mix(m.read, m.seed), uint64(k))
}

func (m *meaning) choose(edges int) int { return int(mix(m.read, m.trace) % uint64(edges)) }

// execute runs a function over virtual registers.
func execute(f *Function, seed uint64) uint64 {
	m := meaning{seed: seed}
	values := make([]uint64, len(f.Values))
	for b := int32(0); ; {
		s := f.Blocks[b].Instructions
		for i := s.Start; i < s.End; i++ {
			m.start(i)
			operands := f.instructionOperands(i)
			for _, o := range operands {
				if o.Role == UseRole {
					m.use(values[o.Reg])
				}
			}
			for k, o := range operands {
				if o.Role != UseRole {
					values[o.Reg] = m.definition(k, f.Values[o.Reg].Rematerialise)
				}
			}
		}
		edges := f.edges(b)
		if m.count++; len(edges) == 0 || m.count > executionLimit {
			return m.trace
		}
		e := &edges[m.choose(len(edges))]
		var carried []uint64
		for _, argument := range f.arguments(e) {
			carried = append(carried, values[argument])
		}
		for k, p := range f.params(e.To) {
			values[p] = carried[k]
		}
		b = e.To
	}
}

// machine runs allocated code over registers and slots. A register is one number; a slot of several words holds
// another number in each.
type machine struct {
	meaning
	f         *Function
	r         *Result
	registers [64]uint64
	slots     []uint64
	garbage   uint64
}

func executeAllocated(f *Function, r *Result, seed uint64) uint64 {
	m := machine{meaning: meaning{seed: seed}, f: f, r: r, slots: make([]uint64, r.SlotWords)}
	for p := range m.registers {
		m.registers[p] = m.scribble()
	}
	for b := int32(0); ; {
		steps := r.BlockSteps(int(b))
		for n := range steps {
			m.step(&steps[n])
		}
		edges := f.edges(b)
		if m.count++; len(edges) == 0 || m.count > executionLimit {
			return m.trace
		}
		b = edges[m.choose(len(edges))].To
	}
}

func (m *machine) scribble() uint64 {
	m.garbage = mix(m.garbage, 0xdeadbeef)
	return m.garbage
}

func (m *machine) step(s *Step) {
	from, _ := s.From.Register()
	to, _ := s.To.Register()
	switch s.Kind {
	case Original:
		m.original(s.Instruction)
	case Move:
		m.registers[to] = m.registers[from]
	case Swap:
		m.registers[to], m.registers[from] = m.registers[from], m.registers[to]
	case Save:
		m.write(s.To, s.Class, m.registers[from])
	case Load:
		m.registers[to] = m.readSlot(s.From, s.Class)
	case Rematerialise:
		read := m.read
		m.start(s.Instruction)
		m.registers[to] = m.definition(0, true)
		m.read = read
	}
}

func (m *machine) write(l Location, c Class, x uint64) {
	slot, _ := l.Slot()
	for word := range m.f.Target.Classes[c].SlotWords {
		m.slots[int(slot)+word] = x + uint64(word)
	}
}

func (m *machine) readSlot(l Location, c Class) uint64 {
	slot, _ := l.Slot()
	x := m.slots[slot]
	for word := range m.f.Target.Classes[c].SlotWords {
		if m.slots[int(slot)+word] != x+uint64(word) {
			return m.scribble()
		}
	}
	return x
}

func (m *machine) original(i int32) {
	f := m.f
	span := f.Instructions[i].Operands
	operands, locations := f.Operands[span.Start:span.End], m.r.Operands[span.Start:span.End]
	for k, o := range operands {
		if p, _ := locations[k].Register(); o.Role == EarlyDefRole {
			m.registers[p] = m.scribble()
		}
	}
	m.start(i)
	for k, o := range operands {
		if o.Role != UseRole {
			continue
		}
		if p, ok := locations[k].Register(); ok {
			m.use(m.registers[p])
		} else {
			m.use(m.readSlot(locations[k], f.class(o.Reg)))
		}
	}
	for p := range m.registers {
		if f.Instructions[i].Clobbers.Has(PReg(p)) {
			m.registers[p] = m.scribble()
		}
	}
	for k, o := range operands {
		if o.Role != UseRole {
			p, _ := locations[k].Register()
			m.registers[p] = m.definition(k, f.Values[o.Reg].Rematerialise)
		}
	}
}
