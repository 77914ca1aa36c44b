"""Pages on which everybody chooses notices: channels with their addresses, topics, quiet hours, and the log of what was sent.

One address for all roles, as for the account: what is chosen is of the person, not of a face.
"""

import secrets
from dataclasses import dataclass
from datetime import time
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import SIGN_IN_ROLES
from kernel import clock
from kernel.refusal import Refusal
from notices.rules import MAX_PER_DAY, Channel, Topic
from notices.selectors import own
from notices.selectors.own import AddressView, SettingsView
from notices.services import addresses, choices
from notices.services.channels import channels_on
from notices.services.message import channel_words, reason_words, state_words, topic_words
from web.query_parameters import accepts_parameters, cursor, text

_STATE = "notices_wechat_state"
"""The key of the session that holds what WeChat has to bring back."""


class ChoicesForm(forms.Form):
    quiet_from = forms.TimeField(
        label=_("免打扰开始"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    quiet_until = forms.TimeField(
        label=_("免打扰结束"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    urgent_passes = forms.BooleanField(label=_("付款、发货时限和开售提醒，免打扰时也发"), required=False)
    max_per_day = forms.IntegerField(label=_("每个渠道每天最多几条"), min_value=1, max_value=MAX_PER_DAY)
    language = forms.ChoiceField(label=_("通知用的语言"), choices=[("zh", _("中文")), ("en", _("英文"))])


class AddressForm(forms.Form):
    channel = forms.ChoiceField(choices=[(each.value, each.value) for each in (Channel.SMS, Channel.MAIL)])
    value = forms.CharField(max_length=addresses.MAX_MAIL)


@dataclass(frozen=True, slots=True)
class ChannelOnPage:
    """A channel that this installation offers, and where it reaches her."""

    channel: str
    words: str
    address: AddressView | None
    off_words: str


@dataclass(frozen=True, slots=True)
class TopicOnPage:
    """A line of the grid: a topic and whether she wants it by each of the channels."""

    words: str
    boxes: list[tuple[str, str, bool]]


@role_required(*SIGN_IN_ROLES)
@never_cache
@accepts_parameters(cursor=cursor)
def notices(request: ActorRequest) -> HttpResponse:
    """What she chose, with the log below; a POST replaces her choices."""
    view = own.get_settings(request.actor, at=clock.now())
    form = ChoicesForm(request.POST if request.method == "POST" else None, initial=_initial(view))
    wanted = frozenset(request.POST.getlist("wanted")) if request.method == "POST" else None
    if request.method == "POST" and form.is_valid():
        try:
            choices.choose(actor=request.actor, chosen=_chosen(form, wanted or frozenset(), view), now=clock.now())
        except Refusal as refusal:
            form.add_error(None, refusal.sentence(request.LANGUAGE_CODE))
        else:
            messages.success(request, gettext("通知设置已保存"))
            return redirect("notices")
    return _page(request, view, form, wanted)


@role_required(*SIGN_IN_ROLES)
@require_POST
def enter_address(request: ActorRequest) -> HttpResponse:
    """Enter a mobile number or a mail address; a code is sent to it."""
    form = AddressForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("请填写中国大陆手机号或邮箱地址"))
        return redirect("notices")
    channel = Channel(form.cleaned_data["channel"])
    return _done(
        request,
        lambda: addresses.enter_address(
            actor=request.actor, channel=channel, value=form.cleaned_data["value"], now=clock.now()
        ),
        gettext("验证码已发出，10 分钟内有效"),
    )


@role_required(*SIGN_IN_ROLES)
@require_POST
def verify_address(request: ActorRequest) -> HttpResponse:
    """Verify an address by the code that was sent to it."""
    channel, code = _channel(request), request.POST.get("code", "")[:20]
    return _done(
        request,
        lambda: addresses.verify_address(actor=request.actor, channel=channel, code=code, now=clock.now()),
        gettext("地址已验证"),
    )


@role_required(*SIGN_IN_ROLES)
@require_POST
def remove_address(request: ActorRequest) -> HttpResponse:
    """Delete an address; nothing is sent to it any more."""
    channel = _channel(request)
    return _done(
        request,
        lambda: addresses.remove_address(actor=request.actor, channel=channel, now=clock.now()),
        gettext("地址已删除，不再向它发通知"),
    )


@role_required(*SIGN_IN_ROLES)
@require_POST
def authorize_wechat(request: ActorRequest) -> HttpResponse:
    """Send her to WeChat's authorisation page, which works inside WeChat; it comes back with a code and the same state."""
    state = secrets.token_hex(16)
    request.session[_STATE] = state
    query = {
        "appid": settings.WECHAT_APP_ID,
        "redirect_uri": request.build_absolute_uri(reverse("notices_wechat")),
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
    }
    return redirect(f"{settings.WECHAT_AUTHORIZE_URL}/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect")


@role_required(*SIGN_IN_ROLES)
@require_safe
@never_cache
@accepts_parameters(code=text(500), state=text(100))
def wechat_came_back(request: ActorRequest) -> HttpResponse:
    """Bind the WeChat account that came back. A state that this session has not given out, or gave out before, binds nothing."""
    expected, state = request.session.pop(_STATE, ""), request.GET.get("state", "")
    code = request.GET.get("code", "")
    if not (expected and code and secrets.compare_digest(expected.encode(), state.encode())):
        messages.error(request, gettext("微信没有确认，请再试一次"))
        return redirect("notices")
    return _done(
        request,
        lambda: addresses.bind_wechat(actor=request.actor, code=code, now=clock.now()),
        gettext("微信已绑定"),
    )


def _done(request: ActorRequest, act: Any, words: str) -> HttpResponse:
    try:
        act()
    except Refusal as refusal:
        messages.error(request, refusal.sentence(request.LANGUAGE_CODE))
    else:
        messages.success(request, words)
    return redirect("notices")


def _channel(request: ActorRequest) -> Channel:
    """The channel that a button names; for any other word one that has no code."""
    name = request.POST.get("channel", "")
    return Channel(name) if name in set(Channel) else Channel.WECHAT


def _initial(view: SettingsView) -> dict[str, Any]:
    quiet = view.choices.quiet
    return {
        "quiet_from": _time(quiet.from_minute) if quiet else None,
        "quiet_until": _time(quiet.until_minute) if quiet else None,
        "urgent_passes": view.choices.urgent_passes,
        "max_per_day": view.choices.max_per_day,
        "language": view.choices.language,
    }


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _minute(at: time | None) -> int | None:
    return None if at is None else at.hour * 60 + at.minute


def _chosen(form: ChoicesForm, wanted: frozenset[str], view: SettingsView) -> choices.Chosen:
    """What the form says. Channels that are not offered now keep what was chosen for them."""
    offered = channels_on()
    pairs = {
        (topic, channel) for topic in view.topics for channel in offered if f"{topic.value}/{channel.value}" in wanted
    }
    kept = {(topic, channel) for topic, channel in view.wanted if channel not in offered}
    data = form.cleaned_data
    return choices.Chosen(
        wanted=frozenset(pairs | kept),
        quiet_from=_minute(cast("time | None", data["quiet_from"])),
        quiet_until=_minute(cast("time | None", data["quiet_until"])),
        urgent_passes=data["urgent_passes"],
        max_per_day=data["max_per_day"],
        language=data["language"],
    )


def _page(request: ActorRequest, view: SettingsView, form: ChoicesForm, wanted: frozenset[str] | None) -> HttpResponse:
    language = "en" if request.LANGUAGE_CODE == "en" else "zh"
    log = own.list_own_notices(request.actor, cursor=request.GET.get("cursor", ""), limit=30)
    entries = [
        (
            each,
            each.en if language == "en" else each.zh,
            channel_words(each.channel, language),
            state_words(each.state, language),
            reason_words(each.why, language),
        )
        for each in log.items
    ]
    context = {
        "form": form,
        "channels": [_channel_on_page(channel, view, language) for channel in channels_on()],
        "topics": [_topic_on_page(topic, view, wanted, language) for topic in view.topics],
        "page": log,
        "entries": entries,
    }
    return render(request, "notices/notices.html", context)


def _channel_on_page(channel: Channel, view: SettingsView, language: str) -> ChannelOnPage:
    address = view.addresses.get(channel)
    why = f"bad_address:{address.off_code}" if address and address.off_at else ""
    return ChannelOnPage(channel.value, channel_words(channel, language), address, reason_words(why, language))


def _topic_on_page(topic: Topic, view: SettingsView, wanted: frozenset[str] | None, language: str) -> TopicOnPage:
    boxes = []
    for channel in channels_on():
        name = f"{topic.value}/{channel.value}"
        is_on = (topic, channel) in view.wanted if wanted is None else name in wanted
        boxes.append((name, channel_words(channel, language), is_on))
    return TopicOnPage(topic_words(topic, language), boxes)
