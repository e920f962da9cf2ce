package deadline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Level says whose document it is. Documents are laid over each other in this order; the later one wins.
type Level string

// The levels.
const (
	LevelBase     Level = "base"     // what this program carries: national law and the State Council's notices
	LevelProvince Level = "province" // 省
	LevelCounty   Level = "county"   // 县(区)
	LevelTown     Level = "town"     // 镇/乡/街道, the county desk included
)

// digits is how long the code of a level's unit is.
func (l Level) digits() (int, bool) {
	switch l {
	case LevelBase:
		return 0, true
	case LevelProvince:
		return 2, true
	case LevelCounty:
		return 6, true
	case LevelTown:
		return 9, true
	}
	return 0, false
}

// Layer names one document: who published it, and which edition.
type Layer struct {
	Version string `json:"version"` // immutable name of the edition: letters, digits, dot, dash, at most 40
	Level   Level  `json:"level"`
	Unit    string `json:"unit,omitempty"` // code of the province, county or town; empty for the base
}

// String is how versions name the layer: "2026.1" for the base, "371621@2026.3" for a county's.
func (l Layer) String() string {
	if l.Unit == "" {
		return l.Version
	}
	return l.Unit + "@" + l.Version
}

var (
	versionForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$`)
	digitsForm  = regexp.MustCompile(`^[0-9]*$`)
)

func (l Layer) check() error {
	if !versionForm.MatchString(l.Version) {
		return refuse("version", "/version", "请给出版本号：字母、数字、点和短横，至多 40 个字符。",
			"Name the version: letters, digits, dots and dashes, at most 40.")
	}
	length, known := l.Level.digits()
	if !known {
		return refuse("level", "/level", "层级应为 base、province、county 或 town。",
			"The level is base, province, county or town.")
	}
	if len(l.Unit) != length || !digitsForm.MatchString(l.Unit) {
		return refuse("unit", "/unit", fmt.Sprintf("该层级的单位代码应为 %d 位数字。", length),
			fmt.Sprintf("The unit of this level is a code of %d digits.", length))
	}
	return nil
}

// checkChain holds the order of layers: the base first, then at most one document per level, each unit inside the one
// above it.
func checkChain(layers []Layer) error {
	for i, layer := range layers {
		length, _ := layer.Level.digits()
		if i == 0 {
			if layer.Level != LevelBase {
				return refuse("chain", "", "第一层应为基础版本（base）。", "The first layer must be the base.")
			}
			continue
		}
		above := layers[i-1]
		aboveLength, _ := above.Level.digits()
		if length <= aboveLength || !strings.HasPrefix(layer.Unit, above.Unit) {
			return refuse("chain", "",
				fmt.Sprintf("版本 %s 不能叠加在 %s 之上：顺序为基础、省、县、镇，下级单位须在上级之内。", layer, above),
				fmt.Sprintf("%s cannot be laid over %s: the order is base, province, county, town, each inside the one "+
					"above.", layer, above))
		}
	}
	return nil
}

func chainVersion(layers []Layer) string {
	names := make([]string, len(layers))
	for i, layer := range layers {
		names[i] = layer.String()
	}
	return strings.Join(names, "+")
}

// maxDocument is the largest document that is read, in bytes: a hundred years of holidays fit.
const maxDocument = 1 << 20

// decode reads one JSON value into target and refuses unknown fields and anything after it: a misspelt field in a
// legal document must not be dropped silently.
func decode(data []byte, target any) error {
	if len(data) > maxDocument {
		return refuse("document", "", "文件超过 1 MiB。", "The document is larger than 1 MiB.")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(target)
	if err == nil && decoder.More() {
		err = fmt.Errorf("there is more after the document's end")
	}
	if err == nil {
		return nil
	}
	if CodeOf(err) != "" {
		return err
	}
	return refuse("document", "", "文件不是可识别的 JSON："+err.Error(), "The document cannot be read: "+err.Error())
}

// digest is SHA-256 over the JSON form of value, in hexadecimal. The types used here always marshal.
func digest(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic("deadline: a document that was read cannot be written: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
