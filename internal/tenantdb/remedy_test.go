package tenantdb

import "testing"

// Whoever sets up a server reads English or Chinese, and each text names its own remedy behind a colon.
func TestRemedies_inBothLanguages(t *testing.T) {
	for state, r := range remedies {
		if r.reason == "" || r.message == "" || r.messageZH == "" || r.message == r.messageZH {
			t.Errorf("SQLSTATE %s: %+v", state, r)
		}
	}
	for name, have := range map[string]rights{
		"nothing at all":                   {login: "l"},
		"only tiaojie_operator is missing": {login: "l", createRole: true, createDB: true, utf8: true, operatorIsAble: true, operatorExists: true},
	} {
		for _, version := range []int{140000, 160000} {
			missing := have.missing(ServerState{Version: version, VersionText: "x"})
			if len(missing) == 0 {
				t.Errorf("%s on %d: nothing is missing", name, version)
			}
			for _, problem := range missing {
				if problem.Message == "" || problem.MessageZH == "" || problem.Message == problem.MessageZH {
					t.Errorf("%s: %q, in Chinese %q", name, problem.Message, problem.MessageZH)
				}
			}
		}
	}
}
