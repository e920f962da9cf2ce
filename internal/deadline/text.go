package deadline

// Text is words for people in Chinese and English.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

func (t Text) empty() bool { return t.ZH == "" || t.EN == "" }
