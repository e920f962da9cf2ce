package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"tiaojie.dev/tiaojie/internal/division"
)

// OnboardCommand prints the manifests of counties and their towns, ready for "kubectl apply -f -".
type OnboardCommand struct {
	Units []string `arg:"" name:"unit" help:"County (371621), city or province for all its counties (3716, 37), or a Chinese name (惠民县)."`

	Server               string   `default:"default" env:"TIAOJIE_ONBOARD_SERVER" help:"Name of the PostgresServer that gets the county (数据库服务器)."`
	Mode                 string   `enum:"Dedicated,Shared," default:"" env:"TIAOJIE_ONBOARD_MODE" help:"Dedicated: an API instance per town; Shared: all by the installation's shared API. Default Dedicated (独立/共享)."`
	Replicas             *int     `placeholder:"N" env:"TIAOJIE_ONBOARD_REPLICAS" help:"API instances per town, 0 to 20 (副本数)."`
	OpenCases            *int     `placeholder:"N" env:"TIAOJIE_ONBOARD_OPEN_CASES" help:"Quota of open cases per town, 0 for none (在办案件上限)."`
	Connections          *int     `placeholder:"N" env:"TIAOJIE_ONBOARD_CONNECTIONS" help:"Quota of database connections per town, 2 to 200 (连接数上限)."`
	From                 string   `placeholder:"FILE" help:"CSV of the county's towns, columns code,name[,kind], UTF-8 or GB18030; - reads standard input (乡镇清单)."`
	CountyName           string   `placeholder:"NAME" help:"The county's name when the catalogue does not know it (县名)."`
	FromCatalogue        bool     `help:"Let the operator declare the towns from its own catalogue (由控制器按区划目录创建)."`
	AdministratorGroup   []string `sep:"none" placeholder:"GROUP" help:"Kubernetes group that administers the county; repeat for more (管理员组)."`
	AdministratorSubject []string `sep:"none" placeholder:"issuer=URL,subject=ID" help:"API subject that administers the county; repeat for more (管理员)."`
}

// county is everything that the manifests of one county say.
type county struct {
	unit  division.Unit
	title string // the full name and where the towns come from, for the reader of the manifests
	towns []town
}

// Run prints the manifests, or nothing at all when anything is wrong.
func (c *OnboardCommand) Run(_ context.Context, streams IO) error {
	subjects, err := c.check()
	if err != nil {
		return err
	}
	counties, err := c.counties(streams)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, county := range counties {
		c.print(&text, county, subjects)
	}
	_, err = io.WriteString(streams.Out, text.String())
	return err
}

// check refuses options that contradict each other and reads the subjects.
func (c *OnboardCommand) check() ([]apiSubject, error) {
	sized := c.Replicas != nil || c.OpenCases != nil || c.Connections != nil
	if c.FromCatalogue && (sized || c.From != "" || c.Mode != "") {
		return nil, errors.New("--from-catalogue lets the operator declare the towns with their defaults: " +
			"leave out --from, --mode, --replicas, --open-cases and --connections, or leave out --from-catalogue and size the towns here")
	}
	if c.CountyName != "" && c.From == "" {
		return nil, errors.New("--county-name names a county whose towns come --from a file: give the file too")
	}
	if c.Mode == "Shared" && c.Replicas != nil {
		return nil, errors.New("--replicas sizes a town's own instances: a Shared town has none, leave it out")
	}
	if err := errors.Join(within("--replicas", c.Replicas, 0, 20), within("--open-cases", c.OpenCases, 0, 1_000_000),
		within("--connections", c.Connections, 2, 200)); err != nil {
		return nil, err
	}
	var subjects []apiSubject
	for _, text := range c.AdministratorSubject {
		read, err := parseSubject(text)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, read)
	}
	return subjects, nil
}

// within checks a number against what the resources accept; nil is what was not asked for.
func within(option string, value *int, least, most int) error {
	if value != nil && (*value < least || *value > most) {
		return fmt.Errorf("%s is %d: give %d to %d, or leave it out for the default", option, *value, least, most)
	}
	return nil
}

// apiSubject is an API subject: who issued the token, and the name the issuer gave.
type apiSubject struct{ issuer, subject string }

// parseSubject reads issuer=URL,subject=ID. The subject may hold commas, the issuer may not.
func parseSubject(text string) (apiSubject, error) {
	issuer, id, found := strings.Cut(text, ",")
	issuer, hasIssuer := strings.CutPrefix(strings.TrimSpace(issuer), "issuer=")
	id, hasID := strings.CutPrefix(strings.TrimSpace(id), "subject=")
	if !found || !hasIssuer || !hasID || issuer == "" || id == "" {
		return apiSubject{}, fmt.Errorf("--administrator-subject %q: write issuer=https://login.example,subject=the-sub-claim", text)
	}
	return apiSubject{issuer: issuer, subject: id}, nil
}

// counties finds what was asked for, in that order, each county once.
func (c *OnboardCommand) counties(streams IO) ([]county, error) {
	if c.From != "" {
		listed, err := c.listed(streams)
		return []county{listed}, err
	}
	catalogue := division.Embedded()
	seen := map[string]bool{}
	var counties []county
	for _, asked := range c.Units {
		units, err := findCounties(catalogue, asked)
		if err != nil {
			return nil, err
		}
		for _, unit := range units {
			if seen[unit.Code] {
				continue
			}
			seen[unit.Code] = true
			counties = append(counties, catalogued(catalogue, unit))
		}
	}
	return counties, nil
}

func catalogued(catalogue *division.Catalogue, unit division.Unit) county {
	found := county{unit: unit}
	for _, child := range catalogue.Townships(unit.Code) {
		found.towns = append(found.towns, town{code: child.Code, name: child.Name, kind: child.Kind()})
	}
	found.title = fmt.Sprintf("%s %s: %d towns of %s", catalogue.FullName(unit.Code), unit.Code, len(found.towns), catalogue.Source())
	return found
}

// findCounties reads one argument: a county's, city's or province's code, or a Chinese name.
func findCounties(catalogue *division.Catalogue, asked string) ([]division.Unit, error) {
	asked = strings.TrimSpace(asked)
	if strings.Trim(asked, "0123456789") != "" || asked == "" {
		return findNamed(catalogue, asked)
	}
	var unit division.Unit
	var err error
	switch division.Level(len(asked)) {
	case division.LevelProvince:
		unit, err = catalogue.Province(asked)
	case division.LevelCity:
		unit, err = catalogue.City(asked)
	case division.LevelCounty:
		unit, err = catalogue.County(asked)
		if _, malformed := division.ParseCounty(asked); malformed != nil {
			return nil, fmt.Errorf("%w\nNo county can have this code: correct it, or give the county's Chinese name", err)
		}
		if err != nil {
			return nil, fmt.Errorf("%w\nFor a county newer than the catalogue give its towns: tiaojie onboard %s --county-name NAME --from towns.csv", err, asked)
		}
		return []division.Unit{unit}, nil
	case division.LevelTownship:
		return nil, fmt.Errorf("%s is a township: give its county, %s", asked, asked[:division.LevelCounty])
	default:
		return nil, fmt.Errorf("%q is no code of a county: give six digits (371621), a city's four (3716) or a Chinese name (惠民县)", asked)
	}
	return catalogue.Counties(unit.Code), err
}

// findNamed finds counties by name, and cities or provinces when no county is called so.
func findNamed(catalogue *division.Catalogue, name string) ([]division.Unit, error) {
	units := catalogue.Named(name, division.LevelCounty)
	if len(units) == 0 {
		units = catalogue.Named(name, division.LevelCity, division.LevelProvince)
	}
	switch {
	case len(units) == 0:
		return nil, fmt.Errorf("no county, city or province is called %q%s", name, similar(catalogue, name))
	case len(units) > 1:
		return nil, fmt.Errorf("%q may be any of these, give the code:\n%s", name, strings.TrimRight(catalogue.Describe(units), "\n"))
	case units[0].Level() == division.LevelCounty:
		return units, nil
	}
	return catalogue.Counties(units[0].Code), nil
}

// similar names counties that share the name's beginning, for someone who wrote 惠民区.
func similar(catalogue *division.Catalogue, name string) string {
	letters := []rune(name)
	for short := len(letters) - 1; short >= 2; short-- {
		if units := catalogue.Named(string(letters[:short]), division.LevelCounty); len(units) > 0 {
			return ", but there are\n" + strings.TrimRight(catalogue.Describe(units), "\n")
		}
	}
	return ": give its code, or its name as the official lists write it"
}

// listed is the one county whose towns stand in a file.
func (c *OnboardCommand) listed(streams IO) (county, error) {
	if len(c.Units) != 1 {
		return county{}, errors.New("--from holds the towns of one county: give exactly one county")
	}
	unit, title, err := c.listedCounty()
	if err != nil {
		return county{}, err
	}
	raw, err := c.readFile(streams)
	if err != nil {
		return county{}, err
	}
	towns, dropped, err := parseTowns(raw, unit.Code)
	if err != nil {
		return county{}, fmt.Errorf("%s:\n%w", c.From, err)
	}
	for _, line := range dropped {
		if _, err := fmt.Fprintln(streams.Err, "tiaojie:", line); err != nil {
			return county{}, err
		}
	}
	return county{unit: unit, towns: towns, title: fmt.Sprintf("%s %s: %d towns of %s", title, unit.Code, len(towns), c.From)}, nil
}

// listedCounty takes the county's name from the option before the catalogue: the catalogue may be out of date.
func (c *OnboardCommand) listedCounty() (unit division.Unit, title string, err error) {
	asked, catalogue := strings.TrimSpace(c.Units[0]), division.Embedded()
	code, err := division.ParseCounty(asked)
	if err != nil {
		units, missing := findCounties(catalogue, asked)
		if missing != nil {
			return unit, "", missing
		}
		if len(units) != 1 {
			return unit, "", fmt.Errorf("--from holds the towns of one county, and %s has %d: give one county's code", asked, len(units))
		}
		code = units[0].Code
	}
	known, _ := catalogue.Lookup(code)
	name := cmp.Or(strings.TrimSpace(c.CountyName), known.Name)
	if name == "" {
		return unit, "", fmt.Errorf("the catalogue (%s) does not know %s: name the county with --county-name", catalogue.Source(), code)
	}
	title = name
	if name == known.Name {
		title = catalogue.FullName(code)
	}
	return division.Unit{Code: code, Name: name}, title, nil
}

func (c *OnboardCommand) readFile(streams IO) ([]byte, error) {
	if c.From == "-" {
		return io.ReadAll(streams.In)
	}
	return os.ReadFile(c.From)
}
