# What brings a page to where its reader is: `<!-- before: prepare_account -->`.
prepare_account() {
  redaction agency add 1 --name North --allow
  redaction account add 7 --agency 1 --name Dental --timezone America/New_York --auto 30 --since 2026-01-01 --manual
  redaction account administrator 7 "$(id -un)"
}

# Two calls that are due, and one of Ida Field on the day that is given.
prepare_calls() {
  prepare_account
  cat > calls.json <<'END'
{"calls": [
  {"id": 4711, "account_id": 7, "called_at": "2026-02-03 10:15 AM -05:00", "source": "Google Ads", "status": "answered",
   "tracking_number": "+18005550100", "name": "Zoe Canary", "caller_number_complete": "+12125550143"},
  {"id": 4712, "account_id": 7, "called_at": "2026-02-04 09:30 AM -05:00", "source": "Bing", "status": "no answer",
   "tracking_number": "+18005550100", "name": "Max Mill", "caller_number_complete": "+12125550177"}
]}
END
  redaction load calls.json
}

prepare_key() {
  redaction certificate new-key signing.pem > public.pem
  export REDACTION_CERTIFICATE_KEY=$PWD/signing.pem
}

# A call of Ida Field.
prepare_ida() {
  cat > more.json <<'END'
{"calls": [
  {"id": 4801, "account_id": 7, "called_at": "2026-03-05 02:00 PM -05:00", "source": "Google Ads", "status": "answered",
   "tracking_number": "+18005550100", "name": "Ida Field", "caller_number_complete": "+12125550188"}
]}
END
  redaction load more.json
}
