"""The categories that a new database starts with. Ops edit them afterwards."""

# code, parent, Chinese, English, admitted, words in workbooks
TREE = [
    ("women", None, "女装", "Women's wear", True, ["女装", "女款", "女"]),
    (
        "women-tops",
        "women",
        "女上装",
        "Women's tops",
        True,
        ["T恤", "衬衫", "卫衣", "针织衫", "毛衣", "打底衫", "上衣"],
    ),
    ("women-coats", "women", "女外套", "Women's coats", True, ["外套", "风衣", "大衣", "羽绒服", "夹克", "西装"]),
    ("women-dresses", "women", "连衣裙", "Dresses", True, ["连衣裙", "裙装", "半身裙", "裙子"]),
    ("women-trousers", "women", "女裤装", "Women's trousers", True, ["裤装", "女裤", "牛仔裤", "休闲裤", "裤子"]),
    ("underwear", "women", "内衣家居", "Underwear", True, ["内衣", "文胸", "家居服", "睡衣"]),
    ("men", None, "男装", "Men's wear", True, ["男装", "男款", "男"]),
    ("men-tops", "men", "男上装", "Men's tops", True, ["男上装", "男T恤", "男衬衫", "POLO衫"]),
    ("men-coats", "men", "男外套", "Men's coats", True, ["男外套", "男夹克", "男羽绒服"]),
    ("men-trousers", "men", "男裤装", "Men's trousers", True, ["男裤", "男裤装"]),
    ("children", None, "童装", "Children's wear", True, ["童装", "婴童服装", "儿童服装", "童"]),
    ("shoes-bags", None, "鞋包", "Shoes and bags", True, ["鞋包"]),
    ("shoes", "shoes-bags", "鞋靴", "Shoes", True, ["鞋", "女鞋", "男鞋", "童鞋", "运动鞋", "靴", "鞋靴", "凉鞋"]),
    ("bags", "shoes-bags", "箱包", "Bags", True, ["包", "箱包", "女包", "背包", "手提包"]),
    ("accessories", None, "饰品配件", "Jewellery and accessories", True, ["饰品", "配饰", "配件", "首饰", "珠宝"]),
    ("hats-scarves", "accessories", "帽子围巾", "Hats and scarves", True, ["帽子", "围巾", "丝巾", "腰带", "皮带"]),
    ("milk-powder", None, "奶粉", "Milk powder", False, ["奶粉"]),
    ("baby-food", None, "辅食", "Complementary baby food", False, ["辅食", "婴儿辅食", "米粉"]),
    ("nappies", None, "纸尿裤", "Nappies", False, ["纸尿裤", "尿不湿", "纸尿片"]),
    ("local-specialities", None, "土特产", "Local specialities", False, ["土特产", "特产", "地方特产"]),
]


def create_categories(apps, schema_editor):
    Category = apps.get_model("inventory", "Category")
    ids = {}
    for code, parent, name_zh, name_en, admitted, words in TREE:
        row, _ = Category.objects.get_or_create(
            code=code,
            defaults={
                "name_zh": name_zh,
                "name_en": name_en,
                "parent_id": ids.get(parent),
                "admitted": admitted,
                "words": words,
            },
        )
        ids[code] = row.pk
