// SPDX-License-Identifier: Apache-2.0

// Package holdfast builds a container's file-system view: a Config becomes a Plan, and the Plan a mount namespace.
package holdfast

/*
#cgo pkg-config: holdfast
#define _GNU_SOURCE
#include <holdfast/holdfast.h>
#include <sched.h>
#include <stdlib.h>
*/
import "C"

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"
)

// Error is what the library reports. errors.Is(err, syscall.ENOENT) asks for its errno.
type Error struct {
	Errno   syscall.Errno
	Name    string // "ENOENT"
	Message string // one line: where, what and why
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.Errno }

func take(e *C.hf_error) error {
	defer C.hf_error_free(e)
	return &Error{syscall.Errno(C.hf_error_code(e)), C.GoString(C.hf_error_name(e)), C.GoString(C.hf_error_message(e))}
}

// Config is a root with mounts.
type Config struct{ handle *C.hf_config }

// NewConfig makes a configuration with the directory root as its root.
func NewConfig(root string, readonly bool) (*Config, error) {
	path := C.CString(root)
	defer C.free(unsafe.Pointer(path))
	options := C.struct_hf_root_options{path: path, readonly: C.bool(readonly)}
	options.size = C.size_t(unsafe.Sizeof(options))
	config := &Config{}
	var e *C.hf_error
	if C.hf_config_new(&options, &config.handle, &e) != 0 {
		return nil, take(e)
	}
	runtime.SetFinalizer(config, func(c *Config) { C.hf_config_free(c.handle) })
	return config, nil
}

// Mount is a file system, or, with Type "bind", a file or directory of the host.
type Mount struct {
	Type, Source, Destination string
	Writable                  bool
}

// Add adds a mount after the ones that are there.
func (c *Config) Add(mount Mount) error {
	kind, destination := C.CString(mount.Type), C.CString(mount.Destination)
	defer C.free(unsafe.Pointer(kind))
	defer C.free(unsafe.Pointer(destination))
	given := C.struct_hf_mount{_type: kind, destination: destination, writable: C.bool(mount.Writable)}
	given.size = C.size_t(unsafe.Sizeof(given))
	if mount.Source != "" {
		given.source = C.CString(mount.Source)
		defer C.free(unsafe.Pointer(given.source))
	}
	var e *C.hf_error
	if C.hf_config_add_mount(c.handle, &given, &e) != 0 {
		return take(e)
	}
	runtime.KeepAlive(c)
	return nil
}

// Plan is the list of operations that a configuration comes to. Nothing is touched yet.
type Plan struct{ handle *C.hf_plan }

// NewPlan compiles the configuration.
func NewPlan(config *Config) (*Plan, error) {
	plan := &Plan{}
	var e *C.hf_error
	if C.hf_plan_new(config.handle, &plan.handle, &e) != 0 {
		return nil, take(e)
	}
	runtime.KeepAlive(config)
	runtime.SetFinalizer(plan, func(p *Plan) { C.hf_plan_free(p.handle) })
	return plan, nil
}

// Lines tells the operations, a line each.
func (p *Plan) Lines() []string {
	lines := make([]string, C.hf_plan_length(p.handle))
	for i := range lines {
		lines[i] = C.GoString(C.hf_plan_line(p.handle, C.size_t(i)))
	}
	runtime.KeepAlive(p)
	return lines
}

// Hazard is something that is legal in a plan and dangerous all the same.
type Hazard struct{ ID, Text, Hint string }

// Hazards finds them.
func (p *Plan) Hazards() ([]Hazard, error) {
	var found *C.hf_hazards
	var e *C.hf_error
	if C.hf_plan_find_hazards(p.handle, &found, &e) != 0 {
		return nil, take(e)
	}
	defer C.hf_hazards_free(found)
	runtime.KeepAlive(p)
	hazards := make([]Hazard, C.hf_hazards_length(found))
	for i := range hazards {
		n := C.size_t(i)
		hazards[i] = Hazard{C.GoString(C.hf_hazard_id(found, n)), C.GoString(C.hf_hazard_text(found, n)),
			C.GoString(C.hf_hazard_hint(found, n))}
	}
	return hazards, nil
}

// Build makes the mount namespace: all of the plan, or nothing.
func (p *Plan) Build() (*os.File, error) {
	var fd C.int
	var e *C.hf_error
	if C.hf_build(p.handle, nil, &fd, &e) != 0 {
		return nil, take(e)
	}
	runtime.KeepAlive(p)
	return os.NewFile(uintptr(fd), "mount namespace"), nil
}

// Run is command.Run() in the namespace. The thread that enters it is not used for anything else any more.
func Run(namespace *os.File, command *exec.Cmd) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked, so the thread ends with the goroutine
		if err := syscall.Unshare(syscall.CLONE_FS); err != nil {
			result <- os.NewSyscallError("unshare", err)
			return
		}
		if status, err := C.setns(C.int(namespace.Fd()), C.CLONE_NEWNS); status != 0 {
			result <- os.NewSyscallError("setns", err)
			return
		}
		result <- command.Run()
	}()
	return <-result
}
