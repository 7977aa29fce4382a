# What brings a page to where its reader is: `<!-- before: prepare_account -->`.
prepare_account() {
  redaction agency add 1 --name North --allow
  redaction account add 7 --agency 1 --name Dental --timezone America/New_York --auto 30 --since 2026-01-01 --manual
  redaction account administrator 7 "$USER"
}

# Two calls that are due.
prepare_calls() {
  prepare_account
  prepare_file
  redaction load calls.json
}

prepare_file() {
  cat > calls.json <<'END'
{"calls": [
  {"id": 4711, "account_id": 7, "called_at": "2026-02-03 10:15 AM -05:00", "source": "Google Ads", "status": "answered",
   "tracking_number": "+18005550100", "name": "Zoe Canary", "caller_number_complete": "+12125550143"},
  {"id": 4712, "account_id": 7, "called_at": "2026-02-04 09:30 AM -05:00", "source": "Bing", "status": "no answer",
   "tracking_number": "+18005550100", "name": "Max Mill", "caller_number_complete": "+12125550177"}
]}
END
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

prepare_own_fields() {
  cat > fields.yml <<'END'
version: 1
fields:
  direction: {class: retained, type: text}
END
  export REDACTION_CATALOG=$PWD/fields.yml
}

# Two calls of others, whose source names a number that may be somebody's.
prepare_texts() {
  cat > texts.json <<'END'
{"calls": [
  {"id": 4811, "account_id": 7, "called_at": "2026-02-03 10:15 AM -05:00", "source": "Ask for +12125550111",
   "tracking_number": "+18005550100", "caller_number_complete": "+12125550143"}
]}
END
  redaction load texts.json
  redaction reports 7
}

# The command of another administrator.
as_bob() {
  python - "$@" <<'END'
import pwd
import sys
from types import SimpleNamespace

pwd.getpwuid = lambda uid: SimpleNamespace(pw_name="bob")
sys.argv = sys.argv[1:]
from redaction.cli.main import main

main()
END
}

# A backup of the database, and the restore of it: copies within its server.
prepare_backup() { copy_database backup; }
prepare_restore() { copy_database restore; }
copy_database() {
  python - "$1" <<'END'
import os
import sys

import sqlalchemy as sa
from sqlalchemy.engine import make_url

url = make_url(os.environ["REDACTION_OWNER_URL"])
name, kept = url.database, f"{url.database}_backup"
engine = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
with engine.connect() as connection:
    if sys.argv[1] == "backup":
        connection.exec_driver_sql(f"CREATE DATABASE {kept} TEMPLATE {name} STRATEGY FILE_COPY")
    else:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        connection.exec_driver_sql(f"ALTER DATABASE {kept} RENAME TO {name}")
END
}

# Two further servers, `eu` and `us`: empty databases of this one.
prepare_placements() {
  eval "$(python - <<'END'
import os

import sqlalchemy as sa
from sqlalchemy.engine import make_url

owner, login = (make_url(os.environ[name]) for name in ("REDACTION_OWNER_URL", "REDACTION_DATABASE_URL"))
engine = sa.create_engine(owner.set(database="postgres"), isolation_level="AUTOCOMMIT")
with engine.connect() as connection:
    for place in ("eu", "us"):
        name = f"{owner.database}_{place}"
        connection.exec_driver_sql(f"CREATE DATABASE {name} STRATEGY FILE_COPY")
        for end, url in (("URL", login), ("OWNER_URL", owner)):
            text = url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
            print(f"export {place.upper()}_{end}='{text}'")
END
)"
}

# Two servers at work, with account 9 at `eu`.
prepare_eu_and_us() {
  prepare_placements
  export REDACTION_PLACEMENTS=eu,us AIRFLOW_CONN_EU=$EU_URL AIRFLOW_CONN_US=$US_URL
  export AIRFLOW_CONN_EU_OWNER=$EU_OWNER_URL AIRFLOW_CONN_US_OWNER=$US_OWNER_URL
  redaction init
  redaction agency add 1 --name North --allow
  redaction --placement eu account add 9 --agency 1 --name Bright --timezone Europe/Berlin --auto 30 --since 2026-01-01
  echo '{"id": 4711, "account_id": 9, "called_at": "2026-02-03 10:15 AM +01:00", "caller_number_complete": "+12125550143"}' > calls.json
  redaction load calls.json
}

# The API of a source, on a port of this host.
prepare_api() {
  export AIRFLOW_CONN_CTM_NORTH='{"conn_type": "http", "host": "'$API_URL'", "login": "the-key", "password": "the-secret"}'
}
