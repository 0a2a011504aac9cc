// Package policy decides about the attempts of calls. It stands between the interceptors and the transport.Exchanger of a
// client; on a server, whose interceptors may repeat a call as well, between these and the handler.
//
//	interceptors -> what repeats a call -> Attempts -> what decides about one attempt -> Exchanger
//
// What repeats a call, as a retry does, calls [Attempts.Run] again, or several times at once: each attempt has a result of
// its own. What decides about one attempt, as a circuit breaker, a limit and [Failover] do, is an Exchanger around another.
package policy
