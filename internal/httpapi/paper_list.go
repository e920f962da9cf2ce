package httpapi

import (
	"context"
	"net/http"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// FileView is the checklist of a case's file (卷宗), in the order in which it is bound.
type FileView struct {
	Complete bool           `json:"complete" example:"false" doc:"Nothing is missing: a closed case can be archived."`
	Reduced  bool           `json:"reduced" example:"false" doc:"The small file is enough: the case is graded as simple and was settled orally."`
	Items    []FileLineView `json:"items" nullable:"false"`
}

// FileLineView is one kind of paper: whether this case needs it, and what is there.
type FileLineView struct {
	Kind     PaperCode   `json:"kind" example:"mediation-record"`
	ZH       string      `json:"zh" example:"调解记录"`
	EN       string      `json:"en" example:"Mediation record"`
	Required bool        `json:"required" example:"true" doc:"Else it is put there as needed."`
	Made     bool        `json:"made" example:"false" doc:"Archiving makes it; nobody brings it."`
	Present  bool        `json:"present" example:"true"`
	Gap      bool        `json:"gap" example:"false" doc:"Required, and not there."`
	Papers   []PaperView `json:"papers" nullable:"false" doc:"What is on file of this kind, on paper or as an electronic file."`
}

type getFileOutput struct {
	Body FileView
}

func fileView(c mediation.Case) FileView {
	view := FileView{Complete: len(c.FileGaps()) == 0, Reduced: c.Reduced()}
	view.Items = views(c.FileChecklist(), func(line mediation.FileLine) FileLineView {
		return FileLineView{
			Kind: PaperCode(line.Kind), ZH: line.ZH, EN: line.EN, Required: line.Required, Made: line.ByArchive,
			Present: len(line.Papers) > 0 || (line.ByArchive && c.Volume != nil), Gap: line.Gap(), Papers: views(line.Papers, paperView),
		}
	})
	return view
}

func (a *API) registerFileList() {
	register(a, operation{
		id: "get-file", method: http.MethodGet, path: casesPath + "/{case}/file", tag: tagFile, action: mediation.ActionCaseRead,
		summary: "Read the checklist of a file", summaryZH: "读取卷宗清单",
		statuses:    []int{http.StatusNotFound, http.StatusMisdirectedRequest},
		description: "Every kind of paper in the order of the file: whether this case needs it, by its outcome, form and difficulty, what is there, and what is missing.",
	}, getFile)
}

func getFile(ctx context.Context, in *CasePath) (*getFileOutput, error) {
	e := exchangeOf(ctx)
	c, err := e.tenant.Case(ctx, e.request(), caseID(in.Case))
	if err != nil {
		return nil, err
	}
	return &getFileOutput{Body: fileView(c)}, nil
}
