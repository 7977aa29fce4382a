"""The erasure engine: which partitions are rewritten, which residue is left, and the proof."""
