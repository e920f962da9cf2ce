package paper

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// penDate is a date for the pen.
const penDate = "　　　　年　　月　　日"

// penDay is the same in a narrow field.
const penDay = "　　年　月　日"

// day writes 2006-01-02 as 2006年1月2日; what is no day is left for the pen.
func day(date string) string {
	parsed, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return penDate
	}
	return parsed.Format("2006年1月2日")
}

func dayOf(at time.Time) string { return day(mediation.LegalDay(at)) }

func minuteOf(at time.Time) string {
	return mediation.LegalTime(at).Format("2006年1月2日15时04分")
}

// figures writes fen as yuan with thousands separated: 120,000.00.
func figures(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	yuan := strconv.FormatInt(fen/100, 10)
	for i := len(yuan) - 3; i > 0; i -= 3 {
		yuan = yuan[:i] + "," + yuan[i:]
	}
	return fmt.Sprintf("%s%s.%02d", sign, yuan, fen%100)
}

// capitals writes fen as amounts are written on papers of money: 人民币壹拾贰万元整 (正确填写票据和结算凭证的基本规定).
func capitals(fen int64) string {
	if fen == 0 {
		return "人民币零元整"
	}
	out := "人民币"
	if fen < 0 {
		out, fen = "人民币负", -fen
	}
	yuan, jiao, cents := fen/100, fen/10%10, fen%10
	if yuan > 0 {
		out += integer(yuan) + "元"
	}
	switch {
	case jiao == 0 && cents == 0:
		return out + "整"
	case jiao > 0:
		out += digit(jiao) + "角"
	case yuan > 0:
		out += "零"
	}
	if cents == 0 {
		return out + "整"
	}
	return out + digit(cents) + "分"
}

func digit(d int64) string { return string([]rune("零壹贰叁肆伍陆柒捌玖")[d]) }

// integer writes a positive number in groups of four digits: 万, 亿, 万亿.
func integer(n int64) string {
	units := []string{"", "万", "亿", "万亿"}
	var groups []int64
	for ; n > 0; n /= 10_000 {
		groups = append(groups, n%10_000)
	}
	out, zero := "", false
	for i := len(groups) - 1; i >= 0; i-- {
		switch {
		case groups[i] == 0:
			zero = out != ""
			continue
		case zero, out != "" && groups[i] < 1000:
			out += "零"
		}
		zero = false
		out += thousands(groups[i]) + unitOf(units, groups, i)
	}
	return out
}

// unitOf says 亿 once: of 万亿 and 亿 that both have digits, the higher is only 万.
func unitOf(units []string, groups []int64, i int) string {
	if i == 3 && groups[2] > 0 {
		return "万"
	}
	return units[i]
}

// thousands writes 1 to 9999.
func thousands(n int64) string {
	out, zero := "", false
	for _, place := range []struct {
		value int64
		unit  string
	}{{1000, "仟"}, {100, "佰"}, {10, "拾"}, {1, ""}} {
		d := n / place.value % 10
		if d == 0 {
			zero = out != ""
			continue
		}
		if zero {
			out += "零"
			zero = false
		}
		out += digit(d) + place.unit
	}
	return out
}

// names joins the names of those on one side.
func names(parties []mediation.Party) string {
	var all []string
	for _, p := range parties {
		all = append(all, p.Name)
	}
	return strings.Join(all, "、")
}

func side(parties []mediation.Party, side mediation.Side) []mediation.Party {
	var all []mediation.Party
	for _, p := range parties {
		if p.Side == side {
			all = append(all, p)
		}
	}
	return all
}

// tick marks the choice that was made among boxes.
func tick(chosen bool, words string) string {
	if chosen {
		return "■" + words
	}
	return "□" + words
}
