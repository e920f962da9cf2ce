package command

import (
	"fmt"

	"tiaojie.dev/tiaojie/internal/identity"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// tokenFlags say whose tokens are believed. One issuer is told by flags of its own; further ones, such as that of
// partners' programs, by a list.
type tokenFlags struct {
	Issuer               string   `env:"TIAOJIE_ISSUER" placeholder:"URL" help:"OpenID Connect issuer of the tokens."`
	Audience             string   `env:"TIAOJIE_AUDIENCE" placeholder:"NAME" help:"Audience that the tokens carry."`
	JWKS                 string   `env:"TIAOJIE_JWKS" name:"jwks" placeholder:"JSON" help:"The issuer's public keys; with it nothing is fetched."`
	JWKSFile             string   `env:"TIAOJIE_JWKS_FILE" name:"jwks-file" placeholder:"FILE" help:"A file with the issuer's public keys, read again when they change; with it nothing is fetched."`
	Issuers              string   `env:"TIAOJIE_ISSUERS" placeholder:"JSON" help:"Further issuers: [{\"issuer\":URL,\"audience\":NAME,\"algorithms\":[…],\"jwks\":{…},\"jwksFile\":FILE,\"secondFactor\":{\"acr\":[…],\"amr\":[…]},\"services\":true,\"serviceClaim\":NAME},…]."`
	SecondFactorACR      []string `env:"TIAOJIE_SECOND_FACTOR_ACR" name:"second-factor-acr" placeholder:"VALUE,…" help:"Values of acr that tell of a second factor."`
	SecondFactorAMR      []string `env:"TIAOJIE_SECOND_FACTOR_AMR" name:"second-factor-amr" placeholder:"VALUE,…" help:"Values of amr that tell of a second factor; with neither, mfa."`
	SecondFactorRoles    string   `env:"TIAOJIE_SECOND_FACTOR_ROLES" default:"county-administrator,director,system-administrator,security-administrator,audit-administrator" placeholder:"ROLE,…" help:"Roles that demand a second factor, or none."`
	AllowDevelopmentKeys bool     `env:"TIAOJIE_ALLOW_DEVELOPMENT_KEYS" help:"Accept keys of tiaojie token. Never in production."`
}

// open gives the verifier, and the roles that demand a second factor.
func (f tokenFlags) open() (*identity.Verifier, []mediation.Role, error) {
	strong, err := mediation.ParseDemandingRoles(f.SecondFactorRoles)
	if err != nil {
		return nil, nil, fmt.Errorf("TIAOJIE_SECOND_FACTOR_ROLES: %w", err)
	}
	more, err := identity.ParseIssuers(f.Issuers)
	if err != nil {
		return nil, nil, err
	}
	verifier, err := identity.New(identity.Config{
		Issuer: f.Issuer, Audience: f.Audience, JWKS: f.JWKS, JWKSFile: f.JWKSFile, More: more,
		SecondFactor: identity.SecondFactor{ACR: f.SecondFactorACR, AMR: f.SecondFactorAMR}, AllowDevelopmentKeys: f.AllowDevelopmentKeys,
	})
	return verifier, strong, err
}
