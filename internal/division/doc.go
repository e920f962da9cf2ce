// Package division answers which administrative divisions of China exist, what their codes mean and how they are
// called: provinces (省, two digits of GB/T 2260), cities (市, four), counties (县, six) and townships (乡镇街道, six
// plus three of GB/T 10114). It is floor 0: the standard library only, and it knows nothing of tenants, databases or
// clusters. The catalogue is data of a public package, converted by hack/division and embedded compressed.
// Start reading at code.go for what a code may look like, then catalogue.go for what the embedded data holds.
package division

//go:generate go run ../../hack/division -o catalogue.gz
