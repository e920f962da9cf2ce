package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"tiaojie.dev/tiaojie/internal/identity"
)

// TokenCommand makes development keys and tokens.
type TokenCommand struct {
	NewKey NewKeyCommand `cmd:"" name:"new-key" help:"Make a private development key (生成开发用私钥)."`
	JWKS   JWKSCommand   `cmd:"" name:"jwks" help:"Print the public key set of a development key (输出公钥集)."`
	Mint   MintCommand   `cmd:"" name:"mint" help:"Print a token signed with a development key (签发开发用令牌)."`
}

// NewKeyCommand writes a private JSON Web Key.
type NewKeyCommand struct {
	Out string `placeholder:"FILE" help:"Write to this file, which must not exist yet, instead of to standard output."`
}

// Run makes the key. The file is readable by its owner only and never overwrites another.
func (c *NewKeyCommand) Run(_ context.Context, streams IO) error {
	key, err := identity.NewDevelopmentKey()
	if err != nil {
		return err
	}
	if c.Out == "" {
		return printLine(streams.Out, key)
	}
	file, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	if err := printLine(file, key); err != nil {
		return err
	}
	return file.Close()
}

// JWKSCommand prints a public key set.
type JWKSCommand struct {
	Key string `required:"" placeholder:"FILE" help:"The private key, from new-key."`
}

// Run prints the set, one line, as TIAOJIE_JWKS takes it.
func (c *JWKSCommand) Run(_ context.Context, streams IO) error {
	key, err := os.ReadFile(c.Key)
	if err != nil {
		return fmt.Errorf("read the key: %w", err)
	}
	set, err := identity.PublicKeySet(key)
	if err != nil {
		return err
	}
	return printLine(streams.Out, set)
}

// MintCommand prints a token.
type MintCommand struct {
	Key       string        `required:"" placeholder:"FILE" help:"The private key, from new-key."`
	Issuer    string        `required:"" placeholder:"URL" env:"TIAOJIE_ISSUER" help:"The issuer (iss) that the API expects."`
	Audience  string        `required:"" placeholder:"NAME" env:"TIAOJIE_AUDIENCE" help:"The audience (aud) that the API expects."`
	Subject   string        `required:"" placeholder:"ID" help:"Whom the token speaks of (sub)."`
	Name      string        `placeholder:"NAME" help:"The name for people to read."`
	OneFactor bool          `help:"Whom the token speaks of gave a password only; without it, a second factor too (amr: mfa)."`
	Service   bool          `help:"The token speaks of a partner's program (client_id: the subject)."`
	TTL       time.Duration `name:"ttl" default:"1h" help:"How long the token is valid, for example 30m or 12h."`
}

// Run prints the token.
func (c *MintCommand) Run(_ context.Context, streams IO) error {
	key, err := os.ReadFile(c.Key)
	if err != nil {
		return fmt.Errorf("read the key: %w", err)
	}
	token, err := identity.Mint(key, identity.Grant{
		Issuer: c.Issuer, Audience: c.Audience, Subject: c.Subject, Name: c.Name, IssuedAt: time.Now(), Lifetime: c.TTL,
		OneFactor: c.OneFactor, Service: c.Service,
	})
	if err != nil {
		return err
	}
	return printLine(streams.Out, []byte(token))
}

func printLine(to io.Writer, text []byte) error {
	_, err := fmt.Fprintf(to, "%s\n", text)
	return err
}
