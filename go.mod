module github.com/tagwire/tagwire

go 1.24.0

require (
	github.com/bytedance/gopkg v0.1.4
	github.com/klauspost/cpuid/v2 v2.3.0
	github.com/stretchr/testify v1.12.1
	github.com/twitchyliquid64/golang-asm v0.15.1
	golang.org/x/net v0.50.0
	golang.org/x/time v0.12.0
)

require (
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.41.0 // indirect
	golang.org/x/text v0.34.0 // indirect
)
