package mediation

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// LookupKind is what two leads or cases may have in common that a store can look up exactly.
type LookupKind string

// The kinds. A store keeps a keyed digest of each value, never the value.
const (
	LookupIdentity LookupKind = "identity"
	LookupPhone    LookupKind = "phone"
	LookupName     LookupKind = "name"
	LookupPlace    LookupKind = "place"
	LookupPoint    LookupKind = "point"
)

// Lookup is one such value in its one normal form: identity numbers in capitals with their paper, phones in digits
// without the country's code, names and places without blanks and marks, points as cells of a raster.
type Lookup struct {
	Kind  LookupKind
	Value string
}

// NearWindow is how far apart in time two may be found and still be suggested for their place or their words.
const NearWindow = nearDays * hoursOfDay * time.Hour

// cellsPerDegree gives cells that are wider than nearMetres anywhere south of 57 degrees north.
const cellsPerDegree = 300

// PartyLookups are the values by which the parties are found again, each once.
func PartyLookups(parties []Party) []Lookup {
	var all []Lookup
	seen := map[Lookup]bool{}
	for _, p := range parties {
		for _, l := range p.lookups() {
			if l.Value != "" && !seen[l] {
				seen[l] = true
				all = append(all, l)
			}
		}
	}
	return all
}

func (p Party) lookups() []Lookup {
	name := Lookup{LookupName, squeezed(p.Name)}
	phone := Lookup{LookupPhone, dialled(p.Phone)}
	if p.IdentityNumber == "" {
		return []Lookup{name, phone}
	}
	return []Lookup{name, phone, {LookupIdentity, string(p.IdentityType) + ":" + strings.ToUpper(p.IdentityNumber)}}
}

// PlaceLookup is the place in words, its Value "" when there is none.
func PlaceLookup(place string) Lookup { return Lookup{LookupPlace, squeezed(place)} }

// PointLookup is the cell in which a point lies; its Value is "" without a point.
func PointLookup(p *Point) Lookup {
	if p == nil {
		return Lookup{Kind: LookupPoint}
	}
	x, y := p.cell()
	return cell(x, y)
}

// PointLookups are the cell of a point and its eight neighbours: whatever is near lies in one of them.
func PointLookups(p *Point) []Lookup {
	if p == nil {
		return nil
	}
	x, y := p.cell()
	var all []Lookup
	for east := -1; east <= 1; east++ {
		for north := -1; north <= 1; north++ {
			all = append(all, cell(x+east, y+north))
		}
	}
	return all
}

func (p Point) cell() (x, y int) {
	return int(math.Floor(p.Longitude * cellsPerDegree)), int(math.Floor(p.Latitude * cellsPerDegree))
}

func cell(x, y int) Lookup { return Lookup{LookupPoint, fmt.Sprintf("%d/%d", x, y)} }
