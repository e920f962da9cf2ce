package paper_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/paper"
)

// text reads a paper as a search in it would: without the spaces and lines that the layout makes.
func text(t testing.TB, p paper.Print) string {
	t.Helper()
	return strings.Join(strings.Fields(poppler(t, p, "pdftotext", "-raw")), "")
}

func poppler(t testing.TB, p paper.Print, tool string, options ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(path, p.Content, 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := append(options, path)
	if tool == "pdftotext" {
		arguments = append(arguments, "-")
	}
	var out, complaints bytes.Buffer
	run := exec.CommandContext(t.Context(), tool, arguments...)
	run.Stdout, run.Stderr = &out, &complaints
	if err := run.Run(); err != nil {
		t.Fatalf("%s: %v %s (missing? run  hack/fonts.sh install)", tool, err, complaints.String())
	}
	if complaints.Len() > 0 {
		t.Errorf("%s complains: %s", tool, complaints.String())
	}
	return out.String()
}

// The fields of each form as its readers look for them (司发通〔2010〕239号).
func TestPress_everyFieldOfEveryForm(t *testing.T) {
	people := "姓名|张𠮷|男|46|13800005678|居民身份证|371621198001010018|山东省滨州市惠民县孙武街道䶮家庄村12号|张小满|女|14|法定代理人|欧阳䶮|" +
		"惠民县鑫垚建筑工程有限公司|统一社会信用代码|91371621MA3C000000|0543-5321001|惠民县乐胡路88号|法定代表人|王堃|民族|职业或者职务|" +
		"乌孜别克族|镇中学教师|出生日期|1980年1月1日|1975年5月6日|51|张母|与其关系|母亲|13600001212|职务|总经理|委托代理人|孙律师|（授权委托书在卷）|"
	number := "（2026）孙武人调字第0012号|"
	cases := map[string]struct {
		c       mediation.Case
		form    mediation.DocumentForm
		meeting int
		pages   int
		want    string
	}{
		"application": {walked(), mediation.DocumentApplication, 0, 2, people + "人民调解申请书|登记号：371621101-2026-000017|纠纷简要情况|2026年8月17日，大雨|当事人申请事项|1.要求被申请人改道排水；|" +
			"120,000.00元（人民币壹拾贰万元整）|自愿申请人民调解委员会进行调解|" + committee + "|申请人（签名、盖章或者按指印）|年月日"},
		"register": {walked(), mediation.DocumentRegister, 0, 2, people + number + "人民调解受理登记表|登记时间|2026年11月23日|受理时间|" + committee +
			"|损害赔偿纠纷|■依申请|□主动调解|□接受委托移送|纠纷简要情况|登记人（签名）|备注|此表由人民调解委员会填写|（印章）"},
		"notice": {walked(), mediation.DocumentRightsNotice, 0, 2, "权利义务告知书|张𠮷、张小满、欧阳䶮、惠民县鑫垚建筑工程有限公司：|䶮家庄相邻排水损害赔偿纠纷|性质和原则|" +
			"选择或者接受人民调解员|接受调解、拒绝调解或者要求终止调解|要求调解公开进行或者不公开进行|自主表达意愿|如实陈述纠纷事实|遵守调解现场秩序|尊重对方当事人行使权利|" +
			"具有法律约束力|三十日内|仲裁、行政、司法等途径|告知人（人民调解员签名）|" + committee},
		"record": {walked(), mediation.DocumentMediationRecord, 1, 2, number + "人民调解记录|（第一次）|2026年11月23日09时30分至2026年11月23日11时05分|孙武街道调解室|张𠮷|欧阳䶮|孙律师|" +
			"赵主持|钱记录|刘村医（有专门知识或者经验的人员）|■已告知|□未告知|□公开|■不公开|主持人宣布调解纪律|排水沟是老辈留下的|□达成协议|□未达成协议|■继续调解|以上记录已交当事人核对|人民调解员（签名）|记录人（签名）"},
		"record of an arranged meeting": {walked(), mediation.DocumentMediationRecord, 4, 2, "（第四次）|2026年12月2日09时30分至时分|村委会主任刘某、住建部门专家|□已告知□未告知|□公开□不公开|□达成协议□未达成协议□继续调解|赵主持、李调解"},
		"agreement": {walked(), mediation.DocumentAgreement, 0, 3, people + number + "人民调解协议书|纠纷的主要事实|造成西屋墙体开裂|争议事项|赔偿数额以及排水沟由谁改道|各方当事人的责任|" +
			"施工单位承担次要责任|自愿达成如下协议|双方今后互不追究|协议金额：120,000.00元（人民币壹拾贰万元整）|履行方式|银行转账至申请人账户|履行地点|惠民县孙武街道|履行期限|三个月内付清|" +
			"50,000.00元（人民币伍万元整）|2026年11月30日|70,000.00元（人民币柒万元整）|2027年2月28日|将院墙外排水沟改道至村东主渠|2026年12月15日|一式5份|三十日内共同向人民法院申请司法确认|" +
			"签名、盖章或者按指印|2026年11月25日|（由孙律师代签）|人民调解员（签名）|记录人（签名）|" + committee + "（印章）"},
		"oral": {oral(), mediation.DocumentAgreement, 0, 2, number + "人民调解口头协议登记表|张𠮷|欧阳䶮|雨水流入申请人院内|当面赔礼道歉|三日内|清理排水沟|2026年11月28日|人民调解员（签名）|2026年11月25日|（印章）"},
		"cover": {walked(), mediation.DocumentCover, 0, 2, number + committee + "|人民调解卷宗|卷名|䶮家庄相邻排水损害赔偿纠纷|卷号|人民调解员|赵主持、李调解|2026年11月23日至2026年11月25日|立卷人|周文员|" +
			"立卷日期|2026年12月23日|保管期限|长期|备注|卷内目录|序号|文件名称|页号|第一次调解记录|4—6|电子文件|含附图一张|本卷共4件，9页"},
	}
	for name, try := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := printed(t, try.c, try.form, try.meeting)
			got := text(t, made)
			for _, want := range strings.Split(try.want, "|") {
				if !strings.Contains(got, want) {
					t.Errorf("lacks %q", want)
				}
			}
			if made.Pages != try.pages || len(made.Unknown) != 0 {
				t.Errorf("%d pages, want %d; unknown %q", made.Pages, try.pages, string(made.Unknown))
			}
			for page := range made.Pages {
				if want := fmt.Sprintf("第%d页共%d页", page+1, made.Pages); !strings.Contains(got, want) {
					t.Errorf("lacks %s", want)
				}
			}
			if t.Failed() {
				t.Log(got)
			}
		})
	}
}

func TestPress_embedsSubsetsAndTellsNothingMore(t *testing.T) {
	made := printed(t, walked(), mediation.DocumentAgreement, 0)
	for _, line := range strings.Split(strings.TrimSpace(poppler(t, made, "pdffonts")), "\n")[2:] {
		if !strings.Contains(line, "yes yes yes") {
			t.Errorf("not embedded, or not searchable: %s", line)
		}
	}
	if len(made.Content) > 200<<10 {
		t.Errorf("%d bytes: whole fonts are embedded", len(made.Content))
	}
	info := poppler(t, made, "pdfinfo")
	for _, secret := range []string{"张", "欧阳", "0012", committee} {
		if strings.Contains(info, secret) {
			t.Errorf("the properties tell %s: %s", secret, info)
		}
	}
	if !strings.Contains(info, "A4") || !strings.Contains(info, "人民调解协议书") {
		t.Error(info)
	}
}

func TestPress_isTheSameEveryTime(t *testing.T) {
	for _, form := range []mediation.DocumentForm{mediation.DocumentApplication, mediation.DocumentAgreement, mediation.DocumentCover} {
		first, second := printed(t, walked(), form, 0), printed(t, walked(), form, 0)
		if !bytes.Equal(first.Content, second.Content) {
			t.Errorf("%s has other bytes the second time", form)
		}
	}
}

// crowd is a case with 200 parties whose record has ten thousand characters.
func crowd() mediation.Case {
	c := walked()
	c.Parties = nil
	for i := range 200 {
		side := mediation.SideApplicant
		if i%3 == 0 {
			side = mediation.SideRespondent
		}
		c.Parties = append(c.Parties, mediation.Party{ID: mediation.ID(fmt.Sprint(i)), Side: side, Kind: mediation.PartyPerson,
			Name: fmt.Sprintf("村民第%d人", i), Phone: fmt.Sprintf("138%08d", i), Address: "山东省滨州市惠民县某镇某村"})
	}
	c.Meetings[0].Content = strings.Repeat("甲方陈述：雨水自院墙流入，多次交涉未果；乙方称排水沟系旧有。", 334)
	return c
}

func TestPress_aCrowdAndALongRecord(t *testing.T) {
	for form, least := range map[mediation.DocumentForm]int{mediation.DocumentMediationRecord: 20, mediation.DocumentApplication: 30, mediation.DocumentAgreement: 40} {
		c := crowd()
		meeting := 0
		if form == mediation.DocumentMediationRecord {
			meeting = 1
		}
		began := time.Now()
		made := printed(t, c, form, meeting)
		t.Logf("%s: %d pages, %d kB in %v", form, made.Pages, len(made.Content)>>10, time.Since(began).Round(time.Millisecond))
		got := text(t, made)
		for i := range 200 {
			if !strings.Contains(got, fmt.Sprintf("村民第%d人", i)) {
				t.Fatalf("%s has lost party %d", form, i)
			}
		}
		if form == mediation.DocumentMediationRecord {
			// The running heads stand between; what was said is there to the last sentence.
			if n := strings.Count(got, "乙方称排水沟系旧有"); n < 300 {
				t.Errorf("%d of 334 sentences in one piece", n)
			}
		}
		if made.Pages < least {
			t.Errorf("%s has %d pages", form, made.Pages)
		}
	}
}

// TestPress_tallFieldsSplit: a text in a table field goes on over the page, and nothing of it is lost.
func TestPress_tallFieldsSplit(t *testing.T) {
	c := walked()
	var facts strings.Builder
	for i := range 400 {
		fmt.Fprintf(&facts, "第%d段情况说明文字。\n", i)
	}
	c.Facts = facts.String()
	made := printed(t, c, mediation.DocumentApplication, 0)
	got := text(t, made)
	for i := range 400 {
		if !strings.Contains(got, fmt.Sprintf("第%d段情况说明文字。", i)) {
			t.Fatalf("line %d is lost", i)
		}
	}
	if n := strings.Count(got, "纠纷简要情况"); n < 5 {
		t.Errorf("the field's name stands on %d pages", n)
	}
}

func TestPress_agreementBeforeItIsSigned(t *testing.T) {
	c := walked()
	c.State, c.Agreement, c.Volume = mediation.StateMediating, nil, nil
	got := text(t, printed(t, c, mediation.DocumentAgreement, 0))
	for _, want := range []string{"张𠮷", "雨水流入申请人院内", "履行方式", "一式5份", "签名、盖章或者按指印"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s", want)
		}
	}
}

func TestPress_charactersOfNoFont(t *testing.T) {
	c := walked()
	c.Parties[0].Name = "王\U00030EDE\U00031C0A"
	made := printed(t, c, mediation.DocumentRegister, 0)
	if string(made.Unknown) != "\U00030EDE\U00031C0A" {
		t.Errorf("unknown %q", string(made.Unknown))
	}
	got := text(t, made)
	for _, want := range []string{"字库未收下列2个字符", "U+30EDE", "U+31C0A"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s: %s", want, got)
		}
	}
}

// TestPress_planes: Song, its second face, the plane behind, and what only the last typeface has.
func TestPress_planes(t *testing.T) {
	c := walked()
	c.Title = "国䶮㐂𠮷𪚥𫠠龘喆가纠纷"
	made := printed(t, c, mediation.DocumentRightsNotice, 0)
	if got := text(t, made); !strings.Contains(got, c.Title) {
		t.Errorf("%s unknown %q", got, string(made.Unknown))
	}
}

func TestPress_missingFont(t *testing.T) {
	have := t.TempDir()
	document, err := walked().Document(mediation.DocumentCover, 0)
	if err != nil {
		t.Fatal(err)
	}
	order := paper.Order{Document: document, Case: walked(), Committee: committee}
	for _, step := range []struct{ next, want string }{
		{"", "fonts-arphic-gbsn00lp"},
		{"arphic-gbsn00lp/gbsn00lp.ttf", "fonts-hanazono"}, // the title needs 䶮
	} {
		if step.next != "" {
			if err := os.Symlink("/usr/share/fonts/truetype/"+step.next, filepath.Join(have, filepath.Base(step.next))); err != nil {
				t.Fatal(err)
			}
		}
		_, err := paper.New(have).Print(order)
		if mediation.KindOf(err) != mediation.Unavailable || mediation.CodeOf(err) != "font-missing" || !strings.Contains(err.Error(), step.want) {
			t.Errorf("got %v, want font-missing naming %s", err, step.want)
		}
	}
	order.Case.Title = "相邻排水纠纷"
	if _, err := paper.New(have).Print(order); err != nil {
		t.Errorf("a paper of everyday characters needs the first font only: %v", err)
	}
	broken := t.TempDir()
	for name, content := range map[string]string{"empty": "", "text": "not a font at all, but long enough to look into", "cut": "\x00\x01\x00\x00\x00\x09"} {
		if err := os.WriteFile(filepath.Join(broken, "gbsn00lp.ttf"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := paper.New(broken).Print(order); err == nil {
			t.Errorf("%s: a broken font prints", name)
		}
	}
}

// TestPress_givesMemoryBack: the fonts have 62 MB; a press holds none of it between papers, and little while it prints.
func TestPress_givesMemoryBack(t *testing.T) {
	c := walked()
	c.Title = "国䶮㐂𠮷𪚥𫠠龘喆가纠纷"
	order := paper.Order{Case: c, Committee: committee}
	order.Document, _ = c.Document(mediation.DocumentAgreement, 0)
	press := paper.New()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 3 {
		if _, err := press.Print(order); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	each := (after.TotalAlloc - before.TotalAlloc) / 3
	runtime.GC()
	runtime.ReadMemStats(&after)
	kept := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d kB allocated for each paper, %d kB kept", each>>10, kept>>10)
	if each > 12<<20 || kept > 512<<10 {
		t.Errorf("%d kB for each paper, %d kB kept", each>>10, kept>>10)
	}
}

// TestPress_anyText: whatever a text holds, the file is sound, and every page has its number.
func TestPress_anyText(t *testing.T) {
	pieces := []string{"甲", "，", "。", "“", "”", "（", "word", "averyveryverylongwordwithoutanyspaceatall" + strings.Repeat("x", 200), " ", "\t", "\n", "\r\n",
		"\u0000", "\u202E", "\u200B", "\uFE0F", "مرحبا", "שלום", "e\u0301", "😀", "𠮷", "䶮", "\\", "(", ")", "<", ">", "1234567890", "%", "\u2028", "한글", ""}
	rapid.Check(t, func(r *rapid.T) {
		some := func(name string, most int) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, most).Draw(r, name), "")
		}
		c := walked()
		c.Title, c.Facts, c.Claims, c.Number = some("title", 8), some("facts", 60), some("claims", 20), some("number", 3)
		c.Parties[0].Name, c.Parties[0].Address = some("name", 5), some("address", 20)
		c.Meetings[0].Content, c.Meetings[0].Place = some("content", 120), some("place", 5)
		form := rapid.SampledFrom([]mediation.DocumentForm{mediation.DocumentApplication, mediation.DocumentRegister, mediation.DocumentRightsNotice,
			mediation.DocumentAgreement, mediation.DocumentCover, mediation.DocumentMediationRecord}).Draw(r, "form")
		meeting := 0
		if form == mediation.DocumentMediationRecord {
			meeting = 1
		}
		document, err := c.Document(form, meeting)
		if err != nil {
			r.Fatal(err)
		}
		made, err := paper.New().Print(paper.Order{Document: document, Case: c, Committee: some("committee", 6)})
		if err != nil {
			r.Fatal(err)
		}
		if !bytes.HasPrefix(made.Content, []byte("%PDF-1.7")) || !bytes.HasSuffix(made.Content, []byte("%%EOF\n")) || made.Pages < 1 {
			r.Fatalf("not a whole file: %d pages, %d bytes", made.Pages, len(made.Content))
		}
		if !strings.Contains(poppler(t, made, "pdfinfo"), fmt.Sprintf("Pages:           %d", made.Pages)) {
			r.Fatal("the file has other pages than it says")
		}
	})
}
