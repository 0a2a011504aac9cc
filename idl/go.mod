module github.com/tagwire/tagwire/idl

go 1.24.0

require github.com/tagwire/tagwire v0.0.0-00010101000000-000000000000

replace github.com/tagwire/tagwire => ../
