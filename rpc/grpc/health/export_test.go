package health

// Waiting returns how many services are waited for.
func (h *Health) Waiting() int {
	h.lock.Lock()
	defer h.lock.Unlock()
	return len(h.waiting)
}
