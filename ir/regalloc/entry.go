package regalloc

// enterBlock decides where values are at the start of a block and makes that the state of the scan. The edges that were
// scanned before bring them from elsewhere; later ones, back edges, will have to.
func (a *Allocator) enterBlock(b int32) {
	f, l := a.f, &a.liveness
	a.block, a.now = b, 0
	a.free = a.all
	fill(a.occupant[:], noVReg)
	first, end := l.liveStart[b], l.liveStart[b+1]
	entry := a.entry[first:end]
	if incoming := a.flow.edgesTo(b); len(incoming) > 0 {
		a.inheritLive(b, entry, incoming)
	}
	for k := range entry {
		v := l.live[first+int32(k)]
		a.home[v] = noReg
		a.saved[v] = entry[k].saved
		a.next[v] = l.liveDistance[first+int32(k)]
		if p := entry[k].reg; p != noReg {
			a.assign(v, p)
		}
	}
	n := a.flow.loopOf[b]
	isHeader := n >= 0 && a.flow.loops[n].header == b
	if isHeader {
		a.prepareLoop(&a.flow.loops[n])
	}
	a.enterParams(b)
	if isHeader {
		a.fillRegisters(b)
	}
	for k := range entry {
		v := l.live[first+int32(k)]
		entry[k] = endLocation{a.home[v], a.saved[v]}
		if entry[k].saved && !f.Values[v].Rematerialise {
			a.slots.note(v, b)
		}
	}
}

// inheritLive starts from the end of the best of the blocks before. A value counts as saved only if it is so on all
// known edges, or has no register: else the edges of cold paths would make hot ones save it.
func (a *Allocator) inheritLive(b int32, entry []endLocation, incoming []int32) {
	main := a.mainEdge(b, incoming)
	copy(entry, a.endLocations[a.edgeLocations[main]:])
	for _, e := range incoming {
		if e == main || a.flow.isBack(a.f, e) {
			continue
		}
		other := a.endLocations[a.edgeLocations[e]:]
		for k := range entry {
			if entry[k].reg != noReg {
				entry[k].saved = entry[k].saved && other[k].saved
			}
		}
	}
}

// mainEdge returns the edge, among those scanned, whose block is most likely the one before: a hot one if there is one,
// and the neighbour in the layout among equals.
func (a *Allocator) mainEdge(b int32, incoming []int32) int32 {
	best, bestRank := int32(-1), -1
	for _, e := range incoming {
		if a.flow.isBack(a.f, e) {
			continue
		}
		rank := 0
		if !a.f.Blocks[a.flow.source[e]].Cold {
			rank = 2
		}
		if a.flow.source[e] == b-1 {
			rank++
		}
		if rank > bestRank {
			best, bestRank = e, rank
		}
	}
	return best
}

// prepareLoop makes the state at a loop header one that is good for the loop: values that the loop does not need, and
// those that no register can carry through it, are saved before it, once.
func (a *Allocator) prepareLoop(l *loop) {
	live := a.liveness.liveIn(l.header)
	var lacking [maxClasses]int32
	for _, v := range live {
		c := a.f.class(v)
		if l.call[c] {
			a.saved[v] = true
			if a.home[v] != noReg && a.next[v] >= callDistance {
				a.release(v)
			}
		}
		if a.home[v] == noReg && a.next[v] >= coldDistance {
			lacking[c]++ // it asks for no register in the loop
		}
	}
	for c := range a.f.Target.Classes {
		a.thinOut(Class(c), l.pressure[c]-int32(a.registers[c].Len())-lacking[c])
	}
}

// fillRegisters loads what the loop needs before the loop, as long as there are registers.
func (a *Allocator) fillRegisters(header int32) {
	for _, v := range a.liveness.liveIn(header) {
		c := a.f.class(v)
		if a.home[v] == noReg && a.next[v] < callDistance && a.free&a.registers[c] != 0 {
			a.assign(v, a.choose(v, a.free&a.registers[c]))
		}
	}
}

// thinOut takes the registers from as many values as are too many for the loop, the least needed first, but from none
// that the loop uses.
func (a *Allocator) thinOut(c Class, excess int32) {
	for ; excess > 0; excess-- {
		v := a.victim(c, 0)
		if v == noVReg || a.next[v] < coldDistance {
			return
		}
		a.saved[v] = true
		a.release(v)
	}
}

// enterParams finds locations for the parameters: if possible where the main edge has the arguments.
func (a *Allocator) enterParams(b int32) {
	f := a.f
	params := f.params(b)
	if len(params) == 0 {
		return
	}
	first := f.Blocks[b].Params.Start
	main := a.mainEdge(b, a.flow.edgesTo(b))
	arguments := a.endLocations[a.edgeLocations[main]+int32(len(a.liveness.liveIn(b))):]
	for k, v := range params {
		a.home[v], a.saved[v] = noReg, false
		a.next[v] = a.liveness.paramDistance[first+int32(k)]
		if p := arguments[k].reg; p != noReg && a.free.Has(p) && a.next[v] != unused {
			a.assign(v, p)
		}
	}
	for k, v := range params {
		if a.home[v] == noReg && a.next[v] != unused {
			a.enterParam(v, arguments[k])
		}
		a.paramEntry[first+int32(k)] = endLocation{a.home[v], a.saved[v]}
		if a.home[v] != noReg {
			a.groupReg[a.representative(v)] = a.home[v] // what later edges had best bring it in
		}
		if a.saved[v] {
			a.slots.note(v, b)
		}
	}
}

// enterParam finds a location for a parameter whose argument has no register, or one that another value keeps.
func (a *Allocator) enterParam(v VReg, argument endLocation) {
	if argument.reg == noReg && a.next[v] >= callDistance {
		a.saved[v] = true
		return
	}
	c := a.f.class(v)
	if candidates := a.free & a.registers[c]; candidates != 0 {
		a.assign(v, a.choose(v, candidates))
		return
	}
	w := a.victim(c, 0)
	if w == noVReg || a.score(w) <= a.next[v] || a.isParamOf(w, a.block) {
		a.saved[v] = true
		return
	}
	p := a.home[w]
	a.saved[w] = true
	a.release(w)
	a.assign(v, p)
}

// isParamOf reports whether v is a parameter of b; its location may be settled already.
func (a *Allocator) isParamOf(v VReg, b int32) bool { return a.liveness.definedIn[v] == b }

// leaveBlock notes for the edges of a block where they find the values that they carry.
func (a *Allocator) leaveBlock(b int32) {
	f := a.f
	s := f.Blocks[b].Edges
	for e := s.Start; e < s.End; e++ {
		a.edgeLocations[e] = int32(len(a.endLocations))
		for _, v := range a.liveness.liveIn(f.Edges[e].To) {
			a.endLocations = append(a.endLocations, endLocation{a.home[v], a.saved[v]})
		}
		for _, v := range f.arguments(&f.Edges[e]) {
			a.endLocations = append(a.endLocations, endLocation{a.home[v], a.saved[v]})
		}
	}
}
