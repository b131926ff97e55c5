"""Faults of a FIX session, between any client and any venue: pure, bytes in and bytes out.

``simulator.wire.proxy`` puts them on a wire. See ``docs/session-faults.md``.
"""
