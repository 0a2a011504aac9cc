package grpcadapter

import (
	"context"
	"maps"

	"github.com/bytedance/gopkg/cloud/metainfo"
	rpcgrpc "github.com/tagwire/tagwire/rpc/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// send returns ctx with the values that package metainfo keeps in the metadata of the call, and with what rpc/grpc.WithMetadata has put
// into it.
func send(ctx context.Context) (context.Context, error) {
	more := rpcgrpc.OutgoingMetadata(ctx)
	if len(more) == 0 && !metainfo.HasMetaInfo(ctx) {
		return ctx, nil
	}
	if err := more.Check(); err != nil {
		return ctx, err
	}
	outgoing, _ := metadata.FromOutgoingContext(ctx) // a copy
	joined := rpcgrpc.Metadata(outgoing).Join(more)
	if joined == nil {
		joined = rpcgrpc.Metadata{}
	}
	info := map[string]string{}
	metainfo.SaveMetaInfoToMap(ctx, info)
	rpcgrpc.AddInfo(joined, info)
	return metadata.NewOutgoingContext(ctx, metadata.MD(joined)), nil
}

// receive returns the context of a handler, with the metadata of the call for packages rpc/grpc and metainfo.
func receive(ctx context.Context) (context.Context, *rpcgrpc.Handling) {
	md, _ := metadata.FromIncomingContext(ctx) // a copy
	incoming := visible(md)
	ctx, handling := rpcgrpc.WithHandling(ctx, incoming)
	return metainfo.TransferForward(metainfo.SetMetaInfoFromMap(ctx, rpcgrpc.InfoOf(incoming))), handling
}

// sendBack sends what the handler has set by package rpc/grpc. ctx is that of grpc-go.
func sendBack(ctx context.Context, handling *rpcgrpc.Handling) error {
	if header := handling.SendHeader(); len(header) > 0 {
		if err := grpc.SetHeader(ctx, metadata.MD(header)); err != nil {
			return err
		}
	}
	if trailer := handling.End(); len(trailer) > 0 {
		return grpc.SetTrailer(ctx, metadata.MD(trailer))
	}
	return nil
}

// visible returns metadata of grpc-go, which it changes, without the names that are reserved.
func visible(md metadata.MD) rpcgrpc.Metadata {
	maps.DeleteFunc(md, func(key string, _ []string) bool { return rpcgrpc.Reserved(key) })
	return rpcgrpc.Metadata(md)
}
