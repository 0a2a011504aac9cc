package conformance

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"

	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
)

// RunServer starts the server that the suite asks for on its input, says where it is on its output, and serves until the process is ended.
func RunServer(f framework.Framework, in io.Reader, out io.Writer) error {
	request := &ServerRequest{}
	if err := read(in, request); err != nil {
		return err
	}
	options := framework.Options{MaxReceive: int(request.MessageReceiveLimit)}
	response := &ServerResponse{Host: "127.0.0.1"}
	if request.UseTLS {
		if request.ServerCreds == nil {
			return errors.New("there is no certificate")
		}
		pair, err := tls.X509KeyPair(request.ServerCreds.Cert, request.ServerCreds.Key)
		if err != nil {
			return err
		}
		options.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}}
		response.PEMCert = request.ServerCreds.Cert
		if len(request.ClientTLSCert) > 0 {
			options.TLS.ClientAuth = tls.RequireAndVerifyClientCert
			options.TLS.ClientCAs = x509.NewCertPool()
			options.TLS.ClientCAs.AppendCertsFromPEM(request.ClientTLSCert)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := f.Serve(listener, options, New(f)); err != nil {
		return err
	}
	response.Port = uint32(listener.Addr().(*net.TCPAddr).Port)
	if err := write(out, response); err != nil {
		return err
	}
	select {}
}
