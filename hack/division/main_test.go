package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/division"
)

func files() map[string][]byte {
	return map[string][]byte{
		"provinces.csv": []byte("\ufeffcode,name\n37,\"山东省\"\n"),
		"cities.csv":    []byte("code,name,provinceCode\n3716,\"滨州市\",37\n"),
		"areas.csv":     []byte("code,name,cityCode,provinceCode\n371622,\"阳信县\",3716,37\n371621,\"惠民县\",3716,37\n"),
		"streets.csv":   []byte("code,name,areaCode\n371621101,\"石庙镇\",371621\n371621000,\"惠民县\",371621\n"),
	}
}

func TestConvert(t *testing.T) {
	units, err := convert(files())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, unit := range units {
		got = append(got, unit.String())
	}
	want := "37 山东省;3716 滨州市;371621 惠民县;371621101 石庙镇;371622 阳信县"
	if strings.Join(got, ";") != want {
		t.Errorf("converts to %v: want rising codes, no 000, no byte order mark", got)
	}
}

func TestConvertRefuses(t *testing.T) {
	cases := map[string]struct{ reason, file, content, want string }{
		"Missing": {"every list is needed", "cities.csv", "", "cities.csv: want a header"},
		"Header":  {"columns are known by their names", "areas.csv", "name,code\na,1\n", "areas.csv: want a header"},
		"Ragged":  {"rows have as many columns as the header", "streets.csv", "code,name\n1,a,b\n", "streets.csv"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			damaged := files()
			damaged[tc.file] = []byte(tc.content)
			if _, err := convert(damaged); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s: error %v, want %q", tc.reason, err, tc.want)
			}
		})
	}
}

func TestWantedTakesTheLists(t *testing.T) {
	for name, want := range map[string]bool{
		"package/dist/areas.csv": true, "package/dist/villages.csv": false, "package/README.md": false,
	} {
		if wanted(name) != want {
			t.Errorf("%s: wanted %v", name, !want)
		}
	}
}

func TestWriteLeavesAnEqualFileAlone(t *testing.T) {
	out := filepath.Join(t.TempDir(), "catalogue.gz")
	units, err := convert(files())
	if err != nil {
		t.Fatal(err)
	}
	if err := write(out, units); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	text, err := unzip(before)
	if err != nil {
		t.Fatal(err)
	}
	var loose bytes.Buffer
	other := gzip.NewWriter(&loose)
	other.Write(text)
	other.Close()
	if err := os.WriteFile(out, loose.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := write(out, units); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(out); !bytes.Equal(after, loose.Bytes()) {
		t.Error("the same content compressed in another way is rewritten")
	}
	if err := write(out, units[:2]); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(out); bytes.Equal(after, loose.Bytes()) {
		t.Error("other content is not written")
	}
	if err := write(out, []division.Unit{{Code: "371621", Name: "orphan"}}); err == nil {
		t.Error("a catalogue that does not read back is written")
	}
}

func TestRunRefusesAnotherArchive(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "other.tgz")
	if err := os.WriteFile(archive, []byte("something else"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(archive, filepath.Join(t.TempDir(), "out")); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("error %v: want the digest named", err)
	}
}
