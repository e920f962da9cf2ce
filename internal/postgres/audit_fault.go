package postgres

import (
	"fmt"
	"time"
)

// FaultKind says what was done to a record.
type FaultKind string

// The kinds.
const (
	FaultAltered   FaultKind = "altered"
	FaultDeleted   FaultKind = "deleted"
	FaultInserted  FaultKind = "inserted"
	FaultReordered FaultKind = "re-ordered"
	FaultBackdated FaultKind = "back-dated"
	FaultTruncated FaultKind = "truncated"
	FaultForged    FaultKind = "forged" // the seals themselves were made anew
)

// Fault is something that is otherwise than it was sealed.
type Fault struct {
	Kind     FaultKind `json:"kind"`
	Position int64     `json:"position"` // in the record, from 0; where the entry would stand when it has no place
	Source   string    `json:"source,omitempty"`
	Entry    string    `json:"entry,omitempty"` // its id in the journal
	At       time.Time `json:"at,omitzero"`     // the moment that the entry gives
	EN       string    `json:"en"`
	ZH       string    `json:"zh"`
}

func (c *check) at(position int64) Fault { return Fault{Position: position} }

func (f Fault) is(kind FaultKind, en, zh string) Fault {
	f.Kind, f.EN, f.ZH = kind, en, zh
	return f
}

func (f Fault) p(kind FaultKind, en, zh string) *Fault {
	f = f.is(kind, en, zh)
	return &f
}

func unsigned(signed, size int64) Fault {
	return Fault{Position: signed}.is(FaultForged,
		fmt.Sprintf("the seals %d to %d have no signed checkpoint: it was removed, or the worker did not write them", signed, size-1),
		fmt.Sprintf("第 %d 至 %d 条封存没有签名检查点：检查点被删除，或封存并非后台程序所写", signed, size-1))
}

func truncated(size, signed int64, outside bool) Fault {
	f := Fault{Position: size}
	if outside {
		return f.is(FaultTruncated, fmt.Sprintf("a checkpoint kept outside shows %d entries, and the record ends after %d", signed, size),
			fmt.Sprintf("外部留存的检查点显示有 %d 条记录，现记录止于第 %d 条", signed, size))
	}
	return f.is(FaultTruncated, fmt.Sprintf("the last checkpoint signs %d entries, and the record ends after %d", signed, size),
		fmt.Sprintf("最后的检查点签署了 %d 条记录，现记录止于第 %d 条", signed, size))
}

// rewritten is told when entries, leaves and chain agree with each other and not with what was signed.
func rewritten(from, to int64, byEN, byZH string) Fault {
	return Fault{Position: from}.is(FaultForged, fmt.Sprintf("the entries %d to %d are not those of %s", from, to-1, byEN),
		fmt.Sprintf("第 %d 至 %d 条记录与%s不符", from, to-1, byZH))
}
