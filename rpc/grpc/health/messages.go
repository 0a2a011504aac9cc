// Package health is the service by which clients and load balancers ask a server whether it serves: grpc.health.v1.Health.
package health

import "strconv"

// HealthCheckRequest names a service. The empty name stands for the server.
type HealthCheckRequest struct {
	Service string `protobuf:"1"`
}

// HealthCheckResponse is the status of a service.
type HealthCheckResponse struct {
	Status ServingStatus `protobuf:"1"`
}

// HealthListRequest asks for all services.
type HealthListRequest struct{}

// HealthListResponse has the status of each service, by name.
type HealthListResponse struct {
	Statuses map[string]*HealthCheckResponse `protobuf:"1"`
}

// ServingStatus is whether a service serves.
type ServingStatus int32

// The statuses.
const (
	// Unknown: it is not known.
	Unknown ServingStatus = 0
	// Serving: it serves.
	Serving ServingStatus = 1
	// NotServing: it does not serve at present.
	NotServing ServingStatus = 2
	// ServiceUnknown: there is no such service. Only Watch reports it.
	ServiceUnknown ServingStatus = 3
)

var statusNames = [...]string{Unknown: "UNKNOWN", Serving: "SERVING", NotServing: "NOT_SERVING", ServiceUnknown: "SERVICE_UNKNOWN"}

// String returns the name that the status has in the protocol.
func (s ServingStatus) String() string {
	if s >= 0 && int(s) < len(statusNames) {
		return statusNames[s]
	}
	return strconv.Itoa(int(s))
}
