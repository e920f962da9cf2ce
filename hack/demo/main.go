// Command demo answers what Tiaojie is, on this machine and within minutes: it starts PostgreSQL and the embedded
// control plane, installs the chart, onboards 惠民县 with its 15 towns, walks disputes through their life, and stays up until
// Ctrl-C. With --check it asserts every step, measures, tears everything down and exits 0 or 1: the end-to-end test.
// It is a tool beside the product and uses it as a person would: kubectl, helm, tiaojie and HTTP; of the product's
// rooms it reads the kinds alone. Start reading at chapters, the story in order.
//
// With KUBECONFIG and TIAOJIE_POSTGRES_URL (a login with CREATEROLE and CREATEDB) both set it uses those instead of its
// own. Then TIAOJIE_DEMO_IMAGE says where the nodes pull the product's image, TIAOJIE_DEMO_URL where the cluster's
// ingress answers, and TIAOJIE_DEMO_VALUES may name a file of further values for the chart.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	county    = "371621"    // 惠民县
	firstTown = "371621101" // 石庙镇: its cases go through its own instance
	otherTown = "371621102" // 桑落墅镇: its cases go through the shared API
)

// demo is one run: what it started, and what later chapters need of earlier ones.
type demo struct {
	root     string // of the repository
	dir      string // of this run, removed at the end
	check    bool
	progress *progress

	postgres *postgres
	cluster  *cluster
	identity identity
	figures  []figure
	cases    filedCases
	walked   string    // path of the case that was walked to the archive
	draft    []byte    // its agreement, as printed to be signed
	red      *walker   // at the case that becomes red
	started  time.Time // of the run
	applied  time.Time // when the county's manifests were applied
}

// chapter is one step of the story: a title in both languages and what it does.
type chapter struct {
	en, zh string
	do     func(context.Context) error
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	check := flags.Bool("check", false, "assert every step, tear down, exit 0 or 1")
	if flags.Parse(args) != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	d, err := newDemo(ctx, *check)
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		return 1
	}
	err = d.tell(ctx)
	if err == nil && !d.check {
		d.invite()
		<-ctx.Done()
	}
	interrupted := ctx.Err() != nil
	stop() // a second Ctrl-C ends the program at once
	err = errors.Join(err, d.tearDown())
	switch {
	case interrupted && !d.check:
		return 0
	case err != nil:
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		return 1
	}
	if d.check {
		d.progress.say("\nEvery step holds. 全部通过。")
	}
	return 0
}

func newDemo(ctx context.Context, check bool) (*demo, error) {
	root, err := repository()
	if err != nil {
		return nil, err
	}
	for _, binary := range []string{"tiaojie", "tiaojie-kube"} {
		if _, err := os.Stat(filepath.Join(root, ".tiaojie", "bin", binary)); err != nil {
			return nil, fmt.Errorf("%s is not built: run make build kube, or make demo, which does it", binary)
		}
	}
	if err := sweep(ctx, root); err != nil {
		return nil, err
	}
	dir := filepath.Join(root, ".tiaojie", fmt.Sprintf("demo-%d", os.Getpid()))
	return &demo{root: root, dir: dir, check: check, progress: newProgress(os.Stdout), started: time.Now()}, os.MkdirAll(dir, 0o700)
}

// sweep removes what runs that were killed have left: their folders and their PostgreSQL servers.
func sweep(ctx context.Context, root string) error {
	left, err := filepath.Glob(filepath.Join(root, ".tiaojie", "demo-*"))
	for _, folder := range left {
		pid, notOurs := strconv.Atoi(strings.TrimPrefix(filepath.Base(folder), "demo-"))
		if notOurs != nil || syscall.Kill(pid, 0) == nil {
			continue
		}
		stop := exec.CommandContext(ctx, filepath.Join(root, "hack", "postgres.sh"), "stop", filepath.Base(folder))
		err = errors.Join(err, stop.Run(), os.RemoveAll(folder))
	}
	return err
}

// repository finds the root: the folder above that holds hack/demo.
func repository() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "hack", "demo", "main.go")); err == nil {
			return folder, nil
		}
	}
	return "", errors.New("run it inside the repository: make demo")
}

// chapters is the story in order.
func (d *demo) chapters() []chapter {
	story := []chapter{
		{"start PostgreSQL", "启动数据库", d.startPostgres},
		{"start the control plane", "启动集群", d.startCluster},
		{"make a development key", "生成开发密钥", d.makeIdentity},
		{"install the chart", "安装平台", d.install},
		{"declare the PostgreSQL server", "声明数据库服务器", d.declareServer},
		{"onboard 惠民县: tiaojie onboard 371621 | kubectl apply -f -", "接入惠民县", d.onboard},
		{"wait for the towns", "等待各镇就绪", d.awaitTowns},
		{"put members", "登记人员", d.putMembers},
		{"file and accept a case in 石庙镇 by its own instance", "石庙镇:立案并受理(独立实例)", d.mediateDedicated},
		{"file and accept a case in 桑落墅镇 by the shared API", "桑落墅镇:立案并受理(共享接口)", d.mediateShared},
		{"the county's list of cases", "县级案件列表", d.showCounty},
		{"one dispute from the filing to the archive", "一件纠纷从登记到归档", d.walkWholeLife},
		{"the draft that was signed and the five papers, as PDF", "打印协议草稿和五种文书", d.printPapers},
		{"one that fails, and waits for legal aid and the court", "调解不成,待法律援助与法院反馈后结案", d.walkReferred},
		{"a screening round: two leads of one quarrel, one case", "排查:两条线索,一件纠纷", d.screen},
		{"a sheet of leads: all or nothing, then its good rows", "批量导入线索:有错全退,或者只收合格行", d.importLeads},
		{"the registry, and whom to assign", "调解员名册与指派推荐", d.enterRegistry},
		{"a red case alerts; cases are found by one and two characters", "红色预警与检索", d.alarm},
		{"numbers are masked, shown for a purpose, and the look is on record", "脱敏、按用途查看并留痕", d.reveal},
		{"what a clerk may do, and why not the rest", "文员的权限及原因", d.explain},
		{"a minor's dispute: for its director, its mediators and whom they invite", "涉未成年人纠纷:仅主任、承办调解员和受邀者可见", d.restrict},
		{"a party in two towns: seen by the county without a name", "跨镇重复当事人:县级可见而不见姓名", d.repeat},
	}
	if !d.check {
		return story
	}
	return append(story, []chapter{
		{"both instances answer with the same bytes", "两类实例逐字节一致", d.checkSameBytes},
		{"a cursor and a key of one are honoured by the other", "游标与幂等键互认", d.checkCursorAndKey},
		{"docs and OpenAPI document are served", "接口文档可用", d.checkDocs},
		{"kubectl reads well", "kubectl 可读", d.checkKubectl},
		{"kubectl scale to 2", "扩容为 2 副本", d.checkScale},
		{"a deleted pod comes back and the API keeps answering", "删除实例后自动恢复", d.checkDeletedPod},
		{"one town's login sees no other town", "镇间数据隔离", d.checkIsolation},
		{"one more town", "新增一个镇", d.checkOneMoreTown},
		{"a dump holds no name and no number", "备份中无明文个人信息", d.checkDump},
		{"the record proves itself: a change behind its back is named", "留痕自证:篡改即被指出", d.proveRecord},
		{"memory", "内存占用", d.measureMemory},
		{"a deleted town, declared again, finds its cases", "删除后重新声明,案件仍在", d.checkRetained},
		{"a rebuilt cluster finds every town", "重建集群后各镇数据完好", d.checkRebuilt},
	}...)
}

// tell runs the chapters, each with a line that says how long it took.
func (d *demo) tell(ctx context.Context) error {
	for _, chapter := range d.chapters() {
		started := time.Now()
		d.progress.begin(chapter.en + " " + chapter.zh)
		if err := chapter.do(ctx); err != nil {
			d.progress.failed()
			if ctx.Err() == nil {
				err = fmt.Errorf("%w%s", err, d.whereToLook())
			}
			return fmt.Errorf("%s: %w", chapter.en, err)
		}
		d.progress.done(time.Since(started))
	}
	return d.judge()
}

// whereToLook keeps the logs of a failed run and says where they are.
func (d *demo) whereToLook() string {
	if d.cluster == nil || d.cluster.process == nil {
		return ""
	}
	kept := d.dir + "-logs"
	if os.Rename(filepath.Join(d.dir, "kube", "logs"), kept) != nil {
		return ""
	}
	return "\n  logs of the pods and the control plane: " + kept
}

// tearDown ends what the run started, newest first, whatever happened before.
func (d *demo) tearDown() error {
	d.progress.begin("tear down 清理")
	started := time.Now()
	var errs []error
	if d.cluster != nil {
		errs = append(errs, d.cluster.stop())
		if !d.cluster.embedded {
			d.progress.note("your cluster keeps what was installed: helm uninstall tiaojie -n %s", releaseNamespace)
		}
	}
	if d.postgres != nil {
		errs = append(errs, d.postgres.stop())
	}
	errs = append(errs, os.RemoveAll(d.dir))
	if err := errors.Join(errs...); err != nil {
		d.progress.failed()
		return err
	}
	d.progress.done(time.Since(started))
	return nil
}
