// Package exchange exchanges messages with the servers that a directory knows: a call goes to an endpoint, over a connection of the
// endpoint's pool. Connections either carry one call at a time, a [conversation], or are shared by calls as [lines].
package exchange
