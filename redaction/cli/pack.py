"""`redaction pack`: evidence of a period for an auditor without a login."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from redaction.cli.output import Json, open_deployment, out, parse_day, print_json, read_id
from redaction.errors import BadInput
from redaction.placements.resolve import Placements
from redaction.settings import load_settings


def pack(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The ZIP to write; it must not exist.")],
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day of the period, in UTC.")],
    until: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="The last day of the period; default: today.")
    ] = None,
    account: Annotated[
        int | None, typer.Option("--account", parser=read_id, metavar="A", help="Only this account.")
    ] = None,
    agency: Annotated[
        int | None, typer.Option("--agency", parser=read_id, metavar="G", help="Only the accounts of this agency.")
    ] = None,
    json: Json = False,
) -> None:
    """Write an evidence pack: summary, signed certificates, ledger, settings, holds, validation, and a script that
    checks them offline with Python alone.
    """
    from redaction.evidence.keys import signing_key
    from redaction.evidence.pack import write_pack
    from redaction.evidence.pack_scope import PackScope, list_elsewhere

    if account is not None and agency is not None:
        raise BadInput("name an account or an agency, not both: no pack was made")
    last = datetime.now(UTC).date() if until is None else parse_day(until, "--to")
    scope = PackScope(parse_day(since, "--from"), last, account, agency)
    if file.exists():
        raise BadInput(f"{file} is there already: nothing was written; name another file")
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with (
        open_deployment(account, allow_restored=True) as deployment,
        Placements(load_settings()) as placements,
    ):
        elsewhere = list_elsewhere(placements, deployment.placement, scope)
        key = signing_key(deployment.settings)
        try:
            with fresh.open("xb") as sink:
                sink.writelines(write_pack(deployment, scope, key, elsewhere))
            fresh.replace(file)
        except OSError as error:
            raise BadInput(f"{file} cannot be written: {error.strerror}") from None
        finally:
            fresh.unlink(missing_ok=True)
    print_json({"file": file}) if json else out.print(str(file), markup=False, soft_wrap=True)
