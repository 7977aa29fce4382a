"""Words that the sample data is made of."""

from __future__ import annotations

FIRST = (
    "Zoë",
    "José",
    "Anaïs",
    "Łukasz",
    "Søren",
    "Müge",
    "Siân",
    "Nguyễn",
    "Aoife",
    "Chloé",
    "Dvořák",
    "Mary",
    "James",
    "Linda",
    "Robert",
    "Ayesha",
    "Omar",
    "Priya",
    "Ravi",
    "Grace",
    "Ivan",
    "Noor",
    "Hana",
    "Mateo",
    "Lucía",
    "Tomás",
)
LAST = (
    "Ångström",
    "Peña",
    "O'Brien",
    "Kowalska",
    "Jørgensen",
    "Yılmaz",
    "Smith",
    "Garcia",
    "Nguyen",
    "Patel",
    "Okafor",
    "Müller",
    "Dubois",
    "Rossi",
    "Novák",
    "Kim",
    "Silva",
    "Haddad",
    "Tanaka",
    "MacDonald",
    "D'Angelo",
    "Fernández",
)
OTHER_SCRIPTS = ("田中太郎", "김민준", "王小明", "محمد علي", "Дмитрий Иванов", "Νίκος Παπαδόπουλος", "अनिता शर्मा")
CITIES = (("New York", "NY"), ("Austin", "TX"), ("Portland", "OR"), ("Miami", "FL"), ("Denver", "CO"), ("Boise", "ID"))
SOURCES = ("Google Ads", "Google Organic", "Bing Ads", "Facebook", "Yelp", "Direct", "Billboard I-90", "Radio spring")
ROUTES = (
    ("Front desk", "queue"),
    ("Sales", "queue"),
    ("After hours", "voicemail"),
    ("Main menu", "menu"),
    ("Billing", "agent"),
    ("Night team", "smart_router"),
)
STATUSES = ("answered", "no-answer", "busy", "voicemail", "completed")
TAGS = ("new-patient", "price", "complaint", "follow up", "warranty", "VIP", "spam?", "emergency", "estimate")
CAMPAIGNS = ("spring-sale", "brand", "emergency-plumber", "implants", "roof-2026")
BROWSERS = ("Chrome", "Safari", "Firefox", "Edge")
WITHHELD = ("anonymous", "Restricted", "+0000000000", "")
SENTENCES = (
    "Thank you for calling, how can I help you today?",
    "Hi, I was hoping to get an appointment for next week if you have anything open.",
    "Let me look at the calendar, one moment please.",
    "My husband called about this before, I think it was in March.",
    "Could you spell your last name for me?",
    "The water has been coming through the ceiling since last night.",
    "We can send somebody between two and four this afternoon, would that work?",
    "I would rather pay by card, do you take it over the phone?",
    "No problem at all, I have put a note on your file.",
    "Is the doctor in on Fridays, or is it only the assistant?",
    "I found you through the ad, the one with the blue van.",
    "You will get a text message with the address and the time.",
    "That sounds good, thank you so much, have a nice day.",
    "I am sorry to hear that, we will make it right.",
)
MESSAGES = (
    "Running 10 min late 🙏",
    "Yes please, Tuesday works!",
    "Can you send me the quote again?",
    "STOP",
    "¿Tienen cita para mañana?",
    "thx 👍",
    "Here is the photo of the leak",
    "Wie viel kostet das?",
)
