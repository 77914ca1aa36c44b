"""Money that finance give of their own decision goes to no closed wallet (MONEY-18)."""

from kernel.refusal import Conflict
from ledger.rules import AccountKind, AccountRef
from ledger.services import lock_accounts
from membership.selectors.people import get_reseller, is_account_closed


class WalletClosed(Conflict):
    code = "treasury.wallet_closed"
    zh = "会员{reseller}的账户已经关闭，不能再往钱包里加款；要给的话请线下付"
    en = "The account of {reseller} is closed, so that nothing is credited to the wallet; pay it outside if it is due"
    reseller: str


def require_open_wallet(reseller_id: int) -> None:
    """Refuse to credit the wallet of an account that was closed, by the name of its reseller."""
    name = get_reseller(reseller_id).name
    if is_account_closed(reseller_id):
        raise WalletClosed(reseller=name)


def lock_open_wallet(reseller_id: int, *others: AccountRef) -> None:
    """Lock the wallet and other accounts of a posting, so that a closing comes before or after it; then as `require_open_wallet`."""
    lock_accounts([AccountRef(AccountKind.WALLET, reseller_id), *others])
    require_open_wallet(reseller_id)
