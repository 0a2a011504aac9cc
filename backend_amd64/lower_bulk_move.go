package amd64

import . "github.com/tagwire/tagwire/backend_amd64/asm"

// moveClobbers are the registers that a move of bytes destroys.
const moveClobbers = RegSet(1<<bulkIndex | 1<<bulkSpare | 1<<bulkCount | 1<<X0 | 1<<X1 | 1<<X2 | 1<<X3)

// emitMoveUp appends a move of bulkCount bytes to a place that may be among those behind them. It goes from the end to the
// begin, four vectors of V bytes a turn, all loads before the stores. What is left, up to a turn, is moved at once: its first
// and its last pieces, which may overlap.
//
//	  cmp rcx, 4*V ; jbe rest
//	again:
//	  [rdi+rcx-4*V..] <- [rsi+rcx-4*V..]
//	  sub rcx, 4*V
//	  cmp rcx, 4*V ; ja again
//	rest:
//	  cmp rcx, 2*V ; jbe two
//	  [rdi], [rdi+V], [rdi+rcx-2*V], [rdi+rcx-V] <- the same of rsi
//	  jmp done
//	two:
//	  cmp rcx, V ; jb under
//	  [rdi], [rdi+rcx-V] <- [rsi], [rsi+rcx-V]
//	  jmp done
//	under: ...                             the same for 16, 8, 4 and 2
//	  test ecx, ecx ; je done
//	  movzx eax, byte [rsi] ; mov [rdi], al
//	done:
func emitMoveUp(f *Function, available Features) {
	b := &bulk{Function: f, element: W8, vector: W128, done: f.NewLabel()}
	if available.Has(HasAVX | HasAVX2) {
		b.vector, b.vex = W256, true
	}
	size := int32(b.vector.Bytes())
	again, rest, two := b.NewLabel(), b.NewLabel(), b.NewLabel()
	b.Emit(CMP, W64, R(bulkCount), Imm(bulkUnroll*int64(size)))
	b.EmitCond(Jcc, CondBE, W64, To(rest))
	b.Emit(ALIGN, W64, Imm(FunctionAlign))
	b.Bind(again)
	var moves []bulkMove
	for n := range PReg(bulkUnroll) {
		moves = append(moves, bulkMove{X0 + n, bulkCount.Reg(), (int32(n) - bulkUnroll) * size})
	}
	b.vectors(b.vector, moves...)
	b.Emit(SUB, W64, R(bulkCount), Imm(bulkUnroll*int64(size)))
	b.Emit(CMP, W64, R(bulkCount), Imm(bulkUnroll*int64(size)))
	b.EmitCond(Jcc, CondA, W64, To(again))

	b.Bind(rest)
	b.Emit(CMP, W64, R(bulkCount), Imm(2*int64(size)))
	b.EmitCond(Jcc, CondBE, W64, To(two))
	b.vectors(b.vector, bulkMove{X0, NoReg, 0}, bulkMove{X1, NoReg, size},
		bulkMove{X2, bulkCount.Reg(), -2 * size}, bulkMove{X3, bulkCount.Reg(), -size})
	b.Emit(JMP, W64, To(b.done))
	b.Bind(two)
	for w := b.vector; w >= W16; w-- {
		under := b.NewLabel()
		b.Emit(CMP, W64, R(bulkCount), Imm(int64(w.Bytes())))
		b.EmitCond(Jcc, CondB, W64, To(under))
		if w >= W128 {
			b.vectors(w, bulkMove{X0, NoReg, 0}, bulkMove{X1, bulkCount.Reg(), -int32(w.Bytes())})
		} else {
			b.words(w)
		}
		b.Emit(JMP, W64, To(b.done))
		b.Bind(under)
	}
	b.Emit(TEST, W32, R(bulkCount), R(bulkCount))
	b.EmitCond(Jcc, CondE, W64, To(b.done))
	b.moveByte(NoReg, 0)
	b.Bind(b.done)
	if b.vex {
		b.Emit(VZEROUPPER, W256)
	}
}
