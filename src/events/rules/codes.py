"""What is said of one-time codes."""

from collections.abc import Mapping

from events.rules.kinds import EventKind, KindTerms, SubjectKind, terms

TERMS_OF_CODES: Mapping[EventKind, KindTerms] = {
    EventKind.CODES_RESET: terms(
        SubjectKind.CODE_CHANGE,
        "console",
        "{whose}的动态口令已重置：{asked_by}提出，{by}批准，原因“{reason}”。不是本人要的，请马上改密码并告诉同事",
        "The one-time codes of {whose} were reset: {asked_by} asked, {by} approved, “{reason}”."
        " Not wanted? Change the password and tell the others at once",
    ),
    EventKind.RECOVERY_CODES_RENEWED: terms(
        SubjectKind.CODE_CHANGE,
        "console",
        "{whose}的备用口令已由{by}换新，先前的作废。不是本人做的，请马上改密码并告诉同事",
        "The recovery codes of {whose} were made anew by {by}; earlier ones ended."
        " Not you? Change the password and tell the others at once",
    ),
    EventKind.CODE_DEVICE_REPLACED: terms(
        SubjectKind.CODE_CHANGE,
        "console",
        "{whose}的动态口令已由{by}换到另一部手机。不是本人做的，请马上改密码并告诉同事",
        "The one-time codes of {whose} were moved to another device by {by}. Not you? Change the password and tell the others at once",
    ),
}
