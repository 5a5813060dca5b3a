"""Why a browser does not store or send a cookie, under Chromium's names, each with a sentence for people."""

from enum import Enum
from typing import Self


class Reason(Enum):
    """A reason against a cookie, named as in Chromium's `net/cookies/cookie_inclusion_status.h`, without EXCLUDE_.

    `cdp` are the names of the DevTools protocol for it (Network.SetCookieBlockedReason, CookieBlockedReason): Chromium 156
    gives the last one. Where there is none, DevTools drops the cookie without a word. `clause` is the section of RFC 6265bis.
    The model gives every reason but those of `NOT_MODELLED`, which are here so that they can be explained.
    """

    cdp: tuple[str, ...]
    sentence: str
    clause: str

    def __init__(self, cdp: str, sentence: str, clause: str) -> None:
        self.cdp = tuple(cdp.split())
        self.sentence = sentence
        self.clause = clause

    NO_COOKIE_CONTENT = ("NoCookieContent", "The line holds neither a name nor a value.", "5.6")
    DISALLOWED_CHARACTER = (
        "DisallowedCharacter",
        "The line holds a control character, such as a tab, a line break or a NUL.",
        "5.6",
    )
    NAME_VALUE_PAIR_EXCEEDS_MAX_SIZE = (
        "NameValuePairExceedsMaxSize",
        "Name and value have more than 4096 octets together.",
        "5.6",
    )
    AMBIGUOUS_SERIALIZATION = (
        "",
        "The cookie has no name and its value holds an equals sign, so it would be sent back as a cookie of another name.",
        "5.7",
    )
    INVALID_DOMAIN = ("InvalidDomain", "The Domain attribute does not fit the host that set the cookie.", "5.7")
    DOMAIN_MISMATCH = ("DomainMismatch", "The cookie belongs to another host.", "5.1.3")
    INVALID_PREFIX = ("InvalidPrefix", "The name starts with a prefix whose conditions the cookie does not meet.", "5.4")
    INVALID_PARTITIONED = (
        "",
        "Partitioned needs Secure, and a response that came over https.",
        "CHIPS, 2.1",
    )
    SECURE_ONLY = ("SecureOnly", "The cookie is Secure, and this goes over plain http.", "5.7, 5.8.3")
    HTTP_ONLY = ("", "The cookie is HttpOnly, so no script can read or write it.", "5.7, 5.8.3")
    OVERWRITE_SECURE = (
        "OverwriteSecure",
        "A Secure cookie of this name exists, and a response over plain http may not replace or hide it.",
        "5.7",
    )
    OVERWRITE_HTTP_ONLY = ("", "An HttpOnly cookie of this name exists, and no script can replace it.", "5.7")
    SAMESITE_NONE_INSECURE = (
        "SameSiteNoneInsecure",
        "SameSite=None needs Secure.",
        "5.7",
    )
    SAMESITE_STRICT = (
        "SameSiteStrict SchemefulSameSiteStrict",
        "The cookie is SameSite=Strict, and this is not within one site.",
        "5.6.7.1, 5.7, 5.8.3",
    )
    SAMESITE_LAX = (
        "SameSiteLax SchemefulSameSiteLax",
        "The cookie is SameSite=Lax, and this is neither within one site nor does it open a page by GET.",
        "5.6.7.1, 5.7, 5.8.3",
    )
    SAMESITE_UNSPECIFIED_TREATED_AS_LAX = (
        "SameSiteUnspecifiedTreatedAsLax SchemefulSameSiteUnspecifiedTreatedAsLax",
        "The cookie says nothing of SameSite, which counts as Lax, "
        "and this is neither within one site nor does it open a page by GET.",
        "5.6.7, 5.7, 5.8.3",
    )
    NOT_ON_PATH = ("NotOnPath", "The request's path is outside the cookie's path.", "5.1.4, 5.8.3")
    USER_PREFERENCES = (
        "UserPreferences",
        "The browser blocks third-party cookies.",
        "5.3, 7.1",
    )

    UNKNOWN_ERROR = ("UnknownError", "Chromium gives no reason.", "")
    FAILURE_TO_STORE = ("SyntaxError", "The line cannot be read, or Clear-Site-Data in the same response forbids cookies.", "5.3")
    NONCOOKIEABLE_SCHEME = ("SchemeNotSupported", "Pages of this scheme (file, data) cannot have cookies.", "5.7")
    DOMAIN_NON_ASCII = ("", "The Domain attribute holds other than ASCII characters.", "5.1.2")
    INVALID_PATH = ("", "The Path attribute is malformed.", "5.6.4")
    ATTRIBUTE_VALUE_EXCEEDS_MAX_SIZE = ("", "An attribute's value has more than 1024 octets.", "5.6")
    THIRD_PARTY_PHASEOUT = (
        "ThirdPartyPhaseout",
        "Chromium's trial without third-party cookies blocks it: it belongs to another site than the page.",
        "5.3, 7.1",
    )
    THIRD_PARTY_BLOCKED_WITHIN_FIRST_PARTY_SET = (
        "ThirdPartyBlockedInFirstPartySet",
        "The browser blocks third-party cookies; both sites are of one related set, so the Storage Access API can ask for it.",
        "5.3, 7.1",
    )
    ANONYMOUS_CONTEXT = (
        "AnonymousContext",
        "A credentialless iframe sees only cookies of its own partition.",
        "5.3",
    )
    PORT_MISMATCH = ("PortMismatch", "The cookie is bound to another port (an experiment of Chromium).", "8.5")
    SCHEME_MISMATCH = ("SchemeMismatch", "The cookie is bound to another scheme (an experiment of Chromium).", "8.5")
    SHADOWING_DOMAIN = (
        "",
        "A cookie of the host itself has the same name as this one for the domain (an experiment of Chromium).",
        "8.6",
    )

    @property
    def chromium(self) -> str:
        """Chromium's own name, as its net log writes it."""
        return f"EXCLUDE_{self.name}"

    @property
    def devtools(self) -> str | None:
        """The name that Chromium's DevTools protocol reports today, or None if it reports none."""
        return self.cdp[-1] if self.cdp else None

    @classmethod
    def from_name(cls, name: str) -> Self:
        """The reason of a DevTools or net log name: "SameSiteLax", "EXCLUDE_SAMESITE_LAX". Raises KeyError for another name."""
        for reason in cls:
            if name == reason.chromium or name in reason.cdp:
                return reason
        raise KeyError(name)


NOT_MODELLED = frozenset(
    {
        Reason.UNKNOWN_ERROR,
        Reason.FAILURE_TO_STORE,
        Reason.NONCOOKIEABLE_SCHEME,
        Reason.DOMAIN_NON_ASCII,
        Reason.INVALID_PATH,
        Reason.ATTRIBUTE_VALUE_EXCEEDS_MAX_SIZE,
        Reason.THIRD_PARTY_PHASEOUT,
        Reason.THIRD_PARTY_BLOCKED_WITHIN_FIRST_PARTY_SET,
        Reason.ANONYMOUS_CONTEXT,
        Reason.PORT_MISMATCH,
        Reason.SCHEME_MISMATCH,
        Reason.SHADOWING_DOMAIN,
    }
)
"""Reasons of Chromium that no http(s) response of a page meets with its default settings."""


class Caution(Enum):
    """Why a cookie that is accepted here may not be elsewhere, or later; named as in Chromium, without WARN_."""

    sentence: str

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    ATTRIBUTE_VALUE_EXCEEDS_MAX_SIZE = "An attribute's value has more than 1024 octets, so the attribute is ignored."
    DOMAIN_NON_ASCII = "The Domain attribute holds other than ASCII characters, which some browsers refuse; write it in punycode."
    SECURE_ACCESS_GRANTED_NON_CRYPTOGRAPHIC = (
        "The cookie is Secure and goes over plain http, as only localhost may; Safari refuses it."
    )
    SAMESITE_UNSPECIFIED_LAX_ALLOW_UNSAFE = (
        "The cookie goes along with a POST from another site only because it is not two minutes old and says nothing of SameSite."
    )
    CROSS_SITE_REDIRECT_DOWNGRADE_CHANGES_INCLUSION = (
        "The request was redirected through another site. Chromium overlooks that; RFC 6265bis, 5.2, does not."
    )
    THIRD_PARTY_PHASEOUT = (
        "The cookie belongs to another site than the page: private windows, Safari, Firefox and Brave block or separate it."
    )

    @property
    def chromium(self) -> str:
        """Chromium's own name, as its net log writes it."""
        return f"WARN_{self.name}"
