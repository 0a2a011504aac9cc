// Package channel makes calls of gRPC: over a few connections to each endpoint, which all calls share.
package channel
