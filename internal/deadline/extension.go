package deadline

// allow holds extensions to what the rule permits, each decided before the clock ran out.
func (c *count) allow(extensions []Extension) error {
	total := 0
	for i, extension := range extensions {
		if err := c.rule.permits(extension, extensionAt(i, "")); err != nil {
			return err
		}
		before := c.run(extensions[:i])
		if !before.open && !extension.At.IsZero() && !extension.At.Before(before.due(c.rule)) {
			return refuse("extension-late", extensionAt(i, "/at"), "期限届满后不能再延长。",
				"A clock that has run out cannot be extended.")
		}
		added, err := c.measure(before, extension, extensionAt(i, "/until"))
		if err != nil {
			return err
		}
		if total += added; c.rule.Extend.Max > 0 && total > c.rule.Extend.Max {
			most := c.rule.Extend.Unit.words(c.rule.Extend.Max)
			return refuse("extension-too-long", extensionAt(i, ""), "延长合计不得超过 "+most.ZH+"。",
				"All extensions together are at most "+most.EN+".")
		}
	}
	return nil
}

// permits holds one extension to the rule.
func (r Rule) permits(extension Extension, pointer string) error {
	if !r.Extendable() {
		return refuse("extension-not-allowed", pointer, "该期限不得延长。", "This clock cannot be extended.")
	}
	if extension.By != r.Extend.By {
		if r.Extend.By == ByConsent {
			return refuse("extension-by", pointer+"/by", "延长须经各方当事人同意。",
				"Only all parties together can extend this clock.")
		}
		return refuse("extension-by", pointer+"/by", "延长须经机关负责人批准。",
			"Only the organ's head can extend this clock.")
	}
	if !extension.At.IsZero() && !plausible(extension.At) {
		return refuse("extension-at", pointer+"/at", "决定延长的时间应在 1949 至 2200 年之间。",
			"An extension is decided between the years 1949 and 2200.")
	}
	if !extension.Until.IsZero() {
		return r.permitsUntil(extension, pointer)
	}
	if extension.Length < 1 || extension.Length > maxLength {
		return refuse("extension-length", pointer+"/length", "延长应在 1 至 1000 之间。",
			"An extension lies between 1 and 1000.")
	}
	unit := r.unitOf(extension)
	if !unit.lengthens(r.Unit) || r.Extend.Max > 0 && unit != r.Extend.Unit {
		return refuse("extension-unit", pointer+"/unit", "延长的单位与该期限不符。",
			"The extension's unit does not fit this clock.")
	}
	return nil
}

func (r Rule) permitsUntil(extension Extension, pointer string) error {
	if extension.Length != 0 || extension.Unit != "" || r.Unit == UnitHour {
		return refuse("extension-until", pointer+"/until", "请只写延长的长度，或只写约定的届满日；小时期限只写长度。",
			"Give a length or an agreed last day, not both; hours are extended by a length.")
	}
	if extension.At.IsZero() {
		return refuse("extension-at", pointer+"/at", "约定届满日须写明约定的时间。",
			"Say when the last day was agreed on.")
	}
	if extension.Until.Year > LastYear {
		return refuse("extension-until", pointer+"/until", "约定的届满日应在 2200 年以前。",
			"The agreed last day lies before the year 2200 ends.")
	}
	return nil
}

// lengthens says whether a length in u can be added to a clock of that unit: hours to hours, days to days.
func (u Unit) lengthens(clock Unit) bool {
	switch u {
	case UnitHour:
		return clock == UnitHour
	case UnitDay, UnitWorkday, UnitMonth:
		return clock != UnitHour
	default:
		return false
	}
}

// unitOf is the unit an extension is counted in.
func (r Rule) unitOf(extension Extension) Unit {
	switch {
	case extension.Unit != "":
		return extension.Unit
	case r.Extend.Unit != "":
		return r.Extend.Unit
	case r.Unit == UnitDate:
		return UnitDay
	}
	return r.Unit
}

// measure is how much the extension takes of the allowance, in its unit.
func (c *count) measure(before end, extension Extension, pointer string) (int, error) {
	if extension.Until.IsZero() {
		return extension.Length, nil
	}
	if extension.Until.Before(DateOf(extension.At)) || !before.open && !extension.Until.After(before.nominal) {
		return 0, refuse("extension-until", pointer, "约定的届满日应晚于原届满日。",
			"The agreed last day lies after the one it replaces.")
	}
	if c.rule.Extend.Max == 0 {
		return 0, nil
	}
	if before.open {
		return 0, refuse("extension-until", pointer, "中止期间请写延长的长度，恢复后再约定届满日。",
			"While suspended give a length; agree on a last day once it resumes.")
	}
	switch c.rule.Extend.Unit {
	case UnitWorkday:
		return c.calendar.Workdays(before.nominal, extension.Until), nil
	case UnitMonth:
		months := 1
		for before.nominal.AddMonths(months).Before(extension.Until) {
			months++
		}
		return months, nil
	default:
		return extension.Until.DaysSince(before.nominal), nil
	}
}
