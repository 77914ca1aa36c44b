"""Addresses of the desk of ops and finance, below /console/."""

from django.urls import path

from console.pages import brands, cases, home, members, orders, people, planning, rules, sales, settlement, simulator

app_name = "console"

urlpatterns = [
    path("", home.home, name="home"),
    path("books/", home.books, name="books"),
    path("audit/", home.audit, name="audit"),
    path("floors/", home.watch, name="watch"),
    path("brands/", brands.brands, name="brands"),
    path("brands/new/", brands.application, name="application"),
    path("brands/terms/", brands.terms, name="brand_terms"),
    path("brands/<int:brand_id>/", brands.brand, name="brand"),
    path("rules/", rules.controls, name="rules"),
    path("rules/new/", rules.new_control, name="new_control"),
    path("rules/<int:control_id>/", rules.control, name="control"),
    path("rules/terms/", rules.terms, name="terms"),
    path("rules/commissions/", rules.commissions, name="commissions"),
    path("rules/drafts/", rules.drafts, name="drafts"),
    path("simulator/", simulator.simulator, name="simulator"),
    path("simulator/compare/", simulator.compare, name="compare"),
    path("simulator/compare/workbook/", simulator.export_comparison, name="export_comparison"),
    path("simulator/workbook/", simulator.export, name="export_prices"),
    path("simulator/why/<int:sku_id>/<int:tier>/", simulator.why, name="simulated_why"),
    path("members/", members.members, name="members"),
    path("members/<int:reseller_id>/", members.member, name="member"),
    path("members/codes/", members.codes, name="codes"),
    path("members/tiers/", members.tiers, name="tiers"),
    path("members/turn/", members.turn, name="turn"),
    path("people/", people.people, name="people"),
    path("people/<int:person_id>/", people.person, name="person"),
    path("sales/", sales.sales, name="sales"),
    path("sales/new/", sales.schedule, name="schedule"),
    path("sales/scheduled/", sales.scheduled, name="scheduled"),
    path("sales/<int:sale_id>/", sales.sale, name="sale"),
    path("sales/<int:sale_id>/watch/", sales.watch, name="sale_watch"),
    path("sales/<int:sale_id>/goods/", planning.goods, name="sale_goods"),
    path("sales/<int:sale_id>/prices/", planning.prices, name="sale_prices"),
    path("sales/<int:sale_id>/prices/<int:sku_id>/<int:tier>/", planning.why, name="why"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<int:order_id>/", orders.order, name="order"),
    path("orders/<int:order_id>/lines/<int:line_id>/why/", orders.why, name="order_why"),
    path("late/", orders.late, name="late"),
    path("refunds/", orders.refunds, name="refunds"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<int:case_id>/", cases.case, name="case"),
    path("statements/", settlement.statements, name="statements"),
    path("statements/<int:statement_id>/", settlement.statement, name="statement"),
    path("statements/<int:statement_id>/workbook/", settlement.workbook, name="statement_workbook"),
]
