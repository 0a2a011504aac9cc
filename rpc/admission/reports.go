package admission

// Reports runs what tells users' code of connections that were refused, as many at once as it has room for.
type Reports chan struct{}

// mostReports is how many reports are made at once.
const mostReports = 64

// NewReports returns Reports without any.
func NewReports() Reports { return make(Reports, mostReports) }

// Begin runs report in a goroutine of its own, or not at all if too many others do not return. It does not block.
func (r Reports) Begin(report func()) {
	select {
	case r <- struct{}{}:
		go func() {
			defer func() { <-r }()
			report()
		}()
	default:
	}
}
