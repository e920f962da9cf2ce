package main

const transitionBudget = 0.85

// measureTransition accepts cases that wait for it, each once: even ones by the product, odd ones by hand.
func measureTransition(b *bench) []result {
	o := b.loaded
	hand := o.raw().url()
	accept := func(url string, offset int) side {
		return func(number int) {
			which := 2*number + offset
			if which >= o.load.pending {
				b.Fatalf("all %d waiting cases are accepted: load more with -cases, or measure less", o.load.pending)
			}
			o.send(url, "POST", o.cases()+"/"+caseID(which)+"/accept", nil, 200)
		}
	}
	read := func(number int) []byte { return o.send(o.url, "GET", o.cases()+"/"+caseID(number), nil, 200) }
	r := b.compare("accept a case", transitionBudget, accept(o.url, 0), accept(hand, 1))
	// What was done by hand the product must read like its own, or the hand did less.
	b.same(read(0), read(1), "id", "registration", "number", "title", "facts", "place", "type", "amount", "tags", "parties", "filedAt", "updatedAt", "acceptedAt")
	return []result{r}
}
