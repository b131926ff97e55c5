"""``trader conformance``: a script of messages and expectations, played against one session of a venue."""
