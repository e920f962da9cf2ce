package main

import (
	"encoding/json"
	"reflect"
)

const readBudget = 0.9

// measureRead reads cases of the loaded town all over it, by the product and by hand.
func measureRead(b *bench) []result {
	o := b.loaded
	hand := o.raw().url()
	path := func(number int) string { return o.cases() + "/" + caseID(number*7919%o.load.cases) }
	for number := range 20 {
		b.same(o.send(o.url, "GET", path(number), nil, 200), o.send(hand, "GET", path(number), nil, 200))
	}
	return []result{b.compare("read a case", readBudget,
		func(number int) { o.send(o.url, "GET", path(number), nil, 200) },
		func(number int) { o.send(hand, "GET", path(number), nil, 200) })}
}

// same proves that both sides say the same, but for the members named.
func (b *bench) same(product, hand []byte, except ...string) {
	var one, other map[string]any
	b.must(json.Unmarshal(product, &one))
	b.must(json.Unmarshal(hand, &other))
	for _, name := range except {
		delete(one, name)
		delete(other, name)
	}
	if !reflect.DeepEqual(one, other) {
		b.Fatalf("the two sides do not say the same:\n%s\n%s", product, hand)
	}
}
