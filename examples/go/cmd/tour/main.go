// SPDX-License-Identifier: Apache-2.0

// Tour shows a plan and its hazards, builds it, runs a command in it, and shows an error.
//
//	tour ROOT SOURCE COMMAND [ARGUMENT...]        (as root)
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"example.org/holdfast"
)

func makePlan(root, source string) (*holdfast.Plan, error) {
	config, err := holdfast.NewConfig(root, true)
	if err != nil {
		return nil, err
	}
	if err := config.Add(holdfast.Mount{Type: "bind", Source: source, Destination: "/data"}); err != nil {
		return nil, err
	}
	if err := config.Add(holdfast.Mount{Type: "tmpfs", Destination: "/tmp"}); err != nil {
		return nil, err
	}
	return holdfast.NewPlan(config)
}

func run(plan *holdfast.Plan, words []string) error {
	namespace, err := plan.Build()
	if err != nil {
		return err
	}
	defer namespace.Close()
	// The path is looked up in there, not here.
	command := &exec.Cmd{Path: words[0], Args: words, Stdout: os.Stdout, Stderr: os.Stderr}
	err = holdfast.Run(namespace, command)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	fmt.Println("status:", command.ProcessState.ExitCode())
	return nil
}

func tour(root, source string, words []string) error {
	plan, err := makePlan(root, source)
	if err != nil {
		return err
	}
	for _, line := range plan.Lines() {
		fmt.Println("plan:", line)
	}
	hazards, err := plan.Hazards()
	if err != nil {
		return err
	}
	for _, hazard := range hazards {
		fmt.Printf("hazard: %s: %s\n", hazard.ID, hazard.Text)
	}
	return run(plan, words)
}

func main() {
	if len(os.Args) < 4 {
		os.Exit(1)
	}
	if err := tour(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var refused *holdfast.Error
	if err := tour(os.Args[1], "/nonexistent", os.Args[3:]); errors.As(err, &refused) {
		fmt.Printf("error: %s: %s\n", refused.Name, refused.Message)
	}
}
