package main

const transitionBudget = 0.85

// measureTransition withdraws cases that wait for acceptance, each once: even ones by the product, odd ones by hand.
func measureTransition(b *bench) []result {
	o := b.loaded
	hand := o.raw().url()
	withdraw := func(url string, offset int) side {
		return func(number int) {
			which := 2*number + offset
			if which >= o.load.pending {
				b.Fatalf("all %d waiting cases are withdrawn: load more with -cases, or measure less", o.load.pending)
			}
			o.send(url, "POST", o.cases()+"/"+caseID(which)+"/withdraw", words{"note": "双方已自行和解。"}, 200)
		}
	}
	read := func(number int) []byte { return o.send(o.url, "GET", o.cases()+"/"+caseID(number), nil, 200) }
	r := b.compare("withdraw a case", transitionBudget, withdraw(o.url, 0), withdraw(hand, 1))
	// What was done by hand the product must read like its own, or the hand did less.
	b.same(read(0), read(1), "id", "registration", "number", "title", "facts", "place", "type", "amount", "tags", "parties", "filedAt", "updatedAt", "endedAt", "claims")
	return []result{r}
}
