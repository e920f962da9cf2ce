// Package mediation is the case and its rules: what a party, a dispute, a refusal or a number is, which verb a state
// allows, who may do what, and what a journal entry must say. It is floor 0 and pure: standard library only, no clock
// of its own (every act brings its moment), no database, no HTTP, no Kubernetes. Rooms above ask it and store what it
// answers. Start reading at case.go, then matrix.go and permission.go: they are tables; lifecycle.md is the matrix printed.
//
// Law is cited as L (人民调解法, 2011), P (人民调解工作若干规定, 2002) and C (民事诉讼法, 2024 text), each with its article.
//
// # Glossary
//
//	中文                 Go                              meaning
//	纠纷案件              Case                            the aggregate; exactly one tenant holds it
//	登记                 File, VerbFile                  a dispute is taken down; it gets its registration
//	登记号                Case.Registration               <tenant>-<year>-<6 digits>, gaps allowed
//	人调字号              Case.Number, Committee.Number   given on acceptance, without gaps per committee and year
//	待受理                StatePendingAcceptance          registered, the committee has not decided yet
//	受理                 Accept, StateAccepted           the committee takes the case on
//	不予受理              Refuse, StateRefused            the committee may not take it, with a legal reason
//	撤回                 Withdraw, StateWithdrawn        the applicant does not want mediation any more
//	更正                 Correct                         what was written down wrongly is put right, with a trace
//	指派 / 改派           Assign, Reassign                one host (主持人) and further mediators
//	回避                 Recuse, Recusal                 somebody keeps away from the case, and cannot open it
//	调查                 Investigate                     what happened is found out, with a record
//	安排调解 / 调解        Convene, Mediate, Meeting       a numbered round of mediation, arranged and held
//	险情                 Danger                          signs of a flare-up, told at once to who can prevent it
//	中止 / 恢复           Suspend, Resume                 the clock stands while something is awaited
//	延期                 Extend                          more time, with every party's consent
//	调解协议书            Agree, AgreementWritten         a written agreement, binding once all have signed
//	口头协议              AgreeOrally, AgreementOral      an agreement that needs no paper
//	调解不成 / 终止        Fail, Terminate                 the end without agreement; the parties are told of the other roads
//	移送                 Transfer, TakeBack              another body handles the case; it may come back
//	转介（非诉讼路径）      Refer, Referral                 another road beside the case, open until it reports back
//	司法确认              Confirmation                    the court makes the agreement enforceable
//	履行 / 分期           Perform, Instalment             what was agreed is done, item by item
//	督促 / 未履行          Urge, Breach                    reminders, and what was not done in time
//	回访                 Visit                           a follow-up, with satisfaction from 1 to 5
//	卷宗 / 卷内目录        Paper, Volume.Index             the file and its inner index
//	结案 / 归档           Close, Archive                  nothing is open any more; the file is complete and bound
//	再次立案 / 首卷        Reopen, FirstVolume             the dispute comes back as a new volume
//	并案 / 分案           Merge, Absorb, Split            two cases become one, one becomes two
//	当事人                Party                           a person or an organisation in the dispute
//	申请人 / 被申请人      SideApplicant / SideRespondent  on which side a party stands
//	法定代表人            Party.LegalRepresentative       who speaks for an organisation
//	民族 / 职业           Party.Ethnicity, Party.Occupation  as the forms ask; GB/T 3304
//	法定代理人 / 委托代理人  Agent, AgentKind                who speaks for a party
//	居民身份证            IdentityResidentID              GB 11643, 18 characters
//	统一社会信用代码       IdentityUSCC                    GB 32100, 18 characters
//	纠纷类型              DisputeType                     the 18 types of the judicial statistics
//	依申请/主动/接受移送   Source                          how the dispute reached the committee
//	诉求                 Case.Claims                     what the applicant asks for
//	综治类别 / 涉企        Classification                  the classes of comprehensive governance, and whether an enterprise is concerned
//	民事案由              CauseOfAction                   what a court would call the dispute
//	难易分级              Grade, Grading, Difficulty      how hard a dispute is, with the reasons
//	风险评估 / 红黄蓝       Assess, Assessment, Colour      the explained score, and a person's decision
//	险情、红色预警          Alarms                          what must be told at once
//	涉案金额              Case.Amount                     in fen (1/100 yuan)
//	涉及人数              Case.People                     people concerned, not only parties
//	人民调解委员会         Committee                       the organisation that accepts and numbers
//	留痕                 Entry, Change                   the journal: who did what, when, on what ground
//	主任/文员/调解员       RoleDirector, RoleClerk, RoleMediator  roles in a tenant
//	县级管理员            RoleCountyAdministrator         role in a county
//	司法所               RoleJudicialOffice              watches a town's committees, first review
//	指挥中心 / 股室        RoleDispatcher, RoleBureauSection  roles in a county
//	三员分立              Role.Apart                      system, security and audit administrators: never two in one hand
//	查阅人员              RoleReader                      sees masked data, changes nothing
//	网格员               RoleGridWorker                  reports what the screening finds
//	脱敏                 MaskName, Case.Masked, Actor.MaskOf  张三 becomes 张*
package mediation
