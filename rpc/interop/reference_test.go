package interop

import "testing"

// TestPeersAgree runs the peers against Apache Thrift for Go. What they agree on is what ours must do; where this test
// fails, the peers are wrong and the others prove nothing.
func TestPeersAgree(t *testing.T) {
	reference := peers[0]
	own, _ := reference.program(t)
	for _, p := range peers {
		foreign, available := p.program(t)
		if !available {
			continue
		}
		for _, s := range settings {
			for _, kind := range p.servers {
				if !kind.suits(s) {
					continue
				}
				t.Run("server "+kind.name+" "+s.String(), func(t *testing.T) {
					runClient(t, own, startServer(t, foreign, kind, s), s, "apache")
				})
			}
			if p == reference {
				continue
			}
			t.Run("client "+p.name+" "+s.String(), func(t *testing.T) {
				runClient(t, foreign, startServer(t, own, reference.servers[0], s), s, "apache")
			})
		}
	}
}
