package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// DoctorCommand checks a PostgreSQL server and a cluster before anything is installed. It changes nothing: what must
// be tried on the cluster is tried as a dry run.
type DoctorCommand struct {
	Postgres           string        `placeholder:"URL" env:"TIAOJIE_DOCTOR_POSTGRES" help:"postgres:// URL of the server with the login the operator will use (数据库服务器)."`
	Towns              int           `default:"16" env:"TIAOJIE_DOCTOR_TOWNS" help:"Towns and desks the server is to hold, for max_connections (乡镇数)."`
	ConnectionsPerTown int           `default:"10" env:"TIAOJIE_DOCTOR_CONNECTIONS" help:"Quota of connections per town (每镇连接数)."`
	Kubeconfig         string        `placeholder:"FILE" env:"KUBECONFIG" help:"The cluster to check (集群配置)."`
	IngressClass       string        `placeholder:"CLASS" env:"TIAOJIE_DOCTOR_INGRESS_CLASS" help:"Ingress class that the routes will name; without it the cluster needs a default one (入口类)."`
	Issuer             string        `placeholder:"URL" env:"TIAOJIE_DOCTOR_ISSUER" help:"OIDC issuer of the users' tokens (身份提供方)."`
	JWKS               string        `name:"jwks" placeholder:"FILE" env:"TIAOJIE_DOCTOR_JWKS" help:"Key set for a site that reaches no issuer (离线公钥集)."`
	Lang               string        `enum:"zh,en," default:"" env:"TIAOJIE_LANG" help:"zh or en; without it LC_ALL and LANG decide (语言)."`
	Timeout            time.Duration `default:"30s" env:"TIAOJIE_DOCTOR_TIMEOUT" help:"How long all checks may take (时限)."`
}

// words is a text in both languages.
type words struct{ en, zh string }

// same is a text that has no language: a name, a number, or what a foreign program said.
func same(text string) words { return words{text, text} }

// checked is one line of the report.
type checked struct {
	title  words
	fault  words // what was seen when it is wrong; no words when it is right
	seen   words // what was seen when it is right
	remedy words
}

// Run prints one line per check and fails when any of them failed.
func (c *DoctorCommand) Run(ctx context.Context, streams IO) error {
	if c.Postgres == "" && c.Kubeconfig == "" && c.Issuer == "" && c.JWKS == "" {
		return errors.New("say what to check: --postgres URL, --kubeconfig FILE, --issuer URL or --jwks FILE")
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	var all []checked
	if c.Postgres != "" {
		all = append(all, c.checkPostgres(ctx)...)
	}
	if c.Kubeconfig != "" {
		all = append(all, c.checkCluster(ctx)...)
	}
	if c.Issuer != "" {
		all = append(all, checkIssuer(ctx, c.Issuer))
	}
	if c.JWKS != "" {
		all = append(all, checkJWKS(c.JWKS))
	}
	text, failed := report(all, c.language())
	text += c.unchecked()
	if _, err := io.WriteString(streams.Out, text); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf(words{
			en: "%d of %d checks failed: put right what is marked ✗ and run doctor again",
			zh: "%d 项检查未通过(共 %d 项):按 ✗ 后的提示处理后再次运行 doctor",
		}.in(c.language()), failed, len(all))
	}
	return nil
}

// unchecked names what nobody asked to check, so that silence is not taken for a good answer.
func (c *DoctorCommand) unchecked() string {
	var w strings.Builder
	for _, part := range []struct {
		asked  bool
		option string
		title  words
	}{
		{c.Postgres != "", "--postgres URL", words{en: "PostgreSQL", zh: "数据库"}},
		{c.Kubeconfig != "", "--kubeconfig FILE", words{en: "cluster", zh: "集群"}},
		{c.Issuer != "" || c.JWKS != "", "--issuer URL / --jwks FILE", words{en: "tokens", zh: "令牌"}},
	} {
		if !part.asked {
			fmt.Fprintf(&w, "– %s: %s\n", part.title.in(c.language()),
				words{en: "not checked (" + part.option + ")", zh: "未检查(" + part.option + ")"}.in(c.language()))
		}
	}
	return w.String()
}

// report is the lines, and the number of failures among them.
func report(all []checked, language string) (text string, failed int) {
	var w strings.Builder
	for _, check := range all {
		title := check.title.in(language)
		if check.fault == (words{}) {
			fmt.Fprintf(&w, "✓ %s: %s\n", title, check.seen.in(language))
			continue
		}
		failed++
		fmt.Fprintf(&w, "✗ %s: %s\n", title, check.fault.in(language))
		if remedy := check.remedy.in(language); remedy != "" {
			fmt.Fprintf(&w, "  → %s\n", remedy)
		}
	}
	return w.String(), failed
}

func (w words) in(language string) string {
	if language == "zh" {
		return w.zh
	}
	return w.en
}

// language is the option, or what the terminal is set to.
func (c *DoctorCommand) language() string {
	if c.Lang != "" {
		return c.Lang
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			if strings.HasPrefix(value, "zh") {
				return "zh"
			}
			return "en"
		}
	}
	return "en"
}
