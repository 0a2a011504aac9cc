module github.com/tagwire/tagwire/bench

go 1.26.0

tool github.com/cloudwego/thriftgo

require (
	buf.build/go/hyperpb v0.1.3
	connectrpc.com/connect v1.21.1
	github.com/apache/thrift v0.25.0
	github.com/cloudwego/gopkg v0.1.4
	github.com/gogo/protobuf v1.3.2
	github.com/planetscale/vtprotobuf v0.6.1-0.20240319094008-0393e58bdf10
	github.com/segmentio/encoding v0.5.4
	golang.org/x/sys v0.48.0
	google.golang.org/grpc v1.85.0
	google.golang.org/protobuf v1.36.12
)

require (
	github.com/cloudwego/thriftgo v0.4.3 // indirect
	github.com/dlclark/regexp2 v1.11.0 // indirect
	github.com/klauspost/cpuid/v2 v2.3.0 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	github.com/timandy/routine v1.1.5 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/net v0.60.0 // indirect
	golang.org/x/text v0.42.0 // indirect
	golang.org/x/time v0.12.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260817212433-ac3dfec99bb1 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

require (
	github.com/bytedance/gopkg v0.1.4 // indirect
	github.com/tagwire/tagwire v0.0.0
)

replace github.com/tagwire/tagwire => ../

// Of a module that grpc requires in a later version, the release that is a peer.
replace github.com/planetscale/vtprotobuf => github.com/planetscale/vtprotobuf v0.6.0
