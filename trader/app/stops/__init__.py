"""A kill by whichever way is open, the proof of it, its rehearsal, and the way back."""
