"""Limits as the bank keeps them: files, versions, trees, increases and exceptions."""
