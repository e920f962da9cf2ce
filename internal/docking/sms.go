package docking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// SMSConfig is what an SMS gateway with a JSON interface is told.
type SMSConfig struct {
	Address string
	// Token goes into Authorization: Bearer. Secrets sign as for a webhook. At least one of them is set.
	Token   string
	Secrets Secrets
	// Templates holds the gateway's template for each kind that leaves by SMS. Other kinds do not.
	Templates map[mediation.NoticeKind]string
	// Success lists the values of the answer's member "code" (or "Code") that mean taken. An answer without one is
	// judged by its status alone.
	Success []string
	// Now stamps the signatures; nil means time.Now.
	Now func() time.Time
}

// SMS hands notices to an SMS gateway.
type SMS struct {
	config SMSConfig
	poster *poster
}

var _ casework.Messenger = (*SMS)(nil)

// DefaultSuccess are the codes with which gateways say that they took a message.
func DefaultSuccess() []string { return []string{"OK", "0", "200", "success"} }

// NewSMS makes the adapter.
func NewSMS(config SMSConfig) (*SMS, error) {
	if config.Token == "" && len(config.Secrets) == 0 {
		return nil, errors.New("the gateway needs a token or a secret")
	}
	if len(config.Templates) == 0 {
		return nil, errors.New("no template: name the gateway's template of each kind, as red-alert=SMS_1,clock-overdue=SMS_2")
	}
	for kind, template := range config.Templates {
		if !kind.Known() || template == "" {
			return nil, fmt.Errorf("template %q=%q: the kind is one of the list notice-kinds", kind, template)
		}
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if len(config.Success) == 0 {
		config.Success = DefaultSuccess()
	}
	poster, err := newPoster(config.Address)
	if err != nil {
		return nil, err
	}
	return &SMS{config: config, poster: poster}, nil
}

// ParseTemplates reads kind=template pairs, separated by commas or white space.
func ParseTemplates(text string) (map[mediation.NoticeKind]string, error) {
	templates := map[mediation.NoticeKind]string{}
	for _, pair := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }) {
		kind, template, found := strings.Cut(pair, "=")
		if !found || template == "" || !mediation.NoticeKind(kind).Known() {
			return nil, fmt.Errorf("%q is not kind=template with a kind of the list notice-kinds", pair)
		}
		if _, twice := templates[mediation.NoticeKind(kind)]; twice {
			return nil, fmt.Errorf("the kind %s has two templates", kind)
		}
		templates[mediation.NoticeKind(kind)] = template
	}
	return templates, nil
}

// Channel is "sms".
func (*SMS) Channel() string { return "sms" }

// Carries tells whether there is a template for the kind.
func (s *SMS) Carries(kind mediation.NoticeKind) bool { return s.config.Templates[kind] != "" }

// ByPhone is true.
func (*SMS) ByPhone() bool { return true }

// smsBody is what the gateway gets. Number is the case's; text is the notice in Chinese, for a template that is one
// parameter.
type smsBody struct {
	ID         string        `json:"id"`
	Phone      string        `json:"phone"`
	Template   string        `json:"template"`
	Parameters smsParameters `json:"parameters"`
}

type smsParameters struct {
	Number string `json:"number"`
	Text   string `json:"text"`
}

// Send hands one message over. The id, also as Idempotency-Key, is the same at every attempt.
func (s *SMS) Send(ctx context.Context, m casework.Message) error {
	template := s.config.Templates[m.Kind]
	if template == "" {
		return &casework.Undelivered{Code: "no-template", Permanent: true}
	}
	body, err := json.Marshal(smsBody{string(m.ID), m.Phone, template, smsParameters{m.Number, m.ZH}})
	if err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	header := http.Header{}
	header.Set("Idempotency-Key", string(m.ID))
	if s.config.Token != "" {
		header.Set("Authorization", "Bearer "+s.config.Token)
	}
	if len(s.config.Secrets) > 0 {
		s.config.Secrets.sign(header, string(m.ID), s.config.Now(), body)
	}
	answer, err := s.poster.post(ctx, header, body)
	if err != nil {
		return err
	}
	return s.judge(answer)
}

// judge reads the gateway's own code, which many send with status 200 whatever happened. A code that is not one of
// success is tried again: most of them are limits of the moment.
func (s *SMS) judge(answer []byte) error {
	var said struct {
		Code any `json:"code"` // encoding/json takes Code and CODE too
	}
	if json.Unmarshal(answer, &said) != nil || said.Code == nil {
		return nil //nolint:nilerr // a gateway that answers no code has said yes with its status
	}
	code := fmt.Sprint(said.Code)
	if slices.ContainsFunc(s.config.Success, func(good string) bool { return strings.EqualFold(good, code) }) {
		return nil
	}
	return &casework.Undelivered{Code: "gateway-" + plain(code)}
}

// plain keeps of a foreign code what can stand in a log and tells nothing personal: no run of digits long enough for a
// phone.
func plain(code string) string {
	const most, digits = 40, 6
	kept, run := []rune{}, 0
	for _, r := range code {
		switch {
		case r >= '0' && r <= '9':
			if run++; run > digits {
				continue
			}
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '.', r == '_', r == '-':
			run = 0
		default:
			continue
		}
		if kept = append(kept, r); len(kept) == most {
			break
		}
	}
	return string(kept)
}
