// Package ir is the SSA form between a schema and machine code: functions, blocks with arguments, values,
// a verifier, passes, and a text form that round-trips. It knows neither reflect nor any wire format.
//
// It is empty for now; it arrives with the native engine.
package ir
