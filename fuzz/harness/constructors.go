package harness

import (
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
)

// constructors makes the typed codec of each case: what cannot be had from a reflect.Type.
var constructors = map[string]func(cases.Case, []tagwire.Option) (codec, error){
	"Key":            newTyped[cases.Key],
	"Point":          newTyped[cases.Point],
	"Tree":           newTyped[cases.Tree],
	"Scalars":        newTyped[cases.Scalars],
	"Optionals":      newTyped[cases.Optionals],
	"Requireds":      newTyped[cases.Requireds],
	"Defaults":       newTyped[cases.Defaults],
	"Lists":          newTyped[cases.Lists],
	"Sets":           newTyped[cases.Sets],
	"Maps":           newTyped[cases.Maps],
	"Everything":     newTyped[cases.Everything],
	"EchoArgs":       newTyped[cases.EchoArgs],
	"EchoResult":     newTyped[cases.EchoResult],
	"PointTwin":      newTyped[cases.PointTwin],
	"ScalarsTwin":    newTyped[cases.ScalarsTwin],
	"OptionalsTwin":  newTyped[cases.OptionalsTwin],
	"MapsTwin":       newTyped[cases.MapsTwin],
	"EverythingTwin": newTyped[cases.EverythingTwin],
	"Empty":          newTyped[cases.Empty],
	"OnlyUnknown":    newTyped[cases.OnlyUnknown],
	"EmbedsUnknown":  newTyped[cases.EmbedsUnknown],
	"RequiredIDs":    newTyped[cases.RequiredIDs],
	"EdgeIDs":        newTyped[cases.EdgeIDs],
	"ListFirst":      newTyped[cases.ListFirst],
	"SetFirst":       newTyped[cases.SetFirst],
	"Keeper":         newTyped[cases.Keeper],
	"NamedKeeper":    newTyped[cases.NamedKeeper],
	"Web":            newTyped[cases.Web],
	"Folder":         newTyped[cases.Folder],
	"File":           newTyped[cases.File],
	"Enums":          newTyped[cases.Enums],
	"NoCopy":         newTyped[cases.NoCopy],
	"Spellings":      newTyped[cases.Spellings],
	"Pairs":          newTyped[cases.Pairs],
	"Blocks":         newTyped[cases.Blocks],
	"Chain":          newTyped[cases.Chain],
	"Nest":           newTyped[cases.Nest],
	"Hollow":         newTyped[cases.Hollow],
	"FloatDefaults":  newTyped[cases.FloatDefaults],
	"DefaultHolder":  newTyped[cases.DefaultHolder],
	"Small":          newTyped[cases.Small],
	"Medium":         newTyped[cases.Medium],
	"Large":          newTyped[cases.Large],
}
