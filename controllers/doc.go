// Package controllers keeps PostgreSQL and the cluster as the resources say. It is floor 2 of the operator's half: it
// orders the work and reports it, internal/tenantdb does what concerns PostgreSQL, internal/tenant says what objects
// look like. It must not know casework, mediation or httpapi: it provisions houses and never reads what is said in them.
//
// A reconcile is an ordered list of steps held as data (township_steps.go, county_steps.go, server_steps.go). Every
// step observes and repairs, may be repeated after a crash at any point, and says done, wait or stalled; the first that
// is not done ends the list. outcome.go turns that into conditions and alone decides Ready; the status is written once,
// at the end. Start reading at township_controller.go.
package controllers
