package source

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// A Reader returns the text of a file. The path has slashes and is clean, in the sense of path.Clean. The error for a file that is not
// there is or wraps fs.ErrNotExist.
type Reader func(path string) ([]byte, error)

// Folders returns a Reader of files on disk. A path is looked for in each folder, in their order; an absolute path is itself. Without
// a folder, paths are relative to the current one.
func Folders(folders ...string) Reader {
	if len(folders) == 0 {
		folders = []string{"."}
	}
	return func(name string) ([]byte, error) {
		local := filepath.FromSlash(name)
		if filepath.IsAbs(local) {
			return os.ReadFile(local)
		}
		return first(folders, func(folder string) ([]byte, error) { return os.ReadFile(filepath.Join(folder, local)) })
	}
}

// FS returns a Reader of files of file systems. A path is looked for in each, in their order.
func FS(systems ...fs.FS) Reader {
	return func(name string) ([]byte, error) {
		if !fs.ValidPath(name) {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return first(systems, func(system fs.FS) ([]byte, error) { return fs.ReadFile(system, name) })
	}
}

// Texts returns a Reader of files in memory, by their paths.
func Texts(texts map[string]string) Reader {
	cleaned := make(map[string]string, len(texts))
	for name, text := range texts {
		cleaned[path.Clean(name)] = text
	}
	return func(name string) ([]byte, error) {
		text, ok := cleaned[name]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return []byte(text), nil
	}
}

// first returns the file of the first place that has it.
func first[P any](places []P, read func(P) ([]byte, error)) ([]byte, error) {
	err := error(fs.ErrNotExist)
	for _, place := range places {
		var text []byte
		if text, err = read(place); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return text, err
		}
	}
	return nil, err
}
