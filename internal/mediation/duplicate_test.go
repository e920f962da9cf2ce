package mediation_test

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	zhang = "371602188506150426"
	li    = "99010118800101004X"
)

func person(name, number, phone string) mediation.Party {
	p := mediation.Party{Kind: mediation.PartyPerson, Name: name, IdentityNumber: number, Phone: phone}
	if number != "" {
		p.IdentityType = mediation.IdentityResidentID
	}
	return p
}

// wall is what is compared of the quarrel about the wall.
func wall() mediation.Likeness {
	return mediation.Likeness{
		Kind: mediation.LikeLead, ID: "l-1", Place: "石庙镇归化街村", PlaceCode: "371621101201",
		Point: &mediation.Point{Longitude: 117.51, Latitude: 37.49}, At: noon, Text: "李家新砌院墙超出宅基地边界",
		Parties: []mediation.Party{person("张三", zhang, "13800001234"), person("李四", li, "")},
	}
}

func TestDuplicates(t *testing.T) {
	cases := map[string]struct {
		reason string
		other  func(*mediation.Likeness)
		score  int
		parts  []string
	}{
		"the same in every way": {"more than a hundred is a hundred", func(*mediation.Likeness) {}, 100,
			[]string{"same-parties+75", "same-place+25", "same-week+10", "similar-text+40"}},
		"one party, long ago": {"the same person quarrels again: shown, not in the way", func(l *mediation.Likeness) {
			l.Parties, l.At, l.Text = l.Parties[:1], noon.AddDate(-1, 0, 0), "借款不还"
		}, 50, []string{"same-party+50"}},
		"the same phone": {"leads often know no numbers", func(l *mediation.Likeness) {
			l.Parties, l.At, l.Text = []mediation.Party{person("张先生", "", "+86 138-0000-1234")}, noon.AddDate(-1, 0, 0), "借款不还"
		}, 30, []string{"same-phone+30"}},
		"the same place this week": {"two quarrels in one yard", func(l *mediation.Likeness) {
			l.Parties, l.Text, l.At, l.Place = nil, "借款不还", noon.AddDate(0, 0, -7), "石庙镇 归化街村。"
		}, 35, []string{"same-place+25", "same-week+10"}},
		"the same place this month": {"near, not very near", func(l *mediation.Likeness) {
			l.Parties, l.Text, l.At = nil, "借款不还", noon.AddDate(0, 0, -30)
		}, 25, []string{"same-place+25"}},
		"the same place long ago": {"a yard sees many quarrels", func(l *mediation.Likeness) {
			l.Parties, l.Text, l.At = nil, "借款不还", noon.AddDate(0, 0, -31)
		}, 0, nil},
		"two hundred metres away": {"the same street", func(l *mediation.Likeness) {
			l.Parties, l.Text, l.Place, l.PlaceCode, l.Point = nil, "借款不还", "", "", &mediation.Point{Longitude: 117.51, Latitude: 37.4917}
		}, 35, []string{"near-place+25", "same-week+10"}},
		"three hundred metres away": {"another street", func(l *mediation.Likeness) {
			l.Parties, l.Text, l.Place, l.PlaceCode, l.Point = nil, "借款不还", "", "", &mediation.Point{Longitude: 117.51, Latitude: 37.4928}
		}, 0, nil},
		"the same village": {"a village is large", func(l *mediation.Likeness) {
			l.Parties, l.Text, l.Place, l.Point = nil, "借款不还", "村东", nil
		}, 25, []string{"same-village+15", "same-week+10"}},
		"other words for the same": {"half of the pairs in common", func(l *mediation.Likeness) {
			l.Parties, l.Place, l.PlaceCode, l.Point, l.Text = nil, "", "", nil, "邻居新砌院墙超出边界"
		}, 0, nil},
		"nearly the same words": {"somebody told it twice", func(l *mediation.Likeness) {
			l.Parties, l.Place, l.PlaceCode, l.Point, l.Text = nil, "", "", nil, "李家新砌的院墙超出宅基地边界"
		}, 35, []string{"similar-text+35"}},
		"a passport with the digits": {"another paper is another number", func(l *mediation.Likeness) {
			l.Parties, l.At, l.Text = []mediation.Party{{IdentityType: mediation.IdentityPassport, IdentityNumber: zhang}}, noon.AddDate(-1, 0, 0), ""
		}, 0, nil},
		"nothing at all": {"nothing is like nothing", func(l *mediation.Likeness) { *l = mediation.Likeness{Kind: mediation.LikeCase, ID: "c-0"} }, 0, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			other := wall()
			other.Kind, other.ID = mediation.LikeCase, "c-1"
			other.Parties = slices.Clone(other.Parties)
			tc.other(&other)
			found := mediation.Duplicates(wall(), []mediation.Likeness{other})
			if tc.score == 0 {
				if len(found) != 0 {
					t.Errorf("suggested all the same: %+v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Score != tc.score || found[0].ID != other.ID || found[0].Strong() != (tc.score >= 60) {
				t.Fatalf("got %+v, want %d", found, tc.score)
			}
			var parts []string
			for _, p := range found[0].Parts {
				parts = append(parts, fmt.Sprintf("%s%+d", p.Code, p.Points))
				if p.ZH == "" || p.EN == "" {
					t.Errorf("%s has no words", p.Code)
				}
			}
			if !slices.Equal(parts, tc.parts) {
				t.Errorf("got %v, want %v", parts, tc.parts)
			}
		})
	}
}

func TestDuplicates_order(t *testing.T) {
	like := func(id mediation.ID, days int) mediation.Likeness {
		l := wall()
		l.Kind, l.ID, l.At = mediation.LikeCase, id, noon.AddDate(0, 0, -days)
		return l
	}
	var got []mediation.ID
	for _, d := range mediation.Duplicates(wall(), []mediation.Likeness{like("c-b", 3), wall(), like("c-a", 3), like("c-new", 1)}) {
		got = append(got, d.ID)
	}
	if !slices.Equal(got, []mediation.ID{"c-new", "c-a", "c-b"}) {
		t.Errorf("of equals the newest first, then by id, never itself: %v", got)
	}
	var many []mediation.Likeness
	for i := range 30 {
		many = append(many, like(mediation.ID("c-"+strconv.Itoa(i)), i))
	}
	if got := len(mediation.Duplicates(wall(), many)); got != 20 {
		t.Errorf("a person reads twenty, not %d", got)
	}
}

func TestLikeness(t *testing.T) {
	if like := reported(t).Likeness(); like.Kind != mediation.LikeLead || like.Text == "" || !like.At.Equal(noon.Add(-time.Hour)) {
		t.Errorf("%+v", like)
	}
	c := filed(t)
	if like := c.Likeness(); like.Kind != mediation.LikeCase || like.ID != c.ID || len(like.Parties) != 2 {
		t.Errorf("%+v", like)
	}
	if found := mediation.Duplicates(reported(t).Likeness(), []mediation.Likeness{c.Likeness()}); len(found) != 1 || !found[0].Strong() {
		t.Errorf("the standard lead is about the standard case: %+v", found)
	}
}

// TestDuplicateIndex_aThousandRows: a batch is compared with itself in the time that one import may take.
func TestDuplicateIndex_batch(t *testing.T) {
	index := mediation.NewDuplicateIndex(nil)
	found := 0
	for i := range 2000 {
		row := wall()
		row.ID = mediation.ID("l-" + strconv.Itoa(i))
		row.Place, row.PlaceCode, row.Point = "第"+strconv.Itoa(i%500)+"户", "", nil
		row.Parties = []mediation.Party{person("甲", "", "1380000"+strconv.Itoa(1000+i%1000))}
		row.Text = fmt.Sprintf("第%d户与%d户因排水%d发生争执", i%500, i%37, i)
		found += min(1, len(index.Find(row)))
		index.Add(row)
	}
	if found < 1500 {
		t.Errorf("%d of 2000 rows repeat an earlier one, want at least 1500", found)
	}
}

// TestDuplicates_property: likeness is the same from both sides, its score is the sum of its parts up to a hundred, it
// does not depend on the order of the others, and an index that grows row by row finds what one made at once finds.
func TestDuplicates_property(t *testing.T) {
	likeness := rapid.Custom(func(t *rapid.T) mediation.Likeness {
		l := mediation.Likeness{
			Kind:      rapid.SampledFrom([]mediation.LikenessKind{mediation.LikeLead, mediation.LikeCase}).Draw(t, "kind"),
			At:        noon.AddDate(0, 0, -rapid.IntRange(0, 60).Draw(t, "days")),
			Text:      rapid.SampledFrom([]string{"", "院墙越界", "院墙越界争吵", "欠薪不发", "䶮𠮷𠮷䶮"}).Draw(t, "text"),
			Place:     rapid.SampledFrom([]string{"", "村口", "村 口"}).Draw(t, "place"),
			PlaceCode: rapid.SampledFrom([]string{"", "371621101201"}).Draw(t, "code"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "parties") {
			l.Parties = append(l.Parties, person("某", rapid.SampledFrom([]string{"", zhang, li}).Draw(t, "number"),
				rapid.SampledFrom([]string{"", "13800001234", "008613800001234"}).Draw(t, "phone")))
		}
		if rapid.Bool().Draw(t, "measured") {
			l.Point = &mediation.Point{Longitude: 117.5, Latitude: 37.5 + float64(rapid.IntRange(0, 4).Draw(t, "north"))/1000}
		}
		return l
	})
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(likeness, 1, 15).Draw(t, "all")
		for i := range all {
			all[i].ID = mediation.ID(strconv.Itoa(i))
		}
		of, others := all[0], all[1:]
		found := mediation.Duplicates(of, others)
		grown := mediation.NewDuplicateIndex(nil)
		for _, other := range slices.Backward(others) {
			grown.Add(other)
		}
		if again := grown.Find(of); !reflect.DeepEqual(found, again) {
			t.Fatalf("the order of the others matters:\n%+v\n%+v", found, again)
		}
		for _, d := range found {
			sum := 0
			for _, p := range d.Parts {
				sum += p.Points
			}
			if d.Score != min(sum, 100) || d.Score < 25 {
				t.Fatalf("score %d of parts %d", d.Score, sum)
			}
			at, _ := strconv.Atoi(string(d.ID))
			if back := mediation.Duplicates(all[at], []mediation.Likeness{of}); len(back) != 1 || back[0].Score != d.Score {
				t.Fatalf("from the other side: %+v, not %+v", back, d)
			}
		}
	})
}
