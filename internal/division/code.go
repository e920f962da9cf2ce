package division

import (
	"fmt"
	"slices"
	"strings"
)

// Kind says what a township-level unit is. Its values are those of a Township's spec.kind.
type Kind string

// The kinds by the last three digits of a code, after GB/T 10114.
const (
	Desk     Kind = "Desk"     // 000: the county desk 县指挥中心, no unit of the official lists
	Street   Kind = "Street"   // 001–099: 街道
	Town     Kind = "Town"     // 100–199: 镇
	Township Kind = "Township" // 200–399: 乡
	Other    Kind = "Other"    // 400–599: farms, zones and parks that act as a township 类似乡级单位
)

// Label is the kind in Chinese.
func (k Kind) Label() string {
	switch k {
	case Desk:
		return "县指挥中心"
	case Street:
		return "街道"
	case Town:
		return "镇"
	case Township:
		return "乡"
	case Other:
		return "类似乡级单位"
	default:
		return string(k)
	}
}

// ParseKind reads a kind as the resources write it (Town) or as lists in Chinese do (镇).
func ParseKind(text string) (Kind, error) {
	trimmed := strings.TrimSpace(text)
	for _, kind := range []Kind{Street, Town, Township, Other, Desk} {
		if strings.EqualFold(trimmed, string(kind)) || trimmed == kind.Label() {
			return kind, nil
		}
	}
	switch trimmed {
	case "街道办事处":
		return Street, nil
	case "民族乡", "苏木":
		return Township, nil
	case "其他", "类似乡级":
		return Other, nil
	}
	return "", fmt.Errorf("%q is no kind of township: write Street 街道, Town 镇, Township 乡 or Other 其他", text)
}

// cityCounties are the prefecture-level cities without counties: their towns hang on the city's own six digits.
var cityCounties = []string{"441900", "442000", "460400"}

// provinces are the first two digits that GB/T 2260 gives out.
var provinces = []string{
	"11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
	"45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
}

// ParseProvince checks the form of a province's code: two digits that GB/T 2260 gives out.
func ParseProvince(text string) (string, error) {
	if err := digits(text, 2, "province"); err != nil {
		return "", err
	}
	if err := knownProvince(text); err != nil {
		return "", err
	}
	return text, nil
}

// ParseCity checks the form of a city's code: four digits, the last two not 00.
func ParseCity(text string) (string, error) {
	if err := digits(text, 4, "city"); err != nil {
		return "", err
	}
	if text[2:] == "00" {
		return "", fmt.Errorf("%s is a province, not a city: write %s", text, text[:2])
	}
	if err := knownProvince(text); err != nil {
		return "", err
	}
	return text, nil
}

// ParseCounty checks the form of a county's code: six digits, the last two not 00 except for the three cities
// without counties (441900, 442000, 460400). Whether such a county exists is the catalogue's to say.
func ParseCounty(text string) (string, error) {
	if err := digits(text, 6, "county"); err != nil {
		return "", err
	}
	if err := knownProvince(text); err != nil {
		return "", err
	}
	if text[4:] == "00" && !slices.Contains(cityCounties, text) {
		return "", fmt.Errorf("%s is a city or a province, not a county: a county's last two digits are 01 to 99 "+
			"(only %s are cities that have towns but no counties)", text, strings.Join(cityCounties, ", "))
	}
	if text[2:4] == "00" {
		return "", fmt.Errorf("%s has no city: its third and fourth digit are 00", text)
	}
	return text, nil
}

// ParseTownship checks the form of a township's code: a county's six digits and 000 (the desk) to 599. Whether such
// a township exists is the catalogue's to say.
func ParseTownship(text string) (string, error) {
	if err := digits(text, 9, "township"); err != nil {
		return "", err
	}
	if _, err := ParseCounty(text[:6]); err != nil {
		return "", fmt.Errorf("%s: %w", text, err)
	}
	if text[6] > '5' {
		return "", fmt.Errorf("%s: the last three digits of a township are 001–099 (街道), 100–199 (镇), 200–399 (乡) "+
			"or 400–599 (other units)", text)
	}
	return text, nil
}

// KindOf is the kind of a well-formed township code, read from its last three digits; "" for anything else.
func KindOf(township string) Kind {
	if _, err := ParseTownship(township); err != nil {
		return ""
	}
	suffix := township[6:]
	switch {
	case suffix == "000":
		return Desk
	case suffix < "100":
		return Street
	case suffix < "200":
		return Town
	case suffix < "400":
		return Township
	}
	return Other
}

// CountyOf is the county of a well-formed township code; "" for anything else.
func CountyOf(township string) string {
	if _, err := ParseTownship(township); err != nil {
		return ""
	}
	return township[:6]
}

// DeskOf is the code of the county desk of a county.
func DeskOf(county string) string { return county + "000" }

func digits(text string, want int, level string) error {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return fmt.Errorf("%q is no code of a %s: it has %d digits and nothing else", text, level, want)
		}
	}
	if len(text) != want {
		return fmt.Errorf("%q is no code of a %s: it has %d digits, this has %d", text, level, want, len(text))
	}
	return nil
}

func knownProvince(code string) error {
	if !slices.Contains(provinces, code[:2]) {
		return fmt.Errorf("%s: no province has the code %s", code, code[:2])
	}
	return nil
}
