"""Make the buckets of the profile `s3`: `recordings` keeps versions, `ledger` also locks them. Twice changes nothing.

AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY tell where and as whom. For LEDGER_LOCK_DAYS nobody can
delete or overwrite an object in `ledger`. A recording has to be deletable, so that bucket has no lock.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import botocore.exceptions
import botocore.session

RECORDINGS, LEDGER = "recordings", "ledger"


def make_bucket(client: Any, name: str, locked: bool) -> bool:
    """Make a bucket, for locked objects if asked; return whether it was not there."""
    try:
        client.head_bucket(Bucket=name)
    except botocore.exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locked)
        return True
    return False


def make_buckets(client: Any, days: int) -> list[str]:
    """Create both buckets and report each. The lock of an existing ledger is only set again, never removed.

    Raises botocore's ClientError if the store refuses, also for a ledger that was made without a lock.
    """
    said = []
    for name in (RECORDINGS, LEDGER):
        made = make_bucket(client, name, locked=name == LEDGER)
        said.append(f"bucket {name}: {'made' if made else 'is there already'}")
    client.put_bucket_versioning(Bucket=RECORDINGS, VersioningConfiguration={"Status": "Enabled"})
    retention = {"Mode": "COMPLIANCE", "Days": days}
    client.put_object_lock_configuration(
        Bucket=LEDGER,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}},
    )
    return [*said, f"objects of {LEDGER} are locked for {days} days"]


def main() -> int:
    """Make them as the environment says; return the exit code."""
    session = botocore.session.get_session()
    client = session.create_client("s3", region_name=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))
    try:
        lines = make_buckets(client, int(os.environ.get("LEDGER_LOCK_DAYS", "365")))
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        sys.stderr.write(f"the buckets could not be made: {error}\n")
        return 1
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
