package message

import (
	"context"
	"net/http"
)

// Abortable is a client for requests whose bodies take their time. When the response to one has begun, net/http does not look at the context
// of the request any more, until it has the rest of the request: closing the body of the response ends both.
type Abortable struct {
	HTTPClient interface {
		Do(request *http.Request) (*http.Response, error)
	}
}

// Do sends a request.
func (c Abortable) Do(request *http.Request) (*http.Response, error) {
	response, err := c.HTTPClient.Do(request)
	if err != nil || request.ContentLength >= 0 {
		return response, err
	}
	body := response.Body
	context.AfterFunc(request.Context(), func() { _ = body.Close() }) // the context ends with the call
	return response, nil
}
