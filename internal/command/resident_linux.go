package command

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
)

// releaseUnused gives back what is not in use: garbage, and the pages of the program's own file. One binary is every part
// of the platform, and at start every linked package initialises and touches its pages; serving touches a third of them,
// and a paper or a sheet that is printed once an hour touches others. A page that is needed again comes back from the page
// cache in a microsecond. A town's instance is thus charged for what it uses.
func releaseUnused() {
	debug.FreeOSMemory()
	program, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer func() { _ = maps.Close() }() // read-only
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		// 00400000-00f00000 r-xp 00000000 fe:00 123   /path: only unwritable private mappings of the file are as the file says.
		line := lines.Text()
		var start, end uintptr
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &start, &end, &mode); err != nil {
			continue
		}
		if strings.HasSuffix(line, program) && (mode == "r--p" || mode == "r-xp") {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, start, end-start, syscall.MADV_DONTNEED)
		}
	}
}
