"""The bundled venue: a market, an order book and its faults, pure and in virtual time; ``acceptor`` puts it on a wire.

Run it alone with ``python -m simulator``. See ``docs/simulator.md``.
"""
