package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
)

// Cases of a release that had no search are found after the migration, without anybody's doing.
func TestIndexCases_ofVersionOne(t *testing.T) {
	v := newVersionOne(t)
	old := v.ofReleaseOne()
	for i := range old {
		old[i].Facts = "旧案" + string([]rune("甲乙丙丁")[i])
		v.file(old[i])
	}
	if _, _, err := v.migrate(); err != nil {
		t.Fatal(err)
	}
	if _, err := v.county.County.EnsureSlot(t.Context(), v.code, "a", pgtest.SlotPassword, 10); err != nil {
		t.Fatal(err)
	}
	w := placeOf(t, v.county, v.code)
	corrected := next(old[1])
	corrected.Facts = "更正戊"
	w.must(w.update(old[1], corrected)) // before anybody indexed it
	late := v.ofReleaseOne()[0]
	late.Registration += "-late"
	late.Facts = "晚到己"
	v.file(late) // by an instance of release 1 that still runs
	for q, want := range map[string]mediation.ID{"旧案甲": old[0].ID, "旧案丙": old[2].ID, "旧案丁": old[3].ID, "更正戊": old[1].ID, "晚到己": late.ID, "旧案乙": ""} {
		page, err := w.search(q, everything)
		found := mediation.ID("")
		if len(page.Cases) == 1 {
			found = page.Cases[0].ID
		}
		if err != nil || found != want || !page.Total.Exact || page.Total.Pending != 0 {
			t.Errorf("%s finds %d cases, %+v, %v", q, len(page.Cases), page.Total, err)
		}
	}
	if n, err := w.IndexCases(t.Context(), 10); n != 0 || err != nil {
		t.Errorf("indexed again: %d, %v", n, err)
	}
}

// A search that cannot look into every case yet says so, and gets on with it.
func TestIndexCases_pending(t *testing.T) {
	w := newPlace(t)
	const size = 230
	for i := range size {
		c := w.newCase()
		c.Title = fmt.Sprint("旧案", i)
		w.must(w.create(c))
	}
	forget := func() {
		w.exec(`DELETE FROM case_search`)
		w.exec(`UPDATE cases SET search_edition = NULL`)
	}
	forget()
	const stamps = `SELECT string_agg(concat_ws(' ', id, version, updated_at), ',' ORDER BY id) FROM cases`
	before := ask[string](w, stamps)
	for _, want := range []mediation.Total{{Value: 200, Pending: size - 200}, {Value: size, Exact: true}} {
		page, err := w.search("旧案", everything)
		if err != nil || page.Total != want {
			t.Errorf("%+v, %v; want %+v", page.Total, err, want)
		}
	}
	forget()
	var done atomic.Int64
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for {
				n, err := w.IndexCases(t.Context(), 20)
				if err != nil {
					t.Error(err)
				}
				if done.Add(int64(n)); n == 0 {
					return
				}
			}
		})
	}
	workers.Wait()
	if page, err := w.search("旧案", everything); err != nil || done.Load() != size || page.Total != (mediation.Total{Value: size, Exact: true}) {
		t.Errorf("four at once indexed %d of %d; %+v, %v", done.Load(), size, page.Total, err)
	}
	if after := ask[string](w, stamps); after != before {
		t.Error("indexing changed cases")
	}
}

// The longest case there can be is stored and found, to its last character where a text repeats itself as texts do.
func TestSearch_longestCase(t *testing.T) {
	w := newPlace(t)
	c := w.newCase()
	c.Facts = strings.Repeat("东邻西舍往来频繁，", 2220) + "末尾甲乙丙"
	c.Claims = strings.Repeat("请求赔偿。", 3990) + "到此为止"
	w.must(w.create(c))
	every := w.newCase() // every character another: 40,000 different pairs
	every.Facts, every.Claims = different(20_000, 0x4E00), different(20_000, 0x20000)
	for i := range 200 {
		every.Parties = append(every.Parties, mediation.Party{ID: freshID(), Side: mediation.SideApplicant, Kind: mediation.PartyOrganisation,
			Name: different(100, rune(0x20000+20_000+100*i)), LegalRepresentative: different(100, rune(0x3400+20*i))})
	}
	w.must(w.create(every))
	for q, want := range map[string]mediation.ID{"末尾甲乙丙": c.ID, "尾甲乙": c.ID, "到此为止": c.ID, "繁东": "", string([]rune(every.Facts)[:5]): every.ID} {
		page, err := w.search(q, everything)
		if err != nil || (want == "") != (len(page.Cases) == 0) || !slices.ContainsFunc(append(page.Cases, mediation.Case{}), func(found mediation.Case) bool { return found.ID == want }) {
			t.Errorf("%s: %d cases, %v", q, len(page.Cases), err)
		}
	}
}

func different(n int, from rune) string {
	text := make([]rune, n)
	for i := range text {
		text[i] = from + rune(i)
	}
	return string(text)
}

// A string is found wherever it stands, also where the places begin anew.
func TestSearch_acrossLaps(t *testing.T) {
	w := newPlace(t)
	for _, offset := range []int{0, 7, 15_950, 15_990, 15_995, 16_000, 16_010} {
		c := w.newCase()
		c.Title = fmt.Sprint("卷", offset)
		c.Facts = different(offset, 0x5000) + "前后左右上下内外之间的一句话" + "也也" + different(3000, 0x20000)
		w.must(w.create(c))
	}
	for q, want := range map[string]int{"前后左右上下内外之间的一句话": 7, "左右上": 7, "话也也": 7, "右左上": 0} {
		page, err := w.search(q, everything)
		if err != nil || len(page.Cases) != want {
			t.Errorf("%s is found in %d of %d cases, %v", q, len(page.Cases), want, err)
		}
	}
}

func FuzzSearchVector(f *testing.F) {
	key, err := seal.NewDataKey(1, "")
	if err != nil {
		f.Fatal(err)
	}
	codec, err := seal.NewCodec([]seal.DataKey{key})
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{"", "邻里纠纷", "a1座'\\:*&|!()<->", "\xff\x00", "371621199001011234", "0000"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		vector := postgres.SearchVector(codec.Lexer().Lexeme, mediation.Case{Title: text, Facts: text, Number: text})
		if len(vector) > 3<<20 {
			t.Errorf("%d bytes", len(vector))
		}
		if strings.Trim(vector, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_':, ") != "" {
			t.Errorf("a vector of other signs: %q", vector)
		}
	})
}
