package mediation

import (
	"regexp"
	"strings"
	"time"
)

// identity normalises and checks a party's identity number against its paper.
func (c *checker) identity(pointer string, p Party, at time.Time) Party {
	if p.IdentityType == "" {
		p.IdentityType = IdentityNone
		if p.IdentityNumber != "" {
			c.fail(pointer+"/identityType", "required", "Say what paper the identity number stands on.", "请注明证件类型。")
			return p
		}
	}
	if !listed(identityTypes, string(p.IdentityType)) {
		c.fail(pointer+"/identityType", "unknown-code", "Choose from the list identity-types.", "请从证件类型代码表中选择。")
		return p
	}
	if p.IdentityType != IdentityNone && !p.IdentityType.fits(p.Kind) {
		c.fail(pointer+"/identityType", "wrong-kind-of-party",
			"A USCC is of an organisation, the other papers are of persons.", "统一社会信用代码用于组织，其他证件用于自然人。")
	}
	return c.identityNumber(pointer+"/identityNumber", p, at)
}

func (c *checker) identityNumber(pointer string, p Party, at time.Time) Party {
	given := p.IdentityNumber != ""
	p.IdentityNumber = strings.ToUpper(strings.TrimSpace(p.IdentityNumber))
	switch {
	case p.IdentityType == IdentityNone && given:
		c.fail(pointer, "not-expected", "Without a paper there is no identity number.", "未提供证件的，不填证件号码。")
		return p
	case p.IdentityType == IdentityNone:
		return p
	case p.IdentityNumber == "":
		c.fail(pointer, "required", "Give the number on the paper, or choose none.", "请填写证件号码，或者选择未提供。")
		return p
	}
	normalised, problem := p.IdentityType.check(p.IdentityNumber, at)
	p.IdentityNumber = normalised
	if problem == uscCheckFails && p.IdentityOverride != "" {
		return p
	}
	if problem != sound {
		c.fields = append(c.fields, problem.field(pointer))
	}
	return p
}

// CheckedIdentity gives the number of a person's paper in its normal form, as a party's stands in a case, or Invalid with
// what is wrong with it at /identityType and /identityNumber.
func CheckedIdentity(paper IdentityType, number string, at time.Time) (string, error) {
	var check checker
	p := check.identity("", Party{Kind: PartyPerson, IdentityType: paper, IdentityNumber: number}, at)
	return p.IdentityNumber, check.err("invalid-identity", "The identity breaks a rule.", "证件信息不符合规定。")
}

// CheckedUSCC gives a unified social credit code in capitals, or Invalid with what is wrong with it at the pointer.
func CheckedUSCC(pointer, code string) (string, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if problem := uscc(code); problem != sound {
		return code, Fail(Invalid, "invalid-uscc", "The unified social credit code breaks a rule.", "统一社会信用代码不符合规定。").
			WithFields(problem.field(pointer))
	}
	return code, nil
}

// NormalIdentity gives a number in the form in which a party's stands in a case; one that breaks a rule in capitals.
func NormalIdentity(paper IdentityType, number string) string {
	number = strings.ToUpper(strings.TrimSpace(number))
	if paper == IdentityResidentID && oldForm.MatchString(number) {
		body := number[:6] + "19" + number[6:]
		return body + string(residentCheck(body))
	}
	return number
}

func (t IdentityType) fits(kind PartyKind) bool {
	return (t == IdentityUSCC) == (kind == PartyOrganisation)
}

// numberProblem is what is wrong with an identity number.
type numberProblem string

const (
	sound          numberProblem = ""
	wrongShape     numberProblem = "invalid-identity-number"
	wrongBirthday  numberProblem = "invalid-identity-birthday"
	checkFails     numberProblem = "identity-check-failed"
	uscCheckFails  numberProblem = "uscc-check-failed"
	birthInFuture  numberProblem = "identity-birthday-in-the-future"
	sexContradicts numberProblem = "sex-differs-from-identity"

	birthContradicts numberProblem = "birthday-differs-from-identity"
)

func (n numberProblem) field(pointer string) FieldError {
	words := map[numberProblem][2]string{
		wrongShape:    {"The number does not have the form that this paper has; compare it with the paper.", "号码格式与证件类型不符，请与证件核对。"},
		wrongBirthday: {"The number holds no real birthday; compare it with the paper.", "号码中的出生日期不存在，请与证件核对。"},
		checkFails:    {"The check character does not match; compare every digit with the paper.", "校验码不符，请与证件逐位核对。"},
		uscCheckFails: {
			"The check character does not match; compare it with the licence. If it is printed so, say in identityOverride how you know.",
			"校验码不符，请与证照核对；证照确实如此的，请在 identityOverride 中说明依据。",
		},
		birthInFuture: {"The number's birthday lies in the future; compare it with the paper.", "号码中的出生日期晚于今天，请与证件核对。"},
		birthContradicts: {
			"The birthday differs from the one in the identity number; compare both with the paper.", "出生日期与身份证号码不一致，请与证件核对。",
		},
		sexContradicts: {"The sex differs from the one in the identity number; compare both with the paper.", "性别与身份证号码不一致，请与证件核对。"},
	}[n]
	return FieldError{Pointer: pointer, Code: string(n), Message: words[0], MessageZH: words[1]}
}

// Forms of the papers that have no public check character.
var (
	passportForm = regexp.MustCompile(`^[A-Z0-9]{5,20}$`)
	hkMacaoForm  = regexp.MustCompile(`^[HM][0-9]{8}([0-9]{2})?$`)
	taiwanForm   = regexp.MustCompile(`^([0-9]{8}|[0-9]{10}([A-Z0-9]{1,2})?)$`)
	foreignForm  = regexp.MustCompile(`^[A-Z]{3}[0-9]{12}$`) // cards before 2023; later ones follow GB 11643, from 9
	residentForm = regexp.MustCompile(`^[1-9][0-9]{16}[0-9X]$`)
	oldForm      = regexp.MustCompile(`^[1-9][0-9]{14}$`)
	usccForm     = regexp.MustCompile(`^[0-9A-Z]{18}$`)
)

// check normalises a number in capital letters and says what is wrong with it.
func (t IdentityType) check(number string, at time.Time) (string, numberProblem) {
	switch t {
	case IdentityResidentID:
		return residentID(number, at)
	case IdentityUSCC:
		return number, uscc(number)
	case IdentityPassport:
		return number, form(passportForm, number)
	case IdentityHKMacaoPermit:
		return number, form(hkMacaoForm, number)
	case IdentityTaiwanPermit:
		return number, form(taiwanForm, number)
	case IdentityForeignPermanentID:
		if strings.HasPrefix(number, "9") {
			return residentID(number, at)
		}
		return number, form(foreignForm, number)
	case IdentityNone:
	}
	return number, wrongShape
}

func form(expression *regexp.Regexp, number string) numberProblem {
	if expression.MatchString(number) {
		return sound
	}
	return wrongShape
}

// residentID follows GB 11643-1999: 6 digits of place, 8 of birthday, 3 of order (odd: male), a check character.
// A number of 15 digits, from before 1999, becomes its 18-digit form.
func residentID(number string, at time.Time) (string, numberProblem) {
	if oldForm.MatchString(number) {
		body := number[:6] + "19" + number[6:]
		number = body + string(residentCheck(body))
	}
	if !residentForm.MatchString(number) {
		return number, wrongShape
	}
	birthday := number[6:14]
	if _, err := time.Parse("20060102", birthday); err != nil || birthday < "1800" {
		return number, wrongBirthday
	}
	if birthday > LegalTime(at).Format("20060102") {
		return number, birthInFuture
	}
	if number[17] != residentCheck(number) {
		return number, checkFails
	}
	return number, sound
}

// residentCheck is ISO 7064 MOD 11-2 over the first 17 digits.
func residentCheck(number string) byte {
	weights := [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, weight := range weights {
		sum += int(number[i]-'0') * weight
	}
	return "10X98765432"[sum%11]
}

// usccAlphabet has no I, O, S, V, Z, so that no letter is read as a digit.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// uscc follows GB 32100-2015: registering authority, class, 6 digits of place, organisation code (GB 11714, with its
// own check), check character. Codes that were really issued and fail a check exist: the caller may override.
func uscc(number string) numberProblem {
	if !usccForm.MatchString(number) || !digits(number[2:8]) {
		return wrongShape
	}
	sum, weight := 0, 1
	for i := range 17 {
		value := strings.IndexByte(usccAlphabet, number[i])
		if value < 0 {
			return uscCheckFails
		}
		sum += value * weight
		weight = weight * 3 % 31
	}
	if number[17] != usccAlphabet[(31-sum%31)%31] || number[16] != organisationCheck(number[8:16]) {
		return uscCheckFails
	}
	return sound
}

// organisationCheck follows GB 11714: here the letters count A=10 to Z=35, all 26, unlike in the outer check.
func organisationCheck(code string) byte {
	weights := [...]int{3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, weight := range weights {
		value := int(code[i] - '0')
		if code[i] >= 'A' {
			value = int(code[i]-'A') + 10
		}
		sum += value * weight
	}
	switch check := 11 - sum%11; check {
	case 10:
		return 'X'
	case 11:
		return '0'
	default:
		return byte('0' + check)
	}
}

func digits(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// WithWarnings is the case with what a person should look at: overridden checks, and, in cases that were filed before it
// was refused, a sex that contradicts the identity number.
func (c Case) WithWarnings() Case {
	c.Warnings = nil
	for i, p := range c.Parties {
		pointer := partyPointer(i)
		if p.IdentityType == IdentityUSCC && uscc(p.IdentityNumber) != sound {
			c.Warnings = append(c.Warnings, uscCheckFails.field(pointer+"/identityNumber"))
		}
		if p.Sex != "" && p.Sex != p.KnownSex() {
			c.Warnings = append(c.Warnings, sexContradicts.field(pointer+"/sex"))
		}
	}
	c.Warnings = append(c.Warnings, c.classificationWarnings()...)
	return c
}

// KnownSex is the party's sex as a sound resident identity number tells it (digit 17: odd is male), otherwise as it was
// written down.
func (p Party) KnownSex() Sex {
	if p.IdentityType != IdentityResidentID || !residentForm.MatchString(p.IdentityNumber) || residentCheck(p.IdentityNumber) != p.IdentityNumber[residentIDSize-1] {
		return p.Sex
	}
	return sexOf(p.IdentityNumber)
}

// KnownBirthday is the party's birthday (2006-01-02) as an identity number of GB 11643 tells it, otherwise as it was
// written down; "" when nobody knows.
func (p Party) KnownBirthday() string {
	if told := p.numberedBirthday(); told != "" {
		return told
	}
	return p.BornOn
}

// numberedBirthday is the birthday that the number tells; "" of a masked number, and of a paper whose number tells none.
func (p Party) numberedBirthday() string {
	if p.IdentityType != IdentityResidentID && p.IdentityType != IdentityForeignPermanentID || !residentForm.MatchString(p.IdentityNumber) {
		return ""
	}
	born, err := time.Parse("20060102", p.IdentityNumber[6:14])
	if err != nil {
		return ""
	}
	return born.Format(time.DateOnly)
}

// AgeOn is the party's age in full years on the legal day of a moment; false when it is not known.
func (p Party) AgeOn(at time.Time) (int, bool) {
	birth, err := time.Parse(time.DateOnly, p.KnownBirthday())
	if err != nil {
		return 0, false
	}
	now := LegalTime(at)
	years := now.Year() - birth.Year()
	if now.Month() < birth.Month() || now.Month() == birth.Month() && now.Day() < birth.Day() {
		years--
	}
	return years, years >= 0
}

// majority is the age of full capacity (民法典 art. 17).
const majority = 18

// MinorOn tells whether the party is known to be under age on the legal day of a moment: a guardian acts for them.
func (p Party) MinorOn(at time.Time) bool {
	years, known := p.AgeOn(at)
	return known && years < majority
}

// SexOf reads the sex out of a resident identity number of 18 characters; "" of anything else.
func SexOf(residentID string) Sex { return sexOf(residentID) }

// residentIDSize is the length of a resident identity number.
const residentIDSize = 18

func sexOf(residentID string) Sex {
	if len(residentID) != residentIDSize {
		return ""
	}
	if (residentID[16]-'0')%2 == 1 {
		return SexMale
	}
	return SexFemale
}
