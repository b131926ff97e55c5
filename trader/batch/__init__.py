"""The desk's file: bytes to a batch, row by row, and back to the desk with the results filled in."""
