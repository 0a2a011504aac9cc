package thriftfile

import "strings"

// docText returns what a comment of documentation says: without its marks, without the stars that begin its lines, and without the
// indentation that all lines but the first have.
func docText(comment string) string {
	if comment == "" {
		return ""
	}
	comment = strings.TrimPrefix(strings.TrimSuffix(comment, "*/"), "/**")
	lines := strings.Split(comment, "\n")
	indent := -1
	for i, line := range lines {
		line = strings.TrimRight(line, " \t\r")
		if i == 0 {
			lines[i] = strings.TrimLeft(line, " \t*")
			continue
		}
		if trimmed := strings.TrimLeft(line, " \t"); strings.HasPrefix(trimmed, "*") {
			line = trimmed[1:]
		}
		lines[i] = line
		if text := strings.TrimLeft(line, " \t"); text != "" && (indent < 0 || len(line)-len(text) < indent) {
			indent = len(line) - len(text)
		}
	}
	for i, line := range lines[1:] {
		lines[i+1] = line[min(max(indent, 0), len(line)):]
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
