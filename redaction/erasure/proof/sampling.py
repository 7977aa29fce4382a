"""The proof by sample around the rewrites of one process: drawn before each, searched for after each, then in other
places.
"""

from __future__ import annotations

from redaction.deployment import Deployment
from redaction.erasure.proof.findings import Finding, record_findings
from redaction.erasure.proof.sample import Sample, draw, draw_place, merge
from redaction.erasure.proof.search import search, search_outside
from redaction.erasure.proof.structure import is_place


class Sampling:
    """The samples of one process, stored nowhere else; the results are recorded as numbers."""

    def __init__(self, deployment: Deployment, run_id: int | None = None) -> None:
        """Take the run whose set is stripped, None if only residue is erased."""
        self._database = deployment.database
        self._size = deployment.settings.proof_sample
        self._run_id = run_id
        self._samples: list[Sample] = []

    def draw(self, partition_name: str) -> Sample:
        """Return a sample of what a rewrite of this partition or other table will erase; call it before the rewrite."""
        with self._database.transaction("redaction_worker") as session:
            if is_place(partition_name):
                sample = draw_place(session, partition_name, self._size)
            else:
                sample = draw(session, _leaf(partition_name), self._run_id, self._size)
        self._samples.append(sample)
        return sample

    def search(self, partition_name: str, sample: Sample) -> int:
        """Search the new files of a table for a sample, and record the result; return how many values were found.

        If any is found, the partition or other table is listed as residue again.
        """
        with self._database.transaction("redaction_worker") as session:
            findings = search(session, sample, _leaf(partition_name))
        found = self._record(findings, partition_name)
        if found:
            with self._database.transaction("redaction_worker") as session:
                if is_place(partition_name):
                    session.rows("list_place_as_residue", place=partition_name, rows=found)
                else:
                    session.run("list_as_residue", partition_name=partition_name, rows=found)
        return found

    def search_outside(self) -> int:
        """Search outside the partitions for what was drawn, after the log was rotated; return how many were found."""
        with self._database.transaction("redaction_worker") as session:
            findings = search_outside(session, merge(self._samples, self._size))
        return self._record(findings, None)

    def _record(self, findings: list[Finding], partition_name: str | None) -> int:
        with self._database.transaction("redaction_worker") as session:
            record_findings(session, findings, self._run_id, partition_name)
        return sum(finding.found for finding in findings)


def _leaf(partition_name: str) -> str:
    if is_place(partition_name):
        return partition_name
    return f"tracking.{partition_name}_rows"
