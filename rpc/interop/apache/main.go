// Command apache is the peer on Apache Thrift's Go library, with code by its compiler: a server or a client of
// alltypes.thrift.
//
//	apache server framed|buffered plain|multiplexed binary|compact
//
// serves on a free port of 127.0.0.1, prints the port, and ends when its standard input does.
//
//	apache client HOST:PORT framed|buffered plain|multiplexed binary|compact apache|tagwire
//
// calls every method of a server and exits with status 1 if an answer is not what it should be. The last argument says
// whose server it is: Apache's do not agree on the types of exceptions that are not declared.
package main

import (
	"fmt"
	"os"

	"github.com/apache/thrift/lib/go/thrift"
)

func main() {
	var err error
	switch arguments := os.Args[1:]; {
	case len(arguments) == 4 && arguments[0] == "server":
		err = serve(arguments[1], arguments[2], arguments[3])
	case len(arguments) == 6 && arguments[0] == "client":
		err = call(arguments[1], arguments[2], arguments[3], arguments[4], arguments[5])
	default:
		err = fmt.Errorf("the arguments are not those of a server or a client: %q", arguments)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// transportFactory makes the transport of a name.
func transportFactory(name string) (thrift.TTransportFactory, error) {
	switch name {
	case "framed":
		return thrift.NewTFramedTransportFactoryConf(thrift.NewTTransportFactory(), nil), nil
	case "buffered":
		return thrift.NewTBufferedTransportFactory(4096), nil
	}
	return nil, fmt.Errorf("no transport %q", name)
}

// protocolFactory makes the protocol of a name.
func protocolFactory(name string, limits *thrift.TConfiguration) (thrift.TProtocolFactory, error) {
	switch name {
	case "binary":
		return thrift.NewTBinaryProtocolFactoryConf(limits), nil
	case "compact":
		return thrift.NewTCompactProtocolFactoryConf(limits), nil
	}
	return nil, fmt.Errorf("no protocol %q", name)
}
