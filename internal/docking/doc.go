// Package docking speaks to other systems: it carries notices out of the house, by webhook (Standard Webhooks) and by an
// SMS gateway. It is floor 2: it implements casework.Messenger and must not know SQL, the API or Kubernetes; what leaves,
// when, and how often it is tried again, casework decides.
//
// Addresses and credentials come from the installer, never from a user, so an address inside the installation's own
// network is as good as any. What a receiver answers is trusted with nothing: redirects are not followed, a name does not
// lead to a link-local address (where clouds keep their metadata), answers are read up to a bound, and every call ends in
// time. Start reading in post.go, then webhook.go and sms.go; signature.go is the signature of both.
package docking
