"""The erasure engine: which partitions are written anew, what residue is left, and the proof."""
