package compile

import (
	"fmt"
	"runtime/debug"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
)

// A Pipeline turns a struct type into functions that backends can lower. The zero value is what production uses.
type Pipeline struct {
	// Verify runs the verifier after each step, not only at the end.
	Verify bool
	// Finished are helpers that are taken as they are.
	Finished build.HelperSet
	// Without names optional passes that are left out.
	Without map[string]bool
	// Shuffle, if not 0, seeds a new order for the instructions of each block, after each pass.
	Shuffle uint64
	// Pause, if not nil, is called after each pass.
	Pause func()
	// Dump, if not nil, is shown each function as the builder made it, which counts as the pass Built, and after each pass.
	Dump func(pass string, f *ir.Func)
}

// Run builds the functions of s for one task and runs the passes on them. Errors that begin with BUG are faults of
// the compiler; others are reasons why the type has no native code. Either way the plain codec serves the type.
func (p *Pipeline) Run(s *schema.StructType, d build.Task) (result *build.Module, err error) {
	err = guarded("the builder of "+d.String()+" for "+codec.TypeText(s.Go), func() (err error) {
		result, err = build.New(s, d, p.Finished)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, f := range result.Functions {
		if p.Finished.Has(d.Format, f) {
			continue
		}
		if err := p.check(Built, f, false); err != nil {
			return nil, err
		}
		if err := p.passes(f); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// passes runs the pass table on one function.
func (p *Pipeline) passes(f *ir.Func) error {
	for i := range passTable {
		row := &passTable[i]
		if !row.required && p.Without[row.name] {
			continue
		}
		err := guarded("pass "+row.name+" on @"+f.Name, func() error {
			row.run(f)
			return nil
		})
		if err == nil {
			err = p.check(row.name, f, i == len(passTable)-1)
		}
		if p.Pause != nil {
			p.Pause()
		}
		if err != nil {
			return err
		}
	}
	f.Forget()
	return nil
}

// check shuffles f, shows it and verifies it, if that is asked for or always done at this point.
func (p *Pipeline) check(after string, f *ir.Func, always bool) error {
	if p.Shuffle != 0 {
		err := guarded("shuffling @"+f.Name, func() error {
			shuffle(f, p.Shuffle)
			return nil
		})
		if err != nil {
			return err
		}
	}
	if p.Dump != nil {
		p.Dump(after, f)
	}
	if !always && !p.Verify {
		return nil
	}
	return guarded("the verifier on @"+f.Name, func() error {
		if err := ir.Verify(f); err != nil {
			return fmt.Errorf("BUG: jit: @%s after %s: %w", f.Name, after, err)
		}
		return nil
	})
}

// guarded runs a step of the compiler and makes an error of a panic: a fault of the compiler must not end a program
// that the plain codec can serve.
func guarded(step string, run func() error) (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("BUG: jit: %s panicked: %v\n%s", step, problem, debug.Stack())
		}
	}()
	return run()
}
