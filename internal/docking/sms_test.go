package docking_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/docking"
	"tiaojie.dev/tiaojie/internal/mediation"
)

func gateway(t *testing.T, url string) *docking.SMS {
	t.Helper()
	sms, err := docking.NewSMS(docking.SMSConfig{
		Address: url, Token: "key-of-the-gateway", Secrets: secrets(t, oneSecret),
		Templates: map[mediation.NoticeKind]string{"red-alert": "SMS_1", "clock-overdue": "SMS_2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sms
}

func answering(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
}

func TestSMS_Send(t *testing.T) {
	url, requests := receiver(t, answering(`{"Code":"OK","Message":"OK"}`))
	m := message()
	m.Phone = "13800001234"
	sms := gateway(t, url)
	if err := sms.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := <-requests
	if got.header.Get("Authorization") != "Bearer key-of-the-gateway" || got.header.Get("Idempotency-Key") != string(m.ID) ||
		!strings.HasPrefix(got.header.Get("webhook-signature"), "v1,") {
		t.Errorf("%v", got.header)
	}
	var body struct {
		ID, Phone, Template string
		Parameters          map[string]string
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || body.Phone != m.Phone || body.Template != "SMS_1" || body.ID != string(m.ID) ||
		body.Parameters["number"] != m.Number || body.Parameters["text"] != m.ZH {
		t.Errorf("%v %s", err, got.body)
	}
	if !sms.Carries("red-alert") || sms.Carries("assigned") || !sms.ByPhone() || sms.Channel() != "sms" {
		t.Error("it carries the kinds that have a template, by phone")
	}
	m.Kind = "assigned"
	if failure := undelivered(t, sms.Send(t.Context(), m)); failure.Code != "no-template" || !failure.Permanent {
		t.Errorf("%+v", failure)
	}
}

// Gateways say what happened in the body, with status 200.
func TestSMS_gatewaysOwnCodes(t *testing.T) {
	for answer, want := range map[string]string{
		`{"Code":"OK"}`: "", `{"code":0}`: "", `{"code":"0"}`: "", `{"code":200,"msg":"x"}`: "", `{"code":"Success"}`: "",
		``: "", `accepted`: "", `{"message":"queued"}`: "", `[]`: "", `{"code":null}`: "",
		`{"Code":"isv.BUSINESS_LIMIT_CONTROL"}`: "gateway-isv.BUSINESS_LIMIT_CONTROL", `{"code":-42}`: "gateway--42", `{"code":false}`: "gateway-false",
		`{"code":"13800001234 refused"}`: "gateway-138000refused", `{"code":{"a":"张三"}}`: "gateway-mapa",
	} {
		url, _ := receiver(t, answering(answer))
		err := gateway(t, url).Send(t.Context(), message())
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", answer, err)
			}
			continue
		}
		if failure := undelivered(t, err); failure.Code != want || failure.Permanent {
			t.Errorf("%s: %+v, want %s", answer, failure, want)
		}
	}
}

func TestNewSMS_refuses(t *testing.T) {
	sound := func() docking.SMSConfig {
		return docking.SMSConfig{Address: "https://sms.example/send", Token: "t", Templates: map[mediation.NoticeKind]string{"red-alert": "SMS_1"}}
	}
	if _, err := docking.NewSMS(sound()); err != nil {
		t.Fatal(err)
	}
	for reason, spoil := range map[string]func(*docking.SMSConfig){
		"no credential":   func(c *docking.SMSConfig) { c.Token = "" },
		"no template":     func(c *docking.SMSConfig) { c.Templates = nil },
		"an unknown kind": func(c *docking.SMSConfig) { c.Templates["rumour"] = "SMS_9" },
		"no address":      func(c *docking.SMSConfig) { c.Address = "" },
	} {
		config := sound()
		spoil(&config)
		if _, err := docking.NewSMS(config); err == nil {
			t.Errorf("%s: accepted", reason)
		}
	}
}

func TestParseTemplates(t *testing.T) {
	got, err := docking.ParseTemplates("red-alert=SMS_1, clock-overdue=SMS_2\n danger-reported=a=b")
	if err != nil || len(got) != 3 || got["clock-overdue"] != "SMS_2" || got["danger-reported"] != "a=b" {
		t.Errorf("%v %v", err, got)
	}
	for _, text := range []string{"red-alert", "red-alert=", "rumour=x", "red-alert=1,red-alert=2"} {
		if _, err := docking.ParseTemplates(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

// Whatever a gateway answers, its code carries no phone and no name into our tables.
func TestSMS_foreignCodesArePlain(t *testing.T) {
	var answer string
	url, requests := receiver(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) })
	sms := gateway(t, url)
	rapid.Check(t, func(rt *rapid.T) {
		code := rapid.String().Draw(rt, "code")
		text, err := json.Marshal(map[string]string{"code": code})
		if err != nil {
			rt.Fatal(err)
		}
		answer = string(text)
		failed := sms.Send(t.Context(), message())
		<-requests
		if failed == nil {
			return
		}
		kept := strings.TrimPrefix(undelivered(t, failed).Code, "gateway-")
		if len(kept) > 40 || strings.ContainsFunc(kept, func(r rune) bool { return r > 127 || r <= ' ' }) {
			rt.Fatalf("%q became %q", code, kept)
		}
	})
}
