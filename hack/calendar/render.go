package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"tiaojie.dev/tiaojie/internal/deadline"
)

// render writes the document with one span a line, so that a person can hold it against the notices.
func render(document deadline.CalendarDocument) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\n  \"version\": %s,\n  \"level\": %s,\n  \"source\": %s,\n  \"years\": [\n",
		quote(document.Version), quote(document.Level), quote(document.Source))
	for i, year := range document.Years {
		fmt.Fprintf(&out, "    {\"year\": %d, \"notice\": %s, \"days\": [\n", year.Year, quote(year.Notice))
		for j, span := range year.Days {
			fmt.Fprintf(&out, "      %s%s\n", line(span), comma(j, len(year.Days)))
		}
		fmt.Fprintf(&out, "    ]}%s\n", comma(i, len(document.Years)))
	}
	out.WriteString("  ]\n}\n")
	return out.Bytes()
}

func line(span deadline.Span) string {
	text := fmt.Sprintf("{\"from\": %s", quote(span.From))
	if !span.To.IsZero() && span.To != span.From {
		text += fmt.Sprintf(", \"to\": %s", quote(span.To))
	}
	text += fmt.Sprintf(", \"kind\": %s, \"zh\": %s, \"en\": %s", quote(span.Kind), quote(span.ZH), quote(span.EN))
	if span.Notice != "" {
		text += fmt.Sprintf(", \"notice\": %s", quote(span.Notice))
	}
	return text + "}"
}

// quote writes a value that always marshals: a string or a date.
func quote(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func comma(i, length int) string {
	if i == length-1 {
		return ""
	}
	return ","
}
