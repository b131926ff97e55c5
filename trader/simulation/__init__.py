"""The real engine and gate against the simulated venue, with a wire, a clock and a disk that one integer decides."""
