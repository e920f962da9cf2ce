package node

import (
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

// command is what a container's process is started with.
type command struct {
	path string
	args []string
	env  []string
}

// command resolves image, environment and arguments.
func (c *container) command() (command, error) {
	binary, known := c.pod.agent.options.Images[c.spec.Image]
	if !known {
		return command{}, &startError{
			reason: "ErrImagePull", final: true,
			err: fmt.Errorf("image %q is not mapped to a binary: start the embedded cluster with --image %s=/path/to/binary", c.spec.Image, c.spec.Image),
		}
	}
	variables, err := c.environment()
	if err != nil {
		return command{}, &startError{reason: "CreateContainerConfigError", err: err}
	}
	mapping := expansion.MappingFuncFor(variables.values)
	path, args := arguments(binary, expandAll(c.spec.Command, mapping), expandAll(c.spec.Args, mapping), executable)
	return command{path: path, args: args, env: variables.list()}, nil
}

// arguments gives the program and its argv. The image's binary stands for the
// image's entry point. A container that names a command of its own gets that
// program only if it is an absolute path that exists on this machine; any
// other first word is taken as the name the binary has inside the image.
func arguments(binary string, entry, args []string, exists func(string) bool) (path string, argv []string) {
	path = binary
	if len(entry) > 0 {
		if filepath.IsAbs(entry[0]) && exists(entry[0]) {
			path = entry[0]
		}
		entry = entry[1:]
	}
	argv = append([]string{path}, entry...)
	return path, append(argv, args...)
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}

func expandAll(words []string, mapping func(string) string) []string {
	expanded := make([]string, len(words))
	for i, word := range words {
		expanded[i] = expansion.Expand(word, mapping)
	}
	return expanded
}

// mountsCredentials tells whether service-account credentials are mounted
// into the container, that is, whether automountServiceAccountToken holds.
func mountsCredentials(spec *corev1.PodSpec, c *corev1.Container) bool {
	for i := range spec.Volumes {
		if credentialSource(&spec.Volumes[i]) == nil {
			continue
		}
		for _, mount := range c.VolumeMounts {
			if mount.Name == spec.Volumes[i].Name {
				return true
			}
		}
	}
	return false
}
