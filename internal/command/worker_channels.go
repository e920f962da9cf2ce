package command

import (
	"errors"
	"fmt"
	"strings"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/docking"
)

// channelFlags say by which channels notices leave the house. Without any, people find them in their inbox alone.
type channelFlags struct {
	WebhookURL    string `env:"TIAOJIE_WEBHOOK_URL" name:"webhook-url" placeholder:"URL" help:"Where every notice is posted (Standard Webhooks)."`
	WebhookSecret string `env:"TIAOJIE_WEBHOOK_SECRET" name:"webhook-secret" placeholder:"WHSEC" help:"Its secrets, whsec_ and base64; several, separated by commas, while they are changed."`
	SMSURL        string `env:"TIAOJIE_SMS_URL" name:"sms-url" placeholder:"URL" help:"The SMS gateway, which takes JSON."`
	SMSToken      string `env:"TIAOJIE_SMS_TOKEN" name:"sms-token" placeholder:"TOKEN" help:"Its bearer token."`
	SMSSecret     string `env:"TIAOJIE_SMS_SECRET" name:"sms-secret" placeholder:"WHSEC" help:"Instead of or beside the token: secrets that sign as for the webhook."`
	SMSTemplates  string `env:"TIAOJIE_SMS_TEMPLATES" name:"sms-templates" placeholder:"KIND=ID,…" help:"The gateway's template of each kind of notice that leaves by SMS."`
	SMSSuccess    string `env:"TIAOJIE_SMS_SUCCESS" name:"sms-success" placeholder:"CODE,…" help:"What the answer's member code says when a message was taken; default OK, 0, 200, success."`
}

// messengers are the channels that are set up. Half a setting is an error: nobody must wait for messages that never leave.
func (c channelFlags) messengers() ([]casework.Messenger, error) {
	var list []casework.Messenger
	if c.WebhookURL != "" || c.WebhookSecret != "" {
		hook, err := c.webhook()
		if err != nil {
			return nil, err
		}
		list = append(list, hook)
	}
	if c.SMSURL != "" || c.SMSToken != "" || c.SMSSecret != "" || c.SMSTemplates != "" {
		sms, err := c.sms()
		if err != nil {
			return nil, err
		}
		list = append(list, sms)
	}
	return list, nil
}

func (c channelFlags) webhook() (*docking.Webhook, error) {
	if c.WebhookURL == "" {
		return nil, errors.New("TIAOJIE_WEBHOOK_SECRET is set and TIAOJIE_WEBHOOK_URL is not")
	}
	secrets, err := docking.ParseSecrets(c.WebhookSecret)
	if err != nil {
		return nil, fmt.Errorf("TIAOJIE_WEBHOOK_SECRET: %w", err)
	}
	hook, err := docking.NewWebhook(c.WebhookURL, secrets, nil)
	if err != nil {
		return nil, fmt.Errorf("TIAOJIE_WEBHOOK_URL: %w", err)
	}
	return hook, nil
}

func (c channelFlags) sms() (*docking.SMS, error) {
	if c.SMSURL == "" {
		return nil, errors.New("an SMS gateway is set up without TIAOJIE_SMS_URL")
	}
	templates, err := docking.ParseTemplates(c.SMSTemplates)
	if err != nil {
		return nil, fmt.Errorf("TIAOJIE_SMS_TEMPLATES: %w", err)
	}
	config := docking.SMSConfig{Address: c.SMSURL, Token: c.SMSToken, Templates: templates,
		Success: strings.FieldsFunc(c.SMSSuccess, func(r rune) bool { return r == ',' || r == ' ' })}
	if c.SMSSecret != "" {
		if config.Secrets, err = docking.ParseSecrets(c.SMSSecret); err != nil {
			return nil, fmt.Errorf("TIAOJIE_SMS_SECRET: %w", err)
		}
	}
	sms, err := docking.NewSMS(config)
	if err != nil {
		return nil, fmt.Errorf("TIAOJIE_SMS_*: %w", err)
	}
	return sms, nil
}
