// Package loader owns executable memory: it maps, writes, seals and frees it. A Draft is writable and not
// executable, a Segment executable and not writable; no page is ever both, and none goes back.
//
// # What is assumed of the host
//
//   - Anonymous private memory can be mapped for reading and writing, and mprotect can then take the right to
//     write away and give the right to execute. Hardened hosts refuse the second step (SELinux execmem, seccomp
//     filters, PaX, iOS): Seal reports that, and Probe is how the caller learns of it before relying on it.
//
//   - What mprotect grants is granted: a host that says yes and then faults cannot be told from a crash.
//
//   - amd64 keeps instruction fetches coherent with stores. On arm64 the caches are cleaned and invalidated
//     by address before a draft is sealed; the instructions for that are open to user code on every system
//     with a backend here. No thread can hold older instructions of these addresses, because they were not
//     executable before, and freed only when nothing could run there any more.
//
//   - Publication is the caller's: it hands the Segment to other goroutines by any means that orders memory,
//     an atomic store, a lock or a channel.
//
//   - No page here is mapped with PROT_BTI, so a processor that checks where indirect branches land does not check them in
//     these pages, and Go maps its own text without it, too. Return addresses are neither signed nor authenticated. A host
//     with either extension runs this code as any other.
//
//   - Darwin on arm64 refuses memory that is writable and executable at once without MAP_JIT. It takes memory that changes
//     from one to the other, as these pages do once, in processes without the hardened runtime, which is how Go links them. With
//     it and without the entitlement for unsigned memory, Seal fails, and all types run on reflection.
//
// Linux and Darwin have these calls in package syscall; other systems get errors that say so.
package loader
