// Package registry answers who mediates: which organisations there are, which mediators serve in them, who has been
// filed with the bureau (备案), who is on leave or has a conflict of interest, and whom to assign to a dispute and why.
//
// It is floor 0 and pure: standard library only, no clock of its own (every act brings its moment), no database, no
// HTTP. It does not know cases: a Matter carries the few facts of one that choosing a mediator needs. Identity numbers
// are checked by the caller; here they are plain text that is compared.
//
// Law is cited as L (人民调解法, 2011) with its article. Start reading at mediator.go, then suggestion.go.
package registry
