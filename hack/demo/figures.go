package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
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

// memoryBudgets are the most that a process of each role may have resident, in MB.
var memoryBudgets = []struct {
	role string
	most float64
}{{operatorRole, 150}, {sharedInstance, 80}, {townInstance, 40}}

// givenBack is how long after its last request an instance has given back what only that request needed.
const givenBack = 65 * time.Second

// measureMemory reads the resident memory of the operator and of the largest instance, first while the chapters before are
// fresh, then when the instances have given back what they do not use.
func (d *demo) measureMemory(ctx context.Context) error {
	if !d.cluster.embedded {
		d.progress.note("left out: the processes run elsewhere")
		return nil
	}
	resident, own, err := d.resident()
	if err != nil {
		return err
	}
	d.progress.note("fresh from work a town's instance has %.1f MB, %.1f MB of its own; the rest is the program's file, held once for all instances", resident[townInstance], own)
	for end := time.Now().Add(givenBack); err == nil && resident[townInstance] > memoryBudgets[2].most && time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
		resident, _, err = d.resident()
	}
	for _, b := range memoryBudgets {
		d.figure(b.role+", resident", resident[b.role], "MB", b.most)
	}
	return err
}

// resident is the memory of the largest process of each role, and of the largest instance what is its own, in MB.
func (d *demo) resident() (resident map[string]float64, own float64, err error) {
	children, err := descendants(d.cluster.process.cmd.Process.Pid)
	if err != nil {
		return nil, 0, err
	}
	resident = map[string]float64{}
	for _, child := range children {
		if len(child.command) < 2 || filepath.Base(child.command[0]) != "tiaojie" {
			continue
		}
		megabytes, err := memoryMB(child.pid, "VmRSS:")
		private, errPrivate := memoryMB(child.pid, "RssAnon:")
		if err := errors.Join(err, errPrivate); err != nil {
			return nil, 0, err
		}
		role := roleOf(child)
		resident[role] = max(resident[role], megabytes)
		if role == townInstance {
			own = max(own, private)
		}
	}
	for _, b := range memoryBudgets {
		if resident[b.role] == 0 {
			return nil, 0, fmt.Errorf("found no process of the %s", b.role)
		}
	}
	return resident, own, nil
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
