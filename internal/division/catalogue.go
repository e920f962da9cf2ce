package division

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// Level is the length of a unit's code in digits.
type Level int

// The levels of the catalogue.
const (
	LevelProvince Level = 2
	LevelCity     Level = 4
	LevelCounty   Level = 6
	LevelTownship Level = 9
)

// Unit is one administrative division.
type Unit struct {
	Code string // 2, 4, 6 or 9 digits
	Name string // 惠民县
}

// Level is the level that the length of the unit's code says.
func (u Unit) Level() Level { return Level(len(u.Code)) }

// Kind is the kind of a township, "" for any other level.
func (u Unit) Kind() Kind { return KindOf(u.Code) }

// String is how a message names the unit: "371621 惠民县".
func (u Unit) String() string { return u.Code + " " + u.Name }

// Catalogue is every province, city, county and township of one edition of the official lists, in the order of their
// codes. It is read-only and safe for concurrent use.
type Catalogue struct {
	source string
	units  []Unit // sorted by code, so that a unit's descendants follow it
}

//go:embed catalogue.gz
var embedded []byte

var load = sync.OnceValue(func() *Catalogue {
	catalogue, err := Read(bytes.NewReader(embedded))
	if err != nil {
		panic("division: the embedded catalogue is damaged, run go generate ./internal/division: " + err.Error())
	}
	return catalogue
})

// Embedded is the catalogue that this program carries. The first call decompresses it (some 20 ms).
func Embedded() *Catalogue { return load() }

// Source names the data: package and version.
func (c *Catalogue) Source() string { return c.source }

// Size is the number of units of all levels.
func (c *Catalogue) Size() int { return len(c.units) }

// Write writes units in the form that Read reads: gzip of one line per unit, a township as its last three digits
// below its county. The same units give the same bytes before compression.
func Write(w io.Writer, source string, units []Unit) error {
	packed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(packed, source); err != nil {
		return err
	}
	for _, unit := range units {
		code := unit.Code
		if unit.Level() == LevelTownship {
			code = code[LevelCounty:]
		}
		if _, err := fmt.Fprintln(packed, code, unit.Name); err != nil {
			return err
		}
	}
	return packed.Close()
}

// Read reads what Write wrote and refuses what is malformed, out of order or without its parent.
func Read(r io.Reader) (*Catalogue, error) {
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(unpacked)
	lines.Scan()
	catalogue := &Catalogue{source: lines.Text()}
	county := ""
	for number := 2; lines.Scan(); number++ {
		code, name, found := strings.Cut(lines.Text(), " ")
		if !found || name == "" {
			return nil, fmt.Errorf("line %d: want a code and a name", number)
		}
		if len(code) == int(LevelTownship-LevelCounty) {
			code = county + code
		} else if len(code) == int(LevelCounty) {
			county = code
		}
		if err := catalogue.add(Unit{Code: code, Name: name}); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	return catalogue, lines.Err()
}

func (c *Catalogue) add(unit Unit) error {
	if err := parse(unit.Code); err != nil {
		return err
	}
	if len(c.units) > 0 && c.units[len(c.units)-1].Code >= unit.Code {
		return fmt.Errorf("%s does not come after %s", unit, c.units[len(c.units)-1])
	}
	if parent := parentOf(unit.Code); parent != "" {
		if _, found := c.Lookup(parent); !found {
			return fmt.Errorf("%s comes without %s", unit, parent)
		}
	}
	c.units = append(c.units, unit)
	return nil
}

// parse checks a code by the rule of the level that its length says.
func parse(code string) (err error) {
	switch Level(len(code)) {
	case LevelProvince:
		_, err = ParseProvince(code)
	case LevelCity:
		_, err = ParseCity(code)
	case LevelCounty:
		_, err = ParseCounty(code)
	case LevelTownship:
		_, err = ParseTownship(code)
	default:
		err = fmt.Errorf("%q is no code of a division: 2 digits are a province, 4 a city, 6 a county, 9 a township", code)
	}
	return err
}

func parentOf(code string) string {
	switch Level(len(code)) {
	case LevelTownship:
		return code[:LevelCounty]
	case LevelCounty:
		return code[:LevelCity]
	case LevelCity:
		return code[:LevelProvince]
	default:
		return ""
	}
}

// Lookup finds a unit by its exact code.
func (c *Catalogue) Lookup(code string) (Unit, bool) {
	at, found := slices.BinarySearchFunc(c.units, code, func(u Unit, code string) int { return strings.Compare(u.Code, code) })
	if !found {
		return Unit{}, false
	}
	return c.units[at], true
}

// Children are the units one level below a code, in the order of their codes; none for an unknown code.
func (c *Catalogue) Children(code string) []Unit {
	switch Level(len(code)) {
	case LevelProvince:
		return c.below(code, LevelCity)
	case LevelCity:
		return c.below(code, LevelCounty)
	case LevelCounty:
		return c.below(code, LevelTownship)
	default:
		return nil
	}
}

// Townships are the towns, townships, streets and other units of a county (six digits), without the desk.
func (c *Catalogue) Townships(county string) []Unit { return c.below(county, LevelTownship) }

// Counties are the counties of a city (four digits) or of a province (two digits).
func (c *Catalogue) Counties(code string) []Unit { return c.below(code, LevelCounty) }

func (c *Catalogue) below(code string, level Level) []Unit {
	at, found := slices.BinarySearchFunc(c.units, code, func(u Unit, code string) int { return strings.Compare(u.Code, code) })
	if !found {
		return nil
	}
	var units []Unit
	for _, unit := range c.units[at:] {
		if !strings.HasPrefix(unit.Code, code) {
			break
		}
		if unit.Level() == level {
			units = append(units, unit)
		}
	}
	return units
}
