"""Titles and tax numbers (INVOICE-1)."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from invoices.models import InvoiceTitle
from invoices.rules.titles import (
    ALPHABET,
    MAX_TITLES,
    TaxNumberFault,
    TaxNumberProblem,
    TitleField,
    TitleKind,
    check_character,
    cleaned,
    field_problems,
    tax_number,
    tax_number_problem,
)
from invoices.selectors.titles import NoSuchTitle, Owner, list_titles
from invoices.services import titles
from invoices.services.titles import InvalidTaxNumber, InvalidTitle, TooManyTitles
from tests.builders import NOW, Marketplace
from tests.invoices.desk import COMPANY, PERSON, SPECIAL, TAX_NUMBER


@pytest.mark.parametrize("number", ["91350100M000100Y43", "91110000600037341L", "91440300708461136T", TAX_NUMBER])
def test_tax_number_with_its_check_character_is_accepted(number: str) -> None:
    assert tax_number_problem(number) is None


def test_tax_number_problem_says_what_is_wrong() -> None:
    assert tax_number_problem("9135010") == TaxNumberProblem(TaxNumberFault.LENGTH, found="7")
    letter = tax_number_problem("91350100M0O0100Y43")
    assert letter == TaxNumberProblem(TaxNumberFault.CHARACTER, 11, "O")
    assert letter is not None
    assert letter.zh.startswith("税号第 11 位“O”")
    check = tax_number_problem("91350100M000100Y44")
    assert check == TaxNumberProblem(TaxNumberFault.CHECK, 18, "4", "3")
    assert check is not None
    assert check.en == "The last character checks the others: 3 fits them, not 4; compare each character"


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(first: str, place: int, other: str) -> None:
    number = first + check_character(first)
    assert tax_number_problem(number) is None
    wrong = number[:place] + other + number[place + 1 :]
    assert (tax_number_problem(wrong) is None) == (wrong == number)


def test_tax_number_is_read_as_people_type_it() -> None:
    assert tax_number(" 9133 0106 ma2b 1c3d 45 ") == TAX_NUMBER


def test_field_problems_names_what_each_kind_needs() -> None:
    assert field_problems(cleaned(COMPANY)) == []
    assert field_problems(cleaned(PERSON)) == []
    assert field_problems(cleaned(SPECIAL)) == []
    bare = dataclasses.replace(COMPANY, is_special=True)
    assert field_problems(bare) == [TitleField.ADDRESS, TitleField.PHONE, TitleField.BANK, TitleField.ACCOUNT]
    assert field_problems(dataclasses.replace(PERSON, is_special=True))[0] is TitleField.KIND
    assert field_problems(dataclasses.replace(PERSON, name="", email="fp@")) == [TitleField.NAME, TitleField.EMAIL]


@pytest.mark.django_db
def test_save_title_keeps_the_first_as_default_until_another_is_chosen() -> None:
    her = Marketplace().reseller()
    company = titles.save_title(actor=her.actor, fields=COMPANY, now=NOW)
    person = titles.save_title(actor=her.actor, fields=PERSON, now=NOW)
    assert (company.is_default, person.is_default) == (True, False)
    titles.choose_default(actor=her.actor, title_id=person.id, now=NOW)
    found = list_titles(Owner(reseller_id=her.id))
    assert [(each.name, each.is_default) for each in found] == [(PERSON.name, True), (COMPANY.name, False)]
    assert AuditEntry.objects.filter(action="invoices.choose_title", subject_id=person.id).count() == 1


@pytest.mark.django_db
def test_save_title_twice_saves_once() -> None:
    her = Marketplace().reseller()
    first, second = (titles.save_title(actor=her.actor, fields=COMPANY, now=NOW) for _ in range(2))
    assert first == second
    assert InvoiceTitle.objects.count() == 1


@pytest.mark.django_db
def test_save_title_refuses_a_wrong_tax_number_and_names_the_check_character() -> None:
    her = Marketplace().reseller()
    wrong = dataclasses.replace(COMPANY, tax_number=TAX_NUMBER[:-1] + "6")
    with pytest.raises(InvalidTaxNumber) as caught:
        titles.save_title(actor=her.actor, fields=wrong, now=NOW)
    assert caught.value.fault == "check"
    assert caught.value.sentence("zh") == "税号最后一位是校验码，前 17 位对应的是“5”，现在是“6”，请逐位核对"
    assert not InvoiceTitle.objects.exists()


@pytest.mark.django_db
def test_save_title_refuses_a_special_invoice_without_its_fields() -> None:
    clerk = Marketplace().clerk
    with pytest.raises(InvalidTitle) as caught:
        titles.save_title(actor=clerk, fields=dataclasses.replace(COMPANY, is_special=True), now=NOW)
    assert caught.value.sentence("zh") == "发票抬头请补全或更正：地址、电话、开户行、银行账号"
    assert not InvoiceTitle.objects.exists()


@pytest.mark.django_db
def test_titles_are_refused_beyond_the_most_and_of_others() -> None:
    market = Marketplace()
    her, other = market.reseller(), market.reseller()
    title = titles.save_title(actor=her.actor, fields=COMPANY, now=NOW)
    for number in range(MAX_TITLES - 1):
        titles.save_title(actor=her.actor, fields=dataclasses.replace(PERSON, name=f"陈{number}"), now=NOW)
    with pytest.raises(TooManyTitles):
        titles.save_title(actor=her.actor, fields=PERSON, now=NOW)
    for service in (titles.choose_default, titles.remove_title):
        with pytest.raises(NoSuchTitle):
            service(actor=other.actor, title_id=title.id, now=NOW)
    assert len(list_titles(Owner(reseller_id=her.id))) == MAX_TITLES


@pytest.mark.django_db
def test_remove_title_takes_it_off_the_list() -> None:
    her = Marketplace().reseller()
    title = titles.save_title(actor=her.actor, fields=COMPANY, now=NOW)
    titles.remove_title(actor=her.actor, title_id=title.id, now=NOW)
    assert list_titles(Owner(reseller_id=her.id)) == []
    assert titles.save_title(actor=her.actor, fields=COMPANY, now=NOW).id != title.id


def test_kinds_are_told_apart() -> None:
    assert cleaned(dataclasses.replace(PERSON, tax_number=TAX_NUMBER)).tax_number == ""
    assert cleaned(COMPANY).kind is TitleKind.COMPANY
