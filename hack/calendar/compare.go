package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"tiaojie.dev/tiaojie/internal/deadline"
)

// script asks the package about every day of the years it is given.
const script = `
const days = require(process.argv[1]);
const [first, last] = process.argv.slice(2).map(Number);
const answers = {};
for (let at = Date.UTC(first, 0, 1); at < Date.UTC(last + 1, 0, 1); at += 86400000) {
  const date = new Date(at).toISOString().slice(0, 10);
  answers[date] = { work: days.isWorkday(date), name: days.getDayDetail(date).name };
}
console.log(JSON.stringify(answers));
`

type answer struct {
	Work bool   `json:"work"`
	Name string `json:"name"` // "Spring Festival,春节,3" on arranged days, else the English day of the week
}

// compare holds every day of the calendar against what the package's own functions say.
func compare(files map[string][]byte, calendar *deadline.Calendar, out io.Writer) error {
	answers, err := ask(files["index.min.js"])
	if err != nil {
		return err
	}
	compared, differ := differences(answers, calendar, out)
	if differ > 0 {
		return fmt.Errorf("%d of %d days differ from %s", differ, compared, source())
	}
	fmt.Fprintf(out, "%d days of %d to %d agree with %s\n", compared, firstYear, lastYear, source())
	return nil
}

// differences counts the days that were compared and those on which the two disagree, and prints the latter.
func differences(answers map[string]answer, calendar *deadline.Calendar, out io.Writer) (compared, differ int) {
	last := deadline.Date{Year: lastYear, Month: 12, Day: 31}
	for date := (deadline.Date{Year: firstYear, Month: 1, Day: 1}); !date.After(last); date = date.AddDays(1) {
		given, known := answers[date.String()]
		day := calendar.Day(date)
		compared++
		if !known || given.Work != day.Kind.Works() || !sameName(given.Name, day) {
			differ++
			fmt.Fprintf(out, "%s: the calendar says %s %s, the package says work=%t %s\n", date, day.Kind, day.Name.ZH,
				given.Work, given.Name)
		}
	}
	return compared, differ
}

// sameName holds the festival of an arranged day; ordinary days have none.
func sameName(given string, day deadline.Day) bool {
	if day.Name.ZH == "" {
		return !strings.Contains(given, ",")
	}
	return strings.HasPrefix(given, day.Name.EN+","+day.Name.ZH+",")
}

func ask(program []byte) (map[string]answer, error) {
	folder, err := os.MkdirTemp("", "calendar")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "index.js")
	if err := os.WriteFile(file, program, 0o600); err != nil {
		return nil, err
	}
	node := exec.CommandContext(context.Background(), "node", "-e", script, file, fmt.Sprint(firstYear), fmt.Sprint(lastYear))
	node.Stderr = os.Stderr
	text, err := node.Output()
	if err != nil {
		return nil, fmt.Errorf("node (install Node to compare): %w", err)
	}
	answers := map[string]answer{}
	return answers, json.Unmarshal(text, &answers)
}
