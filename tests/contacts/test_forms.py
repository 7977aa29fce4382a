"""Forms whose fields are named as their makers name them: who is known by them, and named in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from redaction.alphabet import MAYBE_NAME_FIELD, name_fields
from redaction.contacts.contacts import contact_key
from redaction.errors import BadInput
from redaction.source.forms import letters_of
from redaction.source.named import names_in_fields
from redaction.source.rows import CallSettings, build_row

CALL = {"id": 1, "account_id": 7, "unix_time": 1_772_400_000}


def _row(form: Any, **sent: Any) -> dict[str, Any]:
    return build_row({**CALL, "kind": "form", "form": form, **sent}, {7: CallSettings()})


@pytest.mark.parametrize(
    "name",
    [
        *(
            "phone-1",
            "N° de téléphone",
            "Votre téléphone",
            "Portable",
            "Mobiltelefon",
            "Rufnummer",
            "Contact no.",
            "phone_2",
        ),
        *(
            "Phone (mobile)",
            "Daytime phone",
            "Best number to reach you",
            "input_phone",
            "電話番号",
            "tel-123",
            "homePhone",
        ),
        *(
            "What is your phone number?",
            "Номер телефона",
            "전화번호",
            "رقم الهاتف",
            "Telefonszám",
            "携帯電話",
            "contact",
        ),
    ],
)
def test_a_field_asks_for_a_number_by_a_stem_of_its_name(name: str) -> None:
    for form in (
        {name: "212 555 0143"},
        [{"label": name, "value": "2125550143"}],
        {name: {"a": "212", "n": "5550143"}},
    ):
        assert _row(form, source="Ad 2125550143")["contact_key"] == "+12125550143"
        assert _row(form, source="Ad 2125550143")["source"] == "Ad [redacted]"
    call = {**CALL, "custom_fields": {name: "212 555 0143"}}
    assert build_row(call, {7: CallSettings()})["contact_key"] == "+12125550143"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Your Email Address",
            "email_2",
            "email-123",
            "Votre e-mail",
            "E-Mail (privat)",
            "Indirizzo email",
            "contact",
        ),
        *(
            "email confirmation",
            "メールアドレス",
            "What is your e-mail?",
            "Adres e-mail",
            "Электронная почта",
            "E-posta",
            "이메일",
        ),
    ],
)
def test_a_field_asks_for_an_address_by_a_stem_of_its_name(name: str) -> None:
    assert _row({name: "Jane@x.example"}, source="Ad jane@x.example")["contact_key"] == "jane@x.example"
    assert _row({name: "Jane@x.example"}, source="Ad jane@x.example")["source"] == "Ad [redacted]"


@pytest.mark.parametrize(
    "name",
    ["friend_phone", "Emergency contact phone", "agent_email", "_recipient_email", "hotel", "order", "Handicap", "cc"],
)
def test_a_field_of_somebody_else_or_of_something_else_is_no_contact(name: str) -> None:
    assert "contact_key" not in _row({name: "212 555 0143"})
    assert "contact_key" not in _row({name: "ann@x.example"})


@pytest.mark.parametrize(
    "address",
    ["none@none.com", "NoEmail@noemail.com", "na@na.com", "test@test.com", "noreply@clinic.example", "no@email.com"],
)
def test_an_address_that_is_written_to_have_none_is_nobody(address: str) -> None:
    assert "contact_key" not in _row({"email": address})
    assert "contact_key" not in _row({}, email=address)
    assert _row({"email": address, "phone": "2125550143"})["contact_key"] == "+12125550143"
    with pytest.raises(BadInput):
        contact_key(address, "US")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"Email": "Jane@x.example"}, ["jane@x.example"]),
        ({"email_address": "jane@x.example"}, ["jane@x.example"]),
        ({"E-Mail Address": "jane@x.example"}, ["jane@x.example"]),
        ({"your-email": "jane@x.example"}, ["jane@x.example"]),
        ({"custom": [{"id": "email", "value": "jane@x.example"}]}, ["jane@x.example"]),
        ({"custom": [{"id": "f1", "label": "Email", "value": ["jane@x.example"]}]}, ["jane@x.example"]),
        ({"custom": {"Email": "jane@x.example"}}, ["jane@x.example"]),
        ({"Phone Number": "212-555-0143"}, ["+12125550143"]),
        ({"mobile": 2125550143}, ["+12125550143"]),
        ({"your-phone": "2125550143"}, ["+12125550143"]),
        (
            {"custom": [{"id": "phone", "value": "2125550143"}, {"id": "mobile", "value": "2125550144"}]},
            ["+12125550143", "+12125550144"],
        ),
        ({"phone": "2125550143", "custom": [{"id": "phone", "value": "2125550144"}]}, ["+12125550143", "+12125550144"]),
        # Forms of other makers: lists of names and values, JSON and a query as text, further names of fields.
        ({"fields": [{"name": "email", "value": "jane@x.example"}]}, ["jane@x.example"]),
        ([{"name": "email", "value": "jane@x.example"}, {"name": "x", "value": "y"}], ["jane@x.example"]),
        ([{"label": "Phone", "answer": "(212) 555-0143"}], ["+12125550143"]),
        ([{"email": "jane@x.example"}], ["jane@x.example"]),
        ({"answers": [{"type": "email", "email": "jane@x.example"}]}, ["jane@x.example"]),
        ('{"email": "jane@x.example"}', ["jane@x.example"]),
        ('[{"name": "email", "value": "jane@x.example"}]', ["jane@x.example"]),
        ("name=Jane&email=jane%40x.example", ["jane@x.example"]),
        ({"work_email": "jane@x.example"}, ["jane@x.example"]),
        ({"Correo electrónico": "jane@x.example"}, ["jane@x.example"]),
        ({"E-Mail-Adresse": "jane@x.example"}, ["jane@x.example"]),
        ({"contact_phone": "212-555-0143"}, ["+12125550143"]),
        ({"Téléphone": "+33 6 12 34 56 78"}, ["+33612345678"]),
        ("see jane@x.example", []),
        ("a=b", []),
        ({"friend_email": "ada@x.example", "order": "2125550143"}, []),
        ({"custom": [{"id": "email"}, "email", None, {"value": "ada@x.example"}]}, []),
    ],
)
def test_a_form_says_who_its_sender_is(form: Any, expected: list[str]) -> None:
    row = _row(form)
    assert (row.get("contact_keys") or [key for key in (row.get("contact_key"),) if key]) == expected


@pytest.mark.parametrize(
    "form",
    [
        *(
            {"Name": "Jane Doe"},
            {"full_name": "Jane Doe"},
            {"your-name": "Jane Doe"},
            {"firstname": "Jane", "lastname": "Doe"},
        ),
        *({"First Name": "Jane", "Last Name": "Doe"}, {"custom": [{"id": "name", "value": "Jane Doe"}]}),
        {"custom": [{"id": "first_name", "value": "Jane"}, {"id": "last_name", "value": "Doe"}]},
        [{"name": "firstname", "value": "Jane"}, {"name": "lastname", "value": "Doe"}],
        '{"name": "Jane Doe"}',
        {"fname": "Jane", "lname": "Doe"},
        {"Name": "Jane", "Surname": "Doe"},
        {"given_name": "Jane", "family_name": "Doe"},
        {"Vorname": "Jane", "Nachname": "Doe"},
        {"Nombre": "Jane", "Apellidos": "Doe"},
        {"Prénom": "Jane", "Nom": "Doe"},
        {"Contact Name": "Jane Doe"},
    ],
)
def test_a_name_in_a_form_is_cut_out_of_texts(form: Any) -> None:
    assert _row(form, source="Jane Doe line")["source"] == "[redacted] line"


@pytest.mark.parametrize(
    "sent",
    [
        {"email": "Jane Doe <jane@x.example>"},
        {"email": '"Doe, Jane" <jane@x.example>'},
        {"emails": [{"name": "Jane Doe", "email": "jane@x.example"}]},
        {"caller_number": "Jane Doe <+12125550143>"},
        {"caller_number": '"Jane Doe" <sip:+12125550143@pbx.example>'},
        {"caller_number": "Jane Doe +12125550143"},
        {"caller_number": "(212) 555-0143 (Jane Doe)"},
    ],
)
def test_a_name_beside_an_address_or_number_is_cut_out_of_texts(sent: Any) -> None:
    row = build_row({**CALL, **sent, "source": "Jane Doe line"}, {7: CallSettings()})
    assert row["source"] == "[redacted] line"


@pytest.mark.parametrize("text", ["jane@pbx.example", "Jane@PBX.example", "jane%40pbx.example"])
def test_a_user_of_sip_is_cut_out_of_texts(text: str) -> None:
    row = build_row({**CALL, "caller_number": "sip:jane@pbx.example", "source": f"for {text}"}, {7: CallSettings()})
    assert row["source"] == "for [redacted]"


def test_an_address_in_a_form_is_cut_out_of_texts() -> None:
    assert (
        _row({"custom": [{"id": "email", "value": "jane@x.example"}]}, source="for jane@x.example")["source"]
        == "for [redacted]"
    )


ONE = """Your name (required)/name-1/Name 2*/Contact person/Ansprechpartner/Ihr Name/Nombre y apellido
Nom et prénom/Naam/Teljes név/Ad Soyad/Họ và tên/Nama/ФИО/Ονοματεπώνυμο/氏名/お名前/姓名/이름/성함/الاسم/שם/नाम/ชื่อ
patient/spouse_name/What is your name?
IMIĘ I NAZWISKO""".replace("\n", "/").split("/")
TWO = [
    "billing_first_name+billing_last_name",
    "Prénom+Nom_de_famille",
    "Förnamn+Efternamn",
    "Jméno+Příjmení",
    "Имя+Фамилия",
    "姓+名",
    "patient_first+patient_last",
    "first_name_1+last_name_1",
]
NAMED: tuple[Any, ...] = (
    *({called: "Jane Wills"} for called in ONE),
    *(dict(zip(called.split("+"), ("Jane", "Wills"), strict=True)) for called in TWO),
    [{"question": "What is your name?", "answer": "Jane Wills"}],
    {"user_column_data": [{"column_name": "Full Name", "string_value": "Jane Wills", "column_id": "FULL_NAME"}]},
    {
        "user_column_data": [
            {"string_value": text, "column_id": called}
            for called, text in (("FIRST_NAME", "Jane"), ("LAST_NAME", "Wills"))
        ]
    },
)


@pytest.mark.parametrize("form", NAMED)
@pytest.mark.parametrize("field", ["form", "custom_fields"])
def test_a_field_is_called_a_name_in_many_ways(form: Any, field: str) -> None:
    row = build_row({**CALL, field: form, "source": "Jane Wills ad"}, {7: CallSettings()})
    assert row["source"] == "[redacted] ad"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("form", NAMED)
def test_the_database_finds_the_names_of_the_same_fields(sql: Callable[..., list[dict[str, Any]]], form: Any) -> None:
    [found] = sql(
        "SELECT redaction.names_in_fields(f.form) AS names, CAST(f.form AS text) ~* :maybe AS maybe"
        " FROM (SELECT CAST(:form AS jsonb) AS form) f",
        form=orjson.dumps(form).decode(),
        maybe=MAYBE_NAME_FIELD,
    )
    assert found["maybe"]
    assert set(found["names"]) == set(names_in_fields(form))
    assert "Jane Wills" in found["names"]


def test_the_list_of_names_of_fields_is_folded() -> None:
    """The database compares them as they stand there."""
    assert [parts for parts in name_fields() if parts != tuple(map(letters_of.__getitem__, parts))] == []


@pytest.mark.parametrize("parts", name_fields())
def test_every_field_of_the_list_passes_the_quick_search(parts: tuple[str, ...]) -> None:
    held = orjson.dumps(dict.fromkeys(parts, "x")).decode().replace(":", ": ")
    assert re.search(MAYBE_NAME_FIELD, held, re.IGNORECASE)
