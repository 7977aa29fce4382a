-- Digest of the ids of an account, over the alias `a`; equal sets have equal digests in any order.
sum(hashint8extended(a.id, a.account_id))
