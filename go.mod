module github.com/tagwire/tagwire

go 1.24
