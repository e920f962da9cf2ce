package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// papers is the folder of the printed papers; it goes with the demo.
func (d *demo) papers() string { return filepath.Join(d.dir, "papers") }

// printPapers prints the agreement's draft and the five papers of the walked case, and reads them back as text.
func (d *demo) printPapers(ctx context.Context) error {
	if err := os.MkdirAll(d.papers(), 0o700); err != nil {
		return err
	}
	if err := d.keepPaper(ctx, "agreement-draft", d.draft, "草稿"); err != nil {
		return err
	}
	for _, form := range []struct{ path, holds string }{
		{"application", "公良执简"}, {"rights-notice", "告知书"}, {"mediation-record?meeting=2", "濮阳听䶮"}, {"agreement", "叁仟陆佰元整"}, {"cover", "目录"},
	} {
		got, err := d.caller(d.cluster.url, clerk).do(ctx, "GET", d.walked+"/documents/"+form.path, nil)
		if err != nil {
			return err
		}
		if err := got.want(200); err != nil {
			return err
		}
		name, _, _ := strings.Cut(form.path, "?")
		if err := d.keepPaper(ctx, name, got.body, form.holds); err != nil {
			return err
		}
	}
	return nil
}

// keepPaper writes a PDF into the folder of papers and reads it back as text, which must hold some words.
func (d *demo) keepPaper(ctx context.Context, name string, content []byte, holds string) error {
	file := filepath.Join(d.papers(), name+".pdf")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return err
	}
	text, err := exec.CommandContext(ctx, "pdftotext", "-layout", file, "-").Output()
	if err != nil {
		return fmt.Errorf("pdftotext %s: %w", file, err)
	}
	if !strings.Contains(strings.Join(strings.Fields(string(text)), ""), holds) {
		return fmt.Errorf("%s does not show %q", file, holds)
	}
	d.progress.note("%s %d KB", file, len(content)/1024)
	return nil
}
