package main

import "github.com/tagwire/tagwire/bench/kitexgen/shapes"

// What is left of the cases in shapes.go when nothing is encoded or decoded; see byHand.

// copyOf is a scalar in memory of its own; nil for nil.
func copyOf[T any](source *T) *T {
	if source == nil {
		return nil
	}
	return pointerTo(*source)
}

func (m *memory) textOf(source *string) *string {
	if source == nil {
		return nil
	}
	return pointerTo(m.text(*source))
}

func gatherText(buf []byte, source *string) int {
	if source == nil {
		return 0
	}
	return copy(buf, *source)
}

func copyTexts(source []string, m *memory) []string {
	target := make([]string, len(source))
	for i, text := range source {
		target[i] = m.text(text)
	}
	return target
}

func copyTextByText(source map[string]string, m *memory) map[string]string {
	target := make(map[string]string, len(source))
	for key, text := range source {
		target[m.text(key)] = m.text(text)
	}
	return target
}

func gatherTextByText(source map[string]string, buf []byte) (n int) {
	for key, text := range source {
		n += copy(buf[n:], key)
		n += copy(buf[n:], text)
	}
	return n
}

func copyPart(v, target *shapes.Part, m *memory) {
	*target = shapes.Part{Name: m.text(v.Name), Count: v.Count, Grade: copyOf(v.Grade), Weight: copyOf(v.Weight)}
}

func newPart(v *shapes.Part, m *memory) *shapes.Part {
	target := new(shapes.Part)
	copyPart(v, target, m)
	return target
}

func copyParts(source []*shapes.Part, m *memory) []*shapes.Part {
	target := pointersTo[shapes.Part](len(source))
	for i, part := range source {
		copyPart(part, target[i], m)
	}
	return target
}

func gatherParts(source []*shapes.Part, buf []byte) (n int) {
	for _, part := range source {
		n += copy(buf[n:], part.Name)
	}
	return n
}

func copyComplex(v, target *shapes.Complex, m *memory) {
	*target = *v
	target.Name, target.Blob, target.Tags = m.text(v.Name), m.bytes(v.Blob), copyTexts(v.Tags, m)
	target.Note, target.Limit, target.Main = m.textOf(v.Note), copyOf(v.Limit), newPart(v.Main, m)
	target.Parts = copyParts(v.Parts, m)
	target.PartByName = make(map[string]*shapes.Part, len(v.PartByName))
	parts, next := make([]shapes.Part, len(v.PartByName)), 0
	for key, part := range v.PartByName {
		copyPart(part, &parts[next], m)
		target.PartByName[m.text(key)] = &parts[next]
		next++
	}
	target.CountsByGrade = make(map[shapes.Grade][]int64, len(v.CountsByGrade))
	for key, counts := range v.CountsByGrade {
		target.CountsByGrade[key] = numbers(counts)
	}
}

func gatherComplex(v *shapes.Complex, buf []byte) int {
	n := copy(buf, v.Name)
	n += gatherParts(v.Parts, buf[n:])
	for key, part := range v.PartByName {
		n += copy(buf[n:], key)
		n += copy(buf[n:], part.Name)
	}
	for _, counts := range v.CountsByGrade {
		n += copy(buf[n:], bytesOf(counts))
	}
	for _, text := range v.Tags {
		n += copy(buf[n:], text)
	}
	n += copy(buf[n:], v.Blob)
	n += gatherText(buf[n:], v.Note)
	return n + copy(buf[n:], v.Main.Name)
}

func copyOrder(v, target *shapes.Order, m *memory) {
	*target = *v
	target.Customer = &shapes.Customer{Number: v.Customer.Number, Name: m.text(v.Customer.Name), Email: m.textOf(v.Customer.Email),
		Languages: copyTexts(v.Customer.Languages, m)}
	target.Items = pointersTo[shapes.Item](len(v.Items))
	for i, item := range v.Items {
		*target.Items[i] = shapes.Item{Article: m.text(item.Article), Quantity: item.Quantity, Price: item.Price, Note: m.textOf(item.Note)}
	}
	target.Labels = copyTextByText(v.Labels, m)
	target.Stock = make(map[int32]int64, len(v.Stock))
	for key, count := range v.Stock {
		target.Stock[key] = count
	}
	target.Discount, target.Shipped, target.Signature = copyOf(v.Discount), copyOf(v.Shipped), m.bytes(v.Signature)
}

func gatherOrder(v *shapes.Order, buf []byte) int {
	n := copy(buf, v.Customer.Name)
	n += gatherText(buf[n:], v.Customer.Email)
	for _, language := range v.Customer.Languages {
		n += copy(buf[n:], language)
	}
	for _, item := range v.Items {
		n += copy(buf[n:], item.Article)
		n += gatherText(buf[n:], item.Note)
	}
	n += gatherTextByText(v.Labels, buf[n:])
	for key, count := range v.Stock {
		n += int(key) & int(count) & 1
	}
	return n + copy(buf[n:], v.Signature)
}

// copySparse knows which fields the value of the case has.
func copySparse(v, target *shapes.Sparse, m *memory) {
	*target = shapes.Sparse{Int1: copyOf(v.Int1), Text2: m.textOf(v.Text2), Long4: copyOf(v.Long4)}
}

func gatherSparse(v *shapes.Sparse, buf []byte) int { return gatherText(buf, v.Text2) }

func copyTree(v, target *shapes.Tree, m *memory) {
	*target = shapes.Tree{Name: m.text(v.Name), Weight: v.Weight, Children: pointersTo[shapes.Tree](len(v.Children))}
	for i, child := range v.Children {
		copyTree(child, target.Children[i], m)
	}
}

func gatherTree(v *shapes.Tree, buf []byte) int {
	n := copy(buf, v.Name)
	for _, child := range v.Children {
		n += gatherTree(child, buf[n:])
	}
	return n
}

func copyHalf(v, target *shapes.Half, m *memory) {
	*target = *v
	target.TextB, target.LongsA, target.PartB = m.text(v.TextB), numbers(v.LongsA), newPart(v.PartB, m)
	target.TextByTextB, target.PartsB, target.BlobB = copyTextByText(v.TextByTextB, m), copyParts(v.PartsB, m), m.bytes(v.BlobB)
}

func gatherHalf(v *shapes.Half, buf []byte) int {
	n := copy(buf, v.TextB)
	n += copy(buf[n:], bytesOf(v.LongsA))
	n += copy(buf[n:], v.PartB.Name)
	n += gatherTextByText(v.TextByTextB, buf[n:])
	n += gatherParts(v.PartsB, buf[n:])
	return n + copy(buf[n:], v.BlobB)
}
