// Package dns finds endpoints by the name of a host or a service in the DNS.
//
// A [Resolver] makes its own queries, so that it knows how long the records hold: by UDP, and by TCP where an answer is cut. It asks the
// servers of /etc/resolv.conf, or those that it is given. Where something else than that file says how names are found, which is so on
// Windows and macOS and for the names in /etc/hosts, it asks the resolver of package net, which does not tell how long its answers
// hold.
//
// Answers are hostile until they fit: a query has a random id and a socket of its own, whose port the system draws and which takes
// messages of the server's address only, and an answer has the query's id and question. What an answer costs is bounded by its length,
// at most 64 KiB, and by the numbers of records that are used.
package dns
