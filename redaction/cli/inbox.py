"""`redaction inbox`: raw files that are loaded and then deleted, as the DAG `collect_inbox` does."""

from __future__ import annotations

from typing import Annotated

import typer

from redaction.cli.loaded import code_of, follow_placements, print_counts, print_followed, print_rejected
from redaction.cli.output import Json, open_placements, out, plain, print_error, print_json, print_table, print_warnings
from redaction.settings import load_settings
from redaction.words import say_count

inbox_app = typer.Typer(no_args_is_help=True, help="The inbox (REDACTION_INBOX_URL): raw files, loaded, then deleted.")


@inbox_app.command("list")
def list_(json: Json = False) -> None:
    """Show the raw files there: since when, whether that is too long, why they are still there. Only this command
    shows their names.
    """
    from redaction.source.collect.inbox import list_inbox

    rows = [vars(file) for file in list_inbox(load_settings())]
    print_json(rows) if json else print_table("Inbox", rows)


@inbox_app.command()
def collect(
    follow: Annotated[
        bool,
        typer.Option(
            "--follow/--no-follow", help="Then redact what the source has redacted, for accounts that follow it."
        ),
    ] = True,
    json: Json = False,
) -> None:
    """Load every file, then delete it in every version. Exit code 3 if something was rejected, 1 if a file is left."""
    from redaction.source.collect.inbox import collect_inbox

    with open_placements() as placements:
        done = collect_inbox(placements)
    followed = follow_placements() if follow and done.files else []
    if json:
        print_json({**plain(done), "followed": followed})
    else:
        print_counts("Loaded", done.loaded)
        print_followed(followed)
        print_rejected(done.loaded)
        out.print(f"{done.deleted:,} of {say_count(done.files, 'raw file', 'raw files')} deleted", highlight=False)
        if done.waiting:
            out.print(f"{done.waiting:,} more wait: `redaction inbox list` says why", highlight=False)
        print_warnings(done.notes)
    for file, why in done.left.items():
        print_error(f"inbox file {file}: {why}")
    raise typer.Exit(1 if done.left else code_of(done.loaded))
