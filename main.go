// Command tiaojie is every part of a people's mediation platform in one binary: operator, API and the tools around them.
package main

import (
	"os"

	"tiaojie.dev/tiaojie/internal/command"
)

func main() {
	os.Exit(command.Run(os.Args[1:]))
}
