// Package tenant answers how a Township and a County look as objects of the cluster: namespace, quota, Secret,
// Deployment, Service, NetworkPolicy, route and rights. It is floor 1 and pure: a function from declarations and the
// installation's values to desired objects, which controllers apply; it reads no cluster and no database. It must not
// know casework, mediation or httpapi. env.go and the API's configuration are two ends of one contract. Start reading
// at input.go, then deployment.go.
package tenant
