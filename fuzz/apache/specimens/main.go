// Command specimens writes Apache Thrift Go's specimens into fuzz/cases/specimens/apache-go. Run it in
// fuzz/apache; specimens/make.sh does.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/tagwire/tagwire/fuzz/apache/convert"
	"github.com/tagwire/tagwire/fuzz/cases"
)

const folder = "../cases/specimens/apache-go"

func main() {
	for _, s := range cases.SpecimenValues() {
		value := cases.OneEntry(s.Build())
		apache := convert.TwinOf(cases.Of(value).Name).NewApache()
		convert.Copy(apache, value)
		data, err := convert.Marshal(apache)
		if err != nil {
			log.Fatalf("%s: %v", s.Name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, s.Name+".bin"), data, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
