"""Reasons of whole files."""

from __future__ import annotations

from imports.reasons.reason import Reason

FILES: dict[str, Reason] = {
    "zip_bomb": Reason(
        "文件解压后过大，已拒绝读取。",
        "The file inflates beyond all measure and was not read.",
        "请用 Excel 或 WPS 另存为新的 xlsx 文件。",
        "Save it as a new xlsx file in Excel or WPS.",
    ),
    "too_large": Reason(
        "文件超过 {0} MB。",
        "The file is larger than {0} MB.",
        "请删除大图片，或分成几个文件上传。",
        "Remove large pictures, or upload it in several files.",
    ),
    "too_many_parts": Reason(
        "文件内部部件过多（{0} 个）。",
        "The file has too many parts ({0}).",
        "请把数据复制到新工作簿后保存。",
        "Copy the data into a new workbook and save it.",
    ),
    "too_many_rows": Reason(
        "数据超过 {0} 行。",
        "There are more than {0} lines.",
        "请分成几个文件上传。",
        "Upload it in several files.",
    ),
    "too_many_merges": Reason(
        "合并单元格超过 {0} 处。",
        "There are more than {0} merged cells.",
        "请取消合并，或把数据复制到新工作簿后保存。",
        "Unmerge them, or copy the data into a new workbook and save it.",
    ),
    "too_many_tables": Reason(
        "表头超过 {0} 个。",
        "There are more than {0} headings.",
        "请每个工作表只保留一个表头，或分成几个文件上传。",
        "Keep one heading per sheet, or upload it in several files.",
    ),
    "text_too_long": Reason(
        "有单元格的文字超过 {0} 个字。",
        "A cell holds more than {0} characters.",
        "请检查是否有没有配对的引号，或粘贴了整篇文字。",
        "Look for a quote that is never closed, or a whole text pasted into a cell.",
    ),
    "xml_entity": Reason(
        "文件含有不允许的 XML 实体声明。",
        "The file declares XML entities, which is not allowed.",
        "请用 Excel 或 WPS 另存为新的 xlsx 文件。",
        "Save it as a new xlsx file in Excel or WPS.",
    ),
    "encrypted": Reason(
        "文件有打开密码。",
        "The file is protected by a password.",
        "请取消密码后重新上传。",
        "Remove the password and upload again.",
    ),
    "corrupt": Reason(
        "文件已损坏或不完整。",
        "The file is damaged or incomplete.",
        "请重新导出或另存后上传。",
        "Export or save it again and upload that.",
    ),
    "malformed": Reason(
        "文件内部结构不正确。",
        "The inside of the file is not as it should be.",
        "请用 Excel 或 WPS 另存为新的 xlsx 文件。",
        "Save it as a new xlsx file in Excel or WPS.",
    ),
    "wrong_extension": Reason(
        "文件名后缀与内容不符，内容是 {0}。",
        "The file's extension does not fit its content, which is {0}.",
        "请用正确的后缀保存。",
        "Save it under the right extension.",
    ),
    "stray_quotes": Reason(
        "文件中有不成对的引号，涉及第 {0} 行；这些行已逐行读取。",
        "The file has quotation marks without a partner; they concern lines {0}. These lines were read one by one.",
        "请核对这几行，去掉多余的引号，或把文件另存为 xlsx。",
        "Check these lines and remove the marks, or save the file as xlsx.",
    ),
    "unsupported_format": Reason(
        "不支持这种文件（{0}）。",
        "This kind of file is not supported ({0}).",
        "请上传 xlsx、xls、xlsb、ods 或 csv 文件。",
        "Upload an xlsx, xls, xlsb, ods or csv file.",
    ),
    "html_not_excel": Reason(
        "文件其实是网页，不是 Excel 工作簿。",
        "The file is really a web page, not an Excel workbook.",
        "请重新从系统导出，或另存为 xlsx。",
        "Export it again, or save it as xlsx.",
    ),
    "macro": Reason(
        "文件含有宏；宏不会运行，仅读取表格内容。",
        "The file holds macros; they are never run, only the cells are read.",
        "可另存为不含宏的 xlsx。",
        "You may save it as an xlsx without macros.",
    ),
    "pictures_unread": Reason(
        "文件里有图片，但这种格式的图片无法读取；其他内容照常读取。",
        "The file holds pictures, which cannot be read from this format; everything else is read.",
        "请另存为 xlsx 后上传，图片会对应到各行。",
        "Save it as xlsx and upload that: each picture then goes with its row.",
    ),
    "pictures_too_large": Reason(
        "有图片超过 {0} MB，或图片合计超过 {1} MB，超出的没有读取；其他内容照常读取。",
        "A picture is larger than {0} MB, or all together than {1} MB; those beyond were not read, everything else was.",
        "请压缩图片（Excel 或 WPS 的“压缩图片”）后重新上传。",
        "Compress the pictures (Excel and WPS can do it) and upload again.",
    ),
    "no_statement_header": Reason(
        "找不到表头：要有一行列名，写着交易日期、收入和支出（或金额），还有余额、对方户名、附言、流水号。",
        "No heading line was found: it names date, credit and debit (or amount), besides balance, counterparty, remark and reference.",
        "请用银行导出的原文件，保留这一行。",
        "Use the bank's own file with this line.",
    ),
    "no_header": Reason(
        "找不到表头。",
        "No heading line was found.",
        "请保留一行列名：款号、颜色、尺码、吊牌价、供货价、库存。",
        "Keep one heading line: style, colour, size, tag price, supply price, stock.",
    ),
    "missing_column": Reason(
        "缺少必需的列：{0}。",
        "A required column is missing: {1}.",
        "请指出是哪一列，或补上该列。",
        "Say which column it is, or add it.",
    ),
    "duplicate_header": Reason(
        "有几列都像是“{0}”。",
        "Several columns look like {1}.",
        "请指出用哪一列。",
        "Say which one to use.",
    ),
    "ambiguous_layout": Reason(
        "表格结构或列名可以有两种理解。",
        "The layout or a heading can be read in two ways.",
        "请指出各列的含义。",
        "Say what each column means.",
    ),
    "empty": Reason(
        "文件里没有数据。",
        "There is no data in the file.",
        "请检查是否上传了正确的文件。",
        "Check that this is the right file.",
    ),
    "encoding_damage": Reason(
        "文字是乱码，无法还原。",
        "The text is garbled beyond repair.",
        "请从原文件重新导出为 UTF-8 CSV 或 xlsx。",
        "Export it again from the original as UTF-8 CSV or xlsx.",
    ),
    "formula_no_value": Reason(
        "公式没有保存结果，读不到数值。",
        "The formulas have no stored results.",
        "请用 Excel 或 WPS 打开并保存一次后上传。",
        "Open the file in Excel or WPS, save it, and upload that.",
    ),
    "lines_lost": Reason(
        "程序未能说明每一行的去向（{0}），为免遗漏没有读入；已记录，我们会修正。",
        "The reader could not account for every line ({0}) and read nothing; this is our mistake and has been logged.",
        "请稍后重新上传，或联系我们。",
        "Upload it again later, or tell us.",
    ),
    "memory_limit": Reason(
        "读取此文件需要的内存超过限制。",
        "Reading this file needs more memory than is allowed.",
        "请把数据复制到新工作簿，或分成几个文件。",
        "Copy the data into a new workbook, or split it.",
    ),
    "time_limit": Reason(
        "读取此文件的时间超过 {0} 秒。",
        "Reading this file took longer than {0} seconds.",
        "请把数据复制到新工作簿，或分成几个文件。",
        "Copy the data into a new workbook, or split it.",
    ),
}
