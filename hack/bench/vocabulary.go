package main

import "strings"

// The words of the loaded cases, as unequal as words are: of every list the first are common and the last rare.
const (
	familyNames  = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
	givenNames   = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英霞平刚桂兰玉萍红玲华建国梅鹏飞凤洁云莲真环雪荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞莉晶妍茜秋珊莎锦黛青倩婷姣婉娴瑾颖露瑶怡婵雁蓓纨仪荷丹蓉眉君琴蕊薇菁梦岚苑婕馨瑗琰韵融园艺咏卿聪澜纯毓悦昭冰爽琬茗羽希宁欣飘育滢馥筠柔竹霭凝晓欢霄枫芸菲寒伊亚宜可姬舒影荔枝思毅俊峰保东文辉力永健世广志义兴良海山仁波贵福生龙元全胜学祥才发武新利清彬富顺信子成康星光天达安岩中茂进林有坚和彪博诚先敬震振壮会群豪心邦承乐绍功松善厚庆民友裕河哲江浩亮政谦亨奇固之轮翰朗伯宏言若鸣朋斌栋维启克伦翔旭士以时泰盛雄琛钧冠策腾楠榕风航弘䶮𠮷"
	villageFirst = "东西南北前后大小上下新老中里外高"
	villageLast  = "村庄屯家店楼营寨堡铺"
	quarrels     = "邻里 宅基地 排水 借款 工资 婚姻 赡养 继承 噪音 采光 土地承包 征地 拆迁 物业费 交通事故 损害赔偿 合同 租赁 彩礼 抚养 离婚 债务 劳动 工伤 医疗 消费 道路通行 树木 围墙 界址 养殖 污染 灌溉 果园 鱼塘 电动车 停车 装修 漏水 电梯 广场舞 名誉 打架 伤害 保险理赔 快递 网购 预付卡 培训 校园 房屋买卖 定金 中介 供暖 燃气 林权 草场 机井 大棚 农机 种子 化肥 农药 收割 粮食 仓储 运输 加工 承揽 建设工程 分红 股权 合伙 商标 遗嘱 分家析产 祖坟 殡葬 庙会 摊位"
	sentences    = "于去年秋天发生争执 今年春节以后多次协商未果 雨水流入院内造成损坏 在村东头被占用 余款至今未付 有书面字据 没有字据，口头约定 证人在场 派出所曾经出警 花费医疗费并误工 老人年事已高 子女在外务工 家庭困难 态度有所缓和 愿意让步 对方不予理会 影响出行和生活 社区介入，双方情绪激动 村委会曾经调解 微信转账，有记录可查 停业一周造成经济损失 界石被移动 超出约定期限 群众议论较大 希望尽快解决"
)

// skewed picks one of size for a case: the k-th about as often as the square root of its place from the front.
func skewed(number, list, size int) int {
	mixed := uint64(number+1)*0x9E3779B97F4A7C15 + uint64(list)*0xBF58476D1CE4E5B9
	mixed = (mixed ^ mixed>>30) * 0xBF58476D1CE4E5B9
	mixed = (mixed ^ mixed>>27) * 0x94D049BB133111EB
	u := float64(mixed>>11) / (1 << 53)
	return int(u * u * u * float64(size))
}

func character(text string, number, list int) string {
	runes := []rune(text)
	return string(runes[skewed(number, list, len(runes))])
}

func word(text string, number, list int) string {
	words := strings.Split(text, " ")
	return words[skewed(number, list, len(words))]
}

func villages(number int) string {
	return character(villageFirst, number, 1) + character(familyNames, number, 2) + character(villageLast, number, 3)
}

func quarrel(number int) string { return word(quarrels, number, 4) }

func surname(number int) string { return character(familyNames, number, 5) }

func sentence(number, part int) string { return word(sentences, number, 10+part) }

// personName is a name of two or three characters.
func personName(number int) string {
	name := surname(number) + character(givenNames, number, 6)
	if number%3 > 0 {
		name += character(givenNames, number, 7)
	}
	return name
}
