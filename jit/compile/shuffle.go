package compile

import "github.com/tagwire/tagwire/ir"

// shuffle puts the instructions of each block into another order, one of those that mean the same: operands before
// their users, instructions with effects in the order they had. It is a tool against code that works by chance.
func shuffle(f *ir.Func, seed uint64) {
	random := randomOrder(seed)
	for _, c := range f.Name { // functions of one unit get different orders
		random = random*31 + randomOrder(c)
	}
	for _, b := range f.Blocks {
		shuffleBlock(b, &random)
	}
}

// shuffleBlock keeps a list of the instructions that could come next, and takes any of them each time.
func shuffleBlock(b *ir.Block, random *randomOrder) {
	waits := map[*ir.Inst]int{} // for how many instructions of the block an instruction waits
	followers := map[*ir.Inst][]*ir.Inst{}
	var ready []*ir.Inst
	var lastEffect *ir.Inst
	body := b.Insts[:len(b.Insts)-1] // all but the terminator
	for _, i := range body {
		waitFor := func(other *ir.Inst) {
			waits[i]++
			followers[other] = append(followers[other], i)
		}
		for _, a := range i.Args {
			if a.Def != nil && a.Def.Block == b {
				waitFor(a.Def)
			}
		}
		if !i.Effects().Pure() {
			if lastEffect != nil {
				waitFor(lastEffect)
			}
			lastEffect = i
		}
		if waits[i] == 0 {
			ready = append(ready, i)
		}
	}
	for n := range body {
		pick := random.below(len(ready))
		next := ready[pick]
		ready[pick] = ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		body[n] = next
		for _, i := range followers[next] {
			if waits[i]--; waits[i] == 0 {
				ready = append(ready, i)
			}
		}
	}
}

// randomOrder is a sequence of pseudo-random numbers. (The library does without the random package: nothing else in it needs
// randomness.)
type randomOrder uint64

// below returns the next number, less than n.
func (r *randomOrder) below(n int) int {
	*r += 0x9e3779b97f4a7c15 // splitmix64
	x := uint64(*r)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(n))
}
