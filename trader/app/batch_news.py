"""What the robot's loop has learned about a batch."""

from dataclasses import dataclass

from trader.engine.outputs import BatchEnded, BatchRefused, BatchWaits


@dataclass(slots=True)
class BatchNews:
    """What the loop has learned about a batch since it was submitted.

    Attributes:
        refused: The gate's refusal of the whole batch, if it came.
        waits: What in it waits for a second person, if that holds it back.
        ended: True when the engine has taken the batch as far as it goes.
    """

    refused: BatchRefused | None = None
    waits: BatchWaits | None = None
    ended: bool = False

    def learn(self, output: BatchRefused | BatchWaits | BatchEnded) -> None:
        """Take the engine's word."""
        if isinstance(output, BatchRefused):
            self.refused = output
        elif isinstance(output, BatchWaits):
            self.waits = output
        else:
            self.ended = True
