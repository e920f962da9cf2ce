package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// ReferenceCommand publishes what a whole province goes by. What is published never changes; the operator copies it to
// every county within seconds.
type ReferenceCommand struct {
	Check   ReferenceCheckCommand   `cmd:"" help:"Check documents without publishing them (检查文件)."`
	Publish ReferencePublishCommand `cmd:"" help:"Publish documents for the whole province; twice does no harm (发布)."`
	List    ReferenceListCommand    `cmd:"" help:"List what is published, beside what the program carries (列出)."`
	Show    ReferenceShowCommand    `cmd:"" help:"Print one published document (显示)."`
}

// directoryFlags are the operator's own, so that the commands work in its pod as they are.
type directoryFlags struct {
	DirectoryHost          string `env:"TIAOJIE_DIRECTORY_HOST" required:"" group:"Directory" help:"Server of the directory database."`
	DirectoryPort          int    `env:"TIAOJIE_DIRECTORY_PORT" default:"5432" group:"Directory" help:"Its port."`
	DirectoryName          string `env:"TIAOJIE_DIRECTORY_NAME" default:"tiaojie" group:"Directory" help:"The directory database."`
	DirectorySSLMode       string `env:"TIAOJIE_DIRECTORY_SSLMODE" name:"directory-sslmode" default:"verify-full" group:"Directory" help:"disable, require, verify-ca or verify-full."`
	DirectoryCA            string `env:"TIAOJIE_DIRECTORY_CA" name:"directory-ca" group:"Directory" help:"PEM certificates that the server's is checked against."`
	DirectoryAdminDatabase string `env:"TIAOJIE_DIRECTORY_ADMIN_DATABASE" default:"postgres" group:"Directory" help:"Database to connect to first."`
	DirectoryAdminUser     string `env:"TIAOJIE_DIRECTORY_ADMIN_USER" required:"" group:"Directory" help:"The operator's login."`
	DirectoryAdminPassword string `env:"TIAOJIE_DIRECTORY_ADMIN_PASSWORD" required:"" group:"Directory" help:"Its password."`
}

// open reaches the directory; close ends all connections.
func (f directoryFlags) open(ctx context.Context) (directory *tenantdb.Directory, closeAll func(), err error) {
	server, err := tenantdb.Open(ctx, tenantdb.Endpoint{
		Host: f.DirectoryHost, Port: f.DirectoryPort, Database: f.DirectoryAdminDatabase,
		User: f.DirectoryAdminUser, Password: f.DirectoryAdminPassword, SSLMode: f.DirectorySSLMode, CA: f.DirectoryCA,
	})
	if err != nil {
		return nil, nil, err
	}
	directory, err = server.OpenDirectory(ctx, f.DirectoryName)
	if err != nil {
		server.Close()
		return nil, nil, err
	}
	return directory, func() { directory.Close(); server.Close() }, nil
}

// ReferenceCheckCommand checks documents against the program's own layer.
type ReferenceCheckCommand struct {
	Files []string `arg:"" placeholder:"FILE" help:"YAML or JSON: kind, province, version, validFrom, body; - reads standard input."`
}

// Run says of every file whether it is sound.
func (c *ReferenceCheckCommand) Run(_ context.Context, streams IO) error {
	documents, err := readReferences(c.Files, streams)
	if err != nil {
		return err
	}
	var faults []error
	for _, d := range documents {
		if err := casework.CheckReference(d.Reference, mediation.LegalDay(time.Now()), nil); err != nil {
			faults = append(faults, d.fault(err))
			continue
		}
		_, _ = fmt.Fprintf(streams.Out, "%s: sound 正确: %s %s from %s, sha256 %s\n", d.file, d.Kind, d.Reference, d.ValidFrom, d.Digest)
	}
	return errors.Join(faults...)
}

// ReferencePublishCommand publishes documents, in the order given; the first that is refused ends it.
type ReferencePublishCommand struct {
	directoryFlags
	Files []string `arg:"" placeholder:"FILE" help:"As for check."`
}

// Run publishes.
func (c *ReferencePublishCommand) Run(ctx context.Context, streams IO) error {
	documents, err := readReferences(c.Files, streams)
	if err != nil {
		return err
	}
	directory, closeAll, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closeAll()
	for _, d := range documents {
		known, err := directory.PublishReference(ctx, d.Reference, func(all []mediation.Reference) error {
			return casework.CheckReference(d.Reference, mediation.LegalDay(time.Now()), all)
		})
		if err != nil {
			return d.fault(err)
		}
		outcome := "published 已发布"
		if known {
			outcome = "published before, unchanged 此前已发布，未变"
		}
		_, _ = fmt.Fprintf(streams.Out, "%s %s from %s: %s\n", d.Kind, d.Reference, d.ValidFrom, outcome)
	}
	return nil
}

// ReferenceListCommand lists what is published.
type ReferenceListCommand struct{ directoryFlags }

// Run prints a table.
func (c *ReferenceListCommand) Run(ctx context.Context, streams IO) error {
	directory, closeAll, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closeAll()
	all, err := directory.References(ctx, "")
	if err != nil {
		return err
	}
	return listReferences(streams.Out, all)
}

func listReferences(to io.Writer, all []mediation.Reference) error {
	table := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KIND\tPROVINCE\tVERSION\tVALID FROM\tPUBLISHED\tSHA-256")
	for _, k := range casework.NewInForce("", mediation.LegalDay(time.Now()), nil).Kinds {
		_, _ = fmt.Fprintf(table, "%s\t-\t%s\t%s\tin the program\t%.12s\n", k.Kind, k.Version, k.Layers[0].ValidFrom, k.Layers[0].Digest)
		for _, r := range all {
			if r.Kind == k.Kind {
				_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%.12s\n", r.Kind, r.Unit, r.Version, r.ValidFrom, r.At.Format(time.DateTime), r.Digest)
			}
		}
	}
	return table.Flush()
}

// ReferenceShowCommand prints one document.
type ReferenceShowCommand struct {
	directoryFlags
	Kind    string `arg:"" help:"calendar, clocks, type-mapping, risk-rules, grade-rules or numbering."`
	Version string `arg:"" optional:"" help:"The version; the latest without one."`
}

// Run prints the body.
func (c *ReferenceShowCommand) Run(ctx context.Context, streams IO) error {
	directory, closeAll, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closeAll()
	all, err := directory.References(ctx, "")
	if err != nil {
		return err
	}
	var versions []string
	for _, r := range all {
		if string(r.Kind) != c.Kind {
			continue
		}
		if c.Version == "" || c.Version == r.Version {
			_, err := fmt.Fprintf(streams.Out, "%s\n", r.Body)
			return err
		}
		versions = append(versions, r.Version)
	}
	return fmt.Errorf("no published %s %s; there is: %s (没有此版本)", c.Kind, c.Version, strings.Join(append(versions, "nothing else"), ", "))
}

// referenceFile is a document with the place of each of its fields.
type referenceFile struct {
	mediation.Reference
	file  string
	lines map[string]int // by JSON pointer
}

// readReferences reads files; - is standard input.
func readReferences(files []string, streams IO) ([]referenceFile, error) {
	var documents []referenceFile
	for _, file := range files {
		text, err := readLimited(file, streams)
		if err != nil {
			return nil, err
		}
		document, err := parseReference(file, text)
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
	return documents, nil
}

func readLimited(file string, streams IO) ([]byte, error) {
	source := streams.In
	if file != "-" {
		opened, err := os.Open(file) //nolint:gosec // the caller's own file
		if err != nil {
			return nil, err
		}
		defer func() { _ = opened.Close() }()
		source = opened
	}
	return io.ReadAll(io.LimitReader(source, 2*mediation.MaximumReference))
}

// fault says where in the file a refusal points, in both languages.
func (d referenceFile) fault(err error) error {
	var refusal *mediation.Error
	if !errors.As(err, &refusal) {
		return fmt.Errorf("%s: %w", d.file, err)
	}
	if len(refusal.Fields) == 0 {
		return fmt.Errorf("%s: %s %s", d.file, refusal.Message, refusal.MessageZH)
	}
	var faults []error
	for _, field := range refusal.Fields {
		faults = append(faults, fmt.Errorf("%s:%d: %s: %s %s", d.file, d.line(field.Pointer), field.Pointer, field.Message, field.MessageZH))
	}
	return errors.Join(faults...)
}

// line is that of the field, or of what it would stand in.
func (d referenceFile) line(pointer string) int {
	for {
		if line, known := d.lines[pointer]; known {
			return line
		}
		cut := strings.LastIndex(pointer, "/")
		if cut < 0 {
			return 1
		}
		pointer = pointer[:cut]
	}
}
