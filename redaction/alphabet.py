"""Letters, digits and separators: the tables for searching people in texts, as data.

Two readers use them: `redaction.contacts`, and the database through `sql/schema/code/recognition.sql`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from html.entities import name2codepoint

from redaction.resources import find_file

INVISIBLE = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u07fa\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20f0\ua66f-\ua672\ua674-\ua67d"
    r"\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Accents and vowel points after decomposition, and invisible characters: a class for both kinds of regular
expression."""
SEPARATOR = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u02c2-\u02c5\u02d2-\u02eb\u02ed\u02ef-\u02ff"
    r"\u0375\u03f6\u0482\u055a-\u055f\u0589-\u058f\u05be\u05c0\u05c3\u05c6\u05f3-\u060f\u061b-\u061f\u066a-\u066d"
    r"\u06d4\u06dd-\u06de\u06e9\u06fd-\u06fe\u0700-\u070f\u07f6-\u07f9\u07fe-\u07ff\u0830-\u083e\u085e\u0888"
    r"\u0890-\u0891\u08e2\u0964-\u0965\u0970\u09f2-\u09f3\u09fa-\u09fb\u09fd\u0a76\u0af0-\u0af1\u0b70\u0bf3-\u0bfa"
    r"\u0c77\u0c7f\u0c84\u0d4f\u0d79\u0df4\u0e3f\u0e4f\u0e5a-\u0e5b\u0f01-\u0f17\u0f1a-\u0f1f\u0f34\u0f36\u0f38"
    r"\u0f3a-\u0f3d\u0f85\u0fbe-\u0fc5\u0fc7-\u0fda\u104a-\u104f\u109e-\u109f\u10fb\u1360-\u1368\u1390-\u1399\u1400"
    r"\u166d-\u166e\u1680\u169b-\u169c\u16eb-\u16ed\u1735-\u1736\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a\u180e"
    r"\u1940-\u1945\u19de-\u19ff\u1a1e-\u1a1f\u1aa0-\u1aa6\u1aa8-\u1aad\u1b5a-\u1b6a\u1b74-\u1b7e\u1bfc-\u1bff"
    r"\u1c3b-\u1c3f\u1c7e-\u1c7f\u1cc0-\u1cc7\u1cd3\u200b-\u20c0\u2104-\u212e\u213a-\u214d\u214f\u218a-\u244a"
    r"\u2500-\u2775\u2794-\u2bff\u2ce5-\u2cea\u2cf9-\u2cfc\u2cfe-\u2cff\u2d70\u2e00-\u2e2e\u2e30-\u3004\u3008-\u3020"
    r"\u3030\u3037\u303d-\u303f\u30a0\u30fb\u3190-\u3191\u31c0-\u31e3\u327f\u4dc0-\u4dff\ua490-\ua4c6\ua4fe-\ua4ff"
    r"\ua60d-\ua60f\ua673\ua67e\ua6f2-\ua716\ua720-\ua721\ua789-\ua78a\ua828-\ua82b\ua836-\ua839\ua874-\ua877"
    r"\ua8ce-\ua8cf\ua8f8-\ua8fa\ua8fc\ua92e-\ua92f\ua95f\ua9c1-\ua9cd\ua9de-\ua9df\uaa5c-\uaa5f\uaa77-\uaa79"
    r"\uaade-\uaadf\uaaf0-\uaaf1\uab5b\uab6a-\uab6b\uabeb\ue000-\uf8ff\ufbb2-\ufdff\ufe45-\ufe46\ufeff-\ufffd"
    r"\U0001f000-\U0001f0f5\U0001f10d-\U0001faf6\U000f0000-\U0010ffff"
)
"""Separators of words: everything that Unicode calls neither letter, nor mark, nor number, after decomposition."""
SPACELESS = r"\u0e00-\u0eff\u1100-\u11ff\u3005-\u3007\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u9fff"
"""Letters of scripts without spaces between words, with their syllables decomposed."""
DASHES = r"(?<=[0-9]) *[\u30fc\u4e00\u1173][ \u30fc\u4e00\u1173]*(?=[0-9])"
"""Letters that stand for a dash between digits, after decomposition: the long mark of katakana, the Chinese number one
and a Korean vowel.
"""
APART = rf"{SPACELESS}\u05d0-\u05ea\u0620-\u064a"
"""Letters that Latin ones stand next to without a space, though not in a word: those, Hebrew and Arabic."""
COMMON_CONTACTS, COMMON_DAYS, LATEST = 20, 3, 2_000
"""Names count as words of the business if this many other contacts, on this many days, have them in a text, among
the latest activities of the account. `docs/explanation/contacts.md` says how that was measured.
"""
ENCODED = (
    r"(?:%[0-9A-Fa-f]{2})+|%u[0-9A-Fa-f]{4}|&[A-Za-z0-9]{2,8};"
    r"|&#[0-9]{1,7}(?:;|(?![0-9]))|&#[xX][0-9A-Fa-f]{1,6}(?:;|(?![0-9A-Fa-f]))"
    r"|=\?[A-Za-z0-9_.:*+-]+\?(?:[Bb]\?[A-Za-z0-9+/]+={0,2}|[Qq]\?[ ->@-~]+)\?="
)
"""A run of URL octets, a character escaped the old way, an HTML character, or an encoded word of a mail (RFC 2047)."""
CALLING_CODE = (
    "1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
    "|(?:2[1-689]|3[578]|42|5[09]|6[7-9]|8[035789]|9[679])[0-9]"
)
"""The calling codes of countries (ITU-T E.164)."""
NUMBER_SPELLINGS = (
    # Argentina: within the country a mobile number has 15 after the area code, which has two to four digits.
    (r"549?([0-9]{2})([0-9]{8})", r"\115\2"),
    (r"549?([0-9]{3})([0-9]{7})", r"\115\2"),
    (r"549?([0-9]{4})([0-9]{6})", r"\115\2"),
    # Brazil: without the ninth digit. Ivory Coast and Benin: without the two digits that they put before numbers.
    (r"55([1-9][0-9])9([6-9][0-9]{7})", r"\1\2"),
    (r"225(?:01|05|07)([0-9]{8})", r"\1"),
    (r"22901([0-9]{8})", r"\1"),
)
"""Numbers in E.164, and the digits of another spelling of the same subscriber."""
MADE_UP = ("0000000", "9999999")
"""The last digits of a number that people type to give none."""
LONG_NUMBER = 9
"""National digits from which on a number is in other digits by no chance."""
OLD_CODES = "5[245]"
"""The calling codes of countries that write a number in several ways with its code, too."""
TRUNKS = (("36", "6"), ("370", "8"), ("692", "1"), ("993", "8"))
"""Calling codes of countries with short numbers, and what people dial before them within the country: other countries
dial nothing or a zero.
"""
CARD = "4|5|6|3[0-9]|2[2-7]"
"""First digits of payment card numbers (ISO/IEC 7812)."""
SECURITY_NUMBER = (
    r"(?<![a-z0-9])(?:ssn|s s n|soc(?:ial)? ?sec(?:urity)?)(?: ?(?:number|num|no|nbr|nr|id))?(?: is)? ?"
    r"([0-9](?: ?[0-9]){8})(?![0-9])"
)
"""The digits of a US social security number behind its name, in a folded text, however they are grouped."""
_FURTHER = (
    r"[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2014\u2018-\u201a"
    r"\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
"""An octet of UTF-8 after the first one, as Latin-1 or Windows-1252 read it."""
DAMAGED = (
    rf"[\u00c2-\u00df]{_FURTHER}|[\u00e0-\u00ef]{_FURTHER}{{2}}|[\u00f0-\u00f4]{_FURTHER}{{3}}|\\u[0-9A-Fa-f]{{4}}"
)
"""A letter that another system has damaged: its octets read as letters, or its escape of JSON."""
NUMBER = r"[+(]*[0-9][0-9 ().+/-]{5,}[0-9]"
"""What is cut out of a text as a number: seven characters or more, from digit to digit."""
NO_NUMBER = (
    r"(?<![0-9])(?<![0-9][0-9][ ./()+-])(?:"
    r"(?:(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[1-9]|[12][0-9]|3[01])/(?:0[1-9]|[12][0-9]|3[01])/(?:19|20)[0-9]{2})"
    r"(?:[ T][0-2][0-9]:[0-5][0-9](?::[0-5][0-9])?)?"
    r")(?![0-9])(?![ ./()+-]*[0-9]{2})"
    r"|GA1[.][0-9]{1,2}[.][0-9]{6,10}[.]1[0-9]{9}(?![0-9])"
)
"""Digits together that nobody is called by: a date, with or without a time; an id of a browser (Google Analytics)."""
ADDRESS = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
"""What is cut out of a text as an e-mail address."""
SPELLED_AT = r"(?<! ) *[(\[{<\uff08\uff3b] *[Aa][Tt] *[)\]}>\uff09\uff3d] *|(?<! ) +[Aa][Tt] +(?=[^ ]+ +[Dd][Oo][Tt] )"
SPELLED_DOT = r"(?<! ) *[(\[{<\uff08\uff3b] *[Dd][Oo][Tt] *[)\]}>\uff09\uff3d] *|(?<! ) +[Dd][Oo][Tt] +"
"""An @ and a dot of an address that is written for people: `jane (at) x.example`, `jane at x dot example`. They
read many blanks once, not from each.
"""
MAYBE_SPELLED = r"[Aa][Tt] *[)\]}>\uff09\uff3d]|[Dd][Oo][Tt] *[ )\]}>\uff09\uff3d]"
"""What a text with one of these has; the search for it is fast."""
HOST_END = r"[.]((ac|co|com|edu|gov|net|org)[.][a-z]{2}|[^.]*)$"
"""The last part of a host, with the second-level part that many countries have."""
ANY_ADDRESS = r"[^@ ]@[^@ ]+\.[^@ .]"
"""The mark by which an e-mail address is found."""
SPELLED_OUT: Mapping[str, str] = dict(zip("ßẞæÆœŒþÞ", ("ss", "ss", "ae", "ae", "oe", "oe", "th", "th"), strict=True))
"""Letters that may be written as two."""
TWO_LETTERS: Mapping[str, str] = dict(zip("äöüøåÄÖÜØÅ", ("ae", "oe", "ue", "oe", "aa") * 2, strict=True))
"""Letters that people write as two, or without their accent: both spellings are searched for."""
OTHER_SCRIPT = r"\u0370-\u03ff\u0400-\u052f\u1f00-\u1fff"
"""Letters of Greek and Cyrillic, which are also written in Latin letters."""
_ROMANIZED = r"""
a=a б=b b=b|v|w|ff? г=g[hu]?|h|[dg]j ґ=g д=d e=e|[yji][eo]|o є=[yij]?e ж=s?ch|sh|zh|j|z|g з=z|s и=[iyje] ии=[iyj]{1,2}
i=i|y|[yj]i|ii j=[jyi] k=c?k|c kc=x|[kc]s л=ll? m=mm? h=nn?|[hie] o=o|a п=pp? p=rr?|er|p c=ss?|c t=tt?
y=ou?|u|y|w|v|i|f ф=ff?|ph x=[kc]?h|x|k ц=t[sczh]|c|cz|z ч=t?s?ch|cz? ш=s?ch|s[hz]? щ=sh?ch|sc|schtsch|chtch ъ=ie|y|
ы=[yiu] ыи=[yi]{1,2} ь=[iyj]| э=e ю=[yji]?ou|[yji]?u|yo я=[yji]?a|ea ђ=dj|d|gj љ=l[jy]? њ=n[jy]? ћ=ch?|tj џ=d[zjh]?h?
s=s w=w q=q ә=a|ae|e ғ=gh? қ=k|q ң=ng? ө=oe? ү=ue?
γ=gh?|y|j|i γi=[gj]?[yi]|yi|[gj] γγ=ng|gg? γk=n?[gk]|gk δ=dh?|th z=z|s θ=th|t λ=ll? mπ=m?[bp] n=nn? nt=n?d|nt ξ=x|ks
oy=ou?|u|oy π=pp? σ=ss?|z ay=a[vfuy] ey=e[vfuy] φ=f|ph ψ=ps ω=[ow] ai=ai|ae|e ei=ei|i oi=oi|i
"""
ROMANIZED: Mapping[str, str] = dict(pair.split("=") for pair in _ROMANIZED.split())
"""How each letter, or pair of letters, is written in Latin letters: alternatives of a pattern. First Cyrillic, then
Greek, each after folding, which gives Latin letters for those that look alike.
"""
_PEOPLE = r"[&＆/／;；、|｜+\n\r\t(\[<:：•\\–—]"
_NICKNAME = ' ["\u201c\u201e\u00ab\u2018]'
"""The beginning of a nickname between two other names."""
BETWEEN_PEOPLE = (
    rf"{_PEOPLE}|{_NICKNAME}| - | (?:and|e|en|et|i|ja|og|och|oder|or|ou|und|ve|y|и|И|та|Та|ТА|или|або|και|ΚΑΙ|Και"
    r"|with|w/|c/o|con|mit|avec|plus|aka|u\.|o\.|née|for|via) "
)
"""Separators of two people in one name. A comma is none of them, since it separates the names of one person."""
_NO_LETTER = r"\u0001-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f"
JOINT = rf"(?<=[^{_NO_LETTER}])[\u0027\u002d\u2010\u2011\u2019](?=[^{_NO_LETTER}])"
"""A hyphen or an apostrophe within a name, which a text may leave out: `Smith-Jones`, `Min-su`."""
FULL_BEFORE_FULL = "[^ ][^ ]+ +[^ ][^ ][^,]*, *[^ ][^ ]+ +[^ ][^ ]"
"""A comma between two full names."""
MAYBE_SEVERAL = rf"{_PEOPLE}|{_NICKNAME}| .+ .+ | [^,]*, *[^ ]+ +[^ ]"
"""What a name has in which one of them is found; the search for it is fast."""
MAYBE_NAME_FIELD = (
    r"[^ -~]|\\u|n[^a-z0-9]*[ao][^a-z0-9]*a?[^a-z0-9]*m|first|famil|imi"
    r'|(?:person|partner|partnerin|patient|meno|prijmeni|prezime|soyadi?|navn|nev|nume|ten)[^a-z]*"'
)
"""What custom fields have, as text, if a field of them may say a name; the search for it is fast."""
FIELD_VALUES = ("value", "values", "answer", "response", "string_value")
"""The keys of a field's value in a list of fields."""
FIELD_TEXTS = ("val", "v", "text")
"""The same, in an object that has no other keys than those of a field."""
FIELD_CALLED = ("id", "key", "name", "label", "field", "title", "question", "column_name", "column_id", "k", "caption")
"""What a field may be called by in a list of fields with their values."""
FIELD_KEYS = (*FIELD_VALUES, *FIELD_TEXTS, *FIELD_CALLED, "type", "required", "order", "position", "ref", "questionId")
"""The keys of a field."""
FIELD_NAMES = ("name", "fullname", "full_name")
"""The types of fields with a person's name."""
FIELD_LINES = r"\r?\n|, ?(?=[^,:\n]{1,40}:)"
"""What separates the fields of a form that is a text."""
FIELD_LINE = r"[ \t]*([^ \t:\n][^:\n]{0,39}):[ \t]*([^\n]*)"
"""A field of a form that is a text: its name and its value."""
FIELD_PREFIX = r"^(?:\[?[a-z0-9_-]*(?:form|field|data|input|submission|answer|custom)[a-z0-9_-]*\]?(?=\[))+"
"""What the name of a field begins with and does not mean: `form_fields` in `form_fields[name]`."""
FIELD_ENDING = (
    "(?:[0-9]+|required|optional|mandatory|pflichtfeld|erforderlich|obligatoire|requis|obbligatorio|obligatorio|requerido"
    "|obrigatorio|verplicht)+$"
)
"""What the name of a field, without separators, ends with and does not mean."""
CONTACTS = r"<[^>]*>?|\S*[@:]\S*|[+(]*[0-9][0-9 ().+/-]*"
"""Addresses and numbers, with what is between the digits, next to which a name may be."""
MOST_NUMBER = 17
"""Characters of almost every number, with its separators."""
_STROKED = dict(zip("øØłŁđĐðÐħĦıŧŦ", "oollddddhhitt", strict=True))
_LETTERS = (*range(0x80, 0x1000), *range(0x1C90, 0x1CC0), *range(0x1D00, 0x2000), 0xA730, 0xA731)
_ALIKE = dict(
    zip(
        "авекмнорстухіјѕһԁԛԝӏαβεζηικμνορτυχᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡıىةکی",
        "abekmhopctyxijshdqwlabezhikmnoptyxabcdefghijklmnoprstuvwyzagiيهكي",
        strict=True,
    )
)
"""Letters that look like a Latin one, in one of their cases, and Arabic letters that stand for another."""


@cache
def letter_cases() -> Mapping[str, str]:
    """Return the letters and digits that are written as others, except those of ASCII."""
    # Hiragana as katakana.
    found = {**_STROKED, **{chr(code): chr(code + 0x60) for code in range(0x3041, 0x3097)}}
    dropped = re.compile(f"[{INVISIBLE}]")
    for letter in map(chr, _LETTERS):
        if unicodedata.normalize("NFKD", letter) != letter or dropped.match(letter) or letter in SPELLED_OUT:
            continue
        if unicodedata.category(letter) == "Nd":
            found[letter] = str(unicodedata.digit(letter))
            continue
        low = dropped.sub("", unicodedata.normalize("NFKD", letter.casefold()))
        low = _ALIKE.get(low, low)
        if len(low) == 1 and low != letter:
            found.setdefault(letter, low)
    return found


@cache
def latin_letters() -> Mapping[str, str]:
    """Return accented Latin letters, and letters that look like Latin ones, with their plain letters, in both cases."""
    found = {letter: low for letter, low in letter_cases().items() if low.isascii() and low.isalpha()}
    for letter in map(chr, range(0xC0, 0x180)):
        plain = re.sub(f"[{INVISIBLE}]", "", unicodedata.normalize("NFKD", letter))
        if len(plain) == 1 and plain.isascii() and plain.isalpha():
            found[letter] = plain
    return found


@cache
def entities() -> Mapping[str, str]:
    """Return the characters that HTML 4 has names for, by name, and those of addresses that HTML 5 has."""
    added = {"apos": "'", "commat": "@", "period": ".", "lowbar": "_", "plus": "+"}
    return {**added, **{name: chr(code) for name, code in name2codepoint.items()}}


@cache
def common_words() -> frozenset[str]:
    """Return the common words of call tracking, which are nobody's name."""
    return _read_words("common_words")


@cache
def name_words() -> frozenset[str]:
    """Return the words of a full name that identify nobody: particles, titles, suffixes."""
    return _read_words("name_words")


@cache
def name_labels() -> frozenset[str]:
    """Return the words before a name that may be no part of it, those of call tracking too."""
    return _read_words("name_labels") | common_words()


@cache
def name_fields() -> tuple[tuple[str, ...], ...]:
    """Return the letters of the names of fields that say a name: each in one field, or in its parts."""
    return tuple(tuple(line.split()) for line in _read_lines("name_fields"))


@cache
def field_types() -> frozenset[str]:
    """Return the types by which fields of forms say that they ask for a number or an address."""
    return _read_words("field_types")


@cache
def beside_a_name() -> str:
    """Return the pattern of initials and such words, each with the space after it, that may be within a name."""
    return rf"(?:[^ \n] |(?:{'|'.join(sorted(name_words()))}) )*"


def _read_words(name: str) -> frozenset[str]:
    return frozenset(word for line in _read_lines(name) for word in line.split())


def _read_lines(name: str) -> list[str]:
    lines = find_file(f"contacts/{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]
