// Package admission decides which connections a server takes into service: [Acceptor] gets them from a listener, also
// while descriptors run out, [Peers] counts them by the address that they come from, and [Reports] tells of those that were refused.
package admission
