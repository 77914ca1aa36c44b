"""Letter sizes and the order of sizes."""

from kernel.sizes import LETTER_SIZES, letter_rank, size_sort_key


def test_aliases_of_letter_sizes_have_one_rank() -> None:
    assert [letter_rank(size) for size in ("2XL", "xxl", "XXL码", "6XL")] == [7, 7, 7, len(LETTER_SIZES) - 1]
    assert [letter_rank(size) for size in ("36", "均码", "A100", "")] == [None] * 4


def test_sizes_sort_letters_first_then_numbers_then_the_rest() -> None:
    sizes = ["均码", "3XL", "38", "S", "36.5", "XXL", "160/84A", "XS", "4XL"]
    assert sorted(sizes, key=size_sort_key) == ["XS", "S", "XXL", "3XL", "4XL", "36.5", "38", "160/84A", "均码"]
