"""Numbers and addresses of the business in forms and custom fields: they are nobody's contact."""

from __future__ import annotations

from typing import Any

import pytest

from redaction.source.rows import CallSettings, build_row

CALL = {"id": 1, "account_id": 7, "unix_time": 1_772_400_000}


def _form(form: Any) -> dict[str, Any]:
    return build_row({**CALL, "kind": "form", "form": form}, {7: CallSettings()})


OF_THE_BUSINESS = """Store Phone/Office Email/Dealer Phone/dealerPhone/storephone/Technician Mobile/Contact Owner Email
Attorney email/Tracking Phone/Called phone/Agent phone/Company phone/Branch telephone/Location phone/Clinic Phone
Support e-mail/Sales Phone/Property Manager Phone/Sales rep email/Business Phone/owner_email/Phone (store)
Dealer's mobile/Filialtelefon/Telefon der Filiale/Bürotelefon/E-Mail der Firma/Händler-Telefon/Téléphone de l'agence
Mail du magasin/Teléfono de la tienda/Correo de la oficina/Telefono del punto vendita/Email azienda/Telefone da loja
Telefoon winkel/Telefon biura/Телефон магазина""".replace("\n", "/").split("/")
OF_THE_CONTACT = """Work phone/Mobile/Contact phone/Customer phone/Customer Email/Homeowner phone/Home office phone
Your office phone/Pet owner phone/Salesforce Phone/Phone (best or evening)/Confirma tu teléfono/Telefon (geschäftlich)
Ihre Firmentelefonnummer/My business phone/Phone number, so that our team can call back/E-mail confirmation""".replace(
    "\n", "/"
).split("/")


@pytest.mark.parametrize("field", ["form", "custom_fields"])
@pytest.mark.parametrize("name", OF_THE_BUSINESS)
def test_a_number_of_the_business_is_no_contact(name: str, field: str) -> None:
    """Five callers with the number of one store are not one person."""
    for held in ({name: "212 555 0143"}, {name: "ann@x.example"}, [{"label": name, "value": "212 555 0143"}]):
        assert "contact_key" not in build_row({**CALL, field: held}, {7: CallSettings()})


@pytest.mark.parametrize("name", OF_THE_CONTACT)
def test_a_number_that_is_called_by_a_word_of_the_business_may_be_the_contacts(name: str) -> None:
    assert _form({name: "212 555 0143"}).get("contact_key") or _form({name: "ann@x.example"}).get("contact_key")


@pytest.mark.parametrize("name", ["Store", "dealer_info", "agent", "Sales rep", "Filiale"])
def test_an_object_of_the_business_has_no_contact(name: str) -> None:
    held = {"phone": "212 555 0143", "email": "ann@x.example"}
    for form in ({name: held}, {name: [{"name": "phone", "value": "212 555 0143"}]}, {name: [held]}):
        assert "contact_key" not in _form(form)
    assert _form({"Store customer": held})["contact_key"] == "+12125550143"


@pytest.mark.parametrize("field", ["form", "custom_fields"])
def test_a_number_of_the_account_is_no_contact_in_a_form(field: str) -> None:
    sent = {**CALL, "tracking_number": "+18005550100", "tracking_label": "Line 800-555-0100"}
    for held in ("8005550100", "(800) 555-0100", ["+18005550100"]):
        row = build_row({**sent, field: {"phone": held, "mobile": "2125550143"}}, {7: CallSettings()})
        assert (row["contact_key"], row.get("contact_keys")) == ("+12125550143", None)
        assert (row["tracking_number"], row["tracking_label"]) == ("+18005550100", "Line 800-555-0100")
    settings = CallSettings(by_number={"+18005550199": (True, True)})
    assert "contact_key" not in build_row({**sent, field: {"phone": "800 555 0199"}}, {7: settings})
