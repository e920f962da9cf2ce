package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// figure is something measured, with what it may be on a quiet machine of two cores.
type figure struct {
	name   string
	value  float64
	unit   string
	budget float64
}

// noise is how much worse than its budget a figure may be before the check fails: machines do other things too.
const noise = 2.0

func (d *demo) figure(name string, value float64, unit string, budget float64) {
	d.figures = append(d.figures, figure{name, value, unit, budget})
}

// judge prints the figures; in a check a figure far beyond its budget is a failure.
func (d *demo) judge() error {
	var far []error
	lines := []string{"\nFigures 测量结果"}
	for _, f := range d.figures {
		mark := "✓"
		if f.value > f.budget {
			mark = "✗"
		}
		if f.value > f.budget*noise {
			far = append(far, fmt.Errorf("%s: %.1f %s, budget %.0f %s", f.name, f.value, f.unit, f.budget, f.unit))
		}
		lines = append(lines, fmt.Sprintf("  %s %7.1f %-2s  (budget %3.0f)  %s", mark, f.value, f.unit, f.budget, f.name))
	}
	d.progress.say(strings.Join(lines, "\n"))
	if !d.check {
		return nil
	}
	return errors.Join(far...)
}

// measureMemory reads the resident memory of the operator and of the largest instance from /proc.
func (d *demo) measureMemory(context.Context) error {
	if !d.cluster.embedded {
		d.progress.note("left out: the processes run elsewhere")
		return nil
	}
	children, err := descendants(d.cluster.process.cmd.Process.Pid)
	if err != nil {
		return err
	}
	resident, own := map[string][]float64{}, 0.0
	for _, child := range children {
		if len(child.command) < 2 || filepath.Base(child.command[0]) != "tiaojie" {
			continue
		}
		megabytes, err := memoryMB(child.pid, "VmRSS:")
		private, errPrivate := memoryMB(child.pid, "RssAnon:")
		if err := errors.Join(err, errPrivate); err != nil {
			return err
		}
		resident[roleOf(child)] = append(resident[roleOf(child)], megabytes)
		if roleOf(child) == townInstance {
			own = max(own, private)
		}
	}
	for _, role := range []struct {
		name   string
		budget float64
	}{{operatorRole, 150}, {sharedInstance, 80}, {townInstance, 40}} {
		if len(resident[role.name]) == 0 {
			return fmt.Errorf("found no process of the %s", role.name)
		}
		d.figure(role.name+", resident", slices.Max(resident[role.name]), "MB", role.budget)
	}
	d.progress.note("a town's instance has %.1f MB of its own; the rest is the program's file, held once for all instances", own)
	return nil
}

// What a process of the product is.
const (
	operatorRole   = "operator"
	sharedInstance = "shared API"
	townInstance   = "town's instance (largest)"
)

func roleOf(c child) string {
	switch {
	case c.command[1] == "operator":
		return operatorRole
	case slices.ContainsFunc(c.environ, func(variable string) bool { return strings.HasPrefix(variable, "TIAOJIE_TENANT=") }):
		return townInstance
	}
	return sharedInstance
}
