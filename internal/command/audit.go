package command

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
)

// AuditCommand checks and takes out the sealed record of a tenant or a county.
type AuditCommand struct {
	Verify AuditVerifyCommand `cmd:"" help:"Check a record, or a file taken out of one, and name the first entry that is not as it was sealed (核验留痕)."`
	Export AuditExportCommand `cmd:"" help:"Take out one case's history with proofs, for a court (导出案件留痕及证明)."`
	Key    AuditKeyCommand    `cmd:"" help:"Print the public key of a signing key, or make a new one (封存密钥)."`
}

// exitError ends the program with a code of its own.
type exitError struct {
	code int
	err  error
}

// Error says what happened.
func (e *exitError) Error() string { return e.err.Error() }

// Unwrap gives the cause.
func (e *exitError) Unwrap() error { return e.err }

// Codes that audit verify ends with; 0 is a whole record.
const (
	exitBroken  = 1
	exitNoSight = 2
)

// recordFlags reach a unit's record. In the worker's pod they are set already.
type recordFlags struct {
	Directory endpointFlags `embed:"" prefix:"directory-" envprefix:"TIAOJIE_DIRECTORY_" group:"Directory"`
	Postgres  string        `env:"TIAOJIE_RECORD_POSTGRES" placeholder:"URL" group:"Directory" help:"The county's database instead of the directory: a login that may become the unit's role."`
	Tenant    string        `placeholder:"CODE" help:"9-digit code of a township or county desk; 6 digits: the county's own record."`
}

// keyFlags say whose signatures count.
type keyFlags struct {
	PublicKey []string `name:"key" env:"TIAOJIE_SEAL_PUBLIC_KEY" placeholder:"KEY" help:"Public keys that may have signed, as audit key prints them. Take them from elsewhere than from the database."`
	SealKey   string   `env:"TIAOJIE_SEAL_KEY" hidden:"" help:"The signing key, where it is known: its public key counts too."`
	Former    []string `env:"TIAOJIE_SEAL_FORMER_KEYS" hidden:"" help:"Public keys of signing keys before it."`
}

func (f keyFlags) keys() ([]seal.PublicKey, error) {
	var keys []seal.PublicKey
	for _, text := range append(f.PublicKey, f.Former...) {
		key, err := seal.ParsePublicKey(text)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if f.SealKey != "" {
		key, err := seal.ParseSigningKey(f.SealKey)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key.Public())
	}
	if len(keys) == 0 {
		return nil, errors.New("no public key: give --key; tiaojie audit key prints it, and the status of every County shows it")
	}
	return keys, nil
}

// open finds the county's database and opens the record.
func (f recordFlags) open(ctx context.Context) (*postgres.Record, func(), error) {
	if size := len(f.Tenant); (size != 9 && size != 6) || strings.Trim(f.Tenant, "0123456789") != "" {
		return nil, nil, errors.New("--tenant takes a code of nine digits, or of six for a county's own record")
	}
	if f.Postgres != "" {
		address, err := postgres.ParseAddress(f.Postgres)
		if err != nil {
			return nil, nil, err
		}
		return postgres.OpenRecord(address, f.Tenant)
	}
	if f.Directory.Host == "" {
		return nil, nil, errors.New("no database: set TIAOJIE_DIRECTORY_HOST, or give --postgres")
	}
	address, err := postgres.FindCounty(ctx, f.Directory.address(), f.Tenant[:6])
	if err != nil {
		return nil, nil, err
	}
	return postgres.OpenRecord(address, f.Tenant)
}

// AuditVerifyCommand checks a record in its database, or a file of audit export without one.
type AuditVerifyCommand struct {
	recordFlags
	keyFlags
	File       string   `placeholder:"FILE" help:"A file of audit export, checked offline; - reads standard input."`
	Checkpoint []string `placeholder:"FILE|SIZE:ROOT" help:"A checkpoint that was kept elsewhere: its signed text, or size and root as the Township's status shows them."`
	JSON       bool     `name:"json" help:"Print the result as JSON."`

	Ring ringFlags `embed:"" prefix:"installation-"`
}

// Run ends with 0 for a whole record, 1 for a broken one, 2 when it could not look.
func (c *AuditVerifyCommand) Run(ctx context.Context, streams IO) error {
	keys, err := c.keys()
	if err != nil {
		return &exitError{exitNoSight, err}
	}
	outside, err := readOutside(c.Checkpoint, keys)
	if err != nil {
		return &exitError{exitNoSight, err}
	}
	if c.File != "" {
		return c.verifyFile(ctx, streams, keys, outside)
	}
	record, closePool, err := c.open(ctx)
	if err != nil {
		return &exitError{exitNoSight, err}
	}
	defer closePool()
	found, err := record.Verify(ctx, keys, outside)
	if err != nil {
		return &exitError{exitNoSight, fmt.Errorf("the record of %s could not be read 无法读取: %w", c.Tenant, err)}
	}
	return c.report(streams, found)
}

func (c *AuditVerifyCommand) report(streams IO, found postgres.Verification) error {
	if c.JSON {
		if err := json.NewEncoder(streams.Out).Encode(found); err != nil {
			return &exitError{exitNoSight, err}
		}
	} else {
		say(streams.Out, "%s: %d entries 条记录, %d checkpoints 个检查点, %d waiting to be sealed 条待封存\n", found.Unit, found.Size, found.Checkpoints, found.Unsealed)
		for _, fault := range found.Faults {
			say(streams.Out, "  %s\n", faultText(fault))
		}
	}
	if len(found.Faults) > 0 {
		return &exitError{exitBroken, fmt.Errorf("BROKEN 记录已被改动: %s", faultText(found.Faults[0]))}
	}
	if !c.JSON {
		say(streams.Out, "whole 完整\n")
		if found.Checkpoint != "" {
			say(streams.Out, "\n%s", found.Checkpoint)
		}
	}
	return nil
}

func faultText(f postgres.Fault) string {
	text := fmt.Sprintf("%s at position %d", f.Kind, f.Position)
	if f.Source != "" {
		text += fmt.Sprintf(", %s %s", f.Source, f.Entry)
	}
	return text + ": " + f.EN + " " + f.ZH
}

func (c *AuditVerifyCommand) verifyFile(ctx context.Context, streams IO, keys []seal.PublicKey, outside []postgres.Outside) error {
	text, err := readFile(c.File, streams)
	if err != nil {
		return &exitError{exitNoSight, err}
	}
	var proof seal.Proof
	if err := json.Unmarshal(text, &proof); err != nil {
		return &exitError{exitNoSight, fmt.Errorf("%s is no file of audit export: %w", c.File, err)}
	}
	checkpoint, err := proof.Check(keys)
	if err == nil {
		err = agreeOutside(proof, checkpoint, outside)
	}
	if err != nil {
		return &exitError{exitBroken, fmt.Errorf("BROKEN 文件已被改动: %w", err)}
	}
	if err := c.verifyOpened(ctx, streams, proof); err != nil {
		return err
	}
	say(streams.Out, "%s: case 案件 %s: %d entries 条记录, each in the record of %d that was signed at %s 均在所签署的记录中\nwhole 完整\n",
		proof.Unit, proof.Object, len(proof.Entries), checkpoint.Size, checkpoint.At.Format("2006-01-02T15:04:05Z"))
	return nil
}

// verifyOpened compares texts that stand open in a file with the sealed ones, which takes the installation's key; without it,
// it says that they are proven by nothing.
func (c *AuditVerifyCommand) verifyOpened(ctx context.Context, streams IO, proof seal.Proof) error {
	opened := proof.Opened()
	if opened == 0 {
		return nil
	}
	if c.Ring.Key == "" && c.Ring.KeyFile == "" {
		say(streams.Err, "%d opened texts were NOT compared with the sealed ones: that takes TIAOJIE_KEY 条明文未与密文核对，需提供安装主密钥\n", opened)
		return nil
	}
	ring, _, err := c.Ring.with(cipherFlags{})
	if err != nil {
		return &exitError{exitNoSight, err}
	}
	err = postgres.CheckOpened(ctx, proof, ring)
	if faulty := (*seal.FaultyEntry)(nil); errors.As(err, &faulty) {
		return &exitError{exitBroken, fmt.Errorf("BROKEN 明文与密文不符: %w", err)}
	}
	if err != nil {
		return &exitError{exitNoSight, err}
	}
	say(streams.Out, "%d opened texts are what was sealed 条明文与密文一致\n", opened)
	return nil
}

// agreeOutside compares a file with checkpoints that were kept: of the same size, or of one that the file leads on from.
func agreeOutside(proof seal.Proof, checkpoint seal.Checkpoint, outside []postgres.Outside) error {
	for _, kept := range outside {
		known := kept.Size == checkpoint.Size && kept.Root == checkpoint.Root
		for _, earlier := range proof.Earlier {
			known = known || earlier.Size == kept.Size && earlier.Root == base64.StdEncoding.EncodeToString(kept.Root[:])
		}
		if !known {
			return fmt.Errorf("the file does not lead to the checkpoint of %d entries that was kept: export it anew with --checkpoint", kept.Size)
		}
	}
	return nil
}

// readOutside reads checkpoints that were kept elsewhere. A text must be signed; size and root are taken as they are.
func readOutside(given []string, keys []seal.PublicKey) ([]postgres.Outside, error) {
	var list []postgres.Outside
	for _, text := range given {
		if size, root, found := strings.Cut(text, ":"); found {
			count, sizeErr := strconv.ParseInt(size, 10, 64)
			digest, rootErr := base64.StdEncoding.DecodeString(root)
			if sizeErr == nil && rootErr == nil && count >= 0 && len(digest) == len(seal.Digest{}) {
				list = append(list, postgres.Outside{Size: count, Root: seal.Digest(digest)})
				continue
			}
		}
		content, err := os.ReadFile(text) //nolint:gosec // the person who runs it names the file
		if err != nil {
			return nil, fmt.Errorf("the checkpoint is neither SIZE:ROOT nor a file: %w", err)
		}
		read, err := seal.OpenWith(keys, string(content))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		list = append(list, postgres.Outside{Size: read.Size, Root: read.Root})
	}
	return list, nil
}

// AuditKeyCommand prints public keys.
type AuditKeyCommand struct {
	SealKey string `env:"TIAOJIE_SEAL_KEY" placeholder:"BASE64" help:"The signing key, as the Secret tiaojie-keys holds it."`
	New     bool   `help:"Make a new signing key and print it, with its public key on the second line."`
}

// Run prints the key.
func (c *AuditKeyCommand) Run(streams IO) error {
	text := c.SealKey
	if c.New {
		made, err := seal.NewSigningKeyText()
		if err != nil {
			return err
		}
		text = made
		say(streams.Out, "%s\n", text)
	}
	if text == "" {
		return errors.New("no signing key: set TIAOJIE_SEAL_KEY, or give --new")
	}
	key, err := seal.ParseSigningKey(text)
	if err != nil {
		return err
	}
	say(streams.Out, "%s\n", key.Public().Text())
	return nil
}
