// Package interop has no code of its own. Its tests generate Go code of real definitions, and compare it with that of other generators.
package interop
