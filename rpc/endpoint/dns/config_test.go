package dns

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// TestResolvConf: what counts in the file is what resolv.conf(5) says, and what is strange in it does not.
func TestResolvConf(t *testing.T) {
	for text, want := range map[string]*client{
		"": nil, "nameserver\nnameserver x.test\nsearch test\n": nil,
		"nameserver 10.0.0.10\n": {servers: []string{"10.0.0.10:53"}, dots: 1},
		"# c\n; c\nnameserver 10.0.0.1 # c\nnameserver fd00::1\nnameserver fe80::1%eth0\nnameserver 10.0.0.4\n" +
			"domain old.test\nsearch ns.svc.test svc.test. bad..name .\noptions timeout:1 ndots:5 edns0\n": {
			servers: []string{"10.0.0.1:53", "[fd00::1]:53", "[fe80::1%eth0]:53"}, search: []string{"ns.svc.test", "svc.test."}, dots: 5},
		"nameserver 10.0.0.1\noptions ndots:99 ndots:x\n":                              {servers: []string{"10.0.0.1:53"}, dots: 15},
		"nameserver 10.0.0.1\noptions ndots:-1\n":                                      {servers: []string{"10.0.0.1:53"}},
		"nameserver 10.0.0.1\n" + strings.Repeat("x", 1<<17) + "\nnameserver 10.0.0.2": {servers: []string{"10.0.0.1:53"}, dots: 1},
	} {
		require.Equal(t, want, paths{resolv: write(t, text)}.configured(), text)
	}
	require.Nil(t, paths{resolv: filepath.Join(t.TempDir(), "none")}.configured())
}

// TestSources: who is asked depends on the system, its files and the name.
func TestSources(t *testing.T) {
	for _, name := range []string{"windows", "darwin", "ios"} {
		require.Equal(t, paths{}, pathsOf(name))
	}
	require.Equal(t, paths{"/etc/resolv.conf", "/etc/hosts"}, pathsOf("linux"))
	files := paths{write(t, "nameserver 10.0.0.1\n"), write(t, "# x\n127.0.0.1 one two.test # three\n127.0.0.2\n")}
	for name, own := range map[string]bool{
		"one:80": false, "TWO.test:80": false, "two.test.:80": false, "localhost:80": false, "three:80": true, "127.0.0.1.test:80": true, "#:80": true,
	} {
		r := New(name)
		r.paths = files
		_, isClient := r.source().(*client)
		require.Equal(t, own, isClient, name)
		r.paths = paths{}
		require.IsType(t, system{}, r.source())
		r.servers = []string{"10.0.0.1:53"}
		require.Equal(t, &client{servers: r.servers, try: firstTry}, r.source())
	}
}

// TestSearch: a name that is not absolute is tried with the suffixes, before or after it is tried as it is.
func TestSearch(t *testing.T) {
	c := &client{search: []string{"ns.svc.test", "svc.test."}, dots: 2}
	for name, want := range map[string][]string{
		"a": {"a.ns.svc.test.", "a.svc.test.", "a."}, "a.b": {"a.b.ns.svc.test.", "a.b.svc.test.", "a.b."},
		"a.b.c": {"a.b.c.", "a.b.c.ns.svc.test.", "a.b.c.svc.test."}, "a.": {"a."},
	} {
		require.Equal(t, want, c.absolute(name), name)
	}
	long := strings.Repeat("a.", 121) + "a"
	require.Equal(t, []string{long + ".", long + ".svc.test."}, c.absolute(long))
	require.Equal(t, []string{"a."}, (&client{dots: 1}).absolute("a"))
}

// TestSearchEnds: the next name is tried when one does not exist, and not when that could not be found out.
func TestSearchEnds(t *testing.T) {
	p := NewPeer(t, Zone(Address("store.svc.test.", 60, "10.0.0.1"), Address("store.", 60, "10.9.9.9")))
	c := &client{try: firstTry, servers: []string{p.Address}, search: []string{"ns.test", "svc.test"}, dots: 5}
	found, _, err := c.addresses(t.Context(), "store")
	require.NoError(t, err)
	require.Equal(t, "10.0.0.1", found[0].String())

	p.Set(Zone(Service("none.svc.test.", 1, 1, 1, "x.")))
	_, _, err = c.addresses(t.Context(), "none")
	require.ErrorIs(t, err, errNoRecord)

	p.Set(Failing(dnsmessage.RCodeServerFailure))
	asked := p.Asked.Load()
	_, _, err = c.addresses(t.Context(), "store")
	require.ErrorContains(t, err, "the DNS server "+p.Address+": the server answers with the code ServerFailure")
	require.Equal(t, int64(2*rounds), p.Asked.Load()-asked)
}
