package division

import (
	"fmt"
	"slices"
	"strings"
)

// placeholders are city-level rows that group counties without being a place; nobody says them aloud.
var placeholders = []string{"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}

// Path is the unit and everything above it, province first; empty for an unknown code.
func (c *Catalogue) Path(code string) []Unit {
	var path []Unit
	for ; code != ""; code = parentOf(code) {
		if unit, found := c.Lookup(code); found {
			path = append(path, unit)
		}
	}
	slices.Reverse(path)
	return path
}

// FullName is the unit's name after the names above it, as people write it: 山东省滨州市惠民县.
func (c *Catalogue) FullName(code string) string {
	var name strings.Builder
	last := ""
	for _, unit := range c.Path(code) {
		grouping := unit.Level() == LevelCity && slices.Contains(placeholders, unit.Name)
		if grouping || unit.Name == last {
			continue
		}
		name.WriteString(unit.Name)
		last = unit.Name
	}
	return name.String()
}

// County is a county by its code. The error says what is wrong with the code, or which counties stand near it.
func (c *Catalogue) County(code string) (Unit, error) {
	if _, err := ParseCounty(code); err != nil {
		if city, found := c.cityOfSix(code); found {
			return Unit{}, fmt.Errorf("%s is %s, a city: write %s for all its counties, or one of %s",
				code, c.FullName(city.Code), city.Code, list(c.Counties(city.Code)))
		}
		return Unit{}, err
	}
	return c.find(code)
}

// cityOfSix reads a city's code in its six-digit form, 371600.
func (c *Catalogue) cityOfSix(code string) (Unit, bool) {
	if len(code) != int(LevelCounty) || code[LevelCity:] != "00" {
		return Unit{}, false
	}
	return c.Lookup(code[:LevelCity])
}

// City is a city by its code, with an error that says what stands near.
func (c *Catalogue) City(code string) (Unit, error) {
	if _, err := ParseCity(code); err != nil {
		return Unit{}, err
	}
	return c.find(code)
}

// Province is a province by its code, with an error that names those there are.
func (c *Catalogue) Province(code string) (Unit, error) {
	if _, err := ParseProvince(code); err != nil {
		return Unit{}, err
	}
	return c.find(code)
}

// Township is a township by its code, with an error that says what stands near. The desk is not in the catalogue.
func (c *Catalogue) Township(code string) (Unit, error) {
	if _, err := ParseTownship(code); err != nil {
		return Unit{}, err
	}
	if KindOf(code) == Desk {
		return Unit{}, fmt.Errorf("%s is the county desk of %s, which no official list holds", code, code[:LevelCounty])
	}
	return c.find(code)
}

func (c *Catalogue) find(code string) (Unit, error) {
	if unit, found := c.Lookup(code); found {
		return unit, nil
	}
	for parent := parentOf(code); parent != ""; parent = parentOf(parent) {
		if unit, found := c.Lookup(parent); found {
			return Unit{}, fmt.Errorf("%s is not %s of %s %s in %s; it has %s",
				code, levelName(len(code)), unit.Name, unit.Code, c.source, list(c.Children(parent)))
		}
	}
	return Unit{}, fmt.Errorf("%s is not in %s; the provinces are %s", code, c.source, list(c.provinces()))
}

func (c *Catalogue) provinces() []Unit {
	var units []Unit
	for _, unit := range c.units {
		if unit.Level() == LevelProvince {
			units = append(units, unit)
		}
	}
	return units
}

func levelName(length int) string {
	switch Level(length) {
	case LevelTownship:
		return "a township"
	case LevelCounty:
		return "a county"
	case LevelCity:
		return "a city"
	default:
		return "a province"
	}
}

func list(units []Unit) string {
	if len(units) == 0 {
		return "none"
	}
	names := make([]string, len(units))
	for i, unit := range units {
		names[i] = unit.String()
	}
	return strings.Join(names, ", ")
}

// Named finds units of the given levels (all when none is given) by a Chinese name. A name may carry names above it
// (滨州市惠民县, 山东省惠民县). Units called exactly so come alone; when there are none, those that contain the name
// come. More than one unit may answer: FullName and Describe tell them apart.
func (c *Catalogue) Named(name string, levels ...Level) []Unit {
	name = strings.Join(strings.Fields(name), "")
	if name == "" {
		return nil
	}
	var exact, contain []Unit
	for _, unit := range c.units {
		if len(levels) > 0 && !slices.Contains(levels, unit.Level()) || c.grouping(unit) {
			continue
		}
		switch {
		case unit.Name == name || strings.HasSuffix(name, unit.Name) && c.above(unit.Code, strings.TrimSuffix(name, unit.Name)):
			exact = append(exact, unit)
		case strings.Contains(unit.Name, name):
			contain = append(contain, unit)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return contain
}

func (c *Catalogue) grouping(unit Unit) bool {
	return unit.Level() == LevelCity && slices.Contains(placeholders, unit.Name)
}

// above says whether prefix is made of names above a unit, in their order, possibly leaving some out.
func (c *Catalogue) above(code, prefix string) bool {
	path := c.Path(code)
	for _, unit := range path[:len(path)-1] {
		prefix = strings.TrimPrefix(prefix, unit.Name)
	}
	return prefix == ""
}

// Describe lists units with their full names, one a line, for a message that asks the reader to choose.
func (c *Catalogue) Describe(units []Unit) string {
	var lines strings.Builder
	for _, unit := range units {
		fmt.Fprintf(&lines, "  %-9s  %s\n", unit.Code, c.FullName(unit.Code))
	}
	return lines.String()
}
