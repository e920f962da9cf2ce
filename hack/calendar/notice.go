package main

// notices are the numbers of the notices by which the General Office of the State Council arranged each year's
// holidays (国务院办公厅关于 … 年部分节假日安排的通知).
var notices = map[int]string{
	2020: "国办发明电〔2019〕16号",
	2021: "国办发明电〔2020〕27号",
	2022: "国办发明电〔2021〕11号",
	2023: "国办发明电〔2022〕16号",
	2024: "国办发明电〔2023〕7号",
	2025: "国办发明电〔2024〕12号",
	2026: "国办发明电〔2025〕7号",
}

// exceptions are days that another notice than their year's decides: the Spring Festival of 2020 was extended, and the
// New Year of 2023 began in 2022.
var exceptions = map[string]string{
	"2020-01-31": "国办发明电〔2020〕1号",
	"2020-02-01": "国办发明电〔2020〕1号",
	"2020-02-02": "国办发明电〔2020〕1号",
	"2022-12-31": "国办发明电〔2022〕16号",
}
