"""What a source is: the folder that declares it, read and checked."""
