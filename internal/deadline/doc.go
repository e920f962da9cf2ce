// Package deadline answers when something is due and why: legal dates, the working-day calendar with the State
// Council's holidays and make-up workdays (调休), the table of clocks with their sources, and the computation that
// explains itself. It is floor 0 and pure: standard library only, no clock of its own (callers bring the moment), and it
// knows nothing of cases, databases or HTTP.
//
// Three kinds of data meet here. calendar.json and rules.json are the base documents; a province, a county and a town
// may lay their own documents over them (layer.go); whatever used a calendar or a rule keeps its version. Start reading
// at rule.go for what a clock may say, then compute.go for how it runs, then explanation.go for what people are told.
package deadline

//go:generate go run ../../hack/calendar -o calendar.json
