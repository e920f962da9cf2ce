package docking

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// Webhook posts every notice to one receiver, signed by Standard Webhooks.
type Webhook struct {
	poster  *poster
	secrets Secrets
	now     func() time.Time
}

var _ casework.Messenger = (*Webhook)(nil)

// NewWebhook makes a webhook of its address and secrets. now stamps the signatures; nil means time.Now.
func NewWebhook(address string, secrets Secrets, now func() time.Time) (*Webhook, error) {
	poster, err := newPoster(address)
	if err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &Webhook{poster, secrets, now}, nil
}

// Channel is "webhook".
func (*Webhook) Channel() string { return "webhook" }

// Carries tells that every kind goes to the receiver: it chooses.
func (*Webhook) Carries(mediation.NoticeKind) bool { return true }

// ByPhone is false.
func (*Webhook) ByPhone() bool { return false }

// webhookBody is what a receiver gets: a type, a moment, and data that names nobody but by login.
type webhookBody struct {
	Type      string      `json:"type"` // notice.<kind>
	Timestamp time.Time   `json:"timestamp"`
	Data      webhookData `json:"data"`
}

type webhookData struct {
	ID        string           `json:"id"` // of the notice
	Tenant    string           `json:"tenant"`
	Case      string           `json:"case"`
	Number    string           `json:"number"`
	Kind      string           `json:"kind"`
	Urgency   string           `json:"urgency"`
	About     string           `json:"about,omitempty"`
	Recipient webhookRecipient `json:"recipient"`
	Text      webhookText      `json:"text"`
}

type webhookRecipient struct {
	Issuer     string `json:"issuer,omitempty"`
	Subject    string `json:"subject,omitempty"`
	RegistryID string `json:"registryId,omitempty"`
}

type webhookText struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Send posts one message.
func (w *Webhook) Send(ctx context.Context, m casework.Message) error {
	body, err := json.Marshal(webhookBody{
		Type: "notice." + string(m.Kind), Timestamp: m.At, Data: webhookData{
			ID: string(m.ID), Tenant: m.Tenant, Case: string(m.Case), Number: m.Number, Kind: string(m.Kind),
			Urgency: string(m.Urgency), About: m.About,
			Recipient: webhookRecipient{m.To.Issuer, m.To.Subject, string(m.To.Registry)}, Text: webhookText{m.ZH, m.EN},
		}})
	if err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	header := http.Header{}
	w.secrets.sign(header, string(m.ID), w.now(), body)
	_, err = w.poster.post(ctx, header, body)
	return err
}
