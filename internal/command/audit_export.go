package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"tiaojie.dev/tiaojie/internal/seal"
)

// AuditExportCommand writes what the record holds about one case, with proofs that audit verify --file checks without the
// system.
type AuditExportCommand struct {
	recordFlags
	keyFlags
	Case       string    `required:"" placeholder:"ID" help:"The case's id, or that of a lead, a screening round, a mediator …"`
	Open       bool      `help:"Open the sealed texts (names, reasons, values before and after) with TIAOJIE_KEY and put them beside the sealed bytes. The file is then personal data."`
	Ring       ringFlags `embed:"" prefix:"installation-"`
	Checkpoint []string  `placeholder:"FILE|SIZE:ROOT" help:"Prove also that the record grew from this checkpoint, which was kept elsewhere."`
	Output     string    `short:"o" placeholder:"FILE" help:"Where to write; standard output without it. The file is made for its owner alone."`
}

// Run writes the file.
func (c *AuditExportCommand) Run(ctx context.Context, streams IO) error {
	keys, err := c.keys()
	if err != nil {
		return err
	}
	earlier, err := readOutside(c.Checkpoint, keys)
	if err != nil {
		return err
	}
	record, closePool, err := c.recordFlags.open(ctx)
	if err != nil {
		return err
	}
	defer closePool()
	var codec *seal.Codec
	if c.Open {
		ring, _, err := c.Ring.with(cipherFlags{})
		if err != nil {
			return fmt.Errorf("--open needs the installation's key: %w", err)
		}
		if codec, err = record.Codec(ctx, ring); err != nil {
			return err
		}
	}
	proof, err := record.Export(ctx, keys, c.Case, earlier, codec)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(proof, "", " ")
	if err != nil {
		return err
	}
	if err := c.write(streams, append(text, '\n')); err != nil {
		return err
	}
	say(streams.Err, "%d entries 条记录, %d not sealed yet 条尚未封存\n", len(proof.Entries), proof.Unsealed)
	return nil
}

func (c *AuditExportCommand) write(streams IO, text []byte) error {
	if c.Output == "" {
		_, err := streams.Out.Write(text)
		return err
	}
	file, err := os.OpenFile(c.Output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// say prints for a person; a terminal that is gone has no reader to tell.
func say(to io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(to, format, args...) }

// readFile reads a file, or standard input for "-".
func readFile(name string, streams IO) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(streams.In)
	}
	return os.ReadFile(name) //nolint:gosec // the person who runs it names the file
}
