package asm

// What constants and displacements instructions have room for.

// FitsSum reports whether ADD, SUB, CMP and CMN have a form for a constant: 12 bits, or such a number times 4096.
func FitsSum(value int64) bool { return value >= 0 && (value <= 0xfff || value&^0xfff000 == 0) }

// FitsLogic reports whether AND, ORR, EOR, ANDS and TST have a form for a constant of a width, 32 or 64: bits that repeat, in each
// part one run of ones.
func FitsLogic(w Width, value int64) bool {
	_, ok := bitmask(w, value)
	return ok
}

// FitsDisplacement reports whether the load or store of one register of a width has a form for a displacement: a number of
// units of that width that 12 bits hold, or any from -256 to 255.
func FitsDisplacement(w Width, displacement int64) bool {
	o := Operand{value: displacement}
	return o.scaled(int64(w.Bytes())) || -256 <= displacement && displacement < 256
}

// FitsPair reports whether the load or store of two registers of a width has a form for a displacement.
func FitsPair(w Width, displacement int64) bool {
	unit := int64(w.Bytes())
	return displacement%unit == 0 && -64 <= displacement/unit && displacement/unit < 64
}
