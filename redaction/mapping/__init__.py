"""The folder that declares a source, read and checked."""
