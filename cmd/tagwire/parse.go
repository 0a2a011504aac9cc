package main

import (
	"fmt"
	"path"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/protofile"
	"github.com/tagwire/tagwire/idl/source"
	"github.com/tagwire/tagwire/idl/thriftfile"
)

// extensions are those of definition files.
var extensions = []string{".thrift", ".proto"}

// parse parses definition files of both languages with all that they include.
func parse(read source.Reader, files []string) (*definition.Definitions, error) {
	byLanguage := map[string][]string{}
	for _, f := range files {
		byLanguage[path.Ext(f)] = append(byLanguage[path.Ext(f)], f)
	}
	all := new(definition.Definitions)
	for _, language := range []struct {
		extension string
		parse     func(source.Reader, ...string) (*definition.Definitions, error)
	}{{".thrift", thriftfile.Parse}, {".proto", protofile.Parse}} {
		list := byLanguage[language.extension]
		delete(byLanguage, language.extension)
		if len(list) == 0 {
			continue
		}
		parsed, err := language.parse(read, list...)
		if err != nil {
			return nil, err
		}
		all.Files = append(all.Files, parsed.Files...)
	}
	for _, list := range byLanguage {
		return nil, fmt.Errorf("tagwire: %s is no definition file: its name must end in .thrift or .proto", list[0])
	}
	if len(all.Files) == 0 {
		return nil, fmt.Errorf("tagwire: there are no definition files there")
	}
	return all, nil
}
